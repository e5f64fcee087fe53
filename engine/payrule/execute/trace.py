"""Trace a condition on a line: each part with its truth and what was read, and what made it true.

The truth of every part is the reference evaluator's; only the way through the parts is written here.

A code is named by itself, or by the rows that a table has for it.

Everything is read off the reference evaluator's conditions, and every truth is what it says.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec

from payrule.encounter.encounter import CODE
from payrule.execute.by_code import MOST_CODES, ByCode, given
from payrule.execute.counts import Lines, Quota
from payrule.execute.reference import (
    Combined,
    DatedTest,
    EvalContext,
    Evaluator,
    NamedFact,
    Not,
    OtherLine,
    Test,
    parts_of,
    tests_in,
)
from payrule.language import condition as tree
from payrule.language.counting import Extent
from payrule.language.derived import Setting, derived
from payrule.language.derived.computed import NO_ROW
from payrule.language.enriched_encounter import EnrichedLine
from payrule.language.tally import Counted, numbers_in
from payrule.language.truth import FALSE, NEGATED, TRUE, UNKNOWN, Truth
from payrule.language.words import sentence, subject_of, value_words
from payrule.model.values import ValueSet, frozen
from payrule.model.vocabulary import BIRTH, Vocabulary


class Trace(msgspec.Struct, frozen=True):
    """One part of a condition where it was asked: its words, its truth, what was read there, its own parts.

    `read` is empty while it is unknown. `subject` is what a test reads. `row` is the row of a table, in words, that the
    value rests on, or says what it was computed from.
    """

    words: str
    truth: Truth
    read: str = ""
    subject: str = ""
    parts: tuple["Trace", ...] = ()
    row: str = ""

    def said(self) -> str:
        """Say the part with what was read.

        >>> Trace("units is at least 2", Truth.FALSE, "is 1", "units").said()
        'units is at least 2, but is 1'
        """
        if self.truth is UNKNOWN:
            return f"unknown whether {self.words}"
        if not self.read or self.truth is TRUE:
            return self.words
        return f"{self.words}, but {self.read}"

    def reading(self) -> str:
        """Say what was read, for a reader who is told of no test.

        >>> Trace("units is at least 2", Truth.FALSE, "is 1", "units").reading()
        'units is 1'
        """
        return f"{self.subject} {self.read}".strip() or self.words


def trace(condition: Evaluator, here: EvalContext) -> Trace:
    """Trace a condition and all that is in it."""
    return TRACED.get(type(condition), _parts)(condition, here)


def decisive(traced: Trace) -> Iterator[Trace]:
    """List the smallest parts that make a trace what it is: false, or unknown."""
    same = [part for part in traced.parts if part.truth is traced.truth]
    if not same:
        yield traced
    for part in same:
        yield from decisive(part)


def rows(traced: Trace) -> Iterator[str]:
    """List what makes a trace true beside the claim's own values, in words: rows of tables, counts and quotas."""
    if traced.truth is TRUE:
        if traced.row:
            yield traced.row
        for part in traced.parts:
            yield from rows(part)


def _test(test: Test, here: EvalContext) -> Trace:
    value, row = here.read(test.attribute), here.row(test.attribute)
    read = "" if value is None else f"is {value_words(value)}"
    if value is not None and test.attribute == BIRTH:
        read = "is a date that is not shown"
    subject = subject_of(test.attribute)
    made = row.words if row else here.line.computed.get(test.attribute, "")
    if made and not row:
        read = f"{read} ({made})"
    return Trace(sentence(test.node), test.truth(here), read, subject, row=made)


def _dated_test(test: DatedTest, here: EvalContext) -> Trace:
    """Trace membership in a code list whose codes have dates; what was in it on other dates is said so."""
    found, value = _test(test, here), here.read(test.attribute)
    if value is None or found.truth is UNKNOWN or test.test(value, test.operand) is (found.truth is TRUE):
        return found
    return msgspec.structs.replace(found, read=f"{found.read}, in the list on other dates than {here.line.line.date}")


def _parts(whole: Combined, here: EvalContext) -> Trace:
    return Trace(sentence(whole.node), whole.truth(here), parts=tuple(trace(part, here) for part in whole.parts))


def _not(negation: Not, here: EvalContext) -> Trace:
    # What is inside has the opposite truth, so the negation is as far down as a reader is led.
    return Trace(sentence(negation.node), negation.truth(here), _readings(trace(negation.part, here)))


def _fact(fact: NamedFact, here: EvalContext) -> Trace:
    inner = trace(fact.part, here)
    return Trace(sentence(fact.node), inner.truth, parts=(inner,))


def _other_line(other: OtherLine, here: EvalContext) -> Trace:
    seen = {there.line.line.number: trace(other.part, there) for there in here.others(same_date=other.node.same_date)}
    truth = other.truth(here)
    such = (f"on line {number} {row}" for number, each in seen.items() if each.truth is TRUE for row in rows(each))
    return Trace(sentence(other.node), truth, _OTHER_LINES[truth](other.node, seen), row="; ".join(such))


def _such_lines(node: tree.OtherLine, seen: dict[int, Trace]) -> str:
    such = [number for number, traced in seen.items() if traced.truth is TRUE]
    if not node.any_line:
        return f"{_lines(such)} {'has that' if len(such) == 1 else 'have that'}"
    where = "on that date" if node.same_date else "on the claim"
    return f"{_lines(such)} {'is' if len(such) == 1 else 'are'} {where}"


def _no_such_line(_: tree.OtherLine, seen: dict[int, Trace]) -> str:
    read: dict[str, list[int]] = {}
    for number, traced in seen.items():
        read.setdefault(_readings(traced), []).append(number)
    return "; ".join(f"on {_lines(numbers)} {words}" for words, numbers in read.items()) or "there is none"


_OTHER_LINES: dict[Truth, Callable[[tree.OtherLine, dict[int, Trace]], str]] = {
    TRUE: _such_lines,
    UNKNOWN: lambda *_: "",
    FALSE: _no_such_line,
}
"""What is read of the other lines, by number, when some line satisfies a condition, may satisfy it, or none does."""


def _count(count: Lines, here: EvalContext) -> Trace:
    found, listed = count.extent(here), _in_words(here, count.days(here))
    read = f"{count.node.measure.kind.replace('_', ' ')} {_range(found)}"
    if found.nothing is TRUE:
        read = "there is no such line"
    read = f"counted {read}{f': {listed}' if listed else ''}"
    return Trace(sentence(count.node), count.truth(here), read, row=read)


def _quota(quota: Quota, here: EvalContext) -> Trace:
    found = quota.shares(here)
    extent = found.part(quota.node.kind)
    order = _in_words(here, quota.before(here))
    limit = f"of {quota.sharing.limit}, {order} before this line" if order else f"of {quota.sharing.limit}"
    read = f"{_range(extent)} {quota.node.kind} {limit}"
    return Trace(sentence(quota.node), quota.truth(here), read, row=read)


def _in_words(here: EvalContext, days: Sequence[Counted]) -> str:
    """Name the lines that are in for certain, and those that may be."""
    certain, perhaps = (_named(here, numbers_in(days, truth)) for truth in (TRUE, UNKNOWN))
    return ", ".join(filter(None, (certain, f"perhaps {perhaps}" if perhaps else "")))


def _range(extent: Extent) -> str:
    if extent.high == extent.low:
        return str(extent.low)
    return f"{extent.low} or more" if extent.high is None else f"{extent.low} to {extent.high}"


def _named(here: EvalContext, numbers: Sequence[int]) -> str:
    """Name lines: those of the claim by number, earlier ones by claim and number."""
    own = sorted(number for number in numbers if number > 0)
    earlier = [here.scene.history.names[number] for number in numbers if number < 0]
    return ", ".join(filter(None, (_lines(own) if own else "", f"earlier {', '.join(earlier)}" if earlier else "")))


def _lines(numbers: list[int]) -> str:
    return f"{'line' if len(numbers) == 1 else 'lines'} {', '.join(map(str, numbers))}"


def _readings(traced: Trace) -> str:
    """Say what settles a part that is true or false; nothing of one that is unknown."""
    settles = () if traced.truth is UNKNOWN else decisive(traced)
    return " and ".join(dict.fromkeys(part.reading() for part in settles))


TRACED: dict[type[Evaluator], Callable[[Any, EvalContext], Trace]] = {
    Not: _not,
    NamedFact: _fact,
    OtherLine: _other_line,
    Lines: _count,
    Quota: _quota,
    Test: _test,
    DatedTest: _dated_test,
}
"""How what is no list of parts is traced."""


class Evaluation(msgspec.Struct, frozen=True):
    """How true a condition was where it was asked; `alone` tells that the whole would be otherwise if this were."""

    node: tree.Condition
    truth: Truth
    alone: bool


def evaluations(condition: Evaluator, here: EvalContext, *, alone: bool = True) -> Iterator[Evaluation]:
    """Look at a condition and all in it where it is asked: here, and inside of an `other_line` on each other line.

    Inside of a count it is asked of each line, an earlier one too, that would be counted if it were true.

    What is behind a fact is looked at where the fact is defined. `alone` tells that everything around this condition
    leaves the answer to it.
    """
    yield Evaluation(condition.node, condition.truth(here), alone)
    asked: list[tuple[Evaluator, EvalContext]] = []
    if isinstance(condition, OtherLine):
        asked = [(condition.part, there) for there in here.others(same_date=condition.node.same_date)]
    elif isinstance(condition, Lines):
        yield from _of_counted(condition, here, alone=alone)
    elif not isinstance(condition, (NamedFact, Quota)):
        asked = [(part, here) for part in parts_of(condition)]
    truths = [part.truth(where) for part, where in asked]
    for position, (part, where) in enumerate(asked):
        otherwise = {_of(condition, [*truths[:position], truth, *truths[position + 1 :]]) for truth in (FALSE, TRUE)}
        yield from evaluations(part, where, alone=alone and otherwise == {FALSE, TRUE})


def _of_counted(count: Lines, here: EvalContext, *, alone: bool) -> Iterator[Evaluation]:
    """Look at what is asked of the lines of a count; it is alone where this line changes whether the count passes."""
    settled: dict[int, bool] = {}
    for line in count.looked_at(here):
        number = line.line.number
        if alone and number not in settled:
            settled[number] = {count.supposing(here, number, truth) for truth in (FALSE, TRUE)} == {FALSE, TRUE}
        there = EvalContext(here.scene, line, here.line)
        yield from evaluations(count.part, there, alone=alone and settled[number])


def _of(condition: Evaluator, truths: list[Truth]) -> Truth:
    """Say how true a condition is when what is asked in it is so true."""
    return condition.of(truths) if isinstance(condition, Combined) else max(truths)


MOST_LINES = 20
"""Other lines that are listed for a line; a claim has few, and a long list tells a reader nothing."""


class Evidence(msgspec.Struct, frozen=True):
    """What made a condition true: other lines, by number, and rows of tables, each with the lines that it relates."""

    lines: tuple[EnrichedLine, ...] = ()
    rows: tuple[dict[str, Any], ...] = ()


def evidence(condition: Evaluator, here: EvalContext) -> Evidence:
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
    return Evidence(tuple(lines[number] for number in sorted(lines)), tuple(rows.values()))


def _settling(condition: Evaluator, here: EvalContext, truth: Truth) -> Iterator[tuple[EvalContext, Test | None]]:
    """List where the parts were asked that make a condition true, or false; with the test, where it is one."""
    if isinstance(condition, Test):
        yield here, condition
    elif isinstance(condition, NamedFact):
        yield from _settling(
            condition.part, here if here.subject is None else EvalContext(here.scene, here.line), truth
        )
    elif isinstance(condition, Not):
        yield from _settling(condition.part, here, NEGATED[truth])
    elif isinstance(condition, (OtherLine, Lines, Quota)):
        yield from _other_lines(condition, here, truth)
    else:
        for part in parts_of(condition):
            if part.truth(here) is truth:
                yield from _settling(part, here, truth)


def _other_lines(
    condition: OtherLine | Lines | Quota, here: EvalContext, truth: Truth
) -> Iterator[tuple[EvalContext, Test | None]]:
    """List the other lines that make a condition true; of a count those of the claim that are in for certain."""
    if isinstance(condition, (Lines, Quota)):
        days = condition.days(here) if isinstance(condition, Lines) else condition.before(here)
        certain = (each.line for each in days if each.found.truth is TRUE and each.found.line > 0)
        yield from ((EvalContext(here.scene, line, here.line), None) for line in islice(certain, MOST_LINES))
    elif truth is TRUE:
        for there in islice(condition.among(TRUE, here), MOST_LINES):
            yield there, None
            yield from _settling(condition.part, there, TRUE)


RowValues = Callable[[str, str], frozenset[str]]
"""What the rows that a table has for a code can say of its lines: by an attribute that is looked up, and the code."""


def row_values(vocabulary: Vocabulary, setting: Setting) -> RowValues:
    """Tell what the tables of a setting can say of the lines of a code, by the attributes of a vocabulary."""
    known = derived(vocabulary)

    def values(attribute: str, code: str) -> frozenset[str]:
        found = known.lines.get(attribute) or known.pairs.get(attribute)
        return found.of_code(code, setting) if found else frozenset()

    return values


class NamedCodes:
    """Tell whether some of a few conditions names a code: once of all codes that none of them tells apart.

    Codes are told apart by name, or by what the rows of tables say of them.

    >>> from payrule.execute.reference import TESTS
    >>> of_code = Test(tree.parse({CODE: {"is": "00001"}}), TESTS["is"], "00001")
    >>> named = NamedCodes(ByCode({"rule": of_code}), lambda attribute, code: frozenset())
    >>> "00001" in named, "00002" in named
    (True, False)
    """

    def __init__(self, conditions: ByCode, values: RowValues) -> None:
        """Take the conditions by code."""
        tests = [test for _, condition in conditions.asked(None) for test in tests_in(condition)]
        of_code = [each.operand for test in tests if test.attribute == CODE for each in test.each()]
        sets = [each if isinstance(each, ValueSet) else ValueSet(frozenset({each})) for each in of_code]
        self._listed = ValueSet(
            frozenset[object]().union(*(each.values for each in sets)),
            tuple({span for each in sets for span in each.ranges}),
            tuple({span for each in sets for span in each.spans}),
        )
        self._looked_up = sorted({test.attribute for test in tests} - {CODE})
        self._conditions, self._values = conditions, values
        self._known: dict[Hashable, bool] = {}

    def __contains__(self, code: str) -> bool:
        """Tell whether a condition names a code."""
        rows = tuple([self._values(attribute, code) for attribute in self._looked_up])
        key = code if code in self._listed else "", rows
        if key not in self._known:
            if len(self._known) >= MOST_CODES:
                self._known.clear()
            asked = self._conditions.asked(code)
            self._known[key] = any(mentions(condition, code, self._values) for _, condition in asked)
        return self._known[key]


def mentions(condition: Evaluator, code: str, values: RowValues) -> bool:
    """Tell whether a condition names a code: a test asks for it or for a row of it, and no other rules the code out."""
    return given(condition, code) is not FALSE and any(_asking(condition, code, values))


def _asking(condition: Evaluator, code: str, values: RowValues, *, negative: bool = False) -> Iterator[bool]:
    """Say of each test on the code of the line itself, or on what tables say of it, whether it asks for this one."""
    if isinstance(condition, Test):
        if condition.attribute != CODE:
            yield _asks_for_a_row(condition, values(condition.attribute, code), negative=negative)
        elif (condition.node.test == "not_in") is negative:
            yield condition.test(code, condition.operand) is not negative
    elif isinstance(condition, (Not, NamedFact)):
        yield from _asking(condition.part, code, values, negative=negative is not isinstance(condition, Not))
    elif isinstance(condition, OtherLine):
        for test, denied in _relating(condition.part, negative=negative):
            yield _asks_for_a_row(test, values(test.attribute, code), negative=denied)
    else:
        for part in parts_of(condition):
            yield from _asking(part, code, values, negative=negative)


def _asks_for_a_row(test: Test, values: frozenset[str], *, negative: bool) -> bool:
    """Tell whether a test holds of something that rows say, and not where there is no row."""
    held = [test.test(value, test.operand) is not negative for value in (NO_ROW, *values)] if values else [True]
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
