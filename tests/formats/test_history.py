"""Earlier lines from files, and from the claims beside: what is read, what is refused, and to which claims it goes."""

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.columns.test_columnar_files import rows_of, write
from tests.formats import x12_texts
from tests.property.documents import KNOWN_ON, PAYER, documents, policy, rule

from payrule.columns.countable import has_plain_history
from payrule.columns.decide_files import adjudicate_files
from payrule.encounter.encounter import Encounter, UnreadableLine
from payrule.formats.encounters import RawEncounter, Read, checked
from payrule.formats.history import Histories, history_rows
from payrule.formats.reading import read_file
from payrule.model.vocabulary import Frequency
from payrule.rulebase.rulebase import Rulebase, load
from payrule.source.database import Store
from payrule.source.diagnostics import InputError

Json = dict[str, Any]


@pytest.fixture(scope="module")
def rulebase() -> Rulebase:
    return load()


def histories(rulebase: Rulebase, folder: Path, text: str, *claims: Json, name: str = "h.csv") -> Histories:
    """Read a file of histories, and link claims."""
    path = folder / name
    path.write_text(text)
    found = Histories(rulebase.documents.vocabulary)
    found.add_rows(history_rows(path, rulebase.documents.vocabulary, rulebase.validator))
    found.add_claims(Read(rulebase.encounter(each)) for each in claims)
    return found


def claim(name: str = "E-1", patient: str | None = "P-1", **other: Any) -> Json:
    return {
        "id": name,
        "patient": {"id": patient},
        "lines": [{"number": 1, "code": "97110", "date": "2024-06-28"}],
    } | other


def told(found: Encounter) -> list[str]:
    """Name the lines of the history, with a question mark where they are earlier ones perhaps."""
    return [f"{each.claim}/{each.number}{'?' * bool(each.perhaps)}" for each in found.history]


HEADER = "patient.id,claim,number,code,date,history_from,status\n"

PATIENT = '"patient": {"id": "P-1"}'
LINE = '"claim": "C-1", "number": 2, "code": "97110", "date": "2024-05-01"'

SAME: list[tuple[str, str]] = [
    ("h.csv", f"{HEADER}P-1,C-1,2,97110,2024-05-01,2024-01-01,paid\n"),
    (
        "h.jsonl",
        f'{{{PATIENT}, {LINE}, "history_from": "2024-01-01", "status": "paid"}}\n',
    ),
    (
        "h.json",
        f'[{{{PATIENT}, "history_from": "2024-01-01"}}, {{{PATIENT}, {LINE}, "status": "paid"}}]',
    ),
]


@pytest.mark.parametrize(("name", "text"), SAME, ids=[name for name, _ in SAME])
def test_every_format_says_the_same(rulebase: Rulebase, tmp_path: Path, name: str, text: str) -> None:
    given = {"claim": "C-1", "number": 2, "code": "97110", "date": "2024-05-01", "status": "paid"}
    wanted = rulebase.encounter(claim(), history=[given], history_from="2024-01-01")
    assert histories(rulebase, tmp_path, text, name=name).join(rulebase.encounter(claim())) == wanted


def test_status_is_unknown_where_a_row_does_not_say_it(rulebase: Rulebase, tmp_path: Path) -> None:
    found = histories(rulebase, tmp_path, f"{HEADER}P-1,,,97110,2024-05-01,,\n").join(rulebase.encounter(claim()))
    assert "line.status" not in found.history[0].values
    assert found.lines[0].values["line.status"] == "billed"


REFUSED: list[tuple[str, str, str, list[str]]] = [
    (
        "a date that is none",
        "h.csv",
        f"{HEADER}P-1,C-1,2,97110,2024-05-01,,\nP-1,C-1,3,97110,2024-05-99,,\n",
        ["h.csv:3 row 3, column date: `2024-05-99` is not a date"],
    ),
    (
        "no patient",
        "h.csv",
        f"{HEADER},C-1,2,97110,2024-05-01,,\n",
        ["h.csv:2 row 2, column patient.id: the row does"],
    ),
    (
        "no patient in JSON",
        "h.jsonl",
        '{"code": "97110", "date": "2024-05-01"}\n',
        ["h.jsonl:1:1 $: the row does not say of which patient it is"],
    ),
    ("no code", "h.csv", f"{HEADER}P-1,C-1,2,,2024-05-01,,\n", ["h.csv:2 row 2, column code: `code` is empty"]),
    ("no code in JSON", "h.jsonl", '{"patient": {"id": "P-1"}, "date": "2024-05-01"}\n', ["h.jsonl:1:1 $: `code` is"]),
    ("no column", "h.csv", "patient.id,code\nP-1,97110\n", ["h.csv:1 row 1: there is no column `date`"]),
    (
        "a status that is none",
        "h.csv",
        f"{HEADER}P-1,C-1,2,97110,2024-05-01,,settled\n",
        ["h.csv:2 row 2, column status: `status` cannot be `settled`"],
    ),
    (
        "two days of one patient",
        "h.csv",
        f"{HEADER}P-1,C-1,2,97110,2024-05-01,2024-01-01,\nP-1,C-1,3,97110,2024-05-01,2024-02-01,\n",
        ["h.csv row 3: `history_from` is 2024-02-01 here, and 2024-01-01 in row 2, of the same patient"],
    ),
    (
        "a line in two forms",
        "h.csv",
        f"{HEADER}P-1,C-1,2,97110,2024-05-01,,\nP-2,C-1,2,97112,2024-05-01,,\nP-1,C-1,2,97112,2024-05-01,,\n",
        ["h.csv row 4: line 2 of the claim `C-1` differs from that in row 2"],
    ),
    (
        "a line that ends before it begins",
        "h.jsonl",
        '{"patient": {"id": "P-1"}, "code": "97110", "date": "2024-05-02", "date_to": "2024-05-01"}\n',
        ["h.jsonl:1:78 $.date_to: the earlier line ends on 2024-05-01, before it begins on 2024-05-02"],
    ),
    ("claims in X12 that are cut off", "h.837", "ISA*00*", ["h.837"]),
    (
        "a claim that names no patient",
        "h.jsonl",
        json.dumps(claim("C-1", None)) + "\n",
        ["h.jsonl:1:1 claim C-1, $: the claim does not say of which patient it is"],
    ),
    ("no object", "h.json", "[1]", ["h.json"]),
    ("no file", "none.csv", "", ["there is no file"]),
]


@pytest.mark.parametrize(("name", "text", "wanted"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED])
def test_what_is_refused_names_file_and_row(
    rulebase: Rulebase, tmp_path: Path, name: str, text: str, wanted: list[str]
) -> None:
    if name != "none.csv":
        (tmp_path / name).write_text(text)
    found = Histories(rulebase.documents.vocabulary)
    with pytest.raises(InputError) as refused:
        found.add_rows(history_rows(tmp_path / name, rulebase.documents.vocabulary, rulebase.validator))
    said = [str(each).replace(f"{tmp_path}/", "") for each in refused.value.findings]
    assert [each for each, start in zip(said, wanted, strict=True) if not each.startswith(start)] == []


def test_an_unknown_key_is_said_once(rulebase: Rulebase, tmp_path: Path) -> None:
    row = json.dumps({"patient": {"id": "P-1"}, "clam": "C-1", "code": "97110", "date": "2024-05-01"})
    (tmp_path / "h.jsonl").write_text(f"{row}\n{row}\n")
    vocabulary = rulebase.documents.vocabulary
    (warning,) = Histories(vocabulary).add_rows(history_rows(tmp_path / "h.jsonl", vocabulary, rulebase.validator))
    assert warning.message == "`clam` means nothing here, so it is not read"


LINKED: list[tuple[str, Json, Json, list[str]]] = [
    ("received earlier", {"received": "2024-07-02"}, claim("C-7", received="2024-07-01"), ["C-7/1"]),
    ("received later", {"received": "2024-07-02"}, claim("C-7", received="2024-07-03"), []),
    ("on one day, of a smaller id", {"received": "2024-07-02"}, claim("C-7", received="2024-07-02"), ["C-7/1"]),
    ("on one day, of a larger id", {"received": "2024-07-02"}, claim("F-7", received="2024-07-02"), []),
    ("the other unknown", {"received": "2024-07-02"}, claim("C-7"), ["C-7/1?"]),
    ("this one unknown", {}, claim("C-7", received="2024-07-01"), ["C-7/1?"]),
    ("another patient", {"received": "2024-07-02"}, claim("C-7", "P-2", received="2024-07-01"), []),
    ("no patient", {"received": "2024-07-02"}, claim("C-7", None, received="2024-07-01"), []),
    ("itself", {"received": "2024-07-02"}, claim("E-1", received="2024-07-01"), []),
    (
        "a void without lines",
        {"received": "2024-07-02"},
        claim("C-7", received="2024-07-01", frequency="8", original_reference="C-1", lines=[]),
        ["C-7/None"],
    ),
]


@pytest.mark.parametrize(("own", "other", "wanted"), [each[1:] for each in LINKED], ids=[each[0] for each in LINKED])
def test_claims_that_were_received_earlier_are_linked(
    rulebase: Rulebase, tmp_path: Path, own: Json, other: Json, wanted: list[str]
) -> None:
    subject = claim(**own)
    for claims in ([subject, other], [other, subject]):
        found = histories(rulebase, tmp_path, HEADER, *claims).join(rulebase.encounter(subject))
        assert told(found) == wanted


def test_the_claims_win_over_the_history(rulebase: Rulebase, tmp_path: Path) -> None:
    text = f"{HEADER}P-1,C-7,1,97110,2024-05-01,,paid\nP-1,F-7,1,97110,2024-05-01,,paid\nP-1,C-0,1,97110,2024-05-01,,\n"
    text += "P-1,G-1,1,97112,2024-05-01,,\nP-1,E-1,1,97110,2024-05-01,,paid\nP-2,C-9,1,97110,2024-05-01,,\n"
    subject = claim(
        received="2024-07-02", history=[{"claim": "G-1", "number": 1, "code": "97110", "date": "2024-05-01"}]
    )
    others = [claim("C-7", received="2024-07-01"), claim("F-7", received="2024-07-03")]
    found = histories(rulebase, tmp_path, text, subject, *others)
    joined = found.join(rulebase.encounter(subject))
    assert told(joined) == ["G-1/1", "C-0/1", "C-7/1"]
    assert [joined.history[at].values["line.code"] for at in (0, 2)] == ["97110", "97110"]
    assert joined.history[2].values["line.status"] == "billed"
    found.join(rulebase.encounter(claim(patient=None)))
    wanted = "history of 1 claim: 1 line joined from `h.csv`; 1 line of 1 claim linked; 1 claim without `patient.id`"
    assert found.joined.sentence(["h.csv"], links=True) == wanted


def test_history_from_is_the_earliest_day_that_is_known(rulebase: Rulebase, tmp_path: Path) -> None:
    found = histories(rulebase, tmp_path, f"{HEADER}P-1,C-1,1,97110,2024-05-01,2024-02-01,\n")
    for own, wanted in (("2024-01-01", "2024-01-01"), ("2024-03-01", "2024-02-01"), (None, "2024-02-01")):
        assert str(found.join(rulebase.encounter(claim(history_from=own))).history_from) == wanted


def test_claims_in_x12_are_a_history(rulebase: Rulebase, tmp_path: Path) -> None:
    """Each line has what its own claim says of who billed it; what became of it is not said."""
    text = x12_texts.claims(*x12_texts.CLAIM, x12_texts.DATED)
    other = claim(patient="SAMPLE0001", billing_provider={"npi": "9000000009"})
    found = histories(rulebase, tmp_path, text, name="h.837").join(rulebase.encounter(other))
    assert told(found) == ["A-1/1"]
    values = found.history[0].values
    assert (values["line.code"], str(values["line.date"])) == ("98940", "2024-08-05")
    assert values["line.provider.npi"] == "9000000001"
    assert "line.status" not in values


def test_who_billed_the_claim_did_not_bill_earlier_ones(rulebase: Rulebase, tmp_path: Path) -> None:
    other = claim(billing_provider={"npi": "9000000009"})
    found = histories(rulebase, tmp_path, f"{HEADER}P-1,C-1,2,97110,2024-05-01,,\n").join(rulebase.encounter(other))
    assert "line.provider.npi" not in found.history[0].values
    assert found.lines[0].values["line.provider.npi"] == "9000000009"


def test_claims_in_json_are_a_history_that_says_as_much_as_its_rows(rulebase: Rulebase, tmp_path: Path) -> None:
    rows = f"{HEADER}P-1,C-1,1,97110,2024-05-01,,\n"
    claims = json.dumps(claim("C-1", lines=[{"number": 1, "code": "97110", "date": "2024-05-01"}])) + "\n"
    (wanted,) = histories(rulebase, tmp_path, rows).join(rulebase.encounter(claim())).history
    (found,) = histories(rulebase, tmp_path, claims, name="h.jsonl").join(rulebase.encounter(claim())).history
    assert (found.claim, found.number, found.values) == (wanted.claim, wanted.number, wanted.values)


def test_a_claim_says_what_became_of_its_lines(rulebase: Rulebase, tmp_path: Path) -> None:
    earlier = {"number": 1, "code": "97110", "date": "2024-05-01", "status": "denied"}
    text = json.dumps(claim("C-1", lines=[earlier])) + "\n"
    (line,) = histories(rulebase, tmp_path, text, name="h.jsonl").join(rulebase.encounter(claim())).history
    assert line.values["line.status"] == "denied"


def parquet(folder: Path, query: str, name: str = "h.parquet") -> Path:
    path = folder / name
    with Store(threads=1) as store:
        store.copy(query, path, "FORMAT parquet")
    return path


def test_rows_in_parquet_say_what_those_in_csv_do(rulebase: Rulebase, tmp_path: Path) -> None:
    path = parquet(
        tmp_path,
        """SELECT 'P-1' AS "patient.id", 'C-1' AS claim, 2 AS number, '97110' AS code, DATE '2024-05-01' AS "date",
        DATE '2024-01-01' AS history_from, 'paid' AS status, ['GP', '59'] AS modifiers""",
    )
    found = Histories(rulebase.documents.vocabulary)
    found.add_rows(history_rows(path, rulebase.documents.vocabulary, rulebase.validator))
    given = {"claim": "C-1", "number": 2, "code": "97110", "date": "2024-05-01", "status": "paid"}
    earlier = [given | {"modifiers": ["GP", "59"]}]
    wanted = rulebase.encounter(claim(), history=earlier, history_from="2024-01-01")
    assert found.join(rulebase.encounter(claim())) == wanted


WRONG_PARQUET: list[tuple[str, str, str]] = [
    ("a date that is none", """SELECT 'P-1' AS "patient.id", '97110' AS code, '2024-02-30' AS "date" """,
     "h.parquet row 1, column date: "),
    ("no patient", """SELECT NULL AS "patient.id", '97110' AS code, '2024-02-03' AS "date" """, "h.parquet row 1"),
    ("no column", """SELECT 'P-1' AS "patient.id", '97110' AS code""", "h.parquet row 0: there is no column `date`"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "wanted"), [each[1:] for each in WRONG_PARQUET], ids=[each[0] for each in WRONG_PARQUET]
)
def test_what_is_refused_in_parquet_names_file_and_row(
    rulebase: Rulebase, tmp_path: Path, query: str, wanted: str
) -> None:
    path = parquet(tmp_path, query)
    with pytest.raises(InputError) as refused:
        Histories(rulebase.documents.vocabulary).add_rows(
            history_rows(path, rulebase.documents.vocabulary, rulebase.validator)
        )
    (said,) = (str(each).replace(f"{tmp_path}/", "") for each in refused.value.findings)
    assert said.startswith(wanted)


@pytest.mark.parametrize("text", [None, "PAR1 and no more"])
def test_what_is_no_parquet_is_refused(rulebase: Rulebase, tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "h.parquet"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=r"h\.parquet"):
        Histories(rulebase.documents.vocabulary).add_rows(
            history_rows(path, rulebase.documents.vocabulary, rulebase.validator)
        )


WITHIN = {"line.code": {"is": "A0001"}}
FIRST_OF_NINETY_DAYS = {**WITHIN, "lines": {"window": {"days": 90}, "where": WITHIN, "count": {"is": 0}}}


@pytest.mark.slow
@pytest.mark.parametrize("form", ["jsonl", "parquet"])
@pytest.mark.parametrize(
    ("earlier", "answer"),
    [("A0002", ("denied", ())), (None, ("pending", ("history[2024-04-02]",)))],
)
def test_no_earlier_lines_are_assumed_away_beside_one_that_cannot_be_read(
    tmp_path: Path, earlier: str | None, answer: tuple[str, tuple[str, ...]], form: str
) -> None:
    rulebase = documents(policy(rule("first", FIRST_OF_NINETY_DAYS, "benefit", "excluded"))).rulebase()
    lines = [("C-1", 1, "A0002", "2024-07-01"), ("C-1", 2, earlier, "2024-07-01"), ("C-2", 1, "A0001", "2024-07-02")]
    claims = [
        {
            "id": name,
            "received": received,
            "patient": {"id": "P"},
            "lines": [{"number": n, "code": code, "date": "2024-06-30"} for each, n, code, _ in lines if each == name],
        }
        for name, received in {name: received for name, *_, received in lines}.items()
    ]
    file, out = tmp_path / f"claims.{form}", tmp_path / "out.jsonl"
    if form == "parquet":
        write([row for each in claims for row in rows_of(each)], file)
    else:
        file.write_text("".join(f"{json.dumps(each)}\n" for each in claims))
    terms: dict[str, Any] = {"payer": PAYER, "known_on": KNOWN_ON, "presume": {"history": True}}
    for link, expected in ((True, answer), (False, ("denied", ()))):
        adjudicate_files(rulebase, file, out, **terms, link=link)
        (told,) = (each for each in map(json.loads, out.read_text().splitlines()) if each["encounter"] == "C-2")
        assert (told["disposition"], tuple(told["open"])) == expected


NO_OTHER = {**WITHIN, "lines": {"window": {"days": 90}, "where": {"line.code": {"is": "A0002"}}, "count": {"is": 0}}}
NONE, SOME = ("denied", ()), ("pending", ("history[2024-04-02]",))
"""What is told of a claim before which there was no other one, and of one of which nobody knows that."""


def of(name: str | None, day: str, patient: Any = "P", **more: Any) -> Json:
    """Write a claim that the payer received on a day of July, with one line of June 30."""
    line = {"number": 1, "code": "A0001", "date": "2024-06-30"}
    return {"id": name, "received": f"2024-07-{day}", "patient": {"id": patient}, "lines": [line | more]}


BEYOND = 10**13
"""More than any number of a claim may be."""

REJECTED: dict[str, tuple[Json, tuple[Any, Any, Any]]] = {
    # A rejected claim; what is told of a claim of P that was received before it, of one that was received after it, and
    # of one of another patient.
    "of the patient": (of("C-1", "02", units=BEYOND), (NONE, SOME, NONE)),
    "of another one": (of("C-1", "02", "Q", units=BEYOND), (NONE, NONE, SOME)),
    "of no patient": (of("C-1", "02", None, units=BEYOND), (NONE, NONE, NONE)),
    "received later": (of("C-1", "04", units=BEYOND), (NONE, NONE, NONE)),
    "of a patient who cannot be read": (of("C-1", "02", "P\x01", units=BEYOND), (NONE, SOME, SOME)),
    "without an id": (of(None, "02"), (SOME, SOME, NONE)),
    "without an id and a patient": (of(None, "02", None), (SOME, SOME, SOME)),
}
NAMELESS = "without an id and a patient"
"""In JSON a claim says itself that it names no patient; the row of a sheet may belong to any claim."""


def sheet(claims: list[Json], file: Path) -> Path:
    """Write claims as rows of CSV or Parquet."""
    rows = [row for each in claims for row in rows_of(each)]
    if file.suffix == ".parquet":
        return write(rows, file)
    with file.open("w", newline="") as stream:
        made = csv.DictWriter(stream, dict.fromkeys(title for row in rows for title in row))
        made.writeheader()
        made.writerows(rows)
    return file


def first_rulebase() -> Rulebase:
    return documents(policy(rule("first", NO_OTHER, "benefit", "excluded"))).rulebase()


def linked(rulebase: Rulebase, file: Path) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Decide the claims of a file one by one, each with those before it."""
    vocabulary = rulebase.documents.vocabulary
    held = Histories(vocabulary)
    held.add_claims(checked(read_file(file, vocabulary), rulebase.validator, str(file)))
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for read in checked(read_file(file, vocabulary), rulebase.validator, str(file)):
        if read.encounter is not None:
            claim = held.join(read.encounter)
            line = rulebase.decide(claim, payer=PAYER, known_on=KNOWN_ON, presume={"history": True}).line(1)
            found[claim.id] = (line.disposition, line.open)
    return found


def in_columns(rulebase: Rulebase, file: Path) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Decide the claims of a file in columns, each with those before it."""
    out = file.with_name("out.jsonl")
    tally = adjudicate_files(rulebase, file, out, payer=PAYER, known_on=KNOWN_ON, presume={"history": True}, link=True)
    assert tally.refused == 1
    told = map(json.loads, out.read_text().splitlines())
    return {each["encounter"]: (each["disposition"], tuple(each["open"])) for each in told}


def beside(rejected: Json, file: Path) -> Path:
    claims = [rejected, of("C-0", "01"), of("C-2", "03"), of("D-2", "03", "Q")]
    if file.suffix != ".jsonl":
        return sheet(claims, file)
    file.write_text("".join(f"{json.dumps(each)}\n" for each in claims))
    return file


@pytest.mark.parametrize("form", ["jsonl", "csv"])
@pytest.mark.parametrize("name", REJECTED)
def test_a_rejected_claim_makes_the_history_of_its_patient_incomplete(tmp_path: Path, name: str, form: str) -> None:
    rejected, expected = REJECTED[name]
    if (name, form) == (NAMELESS, "jsonl"):
        expected = (NONE, NONE, NONE)
    found = linked(first_rulebase(), beside(rejected, tmp_path / f"claims.{form}"))
    assert found == dict(zip(("C-0", "C-2", "D-2"), expected, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "form"), [*((name, "parquet") for name in REJECTED), ("of the patient", "jsonl")])
def test_a_rejected_claim_makes_it_incomplete_in_columns(tmp_path: Path, name: str, form: str) -> None:
    rejected, expected = REJECTED[name]
    found = in_columns(first_rulebase(), beside(rejected, tmp_path / f"claims.{form}"))
    assert found == dict(zip(("C-0", "C-2", "D-2"), expected, strict=True))


@pytest.mark.slow
def test_rows_of_a_claim_that_name_two_patients_may_be_of_any(tmp_path: Path) -> None:
    rulebase = first_rulebase()
    claims = [of("C-1", "02"), of("C-1", "02", "R", number=2), of("C-2", "03"), of("D-2", "03", "Q")]
    for form, decided in (("csv", linked), ("parquet", in_columns)):
        assert decided(rulebase, sheet(claims, tmp_path / f"claims.{form}")) == {"C-2": SOME, "D-2": SOME}


def x12(*members: tuple[str, str, str]) -> str:
    """Write a claim of one line for each subscriber, with its id and what it charges."""
    segments = [
        each
        for at, (member, name, charge) in enumerate(members, 2)
        for each in (
            *(f"HL*{at}*1*22*0", "SBR*P*18*******CI", f"NM1*IL*1*SAMPLE*ONE****MI*{member}"),
            *(f"CLM*{name}*65***11:B:1*Y*A*Y*Y", "LX*1", f"SV1*HC:A0001*{charge}*UN*1", "DTP*472*D8*20240630"),
        )
    ]
    return x12_texts.interchange(x12_texts.transaction(*x12_texts.BILLING, *segments))


def fhir(*members: tuple[str, str, Any]) -> str:
    """Write a claim of one item for each patient, with its id and what it charges."""
    service = {"coding": [{"system": "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "code": "A0001"}]}
    item = {"sequence": 1, "productOrService": service, "servicedDate": "2024-06-30"}
    claims = [
        {
            "resourceType": "Claim",
            "id": name,
            "patient": {"reference": f"Patient/{member}"} if member else 7,
            "item": [item | {"net": {"value": charge}}],
        }
        for member, name, charge in members
    ]
    return "".join(f"{json.dumps(each)}\n" for each in claims)


LATER = (("P", "C-2", "65"), ("Q", "D-2", "65"))
DECIDED = (("P", "C-2", 65), ("Q", "D-2", 65))
REJECTED_TEXTS: dict[str, tuple[str, str, tuple[Any, Any]]] = {
    "a total": ("a.837", x12(("P", "C-1", "10"), *LATER), (SOME, NONE)),
    "two replaced": (
        "a.837",
        x12(("P", "C-1", "65"), *LATER).replace("LX*1", "REF*F8*B-1~REF*F8*B-2~LX*1", 1).replace("SE*26", "SE*28"),
        (SOME, NONE),
    ),
    "a transaction": (
        "a.837",
        x12_texts.interchange(
            x12(("P", "C-1", "65")).partition("SE*")[0].partition("1*X*005010X222A1~")[2] + "SE*9*0001~",
            x12(*LATER).partition("1*X*005010X222A1~")[2].partition("GE*")[0].replace("*0001", "*0002"),
        ),
        (SOME, SOME),
    ),
    "an amount": ("a.jsonl", fhir(("P", "C-1", -5), *DECIDED), (SOME, NONE)),
    "a shape": ("a.jsonl", fhir(("P", "C-1", "x"), *DECIDED), (SOME, NONE)),
    "a shape of who": ("a.jsonl", fhir(("", "C-1", 65), *DECIDED), (SOME, SOME)),
    "no JSON": ("a.jsonl", '{"id": "C-1"\n' + fhir(*DECIDED), (SOME, SOME)),
}


@pytest.mark.parametrize("name", REJECTED_TEXTS)
def test_so_does_one_that_a_reader_rejects(tmp_path: Path, name: str) -> None:
    file, text, expected = REJECTED_TEXTS[name]
    (tmp_path / file).write_text(text)
    # Nobody knows when the payer received claims in these formats, and which was before the other.
    found = {
        name: (told, tuple(each for each in facts if each.count("-") > 1))
        for name, (told, facts) in linked(first_rulebase(), tmp_path / file).items()
    }
    assert found == dict(zip(("C-2", "D-2"), expected, strict=True))


REPLACING: dict[str, tuple[Any, tuple[str, tuple[str, ...]]]] = {
    # What a rejected claim says it replaces; what is told of a claim after the one of 8 minutes.
    "none": (None, ("denied", ())),
    "another one": ("C-9", ("denied", ())),
    "that one": ("C-0", SOME),
    "one that cannot be read": (["C-0"], ("pending", ("history[2024-04-02]", "history[C-1].original_reference"))),
}


@pytest.mark.parametrize("name", REPLACING)
def test_a_line_that_a_rejected_claim_may_replace_counts_perhaps(name: str) -> None:
    original, expected = REPLACING[name]
    rulebase = documents(policy(rule("long", {"lines": LONG_BEFORE}, "benefit", "excluded"))).rulebase()
    vocabulary = rulebase.documents.vocabulary
    frequency = Frequency(attribute="encounter.frequency", reference="encounter.original_reference")
    held = Histories(msgspec.structs.replace(vocabulary, frequency=frequency))
    rejected = of("C-1", "02", units=BEYOND) | {"original_reference": original}
    first, later = (rulebase.encounter(each) for each in (of("C-0", "01", minutes=8), of("C-2", "03", minutes=1)))
    held.add_claims([Read(first), *checked([RawEncounter(rejected, "claim 1")], rulebase.validator), Read(later)])
    line = rulebase.decide(held.join(later), payer=PAYER, known_on=KNOWN_ON, presume={"history": True}).line(1)
    assert (line.disposition, line.open) == expected


LONG_BEFORE = {"window": {"days": 90}, "where": {"line.minutes": {"at_least": 8}}, "count": {"at_least": 1}}


def test_what_cannot_be_read_of_a_linked_line_is_not_assumed() -> None:
    rulebase = documents(policy(rule("long", {"lines": LONG_BEFORE}, "benefit", "excluded"))).rulebase()

    def received(name: str, day: str, **line: Any) -> Encounter:
        lines = [{"number": 1, "code": "A0001", "date": "2024-06-30", **line}]
        return rulebase.encounter({"id": name, "received": day, "patient": {"id": "P"}, "lines": lines})

    later = received("C-2", "2024-07-02", minutes=1)
    unread = UnreadableLine(("line.minutes",), ("`7.5` is not a whole number of minutes",))
    for unreadable, expected in (({}, "denied"), ({1: unread}, "pending")):
        held = Histories(rulebase.documents.vocabulary, date(2020, 1, 1))
        earlier = msgspec.structs.replace(received("C-1", "2024-07-01"), unreadable=unreadable)
        held.add_claims([Read(earlier), Read(later)])
        joined = held.join(later)
        answer = rulebase.decide(joined, payer=PAYER, known_on=KNOWN_ON, presume={"line.minutes": 15})
        assert answer.line(1).disposition == expected
        assert has_plain_history(joined, rulebase.documents.vocabulary) == (not unreadable)
