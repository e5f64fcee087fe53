"""What a line is while some facts of its claim are known: by the reference evaluator, and without the details.

Whatever else becomes known, a disposition other than `pending` stays as it is; so nothing is tried beyond it.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import msgspec

from payrule.ask.facts import Answer, Fact, Values, told
from payrule.encounter.encounter import Encounter
from payrule.execute.reference import EvalContext
from payrule.language.enriched_encounter import EnrichedEncounter
from payrule.language.truth import Matches
from payrule.model.choices import Disposition
from payrule.resolve.days import STRONGEST_FIRST
from payrule.rulebase.compile import CompiledRules
from payrule.rulebase.request import DecisionRequest
from payrule.rulebase.rulebase import Rulebase
from payrule.source.diagnostics import EncounterError, RequestError

Known = frozenset[tuple[Fact, Answer]]
"""Facts with what was answered, or supposed."""

NOTHING: Known = frozenset()


class Standing(msgspec.Struct, frozen=True):
    """What a line is: its disposition and, where it is pending, the facts that it waits for and that can be asked.

    `others` are those that it waits for and a claim cannot say.
    """

    disposition: Disposition
    waits: tuple[Fact, ...] = ()
    others: tuple[str, ...] = ()


class OverBudgetError(Exception):
    """More had to be tried than was allowed."""


class Case:
    """One line of a claim, under the terms of a payer; what is tried of it is tried once.

    `unknown` are facts that nobody knows: they are not asked, and no value of them is tried.
    """

    def __init__(
        self,
        rulebase: Rulebase,
        terms: DecisionRequest,
        claim: Mapping[str, Any],
        number: int,
        unknown: frozenset[str] = frozenset(),
    ) -> None:
        """Take a claim as JSON says it; raises EncounterError for one that is wrong, RequestError for no such line."""
        self.rulebase, self.terms, self.claim, self.number, self.unknown = rulebase, terms, claim, number, unknown
        encounter, findings = rulebase.validator.read(claim)
        if encounter.without_code_or_date:
            raise EncounterError(each for each in findings if each.severity == "error")
        if number not in {line.number for line in encounter.lines}:
            listed = ", ".join(str(line.number) for line in encounter.lines) or "none"
            raise RequestError.of("no-line", f"the claim has no line {number}", f"its lines: {listed}")
        self._vocabulary = rulebase.documents.vocabulary
        conditions = chain.from_iterable(
            (program.meanings[name] for name in matches.waiting) for program, _, _, matches in self._matched(encounter)
        )
        self._values = Values(self._vocabulary, conditions, claim)
        self._found: dict[Known, Standing] = {}
        self._fitting: dict[Fact, tuple[Answer, ...]] = {}
        self._order = {name: at for at, name in enumerate(self._vocabulary.attributes)}
        self.tried = 0
        self.most: int | None = None

    def standing(self, known: Known = NOTHING) -> Standing:
        """Say what the line is while these facts are known besides the claim.

        Raises OverBudgetError where more was tried than `most`, EncounterError for values that do not fit together.
        """
        found = self._found.get(known)
        if found is None:
            if self.most is not None and self.tried >= self.most:
                raise OverBudgetError
            self.tried += 1
            found = self._found[known] = self._decided(dict(known))
        return found

    def values(self, fact: Fact) -> tuple[Answer, ...]:
        """List the values of a fact that stand for all others, and that the claim can hold."""
        if fact not in self._fitting:
            self._fitting[fact] = tuple(each for each in self._values.of(fact.attribute) if self._fits(fact, each))
        return self._fitting[fact]

    def is_complete(self, fact: Fact) -> bool:
        """Tell whether every value of a fact is like one that is tried."""
        return self._values.is_complete(fact.attribute)

    def _fits(self, fact: Fact, value: Answer) -> bool:
        try:
            self.rulebase.encounter(told(self.claim, {fact: value}))
        except EncounterError:
            return False
        return True

    def _matched(self, encounter: Encounter) -> Iterator[tuple[CompiledRules, EnrichedEncounter, int, Matches]]:
        """Match each day of the line by the reference evaluator."""
        days = self.rulebase.in_days(encounter)
        for program, subjects in self.rulebase.programs_for(self.terms, days):
            own = [at for at in subjects if days.lines[at].number == self.number]
            if own:
                scene = program.scene(days)
                yield from ((program, scene, *each) for each in zip(own, program.referred(scene, own), strict=True))

    def _decided(self, known: Mapping[Fact, Answer]) -> Standing:
        encounter = self.rulebase.encounter(told(self.claim, known))
        found: list[tuple[Disposition, frozenset[str]]] = []
        for program, scene, at, matches in self._matched(encounter):
            verdict, waits = program.verdict(matches), frozenset[str]()
            if verdict.disposition == "pending":
                here = EvalContext(scene, scene.lines[at])
                waits = waits.union(*(program.meanings[name].waits(here) for name in verdict.open_rules))
            found.append((verdict.disposition, waits))
        if not found:  # no rule is asked of a code that had ended
            return Standing(self.rulebase.decide_under(self.terms, encounter).line(self.number).disposition)
        disposition = min((each for each, _ in found), key=STRONGEST_FIRST.index)
        if disposition != "pending":
            return Standing(disposition)
        names = frozenset().union(*(waits for each, waits in found if each == "pending"))
        facts = {name: Fact.named(name, self.number, self._vocabulary) for name in names}
        # What is known may still be waited for, such as a birth date after the date of service.
        asked = [fact for fact in facts.values() if fact and fact not in known and fact.name not in self.unknown]
        others = facts.keys() - {fact.name for fact in asked}
        return Standing(disposition, tuple(sorted(asked, key=self._place)), tuple(sorted(others)))

    def _place(self, fact: Fact) -> tuple[bool, int, int]:
        """Put facts in the order of the vocabulary, those of the line before those of other lines."""
        return fact.line not in (None, self.number), fact.line or 0, self._order[fact.attribute]
