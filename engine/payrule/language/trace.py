"""Trace a condition on a line: each part with its truth and the value that was read, to say why a rule does not match.

The truth of every part is the reference evaluator's; only the way through the parts is written here.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from payrule.documents.models import Condition
from payrule.language.names import Names
from payrule.language.reference import Situation, meaning
from payrule.language.truth import TRUE, UNKNOWN, Truth
from payrule.language.words import sentence, value_words, words_of_test


class Trace(msgspec.Struct, frozen=True):
    """One part of a condition where it was asked: its words, its truth, the value read, its own parts.

    `read` is None when the part is no test, or when the value is unknown. `line` is the number of the line that was
    asked.
    """

    words: str
    truth: Truth
    line: int
    read: Any = None
    parts: tuple["Trace", ...] = ()

    def said(self) -> str:
        """Say the part with what was read.

        >>> Trace("units is at least 2", Truth.FALSE, 1, 1).said()
        'units is at least 2, but is 1'
        """
        if self.truth is UNKNOWN:
            return f"{self.words}, which is unknown"
        if self.read is None or self.truth is TRUE:
            return self.words
        return f"{self.words}, but is {value_words(self.read)}"


def trace(condition: Condition, names: Names, here: Situation) -> Trace:
    """Trace a condition and all that is in it."""
    parts = tuple(part for key, operand in condition.items() for part in _entry(key, operand, names, here))
    return Trace(sentence(condition), _truth(condition, names, here), _number(here), None, parts)


def decisive(traced: Trace) -> Iterator[Trace]:
    """List the smallest parts that make a trace what it is: false, or unknown."""
    same = [part for part in traced.parts if part.truth is traced.truth]
    if not same:
        yield traced
    for part in same:
        yield from decisive(part)


def _entry(key: str, operand: Any, names: Names, here: Situation) -> Iterator[Trace]:
    if key in _CONNECTIVES:
        yield from _CONNECTIVES[key](operand, names, here)
    elif key != "same_date":
        for test, value in operand.items():
            truth = _truth({key: {test: value}}, names, here)
            yield Trace(words_of_test(key, test, value), truth, _number(here), here.read(key))


def _group(key: str) -> Callable[[Any, Names, Situation], Iterator[Trace]]:
    def traced(operand: Any, names: Names, here: Situation) -> Iterator[Trace]:
        whole = {key: operand}
        listed = operand["of"] if key == "count" else operand
        parts = tuple(trace(part, names, here) for part in listed)
        yield Trace(sentence(whole), _truth(whole, names, here), _number(here), None, parts)

    return traced


def _not(operand: Any, names: Names, here: Situation) -> Iterator[Trace]:
    # What is inside has the opposite truth, so the negation is as far down as a reader is led.
    yield Trace(sentence({"not": operand}), _truth({"not": operand}, names, here), _number(here))


def _fact(operand: Any, names: Names, here: Situation) -> Iterator[Trace]:
    for name in operand if isinstance(operand, list) else [operand]:
        inner = trace(names.fact(name).when, names.owner(name), here)
        yield Trace(f"`{name}`", inner.truth, inner.line, None, (inner,))


def _other_line(operand: Any, names: Names, here: Situation) -> Iterator[Trace]:
    for inner in operand if isinstance(operand, list) else [operand]:
        yield Trace(sentence({"other_line": inner}), _truth({"other_line": inner}, names, here), _number(here))


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


def _number(here: Situation) -> int:
    return here.line.line.number
