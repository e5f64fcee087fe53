"""Columns with types, as Parquet, Arrow and databases have them: which can hold an attribute, and what they say of it.

A point in time without a time zone is on its day, whatever the time. A whole number is a code where all codes have one
length, so that a number that has lost its zeros is none. Nothing else is made of it: zeros are never guessed.
"""

import re

import msgspec

from payrule.formats.csv_cells import with_zeros
from payrule.model.value_schema import has_one_length
from payrule.model.vocabulary import Attribute
from payrule.source.database import quoted
from payrule.source.diagnostics import Diagnostic, shown

WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT")
"""The types of columns that hold whole numbers and nothing else."""

_NUMBERS = (*WHOLE, "DOUBLE", "FLOAT", "DECIMAL")
_TIMES = ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")
_ZONED = ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP_TZ_NS")
_TEXT = ("VARCHAR", "ENUM"), "texts"
_FITTING: dict[str, tuple[tuple[str, ...], str]] = {
    "choice": _TEXT,
    "code": _TEXT,
    "text": _TEXT,
    "integer": (_NUMBERS, "whole numbers"),
    "date": (("DATE", "VARCHAR", *_TIMES), "dates"),
    "boolean": (("BOOLEAN",), "booleans"),
}
"""The types of columns that can hold each type of attribute, and what they are in words."""

_is_decimal_without_places = re.compile(r"DECIMAL\(\d+,0\)").fullmatch


def misfit(title: str, kind: str, attribute: Attribute) -> Diagnostic | None:
    """Say why a column of a type cannot hold values of an attribute, whatever the row; None where it can.

    `kind` is the type in DuckDB's words.

    >>> code = Attribute(type="code", summary="codes", pattern="^[0-9A-Z]{5}$")
    >>> misfit("code", "BIGINT", code), misfit("code", "DOUBLE", code).message
    (None, '`code` holds DOUBLE, but must hold texts')
    """
    kind = kind.upper()
    fitting, words = _FITTING[attribute.type]
    single = kind.removesuffix("[]")
    help_text = f"write the column as {'lists of ' if attribute.many else ''}{words}"
    if kind == '"NULL"' or single.endswith("]") or kind.endswith("[]") != attribute.many:
        message = None if kind == '"NULL"' else _holds(title, kind, words)
    elif single in _ZONED and attribute.type == "date":
        message = f"{shown(title)} holds points in time, and on which day they are depends on the time zone"
        help_text += ", or as timestamps without a time zone"
    elif attribute.type in ("choice", "code", "text") and _is_whole(single):
        message = None if _is_known_by_number(attribute) else _may_lack_zeros(title, kind)
    else:
        message = None if single.startswith((*fitting, '"NULL"')) else _holds(title, kind, words)
    if message is None:
        return None
    return Diagnostic(code="column-type", message=message, help=help_text, path=f"column {title}")


def _holds(title: str, kind: str, words: str) -> str:
    return f"{shown(title)} holds {kind}, but must hold {words}"


def _may_lack_zeros(title: str, kind: str) -> str:
    return f"{shown(title)} holds {kind}, and its codes differ in length, so that zeros may be missing before a number"


def _is_whole(kind: str) -> bool:
    return kind in WHOLE or _is_decimal_without_places(kind) is not None


def _is_known_by_number(attribute: Attribute) -> bool:
    """Tell whether no two values of an attribute are one number, as `1` and `01` are."""
    if attribute.values:
        numbers = [int(each) for each in attribute.values if re.fullmatch("[0-9]+", each)]
        return len(numbers) == len(set(numbers))
    return attribute.type == "text" if attribute.pattern is None else has_one_length(attribute.pattern)


def asking_for_zeros(diagnostic: Diagnostic, value: object, attribute: Attribute) -> Diagnostic:
    """Ask whether zeros are missing before a code that is refused, where a number would be one with them.

    >>> code = Attribute(type="code", summary="codes", pattern="^[0-9A-Z]{5}$")
    >>> asking_for_zeros(Diagnostic(code="bad-form", message="`code` cannot be `450`"), "450", code).help
    'did you mean `00450`? numbers have no zeros before them: write the column as texts'
    """
    if diagnostic.code != "bad-form" or attribute.pattern is None:
        return diagnostic
    for each in value if isinstance(value, list) else [value]:
        meant = with_zeros(str(each), attribute.pattern)
        if meant is not None and meant != str(each):
            help_text = f"did you mean `{meant}`? numbers have no zeros before them: write the column as texts"
            return msgspec.structs.replace(diagnostic, help=help_text)
    return diagnostic


def read_as(title: str, kind: str, attribute: Attribute) -> str:
    """Write, in SQL, what a column says of an attribute that it fits.

    >>> print(read_as("seen", "TIMESTAMP", Attribute(type="date", summary="day")))
    "seen"::DATE
    """
    single, lists = kind.upper().removesuffix("[]"), "[]" * attribute.many
    if attribute.type == "date" and single.startswith("TIMESTAMP"):
        return f"{quoted(title)}::DATE{lists}"
    if attribute.type in ("choice", "code", "text") and _is_whole(single):
        return f"{quoted(title)}::VARCHAR{lists}"
    return quoted(title)
