"""Which rules match the lines of a claim, by the plan: what a line says leaves the clauses that hold, a bit each.

A service code has clauses of its own, those that it can satisfy. What each value of an attribute leaves of them is
worked out once and remembered, so that a line costs one look-up and two conjunctions of integers for each attribute.
Facts, other lines and counts are settled when a clause that is left asks for them. Nothing is shared with the reference
evaluator, or with forward chaining but what lines that are counted come to.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any, cast

import msgspec

from payrule.encounter.encounter import CODE
from payrule.execute.forward.counts import Counts
from payrule.execute.plan.stages import (
    SAME_DATE,
    Asked,
    Bits,
    CountItem,
    Item,
    Plan,
    PlannedClause,
    Stage,
    checked_items,
    plan,
)
from payrule.execute.sizes import Sizes
from payrule.language.domains import UNKNOWN_VALUE, Domain
from payrule.language.enriched_encounter import EnrichedEncounter, EnrichedLine, places
from payrule.language.lower import FactLeaf, Formula, Lines, OtherLine, Quota, attributes_read
from payrule.language.truth import Matches
from payrule.source.memory import Remembered

FEW_LINES = 8
"""Lines up to which each is related to the subject by itself: that costs less than to group all that are alike."""

Left = tuple[int, int]
"""The clauses that are left definite, and those that are left possible."""
Settle = Callable[[int, int], int]
"""Says how true an item is of a line, each by its number: 0 false, 1 unknown, 2 true."""


class Sources(msgspec.Struct, frozen=True):
    """What clauses ask: attributes, with the tests on each, and items, each with its number."""

    domains: Mapping[str, Domain]
    numbers: Mapping[Item, int]


class Clauses:
    """Some clauses of a stage, a bit each, and what the values of a line leave of them.

    `without` are sources that are settled elsewhere.
    """

    def __init__(self, stage: Stage, listed: Sequence[int], sources: Sources, without: Iterable[str] = ()) -> None:
        """Take the clauses by their positions in the stage; attributes that most of them ask are looked at first."""
        self.targets = [stage.targets[stage.clauses[at].target] for at in listed]
        bits = self._bits = Bits(stage, listed)
        self.every = bits.every
        asking: dict[Any, int] = {}
        for bit, at in enumerate(listed):
            for each in stage.clauses[at].asked:
                asking[each.source] = asking.get(each.source, 0) | 1 << bit
        names = [each for each in asking if isinstance(each, str) and each not in {SAME_DATE, *without}]
        self.attributes: list[tuple[str, Remembered[Any, Left]]] = [
            (name, _words(bits, name, sources.domains[name]))
            for name in sorted(names, key=lambda each: (each != CODE, -asking[each].bit_count(), each))
        ]
        counts = [each for each in asking if isinstance(each, (Lines, Quota))]
        items = [each for each in asking if isinstance(each, (FactLeaf, OtherLine))]
        self.items: list[tuple[int, int, tuple[Left, ...]]] = [
            (sources.numbers[item], asking[item], tuple(bits.left(item, truth) for truth in range(3)))
            for item in [*sorted(items, key=lambda each: isinstance(each, OtherLine)), *counts]
        ]

    def can_hold(self, code: Any) -> bool:
        """Tell whether some clause is left possible by a code, None where it is unknown."""
        name, words = self.attributes[0] if self.attributes else ("", {})
        return name != CODE or bool(words[code][1])

    def left(self, line: EnrichedLine, place: int, settle: Settle) -> Left:
        """Give the clauses that a line leaves."""
        definite = possible = self.every
        value = line.values.get
        for name, words in self.attributes:
            one, two = words[value(name)]
            possible &= two
            if not possible:
                return 0, 0
            definite &= one
        for item, asking, words_of in self.items:
            if possible & asking:
                one, two = words_of[settle(item, place)]
                definite, possible = definite & one, possible & two
        return definite, possible


def _words(bits: Bits, name: str, domain: Domain) -> Remembered[Any, Left]:
    return Remembered(lambda value: bits.left(name, domain.passed(value)))


class OfCode:
    """The clauses of rules that a code can satisfy, and the rules that clauses stand for."""

    def __init__(self, clauses: Clauses) -> None:
        """Begin with no matches that are known."""
        self.left = clauses.left
        self._targets = [str(each) for each in clauses.targets]
        self.matches = Remembered[Left, Matches](self._named)

    def _named(self, left: Left) -> Matches:
        definite, possible = (frozenset(self._targets[at] for at in places(bits)) for bits in left)
        return Matches(definite, possible)


class OfItem:
    """The clauses of a fact, or of a condition on other lines, with the pairs of attributes that those ask about."""

    def __init__(self, stage: Stage, listed: Sequence[int], sources: Sources, target: Item) -> None:
        """Tell what is asked of one line from what relates two."""
        asked = {each.source for at in listed for each in stage.clauses[at].asked}
        self.pairs = sorted(name for name in asked if isinstance(name, str) and "." not in name and name != SAME_DATE)
        self.of_others = isinstance(target, OtherLine)
        self.same_date = isinstance(target, OtherLine) and target.same_date
        self.clauses = Clauses(stage, listed, sources, self.pairs)
        self.related: list[list[Asked]] = [
            [each for each in stage.clauses[at].asked if each.source in self.pairs] for at in listed
        ]
        self.domains = {name: sources.domains[name] for name in self.pairs}


class PlannedRules:
    """Rules and the facts that they use, as a plan; safe to share among threads and to use after a fork.

    >>> from payrule.language.lower import Range
    >>> PlannedRules({"p/many-units": Range("line.units", 5, None)}, {}).attributes
    frozenset({'line.units'})
    """

    def __init__(self, rules: Mapping[str, Formula], facts: Mapping[str, Formula]) -> None:
        """Plan rules (by name, `policy/rule`) and facts (by qualified name).

        Raises LimitError naming the rule or fact whose condition stands for too many combinations.
        """
        self.rules, self.facts = rules, facts
        self._plan: Plan = plan(rules, facts)
        self.sizes = Sizes(self._plan.items, facts)
        self._sources = Sources(self._plan.domains, {item: at for at, item in enumerate(self._plan.items)})
        self.items = self._of_items()
        self._satisfied = self._by_code_of_others()
        self.offered = Remembered[Any, int](self._offered_by)
        """The items that may hold beside a line of a code, as bits: all but those about lines of other codes."""
        self._domain = self._plan.domains.get(CODE)
        self._by_test, self._anywhere = self._by_code()
        self._classes = Remembered[int, OfCode](self._of_class)
        self._codes = Remembered[Any, OfCode](self._of_code)

    @property
    def attributes(self) -> frozenset[str]:
        """The attributes that some rule or fact reads."""
        return attributes_read(self.rules.values(), self.facts.values())

    def match(self, scene: EnrichedEncounter, subjects: Sequence[int] | None = None) -> tuple[Matches, ...]:
        """Give the rules that match each subject, in their order: indexes into `scene.lines`, all lines when None.

        Raises LimitError for an encounter of too many lines, or of too many pairs of lines.
        """
        self.sizes.check(scene)
        settled, codes, found = Settled(self, scene), self._codes, []
        for place in range(len(scene.lines)) if subjects is None else subjects:
            line = scene.lines[place]
            of_code = codes[line.values.get(CODE)]
            found.append(of_code.matches[of_code.left(line, place, settled.truth)])
        return tuple(found)

    def _of_items(self) -> list["OfItem | CountItem | None"]:
        """List what is asked of each item, by its number."""
        found: list[OfItem | CountItem | None] = [
            each if isinstance(each, (Lines, Quota)) else None for each in self._plan.items
        ]
        for stage in (stage for level in self._plan.levels for stage in level):
            listed: list[list[int]] = [[] for _ in stage.targets]
            for at, clause in enumerate(stage.clauses):
                listed[clause.target].append(at)
            for target, own in zip(stage.targets, listed, strict=True):
                if isinstance(target, (FactLeaf, OtherLine)):
                    found[self._sources.numbers[target]] = OfItem(stage, own, self._sources, target)
        return found

    def _by_code_of_others(self) -> tuple[dict[int, int], int]:
        """Give the conditions on other lines, as bits, by a test that the code has to pass, and all other items."""
        by_test: dict[int, int] = {}
        anywhere = (1 << len(self.items)) - 1
        for stage in (others for _, others in self._plan.levels):
            named = [_test_of_code(clause) for clause in stage.clauses]
            items = [1 << self._sources.numbers[cast("Item", target)] for target in stage.targets]
            free = {clause.target for clause, test in zip(stage.clauses, named, strict=True) if test is None}
            anywhere &= ~sum(item for target, item in enumerate(items) if target not in free)
            for clause, test in zip(stage.clauses, named, strict=True):
                if test is not None:
                    by_test[test] = by_test.get(test, 0) | items[clause.target]
        return by_test, anywhere

    def _offered_by(self, code: Any) -> int:
        by_test, anywhere = self._satisfied
        passed = self._domain.classify(code) if self._domain else UNKNOWN_VALUE
        tests = by_test if passed == UNKNOWN_VALUE else places(passed)
        return reduce(or_, (by_test.get(test, 0) for test in tests), anywhere)

    def _by_code(self) -> tuple[dict[int, list[int]], list[int]]:
        """List the clauses of rules by a test that the code has to pass, and those that name none."""
        by_test: dict[int, list[int]] = {}
        anywhere: list[int] = []
        for at, clause in enumerate(self._plan.rules.clauses):
            test = _test_of_code(clause)
            (anywhere if test is None else by_test.setdefault(test, [])).append(at)
        return by_test, anywhere

    def _of_code(self, code: Any) -> OfCode:
        return self._classes[self._domain.classify(code) if self._domain else UNKNOWN_VALUE]

    def _of_class(self, passed: int) -> OfCode:
        """Give the clauses of rules that are left by the tests that a code passes; all where it is unknown."""
        stage = self._plan.rules
        if passed == UNKNOWN_VALUE:
            return OfCode(Clauses(stage, range(len(stage.clauses)), self._sources))
        named = (at for test in places(passed) for at in self._by_test.get(test, ()))
        listed = [
            at
            for at in sorted([*named, *self._anywhere])
            if all(each.source != CODE or each.holds(passed, possible=True) for each in stage.clauses[at].asked)
        ]
        return OfCode(Clauses(stage, listed, self._sources, [CODE]))


def _test_of_code(clause: PlannedClause) -> int | None:
    """Give a test that the code has to pass for a clause to hold; None where there is none."""
    return next((each.bit for each in clause.asked if each.source == CODE and each.positive), None)


def sizes_of(rules: Mapping[str, Formula], facts: Mapping[str, Formula]) -> Sizes:
    """Say what claims are measured by under a plan of some rules, of which not all need to be made.

    Raises LimitError as making it does: that never depends on the claim.

    >>> from payrule.language.lower import Range
    >>> sizes_of({"p/r": OtherLine(FactLeaf("f"))}, {"f": Range("line.units", 2, None)}).others
    1
    """
    return Sizes(checked_items(rules, facts), facts)


class Settled:
    """What is settled about the lines of one claim: facts, conditions on other lines, counts, each when it is asked."""

    def __init__(self, rules: PlannedRules, scene: EnrichedEncounter) -> None:
        """Begin with nothing."""
        self._rules, self._scene = rules, scene
        self._truths: dict[tuple[int, int], int] = {}
        self._lines: dict[int, tuple[list[int], list[int]]] = {}
        self._asked: dict[int, int] = {}
        self._seen: dict[Hashable, Left] = {}
        self._counts: Counts | None = None
        self._offered = reduce(or_, map(rules.offered.__getitem__, scene.by_code()), 0)

    def truth(self, item: int, place: int) -> int:
        """Say how true an item is of a line: 0 false, 1 unknown, 2 true."""
        if not self._offered >> item & 1:
            return 0
        key = item, place
        found = self._truths.get(key)
        if found is None:
            found = self._truths[key] = self._settle(item, place)
        return found

    def _settle(self, item: int, place: int) -> int:
        asked = self._rules.items[item]
        if not isinstance(asked, OfItem):
            return self._count(asked, place) if asked else 0
        if asked.of_others:
            definite, possible = self._others(item, asked, place)
        else:
            definite, possible = asked.clauses.left(self._scene.lines[place], place, self.truth)
        return 2 if definite else 1 if possible else 0

    def _count(self, item: CountItem, place: int) -> int:
        if self._counts is None:
            self._counts = Counts(self._scene, self._rules.facts)
        return self._counts.truth(item, self._scene.lines[place])

    def _others(self, item: int, asked: OfItem, place: int) -> Left:
        """Give the other lines, as bits, that satisfy a condition, and those that do or may."""
        scene, line = self._scene, self._scene.lines[place]
        others = self._of_codes(item, asked) & scene.beside(line, same_date=asked.same_date)
        if not others:
            return 0, 0
        key = item, tuple([scene.kind(name, line) for name in asked.pairs if name in scene.pair_functions])
        found = self._seen.get(key)
        if found is None:
            found = self._seen[key] = self._satisfying(item, asked, line)
        return found[0] & others, found[1] & others

    def _of_codes(self, item: int, asked: OfItem) -> int:
        """Give the lines whose code some clause of a condition allows, as bits."""
        found = self._asked.get(item)
        if found is None:
            found = 0
            for code, lines in self._scene.by_code().items():
                if asked.clauses.can_hold(code):
                    found |= lines
            self._asked[item] = found
        return found

    def _satisfying(self, item: int, asked: OfItem, subject: EnrichedLine) -> Left:
        """Give the lines that satisfy some clause of a condition in their relation to a subject."""
        lines = self._lines.get(item)
        if lines is None:
            lines = self._lines[item] = self._by_clause(asked.clauses, self._of_codes(item, asked))
        definite = possible = 0
        for certain, perhaps, related in zip(*lines, asked.related, strict=True):
            one, two = certain, perhaps
            for each in related:
                if not two:
                    break
                holding = self._related(each, asked.domains[str(each.source)], subject, two)
                one, two = one & holding[0], two & holding[1]
            definite |= one
            possible |= two
        return definite, possible

    def _by_clause(self, clauses: Clauses, asked: int) -> tuple[list[int], list[int]]:
        """Give for each clause those of some lines that satisfy what it asks of a line alone, and that do or may."""
        definite, possible = [0] * len(clauses.targets), [0] * len(clauses.targets)
        for place in places(asked):
            one, two = clauses.left(self._scene.lines[place], place, self.truth)
            for at in places(two):
                possible[at] |= 1 << place
                definite[at] |= (one >> at & 1) << place
        return definite, possible

    def _related(self, asked: Asked, domain: Domain, subject: EnrichedLine, lines: int) -> Left:
        """Give those of some lines of which a test on their relation to a subject holds, and of which it may."""
        scene, name = self._scene, domain.attribute
        if name not in scene.pair_functions:
            return 0, lines
        if lines.bit_count() <= FEW_LINES:
            values = [(scene.relation(name, subject, scene.lines[place]), 1 << place) for place in places(lines)]
        else:
            values = list(scene.related(name, subject).items())
        definite = possible = 0
        for value, related in values:
            passed = domain.passed(value)
            if asked.holds(passed, possible=True):
                possible |= related
                definite |= related if asked.holds(passed, possible=False) else 0
        return definite, possible
