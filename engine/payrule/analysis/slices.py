"""The rules that can answer a line of some code: a question about every claim is asked code by code, of these alone.

A condition on the code of the line itself is settled once the code is chosen, and with it most rules: they never match
such a line. Codes for which the same conditions are left are asked about together. Other lines are not narrowed: they
have every code that these conditions tell apart.
"""

from collections.abc import Mapping, Sequence

import msgspec

from payrule.analysis.encoding import Regime
from payrule.analysis.problem import code_classes
from payrule.analysis.rule_set import RuleSet, counts_in
from payrule.analysis.value_classes import UNWRITTEN
from payrule.analysis.variables import CODE
from payrule.language.lower import All, FactLeaf, Formula, Not, OneOf, Quota, Some
from payrule.model.values import ValueSet
from payrule.resolve.settle import NOTHING_LEFT, BoundConcern, BoundRule

TRUE, FALSE = All(()), Some(())


class Slice(msgspec.Struct, frozen=True):
    """Regimes with the rules that can match a line of some codes; `codes` is None where they are those of every code.

    Of codes that no rule tells apart one is named.
    """

    regimes: tuple[Regime, ...]
    codes: OneOf | None = None


def slices(regimes: Sequence[Regime]) -> tuple[Slice, ...]:
    """Cut a question by the code of the line that is answered, where rules count lines; else it stays whole.

    Without counts a question is as quickly answered whole. It stays whole, too, where a table is looked up by codes.
    """
    rule_sets = [rules for each in regimes for rules in each.rules]
    classes = code_classes(rule_sets) if any(counts_in(rule_sets)) else ()
    found: dict[tuple[tuple[tuple[str, Formula], ...], ...], list[str]] = {}
    for code in classes:
        left = tuple(tuple(_left(rules, code).items()) for rules in rule_sets)
        found.setdefault(left, []).append(code)
    if len(found) <= 1 or UNWRITTEN in classes:
        return (Slice(tuple(regimes)),)
    return tuple(_slice(regimes, [dict(each) for each in left], codes) for left, codes in found.items())


def _slice(regimes: Sequence[Regime], left: Sequence[Mapping[str, Formula]], codes: Sequence[str]) -> Slice:
    conditions = iter(left)
    narrow = [
        msgspec.structs.replace(each, rules=tuple(narrowed(rules, next(conditions)) for rules in each.rules))
        for each in regimes
    ]
    return Slice(tuple(narrow), OneOf(CODE, ValueSet(frozenset(codes))))


def _left(rules: RuleSet, code: str) -> dict[str, Formula]:
    """Give what is left of the condition of each rule that can match a line of a code."""
    chosen = ChosenCode(code, rules.facts)
    found = {
        # What a rule pays is read from the quota in its second case.
        name: chosen.settled(condition, quotas=not name.endswith(NOTHING_LEFT))
        for name, condition in rules.conditions.items()
    }
    return {name: each for name, each in found.items() if each != FALSE}


class ChosenCode:
    """Settle what conditions ask of the code of the line itself.

    >>> two, three = OneOf("line.code", ValueSet.of(["00002"])), OneOf("line.code", ValueSet.of(["00003"]))
    >>> ChosenCode("00003", {"f": Some((two, three))}).settled(All((Not(two), FactLeaf("f")))) == TRUE
    True
    """

    def __init__(self, code: str, facts: Mapping[str, Formula]) -> None:
        """Take the code, and the facts that conditions name."""
        self.code, self._facts = code, facts
        self._known: dict[str, Formula] = {}

    def settled(self, formula: Formula, *, quotas: bool = True) -> Formula:
        """Give what is left of a condition; quotas that the line has no part in are settled, too, unless told else."""
        if isinstance(formula, OneOf):
            return self._of_code(formula)
        if isinstance(formula, Not):
            part = self.settled(formula.part, quotas=quotas)
            return FALSE if part == TRUE else TRUE if part == FALSE else Not(part)
        if isinstance(formula, (All, Some)):
            neutral, decisive = (TRUE, FALSE) if isinstance(formula, All) else (FALSE, TRUE)
            parts = [self.settled(each, quotas=quotas) for each in formula.parts]
            parts = [each for each in parts if each != neutral]
            return decisive if decisive in parts else parts[0] if len(parts) == 1 else type(formula)(tuple(parts))
        if isinstance(formula, FactLeaf):
            return self._of_fact(formula)
        return self._of_quota(formula) if quotas and isinstance(formula, Quota) else formula

    def _of_code(self, leaf: OneOf) -> Formula:
        if leaf.attribute != CODE:
            return leaf
        return TRUE if self.code in leaf.values else FALSE

    def _of_fact(self, leaf: FactLeaf) -> Formula:
        if leaf.name not in self._known:
            written = self._facts[leaf.name]
            found = self.settled(written)
            self._known[leaf.name] = leaf if found == written else found
        return self._known[leaf.name]

    def _of_quota(self, quota: Quota) -> Formula:
        """Of a line outside a quota nothing is over it."""
        if quota.kind != "over" or self.settled(quota.formula) != FALSE:
            return quota
        return FALSE if any(test != "at_most" and operand > 0 for test, operand in quota.tests) else TRUE


def narrowed(rules: RuleSet, conditions: Mapping[str, Formula]) -> RuleSet:
    """Keep the rules that have a condition still, with what is left of it."""

    def kept(rule: BoundRule) -> BoundRule:
        overriders = frozenset(each for each in rule.overridden_by if each in conditions)
        return msgspec.structs.replace(rule, overridden_by=overriders)

    def of_concern(concern: BoundConcern) -> BoundConcern:
        groups = (tuple(kept(rule) for rule in group if rule.name in conditions) for group in concern.groups)
        return msgspec.structs.replace(concern, groups=tuple(group for group in groups if group))

    return msgspec.structs.replace(rules, concerns=tuple(map(of_concern, rules.concerns)), conditions=dict(conditions))
