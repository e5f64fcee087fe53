"""An encounter as the solver sees one: each variable of the space fixed to what the encounter says.

What class a value is of is worked out here from the sets that rules ask for, and the answer is read literal by literal,
so that nothing is taken from the modules that are held to account.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from tests.answers import is_answered
from tests.property.generated import read
from tests.property.words import Json

from payrule.analysis.difference import answer_of
from payrule.analysis.encoding import Encoding, Regime
from payrule.analysis.variables import SUBJECT, Slot
from payrule.compare.comparison_side import Side, rule_set
from payrule.encounter.decoder import value_reader
from payrule.encounter.encounter import Encounter, Line
from payrule.language.derived import units_support
from payrule.language.derived.units import is_supported
from payrule.language.enrichment import enrichment, scene
from payrule.language.names import typed
from payrule.language.truth import TRUE, UNKNOWN
from payrule.resolve.remittance import retired_answer
from payrule.results.difference import Answer
from payrule.rulebase.compile import CompiledRules


class Encoded:
    """The rules of some programs as constraints on every encounter, with room for some other lines."""

    def __init__(self, programs: Sequence[CompiledRules], others: int = 0) -> None:
        """Encode programs; as many other lines as are asked for, or as many as answers need where those are more."""
        rule_sets = [rule_set(program) for program in programs]
        self.programs = programs
        self.encoding = Encoding([Regime((), tuple(rule_sets))])
        self.space, self.solver = self.encoding.space, self.encoding.solver
        conditions = [each for rules in rule_sets for found in rules.other_lines().values() for each in found]
        self.any_date = not all(each.same_date for each in conditions)
        while self.space.others < others:
            self.space.add_other(any_date=self.any_date)
        self.answers = [self.encoding.answer(encoder) for encoder in self.encoding.encoders]
        self.solver.know(literal for answer in self.answers for literal in answer.literals())

    def seen(self, encounter: Encounter, subject: int) -> list[int]:
        """List the other lines that can matter to a subject, by their index: those of its date, or all."""
        date = encounter.lines[subject].date
        return [
            index
            for index, line in enumerate(encounter.lines)
            if index != subject and (self.any_date or line.date == date)
        ]

    def fixed(self, data: Json, encounter: Encounter, subject: int) -> Iterator[int]:
        """List the literals that say exactly what an encounter says, as seen from one of its lines."""
        places = [subject, *self.seen(encounter, subject)]
        yield self.encoding.guard
        for line in range(1, self.space.others + 1):
            here = line < len(places)
            yield self.space.present(line) if here else -self.space.present(line)
            if here:
                same = encounter.lines[places[line]].date == encounter.lines[subject].date
                yield self.space.same_date(line) if same else -self.space.same_date(line)
        for slot in self.space.slots():
            if slot.line is None or slot.line < len(places):
                yield from self.said(data, encounter, slot, places[slot.line or SUBJECT])

    def subject_alone(self, data: Json, encounter: Encounter, subject: int) -> Iterator[int]:
        """List the literals of what an encounter says of one line; others may be any, but no more than are needed."""
        needed = self.encoding.other_lines
        yield self.encoding.guard
        yield from (-self.space.present(line) for line in range(needed + 1, self.space.others + 1))
        for slot in self.space.slots():
            if slot.line in (None, SUBJECT):
                yield from self.said(data, encounter, slot, subject)

    def said(self, data: Json, encounter: Encounter, slot: Slot, index: int) -> Iterator[int]:
        """List the literals of what an encounter says in one slot."""
        held = self._held(data, encounter, slot, index)
        yield -slot.given if held is None else slot.given
        if held is None:
            return
        if slot.steps:
            yield from (literal if held >= threshold else -literal for threshold, literal in slot.steps)
        elif slot.many or slot.choices:
            elements = held if slot.many else [held]
            classes = {self._class_of(slot, each) for each in elements}
            yield from (literal if value in classes else -literal for value, literal in slot.choices)

    def _held(self, data: Json, encounter: Encounter, slot: Slot, index: int) -> Any:
        """Give what an encounter itself says: nothing that is presumed, nor what is taken by default.

        What it says in the place of another attribute, of which no rule asks, it says here.
        """
        if slot.settled:
            settling = next(each for each in self.programs if each.setting == self.space.settings[slot.settled])
            seen = [each.line for each in scene(encounter, enrichment(settling.vocabulary, settling.setting)).lines]
            support = units_support(seen, settling.setting)[seen[index].number].support
            truth = is_supported(support) if support else TRUE
            return None if truth is UNKNOWN else truth is TRUE
        place = index if slot.attribute.startswith("line.") else None
        written = read(data, (place, slot.attribute))
        source = next((each.default_from for each in self.space.declared(slot.attribute) if each.default_from), None)
        if written is None and source is not None and source not in self.space.asked:
            written = read(data, (None, source))
        return None if written is None else value_reader(self.space.declared(slot.attribute)[0])(written)

    def _class_of(self, slot: Slot, value: Any) -> Any:
        """Find what stands for a value: the one that is a member of the same sets."""
        asked = self.space.asked.get(slot.attribute)
        sets = asked.sets if asked else ()
        apart = slot.attribute in self.space.apart
        declared = self.space.declared(slot.attribute)[0]
        for representative, _ in slot.choices:
            stands_for = typed(declared, representative)
            alike = all((stands_for in members) == (value in members) for members in sets)
            if alike and (not apart or stands_for == value):
                return representative
        raise LookupError(f"no class of {slot.attribute} has {value!r} in it: {slot.choices}")

    def answered(self, which: int) -> list[Any]:
        """Read the answer of a program in the last model: of each part the only value that it has."""
        answer, found = self.answers[which], []
        for part in (*answer.parts(), answer.rule):
            (value,) = (value for value, literal in part.items() if self.solver.value(literal))
            found.append(value)
        return found

    def is_answered(self, which: int, answer: Answer) -> int:
        """Give the literal that the answer of a program is this one."""
        return is_answered(self.encoding.graph, self.answers[which], answer)


class Encodings:
    """What binds lines on some sides, encoded once for all lines that the same programs decide."""

    def __init__(self, sides: Sequence[Side], others: int = 0) -> None:
        """Take the sides, and how many other lines to make room for."""
        self.sides, self.others = sides, others
        self._shared: dict[tuple[CompiledRules, ...], Encoded] = {}

    def of(self, line: Line) -> Encoded:
        """Encode what binds a line, by its date."""
        programs = tuple(each.rulebase.program_on(each.terms, line.date) for each in self.sides)
        if programs not in self._shared:
            self._shared[programs] = Encoded(programs, self.others)
        return self._shared[programs]


def by_number(data: Json) -> Json:
    """Write the lines of an encounter in the order of their numbers, as answers list them."""
    return data | {"lines": sorted(data["lines"], key=lambda line: int(line["number"]))}


def referred(of: Side, data: Json) -> list[Answer]:
    """Answer every line by the reference evaluator alone, which is quick."""
    encounter = of.rulebase.encounter(data)
    words = of.rulebase.documents.vocabulary
    retired = {at: line for at, line in enumerate(encounter.lines) if of.rulebase.is_retired(line)}
    found: dict[int, Answer] = {at: answer_of(retired_answer(line, words)) for at, line in retired.items()}
    for program, subjects in of.rulebase.programs_for(of.terms, encounter):
        scene = program.scene(encounter)
        for index, matches in zip(subjects, program.referred(scene, subjects), strict=True):
            found[index] = answer_of(program.answer(scene, index, matches))
    return [found[index] for index in range(len(encounter.lines))]
