"""The documents of a rulebase as an editor sees them: their texts, places in them, and their outline.

Lines end as editors count them: in a line feed, a carriage return, or both together, and in nothing else. Python ends
them at separators of lines and paragraphs, form feeds and others too, which may be in a text of JSON.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path as FilePath
from typing import Any, NamedTuple

import msgspec

from payrule.examples.run import example_files
from payrule.model.remittance_codes import REMITTANCE_CODES
from payrule.rulebase.folder import VOCABULARY, code_set_files, payer_files, policy_files, read_text
from payrule.source.diagnostics import DocumentError
from payrule.source.json_source import JsonSource, Path


class OpenDocument(msgspec.Struct, frozen=True):
    """A document of a rulebase folder: its file, and its text, without values where it is broken."""

    root: FilePath
    path: FilePath
    text: JsonSource

    @property
    def value(self) -> dict[str, Any]:
        """The document, as far as it is one."""
        return mapping(self.text.value)

    @property
    def vocabulary(self) -> JsonSource:
        """The vocabulary."""
        return readable(self.root / VOCABULARY)

    @property
    def words(self) -> dict[str, Any]:
        """The vocabulary as a value, as far as it is one."""
        return mapping(self.vocabulary.value)

    @property
    def codes(self) -> JsonSource:
        """The list of remittance codes."""
        return readable(self.root / REMITTANCE_CODES)

    @property
    def code_sets(self) -> dict[str, JsonSource]:
        """Every code list that is a document of its own, by its id."""
        found = _readable(code_set_files(self.root))
        return {str(mapping(each.value).get("id")): each for each in found}

    @property
    def policies(self) -> tuple[JsonSource, ...]:
        """Every policy version, the latest file first."""
        return _readable(reversed(policy_files(self.root)))

    @property
    def payers(self) -> tuple[JsonSource, ...]:
        """Every payer."""
        return _readable(payer_files(self.root))

    @property
    def examples(self) -> tuple[JsonSource, ...]:
        """Every example."""
        return _readable(example_files(self.root))

    def versions(self, policy: str) -> tuple[JsonSource, ...]:
        """Give the versions of a policy, this document first."""
        found = [each for each in self.policies if mapping(each.value).get("id") == policy]
        return tuple(sorted(found, key=lambda each: each.file != str(self.path)))


def readable(path: FilePath) -> JsonSource:
    """Read a text with its places; one without values when it is not JSON, or there is none."""
    try:
        return read_text(path)
    except DocumentError:
        return JsonSource(str(path), "", None)


def _readable(paths: Iterable[FilePath]) -> tuple[JsonSource, ...]:
    return tuple(text for text in map(readable, paths) if text.offsets)


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
    listed = value if isinstance(value, list) else []
    return [(index, each) for index, each in enumerate(listed) if isinstance(each, dict)]


_ENDS = re.compile(r"\r\n|\n|\r")
_line = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")


def lines_of(text: str) -> tuple[str, ...]:
    r"""Split a text into its lines, each with its end.

    >>> lines_of("a\u2028b\r\nc\rd")
    ('a\u2028b\r\n', 'c\r', 'd')
    """
    return tuple(_line.findall(text))


def place_of_offset(text: str, offset: int) -> tuple[int, int]:
    r"""Give the line of an offset, from 0, and the offset at which that line starts.

    >>> place_of_offset("a\u2028b\r\nc\rd", 7)
    (2, 7)
    """
    starts = [found.end() for found in _ENDS.finditer(text) if found.end() <= offset]
    return len(starts), starts[-1] if starts else 0


_decode = json.JSONDecoder().raw_decode


class Spot(NamedTuple):
    """A key, or a text or other plain value: its path in the document, what it is, and where it begins and ends."""

    path: Path
    is_key: bool
    value: Any
    start: int
    end: int

    @property
    def inner(self) -> tuple[int, int]:
        """Where the letters of a text begin and end, within the quotation marks."""
        return self.start + 1, self.end - 1


class Place(NamedTuple):
    """A range of a file."""

    file: FilePath
    start: int
    end: int


def spot_at(text: JsonSource, offset: int) -> Spot | None:
    """Find what is at an offset; None between values.

    >>> from payrule.source.json_source import scan
    >>> spot_at(scan('{"fact": "seen"}'), 11)
    Spot(path=('fact',), is_key=False, value='seen', start=9, end=15)
    >>> spot_at(scan('{"fact": "seen"}'), 8) is None
    True
    """
    begun = [(start, True, path) for path, start in text.keys.items() if start <= offset]
    begun += [(start, False, path) for path, start in text.offsets.items() if start <= offset]
    if not begun:
        return None
    _, is_key, path = max(begun, key=lambda each: each[:2])
    spot = spot_of(text, path, key=is_key)
    return spot if spot is not None and offset <= spot.end else None


def spot_of(text: JsonSource, path: Path, *, key: bool = False) -> Spot | None:
    """Find the key or the plain value of a path; None when there is no such thing."""
    start = (text.keys if key else text.offsets).get(path)
    if start is None or text.text[start] in "{[":
        return None
    value, end = _decode(text.text, start)
    return Spot(path, key, value, start, end)


class Symbol(NamedTuple):
    """A part of a document for the outline: its kind, its name, what it says, and where it begins and ends."""

    kind: str
    name: str
    detail: str
    start: int
    end: int


_NAMED = {"sources": "source", "sets": "set", "facts": "fact", "quotas": "quota", "attributes": "attribute"}
_LISTED = {
    "rules": ("rule", "id", "summary"),
    "notes": ("note", "text", "reason"),
    "concerns": ("concern", "id", "summary"),
}


def symbols(text: JsonSource) -> tuple[Symbol, ...]:
    """List the parts of a document in their order.

    >>> from payrule.source.json_source import scan
    >>> text = scan('{"rules": [{"id": "r", "summary": "s"}], "sets": {"a": []}}')
    >>> [(each.kind, each.name) for each in symbols(text)]
    [('rule', 'r'), ('set', 'a')]
    """
    value = mapping(text.value)
    found: list[Symbol] = []
    for key, kind in _NAMED.items():
        found += [_symbol(text, (key, name), kind, name, each) for name, each in mapping(value.get(key)).items()]
    for key, (kind, name, detail) in _LISTED.items():
        listed = objects(value.get(key))
        found += [_symbol(text, (key, n), kind, str(each.get(name) or kind), each.get(detail)) for n, each in listed]
    lines = objects(mapping(value.get("encounter")).get("lines"))
    found += [
        _symbol(text, ("encounter", "lines", n), "line", f"line {each.get('number')}", each.get("code"))
        for n, each in lines
    ]
    return tuple(sorted(found, key=lambda each: each.start))


def _symbol(text: JsonSource, path: Path, kind: str, name: str, value: object) -> Symbol:
    about = mapping(value)
    detail = value if isinstance(value, str) else str(about.get("summary") or about.get("title") or "")
    start = text.offsets[path]
    return Symbol(kind, name, detail, start, _decode(text.text, start)[1])
