"""What was found as JSON: one object for one answer, an array for several, or one object a line."""

from collections.abc import Iterable, Iterator
from itertools import chain

import msgspec

from payrule.results.determination import Result


def json_document(answers: Iterable[Result]) -> Iterator[bytes]:
    r"""Write one answer as an object, several as an array, piece by piece; none is an empty array.

    >>> b"".join(json_document([]))
    b'[]\n'
    """
    several = iter(answers)
    first, second = next(several, None), next(several, None)
    if first is None:
        yield b"[]\n"
    elif second is None:
        yield _indented(first) + b"\n"
    else:
        yield b"[\n" + _indented(first)
        yield from (b",\n" + _indented(each) for each in chain([second], several))
        yield b"\n]\n"


def json_lines(answers: Iterable[Result]) -> Iterator[bytes]:
    """Write one answer a line."""
    return (each.to_json() + b"\n" for each in answers)


def _indented(answer: Result) -> bytes:
    return msgspec.json.format(answer.to_json(), indent=2)
