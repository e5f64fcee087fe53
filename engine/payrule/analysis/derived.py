"""Attributes that are computed from what a claim says: how lines are related, and whether units are supported.

The relation of regions is encoded exactly, and that of providers as far as four of them on a claim. Whether units are
supported depends on the minutes of any number of lines, so it is free to be true, false or unknown, as far as codes
without a time component allow; what rests on that is bounded, and every claim that is shown is decided by the engine
itself first.
"""

from collections.abc import Mapping

from payrule.analysis.graph import ALWAYS, NEVER
from payrule.analysis.lookups import LOOKED_UP, LookUps, Providers
from payrule.analysis.variables import CODE, SUBJECT, Slot, Space
from payrule.language.derived import INPUTS, Setting
from payrule.language.derived.relations import SAME_PROVIDER
from payrule.language.derived.units import COUNTS_ALONE
from payrule.language.lower import OneOf
from payrule.model.values import Value

REGIONS = "line.regions"
"""The attribute that the relation of two lines is computed from."""

UNITS_SUPPORTED = "units-supported"
REGION_RELATION = "region-relation"

DERIVED: frozenset[str] = frozenset({UNITS_SUPPORTED, REGION_RELATION, SAME_PROVIDER}) | LOOKED_UP
"""The functions that are encoded here; a test holds them to those of the language."""


class Related:
    """Encode derived attributes as one payer settles them."""

    def __init__(self, space: Space, setting: Setting, taken: Mapping[str, Value], guard: int) -> None:
        """Take what a payer settles, and the literal under which axioms on computed attributes hold.

        `taken` is the value of each attribute where a claim says nothing.
        """
        self.space, self.setting, self.taken, self.guard = space, setting, taken, guard
        self.look_ups = LookUps(space, setting, taken, guard)
        self.providers = Providers(space, taken)
        self._pairs: dict[tuple[str, int], dict[str, int]] = {}
        timed = setting.timed_codes
        codes = (*sorted(map(str, timed.values)), *map("-".join, timed.ranges))
        read = (f"{name}={taken[name]}" for name in INPUTS[UNITS_SUPPORTED] if name in taken)
        told = (f"{each.modifier}:{','.join(each.provider_types)}" for each in setting.disciplines)
        self._settled = " ".join((setting.units_method, *codes, *read, *told))
        self._bound: set[Slot] = set()
        space.settings[self._settled] = setting

    def computed(self, attribute: str, line: int) -> Slot | None:
        """Give the variables of an attribute of a line that is computed; None for one that a claim gives itself."""
        if self.space.function(attribute) != UNITS_SUPPORTED:
            return None
        slot = self.space.slot(attribute, line, self._settled)
        if slot not in self._bound:
            self._bound.add(slot)
            self._untimed_codes_are_supported(slot, line)
            self._what_is_refuted_is_known_alone(attribute, slot, line)
        return slot

    def _untimed_codes_are_supported(self, slot: Slot, line: int) -> None:
        graph = self.space.graph
        supported = dict(slot.choices).get(True, ALWAYS)
        timed = graph.some(
            literal for value, literal in self.space.slot(CODE, line).choices if value in self.setting.timed_codes
        )
        self.space.axioms.append(graph.some((-self.guard, timed, graph.all((slot.given, supported)))))

    def _what_is_refuted_is_known_alone(self, attribute: str, mine: Slot, line: int) -> None:
        """Say that where one way of counting refutes units, one that looks at their code alone knows too.

        Units are refuted only where all minutes of their code are known. That holds for the same codes, and as long as
        there is one plan of care: else it may be open which lines of a code are counted together.
        """
        for settled, other in self.space.settings.items():
            alike = all(
                getattr(other, name) == getattr(self.setting, name)
                for name in ("timed_codes", "disciplines", "presumptions")
            )
            if settled != self._settled and alike and len(other.disciplines) <= 1:
                theirs = self.space.slot(attribute, line, settled)
                pairs = ((self.setting, mine, theirs), (other, theirs, mine))
                for setting, knowing, refuting in pairs:
                    if setting.units_method in COUNTS_ALONE:
                        refuted = self.space.graph.all((refuting.given, dict(refuting.choices).get(False, NEVER)))
                        self.space.axioms.append(self.space.graph.some((-self.guard, -refuted, knowing.given)))

    def looked_up(self, leaf: OneOf, line: int) -> tuple[int, int] | None:
        """Encode a test on what is looked up in a table; None where it tests another attribute."""
        function = self.space.function(leaf.attribute)
        return self.look_ups.test(function, leaf, line) if function in LOOKED_UP else None

    def pair(self, leaf: OneOf, line: int) -> tuple[int, int]:
        """Encode a test on how a line relates to the subject."""
        relation = self._relation(leaf.attribute, line)
        known = relation["known"]
        holds = self.space.graph.some(literal for name, literal in relation.items() if name in leaf.values)
        return self.space.graph.all((known, holds)), self.space.graph.some((-known, holds))

    def _relation(self, attribute: str, line: int) -> dict[str, int]:
        key = (attribute, line)
        if key not in self._pairs:
            is_of_providers = self.space.function(attribute) == SAME_PROVIDER
            self._pairs[key] = self.providers.related(line) if is_of_providers else self._regions(line)
        return self._pairs[key]

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
            value: graph.some((graph.all((slot.given, literal)), -slot.given if value in presumed else NEVER))
            for value, literal in slot.choices
        }
