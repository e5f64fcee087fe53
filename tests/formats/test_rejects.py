"""Every claim that comes in is decided, rejected or void; each reject names file, claim, place and code."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.command import Answer, run
from tests.formats.x12_texts import BILLING, CLAIM, DATED, SUBSCRIBER, billed, claims, interchange, transaction
from tests.property.effort import mostly_slow

BAD = (0, 3, 6)
"""Which of nine claims cannot be decided."""

ENCOUNTERS: list[dict[str, Any]] = [
    {
        "id": f"C{n}",
        "lines": [{"number": 1, "code": "bad" if n in BAD else "97140", "date": "2016-03-01", "units": 1}],
    }
    for n in range(9)
]


def as_x12(encounters: list[dict[str, Any]]) -> str:
    return claims(
        *(
            segment
            for each in encounters
            for segment in (
                billed("65", each["id"]),
                *CLAIM[1:3],
                f"SV1*HC:{each['lines'][0]['code']}*65*UN*1***1",
                "DTP*472*D8*20160301",
            )
        )
    )


def as_csv(encounters: list[dict[str, Any]]) -> str:
    rows = [f"{each['id']},{each['lines'][0]['code']},2016-03-01\n" for each in encounters]
    return "encounter,code,date\n" + "".join(rows)


WRITERS: dict[str, Callable[[list[dict[str, Any]]], str]] = {
    "claims.json": json.dumps,
    "claims.jsonl": lambda encounters: "".join(f"{json.dumps(each)}\n" for each in encounters),
    "claims.csv": as_csv,
    "claims.837": as_x12,
}

PLACES = {
    "claims.json": "$.lines[0].code",
    "claims.jsonl": "$.lines[0].code",
    "claims.csv": "",
    "claims.837": "segment {}",
}


def adjudicate(folder: Path, *options: str) -> Answer:
    return run(f"payrule adjudicate {' '.join(options)} --payer blue-cross --known-on 2026-11-23", folder)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            return list(csv.DictReader(file))
        return [{key: "" if value is None else str(value) for key, value in json.loads(line).items()} for line in file]


@pytest.mark.parametrize("rejects", mostly_slow(["rejects.csv", "rejects.jsonl"]))
@pytest.mark.parametrize("form", mostly_slow(["table", "json", "jsonl", "csv", "columns"], quick=2))
@pytest.mark.parametrize("name", WRITERS)
def test_counts_are_of_claims_and_each_reject_names_its_claim(
    name: str, form: str, rejects: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(WRITERS[name](ENCOUNTERS), encoding="utf-8")
    how = ("--engine columns", "--out decided.csv") if form == "columns" else (f"--format {form}", "--out decided")
    answer = adjudicate(tmp_path, name, *how, f"--rejects {rejects}")
    assert answer.code == 2
    assert "9 claims: 6 decided, 3 rejected; 6 lines: " in answer.stderr.splitlines()[-1]
    found = rows(tmp_path / rejects)
    assert [each["encounter"] for each in found] == [f"C{n}" for n in BAD]
    assert {each["file"] for each in found} == {name}
    assert {each["code"] for each in found} == {"bad-form"}
    segments = [14 + 5 * n for n in BAD]
    assert [each["place"] for each in found] == [PLACES[name].format(segment) for segment in segments]
    if name == "claims.csv":
        assert [(each["row"], each["column"]) for each in found] == [(str(n + 2), "code") for n in BAD]


@pytest.mark.parametrize("name", WRITERS)
def test_what_is_reported_of_a_claim_that_is_rejected_names_it(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(WRITERS[name](ENCOUNTERS), encoding="utf-8")
    told = adjudicate(tmp_path, name, "--format jsonl").stderr.splitlines()[:-1]
    assert [f"claim C{n}" in line for n, line in zip(BAD, told, strict=True)] == [True] * 3
    assert all(line.startswith(name) for line in told)


def test_two_things_wrong_with_a_claim_are_two_rows_and_one_claim(tmp_path: Path) -> None:
    wrong = {**ENCOUNTERS[0], "lines": [{"number": 1, "code": "bad", "date": "2016-02-30"}]}
    (tmp_path / "claims.json").write_text(json.dumps([wrong, ENCOUNTERS[1]]), encoding="utf-8")
    answer = adjudicate(tmp_path, "claims.json", "--format csv", "--rejects rejects.csv")
    assert answer.stderr.splitlines()[-1].startswith("2 claims: 1 decided, 1 rejected; 1 line: ")
    assert [(each["encounter"], each["code"]) for each in rows(tmp_path / "rejects.csv")] == [
        ("C0", "bad-form"),
        ("C0", "bad-date"),
    ]


def test_a_transaction_that_is_refused_counts_its_claims_as_rejected(tmp_path: Path) -> None:
    one = transaction(*BILLING, *SUBSCRIBER, *CLAIM, DATED, *(each.replace("A-1", "A-2") for each in CLAIM), DATED)
    other = transaction(*BILLING, *SUBSCRIBER, billed("65", "A-3"), *CLAIM[1:], DATED)
    text = interchange(one.replace("SE*19", "SE*24"), other)
    (tmp_path / "claims.837").write_text(text)
    answer = adjudicate(tmp_path, "claims.837", "--format jsonl", "--rejects rejects.csv")
    assert answer.stderr.splitlines()[-1].startswith("3 claims: 1 decided, 2 rejected; 1 line: ")
    found = rows(tmp_path / "rejects.csv")
    assert [(each["encounter"], each["place"], each["code"]) for each in found] == [
        ("A-1", "segment 11", "x12-count"),
        ("A-2", "segment 16", "x12-count"),
    ]


@pytest.mark.parametrize("form", mostly_slow(["jsonl", "columns"]))
@pytest.mark.parametrize("rejects", ["rejects.csv", "rejects.jsonl"])
def test_a_rejected_claim_comes_back_with_its_identifiers(form: str, rejects: str, tmp_path: Path) -> None:
    traced = (CLAIM[0], "REF*D9*TRACE-1", *CLAIM[1:])
    wrong = transaction(*BILLING, *SUBSCRIBER, *traced[:-1], "SV1*WK:98940*65*UN*1***1:2", DATED)
    refused = transaction(*BILLING, *SUBSCRIBER, billed("65", "A-2"), *traced[1:], DATED, count=99)
    refused = refused.replace("0001~", "0002~").replace("ST*837*0001", "ST*837*0002")
    unread = transaction(*BILLING, *SUBSCRIBER, billed("65", "A-3"), *traced[1:-1], "SV1*HC:98940*65*F2*1***1:2", DATED)
    (tmp_path / "claims.837").write_text(interchange(wrong, refused, unread))
    how = "--engine columns --out decided.csv" if form == "columns" else f"--format {form} --out decided"
    adjudicate(tmp_path, "claims.837", how, f"--rejects {rejects}")
    found = {each["encounter"]: each for each in rows(tmp_path / rejects)}
    names = ("file", "interchange", "group", "transaction", "segment", "trace")
    assert {claim: tuple(each[name] for name in names) for claim, each in found.items()} == {
        "A-1": ("claims.837", "000000001", "1", "0001", "11", "TRACE-1"),
        "A-2": ("claims.837", "000000001", "1", "0002", "26", "TRACE-1"),
        "A-3": ("claims.837", "000000001", "1", "0001", "41", "TRACE-1"),
    }


@pytest.mark.parametrize("form", mostly_slow(["table", "json", "jsonl", "csv", "columns"]))
@pytest.mark.parametrize("name", mostly_slow(["claims.json", "claims.jsonl"]))
def test_a_void_without_lines_is_void_and_any_other_claim_without_lines_is_rejected(
    name: str, form: str, tmp_path: Path
) -> None:
    void = {"id": "V", "frequency": "8", "original_reference": "EARLIER", "lines": []}
    claims = [ENCOUNTERS[1], void, {"id": "N", "lines": []}, void | {"id": "R", "frequency": "7"}]
    texts = list(map(json.dumps, claims))
    text = "\n".join(texts) if name == "claims.jsonl" else f"[{','.join(texts)}]"
    (tmp_path / name).write_text(text, encoding="utf-8")
    how = ("--engine columns", "--out decided.csv") if form == "columns" else (f"--format {form}", "--out decided")
    answer = adjudicate(tmp_path, name, *how, "--rejects rejects.csv")
    assert "4 claims: 1 decided, 2 rejected, 1 void; 1 line: " in answer.stderr.splitlines()[-1]
    told = [(each["encounter"], each["code"], each["place"]) for each in rows(tmp_path / "rejects.csv")]
    assert told == [("N", "too-few", "$.lines"), ("R", "too-few", "$.lines")]


def test_voids_are_counted_apart(tmp_path: Path) -> None:
    void = ("CLM*A-2*65***11:B:8*Y*A*Y*Y", "REF*F8*EARLIER", *CLAIM[1:], DATED)
    (tmp_path / "claims.837").write_text(claims(*CLAIM, DATED, *void, billed("700", "A-3"), *CLAIM[1:], DATED))
    answer = adjudicate(tmp_path, "claims.837", "--format jsonl")
    assert answer.stderr.splitlines()[-1].startswith("3 claims: 1 decided, 1 rejected, 1 void; 1 line: ")
    assert [json.loads(line).get("voids") for line in answer.stdout.splitlines()] == [None, "EARLIER"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("none.json", None, "0 claims, 1 error not about a claim; 0 lines"),
        ("claims.json", "[]]", "0 claims, 1 error not about a claim; 0 lines"),
        ("claims.837", "", "0 claims, 1 error not about a claim; 0 lines"),
        ("claims.csv", "encounter\nE-1\n", "0 claims, 2 errors not about a claim; 0 lines"),
        ("claims.json", '{"id": "E-9", "lines": [', "1 claim: 1 rejected; 0 lines"),
        ("claims.jsonl", '{"id": "E-9", "lines": [\n', "1 claim: 1 rejected; 0 lines"),
        ("claims.jsonl", "[]\n", "1 claim: 1 rejected; 0 lines"),
    ],
)
def test_what_is_wrong_with_a_file_is_no_claim(name: str, text: str | None, said: str, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    answer = adjudicate(tmp_path, name, "--format jsonl", "--rejects rejects.csv")
    assert (answer.code, answer.stderr.splitlines()[-1]) == (2, said)
    assert {each["encounter"] for each in rows(tmp_path / "rejects.csv")} == (
        {"E-9"} if "E-9" in (text or "") else {""}
    )


def test_a_claim_that_no_payer_takes_is_rejected_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "claims.json").write_text(json.dumps(ENCOUNTERS[1:2]), encoding="utf-8")
    for form in ("--format jsonl --out decided.jsonl", "--engine columns --out decided.csv"):
        answer = run(f"payrule adjudicate claims.json {form} --rejects rejects.jsonl", tmp_path)
        assert answer.stderr.splitlines()[-1].startswith("1 claim: 1 rejected; 0 lines")
        assert [(each["encounter"], each["file"], each["code"]) for each in rows(tmp_path / "rejects.jsonl")] == [
            ("C1", "claims.json", "no-payer")
        ]


def test_without_rejects_the_file_has_its_titles(tmp_path: Path) -> None:
    (tmp_path / "claims.json").write_text(json.dumps(ENCOUNTERS[1:2]), encoding="utf-8")
    answer = adjudicate(tmp_path, "claims.json", "--format jsonl", "--rejects rejects.csv")
    assert answer.code == 0
    assert (tmp_path / "rejects.csv").read_text() == (
        "encounter,file,row,column,place,code,message,cure,"
        "interchange,group,transaction,segment,trace,resource,identifier\n"
    )


@pytest.mark.parametrize("engine", mostly_slow(["", "--engine columns"]))
@pytest.mark.parametrize(
    ("rejects", "message"),
    [
        ("rejects.txt", "does not say by its ending how to write rejects"),
        ("claims.csv", "is read, and would be replaced by what is written"),
        ("nowhere/rejects.csv", "cannot be written"),
    ],
)
def test_a_file_of_rejects_that_cannot_be_written_ends_the_run_and_leaves_nothing(
    engine: str, rejects: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "claims.csv").write_text(as_csv(ENCOUNTERS))
    answer = adjudicate(tmp_path, "claims.csv", engine, "--out decided.csv", f"--rejects {rejects}")
    assert (answer.code, message in answer.stderr) == (2, True), answer.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["claims.csv"]


@pytest.mark.parametrize("before", ["before", None])
@pytest.mark.parametrize("engine", ["--format csv", "--engine columns"])
def test_rejects_and_answers_go_to_two_files(engine: str, before: str | None, tmp_path: Path) -> None:
    (tmp_path / "claims.csv").write_text(as_csv(ENCOUNTERS))
    if before is not None:
        (tmp_path / "decided.csv").write_text(before)
    answer = adjudicate(tmp_path, "claims.csv", engine, "--out decided.csv", "--rejects decided.csv")
    assert answer.code == 2
    assert "`decided.csv` would hold both answers and rejects" in answer.stderr
    assert [each.name for each in tmp_path.iterdir() if each.name != "claims.csv"] == ["decided.csv"][
        : before is not None
    ]
    assert before is None or (tmp_path / "decided.csv").read_text() == before


def test_an_id_that_a_spreadsheet_would_take_for_a_formula_is_guarded(tmp_path: Path) -> None:
    (tmp_path / "claims.json").write_text(json.dumps([ENCOUNTERS[0] | {"id": "=1+1"}]), encoding="utf-8")
    adjudicate(tmp_path, "claims.json", "--format csv", "--rejects rejects.csv")
    assert [each["encounter"] for each in rows(tmp_path / "rejects.csv")] == ["'=1+1"]
