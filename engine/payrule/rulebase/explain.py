"""Explain an answer: ask the reference evaluator for every rule why it matches, waits, or does not."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from payrule.encounter.encounter import DATE, Encounter, placed_on
from payrule.execute.reference import EvalContext
from payrule.execute.trace import decisive, mentions, rows, trace
from payrule.language.enriched_encounter import EnrichedEncounter
from payrule.language.truth import Matches
from payrule.language.words import sentence
from payrule.model.policy import Policy, applies, is_known
from payrule.model.values import frozen
from payrule.model.vocabulary import of_other_line
from payrule.resolve.answer import mention
from payrule.resolve.remittance import retired_answer, unreadable_answer
from payrule.resolve.settle import BoundRule, settle
from payrule.results.determination import (
    Determination,
    Explanation,
    LeftOut,
    LineDetermination,
    RuleExplanation,
    State,
)
from payrule.rulebase.compile import CompiledRules
from payrule.rulebase.load import Documents
from payrule.rulebase.request import DecisionRequest, read_day, select, statuses_of
from payrule.rulebase.undated import Answers
from payrule.source.diagnostics import RequestError, did_you_mean

if TYPE_CHECKING:
    from payrule.rulebase.rulebase import Rulebase


class DecidedFrom(msgspec.Struct, frozen=True):
    """What an answer was decided from: the rulebase, the terms, and the claim with lines of several days split."""

    rulebase: "Rulebase"
    terms: DecisionRequest
    days: Encounter
    waiting: Answers = {}

    def explain(self, number: int, day: date | None, rules: Collection[str] | None = None) -> Explanation:
        """Explain a line as it is on a day, without one on its first; raises KeyError where there is no such line.

        With `rules`, of all rules only those are explained, each named as `policy/rule`.
        """
        rulebase, terms, days = self.rulebase, self.terms, self.days
        documents = rulebase.documents
        asked = [
            at for at, each in enumerate(days.lines) if each.number == number and day in {None, each.values.get(DATE)}
        ]
        if not asked:
            raise KeyError(number if day is None else day)
        index = asked[0]
        line = days.lines[index]
        if line.number in days.unreadable:
            unreadable = days.unreadable[line.number]
            because = f"the line cannot be read, so no rule is evaluated: {'; '.join(unreadable.because)}"
            return _explanation(unreadable_answer(line, unreadable), days.id, terms.payer.id, because=because)
        if rulebase.is_retired(line):
            last = documents.vocabulary.last_day(line.code)
            because = f"the code `{line.code}` ended on {last}, before the date of service: no rule is evaluated"
            answer = retired_answer(line, documents.vocabulary)
            return _explanation(answer, days.id, terms.payer.id, because=because)
        if (waiting := self.waiting.get((line.number, line.date))) is not None:
            undated = {of_other_line(each, DATE) for each in days.undated}
            dates = [each for each in waiting.open if each in undated]
            because = f"the line depends on {' and '.join(dates)}, which cannot be read: no rule is evaluated"
            return _explanation(waiting, days.id, terms.payer.id, because=because)
        program = rulebase.program_on(terms, line.date)
        if days.undated:
            days = placed_on(days, line.date, (), documents.vocabulary)
            index = next(at for at, each in enumerate(days.lines) if each is line)
        explanation = explain(program, program.scene(days), index, days.id, terms.payer.id, only=rules)
        return replace(explanation, left_out=left_out(documents, terms, line.date))


def explained(
    of: Determination,
    number: int,
    day: date | str | None,
    rule: str | None,
    policies: Mapping[str, tuple[Policy, ...]],
) -> Explanation:
    """Explain a line of an answer as it is on a day, with a `rule` that one alone.

    Raises RequestError for a claim that voids another, and for a line, a day or a rule that there is not.
    """
    if of.is_void:
        raise RequestError.of("void", why_unexplained(of), "explain the claim that it voids")
    on = None if day is None else read_day(day)
    try:
        found = of.explain(number, on)
    except KeyError:
        if on is not None and any(line.number == number for line in of.lines):
            message = f"line {number} of claim `{of.encounter}` does not cover {on}"
            raise RequestError.of("unknown-day", message, "name a day of the line, or leave out `--day`") from None
        numbers = ", ".join(str(line.number) for line in of.lines)
        message = f"claim `{of.encounter}` has no line {number}"
        raise RequestError.of("unknown-line", message, f"its lines are {numbers}") from None
    return found if rule is None else replace(found, rules=(explained_rule(found, rule, policies),))


def why_unexplained(void: Determination) -> str:
    """Say why there is nothing to explain of a claim that voids another."""
    of = f"claim `{void.voids}`" if void.voids else "an earlier claim that it does not name"
    return f"claim `{void.encounter}` voids {of}: it is not decided, so there is nothing to explain"


def explained_rule(found: Explanation, name: str, policies: Mapping[str, tuple[Policy, ...]]) -> RuleExplanation:
    """Find what became of a rule; raises RequestError for one that does not apply, or does not exist."""
    names = [name for each in found.rules for name in (each.name, each.rule)]
    if name in names:
        return found.rule(name)
    policy, _, rule = name.rpartition("/")
    versions = [each for listed in policies.values() for each in listed]
    holding = [each.name for each in versions if policy in ("", each.id) and any(x.id == rule for x in each.rules)]
    if holding:
        why = {each.version: each.why for each in found.left_out}
        reasons = "; ".join(f"{each}: {why.get(each, f'no policy of `{found.payer}`')}" for each in holding)
        raise RequestError.of("unbound-rule", f"`{name}` is a rule of no version that applies to the line", reasons)
    raise RequestError.of("unknown-rule", f"there is no rule `{name}`", did_you_mean(name, names))


def explain(  # noqa: PLR0913 - what is explained, and of which claim and payer the explanation says it is
    program: CompiledRules,
    scene: EnrichedEncounter,
    index: int,
    encounter: str,
    payer: str,
    *,
    only: Collection[str] | None = None,
) -> Explanation:
    """Explain the answer for one line of a scene, `index` in its lines; of `only` some rules, where they are named."""
    here = EvalContext(scene, scene.lines[index])
    (matches,) = program.referred(scene, [index])
    answer = program.answer(scene, index, matches)
    open_rules = program.verdict(matches).open_rules
    overruled = {
        rule.name: f"{by.policy}/{by.rule} by {by.how}"
        for concern in program.binding.concerns
        for rule, by in settle(concern, matches.definite).overruled
    }
    # The order of concerns is kept; within one, the highest tier comes first, then it goes by name.
    concerns = list(dict.fromkeys(rule.rule.conclude.concern for rule in program.rules))
    order = sorted(program.rules, key=lambda rule: (concerns.index(rule.rule.conclude.concern), rule.tier, rule.name))
    told = (
        _explained(rule, program, here, _became(rule, matches, answer, overruled), matters=rule.name in open_rules)
        for rule in order
        if only is None or rule.name in only
    )
    rules = tuple(_each_rule_once(told))
    return _explanation(answer, encounter, payer, rules)


def _each_rule_once(told: Iterable[RuleExplanation]) -> Iterable[RuleExplanation]:
    """Of the cases of a rule, which is one that pays what a quota leaves, keep the one that says most."""
    found: dict[str, RuleExplanation] = {}
    for each in told:
        before = found.get(each.name)
        if before is None or _NEAREST.index(each.state) < _NEAREST.index(before.state):
            found[each.name] = each
    return found.values()


_NEAREST: tuple[State, ...] = ("decides", "overruled", "waits", "stands", "does-not-match")
"""What became of a case, what says most first: a rule that reduces a line may yet deny it, which waits."""


def _explanation(
    answer: LineDetermination,
    encounter: str,
    payer: str,
    rules: tuple[RuleExplanation, ...] = (),
    because: str | UnsetType = UNSET,
) -> Explanation:
    """Say of an answer what an explanation begins with, and the rules behind it, or why none was asked."""
    return Explanation(
        encounter=encounter,
        payer=payer,
        line=answer.number,
        code=answer.code,
        disposition=answer.disposition,
        concern=answer.concern,
        liability=answer.liability,
        open=answer.open,
        presumed=() if answer.presumed is UNSET else answer.presumed,
        rules=rules,
        because=because,
        undecided_because=answer.undecided_because,
        pays=answer.pays,
        adjustments=answer.adjustments,
    )


def left_out(documents: Documents, terms: DecisionRequest, service: date) -> tuple[LeftOut, ...]:
    """List the versions of a payer's policies that do not bind a date of service, each with the reason."""
    bound, found = {name for tier in select(documents, terms, service) for name in tier}, []
    for name in sorted(terms.payer.policies):
        for version in documents.policies[name]:
            if version.name not in bound:
                why = _why_not(version, terms, service)
                first, last = version.effective.first, version.effective.last
                found.append(LeftOut(version=version.name, status=version.status, first=first, last=last, why=why))
    return tuple(found)


def _why_not(version: Policy, terms: DecisionRequest, service: date) -> str:
    if version.status not in statuses_of(terms):
        return f"its status is {version.status}"
    if not is_known(version, terms.known_on):
        return f"it was published on {version.published}, after {terms.known_on.isoformat()}"
    if not applies(version, service):
        return f"the date of service {service.isoformat()} is outside its dates"
    return "another version applies instead"


def _became(
    rule: BoundRule, matches: Matches, answer: LineDetermination, overruled: dict[str, str]
) -> tuple[State, str | None]:
    """Say what became of a rule, and what overruled it."""
    if rule.name not in matches.possible:
        return "does-not-match", None
    if rule.name not in matches.definite:
        return "waits", None
    if rule.name in overruled:
        return "overruled", overruled[rule.name]
    decides = bool(answer.reasons) and answer.reasons[0].name == rule.name
    return "decides" if decides else "stands", None


def _explained(
    rule: BoundRule, program: CompiledRules, here: EvalContext, became: tuple[State, str | None], *, matters: bool
) -> RuleExplanation:
    state, by = became
    condition = program.meanings[rule.name]
    traced = trace(condition, here)
    unsettled = state in {"waits", "does-not-match"}
    because = (part.said() for part in decisive(traced)) if unsettled else rows(traced)
    return RuleExplanation(
        **mention(rule),
        tier=rule.tier + 1,
        summary=rule.rule.summary,
        condition=sentence(condition.node),
        state=state,
        because=tuple(dict.fromkeys(because)),
        waits_for=tuple(sorted(condition.waits(here))),
        matters=matters,
        by=by,
        cites=frozen(tuple(msgspec.to_builtins(cite) for cite in rule.rule.cites)),
        speaks=state != "does-not-match" or mentions(condition, here.line.line.code, program.row_values),
    )
