"""The rules that bind a line, placed in the payer's tiers and grouped by the concern they answer."""

from collections.abc import Iterable, Mapping, Sequence
from graphlib import TopologicalSorter

import msgspec

from payrule.model.choices import LIABILITIES, MODALITIES, Liability
from payrule.model.policy import Concern, Effect, Policy, Rule, Vocabulary

Place = tuple[int, int, "BoundRule"]
"""The concern of a rule and its group in it, by position, and the rule."""

Strictness = tuple[int, int, int, int, str, str]


class BoundRule(msgspec.Struct, frozen=True):
    """A rule of a policy version in a tier of a payer.

    `strictness` orders conclusions: value, liability, modality, tier, policy id, rule id, the smallest first.
    `overridden_by` names the rules of the same policy that override this one; `depth` is greater than that of each of
    them.
    """

    name: str
    policy: Policy
    rule: Rule
    tier: int
    effect: Effect
    liability: Liability | None
    strictness: Strictness
    overridden_by: frozenset[str]
    depth: int

    @property
    def blocks(self) -> bool:
        """Tell whether this conclusion denies or returns the line."""
        return self.effect in ("denied", "returned")


class BoundConcern(msgspec.Struct, frozen=True):
    """The bound rules on one concern, in groups of which the first that has an active conclusion decides.

    A ranked concern has a group for each tier; a cumulative one has a single group, for each of its rules is a
    requirement of its own.
    """

    id: str
    groups: tuple[tuple[BoundRule, ...], ...]

    @property
    def rules(self) -> tuple[BoundRule, ...]:
        """All rules of the concern."""
        return tuple(rule for group in self.groups for rule in group)


def narrowed(concern: BoundConcern, places: Mapping[str, Place], names: Iterable[str]) -> BoundConcern:
    """Keep the rules of these names alone: no other rule can reach the answer, and there may be thousands."""
    groups: list[list[BoundRule]] = [[] for _ in concern.groups]
    for name in names:
        _, group, rule = places[name]
        groups[group].append(rule)
    return BoundConcern(concern.id, tuple(tuple(sorted(group, key=_order)) for group in groups if group))


def places_of(concerns: Sequence[BoundConcern]) -> dict[str, Place]:
    """Find the place of each rule, by its name."""
    return {
        rule.name: (position, number, rule)
        for position, concern in enumerate(concerns)
        for number, group in enumerate(concern.groups)
        for rule in group
    }


def bind(tiers: Sequence[Iterable[Policy]], vocabulary: Vocabulary) -> tuple[BoundConcern, ...]:
    """Place the rules of policy versions in tiers, highest first; order within a tier does not matter."""
    bound: dict[str, list[BoundRule]] = {concern.id: [] for concern in vocabulary.concerns}
    for tier, policies in enumerate(tiers):
        for policy in policies:
            for rule in _bound_rules(policy, tier, vocabulary):
                bound[rule.rule.conclude.concern].append(rule)
    return tuple(BoundConcern(concern.id, _groups(concern, bound[concern.id])) for concern in vocabulary.concerns)


def _groups(concern: Concern, rules: list[BoundRule]) -> tuple[tuple[BoundRule, ...], ...]:
    ordered = sorted(rules, key=_order)
    if concern.settled == "cumulative":
        return (tuple(ordered),) if ordered else ()
    tiers = sorted({rule.tier for rule in ordered})
    return tuple(tuple(rule for rule in ordered if rule.tier == tier) for tier in tiers)


def _order(rule: BoundRule) -> tuple[int, str]:
    """Place each rule after the rules that override it."""
    return rule.depth, rule.name


def _bound_rules(policy: Policy, tier: int, vocabulary: Vocabulary) -> list[BoundRule]:
    overriders: dict[str, set[str]] = {rule.id: set() for rule in policy.rules}
    for rule in policy.rules:
        for overridden in rule.overrides:
            overriders[overridden].add(rule.id)
    depths: dict[str, int] = {}
    for rule_id in TopologicalSorter(overriders).static_order():
        depths[rule_id] = max((depths[each] + 1 for each in overriders[rule_id]), default=0)
    bound = []
    for rule in policy.rules:
        effect, liability, strictness = _placed(policy, rule, tier, vocabulary.concern(rule.conclude.concern))
        bound.append(
            BoundRule(
                name=f"{policy.id}/{rule.id}",
                policy=policy,
                rule=rule,
                tier=tier,
                effect=effect,
                liability=liability,
                strictness=strictness,
                overridden_by=frozenset(f"{policy.id}/{each}" for each in overriders[rule.id]),
                depth=depths[rule.id],
            )
        )
    return bound


def _placed(policy: Policy, rule: Rule, tier: int, concern: Concern) -> tuple[Effect, Liability | None, Strictness]:
    """Find the effect of a conclusion, who bears it, and its place in the order of strictness."""
    conclude = rule.conclude
    position = next(n for n, each in enumerate(concern.values) if each.value == conclude.value)
    effect = concern.values[position].effect
    liability = (conclude.liability or "unspecified") if effect == "denied" else None
    bearer = LIABILITIES.index(liability) if liability else 0
    strictness = (position, bearer, MODALITIES.index(conclude.modality), tier, policy.id, rule.id)
    return effect, liability, strictness
