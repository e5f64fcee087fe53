"""Adjustments of lines: the codes of the answer, amounts that are known, and a charge that is accounted for."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.command import run
from tests.formats.x12_texts import DATED, billed, claims
from tests.reports.answered_lines import cut, denied, line, reduced

from payrule.examples.run import ExampleReader, choices, example_files
from payrule.reports.adjustments import AdjustedLine, Fees, adjusted
from payrule.results.determination import Between, Determination, LineDetermination
from payrule.rulebase.rulebase import load
from payrule.source.diagnostics import RequestError

ROOT = Path(__file__).parents[2]
CO_45 = ("CO", "45")

WHOLE: list[tuple[str, LineDetermination, tuple[Any, ...], list[tuple[Any, ...]], int | None]] = [
    ("denied", denied(), (4000, 2), [("CO", "204", 4000, 2)], 0),
    ("the member bears it", denied("PR", "96"), (4000, 1), [("PR", "96", 4000, 1)], 0),
    ("returned", denied(carc="16", returned=True), (4000, 1), [("CO", "16", 4000, 1)], 0),
    ("a charge of nothing", denied(), (0, 1), [("CO", "204", 0, 1)], 0),
    ("no charge", denied(), (None, 1), [("CO", "204", None, 1)], None),
    ("no codes", line("denied"), (4000, 1), [(None, None, 4000, 1)], None),
    ("paid in full", line(), (4000, 1, 4000), [], 4000),
    ("above its fee", line(), (4000, 2, 1500, CO_45), [("CO", "45", 1000, None)], 3000),
    ("needs information", line("pending"), (4000, 1, 4000), [], None),
    ("no policy applies", line("undecided"), (4000, 1, 4000), [], None),
    ("one of three units", reduced(cut(units=2), units=1, of=3), (9000, 3, 3000), [("CO", "151", 6000, 2)], 3000),
    (
        "units that do not share a charge evenly",
        reduced(cut(units=2), units=1, of=3),
        (10000, 3, 3000, CO_45),
        [("CO", "45", 333, None), ("CO", "151", 6667, 2)],
        3000,
    ),
    ("half", reduced(cut("59", percent=50), percent=50), (4000, 1, 4000), [("CO", "59", 2000, None)], 2000),
    ("half of an odd cent", reduced(cut("59", percent=50), percent=50), (1, 1, 1), [("CO", "59", 0, None)], 1),
    (
        "a half, and 15 percent of what is left",
        reduced(cut("59", percent=50), cut("2", "PR", percent=15), percent=42.5),
        (4000, 1, 4000),
        [("CO", "59", 2000, None), ("PR", "2", 300, None)],
        1700,
    ),
    ("a fraction of a unit", reduced(cut(units=0.5), units=1, of=1.5), (300, 1.5, 200), [("CO", "151", 100, 0.5)], 200),
]


@pytest.mark.parametrize(
    ("answer", "given", "rows", "paid"), [each[1:] for each in WHOLE], ids=[each[0] for each in WHOLE]
)
def test_amounts(answer: LineDetermination, given: tuple[Any, ...], rows: list[Any], paid: int | None) -> None:
    found = adjusted(answer, *given)
    assert [(each.group, each.carc, each.cents, each.units) for each in found.rows] == rows
    assert found.paid == paid
    assert (found.lacks is None) == (paid is not None)


RANGE = reduced(cut(units=Between(1, 2)), units=Between(1, 2), of=3)
LACKS = [
    (line("pending"), (4000, 1), "it needs information"),
    (line("undecided"), (4000, 1), "no policy applies"),
    (denied(), (None, 1), "the claim gives no charge"),
    (line("returned"), (1, 1), "no remittance codes are stated for it"),
    (line(), (None, 1, 4000), "the claim gives no charge"),
    (line(), (4000, 1), "no fee is known"),
    (reduced(cut(units=1), units=1, of=2), (4000, 2), "no fee is known"),
    (reduced(cut(None, units=1), units=1, of=2), (4000, 2, 2000), "no remittance codes are stated for it"),
    (RANGE, (9000, 3, 3000), "how much of it is paid is not known"),
    (reduced(percent=Between(50, 85)), (9000, 3, 3000), "how much of it is paid is not known"),
    (line(), (4000, 1, 3000), "no code is named for 10.00 that it charges above its fee"),
    (line(), (4000, 1, 4001, CO_45), "its fee, 40.01, is above its charge, 40.00"),
]


@pytest.mark.parametrize(("answer", "given", "said"), LACKS, ids=[each[2] + str(at) for at, each in enumerate(LACKS)])
def test_what_is_lacking_is_said_and_no_amount_is_guessed(
    answer: LineDetermination, given: tuple[Any, ...], said: str
) -> None:
    found = adjusted(answer, *given)
    assert found.lacks is not None
    assert found.lacks.said == said
    assert found.paid is None
    codes = [(each.group, each.carc) for each in found.rows if each.carc]
    assert codes == [
        (each.group, each.carc) for each in (answer.remittance, *(answer.adjustments or ())) if each and each.carc
    ]


def of_percents() -> st.SearchStrategy[LineDetermination]:
    percents = st.lists(st.sampled_from([15, 50, 62.5, 0.5, 99]), max_size=3)
    paid = st.integers(0, 7)
    return st.builds(
        lambda units, listed: reduced(
            *([cut(units=7 - units)] if units < 7 else []),
            *(cut("59", "PR", percent=each) for each in listed),
            **({"units": units, "of": 7} if units < 7 else {}),
        ),
        paid,
        percents,
    )


@given(of_percents(), st.integers(0, 100_000), st.integers(0, 20_000))
def test_charge_less_adjustments_is_what_is_paid(answer: LineDetermination, charge: int, fee: int) -> None:
    found = adjusted(answer, charge, 7, fee, ("CO", "45"))
    if found.lacks is not None:
        assert "is above its charge" in found.lacks.said
        return
    assert charge - sum(each.cents or 0 for each in found.rows) == found.paid
    assert all(each.cents is not None and each.cents >= 0 for each in found.rows)
    assert found.paid is not None
    assert 0 <= found.paid <= fee * 7


def examples() -> Iterator[AdjustedLine]:
    """Give what is adjusted of every line of every example of the shipped rulebase, and of the example plans."""
    for folder in (None, ROOT / "examples" / "policies"):
        rulebase = load(folder, engine="plan")
        fees, reader = Fees(rulebase, None), ExampleReader(rulebase)
        for file in example_files(rulebase.documents.folder):
            example, _ = reader.read(file)
            chosen = choices(example, date(2024, 12, 31))
            encounter = rulebase.encounter(example.encounter)
            terms = rulebase.terms(**chosen)
            yield from fees.adjusted(terms, encounter, rulebase.decide_under(terms, encounter, check=False))


@pytest.mark.slow
def test_every_denied_and_reduced_line_of_the_examples_has_its_adjustments() -> None:
    counts = dict.fromkeys(("denied", "returned", "reduced"), 0)
    for found in examples():
        answer = found.answer
        codes = [(each.group, each.carc, each.rarc) for each in found.rows]
        if answer.disposition in ("denied", "returned"):
            assert answer.remittance is not None
            assert codes == [(answer.remittance.group, answer.remittance.carc, answer.remittance.rarc)]
            counts[answer.disposition] += 1
        else:
            assert codes == [(each.group, each.carc, each.rarc) for each in answer.adjustments or ()]
            counts["reduced"] += bool(codes)
    assert all(counts.values()), counts


FEES = [
    ("line.charge", None, "`line.charge` is no amount of a line (did you mean `line.charge_cents`?)"),
    ("line.code", None, "`line.code` is no amount of a line (name an attribute of lines that is in cents)"),
    (None, "CO45", "`CO45` is no group and CARC (write them as in `CO-45`)"),
    (None, "CO-999", "`999` is not in the list of remittance codes"),
]


@pytest.mark.parametrize(("attribute", "above", "said"), FEES)
def test_a_fee_that_is_none_is_refused(attribute: str | None, above: str | None, said: str) -> None:
    with pytest.raises(RequestError) as fault:
        Fees(load(), attribute, above)
    assert str(fault.value).startswith(said)


@pytest.mark.parametrize(("role", "said"), [("primary", "no fee is known"), ("secondary", "another payer pays first")])
def test_what_another_payer_pays_first_is_not_guessed(role: str, said: str) -> None:
    rulebase = load()
    terms = rulebase.terms(payer="blue-cross", known_on=date(2026, 11, 23))
    one = {"number": 1, "code": "97140", "date": "2016-03-01", "charge_cents": 100}
    encounter = rulebase.encounter({"id": "E-1", "payer_role": role, "lines": [one]})
    answer = Determination(
        encounter="E-1",
        payer="blue-cross",
        rulebase="",
        engine="",
        known_on="",
        lines=(line(), denied(), line("pending")),
    )
    fees = Fees(rulebase, "line.charge_cents" if role == "secondary" else None)
    paid, refused, waiting = fees.adjusted(terms, encounter, answer)
    assert paid.lacks is not None
    assert paid.lacks.said.startswith(said)
    assert (refused.paid, refused.lacks) == (0, None)
    assert waiting.lacks is not None
    assert waiting.lacks.said == "it needs information"


def test_a_line_without_a_readable_code_has_no_row_beside_those_that_are_adjusted(tmp_path: Path) -> None:
    broken = ("LX*2", "SV1*ZZ:1*40*UN*1", DATED)
    text = claims(billed("80"), "HI*ABK:M9901", "LX*1", "SV1*HC:98943*40*UN*1", DATED, *broken)
    (tmp_path / "a.837").write_text(text, encoding="utf-8")
    done = run("payrule adjudicate a.837 --payer medicare-part-b --known-on 2026-11-23 --format cas-csv", tmp_path)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [(each["line"], each["code"], each["carc"]) for each in rows] == [("1", "98943", "96")]
    assert (done.code, "1 cannot be read" in done.stderr) == (2, True)


@pytest.mark.slow
def test_sheet_has_no_formula_and_the_numbers_of_the_sender(tmp_path: Path) -> None:
    claim = (ROOT / "examples" / "claims-5010.837").read_text(encoding="utf-8").replace("CLM*SAMPLE-1001*", "CLM*=1+1*")
    numbered = re.sub(r"(LX\*2~\s*SV1\*HC:97124:59\*40[^~]*~\s*)", r"\1REF*6R*L-2~", claim, count=1)
    whole = re.sub(r"SE\*(\d+)\*0001~", lambda found: f"SE*{int(found.group(1)) + 1}*0001~", numbered, count=1)
    (tmp_path / "a.837").write_text(whole, encoding="utf-8")
    done = run("payrule adjudicate a.837 --payer blue-cross --known-on 2026-11-23 --format cas-csv", tmp_path)
    first = next(iter(csv.DictReader(io.StringIO(done.stdout))))
    told = [first[name] for name in ("encounter", "line", "line_control", "group", "carc", "amount")]
    assert told == ["'=1+1", "2", "L-2", "CO", "204", "40.00"]
