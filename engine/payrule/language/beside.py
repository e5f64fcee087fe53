"""What a condition speaks of on a line: the other lines that made it true, the rows of tables, the codes it names.

Everything is read off the reference evaluator's conditions, and every truth is what it says.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from payrule.documents.frozen import frozen
from payrule.language.reference import All, Count, Meaning, NamedFact, Not, OtherLine, Situation, Test, parts_of
from payrule.language.scene import SceneLine
from payrule.language.truth import FALSE, TRUE, UNKNOWN, Truth, counted, known, negated

CODE = "line.code"
MOST_LINES = 20
"""Other lines that are looked for beside a line; a claim has few, and a long list tells a reader nothing."""


class Beside(msgspec.Struct, frozen=True):
    """What made a condition true: other lines, by number, and rows of tables, each with the lines that it relates."""

    lines: tuple[SceneLine, ...] = ()
    rows: tuple[dict[str, Any], ...] = ()


def beside(condition: Meaning, here: Situation) -> Beside:
    """List what made a condition true here: the other lines that satisfy its parts, and the rows that it rests on."""
    lines: dict[int, SceneLine] = {}
    rows: dict[str, dict[str, Any]] = {}
    for there, test in _settling(condition, here, TRUE):
        if there.line is not here.line:
            lines[there.line.line.number] = there.line
        row = None if test is None else there.row(test.attribute)
        if row is not None:
            rows[row.words] = frozen(row.as_json())
    return Beside(tuple(lines[number] for number in sorted(lines)), tuple(rows.values()))


def _settling(condition: Meaning, here: Situation, truth: Truth) -> Iterator[tuple[Situation, Test | None]]:
    """List where the parts were asked that make a condition true, or false; with the test, where it is one."""
    if isinstance(condition, Test):
        yield here, condition
    elif isinstance(condition, NamedFact):
        yield from _settling(condition.part, here if here.subject is None else Situation(here.scene, here.line), truth)
    elif isinstance(condition, Not):
        yield from _settling(condition.part, here, negated(truth))
    elif isinstance(condition, OtherLine):
        if truth is TRUE:
            for there in islice(condition.among(TRUE, here), MOST_LINES):
                yield there, None
                yield from _settling(condition.part, there, TRUE)
    else:
        for part in parts_of(condition):
            if part.truth(here) is truth:
                yield from _settling(part, here, truth)


def mentions(condition: Meaning, code: str) -> bool:
    """Tell whether a condition names a code: one of its tests asks for it, and no other rules it out by the code."""
    return _given(condition, code) is not FALSE and any(_asking(condition, code))


def _asking(condition: Meaning, code: str, *, negative: bool = False) -> Iterator[bool]:
    """Say of each test on the code of the line itself whether it asks for this one."""
    if isinstance(condition, Test):
        if condition.attribute == CODE and (condition.node.test == "not_in") is negative:
            yield condition.test(code, condition.operand) is not negative
    elif isinstance(condition, (Not, NamedFact)):
        yield from _asking(condition.part, code, negative=negative is not isinstance(condition, Not))
    elif not isinstance(condition, OtherLine):
        for part in parts_of(condition):
            yield from _asking(part, code, negative=negative)


def _given(condition: Meaning, code: str) -> Truth:
    """Say how true a condition is where nothing is known but the code of the line."""
    if isinstance(condition, Test):
        return known(condition.test(code, condition.operand)) if condition.attribute == CODE else UNKNOWN
    if isinstance(condition, NamedFact):
        return _given(condition.part, code)
    if isinstance(condition, Not):
        return negated(_given(condition.part, code))
    if isinstance(condition, OtherLine):
        return UNKNOWN
    found = [_given(part, code) for part in parts_of(condition)]
    if isinstance(condition, Count):
        return counted(condition.at_least, found)
    return min(found, default=TRUE) if isinstance(condition, All) else max(found, default=FALSE)
