"""Hold a document to its schema, and say all that is wrong with its shape at once.

A compiled validator accepts what is right. What it refuses is looked at again by jsonschema, whose errors are the ones
that are shown, so that it alone says what is wrong.
"""

import json
import math
import re
from collections.abc import Callable, Iterator
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from payrule.model.choices import SchemaName
from payrule.model.schema_messages import Violation, worded
from payrule.model.value_schema import Schema
from payrule.model.values import read_date
from payrule.source.diagnostics import Diagnostic, sort_key
from payrule.source.files import shipped
from payrule.source.json_source import JsonSource, place

if TYPE_CHECKING:
    from jsonschema import ValidationError


class SchemaValidator:
    """Hold values to one schema.

    >>> shape = SchemaValidator({"title": "Period", "type": "object", "additionalProperties": False,
    ...     "properties": {"from": {"type": "string", "format": "date"}}})
    >>> for each in shape.diagnostics({"from": "2016-02-30", "form": "x"}):
    ...     print(each.message, each.help, sep="; ")
    `form` is not a key of a period; did you mean `from`?
    `2016-02-30` is not a date; write a day that exists as year-month-day, such as `2016-02-29`
    """

    def __init__(self, schema: Schema, *, exact: bool = True) -> None:
        """Prepare a schema, which is taken to be a valid one; unless `exact`, 1.0 is a whole number too."""
        self._schema, self._exact = schema, exact

    @cached_property
    def validator(self) -> Any:
        """The validator of jsonschema."""
        kind, formats = _jsonschema(exact=self._exact)
        return kind(self._schema, format_checker=formats)

    def diagnostics(self, value: Any) -> tuple[Diagnostic, ...]:
        """List what is wrong with a value, each thing once, by its path in the value."""
        if is_accepted(self._schema, value):
            return ()
        errors = self.validator.iter_errors(value)
        return tuple(dict.fromkeys(each for error in errors for each in worded(_violation(error))))


def check_shape(text: JsonSource, schema: Schema) -> tuple[Diagnostic, ...]:
    """List what is wrong with the shape of a text; none when the schema accepts it.

    >>> from payrule.source.json_source import scan
    >>> findings = check_shape(scan('{"summry": "x"}', "rule.json"), {
    ...     "title": "Rule", "type": "object", "required": ["summary"], "additionalProperties": False,
    ...     "properties": {"summary": {"type": "string"}}})
    >>> print(*findings)
    rule.json:1:2 $.summry: `summry` is not a key of a rule (did you mean `summary`?)
    """
    return tuple(sorted((place(each, text) for each in SchemaValidator(schema).diagnostics(text.value)), key=sort_key))


def _violation(error: "ValidationError") -> Violation:
    schema: Any = error.schema
    is_name = "propertyNames" in list(error.absolute_schema_path)[-2:-1]
    return Violation(tuple(error.absolute_path), str(error.validator), error.instance, schema, is_name)


@cache
def _jsonschema(*, exact: bool) -> tuple[Any, Any]:
    """Import jsonschema, which takes as long as all of payrule, and give the validator and the formats."""
    from jsonschema import Draft202012Validator, FormatChecker, ValidationError  # noqa: PLC0415 - only when needed
    from jsonschema.validators import extend  # noqa: PLC0415 - only when needed

    def pattern(_validator: object, pattern: str, instance: object, _schema: object) -> Iterator[ValidationError]:
        """Match a whole text: `$` alone would let a line break at the end pass."""
        if isinstance(instance, str) and re.fullmatch(pattern, instance) is None:
            yield ValidationError(pattern)

    formats = FormatChecker(formats=())
    formats.checks("date", raises=ValueError)(lambda each: not isinstance(each, str) or bool(read_date(each)))
    unreadable = (re.error, RecursionError, OverflowError)
    formats.checks("regex", raises=unreadable)(lambda each: not isinstance(each, str) or bool(re.compile(each)))
    types = Draft202012Validator.TYPE_CHECKER.redefine("number", lambda _, each: _is_number(each))
    if exact:  # of two ways to write one value, a document has one
        types = types.redefine("integer", lambda _, each: isinstance(each, int) and not isinstance(each, bool))
    return extend(Draft202012Validator, {"pattern": pattern}, type_checker=types), formats  # type: ignore[no-untyped-call]


def _is_number(value: object) -> bool:
    """Tell a number that JSON can write: one that has an end, and is no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < math.inf


def is_accepted(schema: Schema, value: Any) -> bool:
    """Tell whether the compiled validator accepts a value; one that it cannot judge as jsonschema does, it does not."""
    if _has_fraction(value):
        return False
    known = _compiled.get(id(schema))
    if known is None or known[0] is not schema:
        if len(_compiled) >= _MOST_COMPILED:
            _compiled.clear()
        known = _compiled[id(schema)] = schema, _compile(schema)
    try:
        return known[1] is not None and bool(known[1](value))
    except (ValueError, OverflowError, RecursionError, TypeError):
        return False


_MOST_COMPILED = 64
_compiled: dict[int, tuple[Schema, Callable[[Any], bool] | None]] = {}
"""What schemas were compiled to, each with the schema, so that no other one has its identity."""


def _compile(schema: Schema) -> Callable[[Any], bool] | None:
    """Compile a schema; None where it is one that the compiled validator does not take."""
    import jsonschema_rs  # noqa: PLC0415 - only when needed

    formats: dict[str, Callable[[str], bool]] = {"date": _is_read(read_date), "regex": _is_read(re.compile)}
    prepared = _with_patterns(schema, formats)
    try:
        made = jsonschema_rs.Draft202012Validator(prepared, formats=formats, validate_formats=True)
    except ValueError:
        return None
    accepts: Callable[[Any], bool] = made.is_valid
    return accepts


def _with_patterns(schema: Any, formats: dict[str, Callable[[str], bool]]) -> Any:
    """Write each `pattern` as a format that Python's reader of patterns decides, as `_jsonschema` does.

    What a schema says to readers alone is left out, for that is half of it.
    """
    if isinstance(schema, list):
        return [each if type(each) in _SCALARS else _with_patterns(each, formats) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {
        key: each if type(each) in _SCALARS else _with_patterns(each, formats)
        for key, each in schema.items()
        if key not in _FOR_READERS or not isinstance(each, (str, list))  # else it is the name of a property
    }
    if isinstance(pattern := made.get("pattern"), str):
        del made["pattern"]
        name = f"pattern {pattern}"
        formats[name] = _is_read(_whole(pattern))
        made["allOf"] = [*made.get("allOf", ()), {"format": name}]
    return made


_SCALARS = frozenset({str, int, bool, type(None)})
_FOR_READERS = frozenset({"description", "examples", "title", "x-expected", "x-holds", "x-kind"})


def _whole(pattern: str) -> Callable[[str], object]:
    """Match whole texts by a pattern, which is compiled when it is first asked: most never are."""

    @cache
    def compiled() -> re.Pattern[str]:
        return re.compile(pattern)

    def match(text: str) -> object:
        return compiled().fullmatch(text)

    return match


def _is_read(read: Callable[[str], object]) -> Callable[[str], bool]:
    def is_read(text: str) -> bool:
        try:
            return bool(read(text))
        except (ValueError, re.error, RecursionError, OverflowError):
            return False

    return is_read


def _has_fraction(value: Any) -> bool:
    """Tell whether a number with a point is in a value, which the two validators may take for a whole one."""
    if isinstance(value, (dict, list)):
        parts = value.values() if isinstance(value, dict) else value
        return any(type(each) not in _SCALARS and _has_fraction(each) for each in parts)
    return isinstance(value, float)


DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""The version of JSON Schema that all schemas are written in."""


def new_schema(name: SchemaName) -> dict[str, Any]:
    """Read one schema, for whoever changes it.

    >>> new_schema("payer") is new_schema("payer")
    False
    """
    found: dict[str, Any] = json.loads((shipped("schemas") / f"{name}.schema.json").read_bytes())
    return found


@cache
def schema(name: SchemaName) -> dict[str, Any]:
    """Give one schema, which is read once and must not be changed.

    >>> schema("payer")["properties"]["kind"]["const"]
    'payer'
    """
    return new_schema(name)
