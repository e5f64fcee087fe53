"""Read a published file of edits: a text or a zipped one, its header wrapped over several lines, its cells checked.

The first line that looks like data ends the header. Above it stand a copyright notice, a title, and the names of the
columns, each wrapped over as many lines as it takes: what stands in one column is one name. Layouts differ between
quarters in which columns there are and how they are wrapped, so a column is known by a word of its name.
"""

import csv
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import TextIOWrapper
from itertools import chain, islice
from pathlib import Path
from typing import IO, NamedTuple, TextIO

import msgspec

from payrule.documents.faults import shown
from payrule.documents.findings import DocumentError, Finding

LONGEST_HEADER = 50
"""Lines above the data at most."""

MOST_FINDINGS = 20
"""Lines at fault that are named; of the others it is said how many they are."""

is_code = re.compile(r"[0-9A-Z]{5}").fullmatch

Cells = list[str]


class Wanted(msgspec.Struct, frozen=True):
    """A column that is read: its name, the pattern by which its header is known, and how a cell is read.

    `read` gives the cell as it is kept, or None for one that cannot be; `expected` says what it must look like.
    """

    name: str
    header: str
    read: Callable[[str], str | None]
    expected: str
    optional: bool = False


def read_rows(path: Path, wanted: tuple[Wanted, ...], keys: int) -> Iterator[tuple[str, ...]]:
    """Read the rows of a file, the cells of each in the order of `wanted`, of which the first `keys` are codes.

    Raises DocumentError for a file that cannot be read, and after the last row for every row that cannot be used.
    """
    with _opened(path) as text:
        rows = _numbered(text)
        header, first = _header(rows, path, keys)
        places = _places(header, wanted, path)
        findings: list[Finding] = []
        faults = 0
        for line, cells in chain([first], rows):
            if not any(cells):
                continue
            found = _cells(cells, wanted, places)
            if isinstance(found, Fault):
                faults += 1
                if len(findings) < MOST_FINDINGS:
                    findings.append(_finding(path, line, found.message, found.help))
            else:
                yield found
        if faults > len(findings):
            message = f"{faults - len(findings)} more lines cannot be read"
            findings.append(Finding(code="more-lines", message=message, file=str(path), help="mend those above first"))
        if findings:
            raise DocumentError(findings)


class Fault(NamedTuple):
    """What is wrong with a row, and what helps."""

    message: str
    help: str


def _cells(cells: Cells, wanted: tuple[Wanted, ...], places: Mapping[str, int]) -> tuple[str, ...] | Fault:
    found = []
    for column in wanted:
        place = places.get(column.name)
        if place is None:
            found.append("")
            continue
        if place >= len(cells):
            return Fault(f"the line ends before its column `{column.name}`", "see that the file is whole")
        cell = cells[place].strip()
        value = column.read(cell)
        if value is None:
            return Fault(f"{shown(cell)} cannot stand in the column `{column.name}`", f"write {column.expected}")
        found.append(value)
    return tuple(found)


def _header(rows: Iterator[tuple[int, Cells]], path: Path, keys: int) -> tuple[list[Cells], tuple[int, Cells]]:
    """Split the lines above the data from the first line of data."""
    header: list[Cells] = []
    for line, cells in rows:
        if len(cells) > keys and all(is_code(cell.strip()) for cell in cells[:keys]):
            return header, (line, cells)
        header.append(cells)
        if len(header) > LONGEST_HEADER:
            break
    where = f"in the first {LONGEST_HEADER} lines" if len(header) > LONGEST_HEADER else "in the file"
    message = f"there is no row of data {where}"
    cure = "give the tab-delimited text as it is published, or the archive that holds it"
    raise DocumentError([Finding(code="no-rows", message=message, help=cure, file=str(path))])


def _places(header: list[Cells], wanted: tuple[Wanted, ...], path: Path) -> dict[str, int]:
    """Find where each column stands by its name, which may be wrapped over several lines."""
    named = [cells for cells in header if sum(1 for cell in cells if cell.strip()) > 1]
    count = max(map(len, named), default=0)
    names = [" ".join(" ".join(cells[at : at + 1]) for cells in named).casefold() for at in range(count)]
    folded = [" ".join(name.replace("_", " ").split()) for name in names]
    places: dict[str, int] = {}
    for column in wanted:
        found = [at for at, name in enumerate(folded) if re.search(column.header, name) and at not in places.values()]
        if found:
            places[column.name] = found[0]
        elif not column.optional:
            message = f"the header names no column `{column.name}`"
            cure = "keep the header as it is published, above the first row"
            raise DocumentError([_finding(path, 1, message, cure)])
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


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """Open a text, or the one text of an archive; raises DocumentError when there is none."""
    try:
        with path.open("rb") as file:
            if not zipfile.is_zipfile(file):
                file.seek(0)
                yield _as_text(file, path)
                return
            with zipfile.ZipFile(file) as archive:
                texts = [each for each in archive.namelist() if each.lower().endswith((".txt", ".csv"))]
                if len(texts) != 1:
                    held = ", ".join(f"`{each}`" for each in texts) or "none"
                    message = f"the archive must hold one text, and holds {held}"
                    cure = "give the text itself, unpacked"
                    raise DocumentError([Finding(code="not-one-text", message=message, help=cure, file=str(path))])
                with archive.open(texts[0]) as member:
                    yield TextIOWrapper(member, "utf-8-sig", "replace", newline="")
    except (OSError, zipfile.BadZipFile, csv.Error, EOFError) as fault:
        reason = (fault.strerror if isinstance(fault, OSError) else None) or str(fault)
        message = f"the file cannot be read: {reason.lower()}"
        cure = "download it again, or check the path"
        raise DocumentError([Finding(code="unreadable", message=message, help=cure, file=str(path))]) from None


def _as_text(file: IO[bytes], path: Path) -> TextIO:
    """Read bytes as text; raises DocumentError for what is plainly none."""
    if b"\0" in file.read(1 << 12):
        message, cure = "this is no text", "give the tab-delimited text as it is published, not a workbook"
        raise DocumentError([Finding(code="no-text", message=message, help=cure, file=str(path))])
    file.seek(0)
    return TextIOWrapper(file, "utf-8-sig", "replace", newline="")


def _finding(path: Path, line: int, message: str, cure: str) -> Finding:
    return Finding(code="bad-row", message=message, help=cure, file=str(path), line=line)
