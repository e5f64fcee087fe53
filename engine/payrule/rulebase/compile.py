"""The rules of one payer for one selection of policy versions, run by both executions and resolved."""

import copy
from bisect import bisect_right
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple

import msgspec

from payrule.encounter.encounter import CODE, UNITS, Encounter, Line
from payrule.execute.by_code import AnswerKeys, ByCode, of_other_days
from payrule.execute.counts import Quota
from payrule.execute.forward.network import ENGINE, Network
from payrule.execute.forward.network import sizes_of as sizes_of_network
from payrule.execute.meaning import Facts, meaning
from payrule.execute.on_demand import FEW_RULES, Execution, OnDemand
from payrule.execute.plan.match import PlannedRules
from payrule.execute.plan.match import sizes_of as sizes_of_plan
from payrule.execute.reference import EvalContext, Evaluator, on_other_lines, read_of_line, tests_in
from payrule.execute.settling import Values, Ways, others_that_wait
from payrule.execute.sizes import DecisionSize
from payrule.execute.trace import Evidence, NamedCodes, evidence, row_values
from payrule.language import lower as lowered
from payrule.language.condition import Condition, parse
from payrule.language.counting import Extent, Shares
from payrule.language.derived import Setting
from payrule.language.derived.units import MODIFIERS
from payrule.language.enriched_encounter import EnrichedEncounter
from payrule.language.enrichment import enrichment, scene
from payrule.language.lower import Formula, attributes_read, lower, lowered_facts
from payrule.language.names import Names
from payrule.language.truth import FALSE, TRUE, Matches
from payrule.model.choices import DISPOSITION_WORDS, UNDECIDED, Disposition
from payrule.model.payer import HISTORY, Payer
from payrule.model.policy import Policy
from payrule.model.remittance_codes import RemittanceCodeList
from payrule.model.tables import LookedUp
from payrule.model.values import FrozenDict, Value, ValueSet
from payrule.model.vocabulary import Vocabulary, attribute_of
from payrule.resolve.answer import (
    Binding,
    BriefDetails,
    Needs,
    Parts,
    Verdict,
    allows_units,
    answer,
    disposition,
    verdict,
)
from payrule.resolve.missing_facts import Settling
from payrule.resolve.remittance import DatedCodes, rule_codes
from payrule.resolve.settle import BoundRule, bind
from payrule.results.determination import Because, ClaimLevel, LineDetermination
from payrule.source.files import payrule_version
from payrule.source.memory import Remembered

_VERDICTS = 4096
_ANSWERS = 8192
_CLAIMS = 2048

Engine = Literal["forward", "plan"]
"""Which execution decides, and is compared with the reference evaluator: forward chaining, or the plan."""

ENGINES: Mapping[Engine, tuple[str, str]] = {
    "forward": (ENGINE, "forward chaining"),
    "plan": (f"plan {payrule_version()}", "the plan"),
}
"""The executions, each with its name and version as determinations say them, and with its name in a sentence."""


class Compiled(msgspec.Struct, frozen=True):
    """The rules and facts of a program as formulas over the seven leaves, and the quotas within which rules pay."""

    rules: dict[str, Formula]
    facts: dict[str, Formula]
    limits: dict[str, lowered.Quota] = {}


class Rests(NamedTuple):
    """On what an answer rests besides the code of a line and its matches.

    `on` are the attributes of which rows of tables, or the lines that they were computed of, are shown; None where
    something is open, or other lines are looked at. `on_supports` tells whether it says how many units are supported.
    """

    on: frozenset[str] | None
    on_supports: bool


class CompiledRules:
    """One payer's rules: matched by each execution, and resolved; immutable, each execution made when first needed."""

    def __init__(  # noqa: PLR0913 - the documents of a program
        self,
        payer: Payer,
        tiers: tuple[tuple[Policy, ...], ...],
        vocabulary: Vocabulary,
        presumptions: Mapping[str, Value],
        tables: Mapping[str, LookedUp] = FrozenDict(),
        *,
        left_out: tuple[Policy, ...] = (),
        listed: RemittanceCodeList | None = None,
        engine: Engine = "forward",
    ) -> None:
        """Bind the versions in their tiers and read every condition.

        `left_out` are versions that a date leaves out; `listed` says on which days remittance codes are in use;
        `engine` decides. Raises LimitError naming the rule or fact that it cannot carry.
        """
        concerns = bind(tiers, vocabulary)
        self.rules: tuple[BoundRule, ...] = tuple(rule for concern in concerns for rule in concern.rules)
        self.codes = DatedCodes(rule_codes(self.rules, payer, vocabulary), listed)
        accepted = {frozenset(each.rules): each.reason for each in payer.accepted_conflicts}
        self.binding = Binding.of(concerns, self.codes.first, accepted, payer.otherwise or UNDECIDED)
        self.left_out = left_out
        self.setting = setting(payer, vocabulary, presumptions, tables)
        self.vocabulary = vocabulary
        self.row_values = row_values(vocabulary, self.setting)
        facts: Facts = {}
        trees = {bound.name: parse(bound.when) for bound in self.rules}
        self.meanings: dict[str, Evaluator] = {
            bound.name: meaning(trees[bound.name], Names(vocabulary, bound.policy), facts) for bound in self.rules
        }
        self.by_code = ByCode(self.meanings)
        self.limits = {
            bound.name: limit(bound, bound.pays.quota, vocabulary, facts)
            for bound in self.rules
            if bound.pays and bound.pays.quota
        }
        self.compiled = compiled_rules(self.rules, vocabulary, trees)
        self.wanted = attributes_read(self.compiled.rules.values(), self.compiled.facts.values())
        self.undated = self
        """The rules before the remittance codes of a date are chosen; the same for all that share all else."""
        self._network: Network | None = None
        self._planned: PlannedRules | None = None
        self._on_demand: OnDemand | None = None
        chosen = self._execution(engine)
        self._matching, self._sizes = chosen.match, chosen.sizes
        self.enrichment = enrichment(vocabulary, self.setting, self.wanted)
        self.of_chart = frozenset(name for name, each in vocabulary.attributes.items() if each.source == "chart")
        self.beyond_claim = self.of_chart.union(name for name, each in vocabulary.attributes.items() if each.function)
        """The attributes that a claim without its chart does not give: those of the chart, and computed ones."""
        blocking = frozenset(rule.name for rule in self.rules if rule.blocks)
        self._asks_modifiers = Remembered[str, bool](
            lambda name: name in blocking and any(each.attribute == MODIFIERS for each in tests_in(self.meanings[name]))
        )
        self._keys = AnswerKeys(self.by_code, self.meanings, vocabulary, self.asks_modifiers, self.wanted)
        self._answers: dict[Hashable, LineDetermination] = {}
        self._of_claims: dict[Hashable, dict[Hashable, LineDetermination]] = {}
        self._rests = lru_cache(maxsize=_VERDICTS)(self._rests_on)
        self.because = lru_cache(maxsize=_VERDICTS)(self._because)
        self._parts: Parts = {}
        self.verdict = self._remembered()
        self.disposition = lru_cache(maxsize=_VERDICTS)(self._disposition)
        self.values = lru_cache(maxsize=_VERDICTS)(self._values)
        self.read_of_line = Remembered[str, frozenset[str] | None](lambda name: read_of_line(self.meanings[name]))
        beyond = self.beyond_claim.union(self.enrichment.lines)
        self.is_of_claim = Remembered[str, bool](
            lambda name: (read := self.read_of_line[name]) is not None and read.isdisjoint(beyond)
        )
        """Whether a rule asks a line for nothing but what the claim says without its chart."""
        self.on_other_lines = Remembered[str, int](lambda name: on_other_lines(self.meanings[name]))
        self._dated: dict[tuple[int, date], CompiledRules] = {}

    def asks_modifiers(self, rule: str) -> bool:
        """Tell whether a rule that blocks a line asks for its modifiers, so that it is also asked as if it had none."""
        return self._asks_modifiers[rule]

    def compile_all(self) -> None:
        """Compile all rules for what decides; else those of many that claims need are compiled when one needs them."""
        if self._on_demand is not None:
            self._on_demand.whole()

    def _execution(self, engine: Engine) -> Execution:
        """Give what decides."""
        rules, facts = self.compiled.rules, self.compiled.facts
        if len(rules) > FEW_RULES:
            make, sizes, make_all = (
                (Network, sizes_of_network, lambda: self.network)
                if engine == "forward"
                else (PlannedRules, sizes_of_plan, lambda: self.planned)
            )
            self._on_demand = OnDemand(rules, sizes(rules, facts), lambda chosen: make(chosen, facts), make_all)
            return self._on_demand
        return self.network if engine == "forward" else self.planned

    @property
    def network(self) -> Network:
        """The rules as a network of durable_rules."""
        made = self.undated
        if made._network is None:  # noqa: SLF001 - its own
            made._network = Network(self.compiled.rules, self.compiled.facts)  # noqa: SLF001 - its own
        return made._network  # noqa: SLF001 - its own

    @property
    def planned(self) -> PlannedRules:
        """The rules as a plan."""
        made = self.undated
        if made._planned is None:  # noqa: SLF001 - its own
            made._planned = PlannedRules(self.compiled.rules, self.compiled.facts)  # noqa: SLF001 - its own
        return made._planned  # noqa: SLF001 - its own

    def dated(self, service: date, answered: date) -> "CompiledRules":
        """Give these rules with the remittance codes of a date of service and a day of the answer, all else shared."""
        key = bisect_right(self.codes.breaks, service), answered
        found = self._dated.get(key)
        if found is None:
            chosen = self.codes.on(service, answered)
            known = [self, *self._dated.copy().values()]
            made = next((each for each in known if each.binding.codes == chosen), None)
            if made is None:
                made = copy.copy(self)
                made.binding = msgspec.structs.replace(self.binding, codes=chosen)
                made.verdict = made._remembered()  # noqa: SLF001 - its own
                made._answers, made._of_claims = {}, {}  # noqa: SLF001 - its own
            found = self._dated.setdefault(key, made)
        return found

    def scene(self, encounter: Encounter) -> EnrichedEncounter:
        """Fill in presumptions and the derived attributes that some rule reads."""
        made = scene(encounter, self.enrichment)
        if encounter.unreadable:
            made.seen[_CLAIM] = None  # what is supposed of a line is not all in its values
        return made

    def at_most(self, scene: EnrichedEncounter, subjects: Sequence[int]) -> DecisionSize:
        """Bound what deciding lines asks, without looking at them."""
        lines = len(subjects)
        return DecisionSize(lines, lines * len(self.rules), lines * len(scene.lines) * self._sizes.others)

    def size(self, scene: EnrichedEncounter, subjects: Sequence[int]) -> DecisionSize:
        """Count what deciding lines asks; raises LimitError where more pairs are asked about than can be at all."""
        self._sizes.check(scene)
        asked = sum(len(self.by_code.asked(scene.lines[each].values.get(CODE))) for each in subjects)
        return DecisionSize(len(subjects), asked, self._sizes.pairs(scene, subjects))

    def looks_beyond(self, code: str, other: str | None) -> bool:
        """Tell whether a line of a code may look at one of another code, None if it is unknown, on another day."""
        asked = self.by_code.asked(code)
        limits = (self.limits[name] for name, _ in asked if name in self.limits)
        return of_other_days([*(each for _, each in asked), *limits], other, self.vocabulary)

    def matched(self, scene: EnrichedEncounter, subjects: Sequence[int]) -> tuple[Matches, ...]:
        """Match by the execution that was chosen."""
        return self._matching(scene, subjects)

    def chained(self, scene: EnrichedEncounter, subjects: Sequence[int]) -> tuple[Matches, ...]:
        """Match by forward chaining on durable_rules."""
        return self.network.match(scene, subjects)

    def referred(self, scene: EnrichedEncounter, subjects: Sequence[int]) -> tuple[Matches, ...]:
        """Match by the reference evaluator."""
        return tuple(self._referred(EvalContext(scene, scene.lines[index])) for index in subjects)

    def answer(self, scene: EnrichedEncounter, index: int, matches: Matches) -> LineDetermination:
        """Resolve the matches of a line into its determination."""
        line, found = scene.lines[index], self.verdict(matches)
        here, key, rests = EvalContext(scene, line), None, self._rests(matches)
        supports = line.supports if rests.on_supports else ()
        if rests.on is not None and line.is_alone(rests.on):
            key = self._keys.of_matches(line, matches, supports)
        elif not found.reductions:
            key = self._keys.of_line(here, matches, supports)
        answers: dict[Hashable, LineDetermination] | None = self._answers
        if key is None:
            key, answers = (index, matches), self._answers_of(scene)
        known = None if answers is None else answers.get(key)
        if known is not None:
            number = line.line.number
            return known if known.number == number else msgspec.structs.replace(known, number=number)
        made = answer(line, found, LineDetails(self, here, matches))
        if answers is not None:
            if len(answers) >= _ANSWERS:
                answers.clear()
            answers[key] = made
        return made

    def _rests_on(self, matches: Matches) -> "Rests":
        """Say on what rests what is said of a line besides its code and its matches."""
        found = self.verdict(matches)
        read = [self.read_of_line[each.name] for each in found.reasons]
        is_open = found.disposition == "pending" or found.open_rules or found.reductions
        settled = not is_open and None not in read
        return Rests(frozenset().union(*filter(None, read)) if settled else None, on_supports=allows_units(found))

    def _answers_of(self, scene: EnrichedEncounter) -> dict[Hashable, LineDetermination] | None:
        """Give the answers that are known of claims of which rules read the same; None where none is remembered."""
        if _CLAIM not in scene.seen:
            key = self._keys.of_claim(scene)
            if len(self._of_claims) >= _CLAIMS:
                self._of_claims.clear()
            scene.seen[_CLAIM] = None if key is None else self._of_claims.setdefault(key, {})
        found: dict[Hashable, LineDetermination] | None = scene.seen[_CLAIM]
        return found

    def _remembered(self) -> Callable[[Matches], Verdict]:
        """Resolve matches, each set of them once."""
        binding = self.binding

        @lru_cache(maxsize=_VERDICTS)
        def resolved(matches: Matches) -> Verdict:
            return verdict(binding, matches, self._known_parts())

        return resolved

    def _disposition(self, matches: Matches) -> Disposition:
        return disposition(self.binding, matches, self._known_parts())

    def _known_parts(self) -> Parts:
        """Give what is known of concerns, which does not grow without end."""
        if len(self._parts) >= _ANSWERS:
            self._parts.clear()
        return self._parts

    def _values(self, rules: frozenset[str]) -> Values:
        """Find the values that stand for all others, as far as some rules can tell them apart."""
        return Values(self.vocabulary.attributes, [self.meanings[name] for name in sorted(rules)])

    def _because(self, code: str) -> Because:
        """Say why no policy applies to a line of a code."""
        return next((why for named, why in self._named if code in named), "no-rule")

    @cached_property
    def _named(self) -> tuple[tuple[NamedCodes, Because], ...]:
        """What tells whether rules name a code: those in force, and those of the versions that a date leaves out."""
        facts: Facts = {}
        left_out = {
            f"{version.name}/{rule.id}": meaning(parse(rule.when), Names(self.vocabulary, version), facts)
            for version in self.left_out
            for rule in version.rules
        }
        return (
            (NamedCodes(self.by_code, self.row_values), "none-applies"),
            (NamedCodes(ByCode(left_out), self.row_values), "no-version"),
        )

    def _referred(self, here: EvalContext) -> Matches:
        definite, possible = [], []
        for name, condition in self.by_code.left(here.line.values.get(CODE)):
            truth = condition.truth(here)
            if truth is not FALSE:
                possible.append(name)
                if truth is TRUE:
                    definite.append(name)
        return Matches(frozenset(definite), frozenset(possible))


def setting(
    payer: Payer, vocabulary: Vocabulary, presumptions: Mapping[str, Value], tables: Mapping[str, LookedUp]
) -> Setting:
    """Settle what derived attributes are computed with: the payer's word before the vocabulary's."""
    pairs = (payer.regions or vocabulary.regions).contiguous
    return Setting(
        units_method=payer.units_method or vocabulary.timed.method,
        timed_codes=ValueSet.of(vocabulary.timed.codes, ranges=True),
        contiguous=frozenset(pair for one, two in pairs for pair in ((one, two), (two, one))),
        presumptions={name: value for name, value in presumptions.items() if name != HISTORY},
        tables={
            attribute.function: tables[attribute.table]
            for attribute in vocabulary.attributes.values()
            if attribute.function is not None and attribute.table is not None and attribute.table in tables
        },
        look_ups={
            made.lookup: tables[made.lookup]
            for made in (attribute.computation for attribute in vocabulary.attributes.values())
            if made is not None and made.lookup is not None and made.lookup in tables
        },
        disciplines=vocabulary.timed.disciplines,
        has_whole_history=bool(presumptions.get(HISTORY)),
    )


def compiled_rules(rules: Sequence[BoundRule], vocabulary: Vocabulary, trees: Mapping[str, Condition]) -> Compiled:
    """Lower the conditions of bound rules, which have been read, and of every fact that they may use."""
    formulas = {bound.name: lower(trees[bound.name], Names(vocabulary, bound.policy)) for bound in rules}
    facts = lowered_facts(vocabulary, {bound.policy.name: bound.policy for bound in rules}.values())
    limits: dict[str, lowered.Quota] = {}
    for bound in rules:
        if bound.pays and bound.pays.quota:
            made = lower(_within(bound.pays.quota), Names(vocabulary, bound.policy))
            if not isinstance(made, lowered.Quota):
                raise TypeError(made)
            limits[bound.name] = made
    return Compiled(formulas, facts, limits)


def _within(quota: str) -> Condition:
    return parse({"quota": {quota: {"within": {"at_least": 1}}}})


def limit(bound: BoundRule, quota: str, vocabulary: Vocabulary, facts: Facts) -> Quota:
    """Make what says how many units are within the quota that a rule pays."""
    made = meaning(_within(quota), Names(vocabulary, bound.policy), facts)
    if not isinstance(made, Quota):
        raise TypeError(made)
    return made


_CLAIM = "claim"
"""The view of a scene without its chart."""

MOST_OTHERS = 150
"""Other lines that conditions of one line wait for, each counted for each condition, up to which sets of facts are
looked for: beyond it they would be no shorter than what is open."""


class LineDetails(BriefDetails):
    """What the conditions on one line say, of which it is known what matches."""

    def __init__(self, rules: CompiledRules, here: EvalContext, matches: Matches) -> None:
        """Take the rules, where the line stands, and what matches there."""
        self._rules, self._here, self._matches = rules, here, matches
        self._waits: dict[str, frozenset[str]] = {}

    def waits(self, rule: str) -> frozenset[str]:
        """Name the unknown attributes that a rule waits for."""
        if rule not in self._waits:
            self._waits[rule] = self._rules.meanings[rule].waits(self._here)
        return self._waits[rule]

    def evidence(self, rule: str) -> Evidence:
        """Give the other lines, and the rows of tables, that made a rule match."""
        read = self._rules.read_of_line[rule]
        if read is not None and self._here.line.is_alone(read):
            return Evidence()
        return evidence(self._rules.meanings[rule], self._here)

    def billed(self) -> Extent:
        """Say how many units the line bills; of a day of several that is unknown it is at most those of all days."""
        value = self._here.line.values.get(UNITS)
        if isinstance(value, int | Decimal):
            return Extent(value, value)
        return Extent(0, self._here.line.line.most.get(UNITS))

    def shares(self, rule: BoundRule) -> Shares:
        """Say how many units are within the quota that a rule pays, and how many are over it."""
        return self._rules.limits[rule.name].shares(self._here)

    def limit_waits(self, rule: BoundRule) -> frozenset[str]:
        """Name the unknown attributes that leave open how many units are within the quota that a rule pays."""
        found = self._rules.limits.get(rule.name)
        return frozenset() if found is None else found.open(self._here)

    def because(self) -> Because | None:
        """Say why no policy applies."""
        return self._rules.because(self._here.line.line.code)

    def needs(self) -> Needs:
        """Give the smallest sets of facts that can settle the line."""
        rules, here, waiting = self._rules, self._here, self._matches.waiting
        most = sum(rules.on_other_lines[name] for name in waiting) * len(here.scene.lines)
        if most > MOST_OTHERS and sum(others_that_wait(rules.meanings[name], here) for name in waiting) > MOST_OTHERS:
            return Needs((), bounded=True)
        ways = Ways(rules.values(waiting))
        return Settling(
            rules.binding, self._matches, rules.meanings, here, ways=ways, disposition=rules.disposition
        ).needs()

    def claim_level(self) -> ClaimLevel | None:
        """Give the answer without the chart: what waits for it is taken not to match."""
        shown = self._on_claim()
        found = self._rules.verdict(shown)
        return ClaimLevel(
            disposition=found.disposition,
            liability=found.liability,
            concern=found.concern,
            reasons=tuple(reason.name for reason in found.reasons),
            tested=found.tested,
            summary=self._summary(found, shown),
        )

    def _on_claim(self) -> Matches:
        """Say what matches while nothing is known of the chart."""
        asking = [name for name in self._matches.possible if not self._rules.is_of_claim[name]]
        here = self._without_chart() if asking else self._here
        if here is self._here:
            on_claim = (name for name in self._matches.waiting if not self._asks_chart(self.waits(name)))
            return Matches(self._matches.definite, self._matches.definite.union(on_claim))
        definite, possible = (
            set(self._matches.definite.difference(asking)),
            set(self._matches.possible.difference(asking)),
        )
        for name in asking:
            condition = self._rules.meanings[name]
            truth = condition.truth(here)
            if truth is TRUE:
                definite.add(name)
            if truth is TRUE or (truth is not FALSE and not self._asks_chart(condition.waits(here))):
                possible.add(name)
        return Matches(frozenset(definite), frozenset(possible))

    def _asks_chart(self, facts: frozenset[str]) -> bool:
        return not self._rules.of_chart.isdisjoint(map(attribute_of, facts))

    def _without_chart(self) -> EvalContext:
        """Stand at the line in the scene as it would be without its chart, which is made once."""
        scene = self._here.scene
        if _CLAIM not in scene.views:
            is_known = any(name in line.values for line in scene.lines for name in self._rules.of_chart)
            made = self._rules.scene(self._claim_alone()) if is_known else None
            scene.views[_CLAIM] = made and msgspec.structs.replace(made, history=scene.history)
        claim = scene.views[_CLAIM]
        if claim is None:
            return self._here
        index = next(at for at, line in enumerate(scene.lines) if line is self._here.line)
        return EvalContext(claim, claim.lines[index])

    def _claim_alone(self) -> Encounter:
        """Give the encounter as it is without its chart."""
        attributes, hidden = self._rules.vocabulary.attributes, self._rules.beyond_claim
        lines = []
        for each in self._here.scene.lines:
            # What a form computed or a payer presumed is worked out again; what a claim gives stays.
            made = {*each.computed, *each.rows, *(name for name in each.presumed if attributes[name].derived)}
            values = {name: value for name, value in each.values.items() if name not in hidden and name not in made}
            lines.append(Line(each.line.number, values, each.line.most))
        return Encounter("", None, {}, tuple(lines))

    def _summary(self, found: Verdict, shown: Matches) -> str:
        if found.reasons and found.reasons[0].concern == found.concern and found.disposition in ("denied", "returned"):
            return f"{DISPOSITION_WORDS[found.disposition]}, as the claim shows: {found.reasons[0].summary}"
        said = "; the modifier on this line is accepted" if self._modifier_passes(shown) else ""
        if found.disposition == "pending":
            waits = sorted(frozenset().union(*(self.waits(name) for name in found.open_rules)))
            return f"information missing from the claim itself: {', '.join(waits)}{said}"
        return f"passes all edits that can be checked without the chart{said}"

    def _modifier_passes(self, shown: Matches) -> bool:
        """Tell whether a rule would block that does not, as far as the claim shows, for a modifier on the line."""
        if not self._here.line.values.get(MODIFIERS):
            return False
        claim = self._without_chart()
        bare = msgspec.structs.replace(claim.line, values={**claim.line.values, MODIFIERS: frozenset()})
        there = EvalContext(
            msgspec.structs.replace(claim.scene, facts={}, waits={}, views={}, original=claim.scene), bare
        )
        asked = self._rules.by_code.asked(bare.values.get(CODE))
        asking = (each for name, each in asked if name not in shown.possible and self._rules.asks_modifiers(name))
        return any(each.truth(there) is TRUE for each in asking)
