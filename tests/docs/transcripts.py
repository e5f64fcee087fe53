"""Run a page as its reader would: write the files it gives, make the changes it shows, type its commands.

A `console` block holds commands after `$` and what they print, standard output and standard error together; a command
that fails ends in a line such as `[exit code 2]`. In what is expected `...` alone on a line stands for any lines, and
`[..]` for anything within one. A block with a title is a file, a `diff` block with a title changes one, and a `python`
block with `>>>` is a session. Everything happens in one folder, in the order of the page.
"""

import doctest
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.docs.pages import Block, blocks
from tests.forks import typed

_DOCTEST = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class Transcript:
    """One run of a page: what went otherwise than the page says, and the page with what was printed in its place."""

    def __init__(self, text: str, folder: Path) -> None:
        """Take the page and the folder in which its reader works."""
        self.text, self.folder = text, folder
        self.differences: list[str] = []
        self._names: dict[str, Any] = {}

    def run(self) -> str:
        """Run every block; give the page as it should be."""
        pieces, at = [], 0
        with logging_as_before():
            for block in blocks(self.text):
                pieces += [self.text[at : block.start], self._run(block)]
                at = block.end
        return "".join([*pieces, self.text[at:]])

    def _run(self, block: Block) -> str:
        if block.language == "diff" and block.title:
            path = self.folder / block.title
            path.write_text(changed(path.read_text(), block.text))
        elif block.title:
            path = self.folder / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text)
        elif block.language == "python":
            self._session(block)
        elif block.language == "console":
            return "".join(self._typed(command, expected) for command, expected in commands(block.text))
        return block.text

    def _typed(self, command: str, expected: str) -> str:
        printed = typed(command, self.folder, merged=True).transcript()
        if matches(expected, printed):
            return f"$ {command}\n{expected}"
        self.differences.append(f"$ {command}\n--- the page says\n{expected}--- the command prints\n{printed}")
        return f"$ {command}\n{printed}"

    def _session(self, block: Block) -> None:
        test = doctest.DocTestParser().get_doctest(block.text, self._names, "page", None, 0)
        runner = doctest.DocTestRunner(optionflags=_DOCTEST, verbose=False)
        report: list[str] = []
        runner.run(test, out=report.append, clear_globs=False)
        self._names |= test.globs
        if runner.failures:
            self.differences.append("".join(report))


@contextmanager
def logging_as_before() -> Iterator[None]:
    """Give payrule's logger its level again: a page shows how to set it, and the process goes on with other tests."""
    logger = logging.getLogger("payrule")
    level = logger.level
    try:
        yield
    finally:
        logger.setLevel(level)


def commands(text: str) -> Iterator[tuple[str, str]]:
    r"""Part a block into commands and what they print; a command goes on after a backslash.

    >>> list(commands("$ one \\\n  two\n1\n$ three\n"))
    [('one \\\n  two', '1\n'), ('three', '')]
    """
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        found = re.match(r"((?:[^\n]*\\\n)*[^\n]*)\n(.*)", part, re.DOTALL)
        assert found, part
        yield found[1], found[2]


def matches(expected: str, printed: str) -> bool:
    r"""Compare, with `...` for any lines and `[..]` for anything within one.

    >>> matches("a\n...\n[..] lines\n", "a\nb\nc\n7 lines\n")
    True
    >>> matches("a\n", "b\n")
    False
    """
    lines = expected.splitlines(keepends=True)
    pattern = "".join(
        r"(?:[^\n]*\n)*?" if line == "...\n" else r"[^\n]*".join(map(re.escape, line.split("[..]"))) for line in lines
    )
    return re.fullmatch(pattern, printed) is not None


def changed(text: str, difference: str) -> str:
    r"""Make the change that a difference shows: what it keeps and takes away must stand in the text exactly once.

    >>> changed("a\nb\nc\n", " a\n-b\n+x\n+y\n")
    'a\nx\ny\nc\n'
    """
    lines = difference.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] in " -")
    after = "".join(line[1:] for line in lines if line[0] in " +")
    assert text.count(before) == 1, f"this stands {text.count(before)} times in the file:\n{before}"
    return text.replace(before, after)
