"""The rules that bind a line, placed in the payer's tiers and grouped by the concern they answer.

Every function here is a function of the *set* of matching rules; no order of anything can reach it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from graphlib import TopologicalSorter
from itertools import combinations
from typing import Any

import msgspec
from msgspec import UNSET

from payrule.model.choices import LIABILITIES, MODALITIES, UNDECIDED, Disposition, Liability
from payrule.model.policy import Pay, Policy, Rule
from payrule.model.vocabulary import Concern, Effect, Vocabulary
from payrule.results.determination import By, How

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
    when: Mapping[str, Any]

    @property
    def rule_name(self) -> str:
        """The name of the rule, whichever case of it this is."""
        return f"{self.policy.id}/{self.rule.id}"

    @property
    def pays(self) -> Pay | None:
        """What is paid of a line that this conclusion reduces; None for any other."""
        pay = self.rule.conclude.pay
        return pay if self.effect == "reduced" and pay is not UNSET else None

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
    tests: bool = True
    """Whether some value of it denies, returns or affirms a line, and not all of them say how much is paid."""

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
    return tuple(
        BoundConcern(
            concern.id,
            _groups(concern, bound[concern.id]),
            any(value.effect not in ("reduced", "neutral") for value in concern.values),
        )
        for concern in vocabulary.concerns
    )


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
    names = {rule.id: tuple(name for name, *_ in _cases(policy, rule, vocabulary)) for rule in policy.rules}
    bound = []
    for rule in policy.rules:
        for name, effect, when in _cases(policy, rule, vocabulary):
            liability, strictness = _placed(policy, rule, tier, vocabulary.concern(rule.conclude.concern), effect)
            bound.append(
                BoundRule(
                    name=name,
                    policy=policy,
                    rule=rule,
                    tier=tier,
                    effect=effect,
                    liability=liability,
                    strictness=strictness,
                    overridden_by=frozenset(name for each in overriders[rule.id] for name in names[each]),
                    depth=depths[rule.id],
                    when=when,
                )
            )
    return bound


NOTHING_LEFT = " (nothing left)"
"""What the name of a rule goes on with in the case in which its limit leaves nothing of a line, which denies it."""


def _cases(policy: Policy, rule: Rule, vocabulary: Vocabulary) -> Iterator[tuple[str, Effect, Mapping[str, Any]]]:
    """Give the cases of a rule: its name, its effect and its condition.

    A rule that pays what is within a quota has two: it reduces the line, and where nothing is within, it denies it. The
    first matches whenever the rule does, so that what the rule overrides does not wait for the quota.
    """
    name = f"{policy.id}/{rule.id}"
    concern = vocabulary.concern(rule.conclude.concern)
    effect = next(each.effect for each in concern.values if each.value == rule.conclude.value)
    yield name, effect, rule.when
    pay = rule.conclude.pay
    if effect == "reduced" and pay is not UNSET and pay.quota is not None:
        shared = ({"within": {"at_most": 0}}, {"over": {"at_least": 1}})
        nothing = [{"quota": {pay.quota: each}} for each in shared]
        yield f"{name}{NOTHING_LEFT}", "denied", {"all": [rule.when, *nothing]}


def told_once(matching: AbstractSet[str]) -> AbstractSet[str]:
    """Leave out that a rule reduces a line where its limit leaves nothing, so that it denies the line.

    >>> sorted(told_once({"p/r", "p/r (nothing left)", "p/s"}))
    ['p/r (nothing left)', 'p/s']
    """
    denying = {each.removesuffix(NOTHING_LEFT) for each in matching if each.endswith(NOTHING_LEFT)}
    return matching - denying if denying else matching


def _placed(
    policy: Policy, rule: Rule, tier: int, concern: Concern, effect: Effect
) -> tuple[Liability | None, Strictness]:
    """Say who bears a conclusion, and find its place in the order of strictness; what denies is before what reduces."""
    conclude = rule.conclude
    position = next(n for n, each in enumerate(concern.values) if each.value == conclude.value)
    liability = (conclude.liability or "unspecified") if effect == "denied" else None
    bearer = LIABILITIES.index(liability) if liability else 0
    place = 2 * position + (effect == "reduced")
    return liability, (place, bearer, MODALITIES.index(conclude.modality), tier, policy.id, rule.id)


class Settled(msgspec.Struct, frozen=True):
    """What became of one concern: the reasons, the deciding one first; what was overruled; what conflicts."""

    concern: str
    reasons: tuple[BoundRule, ...]
    overruled: tuple[tuple[BoundRule, By], ...]
    conflicts: tuple[tuple[BoundRule, BoundRule], ...]

    @property
    def decider(self) -> BoundRule | None:
        """The deciding conclusion; None when no rule of the concern is active."""
        return self.reasons[0] if self.reasons else None


class Outcome(msgspec.Struct, frozen=True):
    """The answer for a line on one set of matches."""

    disposition: Disposition
    concern: str | None
    liability: Liability | None


def active(rules: Iterable[BoundRule], matching: AbstractSet[str]) -> tuple[BoundRule, ...]:
    """Find the active rules (step 1): those that match and that no matching rule overrides."""
    return tuple(rule for rule in rules if rule.name in matching and matching.isdisjoint(rule.overridden_by))


def decider(concern: BoundConcern, matching: AbstractSet[str]) -> BoundRule | None:
    """Find what decides a concern (step 2): the strictest active conclusion of the first group that has one."""
    for group in concern.groups:
        found = active(group, matching)
        if found:
            return min(found, key=lambda rule: rule.strictness)
    return None


def settle(concern: BoundConcern, matching: AbstractSet[str]) -> Settled:
    """Say what decides a concern, which conclusions agree, are overruled, or conflict (steps 2 and 3)."""
    matching = told_once(matching)
    deciding = decider(concern, matching)
    if deciding is None:
        return Settled(concern.id, (), (), ())
    standing = sorted(active(concern.rules, matching), key=lambda rule: rule.strictness)
    agreeing = [
        rule
        for rule in standing
        if rule.rule.conclude.value == deciding.rule.conclude.value and rule.effect == deciding.effect
    ]
    reasons = (deciding, *(rule for rule in agreeing if rule is not deciding))
    overruled = [(rule, _by(deciding, _how(concern, rule, deciding))) for rule in standing if rule not in agreeing]
    overruled += [
        (rule, _by(_overrider(concern, rule, matching, standing), "override"))
        for rule in concern.rules
        if rule.name in matching and rule not in standing
    ]
    return Settled(
        concern.id,
        reasons,
        tuple(sorted(overruled, key=lambda pair: pair[0].name)),
        tuple(pair for pair in combinations(standing, 2) if contradict(*pair)),
    )


def outcome(concerns: Iterable[BoundConcern], matching: AbstractSet[str]) -> Outcome:
    """Answer for a line whose matching rules are known (step 4)."""
    return strongest((concern.id, decider(concern, matching)) for concern in concerns)


def strongest(deciders: Iterable[tuple[str, BoundRule | None]]) -> Outcome:
    """Choose among what decides each concern, in their order: the first that has the strongest effect."""
    listed = list(deciders)
    for effect, disposition in EFFECTS:
        for concern, deciding in listed:
            if deciding is not None and deciding.effect == effect:
                return Outcome(disposition, concern, deciding.liability)
    return Outcome(UNDECIDED, None, None)


EFFECTS: tuple[tuple[str, Disposition], ...] = (
    ("denied", "denied"),
    ("returned", "returned"),
    ("affirmative", "payable"),
)
"""Effects that give a disposition, the strongest first."""


def _how(concern: BoundConcern, rule: BoundRule, deciding: BoundRule) -> How:
    return "tier" if len(concern.groups) > 1 and rule.tier > deciding.tier else "strictness"


def _by(rule: BoundRule, how: How) -> By:
    return By(rule.policy.id, rule.rule.id, how)


def _overrider(
    concern: BoundConcern, rule: BoundRule, matching: AbstractSet[str], standing: Iterable[BoundRule]
) -> BoundRule:
    """Name one overrider of a rule: an active one before an inactive one, then the strictest."""
    found = [other for other in concern.rules if other.name in rule.overridden_by and other.name in matching]
    return min(found, key=lambda other: (other not in standing, other.strictness))


def contradict(one: BoundRule, two: BoundRule) -> bool:
    """Tell whether two conclusions on one concern conflict when both are active (step 3).

    What reduces conflicts with none that blocks or reduces.
    """
    if "reduced" in (one.effect, two.effect) and all(each.blocks or each.effect == "reduced" for each in (one, two)):
        return False
    return one.tier == two.tier and (
        one.rule.conclude.value != two.rule.conclude.value or one.liability != two.liability
    )
