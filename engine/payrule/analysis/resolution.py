"""Encode one concern: which rule decides it on the definite matches, and what can become of it in some scenario.

The closed forms of step 5 (`resolve.scenarios`) and steps 1 to 4 (`resolve.settle`), as formulas. Everything here is
held to those modules by a differential test.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import Any

import msgspec

from payrule.analysis.rule_set import RuleSet
from payrule.analysis.solver import ALWAYS, NEVER, Graph
from payrule.model.choices import UNDECIDED, Disposition, Liability
from payrule.resolve.remittance import codes
from payrule.resolve.scenarios import Standing, standing
from payrule.resolve.settle import EFFECTS, BoundConcern, BoundRule
from payrule.results.determination import RemittanceCodes

Literals = Mapping[str, int]
"""A literal for each rule, by its name."""


class SettledConcern:
    """Encode one concern: which rule decides it on the definite matches, and what some scenario gives."""

    def __init__(self, graph: Graph, concern: BoundConcern, definite: Literals, possible: Literals) -> None:
        """Take the concern, and for each of its rules the literals that it matches."""
        self.graph, self.concern = graph, concern
        self.definite, self.possible = definite, possible
        self.active = {
            rule.name: graph.all((definite[rule.name], *(-definite[each] for each in sorted(rule.overridden_by))))
            for rule in concern.rules
        }
        self.decides: dict[str, int] = {}
        self._kept: dict[tuple[str, frozenset[str], frozenset[str]], int] = {}
        self._overriders: dict[str, frozenset[str]] = {}
        found: dict[Standing, list[int]] = {}
        nothing_yet = ALWAYS
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
        return self.graph.some((*found, self._empty if effect == "neutral" else NEVER))

    def can_avoid(self, effects: Iterable[str]) -> int:
        """Say that some scenario gives none of these effects."""
        others = [literal for (each, _), literal in self.standings.items() if each not in effects]
        return self.graph.some((*others, self._empty))

    def affirms_at_discretion(self) -> int:
        """Say that the concern is decided by an affirmative value, and a conclusion of that value says may."""
        found = []
        for rule in self.concern.rules:
            if rule.effect == "affirmative":
                value = rule.rule.conclude.value
                alike = [each for each in self.concern.rules if each.rule.conclude.value == value and says_may(each)]
                speaks = self.graph.some(self.active[each.name] for each in alike)
                found.append(self.graph.all((self.decides[rule.name], speaks)))
        return self.graph.some(found)

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
            return NEVER
        if rule.name not in loud:
            return self.possible[rule.name]
        if not rule.overridden_by:
            return NEVER
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


class AnswerLiterals(msgspec.Struct, frozen=True):
    """For each part of an answer, its values with the literal that the answer has this one; exactly one holds."""

    disposition: dict[Disposition, int]
    liability: dict[Liability | None, int]
    concern: dict[str | None, int]
    discretionary: dict[bool, int]
    remittance: dict[RemittanceCodes | None, int]
    rule: dict[str | None, int]

    def parts(self) -> tuple[dict[Any, int], ...]:
        """Give the parts that count as the answer; which rule decides is no part of it."""
        return (self.disposition, self.liability, self.concern, self.discretionary, self.remittance)

    def literals(self) -> list[int]:
        """List the literals of every part, and those of the deciding rule."""
        return [literal for part in (*self.parts(), self.rule) for literal in part.values()]


class Resolution:
    """Encode what becomes of the subject, given which rules match it."""

    def __init__(self, graph: Graph, rules: RuleSet, definite: Literals, possible: Literals) -> None:
        """Take the rules, and for each the literals that it matches."""
        self.graph, self.rules = graph, rules
        self.definite, self.possible = definite, possible
        self.settled = [SettledConcern(graph, concern, definite, possible) for concern in rules.concerns]

    def without(self, removed: BoundRule) -> "Resolution":
        """Encode what becomes of the subject when one rule never matches."""
        definite = {**self.definite, removed.name: NEVER}
        possible = {**self.possible, removed.name: NEVER}
        other = copy(self)
        other.definite, other.possible = definite, possible
        other.settled = [
            SettledConcern(self.graph, each.concern, definite, possible)
            if each.concern.id == removed.rule.conclude.concern
            else each
            for each in self.settled
        ]
        return other

    def answer(self) -> AnswerLiterals:
        """Encode the answer."""
        reached = self._dispositions()
        pending = self.graph.at_least(2, reached.values())
        disposition: dict[Disposition, int] = {
            name: self.graph.all((literal, -pending)) for name, literal in reached.items()
        }
        deciders = self._deciders(disposition)
        liability = self._liability(disposition["denied"])
        remittance = self._remittance(deciders, liability)
        concerns: dict[str | None, int] = {
            each.concern.id: self.graph.some(deciders[rule.name] for rule in each.concern.rules)
            for each in self.settled
        }
        payable = disposition["payable"]
        may = self.graph.some((self._discretionary(deciders), self.graph.all((payable, self._reduced_at_discretion()))))
        return AnswerLiterals(
            disposition=disposition | {"pending": pending},
            liability=liability,
            concern=self._else_none(concerns),
            discretionary={True: may, False: -may},
            remittance=remittance,
            rule=self._else_none(deciders),
        )

    def _reduced_at_discretion(self) -> int:
        """Say that a conclusion that reduces the line says may."""
        return self.graph.some(
            self.graph.all((each.active[rule.name], self.graph.some(each.decides[other.name] for other in alike)))
            for each in self.settled
            for rule in each.concern.rules
            if rule.effect == "reduced" and says_may(rule)
            for alike in [[other for other in each.concern.rules if other.effect == "reduced"]]
        )

    def _else_none(self, literals: Mapping[Any, int]) -> dict[Any, int]:
        return {**literals, None: -self.graph.some(literals.values())}

    def _dispositions(self) -> dict[Disposition, int]:
        """Say which dispositions some scenario gives; the concerns are independent of each other."""
        blocking = ("denied", "returned")
        silent = self.graph.all(each.can_have("neutral") for each in self.settled)
        payable = self._some_scenario("affirmative", blocking)
        by_default = self.rules.otherwise != UNDECIDED
        return {
            "denied": self.graph.some(each.can_have("denied") for each in self.settled),
            "returned": self._some_scenario("returned", ("denied",)),
            "payable": self.graph.some((payable, silent)) if by_default else payable,
            "undecided": NEVER if by_default else silent,
        }

    def _some_scenario(self, effect: str, without: Sequence[str]) -> int:
        """Say that one concern can have an effect while all others avoid stronger ones."""
        avoiding = [each.can_avoid(without) for each in self.settled]
        return self.graph.some(
            self.graph.all((each.can_have(effect), *avoiding[:place], *avoiding[place + 1 :]))
            for place, each in enumerate(self.settled)
        )

    def _deciders(self, disposition: Mapping[Disposition, int]) -> dict[str, int]:
        """Say for each rule that it decides the line: the first concern, in their order, with the strongest effect."""
        found = dict.fromkeys((rule.name for rule in self.rules.rules), NEVER)
        for effect, answer in EFFECTS:
            still = disposition[answer]
            for each in self.settled:
                here = [rule.name for rule in each.concern.rules if rule.effect == effect]
                found.update((name, self.graph.all((still, each.decides[name]))) for name in here)
                still = self.graph.all((still, *(-each.decides[name] for name in here)))
        return found

    def _liability(self, denied: int) -> dict[Liability | None, int]:
        """Say who bears a denial; liability that differs between scenarios is unspecified."""
        bearers: dict[Liability, list[int]] = {"provider": [], "unspecified": [], "subscriber": []}
        earlier: list[int] = []
        for each in self.settled:
            for (effect, liability), literal in each.standings.items():
                if effect == "denied" and liability is not None:
                    bearers[liability].append(self.graph.all((literal, *earlier)))
            earlier.append(each.can_avoid(("denied",)))
        bears = {liability: self.graph.some(found) for liability, found in bearers.items()}
        provider = self.graph.all((denied, bears["provider"], -bears["subscriber"], -bears["unspecified"]))
        subscriber = self.graph.all((denied, bears["subscriber"], -bears["provider"], -bears["unspecified"]))
        return {
            "provider": provider,
            "subscriber": subscriber,
            "unspecified": self.graph.all((denied, -provider, -subscriber)),
            None: -denied,
        }

    def _remittance(
        self, deciders: Literals, liability: Mapping[Liability | None, int]
    ) -> dict[RemittanceCodes | None, int]:
        found: dict[RemittanceCodes, list[int]] = {}
        for rule in self.rules.rules:
            remittance = self.rules.remittances.get(rule.name)
            if remittance is not None and rule.blocks:
                bearers = liability if rule.effect == "denied" else {None: ALWAYS}
                for bearer, literal in bearers.items():
                    named = codes(remittance, bearer)
                    if named is not None and (bearer is not None or rule.effect != "denied"):
                        found.setdefault(named, []).append(self.graph.all((deciders[rule.name], literal)))
        return self._else_none({named: self.graph.some(literals) for named, literals in found.items()})

    def _discretionary(self, deciders: Literals) -> int:
        """Step 7: the deciding conclusion says may; of a payable line, any affirmative one does."""
        rules = self.rules.rules
        blocking = [deciders[rule.name] for rule in rules if rule.blocks and says_may(rule)]
        payable = self.graph.some(deciders[rule.name] for rule in rules if rule.effect == "affirmative")
        affirming = (each.affirms_at_discretion() for each in self.settled)
        return self.graph.some((*blocking, self.graph.all((payable, self.graph.some(affirming)))))
