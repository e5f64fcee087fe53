"""What matters to lines of a code: which conditions can hold for them, and what an answer for them rests on.

The conditions that cannot hold need not be asked. Where those that can read the same, and the same of them match, it is
the same answer; where nothing waits for facts, that the same match is enough. It rests on the line alone where no rule
that can matter to it looks at another one, at a count of lines, or at a value that is computed over several lines;
otherwise on all that rules read of its claim. What the executions match is worked out for each line all the same: only
what is said of it is remembered.

All is read off the reference evaluator's own conditions, so that the evaluator stays independent of every execution.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import lru_cache

import msgspec

from payrule.encounter.encounter import CODE, DATE, UNITS
from payrule.execute.counts import Lines, Quota
from payrule.execute.reference import (
    All,
    Count,
    DatedTest,
    Evaluator,
    NamedFact,
    OtherLine,
    OverLines,
    Some,
    Test,
    parts_of,
    settled,
)
from payrule.language.counting import OF_THE_DAY
from payrule.language.derived import derived
from payrule.language.derived.units import MODIFIERS
from payrule.language.enriched_encounter import EnrichedEncounter, EnrichedLine
from payrule.language.truth import FALSE, Matches, Truth
from payrule.model.values import ValueSet
from payrule.model.vocabulary import Vocabulary

Listed = tuple[tuple[str, Evaluator], ...]
"""Conditions, each by its name."""

MOST_CODES = 4096
"""Codes for which it is remembered which conditions can hold, and what they read."""

MOST_LINES = 50
"""Lines of a claim of which answers are remembered that rest on all of it."""


class ByCode:
    """Conditions by name, found by the code of the line that is asked; those without a test on it are always found.

    >>> from payrule.execute.reference import TESTS
    >>> from payrule.language import condition as tree
    >>> of_code = {code: Test(tree.parse({CODE: {"is": code}}), TESTS["is"], code) for code in ("00001", "00002")}
    >>> [name for name, _ in ByCode(of_code).asked("00002")]
    ['00002']
    """

    def __init__(self, conditions: Mapping[str, Evaluator]) -> None:
        """Note under each code the conditions that name it, and apart those that name ranges, or no code."""
        self._every: Listed = tuple(conditions.items())
        self._of_code: dict[object, list[int]] = {}
        self._anywhere: list[int] = []
        for at, (_, condition) in enumerate(self._every):
            within = codes_of(condition)
            if within is None or any(each.ranges or each.spans for each in within):
                self._anywhere.append(at)
            else:
                for code in frozenset[object]().union(*(each.values for each in within)):
                    self._of_code.setdefault(code, []).append(at)
        self._found = lru_cache(maxsize=MOST_CODES)(self._find)

    def asked(self, code: object) -> Listed:
        """List the conditions that may be true or unknown of a line of a code, in their order; all if it is unknown."""
        return self._every if code is None else self._found(code)[0]

    def left(self, code: object) -> Listed:
        """List what is left of them to ask, as the code is known; all of each if it is unknown."""
        return self._every if code is None else self._found(code)[1]

    def _find(self, code: object) -> tuple[Listed, Listed]:
        listed = [self._every[at] for at in sorted([*self._of_code.get(code, ()), *self._anywhere])]
        both = [(each, left) for each in listed if settled(left := each[1].of_code(code)) is not FALSE]
        return tuple(each for each, _ in both), tuple((each[0], left) for each, left in both)


def codes_of(condition: Evaluator) -> tuple[ValueSet, ...] | None:
    """Give sets of codes outside of which a condition is false whatever else is true; None where there are none."""
    if isinstance(condition, Test):
        return _codes_of_test(condition)
    if isinstance(condition, NamedFact):
        return codes_of(condition.part)
    if isinstance(condition, All):
        return next((found for part in condition.parts if (found := codes_of(part)) is not None), None)
    if isinstance(condition, Some) or (isinstance(condition, Count) and condition.at_least > 0):
        return _of_any(map(codes_of, condition.parts))
    return None


def _codes_of_test(test: Test) -> tuple[ValueSet, ...] | None:
    if test.attribute != CODE or test.node.test not in ("is", "in"):
        return None
    return (test.operand if isinstance(test.operand, ValueSet) else ValueSet(frozenset({test.operand})),)


def _of_any(parts: Iterable[tuple[ValueSet, ...] | None]) -> tuple[ValueSet, ...] | None:
    found: list[ValueSet] = []
    for part in parts:
        if part is None:
            return None
        found += part
    return tuple(found)


def given(condition: Evaluator, code: object) -> Truth:
    """Say how true a condition is where nothing is known but the code of the line, not even its date."""
    return settled(condition.of_code(code))


class OfCode(msgspec.Struct, frozen=True):
    """What rules read of lines of a code, and which of them look at more than the line, those on modifiers apart."""

    read: tuple[str, ...]
    beyond: frozenset[str]
    modifiers_beyond: bool


def of_other_days(conditions: Iterable[Evaluator], code: str | None, vocabulary: Vocabulary) -> bool:
    """Tell whether conditions on a line may look at a line of a code on another day, or at what comes of it there.

    Where the code is None, it may be any.

    >>> from payrule.execute.reference import TESTS
    >>> from payrule.language import condition as tree
    >>> from payrule.model.vocabulary import Regions, Timed
    >>> of_code = Test(tree.parse({CODE: {"is": "00001"}}), TESTS["is"], "00001")
    >>> anywhere = OtherLine(tree.parse({"other_line": {CODE: {"is": "00001"}, "same_date": False}}), of_code)
    >>> words = Vocabulary(kind="vocabulary", attributes={}, concerns=(), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method=""))
    >>> [of_other_days([anywhere], code, words) for code in ("00001", "00002", None)]
    [True, False, True]
    """
    functions = derived(vocabulary).lines

    def looks(condition: Evaluator, *, beyond: bool) -> bool:
        if isinstance(condition, Test):
            return beyond and condition.attribute in functions and not functions[condition.attribute].alone
        if isinstance(condition, (OtherLine, Lines, Quota)):
            inside = beyond or not _is_of_own_day(condition)
            if inside and (code is None or given(condition.part, code) is not FALSE):
                return True
            return looks(condition.part, beyond=inside)
        return any(looks(part, beyond=beyond) for part in parts_of(condition))

    return any(looks(each, beyond=False) for each in conditions)


def _is_of_own_day(condition: OtherLine | Lines | Quota) -> bool:
    """Tell whether a condition on lines looks at those of the subject's own day alone."""
    if isinstance(condition, OtherLine):
        return condition.same_date
    asked = condition.sharing.counting if isinstance(condition, Quota) else condition.asked
    return asked.window.unit in OF_THE_DAY


class Alone:
    """Tell lines apart that rules tell apart, of those whose answer rests on themselves alone."""

    def __init__(
        self,
        by_code: ByCode,
        vocabulary: Vocabulary,
        asks_modifiers: Callable[[str], bool],
        wanted: Iterable[str],
    ) -> None:
        """Take the rules by code, and the attributes that they read of any line.

        `asks_modifiers` tells of which rules it is also asked whether they match as if a line had no modifiers.
        """
        self._by_code, self._derived, self._asks_modifiers = by_code, derived(vocabulary), asks_modifiers
        self._of_code = lru_cache(maxsize=MOST_CODES)(self._looked_at)
        every = {CODE, DATE, UNITS, MODIFIERS}.union(*map(self._with_inputs, wanted))
        self._every = tuple(sorted(name for name in every if "." in name))

    def key(self, scene: EnrichedEncounter, line: EnrichedLine, matches: Matches) -> Hashable:
        """Give what is the same for lines with the same answer but for its number; None for one that is not alone."""
        value = line.values.get
        of_code = self._of_code(value(CODE))
        if line.rows or line.beside or not of_code.beyond.isdisjoint(matches.possible):
            return None
        if scene.has_days or (of_code.modifiers_beyond and value(MODIFIERS)):
            return None
        computed = tuple(line.waits.items()), tuple(line.computed.items())
        return tuple([value(name) for name in of_code.read]), matches, line.presumed, line.supports, computed

    def settled(self, line: EnrichedLine, matches: Matches) -> Hashable:
        """Give what is the same for lines with the same answer, where nothing waits and no reason looks at other lines.

        It is None where a row of a table, or another line, had a say in what was computed.
        """
        return None if line.rows or line.beside else (line.values.get(CODE), matches, line.presumed, line.supports)

    def claim(self, scene: EnrichedEncounter) -> Hashable:
        """Give what is the same for claims with the same answers, where the same rules match; None with a history.

        What is derived, and how lines are related, follows from what is read of them. Of long claims nothing is given.
        """
        history = scene.history
        if history.names or len(scene.lines) > MOST_LINES:
            return None
        lines = [
            (
                each.line.number,
                tuple([each.values.get(name) for name in self._every]),
                each.presumed,
                tuple(each.computed),
                tuple(each.line.most.items()),
            )
            for each in scene.lines
        ]
        return history.complete_from, history.is_complete, history.birth, tuple(lines)

    def _looked_at(self, code: object) -> OfCode:
        read, beyond = {MODIFIERS, CODE}, set()
        for name, condition in self._by_code.asked(code):
            if self._is_beyond(read, _asked(condition)):
                beyond.add(name)
        return OfCode(tuple(sorted(read)), frozenset(beyond), any(map(self._asks_modifiers, beyond)))

    def _is_beyond(self, read: set[str], asked: Iterable[Evaluator]) -> bool:
        """Note what is read of the line; tell whether something else is looked at."""
        found = False
        for each in asked:
            if not isinstance(each, Test):
                found = True
                continue
            read |= {DATE} if isinstance(each, DatedTest) else set()
            for name in self._with_inputs(each.attribute):
                function = self._derived.lines.get(name)
                found = found or "." not in name or (function is not None and not function.alone)
                read |= {name, *({DATE} if function else ())}
        return found

    def _with_inputs(self, attribute: str) -> set[str]:
        """Name an attribute with all that it is computed from."""
        found, waiting = set[str](), [attribute]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self._derived.inputs(name)
        return found


def _asked(condition: Evaluator) -> Iterator[Evaluator]:
    """List what is asked in a condition: tests, and what looks at other lines."""
    if isinstance(condition, (Test, OverLines)):
        yield condition
    else:
        for part in parts_of(condition):
            yield from _asked(part)
