"""Rulebases that count lines before and after an edit, and claims of a patient with earlier lines."""

import copy
from collections.abc import Iterable
from typing import NamedTuple

from hypothesis import strategies as st
from tests.property.choosing import number, pick, picks, rarely
from tests.property.counted import WORDS
from tests.property.documents import KNOWN_ON, PAYER, RulebaseDocuments, documents, policy, rule
from tests.property.test_counting import SINGLE, WHERE, WINDOWS, asked_lines, asked_quota, claims, measured, written
from tests.property.words import Json

from payrule.analysis.difference import Kind, kind_of
from payrule.compare.comparison_side import Side
from payrule.results.determination import LineDetermination, what_counts
from payrule.results.difference import AnswerDifference

MEASURES = ("count", "sum", "dates", "days_since")


class CountedEdit(NamedTuple):
    """A rulebase before and after an edit of what it counts, and some claims."""

    before: RulebaseDocuments
    after: RulebaseDocuments
    claims: tuple[Json, ...]


@st.composite
def counted_edits(draw: st.DrawFn, claims_of_each: int = 6) -> CountedEdit:
    """Draw rules that count lines, an edit of one of them or of a quota, and claims."""
    quotas = {"q": asked_quota(draw)}
    when = draw(st.lists(_conditions(), min_size=1, max_size=2))
    after_quotas, after_when = copy.deepcopy(quotas), copy.deepcopy(when)
    if rarely(draw, 3) and any("quota" in each for each in when):
        _edit_quota(draw, after_quotas["q"])
    else:
        _edit(draw, pick(draw, tuple(after_when)))
    pays, after_pays = ([_pay(draw) for _ in range(number(draw, 0, 2))] for _ in range(2))
    after_pays = after_pays if rarely(draw, 2) else pays
    drawn = tuple(written(draw(claims())) for _ in range(claims_of_each))
    by_default = rarely(draw, 3)
    before, after = (
        _of(when, quotas, pays, by_default=by_default),
        _of(after_when, after_quotas, after_pays, by_default=by_default),
    )
    return CountedEdit(before, after, drawn)


def _pay(draw: st.DrawFn) -> Json:
    """Draw what is paid of a line: a percentage, or so many units."""
    if rarely(draw, 2):
        return {"percent": pick(draw, (50, 80, 100))}
    return {"units": number(draw, 1, 3)}


@st.composite
def _conditions(draw: st.DrawFn) -> Json:
    if rarely(draw, 2):
        return {"quota": {"q": {pick(draw, ("within", "over")): measured(draw)}}}
    asked: Json = {"lines": asked_lines(draw)}
    return {"not": asked} if rarely(draw, 4) else asked


def _of(when: Iterable[Json], quotas: Json, pays: Iterable[Json], *, by_default: bool) -> RulebaseDocuments:
    """Make a rulebase of the conditions: each excludes a line for a reason of its own; the rest is paid, or a part.

    It is paid by a rule, or by default.
    """
    values = (("provider", "ineligible"), ("benefit", "excluded"))
    rules = [rule(f"r{at}", each, *values[at]) for at, each in enumerate(when)]
    anything: Json = {"line.code": {"in": ["A0001", "A0002"]}}
    rules += [] if by_default else [rule("covered", anything, "benefit", "covered")]
    for at, pay in enumerate(pays):
        asked = anything if at == 0 else {"line.code": {"is": "A0001"}}
        value = ("payment", "reduced") if "percent" in pay else ("units", "limited")
        rules.append(rule(f"pays-{at}", asked, *value, pay=pay))
    payer = {"otherwise": "payable"} if by_default else {}
    return documents(policy(*rules, quotas=quotas), words=WORDS, **payer)


def _edit(draw: st.DrawFn, condition: Json) -> None:
    """Change one thing in a condition, or write it in another way."""
    if "not" in condition and rarely(draw, 2):
        condition["not"] = {"not": {"not": condition["not"]}}
        return
    inner = condition.get("not", condition)
    ((form, asked),) = inner.items()
    if form == "quota":
        ((kind, tests),) = asked["q"].items()
        if rarely(draw, 3):
            asked["q"] = {"within" if kind == "over" else "over": tests}
        else:
            _edit_tests(draw, tests)
        return
    (kind,) = (each for each in MEASURES if each in asked)
    what = pick(draw, ("tests", "window", "same", "itself", "where", "kind"))
    if what == "tests":
        _edit_tests(draw, asked[kind])
    elif what == "window":
        asked["window"] = pick(draw, WINDOWS)
    elif what == "same":
        asked["same"] = picks(draw, SINGLE, 1, 2)
    elif what == "itself":
        asked["itself"] = not asked.get("itself", False)
    elif what == "where":
        asked["where"] = pick(draw, WHERE)
    else:
        tests = {key: held for key, held in asked.pop(kind).items() if key != "of"}
        asked[pick(draw, ("count", "dates", "days_since"))] = tests


def _edit_tests(draw: st.DrawFn, tests: Json) -> None:
    test = pick(draw, tuple(key for key in tests if key != "of"))
    if test == "is" and rarely(draw, 2):
        tests |= {"at_least": max(tests["is"], tests.get("at_least", 0))}
        tests |= {"at_most": min(tests.pop("is"), tests.get("at_most", 9))}
    else:
        tests[test] = max(0, tests[test] + pick(draw, (-1, 1)))


def _edit_quota(draw: st.DrawFn, quota: Json) -> None:
    what = pick(draw, ("at_most", "window", "first", "where", "of"))
    if what == "at_most":
        quota["at_most"] += 1
    elif what == "window":
        quota["window"] = pick(draw, WINDOWS)
    elif what == "first":
        quota["first"] = [{pick(draw, ("highest", "lowest")): "line.pages"}]
    elif what == "where":
        quota["where"] = pick(draw, WHERE)
    else:
        quota["of"] = pick(draw, ("lines", "line.units"))


def kinds_of(found: AnswerDifference) -> set[Kind]:
    """List the kinds of changed answer that were found."""
    return {Kind(each.before, each.after, each.paid_otherwise or None) for each in found.changes}


def shown_at_random(old: Side, new: Side, series: Iterable[Json], *, spans: bool = False) -> dict[Kind, Json]:
    """List the kinds of changed answer that claims show by the reference evaluator, each with the first that does.

    Lines of several days are looked at with `spans` alone: put together from those of its days, the kind of change of a
    line may be another one than that of any day, and units need not divide evenly.
    """
    found: dict[Kind, Json] = {}
    for claim in series:
        numbered = {each["number"]: each for each in claim["lines"]}
        both = [referred(each, claim) for each in (old, new)]
        for before, after in zip(*both, strict=True):
            is_day = numbered[before.number].get("date_to") in (None, numbered[before.number]["date"])
            if is_day is not spans and what_counts(before) != what_counts(after):
                found.setdefault(kind_of(before, after), claim)
    return found


def referred(of: Side, claim: Json) -> tuple[LineDetermination, ...]:
    """Answer every line, of several days as they are put together."""
    return of.rulebase.decide(claim, payer=PAYER, known_on=KNOWN_ON).lines
