"""The reference evaluator of what lines come to together: counts of lines in a window, and quotas that lines share."""

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from payrule.execute.reference import EvalContext, Evaluator, OverLines, seen_from
from payrule.language import condition as tree
from payrule.language.counting import Counting, Extent, Shares, Sharing, Summed
from payrule.language.enriched_encounter import EnrichedLine, Unseen
from payrule.language.tally import Counted, LineTally, ShareTally
from payrule.language.truth import TRUE, UNKNOWN, Truth

Made = TypeVar("Made")


class Lines(OverLines):
    """Lines in a window that satisfy the part, and agree with the subject, come to a measure: its tests are all true.

    A day of a line is in as surely as the part is true there and the lines agree (the minimum). What the measure comes
    to lies between that of what is in for certain and that of all that may be (`counting`).
    """

    def __init__(self, node: tree.Lines, part: Evaluator, summed: Summed | None) -> None:
        """Take the condition on a line that is counted, and what is summed, with its bounds where it is unknown."""
        self.node, self.part = node, part
        self.asked = Counting(node.window, node.same, node.itself, summed)
        self.relates = any("." not in test.attribute for test in tree.find(node.part, tree.Test))

    def tally(self, here: EvalContext) -> LineTally:
        """Tell which lines are counted, once for all subjects unless something relates them to the subject."""
        asked = lambda line: self.part.truth(EvalContext(here.scene, line, here.line))  # noqa: E731
        key = ("tally", id(self), here.line.day if self.relates else None)
        return _once(here, key, lambda: LineTally(here.scene, self.asked, asked))

    def days(self, here: EvalContext) -> list[Counted]:
        """List the days that are in, or may be."""
        return self.tally(here).days(here.line)

    def looked_at(self, here: EvalContext) -> list[EnrichedLine]:
        """List the days of lines of which the part is asked: those in the window that agree with the subject."""
        tally = _once(here, ("window", id(self)), lambda: LineTally(here.scene, self.asked, lambda _: TRUE))
        return [each.line for each in tally.days(here.line)]

    def supposing(self, here: EvalContext, number: int, truth: Truth) -> Truth:
        """Say how true the count would be if the part were so true of the line with this number, on all its days."""
        asked = lambda line: (  # noqa: E731
            truth if line.line.number == number else self.part.truth(EvalContext(here.scene, line, here.line))
        )
        return self._tested(LineTally(here.scene, self.asked, asked).extent(self.node.measure, here.line))

    def unseen(self, here: EvalContext) -> Unseen | None:
        """Say which lines there may be that nobody gave."""
        return here.scene.history.unseen(self.node.window, here.line.line.date)

    def extent(self, here: EvalContext) -> Extent:
        """Say what the measure can come to."""
        return self.tally(here).extent(self.node.measure, here.line)

    def truth(self, here: EvalContext) -> Truth:
        """Ask each test of the measure."""
        return self._tested(self.extent(here))

    def _tested(self, found: Extent) -> Truth:
        return min(found.tested(test, operand) for test, operand in self.node.measure.tests)

    def waits(self, here: EvalContext) -> frozenset[str]:
        """Collect what leaves open whether lines are in, what is summed of them, and which lines there are."""
        if self.truth(here) is not UNKNOWN:
            return frozenset()
        names: set[str] = set()
        for line, found, _ in self.days(here):
            there = EvalContext(here.scene, line, here.line)
            if found.truth is UNKNOWN:
                names |= self.part.waits(there) | unknown_of_both(there, self.node.same)
                names |= {*here.scene.history.perhaps.get(line.line.number, ())}
            if found.whole is not None and self.node.measure.of not in line.values:
                names |= there.waits(self.node.measure.of or "")
        unseen = self.unseen(here)
        return frozenset(names | ({unseen.fact} if unseen else set()))


def unknown_of_both(there: EvalContext, attributes: Iterable[str]) -> set[str]:
    """Name what is unknown of a line, or of the subject, of attributes that are compared."""
    subject = EvalContext(there.scene, there.subject or there.line)
    if there.line.line.number == subject.line.line.number:
        return set()
    found: set[str] = set()
    for name in attributes:
        for asked in (there, subject):
            found |= asked.waits(name) if name not in asked.line.values else frozenset()
    return found


def _once(here: EvalContext, key: Hashable, make: Callable[[], Made]) -> Made:
    """Make something of a claim when it is first asked for."""
    if key not in here.scene.seen:
        here.scene.seen[key] = make()
    found: Made = here.scene.seen[key]
    return found


class Quota(OverLines):
    """So much of the line is within a quota, or over it: its tests are all true.

    Lines take from a quota one after the other. What those before the line take lies between what those take that are
    certainly before it, and what all that may be do.
    """

    def __init__(self, node: tree.Quota, part: Evaluator, sharing: Sharing) -> None:
        """Take the condition on a line that shares the quota, one for all uses of it, and how lines share it."""
        self.node, self.part, self.sharing = node, part, sharing

    def tally(self, here: EvalContext) -> ShareTally:
        """Tell which lines take from the quota, once for all subjects, and for all that ask about this quota."""
        asked = lambda line: self.part.truth(EvalContext(here.scene, line))  # noqa: E731
        return _once(here, ("tally", id(self.part)), lambda: ShareTally(here.scene, self.sharing, asked))

    def shares(self, here: EvalContext) -> Shares:
        """Say how much of the line is within, and how much is over."""

        def made() -> Shares:
            return self.tally(here).shares(here.line, self.part.truth(EvalContext(here.scene, here.line)))

        return _once(here, ("shares", id(self), here.line.day), made)

    def before(self, here: EvalContext) -> list[Counted]:
        """List the days of lines that take from the quota before the line does, or may."""
        return self.tally(here).before(here.line)

    def truth(self, here: EvalContext) -> Truth:
        """Ask each test."""
        return self.shares(here).tested(self.node.kind, self.node.tests)

    def waits(self, here: EvalContext) -> frozenset[str]:
        """Wait for what leaves open how much of the line is within."""
        return self.open(here, self.node.kind) if self.truth(here) is UNKNOWN else frozenset()

    def open(self, here: EvalContext, kind: str = "within") -> frozenset[str]:
        """Collect what leaves open how much of the line is within, or over: which lines take how much, in which order.

        Where lines before it have taken all, nothing of the line is within, and only its own amount says what is over.
        """
        if self.shares(here).part(kind).is_exact:
            return frozenset()
        counting = self.sharing.counting
        keys = (*counting.same, *(name for _, name in self.sharing.keys))
        amount = counting.summed.attribute if counting.summed else None
        own = EvalContext(here.scene, here.line)
        names = set(self.part.waits(own))
        if amount is not None and amount not in here.line.values:
            names |= own.waits(amount)
        is_left_known = self.shares(here).within.is_exact
        for line, found, _ in () if is_left_known or self.tally(here).is_exact else self.before(here):
            there = EvalContext(here.scene, line, here.line)
            if found.truth is UNKNOWN:
                asked = self.part.waits(EvalContext(there.scene, there.line))
                names |= {seen_from(there.scene, here.line, there.line, name) for name in asked}
                names |= unknown_of_both(there, keys) | {*here.scene.history.perhaps.get(line.line.number, ())}
            if amount is not None and amount not in there.line.values:
                names |= there.waits(amount)
        unseen = None if is_left_known else here.scene.history.unseen(counting.window, here.line.line.date)
        return frozenset(names | ({unseen.fact} if unseen else set()))
