"""Counts of lines and quotas as constraints: what they come to is ordered, and tied to the lines of a bounded claim.

What a count comes to lies between a least and a greatest value. Both are thresholds in order, for all rules that count
alike, so that `count at_least 3` is the same as no `count at_most 2`, whatever there is to count. Under the guard both
are what is counted of the lines of the claim and of the patient's earlier lines, on days and with amounts of which
those matter that conditions mention (`count_plan` says which, and `language.counting` what a count means). A proof that
needs that is bounded.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import pairwise
from typing import Any, Protocol

import msgspec

from payrule.analysis.count_plan import Plan, normal, plain_window
from payrule.analysis.solver import ALWAYS, NEVER
from payrule.analysis.variables import SUBJECT, Days, Variables
from payrule.language.counting import Counting, Window
from payrule.language.derived import Setting
from payrule.language.lower import Formula, Lines, Quota, canonical

TruthLiterals = tuple[int, int]
"""The literals that a condition is true, and that it is true or unknown; the first implies the second."""


class Reader(Protocol):
    """What reads conditions at a line as one side has them."""

    @property
    def settled(self) -> object:
        """What is settled before any rule is asked: two sides that settle the same count the same lines."""

    def truth(self, condition: Formula, line: int) -> TruthLiterals:
        """Encode a condition at a line."""

    def held(self, attribute: str, line: int) -> "Held":
        """Say what a line holds of an attribute."""


class Held(msgspec.Struct, frozen=True):
    """What a line holds of an attribute: that it is known, and each value; of a number, that it is at least so much."""

    known: int
    values: dict[Any, int] = {}
    steps: tuple[tuple[int, int], ...] = ()


Reached = Callable[[int], int]
"""Says that something comes to so much, or more."""


class Ordered:
    """Thresholds of which nothing is known but their order."""

    def __init__(self, space: Variables) -> None:
        """Begin with none; what is at least 0 always holds."""
        self._space = space
        self.known: dict[int, int] = {}

    def reached(self, number: int) -> int:
        """Say that it is at least so much."""
        if number <= 0:
            return ALWAYS
        if number not in self.known:
            literal, graph = self._space.graph.variable(), self._space.graph
            below = max((each for each in self.known if each < number), default=None)
            above = min((each for each in self.known if each > number), default=None)
            if below is not None:
                self._space.axioms.append(graph.some((-literal, self.known[below])))
            if above is not None:
                self._space.axioms.append(graph.some((-self.known[above], literal)))
            self.known[number] = literal
        return self.known[number]


class Comes:
    """What something comes to: at least and at most; `sure` that there is something, `none` that there is nothing."""

    def __init__(self, space: Variables, guard: int, exact: "Exact | None", *, may_be_none: bool) -> None:
        """Order what it comes to, and tie that to what is worked out, if it is."""
        self._space, self._guard, self._exact = space, guard, exact
        self._low, self._high = Ordered(space), Ordered(space)
        graph = space.graph
        self.sure = graph.variable() if may_be_none else ALWAYS
        self.none = graph.all((-self.sure, graph.variable())) if may_be_none else NEVER
        if may_be_none and exact is not None:
            self._tie(self.sure, exact.sure)
            self._tie(self.none, exact.none)

    def _tie(self, literal: int, exact: int) -> None:
        graph = self._space.graph
        self._space.axioms.append(graph.some((-self._guard, graph.same(literal, exact))))

    def _reached(self, ordered: Ordered, number: int, exact: Reached | None) -> int:
        is_new = number > 0 and number not in ordered.known
        literal = ordered.reached(number)
        if is_new and exact is not None:
            self._tie(literal, exact(number))
        return literal

    def low(self, number: int) -> int:
        """Say that it comes to so much at least."""
        low = self._reached(self._low, number, self._exact.low if self._exact else None)
        self._space.axioms.append(self._space.graph.some((-low, self.high(number))))
        return low

    def high(self, number: int) -> int:
        """Say that it may come to so much."""
        return self._reached(self._high, number, self._exact.high if self._exact else None)

    def tested(self, tests: Iterable[tuple[str, int]]) -> TruthLiterals:
        """Encode that every test is passed."""
        true, possible = [self.sure], [-self.none]
        for test, operand in tests:
            if test != "at_most":
                true.append(self.low(operand))
                possible.append(self.high(operand))
            if test != "at_least":
                true.append(-self.high(operand + 1))
                possible.append(-self.low(operand + 1))
        return self._space.graph.all(true), self._space.graph.all(possible)


class Exact(msgspec.Struct, frozen=True):
    """What something comes to as worked out of lines."""

    low: Reached
    high: Reached
    sure: int = ALWAYS
    none: int = NEVER


Member = tuple[int, int, int]
"""A line, with the literals that it is counted, and that it may be."""


class Counts:
    """What counts of lines and quotas come to, the same for all that ask them alike."""

    def __init__(self, space: Variables, guard: int, asked: Plan) -> None:
        """Take what is asked; the lines of the space are all there already."""
        self.space, self.graph, self.guard, self.plan = space, space.graph, guard, asked
        self._known: dict[Hashable, Comes] = {}
        self._members: dict[Hashable, list[Member]] = {}
        self._so_far: dict[Hashable, dict[tuple[int, int], int]] = {}
        self._settled: list[object] = []
        self._pin()

    def _pin(self) -> None:
        """Let amounts that are summed or compared be one of the numbers that matter."""
        for name, points in self.plan.points.items():
            for line in self.space.every_line():
                slot = self.space.slot(name, line)
                steps = dict(slot.steps)
                for one, two in pairwise((*points, None)):
                    after = steps.get((one or 0) + 1, NEVER)
                    upward = NEVER if two is None else steps[two]
                    self.space.axioms.append(self.graph.some((-self.guard, -slot.given, -after, upward)))
                first = steps[points[0]]
                self.space.axioms.append(self.graph.some((-self.guard, -slot.given, first)))

    def truth(self, asked: Lines | Quota, line: int, reader: Reader, setting: Setting) -> TruthLiterals:
        """Encode a count, in which facts are written out, as seen from a line."""
        if isinstance(asked, Quota):
            return self.shares(asked, line, reader, setting).tested(asked.tests)
        key = ("lines", asked.measure.kind, self._key(asked, reader), asked.itself, line)
        if key not in self._known:
            exact = self._measured(asked, reader, setting, key) if asked in self.plan.tied and line == SUBJECT else None
            since = asked.measure.kind == "days_since"
            self._known[key] = Comes(self.space, self.guard, exact, may_be_none=since)
        return self._known[key].tested(asked.measure.tests)

    def shares(self, asked: Quota, line: int, reader: Reader, setting: Setting) -> Comes:
        """Say how much of a line is within a quota, or over it."""
        sharing = asked.sharing
        key = ("quota", asked.kind, self._key(asked, reader), sharing.limit, sharing.keys, line)
        if key not in self._known:
            is_tied = line == SUBJECT and any(
                each.sharing == sharing and each.formula == asked.formula
                for each in self.plan.tied
                if isinstance(each, Quota)
            )
            exact = self._shared(asked, reader, setting, key) if is_tied else None
            self._known[key] = Comes(self.space, self.guard, exact, may_be_none=False)
        return self._known[key]

    def _key(self, asked: Lines | Quota, reader: Reader) -> tuple[Hashable, ...]:
        counting = asked.counting
        if reader.settled not in self._settled:
            self._settled.append(reader.settled)
        same, summed = tuple(sorted(set(counting.same))), counting.summed
        where = canonical(normal(asked.formula))
        return plain_window(counting.window), same, where, summed, self._settled.index(reader.settled)

    def _measured(self, asked: Lines, reader: Reader, setting: Setting, key: Hashable) -> Exact:
        counting, kind = asked.counting, asked.measure.kind
        unseen = self._unseen(counting.window, setting)
        if kind in ("count", "dates") and not counting.window.of_claim:
            return self._over_time(asked, reader, unseen)
        members = self._counted(asked, reader, key)
        if asked.itself:
            members = [(SUBJECT, *reader.truth(asked.formula, SUBJECT)), *members]
        if kind == "days_since":
            return self._since(members, unseen)
        if kind == "dates":
            return self._dates(members, unseen)
        return self._total(counting, members, unseen, reader)

    def _counted(self, asked: Lines | Quota, reader: Reader, key: Hashable) -> list[Member]:
        """List the lines other than the subject that satisfy a condition and agree with it, in its window."""
        if key not in self._members:
            window, found = asked.counting.window, list[Member]()
            for line, true, possible in self._satisfying(asked, reader):
                if not (window.of_claim and self.space.is_earlier(line)):
                    there = self._is_in(window, line)
                    found.append((line, self.graph.all((there, true)), self.graph.all((there, possible))))
            self._members[key] = found
        return self._members[key]

    def _satisfying(self, asked: Lines | Quota, reader: Reader) -> list[Member]:
        """List the lines other than the subject that satisfy a condition and agree with it, whenever they are."""
        _, *what = self._key(asked, reader)
        key = ("satisfying", *what)
        if key not in self._members:
            found = list[Member]()
            for line in self.space.every_line(subject=False):
                true, possible = reader.truth(asked.formula, line)
                agreed = [self._agree(name, line, reader) for name in sorted(set(asked.counting.same))]
                there = self.space.present(line)
                true = self.graph.all((there, true, *(each for each, _ in agreed)))
                found.append((line, true, self.graph.all((there, possible, *(each for _, each in agreed)))))
            self._members[key] = found
        return self._members[key]

    def _over_time(self, asked: Lines, reader: Reader, unseen: int) -> Exact:
        """Count lines, or their days, in a window over time.

        Earlier lines stand by their days, so those in a window are the first so many of them: how many of the first are
        counted is the same for every window.
        """
        graph, space, window = self.graph, self.space, asked.counting.window
        _, *what = self._key(asked, reader)
        key = (asked.measure.kind, asked.itself, *what)
        members = self._satisfying(asked, reader)
        if asked.itself:
            members = [(SUBJECT, *reader.truth(asked.formula, SUBJECT)), *members]
        there = {line: self._is_in(window, line) for line, *_ in members}

        def reached(at: int) -> Reached:
            counted = self._firsts(members, at) if asked.measure.kind == "dates" else [each[at] for each in members]
            each = list(zip((line for line, *_ in members), counted, strict=True))
            of_claim = [graph.all((there[line], literal)) for line, literal in each if not space.is_earlier(line)]
            earlier = [literal for line, literal in each if space.is_earlier(line)]
            lines = [graph.all((space.present(line), there[line])) for line, _ in each if space.is_earlier(line)]
            so_far = self._so_far.setdefault((*key, at), {})

            def in_window(number: int) -> int:
                if number <= 0:
                    return ALWAYS
                first = range(number, len(earlier) + 1)
                return graph.some(
                    graph.all((lines[many - 1], self._among(earlier, many, number, so_far))) for many in first
                )

            return lambda number: graph.some(
                graph.all((graph.at_least(beside, of_claim), in_window(number - beside)))
                for beside in range(len(of_claim) + 1)
            )

        least, most = reached(1), reached(2)
        return Exact(least, lambda number: graph.some((unseen, most(number))))

    def _among(self, counted: Sequence[int], first: int, number: int, known: dict[tuple[int, int], int]) -> int:
        """Say that of the first so many lines that many are counted; `known` is what has been said of these lines."""
        if number <= 0:
            return ALWAYS
        if number > first:
            return NEVER
        if (first, number) not in known:
            with_it = self.graph.all((counted[first - 1], self._among(counted, first - 1, number - 1, known)))
            known[first, number] = self.graph.some((self._among(counted, first - 1, number, known), with_it))
        return known[first, number]

    def _is_in(self, window: Window, line: int) -> int:
        """Say that a line is in the window of the subject."""
        window, days = plain_window(window), self.space.days
        if window.unit == "encounter":
            return ALWAYS
        if window.unit == "date" or days is None:
            return self.space.same_date(line)
        return self.graph.all((self.space.back(line, 0), -self._before(window, line)))

    def _before(self, window: Window, line: int) -> int:
        """Say that a line is before the first day of a window."""
        space, days = self.space, self.space.days
        starts = days.starts[window] if days else {}
        return self.graph.some(
            self.graph.all((space.subject_on(day), space.back(line, start + 1)))
            for day, start in starts.items()
            if start != Days.EVER
        )

    def _unseen(self, window: Window, setting: Setting) -> int:
        """Say that a window may hold lines that nobody gave."""
        days = self.space.days
        if window.of_claim or setting.has_whole_history or days is None:
            return NEVER
        return -self.graph.some(
            self.graph.all((self.space.subject_on(day), self.space.whole(start)))
            for day, start in days.starts[plain_window(window)].items()
        )

    def _agree(self, attribute: str, line: int, reader: Reader) -> TruthLiterals:
        """Say that a line agrees with the subject, and that it may."""
        graph, mine, theirs = self.graph, reader.held(attribute, SUBJECT), reader.held(attribute, line)
        known = graph.all((mine.known, theirs.known))
        if mine.steps:
            equal = graph.all(graph.same(one, two) for (_, one), (_, two) in zip(mine.steps, theirs.steps, strict=True))
        else:
            equal = graph.some(graph.all((one, theirs.values.get(value, NEVER))) for value, one in mine.values.items())
        return graph.all((known, equal)), graph.some((-known, equal))

    def _since(self, members: Sequence[Member], unseen: int) -> Exact:
        """Work out the days since the latest line, up to the subject's day."""
        graph, space = self.graph, self.space
        seen = [(line, *(graph.all((each, space.back(line, 0))) for each in both)) for line, *both in members]
        sure, some = graph.some(true for _, true, _ in seen), graph.some(possible for *_, possible in seen)

        def nearer(number: int, at: int) -> int:
            return graph.some(graph.all((each[at], -space.back(each[0], number))) for each in seen)

        there_may_be_one = graph.some((some, unseen))

        def low(number: int) -> int:
            return graph.all((there_may_be_one, -nearer(number, 2), graph.some((-unseen, space.whole(number - 1)))))

        def high(number: int) -> int:
            farther = graph.some(graph.all((possible, space.back(line, number))) for line, _, possible in seen)
            return graph.choose(sure, -nearer(number, 1), graph.some((unseen, farther)))

        return Exact(low, high, sure, -there_may_be_one)

    def _dates(self, members: Sequence[Member], unseen: int) -> Exact:
        """Count the days on which there is a line, by the first line that is listed of each."""
        graph = self.graph
        least, most = self._firsts(members, 1), self._firsts(members, 2)
        return Exact(
            lambda number: graph.at_least(number, least),
            lambda number: graph.some((unseen, graph.at_least(number, most))),
        )

    def _firsts(self, members: Sequence[Member], at: int) -> list[int]:
        """Say of each line that it is counted, and none of its day that is listed before it.

        Earlier lines stand by their days: those of one day follow each other.
        """
        graph, space, found = self.graph, self.space, list[int]()
        of_claim = [each for each in members if not space.is_earlier(each[0])]
        covered, last = NEVER, NEVER
        for place, each in enumerate(members):
            line, counted = each[0], each[at]
            ahead = of_claim[:place] if place < len(of_claim) else of_claim
            before = [graph.all((one[at], space.on_one_day(one[0], line))) for one in ahead]
            if place > len(of_claim):
                covered = graph.all((space.on_one_day(line - 1, line), graph.some((last, covered))))
                before.append(covered)
            if space.is_earlier(line):
                last = counted
            found.append(graph.all((counted, -graph.some(before))))
        return found

    def _total(self, counting: Counting, members: Sequence[Member], unseen: int, reader: Reader) -> Exact:
        """Count lines, or sum what they have."""
        graph, summed = self.graph, counting.summed
        if summed is None:
            return Exact(
                lambda number: graph.at_least(number, (true for _, true, _ in members)),
                lambda number: graph.some((unseen, graph.at_least(number, (each for *_, each in members)))),
            )
        lows, highs = self._amounts(counting, members, reader)
        endless = graph.some(
            graph.all((possible, endless)) for (*_, possible), (_, endless) in zip(members, highs, strict=True)
        )
        least = [
            [(value, graph.all((true, each))) for value, each in low]
            for (_, true, _), low in zip(members, lows, strict=True)
        ]
        most = [
            [(value, graph.all((may, each))) for value, each in high]
            for (*_, may), (high, _) in zip(members, highs, strict=True)
        ]
        return Exact(
            lambda number: self._sum(least, number),
            lambda number: graph.some((unseen, endless, self._sum(most, number))),
        )

    def _amounts(
        self, counting: Counting, members: Sequence[Member], reader: Reader
    ) -> tuple[list[list[tuple[int, int]]], list[tuple[list[tuple[int, int]], int]]]:
        """Give for each line what it has at least, and at most, as thresholds; and that it is without end."""
        both = [self._amount(counting, line, reader) for line, *_ in members]
        return [low for low, _, _ in both], [(high, endless) for _, high, endless in both]

    def _amount(
        self, counting: Counting, line: int, reader: Reader
    ) -> tuple[list[tuple[int, int]], list[tuple[int, int]], int]:
        summed = counting.summed
        if summed is None:
            return [(1, ALWAYS)], [(1, ALWAYS)], NEVER
        graph, held = self.graph, reader.held(summed.attribute, line)
        steps = [(value, each) for value, each in held.steps if value in self.plan.points[summed.attribute]]
        low = [
            (value, graph.choose(held.known, each, ALWAYS if summed.least >= value else NEVER)) for value, each in steps
        ]
        most = summed.most
        if most is None:
            return low, [(value, graph.all((held.known, each))) for value, each in steps], -held.known
        high = [(value, graph.choose(held.known, each, ALWAYS if most >= value else NEVER)) for value, each in steps]
        return low, high, NEVER

    def _sum(self, amounts: Sequence[list[tuple[int, int]]], number: int) -> int:
        """Say that amounts come to so much; each is given by thresholds that it reaches."""
        graph, known = self.graph, dict[tuple[int, int], int]()

        def reached(at: int, rest: int) -> int:
            if rest <= 0:
                return ALWAYS
            if at == len(amounts):
                return NEVER
            if (at, rest) not in known:
                with_it = (graph.all((each, reached(at + 1, rest - value))) for value, each in amounts[at] if value > 0)
                known[at, rest] = graph.some((reached(at + 1, rest), *with_it))
            return known[at, rest]

        return reached(0, number)

    def _shared(self, asked: Quota, reader: Reader, setting: Setting, key: Hashable) -> Exact:
        """Work out how much of the subject is within a quota, or over it."""
        graph, counting, limit = self.graph, asked.counting, asked.sharing.limit
        found = []
        for line, true, possible in self._counted(asked, reader, key):
            sure, perhaps = self._goes_before(asked, line, reader)
            found.append((line, graph.all((true, sure)), graph.all((possible, perhaps))))
        before = self._total(counting, found, self._unseen(counting.window, setting), reader)
        low, high, endless = self._amount(counting, SUBJECT, reader)
        member, perhaps_member = reader.truth(asked.formula, SUBJECT)

        def own_low(number: int) -> int:
            return graph.some(each for value, each in low if value >= number)

        def own_high(number: int) -> int:
            return graph.some((endless, *(each for value, each in high if value >= number)))

        def left(number: int, own: Sequence[tuple[int, int]], taken: Reached) -> int:
            return graph.some(
                graph.all((each, _at_least(taken, limit - value + number))) for value, each in own if value >= number
            )

        if asked.kind == "over":
            return Exact(
                lambda number: graph.all((member, left(number, low, before.low))),
                lambda number: graph.all((perhaps_member, graph.some((endless, left(number, high, before.high))))),
            )
        return Exact(
            lambda number: graph.all(
                (own_low(number), graph.some((-perhaps_member, -_at_least(before.high, limit - number + 1))))
            ),
            lambda number: graph.all(
                (own_high(number), graph.some((-member, -_at_least(before.low, limit - number + 1))))
            ),
        )

    def _goes_before(self, asked: Quota, line: int, reader: Reader) -> TruthLiterals:
        """Say that a line takes from a quota before the subject does, and that it may."""
        graph, space = self.graph, self.space
        if space.is_earlier(line):
            return ALWAYS, ALWAYS
        true = possible = space.goes_before(line)
        for how, name in reversed(asked.sharing.keys):
            mine, theirs = reader.held(name, SUBJECT), reader.held(name, line)
            known = graph.all((mine.known, theirs.known))
            more = graph.some(
                graph.all((two, -one)) for (_, one), (_, two) in zip(mine.steps, theirs.steps, strict=True)
            )
            less = graph.some(
                graph.all((one, -two)) for (_, one), (_, two) in zip(mine.steps, theirs.steps, strict=True)
            )
            first, last = (more, less) if how == "highest" else (less, more)
            true = graph.all((known, graph.some((first, graph.all((-last, true))))))
            possible = graph.some((-known, first, graph.all((-last, possible))))
        if not asked.counting.window.of_claim:
            sooner, later = space.back(line, 1), -space.back(line, 0)
            true = graph.some((sooner, graph.all((-later, true))))
            possible = graph.some((sooner, graph.all((-later, possible))))
        return true, possible


def _at_least(reached: Reached, number: int) -> int:
    return ALWAYS if number <= 0 else reached(number)
