"""Say what is wrong with text that is not JSON, and how JSON writes what people write in other notations."""

import json
import re

from payrule.documents.findings import visible

VALUE, KEY, COLON = "a value", "a key in quotation marks", "a colon after the key"


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
    return Broken(offset, f"{quoted(found)} stands where {wanted} is expected", _cure(text, offset, found, wanted))


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
    return Broken(fault.pos, "a control character cannot stand in a text", "remove it")


def _cure(text: str, offset: int, found: str, wanted: str) -> str:
    closes_after_comma = found in ("}", "]") and text[:offset].rstrip().endswith(",")
    begins_comment = text.startswith(("//", "/*", "#"), offset)
    cures = (
        (closes_after_comma, "remove the comma before it"),
        (begins_comment, "remove the comment, for JSON has none"),
        (wanted == COLON, "write `:`" if found == "=" else "write `:` before it"),
        (wanted == KEY and found in _OPENING, "write a key and `:` before it; a list of values stands in `[` and `]`"),
        (found in _CURLY, 'write `"`, the straight quotation mark, on both sides'),
        (wanted in (VALUE, KEY) and found in _JSON, f"write {_JSON.get(found)}"),
        (wanted in (VALUE, KEY) and found.isidentifier(), f'write `"{found}"`'),
        (wanted.startswith("a comma") and found in _OPENING, "add a comma before it"),
    )
    return next((cure for applies, cure in cures if applies), "mend the JSON here")


_UNCLOSED = "this text has no closing quotation mark"
_JSON = {"True": "`true`", "False": "`false`", "None": "`null`", "NaN": "a number", "Infinity": "a number"}
_JSON |= {"'": "it in double quotation marks"}
"""What other notations have, and JSON has otherwise."""

_CURLY = tuple("\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b\u00ab\u00bb")
"""Quotation marks that word processors write: curly ones, high and low, double and single, and pointed ones."""

_OPENING = ('"', "{", "[")
_word = re.compile(r"[A-Za-z_]\w{0,40}").match
