"""Fold text at the width of its place: at blanks, and names that are longer than that at their hyphens and slashes."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table as Grid
from rich.text import Text

from payrule.reports.diagnostics import printable
from payrule.reports.pages.page import Block, Cell, Line, Listing, Page, Paragraph, Section, Table, Verbatim
from payrule.reports.table import NARROW, STYLES, rendered

_WORD = re.compile(r"\S+\s*")
_PIECE = re.compile(r"[^/-]*[/-]+|[^/-]+")


class Folded:
    """Text that folds where a reader would fold it; rich by itself cuts a long name anywhere."""

    def __init__(self, text: Text, left: int = 0, right: int = 0) -> None:
        """Take the text, and the blanks that stand on its left and right."""
        self._text, self._left, self._right = text, left, right

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Give the text in lines of the width that there is."""
        width = max(1, options.max_width - self._left - self._right)
        blanks = [Segment(" " * self._left)] if self._left else []
        for line in self._lines:
            fits = len(line) <= width and not line.plain.endswith(" ")
            for part in [line] if fits else line.divide(folds(line.plain, width)):
                if not fits:
                    part.rstrip()
                for shown in _shown(part, console, options.update(width=width)):
                    yield from (*blanks, *shown, Segment.line())

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Say how wide the text would like to be, and how narrow it may become."""
        narrow, wide = (each + self._left + self._right for each in self._widths)
        return Measurement(narrow, wide).clamp(0, options.max_width)

    @cached_property
    def _lines(self) -> Sequence[Text]:
        return tuple(self._text.split(allow_blank=True)) if "\n" in self._text.plain else (self._text,)

    @cached_property
    def _widths(self) -> Measurement:
        lines = [line.plain for line in self._lines]
        pieces = (piece.strip() for line in lines for word in _WORD.findall(line) for piece in _PIECE.findall(word))
        return Measurement(max(map(len, pieces), default=0), max(map(len, lines), default=0))


def _shown(line: Text, console: Console, options: ConsoleOptions) -> Iterable[Iterable[Segment]]:
    """Give a line as it is printed: rich looks at it again, and may part it, where its letters may be wide."""
    if not (line.plain.isascii() and line.plain.isprintable()):
        return console.render_lines(line, options, pad=False)
    # Of a line without parts rich leaves out the style.
    return (line.render(console) if line.spans else (Segment(line.plain, console.get_style(line.style)),),)


class _Hanging:
    """An item of a list: folded text beside its mark."""

    _MARK, _BELOW = "  - ", "    "

    def __init__(self, text: Folded) -> None:
        """Take the text."""
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Give the lines of the text, the first one after the mark."""
        width = max(1, options.max_width - len(self._MARK))
        lines = console.render_lines(self._text, options.update(width=width), pad=False)
        for number, line in enumerate(lines):
            yield Segment(self._BELOW if number else self._MARK)
            yield from line
            yield Segment.line()


def folds(line: str, width: int) -> list[int]:
    """Give the places at which a line is folded; a piece wider than the width is cut.

    >>> folds("one two/three-four", 9), folds("two/three-four", 4), folds("short", 9)
    ([8, 14], [4, 8, 10], [])
    """
    found, start = [], 0
    for first, piece in _pieces(line, width):
        end = first + len(piece.rstrip())
        if end - start > width and first > start:
            found.append(start := first)
        while end - start > width:
            found.append(start := start + width)
    return found


def _pieces(line: str, width: int) -> Iterator[tuple[int, str]]:
    """List what is not to be parted, with its place: words, and the pieces of names that are too long."""
    at = len(line) - len(line.lstrip())
    for word in _WORD.findall(line):
        for piece in _PIECE.findall(word) if len(word.rstrip()) > width else [word]:
            yield at, piece
            at += len(piece)


def page_text(page: Page, *, width: int, colour: bool) -> bytes:
    """Write a page, `width` characters wide, with or without color."""
    return rendered(Group(*_section(page, 0, narrow=width < NARROW)), width=width, colour=colour)


def _section(section: Section, level: int, *, narrow: bool) -> Iterator[RenderableType]:
    yield Folded(Text(printable(section.title), style="bold underline" if level == 1 else "bold"))
    yield from _blocks(section.blocks, narrow=narrow)
    for below in section.sections:
        yield Text()
        yield from _section(below, level + 1, narrow=narrow)


def _blocks(blocks: tuple[Block, ...], *, narrow: bool) -> Iterator[RenderableType]:
    for block in blocks:
        if isinstance(block, Paragraph):
            yield Folded(_text(block.line))
        elif isinstance(block, Listing):
            yield from (_Hanging(Folded(_text(item))) for item in block.items)
        elif isinstance(block, Verbatim):
            yield Padding(Text("\n".join(map(printable, block.text.split("\n")))), (0, 0, 0, 2))
        else:
            yield Folded(Text(f"\n{printable(block.caption)}", style="dim"))
            yield from _stacked(block) if narrow and block.of_records else [_grid(block)]


def _grid(table: Table) -> RenderableType:
    rows = Grid(box=box.SIMPLE_HEAD, header_style="dim", padding=0, show_edge=False)
    last = len(table.head) - 1
    blanks = [(int(at > 0), int(at < last)) for at in range(len(table.head))]
    for name, (left, right) in zip(table.head, blanks, strict=True):
        rows.add_column(Padding(printable(name), (0, right, 0, left)))
    for row in table.rows:
        rows.add_row(*(_cell(each, *beside) for each, beside in zip(row, blanks, strict=True)))
    return rows


def _stacked(table: Table) -> Iterator[RenderableType]:
    """Show records one below the other, each cell after the heading of its column."""
    for row in table.rows:
        for position, (name, cell) in enumerate(zip(table.head, row, strict=True)):
            indent = 2 if position else 0
            yield Padding(Folded(Text(f"{printable(name)}:", style="dim")), (0, 0, 0, indent))
            yield Padding(_cell(cell), (0, 0, 0, indent + 2))


def _cell(cell: Cell, left: int = 0, right: int = 0) -> Folded:
    return Folded(Text("\n").join(map(_text, cell)), left, right)


def _text(line: Line) -> Text:
    return Text.assemble(*((printable(span.text), STYLES[span.tone]) for span in line))
