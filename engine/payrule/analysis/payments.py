"""What is paid of a payable line, as thresholds: units within limits, percentages, and the codes of what is not paid.

Amounts are ordered on the numbers of units that rules mention. A kind of change tells by which rules a line is reduced,
and whether more or less is paid, never how much (`resolve.payment` says what is paid).
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from fractions import Fraction
from itertools import chain

import msgspec

from payrule.analysis.counts import Reached
from payrule.analysis.problem import Encoder
from payrule.analysis.resolution import Literals
from payrule.analysis.rule_set import RuleSet
from payrule.analysis.solver import ALWAYS, NEVER, Graph
from payrule.analysis.variables import SUBJECT
from payrule.encounter.encounter import UNITS
from payrule.language.lower import Quota, counted
from payrule.resolve.payment import WHOLE
from payrule.resolve.remittance import GROUPS
from payrule.resolve.settle import NOTHING_LEFT, BoundRule

_EVERY = 12
"""Units up to which each number is told apart, where what is within a quota is paid."""


def points_paid(rule_sets: Iterable[RuleSet]) -> tuple[int, ...]:
    """Give the numbers of units that are told apart in what is paid."""
    found: set[int] = set()
    for rules in rule_sets:
        for rule in rules.rules:
            if rule.pays is not None and isinstance(rule.pays.units, int):
                found |= {rule.pays.units, rule.pays.units + 1}
            elif rule.pays is not None and rule.pays.quota is not None:
                limit = paid_quota(rules, rule).sharing.limit
                found |= {1, limit, limit + 1, *range(1, min(limit, _EVERY) + 1)}
    return tuple(sorted(each for each in found if each > 0))


def paid_quota(rules: RuleSet, rule: BoundRule) -> Quota:
    """Give what is within the quota of which a rule pays: the last that is asked where nothing is left of a line."""
    nothing_left = rules.conditions[f"{rule.name}{NOTHING_LEFT}"]
    *_, quota = (each for each in counted(nothing_left) if isinstance(each, Quota))
    return msgspec.structs.replace(quota, kind="within", tests=())


class Left(msgspec.Struct, frozen=True):
    """The units that a limit leaves, at least and at most; `sure` and `perhaps` that it applies."""

    rule: BoundRule
    low: Reached
    high: Reached
    sure: int
    perhaps: int


class Paid:
    """What is paid of the subject, if it is payable."""

    def __init__(self, encoder: Encoder, definite: Literals, possible: Literals, points: Sequence[int]) -> None:
        """Take what matches, and the numbers of units that are told apart."""
        self.graph, self.points, self._encoder = encoder.graph, points, encoder
        rules = [each for each in encoder.rules.rules if each.pays is not None]
        self._sure = {each.name: self._applies(each, definite, possible) for each in rules}
        self._perhaps = {each.name: self._applies(each, possible, definite) for each in rules}
        self._limits = [self._left(each) for each in rules if each.pays and each.pays.units is not None]
        self._percents = [each for each in rules if each.pays and each.pays.percent not in (None, WHOLE)]
        self.percents = {each.name: each.pays.percent for each in self._percents if each.pays and each.pays.percent}
        self.reduces = self._reduces()
        self.parts = dict(self._parts())

    def _applies(self, rule: BoundRule, mine: Literals, theirs: Literals) -> int:
        return self.graph.all((mine[rule.name], *(-theirs[each] for each in sorted(rule.overridden_by))))

    def _left(self, rule: BoundRule) -> Left:
        pays, sure, perhaps = rule.pays, self._sure[rule.name], self._perhaps[rule.name]
        if pays is not None and isinstance(pays.units, int):
            most = pays.units
            low: Reached = lambda number: self.billed_low(number) if number <= most else NEVER  # noqa: E731
            high: Reached = lambda number: self.billed_high(number) if number <= most else NEVER  # noqa: E731
            return Left(rule, low, high, sure, perhaps)
        within = self._encoder.within(paid_quota(self._encoder.rules, rule))
        return Left(rule, within.low, within.high, sure, perhaps)

    def billed_low(self, number: int) -> int:
        """Say that so many units are billed."""
        return self._billed(number)[0]

    def billed_high(self, number: int) -> int:
        """Say that so many units may be billed."""
        return self._billed(number)[1]

    def _billed(self, number: int) -> tuple[int, int]:
        if not self._encoder.space.declared(UNITS):
            return NEVER, ALWAYS
        held = self._encoder.held(UNITS, SUBJECT)
        reached = dict(held.steps)[number]
        return self.graph.all((held.known, reached)), self.graph.some((-held.known, reached))

    def low(self, number: int) -> int:
        """Say that so many units are paid at least."""
        left = (self.graph.some((-each.perhaps, each.low(number))) for each in self._limits)
        return self.graph.all((self.billed_low(number), *left))

    def high(self, number: int) -> int:
        """Say that so many units are paid at most."""
        left = (self.graph.some((-each.sure, each.high(number))) for each in self._limits)
        return self.graph.all((self.billed_high(number), *left))

    def _strictest(self, limit: Left) -> int:
        """Say that a limit is the strictest of those that surely apply, and leaves fewer units than are billed."""
        graph, stricter = self.graph, []
        for other in self._limits:
            if other is not limit:
                less = self._some(lambda k, o=other: (limit.high(k), -o.high(k)))  # type: ignore[misc]
                as_much = self._some(lambda k, o=other: (o.high(k), -limit.high(k)))  # type: ignore[misc]
                is_before = other.rule.strictness < limit.rule.strictness
                stricter.append(graph.all((other.sure, graph.some((less, -as_much)) if is_before else less)))
        unpaid = self._some(lambda k: (self.billed_low(k), -limit.high(k)))
        return graph.all((limit.sure, unpaid, *(-each for each in stricter)))

    def _some(self, said: Callable[[int], Sequence[int]]) -> int:
        return self.graph.some(self.graph.all(said(number)) for number in self.points)

    def _reduces(self) -> dict[str, int]:
        """Say for each rule that it surely reduces what is paid."""
        limits = {each.rule.rule_name: self._strictest(each) for each in self._limits}
        return limits | {each.rule_name: self._sure[each.name] for each in self._percents}

    def percent(self, reducing: AbstractSet[str]) -> Fraction:
        """Give the percentage that is paid at most where some rules surely reduce a line."""
        found = Fraction(WHOLE)
        for rule in self._percents:
            if rule.rule_name in reducing and rule.pays and rule.pays.percent is not None:
                found *= Fraction(str(rule.pays.percent)) / WHOLE
        return found

    def _codes(self, rule: BoundRule) -> Hashable:
        codes = self._encoder.rules.remittances.get(rule.name)
        group = (codes.group if codes else None) or GROUPS[rule.rule.conclude.liability]
        return group, codes.carc if codes else None, codes.rarc if codes else ()

    def _parts(self) -> Iterable[tuple[Hashable, int]]:
        """Say everything by which what is paid can differ."""
        graph = self.graph
        if self._limits:
            bind = (
                graph.all((each.perhaps, self._some(lambda k, o=each: (self.billed_high(k), -o.low(k)))))  # type: ignore[misc]
                for each in self._limits
            )
            yield "limited", graph.some(bind)
        if self.points:
            yield from ((("least", number), self.low(number)) for number in self.points)
            yield from ((("most", number), self.high(number)) for number in self.points)
        listed: dict[Hashable, list[int]] = {}
        for rule in self._percents:
            percent = float(rule.pays.percent or WHOLE) if rule.pays else WHOLE
            listed.setdefault(("percent", percent, "sure"), []).append(self._sure[rule.name])
            listed.setdefault(("percent", percent, "perhaps"), []).append(self._perhaps[rule.name])
        for rule in chain((each.rule for each in self._limits), self._percents):
            listed.setdefault(("codes", self._codes(rule)), []).append(self.reduces[rule.rule_name])
        for key, literals in listed.items():
            yield from (((key, number), graph.at_least(number, literals)) for number in range(1, len(literals) + 1))


def order(graph: Graph, before: Paid, after: Paid) -> tuple[int, int]:
    """Say that as many units are paid after as before, or more; and as many or fewer."""
    more = graph.all(graph.some((-before.high(number), after.high(number))) for number in before.points)
    less = graph.all(graph.some((-after.high(number), before.high(number))) for number in before.points)
    return more, less


def differ(graph: Graph, one: Mapping[Hashable, int], two: Mapping[Hashable, int]) -> int:
    """Say that what is paid differs in anything that counts."""
    keys = sorted({*one, *two}, key=repr)
    return graph.some(-graph.same(one.get(key, NEVER), two.get(key, NEVER)) for key in keys)
