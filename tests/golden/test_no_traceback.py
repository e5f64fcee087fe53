"""Whatever bytes are given for claims or documents, they are used, or refused by findings: never a traceback.

Sound files are broken at random, in their bytes or in their JSON values, and put before the command line.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from tests.command import Answer, run
from tests.golden.goldens import HERE, laid_out

EXAMPLES = HERE.parents[1] / "examples"
CLAIMS = (HERE / "claims" / "sound" / "claims.json").read_bytes()
LINES = b"".join(json.dumps(json.loads(CLAIMS) | {"id": name}).encode() + b"\n" for name in ("E-1", "E-2", "E-3"))
SHEET = b"""encounter,number,code,date,units,purpose
E-1,1,00010,2016-03-01,2,relief
E-1,2,00011,2016-03-01,,"preparation relief"
E-2,1,00010,2016-03-02,1,none
"""
X12 = (EXAMPLES / "claims-4010.837").read_bytes()
DOCUMENTS = (
    "stretching/1.0.0.json",
    "payers/plain-plan.json",
    "vocabulary.json",
    "stretching/examples/preparation.json",
)

_few = settings(
    max_examples=max(6, 6 * settings().max_examples // 10),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    deadline=None,
)
_PIECES = (*rb'" { } [ ] , : \ - * ~ null 1e400'.split(), b"\n", b"\0", b"\xff", b"\xed\xa0\x80")


@st.composite
def broken_bytes(draw: st.DrawFn, sound: bytes) -> bytes:
    """Delete, insert, repeat or swap a few pieces of a text."""
    data = bytearray(sound)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 12)))
        how = draw(st.sampled_from(["delete", "insert", "repeat", "cut"]))
        if how == "delete":
            del data[start:end]
        elif how == "insert":
            data[start:start] = draw(st.sampled_from(_PIECES) | st.binary(max_size=4))
        elif how == "repeat":
            data[start:start] = data[start:end]
        else:
            del data[start:]
    return bytes(data)


_SCALARS: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in items for place in _places(each, (*path, key)))]


@st.composite
def broken_json(draw: st.DrawFn, sound: bytes) -> bytes:
    """Delete, replace, rename or swap a few values of a JSON text."""
    value = json.loads(sound)
    for _ in range(draw(st.integers(1, 3))):
        places = [path for path in _places(value) if path]
        if not places:
            break
        *above, last = draw(st.sampled_from(places))
        parent = value
        for step in above:
            parent = parent[step]
        how = draw(st.sampled_from(["delete", "replace", "rename", "swap"]))
        if how == "delete":
            del parent[last]
        elif how == "rename" and isinstance(parent, dict):
            parent[draw(st.sampled_from([f"{last}s", str(last)[1:], "other_line", "not", "fact"]))] = parent.pop(last)
        elif how == "swap":
            *_, other = draw(st.sampled_from(places))
            keys = list(parent) if isinstance(parent, dict) else range(len(parent))
            if other in keys:
                parent[last], parent[other] = parent[other], parent[last]
        else:
            parent[last] = draw(_VALUES)
    return json.dumps(value).encode()


def _is_told(answer: Answer) -> None:
    """Hold an answer to what every answer is: done, findings or unusable input, in lines that say something."""
    event(f"exit code {answer.code}")
    assert answer.code in (0, 1, 2), answer.stderr
    assert "Traceback" not in answer.stdout + answer.stderr
    assert answer.code == 0 or "error" in answer.stdout + answer.stderr or "warning[" in answer.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return laid_out("claims", "sound", tmp_path_factory.mktemp("fuzz"))


_JSON_CLAIMS = st.binary(max_size=64) | broken_bytes(CLAIMS) | broken_json(CLAIMS)


@given(data=_JSON_CLAIMS)
@_few
def test_any_bytes_as_json_claims_are_decided_or_refused(data: bytes, folder: Path) -> None:
    (folder / "claims.json").write_bytes(data)
    _is_told(run("payrule adjudicate claims.json --payer plain-plan --rulebase rulebase", folder))


@given(data=st.binary(max_size=64) | broken_bytes(LINES))
@_few
def test_any_bytes_as_json_lines_are_decided_or_refused(data: bytes, folder: Path) -> None:
    (folder / "claims.jsonl").write_bytes(data)
    _is_told(run("payrule adjudicate claims.jsonl --payer plain-plan --rulebase rulebase --format jsonl", folder))


@given(data=st.binary(max_size=64).map(b"ISA".__add__) | broken_bytes(X12))
@_few
def test_any_bytes_as_x12_claims_are_decided_or_refused(data: bytes, folder: Path) -> None:
    (folder / "claims.837").write_bytes(data)
    _is_told(run("payrule adjudicate claims.837 --payer blue-cross --format jsonl", folder))


@given(data=st.binary(max_size=64).map(b"encounter,code\n".__add__) | broken_bytes(SHEET))
@_few
def test_any_bytes_as_a_sheet_are_decided_or_refused(data: bytes, folder: Path) -> None:
    (folder / "claims.csv").write_bytes(data)
    _is_told(run("payrule adjudicate claims.csv --payer plain-plan --rulebase rulebase --format jsonl", folder))


@given(data=st.binary(max_size=64) | broken_bytes(CLAIMS) | broken_bytes(SHEET))
@_few
def test_any_bytes_on_standard_input_are_decided_or_refused(data: bytes, folder: Path) -> None:
    _is_told(run("payrule adjudicate - --payer plain-plan --rulebase rulebase", folder, stdin=data))


def _written(document: str) -> Callable[[bytes], tuple[str, bytes]]:
    return lambda data: (document, data)


_BROKEN_DOCUMENTS = st.sampled_from(DOCUMENTS).flatmap(
    lambda name: (
        broken_json((HERE / "rulebase" / name).read_bytes()) | broken_bytes((HERE / "rulebase" / name).read_bytes())
    ).map(_written(name))
)


@pytest.mark.slow
@given(document=_BROKEN_DOCUMENTS)
@settings(_few, max_examples=2 * _few.max_examples)
def test_any_broken_document_is_used_or_refused(document: tuple[str, bytes], folder: Path) -> None:
    name, data = document
    path = folder / "rulebase" / name
    sound = path.read_bytes()
    path.write_bytes(data)
    try:
        _is_told(run("payrule check rulebase", folder))
        _is_told(run("payrule adjudicate claims.json --payer plain-plan --rulebase rulebase", folder))
        _is_told(run("payrule test rulebase", folder))
    finally:
        path.write_bytes(sound)
