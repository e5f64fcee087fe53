"""What the answer for a line rests on: where rules read the same, and the same of them match, it is the same answer.

It rests on the line alone where no rule that can matter to it looks at another one, at a count of lines, or at a value
that is computed over several lines; otherwise on all that rules read of its claim. What the executions match is worked
out for each line all the same: only what is said of it is remembered.
"""

from collections.abc import Hashable, Iterable, Iterator
from functools import lru_cache

import msgspec

from payrule.execute.by_code import CODE, ByCode
from payrule.execute.reference import DatedTest, Evaluator, OverLines, Test, parts_of
from payrule.language.derived import derived
from payrule.language.derived.table_lookups import UNITS
from payrule.language.derived.units import MODIFIERS
from payrule.language.enriched_encounter import EnrichedEncounter, EnrichedLine
from payrule.language.truth import Matches
from payrule.model.vocabulary import Vocabulary

DATE = "line.date"

MOST_LINES = 50
"""Lines of a claim of which answers are remembered that rest on all of it."""


class OfCode(msgspec.Struct, frozen=True):
    """What rules read of lines of a code, and which of them look at more than the line, those on modifiers apart."""

    read: tuple[str, ...]
    beyond: frozenset[str]
    modifiers_beyond: bool


class Alone:
    """Tell lines apart that rules tell apart, of those whose answer rests on themselves alone."""

    def __init__(
        self, by_code: ByCode, vocabulary: Vocabulary, on_modifiers: frozenset[str], wanted: Iterable[str]
    ) -> None:
        """Take the rules by code, and the attributes that they read of any line.

        `on_modifiers` are rules that are also asked as if a line had no modifiers.
        """
        self._by_code, self._derived, self._on_modifiers = by_code, derived(vocabulary), on_modifiers
        self._of_code = lru_cache(maxsize=4096)(self._looked_at)
        every = {CODE, DATE, UNITS, MODIFIERS}.union(*map(self._with_inputs, wanted))
        self._every = tuple(sorted(name for name in every if "." in name))

    def key(self, scene: EnrichedEncounter, line: EnrichedLine, matches: Matches) -> Hashable:
        """Give what is the same for lines with the same answer but for its number; None for one that is not alone."""
        of_code = self._of_code(line.values.get(CODE))
        if of_code.modifiers_beyond or line.rows or line.beside or not of_code.beyond.isdisjoint(matches.possible):
            return None
        if scene.has_days:
            return None
        value = line.values.get
        computed = tuple(line.waits.items()), tuple(line.computed.items())
        return tuple([value(name) for name in of_code.read]), matches, line.presumed, line.supports, computed

    def claim(self, scene: EnrichedEncounter) -> Hashable:
        """Give what is the same for claims with the same answers, where the same rules match; None with a history.

        What is derived, and how lines are related, follows from what is read of them. Of long claims nothing is given.
        """
        history = scene.history
        if history.names or len(scene.lines) > MOST_LINES:
            return None
        lines = [
            (
                each.line.number,
                tuple([each.values.get(name) for name in self._every]),
                each.presumed,
                tuple(each.computed),
                tuple(each.line.most.items()),
            )
            for each in scene.lines
        ]
        return history.complete_from, history.is_complete, history.birth, tuple(lines)

    def _looked_at(self, code: object) -> OfCode:
        read, beyond = {MODIFIERS, CODE}, set()
        for name, condition in self._by_code.asked(code):
            if self._is_beyond(read, _asked(condition)):
                beyond.add(name)
        return OfCode(tuple(sorted(read)), frozenset(beyond), not beyond.isdisjoint(self._on_modifiers))

    def _is_beyond(self, read: set[str], asked: Iterable[Evaluator]) -> bool:
        """Note what is read of the line; tell whether something else is looked at."""
        found = False
        for each in asked:
            if not isinstance(each, Test):
                found = True
                continue
            read |= {DATE} if isinstance(each, DatedTest) else set()
            for name in self._with_inputs(each.attribute):
                function = self._derived.lines.get(name)
                found = found or "." not in name or (function is not None and not function.alone)
                read |= {name, *({DATE} if function else ())}
        return found

    def _with_inputs(self, attribute: str) -> set[str]:
        """Name an attribute with all that it is computed from."""
        found, waiting = set[str](), [attribute]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self._derived.inputs(name)
        return found


def _asked(condition: Evaluator) -> Iterator[Evaluator]:
    """List what is asked in a condition: tests, and what looks at other lines."""
    if isinstance(condition, (Test, OverLines)):
        yield condition
    else:
        for part in parts_of(condition):
            yield from _asked(part)
