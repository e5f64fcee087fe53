"""Say in an analyst's words what a schema has against a value: one small function for each keyword of the schema.

Nothing is said of schemas, patterns or types; what a text must look like the schema says itself in `x-expected`.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date

from payrule.documents.faults import Fault, Violation, as_json, called, for_example, one_of, refused, shown
from payrule.documents.suggest import did_you_mean
from payrule.documents.wording_keys import missing_keys, unknown_keys
from payrule.documents.wording_types import wrong_type


def worded(it: Violation) -> tuple[Fault, ...]:
    """Word one thing that a schema has against a value: one fault, or one for each of several keys.

    >>> worded(Violation(("status",), "enum", "drafd", {"enum": ["draft", "retired"]}))[0].help
    'did you mean `draft`?'
    """
    return tuple(WORDINGS[it.keyword](it))


def _unknown_value(it: Violation) -> Iterator[Fault]:
    choices = [each for each in it.limit if each is not None]
    if it.value is None and "default" in it.schema:
        cure: str | None = f"leave it out to mean {shown(it.schema['default'])}"
    elif isinstance(it.value, str):
        cure = did_you_mean(it.value, map(str, choices), otherwise=one_of(choices))
    elif isinstance(it.value, list) and "x-several" in it.schema:
        cure = f"write several values under `{it.schema['x-several']}`"
    else:
        cure = one_of(choices)
    yield Fault(it.path, "unknown-value", refused(it.path, it.value), cure)


def _other_constant(it: Violation) -> Iterator[Fault]:
    yield Fault(it.path, "unknown-value", refused(it.path, it.value), f"write {as_json(it.limit)}")


def _bad_form(it: Violation) -> Iterator[Fault]:
    near = repaired(it.value, it.limit)
    cure = f"did you mean {shown(near)}?" if near else f"write {it.schema.get('x-expected', 'another text')}"
    if it.is_name:
        yield Fault((*it.path, it.value), "bad-name", f"{shown(it.value)} cannot be a name here", cure, key=True)
    else:
        yield Fault(it.path, "bad-form", refused(it.path, it.value), cure)


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


def _bad_format(it: Violation) -> Iterator[Fault]:
    if it.limit == "date":
        yield Fault(it.path, "bad-date", f"{shown(it.value)} is not a date", _right_date(it.value))
    else:
        cure = "write an expression such as `^[0-9]{5}$`"
        yield Fault(it.path, "bad-form", f"nothing can be compared with {shown(it.value)}", cure)


def _right_date(value: str) -> str:
    parts = re.fullmatch(r"(\d{4})[-/.]?(\d\d?)[-/.]?(\d\d?)(?:[T ].*)?", value.strip(), re.ASCII)
    american = re.fullmatch(r"(\d\d?)[-/.](\d\d?)[-/.](\d{4})", value.strip(), re.ASCII)
    found = parts.groups() if parts else american.group(3, 1, 2) if american else None
    if found is None:
        return "write year-month-day, such as `2016-03-01`"
    try:
        return f"did you mean `{date(*map(int, found))}`?"
    except ValueError:
        return "write a day that exists as year-month-day, such as `2016-02-29`"


def _too_small(it: Violation) -> Iterator[Fault]:
    yield Fault(it.path, "too-small", refused(it.path, it.value), f"use {it.limit:,} or more")


def _too_large(it: Violation) -> Iterator[Fault]:
    yield Fault(it.path, "too-large", refused(it.path, it.value), f"use {it.limit:,} or less")


def _too_few(it: Violation) -> Iterator[Fault]:
    message = f"{called(it.path)} is empty" if it.limit == 1 else f"{called(it.path)} has fewer than {it.limit} values"
    yield Fault(it.path, "too-few", message, for_example(it.schema) or "give one")


def _too_long(it: Violation) -> Iterator[Fault]:
    message = f"{called(it.path)} has {len(it.value):,} characters"
    yield Fault(it.path, "too-long", message, f"use {it.limit:,} at most")


def _too_many(it: Violation) -> Iterator[Fault]:
    yield Fault(it.path, "too-many", f"{called(it.path)} has {len(it.value):,} values", f"give {it.limit:,} at most")


def _twice(it: Violation) -> Iterator[Fault]:
    for index, value in enumerate(it.value):
        if value in it.value[:index]:
            message = f"{called(it.path)} holds {shown(value)} twice"
            yield Fault((*it.path, index), "duplicate-value", message, "remove one")


WORDINGS: dict[str, Callable[[Violation], Iterator[Fault]]] = {
    "additionalProperties": unknown_keys,
    "const": _other_constant,
    "enum": _unknown_value,
    "format": _bad_format,
    "maxItems": _too_many,
    "maxLength": _too_long,
    "maximum": _too_large,
    "minItems": _too_few,
    "minLength": _too_few,
    "minProperties": _too_few,
    "minimum": _too_small,
    "pattern": _bad_form,
    "required": missing_keys,
    "type": wrong_type,
    "uniqueItems": _twice,
}
"""Every keyword that a schema of ours may refuse a value by; a test holds the schemas to these."""
