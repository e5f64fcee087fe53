"""The reference evaluator: what every condition means, on the document as it is written.

These few classes are the written meaning of the language. They share no code with the lowering or with any execution,
and every execution is held to them. A condition answers two questions about a line: how true is it, and, while that
is unknown, which unknown attributes does it wait for?
"""

import re
from collections import Counter
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
        return self.scene.relation(attribute, self.subject, self.line) if self.subject else None

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

    def beside(self, attribute: str) -> Iterator[SceneLine]:
        """Give the other lines of the date of which an attribute of this line was computed."""
        numbers = self.line.beside.get(attribute, ())
        if numbers:
            at = self.line.line
            yield from (
                each for each in self.scene.on(at.date) if each is not self.line and each.line.number in numbers
            )

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

    def __init__(self, part: Meaning, *, same_date: bool, related_by: tuple[str, ...] = ()) -> None:
        """Take the condition on the other line, and the attributes of a pair of lines that it asks for."""
        self.part, self.same_date, self.related_by = part, same_date, related_by

    def truth(self, here: Situation) -> Truth:
        """Ask every other line; the encounter's lines are all its lines."""
        asked, number = self._asked(here), here.line.line.number
        if len(asked.true) > (number in asked.true):
            return TRUE
        return UNKNOWN if len(asked.unknown) > (number in asked.unknown) else FALSE

    def waits(self, here: Situation) -> frozenset[str]:
        """Collect what the lines wait for that may satisfy the part."""
        if self.truth(here) is not UNKNOWN:
            return frozenset()
        return self._asked(here).waits(self.part, here.line.line.number)

    def among(self, truth: Truth, here: Situation) -> Iterator[Situation]:
        """Stand at each other line that satisfies the part, or may satisfy it: at no line of which it is false."""
        asked = self._asked(here)
        listed = asked.true if truth is TRUE else asked.unknown
        for number, there in listed.items():
            if number != here.line.line.number:
                yield from (Situation(here.scene, each.line, here.line) for each in there)

    def waiting(self, here: Situation) -> int:
        """Count the other lines that may satisfy the part."""
        asked = self._asked(here)
        return len(asked.unknown) - (here.line.line.number in asked.unknown)

    def _asked(self, here: Situation) -> "Asked":
        """Ask all lines at once for every subject that they are related to in the same way, or give what they said."""
        kinds = tuple([here.scene.kind(name, here.line) for name in self.related_by])
        key = (id(self), kinds, here.line.line.date if self.same_date else None)
        scene = here.scene.original or here.scene
        found = scene.seen.get(key)
        if not isinstance(found, Asked):
            lines = scene.on(here.line.line.date) if self.same_date else scene.lines
            found = scene.seen[key] = Asked(here.line)
            for line in lines:
                there = Situation(scene, line, here.line)
                truth = self.part.truth(there)
                if truth is TRUE:
                    found.true.setdefault(line.line.number, []).append(there)
                elif truth is UNKNOWN:
                    found.unknown.setdefault(line.line.number, []).append(there)
        return found


NOBODY = -1
"""The number of a subject that stands for all of its kind, so that nothing is named as seen from one of them."""

_mentioned = re.compile(r"lines\[(\d+)\]\.").findall


class Asked:
    """What lines said of a condition to subjects of one kind: those that satisfy it, those that may, by number.

    What those wait for is collected once for all subjects, of which each leaves out what only its own line waits for.
    """

    def __init__(self, subject: SceneLine) -> None:
        """Begin with nothing; any subject of the kind will do."""
        self._subject = msgspec.structs.replace(subject, line=msgspec.structs.replace(subject.line, number=NOBODY))
        self.true: dict[int, list[Situation]] = {}
        self.unknown: dict[int, list[Situation]] = {}
        self._waits: dict[int, frozenset[str]] | None = None
        self._every: frozenset[str] = frozenset()
        self._once: dict[int, set[str]] = {}
        self._about: dict[int, set[str]] = {}

    def waits(self, part: Meaning, subject: int) -> frozenset[str]:
        """Name what the lines wait for that may satisfy a part, as a subject with this number sees it."""
        if self._waits is None:
            seen = {n: [Situation(each.scene, each.line, self._subject) for each in x] for n, x in self.unknown.items()}
            self._waits = {number: frozenset().union(*map(part.waits, there)) for number, there in seen.items()}
            self._every = frozenset().union(*self._waits.values())
            count = Counter(name for names in self._waits.values() for name in names)
            self._once = {n: {name for name in names if count[name] == 1} for n, names in self._waits.items()}
            for name in self._every:
                for number in _mentioned(name):
                    self._about.setdefault(int(number), set()).add(name)
        others = self._every - self._once.get(subject, _NO_NAMES)
        own = self._about.get(subject, _NO_NAMES) & others
        return others - own | {name.replace(f"lines[{subject}].", "line.") for name in own} if own else others


_NO_NAMES: set[str] = set()


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
            related_by=tuple(sorted(_pair_attributes(inner))),
        )
        for inner in _listed(operand)
    )


def _pair_attributes(condition: Condition) -> Iterator[str]:
    """Name the attributes of a pair of lines that a condition on an other line asks for, each once."""
    found: set[str] = set()
    waiting: list[Any] = [condition]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            waiting += [operand["of"] if key == "count" else operand for key, operand in part.items() if key in _PARTS]
            found.update(key for key in part if key not in CONDITIONS and key != "same_date" and "." not in key)
    yield from found


_PARTS = frozenset({"all", "any", "not", "count"})
"""Conditions whose parts are asked of the same two lines."""


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
