"""Steps 1 to 4: from one set of matching rules to the answer for a line.

Every function here is a function of the *set* of matching rules; no order of anything can reach it.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from itertools import combinations

import msgspec

from payrule.model.choices import Liability
from payrule.model.policy import UNDECIDED, Disposition
from payrule.resolve.bound import BoundConcern, BoundRule
from payrule.results.determination import By, How


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
    deciding = decider(concern, matching)
    if deciding is None:
        return Settled(concern.id, (), (), ())
    standing = sorted(active(concern.rules, matching), key=lambda rule: rule.strictness)
    agreeing = [rule for rule in standing if rule.rule.conclude.value == deciding.rule.conclude.value]
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
    """Tell whether two conclusions on one concern conflict when both are active (step 3)."""
    return one.tier == two.tier and (
        one.rule.conclude.value != two.rule.conclude.value or one.liability != two.liability
    )
