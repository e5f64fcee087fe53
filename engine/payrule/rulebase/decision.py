"""A claim while it is decided: from its lines to their answers, step by step; rules are matched twice, and compared."""

from collections.abc import Callable, Iterable
from functools import reduce
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET
from msgspec.structs import force_setattr, replace

from payrule.encounter.encounter import DATE, Encounter, Identifiers, Line, later_than
from payrule.execute.sizes import DecisionSize
from payrule.language.enriched_encounter import EnrichedEncounter
from payrule.language.truth import Matches
from payrule.model.values import frozen
from payrule.resolve.days import joined
from payrule.resolve.remittance import retired_answer, unreadable_answer
from payrule.results.determination import Basis, Determination, LineDetermination
from payrule.rulebase.compile import ENGINES, CompiledRules, Engine
from payrule.rulebase.explain import DecidedFrom
from payrule.rulebase.request import DecisionRequest
from payrule.rulebase.undated import Answers, answers_without_dates
from payrule.source.diagnostics import EncounterError, LimitError, PayruleError
from payrule.source.files import payrule_version

if TYPE_CHECKING:
    from payrule.rulebase.rulebase import Rulebase


class DisagreementError(PayruleError):
    """Two executions matched different rules: a defect of payrule, never of a document.

    `chained` and `referred` hold, for the first line that differs, the matches and the determination of the execution
    that was chosen, forward chaining or the plan, and of the reference evaluator.
    """

    def __init__(
        self,
        encounter: str,
        number: int,
        chained: tuple[Matches, LineDetermination],
        referred: tuple[Matches, LineDetermination],
        engine: Engine = "forward",
    ) -> None:
        """Keep both answers, and say in the message which rules the executions see differently."""
        self.encounter, self.number, self.chained, self.referred = encounter, number, chained, referred
        self.engine: Engine = engine
        one, two = chained[0], referred[0]
        rules = sorted((one.definite ^ two.definite) | (one.possible ^ two.possible))
        super().__init__(
            f"claim `{encounter}`, line {number}: the executions disagree on "
            f"{', '.join(f'`{rule}`' for rule in rules)}: {ENGINES[engine][1]} answers {chained[1].disposition}, "
            f"the reference evaluator {referred[1].disposition}"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle it by both answers, so that it comes whole out of another process."""
        return type(self), (self.encounter, self.number, self.chained, self.referred, self.engine)


class Group(msgspec.Struct, frozen=True):
    """Lines that one program decides, by their places in the encounter; how it sees them, and which rules match."""

    program: CompiledRules
    subjects: list[int]
    scene: EnrichedEncounter
    matches: tuple[Matches, ...] = ()


class Decision(msgspec.Struct, frozen=True):
    """An encounter while it is decided; each step fills in a field."""

    rulebase: "Rulebase"
    terms: DecisionRequest
    encounter: Encounter
    check: bool
    days: Encounter
    ended: dict[int, LineDetermination] = {}
    programs: list[tuple[CompiledRules, list[int]]] = []
    groups: tuple[Group, ...] = ()
    answers: tuple[LineDetermination, ...] = ()
    waiting: Answers = {}


def _split_into_days(now: Decision) -> Decision:
    """Make lines of several days into their days; a claim that voids another one has no lines to decide."""
    if "voids" in now.rulebase.earlier(now.encounter):
        return replace(now, days=replace(now.encounter, lines=()))
    return replace(now, days=now.rulebase.in_days(now.encounter))


def _answer_ended_codes(now: Decision) -> Decision:
    """Answer the lines whose code had ended: no rule is asked of them."""
    vocabulary, lines = now.rulebase.documents.vocabulary, now.days.lines
    ended = {at: retired_answer(each, vocabulary) for at, each in enumerate(lines) if now.rulebase.is_retired(each)}
    return replace(now, ended=ended) if ended else now


def _answer_unreadable_lines(now: Decision) -> Decision:
    """Answer the lines that cannot be read: no rule is asked of them; for the others they say less than they might.

    Raises EncounterError where what cannot be read is assumed when missing: it is not missing, but unknown.
    """
    unreadable = now.encounter.unreadable
    if not unreadable:
        return now
    assumed = sorted(now.terms.presumed.keys() & {name for each in unreadable.values() for name in each.attributes})
    if assumed:
        message = f"`{assumed[0]}` is assumed when missing, and in a line of this claim it cannot be read"
        raise EncounterError.of("unreadable-line", message, "correct the line, or assume nothing for it")
    found = {
        at: unreadable_answer(each, unreadable[each.number])
        for at, each in enumerate(now.days.lines)
        if each.number in unreadable
    }
    return replace(now, ended=now.ended | found)


def _select_rules(now: Decision) -> Decision:
    """Find the rules that bind each line on its date."""
    return replace(now, programs=now.rulebase.programs_for(now.terms, now.days))


def _fill_in(now: Decision) -> Decision:
    """Fill in what is assumed when missing, and what follows from the claim."""
    return replace(now, groups=tuple([Group(each, lines, each.scene(now.days)) for each, lines in now.programs]))


def _refuse_what_takes_too_long(now: Decision) -> Decision:
    """Count what is asked to decide the claim, and raise LimitError where that takes longer than it may."""
    seconds = now.rulebase.seconds
    if _sum(each.program.at_most(each.scene, each.subjects) for each in now.groups).seconds > seconds:
        _sum(each.program.size(each.scene, each.subjects) for each in now.groups).check(seconds)
    return now


def _sum(sizes: Iterable[DecisionSize]) -> DecisionSize:
    return reduce(DecisionSize.plus, sizes, DecisionSize())


def _match(now: Decision) -> Decision:
    """Find the rules that match, by the execution that was chosen."""
    found = tuple([replace(each, matches=each.program.matched(each.scene, each.subjects)) for each in now.groups])
    return replace(now, groups=found)


def _match_again(now: Decision) -> Decision:
    """Find the rules that match by the reference evaluator; raises DisagreementError where they are others."""
    for each in now.groups if now.check else ():
        referred = each.program.referred(each.scene, each.subjects)
        for index, one, two in zip(each.subjects, each.matches, referred, strict=True):
            if one != two:
                number = each.scene.lines[index].line.number
                answers = [(matches, each.program.answer(each.scene, index, matches)) for matches in (one, two)]
                raise DisagreementError(now.encounter.id, number, answers[0], answers[1], now.rulebase.engine)
    return now


def _resolve(now: Decision) -> Decision:
    """Resolve what matches each line into its answer."""
    found = dict(now.ended)
    for each in now.groups:
        for index, matches in zip(each.subjects, each.matches, strict=True):
            found[index] = each.program.answer(each.scene, index, matches)
    return replace(now, answers=tuple([found[at] for at in range(len(now.days.lines))]))


def _join_days(now: Decision) -> Decision:
    """Give a line of several days one answer."""
    if now.days is now.encounter:
        return now
    concerns = [each.id for each in now.rulebase.documents.vocabulary.concerns]
    return replace(now, answers=joined(now.days.lines, now.answers, concerns))


ANSWERING: tuple[Callable[[Decision], Decision], ...] = (
    _answer_ended_codes,
    _answer_unreadable_lines,
    _select_rules,
    _fill_in,
    _refuse_what_takes_too_long,
    _match,
    _match_again,
    _resolve,
)
"""How lines of one day each are answered, step by step."""


def _answer(now: Decision) -> Decision:
    """Answer each line on each of its days."""
    return _answer_without_dates(now) if now.days.undated else reduce(lambda made, step: step(made), ANSWERING, now)


def _answer_without_dates(now: Decision) -> Decision:
    """Answer the lines of a claim some of whose dates cannot be read."""
    rulebase, terms = now.rulebase, now.terms

    def decide(case: Encounter) -> tuple[LineDetermination, ...]:
        return reduce(lambda made, step: step(made), ANSWERING, replace(now, days=case)).answers

    def may_look(line: Line, other: Line) -> bool:
        is_asked = not rulebase.is_retired(line) and line.number not in now.encounter.unreadable
        return is_asked and rulebase.program_on(terms, line.date).looks_beyond(line.code, other.known_code)

    found, waiting = answers_without_dates(now.days, rulebase.documents.vocabulary, decide, may_look)
    unreadable = now.encounter.unreadable
    answers = tuple(
        found[line.number, line.date] if DATE in line.values else unreadable_answer(line, unreadable[line.number])
        for line in now.days.lines
    )
    return replace(now, answers=answers, waiting=waiting)


DECIDING: tuple[Callable[[Decision], Decision], ...] = (_split_into_days, _answer, _join_days)
"""How an encounter is decided, step by step."""


def decided(rulebase: "Rulebase", terms: DecisionRequest, encounter: Encounter, *, check: bool) -> Determination:
    """Decide a claim with terms that have been read; errors as for `Rulebase.decide_under`."""
    now = Decision(rulebase, terms, encounter, check, encounter)
    try:
        now = reduce(lambda made, step: step(made), DECIDING, now)
    except LimitError as fault:
        named = (replace(each, claim=encounter.id) for each in fault.findings)
        raise LimitError(named) from fault
    made = Determination(
        encounter=encounter.id,
        identifiers=encounter.identifiers.claim if encounter.identifiers else UNSET,
        sent=(encounter.identifiers.sent or UNSET) if encounter.identifiers else UNSET,
        payer=terms.payer.id,
        rulebase=rulebase.digest(terms),
        engine=ENGINES[rulebase.engine][0],
        known_on=terms.known_on.isoformat(),
        what_if=terms.payer.purpose == "what-if" or UNSET,
        considered=terms.consider or UNSET,
        payrule=payrule_version(),
        presumptions=frozen(terms.presumptions) if terms.presumed else UNSET,
        encounter_digest=rulebase.encounter_digest(encounter),
        **rulebase.earlier(encounter),
        warnings=(*encounter.warnings, *later_than(encounter, terms.known_on)) or UNSET,
        lines=_identified(now.answers, encounter.identifiers),
    )
    return with_basis(made, DecidedFrom(rulebase, terms, now.days, now.waiting))


def with_basis(made: Determination, basis: Basis) -> Determination:
    """Give a new answer the basis that `explain` uses, and return it."""
    force_setattr(made, "_basis", basis)
    return made


def _identified(
    answers: tuple[LineDetermination, ...], identifiers: Identifiers | None
) -> tuple[LineDetermination, ...]:
    """Give each answer the identifiers that the sender has for its line, and what else is said of it."""
    if identifiers is None:
        return answers
    named, sent = identifiers.lines, identifiers.sent_lines
    return tuple(
        replace(each, identifiers=named.get(each.number, UNSET), sent=sent.get(each.number, UNSET))
        if each.number in named or each.number in sent
        else each
        for each in answers
    )
