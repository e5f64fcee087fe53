"""What an attribute holds, as JSON Schema: its tests, its bounds, and patterns that are looked for in time.

Python's `re` tries every way in which a pattern can fit a text. A pattern is accepted when the ways are few: no part
that may repeat without end holds another choice, and no more than two of them follow each other.

Six keywords are our own, read by `schema_messages` and passed over by validators: `x-expected` says what a text must
look like, `x-kind` what kind of value is wanted, `x-key` what the keys of a group are, `x-holds` what the tested
attribute holds, `x-several` which test takes several values in place of one, and `x-elsewhere` what to do with a key
that is known but has no place here.

`LARGEST` and its like are bounds of ours beyond the vocabulary: the forward-chaining engine clamps integers of 2**63
and compares the lengths of texts modulo 65,536, so a limit comes well before either.
"""

import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from math import prod
from typing import Any

import msgspec

from payrule.model.vocabulary import Attribute

# Python's own reader of patterns, which has no types.
codes: Any = import_module("re._constants")
parser: Any = import_module("re._parser")

MOST_WAYS = 10_000
"""Ways to fit a text, apart from how often its endless parts repeat."""
MOST_ENDLESS = 2
"""Parts without end that may follow each other."""
_LARGE = 64
"""A part that may repeat more often counts as one without end."""
_DEEPEST = 20
"""Parts within parts; so that what can be read once can be read wherever it is asked for."""


@cache
def trouble(pattern: str) -> str | None:
    """Say what keeps a pattern from being looked for in time; None where nothing does.

    >>> trouble("^[0-9A-Z]{5}$"), trouble("^[A-Z]+-[0-9]{2,4}$")
    (None, None)
    >>> trouble("^(([0-9A-Z])+)+$")
    'a part that repeats without end holds another choice'
    >>> trouble("^[0-9")
    'it is no pattern: unterminated character set at position 1'
    """
    try:
        ways, endless = _sequence(parser.parse(pattern))
    except re.error as fault:
        return f"it is no pattern: {fault}"
    except (RecursionError, OverflowError):
        return _TOO_DEEP
    except _TroubleError as fault:
        return str(fault)
    if endless > MOST_ENDLESS:
        return f"{endless} parts that repeat without end follow each other"
    return f"it fits a text in more than {MOST_WAYS:,} ways" if ways > MOST_WAYS else None


def has_one_length(pattern: str) -> bool:
    """Tell whether all texts that a pattern fits are of one length.

    >>> has_one_length("^[0-9A-Z]{5}$"), has_one_length("^[0-9]{3,4}$")
    (True, False)
    """
    least, most = parser.parse(pattern).getwidth()
    return bool(least == most)


_TOO_DEEP = "it is nested too deeply, or repeats too often"


class _TroubleError(Exception):
    pass


def _sequence(parts: Any, depth: int = 0) -> tuple[int, int]:
    """Count the ways of parts that follow each other, and those without end among them."""
    if depth > _DEEPEST:
        raise _TroubleError(_TOO_DEEP)
    counted = [_part(operator, operand, depth + 1) for operator, operand in parts]
    return prod(ways for ways, _ in counted), sum(endless for _, endless in counted)


def _part(operator: Any, operand: Any, depth: int) -> tuple[int, int]:
    if operator in (codes.LITERAL, codes.NOT_LITERAL, codes.IN, codes.ANY, codes.AT):
        return 1, 0
    if operator is codes.SUBPATTERN:
        return _sequence(operand[-1], depth)
    if operator is codes.ATOMIC_GROUP:
        return _sequence(operand, depth)
    if operator is codes.BRANCH:
        counted = [_sequence(each, depth) for each in operand[1]]
        return sum(ways for ways, _ in counted), max(endless for _, endless in counted)
    if operator in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        least, most, body = operand
        ways, endless = _sequence(body, depth)
        if most > _LARGE and (ways > 1 or endless):
            raise _TroubleError("a part that repeats without end holds another choice")
        if most > _LARGE:
            return 1, 1
        if endless and most > 1:
            raise _TroubleError("a part that repeats holds one that repeats without end")
        return sum(min(ways**count, MOST_WAYS + 1) for count in range(least, most + 1)), endless
    raise _TroubleError("it looks ahead, behind, or back at what it found before")


class Operator(msgspec.Struct, frozen=True):
    """One test: its key, the attributes it fits, what its operand is, how it reads in a sentence, and its opposite."""

    key: str
    types: frozenset[str]
    operand: str
    words: str
    opposite: str
    example: str
    many: bool = False

    def fits(self, attribute: Attribute) -> bool:
        """Tell whether this test can be asked of an attribute."""
        return attribute.many == self.many and attribute.type in self.types


_NAMED = frozenset({"choice", "code", "text"})
_ORDERED = frozenset({"integer"})
_DATES = frozenset({"date"})
_ALL = _NAMED | _ORDERED | _DATES | {"boolean"}

OPERATORS: tuple[Operator, ...] = (
    Operator("is", _ALL, "value", "is", "is not", '{"is": "chiropractor"}'),
    Operator("in", _NAMED | _ORDERED, "values", "is one of", "is not one of", '{"in": ["primary", "secondary"]}'),
    Operator("not_in", _NAMED | _ORDERED, "values", "is not one of", "is one of", '{"not_in": "@timed-codes"}'),
    Operator("at_least", _ORDERED, "value", "is at least", "is below", '{"at_least": 2}'),
    Operator("at_most", _ORDERED, "value", "is at most", "is above", '{"at_most": 4}'),
    Operator("on_or_after", _DATES, "value", "is on or after", "is before", '{"on_or_after": "2024-07-01"}'),
    Operator("before", _DATES, "value", "is before", "is on or after", '{"before": "2024-07-01"}'),
    Operator("any_of", _ALL, "values", "has any of", "does not include", '{"any_of": ["preparation"]}', many=True),
    Operator(
        "all_of",
        _ALL,
        "values",
        "has all of",
        "lacks one of",
        '{"all_of": ["reduce-edema", "decrease-pain"]}',
        many=True,
    ),
    Operator("none_of", _ALL, "values", "does not include", "has one of", '{"none_of": ["preparation"]}', many=True),
    Operator("is_empty", _ALL, "boolean", "is empty", "is not empty", '{"is_empty": true}', many=True),
)

BY_KEY = {operator.key: operator for operator in OPERATORS}


def operators_for(attribute: Attribute) -> tuple[Operator, ...]:
    """List the tests that fit an attribute, in the order of the table.

    >>> [each.key for each in operators_for(Attribute(type="integer", summary="units"))]
    ['is', 'in', 'not_in', 'at_least', 'at_most']
    """
    return tuple(operator for operator in OPERATORS if operator.fits(attribute))


Schema = dict[str, Any]

TYPES = {"code": "string", "text": "string", "date": "string", "integer": "integer", "boolean": "boolean"}
"""The type that JSON Schema gives each type of the vocabulary; a choice is an enumeration instead."""

WORDS = {
    "choice": "one of a few words",
    "code": "a code",
    "text": "a text",
    "integer": "a whole number",
    "date": "a date",
    "boolean": "true or false",
}
"""What an attribute of each type holds, in a sentence."""


def holds(attribute: Attribute) -> str:
    """Say what an attribute holds.

    >>> holds(Attribute(type="integer", summary="units")), holds(Attribute(type="choice", summary="purpose", many=True))
    ('a whole number', 'several values')
    """
    return "several values" if attribute.many else WORDS[attribute.type]


def example_of(attribute: Attribute) -> Any:
    """Give an example of what the attribute holds, as JSON writes it: the vocabulary's own, else one that fits.

    >>> example_of(Attribute(type="integer", summary="units", minimum=2))
    2
    """
    if attribute.example is not None:
        return [attribute.example] if attribute.many and not isinstance(attribute.example, list) else attribute.example
    single: dict[str, Any] = {
        "choice": attribute.values[0] if attribute.values else "",
        "integer": 1 if attribute.minimum is None else max(attribute.minimum, min(1, attribute.maximum or 1)),
        "date": "2016-03-01",
        "boolean": True,
        "code": "A",
        "text": "A",
    }
    return [single[attribute.type]] if attribute.many else single[attribute.type]


def single_example(attribute: Attribute) -> Any:
    """Give an example of one value of the attribute, where it holds several too.

    >>> single_example(Attribute(type="code", summary="modifiers", many=True, example=["A1", "B2"]))
    'A1'
    """
    example = example_of(attribute)
    return example[0] if attribute.many and example else example


def single_schema(attribute: Attribute, *, nullable: bool = False) -> Schema:
    """Describe one value; where the attribute holds several, one of them.

    >>> single_schema(Attribute(type="choice", summary="role", values=("primary", "secondary")), nullable=True)
    {'enum': ['primary', 'secondary', None]}
    """
    if attribute.type == "choice":
        return {"enum": [*attribute.values, *([None] if nullable else [])]}
    kind = "number" if attribute.fractions else TYPES[attribute.type]
    schema: Schema = {"type": [kind, "null"] if nullable else kind}
    if attribute.type == "date":
        schema["format"] = "date"
    if attribute.expression is not None and trouble(attribute.expression) is None:
        schema["pattern"] = attribute.expression
        schema["x-expected"] = f"{WORDS[attribute.type]} such as `{single_example(attribute)}`"
    if attribute.minimum is not None:
        schema["minimum"] = attribute.minimum
    if attribute.maximum is not None:
        schema["maximum"] = attribute.maximum
    return schema


def value_schema(attribute: Attribute, *, nullable: bool = False) -> Schema:
    """Describe what the attribute holds, with its summary and an example.

    >>> value_schema(Attribute(type="boolean", summary="One-on-one contact"))
    {'description': 'One-on-one contact', 'type': 'boolean', 'examples': [True]}
    """
    schema: Schema = {"description": attribute.summary}
    if attribute.many:
        schema |= {"type": ["array", "null"] if nullable else "array", "items": single_schema(attribute)}
    else:
        schema |= single_schema(attribute, nullable=nullable)
    if attribute.default is not None:
        schema["default"] = attribute.default
    return schema | {"examples": [example_of(attribute)]}


def is_always_known(attribute: Attribute) -> bool:
    """Tell whether an attribute has a value in every encounter; null for one that has a default is the default.

    >>> is_always_known(Attribute(type="integer", summary="units", default=1))
    True
    """
    return attribute.required or attribute.default is not None


LARGEST = 999_999_999_999
"""The largest number that an encounter may hold, and with a minus sign the smallest."""

LONGEST = 1_000
"""Characters that a text of an encounter may have."""

MOST = 1_000
"""Lines that an encounter may have, and values that an attribute of it may hold. An X12 claim has 50 lines at most."""

MOST_DAYS = 366
"""Days that a line may cover: a year."""

MOST_LINE_DAYS = 999
"""Days that the lines of an encounter may cover together, where one covers several: each is decided as a line."""

PLAIN = "^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$"
"""A text without control characters, line breaks among them."""


def with_parts(schema: Schema, change: Callable[[Schema], Schema]) -> Schema:
    """Change the schemas of the parts of a schema: of its keys, its definitions and its items.

    >>> with_parts({"type": "array", "items": {"type": "string"}}, lambda each: each | {"minLength": 1})
    {'type': 'array', 'items': {'type': 'string', 'minLength': 1}}
    """
    result = dict(schema)
    for keyword in ("properties", "$defs"):
        if keyword in schema:
            result[keyword] = {name: change(each) for name, each in schema[keyword].items()}
    if "items" in schema:
        result["items"] = change(schema["items"])
    return result


def bounded(schema: Schema) -> Schema:
    """Add the bounds of this module to a schema of encounters, so that one place words what is refused.

    >>> bounded({"type": "integer", "minimum": 0})
    {'minimum': 0, 'maximum': 999999999999, 'type': 'integer'}
    """
    result = with_parts(schema, bounded)
    types = schema.get("type", ())
    for kind, bounds in _BOUNDS.items():
        if kind in ([types] if isinstance(types, str) else types) and "format" not in schema:
            result = bounds | result
    return result


_BOUNDS: dict[str, Schema] = {
    "integer": {"minimum": -LARGEST, "maximum": LARGEST},
    "number": {"minimum": -LARGEST, "maximum": LARGEST},
    "string": {"maxLength": LONGEST, "pattern": PLAIN, "x-expected": "text without line breaks and control characters"},
    "array": {"maxItems": MOST},
}
