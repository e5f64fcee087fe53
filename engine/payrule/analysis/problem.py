"""Encode the conditions of one side, at a line of the space, as two literals: it is true, and it is true or unknown.

One function a leaf. Kleene's logic on the two literals is conjunction and disjunction; negation swaps and negates them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from payrule.analysis.derived import REGION_RELATION, REGIONS, UNITS_SUPPORTED, Related
from payrule.analysis.graph import ALWAYS, NEVER, Graph
from payrule.analysis.lookups import LOOKED_UP, TruthLiterals, asked_of_providers, known
from payrule.analysis.rulesets import RuleSet
from payrule.analysis.solver import Solver
from payrule.analysis.value_classes import Asked, asked, plainly
from payrule.analysis.variables import CODE, DATE, SUBJECT, Slot, Space
from payrule.encounter.decoder import borrowed
from payrule.language.derived.relations import SAME_PROVIDER
from payrule.language.derived.relations import TYPE as PROVIDER_TYPE
from payrule.language.derived.table_lookups import ADD_ON
from payrule.language.lower import (
    All,
    AttributeLeaf,
    Contains,
    FactLeaf,
    Formula,
    Not,
    OneOf,
    OtherLine,
    Range,
    Some,
)
from payrule.model.vocabulary import Vocabulary

NOT_ASKED: TruthLiterals = (NEVER, ALWAYS)
"""A condition that could turn out either way."""


class Encoder:
    """Encode what a rule set asks of the encounters of a space."""

    def __init__(self, space: Space, rules: RuleSet, guard: int = ALWAYS) -> None:
        """Take the space, which other rule sets may share, and the rules.

        `guard` is assumed wherever an answer rests on what is taken for granted of attributes that are computed over
        several lines.
        """
        self.space, self.graph, self.rules = space, space.graph, rules
        self.taken = rules.taken()
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
        if isinstance(condition, OtherLine):
            return NOT_ASKED if alone else self._other_line(condition)
        found = [self._test(leaf, line) for leaf in plainly(condition)]
        return self.graph.some(each[0] for each in found), self.graph.some(each[1] for each in found)

    def satisfied_by(self, condition: OtherLine, line: int) -> TruthLiterals:
        """Encode that one line is what a condition on other lines asks for."""
        here = [self.space.present(line)] + ([self.space.same_date(line)] if condition.same_date else [])
        true, possible = self.truth(condition.formula, line)
        return self.graph.all((*here, true)), self.graph.all((*here, possible))

    def _other_line(self, condition: OtherLine) -> TruthLiterals:
        lines = [self.satisfied_by(condition, line) for line in range(1, self.space.others + 1)]
        return self.graph.some(each[0] for each in lines), self.graph.some(each[1] for each in lines)

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
        taken = self.taken.get(leaf.attribute)
        source = self._source(leaf.attribute) if taken is None else None
        if source is not None:
            true, possible = self._one_of(OneOf(source, leaf.values), line)
            given, silent = self.graph.all((slot.given, holds)), -slot.given
            return (
                self.graph.some((given, self.graph.all((silent, true)))),
                self.graph.some((given, self.graph.all((silent, possible)))),
            )
        return self._given(slot, holds, None if taken is None else taken in leaf.values)

    def _source(self, attribute: str) -> str | None:
        """Name the attribute whose value one holds where a claim leaves it out, as far as some rule asks for it."""
        named = next((each.default_from for each in self.space.declared(attribute) if each.default_from), None)
        return named if named in self.space.asked else None

    def _range(self, leaf: Range, line: int) -> TruthLiterals:
        slot = self._slot(leaf.attribute, line)
        steps = dict(slot.steps)
        above = ALWAYS if leaf.low is None else steps[leaf.low]
        below = ALWAYS if leaf.below is None else -steps[leaf.below]
        taken: Any = self.taken.get(leaf.attribute)
        inside = None
        if taken is not None:
            inside = (leaf.low is None or leaf.low <= taken) and (leaf.below is None or taken < leaf.below)
        return self._given(slot, self.graph.all((above, below)), inside)

    def _contains(self, leaf: Contains, line: int) -> TruthLiterals:
        slot = self._slot(leaf.attribute, line)
        wanted = (literal for value, literal in slot.choices if leaf.values is None or value in leaf.values)
        taken: Any = self.taken.get(leaf.attribute)
        holds = None if taken is None else bool(taken) if leaf.values is None else leaf.values.intersects(taken)
        return self._given(slot, self.graph.some(wanted), holds)

    def _slot(self, attribute: str, line: int) -> Slot:
        slot = self.related.computed(attribute, line)
        return slot if slot is not None else self.space.slot(attribute, line)

    def _given(self, slot: Slot, holds: int, taken: bool | None) -> TruthLiterals:  # noqa: FBT001 - one value of three
        """Say that a test holds of what a claim gives, or else of the value that is taken where it gives nothing."""
        if taken is None:
            return self.graph.all((slot.given, holds)), self.graph.some((-slot.given, holds))
        found = self.graph.some((self.graph.all((slot.given, holds)), -slot.given if taken else NEVER))
        return found, found


class Ground:
    """Encode encounters of the subject alone; other lines are added to its space."""

    def __init__(
        self,
        rule_sets: Sequence[RuleSet],
        breaks: Iterable[date],
        expired: Callable[[], bool],
        also: Sequence[Formula],
    ) -> None:
        """Take the rule sets, the days on which other versions begin to apply, and formulas that questions will ask."""
        self.graph = Graph(expired)
        questions, apart, named = _questions(rule_sets, also)
        self.space = Space(self.graph, _vocabularies(rule_sets), questions, apart, breaks)
        self.space.named = named
        self.looks_up = any(self.space.function(name) in LOOKED_UP for name in questions)
        self.looks_for_primaries = any(self.space.function(name) == ADD_ON for name in questions)
        self.guard = self.graph.variable()
        self.space.limit_dates()
        self.space.slot(DATE, SUBJECT)
        self.space.slot(CODE, SUBJECT)
        self.solver = Solver(self.graph, self.space.axioms, expired)
        self.encoders = [Encoder(self.space, rules, self.guard) for rules in rule_sets]


def _vocabularies(rule_sets: Sequence[RuleSet]) -> list[Vocabulary]:
    found: list[Vocabulary] = []
    for rules in rule_sets:
        if not any(rules.vocabulary is each for each in found):
            found.append(rules.vocabulary)
    return found


def _questions(
    rule_sets: Sequence[RuleSet], also: Sequence[Formula]
) -> tuple[dict[str, Asked], frozenset[str], frozenset[str]]:
    """Collect what the rules ask, and what the functions that compute attributes look at in turn.

    Beside it stand the attributes of which every value matters, and the codes that rules name one by one.
    """
    conditions = [each for rules in rule_sets for each in (*rules.conditions.values(), *rules.used_facts().values())]
    found = asked((*conditions, *also))
    named = frozenset(str(value) for members in found.get(CODE, Asked()).sets for value in members.values)
    computed = {
        rules.vocabulary.attributes[name].derived
        for rules in rule_sets
        for name in tuple(found)
        if name in rules.vocabulary.attributes
    }
    if UNITS_SUPPORTED in computed:
        timed = {rules.setting.timed_codes: None for rules in rule_sets}
        found[CODE] = found.get(CODE, Asked()).and_also(Asked(tuple(timed)))
    if computed & LOOKED_UP:
        _also(found, (known(rules.setting, named).asked(rules.setting.tables) for rules in rule_sets))
    apart = {REGIONS} if REGION_RELATION in computed else set[str]()
    if computed & {SAME_PROVIDER, ADD_ON}:
        apart.add(PROVIDER_TYPE)
        _also(found, (asked_of_providers(rules.vocabulary) for rules in rule_sets))
    lent = {name: source for rules in rule_sets for name, source in borrowed(rules.vocabulary.attributes).items()}
    _also(found, ({source: found[name]} for name, source in lent.items() if name in found and source in found))
    return found, frozenset(apart), named


def _also(found: dict[str, Asked], more: Iterable[Mapping[str, Asked]]) -> None:
    """Ask more of attributes."""
    for each in more:
        for name, asked_more in each.items():
            found[name] = found.get(name, Asked()).and_also(asked_more)
