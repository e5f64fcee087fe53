"""Where in a document the cursor stands while it is being written, whether or not it is JSON at that moment."""

import re
from typing import NamedTuple


class Context(NamedTuple):
    """The keys around the cursor, from the outside; whether a key is due; what is written of the text it stands in.

    `written` is None outside of a text.
    """

    keys: tuple[str, ...]
    is_key: bool
    written: str | None


_parts = re.compile(r'"(?P<text>(?:[^"\\\n]|\\.)*)(?P<closed>")?|[{}\[\],:]')


def context_at(before: str) -> Context:
    """Read what stands before the cursor.

    >>> context_at('{"rules": [{"when": {"line.code": {"in": "@str')
    Context(keys=('rules', 'when', 'line.code', 'in'), is_key=False, written='@str')
    >>> context_at('{"rules": [{"when": {"li')
    Context(keys=('rules', 'when'), is_key=True, written='li')
    """
    open_keys: list[str | None] = []
    closing: list[str] = []
    pending, key_due, last = None, False, ""
    for found in _parts.finditer(before):
        mark = found.group()
        if mark in ("{", "["):
            open_keys.append(pending)
            closing.append(mark)
            pending, key_due = None, mark == "{"
        elif mark in ("}", "]"):
            if closing:
                open_keys.pop()
                closing.pop()
            pending, key_due = None, False
        elif mark == ",":
            pending, key_due = None, closing[-1:] == ["{"]
        elif mark == ":":
            pending, key_due = last, False
        elif found["closed"] is None and found.end() == len(before):
            return Context(_known([*open_keys, pending]), key_due, found["text"])
        else:
            last = found["text"]
    return Context(_known([*open_keys, pending]), key_due, None)


def _known(keys: list[str | None]) -> tuple[str, ...]:
    """Leave out the places in lists, which have no key."""
    return tuple(key for key in keys if key is not None)
