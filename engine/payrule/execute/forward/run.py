"""The rulesets of one stratum, and which of them a line, an other line or news of a derived item goes to."""

from collections.abc import Callable, Iterable, Sequence

from payrule.execute.forward.driver import Session
from payrule.execute.forward.limits import (
    BOTH,
    DEFINITE,
    FIRST_DERIVED,
    LAST_DERIVED,
    POSSIBLE,
    check_encounter,
    line_number,
    sighting_number,
)
from payrule.execute.forward.messages import carried
from payrule.execute.forward.other_lines import OtherLineView
from payrule.execute.forward.ruleset import Ruleset, Shard, message
from payrule.language.domains import UNKNOWN, members

_MOST_REMEMBERED = 4096


class Routes(dict[int, tuple[int, ...]]):
    """The rulesets that matter to a line, by the tests that its code passes (all bits for an unknown code)."""

    def __init__(self, shards: Sequence[Shard], about: str) -> None:
        """Take the rulesets of a layer, and whether lines go there as subjects (`line`) or as other lines (`other`)."""
        super().__init__()
        self._shards = tuple(
            (at, need, each.classes)
            for at, each in enumerate(shards)
            if (need := each.line_need if about == "line" else each.other_need)
        )
        self._classes = frozenset(passed for each in shards for passed in each.classes or ())

    def __missing__(self, code: int) -> tuple[int, ...]:
        """Find the rulesets for codes that were not met before."""
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        found = self[code] = tuple(
            at
            for at, need, classes in self._shards
            if (need < 0 or need & code) and (classes is None or code in classes or code not in self._classes)
        )
        return found


class _Matter(dict[int, frozenset[int]]):
    """The rulesets that a line matters to in either way, by the tests that its code passes."""

    def __init__(self, lines: Routes, others: Routes) -> None:
        super().__init__()
        self._lines, self._others = lines, others

    def __missing__(self, code: int) -> frozenset[int]:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        found = self[code] = frozenset(self._lines[code] + self._others[code])
        return found


class Layer:
    """A stratum: its programs by position, each with its number in the network."""

    def __init__(self, programs: Iterable[Ruleset], number: Callable[[], int]) -> None:
        """Give the programs their numbers, and index what they read."""
        self.programs = tuple(programs)
        self.numbers = tuple(number() for _ in self.programs)
        rulesets = [each.shard for each in self.programs]
        self.lines = Routes(rulesets, "line")
        self.others = Routes(rulesets, "other")
        self.matter = _Matter(self.lines, self.others)
        self.readers: dict[int, tuple[int, ...]] = {}
        for at, program in enumerate(self.programs):
            for item in program.items:
                self.readers[item] = (*self.readers.get(item, ()), at)


Waiting = dict[int, list[str]]
"""Messages for the programs of a layer, by position."""
News = dict[int, list[int]]
"""Items that have just been derived, by line and reading: twice the line, and one more for the possible reading."""


class Run:
    """The state of a run: which lines each item is true of so far, and which rules matched which line.

    Lines are numbered through all encounters of the run; a set of lines is an integer, line i its bit i.
    """

    def __init__(
        self, rows: Sequence[list[int]], codes: Sequence[int], subjects: Sequence[int], seen: Sequence[OtherLineView]
    ) -> None:
        """Start with the tests that each line passes, those its code passes, and the other lines that subjects see."""
        check_encounter(0, len(seen))
        self.matched: list[list[str]] = [[] for _ in range(2 * len(rows))]
        """The rules that match, by line and reading as in News; a rule stands there once for each way it matches."""
        self._rows = rows
        self._codes = codes
        self._subjects = frozenset(subjects)
        self._seen = seen
        self._true: tuple[list[int], list[int]] = ([], [])
        self._needs: Sequence[int] = ()
        self._of_need: dict[int, int] = {}
        self._named = FIRST_DERIVED

    def through(self, layers: Iterable[Layer], needs: Sequence[int], session: Session) -> None:
        """Bring layer after layer to its fixed point; `needs` tells for which codes each item is needed."""
        self._true = ([0] * len(needs), [0] * len(needs))
        self._needs = needs
        for layer in layers:
            split = self._open()
            waiting = self._opening(layer, split=split)
            while waiting:
                news: News = {}
                for at, messages in waiting.items():
                    self._take(layer.programs[at], session.fire(layer.numbers[at], messages), news)
                waiting = self._told(layer, news, split=split) if news else {}
            session.clear()

    def _open(self) -> bool:
        """Tell whether anything is unknown by now; if nothing is, one reading stands for both."""
        return (
            any(UNKNOWN in row for row in self._rows)
            or any(UNKNOWN in each.row for each in self._seen)
            or self._true[DEFINITE] != self._true[POSSIBLE]
        )

    def _opening(self, layer: Layer, *, split: bool) -> Waiting:
        """Write what rulesets are first told: the lines and the other lines that matter to them."""
        waiting: Waiting = {}
        for line, code in enumerate(self._codes):
            for at in layer.lines[code]:
                program = layer.programs[at]
                if program.inner or line in self._subjects:
                    texts = program.line.write(self._rows[line], line, *self._true)
                    apart = split and program.joins_lines
                    _tell(waiting.setdefault(at, []), texts, line_number(line), None, apart=apart)
        for place, each in enumerate(self._seen):
            for at in layer.others[self._codes[each.other]]:
                program = layer.programs[at]
                texts = program.other.write(each.row, each.other, *self._true, same_date=each.same_date)
                of_line = line_number(each.other) if program.joins_others else None
                apart = split and program.joins_others
                _tell(waiting.setdefault(at, []), texts, sighting_number(place), of_line, apart=apart)
        return waiting

    def _take(self, program: Ruleset, heads: Iterable[str], news: News) -> None:
        """Note the rules that matched, and what was derived for the first time."""
        matched, meaning = self.matched, program.meaning
        for head in heads:
            sighted, place, slots, rules, derives = meaning[head]
            if rules:
                for slot in slots:
                    matched[slot] += rules
            if derives:
                lines = self._seen[place].subjects if sighted else 1 << place
                for item in derives:
                    needing = lines & self._needing(self._needs[item])
                    for slot in slots:
                        reading = slot & 1
                        new = needing & ~self._true[reading][item]
                        if new:
                            self._true[reading][item] |= new
                            for line in members(new):
                                news.setdefault(2 * line + reading, []).append(item)

    def _needing(self, need: int) -> int:
        """Give the lines that have a use for what answers a need."""
        lines = self._of_need.get(need)
        if lines is None:
            lines = sum(1 << line for line, code in enumerate(self._codes) if need < 0 or need & code)
            self._of_need[need] = lines
        return lines

    def _told(self, layer: Layer, news: News, *, split: bool) -> Waiting:
        """Write to every ruleset what it joins of the news, all that is new of one line in one message."""
        waiting: Waiting = {}
        for slot, items in news.items():
            line, reading = slot >> 1, slot & 1
            if split or reading == DEFINITE:
                number = line_number(line) + (reading if split else BOTH)
                matter = layer.matter[self._codes[line]]
                texts: dict[int, str] = {}
                for item in items:
                    for at in layer.readers.get(item, ()):
                        if at in matter:
                            texts[at] = texts.get(at, "") + carried(layer.programs[at].items[item])
                for at, text in texts.items():
                    waiting.setdefault(at, []).append(message(number, text, self._name()))
        return waiting

    def _name(self) -> int:
        self._named += 1
        if self._named > LAST_DERIVED:
            check_encounter(0, derived=self._named - FIRST_DERIVED)
        return self._named


def _tell(messages: list[str], texts: tuple[str, str], number: int, of_line: int | None, *, apart: bool) -> None:
    """Write a message in its two readings, or once as both; what can match nothing is left out."""
    certain, open_too = texts
    if apart or certain != open_too:
        for text, reading in ((certain, DEFINITE), (open_too, POSSIBLE)):
            if text:
                messages.append(message(number + reading, text, None, None if of_line is None else of_line + reading))
    elif certain:
        messages.append(message(number + BOTH, certain, None, None if of_line is None else of_line + BOTH))
