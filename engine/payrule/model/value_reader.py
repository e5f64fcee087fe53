"""Turn JSON values into values of attributes: sets become frozensets, dates become dates, the others stay as they are.

The functions made here do no more than the schema of the encounter asks, and no less; they only raise, and leave it to
`shape` to say what is wrong. `LARGEST` and its like are bounds of ours beyond the vocabulary: the forward-chaining
engine clamps integers of 2**63 and compares the lengths of texts modulo 65,536, so a limit stands well before either.
"""

from payrule.model.value_schema import Schema

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


def bounded(schema: Schema) -> Schema:
    """Add the bounds of this module to a schema of encounters, so that one place words what is refused.

    >>> bounded({"type": "integer", "minimum": 0})
    {'minimum': 0, 'maximum': 999999999999, 'type': 'integer'}
    """
    result = dict(schema)
    for keyword in ("properties", "$defs"):
        if keyword in schema:
            result[keyword] = {name: bounded(each) for name, each in schema[keyword].items()}
    if "items" in schema:
        result["items"] = bounded(schema["items"])
    types = schema.get("type", ())
    for kind, bounds in _BOUNDS.items():
        if kind in ([types] if isinstance(types, str) else types) and "format" not in schema:
            result = bounds | result
    return result


_BOUNDS: dict[str, Schema] = {
    "integer": {"minimum": -LARGEST, "maximum": LARGEST},
    "string": {"maxLength": LONGEST, "pattern": PLAIN, "x-expected": "text without line breaks and control characters"},
    "array": {"maxItems": MOST},
}
