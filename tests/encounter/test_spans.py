"""A line of several days is its days: each is decided by itself, and the line is what its days are together."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET
from tests.property.documents import KNOWN_ON, PAYER, documents, policy, rule
from tests.property.words import ATTRIBUTES, Json

import payrule
from payrule.formats.encounters import checked
from payrule.formats.reading import read_file
from payrule.reports.explanation import explanation_text
from payrule.reports.table import tables
from payrule.results.determination import Determination, LineDetermination
from payrule.rulebase.rulebase import Rulebase
from payrule.source.diagnostics import EncounterError

SPANS: Json = {
    "attributes": ATTRIBUTES | {"line.date_to": {"type": "date", "summary": "last day"}},
    "spans": {"first": "line.date", "last": "line.date_to", "spread": ["line.units", "line.minutes"]},
    "timed": {"codes": ["A0001-A0002"], "method": "cms-8-minute"},
}
SHIPPED = payrule.load()
MEDICARE = "medicare-part-b"


def of(*rules: Json, **other: Any) -> Rulebase:
    return documents(policy(*rules, **other), words=SPANS).rulebase()


def claim(*lines: Json) -> Json:
    usual = [{"number": at, "code": "A0001", "date": "2024-06-30"} for at in range(1, len(lines) + 1)]
    return {"id": "E", "lines": [one | two for one, two in zip(usual, lines, strict=True)]}


def decided(rulebase: Rulebase, *lines: Json) -> Determination:
    return rulebase.decide(claim(*lines), payer=PAYER, known_on=KNOWN_ON)


def answered(rulebase: Rulebase, *lines: Json) -> LineDetermination:
    return decided(rulebase, *lines).line(1)


FEW = rule("few", {"line.units": {"at_least": 5}}, "units", "unsupported", liability="provider")
ALWAYS = rule("covered", {}, "benefit", "covered")
TWO_DAYS: Json = {"date": "2024-06-30", "date_to": "2024-07-01"}


def medicare(*lines: Json) -> Determination:
    return SHIPPED.decide(claim(*lines), payer=MEDICARE, known_on="2026-11-23")


def test_units_of_a_span_are_spread_over_its_days() -> None:
    assert answered(of(FEW, ALWAYS), TWO_DAYS | {"units": 8}).disposition == "payable"
    assert answered(of(FEW, ALWAYS), {"units": 8}).disposition == "denied"
    assert answered(of(FEW, ALWAYS), TWO_DAYS | {"units": 10}).disposition == "denied"


def test_eight_units_on_two_days_are_within_a_national_limit_of_one_day() -> None:
    line = {"code": "97110", "date": "2024-08-05", "units": 8}
    assert medicare(line).line(1).concern == "units"
    assert medicare(line | {"date_to": "2024-08-06"}).line(1).concern != "units"


def test_a_pair_on_the_second_day_of_a_span_is_seen() -> None:
    span = {"code": "97140", "date": "2024-08-05", "date_to": "2024-08-06"}
    other = {"code": "98941", "date": "2024-08-06"}
    found = medicare(span, other).line(1)
    assert (found.disposition, found.concern) == ("denied", "bundling")
    assert [reason.days for reason in found.reasons if reason.concern == "bundling"] == [("2024-08-06",)]
    assert medicare(span, other | {"date": "2024-08-07"}).line(1).concern != "bundling"


def test_a_span_that_hides_on_another_line_is_seen_by_each_day_that_it_covers() -> None:
    beside = rule("beside", {"other_line": {"line.code": {"is": "B0001"}}}, "benefit", "excluded", liability="provider")
    span = TWO_DAYS | {"code": "B0001"}
    for day in ("2024-06-30", "2024-07-01"):
        assert answered(of(beside), {"date": day}, span).disposition == "denied"
    assert answered(of(beside), {"date": "2024-07-02"}, span).disposition == "undecided"


def test_spans_that_overlap_see_each_other_on_the_days_they_share() -> None:
    beside = rule("beside", {"other_line": {"line.code": {"is": "B0001"}}}, "benefit", "excluded", liability="provider")
    found = answered(of(beside), TWO_DAYS, {"code": "B0001", "date": "2024-07-01", "date_to": "2024-07-09"})
    assert found.disposition == "denied"
    assert found.reasons[0].days == ("2024-07-01",)


@pytest.mark.parametrize("same_date", [True, False])
def test_days_of_one_line_are_no_other_lines_of_each_other(same_date: bool) -> None:  # noqa: FBT001 - a parameter
    other = {"same_date": same_date, "line.code": {"is": "A0001"}}
    beside = rule("beside", {"other_line": other}, "benefit", "excluded", liability="provider")
    assert answered(of(beside), TWO_DAYS).disposition == "undecided"
    assert answered(of(beside), TWO_DAYS, {}).disposition == "denied"


def test_each_day_of_a_span_has_the_version_of_its_day() -> None:
    before = policy(ALWAYS, effective={"to": "2024-06-30"})
    denies = rule("excluded", {}, "benefit", "excluded", liability="subscriber")
    after = policy(denies, version="2.0.0", effective={"from": "2024-07-01"})
    rulebase = documents(before, after, words=SPANS).rulebase()
    found = answered(rulebase, TWO_DAYS)
    assert (found.disposition, found.liability) == ("denied", "subscriber")
    assert [(reason.version, reason.days) for reason in found.reasons] == [("2.0.0", ("2024-07-01",))]
    assert answered(rulebase, {"date": "2024-06-29", "date_to": "2024-06-30"}).disposition == "payable"


def test_a_span_with_a_version_on_some_of_its_days_alone_is_undecided() -> None:
    rulebase = of(ALWAYS, effective={"from": "2024-07-01"})
    assert answered(rulebase, TWO_DAYS).disposition == "undecided"
    assert answered(rulebase, {"date": "2024-07-01", "date_to": "2024-07-02"}).disposition == "payable"


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [("2023-12-31", "2024-01-01", 2), ("2024-02-28", "2024-03-01", 3), ("2023-02-28", "2023-03-01", 2)],
)
def test_a_span_counts_the_days_of_the_calendar(first: str, last: str, days: int) -> None:
    within = {"date": first, "date_to": last, "units": 4 * days}
    assert answered(of(FEW, ALWAYS), within).disposition == "payable"
    assert answered(of(FEW, ALWAYS), within | {"units": 5 * days}).disposition == "denied"


def test_units_that_do_not_divide_are_unknown_on_each_day_and_waited_for() -> None:
    found = answered(of(FEW, ALWAYS), TWO_DAYS | {"units": 9})
    assert (found.disposition, found.open) == ("pending", ("line.units",))
    assert found.possible
    assert found.possible[0].days == ("2024-06-30/2024-07-01",)


def test_units_that_do_not_divide_are_at_most_all_of_them() -> None:
    line = {"code": "97110", "date": "2024-08-05", "date_to": "2024-08-06"}
    assert "line.units" not in medicare(line | {"units": 5}).line(1).open
    assert medicare(line | {"units": 9}).line(1).disposition == "pending"
    assert "line.units" in medicare(line | {"units": 9}).line(1).open


def test_minutes_are_spread_as_units_are() -> None:
    supported = rule("supported", {"line.units_supported": {"is": False}}, "units", "unsupported", liability="provider")
    rulebase = of(supported, ALWAYS)
    assert answered(rulebase, TWO_DAYS | {"units": 4, "minutes": 60}).disposition == "payable"
    assert answered(rulebase, TWO_DAYS | {"units": 4, "minutes": 30}).disposition == "denied"
    found = answered(rulebase, TWO_DAYS | {"units": 4, "minutes": 31})
    assert (found.disposition, found.open) == ("pending", ("line.minutes",))


def test_unknown_units_of_another_code_are_named_where_they_matter() -> None:
    supported = rule("supported", {"line.units_supported": {"is": False}}, "units", "unsupported", liability="provider")
    span = TWO_DAYS | {"code": "A0002", "units": 3, "minutes": 16}
    first = decided(of(supported, ALWAYS), span, {"units": 1, "minutes": 8}).line(2)
    assert (first.disposition, first.open) == ("pending", ("lines[1].units",))
    later = decided(of(supported, ALWAYS), {"units": 1, "minutes": 8}, span).line(1)
    assert later.disposition == "payable"


def test_a_denied_day_denies_the_line_whatever_the_other_days_wait_for() -> None:
    denies = rule(
        "from-july", {"line.date": {"on_or_after": "2024-07-01"}}, "benefit", "excluded", liability="provider"
    )
    waits = rule("site", {"line.record.site": {"is": False}}, "coding", "miscoded")
    found = answered(of(denies, waits, ALWAYS), TWO_DAYS)
    assert (found.disposition, found.open, found.needs) == ("denied", (), UNSET)
    assert found.days == "2024-06-30/2024-07-01"


def test_a_pending_day_keeps_a_returned_day_from_settling_the_line() -> None:
    returns = rule("from-july", {"line.date": {"on_or_after": "2024-07-01"}}, "coding", "miscoded")
    june: Json = {"line.date": {"before": "2024-07-01"}, "line.record.site": {"is": False}}
    waits = rule("site", june, "benefit", "excluded", liability="provider")
    rulebase = of(returns, waits)
    assert answered(rulebase, TWO_DAYS).disposition == "pending"
    assert answered(rulebase, TWO_DAYS | {"record": {"site": True}}).disposition == "returned"
    assert answered(rulebase, TWO_DAYS | {"record": {"site": False}}).disposition == "denied"


def test_the_units_allowed_are_those_of_all_days() -> None:
    supported = rule("supported", {"line.units_supported": {"is": False}}, "units", "unsupported", liability="provider")
    found = answered(of(supported), TWO_DAYS | {"units": 4, "minutes": 30})
    assert found.allowed_units == 2


def test_a_span_of_one_day_is_answered_as_that_day() -> None:
    rulebase = of(FEW, ALWAYS)
    assert decided(rulebase, {"date_to": "2024-06-30"}).lines == decided(rulebase, {}).lines
    assert decided(rulebase, {"date_to": None}).lines == decided(rulebase, {}).lines


def refused(*lines: Json) -> list[str]:
    with pytest.raises(EncounterError) as told:
        of(ALWAYS).encounter(claim(*lines))
    return [str(each) for each in told.value.findings]


def test_a_span_that_ends_before_it_begins_is_refused_and_names_both_days() -> None:
    (said,) = refused({}, {"date": "2024-07-02", "date_to": "2024-06-30"})
    assert said.startswith("$.lines[1].date_to: line 2 ends on 2024-06-30, before it begins on 2024-07-02")


def test_a_span_of_more_than_a_year_is_refused() -> None:
    (said,) = refused({"date": "2023-01-01", "date_to": "2024-01-02"})
    assert "covers 367 days, from 2023-01-01 to 2024-01-02; at most 366 are decided" in said
    of(ALWAYS).encounter(claim({"date": "2024-01-01", "date_to": "2024-12-31"}))


def test_spans_of_too_many_days_together_are_refused() -> None:
    year = {"date": "2023-01-01", "date_to": "2023-12-31"}
    (said,) = refused(*[year] * 3)
    assert "the lines cover 1,095 days together; at most 999 are decided of one claim" in said
    assert decided(of(ALWAYS), *[year] * 2).line(2).disposition == "payable"


@pytest.mark.parametrize("last", ["2024-06-31", "soon", 7])
def test_a_last_day_that_is_no_date_is_refused(last: object) -> None:
    assert refused({"date_to": last})


def test_every_day_of_a_year_is_decided() -> None:
    denies = rule("last", {"line.date": {"on_or_after": "2024-12-31"}}, "benefit", "excluded", liability="provider")
    found = answered(of(denies, ALWAYS), {"date": "2024-01-01", "date_to": "2024-12-31"})
    assert (found.disposition, found.reasons[0].days) == ("denied", ("2024-12-31",))


def test_json_and_text_name_the_days_of_a_span_and_say_nothing_of_days_of_other_lines() -> None:
    answer = decided(of(FEW, ALWAYS), TWO_DAYS | {"units": 2}, {"date": "2024-07-02"})
    one, two = json.loads(answer.to_json())["lines"]
    assert one["days"] == "2024-06-30/2024-07-01"
    assert one["reasons"][0]["days"] == ["2024-06-30/2024-07-01"]
    assert "days" not in two
    assert "days" not in two["reasons"][0]
    text = b"".join(tables([answer], width=100, colour=False)).decode()
    assert "days: 2024-06-30 to 2024-07-01" in text
    assert "covered (on 2024-06-30 to 2024-07-01)" in text


def test_explain_speaks_of_the_day_that_decides_or_the_one_that_is_asked_for() -> None:
    denies = rule(
        "from-july", {"line.date": {"on_or_after": "2024-07-01"}}, "benefit", "excluded", liability="provider"
    )
    answer = decided(of(denies, ALWAYS), TWO_DAYS)
    assert (answer.explain(1).day, answer.explain(1).disposition) == ("2024-07-01", "denied")
    first = answer.explain(1, date(2024, 6, 30))
    assert (first.day, first.days, first.disposition) == ("2024-06-30", "2024-06-30/2024-07-01", "payable")
    text = explanation_text(first, width=90, colour=False).decode()
    assert "on 2024-06-30, one day of 2024-06-30 to 2024-07-01" in text
    with pytest.raises(KeyError):
        answer.explain(1, date(2024, 7, 2))


def test_the_rules_that_match_a_span_are_those_that_match_on_some_day() -> None:
    july = rule("from-july", {"line.date": {"on_or_after": "2024-07-01"}}, "benefit", "excluded", liability="provider")
    june = rule("june", {"line.date": {"before": "2024-07-01"}}, "benefit", "covered")
    found = of(july, june).matches(claim(TWO_DAYS), payer=PAYER, known_on=KNOWN_ON)
    assert found[1].definite == {"p0/from-july", "p0/june"}


@pytest.mark.parametrize("days", [1, 2, 30])
def test_a_span_that_divides_is_answered_as_its_days_are(days: int) -> None:
    rulebase = of(FEW, ALWAYS)
    last = date(2024, 6, 30) + timedelta(days=days - 1)
    span = answered(rulebase, {"date_to": last.isoformat(), "units": 3 * days})
    assert span.disposition == answered(rulebase, {"units": 3}).disposition


def test_no_rule_can_ask_for_the_last_day_of_a_line() -> None:
    asks = rule("asks", {"line.date_to": {"before": "2024-07-02"}}, "benefit", "covered")
    found = documents(policy(asks), words=SPANS).findings()
    assert [each.code for each in found] == ["unreadable-attribute"]
    assert found[0].help == "read `line.date`, the date of that day"


def test_a_span_is_read_from_a_sheet(tmp_path: Path) -> None:
    sheet = tmp_path / "claims.csv"
    rows = "encounter,code,date,date_to,units\nE,97140,2024-08-05,2024-08-06,2\nE,98941,2024-08-06,,\n"
    sheet.write_text(rows, encoding="utf-8")
    (read,) = checked(read_file(sheet, SHIPPED.documents.vocabulary), SHIPPED.validator, str(sheet))
    assert read.encounter is not None
    answer = SHIPPED.decide(read.encounter, payer=MEDICARE, known_on="2026-11-23").line(1)
    assert (answer.days, answer.concern) == ("2024-08-05/2024-08-06", "bundling")


SEGMENTS = (
    "ISA*00*          *00*          *ZZ*S              *ZZ*R              *240902*1200*^*00501*000000001*0*T*:",
    "GS*HC*S*R*20240902*1200*1*X*005010X222A1",
    "ST*837*0001*005010X222A1",
    "BHT*0019*00*X*20240902*1200*CH",
    "NM1*41*2*C*****46*S",
    "NM1*40*2*P*****46*R",
    "HL*1**20*1",
    "NM1*85*2*CLINIC*****XX*9000000001",
    "HL*2*1*22*0",
    "SBR*P*18*******MB",
    "NM1*IL*1*SAMPLE*ONE****MI*M1",
    "NM1*PR*2*P*****PI*P",
)


def from_x12(folder: Path, *claim_segments: str) -> Determination:
    body = [*SEGMENTS, *claim_segments]
    body += [f"SE*{len(body) - 1}*0001", "GE*1*1", "IEA*1*000000001"]
    file = folder / "claims.837"
    file.write_text("~\n".join(body) + "~\n", encoding="utf-8")
    reads = checked(read_file(file, SHIPPED.documents.vocabulary), SHIPPED.validator, str(file))
    (read,) = (each for each in reads if each.encounter is not None)
    assert read.encounter is not None
    return SHIPPED.decide(read.encounter, payer=MEDICARE, known_on="2026-11-23")


def test_a_date_span_of_an_837_spreads_its_units(tmp_path: Path) -> None:
    lines = ("HI*ABK:M9901", "LX*1", "SV1*HC:97110:GP*90*UN*8***1")
    span = from_x12(tmp_path, "CLM*A1*90***11:B:1*Y*A*Y*Y", *lines, "DTP*472*RD8*20240805-20240806")
    assert span.line(1).days == "2024-08-05/2024-08-06"
    assert span.line(1).concern != "units"
    one = from_x12(tmp_path, "CLM*A1*90***11:B:1*Y*A*Y*Y", *lines, "DTP*472*D8*20240805")
    assert one.line(1).concern == "units"


def test_a_pair_on_the_second_day_of_a_span_of_an_837_is_seen(tmp_path: Path) -> None:
    span = ("LX*1", "SV1*HC:97140*50*UN*1***1", "DTP*472*RD8*20240805-20240806")
    other = ("LX*2", "SV1*HC:98941*60*UN*1***1", "DTP*472*D8*20240806")
    answer = from_x12(tmp_path, "CLM*A1*110***11:B:1*Y*A*Y*Y", "HI*ABK:M9901", *span, *other).line(1)
    assert (answer.disposition, answer.concern) == ("denied", "bundling")
    assert ("2024-08-06",) in [reason.days for reason in answer.reasons]


def test_a_void_of_an_837_names_the_claim_that_it_voids(tmp_path: Path) -> None:
    line = ("HI*ABK:M542", "LX*1", "SV1*HC:97124*100*UN*1***1", "DTP*472*D8*20240805")
    void = from_x12(tmp_path, "CLM*A1*100***11:B:8*Y*A*Y*Y", "REF*F8*OLD1", *line)
    assert (void.is_void, void.voids, void.lines) == (True, "OLD1", ())
    replacement = from_x12(tmp_path, "CLM*A1*100***11:B:7*Y*A*Y*Y", "REF*F8*OLD1", *line)
    assert (replacement.is_void, replacement.replaces, len(replacement.lines)) == (False, "OLD1", 1)


def test_a_void_needs_no_lines() -> None:
    void: Json = {"id": "V", "frequency": "8", "original_reference": "OLD1", "lines": []}
    answer = SHIPPED.decide(void, payer=MEDICARE, known_on="2026-11-23")
    assert (answer.is_void, answer.voids, answer.lines) == (True, "OLD1", ())


@pytest.mark.parametrize("frequency", ["1", "7", "9", None])
def test_any_other_claim_needs_lines(frequency: str | None) -> None:
    claim: Json = {"id": "C", "frequency": frequency, "lines": []}
    with pytest.raises(EncounterError, match=r"`lines` is empty .write for example"):
        SHIPPED.decide(claim, payer=MEDICARE, known_on="2026-11-23")


def test_a_void_says_that_it_has_no_lines() -> None:
    with pytest.raises(EncounterError, match="`lines` is missing from a claim"):
        SHIPPED.decide({"id": "V", "frequency": "8"}, payer=MEDICARE, known_on="2026-11-23")
