"""What can be asked about a claim: a fact is an attribute of the claim or of one line, with values that stand for all.

Two values of one attribute are alike where no rule can tell them apart. Of an attribute that is read by conditions
alone, one value of each kind is listed; of one from which others are computed, more are: every minute up to what the
units of the claim can need, every choice, and the days on which an age turns.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import msgspec

from payrule.analysis.value_classes import value_classes
from payrule.encounter.decoder import borrowed
from payrule.execute import reference
from payrule.execute.counts import Lines, Quota
from payrule.execute.reference import Evaluator, parts_of
from payrule.execute.settling import values_for
from payrule.language.derived import derived
from payrule.model.values import ValueSet
from payrule.model.vocabulary import Attribute, Computation, Vocabulary, attribute_of, line_of

Answer = str | int | tuple[str | int, ...]
"""A value of a fact as JSON says it, but that a list is a tuple without an order."""

MINUTES_OF_A_UNIT = 15
"""Minutes of a timed unit: where others are computed from a number, all are tried up to those of the units and one."""

MOST_NUMBERS = 256
"""Numbers that are listed of one attribute."""

_UNWRITABLE = "\0"


class Fact(msgspec.Struct, frozen=True, order=True):
    """A fact that can be asked: its name as answers for a line say it, its attribute, and the number of its line.

    `line` is None for what is said once of a claim.
    """

    name: str
    attribute: str
    line: int | None

    @classmethod
    def named(cls, name: str, subject: int, vocabulary: Vocabulary) -> "Fact | None":
        """Read a name as the answer for a line says it; None for what a claim cannot say, such as the rows of a table.

        >>> from payrule import load
        >>> Fact.named("lines[3].minutes", 1, load().documents.vocabulary)
        Fact(name='lines[3].minutes', attribute='line.minutes', line=3)
        >>> Fact.named("history[2016-01-01]", 1, load().documents.vocabulary) is None
        True
        """
        other, attribute = line_of(name), attribute_of(name)
        declared = vocabulary.attributes.get(attribute)
        if declared is None or declared.function is not None or "." not in attribute:
            return None
        of_line = subject if attribute.startswith("line.") else None
        return cls(name, attribute, of_line if other is None else other)


def told(claim: Mapping[str, Any], answers: Mapping[Fact, Answer]) -> dict[str, Any]:
    """Give a claim with what was answered; nothing of the claim itself is changed.

    >>> fact = Fact("line.provider.type", "line.provider.type", 2)
    >>> told({"id": "E-1", "lines": [{"number": 2, "provider": {"npi": "1"}}]}, {fact: "physician"})["lines"]
    [{'number': 2, 'provider': {'npi': '1', 'type': 'physician'}}]
    """
    made = dict(claim)
    if any(fact.line is not None for fact in answers):
        made["lines"] = [dict(line) for line in claim["lines"]]
    for fact, answer in answers.items():
        root, *groups, key = fact.attribute.split(".")
        target = made
        if fact.line is not None:
            target = next(line for line in made["lines"] if line["number"] == fact.line)
        for group in (["patient"] if root == "patient" else []) + groups:
            target[group] = dict(target.get(group) or {})
            target = target[group]
        target[key] = list(answer) if isinstance(answer, tuple) else answer
    return made


class Values:
    """The values of facts that stand for all others, as far as the rules of some programs can tell them apart.

    A list is complete where whatever a rule can tell apart is in it; otherwise some values of it were left out.
    """

    def __init__(self, vocabulary: Vocabulary, conditions: Iterable[Evaluator], claim: Mapping[str, Any]) -> None:
        """Look through the conditions, facts included, that may decide the claim."""
        self._vocabulary, self._claim = vocabulary, claim
        self._operands: dict[str, list[Any]] = {}
        self._counted: set[str] = set()
        seen: set[int] = set()
        for condition in conditions:
            self._read(condition, seen)
        known = derived(vocabulary)
        self._readers: dict[str, list[str]] = {}
        for name in self._operands:
            for read in known.inputs(name):
                if read != name:
                    self._readers.setdefault(read, []).append(name)
        self._lent: dict[str, list[str]] = {}
        for name, source in borrowed(vocabulary.attributes).items():
            self._lent.setdefault(source, []).append(name)
        self._found: dict[str, tuple[tuple[Answer, ...], bool]] = {}

    def of(self, attribute: str) -> tuple[Answer, ...]:
        """List the values of an attribute."""
        return self._listed(attribute)[0]

    def is_complete(self, attribute: str) -> bool:
        """Tell whether every value is like one that is listed."""
        return self._listed(attribute)[1]

    def _read(self, condition: Evaluator, seen: set[int]) -> None:
        if id(condition) in seen:
            return
        seen.add(id(condition))
        if isinstance(condition, reference.Test):
            self._operands.setdefault(condition.attribute, []).extend(each.operand for each in condition.each())
        if isinstance(condition, (Lines, Quota)):
            self._counted.update(_counted(condition))
        for part in parts_of(condition):
            self._read(part, seen)

    def _listed(self, name: str) -> tuple[tuple[Answer, ...], bool]:
        if name not in self._found:
            attribute = self._vocabulary.attributes[name]
            # What others hold where they are absent is asked what they are asked.
            names = (name, *self._lent.get(name, ()))
            operands = [operand for each in names for operand in self._operands.get(each, ())]
            readers = [reader for each in names for reader in self._readers.get(each, ())]
            is_plain = not readers and self._counted.isdisjoint(names)
            more = [] if is_plain else list(self._more(name, attribute, readers))
            values = values_for(attribute, [*operands, *more])
            is_complete = is_plain and not (attribute.many and len(values) > _ALL_SETS)
            other = self._other(attribute, [*operands, *more])
            written = [_written(each, other) for each in values]
            if not is_plain and isinstance(other, str):
                # Two lines may differ in what no rule names, and a computed attribute can tell whether they do.
                written.append(self._other(attribute, [*operands, *more, ValueSet(frozenset({other}))]))
            self._found[name] = tuple(dict.fromkeys(each for each in written if each is not None)), is_complete
        return self._found[name]

    def _more(self, name: str, attribute: Attribute, readers: Iterable[str]) -> Iterator[Any]:
        """List what else is told apart of an attribute from which others are computed, or that is summed."""
        if attribute.type == "choice":
            yield from (ValueSet(frozenset({each})) for each in attribute.values)
        elif attribute.type == "integer":
            yield from range(min(MOST_NUMBERS, MINUTES_OF_A_UNIT * (self._units() + 1)))
        elif attribute.type == "date":
            for reader in readers:
                made = self._vocabulary.attributes[reader].computation
                if made is not None:
                    yield from self._turns(made, self._operands[reader])
        elif attribute.type in ("code", "text"):
            alike = (each for each in readers if self._vocabulary.attributes[each].type == attribute.type)
            yield from (operand for each in alike for operand in self._operands[each])
            held = (each for of in (name, *self._lent.get(name, ())) for each in self._of_other_lines(of))
            yield from (ValueSet(frozenset({each})) for each in held)

    def _units(self) -> int:
        return sum(units for line in self._claim["lines"] if isinstance(units := line.get("units", 1), int))

    def _turns(self, made: Computation, operands: Iterable[Any]) -> Iterator[date]:
        """Give the days of birth, or of an event, at which an age or a number of days comes to what a rule asks for."""
        numbers = {end for each in operands for end in _numbers(each)}
        days = [date.fromisoformat(line["date"]) for line in self._claim["lines"] if isinstance(line.get("date"), str)]
        for day in days:
            for number in numbers:
                try:
                    if made.age_on and made.unit == "years":
                        yield day.replace(year=day.year - number, day=min(day.day, 28))
                    else:
                        yield day - timedelta(days=number * (30 if made.unit == "months" else 1))
                except (OverflowError, ValueError):
                    continue

    def _of_other_lines(self, name: str) -> Iterator[str]:
        """List the values that lines of the claim have, which another line may have too."""
        _, *steps = name.split(".")
        for line in self._claim["lines"]:
            found: Any = line
            for step in steps:
                found = found.get(step) if isinstance(found, dict) else None
            yield from [found] if isinstance(found, str) else found if isinstance(found, list) else []

    def _other(self, attribute: Attribute, operands: Iterable[Any]) -> Answer | None:
        """Give a value that no rule names, as a claim can write it; None where none is known."""
        if attribute.type in ("boolean", "choice"):
            return None
        sets = [each for operand in operands for each in (operand if isinstance(operand, tuple) else [operand])]
        named = tuple(
            each if isinstance(each, ValueSet) else ValueSet(frozenset({each}))
            for each in sets
            if not isinstance(each, bool)
        )
        found = value_classes((msgspec.structs.replace(attribute, many=False),), named)
        outside = [each for each in found if each is not None and not any(each in members for members in named)]
        return _written(outside[0], None) if outside else None


def _counted(condition: Lines | Quota) -> Iterator[str]:
    """Name the attributes that are summed, in which lines have to agree, or by which they are put in order."""
    counting = condition.asked if isinstance(condition, Lines) else condition.sharing.counting
    yield from counting.same
    if counting.summed is not None:
        yield counting.summed.attribute
    if isinstance(condition, Quota):
        yield from (name for _, name in condition.sharing.keys)


_ALL_SETS = 32
"""Sets of five elements: of more elements not every set is tried."""


def _numbers(operand: Any) -> Iterator[int]:
    if isinstance(operand, ValueSet):
        yield from (each for each in operand.values if isinstance(each, int))
    elif isinstance(operand, int) and not isinstance(operand, bool):
        yield from (operand - 1, operand, operand + 1)


def _written(value: Any, other: Answer | None) -> Answer | None:
    """Write a value as JSON says it; None where it cannot."""
    if isinstance(value, frozenset):
        each = [_written(member, other) for member in value]
        return None if None in each else tuple(sorted(each, key=lambda one: (str(type(one)), one)))  # type: ignore[arg-type]
    if value == _UNWRITABLE:
        return other
    return value.isoformat() if isinstance(value, date) else value
