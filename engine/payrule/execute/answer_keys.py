"""What an answer for a line rests on, so that it is worked out once for all lines of which that is the same.

Where nothing waits for facts, the code and the rules that match are enough. Where something does, it is also how true
the tests are in the conditions that may matter: a test says the same of two values that are the same to every rule.
Where a condition looks at another line, at a count of lines, or at a value that is computed over several lines, the
answer rests on all that rules read of the claim. What the executions match is worked out for each line all the same:
only what is said of it is remembered.

All is read off the reference evaluator's own conditions, so that the evaluator stays independent of every execution.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping

import msgspec

from payrule.encounter.encounter import CODE, DATE, UNITS
from payrule.execute.by_code import ByCode
from payrule.execute.reference import DatedTest, EvalContext, Evaluator, OverLines, Test, parts_of
from payrule.language.derived import Support, derived
from payrule.language.derived.units import MODIFIERS
from payrule.language.enriched_encounter import EnrichedEncounter, EnrichedLine
from payrule.language.truth import Matches, Truth
from payrule.model.values import Value
from payrule.model.vocabulary import Vocabulary
from payrule.source.memory import Remembered

MOST_LINES = 50
"""Lines of a claim of which answers are remembered that rest on all of it."""


class Asked(msgspec.Struct, frozen=True):
    """What conditions ask of a line alone.

    `tests` are attributes that it gives itself, each with how true a test on it is of each value, and `dated` the tests
    with other operands on other dates. `computed` are attributes that are computed of it, each with itself and all that
    it is computed from.
    """

    tests: tuple[tuple[str, Mapping[Value | None, Truth]], ...]
    dated: tuple[DatedTest, ...]
    computed: tuple[tuple[str, tuple[str, ...]], ...]

    def of(self, here: EvalContext) -> tuple[Hashable, ...]:
        """Say how true what is asked is of a line, and what it was computed from."""
        line, value = here.line, here.line.values.get
        found: list[Hashable] = [truths[value(attribute)] for attribute, truths in self.tests]
        found += [(test.truth(here), value(DATE)) for test in self.dated]
        for name, names in self.computed:
            found.append((value(DATE), line.waits.get(name), line.computed.get(name), *map(value, names)))
        return tuple(found)


class AnswerKeys:
    """Give keys by which answers are remembered; None where an answer rests on more than is looked at."""

    def __init__(
        self,
        by_code: ByCode,
        conditions: Mapping[str, Evaluator],
        vocabulary: Vocabulary,
        asks_modifiers: Callable[[str], bool],
        wanted: Iterable[str],
    ) -> None:
        """Take the rules by code and by name, and the attributes that they read of any line.

        `asks_modifiers` tells of which rules it is also asked whether they match as if a line had no modifiers.
        """
        self._by_code, self._conditions = by_code, conditions
        self._derived, self._asks_modifiers = derived(vocabulary), asks_modifiers
        self._tests = Remembered[str, tuple[Test, ...] | None](self._tests_of)
        self._asked = Remembered[tuple[frozenset[str], object], Asked | None](self._asked_by)
        every = {CODE, DATE, UNITS, MODIFIERS}.union(*map(self._with_inputs, wanted))
        self._every = tuple(sorted(name for name in every if "." in name))

    def of_matches(self, line: EnrichedLine, matches: Matches, supports: tuple[Support, ...]) -> Hashable:
        """Give what is the same for lines with the same answer but for its number, where nothing waits.

        `supports` are those of the line, where the answer says how many units are supported.
        """
        return line.values.get(CODE), matches, line.presumed, supports

    def of_line(self, here: EvalContext, matches: Matches, supports: tuple[Support, ...]) -> Hashable:
        """Give what is the same for lines with the same answer but for its number, by what is asked of them alone."""
        line, code = here.line, here.line.values.get(CODE)
        marked = code if line.values.get(MODIFIERS) else None
        asked = None if code is None else self._asked[matches.possible, marked]
        if asked is None or (asked.computed and (line.rows or here.scene.has_days)):
            return None
        return self.of_matches(line, matches, supports), marked is None, asked.of(here)

    def of_claim(self, scene: EnrichedEncounter) -> Hashable:
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

    def is_of_line(self, rule: str) -> bool:
        """Tell whether a rule asks only for what a line says itself, and for what is computed of it alone."""
        return self._tests[rule] is not None

    def _asked_by(self, key: tuple[frozenset[str], object]) -> Asked | None:
        """Collect what rules ask of a line; those, too, that may match a line of a code without its modifiers."""
        names, code = key
        bare = [] if code is None else [name for name, _ in self._by_code.asked(code) if self._asks_modifiers(name)]
        listed = [self._tests[name] for name in sorted(names.union(bare))]
        found = [each for each in listed if each is not None]
        return self._together([test for each in found for test in each]) if len(found) == len(listed) else None

    def _tests_of(self, rule: str) -> tuple[Test, ...] | None:
        """List the tests of a rule; None where something else is asked than what a line says alone."""
        found = []
        for each in _asked(self._conditions[rule]):
            if not isinstance(each, Test) or not all(map(self._is_alone, self._with_inputs(each.attribute))):
                return None
            found.append(each)
        return tuple(found)

    def _is_alone(self, attribute: str) -> bool:
        function = self._derived.lines.get(attribute)
        return "." in attribute and (function is None or function.alone)

    def _together(self, listed: Iterable[Test]) -> Asked:
        """Put what is asked together, each once, but for the code."""
        tests: dict[Hashable, tuple[str, Mapping[Value | None, Truth]]] = {}
        dated: list[DatedTest] = []
        computed: dict[str, tuple[str, ...]] = {}
        for each in listed:
            name = each.attribute
            if name in self._derived.lines:
                computed[name] = tuple(sorted(self._with_inputs(name)))
            elif isinstance(each, DatedTest):
                dated.append(each)
            elif name != CODE:
                tests[name, each.node.test, each.operand] = (name, each.truths)
        return Asked(tuple(tests.values()), tuple(dated), tuple(computed.items()))

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
