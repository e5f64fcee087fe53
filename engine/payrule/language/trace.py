"""Trace a condition on a line: each part with its truth and the value that was read, to say why a rule does not match.

The truth of every part is the reference evaluator's; only the way through the parts is written here.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from payrule.documents.models import Condition
from payrule.language.names import Names
from payrule.language.reference import Situation, meaning
from payrule.language.truth import FALSE, TRUE, UNKNOWN, Truth
from payrule.language.words import sentence, subject_of, value_words, words_of_test


class Trace(msgspec.Struct, frozen=True):
    """One part of a condition where it was asked: its words, its truth, what was read there, its own parts.

    `read` is empty while it is unknown. `subject` is what a test reads. `row` is the row of a table, in words, that the
    value rests on.
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
            return f"{self.words}, which is unknown"
        if not self.read or self.truth is TRUE:
            return self.words
        return f"{self.words}, but {self.read}"

    def reading(self) -> str:
        """Say what was read, for a reader who is told of no test.

        >>> Trace("units is at least 2", Truth.FALSE, "is 1", "units").reading()
        'units is 1'
        """
        return f"{self.subject} {self.read}".strip() or self.words


def trace(condition: Condition, names: Names, here: Situation) -> Trace:
    """Trace a condition and all that is in it."""
    parts = tuple(part for key, operand in condition.items() for part in _entry(key, operand, names, here))
    return Trace(sentence(condition), _truth(condition, names, here), parts=parts)


def decisive(traced: Trace) -> Iterator[Trace]:
    """List the smallest parts that make a trace what it is: false, or unknown."""
    same = [part for part in traced.parts if part.truth is traced.truth]
    if not same:
        yield traced
    for part in same:
        yield from decisive(part)


def rows(traced: Trace) -> Iterator[str]:
    """List the rows of tables that make a trace true, in words."""
    if traced.truth is TRUE:
        if traced.row:
            yield traced.row
        for part in traced.parts:
            yield from rows(part)


def _entry(key: str, operand: Any, names: Names, here: Situation) -> Iterator[Trace]:
    if key in _CONNECTIVES:
        yield from _CONNECTIVES[key](operand, names, here)
    elif key != "same_date":
        value, row = here.read(key), here.row(key)
        read = "" if value is None else f"is {value_words(value)}"
        for test, asked in operand.items():
            truth = _truth({key: {test: asked}}, names, here)
            yield Trace(words_of_test(key, test, asked), truth, read, subject_of(key), row=row.words if row else "")


def _group(key: str) -> Callable[[Any, Names, Situation], Iterator[Trace]]:
    def traced(operand: Any, names: Names, here: Situation) -> Iterator[Trace]:
        whole = {key: operand}
        listed = operand["of"] if key == "count" else operand
        parts = tuple(trace(part, names, here) for part in listed)
        yield Trace(sentence(whole), _truth(whole, names, here), parts=parts)

    return traced


def _not(operand: Any, names: Names, here: Situation) -> Iterator[Trace]:
    # What is inside has the opposite truth, so the negation is as far down as a reader is led.
    whole = {"not": operand}
    yield Trace(sentence(whole), _truth(whole, names, here), _readings(trace(operand, names, here)))


def _fact(operand: Any, names: Names, here: Situation) -> Iterator[Trace]:
    for name in operand if isinstance(operand, list) else [operand]:
        inner = trace(names.fact(name).when, names.owner(name), here)
        yield Trace(f"`{name}`", inner.truth, parts=(inner,))


def _other_line(operand: Any, names: Names, here: Situation) -> Iterator[Trace]:
    for inner in operand if isinstance(operand, list) else [operand]:
        whole = {"other_line": inner}
        seen = {
            there.line.line.number: trace(inner, names, there)
            for there in here.others(same_date=inner.get("same_date", True))
        }
        truth = _truth(whole, names, here)
        such = (f"on line {number} {row}" for number, each in seen.items() if each.truth is TRUE for row in rows(each))
        yield Trace(sentence(whole), truth, _OTHER_LINES[truth](seen), row="; ".join(such))


def _such_lines(seen: dict[int, Trace]) -> str:
    such = [number for number, traced in seen.items() if traced.truth is TRUE]
    return f"{_lines(such)} {'is such a line' if len(such) == 1 else 'are such lines'}"


def _no_such_line(seen: dict[int, Trace]) -> str:
    read: dict[str, list[int]] = {}
    for number, traced in seen.items():
        read.setdefault(_readings(traced), []).append(number)
    return "; ".join(f"on {_lines(numbers)} {words}" for words, numbers in read.items()) or "there is none"


_OTHER_LINES: dict[Truth, Callable[[dict[int, Trace]], str]] = {
    TRUE: _such_lines,
    UNKNOWN: lambda _: "",
    FALSE: _no_such_line,
}
"""What is read of the other lines, by number, when some line satisfies a condition, may satisfy it, or none does."""


def _lines(numbers: list[int]) -> str:
    return f"{'line' if len(numbers) == 1 else 'lines'} {', '.join(map(str, numbers))}"


def _readings(traced: Trace) -> str:
    """Say what settles a part that is true or false; nothing of one that is unknown."""
    settles = () if traced.truth is UNKNOWN else decisive(traced)
    return " and ".join(dict.fromkeys(part.reading() for part in settles))


_CONNECTIVES: dict[str, Callable[[Any, Names, Situation], Iterator[Trace]]] = {
    "all": _group("all"),
    "any": _group("any"),
    "count": _group("count"),
    "not": _not,
    "fact": _fact,
    "other_line": _other_line,
}


def _truth(condition: Condition, names: Names, here: Situation) -> Truth:
    return meaning(condition, names).truth(here)
