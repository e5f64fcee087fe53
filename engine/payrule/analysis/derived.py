"""Attributes that are computed from what a claim says: how lines are related, and whether units are supported.

The relation of regions is encoded exactly, and that of providers as far as four of them on a claim. Whether units are
supported depends on the minutes of any number of lines, so it is free to be true, false or unknown, as far as codes
without a time component allow; what rests on that is bounded.
"""

from collections.abc import Mapping

from payrule.analysis.lookups import LOOKED_UP, LookUps
from payrule.analysis.solver import ALWAYS, NEVER
from payrule.analysis.timed_claims import Counting, answers_of
from payrule.analysis.variables import SUBJECT, Slot, Variables
from payrule.encounter.encounter import CODE
from payrule.language.derived import LINE_FUNCTIONS, Setting
from payrule.language.derived.relations import REGIONS, SAME_PROVIDER
from payrule.language.lower import OneOf
from payrule.model.values import Value

UNITS_SUPPORTED = "units-supported"
REGION_RELATION = "region-relation"

DERIVED: frozenset[str] = frozenset({UNITS_SUPPORTED, REGION_RELATION, SAME_PROVIDER}) | LOOKED_UP
"""The functions that are encoded here; a test holds them to those of the language."""


class Related:
    """Encode derived attributes as one payer settles them."""

    def __init__(self, space: Variables, setting: Setting, taken: Mapping[str, Value], guard: int) -> None:
        """Take what a payer settles; `taken` holds where a claim says nothing, axioms under the literal `guard`."""
        self.space, self.setting, self.taken, self.guard = space, setting, taken, guard
        self.look_ups = LookUps(space, setting, taken, guard)
        self._pairs: dict[tuple[str, int], dict[str, int]] = {}
        timed = setting.timed_codes
        codes = (*sorted(map(str, timed.values)), *map("-".join, timed.ranges))
        read = (f"{name}={taken[name]}" for name in LINE_FUNCTIONS[UNITS_SUPPORTED].reads if name in taken)
        told = (f"{each.modifier}:{','.join(each.provider_types)}" for each in setting.disciplines)
        self._settled = " ".join((setting.units_method, *codes, *read, *told))
        space.settings[self._settled] = setting

    def computed(self, attribute: str, line: int) -> Slot | None:
        """Give the variables of an attribute of a line that is computed; None for one that a claim gives itself."""
        if self.space.function(attribute) != UNITS_SUPPORTED:
            return None
        known = self.space.computed.setdefault((attribute, line), {})
        if self._settled not in known:
            slot = self.space.slot(attribute, line, self._settled)
            self._untimed_codes_are_supported(slot, line)
            for theirs in known.values():
                self._both_can_say(slot, theirs, line)
            known[self._settled] = slot
        return known[self._settled]

    def _untimed_codes_are_supported(self, slot: Slot, line: int) -> None:
        graph = self.space.graph
        supported = dict(slot.choices).get(True, ALWAYS)
        timed = graph.some(
            literal for value, literal in self.space.slot(CODE, line).choices if value in self.setting.timed_codes
        )
        self.space.axioms.append(graph.some((-self.guard, timed, graph.all((slot.given, supported)))))

    def _both_can_say(self, mine: Slot, theirs: Slot, line: int) -> None:
        """Leave out what two ways of counting never say together of a line whose code both time.

        Where they know other disciplines, or assume something else when it is missing, they may say anything.
        """
        graph, other = self.space.graph, self.space.settings[theirs.settled]
        one, two = Counting.settled(self.setting), Counting.settled(other)
        if (one.disciplines, one.assumed) != (two.disciplines, two.assumed):
            return
        timed = graph.some(
            literal
            for value, literal in self.space.slot(CODE, line).choices
            if value in self.setting.timed_codes and value in other.timed_codes
        )
        together = graph.some(
            graph.all((self._says(mine, one_says), self._says(theirs, two_says)))
            for one_says, two_says in answers_of(one, two)
        )
        self.space.axioms.append(graph.some((-self.guard, -timed, together)))

    def _says(self, slot: Slot, supported: bool | None) -> int:  # noqa: FBT001 - one value of three
        """Say whether units are found supported; None that it is not known."""
        if supported is None:
            return -slot.given
        return self.space.graph.all((slot.given, dict(slot.choices)[supported]))

    def looked_up(self, leaf: OneOf, line: int) -> tuple[int, int] | None:
        """Encode a test on what is looked up in a table; None where it tests another attribute."""
        function = self.space.function(leaf.attribute)
        return self.look_ups.test(function, leaf, line) if function in LOOKED_UP else None

    def pair(self, leaf: OneOf, line: int) -> tuple[int, int]:
        """Encode a test on how a line relates to the subject."""
        key = (leaf.attribute, line)
        if key not in self._pairs:
            is_of_providers = self.space.function(leaf.attribute) == SAME_PROVIDER
            self._pairs[key] = self.look_ups.providers.related(line) if is_of_providers else self._regions(line)
        known = self._pairs[key]["known"]
        holds = self.space.graph.some(each for name, each in self._pairs[key].items() if name in leaf.values)
        return self.space.graph.all((known, holds)), self.space.graph.some((-known, holds))

    def _regions(self, line: int) -> dict[str, int]:
        """Relate two sets of regions: the same, else contiguous, else separate; unknown when either is or is empty."""
        graph = self.space.graph
        mine, theirs = self._held(SUBJECT), self._held(line)
        same = graph.some(graph.all((mine[region], theirs[region])) for region in mine)
        touching = graph.some(
            graph.all((mine[one], theirs[two]))
            for one, two in sorted(self.setting.contiguous)
            if one in mine and two in theirs
        )
        return {
            "known": graph.all((graph.some(mine.values()), graph.some(theirs.values()))),
            "same": same,
            "contiguous": graph.all((-same, touching)),
            "separate": graph.all((-same, -touching)),
        }

    def _held(self, line: int) -> dict[str, int]:
        """Give for each region the literal that a line is known to hold it."""
        graph, slot = self.space.graph, self.space.slot(REGIONS, line)
        taken = self.taken.get(REGIONS, frozenset())
        presumed = taken if isinstance(taken, frozenset) else frozenset()
        return {
            value: graph.choose(slot.given, literal, ALWAYS if value in presumed else NEVER)
            for value, literal in slot.choices
        }
