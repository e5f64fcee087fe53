"""The encounters and the rules of one or two sides as one graph, with as many other lines as any answer can need."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from payrule.analysis.asked import Asked, asked
from payrule.analysis.derived import REGION_RELATION, REGIONS, UNITS_SUPPORTED
from payrule.analysis.encoder import Encoder
from payrule.analysis.graph import FALSE, TRUE, Graph
from payrule.analysis.looked_up import LOOKED_UP, known
from payrule.analysis.resolution import AnswerLiterals, Resolution
from payrule.analysis.rulesets import RuleSet, other_lines
from payrule.analysis.siblings import lines_needed
from payrule.analysis.smallest import State
from payrule.analysis.solver import Solver, never
from payrule.analysis.space import CODE, DATE, SUBJECT, Space
from payrule.documents.differences import Certainty
from payrule.documents.models import Vocabulary
from payrule.language.leaves import Formula

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
        breaks: Iterable[date],
        expired: Callable[[], bool] = never,
        also: Sequence[Formula] = (),
    ) -> None:
        """Encode the rule sets; `breaks` are the days on which other versions begin to apply.

        `also` are formulas that no rule asks, but that questions will.

        Raises OutOfTimeError when time runs out before the number of other lines is settled.
        """
        self.graph = Graph()
        questions, apart, named = _questions(rule_sets, also)
        self.space = Space(self.graph, _vocabularies(rule_sets), questions, apart, breaks)
        self.space.named = named
        self._looks_up = any(self.space.function(name) in LOOKED_UP for name in questions)
        self.guard = self.graph.variable()
        self.space.slot(DATE, SUBJECT)
        self.space.slot(CODE, SUBJECT)
        self.solver = Solver(self.graph, self.space.axioms, expired)
        self.encoders = [Encoder(self.space, rules, self.guard) for rules in rule_sets]
        any_date = not all(each.same_date for formula in also for each in other_lines(formula))
        self.other_lines = lines_needed(self.space, self.encoders, self.solver, self.guard, any_date=any_date)

    def answer(self, encoder: Encoder) -> AnswerLiterals:
        """Encode the answer of one rule set for the subject."""
        return Resolution(self.graph, encoder.rules, *encoder.matches()).answer()

    def within(self, spans: Iterable[Span]) -> int:
        """Say that the subject's date of service lies in one of the spans."""
        steps: dict[Any, int] = dict(self.space.slot(DATE, SUBJECT).steps)
        return self.graph.some(
            self.graph.all((steps.get(first, TRUE) if first else TRUE, -steps[after] if after else TRUE))
            for first, after in spans
        )

    def differ(self, one: AnswerLiterals, two: AnswerLiterals) -> int:
        """Say that two answers differ in anything that counts."""
        graph = self.graph
        return graph.some(
            graph.all((literal, -after.get(value, FALSE)))
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


def _vocabularies(rule_sets: Sequence[RuleSet]) -> list[Vocabulary]:
    found: list[Vocabulary] = []
    for rules in rule_sets:
        if not any(rules.vocabulary is each for each in found):
            found.append(rules.vocabulary)
    return found


def _questions(
    rule_sets: Sequence[RuleSet], also: Sequence[Formula]
) -> tuple[dict[str, Asked], frozenset[str], frozenset[str]]:
    """Collect what the rules ask, and what the functions that compute attributes look at in turn.

    Beside it stand the attributes of which every value matters, and the codes that rules name one by one.
    """
    conditions = [each for rules in rule_sets for each in (*rules.conditions.values(), *rules.used_facts().values())]
    found = asked((*conditions, *also))
    named = frozenset(str(value) for members in found.get(CODE, Asked()).sets for value in members.values)
    computed = {
        rules.vocabulary.attributes[name].derived
        for rules in rule_sets
        for name in tuple(found)
        if name in rules.vocabulary.attributes
    }
    if UNITS_SUPPORTED in computed:
        timed = {rules.setting.timed_codes: None for rules in rule_sets}
        found[CODE] = found.get(CODE, Asked()).and_also(Asked(tuple(timed)))
    if computed & LOOKED_UP:
        for rules in rule_sets:
            for name, more in known(rules.setting, named).asked(rules.setting.tables).items():
                found[name] = found.get(name, Asked()).and_also(more)
    return found, frozenset({REGIONS} if REGION_RELATION in computed else ()), named
