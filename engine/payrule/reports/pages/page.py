"""A page as values: sections of paragraphs, lists and tables, without how they look."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from payrule.model.choices import Disposition
from payrule.results.difference import Certainty

Tone = Literal["plain", "strong", "quiet", "name", "passage", "new", "gone", "warning"] | Disposition | Certainty
"""What a piece of text is: a renderer gives each tone its look.

`name` is what a document calls something, `passage` a source sentence, `new` and `gone` those of one copy only.
"""


class Span(msgspec.Struct, frozen=True):
    """A piece of text in one tone; `to` is the anchor of a section that it leads to."""

    text: str
    tone: Tone = "plain"
    to: str | None = None


Line = tuple[Span, ...]
"""A line of text."""

Cell = tuple[Line, ...]
"""A cell of a table, line by line."""

Row = tuple[Cell, ...]
"""A row of a table."""


class Paragraph(msgspec.Struct, frozen=True):
    """A paragraph."""

    line: Line


class Listing(msgspec.Struct, frozen=True):
    """A list without order."""

    items: tuple[Line, ...]


class Verbatim(msgspec.Struct, frozen=True):
    """Text to be copied as it is."""

    text: str


class Table(msgspec.Struct, frozen=True):
    """A table: its caption, the heading of each column, and rows whose first cell heads the row."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def of_records(self) -> bool:
        """Tell whether each row is a thing of its own; else the columns are, and a row is a fact about each."""
        return bool(self.head[0])


Block = Paragraph | Listing | Verbatim | Table


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a page under a title; a `folded` one has particulars, and is closed at first where a form has that."""

    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple["Section", ...] = ()
    anchor: str | None = None
    folded: bool = False


class Page(Section, frozen=True, kw_only=True):
    """A page: its title, the blocks that sum it up, and its sections."""


def line(*parts: str | Span) -> Line:
    """Make a line of pieces; texts are plain.

    >>> line("a ", Span("b", "strong"))[1].tone
    'strong'
    """
    return tuple(Span(part) if isinstance(part, str) else part for part in parts)


def cell(*lines: str | Span | Line) -> Cell:
    """Fill a cell, line by line.

    >>> cell("a", Span("b", "quiet"))
    ((Span(text='a', tone='plain', to=None),), (Span(text='b', tone='quiet', to=None),))
    """
    return tuple(each if isinstance(each, tuple) else line(each) for each in lines)


def listed(words: Iterable[str]) -> str:
    """List several things in a sentence.

    >>> listed(["a"]), listed("abc")
    ('a', 'a, b and c')
    """
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
