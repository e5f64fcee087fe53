"""Which conditions can hold for a code of a line: the others need not be asked of it.

It is read off the reference evaluator's own conditions, so that the evaluator stays independent of every execution.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from payrule.execute.reference import All, Combined, Count, Evaluator, NamedFact, Some, Test
from payrule.language.truth import FALSE, TRUE, UNKNOWN, Truth
from payrule.model.values import ValueSet

CODE = "line.code"

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
        return self._every if code is None else self._found(code)

    def _find(self, code: object) -> Listed:
        listed = sorted([*self._of_code.get(code, ()), *self._anywhere])
        return tuple(self._every[at] for at in listed if given(self._every[at][1], code) is not FALSE)


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
    if isinstance(condition, Test):
        if condition.attribute != CODE:
            return UNKNOWN
        passes = {bool(each.test(code, each.operand)) for each in condition.each()}
        return UNKNOWN if len(passes) > 1 else TRUE if True in passes else FALSE
    if isinstance(condition, NamedFact):
        return given(condition.part, code)
    return condition.of(given(part, code) for part in condition.parts) if isinstance(condition, Combined) else UNKNOWN
