"""Read a published file of edits: its text found and decoded, its header understood, every line counted.

Above the rows are a copyright notice, a title, and the names of the columns, each wrapped over several lines: what
stands in one column is one name. Layouts differ between quarters, so a column is known by a word of its name. The first
line below the names that fills the key ends the header, whether it can be read or not.

A table holds for a setting: practitioners, outpatient hospitals, or suppliers of equipment. A file says so by the names
of its columns, or in a column; a file that says nothing may be named after its setting.
"""

import codecs
import csv
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import TextIOWrapper
from itertools import chain, islice
from lzma import LZMAError
from pathlib import Path
from typing import IO, Literal, NamedTuple, TextIO

import msgspec

from payrule.model.tables import Column
from payrule.source.diagnostics import Diagnostic, DocumentError, shown
from payrule.source.files import refuse_no_file

PRACTITIONER = "practitioner"

SETTINGS: dict[str, str] = {
    PRACTITIONER: r"\bpractitioners?\b|\bccipra|\bpra[cv]?\b",
    "hospital": r"\bhospitals?\b|\boutpatient\b|\bhosp\b|\bcci(hosp|oph)",
    "dme": r"\bdme\b|\bsuppliers?\b|\bdurable medical\b",
}
"""The settings, with the words by which each is known, after other signs than letters and digits became blanks."""

CALLED = {PRACTITIONER: "practitioners", "hospital": "outpatient hospitals", "dme": "suppliers of medical equipment"}
"""The settings in a sentence."""


class Setting(NamedTuple):
    """The setting that is wanted, and whether somebody asked for it; it is practitioners' otherwise."""

    name: str = PRACTITIONER
    asked: bool = False

    @property
    def suffix(self) -> str:
        """Give what tells its table from that of practitioners."""
        return "" if self.name == PRACTITIONER else f"-{self.name}"


def settings_in(text: str) -> frozenset[str]:
    """Name the settings that a text speaks of.

    >>> settings_in("outpatient hospital services mue values"), settings_in("MCR_MUE_PractitionerServices.csv")
    (frozenset({'hospital'}), frozenset({'practitioner'}))
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z0-9]+", " ", text).casefold()
    return frozenset(name for name, pattern in SETTINGS.items() if re.search(pattern, words))


def refuse_another(  # noqa: PLR0913 - where it is said, and what is wanted
    wanted: Setting, names: Iterable[str], file: str, path: Path, *, line: int | None = None, told: bool = False
) -> None:
    """Refuse a file for another setting than the one that is wanted; raises DocumentError.

    `names` are those of its columns; where they say nothing, and nobody asked for a setting, what the file is called
    is looked at. With `told` each row says it.
    """
    said = settings_in(" ".join(names))
    by_name = not said and not told and not wanted.asked
    if by_name:
        said = settings_in(file)
    if not said or wanted.name in said:
        return
    other = min(said)
    where = "the name of the file says that it holds" if by_name else "the row holds" if line else "the file holds"
    message = f"{where} for {CALLED[other]}, but the table is for {CALLED[wanted.name]}"
    help_text = f"give the file for {CALLED[wanted.name]}, or add `--setting {other}`, which makes a table of its own"
    if by_name:
        help_text += f"; if the name is wrong, add `--setting {wanted.name}`"
    raise refused(path, "other-setting", message, help_text, line)


LARGEST_TEXT = 1 << 29
"""Bytes of the text in an archive; the largest part of the national pairs has a fifth of it."""

_MOST_PACKED, _SMALL = 50, 1 << 24
"""How many times its packed size a text has at most, where it is no small one; published ones have about ten."""

LONGEST_LINE = 1 << 16
"""Characters of a line; the longest published one has a hundredth."""

_LOOKED_AT = 1 << 12
"""Bytes from which the encoding is told; an even number."""

_NOT_A_TEXT = "give the tab-delimited text as it is published, not a workbook"


@contextmanager
def opened(path: Path) -> Iterator[tuple[Iterator[str], str]]:
    """Open a text, or the one text of an archive; give its lines, and the name of its file, in an archive too.

    Raises DocumentError when there is no text.
    """
    try:
        refuse_no_file(path)
        with path.open("rb") as file:
            if not zipfile.is_zipfile(file):
                with _as_text(file, path) as text:
                    yield _lines(text, path), path.name
                return
            with zipfile.ZipFile(file) as archive:
                name = _only_text(archive, path)
                with _member(archive, name) as member, _as_text(member, path) as text:
                    yield _lines(text, path), f"{path.name} {name}"
    except (OSError, zipfile.BadZipFile, zlib.error, LZMAError, csv.Error, EOFError, UnicodeError) as fault:
        reason = (fault.strerror if isinstance(fault, OSError) else None) or str(fault)
        raise refused(path, "unreadable", f"the file cannot be read: {reason.lower()}", _READ_AGAIN) from None


_READ_AGAIN = "download it again, or check the path"


def _member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """Open a file of an archive; raises BadZipFile too where it is encrypted, or packed in a way that is not known."""
    try:
        return archive.open(name)
    except RuntimeError as fault:
        raise zipfile.BadZipFile(str(fault)) from None


def _only_text(archive: zipfile.ZipFile, path: Path) -> str:
    names = archive.namelist()
    if any(each.startswith("xl/") for each in names):
        raise refused(path, "no-text", "this is a workbook", f"{_NOT_A_TEXT}; a workbook can be saved as one")
    texts = [each for each in names if each.lower().endswith((".txt", ".csv"))]
    if len(texts) != 1:
        held = ", ".join(f"`{each}`" for each in texts) or "none"
        message = f"the archive must hold one text, and holds {held}"
        raise refused(path, "not-one-text", message, "give the text itself, unpacked")
    of = archive.getinfo(texts[0])
    most = min(LARGEST_TEXT, max(_SMALL, _MOST_PACKED * of.compress_size))
    if of.file_size > most:  # no more than that is unpacked, whatever follows
        message = f"the text in the archive has {of.file_size:,} bytes, and at most {most:,} are read"
        raise refused(path, "too-large", message, "give the parts of the publication one by one, unpacked")
    return texts[0]


def _as_text(file: IO[bytes], path: Path) -> TextIO:
    """Read bytes as text; raises DocumentError for what is plainly none."""
    file.seek(0)
    encoding = encoding_of(file.read(_LOOKED_AT))
    file.seek(0)
    if encoding is None:
        raise refused(path, "no-text", "this is no text", _NOT_A_TEXT)
    return TextIOWrapper(file, encoding, _WINDOWS if encoding == "utf-8-sig" else "replace", newline="")


_WINDOWS = "payrule-windows-1252"
"""Bytes that are not UTF-8 are characters of Windows-1252, such as dashes."""


def _as_windows(fault: UnicodeError) -> tuple[str, int]:
    if not isinstance(fault, UnicodeDecodeError):
        raise fault
    return fault.object[fault.start : fault.end].decode("windows-1252", "replace"), fault.end


codecs.register_error(_WINDOWS, _as_windows)

_END_OF_FILE = "\x1a"
"""The mark with which DOS ends a text."""


def _lines(text: TextIO, path: Path) -> Iterator[str]:
    """List the lines of a text; raises DocumentError for one that is too long to be held in memory."""
    line = text.readline(LONGEST_LINE + 1)
    while line:
        if len(line) > LONGEST_LINE:
            message = f"a line has more than {LONGEST_LINE:,} characters"
            raise refused(path, "too-large", message, _NOT_A_TEXT)
        following = text.readline(LONGEST_LINE + 1)
        if not following and _END_OF_FILE in line:
            line = line.rstrip(f"{_END_OF_FILE}\r\n")
        if line:
            yield line
        line = following


def encoding_of(beginning: bytes) -> str | None:
    r"""Tell the encoding of a text by its first bytes; None for what is no text.

    >>> encoding_of(b"Column 1\t"), encoding_of("A\t1".encode("utf-16-be")), encoding_of(b"\x00\x00\x01")
    ('utf-8-sig', 'utf-16-be', None)
    """
    if beginning[:4] in {b"\xff\xfe\0\0", b"\0\0\xfe\xff"}:  # what UTF-32 begins with where it says so
        return "utf-32"
    if beginning[:2] in {b"\xff\xfe", b"\xfe\xff"}:  # and UTF-16
        return "utf-16"
    if b"\0" not in beginning:
        return "utf-8-sig"
    first, second = beginning[::2], beginning[1::2]
    if not any(second) and all(first):
        return "utf-16-le"
    return "utf-16-be" if not any(first) and all(second) else None


def refused(path: Path, code: str, message: str, help_text: str, line: int | None = None) -> DocumentError:
    """Make the error of a file that cannot be used."""
    return DocumentError([Diagnostic(code=code, message=message, help=help_text, file=str(path), line=line)])


LONGEST_HEADER = 50
"""Lines above the data at most."""

MOST_FINDINGS = 20
"""Lines at fault that are named; of the others it is said how many they are."""

SETTING = "setting"
"""The name of a column that says of each row for whom it holds; it is looked at and not kept."""

Cells = dict[str, str]
"""The cells of a row by the names of their columns."""


def read_code(cell: str) -> str | None:
    """Read a service code; None for what is none."""
    return cell if re.fullmatch(r"[0-9A-Z]{5}", cell) else None


class Wanted(msgspec.Struct, frozen=True):
    """A column that is read: its name, the pattern by which its header is known, and how a cell is read.

    It is kept where it has a `summary`. `read` gives the cell as it is kept, or None for one that cannot be; `expected`
    says what it must look like. One that is `optional` may not be there, and is empty then.
    """

    name: str
    header: str
    summary: str
    read: Callable[[str], str | None] = read_code
    expected: str = "a code of five digits or capital letters"
    type: Literal["code", "date", "integer", "text"] = "code"
    optional: bool = False


def read_text(name: str, header: str, summary: str) -> Wanted:
    r"""Describe a column of text, which may not be there; line ends and other control characters become blanks.

    >>> read_text("rationale", "", "Why.").read("Clinical:\tData,\r\nand more")
    'Clinical: Data,  and more'
    """

    def read(cell: str) -> str | None:
        return _CONTROL.sub(" ", cell) if len(cell) <= LONGEST_TEXT else None

    return Wanted(name, header, summary, read, f"a text of at most {LONGEST_TEXT:,} characters", "text", optional=True)


LONGEST_TEXT = 1_000
"""Characters of a cell of text; published ones have a tenth of it."""

_CONTROL = re.compile(r"[\0-\x1f\x7f-\x9f\u2028\u2029]")


class Publication(msgspec.Struct, frozen=True):
    """A kind of published table: what it is called, and its columns, of which the first `keys` are the key.

    With `once`, a key stands in one row only; else several rows of a key may hold one after the other. `settings` are
    those for which it is published. Rows contradict each other that agree in the first `apart` columns, or in the key.
    `made` makes of the cells that were read those that are kept. `holds` says why a row holds on no day, so that it is
    dropped; None where it does hold.
    """

    id: str
    title: str
    wanted: tuple[Wanted, ...]
    keys: int
    once: bool = False
    apart: int = 0
    settings: tuple[str, ...] = tuple(SETTINGS)
    holds: Callable[[Cells], str | None] = lambda _: None
    made: Callable[[Cells], Cells] = lambda row: row

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that are kept."""
        return tuple(
            Column(name=each.name, type=each.type, summary=each.summary) for each in self.wanted if each.summary
        )

    @property
    def key(self) -> tuple[str, ...]:
        """The columns by which rows are looked up."""
        return tuple(column.name for column in self.wanted[: self.keys])


class RowTally(msgspec.Struct):
    """What became of the lines of files that are not kept: those above the data, blank ones, and rows, by reason."""

    heading: int = 0
    blank: int = 0
    dropped: Counter[str] = msgspec.field(default_factory=Counter)


def read_rows(
    path: Path, layout: Publication, setting: Setting, tally: RowTally
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Read the rows of a file that holds for a setting, each with its line, and count the other lines.

    Raises DocumentError for a file that cannot be read or holds for another setting, and after the last row for every
    row that cannot be used.
    """
    with opened(path) as (text, name):
        rows = _numbered(text, path)
        header, first = _header(rows, path, layout)
        names = _names(header)
        places = _found(names, layout.wanted)
        if unnamed := [each.name for each in layout.wanted if not each.optional and each.name not in places]:
            help_text = "keep the header as it is published, above the first row"
            raise refused(path, "bad-row", f"the header names no column `{unnamed[0]}`", help_text, 1)
        tally.heading += first[0] - 1
        refuse_another(setting, names, name, path, told=SETTING in places)
        faults: list[Diagnostic] = []
        count = 0
        for line, cells in chain([first], rows):
            if not any(map(str.strip, cells)):
                tally.blank += 1
                continue
            found = _row(cells, layout, places)
            if isinstance(found, tuple):
                count += 1
                if len(faults) < MOST_FINDINGS:
                    faults.append(bad_row(path, line, *found))
                continue
            if SETTING in places:
                refuse_another(setting, [found[SETTING]], "", path, line=line)
            found = layout.made(found)
            reason = layout.holds(found)
            if reason is not None:
                tally.dropped[reason] += 1
                continue
            yield (line, tuple(found[each.name] for each in layout.wanted if each.summary))
        if count > len(faults):
            message = f"{count - len(faults)} more lines cannot be read"
            faults.append(Diagnostic(code="more-lines", message=message, file=str(path), help="fix those above first"))
        if faults:
            raise DocumentError(faults)


def _row(cells: list[str], layout: Publication, places: Mapping[str, int]) -> Cells | tuple[str, str]:
    """Read a row into cells by name, or say what is wrong with it and what helps."""
    found = dict.fromkeys((each.name for each in layout.wanted), "")
    for column in layout.wanted:
        if (place := places.get(column.name)) is None:
            continue
        if place >= len(cells):
            return f"the line ends before its column `{column.name}`", "make sure that the file is whole"
        cell = cells[place].strip()
        value = column.read(cell)
        if value is None:
            return _unfit(cell, column)
        found[column.name] = value
    return found


def _unfit(cell: str, column: Wanted) -> tuple[str, str]:
    where = f"in the column `{column.name}`"
    if "code" in column.expected and re.fullmatch(r"[0-9]{1,4}", cell):
        message = f"{shown(cell)} {where} is shorter than a code: it may have lost zeros at its front"
        as_text = "a spreadsheet keeps the zeros of a column that is imported as text"
        return message, f"give the file as it is published; {as_text}"
    if not cell:
        return f"the column `{column.name}` is empty", f"write {column.expected}"
    return f"{shown(cell)} cannot be {where}", f"write {column.expected}"


def _header(
    rows: Iterator[tuple[int, list[str]]], path: Path, layout: Publication
) -> tuple[list[list[str]], tuple[int, list[str]]]:
    """Split the lines above the data from the first line of data."""
    header: list[list[str]] = []
    for line, cells in rows:
        key = [cell.strip() for cell in cells[: layout.keys]]
        is_data = len(cells) > layout.keys and all(map(read_code, key))
        if is_data or (all(key) and len(cells) > layout.keys and _is_named(header, layout)):
            return header, (line, cells)
        header.append(cells)
        if len(header) > LONGEST_HEADER:
            break
    if not any(cell.strip() for cells in header for cell in cells):
        raise refused(path, "no-rows", "the file is empty", _READ_AGAIN)
    where = f"in the first {LONGEST_HEADER} lines" if len(header) > LONGEST_HEADER else "in the file"
    message = f"there is no row of data {where}"
    if _is_named(header, layout) and len(header) <= LONGEST_HEADER:
        message = "the file holds the names of its columns, and no row of data below them"
    help_text = "give the tab-delimited text as it is published, or the archive that holds it"
    raise refused(path, "no-rows", message, help_text)


def _is_named(header: list[list[str]], layout: Publication) -> bool:
    """Tell whether all columns that must be there have been named."""
    found = _found(_names(header), layout.wanted)
    return all(each.optional or each.name in found for each in layout.wanted)


def _names(header: list[list[str]]) -> list[str]:
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


def _numbered(text: Iterator[str], path: Path) -> Iterator[tuple[int, list[str]]]:
    """Split each line into its cells, and give it its number; between tabs quotation marks mean nothing.

    Raises DocumentError for a line with a quotation mark that is not closed: what follows would be in its cell.
    """
    beginning = list(islice(text, LONGEST_HEADER))
    if any("\t" in line for line in beginning):
        reader = csv.reader(chain(beginning, text), delimiter="\t", quoting=csv.QUOTE_NONE)
    else:
        reader = csv.reader(chain(beginning, text), strict=True)
    first = 1
    try:
        for cells in reader:
            yield reader.line_num, cells
            first = reader.line_num + 1
    except csv.Error:
        message = "the line cannot be split into cells: a quotation mark is not closed, or text follows after one"
        help_text = "write a quotation mark inside a cell twice, and one on each side of the cell"
        raise refused(path, "bad-row", message, help_text, first) from None


def bad_row(path: Path, line: int, message: str, help_text: str) -> Diagnostic:
    """Say what is wrong with a line of a file."""
    return Diagnostic(code="bad-row", message=message, help=help_text, file=str(path), line=line)
