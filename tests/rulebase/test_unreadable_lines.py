"""A line that cannot be read is not decided; the others are, where nothing that it could say makes a difference."""

import csv
import io
import json
import random
from datetime import date
from pathlib import Path

import duckdb
import msgspec
import pytest
from openpyxl import Workbook
from tests.cli.processes import process
from tests.formats.x12_texts import DATED, billed, claims

from payrule.ask.case import Case
from payrule.columns.decide_files import adjudicate_files
from payrule.encounter.encounter import Encounter
from payrule.formats.claim_files import items_of
from payrule.formats.encounters import Read, checked
from payrule.formats.history import Histories
from payrule.formats.reading import read_file
from payrule.formats.x12 import read_x12
from payrule.results.determination import LineDetermination
from payrule.rulebase.rulebase import Rulebase, load
from payrule.source.diagnostics import EncounterError

ROOT = Path(__file__).parents[2]
PART = "`1.5` is no whole number of units, and `97140` is counted by time"
CODES = ("97124", "97140", "97110", "98940", "98941", "97035", "99213")


def read(rulebase: Rulebase, text: str, *, strict: bool = False) -> Read:
    vocabulary = rulebase.documents.vocabulary
    raws = read_x12(io.BytesIO(text.encode()), vocabulary.taxonomies, attributes=vocabulary.attributes)
    (found,) = checked(raws, rulebase.validator, "a.837", strict=strict)
    return found


def claim(*services: str) -> str:
    """Write a claim of services, given by what follows the code in `SV1`; each costs 40 dollars."""
    lines = [each for at, service in enumerate(services, 1) for each in (f"LX*{at}", f"SV1*HC:{service}", DATED)]
    return claims(billed(str(40 * len(services))), "HI*ABK:M9901", *lines)


def encounter(rulebase: Rulebase, text: str) -> Encounter:
    found = read(rulebase, text).encounter
    assert found is not None
    return found


def answers(rulebase: Rulebase, text: str, payer: str = "medicare-part-b") -> tuple[LineDetermination, ...]:
    return rulebase.decide(encounter(rulebase, text), payer=payer, known_on="2026-11-29").lines


@pytest.mark.parametrize(
    ("service", "attributes", "because"),
    [
        ("97140*40*UN*1.5", ("line.units",), PART),
        ("97140*40*UN*1,5", ("line.units",), "`1,5` is not a number of units (line 2)"),
        ("97140*40*UN*-1.5", ("line.units",), "`-1.5` is not a number of units (line 2)"),
        ("97140*40*UN", ("line.units",), "`` is not a number of units (line 2)"),
        ("97140*40*F2*1", ("line.units", "line.minutes"), "line 2 counts in `F2`"),
        ("97140*40*MJ*7.5", ("line.units", "line.minutes"), "`7.5` is not a whole number of minutes (line 2)"),
        ("97140*4O*UN*1", ("line.charge_cents",), "`4O` is not a charge in dollars and cents (line 2)"),
        ("97140*40.005*UN*1", ("line.charge_cents",), "`40.005` is not a charge in dollars and cents (line 2)"),
        ("97140*-40*UN*1", ("line.charge_cents",), "`-40` is not a charge in dollars and cents (line 2)"),
        ("97140*40*UN*1***X", ("line.diagnosis_pointers",), "`X` does not point to a diagnosis (line 2)"),
    ],
)
def test_what_cannot_be_read_is_named_and_nothing_is_known_of_it(
    service: str, attributes: tuple[str, ...], because: str
) -> None:
    rulebase = load()
    found = read(rulebase, claim("98940*40*UN*1", service))
    assert found.encounter is not None
    assert [each.path for each in found.errors] == ["segment 17"]
    assert [each.message for each in found.errors] == [because]
    assert found.encounter.lines[1].values.keys().isdisjoint(attributes)
    one, two = rulebase.decide(found.encounter, payer="blue-cross", known_on="2026-11-29").lines
    assert one.unreadable is msgspec.UNSET
    assert (two.disposition, two.open, two.unreadable) == ("pending", attributes, (because,))


NO_CODE, NO_DATE = ("line.code", "line.modifiers"), ("line.date", "line.date_to")


@pytest.mark.parametrize(
    ("second", "place", "attributes", "because"),
    [
        (("SV1*ZZ:97124*40*UN*1", DATED), 17, NO_CODE, "line 2 has no procedure code, but `ZZ:97124`"),
        (("SV1*HC:*40*UN*1", DATED), 17, NO_CODE, "line 2 has no procedure code, but `HC:`"),
        (("SV1*HC:9712*40*UN*1", DATED), 17, NO_CODE[:1], "`code` cannot be `9712`"),
        (("SV1*HC:97124*40*UN*1",), 17, NO_DATE, "line 2 has no date of service"),
        (
            ("SV1*HC:97124*40*UN*1", "DTP*472*D8*20240230"),
            18,
            NO_DATE,
            "`20240230` is not a date of service (line 2)",
        ),
        (
            ("SV1*HC:97124*40*UN*1", DATED, DATED),
            19,
            NO_DATE,
            "line 2 has two dates of service: `DTP*472` (segment 18) and this one",
        ),
    ],
)
def test_a_line_without_a_readable_code_or_date_is_set_aside(
    second: tuple[str, ...], place: int, attributes: tuple[str, ...], because: str
) -> None:
    rulebase = load()
    text = claims(billed("80"), "HI*ABK:M9901", "LX*1", "SV1*HC:98943*40*UN*1", DATED, "LX*2", *second)
    found = read(rulebase, text)
    assert [(each.path, each.message) for each in found.errors] == [(f"segment {place}", because)]
    one, two = answers(rulebase, text)
    assert (one.disposition, one.concern) == ("denied", "benefit")
    assert (two.disposition, two.open, two.unreadable) == ("pending", attributes, (because,))
    assert two.code == (None if "line.code" in attributes else "97124")
    assert read(rulebase, text, strict=True).encounter is None


def test_a_claim_without_a_line_with_code_and_date_is_rejected() -> None:
    lines = ("LX*1", "SV1*HC:98943*40*UN*1", "LX*2", "SV1*ZZ:97124*40*UN*1", DATED)
    found = read(load(), claims(billed("80"), "HI*ABK:M9901", *lines))
    assert found.encounter is None
    assert [each.path for each in found.errors] == ["segment 14", "segment 16"]


def beside(*lines: str) -> str:
    """Write a claim of lines, each given by its `SV101`, a bar, and its day where it has one."""
    segments = []
    for at, (service, _, day) in enumerate((each.partition("|") for each in lines), 1):
        segments += [f"LX*{at}", f"SV1*{service}*40*UN*1", *([f"DTP*472*D8*{day}"] if day else [])]
    return claims(billed(str(40 * len(lines))), "HI*ABK:M9901", *segments)


def told(rulebase: Rulebase, text: str, payer: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.disposition, each.open) for each in answers(rulebase, text, payer)]


def test_a_line_that_an_unknown_day_may_bundle_waits_for_it() -> None:
    rulebase, day = load(), "20240805"
    one, two, three = told(rulebase, beside(f"HC:97124|{day}", "HC:97140|", f"HC:98943|{day}"), "cmt-guide-payer")
    assert one == ("pending", ("lines[2].date",))
    assert two == ("pending", NO_DATE)
    assert three == told(rulebase, beside(f"HC:98943|{day}"), "cmt-guide-payer")[0]
    assert told(rulebase, beside(f"HC:97124|{day}", f"HC:97140|{day}"), "cmt-guide-payer")[0][0] == "denied"
    assert told(rulebase, beside(f"HC:97124|{day}", "HC:97140|20240806"), "cmt-guide-payer")[0][0] == "undecided"


def test_a_line_that_an_unknown_code_may_bundle_waits_for_it() -> None:
    rulebase, day = load(), "20240805"
    one, two, three = told(rulebase, beside(f"HC:97124|{day}", f"ZZ:1|{day}", "HC:97124|20240806"), "cmt-guide-payer")
    assert (one[0], "lines[2].code" in one[1]) == ("pending", True)
    assert two == ("pending", NO_CODE)
    assert three == ("undecided", ())


def fhir_claim(*days: str) -> dict[str, object]:
    cpt = {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "98943"}]}
    return {
        "resourceType": "Claim",
        "id": "7",
        "status": "active",
        "item": [{"sequence": at, "productOrService": cpt, "servicedDate": day} for at, day in enumerate(days, 1)],
    }


def born(*days: str) -> str:
    """Write a FHIR claim of a patient whose birth date is known."""
    patient = {"resourceType": "Patient", "id": "p", "birthDate": "1970-01-15"}
    return json.dumps(fhir_claim(*days) | {"contained": [patient], "patient": {"reference": "#p"}})


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("a.837", [beside("HC:98943|20240805", f"HC:98943|{day}") for day in ("20240806", "")]),
        ("a.json", [born("2024-08-05", day) for day in ("2024-08-06", "2024-08")]),
    ],
)
def test_no_age_is_taken_from_days_some_of_which_cannot_be_read(tmp_path: Path, name: str, texts: list[str]) -> None:
    rulebase, known = load(), []
    for text in texts:
        (tmp_path / name).write_text(text)
        (found,) = checked(read_file(tmp_path / name, rulebase.documents.vocabulary), rulebase.validator)
        assert found.encounter is not None
        known.append(found.encounter.values)
    assert [each.get("patient.age_years") for each in known] == [54, None]
    assert [each["patient.birth_date"] for each in known] == [date(1970, 1, 15)] * 2


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        (
            "a.json",
            json.dumps(
                {
                    "id": "A-1",
                    "lines": [
                        {"number": 1, "code": "98943", "date": "2024-08-05"},
                        {"number": 2, "code": "97140", "date": "2024-13-05"},
                    ],
                }
            ),
            "$.lines[1].date",
        ),
        ("a.csv", "encounter,code,date\nA-1,98943,2024-08-05\nA-1,97140,\n", "row 3, column date"),
        ("a.csv", "encounter,code,date\nA-1,98943,2024-08-05\nA-1,97140,soon\n", "row 3, column date"),
        ("a.xlsx", "encounter,code,date\nA-1,98943,2024-08-05\nA-1,97140,\n", "row 3, column date"),
        ("a.xlsx", "encounter,code,date\nA-1,98943,2024-08-05\nA-1,97140,soon\n", "row 3, column date"),
        (
            "a.json",
            json.dumps(fhir_claim("2024-08-05", "2024-08")),
            "Claim.item[1].servicedDate",
        ),
    ],
)
def test_every_format_sets_the_line_aside(tmp_path: Path, name: str, text: str, place: str) -> None:
    rulebase = load()
    if name.endswith(".xlsx"):
        book = Workbook()
        for row in csv.reader(text.splitlines()):
            book.active.append(row)
        book.save(tmp_path / name)
    else:
        (tmp_path / name).write_text(text)
    items = items_of(tmp_path / name, rulebase.documents, None)
    (found,) = checked(items, rulebase.validator, name)
    assert [each.path for each in found.errors] == [place]
    assert found.encounter is not None
    one, two = rulebase.decide(found.encounter, payer="medicare-part-b", known_on="2026-11-29").lines
    assert (one.disposition, two.disposition, "line.date" in two.open) == ("denied", "pending", True)
    assert two.unreadable == (found.errors[0].message,)


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_columns_answer_a_claim_with_such_lines_as_claim_by_claim_does(tmp_path: Path, form: str) -> None:
    rulebase, day = load(), "20240805"
    text = beside(f"HC:97124|{day}", "HC:97140|", f"ZZ:1|{day}", f"HC:98943|{day}")
    (tmp_path / "a.837").write_text(text)
    out = tmp_path / f"out.{form}"
    tally = adjudicate_files(rulebase, tmp_path / "a.837", out, payer="cmt-guide-payer", known_on="2026-11-29")
    asked = "line, code, disposition, open"
    rows = duckdb.connect().execute(f"SELECT {asked} FROM '{out}' ORDER BY line").fetchall()  # noqa: S608 - a path of ours
    said = [
        (each.number, each.code, each.disposition, each.open) for each in answers(rulebase, text, "cmt-guide-payer")
    ]
    listed = [(*row[:3], tuple(row[3].split() if isinstance(row[3], str) else row[3] or ())) for row in rows]
    assert [(int(number), code and str(code), *rest) for number, code, *rest in listed] == said
    assert (tally.encounters, tally.refused, len(tally.rejected)) == (1, 0, 1)
    assert (tally.unreadable, tally.elsewhere) == (2, 0)


def test_an_explanation_names_the_date_on_which_a_line_depends() -> None:
    rulebase, day = load(), "20240805"
    held = encounter(rulebase, beside(f"HC:97124|{day}", "HC:97140|", f"HC:98943|{day}"))
    answer = rulebase.decide(held, payer="cmt-guide-payer", known_on="2026-11-29")
    why = "the line depends on lines[2].date, which cannot be read: no rule is evaluated"
    assert answer.explain(1).because == why
    assert (
        answer.explain(2).because == "the line cannot be read, so no rule is evaluated: line 2 has no date of service"
    )
    assert answer.explain(3).rules


def test_rules_are_not_matched_where_a_date_cannot_be_read_and_are_where_a_code_cannot() -> None:
    rulebase, payer, known_on = load(), "blue-cross", "2026-11-29"
    lines = [{"number": 1, "code": "97124", "date": "2024-08-05"}, {"number": 2, "code": "97140"}]
    with pytest.raises(EncounterError, match="the date of line 2 cannot be read") as told:
        rulebase.matches({"id": "A-1", "lines": lines}, payer=payer, known_on=known_on)
    assert told.value.findings[0].help == "write its date; `decide` answers the other lines without it"
    lines[1] |= {"code": "1", "date": "2024-08-05"}
    found = rulebase.matches({"id": "A-1", "lines": lines}, payer=payer, known_on=known_on)
    assert found[1].definite
    assert not found[2].possible


def test_nothing_is_asked_about_a_claim_with_such_a_line() -> None:
    rulebase = load()
    lines = [{"number": 1, "code": "98943", "date": "2024-08-05"}, {"number": 2, "code": "97140"}]
    terms = rulebase.terms(payer="blue-cross", known_on="2026-11-29")
    with pytest.raises(EncounterError, match="`date` is missing from a line"):
        Case(rulebase, terms, {"id": "A-1", "lines": lines}, 1)


def test_earlier_lines_are_not_complete_without_one_that_cannot_be_read() -> None:
    rulebase = load()
    histories = Histories(rulebase.documents.vocabulary, date(2020, 1, 1))
    day = {"code": "98943", "date": "2024-08-05"}
    first = {"id": "A-1", "received": "2024-08-06", "patient": {"id": "P"}}
    whole = rulebase.encounter(first | {"id": "A-2", "lines": [{"number": 1, **day}]})
    cut = rulebase.encounter(first | {"lines": [{"number": 1, **day}, {"number": 2, "code": "98943"}]})
    later = rulebase.encounter(
        {"id": "B", "received": "2024-09-01", "patient": {"id": "P"}, "lines": [{"number": 1, **day}]}
    )
    histories.add_claims([Read(whole)])
    assert histories.join(later).history_from == date(2020, 1, 1)
    histories = Histories(rulebase.documents.vocabulary, date(2020, 1, 1))
    histories.add_claims([Read(cut)])
    joined = histories.join(later)
    assert (joined.history_from, [each.number for each in joined.history]) == (None, [1])


def test_strict_rejects_the_claim() -> None:
    found = read(load(), claim("98940*40*UN*1", "97140*40*UN*1.5"), strict=True)
    assert found.encounter is None
    assert [each.message for each in found.errors] == [PART]


def test_a_line_that_depends_on_it_names_it() -> None:
    rulebase = load()
    text = claim("97110*40*UN*1", "97110*40*UN*1.5", "98940*40*UN*1")
    one, two, three = answers(rulebase, text, "cmt-guide-payer")
    assert (one.disposition, one.open, one.unreadable) == ("pending", ("lines[2].units",), msgspec.UNSET)
    assert (two.disposition, two.open) == ("pending", ("line.units",))
    assert "lines[2].units" not in three.open


def test_columns_answer_it_as_claim_by_claim_does_and_name_it_among_the_rejects(tmp_path: Path) -> None:
    rulebase, text = load(), claim("97110*40*UN*1", "97110*40*UN*1.5", "98940*40*UN*1")
    (tmp_path / "a.837").write_text(text)
    out = tmp_path / "out.jsonl"
    tally = adjudicate_files(rulebase, tmp_path / "a.837", out, payer="cmt-guide-payer", known_on="2026-11-29")
    rows = [msgspec.json.decode(each) for each in out.read_bytes().splitlines()]
    told = [(each["line"], each["disposition"], tuple(each["open"])) for each in rows]
    assert told == [(each.number, each.disposition, each.open) for each in answers(rulebase, text, "cmt-guide-payer")]
    assert [each.message for (each,) in tally.rejected] == [
        "`1.5` is no whole number of units, and `97110` is counted by time"
    ]
    assert (tally.encounters, tally.refused) == (1, 0)


@pytest.mark.slow
def test_the_command_decides_the_rest_reports_the_line_and_ends_with_2(tmp_path: Path) -> None:
    (tmp_path / "a.837").write_text(claim("97110*40*UN*1", "97110*40*UN*1.5"))
    arguments = ("adjudicate", "a.837", "--payer", "blue-cross", "--rulebase", str(ROOT / "policies"))
    for form in ("table", "csv", "fhir"):
        done = process(tmp_path, *arguments, "--format", form, "--rejects", f"rejects-{form}.csv")
        assert done.returncode == 2
        assert "`1.5` is no whole number of units" in done.stdout
        assert "claim A-1, segment 17: error: `1.5` is no whole number of units, and `97110`" in done.stderr
        assert (tmp_path / f"rejects-{form}.csv").read_text().count("A-1") == 1
    assert json.loads(done.stdout)["outcome"] == "partial"


@pytest.mark.parametrize("service", ["ZZ:97110", "HC:", "HC:9711"])
def test_a_part_of_a_unit_of_an_unreadable_code_may_be_one_of_a_code_that_is_counted_by_time(service: str) -> None:
    rulebase, timed = load(), ("SV1*HC:97110*40*UN*1", DATED)

    def told(service: str) -> tuple[LineDetermination, ...]:
        part = ("LX*2", f"SV1*{service}*40*UN*1.5", DATED)
        return answers(rulebase, claims(billed("80"), "HI*ABK:M9901", "LX*1", *timed, *part), "cmt-guide-payer")

    one, two = told(service)
    assert two.open[-1] == "line.units"
    assert (one.disposition, one.open) == ("pending", ("lines[2].code", "lines[2].units"))
    assert [told(f"HC:{code}")[0].disposition for code in ("97110", "99213")] == ["pending", "undecided"]


def test_what_is_assumed_when_missing_is_not_assumed_of_what_cannot_be_read() -> None:
    rulebase = load()
    held = encounter(rulebase, claim("98940*40*UN*1", "97140*40*MJ*7.5"))
    with pytest.raises(EncounterError, match=r"`line\.minutes` is assumed when missing"):
        rulebase.decide(held, payer="blue-cross", known_on="2026-11-29", presume={"line.minutes": 15})


def test_an_explanation_says_why_no_rule_was_asked() -> None:
    rulebase = load()
    held = encounter(rulebase, claim("98940*40*UN*1", "97140*40*UN*1.5"))
    told = rulebase.decide(held, payer="blue-cross", known_on="2026-11-29").explain(2)
    assert told.because == (f"the line cannot be read, so no rule is evaluated: {PART}")


PAIRED = ("97124", "97140", "97530", "99291", "99292", "98940", "98943", "97545", "97546", "99213", "97035")
DAYS = tuple(f"2024-08-0{day}" for day in range(4, 9))


def random_line(chance: random.Random, number: int) -> dict[str, object]:
    first = chance.randrange(len(DAYS) - 2)
    line = {"number": number, "code": chance.choice(PAIRED), "date": DAYS[first], "units": chance.choice((1, 2, 4, 9))}
    more = {"minutes": 15, "modifiers": [["59"], ["GP"], ["25"]][chance.randrange(3)]}
    line |= {key: value for key, value in more.items() if chance.random() < 0.5}
    return line | ({"date_to": DAYS[first + chance.randint(1, 2)]} if chance.random() < 0.2 else {})


@pytest.mark.slow
def test_no_code_and_no_day_of_a_line_changes_what_the_shipped_policies_settle_of_the_others() -> None:
    rulebase, chance = load(engine="plan"), random.Random(20261130)  # noqa: S311 - claims for tests
    settled = {"code": 0, "date": 0}
    for at in range(40):
        lines = [random_line(chance, number) for number in range(1, chance.randint(2, 4) + 1)]
        *others, broken = lines
        key, payer = ("code", "date")[at % 2], chance.choice(sorted(rulebase.payers))
        bare = {name: value for name, value in broken.items() if name not in (key, "date_to" if key == "date" else "")}

        def decided(last: dict[str, object], before: list[dict[str, object]], payer: str) -> list[str]:
            claim = {"id": "E", "lines": [*before, last]}
            answer = rulebase.decide(claim, payer=payer, known_on="2026-11-29", check=False)
            return [each.disposition for each in answer.lines[:-1]]

        told = decided(bare, others, payer)
        settled[key] += sum(each != "pending" for each in told)
        read_as = (
            [{"code": code} for code in PAIRED]
            if key == "code"
            else [{"date": day, **span} for day in DAYS[:3] for span in ({}, {"date_to": DAYS[4]})]
        )
        for each in read_as:
            for before, after in zip(told, decided(bare | each, others, payer), strict=True):
                assert before in ("pending", after), (lines, key, payer, each)
    assert min(settled.values()) > 10


@pytest.mark.slow
def test_no_reading_of_the_line_changes_what_is_settled_of_the_others() -> None:
    rulebase, chance = load(), random.Random(20261130)  # noqa: S311 - claims for tests
    settled = 0
    for _ in range(20):
        others = [f"{chance.choice(CODES)}*40*UN*{chance.randint(1, 4)}" for _ in range(chance.randint(1, 3))]
        code, payer = chance.choice(CODES), chance.choice(sorted(rulebase.payers))
        told = answers(rulebase, claim(*others, f"{code}*40*UN*1.5"), payer)[:-1]
        for units in (0, 1, 2, 9999):
            read_so = answers(rulebase, claim(*others, f"{code}*40*UN*{units}"), payer)[:-1]
            for before, after in zip(told, read_so, strict=True):
                settled += before.disposition != "pending"
                assert before.disposition in ("pending", after.disposition)
    assert settled > 20
