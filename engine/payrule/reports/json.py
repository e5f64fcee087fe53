"""Determinations as JSON: one object for one encounter, an array for several, or one object a line."""

from collections.abc import Iterable, Iterator
from itertools import chain

import msgspec

from payrule.documents.determinations import Determination


def json_document(determinations: Iterable[Determination]) -> Iterator[bytes]:
    r"""Write one determination as an object, several as an array, piece by piece; none is an empty array.

    >>> b"".join(json_document([]))
    b'[]\n'
    """
    several = iter(determinations)
    first, second = next(several, None), next(several, None)
    if first is None:
        yield b"[]\n"
    elif second is None:
        yield _indented(first) + b"\n"
    else:
        yield b"[\n" + _indented(first)
        yield from (b",\n" + _indented(each) for each in chain([second], several))
        yield b"\n]\n"


def json_lines(determinations: Iterable[Determination]) -> Iterator[bytes]:
    """Write one determination a line."""
    return (each.to_json() + b"\n" for each in determinations)


def _indented(determination: Determination) -> bytes:
    return msgspec.json.format(determination.to_json(), indent=2)
