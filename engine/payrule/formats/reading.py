"""Find out which format a claim file has, and read its encounters one at a time."""

import codecs
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path

from payrule.documents.findings import EncounterError, Finding, InputError
from payrule.documents.models import Vocabulary
from payrule.documents.places import not_utf_8, refuse_binary
from payrule.formats.csv_columns import is_header
from payrule.formats.csv_encounters import read_csv
from payrule.formats.json_encounters import LONGEST, Items, Place, read_json, read_json_lines
from payrule.formats.x12 import read_x12

_CHUNK = 65536

BY_ENDING = {
    ".csv": "csv",
    ".tsv": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".837": "x12",
    ".837p": "x12",
    ".x12": "x12",
    ".edi": "x12",
}


def read_file(path: Path, vocabulary: Vocabulary) -> Items:
    """Read the encounters of a file, whatever its format; the vocabulary names columns, and what taxonomy codes mean.

    A file that cannot be opened is one finding.
    """
    try:
        with path.open("rb") as stream:
            yield from read_stream(stream, str(path), vocabulary, BY_ENDING.get(path.suffix.lower()))
    except FileNotFoundError:
        yield Finding(code="no-file", message=f"there is no file `{path}`", help="check the path")
    except IsADirectoryError:
        yield Finding(code="no-file", message=f"`{path}` is a folder", help="name the claim files in it")
    except OSError as fault:
        message = f"`{path}` cannot be read: {(fault.strerror or str(fault)).lower()}"
        yield Finding(code="unreadable", message=message, help="check its permissions")


def read_stream(stream: BufferedReader, name: str, vocabulary: Vocabulary, kind: str | None = None) -> Items:
    """Read the encounters of an open binary stream; without `kind` its beginning tells the format."""
    beginning = stream.peek(_CHUNK).lstrip(b"\xef\xbb\xbf \t\r\n")
    if beginning.startswith(b"ISA") and kind != "jsonl":
        kind = "x12"
    elif kind is None:
        first, newline, _ = beginning.partition(b"\n")
        kind = "jsonl" if newline and first.startswith(b"{") and first.rstrip().endswith(b"}") else "json"
        kind = "csv" if is_header(first.decode(errors="replace")) else kind
    yield from READERS[kind](stream, name, vocabulary)


def _json(stream: BufferedReader, name: str, _vocabulary: Vocabulary) -> Items:
    try:
        yield from read_json(_decoded(stream, name), name)
    except EncounterError as fault:
        yield from fault.findings


def _decoded(stream: BufferedReader, name: str) -> Iterator[str]:
    """Decode UTF-8 piece by piece; raises EncounterError where the text is something else."""
    refuse_binary(stream.peek(_CHUNK), name, EncounterError)
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    place = Place(name)
    block = b"begun"
    while block:
        block = stream.read(_CHUNK)
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as fault:
            raise EncounterError([place.shifted(not_utf_8(fault, name))]) from None
        place.move(text)
        yield text


def _json_lines(stream: BufferedReader, name: str, _vocabulary: Vocabulary) -> Items:
    try:
        refuse_binary(stream.peek(_CHUNK), name, EncounterError)
    except EncounterError as fault:
        return iter(fault.findings)
    return read_json_lines(_lines(stream), name)


def _lines(stream: BufferedReader) -> Iterator[bytes]:
    """Read lines; of one that is too long for an encounter only so much as shows that it is."""
    most = 4 * LONGEST + 2
    while line := stream.readline(most):
        yield line
        while len(line) == most and not line.endswith(b"\n"):
            line = stream.readline(most)


def _x12(stream: BufferedReader, name: str, vocabulary: Vocabulary) -> Items:
    try:
        yield from read_x12(stream, vocabulary.taxonomies, file=name, attributes=vocabulary.attributes)
    except InputError as fault:
        yield from fault.findings


def _csv(stream: BufferedReader, name: str, vocabulary: Vocabulary) -> Items:
    return read_csv(stream, vocabulary, name)


READERS: dict[str, Callable[[BufferedReader, str, Vocabulary], Items]] = {
    "csv": _csv,
    "json": _json,
    "jsonl": _json_lines,
    "x12": _x12,
}
