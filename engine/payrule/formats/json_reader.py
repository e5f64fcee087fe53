"""Claims in JSON: one object, an array of them, one after the other, or one a line. And determinations, read again.

Text is cut into claims before anything is parsed, so that a broken one is named with its place, the others are still
decided, and memory is bounded by the longest claim.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

from payrule.formats.encounters import RawEncounter, shifted
from payrule.source.diagnostics import Diagnostic, EncounterError, RequestError, shown
from payrule.source.files import read_plain
from payrule.source.json_source import decode, no_character, scan, undecoded

Items = Iterator[RawEncounter | Diagnostic | tuple[Diagnostic, ...]]
"""Encounters, and what is wrong with the file, or all that is wrong with one encounter of it."""

LONGEST = 16 * 1024 * 1024
"""Characters that one encounter may have; a thousand lines with every attribute are under one million."""

_END_OF_FILE = "\x1a"
"""The mark with which DOS ends a text."""

_token = re.compile(r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"|["{}\[\]]').search


class Place(msgspec.Struct):
    """Where reading has come to; moves over text."""

    file: str | None
    line: int = 1
    column: int = 1

    def move(self, text: str) -> None:
        """Go on over a text."""
        newlines = text.count("\n")
        self.line += newlines
        self.column = len(text) - text.rfind("\n") if newlines else self.column + len(text)

    def diagnostic(self, code: str, message: str, help_text: str) -> Diagnostic:
        """Make a diagnostic that stands here."""
        return Diagnostic(
            code=code, message=message, help=help_text, file=self.file, line=self.line, column=self.column
        )


def read_json_lines(lines: Iterable[bytes], file: str | None) -> Items:
    r"""Read one encounter a line; blank lines are passed over.

    >>> [item.place for item in read_json_lines([b'{"id": "1"}\n', b'\n', b'{"id": "2"}\n'], None)]
    ['line 1', 'line 3']
    """
    is_empty = True
    for number, line in enumerate(lines, start=1):
        if line.strip().strip(_END_OF_FILE.encode()):
            is_empty = False
            place = Place(file, number)
            try:
                text = decode(line.rstrip(b"\r\n"), file, EncounterError)
            except EncounterError as fault:
                yield tuple(shifted(each, number) for each in fault.findings)
            else:
                yield _parsed(text, place, f"line {number}")
    if is_empty:
        yield Place(file).diagnostic("empty", "the file is empty", "write a claim on each line")


def read_json(chunks: Iterable[str], file: str | None) -> Items:
    """Read encounters from JSON text: one object, an array, or objects one after the other.

    >>> [item.place for item in read_json(['[{"id": "1"}, {"i', 'd": "2"}]'], None)]
    ['claim 1', 'claim 2']
    """
    place, count, is_array = Place(file), 0, False
    for between, body in _cut(chunks):
        is_array = is_array or (count == 0 and between.lstrip().startswith("["))
        unclosed = "" if body else _unclosed(between, skip=is_array and count == 0)
        outside = between.removesuffix(unclosed)
        if count == 0 and not is_array and (outside.strip() or not (body or unclosed)):
            yield _unlike_json(outside, place)
            return
        wanted = _wanted(is_array=is_array, is_first=count == 0, is_last=not body and not unclosed)
        found = "".join(outside.split())
        found = found if body else found.rstrip(_END_OF_FILE)
        if (fault := _not_utf_8(outside, place)) is not None:
            yield fault
        elif found != wanted:
            here = Place(file, place.line, place.column)
            first = _no_punctuation(outside) or _no_blank(outside)
            here.move(outside[: first.start() if first else 0])
            yield here.diagnostic("json", *_misfit(found, wanted))
        place.move(outside)
        if body or unclosed:
            count += 1
            yield _parsed(body or unclosed, place, f"claim {count}")
            place.move(body)


def read_json_whole(text: str) -> Items:
    """Read encounters from JSON text that is at hand as a whole, as `read_json` does; one object is read faster.

    >>> [item.place for item in read_json_whole('{"id": "1"}')], len(list(read_json_whole('[{"id": "1"}, {}]')))
    (['claim 1'], 2)
    """
    if text.lstrip()[:1] == "{" and len(text) <= LONGEST and not _surrogate(text):
        with suppress(ValueError, RecursionError):
            value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refused)
            return iter([RawEncounter(value, "claim 1", text=text)])
    return read_json([text], None)


def _unlike_json(text: str, place: Place) -> Diagnostic | tuple[Diagnostic, ...] | RawEncounter:
    """Say of a file that does not begin with an encounter what it is instead."""
    if (fault := _not_utf_8(text, place)) is not None:
        return fault
    if not text.strip():
        return place.diagnostic("empty", "the file is empty", "write a claim as JSON")
    if text.lstrip()[:1] in _JSON_VALUES:  # a value that is no encounter
        return _parsed(text, place, "claim 1")
    place.move(text[: len(text) - len(text.lstrip())])
    first = text.split(maxsplit=1)[0]
    help_text = "give claims as JSON, JSON Lines or CSV, or an X12 837 professional claim file"
    if any(text.lstrip().partition("\n")[0].count(each) > 1 for each in ",;\t"):
        help_text = f"{help_text}; the name of a table has to end with `.csv`"
    return place.diagnostic("no-claims", f"these are no claims: the file begins with {shown(first)}", help_text)


_JSON_VALUES = frozenset('"-0123456789')
"""How JSON values begin that are neither objects nor arrays, nor words."""


def _cut(chunks: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Cut text into pairs of what stands before an encounter and the encounter; last what is left over, and nothing."""
    buffer, scanned, start, depth, is_first, enough = "", 0, 0, 0, True, 0
    for chunk in chain(chunks, [""]):
        buffer += chunk
        if chunk and len(buffer) < enough:
            continue
        while token := _token(buffer, scanned):
            if token.group() == '"' and buffer.find("\n", token.end()) < 0:
                break  # a text that may go on in what is yet to come
            bracket, scanned = token.group(), token.end()
            if bracket[0] == '"':
                continue
            if bracket in "{[":
                is_array, is_first = is_first and bracket == "[", False
                start = token.start() if depth == 0 else start
                depth += not is_array
            elif depth > 0:
                depth -= 1
                if depth == 0:
                    yield buffer[:start], buffer[start:scanned]
                    buffer, scanned = buffer[scanned:], 0
        # A long text that goes on is read again from its beginning, so wait until there is much more of it.
        enough = 2 * len(buffer)
        if len(buffer) > LONGEST:
            break
    yield buffer, ""


def _unclosed(text: str, *, skip: bool) -> str:
    """Give the encounter at the end of a file that nothing closes."""
    opening = re.search(r"[{\[]", text.replace("[", " ", 1) if skip else text)
    return text[opening.start() :] if opening else ""


_no_punctuation, _no_blank = re.compile(r"[^\s\[\],]").search, re.compile(r"\S").search


def _wanted(*, is_array: bool, is_first: bool, is_last: bool) -> str:
    """Give the punctuation that stands before an encounter, or after the last one."""
    if not is_array:
        return ""
    return ("[" if is_first else "" if is_last else ",") + ("]" if is_last else "")


def _misfit(found: str, wanted: str) -> tuple[str, str]:
    """Word what is wrong between two encounters: message and help."""
    core = found.strip("[],")
    if not wanted:
        help_text = "remove it" if core else "remove it, or put all claims between one `[` and one `]`"
        return f"{shown(found)} is between claims", help_text
    if core:
        return f"{shown(core)} is where a claim is expected", 'write claims as `{"id": …, "lines": […]}`'
    if not found or (wanted == "]" and "]" not in found):
        return f"`{wanted}` is missing here", "add it" if wanted == "," else "add it; the file may be cut off"
    extra = found.strip().removesuffix(wanted) or found
    if not extra.strip(wanted):
        one = "" if wanted == "," else ", or put all claims between one `[` and one `]`"
        return f"{shown(wanted)} is here more than once", f"remove what is too much{one}"
    return f"{shown(extra)} is where {shown(wanted)} is expected", f"remove {shown(extra)}"


def _parsed(text: str, place: Place, name: str) -> RawEncounter | tuple[Diagnostic, ...]:
    """Parse one encounter; what cannot be parsed is scanned again for the place of the fault."""
    if len(text) > LONGEST:
        return (_of(text, place.diagnostic("too-long", f"{name} is longer than {LONGEST:,} characters", "split it")),)
    if (misread := _not_utf_8(text, place)) is not None:
        return (_of(text, misread),)
    value = None
    with suppress(ValueError, RecursionError):
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refused)
    try:
        if _surrogate(text) or not isinstance(value, dict):
            value = scan(text, place.file, EncounterError).value
    except EncounterError as fault:
        return tuple(_of(text, shifted(each, place.line, place.column)) for each in fault.findings)
    if isinstance(value, dict):
        return RawEncounter(value, name, text=text, line=place.line, column=place.column)
    help_text = 'write it as `{"id": …, "lines": […]}`'
    return (place.diagnostic("not-an-encounter", f"{name} is not an object", help_text),)


_begins_with_id = re.compile(r'\s*\{\s*"id"\s*:\s*"([^"\\\x00-\x1f\udc80-\udcff]{1,200})"').match


def _of(text: str, diagnostic: Diagnostic) -> Diagnostic:
    """Say of which claim a diagnostic is, where a text that is no JSON begins with the id.

    >>> _of('{"id": "E-1", "lines": [', Diagnostic(code="json", message="a bracket is not closed")).claim
    'E-1'
    """
    named = _begins_with_id(text)
    return msgspec.structs.replace(diagnostic, claim=named.group(1)) if named else diagnostic


def _not_utf_8(text: str, place: Place) -> Diagnostic | None:
    """Say where a text that begins at a place holds a byte that is not UTF-8."""
    if text.isascii() or (bad := undecoded(text)) is None:
        return None
    here = Place(place.file, place.line, place.column)
    here.move(text[: bad.start()])
    return here.diagnostic("encoding", no_character(ord(bad.group()) - 0xDC00), "save it as UTF-8")


_surrogate = re.compile(r"\\u[dD][89a-fA-F]").search


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("duplicate key")
    return result


def _refused(constant: str) -> Any:
    raise ValueError(constant)


_NEEDED = {"encounter": str, "payer": str, "rulebase": str, "known_on": str, "lines": list}
"""What every determination says."""


def read_determinations(path: Path) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """Read the determinations of a file, each with its place.

    Raises RequestError for a file that cannot be read, or holds something else.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "answers.json"
    ...     written = path.write_text('{"encounter": "E-1"}')
    ...     read_determinations(path)
    Traceback (most recent call last):
    payrule.source.diagnostics.RequestError: ...: this is no determination: `payer` is missing (give ...)
    """
    try:
        data = read_plain(path)
    except OSError as fault:
        message = f"`{path}` cannot be read: {(fault.strerror or str(fault)).lower()}"
        raise RequestError.of("unreadable", message, "give a file of determinations as JSON or JSON Lines") from None
    text = decode(data, str(path), RequestError)
    lines = [(number, each) for number, each in enumerate(text.split("\n"), start=1) if each.strip()]
    if len(lines) > 1 and all(each.lstrip().startswith("{") and each.rstrip().endswith("}") for _, each in lines):
        values = [(f"{path}:{number}", _line(each, path, number)) for number, each in lines]
    else:
        value = scan(text, str(path), RequestError).value
        listed = value if isinstance(value, list) else [value]
        values = [(str(path) if len(listed) == 1 else f"{path}[{at}]", each) for at, each in enumerate(listed)]
    for place, each in values:
        _check(place, each)
    if not values:
        raise RequestError.of("empty", f"`{path}` holds no determination", "decide with `--format json`, and give that")
    return tuple(values)


def _line(text: str, path: Path, number: int) -> Any:
    try:
        return scan(text, str(path), RequestError).value
    except RequestError as fault:
        raise RequestError(shifted(each, number) for each in fault.findings) from None


def _check(place: str, value: Any) -> None:
    """Refuse what is no determination."""
    for key, kind in _NEEDED.items():
        if not isinstance(value, dict) or not isinstance(value.get(key), kind):
            is_missing = isinstance(value, dict) and key not in value
            message = f"this is no determination: `{key}` {'is missing' if is_missing else 'cannot be read'}"
            wrote = "give what `payrule adjudicate --format json` or `jsonl` wrote"
            help_text = f"{wrote}; a sheet or a Parquet file does not hold all"
            raise RequestError([Diagnostic(code="no-determination", message=message, help=help_text, file=place)])
