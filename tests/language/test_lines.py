"""Counts of lines: known, unknown and at the ends of windows, by both executions."""

from typing import Any

import pytest
from tests.property.counted import CORRECTING, FREQUENCY
from tests.property.documents import decide, documents, encounter, policy, rule
from tests.property.test_executions import matched
from tests.property.words import ATTRIBUTES

from payrule.results.determination import Determination
from payrule.source.diagnostics import LimitError

Json = dict[str, Any]

CAP: Json = {"window": {"days": 90}, "where": {"line.code": {"is": "A0001"}}, "itself": True}


def answered(
    lines: Json | list[Json], *billed: Json, presume: Json | None = None, words: Json | None = None, **claim: Any
) -> Determination:
    """Decide a claim by one rule that counts lines."""
    rulebase = documents(policy(rule("capped", {"lines": lines}, "benefit", "excluded")), words=words).rulebase()
    return decide(rulebase, encounter(*billed, **claim), presume=presume)


def truths(lines: Json | list[Json], *billed: Json, **choices: Any) -> list[str]:
    """Say of each line whether the count holds (`yes`), does not (`no`), or what it waits for."""
    found = answered(lines, *billed, **choices).lines
    words = {"denied": "yes", "undecided": "no"}
    return [words.get(each.disposition) or " ".join(sorted(each.open)) for each in found]


def day(number: int, **other: Any) -> Json:
    return {"date": f"2024-06-{number:02}"} | other


HERE: list[tuple[str, Json, list[Json], list[str]]] = [
    ("different lines see each other", {"window": "date", "count": {"at_least": 1}}, [{}, {}], ["yes", "yes"]),
    ("a line alone sees none", {"window": "date", "count": {"at_least": 1}}, [{}], ["no"]),
    ("itself counts", {"window": "date", "itself": True, "count": {"is": 2}}, [{}, {}], ["yes", "yes"]),
    ("another date", {"window": "date", "itself": True, "count": {"is": 1}}, [day(1), day(2)], ["yes", "yes"]),
    ("any date", {"window": "encounter", "itself": True, "count": {"is": 2}}, [day(1), day(2)], ["yes", "yes"]),
    (
        "itself that does not satisfy",
        {"window": "date", "itself": True, "where": {"line.units": {"at_least": 2}}, "count": {"is": 1}},
        [{"units": 2}, {"units": 1}],
        ["yes", "yes"],
    ),
    (
        "the same provider",
        {"window": "date", "same": ["line.provider.npi"], "count": {"is": 1}},
        [{"provider": {"npi": "N1"}}, {"provider": {"npi": "N1"}}, {"provider": {"npi": "N2"}}],
        ["yes", "yes", "no"],
    ),
    (
        "a provider who is not known",
        {"window": "date", "same": ["line.provider.npi"], "count": {"is": 1}},
        [{"provider": {"npi": "N1"}}, {}],
        ["lines[2].provider.npi", "line.provider.npi"],
    ),
    (
        "a line agrees with itself, known or not",
        {"window": "date", "itself": True, "same": ["line.provider.npi"], "count": {"is": 1}},
        [{}],
        ["yes"],
    ),
    (
        "lists agree when they share a value, and two empty ones do not",
        {"window": "date", "same": ["line.modifiers"], "count": {"at_least": 1}},
        [{"modifiers": ["M1", "M2"]}, {"modifiers": ["M2"]}, {}, {}],
        ["yes", "yes", "no", "no"],
    ),
    (
        "a sum",
        {"window": "date", "itself": True, "sum": {"of": "line.units", "at_least": 5}},
        [{"units": 3}, {"units": 2}],
        ["yes", "yes"],
    ),
    (
        "a sum of what is not known",
        {"window": "date", "itself": True, "sum": {"of": "line.minutes", "at_least": 30}},
        [{"minutes": 20}, {}],
        ["lines[2].minutes", "line.minutes"],
    ),
    (
        "a sum that is large enough whatever is not known",
        {"window": "date", "itself": True, "sum": {"of": "line.minutes", "at_least": 20}},
        [{"minutes": 20}, {}],
        ["yes", "yes"],
    ),
    (
        "dates",
        {"window": "encounter", "itself": True, "dates": {"is": 2}},
        [day(1), day(1), day(2)],
        ["yes", "yes", "yes"],
    ),
    (
        "days since, without a line",
        {"window": "encounter", "days_since": {"at_least": 0}},
        [{}],
        ["no"],
    ),
    (
        "a line that may be in",
        {"window": "date", "where": {"line.record.site": {"is": True}}, "count": {"at_least": 1}},
        [{"record": {"site": True}}, {}],
        ["lines[2].record.site", "yes"],
    ),
    (
        "two tests of one measure",
        {"window": "date", "itself": True, "count": {"at_least": 2, "at_most": 2}},
        [{}, {}],
        ["yes", "yes"],
    ),
    (
        "days since a later line, which is none",
        {"window": "encounter", "days_since": {"at_most": 9}},
        [day(1), day(2)],
        ["no", "yes"],
    ),
    (
        "itself, with an empty list beside a line that does not satisfy",
        {
            "window": "date",
            "itself": True,
            "same": ["line.modifiers"],
            "where": {"line.units": {"at_least": 2}},
            "count": {"is": 1},
        },
        [{"units": 2}, {"units": 1}],
        ["yes", "no"],
    ),
    (
        "what relates two lines",
        {"window": "date", "where": {"region": {"is": "separate"}}, "count": {"at_least": 1}},
        [{"regions": ["neck"]}, {"regions": ["arm"]}],
        ["yes", "yes"],
    ),
]


@pytest.mark.parametrize(("lines", "billed", "wanted"), [each[1:] for each in HERE], ids=[each[0] for each in HERE])
def test_lines_of_a_claim(lines: Json, billed: list[Json], wanted: list[str]) -> None:
    assert truths(lines, *billed) == wanted


def earlier(when: str, claim: str = "C-1", **other: Any) -> Json:
    return {"claim": claim, "number": 1, "code": "A0001", "date": when} | other


def window(of: str | Json, **measure: Json) -> Json:
    return {"window": of, "where": {"line.code": {"is": "A0001"}}} | measure


WINDOWS: list[tuple[str, str | Json, str, str, bool]] = [
    ("one day is that day alone", {"days": 1}, "2024-06-30", "2024-06-30", True),
    ("one day, the day before", {"days": 1}, "2024-06-30", "2024-06-29", False),
    ("90 days, the first", {"days": 90}, "2024-06-30", "2024-04-02", True),
    ("90 days, the day before", {"days": 90}, "2024-06-30", "2024-04-01", False),
    ("over a leap day", {"days": 2}, "2024-03-01", "2024-02-29", True),
    ("a month begins the day after", {"months": 1}, "2024-06-30", "2024-05-31", True),
    ("a month does not hold the same day", {"months": 1}, "2024-06-30", "2024-05-30", False),
    ("a month of a shorter one", {"months": 1}, "2024-03-31", "2024-03-01", True),
    ("a month of a shorter one, its last", {"months": 1}, "2024-03-31", "2024-02-29", False),
    ("twelve months from a leap day", {"months": 12}, "2024-02-29", "2023-03-01", True),
    ("twelve months from a leap day, the day before", {"months": 12}, "2024-02-29", "2023-02-28", False),
    ("full months", {"full_months": 11}, "2024-06-30", "2023-07-01", True),
    ("full months, the day before", {"full_months": 11}, "2024-06-30", "2023-06-30", False),
    ("the year", "year", "2024-06-30", "2024-01-01", True),
    ("the year before", "year", "2024-06-30", "2023-12-31", False),
    ("year end", "year", "2024-12-31", "2024-01-01", True),
    ("ever", "ever", "2024-06-30", "1990-01-01", True),
    ("the patient's date", "patient-date", "2024-06-30", "2024-06-30", True),
    ("the patient's date, the day before", "patient-date", "2024-06-30", "2024-06-29", False),
    ("later lines never count", "ever", "2024-06-30", "2024-07-01", False),
]


@pytest.mark.parametrize(
    ("of", "service", "before", "is_in"), [each[1:] for each in WINDOWS], ids=[e[0] for e in WINDOWS]
)
def test_windows_over_time(of: str | Json, service: str, before: str, *, is_in: bool) -> None:
    history = [earlier(before)]
    for measure, there in (({"count": {"is": 1}}, "yes"), ({"count": {"is": 0}}, "no")):
        found = truths(window(of, **measure), {"date": service}, history=history, presume={"history": True})
        assert found == [there if is_in else {"yes": "no", "no": "yes"}[there]]


CORRECTED: Json = {"frequency": FREQUENCY, "attributes": ATTRIBUTES | CORRECTING}
"""Claims that void or replace others."""
VOIDED = [earlier("2024-06-02"), earlier("2024-06-02", "C-2", frequency="8", original_reference="C-1")]

HISTORIES: list[tuple[str, Json, Json, str]] = [
    ("a void, and the claim that it voids", window("year", count={"is": 0}),
     {"history_from": "2024-01-01", "history": VOIDED}, "yes"),
    ("a void of another claim", window("year", count={"is": 1}),
     {"history_from": "2024-01-01", "history": [VOIDED[0], VOIDED[1] | {"original_reference": "C-9"}]}, "yes"),
    ("a void of a claim on another day than the one that counts", window("year", days_since={"is": 28}),
     {"history_from": "2024-01-01", "history": [*VOIDED, earlier("2024-06-02", "C-3")]}, "yes"),
    ("nothing is known of earlier lines", window({"days": 30}, count={"at_least": 1}), {}, "history[2024-06-01]"),
    ("complete from the first day of the window", window({"days": 30}, count={"at_least": 1}),
     {"history_from": "2024-06-01"}, "no"),
    ("complete from the day after", window({"days": 30}, count={"at_least": 1}), {"history_from": "2024-06-02"},
     "history[2024-06-01]"),
    ("enough whatever is unseen", window({"days": 30}, count={"at_least": 1}), {"history": [earlier("2024-06-02")]},
     "yes"),
    ("no greatest value", window({"days": 30}, count={"at_most": 5}), {"history": [earlier("2024-06-02")]},
     "history[2024-06-01]"),
    ("ever is complete from no day", window("ever", count={"at_least": 1}), {"history_from": "1900-01-01"},
     "history[ever]"),
    ("this claim is not counted", window("year", count={"at_least": 1}),
     {"history_from": "2024-01-01", "history": [earlier("2024-06-02", "E")]}, "no"),
    ("a line counts once", window("year", count={"is": 1}),
     {"history_from": "2024-01-01", "history": [earlier("2024-06-02"), earlier("2024-06-02")]}, "yes"),
    ("a claim that another replaces", window("year", count={"is": 1}),
     {"history_from": "2024-01-01",
      "history": [earlier("2024-06-02"), earlier("2024-06-02", "C-2", original_reference="C-1")]}, "yes"),
    ("by the payer's number", window("year", count={"is": 1}),
     {"history_from": "2024-01-01",
      "history": [earlier("2024-06-02", reference="R-1"), earlier("2024-06-02", "C-2", original_reference="R-1")]},
     "yes"),
    ("days since, no later than the latest", window("year", days_since={"at_most": 10}),
     {"history_from": "2024-01-01", "history": [earlier("2024-06-02"), earlier("2024-06-20", "C-2")]}, "yes"),
    ("days since, and a line unseen", window("year", days_since={"at_least": 10}),
     {"history": [earlier("2024-06-20")]}, "history[2024-01-01]"),
    ("days since, and a line unseen that is earlier", window("year", days_since={"at_least": 10}),
     {"history": [earlier("2024-06-20")], "history_from": "2024-06-15"}, "yes"),
    ("days since, of a line that may be in", {"window": "year", "where": {"line.record.site": {"is": True}},
     "days_since": {"at_most": 30}},
     {"history": [earlier("2024-06-20")], "history_from": "2024-01-01"}, "history[C-1/1].record.site"),
    ("what is unknown has the name of its line",
     {"window": "year", "where": {"line.record.site": {"is": True}}, "count": {"at_least": 1}},
     {"history_from": "2024-01-01", "history": [earlier("2024-06-02", "C-7")]}, "history[C-7/1].record.site"),
    ("a sum over time", window("year", sum={"of": "line.units", "is": 5}),
     {"history_from": "2024-01-01", "history": [earlier("2024-06-02", units=3), earlier("2024-06-03", "C-2", units=2)]},
     "yes"),
    ("of the encounter the subject's", {"window": "year", "where": {"encounter.role": {"is": "second"}},
     "count": {"is": 1}},
     {"history_from": "2024-01-01", "history": [earlier("2024-06-02")], "role": "second"}, "yes"),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "claim", "wanted"), [each[1:] for each in HISTORIES], ids=[e[0] for e in HISTORIES])
def test_history(lines: Json, claim: Json, wanted: str) -> None:
    assert truths(lines, {}, words=CORRECTED, **claim) == [wanted]


SPANS: Json = {
    "spans": {"first": "line.date", "last": "line.date_to", "spread": ["line.units", "line.minutes"]},
    "attributes": ATTRIBUTES
    | {
        "line.date_to": {"type": "date", "summary": "last day"},
        "line.minutes": ATTRIBUTES["line.minutes"] | {"maximum": 4},
        "line.pages": {"type": "integer", "summary": "pages a day", "minimum": 0, "maximum": 4},
    },
}
"""Lines of several days; units and minutes are of all days together, pages of each day."""

OF_DAYS: list[tuple[str, Json, Json, list[tuple[int, int]]]] = [
    ("an even share", {"of": "line.units"}, {"units": 4}, [(2, 2), (2, 2)]),
    ("a share that is not whole", {"of": "line.units"}, {"units": 3}, [(0, 3), (0, 3)]),
    ("a share of what is not known, of which one less than the most is not whole", {"of": "line.minutes"}, {},
     [(0, 3), (0, 3)]),
    ("what is of each day", {"of": "line.pages"}, {"pages": 3}, [(3, 3), (3, 3)]),
    ("what is of each day and not known", {"of": "line.pages"}, {}, [(0, 4), (0, 4)]),
]  # fmt: skip


def bounds(lines: Json, of: Json, *billed: Json, words: Json = SPANS) -> list[tuple[int, int]]:
    """Say for each day of each line between which numbers a sum is, found by asking whether it is at least so much."""
    rules = [
        rule(f"r{least}", {"lines": lines | {"sum": of | {"at_least": least}}}, "benefit", "excluded")
        for least in range(1, 20)
    ]
    rulebase = documents(policy(*rules), words=words).rulebase()
    _, _, found = matched(rulebase, encounter(*billed))
    return [(len(each.definite), len(each.possible)) for each in found]


@pytest.mark.parametrize(("of", "line", "wanted"), [each[1:] for each in OF_DAYS], ids=[each[0] for each in OF_DAYS])
def test_sum_of_a_line_of_several_days(of: Json, line: Json, wanted: list[tuple[int, int]]) -> None:
    two_days = {"date": "2024-06-29", "date_to": "2024-06-30"}
    assert bounds({"window": "date", "itself": True}, of, two_days | line) == wanted


def test_days_of_what_each_day_holds_add_up() -> None:
    line = {"date": "2024-06-29", "date_to": "2024-06-30"}
    assert bounds({"window": "encounter", "itself": True}, {"of": "line.pages"}, line) == [(0, 8)] * 2
    assert bounds({"window": "encounter", "itself": True}, {"of": "line.minutes"}, line) == [(0, 4)] * 2


def test_fewer_days_may_have_more_of_what_is_not_divided_evenly() -> None:
    """Of 6 units on 4 days, 2 days have 3, and 1 day has anything: which days are in decides that."""
    line = {"date": "2024-06-01", "date_to": "2024-06-04", "units": 6}
    where = {"any": [{"line.date": {"before": "2024-06-02"}}, {"line.record.site": {"is": True}}]}
    perhaps = {"window": "encounter", "itself": True, "where": where | {"line.date": {"before": "2024-06-03"}}}
    assert bounds(perhaps, {"of": "line.units"}, line) == [(0, 6)] * 4
    assert bounds(perhaps, {"of": "line.units"}, line | {"record": {"site": True}}) == [(3, 3)] * 4
    assert bounds(perhaps, {"of": "line.units"}, line | {"record": {"site": False}}) == [(0, 6)] * 4


def test_part_of_a_day_that_is_not_known_is_what_a_sum_waits_for() -> None:
    lines = {"window": "date", "itself": True, "sum": {"of": "line.units", "at_least": 3}}
    rulebase = documents(policy(rule("capped", {"lines": lines}, "benefit", "excluded")), words=SPANS).rulebase()
    line = {"date": "2024-06-29", "date_to": "2024-06-30", "units": 5}
    (found,) = decide(rulebase, encounter(line)).lines
    assert (found.disposition, found.open) == ("pending", ("line.units",))


def test_counts_of_very_many_lines_of_which_little_is_known_are_refused_by_name() -> None:
    lines = {"window": "date", "where": {"line.minutes": {"at_least": 2}}, "count": {"at_least": 1}}
    rulebase = documents(
        policy(
            rule("inline", {"lines": lines}, "benefit", "excluded"),
            rule("named", {"lines": lines | {"where": {"fact": "long"}}}, "benefit", "excluded"),
            facts={"long": {"summary": "long", "when": {"line.minutes": {"at_least": 3}}}},
        )
    ).rulebase()
    with pytest.raises(LimitError, match="2 counts of lines and quotas ask about 720,000 pairs of lines"):
        decide(rulebase, encounter(*[{}] * 600), check=False)
    decided = decide(rulebase, encounter(*[{"minutes": 1}] * 600), check=False)
    assert {line.disposition for line in decided.lines} == {"undecided"}
    apart = decide(rulebase, encounter(*[{"date": f"2024-06-{1 + at % 30:02}"} for at in range(300)]), check=False)
    assert {line.disposition for line in apart.lines} == {"pending"}


def test_the_answer_without_the_chart_counts_earlier_lines() -> None:
    visited = {"lines": CAP | {"count": {"at_least": 2}}}
    covered = rule("covered", visited, "benefit", "covered")
    documented = rule("documented", {"line.record.reason": {"is": False}}, "necessity", "not-met")
    earlier = [{"code": "A0001", "date": "2024-05-30", "claim": "C-7", "number": 1}]
    claim = encounter({"record": {"site": True}}, history=earlier, history_from="2024-01-01")
    found = decide(documents(policy(covered, documented)).rulebase(), claim).lines[0]
    assert found.disposition == "pending"
    assert found.claim_level.disposition == "payable"  # type: ignore[union-attr]
