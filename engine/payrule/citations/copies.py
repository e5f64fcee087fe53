"""Copies of sources: find cited text in them by its digest, and show it."""

import re
from bisect import bisect_right
from collections import defaultdict
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from payrule.citations.source_files import SourceFile, read_source_file
from payrule.model.digests import SourceWord, source_words, words_digest
from payrule.model.policy import Cite, Policy, Source
from payrule.source.diagnostics import Diagnostic, DocumentError
from payrule.source.files import within

_PARAGRAPH = re.compile(r"\n[^\S\n]*\n")


class SourceText:
    r"""A text as the analyst has it; its words are numbered from 0.

    >>> from payrule.model.digests import passage_digest
    >>> text = SourceText("Massage is paid.\nManual\n  therapy is not.")
    >>> text.find(Cite(source="m", locator="1", digest=passage_digest("Manual therapy is not."), words=4))
    (range(3, 7),)
    >>> text.passage(range(3, 7)), text.line(3)
    ('Manual therapy is not.', 2)
    """

    def __init__(self, text: str, pages: tuple[int, ...] = (), headings: frozenset[int] | None = None) -> None:
        """Take the text as it is in the file, the places where pages begin, and those of headings where it says so."""
        self.text = text
        self._pages, self._headings = pages, headings
        self._windows: dict[int, dict[str, list[int]]] = {}

    @cached_property
    def words(self) -> tuple[SourceWord, ...]:
        """The words with their places."""
        return source_words(self.text)

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """The words as they are compared."""
        return tuple(word.folded for word in self.words)

    def find(self, cite: Cite) -> tuple[range, ...]:
        """Find the cited words, each time that they are in the text."""
        return self.find_words(cite.words, cite.digest) if cite.words and cite.digest else ()

    def find_words(self, words: int, digest: str) -> tuple[range, ...]:
        """Find so many words in a row, one at least, by their digest."""
        starts = self._starts(words).get(digest, ()) if words > 0 else ()
        return tuple(range(start, start + words) for start in starts)

    def passage(self, words: range) -> str:
        """Give the text of some words, white space folded."""
        if not words:
            return ""
        return " ".join(self.text[self.words[words[0]].start : self.words[words[-1]].end].split())

    def line(self, word: int) -> int:
        """Give the number of the line that a word begins in; of the last line after the last word."""
        if word >= len(self.words):
            return len(self._line_starts)
        return bisect_right(self._line_starts, self.words[word].start)

    def page(self, word: int) -> int | None:
        """Give the number of the page that a word is on, from 1; None where there are no pages.

        >>> SourceText("a b c", pages=(0, 2)).page(1)
        2
        """
        return bisect_right(self._pages, self.words[word].start) if self._pages else None

    def is_heading(self, word: int) -> bool | None:
        """Tell whether a word begins what the document marks as a heading; None where it marks none."""
        return None if self._headings is None else self.words[word].start in self._headings

    def breaks(self, words: range) -> list[int]:
        r"""List the words of a range that begin a paragraph, of which the first word of the range is none.

        >>> SourceText("a b\n\n c\nd").breaks(range(0, 4))
        [2]
        """
        return [
            number
            for number in words[1:]
            if _PARAGRAPH.search(self.text, self.words[number - 1].end, self.words[number].end)
        ]

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        for line in self.text.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        return starts[:-1] or [0]

    def _starts(self, length: int) -> dict[str, list[int]]:
        """Digest every passage of so many words, once."""
        if length not in self._windows:
            found: dict[str, list[int]] = defaultdict(list)
            for start in range(len(self.folded) - length + 1):
                found[words_digest(self.folded[start : start + length])].append(start)
            self._windows[length] = found
        return self._windows[length]


def source_text(path: Path) -> SourceText:
    """Read the words of a source; raises DocumentError for what holds none, and OSError.

    A document is read once as long as it does not change: of a PDF that takes a while.
    """
    if path.suffix.lower() in ("", ".txt"):
        return _source_text(read_source_file(path))
    told = path.stat()
    return _unchanged(path, told.st_mtime_ns, told.st_size)


@lru_cache(maxsize=64)
def _unchanged(path: Path, _written: int, _size: int) -> SourceText:
    return _source_text(read_source_file(path))


def _source_text(file: SourceFile) -> SourceText:
    return SourceText(file.text, file.pages, file.headings)


Lack = Literal["no-file", "no-copy", "no-digest", "passage-not-found"]
"""Why cited text cannot be shown: its source names no file; there is no copy; it has no digest; it was changed."""


class Copies:
    """Read texts from a folder, each once, and find cited text in them."""

    def __init__(self, folder: Path) -> None:
        """Take the folder that holds the files which policies name under `sources`."""
        self.folder = folder
        self.text = lru_cache(maxsize=64)(self._read)

    def of(self, source: Source) -> SourceText | None:
        """Give the copy of a source; None where there is none; raises DocumentError when the file holds no words."""
        return self.text(source.file) if source.file else None

    def passage(self, policy: Policy, cite: Cite) -> str | None:
        """Give the text of a citation; None when there is no copy, or the text was changed."""
        text = self.of(policy.sources[cite.source])
        found = () if text is None else text.find(cite)
        return text.passage(found[0]) if text is not None and found else None

    def lack(self, policy: Policy, cite: Cite) -> Lack | None:
        """Say why the text of a citation cannot be shown; None when it can."""
        source = policy.sources[cite.source]
        if source.file is None:
            return "no-file"
        if self.of(source) is None:
            return "no-copy"
        if self.passage(policy, cite) is not None:
            return None
        return "no-digest" if cite.digest is None else "passage-not-found"

    def with_passage(self, cite: dict[str, Any], policy: Policy) -> dict[str, Any]:
        """Add its text to a citation, or why it cannot be shown."""
        cited = msgspec.convert(cite, Cite)
        passage = self.passage(policy, cited)
        return {**cite, "passage": passage, "lack": self.lack(policy, cited) if passage is None else None}

    def _read(self, file: str) -> SourceText | None:
        try:
            path = within(self.folder, file)
            return source_text(path) if path.exists() else None
        except (ValueError, OSError) as fault:
            reason = (fault.strerror or str(fault)) if isinstance(fault, OSError) else str(fault)
            message = f"the copy `{file}` cannot be read: {reason}"
            help_ = "put the copy into the folder of sources, and name the file without a folder"
            raise DocumentError([Diagnostic(code="bad-file-name", message=message, help=help_)]) from None
