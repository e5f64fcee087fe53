"""What matters to lines of a code: which conditions can hold for them, and what an answer for them rests on.

The conditions that cannot hold need not be asked. Where nothing waits for facts, the code and the rules that match make
the answer. Where something does, it is also how true the tests are in the conditions that may matter: a test says the
same of two values that are the same to every rule. Where a condition looks at another line, at a count of lines, or at
a value that is computed over several lines, the answer rests on all that rules read of the claim. What the executions
match is worked out for each line all the same: only what is said of it is remembered.

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
    EvalContext,
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
from payrule.language.derived import Support, derived
from payrule.language.derived.units import MODIFIERS
from payrule.language.enriched_encounter import EnrichedEncounter, EnrichedLine
from payrule.language.truth import FALSE, Matches, Truth
from payrule.model.values import Value, ValueSet
from payrule.model.vocabulary import Vocabulary
from payrule.source.memory import Remembered

Listed = tuple[tuple[str, Evaluator], ...]
"""Conditions, each by its name."""

MOST_CODES = 4096
"""Codes for which it is remembered which conditions can hold."""

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


class Asked(msgspec.Struct, frozen=True):
    """What conditions ask of a line alone.

    `tests` are attributes that it gives itself, each with how true a test on it is of each value, and `dated` the tests
    with other operands on other dates. `computed` are attributes that are computed of it, each with itself and all that
    it is computed from.
    """

    tests: tuple[tuple[str, Mapping[Value | None, Truth]], ...]
    dated: tuple[DatedTest, ...]
    computed: tuple[tuple[str, tuple[str, ...]], ...]

    def of(self, here: EvalContext) -> tuple[Hashable, ...]:
        """Say how true what is asked is of a line, and what it was computed from."""
        line, value = here.line, here.line.values.get
        found: list[Hashable] = [truths[value(attribute)] for attribute, truths in self.tests]
        found += [(test.truth(here), value(DATE)) for test in self.dated]
        for name, names in self.computed:
            found.append((value(DATE), line.waits.get(name), line.computed.get(name), *map(value, names)))
        return tuple(found)


class AnswerKeys:
    """Give keys by which answers are remembered; None where an answer rests on more than is looked at."""

    def __init__(
        self,
        by_code: ByCode,
        conditions: Mapping[str, Evaluator],
        vocabulary: Vocabulary,
        asks_modifiers: Callable[[str], bool],
        wanted: Iterable[str],
    ) -> None:
        """Take the rules by code and by name, and the attributes that they read of any line.

        `asks_modifiers` tells of which rules it is also asked whether they match as if a line had no modifiers.
        """
        self._by_code, self._conditions = by_code, conditions
        self._derived, self._asks_modifiers = derived(vocabulary), asks_modifiers
        self._tests = Remembered[str, tuple[Test, ...] | None](self._tests_of)
        self._asked = Remembered[tuple[frozenset[str], object], Asked | None](self._asked_by)
        every = {CODE, DATE, UNITS, MODIFIERS}.union(*map(self._with_inputs, wanted))
        self._every = tuple(sorted(name for name in every if "." in name))

    def of_matches(self, line: EnrichedLine, matches: Matches, supports: tuple[Support, ...]) -> Hashable:
        """Give what is the same for lines with the same answer but for its number, where nothing waits.

        `supports` are those of the line, where the answer says how many units are supported.
        """
        return line.values.get(CODE), matches, line.presumed, supports

    def of_line(self, here: EvalContext, matches: Matches, supports: tuple[Support, ...]) -> Hashable:
        """Give what is the same for lines with the same answer but for its number, by what is asked of them alone."""
        line, code = here.line, here.line.values.get(CODE)
        marked = code if line.values.get(MODIFIERS) else None
        asked = None if code is None else self._asked[matches.possible, marked]
        if asked is None or (asked.computed and (line.rows or here.scene.has_days)):
            return None
        return self.of_matches(line, matches, supports), marked is None, asked.of(here)

    def of_claim(self, scene: EnrichedEncounter) -> Hashable:
        """Give what is the same for claims with the same answers, where the same rules match; None with a history.

        What is derived, and how lines are related, follows from what is read of them. Of long claims nothing is given.
        """
        history = scene.history
        if history.names or len(scene.lines) > MOST_LINES:
            return None
        lines = [
            (
                each.line.number,
                tuple(map(each.values.get, self._every)),
                each.presumed,
                tuple(each.computed),
                tuple(each.line.most.items()),
            )
            for each in scene.lines
        ]
        return history.complete_from, history.is_complete, history.birth, tuple(lines)

    def _asked_by(self, key: tuple[frozenset[str], object]) -> Asked | None:
        """Collect what rules ask of a line; those, too, that may match a line of a code without its modifiers."""
        names, code = key
        bare = [] if code is None else [name for name, _ in self._by_code.asked(code) if self._asks_modifiers(name)]
        listed = [self._tests[name] for name in sorted(names.union(bare))]
        found = [each for each in listed if each is not None]
        return self._together([test for each in found for test in each]) if len(found) == len(listed) else None

    def _tests_of(self, rule: str) -> tuple[Test, ...] | None:
        """List the tests of a rule; None where something else is asked than what a line says alone."""
        found = []
        for each in _asked(self._conditions[rule]):
            if not isinstance(each, Test) or not all(map(self._is_alone, self._with_inputs(each.attribute))):
                return None
            found.append(each)
        return tuple(found)

    def _is_alone(self, attribute: str) -> bool:
        function = self._derived.lines.get(attribute)
        return "." in attribute and (function is None or function.alone)

    def _together(self, listed: Iterable[Test]) -> Asked:
        """Put what is asked together, each once, but for the code."""
        tests: dict[Hashable, tuple[str, Mapping[Value | None, Truth]]] = {}
        dated: list[DatedTest] = []
        computed: dict[str, tuple[str, ...]] = {}
        for each in listed:
            name = each.attribute
            if name in self._derived.lines:
                computed[name] = tuple(sorted(self._with_inputs(name)))
            elif isinstance(each, DatedTest):
                dated.append(each)
            elif name != CODE:
                tests[name, each.node.test, each.operand] = (name, each.truths)
        return Asked(tuple(tests.values()), tuple(dated), tuple(computed.items()))

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
