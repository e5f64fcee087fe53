"""What matters to lines of a code: which conditions can hold for them, so that the others need not be asked.

All is read off the reference evaluator's own conditions, so that the evaluator stays independent of every execution.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from payrule.encounter.encounter import CODE
from payrule.execute.counts import Lines, Quota
from payrule.execute.reference import (
    All,
    Count,
    Evaluator,
    NamedFact,
    OtherLine,
    Some,
    Test,
    parts_of,
    settled,
)
from payrule.language.counting import OF_THE_DAY
from payrule.language.derived import derived
from payrule.language.truth import FALSE, Truth
from payrule.model.values import ValueSet
from payrule.model.vocabulary import Vocabulary

Listed = tuple[tuple[str, Evaluator], ...]
"""Conditions, each by its name."""

MOST_CODES = 4096
"""Codes for which it is remembered which conditions can hold."""


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
