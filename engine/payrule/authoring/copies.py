"""The analyst's own copies of the sources: find the passage that a citation rests on, whatever its white space."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from payrule.authoring.source_text import SourceText
from payrule.documents.findings import DocumentError, Finding
from payrule.documents.models import Cite, Policy, Source
from payrule.documents.places import decode
from payrule.documents.plain_files import read_plain, within

Lack = Literal["no-file", "no-copy", "no-digest", "passage-not-found"]
"""Why a passage cannot be shown: its source names no file; there is no copy; it has no digest; it was reworded."""


class Copies:
    """Read texts from a folder, each once, and look passages up in them."""

    def __init__(self, folder: Path) -> None:
        """Take the folder that holds the files which policies name under `sources`."""
        self.folder = folder
        self.text = lru_cache(maxsize=64)(self._read)

    def of(self, source: Source) -> SourceText | None:
        """Give the copy of a source; None when its policy names no file, or the file is not in the folder.

        Raises DocumentError when the file is not text.
        """
        return self.text(source.file) if source.file else None

    def passage(self, policy: Policy, cite: Cite) -> str | None:
        """Give the passage that a citation rests on; None when there is no copy, or it was reworded."""
        text = self.of(policy.sources[cite.source])
        found = () if text is None else text.find(cite)
        return text.passage(found[0]) if text is not None and found else None

    def lack(self, policy: Policy, cite: Cite) -> Lack | None:
        """Say why the passage of a citation cannot be shown; None when it can."""
        source = policy.sources[cite.source]
        if source.file is None:
            return "no-file"
        if self.of(source) is None:
            return "no-copy"
        if self.passage(policy, cite) is not None:
            return None
        return "no-digest" if cite.digest is None else "passage-not-found"

    def beside(self, cite: dict[str, Any], policy: Policy) -> dict[str, Any]:
        """Put the passage beside a citation, or why it is not there."""
        cited = msgspec.convert(cite, Cite)
        passage = self.passage(policy, cited)
        return {**cite, "passage": passage, "lack": self.lack(policy, cited) if passage is None else None}

    def _read(self, file: str) -> SourceText | None:
        try:
            path = within(self.folder, file)
            return SourceText(decode(read_plain(path), str(path))) if path.exists() else None
        except (ValueError, OSError) as fault:
            said = (fault.strerror or str(fault)) if isinstance(fault, OSError) else str(fault)
            message = f"the copy `{file}` cannot be read: {said}"
            help_ = "put the copy into the folder of sources, and name it without a folder"
            raise DocumentError([Finding(code="bad-file-name", message=message, help=help_)]) from None
