"""One run: some lines driven through the strata of a network, each to its fixed point before the next begins."""

from collections.abc import Iterable, Sequence

from payrule.chaining.driver import Desk
from payrule.chaining.layer import Layer
from payrule.chaining.limits import check_encounter
from payrule.chaining.messages import carried
from payrule.chaining.numbers import BOTH, DEFINITE, FIRST_DERIVED, LAST_DERIVED, POSSIBLE, line_number, sighting_number
from payrule.chaining.program import Program, message
from payrule.chaining.sightings import Sighting
from payrule.language.domains import UNKNOWN, members

Waiting = dict[int, list[str]]
"""Messages for the programs of a layer, by position."""
News = dict[int, list[int]]
"""Items that have just been derived, by line and reading: twice the line, and one more for the possible reading."""


class Run:
    """The state of a run: which lines each item is true of so far, and which rules matched which line.

    Lines are numbered through all encounters of the run; a set of lines is an integer, line i its bit i.
    """

    def __init__(
        self, rows: Sequence[list[int]], codes: Sequence[int], subjects: Sequence[int], seen: Sequence[Sighting]
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

    def through(self, layers: Iterable[Layer], needs: Sequence[int], desk: Desk) -> None:
        """Bring layer after layer to its fixed point; `needs` tells for which codes each item is needed."""
        self._true = ([0] * len(needs), [0] * len(needs))
        self._needs = needs
        for layer in layers:
            split = self._open()
            waiting = self._opening(layer, split=split)
            while waiting:
                news: News = {}
                for at, messages in waiting.items():
                    self._take(layer.programs[at], desk.fire(layer.numbers[at], messages), news)
                waiting = self._told(layer, news, split=split) if news else {}
            desk.clear()

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

    def _take(self, program: Program, heads: Iterable[str], news: News) -> None:
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
