"""Format documents in one way, so that a review shows only what was meant to change.

Keys are in the order of the schema of the document's kind. What fits on a line of 120 columns is on one line; all else
is opened, two blanks a level.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec

from payrule.model.choices import DOCUMENT_NAMES
from payrule.model.schema_validator import schema
from payrule.rulebase.folder import read_text, rulebase_of
from payrule.source.diagnostics import Diagnostic, InputError
from payrule.source.json_source import JsonSource

if TYPE_CHECKING:
    from payrule.model.choices import SchemaName

WIDTH = 120
"""Columns of a line; only a text, which cannot be broken, may be longer."""

_INDENT = "  "


def formatted(text: JsonSource) -> str:
    r"""Format a document.

    Lists, names of the author's own and the parts of a condition keep the order in which they were written; so does a
    document of no known kind.

    >>> from payrule.source.json_source import scan
    >>> print(formatted(scan('{"id":"plain-plan", "kind":"payer","tiers":[["b",\n"a"]]}')), end="")
    {
      "kind": "payer",
      "id": "plain-plan",
      "tiers": [["b", "a"]]
    }
    """
    return rewritten(text.value)


def rewritten(value: Any) -> str:
    r"""Format the value of a document; see `formatted`.

    >>> rewritten({"tiers": [], "kind": "payer"})
    '{\n  "kind": "payer",\n  "tiers": []\n}\n'
    """
    kind = value.get("kind") if isinstance(value, dict) else None
    if isinstance(kind, str) and kind in DOCUMENT_NAMES:
        root = schema(cast("SchemaName", kind))
        value = _ordered(value, root, root)
    return _opened(value, 0) + "\n"


def _ordered(value: Any, described: dict[str, Any], root: dict[str, Any]) -> Any:
    """Put the keys of every object that the schema closes into the schema's order; unknown ones come last."""
    if "$ref" in described:
        described = root["$defs"][described["$ref"].removeprefix("#/$defs/")]
    if isinstance(value, list):
        return [_ordered(each, described.get("items", {}), root) for each in value]
    if not isinstance(value, dict):
        return value
    properties = described.get("properties", {})
    others = described.get("additionalProperties", {})
    keys = list(value)
    if others is False and "patternProperties" not in described:
        keys = [*(key for key in properties if key in value), *(key for key in value if key not in properties)]
    unnamed = others if isinstance(others, dict) else {}
    return {
        key: _ordered(value[key], properties.get(key) or _by_pattern(described, key) or unnamed, root) for key in keys
    }


def _by_pattern(described: dict[str, Any], key: str) -> dict[str, Any]:
    """Give what the schema says of a key that it knows by a pattern."""
    patterns: dict[str, dict[str, Any]] = described.get("patternProperties", {})
    return next((found for pattern, found in patterns.items() if re.search(pattern, key)), {})


def _written(value: Any, level: int, taken: int) -> str:
    """Write a value on the line where `taken` columns are used already, or open it when it does not fit there."""
    flat = json.dumps(value, ensure_ascii=False)
    return flat if taken + len(flat) <= WIDTH else _opened(value, level)


def _opened(value: Any, level: int) -> str:
    """Write an object or a list with a line for each member."""
    if not isinstance(value, dict | list) or not value:
        return json.dumps(value, ensure_ascii=False)
    margin = _INDENT * (level + 1)
    lines = [
        f"{margin}{name}{_written(each, level + 1, len(margin) + len(name) + (comma != ''))}{comma}"
        for name, each, comma in _members(value)
    ]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return "\n".join([opening, *lines, f"{_INDENT * level}{closing}"])


def _members(value: dict[str, Any] | list[Any]) -> Iterator[tuple[str, Any, str]]:
    """List the members of an object or a list, each with what is written before and after it."""
    pairs = (
        [(f"{json.dumps(key, ensure_ascii=False)}: ", each) for key, each in value.items()]
        if isinstance(value, dict)
        else [("", each) for each in value]
    )
    for number, (name, each) in enumerate(pairs, 1):
        yield name, each, "," if number < len(pairs) else ""


class Reformatted(msgspec.Struct, frozen=True):
    """A file, the text in it, and the formatted text."""

    path: Path
    before: str
    after: str


def reformatted(files: Iterable[Path]) -> list[Reformatted]:
    """Format the document of every file, and write none; say of all of them what cannot be read.

    Raises InputError for files that are not JSON.
    """
    done: list[Reformatted] = []
    findings: list[Diagnostic] = []
    for path in files:
        root = rulebase_of(path)
        if root is not None and not path.resolve().is_relative_to(root.resolve()):
            message = f"`{path}` is a link that leads out of the rulebase `{root}`"
            findings.append(Diagnostic(code="bad-file-name", message=message, help="format the file that it points to"))
            continue
        try:
            text = read_text(path)
        except InputError as fault:
            findings += fault.findings
        else:
            # Bytes, for the mark and the line ends that reading leaves out belong to what is written in the file.
            done.append(Reformatted(path, path.read_bytes().decode("utf-8"), formatted(text)))
    if findings:
        raise InputError(findings)
    return done
