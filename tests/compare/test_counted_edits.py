"""Edits of counts, quotas and payments: each is found with a smallest claim, history included, or proved to be none.

The rules are bound alone, among the shipped words. A smallest claim says nothing that it could leave out, and has the
fewest earlier lines: with any of them left out it does not show what it shows.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from tests.edited import KNOWN_ON, alone, compared
from tests.property.documents import policy
from tests.property.effort import mostly_slow
from tests.smaller_claims import smaller_claims

from payrule.analysis.difference import Kind, kind_of
from payrule.analysis.verification import PAYS_NO_LESS
from payrule.compare.comparison_side import Side
from payrule.compare.verification import verify
from payrule.model.payer import Payer
from payrule.model.policy import Period, Policy
from payrule.results.determination import what_counts
from payrule.results.difference import AnswerChange, AnswerDifference
from payrule.results.verification import Verification
from payrule.rulebase.load import Documents
from payrule.rulebase.rulebase import Rulebase, load

Json = dict[str, Any]


class Rules(NamedTuple):
    """What an edit is of: a condition that excludes a line, its quotas and facts, what is paid, codes of `@timed`."""

    when: Json
    quotas: Json | None = None
    facts: Json | None = None
    pays: tuple[Json, ...] = ()
    codes: tuple[str, ...] = ("97110", "97112", "97140")


def of(rules: Rules, **timed: Any) -> Side:
    """Bind a policy of these rules alone; what is `timed` may be other than in the shipped words."""
    conclude: Json = {"concern": "benefit", "value": "excluded"}
    written: list[Json] = [{"id": "excluded", "summary": "excluded", "when": rules.when, "conclude": conclude}]
    if rules.pays:
        conclude["value"] = "covered"
        written += rules.pays
    sets = {"timed": [*rules.codes]}
    named = {"sets": sets, "quotas": rules.quotas or {}, "facts": rules.facts or {}}
    words = load().documents.vocabulary
    words = msgspec.structs.replace(words, timed=msgspec.structs.replace(words.timed, **timed))
    return alone(policy(*written, id="p", **named), words)


def counted(**changed: Any) -> Rules:
    """Exclude the third visit in 90 days and those after it, this one included; some of that changed."""
    asked: Json = {"window": {"days": 90}, "itself": True, "count": {"at_least": 3}, "where": TIMED} | changed
    return Rules({"lines": {key: each for key, each in asked.items() if each is not None}})


def limited(over: int = 1, /, **changed: Any) -> Rules:
    """Exclude what is over four units a day; some of that changed."""
    asked: Json = {"summary": "q", "of": "line.units", "at_most": 4, "window": "date", "where": TIMED} | changed
    asked = {key: each for key, each in asked.items() if each is not None}
    return Rules({"quota": {"q": {"over": {"at_least": over}}}}, {"q": asked})


def paying(*pays: Json, at_most: int = 4) -> Rules:
    """Cover a line, and pay a part of it."""
    values = {"percent": ("payment", "reduced"), "units": ("units", "limited")}
    written = []
    for number, pay in enumerate(pays):
        concern, value = values[next(iter(pay))]
        conclude = {"concern": concern, "value": value, "pay": pay}
        written.append({"id": f"pays-{number}", "summary": "paid in part", "when": TIMED, "conclude": conclude})
    return Rules(TIMED, limited(at_most=at_most).quotas, pays=tuple(written))


def since(days: int, **changed: Any) -> Rules:
    return Rules({"lines": {"window": {"months": 36}, "days_since": {"at_most": days}, **changed}})


TIMED: Json = {"line.code": {"in": "@timed"}}
NPI = ["line.provider.npi"]
CHARGE = "line.charge_cents"
RANKED = {"of": "lines", "at_most": 1, "first": [{"highest": CHARGE}]}

EDITS: dict[str, tuple[Rules, Rules]] = {
    "a window a day shorter": (counted(), counted(window={"days": 89})),
    "days for months": (counted(), counted(window={"months": 3})),
    "months for full months": (counted(window={"months": 2}), counted(window={"full_months": 2})),
    "a year for twelve months": (counted(window={"months": 12}), counted(window="year")),
    "a year for ever": (counted(window="year"), counted(window="ever")),
    "this claim for the patient's date": (counted(window="date"), counted(window="patient-date")),
    "the encounter for the date": (counted(window="date"), counted(window="encounter")),
    "the same provider dropped": (counted(same=NPI), counted()),
    "the same code added": (counted(), counted(same=["line.code"])),
    "the line itself left out": (counted(), counted(itself=None)),
    "a limit by one": (counted(), counted(count={"at_least": 4})),
    "twelve visits for eleven": (counted(count={"at_least": 12}), counted(count={"at_least": 11})),
    "at most for at least": (counted(), counted(count={"at_most": 3})),
    "dates for lines": (counted(), counted(count=None, dates={"at_least": 3})),
    "units for lines": (counted(), counted(count=None, sum={"of": "line.units", "at_least": 3})),
    "a sum by one": (
        counted(count=None, sum={"of": "line.units", "at_least": 20}),
        counted(count=None, sum={"of": "line.units", "at_least": 21}),
    ),
    "days since by one": (since(1094), since(1095)),
    "none for days since": (
        counted(count={"is": 0}, itself=None),
        counted(count=None, days_since={"is": 0}, itself=None),
    ),
    "days since of other lines": (since(30, where=TIMED), since(30)),
    "what is counted narrowed": (counted(), counted(where={"line.code": {"in": ["97110", "97112"]}})),
    "an end of a range of codes": (
        counted(where={"line.code": {"in": ["97110-97116"]}}),
        counted(where={"line.code": {"in": ["97110-97113"]}}),
    ),
    "an end of a range of diagnoses": (
        Rules({"encounter.diagnoses": {"any_of": ["M54.2-M54.5"]}} | counted().when),
        Rules({"encounter.diagnoses": {"any_of": ["M54.2-M54.6"]}} | counted().when),
    ),
    "an entry of a code list": (counted(), counted()._replace(codes=("97110", "97112"))),
    "denied lines left out": (counted(), counted(where=TIMED | {"not": {"line.status": {"is": "denied"}}})),
    "a quota by one": (limited(), limited(at_most=5)),
    "more over a quota": (limited(), limited(2)),
    "a quota's order reversed": (limited(first=[{"highest": CHARGE}]), limited(first=[{"lowest": CHARGE}])),
    "a quota's order dropped": (limited(**RANKED), limited(**RANKED | {"first": None})),
    "what shares a quota": (limited(), limited(where={"line.code": {"is": "97110"}})),
    "lines for units in a quota": (limited(), limited(of="lines")),
    "a quota for each provider": (limited(), limited(same=NPI)),
    "a quota a month": (limited(), limited(window={"days": 30})),
    "another percentage": (paying({"percent": 85}), paying({"percent": 80})),
    "units for a percentage": (paying({"percent": 50}), paying({"units": 1})),
    "a limit of units by one": (paying({"units": 1}), paying({"units": 2})),
    "what is paid of a quota": (paying({"units": {"quota": "q"}}), paying({"units": {"quota": "q"}}, at_most=5)),
    "a limit for what is within a quota": (paying({"units": {"quota": "q"}}), paying({"units": 4})),
}


def smaller(encounter: Json) -> Iterator[tuple[str, Json]]:
    """Make the claims that say one thing less: of the claim, or of an earlier line, or without that line."""
    first = [each for each in encounter["lines"] if each["number"] == 1]
    yield from smaller_claims({**encounter, "lines": [*first, *(x for x in encounter["lines"] if x not in first)]})
    history = encounter.get("history", [])
    for at, line in enumerate(history):
        others = [*history[:at], *history[at + 1 :]]
        yield f"earlier line {at + 1}", {**encounter, "history": others}
        for key in line.keys() - {"claim", "number", "code", "date"}:
            less = {name: each for name, each in line.items() if name != key}
            yield f"{key} of earlier line {at + 1}", {**encounter, "history": [*others, less]}


def is_shown(change: AnswerChange, encounter: Json, old: Side, new: Side) -> bool:
    """Tell whether a claim shows a kind of change."""
    number = change.witness.line
    if all(each["number"] != number for each in encounter["lines"]):
        return False
    before, after = (each.decide(encounter).line(number) for each in (old, new))
    kind = Kind(change.before, change.after, change.paid_otherwise or None)
    return kind_of(before, after) == kind and what_counts(before) != what_counts(after)


def found(name: str, old: Side, new: Side) -> AnswerDifference:
    difference = compared(old, new)
    assert difference.certainty in ("proved", "bounded"), (name, difference.notes)
    return difference


@pytest.mark.parametrize("name", mostly_slow([*EDITS], quick=6))
def test_an_edit_of_a_count_is_found_with_a_smallest_claim(name: str) -> None:
    old, new = (of(each) for each in EDITS[name])
    difference = found(name, old, new)
    assert difference.changes
    for change in difference.changes:
        encounter = change.witness.encounter
        assert is_shown(change, encounter, old, new)
        for said, less in smaller(encounter):
            assert not is_shown(change, less, old, new), f"{said} is not needed in {encounter}"


@pytest.mark.slow
def test_the_method_of_timed_units_alone_is_shown_where_lines_are_counted() -> None:
    asked: Json = {"window": {"days": 90}, "where": TIMED, "count": {"at_least": 1}}
    rules = Rules(TIMED | {"line.units_supported": {"is": False}, "lines": asked})
    old, new = (of(rules, method=each) for each in ("cms-8-minute", "ama-midpoint"))
    difference = found("method", old, new)
    shown = [each.witness.encounter for each in difference.changes]
    assert any(each.get("history") and any("minutes" in line for line in each["lines"]) for each in shown)


SEVERAL: Json = {"window": {"days": 90}, "where": TIMED, "itself": True}
COUNTED: Json = {"lines": SEVERAL | {"count": {"at_least": 3}}}
OVER: Json = {"quota": {"q": {"over": {"at_least": 1}}}}

REFACTORINGS: dict[str, tuple[Rules, Rules]] = {
    "tests written apart": (
        Rules({"lines": SEVERAL | {"count": {"at_least": 2, "at_most": 5}}}),
        Rules({"lines": [SEVERAL | {"count": {"at_least": 2}}, SEVERAL | {"count": {"at_most": 5}}]}),
    ),
    "a list of counts as all of them": (
        Rules({"lines": [SEVERAL | {"count": {"at_least": 2}}, SEVERAL | {"dates": {"at_most": 1}}]}),
        Rules(
            {
                "all": [
                    {"lines": SEVERAL | {"dates": {"at_most": 1}}},
                    {"lines": SEVERAL | {"count": {"at_least": 2}}},
                ]
            }
        ),
    ),
    "a double negation": (Rules(COUNTED), Rules({"not": {"not": COUNTED}})),
    "at least as not at most": (Rules(COUNTED), Rules({"not": {"lines": SEVERAL | {"count": {"at_most": 2}}}})),
    "exactly as at least and at most": (
        Rules({"lines": SEVERAL | {"count": {"is": 3}}}),
        Rules({"lines": SEVERAL | {"count": {"at_least": 3, "at_most": 3}}}),
    ),
    "a quota renamed": (
        limited(),
        Rules({"quota": {"units": {"over": {"at_least": 1}}}}, {"units": (limited().quotas or {})["q"]}),
    ),
    "agreement in another order": (
        counted(same=["line.code", "line.status"]),
        counted(same=["line.status", "line.code"]),
    ),
    "one day as the patient's date": (counted(window={"days": 1}), counted(window="patient-date")),
    "a definition written out": (
        Rules(
            {"lines": SEVERAL | {"where": {"fact": "timed"}, "count": {"at_least": 3}}},
            None,
            {"timed": {"summary": "timed", "when": TIMED}},
        ),
        Rules(COUNTED),
    ),
    "conditions in another order": (
        counted(where={"all": [TIMED, {"line.status": {"is": "paid"}}]}),
        counted(where={"all": [{"line.status": {"is": "paid"}}, TIMED]}),
    ),
    "a negation inside": (
        counted(where={"not": {"not": TIMED}}),
        counted(),
    ),
    "one code at a time": (
        counted(where={"line.code": {"in": ["97110", "97112"]}}),
        counted(where={"any": [{"line.code": {"is": "97112"}}, {"line.code": {"is": "97110"}}]}),
    ),
    "the line itself as one less": (
        Rules(TIMED | COUNTED),
        Rules(TIMED | {"lines": SEVERAL | {"itself": False, "count": {"at_least": 2}}}),
    ),
    "what is over as what is left": (
        limited(1, of="lines"),
        Rules({"quota": {"q": {"within": {"at_most": 0}}}}, limited(1, of="lines").quotas),
    ),
    "a count of one as another line": (
        Rules({"lines": {"window": "date", "where": TIMED, "count": {"at_least": 1}}}),
        Rules({"other_line": TIMED}),
    ),
    "a percentage in two rules that exclude each other": (
        paying({"percent": 85}),
        paying({"percent": 85})._replace(
            pays=tuple(
                each | {"id": name, "when": {"line.code": {"in": codes}}}
                for each in paying({"percent": 85}).pays
                for name, codes in (("pays-0", ["97110", "97112"]), ("pays-1", ["97140"]))
            )
        ),
    ),
}


@pytest.mark.parametrize("name", mostly_slow([*REFACTORINGS], quick=6))
def test_a_refactoring_of_a_count_changes_no_answer(name: str) -> None:
    old, new = (of(each) for each in REFACTORINGS[name])
    assert not found(name, old, new).changes


@pytest.mark.parametrize("name", ["at least as not at most", "a quota renamed", "agreement in another order"])
def test_what_counts_alike_is_proved_to_be_the_same_whatever_there_is_to_count(name: str) -> None:
    assert compared(*(of(each) for each in REFACTORINGS[name])).certainty == "proved"


DEAD = ("p/excluded", "dead", "nothing that a claim can say makes its condition true")


def verified(*policies: tuple[str, Rules]) -> Verification:
    """Verify a payer that policies of these rules bind together, in one tier."""
    documents = [(name, of(rules).rulebase.documents) for name, rules in policies]
    bound: dict[str, tuple[Policy, ...]] = {
        name: (msgspec.structs.replace(each.policies["p"][0], id=name, title=name),) for name, each in documents
    }
    payer = Payer(kind="payer", id="p", title="p", tiers=(tuple(bound),))
    whole = Documents(Path(), load().documents.vocabulary, bound, {"p": payer}, ())
    return verify(Rulebase(whole), "p", known_on=KNOWN_ON)


def test_percentages_of_two_policies_are_named_where_they_multiply() -> None:
    found = verified(("one", paying({"percent": 85})), ("two", paying({"percent": 50})))
    (both,) = found.multiplied or ()
    assert (both.rules, both.percents) == (("one/pays-0", "two/pays-0"), (85, 50))
    pays = both.shown.determination.line(both.shown.line).pays
    assert pays
    assert pays.percent == 42.5


def test_percentages_of_one_policy_are_meant_to_multiply() -> None:
    assert not verified(("one", paying({"percent": 85}, {"percent": 50}))).multiplied


BESIDE_MINUTES: Json = TIMED | {"other_line": {"line.minutes": {"at_least": 8}}}


@pytest.mark.parametrize(
    ("rules", "faults"),
    [
        (paying({"units": 2}), set()),
        (paying({"units": 2}, {"units": 3}), {("p/pays-1", "redundant", PAYS_NO_LESS)}),
        (paying({"units": {"quota": "q"}}), set()),
        (paying({"units": {"quota": "q"}}, {"units": 4}), {("p/pays-1", "redundant", PAYS_NO_LESS)}),
        (paying({"percent": 100}), {("p/pays-0", "redundant", PAYS_NO_LESS)}),
        (limited(2, of="lines", at_most=1), {DEAD}),
        (limited(1, of="lines", at_most=1), set()),
        (limited(where=BESIDE_MINUTES), set()),
        (Rules(TIMED | {"lines": SEVERAL | {"count": {"at_most": 0}}}), {DEAD}),
        (counted(count={"at_least": 3, "at_most": 2}), {DEAD}),
        (counted(count=None, dates={"at_least": 2}, window="date"), {DEAD}),
    ],
)  # fmt: skip
def test_what_never_binds_or_never_matches_is_found(rules: Rules, faults: set[tuple[str, str, str]]) -> None:
    found = verified(("p", rules))
    because = {(each.rule, each.fault, each.because.partition(" (policy version")[0]) for each in found.findings}
    assert because == faults
    assert "unknown" not in found.certainty.values()


def test_a_quota_may_ask_about_other_lines_itself_as_by_a_definition() -> None:
    itself = [of(limited(where=BESIDE_MINUTES, at_most=most)) for most in (4, 5)]
    facts = {"beside-minutes": {"summary": "beside minutes", "when": BESIDE_MINUTES}}
    defined = [of(limited(where={"fact": "beside-minutes"}, at_most=most)._replace(facts=facts)) for most in (4, 5)]
    assert compared(*itself) == compared(*defined)
    assert compared(itself[0], itself[0]).certainty == "proved"


def test_a_conflict_between_rules_that_count_is_shown_with_earlier_lines() -> None:
    covered = counted(count={"at_most": 5})
    rules = of(covered).rulebase.documents.policies["p"][0].rules
    covering = msgspec.structs.replace(rules[0].conclude, value="covered")
    document = of(counted()).rulebase.documents
    version = document.policies["p"][0]
    both = (*version.rules, msgspec.structs.replace(rules[0], id="covered", conclude=covering))
    bound = msgspec.structs.replace(document, policies={"p": (msgspec.structs.replace(version, rules=both),)})
    (conflict,) = verify(Rulebase(bound), "p", known_on=KNOWN_ON).conflicts
    assert conflict.rules == ("p/covered", "p/excluded")
    assert len(conflict.shown.encounter["history"]) == 2


@pytest.mark.slow
def test_a_year_is_long_enough_for_visits_although_its_first_day_is_the_first_day_of_the_policy() -> None:
    documents = of(counted(window="year", count=None, dates={"at_least": 21})).rulebase.documents
    version = msgspec.structs.replace(documents.policies["p"][0], effective=Period(first="2024-01-01"))
    bound = msgspec.structs.replace(documents, policies={"p": (version,)})
    assert not verify(Rulebase(bound), "p", known_on=KNOWN_ON).findings


def test_that_there_is_no_earlier_line_is_told_from_days_since_one() -> None:
    """Where nothing is counted no test of the days since it is true: a claim without any line shows that."""
    difference = found("none", *(of(each) for each in EDITS["none for days since"]))
    shown = [each for each in difference.changes if each.before.disposition == "denied"]
    assert any("history" not in each.witness.encounter for each in shown)
