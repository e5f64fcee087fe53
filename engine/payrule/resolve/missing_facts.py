"""What has to be known to settle a pending line: the smallest sufficient sets of facts, merged over its rules.

A set of facts suffices when some values of them settle the line, whatever all others are, and settle it as well as it
can be: payable, or without a policy that applies, before returned, before denied. It is of no use to a biller that one
missing note would settle the line by denying it, and one note alone would not settle it otherwise.

No combination of facts is tried that no rule asks for: from the ways in which each rule becomes true or false follow
those in which a concern blocks no more, and from these the ones of the line. Each is checked by a verdict.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice

from payrule.execute.reference import EvalContext, Evaluator
from payrule.execute.settling import KNOWN, NO_FACTS, Open, Way, Ways
from payrule.language.truth import FALSE, TRUE, Matches, Truth
from payrule.model.choices import UNDECIDED, Disposition
from payrule.resolve.answer import Binding, Needs, own_concerns
from payrule.resolve.settle import BoundConcern, BoundRule

MOST_VALUES = 64
"""Values of the facts of one way that are tried, where more than one value would do."""

_BLOCKING = frozenset({"denied", "returned"})
_DENYING = frozenset({"denied"})


class Settling:
    """Look for what settles one line, of which it is known what matches."""

    def __init__(  # noqa: PLR0913 - what a line is asked with
        self,
        binding: Binding,
        matches: Matches,
        meanings: dict[str, Evaluator],
        here: EvalContext,
        *,
        ways: Ways,
        disposition: Callable[[Matches], Disposition],
    ) -> None:
        """Take the rules, their conditions, the line, and what answers for a set of matches."""
        self._matches, self._ways = matches, ways
        self._disposition, self._otherwise = disposition, binding.otherwise
        self._concerns = own_concerns(binding, matches)
        self._waiting: dict[str, Open] = {name: ways.open(meanings[name], here) for name in sorted(matches.waiting)}
        self._found: dict[tuple[str, Truth], list[Way]] = {}

    def needs(self) -> Needs:
        """Give the smallest sets of facts that suffice, those of the fewest facts first."""
        goals: tuple[tuple[frozenset[Disposition], Callable[[], Iterator[Way]]], ...] = (
            (frozenset({"payable", UNDECIDED}), self._unblocked),
            (frozenset({"returned"}), self._returned),
            (frozenset({"denied"}), self._denied),
        )
        for goal, ways in goals:
            sets: set[int] = set()
            for way in ways():
                # What holds more facts than a set that suffices is none of the smallest.
                if not any(each & way[2] == each for each in sets) and self._settles(way, goal):
                    sets.add(way[2])
            smallest = [each for each in sets if not any(other & each == other != each for other in sets)]
            if smallest:
                named = (tuple(sorted(self._ways.named(each))) for each in smallest)
                return Needs(tuple(sorted(named, key=lambda each: (len(each), each))), self._ways.bounded)
        return Needs((), bounded=True)

    def _unblocked(self) -> Iterator[Way]:
        free = self._all(_BLOCKING, self._concerns)
        if self._otherwise != UNDECIDED:
            yield from free
            return
        yield from self._all(_BLOCKING | {"affirmative"}, self._concerns)
        for concern in self._concerns:
            yield from self._ways.both(self._deciding(concern, "affirmative"), free)

    def _returned(self) -> Iterator[Way]:
        free = self._all(_DENYING, self._concerns)
        for concern in self._concerns:
            yield from self._ways.both(self._deciding(concern, "returned"), free)

    def _denied(self) -> Iterator[Way]:
        for concern in self._concerns:
            yield from self._deciding(concern, "denied")

    def _all(self, effects: AbstractSet[str], concerns: Iterable[BoundConcern]) -> list[Way]:
        """List the ways in which no concern can have any of some effects."""
        found: list[Way] = [NO_FACTS]
        for concern in concerns:
            found = self._ways.both(found, self._free(concern.groups, effects))
            if not found:
                break
        return found

    def _free(self, groups: tuple[tuple[BoundRule, ...], ...], effects: AbstractSet[str]) -> list[Way]:
        """List the ways in which a concern can have none of some effects, from one of its groups on."""
        if not groups:
            return [NO_FACTS]
        own = groups[0]
        found: list[Way] = [NO_FACTS]
        for rule in own:
            if rule.effect in effects:
                found = self._ways.both(found, self._silent(rule))
        if any(rule.name in self._matches.definite for rule in own):
            return found
        decided = self._ways.fewest([way for rule in own for way in self._to(rule, TRUE)])
        later = self._free(groups[1:], effects)
        return self._ways.fewest(
            [*self._ways.both(found, later), *(self._ways.both(found, decided) if decided else ())]
        )

    def _deciding(self, concern: BoundConcern, effect: str) -> list[Way]:
        """List the ways in which a rule of an effect decides a concern."""
        found: list[Way] = []
        for at, group in enumerate(concern.groups):
            earlier = [rule for before in concern.groups[:at] for rule in before]
            for rule in group:
                if rule.effect == effect and (ways := self._to(rule, TRUE)):
                    stricter = [each for each in group if each.strictness < rule.strictness and each.effect != effect]
                    parts = [self._standing(rule, group), *(self._silent(each) for each in stricter)]
                    parts += (self._to(each, FALSE) + self._if_alike(each, effect, earlier) for each in earlier)
                    for part in parts:
                        ways = self._ways.both(ways, self._ways.fewest(part))
                    found += ways
        return self._ways.fewest(found)

    def _standing(self, rule: BoundRule, group: Sequence[BoundRule]) -> list[Way]:
        """List the ways in which a rule that matches is active, or one in its place that has the same effect."""
        found: list[Way] = [NO_FACTS]
        for other in group:
            if other.name in rule.overridden_by:
                ways = self._to(other, FALSE) + self._if_alike(other, rule.effect, group)
                found = self._ways.both(found, self._ways.fewest(ways))
        return found

    def _if_alike(self, rule: BoundRule, effect: str, group: Sequence[BoundRule]) -> list[Way]:
        return self._standing(rule, group) if rule.effect == effect else []

    def _silent(self, rule: BoundRule) -> list[Way]:
        """List the ways in which a rule is not active: it does not match, or one that overrides it does."""
        overriding = (self._to_name(name, TRUE) for name in sorted(rule.overridden_by & self._matches.possible))
        return self._ways.fewest([*self._to(rule, FALSE), *(way for ways in overriding for way in ways)])

    def _to(self, rule: BoundRule, truth: Truth) -> list[Way]:
        return self._to_name(rule.name, truth)

    def _to_name(self, name: str, truth: Truth) -> list[Way]:
        key = name, truth
        if key not in self._found:
            self._found[key] = self._waiting.get(name, KNOWN[TRUE]).to(truth, self._ways)
        return self._found[key]

    def _settles(self, way: Way, goal: AbstractSet[Disposition]) -> bool:
        """Tell whether some values of the facts of a way settle the line so."""
        for taken in islice(self._ways.cases(way), MOST_VALUES):
            definite, possible = set(self._matches.definite), set(self._matches.possible)
            for name, condition in self._waiting.items():
                if condition.slots & way[0]:
                    truth = condition.truth(taken)
                    if truth is TRUE:
                        definite.add(name)
                    elif truth is FALSE:
                        possible.discard(name)
            if self._disposition(Matches(frozenset(definite), frozenset(possible))) in goal:
                return True
        return False
