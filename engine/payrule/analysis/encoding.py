"""The encounters and the rules of one or two sides as one graph, with as many other lines as any answer can need."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from payrule.analysis.derived import UNITS_SUPPORTED
from payrule.analysis.graph import ALWAYS, NEVER, never
from payrule.analysis.line_bound import lines_needed
from payrule.analysis.minimize import State
from payrule.analysis.problem import Encoder, Ground
from payrule.analysis.resolution import AnswerLiterals, Resolution
from payrule.analysis.rulesets import RuleSet, other_lines
from payrule.analysis.variables import DATE, SUBJECT
from payrule.language.lower import Formula
from payrule.results.difference import Certainty

Span = tuple[date | None, date | None]
"""Dates of service from the first to before the second; None is unbounded."""


def breaks(spans: Iterable[Span]) -> list[date]:
    """List the days on which another span begins.

    >>> breaks([(None, date(2024, 7, 1)), (date(2024, 7, 1), None)])
    [datetime.date(2024, 7, 1)]
    """
    return sorted({day for span in spans for day in span if day is not None})


class Encoding:
    """Ask questions of every encounter that some rule sets can be asked about.

    `guard` is to be assumed in each question: what is taken for granted of attributes that are computed over several
    lines holds under it. A proof that does not need it is a proof for whatever those attributes may be.
    """

    def __init__(
        self,
        rule_sets: Sequence[RuleSet],
        breaks: Sequence[date],
        expired: Callable[[], bool] = never,
        also: Sequence[Formula] = (),
    ) -> None:
        """Encode the rule sets; `breaks` are the days on which other versions begin to apply.

        `also` are formulas that no rule asks, but that questions will.

        Raises OutOfTimeError when time runs out before the number of other lines is settled.
        """
        beside = [each for rules in rule_sets for asked in rules.other_lines().values() for each in asked]
        beside += (each for formula in also for each in other_lines(formula))
        any_date = not all(each.same_date for each in beside)
        # What the search for their number needs would burden every question after it.
        self.other_lines = lines_needed(Ground(rule_sets, breaks, expired, also), any_date=any_date)
        ground = Ground(rule_sets, breaks, expired, also)
        for _ in range(self.other_lines):
            ground.space.add_other(any_date=any_date)
        self.graph, self.space, self.guard = ground.graph, ground.space, ground.guard
        self.solver, self.encoders = ground.solver, ground.encoders
        self._looks_up = ground.looks_up

    def answer(self, encoder: Encoder) -> AnswerLiterals:
        """Encode the answer of one rule set for the subject."""
        return Resolution(self.graph, encoder.rules, *encoder.matches()).answer()

    def within(self, spans: Iterable[Span]) -> int:
        """Say that the subject's date of service lies in one of the spans."""
        steps: dict[Any, int] = dict(self.space.slot(DATE, SUBJECT).steps)
        return self.graph.some(
            self.graph.all((steps.get(first, ALWAYS) if first else ALWAYS, -steps[after] if after else ALWAYS))
            for first, after in spans
        )

    def differ(self, one: AnswerLiterals, two: AnswerLiterals) -> int:
        """Say that two answers differ in anything that counts."""
        graph = self.graph
        return graph.some(
            graph.all((literal, -after.get(value, NEVER)))
            for before, after in zip(one.parts(), two.parts(), strict=True)
            for value, literal in before.items()
        )

    def proof(self) -> Certainty:
        """Say how far the last answer goes that something cannot be: whether it needs the guard."""
        return "bounded" if self.guard in self.solver.core() else "proved"

    def is_exact(self, state: State) -> bool:
        """Tell whether a state holds nothing but what a claim says itself.

        What is computed over lines is bounded, and so is what is looked up in a table.
        """
        return not self._looks_up and not any(slot.settled for slot in state.literals)

    def is_timed(self, attribute: str | None) -> bool:
        """Tell whether an attribute says that minutes support units."""
        declared = self.space.declared(attribute) if attribute is not None else []
        return any(each.derived == UNITS_SUPPORTED for each in declared)
