"""Encounters in sheets."""

import csv
import io
from typing import Any

from tests.fuzz.claims import deciding, encounters
from tests.fuzz.target import Target


def _flat(data: dict[str, Any], root: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, dict):
            found |= _flat(value, "patient." if (root, key) == ("encounter.", "patient") else f"{root}{key}.")
        elif key != "lines":
            found[root + key] = " ".join(map(str, value)) if isinstance(value, list) else value
    return found


def rows() -> list[dict[str, Any]]:
    """Give the lines of some encounters as rows, the columns by their whole names."""
    return [_flat(each, "encounter.") | _flat(line, "line.") for each in encounters(4) for line in each["lines"]]


def _sheet(separator: str) -> bytes:
    text, made = io.StringIO(), rows()
    writer = csv.DictWriter(text, list(dict.fromkeys(key for row in made for key in row)), delimiter=separator)
    writer.writeheader()
    writer.writerows(made)
    return text.getvalue().encode()


_PLAIN = b"encounter,code,date,units,minutes,modifiers\nE-1,97110,2016-03-01,1,15,59 GP\nE-1,97140,2016-03-01,2,30,\n"
_TOKENS = (b'"', b'""', b",", b";", b"\t", b"sep=;\n", b"3/4/2016", b"$45.00", b"97110, 97140", b"none", b"x" * 140_000)

CSV = Target("csv", deciding("csv"), [_PLAIN, _sheet(","), _sheet(";")], _TOKENS, each=150)
