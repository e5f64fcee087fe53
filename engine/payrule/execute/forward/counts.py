"""What counts of lines and quotas come to, settled before a network is asked: they rest on nothing that it derives.

The formula of a count is about a line, and its relation to the subject; that of a quota may look at other lines. Both
are worked out from the values that lines have. The engine, which cannot count, is told which tests hold, and which may.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import partial

from payrule.language.enriched_encounter import EnrichedEncounter, EnrichedLine, places
from payrule.language.lower import (
    All,
    Contains,
    FactLeaf,
    Formula,
    Lines,
    Not,
    OneOf,
    OtherLine,
    Quota,
    Range,
    Some,
    attributes_of,
)
from payrule.language.tally import LineTally, ShareTally
from payrule.language.truth import FALSE, NEGATED, TRUE, UNKNOWN, Truth
from payrule.model.values import is_within

Counted = Callable[[EnrichedLine], Truth]
"""Says how true a count, or a test of a quota, is of a line."""


class Counts:
    """Work out counts of lines for the lines of one claim."""

    def __init__(self, scene: EnrichedEncounter, facts: Mapping[str, Formula]) -> None:
        """Take the claim, and the definitions that formulas name."""
        self._scene, self._facts = scene, facts
        self._known: dict[Hashable, Truth] = {}
        self._items: dict[Lines | Quota, Counted] = {}
        self._shared: dict[Hashable, ShareTally] = {}

    def settled(self, item: Lines | Quota, lines: int) -> tuple[int, int]:
        """Say of which of some lines a count holds, and of which it holds or may; lines are bits of an integer."""
        definite = possible = 0
        truth_of = self._of(item)
        for place in places(lines):
            truth = truth_of(self._scene.lines[place])
            definite |= (truth is TRUE) << place
            possible |= (truth is not FALSE) << place
        return definite, possible

    def truth(self, item: Lines | Quota, subject: EnrichedLine) -> Truth:
        """Say how true a count, or a test of a quota, is of a line."""
        return self._of(item)(subject)

    def _of(self, item: Lines | Quota) -> Counted:
        """Tell the lines that a count, or a quota, is about, once for all subjects where nothing relates the two."""
        if item not in self._items:
            self._items[item] = self._of_quota(item) if isinstance(item, Quota) else self._of_lines(item)
        return self._items[item]

    def _of_quota(self, item: Quota) -> Counted:
        def takes(line: EnrichedLine) -> Truth:
            return self._truth(item.formula, line, line)

        key = item.sharing, item.formula  # one for all tests of a quota
        if key not in self._shared:
            self._shared[key] = ShareTally(self._scene, item.sharing, takes)
        tally = self._shared[key]
        return lambda subject: tally.shares(subject, takes(subject)).tested(item.kind, item.tests)

    def _of_lines(self, item: Lines) -> Counted:
        def tally(subject: EnrichedLine) -> LineTally:
            return LineTally(self._scene, item.counting, partial(self._truth, item.formula, subject=subject))

        relates = any("." not in name for name in attributes_of(item.formula))
        of_all = None if relates or not self._scene.lines else tally(self._scene.lines[0])

        def truth(subject: EnrichedLine) -> Truth:
            found = (of_all or tally(subject)).extent(item.measure, subject)
            return min(found.tested(test, operand) for test, operand in item.measure.tests)

        return truth

    def _truth(self, formula: Formula, line: EnrichedLine, subject: EnrichedLine) -> Truth:
        if isinstance(formula, Not):
            return NEGATED[self._truth(formula.part, line, subject)]
        if isinstance(formula, (All, Some)):
            parts = (self._truth(part, line, subject) for part in formula.parts)
            return min(parts, default=TRUE) if isinstance(formula, All) else max(parts, default=FALSE)
        if isinstance(formula, FactLeaf):
            return self._fact(formula.name, line)
        if isinstance(formula, OtherLine):
            return max(
                (self._truth(formula.formula, each, line) for each in self._others(formula, line)), default=FALSE
            )
        if isinstance(formula, (Lines, Quota)):
            return self.truth(formula, line)
        return self._passes(formula, line, subject)

    def _others(self, asked: OtherLine, line: EnrichedLine) -> Iterator[EnrichedLine]:
        for other in self._scene.lines:
            if other.line.number != line.line.number and (not asked.same_date or other.line.date == line.line.date):
                yield other

    def _fact(self, name: str, line: EnrichedLine) -> Truth:
        key = name, line.day
        if key not in self._known:
            self._known[key] = self._truth(self._facts[name], line, line)
        return self._known[key]

    def _passes(self, leaf: OneOf | Range | Contains, line: EnrichedLine, subject: EnrichedLine) -> Truth:
        if "." in leaf.attribute:
            value = line.values.get(leaf.attribute)
        else:
            value = self._scene.relation(leaf.attribute, subject, line)
        if value is None:
            return UNKNOWN
        if isinstance(leaf, OneOf):
            return TRUE if value in leaf.values else FALSE
        if isinstance(leaf, Contains):
            held = value if isinstance(value, frozenset) else frozenset({value})
            return TRUE if (bool(held) if leaf.values is None else leaf.values.intersects(held)) else FALSE
        return TRUE if is_within(value, leaf.low, leaf.below) else FALSE
