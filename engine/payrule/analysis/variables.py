"""The variables of every claim for what rules ask, on the dates on which values are in force.

A claim whose code had ended is answered before any rule is asked, and a value that is not in force yet counts as
absent. So questions leave out such claims.

Line 0 is the subject, the line that is answered; the others are added one by one. An attribute of the encounter or of
the patient is the same for all lines. Of an attribute a claim says nothing, or one value of a list of classes, or which
elements a set has, or between which thresholds a number or a date lies.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from operator import itemgetter
from typing import Any, ClassVar

import msgspec

from payrule.analysis.solver import ALWAYS, NEVER, Graph
from payrule.analysis.value_classes import Usage, alike, value_classes
from payrule.encounter.decoder import value_reader
from payrule.encounter.encounter import CODE, DATE
from payrule.language.counting import Window
from payrule.language.derived import Setting, derived
from payrule.model.value_schema import LARGEST, example_of
from payrule.model.values import ValueSet, day_after, read_date
from payrule.model.vocabulary import Attribute, Vocabulary


class Limits(msgspec.Struct, frozen=True):
    """Of some vocabularies together: `begins` gives the first day of values by attribute, `ends` the last of codes."""

    begins: Mapping[str, Mapping[str, date]]
    ends: Mapping[str, date]

    @classmethod
    def of(cls, vocabularies: Sequence[Vocabulary]) -> "Limits":
        """Collect them; where vocabularies differ, the days that all allow.

        >>> from payrule.model.vocabulary import Regions, Timed
        >>> words = Vocabulary(kind="vocabulary", attributes={}, concerns=(), regions=Regions(contiguous=()),
        ...     timed=Timed(codes=(), method=""), begins={"line.marks": {"X": "2015-01-01"}})
        >>> list(Limits.of([words]).turns("line.marks", "X"))
        [datetime.date(2015, 1, 1)]
        """
        begins: dict[str, dict[str, date]] = {}
        ends: dict[str, date] = {}
        for vocabulary in vocabularies:
            for attribute, firsts in vocabulary.begins.items():
                known = begins.setdefault(attribute, {})
                for value, day in firsts.items():
                    known[value] = max(read_date(day), known.get(value, date.min))
            if vocabulary.retired is not None and vocabulary.retired.answer is not None:
                for code, day in vocabulary.retired.codes.items():
                    ends[code] = min(read_date(day), ends.get(code, date.max))
        return cls(begins, ends)

    def turns(self, attribute: str, value: Any) -> Iterator[date]:
        """Give the day from which on a value is one, or the day from which on a code is none any more."""
        if attribute == CODE and value in self.ends and (after := day_after(self.ends[value])):
            yield after
        elif value in self.begins.get(attribute, {}):
            yield self.begins[attribute][value]

    def widest(self, attribute: str, value: Any, declared: Sequence[Attribute], sets: Sequence[ValueSet]) -> Any:
        """Choose for a class of values the one that is one on most days: what no rule tells apart, it stands for."""
        if not any(True for _ in self.turns(attribute, value)):
            return value
        like = (value, *alike(value, declared, sets))
        if attribute == CODE:
            return max(like, key=lambda each: self.ends.get(each, date.max))
        return min(like, key=lambda each: self.begins[attribute].get(each, date.min))


MINUTES = "line.minutes"

SUBJECT = 0
"""The line that is answered."""

_FEW = 6


class Slot(msgspec.Struct, frozen=True):
    """What a claim can say of one attribute of one line; `line` is None where all lines share it.

    `settled` tells apart what two payers compute differently; it is empty for what a claim says itself. `given` tells
    that the claim says it. `choices` are values that stand for their classes, each with the literal that the value is
    of this class, or that the set holds one of it. `steps` are thresholds of a number or a date, from the smallest,
    each with the literal that the value is at least that.
    """

    attribute: str
    line: int | None
    settled: str
    many: bool
    given: int
    choices: tuple[tuple[Any, int], ...] = ()
    steps: tuple[tuple[Any, int], ...] = ()


class Days(msgspec.Struct, frozen=True):
    """How days are counted back from the subject's date of service.

    `subjects` are the dates that it may have, `points` the numbers of days that another line may be before it (below 0
    after it). `levels` are how many days back the history may be whole, `starts` how far back each window begins.
    """

    EVER: ClassVar[int] = 10**6
    """More days than there are: the whole life."""

    subjects: tuple[date, ...]
    points: tuple[int, ...]
    levels: tuple[int, ...]
    starts: Mapping[Window, Mapping[date, int]]


class Variables:
    """The variables of encounters for what the rules of some vocabularies ask."""

    def __init__(
        self,
        graph: Graph,
        vocabularies: Sequence[Vocabulary],
        asked: Mapping[str, Usage],
        apart: frozenset[str] = frozenset(),
        breaks: Iterable[date] = (),
    ) -> None:
        """Take what rules ask of each attribute, and the days on which other policy versions begin to apply.

        Of the attributes in `apart` every value is a class of its own.
        """
        self.graph = graph
        self.vocabularies = tuple(vocabularies)
        self.asked = dict(asked)
        self.apart = apart
        self.named: frozenset[str] = frozenset()
        """The codes that rules name one by one."""
        self.is_of_codes = False
        """Whether rules are those for lines of some codes alone."""
        self.free: dict[tuple[object, ...], int] = {}
        """What an attribute may be whose table is not relied on."""
        self.computed: dict[tuple[str, int], dict[str, Slot]] = {}
        """What is computed of a line, as each payer settles it."""
        self.axioms: list[int] = []
        self.others = 0
        self._breaks = tuple(breaks)
        self._limits = Limits.of(vocabularies)
        self._slots: dict[tuple[str, int | None, str], Slot] = {}
        self._classes: dict[str, tuple[Any, ...]] = {}
        self.settings = dict[str, Setting]()
        self.earlier = 0
        """Earlier lines of the patient, which have the numbers after those of other lines."""
        self.days: Days | None = None
        self.dated = frozenset[date]()
        """The dates that conditions ask about, of any line; others tell the dates of service of the subject apart."""
        self._back: dict[int, tuple[tuple[int, int], ...]] = {}
        self._on_one_day: dict[tuple[int, int], int] = {}
        self._whole: tuple[tuple[int, int], ...] = ()
        self._goes_before: dict[int, int] = {}
        self._present: list[int] = [ALWAYS]
        self._same_date: list[int] = [ALWAYS]

    def limit_dates(self) -> None:
        """Tell apart dates on which values are ones and on which they are none; to be done before dates are asked."""
        days = set[date]()
        for attribute in (CODE, *self._limits.begins):
            if attribute in self.asked or attribute == CODE:
                for value in self._classes_of(attribute, self.declared(attribute)):
                    days.update(self._limits.turns(attribute, value))
        self.asked[DATE] = self.asked.get(DATE, Usage()).and_also(Usage((), tuple(sorted(days))))

    def declared(self, attribute: str) -> list[Attribute]:
        """Give what each vocabulary says of an attribute; none where it has no such attribute."""
        found = (vocabulary.attributes.get(attribute) for vocabulary in self.vocabularies)
        return [each for each in found if each is not None]

    def function(self, attribute: str) -> str | None:
        """Name the function that computes an attribute; None for one that a claim gives, or that a form computes."""
        return next((each.function for each in self.declared(attribute) if each.function), None)

    def ordinary(self, attribute: str) -> Any:
        """Give the value that an attribute has when nothing asks for another: its default, or else its example."""
        declared = self.declared(attribute)[0]
        return value_reader(declared)(example_of(declared) if declared.default is None else declared.default)

    def required(self) -> list[str]:
        """List the attributes that some vocabulary requires of every claim."""
        return sorted({name for each in self.vocabularies for name, said in each.attributes.items() if said.required})

    def slot(self, attribute: str, line: int, settled: str = "") -> Slot:
        """Give the variables of an attribute of a line, for a computed one as some payer settles it."""
        place = line if self.is_by_line(attribute) else None
        key = (attribute, place, settled)
        if key not in self._slots:
            self._slots[key] = self._made(*key)
            if place not in {None, SUBJECT} and not attribute.startswith("line."):
                self._relate_ages(self._slots[key], line)
        return self._slots[key]

    def is_by_line(self, attribute: str) -> bool:
        """Tell whether an attribute may differ from line to line: one of a line, or one that is computed from those."""
        return attribute.startswith("line.") or any(
            each.startswith("line.") for words in self.vocabularies for each in derived(words).inputs(attribute)
        )

    def _relate_ages(self, slot: Slot, line: int) -> None:
        """Let what is computed of the patient on a date be known of all lines or none, and the same on one date.

        Of an earlier line an age is that of the subject's date at most.
        """
        forms = {each.computation.age_on for each in self.declared(slot.attribute) if each.computation}
        if forms != {DATE}:
            return
        graph, mine, same = self.graph, self.slot(slot.attribute, SUBJECT), self.same_date(line)
        self.axioms.append(graph.same(slot.given, mine.given))
        for (_, theirs), (_, own) in zip(slot.steps, mine.steps, strict=True):
            self.axioms.append(graph.some((-same, graph.same(theirs, own))))
            if self.is_earlier(line):
                self.axioms.append(graph.some((-theirs, own)))

    def slots(self) -> tuple[Slot, ...]:
        """List the variables that were asked for, in a canonical order: shared ones first, then line by line."""
        place = lambda slot: (-1 if slot.line is None else slot.line, slot.attribute, slot.settled)  # noqa: E731
        return tuple(sorted(self._slots.values(), key=place))

    def present(self, line: int) -> int:
        """Say that the claim has this line."""
        return self._present[line]

    def same_date(self, line: int) -> int:
        """Say that a line has the subject's date of service."""
        return self._same_date[line]

    def is_earlier(self, line: int) -> bool:
        """Tell whether a line is one of the patient's earlier lines."""
        return line > self.others

    def every_line(self, *, subject: bool = True, earlier: bool = True) -> range:
        """List the lines of the claim, and the earlier ones."""
        return range(SUBJECT if subject else SUBJECT + 1, self.others + (self.earlier if earlier else 0) + 1)

    def goes_before(self, line: int) -> int:
        """Say that a line of the claim has a lower number than the subject."""
        if line not in self._goes_before:
            self._goes_before[line] = self.graph.rather_not()
        return self._goes_before[line]

    def numbered_before(self) -> Mapping[int, int]:
        """Give for the lines of which it matters the literal that they have a lower number than the subject."""
        return self._goes_before

    def subject_on(self, day: date) -> int:
        """Say that the subject's date of service is one of those from which days are counted back."""
        steps: dict[Any, int] = dict(self.slot(DATE, SUBJECT).steps)
        after = day_after(day)
        return self.graph.all((steps[day], -steps[after] if after else ALWAYS))

    def back(self, line: int, days: int) -> int:
        """Say that a line is so many days before the subject, or more."""
        if line == SUBJECT:
            return ALWAYS if days <= 0 else NEVER
        steps = self._back[line]
        place = bisect_left(steps, days, key=itemgetter(0))
        return steps[place][1] if place < len(steps) else NEVER

    def on(self, line: int, days: int) -> int:
        """Say that a line is exactly so many days before the subject, one of the numbers that matter."""
        if line == SUBJECT:
            return ALWAYS if days == 0 else NEVER
        return self.graph.all((self.back(line, days), -self.back(line, days + 1)))

    def on_one_day(self, one: int, two: int) -> int:
        """Say that two lines are on one day."""
        if (one, two) not in self._on_one_day:
            points = self.days.points if self.days else (0,)
            if self.is_earlier(one) and two == one + 1:
                # They stand by their days: the second is no farther than the first.
                each = (self.graph.some((self.back(one, day), -self.back(two, day))) for day in points)
                self._on_one_day[one, two] = self.graph.all(each)
            else:
                each = (self.graph.all((self.on(one, day), self.on(two, day))) for day in points)
                self._on_one_day[one, two] = self.graph.some(each)
        return self._on_one_day[one, two]

    def backs(self, line: int) -> tuple[tuple[int, int], ...]:
        """Give the numbers of days that a line may be before the subject, each with the literal for at least that."""
        return self._back.get(line, ())

    def whole(self, days: int) -> int:
        """Say that the history is whole for so many days back."""
        return next((literal for level, literal in self._whole if level >= days), NEVER)

    def wholes(self) -> tuple[tuple[int, int], ...]:
        """Give how far back the history may be whole, each with its literal, from the least."""
        return self._whole

    def add_other(self, *, any_date: bool) -> int:
        """Add another line, which a claim may have or not; without `any_date` only lines of the subject's date."""
        self.others += 1
        line, before = self.others, self._present[-1]
        self._present.append(self.graph.rather_not())
        self._same_date.append(self.graph.variable() if any_date else ALWAYS)
        if line > 1:
            self.axioms.append(self.graph.some((-self._present[line], before)))
        self._relate_dates(line)
        return line

    def add_earlier(self) -> int:
        """Add an earlier line of the patient, which there may be or not, after all other lines."""
        self.earlier += 1
        line, before = self.others + self.earlier, self._present[-1]
        self._present.append(self.graph.rather_not())
        self._same_date.append(self.graph.variable())
        if self.earlier > 1:
            self.axioms.append(self.graph.some((-self._present[line], before)))
        return line

    def count_days(self, guard: int) -> None:
        """Count the days of every line back from the subject's date, and say how far back the history is whole."""
        if self.days is None:
            return
        graph, days = self.graph, self.days
        self.axioms.append(graph.some((-guard, *map(self.subject_on, days.subjects))))
        for line in self.every_line(subject=False):
            first = 0 if self.is_earlier(line) else days.points[0]
            self._back[line] = tuple(self._in_order(point, point <= first) for point in days.points)
            self._chain(self._back[line])
            if line > 1 and self.is_earlier(line) == self.is_earlier(line - 1):
                # Lines of a kind can be taken in any order: the nearest first.
                near = self._back[line - 1]
                self.axioms += [graph.some((-self.present(line), -each, self.back(line, day))) for day, each in near]
            self.axioms.append(graph.some((-guard, graph.same(self.same_date(line), self.on(line, 0)))))
            for day in days.subjects:
                on = self.subject_on(day)
                asked = (each for each in self.slot(DATE, line).steps if each[0] in self.dated)
                for threshold, literal in asked:
                    told = graph.same(literal, -self.back(line, (day - threshold).days + 1))
                    self.axioms.append(graph.some((-guard, -on, told)))
        self._whole = tuple((level, graph.rather_not()) for level in days.levels)
        self._chain(self._whole)

    def _in_order(self, point: int, is_sure: bool) -> tuple[int, int]:  # noqa: FBT001 - a number, and whether it is reached
        return point, ALWAYS if is_sure else self.graph.rather_not()

    def _chain(self, steps: Sequence[tuple[int, int]]) -> None:
        for (_, one), (_, two) in pairwise(steps):
            self.axioms.append(self.graph.some((-two, one)))

    def _relate_dates(self, line: int) -> None:
        """Let a line of the same date be on the same side of every threshold, and of another date be another day."""
        same = self._same_date[line]
        mine, theirs = self.slot(DATE, SUBJECT).steps, self.slot(DATE, line).steps
        for (_, one), (_, two) in zip(mine, theirs, strict=True):
            self.axioms.append(self.graph.some((-same, self.graph.same(one, two))))
        ends = [date.min, *(day for day, _ in mine), date.max]
        reached = [(ALWAYS, *(literal for _, literal in steps), NEVER) for steps in (mine, theirs)]
        for place, (day, after) in enumerate(pairwise(ends)):
            if (after - day).days == (1 if place < len(mine) else 0):
                both = [each for literals in reached for each in (literals[place], -literals[place + 1])]
                self.axioms.append(self.graph.some((same, -self.graph.all(both))))

    def _made(self, attribute: str, line: int | None, settled: str) -> Slot:
        declared = self.declared(attribute)
        given = ALWAYS if any(each.required for each in declared) else self.graph.rather_not()
        many = declared[0].many
        if not many and declared[0].type in ("integer", "date"):
            return Slot(attribute, line, settled, many, given, steps=self._steps(attribute, declared))
        classes = self._classes_of(attribute, declared)
        literals = [self.graph.rather_not() for _ in classes] if many else self._one_of(len(classes))
        choices = tuple(zip(classes, literals, strict=True))
        self._limit(attribute, line, choices)
        return Slot(attribute, line, settled, many, given, choices)

    def _limit(self, attribute: str, line: int | None, choices: Iterable[tuple[Any, int]]) -> None:
        """Let no line have a value that is not in force on its date, nor the subject a code that had ended."""
        if line is None:
            return
        for value, literal in choices:
            for turn in self._limits.turns(attribute, value):
                (reached,) = [at for day, at in self.slot(DATE, line).steps if day == turn]
                if attribute != CODE:
                    self.axioms.append(self.graph.some((-literal, reached)))
                elif line == SUBJECT:
                    self.axioms.append(self.graph.some((-literal, -reached)))

    def _classes_of(self, attribute: str, declared: Sequence[Attribute]) -> tuple[Any, ...]:
        if attribute not in self._classes:
            sets = self.asked.get(attribute, Usage()).sets
            if attribute in self.apart:
                sets = tuple(ValueSet(frozenset({value})) for value in declared[0].values) + sets
            found = value_classes(declared, sets)
            self._classes[attribute] = tuple(self._limits.widest(attribute, each, declared, sets) for each in found)
        return self._classes[attribute]

    def _steps(self, attribute: str, declared: Sequence[Attribute]) -> tuple[tuple[Any, int], ...]:
        thresholds = set(self.asked.get(attribute, Usage()).thresholds)
        if attribute == DATE:
            thresholds.update(self._breaks)
        steps: list[tuple[Any, int]] = []
        for threshold in sorted(thresholds):
            side = self._side_of(threshold, declared)
            literal = self.graph.variable() if side is None else side
            if side is None and steps:
                self.axioms.append(self.graph.some((-literal, steps[-1][1])))
            steps.append((threshold, literal))
        return tuple(steps)

    def _side_of(self, threshold: Any, declared: Sequence[Attribute]) -> int | None:
        """Say on which side of a threshold every value lies; None where there are values on both."""
        if isinstance(threshold, date):
            return ALWAYS if threshold == date.min else None
        least = max([-LARGEST, *(each.minimum for each in declared if each.minimum is not None)])
        most = min([LARGEST, *(each.maximum for each in declared if each.maximum is not None)])
        if threshold <= least:
            return ALWAYS
        return NEVER if threshold > most else None

    def _one_of(self, count: int) -> list[int]:
        """Make literals of which exactly one holds."""
        graph = self.graph
        if count == 1:
            return [ALWAYS]
        literals = [graph.variable() for _ in range(count)]
        self.axioms.append(graph.some(literals))
        if count <= _FEW:
            pairs = [(one, two) for place, one in enumerate(literals) for two in literals[:place]]
            self.axioms.extend(graph.some((-one, -two)) for one, two in pairs)
            return literals
        before = literals[0]
        for literal in literals[1:]:
            reached = graph.variable()
            self.axioms += [graph.some((-literal, -before)), graph.some((-before, reached))]
            self.axioms.append(graph.some((-literal, reached)))
            before = reached
        return literals
