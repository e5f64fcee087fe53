"""Say what a schema has against a value, in an analyst's words: what is wrong, and how to write it.

Nothing is said of schemas, patterns or types; what a text must look like the schema says itself in `x-expected`.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import msgspec

from payrule.model.choices import also_called_among
from payrule.model.value_schema import BY_KEY, Schema
from payrule.source.diagnostics import Diagnostic, closest, did_you_mean, shown
from payrule.source.json_source import Path, wrong


class Violation(msgspec.Struct, frozen=True):
    """What a schema has against a value: the keyword that speaks, and the value; `is_name` says that it is a key."""

    path: Path
    keyword: str
    value: Any
    schema: Schema
    is_name: bool = False

    @property
    def limit(self) -> Any:
        """What the keyword asks for."""
        return self.schema[self.keyword]


def called(path: Path, whole: str = "document") -> str:
    """Name the value at a path: by its key, or by the attribute that is tested; `whole` is what has no key.

    >>> called(("rules", 0, "when", "line.code", "in", 2)), called(("lines", 0)), called((), "policy")
    ('`line.code`', 'a value of `lines`', 'the policy')
    """
    names = [step for step in path if isinstance(step, str)]
    if not names:
        return f"the {whole}"
    if names[-1] in BY_KEY and len(names) > 1 and names[-2] != "count":
        return f"`{names[-2]}`"
    return f"`{names[-1]}`" if isinstance(path[-1], str) else f"a value of `{names[-1]}`"


def titled(schema: Schema) -> str | None:
    """Name a thing of the kind that a schema describes; None when the schema has no title.

    >>> titled({"title": "Example"})
    'an example'
    """
    title = schema.get("title")
    return None if title is None else f"{'an' if title[0] in 'AEIOU' else 'a'} {title[0].lower()}{title[1:]}"


def refused(path: Path, value: Any) -> str:
    """Say that a value cannot stand at a path.

    >>> refused(("status",), "inforce"), refused(("lines", 0, "regions", 1), "neck")
    ('`status` cannot be `inforce`', '`regions` cannot hold `neck`')
    """
    name = called(path).removeprefix("a value of ")
    return f"{name} cannot {'hold' if path and isinstance(path[-1], int) else 'be'} {shown(value)}"


def as_json(value: Any) -> str:
    """Quote a value as it is to be written, in full.

    >>> as_json(["59"])
    '`["59"]`'
    """
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def one_of(choices: Iterable[Any]) -> str:
    """List what may be written.

    >>> one_of(["any_of", "is_empty"])
    'use one of `any_of`, `is_empty`'
    """
    return "use one of " + ", ".join(shown(each) for each in choices)


def for_example(schema: Schema) -> str | None:
    """Show how a value may be written: by an example, or where that is long by the keys that it must have.

    >>> for_example({"examples": ["1.2.0"]})
    'write for example `"1.2.0"`'
    """
    examples, required = schema.get("examples"), schema.get("required")
    if examples and len(as_json(examples[0])) <= _READABLE:
        return f"write for example {as_json(examples[0])}"
    return f"write its keys in braces: {', '.join(f'`{key}`' for key in required)}" if required else None


_READABLE = 100
"""Characters of an example that a reader takes in."""


def unknown_keys(it: Violation) -> Iterator[Diagnostic]:
    """Word each key that has no place: one misspelt, one that belongs elsewhere, or a test that does not fit.

    >>> rule = {"title": "Rule", "properties": {"when": {}}, "additionalProperties": False}
    >>> [fault.help for fault in unknown_keys(Violation((), "additionalProperties", {"whne": 1}, rule))]
    ['did you mean `when`?']
    """
    for key in _extras(it.value, it.schema):
        path = (*it.path, key)
        elsewhere = it.schema.get("x-elsewhere", {}).get(key)
        if elsewhere is not None:
            yield wrong(path, "misplaced-key", elsewhere["message"], elsewhere["help"])
        elif "x-holds" in it.schema:
            yield _unfit_test(key, path, it.schema)
        else:
            near = _nearest(key, it.value, it.schema)
            otherwise = _NEW_WORD if "." in key else "remove it"  # only attributes have dots in their names
            help_text = (
                f"did you mean `{near}`?" if near else did_you_mean(key, _allowed(it.schema), otherwise=otherwise)
            )
            message = (
                f"{shown(key)} is not {it.schema.get('x-key') or 'a key of ' + (titled(it.schema) or called(it.path))}"
            )
            yield wrong(path, "unknown-key", message, help_text)


_NEW_WORD = "remove it, or describe it under `attributes` in `vocabulary.json`"


def missing_keys(it: Violation) -> Iterator[Diagnostic]:
    """Name what is missing, unless a misspelt key that stands for it is told of already.

    >>> rule = {"title": "Rule", "required": ["id"], "properties": {"id": {"examples": ["exclusion"]}}}
    >>> [fault.help for fault in missing_keys(Violation((), "required", {}, rule))]
    ['add `"id": "exclusion"`']
    """
    misspelt = _extras(it.value, it.schema) if it.schema.get("additionalProperties") is False else []
    stood_for = {_nearest(each, it.value, it.schema) for each in misspelt}
    for key in it.limit:
        if key not in it.value and key not in stood_for:
            examples = _allowed(it.schema).get(key, {}).get("examples")
            help_text = f'add `"{key}": {as_json(examples[0])[1:]}' if examples else "add it"
            yield wrong(
                it.path, "missing-key", f"`{key}` is missing from {titled(it.schema) or called(it.path)}", help_text
            )


def _unfit_test(key: str, path: Path, schema: Schema) -> Diagnostic:
    fitting, attribute = list(_allowed(schema)), called(path[:-1])
    if key in BY_KEY:
        message = f"{shown(key)} cannot be asked of {attribute}, which holds {schema['x-holds']}"
        return wrong(path, "unfit-test", message, one_of(fitting))
    help_text = did_you_mean(key, fitting, otherwise=one_of(fitting))
    return wrong(path, "unknown-key", f"{shown(key)} is not a test of {attribute}", help_text)


def _allowed(schema: Schema) -> Mapping[str, Any]:
    allowed: Mapping[str, Any] = schema.get("properties", {})
    return allowed


def _extras(group: Mapping[str, Any], schema: Schema) -> list[str]:
    patterns = schema.get("patternProperties", {})
    unnamed = (key for key in group if key not in _allowed(schema))
    return [key for key in unnamed if not any(re.fullmatch(pattern, key) for pattern in patterns)]


def _nearest(key: str, group: Mapping[str, Any], schema: Schema) -> str | None:
    """Find the key that is meant: rather one that is not there yet."""
    return closest(key, _allowed(schema).keys() - group.keys()) or closest(key, _allowed(schema))


def wrong_type(it: Violation) -> Iterator[Diagnostic]:
    """Word a value of another kind than is wanted, and show how it would be written right where that is plain.

    >>> fault, = wrong_type(Violation(("units",), "type", "2", {"type": "integer"}))
    >>> print(fault.message, fault.help, sep="; ")
    `units` must be a whole number, not the text `2`; write `2` without quotation marks
    >>> next(wrong_type(Violation(("units",), "type", "1.5", {"type": "number"}))).help
    'write `1.5` without quotation marks'
    """
    kinds = [it.limit] if isinstance(it.limit, str) else [kind for kind in it.limit if kind != "null"]
    expected = it.schema.get("x-kind") or " or ".join(KINDS[kind] for kind in kinds)
    is_member = it.path and isinstance(it.path[-1], int)
    name = (titled(it.schema) if is_member else None) or called(
        it.path, str(it.schema.get("title", "document")).lower()
    )
    help_text = for_example(it.schema) or f"write {expected}"
    if it.value is None and "default" in it.schema:
        help_text = f"leave it out to mean {as_json(it.schema['default'])}"
    elif (right := next(_rewritten(it.value, kinds, it.schema), None)) is not None:
        help_text = f"write {right}"
    yield wrong(it.path, "wrong-type", f"{name} must be {expected}, not {_given(it.value)}", help_text)


KINDS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
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


def _rewritten(value: Any, kinds: list[str], schema: Schema) -> Iterator[str]:
    """Show how a value of another kind would be written right, the plainest way first."""
    if "x-holds" in schema and value is not None and not isinstance(value, dict):
        # The test that a bare value or a bare list stands for.
        bare = {"any_of": value, "in": value} if isinstance(value, list) else {"any_of": [value], "is": value}
        yield from (as_json({test: operand}) for test, operand in bare.items() if test in schema["properties"])
    text = value.strip().lower() if isinstance(value, str) else ""
    if "integer" in kinds and text and re.fullmatch("-?[0-9]{1,12}", value, re.ASCII):
        yield f"`{int(value)}` without quotation marks"
    if "number" in kinds and re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,6})?", text, re.ASCII):
        yield f"`{text}` without quotation marks"
    if "boolean" in kinds and text in _TRUTHS:
        yield f"`{_TRUTHS[text]}` without quotation marks"
    if "integer" in kinds and isinstance(value, float) and value.is_integer():
        yield f"`{int(value)}`"
    if "string" in kinds and isinstance(value, int) and not isinstance(value, bool) and schema.get("format") != "date":
        yield f'`"{value}"` in quotation marks'
    if "array" in kinds and "object" not in kinds and value is not None:
        yield from _listed(value, schema.get("items", {}))
    if "x-several" in schema and isinstance(value, list):
        yield f"several values under `{schema['x-several']}`"


def _listed(value: Any, items: Schema) -> Iterator[str]:
    """Show a value as a list, where it is one of its items, or a text that parts several of them.

    >>> [*_listed("59 GP", {"type": "string"})], [*_listed("59", {"type": "object"})]
    (['`["59", "GP"]`'], [])
    """
    kind = items.get("type")
    if not isinstance(value, str):
        if not isinstance(value, dict) or kind in (None, "object"):
            yield as_json([value])
    elif kind == "string" or "enum" in items:
        yield as_json([each for each in re.split(r"[\s,;|]+", value) if each] or [value])


_TRUTHS = {"true": "true", "yes": "true", "y": "true", "false": "false", "no": "false", "n": "false"}


def worded(it: Violation) -> tuple[Diagnostic, ...]:
    """Word one thing that a schema has against a value: one fault, or one for each of several keys.

    >>> worded(Violation(("status",), "enum", "drafd", {"enum": ["draft", "retired"]}))[0].help
    'did you mean `draft`?'
    >>> worded(Violation(("liability",), "enum", "member", {"enum": ["provider", "subscriber"]}))[0].help
    'did you mean `subscriber`?'
    """
    return tuple(WORDINGS[it.keyword](it))


def _unknown_value(it: Violation) -> Iterator[Diagnostic]:
    choices = [each for each in it.limit if each is not None]
    if it.value is None and "default" in it.schema:
        help_text: str | None = f"leave it out to mean {shown(it.schema['default'])}"
    elif isinstance(it.value, str):
        names = [*map(str, choices)]
        others = also_called_among(names)
        help_text = did_you_mean(it.value, names, otherwise=one_of(choices), also_called=others)
    elif isinstance(it.value, list) and "x-several" in it.schema:
        help_text = f"write several values under `{it.schema['x-several']}`"
    else:
        help_text = one_of(choices)
    yield wrong(it.path, "unknown-value", refused(it.path, it.value), help_text)


def _other_constant(it: Violation) -> Iterator[Diagnostic]:
    yield wrong(it.path, "unknown-value", refused(it.path, it.value), f"write {as_json(it.limit)}")


def _bad_form(it: Violation) -> Iterator[Diagnostic]:
    near = repaired(it.value, it.limit)
    help_text = f"did you mean {shown(near)}?" if near else f"write {it.schema.get('x-expected', 'another text')}"
    if it.is_name:
        yield wrong((*it.path, it.value), "bad-name", f"{shown(it.value)} cannot be a name here", help_text)
    else:
        yield wrong(it.path, "bad-form", refused(it.path, it.value), help_text)


def repaired(value: str, pattern: str) -> str | None:
    """Give what people mean by a text that has not the form it should have; None where that is not plain.

    >>> repaired(" 00001", "^[0-9A-Z]{5}$"), repaired("000l0", "^[0-9A-Z]{5}$"), repaired("a0001", "^[0-9A-Z]{5}$")
    ('00001', '00010', 'A0001')
    """
    return next((each for each in _repairs(value) if re.fullmatch(pattern, each)), None)


_LIKE_DIGITS = str.maketrans("lIoO", "1100")


def _repairs(value: str) -> Iterator[str]:
    """Try what people mean: no blanks around, digits for letters like them, capitals, no line breaks, hyphens, ….

    A letter in the midst of digits that looks like one was meant as one: in capitals it would be another code.
    """
    yield value.strip()
    digits = value.strip().translate(_LIKE_DIGITS)
    if digits.isdecimal():
        yield digits
    yield value.strip().upper()
    yield " ".join(value.split())
    yield re.sub(r"[\s_-]+", "-", value.strip().lower())
    yield "sha256:" + value.strip().lower()


def _bad_format(it: Violation) -> Iterator[Diagnostic]:
    if it.limit == "date":
        yield wrong(it.path, "bad-date", f"{shown(it.value)} is not a date", _right_date(it.value))
    else:
        help_text = "write an expression such as `^[0-9]{5}$`"
        yield wrong(it.path, "bad-form", f"nothing can be compared with {shown(it.value)}", help_text)


def _right_date(value: str) -> str:
    parts = re.fullmatch(r"(\d{4})([-/.])(\d\d?)\2(\d\d?)(?:[T ].*)?", value.strip(), re.ASCII)
    plain = re.fullmatch(r"(\d{4})(\d\d)(\d\d)(?:[T ].*)?", value.strip(), re.ASCII)
    american = re.fullmatch(r"(\d\d?)([-/.])(\d\d?)\2(\d{4})", value.strip(), re.ASCII)
    found = (parts and parts.group(1, 3, 4)) or (plain and plain.groups()) or (american and american.group(4, 1, 3))
    if found is None:
        return "write year-month-day, such as `2016-03-01`"
    try:
        return f"did you mean `{date(*map(int, found))}`?"
    except ValueError:
        return "write a day that exists as year-month-day, such as `2016-02-29`"


def _beyond(code: str, problem: str, help_text: str) -> Callable[[Violation], Iterator[Diagnostic]]:
    """Word a value that is too large or too small, or holds too much."""

    def wording(it: Violation) -> Iterator[Diagnostic]:
        size = len(it.value) if isinstance(it.value, str | list | dict) else it.value
        message = problem.format(called=called(it.path), refused=refused(it.path, it.value), size=size)
        yield wrong(it.path, code, message, help_text.format(limit=it.limit))

    return wording


def _too_few(it: Violation) -> Iterator[Diagnostic]:
    message = f"{called(it.path)} is empty" if it.limit == 1 else f"{called(it.path)} has fewer than {it.limit} values"
    yield wrong(it.path, "too-few", message, for_example(it.schema) or "give one")


def _not_one(it: Violation) -> Iterator[Diagnostic]:
    """Word a group that has none, or several, of keys of which one is wanted."""
    choices = [name for option in it.limit for name in option["required"]]
    there = [shown(name) for name in choices if name in it.value]
    problem = f"has {' and '.join(there)}" if there else it.schema.get("x-missing", "says nothing to measure")
    message = f"{called(it.path)} {problem}"
    yield wrong(it.path, "not-one", message, f"write exactly one of {', '.join(map(shown, choices))}")


def _twice(it: Violation) -> Iterator[Diagnostic]:
    for index, value in enumerate(it.value):
        if value in it.value[:index]:
            message = f"{called(it.path)} holds {shown(value)} twice"
            yield wrong((*it.path, index), "duplicate-value", message, "remove one")


WORDINGS: dict[str, Callable[[Violation], Iterator[Diagnostic]]] = {
    "additionalProperties": unknown_keys,
    "const": _other_constant,
    "enum": _unknown_value,
    "exclusiveMinimum": _beyond("too-small", "{refused}", "use more than {limit:,}"),
    "format": _bad_format,
    "maxItems": _beyond("too-many", "{called} has {size:,} values", "give {limit:,} at most"),
    "maxLength": _beyond("too-long", "{called} has {size:,} characters", "use {limit:,} at most"),
    "maxProperties": _beyond("too-many", "{called} has {size:,} keys", "keep {limit:,} of them"),
    "maximum": _beyond("too-large", "{refused}", "use {limit:,} or less"),
    "minItems": _too_few,
    "minLength": _too_few,
    "minProperties": _too_few,
    "minimum": _beyond("too-small", "{refused}", "use {limit:,} or more"),
    "oneOf": _not_one,
    "pattern": _bad_form,
    "required": missing_keys,
    "type": wrong_type,
    "uniqueItems": _twice,
}
"""Every keyword that a schema of ours may refuse a value by; a test holds the schemas to these."""
