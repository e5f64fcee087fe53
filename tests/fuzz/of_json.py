"""Encounters as JSON, and one a line."""

import json

from tests.fuzz.claims import deciding, encounters
from tests.fuzz.target import Target

_TOKENS = tuple(b'{ } [ ] , : " \\ \\u0000 \\ud800 "id": "lines": "number": "units": "date":'.split())
_TOKENS += (b'"2016-02-30"', b'"9999-12-31"', b'"0001-01-01"', b'"99999"', b'{"id": "', b"[" * 2_000, b'{"a":' * 70)

JSON = Target(
    "json",
    deciding("json"),
    [json.dumps(encounters(3), indent=1).encode(), json.dumps(encounters(1)[0]).encode()],
    _TOKENS,
    each=150,
)
JSON_LINES = Target(
    "jsonl",
    deciding("jsonl"),
    [b"".join(json.dumps(each).encode() + b"\n" for each in encounters(4))],
    _TOKENS,
    each=150,
)
