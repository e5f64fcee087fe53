"""Numbers of things, as a sentence says them."""

from collections.abc import Iterable, Iterator
from textwrap import wrap


def counted(number: int, noun: str) -> str:
    """Say how many of something there are.

    >>> counted(1, "line"), counted(1_200, "line")
    ('1 line', '1,200 lines')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


BETWEEN = "  "
NARROWEST = 24
"""Characters that the last column needs; with less, all cells go below the first."""


def aligned(rows: Iterable[tuple[str, ...]], width: int | None = None) -> Iterator[str]:
    """Write rows in columns as wide as their widest cell; with a `width`, in characters, in lines that fit.

    The last cell is folded in its column. A word that is too long stays whole.

    >>> list(aligned([("a", "1"), ("bbb", "2")]))
    ['a    1', 'bbb  2']
    >>> list(aligned([("a", "1", "folds where it stands, in its column")], width=40))
    ['a  1  folds where it stands, in its', '      column']
    >>> list(aligned([("a", "1", "stands below, for there is no room")], width=28))
    ['a', '  1  stands below, for there', '  is no room']
    """
    listed = list(rows)
    widths = [max(map(len, cells)) for cells in zip(*listed, strict=True)]
    start = sum(each + len(BETWEEN) for each in widths[:-1])
    for row in listed:
        line = BETWEEN.join(map(str.ljust, row, widths)).rstrip()
        if width is None or start + widths[-1] <= width:
            yield line
        elif start + NARROWEST <= width:
            yield from folded(line, width, start)
        else:
            yield row[0].rstrip()
            indent = " " * (indent_of(row[0]) + len(BETWEEN))
            yield from folded(indent + BETWEEN.join(row[1:]), width, len(indent))


def folded(line: str, width: int, start: int) -> list[str]:
    """Fold a line between words, and go on at a column.

    >>> folded("  a line that is long", 12, start=4)
    ['  a line', '    that is', '    long']
    """
    indent = " " * start
    lines = wrap(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return lines or [""]


def indent_of(line: str) -> int:
    """Count the blanks before a line.

    >>> indent_of("  a line")
    2
    """
    return len(line) - len(line.lstrip())
