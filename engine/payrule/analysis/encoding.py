"""The claims and the rules of one or two sides as one graph, with as many other lines as any answer can need.

A condition on other lines asks for one line that satisfies it. So no more other lines are ever needed than the largest
set of lines of which each is the only one to satisfy some condition that can matter for the subject; the solver finds
its size. With so many other lines a search is complete.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import msgspec

from payrule.analysis.minimize import State
from payrule.analysis.payments import Paid, points_paid
from payrule.analysis.payments import differ as paid_differs
from payrule.analysis.problem import Encoder, Problem, Room
from payrule.analysis.resolution import AnswerLiterals, Resolution
from payrule.analysis.rule_set import RuleSet, counts_in, other_lines
from payrule.analysis.solver import ALWAYS, NEVER, Graph, never
from payrule.analysis.variables import SUBJECT
from payrule.encounter.encounter import DATE
from payrule.language.lower import Formula, Lines, OneOf, OtherLine, Quota
from payrule.resolve.settle import BoundRule
from payrule.results.difference import Certainty


class Wanted(msgspec.Struct, frozen=True):
    """A condition on other lines, the encoder that reads it, and the literal that it can matter for the subject."""

    encoder: Encoder
    condition: OtherLine
    matters: int


def lines_needed(ground: Problem, *, any_date: bool) -> int:
    """Add other lines to a space until one more could not be the only one to satisfy anything; give their number.

    With `any_date` they may be of another date. Where rules look add-on codes up, one line more may be the primary one
    of the subject. Raises OutOfTimeError when the time limit cuts the search off.
    """
    count = _lines_of_conditions(ground, any_date=any_date)
    if not ground.looks_for_primaries:
        return count
    while ground.space.others <= count:
        ground.space.add_other(any_date=any_date)
    return count + 1


def _lines_of_conditions(ground: Problem, *, any_date: bool) -> int:
    graph, space, holds, guard = ground.graph, ground.space, ground.solver.holds, ground.guard
    wanted = _wanted(ground.encoders)
    satisfied: list[list[tuple[int, int]]] = []
    while holds((guard, graph.at_least(len(satisfied) + 1, [each.matters for each in wanted])), model=False):
        line = space.add_other(any_date=any_date)
        satisfied.append([each.encoder.satisfied_by(each.condition, line) for each in wanted])
        if not holds((guard, *_each_is_needed(graph, wanted, satisfied)), model=False):
            return line - 1
    return len(satisfied)


def _wanted(encoders: Sequence[Encoder]) -> list[Wanted]:
    """List the conditions on other lines; what two sides ask in the same way is one condition."""
    found: dict[tuple[Any, ...], list[tuple[Encoder, int]]] = {}
    for encoder in encoders:
        settled = repr((encoder.rules.setting, sorted(encoder.taken.items(), key=str)))
        for name, conditions in encoder.rules.other_lines().items():
            # The rule rests on them; they matter where nothing else of it fails.
            matters = encoder.truth(encoder.rules.conditions[name], SUBJECT, alone=True)[1]
            for condition in conditions:
                # A fact of one name need not mean the same to both sides.
                facts = tuple(encoder.rules.facts_below(condition).items())
                found.setdefault((condition, facts, settled), []).append((encoder, matters))
    return [
        Wanted(asking[0][0], condition, asking[0][0].graph.some(matters for _, matters in asking))
        for (condition, *_), asking in found.items()
    ]


def _each_is_needed(
    graph: Graph, wanted: Sequence[Wanted], satisfied: Sequence[list[tuple[int, int]]]
) -> Iterator[int]:
    """Say that each line is the only one to satisfy some condition, definitely or possibly.

    No two lines can be so for one condition, hence no more lines are needed than conditions matter. The lines are
    ordered by the first condition for which they are needed, as any lines can be.
    """
    before: list[int] | None = None
    for place, mine in enumerate(satisfied):
        others = [theirs for at, theirs in enumerate(satisfied) if at != place]
        so_far, needed = [], NEVER
        for position, each in enumerate(wanted):
            alone = graph.some(
                graph.all((each.matters, mine[position][level], *(-theirs[position][level] for theirs in others)))
                for level in (0, 1)
            )
            needed = graph.some((needed, alone))
            so_far.append(needed)
        if before is not None:
            yield from (
                graph.some((-mine_too, theirs)) for mine_too, theirs in zip(so_far, [NEVER, *before], strict=False)
            )
        yield needed
        before = so_far


Span = tuple[date | None, date | None]
"""Dates of service from the first to before the second; None is unbounded."""


class Regime(msgspec.Struct, frozen=True):
    """The dates of service on which the same policy versions bind, and the rules of each side on them."""

    spans: tuple[Span, ...]
    rules: tuple[RuleSet, ...]


def of_one_side(regimes: Iterable[Regime]) -> frozenset[Lines | Quota]:
    """Give the counts that not every side of a regime asks, or that are asked of one side alone."""
    found = set[Lines | Quota]()
    for each in regimes:
        sides = [frozenset(counts_in((rules,))) for rules in each.rules]
        found |= frozenset().union(*sides) - (frozenset.intersection(*sides) if len(sides) > 1 else frozenset())
    return frozenset(found)


class Encoding(Problem):
    """Ask questions of every encounter that some rule sets can be asked about.

    `guard` is to be assumed in each question: what is taken for granted of attributes that are computed over several
    lines holds under it. A proof that does not need it is a proof for whatever those attributes may be.
    """

    def __init__(  # noqa: PLR0913 - what a question may narrow, each by name
        self,
        regimes: Sequence[Regime],
        expired: Callable[[], bool] = never,
        also: Sequence[Formula] = (),
        *,
        codes: OneOf | None = None,
        earlier: int | None = None,
        named: frozenset[str] = frozenset(),
    ) -> None:
        """Encode the rules of regimes; `also` are formulas that no rule asks, but that questions will.

        With `codes` the rules are those for a line of these codes, and so are questions; `named` are the codes that
        other rules name. With `earlier` there are no more earlier lines than that.
        Raises OutOfTimeError when time runs out before the number of other lines is settled.
        """
        rule_sets = [rules for each in regimes for rules in each.rules]
        also = (*also, codes) if codes else also
        breaks = sorted({day for each in regimes for span in each.spans for day in span if day is not None})
        beside = [each for rules in rule_sets for asked in rules.other_lines().values() for each in asked]
        beside += (each for formula in also for each in other_lines(formula))
        any_date = not all(each.same_date for each in beside)
        # What the search for their number needs would burden every question after it. It looks at conditions on other
        # lines by themselves, also at those that stand inside a quota.
        ground = Problem(rule_sets, breaks, expired, (*also, *beside), named=named)
        needed = lines_needed(ground, any_date=any_date)
        self.points = points_paid(rule_sets)
        alike = frozenset(counts_in(rule_sets)) - of_one_side(regimes)
        super().__init__(
            rule_sets, breaks, expired, also, Room(needed, any_date, self.points, earlier, alike), named=named
        )
        self.other_lines = needed
        self.space.is_of_codes = codes is not None
        if codes:
            self.solver.require(self.encoders[0].truth(codes, SUBJECT)[0])
        self.counted = tuple(dict.fromkeys(counts_in(rule_sets, also)))
        self.left_open = tuple(each for each in self.counted if each not in self.plan.tied)

    def bounds(self) -> tuple[str, ...]:
        """Say of what claims counts of lines are worked out; nothing where none are."""
        return bounds(self.counted_on) if self.counted_on else ()

    @property
    def counted_on(self) -> tuple[tuple[int, int], ...]:
        """Give the other lines and the earlier lines that there are to count; nothing where none are counted."""
        return ((self.space.others, self.space.earlier),) if self.plan.tied else ()

    def answer(self, encoder: Encoder) -> AnswerLiterals:
        """Encode the answer of one rule set for the subject."""
        return Resolution(self.graph, encoder.rules, *encoder.matches()).answer()

    def with_fewer_lines(self, others: int, earlier: int) -> int:
        """Say that a claim has fewer other lines than so many, or as many and fewer earlier lines."""
        space, graph = self.space, self.graph
        fewer = NEVER if others == 0 else -space.present(others) if others <= space.others else ALWAYS
        no_more = -space.present(others + 1) if others < space.others else ALWAYS
        last = space.others + earlier
        fewer_earlier = NEVER if earlier == 0 else -space.present(last) if earlier <= space.earlier else ALWAYS
        return graph.some((fewer, graph.all((no_more, fewer_earlier))))

    def question(self, regime: Regime) -> tuple[int, ...]:
        """Give what is assumed in each question about a regime."""
        return (self.guard, self.within(regime.spans))

    def within(self, spans: Iterable[Span]) -> int:
        """Say that the subject's date of service lies in one of the spans."""
        steps: dict[Any, int] = dict(self.space.slot(DATE, SUBJECT).steps)
        return self.graph.some(
            self.graph.all((steps.get(first, ALWAYS) if first else ALWAYS, -steps[after] if after else ALWAYS))
            for first, after in spans
        )

    def paid(self, encoder: Encoder, without: BoundRule | None = None) -> Paid:
        """Encode what is paid of the subject by one rule set, if it is payable; as if one rule never matched."""
        never = {} if without is None else {without.name: NEVER}
        definite, possible = encoder.matches()
        return Paid(encoder, definite | never, possible | never, self.points)

    def differ(self, one: AnswerLiterals, two: AnswerLiterals, paid: tuple[Paid, Paid]) -> tuple[int, int]:
        """Say that two answers differ in anything that counts, and that a payable line is paid otherwise."""
        graph = self.graph
        parts = [
            graph.all((literal, -after.get(value, NEVER)))
            for before, after in zip(one.parts(), two.parts(), strict=True)
            for value, literal in before.items()
        ]
        payable = graph.all((one.disposition["payable"], two.disposition["payable"]))
        paid_otherwise = graph.all((payable, paid_differs(graph, paid[0].parts, paid[1].parts)))
        return graph.some((*parts, paid_otherwise)), paid_otherwise

    def proof(self) -> Certainty:
        """Say how far the last answer goes that something cannot be: whether it needs the guard."""
        return "bounded" if self.solver.needs(self.guard) else "proved"

    def is_exact(self, state: State) -> bool:
        """Tell whether a state holds but what a claim says: nothing is computed over lines, counted or looked up."""
        return not (self.looks_up or self.counted or any(slot.settled for slot in state.literals))


def bounds(counted_on: Iterable[tuple[int, int]]) -> tuple[str, ...]:
    """Say of what claims counts of lines are worked out, of some questions: the other lines and the earlier ones.

    >>> bounds([(2, 0)])
    ('lines are counted on claims with at most 2 other lines, of one day each',)
    >>> bounds([(2, 24), (4, 2)])
    ('lines are counted on claims with at most 2 to 4 other lines and 2 to 24 earlier lines, of one day each',)
    """
    others, earlier = map(_between, zip(*counted_on, strict=True))
    earlier = "" if earlier == "0" else f" and {earlier} earlier lines"
    return (f"lines are counted on claims with at most {others} other lines{earlier}, of one day each",)


def _between(numbers: Iterable[int]) -> str:
    least, *_, most = sorted({*numbers}) * 2
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"
