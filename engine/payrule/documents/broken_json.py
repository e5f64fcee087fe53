"""Say what is wrong with text that is not JSON, and how JSON writes what people write in other notations."""

import json
import re

VALUE, KEY = "a value", "a key in quotation marks"


class Broken(Exception):  # noqa: N818 - never leaves the scanner
    """Where a text stops being JSON, what is wrong there, and how to mend it."""

    def __init__(self, offset: int, message: str, cure: str) -> None:
        """Keep the place as an offset."""
        super().__init__(message)
        self.offset, self.message, self.help = offset, message, cure


def unexpected(text: str, offset: int, wanted: str) -> Broken:
    """Say of what stands at an offset that something else is wanted there.

    >>> fault = unexpected("{id: 1}", 1, KEY)
    >>> fault.message, fault.help
    ('`id` stands where a key in quotation marks is expected', 'write `"id"`')
    """
    if offset >= len(text):
        return Broken(
            offset, f"the text ends where {wanted} is expected", "the file may be cut off; give the whole file"
        )
    word = _word(text, offset)
    found = word.group() if word else text[offset]
    return Broken(offset, f"`{found}` stands where {wanted} is expected", _cure(text, offset, found, wanted))


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
    return Broken(fault.pos, "a control character cannot stand in a text", "remove it")


def _cure(text: str, offset: int, found: str, wanted: str) -> str:
    if found in ("}", "]") and text[:offset].rstrip().endswith(","):
        return "remove the comma before it"
    if text.startswith(("//", "/*", "#"), offset):
        return "remove the comment, for JSON has none"
    if found in _JSON and wanted in (VALUE, KEY):
        return f"write {_JSON[found]}"
    if wanted in (VALUE, KEY) and found.isidentifier():
        return f'write `"{found}"`'
    return "add a comma before it" if found in _OPENING and wanted.startswith("a comma") else "mend the JSON here"


_UNCLOSED = "this text has no closing quotation mark"
_JSON = {"True": "`true`", "False": "`false`", "None": "`null`", "NaN": "a number", "Infinity": "a number"}
_JSON |= {"'": "it in double quotation marks"}
"""What other notations have, and JSON has otherwise."""

_OPENING = ('"', "{", "[")
_word = re.compile(r"[A-Za-z_]\w{0,40}").match
