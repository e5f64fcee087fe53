"""Counts that are settled at once, and which of them the rules for a code ask. Plain values, no SQL."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from payrule.encounter.encounter import CODE
from payrule.execute.plan.stages import CountItem, Item, Member, Plan, Stage
from payrule.language.counting import Summed, Window
from payrule.language.lower import Formula, OtherLine, Quota
from payrule.language.lower import Lines as Counted


class Group(msgspec.Struct, frozen=True):
    """Counts of one window, of lines that agree in the same attributes, that are measured alike; or one quota.

    What they differ in is what is asked of a line, whether the subject counts, and the tests.
    """

    at: int
    items: tuple[CountItem, ...]

    @property
    def tallies(self) -> list[tuple[Formula, bool]]:
        """What is asked of a line that is counted, and whether the subject counts."""
        return list(dict.fromkeys((each.formula, each.counting.itself) for each in self.items))

    @property
    def members(self) -> list[Member]:
        """What is asked of a line that is counted."""
        return list(dict.fromkeys(Member(each.formula) for each in self.items))

    @property
    def window(self) -> Window:
        """The days that are looked at."""
        return self.items[0].counting.window

    @property
    def same(self) -> tuple[str, ...]:
        """The attributes in which lines agree with the subject."""
        return self.items[0].counting.same

    @property
    def summed(self) -> Summed | None:
        """What is summed."""
        return self.items[0].counting.summed

    @property
    def kind(self) -> str:
        """What is measured, or `quota`."""
        first = self.items[0]
        return "quota" if isinstance(first, Quota) else first.measure.kind

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """The keys by which lines take from a quota."""
        first = self.items[0]
        return first.sharing.keys if isinstance(first, Quota) else ()


def groups(levels: Iterable[Sequence[CountItem]]) -> list[Group]:
    """Group what is settled at once."""
    found: dict[Any, list[CountItem]] = {}
    for level, items in enumerate(levels):
        for item in items:
            counting = item.counting
            key = item.sharing if isinstance(item, Quota) else (counting.window, counting.same, item.measure.kind)
            found.setdefault((level, key, counting.summed), []).append(item)
    return [Group(at, tuple(listed)) for at, listed in enumerate(found.values())]


def asked_by(plan: Plan, passed: int) -> frozenset[CountItem]:
    """List the counts that rules may ask of lines whose code passes these tests, however many facts away."""
    found: set[CountItem] = set()
    seen: set[Item] = set()
    staged = {item: (facts, at) for facts, _ in plan.levels for at, item in enumerate(facts.targets)}
    waiting: list[tuple[Stage, int | None]] = [(plan.rules, None)]
    while waiting:
        stage, target = waiting.pop()
        for clause in stage.clauses:
            if target not in (None, clause.target):
                continue
            if not all(each.holds(passed, possible=True) for each in clause.asked if each.source == CODE):
                continue
            if target is None:
                limit = plan.limits.get(str(stage.targets[clause.target]))
                found.update(() if limit is None else (limit,))
            for each in clause.asked:
                if isinstance(each.source, (Counted, Quota)):
                    found.add(each.source)
                elif not isinstance(each.source, (str, OtherLine)) and each.source not in seen:
                    seen.add(each.source)
                    waiting.append(staged[each.source])
    return frozenset(found)
