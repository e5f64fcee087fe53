"""Quotas: how much of a line is within a limit that lines share, by both executions."""

from collections.abc import Iterable
from typing import Any

import pytest
from tests.property.counted import CORRECTING, FREQUENCY
from tests.property.documents import decide, documents, encounter, policy, rule
from tests.property.test_executions import matched
from tests.property.words import ATTRIBUTES

from payrule.language.truth import Matches
from payrule.rulebase.rulebase import Rulebase

Json = dict[str, Any]

UNITS: Json = {"summary": "units", "of": "line.units", "at_most": 4, "window": "date"}
LINES: Json = {"summary": "lines", "of": "lines", "at_most": 1, "window": "date"}
DAYS: Json = UNITS | {"window": {"days": 30}}


def asking(quota: Json, words: Json | None = None) -> Rulebase:
    """Ask how much is within a quota, and over it: a rule for each number asks whether it is at least so much."""
    rules = [
        rule(f"{kind}-{number}", {"quota": {"q": {kind: {"at_least": number}}}}, "benefit", "excluded")
        for kind in ("within", "over")
        for number in range(1, 10)
    ]
    return documents(policy(*rules, quotas={"q": quota}), words=words).rulebase()


def said(matches: Iterable[Matches]) -> list[str]:
    """Say how much is within the quota, and how much is over it: one number, or the least and the most."""
    return [
        " ".join(
            f"{kind} {least}" if least == most else f"{kind} {least}-{most}"
            for kind in ("within", "over")
            for least, most in [
                tuple(sum(f"p0/{kind}-{n}" in names for n in range(1, 10)) for names in (each.definite, each.possible))
            ]
        )
        for each in matches
    ]


def parts(quota: Json, *billed: Json, **claim: Any) -> list[str]:
    """Say for each line how much is within the quota, and how much is over it."""
    presume = claim.pop("presume", None)
    rulebase = asking(quota, claim.pop("words", None))
    data = encounter(*billed, **claim)
    decide(rulebase, data, presume=presume)  # which compares both executions
    return said(rulebase.matches(data, payer="payer", known_on="2024-08-01", presume=presume).values())


CASES: list[tuple[str, Json, list[Json], list[str]]] = [
    ("within", UNITS, [{"units": 3}], ["within 3 over 0"]),
    ("over", UNITS, [{"units": 6}], ["within 4 over 2"]),
    ("in the order of numbers", UNITS, [{"units": 3}, {"units": 2}], ["within 3 over 0", "within 1 over 1"]),
    ("what is over is taken, too", UNITS, [{"units": 9}, {"units": 1}], ["within 4 over 5", "within 0 over 1"]),
    ("another date has its own", UNITS, [{"units": 4}, {"units": 4, "date": "2024-07-01"}], ["within 4 over 0"] * 2),
    (
        "another provider has its own",
        UNITS | {"same": ["line.provider.npi"]},
        [{"units": 4, "provider": {"npi": "N1"}}, {"units": 4, "provider": {"npi": "N2"}}],
        ["within 4 over 0"] * 2,
    ),
    (
        "a provider who is not known",
        UNITS | {"same": ["line.provider.npi"]},
        [{"units": 3, "provider": {"npi": "N1"}}, {"units": 3}],
        ["within 3 over 0", "within 1-3 over 0-2"],
    ),
    (
        "a line outside has all within",
        UNITS | {"where": {"line.code": {"is": "A0001"}}},
        [{"units": 3}, {"units": 6, "code": "A0002"}, {"units": 3}],
        ["within 3 over 0", "within 6 over 0", "within 1 over 2"],
    ),
    (
        "a line that may be outside",
        UNITS | {"where": {"line.record.site": {"is": True}}},
        [{"units": 3, "record": {"site": True}}, {"units": 3}, {"units": 3, "record": {"site": True}}],
        ["within 3 over 0", "within 1-3 over 0-2", "within 0-1 over 2-3"],
    ),
    ("one line", LINES, [{}, {}, {}], ["within 1 over 0", "within 0 over 1", "within 0 over 1"]),
    (
        "the highest first",
        LINES | {"first": [{"highest": "line.minutes"}]},
        [{"minutes": 10}, {"minutes": 20}],
        ["within 0 over 1", "within 1 over 0"],
    ),
    (
        "a tie goes to the number",
        LINES | {"first": [{"highest": "line.minutes"}]},
        [{"minutes": 20}, {"minutes": 20}],
        ["within 1 over 0", "within 0 over 1"],
    ),
    (
        "an order that is not known",
        LINES | {"first": [{"highest": "line.minutes"}]},
        [{"minutes": 20}, {}],
        ["within 0-1 over 0-1", "within 0-1 over 0-1"],
    ),
    (
        "the lowest first, and then the highest",
        LINES | {"first": [{"lowest": "line.units"}, {"highest": "line.minutes"}]},
        [{"units": 2, "minutes": 9}, {"units": 1, "minutes": 1}, {"units": 1, "minutes": 2}],
        ["within 0 over 1", "within 0 over 1", "within 1 over 0"],
    ),
    (
        "who takes from it may rest on other lines",
        LINES | {"where": {"other_line": {"line.code": {"is": "A0002"}}}},
        [{}, {}, {"code": "A0002"}],
        ["within 1 over 0", "within 0 over 1", "within 1 over 0"],
    ),
    (
        "units that are not known",
        UNITS | {"of": "line.minutes", "at_most": 4},
        [{}, {"minutes": 2}],
        ["within 0-4 over 0-9", "within 0-2 over 0-2"],
    ),
]


@pytest.mark.parametrize(("quota", "billed", "wanted"), [each[1:] for each in CASES], ids=[each[0] for each in CASES])
def test_quotas_of_a_claim(quota: Json, billed: list[Json], wanted: list[str]) -> None:
    assert parts(quota, *billed) == wanted


def earlier(day: str, claim: str = "C-1", **other: Any) -> Json:
    return {"claim": claim, "number": 1, "code": "A0001", "date": day, "units": 3} | other


WINDOWS: list[tuple[str, Any, str, str, bool]] = [
    ("over a leap day", {"days": 2}, "2024-03-01", "2024-02-29", True),
    ("over a leap day, the day before", {"days": 2}, "2024-03-01", "2024-02-28", False),
    ("over no leap day", {"days": 2}, "2023-03-01", "2023-02-28", True),
    ("a month of a shorter one", {"months": 1}, "2024-03-31", "2024-03-01", True),
    ("a month of a shorter one, its last", {"months": 1}, "2024-03-31", "2024-02-29", False),
    ("twelve months from a leap day", {"months": 12}, "2024-02-29", "2023-03-01", True),
    ("twelve months from a leap day, the day before", {"months": 12}, "2024-02-29", "2023-02-28", False),
    ("full months", {"full_months": 1}, "2024-03-31", "2024-02-01", True),
    ("full months, the day before", {"full_months": 1}, "2024-03-31", "2024-01-31", False),
    ("the year, its first day", "year", "2024-12-31", "2024-01-01", True),
    ("the year before", "year", "2024-01-01", "2023-12-31", False),
    ("ever", "ever", "2024-06-30", "1990-01-01", True),
    ("the patient's date", "patient-date", "2024-06-30", "2024-06-30", True),
    ("the patient's date, the day before", "patient-date", "2024-06-30", "2024-06-29", False),
]


@pytest.mark.parametrize(
    ("window", "service", "before", "is_in"), [each[1:] for each in WINDOWS], ids=[each[0] for each in WINDOWS]
)
def test_quotas_over_time(window: Any, service: str, before: str, *, is_in: bool) -> None:
    quota = UNITS | {"window": window}
    found = parts(quota, {"units": 3, "date": service}, history=[earlier(before)], presume={"history": True})
    assert found == ["within 1 over 2" if is_in else "within 3 over 0"]


CORRECTED: Json = {"frequency": FREQUENCY, "attributes": ATTRIBUTES | CORRECTING}
MINUTES: Json = DAYS | {"of": "line.minutes"}
VOIDED = [earlier("2024-06-02"), earlier("2024-06-02", "C-2", frequency="8", original_reference="C-1")]
HISTORIES: list[tuple[str, Json, Json, Json, str]] = [
    ("complete from the first day of the window", DAYS, {"units": 3}, {"history_from": "2024-06-01"},
     "within 3 over 0"),
    ("complete from the day after", DAYS, {"units": 3}, {"history_from": "2024-06-02"}, "within 0-3 over 0-3"),
    ("a void", DAYS, {"units": 3}, {"history_from": "2024-01-01", "history": VOIDED}, "within 3 over 0"),
    ("a void that the history does not have", DAYS, {"units": 3},
     {"history_from": "2024-01-01", "history": VOIDED[:1]}, "within 1 over 2"),
    ("a void of another claim", DAYS, {"units": 3},
     {"history_from": "2024-01-01", "history": [VOIDED[0], VOIDED[1] | {"original_reference": "C-9"}]},
     "within 1 over 2"),
    ("an amount of an earlier line that is not known", MINUTES, {"minutes": 3},
     {"history_from": "2024-01-01", "history": [earlier("2024-06-02")]}, "within 0-3 over 0-3"),
    ("an amount that is not known", MINUTES, {}, {"history_from": "2024-01-01"}, "within 0-4 over 0-9"),
    ("units that are not given are one", DAYS, {}, {"history_from": "2024-01-01"}, "within 1 over 0"),
    ("a line that may share", DAYS | {"where": {"line.record.site": {"is": True}}}, {"units": 6},
     {"history_from": "2024-01-01"}, "within 4-6 over 0-2"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("quota", "line", "claim", "wanted"), [each[1:] for each in HISTORIES], ids=[each[0] for each in HISTORIES]
)
def test_what_is_known_of_the_history(quota: Json, line: Json, claim: Json, wanted: str) -> None:
    assert parts(quota, line, words=CORRECTED, **claim) == [wanted]


def test_earlier_claims_take_first() -> None:
    history = [{"claim": "C-1", "number": 1, "code": "A0001", "date": "2024-06-29", "units": 3}]
    assert parts(DAYS, {"units": 3}, history=history, history_from="2024-01-01") == ["within 1 over 2"]


def test_what_nobody_gave_may_have_taken_all() -> None:
    assert parts(DAYS, {"units": 3}) == ["within 0-3 over 0-3"]
    assert parts(DAYS, {"units": 3}, presume={"history": True}) == ["within 3 over 0"]


def test_over_time_the_earlier_day_takes_first() -> None:
    billed = [{"units": 3, "date": "2024-07-01"}, {"units": 3, "date": "2024-06-30"}]
    assert parts(DAYS, *billed, presume={"history": True}) == ["within 1 over 2", "within 3 over 0"]


def test_a_line_knows_what_it_waits_for() -> None:
    asked = rule("over", {"quota": {"q": {"over": {"at_least": 1}}}}, "benefit", "excluded")
    rulebase = documents(policy(asked, quotas={"q": LINES | {"first": [{"highest": "line.minutes"}]}})).rulebase()
    first, second = decide(rulebase, encounter({"minutes": 3}, {})).lines
    assert first.open == ("lines[2].minutes",)
    assert second.open == ("line.minutes",)


def test_a_line_after_which_nothing_is_left_waits_for_its_own_amount() -> None:
    asked = rule("over", {"quota": {"q": {"over": {"at_least": 1}}}}, "benefit", "excluded")
    minutes = {"summary": "minutes", "of": "line.minutes", "at_most": 1, "window": "date"}
    rulebase = documents(policy(asked, quotas={"q": minutes})).rulebase()
    first, second, third = decide(rulebase, encounter({"minutes": 7}, {}, {})).lines
    assert first.disposition == "denied"
    assert second.open == third.open == ("line.minutes",)


def test_later_lines_of_the_history_take_nothing() -> None:
    history = [{"claim": "C-1", "number": 1, "code": "A0001", "date": "2024-07-03", "units": 3}]
    assert parts(DAYS, {"units": 3}, history=history, history_from="2024-01-01") == ["within 3 over 0"]


SPANS: Json = {
    "spans": {"first": "line.date", "last": "line.date_to", "spread": ["line.units"]},
    "attributes": ATTRIBUTES | {"line.date_to": {"type": "date", "summary": "last day"}},
}

OF_DAYS: list[tuple[str, Json, list[Json], list[str]]] = [
    ("each day has its own", UNITS, [{"units": 10, "days": 2}], ["within 4 over 1"] * 2),
    (
        "over time one day takes after the other",
        DAYS,
        [{"units": 6, "days": 2}],
        ["within 3 over 0", "within 1 over 2"],
    ),
    (
        "the line that begins earlier takes first, as far as it is in the window",
        DAYS,
        [{"units": 2, "from": 2, "days": 1}, {"units": 4, "days": 2}],
        ["within 0 over 2", "within 2 over 0", "within 2 over 0"],
    ),
    (
        "of two lines one is first, on each of its days",
        LINES | {"window": {"days": 30}},
        [{"from": 2, "days": 1}, {"days": 3}],
        ["within 0 over 1", "within 1 over 0", "within 1 over 0", "within 1 over 0"],
    ),
    (
        "a part that is not known, of days of which one shares",
        UNITS | {"where": {"line.date": {"before": "2024-06-02"}}},
        [{"units": 5, "days": 2}],
        ["within 0-4 over 0-1", "within 0-5 over 0"],
    ),
    (
        "days of one line take in their order, whatever is not known of it",
        UNITS | {"window": "encounter", "first": [{"highest": "line.minutes"}]},
        [{"units": 6, "days": 2}],
        ["within 3 over 0", "within 1 over 2"],
    ),
]


@pytest.mark.parametrize(("quota", "billed", "wanted"), [each[1:] for each in OF_DAYS], ids=[e[0] for e in OF_DAYS])
def test_quotas_of_lines_of_several_days(quota: Json, billed: list[Json], wanted: list[str]) -> None:
    lines = []
    for each in billed:
        first = each.get("from", 1)
        days = {"date": f"2024-06-{first:02}", "date_to": f"2024-06-{first + each['days'] - 1:02}"}
        lines.append({key: value for key, value in each.items() if key not in {"from", "days"}} | days)
    rulebase = asking(quota, SPANS)
    _, _, found = matched(rulebase, encounter(*lines, history_from="2000-01-01"))
    assert said(found) == wanted
