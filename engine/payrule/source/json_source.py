"""Read JSON with the place of every value, so that a diagnostic can name file, line and column.

`json.loads` keeps no places and takes the last of duplicate keys without a word; the libraries that keep them are
slower or no longer kept. This scanner is the standard library's grammar with offsets. It reads what the standard
library does not, to say why, and any text of which a place is asked for; the others need no places.
"""

import json
import re
from contextlib import suppress
from functools import cached_property
from typing import Any, NoReturn

import msgspec

from payrule.source.diagnostics import Diagnostic, DocumentError, InputError, visible

Path = tuple[str | int, ...]

DEEPEST = 64
"""Levels of nesting that a document or an encounter may have."""

_INFINITIES = (float("inf"), float("-inf"))
"""What Python makes of a number such as 1e400."""

_blank = re.compile(r"[ \t\n\r]*").match
_scalar = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null").match
_text = json.JSONDecoder().raw_decode
_plain_key = re.compile(r"[A-Za-z_$][\w$-]*\Z").match
_steps = re.compile(r'\.([A-Za-z_$][\w$-]*)|\[(\d+|"(?:[^"\\]|\\.)*")\]').findall


class JsonSource(msgspec.Struct, frozen=True, dict=True):
    """Hold a JSON text that was read: its value; the place of every value and key is found when one is asked for."""

    file: str | None
    text: str
    value: Any

    @cached_property
    def _read(self) -> "_Reader":
        reader = _Reader(self.text)
        with suppress(Broken):
            reader.document()
        return reader

    @property
    def offsets(self) -> dict[Path, int]:
        """The offset of every value, by path; none of a text that is no JSON."""
        return self._read.offsets

    @property
    def keys(self) -> dict[Path, int]:
        """The offset of every key, by the path of its value."""
        return self._read.keys

    def locate(self, path: Path, *, key: bool = False) -> tuple[int, int]:
        """Give line and column (from 1) of the value at a path, or of the nearest value above it that exists."""
        table = self.keys if key else self.offsets
        while path and path not in table:
            path, table = path[:-1], self.offsets
        return line_and_column(self.text, table.get(path, 0))

    def diagnostic(
        self, path: Path, code: str, message: str, help_text: str | None = None, *, key: bool = False
    ) -> Diagnostic:
        """Say that something is wrong at a path of this text."""
        line, column = self.locate(path, key=key)
        return msgspec.structs.replace(wrong(path, code, message, help_text), file=self.file, line=line, column=column)


def json_path(path: Path) -> str:
    """Write a path as JSON path.

    >>> json_path(("rules", 3, "when", "line.code", "in"))
    '$.rules[3].when["line.code"].in'
    """
    steps = (
        f"[{step}]" if isinstance(step, int) else f".{step}" if _plain_key(step) else f"[{json.dumps(step)}]"
        for step in path
    )
    return "$" + "".join(steps)


def steps_of(path: str) -> Path:
    """Read a JSON path again.

    >>> steps_of('$.rules[3].when["line.code"].in')
    ('rules', 3, 'when', 'line.code', 'in')
    """
    return tuple(key or json.loads(step) for key, step in _steps(path))


def wrong(path: Path, code: str, message: str, help_text: str | None = None) -> Diagnostic:
    """Say that something is wrong at a path in a value; `place` finds it in a text."""
    return Diagnostic(code=code, message=message, help=help_text, path=json_path(path))


def place(diagnostic: Diagnostic, source: JsonSource | None, above: Path = ()) -> Diagnostic:
    """Give a diagnostic of a value its place in a text, in which the value is at the path `above`.

    >>> place(wrong(("id",), "empty", "`id` is empty"), scan('[{"id": ""}]', "a.json"), (0,)).place
    'a.json:1:9'
    """
    path = (*above, *steps_of(diagnostic.path or "$"))
    line, column = source.locate(path, key=diagnostic.code in _OF_KEYS) if source else (None, None)
    file = source.file if source else diagnostic.file
    return msgspec.structs.replace(diagnostic, file=file, line=line, column=column, path=json_path(path))


_OF_KEYS = frozenset({"bad-name", "misplaced-key", "unfit-test", "unknown-key"})
"""Codes that speak of a key, and not of its value."""


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    r"""Turn an offset into line and column, both from 1.

    >>> line_and_column("{\n  1", 4)
    (2, 3)
    """
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def decode(data: bytes, file: str | None = None, error: type[InputError] = DocumentError) -> str:
    r"""Turn bytes into text, or say what kind of file this is instead; raises `error` for bytes that are not UTF-8.

    >>> decode(b"\xef\xbb\xbf{}")
    '{}'
    >>> decode(b"\x00\x01PNG")
    Traceback (most recent call last):
    payrule.source.diagnostics.DocumentError: this is not text: byte 1 is zero (save it as text, in UTF-8)
    """
    refuse_binary(data, file, error)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise error([not_utf_8(fault, file)]) from None


def refuse_binary(data: bytes, file: str | None = None, error: type[InputError] = DocumentError) -> None:
    """Raise `error` when the beginning of a file is UTF-16, UTF-32 or no text at all."""
    if data[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff"):
        problem = "this text is saved as UTF-32"
    elif data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        problem = "this text is saved as UTF-16"
    elif b"\0" in data[:4096]:
        problem = f"this is not text: byte {data.index(0) + 1} is zero"
    else:
        return
    raise error([Diagnostic(code="encoding", message=problem, help="save it as text, in UTF-8", file=file)])


def no_character(byte: int) -> str:
    """Say that a byte of a text is not UTF-8.

    >>> no_character(0xE9)
    'this text is not saved as UTF-8: byte 0xe9 stands for no character'
    """
    return f"this text is not saved as UTF-8: byte 0x{byte:02x} stands for no character"


undecoded = re.compile("[\udc80-\udcff]").search
"""Finds a byte that is not UTF-8, as `surrogateescape` holds it."""


def not_utf_8(fault: UnicodeDecodeError, file: str | None = None) -> Diagnostic:
    """Say where the text of a file stops being UTF-8, counted from the beginning of what was decoded."""
    before = fault.object[: fault.start].decode("utf-8-sig", errors="replace")
    line, column = line_and_column(before, len(before))
    return Diagnostic(
        code="encoding",
        message=no_character(fault.object[fault.start]),
        help="save it as UTF-8",
        file=file,
        line=line,
        column=column,
    )


def scan(text: str, file: str | None = None, error: type[InputError] = DocumentError) -> JsonSource:
    """Read a JSON text with the place of everything in it; raises `error` for what is no JSON, and each duplicate key.

    >>> scan('{"a": [1, {"b": true}]}').offsets[("a", 1, "b")]
    16
    >>> scan('{"a": 1, "a": 2}')
    Traceback (most recent call last):
    payrule.source.diagnostics.DocumentError: 1:10 $.a: the key `a` appears twice in this object (keep one of the two)
    """
    with suppress(ValueError, RecursionError):
        return JsonSource(file=file, text=text, value=_plain(text))
    reader = _Reader(text)
    try:
        value = reader.document()
    except Broken as fault:
        line, column = line_and_column(text, fault.offset)
        diagnostic = Diagnostic(
            code="json", message=fault.message, help=fault.help, file=file, line=line, column=column
        )
        raise error([diagnostic]) from None
    if reader.duplicates:
        raise error(
            Diagnostic(
                code="duplicate-key",
                message=f"the key {quoted(str(path[-1]))} appears twice in this object",
                help="keep one of the two",
                file=file,
                line=line,
                column=column,
                path=json_path(path),
            )
            for path, (line, column) in reader.duplicates
        )
    return JsonSource(file=file, text=text, value=value)


def _plain(text: str) -> Any:
    """Read a text that has nothing about it that this module would refuse, else raise ValueError."""
    if "\\u" in text and _half.search(text):
        raise ValueError(text)
    text.encode()  # raises UnicodeEncodeError, which is a ValueError, for half of a character as it is
    value = _decoder.decode(text)
    level, depth = [value] if type(value) in _HOLDERS else [], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise ValueError(depth)
        level = [
            part for each in level for part in (each.values() if type(each) is dict else each) if type(part) in _HOLDERS
        ]
    return value


_HOLDERS = frozenset({dict, list})


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(pairs)
    return found


def _finite(written: str) -> float:
    value = float(written)
    if value in _INFINITIES:
        raise ValueError(written)
    return value


def _no_number(written: str) -> NoReturn:
    raise ValueError(written)


_decoder = json.JSONDecoder(object_pairs_hook=_once, parse_float=_finite, parse_constant=_no_number)
_half = re.compile(r"\\u[dD][89a-fA-F]")
"""The escape of half of a character; two halves that belong together are looked at closely too."""


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.offsets: dict[Path, int] = {}
        self.keys: dict[Path, int] = {}
        self.duplicates: list[tuple[Path, tuple[int, int]]] = []

    def document(self) -> Any:
        start = self.skip(0)
        if start == len(self.text):
            raise Broken(start, "the file is empty", "write a JSON object")
        value, end = self.value(start, ())
        end = self.skip(end)
        if end < len(self.text):
            raise Broken(
                end, "text follows after the end of the JSON value", "remove it, or the bracket that closes too early"
            )
        return value

    def skip(self, offset: int) -> int:
        found = _blank(self.text, offset)
        return found.end() if found else offset

    def value(self, start: int, path: Path) -> tuple[Any, int]:
        self.offsets[path] = start
        opening = self.text[start : start + 1]
        if len(path) >= DEEPEST and opening in ("{", "["):
            raise Broken(start, f"values are nested deeper than {DEEPEST} levels", "flatten the document")
        if opening == "{":
            return self.object(start, path)
        if opening == "[":
            return self.array(start, path)
        if opening == '"':
            return self.string(start)
        found = _scalar(self.text, start)
        if found is None:
            raise unexpected(self.text, start, VALUE)
        try:
            value = json.loads(found.group())
        except ValueError:
            raise Broken(start, "this number has too many digits", "use a smaller number") from None
        if value in _INFINITIES:
            raise Broken(start, "this number is too large", "use a smaller number")
        return value, found.end()

    def string(self, start: int) -> tuple[str, int]:
        try:
            value, end = _text(self.text, start)
        except json.JSONDecodeError as fault:
            raise broken_text(self.text, start, fault) from None
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise Broken(start, "this text holds half of a character (a lone surrogate)", "write the whole character")
        return value, end

    def object(self, start: int, path: Path) -> tuple[dict[str, Any], int]:
        result: dict[str, Any] = {}
        offset = self.skip(start + 1)
        if self.text[offset : offset + 1] == "}":
            return result, offset + 1
        while True:
            if self.text[offset : offset + 1] != '"':
                raise unexpected(self.text, offset, KEY)
            key, end = self.string(offset)
            step = (*path, key)
            if key in result:
                self.duplicates.append((step, line_and_column(self.text, offset)))
            self.keys[step] = offset
            end = self.skip(end)
            if self.text[end : end + 1] != ":":
                raise unexpected(self.text, end, COLON)
            result[key], end = self.value(self.skip(end + 1), step)
            offset, is_last = self.after(end, "}")
            if is_last:
                return result, offset

    def array(self, start: int, path: Path) -> tuple[list[Any], int]:
        result: list[Any] = []
        offset = self.skip(start + 1)
        if self.text[offset : offset + 1] == "]":
            return result, offset + 1
        while True:
            value, end = self.value(offset, (*path, len(result)))
            result.append(value)
            offset, is_last = self.after(end, "]")
            if is_last:
                return result, offset

    def after(self, end: int, closing: str) -> tuple[int, bool]:
        """Give where the next member begins, or what follows the last one."""
        end = self.skip(end)
        following = self.text[end : end + 1]
        if following not in (closing, ","):
            raise unexpected(self.text, end, f"a comma or `{closing}`")
        return (end + 1, True) if following == closing else (self.skip(end + 1), False)


VALUE, KEY, COLON = "a value", "a key in quotation marks", "a colon after the key"


class Broken(Exception):  # noqa: N818 - never leaves the scanner
    """Where a text stops being JSON, what is wrong there, and how to fix it."""

    def __init__(self, offset: int, message: str, help_text: str) -> None:
        """Keep the place as an offset."""
        super().__init__(message)
        self.offset, self.message, self.help = offset, message, help_text


def unexpected(text: str, offset: int, wanted: str) -> Broken:
    """Say of what stands at an offset that something else is wanted there.

    >>> fault = unexpected("{id: 1}", 1, KEY)
    >>> fault.message, fault.help
    ('expected a key in quotation marks, found `id`', 'write `"id"`')
    """
    if offset >= len(text):
        return Broken(
            offset, f"the text ends where {wanted} is expected", "the file may be cut off; give the whole file"
        )
    word = _word(text, offset)
    found = word.group() if word else text[offset]
    return Broken(offset, f"expected {wanted}, found {quoted(found)}", _help_text(text, offset, found, wanted))


def quoted(text: str) -> str:
    r"""Quote a piece of a text, without what could disturb a terminal.

    >>> print(quoted("a\x1b"))
    `a\x1b`
    """
    return f"`{visible(text)}`"


def broken_text(text: str, start: int, fault: json.JSONDecodeError) -> Broken:
    r"""Say what is wrong with a text in quotation marks that begins at an offset.

    >>> broken_text('{"id": "E-1\n', 7, json.JSONDecodeError("Invalid control character at", '{"id": "E-1\n', 11)).help
    'add a `"` before the end of the line'
    """
    found = text[fault.pos : fault.pos + 1]
    if fault.msg.startswith("Unterminated"):
        return Broken(start, _UNCLOSED, 'add a `"`; the file may be cut off')
    if found in ("\r", "\n"):
        return Broken(start, _UNCLOSED, 'add a `"` before the end of the line')
    if found == "\\":
        return Broken(fault.pos, "this backslash does not begin an escape", "write `\\\\` to mean a backslash")
    return Broken(fault.pos, "a control character cannot be in a text", "remove it")


def _help_text(text: str, offset: int, found: str, wanted: str) -> str:
    closes_after_comma = found in ("}", "]") and text[:offset].rstrip().endswith(",")
    begins_comment = text.startswith(("//", "/*", "#"), offset)
    help_texts = (
        (closes_after_comma, "remove the comma before it"),
        (begins_comment, "remove the comment, for JSON has none"),
        (wanted == COLON, "write `:`" if found == "=" else "write `:` before it"),
        (wanted == KEY and found in _OPENING, "write a key and `:` before it; a list of values goes in `[` and `]`"),
        (found in _CURLY, 'write `"`, the straight quotation mark, on both sides'),
        (wanted in (VALUE, KEY) and found in _JSON, f"write {_JSON.get(found)}"),
        (wanted in (VALUE, KEY) and found.isidentifier(), f'write `"{found}"`'),
        (wanted.startswith("a comma") and found in _OPENING, "add a comma before it"),
    )
    return next((help_text for applies, help_text in help_texts if applies), "fix the JSON here")


_UNCLOSED = "this text has no closing quotation mark"
_JSON = {"True": "`true`", "False": "`false`", "None": "`null`", "NaN": "a number", "Infinity": "a number"}
_JSON |= {"'": "it in double quotation marks"}
"""What other notations have, and JSON has otherwise."""

_CURLY = tuple("\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b\u00ab\u00bb")
"""Quotation marks that word processors write: curly ones, high and low, double and single, and pointed ones."""

_OPENING = ('"', "{", "[")
_word = re.compile(r"[A-Za-z_]\w{0,40}").match
