"""Read a published file of edits: its header wrapped over several lines, its cells checked, every line accounted for.

Above the data stand a copyright notice, a title, and the names of the columns, each wrapped over as many lines as it
takes: what stands in one column is one name. Layouts differ between quarters in which columns there are and how they
are wrapped, so a column is known by a word of its name. The first line below the names that fills the key ends the
header, whether it can be read or not: a row is never taken for a heading.
"""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

import msgspec

from payrule.formats.ncci.files import Setting, opened, refuse_another
from payrule.model.faults import shown
from payrule.source.diagnostics import Diagnostic, DocumentError

LONGEST_HEADER = 50
"""Lines above the data at most."""

MOST_FINDINGS = 20
"""Lines at fault that are named; of the others it is said how many they are."""

SETTING = "setting"
"""The name of a column that says of each row for whom it holds; it is looked at and not kept."""

is_code = re.compile(r"[0-9A-Z]{5}").fullmatch

Cells = list[str]


class Wanted(msgspec.Struct, frozen=True):
    """A column that is read: its name, the pattern by which its header is known, and how a cell is read.

    `read` gives the cell as it is kept, or None for one that cannot be; `expected` says what it must look like. One
    that is `optional` may not be there, and is empty then.
    """

    name: str
    header: str
    read: Callable[[str], str | None]
    expected: str
    optional: bool = False


def text_column(name: str, header: str) -> Wanted:
    r"""Describe a column of text, which may not be there; line ends and other control characters become blanks.

    >>> text_column("rationale", "").read("Clinical:\tData,\r\nand more")
    'Clinical: Data,  and more'
    """

    def read(cell: str) -> str | None:
        return _CONTROL.sub(" ", cell) if len(cell) <= LONGEST_TEXT else None

    return Wanted(name, header, read, f"a text of at most {LONGEST_TEXT:,} characters", optional=True)


LONGEST_TEXT = 1_000
"""Characters of a cell of text; published ones have a tenth of it."""

_CONTROL = re.compile(r"[\0-\x1f\x7f-\x9f\u2028\u2029]")


def code_column(name: str, header: str) -> Wanted:
    """Describe a column of service codes."""
    return Wanted(
        name, header, lambda cell: cell if is_code(cell) else None, "a code of five digits or capital letters"
    )


class Fault(NamedTuple):
    """What is wrong with a row, and what helps."""

    message: str
    help: str


class Layout(msgspec.Struct, frozen=True):
    """What is read of a file: its columns, of which the first `keys` are the key.

    `made` makes of the cells that were read those that are kept, by name. `holds` says why a row holds on no day, so
    that it is dropped; None where it does hold.
    """

    wanted: tuple[Wanted, ...]
    keys: int
    holds: Callable[[Mapping[str, str]], str | None] = lambda _: None
    made: Callable[[dict[str, str]], dict[str, str]] = lambda row: row
    kept: tuple[str, ...] = ()


class Row(NamedTuple):
    """A row that can be used: its line in the file, and the cells in the order of the columns."""

    line: int
    cells: tuple[str, ...]


class Tally(msgspec.Struct):
    """What became of the lines of files that are not kept: those above the data, blank ones, and rows, by reason."""

    heading: int = 0
    blank: int = 0
    dropped: Counter[str] = msgspec.field(default_factory=Counter)


def read_rows(path: Path, layout: Layout, setting: Setting, tally: Tally) -> Iterator[Row]:
    """Read the rows of a file that holds for a setting, and count the other lines.

    Raises DocumentError for a file that cannot be read or holds for another setting, and after the last row for every
    row that cannot be used.
    """
    with opened(path) as (text, name):
        rows = _numbered(text)
        header, first = _header(rows, path, layout)
        names = _names(header)
        places = _places(names, layout.wanted, path)
        tally.heading += first[0] - 1
        refuse_another(setting, names, name, path, told=SETTING in places)
        kept = layout.kept or tuple(each.name for each in layout.wanted if each.name != SETTING)
        faults: list[Diagnostic] = []
        count = 0
        for line, cells in chain([first], rows):
            if not any(map(str.strip, cells)):
                tally.blank += 1
                continue
            found = _row(cells, layout, places)
            if isinstance(found, Fault):
                count += 1
                if len(faults) < MOST_FINDINGS:
                    faults.append(diagnostic(path, line, found.message, found.help))
                continue
            if SETTING in places:
                refuse_another(setting, [found[SETTING]], "", path, line=line)
            found = layout.made(found)
            reason = layout.holds(found)
            if reason is not None:
                tally.dropped[reason] += 1
                continue
            yield Row(line, tuple(found[name] for name in kept))
        if count > len(faults):
            message = f"{count - len(faults)} more lines cannot be read"
            faults.append(Diagnostic(code="more-lines", message=message, file=str(path), help="fix those above first"))
        if faults:
            raise DocumentError(faults)


def _row(cells: Cells, layout: Layout, places: Mapping[str, int]) -> dict[str, str] | Fault:
    found = dict.fromkeys((each.name for each in layout.wanted), "")
    for column in layout.wanted:
        place = places.get(column.name)
        if place is None:
            continue
        if place >= len(cells):
            return Fault(f"the line ends before its column `{column.name}`", "see that the file is whole")
        cell = cells[place].strip()
        value = column.read(cell)
        if value is None:
            return _unfit(cell, column)
        found[column.name] = value
    return found


def _unfit(cell: str, column: Wanted) -> Fault:
    if "code" in column.expected and re.fullmatch(r"[0-9]{1,4}", cell):
        message = (
            f"{shown(cell)} in the column `{column.name}` is shorter than a code: it may have lost zeros at its front"
        )
        help_text = (
            "give the file as it is published; a spreadsheet keeps the zeros of a column that is imported as text"
        )
        return Fault(message, help_text)
    if not cell:
        return Fault(f"the column `{column.name}` is empty", f"write {column.expected}")
    return Fault(f"{shown(cell)} cannot stand in the column `{column.name}`", f"write {column.expected}")


def _header(rows: Iterator[tuple[int, Cells]], path: Path, layout: Layout) -> tuple[list[Cells], tuple[int, Cells]]:
    """Split the lines above the data from the first line of data."""
    header: list[Cells] = []
    for line, cells in rows:
        key = [cell.strip() for cell in cells[: layout.keys]]
        is_data = len(cells) > layout.keys and all(map(is_code, key))
        if is_data or (all(key) and len(cells) > layout.keys and _is_named(header, layout)):
            return header, (line, cells)
        header.append(cells)
        if len(header) > LONGEST_HEADER:
            break
    if not any(cell.strip() for cells in header for cell in cells):
        message, help_text = "the file is empty", "download it again, or check the path"
        raise DocumentError([Diagnostic(code="no-rows", message=message, help=help_text, file=str(path))])
    where = f"in the first {LONGEST_HEADER} lines" if len(header) > LONGEST_HEADER else "in the file"
    message = f"there is no row of data {where}"
    if _is_named(header, layout) and len(header) <= LONGEST_HEADER:
        message = "the file holds the names of its columns, and no row of data below them"
    help_text = "give the tab-delimited text as it is published, or the archive that holds it"
    raise DocumentError([Diagnostic(code="no-rows", message=message, help=help_text, file=str(path))])


def _is_named(header: list[Cells], layout: Layout) -> bool:
    """Tell whether all columns that must be there have been named."""
    found = _found(_names(header), layout.wanted)
    return all(each.optional or each.name in found for each in layout.wanted)


def _names(header: list[Cells]) -> list[str]:
    """Read what stands in each column of the lines above the data, in small letters."""
    named = [cells for cells in header if sum(1 for cell in cells if cell.strip()) > 1]
    count = max(map(len, named), default=0)
    names = [" ".join(" ".join(cells[at : at + 1]) for cells in named).casefold() for at in range(count)]
    return [" ".join(name.replace("_", " ").split()) for name in names]


def _found(names: list[str], wanted: tuple[Wanted, ...]) -> dict[str, int]:
    """Find where each column stands by its name, which may be wrapped over several lines."""
    places: dict[str, int] = {}
    for column in wanted:
        found = [at for at, name in enumerate(names) if re.search(column.header, name) and at not in places.values()]
        if found:
            places[column.name] = found[0]
    return places


def _places(names: list[str], wanted: tuple[Wanted, ...], path: Path) -> dict[str, int]:
    places = _found(names, wanted)
    for column in wanted:
        if not column.optional and column.name not in places:
            message = f"the header names no column `{column.name}`"
            help_text = "keep the header as it is published, above the first row"
            raise DocumentError([diagnostic(path, 1, message, help_text)])
    return places


def _numbered(text: Iterable[str]) -> Iterator[tuple[int, Cells]]:
    """Split each line into its cells, and give it its number; between tabs quotation marks mean nothing."""
    lines = iter(text)
    beginning = list(islice(lines, LONGEST_HEADER))
    if any("\t" in line for line in beginning):
        reader = csv.reader(chain(beginning, lines), delimiter="\t", quoting=csv.QUOTE_NONE)
    else:
        reader = csv.reader(chain(beginning, lines))
    return ((reader.line_num, cells) for cells in reader)


def diagnostic(path: Path, line: int, message: str, help_text: str) -> Diagnostic:
    """Say what is wrong with a line of a file."""
    return Diagnostic(code="bad-row", message=message, help=help_text, file=str(path), line=line)
