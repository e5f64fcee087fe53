"""Explain an answer: ask the reference evaluator for every rule why it matches, waits, or does not."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET

from payrule.adjudication.program import Program
from payrule.documents.determinations import LineDetermination
from payrule.documents.explanations import Explanation, RuleExplanation, State
from payrule.documents.frozen import frozen
from payrule.language.matches import Matches
from payrule.language.names import Names
from payrule.language.reference import Situation
from payrule.language.scene import Scene
from payrule.language.trace import decisive, rows, trace
from payrule.language.words import sentence
from payrule.resolve.bound import BoundRule
from payrule.resolve.settle import settle
from payrule.resolve.verdict import said


def explain(program: Program, scene: Scene, index: int, encounter: str, payer: str) -> Explanation:
    """Explain the answer for one line of a scene, `index` in its lines."""
    here = Situation(scene, scene.lines[index])
    (matches,) = program.referred(scene, [index])
    answer = program.answer(scene, index, matches)
    open_rules = program.verdict(matches).open_rules
    overruled = {
        rule.name: f"{by.policy}/{by.rule} by {by.how}"
        for concern in program.binding.concerns
        for rule, by in settle(concern, matches.definite).overruled
    }
    rules = tuple(
        _explained(rule, program, here, _became(rule, matches, answer, overruled), matters=rule.name in open_rules)
        for rule in _in_order(program.rules)
    )
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
    )


def unasked(answer: LineDetermination, encounter: str, payer: str, last_day: str) -> Explanation:
    """Explain the answer for a line whose code had ended: no rule is asked."""
    return Explanation(
        encounter=encounter,
        payer=payer,
        line=answer.number,
        code=answer.code,
        disposition=answer.disposition,
        concern=answer.concern,
        liability=answer.liability,
        open=(),
        presumed=(),
        rules=(),
        because=f"the code `{answer.code}` ended on {last_day}, before the date of service: no rule is asked",
    )


def _in_order(rules: Sequence[BoundRule]) -> list[BoundRule]:
    """Keep the order of concerns; within one, the highest tier first, then by name."""
    concerns = list(dict.fromkeys(rule.rule.conclude.concern for rule in rules))
    return sorted(rules, key=lambda rule: (concerns.index(rule.rule.conclude.concern), rule.tier, rule.name))


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
    rule: BoundRule, program: Program, here: Situation, became: tuple[State, str | None], *, matters: bool
) -> RuleExplanation:
    state, by = became
    traced = trace(rule.rule.when, Names(program.vocabulary, rule.policy), here)
    unsettled = state in {"waits", "does-not-match"}
    because = (part.said() for part in decisive(traced)) if unsettled else rows(traced)
    return RuleExplanation(
        **said(rule),
        tier=rule.tier + 1,
        summary=rule.rule.summary,
        condition=sentence(rule.rule.when),
        state=state,
        because=tuple(dict.fromkeys(because)),
        waits_for=tuple(sorted(program.meanings[rule.name].waits(here))),
        matters=matters,
        by=by,
        cites=frozen(tuple(msgspec.to_builtins(cite) for cite in rule.rule.cites)),
    )
