"""A page as text for a terminal of any width, with colour where that is wanted."""

from collections.abc import Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from payrule.reports.findings import printable
from payrule.reports.pages.folding import Folded
from payrule.reports.pages.page import Block, Cell, Listing, Page, Paragraph, Said, Section, Table, Tone, Verbatim
from payrule.reports.table import COLOURS, NARROW, rendered

STYLES: dict[Tone, str] = {
    "plain": "",
    "strong": "bold",
    "quiet": "dim",
    "name": "cyan",
    "passage": "italic",
    "new": "bold green",
    "gone": "red strike",
    "warning": "bold red",
    "proved": "bold green",
    "bounded": "bold yellow",
    "unknown": "bold red",
}
"""The style of each tone that is no disposition."""


def page_text(page: Page, *, width: int, colour: bool) -> bytes:
    """Write a page, `width` characters wide, with or without colour."""
    return rendered(Group(*_page(page, narrow=width < NARROW)), width=width, colour=colour)


def _page(page: Page, *, narrow: bool) -> Iterator[RenderableType]:
    yield Folded(Text(printable(page.title), style="bold"))
    yield from _blocks(page.blocks, narrow=narrow)
    for section in page.sections:
        yield Text()
        yield from _section(section, 1, narrow=narrow)


def _section(section: Section, level: int, *, narrow: bool) -> Iterator[RenderableType]:
    yield Folded(Text(printable(section.title), style="bold underline" if level == 1 else "bold"))
    yield from _blocks(section.blocks, narrow=narrow)
    for below in section.sections:
        yield Text()
        yield from _section(below, level + 1, narrow=narrow)


def _blocks(blocks: tuple[Block, ...], *, narrow: bool) -> Iterator[RenderableType]:
    for block in blocks:
        if isinstance(block, Paragraph):
            yield Folded(_text(block.said))
        elif isinstance(block, Listing):
            yield from (_hanging(item) for item in block.items)
        elif isinstance(block, Verbatim):
            yield Padding(Text("\n".join(map(printable, block.text.split("\n")))), (0, 0, 0, 2))
        else:
            yield Folded(Text(f"\n{printable(block.caption)}", style="dim"))
            yield from _stacked(block) if narrow and block.of_records else [_grid(block)]


def _hanging(item: Said) -> RenderableType:
    grid = Grid.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(ratio=1)
    grid.add_row("  -", Folded(_text(item)))
    return grid


def _grid(table: Table) -> RenderableType:
    rows = Grid(box=box.SIMPLE_HEAD, header_style="dim", pad_edge=False, show_edge=False)
    for name in table.head:
        rows.add_column(printable(name))
    for row in table.rows:
        rows.add_row(*map(_cell, row))
    return rows


def _stacked(table: Table) -> Iterator[RenderableType]:
    """Show records one below the other, each cell after the heading of its column."""
    for row in table.rows:
        for position, (name, cell) in enumerate(zip(table.head, row, strict=True)):
            indent = 2 if position else 0
            yield Padding(Folded(Text(f"{printable(name)}:", style="dim")), (0, 0, 0, indent))
            yield Padding(_cell(cell), (0, 0, 0, indent + 2))


def _cell(cell: Cell) -> Folded:
    return Folded(Text("\n").join(map(_text, cell)))


def _text(line: Said) -> Text:
    return Text.assemble(*((printable(span.text), _style(span.tone)) for span in line))


def _style(tone: Tone) -> str:
    return f"bold {COLOURS[tone]}" if tone in COLOURS else STYLES[tone]
