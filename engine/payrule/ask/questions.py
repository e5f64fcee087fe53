"""Which facts can change the answer for a line, and which to ask next.

A fact matters while two completions of the claim differ in it alone and have different answers. Only such a fact is
asked; when none is left, no completion of what was not asked changes the answer.

The next question is the one after which the fewest questions are to be expected: of few facts counted exactly, over all
completions, each value of a fact that rules tell apart as likely as the others; of many by how much is left open after
it.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import msgspec

from payrule.ask.case import NOTHING, Case, Known, OverBudgetError, Standing
from payrule.ask.facts import Answer, Fact
from payrule.model.choices import Disposition
from payrule.source.diagnostics import EncounterError

MOST_TRIED = 4_000
"""Completions, whole or begun, that are looked at to count questions; where there are more, one is chosen greedily."""

MOST_SHOWN = 20_000
"""Completions, whole or begun, that are looked at to show that a fact matters, or that it does not."""


class Shown(msgspec.Struct, frozen=True):
    """Two completions that differ in a fact and have different answers; by `alone`, in nothing else.

    They differ in more only where it says something of one fact that another is not known: where a specialty is not
    given, the profession stands for it.
    """

    fact: Fact
    completions: tuple[Known, Known]
    answers: tuple[Disposition, Disposition]
    alone: bool = True


class Question(msgspec.Struct, frozen=True):
    """A fact to ask, why it matters, and how many questions are expected from here on, itself among them.

    `expected` is None where that was not counted; `values` are those that rules tell apart.
    """

    fact: Fact
    shown: Shown
    values: tuple[Answer, ...]
    expected: float | None = None


class Settled(msgspec.Struct, frozen=True):
    """The answer that every completion gives; `others` is what it still waits for, and nobody can be asked.

    `is_proved` is false where values were left out that some rule may tell apart.
    """

    disposition: Disposition
    others: tuple[str, ...] = ()
    is_proved: bool = True


class UnfinishedError(Exception):
    """It was not found out whether a fact matters."""


def next_question(case: Case, known: Known = NOTHING) -> Question | Settled:
    """Give the question that settles a line soonest, or the answer where no question can change it.

    >>> from payrule import load
    >>> rulebase = load()
    >>> line = {"number": 1, "code": "97110", "date": "2016-03-01", "minutes": 15}
    >>> claim = {"id": "E-1", "lines": [line | {"provider": {"type": "physical-therapist", "relationship": "self"}}]}
    >>> case = Case(rulebase, rulebase.terms(payer="blue-cross", known_on="2026-01-01"), claim, 1)
    >>> found = next_question(case)
    >>> found.fact.name, found.expected
    ('line.documentation.clinical_rationale', 1.9375)
    """
    standing = case.standing(known)
    if not standing.waits:
        return Settled(standing.disposition, standing.others)
    try:
        best = _exactly(case, known)
    except OverBudgetError:
        order: Iterable[tuple[Fact, float | None]] = _greedily(case, known, standing)
    else:
        order = [] if best is None else [best]
    for fact, expected in order:
        shown = matters(case, known, fact)
        if shown is not None:
            return Question(fact, shown, case.values(fact), expected)
    return _settled(case, known)


def matters(case: Case, known: Known, fact: Fact) -> Shown | None:
    """Give two completions that differ in one fact alone and in their answers; None where there are none.

    Raises UnfinishedError where more would have to be tried than is reasonable.
    """
    supposed = [known | {(fact, value)} for value in case.values(fact)]
    case.most = case.tried + MOST_SHOWN
    try:
        alone = _apart(case, supposed, fact, set())
        found = alone or _ends_apart(case, supposed)
    except OverBudgetError:
        raise UnfinishedError(fact.name) from None
    finally:
        case.most = None
    if found is None:
        return None
    one, two = (case.standing(each).disposition for each in found)
    return Shown(fact, found, (one, two), alone is not None)


def _ends_apart(case: Case, supposed: Iterable[Known]) -> tuple[Known, Known] | None:
    """Give completions of two of these that have different answers, where no one completion of the others shows it."""
    found: dict[Disposition, Known] = {}
    for each in supposed:
        for disposition, whole in _ends(case, each).items():
            other = next((one for answer, one in found.items() if answer != disposition), None)
            if other is not None:
                return other, whole
        found |= _ends(case, each)
    return None


def _ends(case: Case, known: Known) -> dict[Disposition, Known]:
    """Give a completion for each answer that there can be."""
    standing = _fitting(case, known)
    if standing is None:
        return {}
    if not standing.waits:
        return {standing.disposition: known}
    found: dict[Disposition, Known] = {}
    for value in case.values(standing.waits[0]):
        found |= _ends(case, known | {(standing.waits[0], value)})
    return found


def in_order(case: Case, known: Known = NOTHING) -> Fact | None:
    """Give the first fact that a line waits for, as they are listed: what one would ask who does not look further."""
    return next(iter(case.standing(known).waits), None)


def _apart(case: Case, supposed: Sequence[Known], fact: Fact, seen: set[Known]) -> tuple[Known, Known] | None:
    """Look for one completion of the other facts with which two of these have different answers."""
    closed: dict[Disposition, Known] = {}
    others: dict[Fact, None] = {}
    fitting = []
    for each in supposed:
        standing = _fitting(case, each)
        if standing is None:
            continue
        fitting.append(each)
        if standing.waits:
            others.update(dict.fromkeys(standing.waits))
        else:
            closed[standing.disposition] = each
            if len(closed) > 1:
                one, two = closed.values()
                return one, two
    others.pop(fact, None)
    if not others:
        return None
    common = frozenset[Any].intersection(*fitting)
    if common in seen:
        return None
    seen.add(common)
    other = next(iter(others))
    for value in case.values(other):
        found = _apart(case, [each | {(other, value)} for each in fitting], fact, seen)
        if found is not None:
            return found
    return None


def _fitting(case: Case, known: Known) -> Standing | None:
    """Say what a line is while facts are known; None where their values do not fit together."""
    try:
        return case.standing(known)
    except EncounterError:
        return None


def _exactly(case: Case, known: Known) -> tuple[Fact, float] | None:
    """Give the question that leads to the fewest questions on average, and how many; None where no answer changes."""
    case.most = case.tried + MOST_TRIED
    costs: dict[Known, tuple[float, Fact | None, frozenset[Disposition]]] = {}

    def cost(here: Known) -> tuple[float, Fact | None, frozenset[Disposition]]:
        if here in costs:
            return costs[here]
        standing = case.standing(here)
        best: tuple[float, Fact | None] = (0.0, None)
        answers = frozenset({standing.disposition})
        for at, fact in enumerate(standing.waits):
            below = [cost(here | {(fact, value)}) for value in _possible(case, here, fact)]
            if at == 0:
                answers = answers.__class__().union(*(each for _, _, each in below)) if below else answers
                if len(answers) == 1:
                    break
            if below and (best[1] is None or 1 + sum(each for each, _, _ in below) / len(below) < best[0] - _EVEN):
                best = 1 + sum(each for each, _, _ in below) / len(below), fact
        costs[here] = (*best, answers)
        return costs[here]

    try:
        expected, fact, _ = cost(known)
    finally:
        case.most = None
    return None if fact is None else (fact, expected)


_EVEN = 1e-9
"""Means that differ by less are the same."""


def _possible(case: Case, known: Known, fact: Fact) -> Iterator[Answer]:
    """List the values of a fact that fit to what is known."""
    return (value for value in case.values(fact) if _fitting(case, known | {(fact, value)}) is not None)


def _greedily(case: Case, known: Known, standing: Standing) -> Iterator[tuple[Fact, None]]:
    """List facts by how many are waited for after them, on average over their values; those of the fewest first."""

    def left(fact: Fact) -> float:
        after = [_fitting(case, known | {(fact, value)}) for value in case.values(fact)]
        counts = [len(each.waits) for each in after if each is not None]
        return sum(counts) / len(counts) if counts else float("inf")

    yield from ((fact, None) for fact in sorted(standing.waits, key=left))


def _settled(case: Case, known: Known) -> Settled:
    """Give the answer that every completion gives: that of any."""
    seen = [known]
    while (standing := case.standing(seen[-1])).waits:
        fact = standing.waits[0]
        seen.append(seen[-1] | {(fact, next(_possible(case, seen[-1], fact)))})
    is_proved = all(case.is_complete(fact) for fact in chain.from_iterable(case.standing(each).waits for each in seen))
    return Settled(standing.disposition, standing.others, is_proved)


def expected_questions(case: Case, known: Known = NOTHING, *, in_listed_order: bool = False) -> float:
    """Count how many questions are asked on average, each value of a fact that rules tell apart as likely as others.

    `in_listed_order` asks all that is waited for, in the order in which it is listed.
    """
    if in_listed_order:
        fact = in_order(case, known)
    else:
        found = next_question(case, known)
        fact = found.fact if isinstance(found, Question) else None
    if fact is None:
        return 0.0
    after: Iterable[Known] = (known | {(fact, value)} for value in _possible(case, known, fact))
    below = [expected_questions(case, each, in_listed_order=in_listed_order) for each in after]
    return 1 + sum(below) / len(below)
