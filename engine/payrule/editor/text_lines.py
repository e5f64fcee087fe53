"""Lines as editors count them: they end in a line feed, a carriage return, or both together, and in nothing else.

Python ends them at separators of lines and paragraphs, form feeds and others too, which may stand in a text of JSON.
"""

import re

_ENDS = re.compile(r"\r\n|\n|\r")


def lines_of(text: str) -> tuple[str, ...]:
    r"""Part a text into its lines, each with its end.

    >>> lines_of("a\u2028b\r\nc\rd")
    ('a\u2028b\r\n', 'c\r', 'd')
    """
    starts = [0, *(found.end() for found in _ENDS.finditer(text))]
    return tuple(text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True) if start < end)


def place_of_offset(text: str, offset: int) -> tuple[int, int]:
    r"""Give the line of an offset, from 0, and the offset at which that line starts.

    >>> place_of_offset("a\u2028b\r\nc\rd", 7)
    (2, 7)
    """
    starts = [found.end() for found in _ENDS.finditer(text, 0) if found.end() <= offset]
    return len(starts), starts[-1] if starts else 0
