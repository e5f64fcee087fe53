"""Encounters in JSON: one object, an array of them, objects one after the other, or one object a line.

Text is cut into encounters before anything is parsed, so that a broken one is named with its place, the others are
still decided, and memory stays bounded by the longest encounter.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from payrule.documents.findings import EncounterError, Finding
from payrule.documents.places import decode, scan
from payrule.formats.raw import RawEncounter

LONGEST = 16 * 1024 * 1024
"""Characters that one encounter may have; a thousand lines with every attribute are under one million."""

_token = re.compile(r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"|["{}\[\]]').search


class _Place(msgspec.Struct):
    """Where reading has come to; moves over text."""

    file: str | None
    line: int = 1
    column: int = 1

    def move(self, text: str) -> None:
        newlines = text.count("\n")
        self.line += newlines
        self.column = len(text) - text.rfind("\n") if newlines else self.column + len(text)

    def finding(self, code: str, message: str, cure: str) -> Finding:
        return Finding(code=code, message=message, help=cure, file=self.file, line=self.line, column=self.column)

    def shifted(self, finding: Finding) -> Finding:
        """Move a finding of a text that starts here to its place in the whole file."""
        line, column = finding.line or 1, finding.column or 1
        return msgspec.structs.replace(
            finding, line=self.line + line - 1, column=column + self.column - 1 if line == 1 else column
        )


def read_json_lines(lines: Iterable[bytes], file: str | None) -> Iterator[RawEncounter | Finding]:
    r"""Read one encounter a line; blank lines are passed over.

    >>> [item.place for item in read_json_lines([b'{"id": "1"}\n', b'\n', b'{"id": "2"}\n'], None)]
    ['line 1', 'line 3']
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            place = _Place(file, number)
            try:
                text = decode(line.rstrip(b"\r\n"), file, EncounterError)
            except EncounterError as fault:
                yield from (msgspec.structs.replace(each, line=number) for each in fault.findings)
            else:
                yield from _parsed(text, place, f"line {number}")


def read_json(chunks: Iterable[str], file: str | None) -> Iterator[RawEncounter | Finding]:
    """Read encounters from JSON text: one object, an array, or objects one after the other.

    >>> [item.place for item in read_json(['[{"id": "1"}, {"i', 'd": "2"}]'], None)]
    ['encounter 1', 'encounter 2']
    """
    place, count, is_array = _Place(file), 0, False
    for between, body in _cut(chunks):
        is_array = is_array or (count == 0 and between.lstrip().startswith("["))
        unclosed = "" if body else _unclosed(between, skip=is_array and count == 0)
        outside = between.removesuffix(unclosed)
        wanted = _wanted(is_array=is_array, is_first=count == 0, is_last=not body and not unclosed)
        if not (body or unclosed or count or is_array):
            yield from _parsed(between, place, "encounter 1")
            return
        if "".join(outside.split()) != wanted:
            place_of_fault = _Place(file, place.line, place.column)
            place_of_fault.move(outside[: len(outside) - len(outside.lstrip())])
            yield place_of_fault.finding(*_between(outside.strip(), wanted))
        place.move(outside)
        if body or unclosed:
            count += 1
            yield from _parsed(body or unclosed, place, f"encounter {count}")
            place.move(body)


def _cut(chunks: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Cut text into pairs of what stands before an encounter and the encounter; last what is left over, and nothing."""
    buffer, scanned, start, depth, is_first = "", 0, 0, 0, True
    for chunk in chunks:
        buffer += chunk
        while token := _token(buffer, scanned):
            bracket = token.group()
            if bracket == '"' and buffer.find("\n", token.end()) < 0:
                break
            scanned = token.end()
            if bracket[0] == '"':
                continue
            if bracket in "{[":
                if is_first and bracket == "[":
                    is_first = False
                    continue
                is_first = False
                start = token.start() if depth == 0 else start
                depth += 1
            elif depth > 0:
                depth -= 1
                if depth == 0:
                    yield buffer[:start], buffer[start:scanned]
                    buffer, scanned = buffer[scanned:], 0
        if len(buffer) > LONGEST:
            break
    yield buffer, ""


def _unclosed(text: str, *, skip: bool) -> str:
    """Give the encounter at the end of a file that nothing closes."""
    opening = re.search(r"[{\[]", text.replace("[", " ", 1) if skip else text)
    return text[opening.start() :] if opening else ""


def _wanted(*, is_array: bool, is_first: bool, is_last: bool) -> str:
    if not is_array:
        return ""
    return ("[" if is_first else "" if is_last else ",") + ("]" if is_last else "")


def _between(found: str, wanted: str) -> tuple[str, str, str]:
    """Word what is wrong between two encounters."""
    if not found:
        return "json", f"`{wanted}` is missing here", f"add `{wanted}`; the file may be cut off"
    shown = found if len(found) <= _SHOWN else f"{found[:_SHOWN]}…"
    if not wanted:
        return (
            "json",
            f"`{shown}` stands between encounters",
            "give one object, an array of objects, or one object a line",
        )
    return "json", f"`{shown}` stands where `{wanted}` is expected", "mend the JSON here"


_SHOWN = 30


def _parsed(text: str, place: _Place, name: str) -> Iterator[RawEncounter | Finding]:
    """Parse one encounter; what cannot be parsed is scanned again for the place of the fault."""
    if len(text) > LONGEST:
        yield place.finding("too-long", f"{name} is longer than {LONGEST:,} characters", "split it")
        return
    try:
        data = json.loads(text, object_pairs_hook=_unique, parse_constant=_refused)
        if not _surrogate(text) and isinstance(data, dict):
            yield RawEncounter(data, name, text=text, line=place.line, column=place.column)
            return
    except (ValueError, RecursionError):
        pass
    try:
        value = scan(text, place.file, EncounterError).value
    except EncounterError as fault:
        yield from (place.shifted(each) for each in fault.findings)
    else:
        if isinstance(value, dict):
            yield RawEncounter(value, name, text=text, line=place.line, column=place.column)
        else:
            yield place.finding(
                "not-an-encounter", f"{name} is not an object", 'write an encounter as `{"id": …, "lines": […]}`'
            )


_surrogate = re.compile(r"\\u[dD][89a-fA-F]").search


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("duplicate key")
    return result


def _refused(constant: str) -> Any:
    raise ValueError(constant)
