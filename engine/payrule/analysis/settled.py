"""Encode one concern: which rule decides it on the definite matches, and what can become of it in some scenario.

The closed form of `resolve.scenarios`, as formulas over the literals of definite and possible matches.
"""

from collections.abc import Iterable, Mapping, Sequence

from payrule.analysis.graph import FALSE, TRUE, Graph
from payrule.resolve.bound import BoundConcern, BoundRule
from payrule.resolve.scenarios import Standing, standing

Literals = Mapping[str, int]
"""A literal for each rule, by its name."""


class SettledConcern:
    """Encode one concern: which rule decides it on the definite matches, and what some scenario gives."""

    def __init__(self, graph: Graph, concern: BoundConcern, definite: Literals, possible: Literals) -> None:
        """Take the concern, and for each of its rules the literals that it matches."""
        self.graph, self.concern = graph, concern
        self.definite, self.possible = definite, possible
        self.active = {rule.name: self._active(rule) for rule in concern.rules}
        self.decides: dict[str, int] = {}
        self._kept: dict[tuple[str, frozenset[str], frozenset[str]], int] = {}
        self._overriders: dict[str, frozenset[str]] = {}
        found: dict[Standing, list[int]] = {}
        nothing_yet = TRUE
        for group in concern.groups:
            strict = sorted(group, key=lambda rule: rule.strictness)
            for place, rule in enumerate(strict):
                stricter = graph.some(self.active[each.name] for each in strict[:place])
                self.decides[rule.name] = graph.all((nothing_yet, self.active[rule.name], -stricter))
                can = graph.all((nothing_yet, self._can_decide(rule, group, strict[:place])))
                found.setdefault(standing(rule), []).append(can)
            nothing_yet = graph.all((nothing_yet, *(-definite[rule.name] for rule in group)))
        self.standings = {each: graph.some(literals) for each, literals in found.items()}
        self._empty = nothing_yet

    def can_have(self, effect: str) -> int:
        """Say that some scenario gives an effect; no conclusion at all is neutral."""
        found = [literal for (each, _), literal in self.standings.items() if each == effect]
        return self.graph.some((*found, self._empty if effect == "neutral" else FALSE))

    def can_avoid(self, effects: Iterable[str]) -> int:
        """Say that some scenario gives none of these effects."""
        others = [literal for (each, _), literal in self.standings.items() if each not in effects]
        return self.graph.some((*others, self._empty))

    def affirms_at_discretion(self) -> int:
        """Say that the concern is decided by an affirmative value, and a conclusion of that value says may."""
        found = []
        for rule in self.concern.rules:
            if rule.effect == "affirmative":
                alike = [each for each in self.concern.rules if _value(each) == _value(rule) and says_may(each)]
                speaks = self.graph.some(self.active[each.name] for each in alike)
                found.append(self.graph.all((self.decides[rule.name], speaks)))
        return self.graph.some(found)

    def _active(self, rule: BoundRule) -> int:
        return self.graph.all(
            (self.definite[rule.name], *(-self.definite[each] for each in sorted(rule.overridden_by)))
        )

    def _can_decide(self, rule: BoundRule, group: Sequence[BoundRule], stricter: Sequence[BoundRule]) -> int:
        """Say that some scenario without the overriders of a rule leaves it the strictest active one of its group."""
        left_out, loud = rule.overridden_by, frozenset(each.name for each in stricter)
        by_name = {each.name: each for each in group}
        quiet = [
            self.graph.some((-self.definite[each.name], self._is_kept(each, left_out, loud, by_name)))
            for each in group
            if each.name in loud or each.name in left_out
        ]
        return self.graph.all((self.possible[rule.name], *quiet))

    def _is_kept(
        self, rule: BoundRule, left_out: frozenset[str], loud: frozenset[str], group: Mapping[str, BoundRule]
    ) -> int:
        """Say that the largest scenario without some rules, in which no loud rule is active, holds this rule."""
        if rule.name in left_out:
            return FALSE
        if rule.name not in loud:
            return self.possible[rule.name]
        if not rule.overridden_by:
            return FALSE
        above = self._above(rule, group)
        key = (rule.name, left_out & above, loud & above)
        if key not in self._kept:
            overriders = (group[each] for each in sorted(rule.overridden_by) if each in group)
            covered = self.graph.some(self._is_kept(each, left_out, loud, group) for each in overriders)
            self._kept[key] = self.graph.all((self.possible[rule.name], covered))
        return self._kept[key]

    def _above(self, rule: BoundRule, group: Mapping[str, BoundRule]) -> frozenset[str]:
        """Give a rule, and every rule that overrides it, directly or through another."""
        if rule.name not in self._overriders:
            inner = (self._above(group[each], group) for each in rule.overridden_by if each in group)
            self._overriders[rule.name] = frozenset({rule.name}).union(*inner)
        return self._overriders[rule.name]


def says_may(rule: BoundRule) -> bool:
    """Tell whether a conclusion leaves the payer a choice."""
    return rule.rule.conclude.modality == "may"


def _value(rule: BoundRule) -> str:
    return rule.rule.conclude.value
