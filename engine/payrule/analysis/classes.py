"""Cut the values of an attribute into classes that no rule tells apart, each with a value that stands for it.

Values that are members of the same sets, and on the same side of every threshold, are the same to every rule.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec

from payrule.documents.encounter_values import value_reader
from payrule.documents.models import Attribute
from payrule.documents.values import ValueSet

_TRIES = 4_096
"""Values tried in search of one that no set holds."""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def value_classes(declared: Sequence[Attribute], sets: Sequence[ValueSet]) -> tuple[Any, ...]:
    """Give a value for each class of those that every declaration of an attribute allows.

    Two values are of one class when they are members of the same sets. The attribute's example stands first, for it is
    the most ordinary value.

    >>> code = Attribute(type="code", summary="code", pattern="^[0-9]{5}$", example="00042")
    >>> value_classes((code,), (ValueSet.of(["00001-00003", "00002"], ranges=True),))
    ('00042', '00002')
    """
    readers = [value_reader(msgspec.structs.replace(each, many=False)) for each in declared]
    found: dict[frozenset[int], Any] = {}
    for value in _candidates(declared, sets):
        signature = frozenset(position for position, members in enumerate(sets) if value in members)
        if signature not in found and all(_reads(reader, value) for reader in readers):
            found[signature] = value
    return tuple(found.values())


def _reads(reader: Any, value: Any) -> bool:
    try:
        reader(value)
    except (KeyError, TypeError, ValueError):
        return False
    return True


def _candidates(declared: Sequence[Attribute], sets: Sequence[ValueSet]) -> Iterator[Any]:
    """List values of which one at least is in each class, the ordinary ones first."""
    first = declared[0]
    example = first.example
    examples = example if isinstance(example, list) else [example]
    yield from (each for each in examples if each is not None)
    if first.type == "boolean":
        yield from (True, False)
    elif first.type == "choice":
        yield from first.values
    else:
        singles = sorted({value for members in sets for value in members.values}, key=lambda each: (str(each), each))
        ends = sorted({end for members in sets for span in members.ranges for end in span})
        yield from singles
        yield from ends
        for each in (*singles, *ends):
            yield from _neighbours(each)
        if first.type == "integer":
            yield from range(first.minimum or 0, (first.minimum or 0) + len(sets) + len(singles) + 1)
        else:
            yield from islice(_variants([*map(str, examples), *map(str, singles), *ends, "other"]), _TRIES)


def _neighbours(value: Any) -> Iterator[Any]:
    """List the values next to one: ranges of codes are cut between a value and its neighbour."""
    if isinstance(value, str):
        for digits in (_DIGITS[:10], _DIGITS):
            for step in (1, -1):
                near = _stepped(value, digits, step)
                if near is not None:
                    yield near


def _stepped(value: str, digits: str, step: int) -> str | None:
    """Count a code one up or down in its digits; None where that is no code of its length.

    >>> _stepped("00199", "0123456789", 1), _stepped("0019A", "0123456789", 1)
    ('00200', None)
    """
    if not value or any(each not in digits for each in value):
        return None
    number = sum(digits.index(each) * len(digits) ** place for place, each in enumerate(reversed(value))) + step
    if not 0 <= number < len(digits) ** len(value):
        return None
    return "".join(digits[number // len(digits) ** place % len(digits)] for place in reversed(range(len(value))))


def _variants(texts: Iterable[str]) -> Iterator[str]:
    """Vary the digits of texts, in search of one of the same form that no set holds."""
    for text in dict.fromkeys(texts):
        yield text
        for number in range(1000):
            tail = str(number)
            if len(tail) <= len(text):
                yield text[: len(text) - len(tail)] + tail
