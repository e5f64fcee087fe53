"""The reference evaluator: what every node of a condition means, as the document writes it.

These few classes are the written meaning of the language. They share the tree with the lowering, and no other code
with it or with any execution, and every execution is held to them. A condition answers two questions about a line: how
true is it, and, while that is unknown, which unknown attributes does it wait for?
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cached_property
from operator import is_
from typing import Any, Protocol

import msgspec

from payrule.encounter.encounter import CODE
from payrule.language import condition as tree
from payrule.language.derived import TableRow
from payrule.language.enriched_encounter import EnrichedEncounter, EnrichedLine, places
from payrule.language.truth import FALSE, NEGATED, TRUE, UNKNOWN, Truth, counted
from payrule.model.values import Value
from payrule.source.memory import Remembered


class EvalContext(msgspec.Struct, frozen=True):
    """Where a condition is asked: a line of a scene; inside `other_line` also the subject that it is related to."""

    scene: EnrichedEncounter
    line: EnrichedLine
    subject: EnrichedLine | None = None

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
        return frozenset(seen_from(self.scene, self.subject, self.line, name) for name in names)

    def row(self, attribute: str) -> TableRow | None:
        """Give the row of a table that an attribute rests on here; None where it rests on none."""
        if "." in attribute:
            return self.line.rows.get(attribute)
        return self.scene.row(attribute, self.subject, self.line) if self.subject else None

    def beside(self, attribute: str) -> Iterator[EnrichedLine]:
        """Give the other lines of the date of which an attribute of this line was computed."""
        numbers = frozenset(self.line.beside.get(attribute, ()))
        if numbers:
            yield from (each.line for each in self.others(same_date=True) if each.line.line.number in numbers)

    def others(self, *, same_date: bool) -> Iterator["EvalContext"]:
        """Stand at each other line, on the same date or on any, with this line as the subject.

        Another day of the same line is no other line.
        """
        for other in self.scene.lines:
            if other.line.number != self.line.line.number and (not same_date or other.line.date == self.line.line.date):
                yield EvalContext(self.scene, other, self.line)


def seen_from(scene: EnrichedEncounter, subject: EnrichedLine, other: EnrichedLine, name: str) -> str:
    """Rename an attribute of another line for a reader who stands at the subject."""
    if name.startswith("line."):
        if other.line.number == subject.line.number:
            return name
        return f"{scene.name(other.line.number)}.{name.removeprefix('line.')}"
    return name.replace(f"lines[{subject.line.number}].", "line.")


class Evaluator(Protocol):
    """A condition that can be asked, with the node that it is in the tree."""

    @property
    def node(self) -> tree.Condition:
        """The node: what the document writes, and where."""

    def truth(self, here: EvalContext) -> Truth:
        """Say how true the condition is here."""

    def waits(self, here: EvalContext) -> frozenset[str]:
        """Name the unknown attributes that leave the condition unknown here; none when it is known."""

    def of_code(self, code: object) -> "Evaluator":
        """Give what is left to ask of lines of a code: `Always` where nothing is, whatever else is true of them."""


class Always:
    """A condition of which it is settled how true it is."""

    def __init__(self, node: tree.Condition, is_so: Truth) -> None:
        """Take its truth."""
        self.node, self.is_so = node, is_so

    def truth(self, _: EvalContext) -> Truth:
        """Give its truth."""
        return self.is_so

    def waits(self, _: EvalContext) -> frozenset[str]:
        """Wait for nothing."""
        return frozenset()

    def of_code(self, _: object) -> Evaluator:
        """Give the same."""
        return self


def settled(condition: Evaluator) -> Truth:
    """Say how true a condition is everywhere; unknown where it has to be asked."""
    return condition.is_so if isinstance(condition, Always) else UNKNOWN


class Combined:
    """Other conditions in one: how true it is follows from how true they are."""

    def __init__(self, node: tree.Condition, parts: tuple[Evaluator, ...]) -> None:
        """Take the parts in the order in which the document writes them."""
        self.node, self.parts = node, parts

    @cached_property
    def parts_in_order(self) -> tuple[Evaluator, ...]:
        """The parts in an order that does not rest on that in which the document writes them."""
        return tuple(sorted(self.parts, key=lambda part: tree.order_key(part.node)))

    def of(self, truths: Iterable[Truth]) -> Truth:
        """Say how true the whole is when the parts are so true."""
        raise NotImplementedError(truths)

    def truth(self, here: EvalContext) -> Truth:
        """Ask the parts."""
        return self.of([part.truth(here) for part in self.parts])

    def waits(self, here: EvalContext) -> frozenset[str]:
        """Collect what the unknown parts wait for."""
        truths = [part.truth(here) for part in self.parts]
        if self.of(truths) is not UNKNOWN:
            return frozenset()
        asked = zip(self.parts, truths, strict=True)
        return frozenset().union(*[part.waits(here) for part, truth in asked if truth is UNKNOWN])

    def of_code(self, code: object) -> Evaluator:
        """Combine what is left of the parts."""
        parts = tuple([part.of_code(code) for part in self.parts])
        truth = self.of(map(settled, parts))
        if truth is not UNKNOWN:
            return Always(self.node, truth)
        return self if all(map(is_, parts, self.parts)) else self.left(parts)

    def left(self, parts: tuple[Evaluator, ...]) -> Evaluator:
        """Combine other parts in the same way; those that are settled do not settle it."""
        return type(self)(self.node, parts)


class AllOrSome(Combined):
    """Parts of which all have to hold, or one: those that are settled, and do not settle it, have no say."""

    def left(self, parts: tuple[Evaluator, ...]) -> Evaluator:
        """Leave them out."""
        asked = tuple([part for part in parts if settled(part) is UNKNOWN])
        return asked[0] if len(asked) == 1 else type(self)(self.node, asked)


class All(AllOrSome):
    """Every part holds: the minimum of the parts."""

    def __init__(self, node: tree.Condition, parts: tuple[Evaluator, ...]) -> None:
        """Take the parts; tests on the line are asked before all else."""
        super().__init__(node, parts)
        own = [each for each in parts if isinstance(each, Test) and each.is_of_line]
        self._of_line = tuple([(each.attribute, each.truths) for each in own])
        self._asked_later = tuple([each for each in parts if each not in own])

    def of(self, truths: Iterable[Truth]) -> Truth:
        """Give the minimum."""
        return min(truths, default=TRUE)

    def truth(self, here: EvalContext) -> Truth:
        """Give the minimum, without looking further once a part is false."""
        lowest, values = TRUE, here.line.values
        for attribute, truths in self._of_line:
            truth = truths[values.get(attribute)]
            if truth is FALSE:
                return FALSE
            if truth is UNKNOWN:
                lowest = UNKNOWN
        for part in self._asked_later:
            truth = part.truth(here)
            if truth is FALSE:
                return FALSE
            if truth is UNKNOWN:
                lowest = UNKNOWN
        return lowest


class Some(AllOrSome):
    """At least one part holds: the maximum of the parts."""

    def of(self, truths: Iterable[Truth]) -> Truth:
        """Give the maximum."""
        return max(truths, default=FALSE)


class Not(Combined):
    """The part does not hold."""

    @property
    def part(self) -> Evaluator:
        """The condition that is negated."""
        return self.parts[0]

    def of(self, truths: Iterable[Truth]) -> Truth:
        """Swap true and false."""
        (truth,) = truths
        return NEGATED[truth]


class Count(Combined):
    """At least so many of the parts hold."""

    def __init__(self, node: tree.Count, parts: tuple[Evaluator, ...]) -> None:
        """Take the parts, of which the node says how many have to hold."""
        super().__init__(node, parts)
        self.node: tree.Count = node
        self.at_least = node.at_least

    def of(self, truths: Iterable[Truth]) -> Truth:
        """Count the parts."""
        return counted(self.at_least, truths)


class NamedFact:
    """A fact, which is about one line whoever asks; its truth there is worked out once for a scene."""

    def __init__(self, node: tree.Fact, name: str, part: Evaluator) -> None:
        """Take the qualified name and the condition behind it."""
        self.node, self.name, self.part = node, name, part

    def truth(self, here: EvalContext) -> Truth:
        """Ask the condition of the line, or remember what it answered."""
        key = (self.name, here.line.day)
        if key not in here.scene.facts:
            here.scene.facts[key] = self.part.truth(EvalContext(here.scene, here.line))
        return here.scene.facts[key]

    def waits(self, here: EvalContext) -> frozenset[str]:
        """Wait for what the condition waits for, or remember what that was."""
        if self.truth(here) is not UNKNOWN:
            return frozenset()
        key = (self.name, here.line.day, here.subject.day if here.subject else None)
        if key not in here.scene.waits:
            here.scene.waits[key] = self.part.waits(here)
        return here.scene.waits[key]

    def of_code(self, code: object) -> Evaluator:
        """Say how true the condition behind it is, where the code settles that; else it is asked by its name."""
        truth = settled(self.part.of_code(code))
        return self if truth is UNKNOWN else Always(self.node, truth)


class OverLines:
    """A condition on other lines: `part` is asked of each of them."""

    part: Evaluator

    def of_code(self, _: object) -> Any:
        """Ask it whatever the code: it is about other lines."""
        return self


MOST_CODES = 256
"""Codes of other lines for which it is remembered what a condition on them leaves to ask."""


class OtherLine(OverLines):
    """Some other line satisfies the part: the maximum over the other lines, on the same date unless said otherwise."""

    def __init__(self, node: tree.OtherLine, part: Evaluator) -> None:
        """Take the condition on the other line, and note the attributes of a pair of lines that it asks for."""
        self.node, self.part, self.same_date = node, part, node.same_date
        tests = tree.find(node.part, tree.Test)
        self.related_by = tuple(sorted({test.attribute for test in tests if "." not in test.attribute}))
        self.left = Remembered[Value | None, Evaluator](self._of_other, MOST_CODES)
        """What is left to ask of other lines of a code; all, where it is unknown."""
        self._may_be = Remembered[Value | None, bool](lambda code: settled(self.left[code]) is not FALSE, MOST_CODES)

    def _of_other(self, code: Value | None) -> Evaluator:
        return self.part if code is None else self.part.of_code(code)

    def truth(self, here: EvalContext) -> Truth:
        """Ask every other line; the encounter's lines are all its lines."""
        scene = here.scene.original or here.scene
        others = self._of_codes(scene) & scene.beside(here.line, same_date=self.same_date)
        if not others:
            return FALSE
        asked = self._asked(here)
        if asked.true & others:
            return TRUE
        return UNKNOWN if asked.unknown & others else FALSE

    def waits(self, here: EvalContext) -> frozenset[str]:
        """Collect what the lines wait for that may satisfy the part."""
        if self.truth(here) is not UNKNOWN:
            return frozenset()
        return self._asked(here).waits(self, here)

    def among(self, truth: Truth, here: EvalContext) -> Iterator[EvalContext]:
        """Stand at each other line that satisfies the part, or may satisfy it: at no line of which it is false."""
        asked = self._asked(here)
        listed = asked.true if truth is TRUE else asked.unknown
        scene = here.scene.original or here.scene
        for place in places(listed & ~here.scene.own(here.line.line.number)):
            yield EvalContext(here.scene, scene.lines[place], here.line)

    def waiting(self, here: EvalContext) -> int:
        """Count the other lines that may satisfy the part."""
        asked = self._asked(here)
        others = asked.unknown & ~here.scene.own(here.line.line.number)
        if not here.scene.has_days:
            return others.bit_count()
        return len({here.scene.lines[place].line.number for place in places(others)})

    def _asked(self, here: EvalContext) -> "Asked":
        """Ask all lines at once for every subject that they are related to in the same way, or give what they said."""
        kinds = tuple([here.scene.kind(name, here.line) for name in self.related_by])
        key = (id(self), kinds, here.line.line.date if self.same_date else None)
        scene = here.scene.original or here.scene
        found = scene.seen.get(key)
        if not isinstance(found, Asked):
            found = scene.seen[key] = Asked(here.line, kinds)
            lines = self._of_codes(scene)
            found.ask(self, scene, lines & scene.among(here.line.line.date) if self.same_date else lines)
        return found

    def _of_codes(self, scene: EnrichedEncounter) -> int:
        """Give the lines that may satisfy the part, as far as their codes tell, as bits."""
        found: int | None = scene.seen.get(self)
        if found is None:
            found, may_be = 0, self._may_be
            for code, lines in scene.by_code().items():
                if may_be[code]:
                    found |= lines
            scene.seen[self] = found
        return found


FEW_LINES = 40
"""Lines of which each is asked for every kind of subject. Of more, those that are related to subjects alike are asked
once: what a line says rests on itself, and on its relation to the subject."""

NOBODY = -1
"""The number of a subject that stands for all of its kind, so that nothing is named as seen from one of them."""

_mentioned = re.compile(r"lines\[(\d+)\]\.").findall


class Said:
    """What lines said of a condition to subjects that they are related to in one way; lines are bits of an integer."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.asked = self.true = self.unknown = 0
        self.waits: dict[int, frozenset[str]] = {}

    def ask(self, other: OtherLine, scene: EnrichedEncounter, subject: EnrichedLine, lines: int) -> None:
        """Ask the lines that were not asked before."""
        for place in places(lines & ~self.asked):
            line = scene.lines[place]
            truth = other.left[line.values.get(CODE)].truth(EvalContext(scene, line, subject))
            self.true |= (truth is TRUE) << place
            self.unknown |= (truth is UNKNOWN) << place
        self.asked |= lines


class Asked:
    """What lines said of a condition to subjects of one kind: those that satisfy it, those that may, as bits.

    What those wait for is collected once for all subjects, of which each leaves out what only its own line waits for.
    """

    def __init__(self, subject: EnrichedLine, kinds: tuple[int, ...]) -> None:
        """Begin with nothing; any subject of the kind will do. The scene holds this, and is never held by it."""
        self._subject, self._kinds = subject, kinds
        self.true = self.unknown = 0
        self._groups: list[tuple[Said, int]] = []
        self._by_line: dict[int, frozenset[str]] | None = None
        self._every: frozenset[str] | None = None
        self._once: dict[int, set[str]] = {}
        self._about: dict[int, set[str]] = {}

    def ask(self, other: OtherLine, scene: EnrichedEncounter, lines: int) -> None:
        """Ask some lines, those that are related to the subject alike with what they said to others so related."""
        for relation, alike in self._alike(other, scene, lines).items():
            unknown = self._kinds if None in relation else None
            key = ("said", id(other), relation, unknown)
            said = scene.seen.setdefault(key, Said())
            said.ask(other, scene, self._subject, alike)
            self.true |= said.true & alike
            self.unknown |= said.unknown & alike
            self._groups.append((said, alike))

    def _alike(self, other: OtherLine, scene: EnrichedEncounter, lines: int) -> dict[tuple[Any, ...], int]:
        """Group lines by their relation to the subject; few lines are not looked at so closely."""
        if len(scene.lines) <= FEW_LINES and other.related_by:
            return {("each", *self._kinds): lines}
        groups: dict[tuple[Any, ...], int] = {(): lines}
        for name in other.related_by:
            related = scene.related(name, self._subject).items()
            groups = {
                (*told, value): both for told, alike in groups.items() for value, of in related if (both := alike & of)
            }
        return groups

    def waits(self, other: OtherLine, here: EvalContext) -> frozenset[str]:
        """Name what the lines wait for that may satisfy a condition, as a subject of the kind sees it."""
        subject = here.line.line.number
        if self._by_line is None:
            # The first subject may be the only one of its kind.
            self._by_line = self._waits_by_line(other, here.scene.original or here.scene)
            others = frozenset().union(*(names for line, names in self._by_line.items() if line != subject))
            own = {name for name in others if f"lines[{subject}]." in name}
        else:
            others = self._of_every(self._by_line) - self._once.get(subject, _NO_NAMES)
            own = self._about.get(subject, _NO_NAMES) & others
        return others - own | {name.replace(f"lines[{subject}].", "line.") for name in own} if own else others

    def _waits_by_line(self, other: OtherLine, scene: EnrichedEncounter) -> dict[int, frozenset[str]]:
        """Name what each line waits for, by number, for a subject of the kind that is none of them."""
        nobody = msgspec.structs.replace(self._subject, line=msgspec.structs.replace(self._subject.line, number=NOBODY))
        found: dict[int, frozenset[str]] = {}
        for said, alike in self._groups:
            for place in places(said.unknown & alike):
                line = scene.lines[place]
                if place not in said.waits:
                    said.waits[place] = other.part.waits(EvalContext(scene, line, nobody))
                before = found.get(line.line.number)
                found[line.line.number] = said.waits[place] if before is None else before | said.waits[place]
        return found

    def _of_every(self, by_line: dict[int, frozenset[str]]) -> frozenset[str]:
        """Name what all lines wait for, once for all subjects."""
        if self._every is None:
            self._every = frozenset().union(*by_line.values())
            count = Counter(name for names in by_line.values() for name in names)
            self._once = {n: {name for name in names if count[name] == 1} for n, names in by_line.items()}
            for name in self._every:
                for number in _mentioned(name):
                    self._about.setdefault(int(number), set()).add(name)
        return self._every


_NO_NAMES: set[str] = set()


MOST_VALUES = 64
"""Values of which a test remembers what they come to."""


class Test:
    """A test on the value of one attribute; unknown while the value is."""

    def __init__(self, node: tree.Test, test: Callable[[Any, Any], bool], operand: Any) -> None:
        """Take the comparison, and what the value of the attribute is compared with."""
        self.node, self.attribute, self.test, self.operand = node, node.attribute, test, operand
        self._of_pair = "." not in node.attribute
        self.is_of_line = type(self) is Test and not self._of_pair
        """Whether its truth is that of the value of the line, on whatever date."""
        self.truths = Remembered[Value | None, Truth](self._compared, MOST_VALUES)
        """How true it is of a value; each is compared once."""

    def truth(self, here: EvalContext) -> Truth:
        """Compare, if there is a value."""
        return self.truths[here.read(self.attribute) if self._of_pair else here.line.values.get(self.attribute)]

    def _compared(self, value: Value | None) -> Truth:
        if value is None:
            return UNKNOWN
        return TRUE if self.test(value, self.operand) else FALSE

    def waits(self, here: EvalContext) -> frozenset[str]:
        """Wait for the attribute while it is unknown."""
        return here.waits(self.attribute) if here.read(self.attribute) is None else frozenset()

    def of_code(self, code: object) -> Evaluator:
        """Compare the code, if the test is on it, and it comes to the same on all days."""
        passes = {bool(each.test(code, each.operand)) for each in self.each()} if self.attribute == CODE else ()
        return Always(self.node, TRUE if True in passes else FALSE) if len(passes) == 1 else self

    def there(self, _: EvalContext) -> "Test":
        """Give the test as it is asked here."""
        return self

    def each(self) -> tuple["Test", ...]:
        """List the test as it is asked on different days."""
        return (self,)


class DatedTest(Test):
    """A test for membership in a code list that holds other codes on other dates of service: those of the line asked.

    `operand` are the codes that the list has on some day. Where the value is unknown, and the list holds nothing on the
    date of the line, nothing is in it.
    """

    def __init__(
        self,
        node: tree.Test,
        test: Callable[[Any, Any], bool],
        operand: Any,
        on: Callable[[date], Any],
        turns: Iterable[date],
    ) -> None:
        """Take the comparison, what the value is compared with on a day, and the days on which that changes."""
        super().__init__(node, test, operand)
        self._on, self._turns = on, (date.min, *turns)
        self._tests: dict[date, Test] = {}

    def there(self, here: EvalContext) -> Test:
        """Give the test as it is asked on the date of the line."""
        return self._from(self._turns[bisect_right(self._turns, here.line.line.date) - 1])

    def each(self) -> tuple[Test, ...]:
        """List the test as it is asked on different days."""
        return tuple(map(self._from, self._turns))

    def _from(self, turn: date) -> Test:
        if turn not in self._tests:
            self._tests[turn] = Test(self.node, self.test, self._on(turn))
        return self._tests[turn]

    def truth(self, here: EvalContext) -> Truth:
        """Compare with what the list holds on the date of the line."""
        now = self.there(here)
        if here.read(self.attribute) is None and not _is_anything(now.operand):
            return TRUE if self.test(frozenset(), now.operand) else FALSE
        return now.truth(here)

    def waits(self, here: EvalContext) -> frozenset[str]:
        """Wait for the attribute while it is unknown, and the list holds something."""
        return super().waits(here) if self.truth(here) is UNKNOWN else frozenset()


def _is_anything(operand: Any) -> bool:
    """Tell whether a list holds anything: its codes together, or one by one."""
    return bool(operand) if isinstance(operand, tuple) else bool(operand.values or operand.ranges or operand.spans)


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


def parts_of(condition: Evaluator) -> tuple[Evaluator, ...]:
    """Give the conditions directly inside a condition; behind a fact is the condition that it names."""
    if isinstance(condition, Combined):
        return condition.parts
    return (condition.part,) if isinstance(condition, (NamedFact, OverLines)) else ()


def tests_in(condition: Evaluator) -> Iterator[Test]:
    """List the tests in a condition, with those in its facts."""
    if isinstance(condition, Test):
        yield condition
    else:
        for part in parts_of(condition):
            yield from tests_in(part)


def looks_at_lines(condition: Evaluator) -> bool:
    """Tell whether a condition on other lines, or a count of lines, is in a condition or in its facts."""
    return isinstance(condition, OverLines) or any(map(looks_at_lines, parts_of(condition)))


def read_of_line(condition: Evaluator) -> frozenset[str] | None:
    """Name the attributes that a condition and its facts test; None where other lines are looked at as well."""
    return None if looks_at_lines(condition) else frozenset(test.attribute for test in tests_in(condition))


def on_other_lines(condition: Evaluator) -> int:
    """Count the conditions on other lines in a condition."""
    return isinstance(condition, OtherLine) or sum(map(on_other_lines, parts_of(condition)))
