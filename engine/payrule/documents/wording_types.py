"""Say that a value is of another kind than is wanted: a number in quotation marks, one value where a list is wanted."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from payrule.documents.faults import Fault, Violation, as_json, called, for_example, shown, titled
from payrule.documents.value_schema import Schema


def wrong_type(it: Violation) -> Iterator[Fault]:
    """Word a value of another kind than is wanted, and show how it would be written right where that is plain.

    >>> fault, = wrong_type(Violation(("units",), "type", "2", {"type": "integer"}))
    >>> print(fault.message, fault.help, sep="; ")
    `units` must be a whole number, not the text `2`; write `2` without quotation marks
    """
    kinds = [it.limit] if isinstance(it.limit, str) else [kind for kind in it.limit if kind != "null"]
    expected = it.schema.get("x-kind") or " or ".join(KINDS[kind] for kind in kinds)
    is_member = it.path and isinstance(it.path[-1], int)
    name = (titled(it.schema) if is_member else None) or called(
        it.path, str(it.schema.get("title", "document")).lower()
    )
    tries = (try_out(it.value, kinds, it.schema) for try_out in _REPAIRS)
    cure = next((f"write {repaired}" for repaired in tries if repaired is not None), None)
    if it.value is None and "default" in it.schema:
        cure = f"leave it out to mean {as_json(it.schema['default'])}"
    cure = cure or for_example(it.schema) or f"write {expected}"
    yield Fault(it.path, "wrong-type", f"{name} must be {expected}, not {_given(it.value)}", cure)


KINDS = {
    "string": "a text",
    "integer": "a whole number",
    "boolean": "`true` or `false`",
    "array": "a list",
    "object": "a group of keys in braces",
}
"""What analysts call the kinds of values."""


def _given(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a group of keys" if isinstance(value, dict) else "a list"
    if isinstance(value, str):
        return f"the text {shown(value)}"
    return shown(value) if value is None or isinstance(value, bool) else f"the number {shown(value)}"


def _as_test(value: Any, _kinds: list[str], schema: Schema) -> str | None:
    """Show the test that a bare value or a bare list stands for."""
    if "x-holds" not in schema or isinstance(value, dict) or value is None:
        return None
    bare = {"any_of": value, "in": value} if isinstance(value, list) else {"any_of": [value], "is": value}
    return next((as_json({test: operand}) for test, operand in bare.items() if test in schema["properties"]), None)


def _unquoted(value: Any, kinds: list[str], _schema: Schema) -> str | None:
    if isinstance(value, str) and "integer" in kinds and re.fullmatch("-?[0-9]{1,12}", value, re.ASCII):
        return f"`{int(value)}` without quotation marks"
    if isinstance(value, str) and "boolean" in kinds and value.strip().lower() in _TRUTHS:
        return f"`{_TRUTHS[value.strip().lower()]}` without quotation marks"
    return None


def _undotted(value: Any, kinds: list[str], _schema: Schema) -> str | None:
    is_whole = isinstance(value, float) and value.is_integer()
    return f"`{int(value)}`" if is_whole and "integer" in kinds else None


def _quoted(value: Any, kinds: list[str], _schema: Schema) -> str | None:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return f'`"{value}"` in quotation marks' if is_number and "string" in kinds else None


def _listed(value: Any, kinds: list[str], _schema: Schema) -> str | None:
    return as_json([value]) if "array" in kinds and "object" not in kinds and value is not None else None


def _several(value: Any, _kinds: list[str], schema: Schema) -> str | None:
    """Name the test that takes several values."""
    is_several = isinstance(value, list) and "x-several" in schema
    return f"several values under `{schema['x-several']}`" if is_several else None


_TRUTHS = {"true": "true", "yes": "true", "y": "true", "false": "false", "no": "false", "n": "false"}

_REPAIRS: tuple[Callable[[Any, list[str], Schema], str | None], ...] = (
    _as_test,
    _unquoted,
    _undotted,
    _quoted,
    _listed,
    _several,
)
