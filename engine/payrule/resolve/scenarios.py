"""Step 5: what can become of a line while facts are unknown, without trying every scenario.

A scenario is any set of matches between the definite ones and the possible ones. The questions here have closed forms,
polynomial in the rules of a concern; the tests hold each of them to an enumeration of all scenarios.

Everything rests on one question, `silenced`: is there a scenario that leaves out some rules and in which none of some
others is active? Taking a rule in can only silence others, so the largest candidate answers it.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

import msgspec

from payrule.model.choices import UNDECIDED, Disposition, Liability
from payrule.model.vocabulary import Effect
from payrule.resolve.settle import BoundConcern, BoundRule

Standing = tuple[Effect, Liability | None]
"""What a concern contributes to a line: an effect and, when it denies, who bears it."""

QUIET: Standing = ("neutral", None)
"""Nothing: no conclusion, or a neutral one."""

_DENIED = frozenset({"denied"})
_BLOCKING = frozenset({"denied", "returned"})
_STRENGTH: tuple[Effect, ...] = ("denied", "returned", "affirmative", "neutral")
"""Effects, the strongest first."""


class Reach(msgspec.Struct, frozen=True):
    """What can become of one concern: the rules that can decide it, and how waiting rules can shift what they give.

    `standings` are the contributions that some scenario gives, `effects` their effects.
    """

    concern: str
    deciders: tuple[BoundRule, ...]
    standings: frozenset[Standing]
    effects: frozenset[str]
    shifts: dict[str, frozenset[tuple[Standing, Standing]]]

    def can_avoid(self, effects: AbstractSet[str]) -> bool:
        """Tell whether some scenario gives none of these effects."""
        return not self.effects <= effects

    def can_have(self, effect: str) -> bool:
        """Tell whether some scenario gives this effect."""
        return effect in self.effects


def standing(rule: BoundRule | None) -> Standing:
    """Give what a deciding rule contributes to its line."""
    return QUIET if rule is None or rule.effect in ("neutral", "reduced") else (rule.effect, rule.liability)


def silenced(
    rules: Sequence[BoundRule], definite: AbstractSet[str], left_out: AbstractSet[str], loud: AbstractSet[str]
) -> frozenset[str] | None:
    """Give the largest scenario without `left_out` in which no rule of `loud` is active; None when there is none.

    `rules` are the possible rules of a group, each after the rules that override it.
    """
    kept: set[str] = set()
    for rule in rules:
        if rule.name not in left_out and (rule.name not in loud or not kept.isdisjoint(rule.overridden_by)):
            kept.add(rule.name)
        elif rule.name in definite:
            return None
    return frozenset(kept)


def reach(concern: BoundConcern, definite: AbstractSet[str], possible: AbstractSet[str]) -> Reach:
    """Say what can become of a concern, and how the presence of each waiting rule can change that."""
    groups = _open_groups(concern, definite, possible)
    can_be_empty = not any(rule.name in definite for group in groups for rule in group)
    by_group = [[rule for rule in group if _can_decide(rule, group, definite)] for group in groups]
    shifts = {}
    for position, (group, found) in enumerate(zip(groups, by_group, strict=True)):
        later = [standing(rule) for each in by_group[position + 1 :] for rule in each]
        before = (later + ([QUIET] if can_be_empty else [])) if _is_open(group, definite) else []
        for rule in group:
            if rule.name not in definite:
                changes = {(each, standing(rule)) for each in before} | _shifts_within(rule, found, group, definite)
                shifts[rule.name] = frozenset(pair for pair in changes if pair[0] != pair[1])
    deciders = tuple(rule for found in by_group for rule in found)
    standings = frozenset([*map(standing, deciders), *([QUIET] if can_be_empty else [])])
    return Reach(concern.id, deciders, standings, frozenset(effect for effect, _ in standings), shifts)


def _open_groups(
    concern: BoundConcern, definite: AbstractSet[str], possible: AbstractSet[str]
) -> list[tuple[BoundRule, ...]]:
    """List the groups that can decide: down to and including the first with a definite match."""
    groups = []
    for group in concern.groups:
        found = tuple(rule for rule in group if rule.name in possible)
        if found:
            groups.append(found)
        if not _is_open(found, definite):
            break
    return groups


def _is_open(group: Iterable[BoundRule], definite: AbstractSet[str]) -> bool:
    return not any(rule.name in definite for rule in group)


def _can_decide(rule: BoundRule, group: Sequence[BoundRule], definite: AbstractSet[str]) -> bool:
    return silenced(group, definite, rule.overridden_by, _stricter(rule, group)) is not None


def _stricter(rule: BoundRule, group: Iterable[BoundRule]) -> frozenset[str]:
    return frozenset(other.name for other in group if other.strictness < rule.strictness)


def _shifts_within(
    rule: BoundRule, deciders: Iterable[BoundRule], group: Sequence[BoundRule], definite: AbstractSet[str]
) -> set[tuple[Standing, Standing]]:
    """List how taking a rule into a scenario can change which rule of its own group decides.

    There are few shifts and many pairs of rules, so that each shift is looked for until one pair shows it.
    """
    found: set[tuple[Standing, Standing]] = set()
    for before in deciders:
        for after in _followers(rule, before, deciders):
            shift = (standing(before), standing(after))
            if shift[0] != shift[1] and shift not in found and _can_shift(rule, before, after, group, definite):
                found.add(shift)
    return found


def _followers(rule: BoundRule, before: BoundRule, deciders: Iterable[BoundRule]) -> Iterable[BoundRule]:
    """List the rules that can decide once a rule is taken into a scenario that another decides.

    What the rule does not override stays active, and only the rule itself can be stricter than that.
    """
    if rule.name in before.overridden_by:
        return deciders
    return (rule,) if rule.strictness < before.strictness else ()


def _can_shift(
    rule: BoundRule, before: BoundRule, after: BoundRule, group: Sequence[BoundRule], definite: AbstractSet[str]
) -> bool:
    """Tell whether `before` decides some scenario without `rule`, and `after` once `rule` is in it."""
    if rule.name in after.overridden_by:
        return False
    still_loud = {
        other.name for other in group if other.strictness < after.strictness and rule.name not in other.overridden_by
    }
    left_out = {rule.name} | before.overridden_by | after.overridden_by
    kept = silenced(group, definite, left_out, _stricter(before, group) | still_loud)
    if kept is None or before.name not in kept:
        return False
    if after is rule:
        return True
    rule_is_silent = rule.strictness > after.strictness or not kept.isdisjoint(rule.overridden_by)
    return after.name in kept and rule_is_silent


class Prospects(msgspec.Struct, frozen=True):
    """What can become of a line: its concerns, and by position which of them force something in every scenario.

    A concern of which no rule can match says nothing, and need not be among them.

    `denying` always deny, `blocking` deny or return, `speaking` are not neutral. The concerns are independent of each
    other, so that these alone tell what the others of a concern let through.
    """

    reaches: tuple[Reach, ...]
    denying: frozenset[int]
    blocking: frozenset[int]
    speaking: frozenset[int]

    @classmethod
    def of(cls, reaches: Iterable[Reach]) -> "Prospects":
        """Look at the concerns of a line, in their order."""
        listed = tuple(reaches)
        return cls(
            reaches=listed,
            denying=frozenset([at for at, each in enumerate(listed) if not each.can_avoid(_DENIED)]),
            blocking=frozenset([at for at, each in enumerate(listed) if not each.can_avoid(_BLOCKING)]),
            speaking=frozenset([at for at, each in enumerate(listed) if not each.can_have("neutral")]),
        )

    def dispositions(self, otherwise: Disposition = UNDECIDED) -> frozenset[Disposition]:
        """List the dispositions that some scenario gives; `otherwise` is that of a line of which no rule speaks."""
        found: set[Disposition] = set()
        for at, each in enumerate(self.reaches):
            if each.can_have("denied"):
                found.add("denied")
            if each.can_have("returned") and self.denying <= {at}:
                found.add("returned")
            if each.can_have("affirmative") and self.blocking <= {at}:
                found.add("payable")
        if not self.speaking:
            found.add(otherwise)
        return frozenset(found)

    def shows(self, effect: str, at: int) -> bool:
        """Tell whether some scenario of the other concerns lets an effect of the one at a position decide the line."""
        if effect == "denied":
            return not _earlier(self.denying, at)
        if effect == "returned":
            return self.denying <= {at} and not _earlier(self.blocking, at)
        if effect == "affirmative":
            return self.blocking <= {at} and not _earlier(self.speaking, at)
        return False

    def liabilities(self) -> frozenset[Liability | None]:
        """List who can bear a denial of the line."""
        return frozenset(
            liability
            for at, each in enumerate(self.reaches)
            if each.can_have("denied") and self.shows("denied", at)
            for effect, liability in each.standings
            if effect == "denied"
        )

    def mattering(self) -> tuple[str, ...]:
        """Name the waiting rules whose presence changes disposition, deciding concern or liability in some scenario."""
        return tuple(
            name
            for at, each in enumerate(self.reaches)
            for name, shifts in each.shifts.items()
            if any(self.shows(_stronger(before[0], after[0]), at) for before, after in shifts)
        )

    def deciders(self) -> tuple[BoundRule, ...]:
        """List the rules that decide the line in some scenario, by concern, the strictest first."""
        return tuple(
            rule
            for at, each in enumerate(self.reaches)
            for rule in sorted(each.deciders, key=lambda rule: rule.strictness)
            if self.shows(rule.effect, at)
        )


def _earlier(positions: frozenset[int], at: int) -> bool:
    return any(each < at for each in positions) if positions else False


def _stronger(one: Effect, two: Effect) -> Effect:
    return min(one, two, key=_STRENGTH.index)
