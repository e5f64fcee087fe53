"""Format documents in one way, so that a review shows only what was meant to change.

Keys are in the order of the schema of the document's kind. What fits on a line of 120 columns is on one line; all else
is opened, two blanks a level.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec

from payrule.model.choices import DOCUMENT_NAMES
from payrule.model.schema_validator import schema
from payrule.rulebase.folder import read_text, rulebase_of
from payrule.source.diagnostics import Diagnostic, InputError

if TYPE_CHECKING:
    from payrule.model.choices import SchemaName

WIDTH = 120
"""Columns of a line; only a text, which cannot be broken, may be longer."""

_INDENT = "  "


def formatted(value: Any) -> str:
    r"""Format the value of a document.

    Lists, names of the author's own and the parts of a condition keep the order in which they were written; so does a
    document of no known kind.

    >>> print(formatted({"id": "plain-plan", "kind": "payer", "tiers": [["b", "a"]]}), end="")
    {
      "kind": "payer",
      "id": "plain-plan",
      "tiers": [["b", "a"]]
    }
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
    if isinstance(value, list | tuple):
        return [_ordered(each, described.get("items", {}), root) for each in value]
    if not isinstance(value, dict):
        return value
    properties = described.get("properties", {})
    others = described.get("additionalProperties", {})
    keys = list(value)
    if others is False and "patternProperties" not in described:
        keys = [*(key for key in properties if key in value), *(key for key in value if key not in properties)]
    unnamed = others if isinstance(others, dict) else {}
    patterns = described.get("patternProperties", {}).items()
    found = {
        key: properties.get(key) or next((each for pattern, each in patterns if re.search(pattern, key)), unnamed)
        for key in keys
    }
    return {key: _ordered(value[key], each, root) for key, each in found.items()}


def _written(value: Any, level: int, taken: int) -> str:
    """Write a value on the line where `taken` columns are used already, or open it when it does not fit there."""
    flat = json.dumps(value, ensure_ascii=False)
    return flat if taken + len(flat) <= WIDTH else _opened(value, level)


def _opened(value: Any, level: int) -> str:
    """Write an object or a list with a line for each member."""
    if not isinstance(value, dict | list | tuple) or not value:
        return json.dumps(value, ensure_ascii=False)
    margin, lines = _INDENT * (level + 1), []
    members = list(value.items()) if isinstance(value, dict) else [(None, each) for each in value]
    for number, (key, each) in enumerate(members, 1):
        before = margin if key is None else f"{margin}{json.dumps(key, ensure_ascii=False)}: "
        comma = "," if number < len(members) else ""
        lines.append(f"{before}{_written(each, level + 1, len(before) + len(comma))}{comma}")
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return "\n".join([opening, *lines, f"{_INDENT * level}{closing}"])


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
            done.append(Reformatted(path, path.read_bytes().decode("utf-8"), formatted(text.value)))
    if findings:
        raise InputError(findings)
    return done
