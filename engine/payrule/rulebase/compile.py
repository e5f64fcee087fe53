"""The rules of one payer for one selection of policy versions, run by both executions and resolved."""

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache

import msgspec

from payrule.encounter.encounter import Encounter
from payrule.execute.beside import mentions, said_by_rows
from payrule.execute.forward.network import Network
from payrule.execute.reference import EvalContext, Evaluator, Facts, meaning, tests_in
from payrule.language.condition import parse
from payrule.language.derived import Setting
from payrule.language.derived.units import MODIFIERS
from payrule.language.enriched_encounter import EnrichedEncounter, scene
from payrule.language.lower import Formula, lower
from payrule.language.names import Names
from payrule.language.truth import FALSE, TRUE, Matches
from payrule.model.policy import UNDECIDED, Payer, Policy, RemittanceCodeList, Vocabulary
from payrule.model.tables import LookedUp
from payrule.model.values import Value, ValueSet
from payrule.resolve.answer import answer
from payrule.resolve.bound import BoundRule, bind
from payrule.resolve.remittance import DatedCodes, RuleCodes, rule_codes
from payrule.resolve.verdict import Binding, Verdict, verdict
from payrule.results.determination import LineDetermination
from payrule.results.explanation import Because
from payrule.rulebase.answer_details import Telling

Tiers = tuple[tuple[Policy, ...], ...]

NO_TABLES: Mapping[str, LookedUp] = {}

_VERDICTS = 4096


class Compiled(msgspec.Struct, frozen=True):
    """The rules and facts of a program as formulas over the five leaves."""

    rules: dict[str, Formula]
    facts: dict[str, Formula]


class CompiledRules:
    """Run one payer's rules: match by forward chaining, match by the reference evaluator, resolve.

    A program is immutable once made; the chaining network is built when it is first needed.
    """

    def __init__(  # noqa: PLR0913 - the documents of a program
        self,
        payer: Payer,
        tiers: Tiers,
        vocabulary: Vocabulary,
        presumptions: Mapping[str, Value],
        tables: Mapping[str, LookedUp] = NO_TABLES,
        *,
        left_out: tuple[Policy, ...] = (),
    ) -> None:
        """Bind the versions in their tiers and read every condition; `left_out` are versions that a date leaves out."""
        concerns = bind(tiers, vocabulary)
        self.rules: tuple[BoundRule, ...] = tuple(rule for concern in concerns for rule in concern.rules)
        self.codes = DatedCodes(rule_codes(self.rules, payer, vocabulary), None)
        self.binding = Binding.of(concerns, self.codes.first, _accepted(payer), payer.otherwise or UNDECIDED)
        self.left_out = left_out
        self.setting = setting(payer, vocabulary, presumptions, tables)
        self.vocabulary = vocabulary
        self.said_by_rows = said_by_rows(vocabulary, self.setting)
        facts: Facts = {}
        self.meanings: dict[str, Evaluator] = {
            bound.name: meaning(parse(bound.rule.when), Names(vocabulary, bound.policy), facts) for bound in self.rules
        }
        self.compiled = compiled_rules(self.rules, vocabulary)
        self.network = Network(self.compiled.rules, self.compiled.facts)
        self.wanted = self.network.attributes
        self.of_chart = frozenset(name for name, each in vocabulary.attributes.items() if each.source == "chart")
        self.on_modifiers = frozenset(rule.name for rule in self.rules if rule.blocks and self._asks(rule, MODIFIERS))
        self.because = lru_cache(maxsize=_VERDICTS)(self._because)
        self.resolved = _remembered(self.binding)
        self._dated: dict[tuple[int, date], CompiledRules] = {}

    def by_list(self, listed: RemittanceCodeList | None) -> "CompiledRules":
        """Take the days on which remittance codes are in use from a list, before any line is decided."""
        self.codes = DatedCodes(self.codes.first, listed)
        return self

    def dated(self, service: date, answered: date) -> "CompiledRules":
        """Give these rules with the remittance codes of a date of service and a day of the answer.

        All that says what matches is shared; dates with the same codes share a program.
        """
        key = self.codes.period(service), answered
        found = self._dated.get(key)
        if found is None:
            chosen = self.codes.on(service, answered)
            known = [self, *self._dated.copy().values()]
            made = next((each for each in known if each.binding.codes == chosen), None) or self._with(chosen)
            found = self._dated.setdefault(key, made)
        return found

    def _with(self, chosen: RuleCodes) -> "CompiledRules":
        made = copy.copy(self)
        made.binding = msgspec.structs.replace(self.binding, codes=chosen)
        made.resolved = _remembered(made.binding)
        return made

    def scene(self, encounter: Encounter) -> EnrichedEncounter:
        """Fill in presumptions and the derived attributes that some rule reads."""
        return scene(encounter, self.vocabulary, self.setting, self.wanted)

    def chained(self, scene: EnrichedEncounter, subjects: Sequence[int]) -> tuple[Matches, ...]:
        """Match by forward chaining on durable_rules."""
        return self.network.match(scene, subjects)

    def referred(self, scene: EnrichedEncounter, subjects: Sequence[int]) -> tuple[Matches, ...]:
        """Match by the reference evaluator."""
        return tuple(self._referred(EvalContext(scene, scene.lines[index])) for index in subjects)

    def answer(self, scene: EnrichedEncounter, index: int, matches: Matches) -> LineDetermination:
        """Resolve the matches of a line into its determination."""
        here = EvalContext(scene, scene.lines[index])
        return answer(here.line, self.verdict(matches), Telling(self, here, matches))

    def verdict(self, matches: Matches) -> Verdict:
        """Resolve matches; lines with the same matches share a verdict."""
        return self.resolved(matches)

    def _asks(self, rule: BoundRule, attribute: str) -> bool:
        return any(test.attribute == attribute for test in tests_in(self.meanings[rule.name]))

    def _because(self, code: str) -> Because:
        """Say why no policy applies to a line of a code."""
        if any(mentions(condition, code, self.said_by_rows) for condition in self.meanings.values()):
            return "none-applies"
        facts: Facts = {}
        for version in self.left_out:
            names = Names(self.vocabulary, version)
            conditions = (meaning(parse(rule.when), names, facts) for rule in version.rules)
            if any(mentions(condition, code, self.said_by_rows) for condition in conditions):
                return "no-version"
        return "no-rule"

    def _referred(self, here: EvalContext) -> Matches:
        definite, possible = [], []
        for name, condition in self.meanings.items():
            truth = condition.truth(here)
            if truth is not FALSE:
                possible.append(name)
                if truth is TRUE:
                    definite.append(name)
        return Matches(frozenset(definite), frozenset(possible))


def _remembered(binding: Binding) -> Callable[[Matches], Verdict]:
    """Resolve matches, each set of them once."""

    @lru_cache(maxsize=_VERDICTS)
    def resolved(matches: Matches) -> Verdict:
        return verdict(binding, matches)

    return resolved


def setting(
    payer: Payer,
    vocabulary: Vocabulary,
    presumptions: Mapping[str, Value],
    tables: Mapping[str, LookedUp] = NO_TABLES,
) -> Setting:
    """Settle what derived attributes are computed with: the payer's word before the vocabulary's."""
    pairs = (payer.regions or vocabulary.regions).contiguous
    return Setting(
        units_method=payer.units_method or vocabulary.timed.method,
        timed_codes=ValueSet.of(vocabulary.timed.codes, ranges=True),
        contiguous=frozenset(pair for one, two in pairs for pair in ((one, two), (two, one))),
        presumptions=dict(presumptions),
        tables={
            attribute.derived: tables[attribute.table]
            for attribute in vocabulary.attributes.values()
            if attribute.derived is not None and attribute.table is not None and attribute.table in tables
        },
        disciplines=vocabulary.timed.disciplines,
    )


def compiled_rules(rules: Iterable[BoundRule], vocabulary: Vocabulary) -> Compiled:
    """Lower the conditions of bound rules and of every fact that they may use."""
    formulas = {}
    shared = Names(vocabulary)
    facts = {shared.qualified(name): lower(parse(fact.when), shared) for name, fact in shared.facts.items()}
    for bound in rules:
        names = Names(vocabulary, bound.policy)
        formulas[bound.name] = lower(parse(bound.rule.when), names)
        for name in names.facts:
            if names.qualified(name) not in facts:
                facts[names.qualified(name)] = lower(parse(names.fact(name).when), names.owner(name))
    return Compiled(formulas, facts)


def _accepted(payer: Payer) -> dict[frozenset[str], str]:
    return {frozenset(each.rules): each.reason for each in payer.accepted_conflicts}
