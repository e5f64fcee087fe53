"""Documents of a small rulebase, one of them damaged: it is refused with places, or it decides by both executions."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from tests.fuzz.target import Target
from tests.property.documents import KNOWN_ON, PAYER, documents, encounter, policy, rule
from tests.property.tables import TABLES
from tests.property.words import Json

from payrule.examples.run import run_example
from payrule.lint.check import check_file
from payrule.model.tables import ROWS, RowFile
from payrule.rulebase.folder import Memory, unsaved
from payrule.rulebase.load import Documents, read_documents, usable
from payrule.rulebase.rulebase import Rulebase
from payrule.rulebase.table_files import row_file, write_parquet
from payrule.source.diagnostics import Diagnostic, DocumentError, InputError

_LINES = (
    {"code": "A0001", "units": 2, "minutes": 23, "regions": ["neck"], "record": {"site": True}},
    {"code": "A0002", "modifiers": ["M1"], "provider": {"npi": "N1", "type": "baker"}, "remark": "x"},
    {"code": "B0001", "date": "2024-07-01", "pointers": [1, 2], "visits": ["2024-06-30"]},
)
_ENCOUNTER = encounter(*_LINES, diagnoses=["x"], role="second")
_RULES = (
    rule("covered", {"line.code": {"in": ["A0001-A0009"]}}, "benefit", "covered", modality="may"),
    rule(
        "excluded",
        {"line.code": {"in": "@codes"}, "line.units": {"at_least": 2, "at_most": 3}},
        "benefit",
        "excluded",
        liability="provider",
        overrides=["covered"],
        remittance={"carc": "96", "rarc": ["N56"]},
        advice="Bill it alone.",
    ),
    rule(
        "bundled",
        {"other_line": {"edit": {"in": ["0", "1"]}, "same_provider": {"is": "same"}, "not": {"fact": "set-apart"}}},
        "bundling",
        "bundled",
        liability="provider",
        modality="shall",
    ),
    rule(
        "needs-a-record",
        {"any": [{"line.record.site": {"is": False}}, {"line.regions": {"none_of": ["neck", "hip"]}}]},
        "documentation",
        "insufficient",
    ),
    rule("unsupported", {"line.units_supported": {"is": False}}, "units", "unsupported", liability="provider"),
)
_POLICY = policy(
    *_RULES,
    sets={"codes": ["A0001", "A0002-A0009"]},
    facts={"set-apart": {"summary": "set apart", "when": {"line.modifiers": {"any_of": ["M1", "X1"]}}}},
    effective={"from": "2024-01-01", "to": None},
)
_LISTED: Json = {
    "kind": "code-set",
    "id": "listed",
    "title": "listed",
    "entries": [{"code": "A0001", "to": "2024-06-30"}, {"code": "A0002-A0009", "from": "2024-07-01"}],
}
_DOCUMENTS = documents(
    _POLICY,
    words={"code_sets": {"listed": _LISTED}},
    presumptions={"line.record.reason": True},
    accepted_conflicts=[],
    title="payer",
)
_EXAMPLE: Json = {
    "kind": "example",
    "summary": "Two units are one too many.",
    "payer": PAYER,
    "encounter": _ENCOUNTER,
    "known_on": "2024-08-01",
    "expect": [{"line": 1, "disposition": "denied", "concern": "benefit", "reasons": ["p0/excluded"]}],
    "shows": [{"rule": "p0/excluded", "line": 1, "how": "decides"}],
}
_CODES: Json = {
    "kind": "remittance-codes",
    "as_of": "2024-06-01",
    "groups": {"CO": {"wording": "provider"}, "PR": {}},
    "carc": {"16": {"start": "1995-01-01"}, "96": {}, "97": {"end": "2016-01-01"}},
    "rarc": {"N56": {"start": "2000-01-01"}},
}
_FILES = {
    "policy": "p0/1.0.0.json",
    "payer": f"payers/{PAYER}.json",
    "vocabulary": "vocabulary.json",
    "table": "tables/pairs.json",
    "example": "p0/examples/one.json",
    "remittance-codes": "remittance-codes.json",
    "lock": "lock.json",
    "code-set": "code-sets/listed.json",
}


_REMEMBERED = Memory()
"""What was made of the documents that are not damaged."""


@cache
def _place() -> TemporaryDirectory[str]:
    place = TemporaryDirectory()
    folder = Path(place.name)
    _DOCUMENTS.write(folder)
    (folder / "p0/examples").mkdir()
    _write_rows(folder / "tables")
    lock = {"kind": "lock", "versions": {"p0@1.0.0": f"sha256:{'0' * 64}"}}
    for kind, document in (("example", _EXAMPLE), ("remittance-codes", _CODES), ("lock", lock)):
        (folder / _FILES[kind]).write_text(json.dumps(document, indent=1), encoding="utf-8")
    return place


def _write_rows(tables: Path) -> None:
    """Write the rows of the pairs as a Parquet file and what is made of it, which is what a check looks at."""
    for looked_up in TABLES.values():
        table = looked_up.table
        data, lines, document = tables / table.data.file, tables / "lines", tables / f"{table.id}.json"
        lines.write_text("".join("\t".join(("0", "1", *row)) + "\n" for row in looked_up.rows), encoding="utf-8")
        write_parquet(table.columns, table.key, lines, data)
        lines.unlink()
        digest = f"sha256:{hashlib.sha256(data.read_bytes()).hexdigest()}"
        table = msgspec.structs.replace(table, data=msgspec.structs.replace(table.data, digest=digest))
        rows = data.with_suffix(ROWS)
        rows.write_bytes(row_file(table, data))
        written = json.loads(document.read_text(encoding="utf-8"))
        written["data"] |= {"digest": digest, "rows_digest": RowFile(rows).digest}
        document.write_text(json.dumps(written), encoding="utf-8")


def _trying(kind: str) -> Callable[[bytes], Counter[str]]:
    def tried(data: bytes) -> Counter[str]:
        folder = Path(_place().name)
        path = folder / _FILES[kind]
        whole = path.read_bytes()
        path.write_bytes(data)
        try:
            return Counter({"in": 1, "decided" if _used(folder, path) else "rejected": 1})
        finally:
            path.write_bytes(whole)

    return tried


def _used(folder: Path, path: Path) -> bool:
    """Check, run and decide by the documents as far as they can be used; tell whether nothing is wrong with them."""
    try:
        with unsaved({}, _REMEMBERED):  # one reading, after which nothing of it is forgotten
            found = read_documents(folder)
            _placed(found.findings, folder)
            base = _rulebase(usable(found))
            findings = check_file(path, folder, expired=lambda: True).findings
    except DocumentError as fault:
        _placed(fault.findings, folder)
        return False
    _placed(findings, folder)
    for payer in base.payers:
        try:
            base.decide(_ENCOUNTER, payer=payer, known_on=KNOWN_ON).to_json().decode()
        except InputError as fault:
            findings += fault.findings
    failures = run_example(folder / _FILES["example"], base, KNOWN_ON).failures
    _placed(failures, folder)
    return not any(each.severity == "error" for each in findings)


_LAST: list[Rulebase] = []
"""The rulebase of the input before: of the same one where no document of it is damaged, only a file beside them."""


def _rulebase(found: Documents) -> Rulebase:
    if not _LAST or _LAST[0].documents != found:
        _LAST[:] = [Rulebase(found)]
    return _LAST[0]


def _placed(findings: Sequence[Diagnostic], folder: Path) -> None:
    """See that each finding says where, and what, in one line that any terminal can show."""
    assert all(each.message for each in findings)
    for each in findings:
        assert each.message.isprintable(), each.message
        assert (each.help or "").isprintable(), each.help
        if each.file is not None and Path(each.file).is_relative_to(folder) and each.path is not None:
            assert (each.line or 0) >= 1, each
            assert (each.column or 0) >= 1, each


def _seeds(kind: str) -> list[bytes]:
    written = json.loads((Path(_place().name) / _FILES[kind]).read_text(encoding="utf-8"))
    return [json.dumps(written, indent=1).encode(), json.dumps(written).encode()]


_TOKENS = tuple(b'{ } [ ] , : " \\ \\u0000 \\ud800 \\u202e "when": "not": "any": "all": "other_line": "fact":'.split())
_TOKENS += tuple(b'"overrides": "@codes" "A0001-A0009" "2016-02-30" "9999-12-31" "same" "in": "^(a+)+$"'.split())
_TOKENS += (b"[" * 2_000, b'{"a":' * 70, b'{"not":' * 40, b"../../etc/passwd")


def _target(kind: str, each: int) -> Target:
    return Target(kind, _trying(kind), _seeds(kind), _TOKENS, each=each)


DOCUMENTS = tuple(_target(kind, 40) for kind in _FILES)
