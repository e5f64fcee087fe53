"""Encode the conditions of one side, at a line of the space, as two literals: it is true, and it is true or unknown.

One function a leaf. Kleene's logic on the two literals is conjunction and disjunction; negation swaps and negates them.
"""

from typing import Any

from payrule.analysis.asked import plainly
from payrule.analysis.derived import Related
from payrule.analysis.graph import FALSE, TRUE
from payrule.analysis.rulesets import RuleSet
from payrule.analysis.space import SUBJECT, Slot, Space
from payrule.language.leaves import All, AttributeLeaf, Contains, FactLeaf, Formula, Not, OneOf, OtherLine, Range, Some

Truth = tuple[int, int]
"""The literals that a condition is true, and that it is true or unknown; the first implies the second."""

NOT_ASKED: Truth = (FALSE, TRUE)
"""A condition that could turn out either way."""


class Encoder:
    """Encode what a rule set asks of the encounters of a space."""

    def __init__(self, space: Space, rules: RuleSet, guard: int = TRUE) -> None:
        """Take the space, which other rule sets may share, and the rules.

        `guard` is assumed wherever an answer rests on what is taken for granted of attributes that are computed over
        several lines.
        """
        self.space, self.graph, self.rules = space, space.graph, rules
        self.taken = rules.taken()
        self.related = Related(space, rules.setting, self.taken, guard)
        self._facts: dict[tuple[str, int, bool], Truth] = {}

    def matches(self) -> tuple[dict[str, int], dict[str, int]]:
        """Give for each rule the literals that it matches the subject definitely, and possibly."""
        found = {name: self.truth(condition, SUBJECT) for name, condition in self.rules.conditions.items()}
        return {name: truth[0] for name, truth in found.items()}, {name: truth[1] for name, truth in found.items()}

    def truth(self, condition: Formula, line: int, *, alone: bool = False) -> Truth:
        """Encode a condition at a line; `alone` leaves open what is asked of other lines."""
        if isinstance(condition, Not):
            true, possible = self.truth(condition.part, line, alone=alone)
            return -possible, -true
        if isinstance(condition, (All, Some)):
            parts = [self.truth(part, line, alone=alone) for part in condition.parts]
            join = self.graph.all if isinstance(condition, All) else self.graph.some
            return join(each[0] for each in parts), join(each[1] for each in parts)
        if isinstance(condition, FactLeaf):
            return self._fact(condition, line, alone=alone)
        if isinstance(condition, OtherLine):
            return NOT_ASKED if alone else self._other_line(condition)
        found = [self._test(leaf, line) for leaf in plainly(condition)]
        return self.graph.some(each[0] for each in found), self.graph.some(each[1] for each in found)

    def satisfied_by(self, condition: OtherLine, line: int) -> Truth:
        """Encode that one line is what a condition on other lines asks for."""
        here = [self.space.present(line)] + ([self.space.same_date(line)] if condition.same_date else [])
        true, possible = self.truth(condition.formula, line)
        return self.graph.all((*here, true)), self.graph.all((*here, possible))

    def _other_line(self, condition: OtherLine) -> Truth:
        lines = [self.satisfied_by(condition, line) for line in range(1, self.space.others + 1)]
        return self.graph.some(each[0] for each in lines), self.graph.some(each[1] for each in lines)

    def _fact(self, leaf: FactLeaf, line: int, *, alone: bool) -> Truth:
        key = (leaf.name, line, alone)
        if key not in self._facts:
            self._facts[key] = self.truth(self.rules.facts[leaf.name], line, alone=alone)
        return self._facts[key]

    def _test(self, leaf: AttributeLeaf, line: int) -> Truth:
        if isinstance(leaf, Range):
            return self._range(leaf, line)
        return self._contains(leaf, line) if isinstance(leaf, Contains) else self._one_of(leaf, line)

    def _one_of(self, leaf: OneOf, line: int) -> Truth:
        looked_up = self.related.looked_up(leaf, line)
        if looked_up is not None:
            return looked_up
        if "." not in leaf.attribute:
            return self.related.pair(leaf, line)
        slot = self._slot(leaf.attribute, line)
        holds = self.graph.some(literal for value, literal in slot.choices if value in leaf.values)
        taken = self.taken.get(leaf.attribute)
        source = self._source(leaf.attribute) if taken is None else None
        if source is not None:
            true, possible = self._one_of(OneOf(source, leaf.values), line)
            given, silent = self.graph.all((slot.given, holds)), -slot.given
            return (
                self.graph.some((given, self.graph.all((silent, true)))),
                self.graph.some((given, self.graph.all((silent, possible)))),
            )
        return self._given(slot, holds, None if taken is None else taken in leaf.values)

    def _source(self, attribute: str) -> str | None:
        """Name the attribute whose value one holds where a claim leaves it out, as far as some rule asks for it."""
        named = next((each.default_from for each in self.space.declared(attribute) if each.default_from), None)
        return named if named in self.space.asked else None

    def _range(self, leaf: Range, line: int) -> Truth:
        slot = self._slot(leaf.attribute, line)
        steps = dict(slot.steps)
        above = TRUE if leaf.low is None else steps[leaf.low]
        below = TRUE if leaf.below is None else -steps[leaf.below]
        taken: Any = self.taken.get(leaf.attribute)
        inside = None
        if taken is not None:
            inside = (leaf.low is None or leaf.low <= taken) and (leaf.below is None or taken < leaf.below)
        return self._given(slot, self.graph.all((above, below)), inside)

    def _contains(self, leaf: Contains, line: int) -> Truth:
        slot = self._slot(leaf.attribute, line)
        wanted = (literal for value, literal in slot.choices if leaf.values is None or value in leaf.values)
        taken: Any = self.taken.get(leaf.attribute)
        holds = None if taken is None else bool(taken) if leaf.values is None else leaf.values.intersects(taken)
        return self._given(slot, self.graph.some(wanted), holds)

    def _slot(self, attribute: str, line: int) -> Slot:
        slot = self.related.computed(attribute, line)
        return slot if slot is not None else self.space.slot(attribute, line)

    def _given(self, slot: Slot, holds: int, taken: bool | None) -> Truth:  # noqa: FBT001 - one value of three
        """Say that a test holds of what a claim gives, or else of the value that is taken where it gives nothing."""
        if taken is None:
            return self.graph.all((slot.given, holds)), self.graph.some((-slot.given, holds))
        found = self.graph.some((self.graph.all((slot.given, holds)), -slot.given if taken else FALSE))
        return found, found
