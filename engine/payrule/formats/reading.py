"""Find out which format a claim file has, and read its encounters one at a time."""

import codecs
from collections.abc import Callable, Iterator, Mapping
from io import BufferedReader
from pathlib import Path

from payrule.documents.findings import EncounterError, Finding
from payrule.documents.places import decode
from payrule.formats.json_encounters import read_json, read_json_lines
from payrule.formats.raw import RawEncounter
from payrule.formats.x12 import read_x12

Items = Iterator[RawEncounter | Finding]

_CHUNK = 65536

BY_ENDING = {
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".837": "x12",
    ".837p": "x12",
    ".x12": "x12",
    ".edi": "x12",
}


def read_file(path: Path, taxonomies: Mapping[str, str]) -> Items:
    """Read the encounters of a file, whatever its format; `taxonomies` maps taxonomy codes of claims to provider types.

    A file that cannot be opened is one finding.
    """
    try:
        with path.open("rb") as stream:
            yield from read_stream(stream, str(path), taxonomies, BY_ENDING.get(path.suffix.lower()))
    except FileNotFoundError:
        yield Finding(code="no-file", message=f"there is no file `{path}`", help="check the path")
    except IsADirectoryError:
        yield Finding(code="no-file", message=f"`{path}` is a folder", help="name the claim files in it")
    except OSError as fault:
        message = f"`{path}` cannot be read: {(fault.strerror or str(fault)).lower()}"
        yield Finding(code="unreadable", message=message, help="check its permissions")


def read_stream(stream: BufferedReader, name: str, taxonomies: Mapping[str, str], kind: str | None = None) -> Items:
    """Read the encounters of an open binary stream; without `kind` its beginning tells the format."""
    beginning = stream.peek(_CHUNK).lstrip(b"\xef\xbb\xbf \t\r\n")
    if beginning.startswith(b"ISA") and kind != "jsonl":
        kind = "x12"
    elif kind is None:
        first, newline, _ = beginning.partition(b"\n")
        kind = "jsonl" if newline and first.startswith(b"{") and first.rstrip().endswith(b"}") else "json"
    yield from READERS[kind](stream, name, taxonomies)


def _json(stream: BufferedReader, name: str, _taxonomies: Mapping[str, str]) -> Items:
    try:
        yield from read_json(_decoded(iter(lambda: stream.read(_CHUNK), b""), name), name)
    except EncounterError as fault:
        yield from fault.findings


def _decoded(blocks: Iterator[bytes], name: str) -> Iterator[str]:
    """Decode UTF-8 piece by piece; raises EncounterError where the text is something else."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    for block in blocks:
        try:
            text = decoder.decode(block)
        except UnicodeDecodeError:
            decode(block, name, EncounterError)
            raise
        if "\0" in text:
            decode(block, name, EncounterError)
        yield text


def _json_lines(stream: BufferedReader, name: str, _taxonomies: Mapping[str, str]) -> Items:
    return read_json_lines(stream, name)


def _x12(stream: BufferedReader, name: str, taxonomies: Mapping[str, str]) -> Items:
    return read_x12(stream, taxonomies, file=name)


READERS: dict[str, Callable[[BufferedReader, str, Mapping[str, str]], Items]] = {
    "json": _json,
    "jsonl": _json_lines,
    "x12": _x12,
}
