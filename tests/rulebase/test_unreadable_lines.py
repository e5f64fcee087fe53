"""A line that cannot be read is not decided; the others are, where nothing that it could say makes a difference."""

import io
import json
import random
from pathlib import Path

import msgspec
import pytest
from tests.cli.processes import process
from tests.formats.x12_texts import DATED, billed, claims

from payrule.columns.decide_files import adjudicate_files
from payrule.encounter.encounter import Encounter
from payrule.formats.encounters import Read, checked
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


def test_strict_rejects_the_claim() -> None:
    found = read(load(), claim("98940*40*UN*1", "97140*40*UN*1.5"), strict=True)
    assert found.encounter is None
    assert [each.message for each in found.errors] == [PART]


def test_a_code_or_a_date_that_cannot_be_read_rejects_the_claim() -> None:
    assert read(load(), claim("98940*40*UN*1", "*40*UN*1")).encounter is None


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
