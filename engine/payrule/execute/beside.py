"""What a condition speaks of on a line: the other lines that made it true, the rows of tables, the codes it names.

A code is named by itself, or by the rows that a table has for it.

Everything is read off the reference evaluator's conditions, and every truth is what it says.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import msgspec

from payrule.execute.reference import (
    Combined,
    EvalContext,
    Evaluator,
    NamedFact,
    Not,
    OtherLine,
    Test,
    parts_of,
)
from payrule.language.derived import LINE_FUNCTIONS, PAIR_FUNCTIONS, Setting
from payrule.language.derived.computed import NO_ROW
from payrule.language.enriched_encounter import EnrichedLine
from payrule.language.truth import FALSE, TRUE, UNKNOWN, Truth, known, negated
from payrule.model.policy import Vocabulary
from payrule.source.frozen import frozen

CODE = "line.code"
MOST_LINES = 20
"""Other lines that are looked for beside a line; a claim has few, and a long list tells a reader nothing."""


class Beside(msgspec.Struct, frozen=True):
    """What made a condition true: other lines, by number, and rows of tables, each with the lines that it relates."""

    lines: tuple[EnrichedLine, ...] = ()
    rows: tuple[dict[str, Any], ...] = ()


def beside(condition: Evaluator, here: EvalContext) -> Beside:
    """List what made a condition true here: the other lines that satisfy its parts, and the rows that it rests on."""
    lines: dict[int, EnrichedLine] = {}
    rows: dict[str, dict[str, Any]] = {}
    for there, test in _settling(condition, here, TRUE):
        if there.line is not here.line:
            lines[there.line.line.number] = there.line
        if test is not None and there.line is here.line:
            lines.update((each.line.number, each) for each in islice(there.beside(test.attribute), MOST_LINES))
        row = None if test is None else there.row(test.attribute)
        if row is not None:
            rows[row.words] = frozen(row.as_json())
    return Beside(tuple(lines[number] for number in sorted(lines)), tuple(rows.values()))


def _settling(condition: Evaluator, here: EvalContext, truth: Truth) -> Iterator[tuple[EvalContext, Test | None]]:
    """List where the parts were asked that make a condition true, or false; with the test, where it is one."""
    if isinstance(condition, Test):
        yield here, condition
    elif isinstance(condition, NamedFact):
        yield from _settling(
            condition.part, here if here.subject is None else EvalContext(here.scene, here.line), truth
        )
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


SaidByRows = Callable[[str, str], frozenset[str]]
"""What the rows that a table has for a code can say of its lines: by an attribute that is looked up, and the code."""


def said_by_rows(vocabulary: Vocabulary, setting: Setting) -> SaidByRows:
    """Tell what the tables of a setting can say of the lines of a code, by the attributes of a vocabulary."""
    looked_up = {name: each.derived for name, each in vocabulary.attributes.items() if each.derived}

    def said(attribute: str, code: str) -> frozenset[str]:
        function = looked_up.get(attribute, "")
        found = LINE_FUNCTIONS.get(function) or PAIR_FUNCTIONS.get(function)
        return found.of_code(code, setting) if found else frozenset()

    return said


def mentions(condition: Evaluator, code: str, said: SaidByRows) -> bool:
    """Tell whether a condition names a code: a test asks for it or for a row of it, and no other rules the code out."""
    return _given(condition, code) is not FALSE and any(_asking(condition, code, said))


def _asking(condition: Evaluator, code: str, said: SaidByRows, *, negative: bool = False) -> Iterator[bool]:
    """Say of each test on the code of the line itself, or on what tables say of it, whether it asks for this one."""
    if isinstance(condition, Test):
        if condition.attribute != CODE:
            yield _asks_for_a_row(condition, said(condition.attribute, code), negative=negative)
        elif (condition.node.test == "not_in") is negative:
            yield condition.test(code, condition.operand) is not negative
    elif isinstance(condition, (Not, NamedFact)):
        yield from _asking(condition.part, code, said, negative=negative is not isinstance(condition, Not))
    elif isinstance(condition, OtherLine):
        for test, denied in _relating(condition.part, negative=negative):
            yield _asks_for_a_row(test, said(test.attribute, code), negative=denied)
    else:
        for part in parts_of(condition):
            yield from _asking(part, code, said, negative=negative)


def _asks_for_a_row(test: Test, said: frozenset[str], *, negative: bool) -> bool:
    """Tell whether a test holds of something that rows say, and not where there is no row."""
    held = [test.test(value, test.operand) is not negative for value in (NO_ROW, *said)] if said else [True]
    return any(held[1:]) and not held[0]


def _relating(condition: Evaluator, *, negative: bool) -> Iterator[tuple[Test, bool]]:
    """List the tests on what relates the line to another one, each with whether it is asked not to hold."""
    if isinstance(condition, Test):
        if "." not in condition.attribute:
            yield condition, negative
    elif isinstance(condition, Not):
        yield from _relating(condition.part, negative=not negative)
    elif not isinstance(condition, (NamedFact, OtherLine)):
        for part in parts_of(condition):
            yield from _relating(part, negative=negative)


def _given(condition: Evaluator, code: str) -> Truth:
    """Say how true a condition is where nothing is known but the code of the line."""
    if isinstance(condition, Test):
        return known(condition.test(code, condition.operand)) if condition.attribute == CODE else UNKNOWN
    if isinstance(condition, NamedFact):
        return _given(condition.part, code)
    return condition.of(_given(part, code) for part in condition.parts) if isinstance(condition, Combined) else UNKNOWN
