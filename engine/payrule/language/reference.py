"""The reference evaluator: what every condition means, on the document as it is written.

These few classes are the written meaning of the language. They share no code with the lowering or with any execution,
and every execution is held to them. A condition answers two questions about a line: how true is it, and, while that
is unknown, which unknown attributes does it wait for?
"""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import msgspec

from payrule.documents.models import Condition
from payrule.documents.values import Value
from payrule.language.derived import TableRow
from payrule.language.names import Names, typed
from payrule.language.scene import Scene, SceneLine
from payrule.language.truth import FALSE, TRUE, UNKNOWN, Truth, counted, known, negated


class Situation(msgspec.Struct, frozen=True):
    """Where a condition is asked: a line of a scene; inside `other_line` also the subject that it is related to."""

    scene: Scene
    line: SceneLine
    subject: SceneLine | None = None

    def read(self, attribute: str) -> Value | None:
        """Give the value of an attribute here, or None while it is unknown."""
        if "." in attribute:
            return self.line.values.get(attribute)
        return self.scene.relation(self.subject, self.line).get(attribute) if self.subject else None

    def waits(self, attribute: str) -> frozenset[str]:
        """Name the unknown attributes behind an unknown one; those of another line by its number."""
        if "." not in attribute:
            return frozenset(self.scene.relation_waits(attribute, self.subject, self.line) if self.subject else ())
        names = self.line.waits.get(attribute, (attribute,))
        if self.subject is None:
            return frozenset(names)
        return frozenset(_seen_from(self.subject, self.line, name) for name in names)

    def row(self, attribute: str) -> TableRow | None:
        """Give the row of a table that an attribute rests on here; None where it rests on none."""
        if "." in attribute:
            return self.line.rows.get(attribute)
        return self.scene.row(attribute, self.subject, self.line) if self.subject else None

    def others(self, *, same_date: bool) -> Iterator["Situation"]:
        """Stand at each other line, on the same date or on any, with this line as the subject.

        Another day of the same line is no other line.
        """
        for other in self.scene.lines:
            if other.line.number != self.line.line.number and (not same_date or other.line.date == self.line.line.date):
                yield Situation(self.scene, other, self.line)


def _seen_from(subject: SceneLine, other: SceneLine, name: str) -> str:
    """Rename an attribute of another line for a reader who stands at the subject."""
    if name.startswith("line."):
        return f"lines[{other.line.number}].{name.removeprefix('line.')}"
    return name.replace(f"lines[{subject.line.number}].", "line.")


class Meaning(Protocol):
    """A condition that can be asked."""

    def truth(self, here: Situation) -> Truth:
        """Say how true the condition is here."""

    def waits(self, here: Situation) -> frozenset[str]:
        """Name the unknown attributes that leave the condition unknown here; none when it is known."""


class All:
    """Every part holds: the minimum of the parts."""

    def __init__(self, parts: tuple[Meaning, ...]) -> None:
        """Take the parts in the order in which the document writes them."""
        self.parts = parts

    def truth(self, here: Situation) -> Truth:
        """Give the minimum, without looking further once a part is false."""
        lowest = TRUE
        for part in self.parts:
            truth = part.truth(here)
            if truth is FALSE:
                return FALSE
            if truth is UNKNOWN:
                lowest = UNKNOWN
        return lowest

    def waits(self, here: Situation) -> frozenset[str]:
        """Collect what the unknown parts wait for."""
        return _waits_of_parts(self, self.parts, here)


class Some:
    """At least one part holds: the maximum of the parts."""

    def __init__(self, parts: tuple[Meaning, ...]) -> None:
        """Take the parts in the order in which the document writes them."""
        self.parts = parts

    def truth(self, here: Situation) -> Truth:
        """Give the maximum."""
        return max((part.truth(here) for part in self.parts), default=FALSE)

    def waits(self, here: Situation) -> frozenset[str]:
        """Collect what the unknown parts wait for."""
        return _waits_of_parts(self, self.parts, here)


class Not:
    """The part does not hold."""

    def __init__(self, part: Meaning) -> None:
        """Take the part that is negated."""
        self.part = part

    def truth(self, here: Situation) -> Truth:
        """Swap true and false."""
        return negated(self.part.truth(here))

    def waits(self, here: Situation) -> frozenset[str]:
        """Wait for what the part waits for."""
        return self.part.waits(here)


class Count:
    """At least so many of the parts hold."""

    def __init__(self, at_least: int, parts: tuple[Meaning, ...]) -> None:
        """Take the number and the parts."""
        self.at_least, self.parts = at_least, parts

    def truth(self, here: Situation) -> Truth:
        """Count the parts."""
        return counted(self.at_least, (part.truth(here) for part in self.parts))

    def waits(self, here: Situation) -> frozenset[str]:
        """Collect what the unknown parts wait for."""
        return _waits_of_parts(self, self.parts, here)


class NamedFact:
    """A fact, which is about one line whoever asks; its truth there is worked out once for a scene."""

    def __init__(self, name: str, part: Meaning) -> None:
        """Take the qualified name and the condition behind it."""
        self.name, self.part = name, part

    def truth(self, here: Situation) -> Truth:
        """Ask the condition of the line, or remember what it answered."""
        key = (self.name, here.line.day)
        if key not in here.scene.facts:
            here.scene.facts[key] = self.part.truth(Situation(here.scene, here.line))
        return here.scene.facts[key]

    def waits(self, here: Situation) -> frozenset[str]:
        """Wait for what the condition waits for, or remember what that was."""
        if self.truth(here) is not UNKNOWN:
            return frozenset()
        key = (self.name, here.line.day, here.subject.day if here.subject else None)
        if key not in here.scene.waits:
            here.scene.waits[key] = self.part.waits(here)
        return here.scene.waits[key]


class OtherLine:
    """Some other line satisfies the part: the maximum over the other lines, on the same date unless said otherwise."""

    def __init__(self, part: Meaning, *, same_date: bool) -> None:
        """Take the condition on the other line."""
        self.part, self.same_date = part, same_date

    def truth(self, here: Situation) -> Truth:
        """Ask every other line; the encounter's lines are all its lines."""
        highest = FALSE
        for there in here.others(same_date=self.same_date):
            truth = self.part.truth(there)
            if truth is TRUE:
                return TRUE
            if truth is UNKNOWN:
                highest = UNKNOWN
        return highest

    def waits(self, here: Situation) -> frozenset[str]:
        """Collect what the lines wait for that may satisfy the part."""
        if self.truth(here) is not UNKNOWN:
            return frozenset()
        return frozenset().union(*(self.part.waits(there) for there in here.others(same_date=self.same_date)))


class Test:
    """A test on the value of one attribute; unknown while the value is."""

    def __init__(self, attribute: str, test: Callable[[Any, Any], bool], operand: Any) -> None:
        """Take the attribute, the comparison, and what its value is compared with."""
        self.attribute, self.test, self.operand = attribute, test, operand

    def truth(self, here: Situation) -> Truth:
        """Compare, if there is a value."""
        value = here.read(self.attribute)
        return UNKNOWN if value is None else known(self.test(value, self.operand))

    def waits(self, here: Situation) -> frozenset[str]:
        """Wait for the attribute while it is unknown."""
        return here.waits(self.attribute) if here.read(self.attribute) is None else frozenset()


TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "is": lambda value, operand: value == operand,
    "in": lambda value, members: value in members,
    "not_in": lambda value, members: value not in members,
    "at_least": lambda value, least: value >= least,
    "at_most": lambda value, most: value <= most,
    "on_or_after": lambda value, day: value >= day,
    "before": lambda value, day: value < day,
    "any_of": lambda held, members: members.intersects(held),
    "all_of": lambda held, each: all(members.intersects(held) for members in each),
    "none_of": lambda held, members: not members.intersects(held),
    "is_empty": lambda held, empty: (not held) == empty,
}


Facts = dict[str, NamedFact]
"""Facts that have been read, by qualified name, so that each is read once."""


def meaning(condition: Condition, names: Names, facts: Facts | None = None) -> Meaning:
    """Read a condition whose names have been checked; pass one `facts` for conditions that share them.

    >>> from payrule.documents.models import Attribute, Regions, Timed, Vocabulary
    >>> words = Names(Vocabulary(
    ...     kind="vocabulary", concerns=(), regions=Regions(contiguous=()), timed=Timed(codes=(), method="x"),
    ...     attributes={"line.units": Attribute(type="integer", summary="units")}))
    >>> from payrule.documents.encounters import Line
    >>> line = SceneLine(Line(1, {}), {"line.units": 2}, {}, ())
    >>> meaning({"line.units": {"at_least": 2}}, words).truth(Situation(None, line)).name
    'TRUE'
    """
    read = {} if facts is None else facts
    parts = tuple(part for key, operand in condition.items() for part in _entry(key, operand, names, read))
    return parts[0] if len(parts) == 1 else All(parts)


def _entry(key: str, operand: Any, names: Names, facts: Facts) -> tuple[Meaning, ...]:
    if key in CONDITIONS:
        return CONDITIONS[key](operand, names, facts)
    return tuple(Test(key, TESTS[test], _operand(key, test, value, names)) for test, value in operand.items())


def _listed(operand: Any) -> list[Any]:
    return operand if isinstance(operand, list) else [operand]


def _parts(operands: list[Condition], names: Names, facts: Facts) -> tuple[Meaning, ...]:
    return tuple(meaning(part, names, facts) for part in operands)


def _facts(operand: Any, names: Names, facts: Facts) -> tuple[Meaning, ...]:
    found = []
    for name in _listed(operand):
        qualified = names.qualified(name)
        if qualified not in facts:
            facts[qualified] = NamedFact(qualified, meaning(names.fact(name).when, names.owner(name), facts))
        found.append(facts[qualified])
    return tuple(found)


def _other_lines(operand: Any, names: Names, facts: Facts) -> tuple[Meaning, ...]:
    return tuple(
        OtherLine(
            meaning({key: value for key, value in inner.items() if key != "same_date"}, names, facts),
            same_date=inner.get("same_date", True),
        )
        for inner in _listed(operand)
    )


CONDITIONS: dict[str, Callable[[Any, Names, Facts], tuple[Meaning, ...]]] = {
    "all": _parts,
    "any": lambda operand, names, facts: (Some(_parts(operand, names, facts)),),
    "not": lambda operand, names, facts: (Not(meaning(operand, names, facts)),),
    "count": lambda operand, names, facts: (Count(operand["at_least"], _parts(operand["of"], names, facts)),),
    "fact": _facts,
    "other_line": _other_lines,
}


def _operand(attribute: str, test: str, operand: Any, names: Names) -> Any:
    if test == "all_of":
        each = names.sets[operand[1:]] if isinstance(operand, str) else operand
        return tuple(names.members(attribute, [member]) for member in each)
    if test in {"in", "not_in", "any_of", "none_of"}:
        return names.members(attribute, operand)
    return typed(names.attribute(attribute), operand)


def _waits_of_parts(whole: Meaning, parts: tuple[Meaning, ...], here: Situation) -> frozenset[str]:
    if whole.truth(here) is not UNKNOWN:
        return frozenset()
    return frozenset().union(*(part.waits(here) for part in parts))
