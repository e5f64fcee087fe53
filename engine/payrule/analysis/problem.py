"""What one side asks: its rules, and each condition at a line as two literals: it is true, and true or unknown.

One function a leaf. Kleene's logic on the two literals is conjunction and disjunction; negation swaps and negates them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import Any

import msgspec

from payrule.analysis.count_plan import Plan, days_asked, plan
from payrule.analysis.counts import Comes, Counts, Held
from payrule.analysis.derived import REGION_RELATION, UNITS_SUPPORTED, Related
from payrule.analysis.lookups import LOOKED_UP, TruthLiterals, known, usage_of_providers
from payrule.analysis.rule_set import RuleSet, counts_in
from payrule.analysis.solver import ALWAYS, NEVER, Graph, Solver
from payrule.analysis.value_classes import Usage, plainly, usage_of
from payrule.analysis.variables import SUBJECT, Slot, Variables
from payrule.encounter.decoder import borrowed
from payrule.encounter.encounter import CODE, DATE, UNITS
from payrule.language.derived.relations import REGIONS, SAME_PROVIDER
from payrule.language.derived.relations import TYPE as PROVIDER_TYPE
from payrule.language.derived.table_lookups import ADD_ON
from payrule.language.lower import (
    All,
    AttributeLeaf,
    Contains,
    FactLeaf,
    Formula,
    Lines,
    Not,
    OneOf,
    OtherLine,
    Quota,
    Range,
    Some,
    inlined,
)
from payrule.model.encounter_schema import STRUCTURE, earlier_attributes
from payrule.model.values import ValueSet, day_after
from payrule.model.vocabulary import Attribute


class CodeClasses(msgspec.Struct, frozen=True):
    """A code for each class that nothing tells apart, what tells them apart, and the codes that rules name singly."""

    values: tuple[str, ...]
    sets: tuple[ValueSet, ...]
    declared: tuple[Attribute, ...]
    named: frozenset[str] = frozenset()


def code_classes(rule_sets: Sequence[RuleSet], counts: Sequence[Lines | Quota]) -> CodeClasses | None:
    """Find the classes of codes that no condition of some rule sets tells apart, nor any table that they look up.

    `counts` are those that the rules ask. None where a line may have no code.
    """
    questions, apart, named = _questions(rule_sets, (), frozenset())
    _also(questions, (usage_of(each.formula for each in counts),))
    vocabularies = tuple({id(each.vocabulary): each.vocabulary for each in rule_sets}.values())
    space = Variables(Graph(), vocabularies, questions, apart)
    space.limit_dates()
    code = space.slot(CODE, SUBJECT)
    if code.given != ALWAYS:
        return None
    sets = questions[CODE].sets if CODE in questions else ()
    return CodeClasses(tuple(value for value, _ in code.choices), sets, tuple(space.declared(CODE)), named)


def _reaches(taken: Any, value: Any) -> int:
    return ALWAYS if taken is not None and taken >= value else NEVER


class Encoder:
    """Encode what a rule set asks of the encounters of a space."""

    def __init__(self, space: Variables, rules: RuleSet, guard: int = ALWAYS, counts: Counts | None = None) -> None:
        """Take the space and the rules; `guard` is assumed where answers rest on what is computed over lines."""
        self.space, self.graph, self.rules = space, space.graph, rules
        self.counts = counts or Counts(space, guard, Plan())
        self.taken = rules.taken()
        attributes = STRUCTURE | rules.vocabulary.attributes
        self.taken_earlier = rules.taken(attributes | earlier_attributes(attributes))
        self.settled = (rules.setting, self.taken, rules.vocabulary.frequency, rules.vocabulary.spans)
        self.related = Related(space, rules.setting, self.taken, guard)
        self._facts: dict[tuple[str, int, bool], TruthLiterals] = {}

    def matches(self) -> tuple[dict[str, int], dict[str, int]]:
        """Give for each rule the literals that it matches the subject definitely, and possibly."""
        found = {name: self.truth(condition, SUBJECT) for name, condition in self.rules.conditions.items()}
        return {name: truth[0] for name, truth in found.items()}, {name: truth[1] for name, truth in found.items()}

    def truth(self, condition: Formula, line: int, *, alone: bool = False) -> TruthLiterals:
        """Encode a condition at a line; `alone` leaves open what is asked of other lines."""
        if isinstance(condition, Not):
            true, possible = self.truth(condition.part, line, alone=alone)
            return -possible, -true
        if isinstance(condition, (All, Some)):
            parts = [self.truth(part, line, alone=alone) for part in condition.parts]
            join = self.graph.all if isinstance(condition, All) else self.graph.some
            return join(each[0] for each in parts), join(each[1] for each in parts)
        if isinstance(condition, FactLeaf):
            return self._fact(condition, line, alone=alone)
        if isinstance(condition, (OtherLine, Lines, Quota)):
            return (NEVER, ALWAYS) if alone else self._of_others(condition, line)
        found = [self._test(leaf, line) for leaf in plainly(condition)]
        return self.graph.some(each[0] for each in found), self.graph.some(each[1] for each in found)

    def _of_others(self, condition: OtherLine | Lines | Quota, line: int) -> TruthLiterals:
        if isinstance(condition, OtherLine):
            lines = [self.satisfied_by(condition, other) for other in range(1, self.space.others + 1)]
            return self.graph.some(each[0] for each in lines), self.graph.some(each[1] for each in lines)
        return self.counts.truth(self.written_out(condition), line, self, self.rules.setting)

    def within(self, quota: Quota) -> Comes:
        """Say how much of the subject is within a quota."""
        written = self.written_out(quota)
        if not isinstance(written, Quota):
            raise TypeError(written)
        return self.counts.shares(written, SUBJECT, self, self.rules.setting)

    def written_out(self, condition: Lines | Quota) -> Lines | Quota:
        """Write out the facts that a count rests on."""
        whole = inlined(condition, self.rules.facts)
        if not isinstance(whole, (Lines, Quota)):
            raise TypeError(whole)
        return whole

    def held(self, attribute: str, line: int) -> Held:
        """Say what a line holds of an attribute, said by the claim or taken where it says nothing."""
        slot, graph = self._slot(attribute, line), self.graph
        taken: Any = self._taken(attribute, line)
        if slot.steps or (not slot.many and not slot.choices):
            steps = [(value, graph.choose(slot.given, each, _reaches(taken, value))) for value, each in slot.steps]
            return Held(ALWAYS if taken is not None else slot.given, steps=tuple(steps))
        values = {value: graph.all((slot.given, literal)) for value, literal in slot.choices}
        known, source = slot.given, self._source(attribute, line)
        if taken is not None:
            known = ALWAYS
            for value in taken if slot.many else (taken,):
                values[value] = graph.some((values.get(value, NEVER), -slot.given))
        elif source is not None:
            lent = self.held(source, line)
            known = graph.choose(slot.given, ALWAYS, lent.known)
            for value, literal in lent.values.items():
                values[value] = graph.some((values.get(value, NEVER), graph.all((-slot.given, literal))))
        return Held(known, values)

    def satisfied_by(self, condition: OtherLine, line: int) -> TruthLiterals:
        """Encode that one line is what a condition on other lines asks for."""
        here = [self.space.present(line)] + ([self.space.same_date(line)] if condition.same_date else [])
        true, possible = self.truth(condition.formula, line)
        return self.graph.all((*here, true)), self.graph.all((*here, possible))

    def _fact(self, leaf: FactLeaf, line: int, *, alone: bool) -> TruthLiterals:
        key = (leaf.name, line, alone)
        if key not in self._facts:
            self._facts[key] = self.truth(self.rules.facts[leaf.name], line, alone=alone)
        return self._facts[key]

    def _test(self, leaf: AttributeLeaf, line: int) -> TruthLiterals:
        if isinstance(leaf, Range):
            return self._range(leaf, line)
        return self._contains(leaf, line) if isinstance(leaf, Contains) else self._one_of(leaf, line)

    def _one_of(self, leaf: OneOf, line: int) -> TruthLiterals:
        looked_up = self.related.looked_up(leaf, line)
        if looked_up is not None:
            return looked_up
        if "." not in leaf.attribute:
            return self.related.pair(leaf, line)
        slot = self._slot(leaf.attribute, line)
        holds = self.graph.some(literal for value, literal in slot.choices if value in leaf.values)
        taken = self._taken(leaf.attribute, line)
        source = self._source(leaf.attribute, line) if taken is None else None
        if source is not None:
            true, possible = self._one_of(OneOf(source, leaf.values), line)
            return self.graph.choose(slot.given, holds, true), self.graph.choose(slot.given, holds, possible)
        return self._given(slot, holds, None if taken is None else taken in leaf.values)

    def _taken(self, attribute: str, line: int) -> Any:
        """Give the value that a line is taken to have where the claim says nothing of it; None where there is none."""
        return (self.taken_earlier if self.space.is_earlier(line) else self.taken).get(attribute)

    def _source(self, attribute: str, line: int) -> str | None:
        """Name the attribute whose value one holds where a claim leaves it out, as far as some rule asks for it.

        An earlier line holds no value of another attribute, nor of this claim.
        """
        if self.space.is_earlier(line):
            return None
        named = next((each.default_from for each in self.space.declared(attribute) if each.default_from), None)
        return named if named in self.space.asked else None

    def _range(self, leaf: Range, line: int) -> TruthLiterals:
        slot = self._slot(leaf.attribute, line)
        steps = dict(slot.steps)
        above = ALWAYS if leaf.low is None else steps[leaf.low]
        below = ALWAYS if leaf.below is None else -steps[leaf.below]
        taken: Any = self._taken(leaf.attribute, line)
        inside = None
        if taken is not None:
            inside = (leaf.low is None or leaf.low <= taken) and (leaf.below is None or taken < leaf.below)
        return self._given(slot, self.graph.all((above, below)), inside)

    def _contains(self, leaf: Contains, line: int) -> TruthLiterals:
        slot = self._slot(leaf.attribute, line)
        wanted = (literal for value, literal in slot.choices if leaf.values is None or value in leaf.values)
        taken: Any = self._taken(leaf.attribute, line)
        holds = None if taken is None else bool(taken) if leaf.values is None else leaf.values.intersects(taken)
        return self._given(slot, self.graph.some(wanted), holds)

    def _slot(self, attribute: str, line: int) -> Slot:
        slot = self.related.computed(attribute, line)
        return slot if slot is not None else self.space.slot(attribute, line)

    def _given(self, slot: Slot, holds: int, taken: bool | None) -> TruthLiterals:  # noqa: FBT001 - one value of three
        """Say that a test holds of what a claim gives, or else of the value that is taken where it gives nothing."""
        if taken is None:
            return self.graph.all((slot.given, holds)), self.graph.some((-slot.given, holds))
        found = self.graph.choose(slot.given, holds, ALWAYS if taken else NEVER)
        return found, found


_NEAR = 4
"""Earlier lines more or less that make no difference to how long a question takes."""


class Room(msgspec.Struct, frozen=True):
    """What there is room for: so many other lines, also of other dates, and which numbers of units are told apart.

    With `earlier` there are no more earlier lines than that, although counts ask for more. `alike` are the counts that
    both sides ask.
    """

    others: int
    any_date: bool
    points: tuple[int, ...] = ()
    earlier: int | None = None
    alike: frozenset[Lines | Quota] = frozenset()


class Problem:
    """Encode encounters of the subject; without `room` it is alone until lines are added, and counts stay open."""

    def __init__(  # noqa: PLR0913 - what is known of claims before there are any
        self,
        rule_sets: Sequence[RuleSet],
        breaks: Sequence[date],
        expired: Callable[[], bool],
        also: Sequence[Formula],
        room: Room | None = None,
        *,
        named: frozenset[str] = frozenset(),
    ) -> None:
        """Take the rule sets, the days on which other versions begin to apply, and formulas that questions will ask.

        `named` are codes that other rules name: tables are looked up for these too.
        """
        self.graph = Graph(expired)
        questions, apart, named = _questions(rule_sets, also, named)
        if room is not None and room.points:
            _also(questions, ({UNITS: Usage((), room.points)},))
        vocabularies = tuple({id(each.vocabulary): each.vocabulary for each in rule_sets}.values())
        asked = () if room is None else tuple(counts_in(rule_sets, also))
        self.plan = plan(asked, vocabularies, questions, frozenset() if room is None else room.alike)
        self.is_narrow = room is not None and room.earlier is not None and room.earlier < self.plan.earlier - _NEAR
        if room is not None and room.earlier is not None and self.is_narrow:
            self.plan = msgspec.structs.replace(self.plan, earlier=room.earlier)
        _also(questions, (self.plan.usage,))
        _lend(questions, rule_sets)
        self.space = Variables(self.graph, vocabularies, questions, apart, breaks)
        self.space.named = named
        self.looks_up = any(self.space.function(name) in LOOKED_UP for name in questions)
        self.looks_for_primaries = any(self.space.function(name) == ADD_ON for name in questions)
        self.guard = self.graph.variable()
        self.space.limit_dates()
        self._choose_days(breaks)
        self.space.slot(DATE, SUBJECT)
        self.space.slot(CODE, SUBJECT)
        if room is not None:
            self._add_lines(room)
        self.solver = Solver(self.graph, self.space.axioms, expired)
        self.counts = Counts(self.space, self.guard, self.plan)
        self.encoders = [Encoder(self.space, rules, self.guard, self.counts) for rules in rule_sets]

    def _choose_days(self, breaks: Iterable[date]) -> None:
        if self.plan.has_days:
            self.space.dated = frozenset(self.space.asked[DATE].thresholds)
            thresholds = sorted({*self.space.dated, *breaks} - {date.min, date.max})
            self.space.days = days_asked(self.plan, thresholds, self.space.ordinary(DATE))
            days = self.space.days.subjects if self.space.days else ()
            ends = {end for day in days for end in (day, day_after(day)) if end is not None}
            self.space.asked[DATE] = self.space.asked[DATE].and_also(Usage((), tuple(sorted(ends))))

    def _add_lines(self, room: Room) -> None:
        for _ in range(max(room.others, self.plan.beside)):
            self.space.add_other(any_date=room.any_date or self.plan.any_date)
        for _ in range(self.plan.earlier):
            self.space.add_earlier()
        self.space.count_days(self.guard)


def _questions(
    rule_sets: Sequence[RuleSet], also: Sequence[Formula], named: frozenset[str]
) -> tuple[dict[str, Usage], frozenset[str], frozenset[str]]:
    """Collect what is asked of each attribute; attributes of which every value matters; codes that rules name."""
    facts = (rules.facts_below(*rules.conditions.values()).values() for rules in rule_sets)
    found = usage_of((*_conditions(rule_sets), *chain(*facts), *also))
    named |= frozenset(str(value) for members in found.get(CODE, Usage()).sets for value in members.values)
    computed = {
        rules.vocabulary.attributes[name].function
        for rules in rule_sets
        for name in tuple(found)
        if name in rules.vocabulary.attributes
    }
    if UNITS_SUPPORTED in computed:
        timed = {rules.setting.timed_codes: None for rules in rule_sets}
        found[CODE] = found.get(CODE, Usage()).and_also(Usage(tuple(timed)))
    if computed & LOOKED_UP:
        _also(found, (known(rules.setting, named).asked(rules.setting.tables) for rules in rule_sets))
    apart = {REGIONS} if REGION_RELATION in computed else set[str]()
    if computed & {SAME_PROVIDER, ADD_ON}:
        apart.add(PROVIDER_TYPE)
        _also(found, (usage_of_providers(rules.vocabulary) for rules in rule_sets))
    _lend(found, rule_sets)
    return found, frozenset(apart), named


def _conditions(rule_sets: Sequence[RuleSet]) -> Iterator[Formula]:
    """List the conditions of all rules, those once that a rule set has as the first one has them."""
    first, *others = (each.conditions for each in rule_sets)
    yield from first.values()
    for each in others:
        yield from (condition for name, condition in each.items() if first.get(name) != condition)


def _lend(found: dict[str, Usage], rule_sets: Sequence[RuleSet]) -> None:
    """Ask of an attribute what is asked of one that holds its value where a claim leaves that out."""
    lent = {name: source for rules in rule_sets for name, source in borrowed(rules.vocabulary.attributes).items()}
    _also(found, ({source: found[name]} for name, source in lent.items() if name in found and source in found))


def _also(found: dict[str, Usage], more: Iterable[Mapping[str, Usage]]) -> None:
    for each in more:
        for name, asked_more in each.items():
            found[name] = found.get(name, Usage()).and_also(asked_more)
