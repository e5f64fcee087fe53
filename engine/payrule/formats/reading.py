"""Find out which format a claim file has, and read its encounters one at a time."""

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from io import BufferedReader
from pathlib import Path
from typing import Any

import msgspec

from payrule.formats.csv_cells import SAVE_AS
from payrule.formats.encounters import RawEncounter
from payrule.formats.json_reader import LONGEST, Items, read_json, read_json_lines
from payrule.model.choices import is_fhir
from payrule.model.vocabulary import Vocabulary
from payrule.source.diagnostics import Diagnostic, EncounterError, InputError, RequestError
from payrule.source.files import NO_FILE, STANDARD_INPUT, refuse_no_file
from payrule.source.json_source import refuse_binary

_CHUNK = 65536

BY_ENDING = {".csv": "csv", ".tsv": "csv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl"} | dict.fromkeys(
    (".837", ".837p", ".x12", ".edi"), "x12"
)


def read_file(path: Path, vocabulary: Vocabulary, readers: "Readers | None" = None) -> Items:
    """Read the encounters of a file, whatever its format; the vocabulary names columns, and what taxonomy codes mean.

    `readers` are those of the formats that are read, all without them. A file that cannot be opened is one diagnostic.
    """
    try:
        if str(path) not in STANDARD_INPUT:
            refuse_no_file(path)
        with path.open("rb") as stream:
            yield from read_stream(stream, str(path), vocabulary, BY_ENDING.get(path.suffix.lower()), readers)
    except FileNotFoundError:
        yield Diagnostic(code="no-file", message=f"there is no file `{path}`", help="check the path")
    except IsADirectoryError:
        yield Diagnostic(code="no-file", message=f"`{path}` is a folder", help="name the claim files in it")
    except OSError as fault:
        message = f"`{path}` cannot be read: {(fault.strerror or str(fault)).lower()}"
        is_no_file = fault.strerror == NO_FILE
        help_text = "give a file, or `-` and the claims on standard input" if is_no_file else "check its permissions"
        yield Diagnostic(code="unreadable", message=message, help=help_text)


def read_stream(
    stream: BufferedReader,
    name: str,
    vocabulary: Vocabulary,
    kind: str | None = None,
    readers: "Readers | None" = None,
) -> Items:
    """Read the encounters of an open binary stream; without `kind` its beginning tells the format."""
    beginning = stream.peek(_CHUNK).lstrip(b"\xef\xbb\xbf \t\r\n")
    if beginning.startswith(b"<") and _FHIR in beginning:
        yield Diagnostic(code="other-format", message="this is FHIR in XML", help="give it as FHIR in JSON", file=name)
        return
    if kind == "x12" and beginning.startswith((b"{", b"[")) and b'"resourceType"' in beginning:
        help_text = "end its name with `.json`, or with `.ndjson` where each line is a resource"
        yield Diagnostic(code="other-format", message="this is FHIR in JSON, and no X12", help=help_text, file=name)
        return
    if refusal := _no_claims(beginning, name):
        yield refusal
        return
    if beginning.startswith(b"ISA") and kind != "jsonl":
        kind = "x12"
    elif kind is None or (kind == "csv" and beginning.startswith(b"{")):
        from payrule.formats.csv_columns import is_header
        from payrule.formats.csv_reader import names_separator

        first, newline, _ = beginning.partition(b"\n")
        kind = "jsonl" if newline and first.startswith(b"{") and first.rstrip().endswith(b"}") else "json"
        line = first.decode(errors="replace")
        kind = "csv" if names_separator(line) or is_header(line) else kind
    known = READERS if readers is None else readers
    try:
        yield from known[kind](stream, name, vocabulary)
    except InputError as fault:
        yield from fault.findings


def read_rows(path: Path, vocabulary: Vocabulary) -> Items:
    """Read the rows of a file of histories, or the claims, by its ending, else by its beginning.

    A file that cannot be opened, or is of another format, is one diagnostic.
    """
    is_parquet = path.suffix.lower() == PARQUET
    for item in _read_parquet(path, vocabulary) if is_parquet else read_file(path, vocabulary, ROW_READERS):
        if isinstance(item, RawEncounter):
            yield item if "lines" in item.data else msgspec.structs.replace(item, place=_row(item.place))
        elif isinstance(item, tuple):
            yield tuple(_of_row(each) for each in item)
        else:
            yield _of_row(item)


PARQUET = ".parquet"
"""What the name of a Parquet file ends with."""


def _read_parquet(path: Path, vocabulary: Vocabulary) -> Items:
    """Read rows that are in Parquet as if they were in a sheet, with lists parted by blanks; rows count from 1."""
    from tempfile import TemporaryDirectory

    from payrule.source.database import Store, quoted, rows_of

    try:
        refuse_no_file(path)
        with Store(threads=1) as store, TemporaryDirectory() as folder:
            kinds = store.describe(path, rows_of(path))
            said = _said_by(kinds, vocabulary)
            columns = (
                f"array_to_string({said[title]}, ' ') AS {quoted(title)}"
                if kind.endswith("[]")
                else f"{said[title]} AS {quoted(title)}"
                for title, kind in kinds.items()
            )
            sheet = Path(folder, "rows.csv")
            query = f"SELECT {', '.join(columns)} FROM {rows_of(path)}"  # noqa: S608 - names of columns, quoted
            store.copy(query, sheet, "FORMAT csv, HEADER")
            for item in read_file(sheet, vocabulary, ROW_READERS):
                yield _of_parquet(item, str(path))
    except RequestError as fault:
        yield from (msgspec.structs.replace(each, file=None) for each in fault.findings)
    except OSError as fault:
        yield Diagnostic(code="no-file", message=f"`{path}` cannot be read: {fault.strerror}", help="check the path")


def _said_by(kinds: Mapping[str, str], vocabulary: Vocabulary) -> dict[str, str]:
    """Write what each column of a file of histories says, in SQL; raises RequestError for what cannot be told.

    What is written as text is read as in a sheet, and so are numbers and truths that their attributes hold.
    """
    from payrule.formats.csv_columns import Header
    from payrule.formats.typed_columns import misfit, read_as
    from payrule.source.database import quoted

    said = {title: quoted(title) for title in kinds}
    read, _ = Header(vocabulary, of_history=True).read(list(kinds))
    for each in (read.encounter, *read.above, *read.line) if read is not None else ():
        kind = kinds[each.title]
        if each.attribute.type in ("integer", "boolean") or kind.startswith(("VARCHAR", "DATE")):
            continue
        if (wrong := misfit(each.title, kind, each.attribute)) is not None:
            raise RequestError([wrong])
        said[each.title] = read_as(each.title, kind, each.attribute)
    return said


def _of_parquet(item: RawEncounter | Diagnostic | tuple[Diagnostic, ...], name: str) -> Any:
    """Speak of the file and its rows where a sheet was read that has titles in its first row."""
    if isinstance(item, RawEncounter):
        placed = item.placed
        told = None if placed is None else lambda each: (found := placed(each)) and _of_parquet(found, name)
        notes, faults = _of_parquet(item.notes, name), _of_parquet(item.faults, name)
        return msgspec.structs.replace(item, place=_less_one(item.place), notes=notes, faults=faults, placed=told)
    if isinstance(item, tuple):
        return tuple(_of_parquet(each, name) for each in item)
    path = item.path and _less_one(item.path)
    return msgspec.structs.replace(item, file=name, line=None, column=None, message=_less_one(item.message), path=path)


def _less_one(text: str) -> str:
    """Count rows without the titles.

    >>> _less_one("row 2, column code")
    'row 1, column code'
    """
    return re.sub(r"\brow (\d+)", lambda found: f"row {int(found[1]) - 1}", text)


def _of_row(diagnostic: Diagnostic) -> Diagnostic:
    """Speak of a row where a reader speaks of a claim."""
    help_text = diagnostic.help
    if diagnostic.code in ("not-an-encounter", "json", "empty", "no-claims"):
        help_text = 'write rows as `{"patient": {"id": …}, "code": …, "date": …}`'
    return msgspec.structs.replace(diagnostic, message=_row(diagnostic.message), help=help_text)


def _row(text: str) -> str:
    """Speak of rows and not of claims.

    >>> _row("claim 3 is not an object")
    'row 3 is not an object'
    """
    return re.sub(r"\bclaim(s?)\b", r"row\1", text)


def _no_claims(beginning: bytes, name: str) -> Diagnostic | None:
    """Say what a file is by its first bytes where claims are never in such a file, and how to make one of it."""
    for mark, (what, help_text) in _OTHERS.items():
        if beginning.startswith(mark):
            if mark == _ZIP and any(each in beginning for each in _IN_WORKBOOKS):
                return Diagnostic(code="other-format", message="this is a workbook", help=_AS_WORKBOOK, file=name)
            return Diagnostic(code="other-format", message=f"this is {what}", help=help_text, file=name)
    return None


_AS_WORKBOOK = f"end its name with `.xlsx`, if it is one of this type; or {SAVE_AS}"
_ZIP = b"PK\x03\x04"
_UNPACK = "unpack it, and give the files that are in it"
_OTHERS = {
    _ZIP: ("an archive, or a workbook", f"{_UNPACK}; of a workbook make a sheet: {SAVE_AS}"),
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": ("a workbook, or another office document", SAVE_AS),
    b"\x1f\x8b": ("a compressed file", _UNPACK),
    b"BZh": ("a compressed file", _UNPACK),
    b"\xfd7zXZ\0": ("a compressed file", _UNPACK),
    b"(\xb5/\xfd": ("a compressed file", _UNPACK),
    b"7z\xbc\xaf": ("an archive", _UNPACK),
    b"%PDF-": (
        "a PDF document",
        "give the claims as JSON, JSON Lines, CSV or X12 837, from where the document was made",
    ),
    b"PAR1": ("a Parquet file", "end its name with `.parquet`, and name with `--out` where the answers go"),
}
"""What begins so, and how to fix it."""

_FHIR = b"http://hl7.org/fhir"
"""The XML namespace of FHIR."""

_IN_WORKBOOKS = (b"[Content_Types].xml", b"xl/workbook", b"opendocument.spreadsheet")


def _decoded(stream: BufferedReader, name: str) -> Iterator[str]:
    """Decode UTF-8 piece by piece; a byte that is none stands as `surrogateescape` holds it, for its claim to be named.

    Raises EncounterError for what is no text.
    """
    refuse_binary(stream.peek(_CHUNK), name, EncounterError)
    decoder = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")
    block = b"begun"
    while block:
        block = stream.read(_CHUNK)
        yield decoder.decode(block, final=not block)


def _lines(stream: BufferedReader, name: str) -> Iterator[bytes]:
    """Read lines; of one that is too long for an encounter only so much as shows that it is."""
    refuse_binary(stream.peek(_CHUNK), name, EncounterError)
    most = 4 * LONGEST + 2
    while line := stream.readline(most):
        yield line
        while len(line) == most and not line.endswith(b"\n"):
            line = stream.readline(most)


def _from_json(items: Items, vocabulary: Vocabulary, name: str) -> Items:
    """Give the claims among JSON values: FHIR resources are made claims, all others are claims as payrule has them."""
    for item in items:
        if isinstance(item, RawEncounter) and is_fhir(item.data):
            from payrule.formats.fhir import from_fhir

            yield from from_fhir(iter([item]), vocabulary.taxonomies, vocabulary.attributes, name)
        else:
            yield item


def _from_csv(stream: BufferedReader, name: str, vocabulary: Vocabulary) -> Items:
    from payrule.formats.csv_reader import read_csv

    return read_csv(stream, vocabulary, name)


def _from_csv_rows(stream: BufferedReader, name: str, vocabulary: Vocabulary) -> Items:
    from payrule.formats.csv_reader import read_csv_rows

    return read_csv_rows(stream, vocabulary, name)


def _from_x12(stream: BufferedReader, name: str, vocabulary: Vocabulary) -> Items:
    from payrule.formats.x12 import read_x12

    return read_x12(stream, vocabulary.taxonomies, file=name, attributes=vocabulary.attributes)


Readers = Mapping[str, Callable[[BufferedReader, str, Vocabulary], Items]]

READERS: Readers = {
    "csv": _from_csv,
    "json": lambda stream, name, words: _from_json(read_json(_decoded(stream, name), name), words, name),
    "jsonl": lambda stream, name, words: _from_json(read_json_lines(_lines(stream, name), name), words, name),
    "x12": _from_x12,
}
"""What reads each format; an error that it raises is what is wrong with the file."""

ROW_READERS: Readers = {
    "csv": _from_csv_rows,
    "json": READERS["json"],
    "jsonl": READERS["jsonl"],
    "x12": READERS["x12"],
}
"""What reads rows of histories, or claims."""
