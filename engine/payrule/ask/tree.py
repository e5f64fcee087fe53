"""All questions about a line at once: a tree that says which comes next after which answer.

It ends where no answer matters any more, where values of an answer have no order and are many, and where enough was
tried; whatever is then still missing is asked when the answers have been decided.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import msgspec

from payrule.ask.case import NOTHING, Case, Known
from payrule.ask.facts import Answer
from payrule.ask.questions import Question, UnfinishedError, next_question

MOST_QUESTIONS = 60
"""Questions of a tree."""

MOST_TRIED = 30_000
"""Completions, whole or begun, that are looked at for a tree."""


class Branch(msgspec.Struct, frozen=True):
    """Some answers to a question, which lead to the same question.

    Of numbers and days, `low` is the first of them, and `below` the first that leads elsewhere; None is without end.
    `values` are the others.
    """

    then: "Asked"
    values: tuple[Answer, ...] = ()
    low: Answer | None = None
    below: Answer | None = None


class Asked(msgspec.Struct, frozen=True):
    """A question, with what is known when it is asked, and what is asked after which answers."""

    question: Question
    known: Known
    branches: tuple[Branch, ...] = ()


def questions(case: Case, known: Known = NOTHING) -> Asked | None:
    """Give the questions about a line; None where nothing has to be asked, or where it takes too long to find out.

    >>> from payrule import load
    >>> rulebase = load()
    >>> line = {"number": 1, "code": "97010", "date": "2016-03-01"}
    >>> claim = {"id": "E-1", "lines": [line | {"provider": {"type": "physical-therapist", "relationship": "self"}}]}
    >>> case = Case(rulebase, rulebase.terms(payer="blue-cross", known_on="2026-01-01"), claim, 1)
    >>> asked = questions(case)
    >>> asked.question.fact.name, asked.branches[0].values, asked.branches[0].then.question.fact.name
    ('line.documentation.clinical_rationale', (True,), 'line.documentation.anatomical_site')
    """
    return _Tree(case).of(known)


class _Tree:
    """Make a tree, and count what was made."""

    def __init__(self, case: Case) -> None:
        self._case, self._count, self._first = case, 0, case.tried

    def of(self, known: Known) -> Asked | None:
        if self._count >= MOST_QUESTIONS or self._case.tried - self._first >= MOST_TRIED:
            return None
        try:
            found = next_question(self._case, known)
        except UnfinishedError:
            return None
        if not isinstance(found, Question):
            return None
        self._count += 1
        attribute = self._case.rulebase.documents.vocabulary.attributes[found.fact.attribute]
        if attribute.many or attribute.type in ("code", "text"):
            return Asked(found, known)
        after = [(value, self.of(known | {(found.fact, value)})) for value in found.values]
        in_order = attribute.type in ("integer", "date")
        return Asked(found, known, tuple(_runs(after) if in_order else _groups(after)))


def _runs(after: Sequence[tuple[Answer, Asked | None]]) -> Iterator[Branch]:
    """Put values in order, and those together that lead to the same."""
    listed: list[Any] = sorted(after, key=lambda each: each[0])
    runs = [(list(run), then) for then, run in groupby(listed, key=lambda each: _shape(each[1]))]
    for at, (run, _) in enumerate(runs):
        low = run[0][0] if at else None
        below = runs[at + 1][0][0][0] if at + 1 < len(runs) else None
        if run[0][1] is not None:
            yield Branch(run[0][1], (), low, below)


def _groups(after: Sequence[tuple[Answer, Asked | None]]) -> Iterator[Branch]:
    """Put values together that lead to the same."""
    found: dict[Any, list[tuple[Answer, Asked]]] = {}
    for value, then in after:
        if then is not None:
            found.setdefault(_shape(then), []).append((value, then))
    for group in found.values():
        yield Branch(group[0][1], tuple(value for value, _ in group))


def _shape(asked: Asked | None) -> Any:
    """Give what is the same for trees that ask the same."""
    if asked is None:
        return None
    branches = tuple((each.values, each.low, each.below, _shape(each.then)) for each in asked.branches)
    return asked.question.fact.name, branches
