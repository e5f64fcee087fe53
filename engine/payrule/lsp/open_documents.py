"""The texts of a rulebase as an editor sees them: whatever is JSON, however much of it is wrong otherwise."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from payrule.examples.run import example_files
from payrule.model.remittance_codes import REMITTANCE_CODES
from payrule.rulebase.folder import VOCABULARY, payer_files, policy_files, read_text
from payrule.source.diagnostics import DocumentError
from payrule.source.json_source import JsonSource


class Shelf(msgspec.Struct, frozen=True):
    """A rulebase folder, and the document that is looked at: its file, and its text unless it is broken."""

    root: Path
    path: Path
    text: JsonSource | None

    @property
    def value(self) -> dict[str, Any]:
        """The document that is looked at, as far as it is one."""
        return mapping(self.text.value) if self.text is not None else {}

    @property
    def vocabulary(self) -> JsonSource | None:
        """The vocabulary."""
        return readable(self.root / VOCABULARY)

    @property
    def codes(self) -> JsonSource | None:
        """The list of remittance codes."""
        return readable(self.root / REMITTANCE_CODES)

    @property
    def policies(self) -> tuple[JsonSource, ...]:
        """Every policy version, the latest file first."""
        return _readable(reversed(policy_files(self.root)))

    @property
    def payers(self) -> tuple[JsonSource, ...]:
        """Every payer."""
        return _readable(iter(payer_files(self.root)))

    @property
    def examples(self) -> tuple[JsonSource, ...]:
        """Every example."""
        return _readable(iter(example_files(self.root)))

    def versions(self, policy: str) -> tuple[JsonSource, ...]:
        """Give the versions of a policy, the one that is looked at first."""
        found = [each for each in self.policies if mapping(each.value).get("id") == policy]
        return tuple(sorted(found, key=lambda each: each.file != str(self.path)))


def readable(path: Path) -> JsonSource | None:
    """Read a text with its places; None when it is no JSON, or there is none."""
    try:
        return read_text(path)
    except DocumentError:
        return None


def _readable(paths: Iterator[Path]) -> tuple[JsonSource, ...]:
    return tuple(text for path in paths if (text := readable(path)) is not None)


def mapping(value: object) -> dict[str, Any]:
    """Give what should be an object; an empty one for anything else.

    >>> mapping({"a": 1}), mapping([1])
    ({'a': 1}, {})
    """
    return value if isinstance(value, dict) else {}


def objects(value: object) -> list[tuple[int, dict[str, Any]]]:
    """List the objects of what should be a list of them, each with its place.

    >>> objects([{"a": 1}, 2]), objects("x")
    ([(0, {'a': 1})], [])
    """
    return (
        [(index, each) for index, each in enumerate(value) if isinstance(each, dict)] if isinstance(value, list) else []
    )
