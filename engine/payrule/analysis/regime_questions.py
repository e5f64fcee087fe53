"""The questions of one regime about a payer's rules: what can be, what shows it, and without which rules."""

from collections.abc import Callable
from typing import Any

from payrule.analysis.encoding import Encoding, Regime
from payrule.analysis.problem import Encoder
from payrule.analysis.resolution import Resolution
from payrule.analysis.witness import shown
from payrule.language.truth import Matches
from payrule.resolve.answer import Binding, Verdict, verdict
from payrule.resolve.remittance import RuleCodes
from payrule.resolve.settle import BoundRule
from payrule.results.determination import Determination, what_counts
from payrule.results.verification import Shown

Replay = Callable[[dict[str, Any]], Determination]
"""Decide an encounter for the payer."""


class RegimeQuestions:
    """The questions of one regime: the literals of its rules, and what is assumed of the date."""

    def __init__(self, encoding: Encoding, encoder: Encoder, regime: Regime, replay: Replay) -> None:
        """Take the encoding, the encoder of these rules in it, and what decides a claim."""
        self.encoding, self.encoder, self.rules, self.replay = encoding, encoder, encoder.rules, replay
        self.spans = regime.spans
        self.definite, self.possible = encoder.matches()
        self.resolution = Resolution(encoding.graph, self.rules, self.definite, self.possible)
        self.answer, self.paid = self.resolution.answer(), encoding.paid(encoder)
        encoding.solver.know((*self.definite.values(), *self.possible.values()))
        self.binding = Binding.of(self.rules.concerns, RuleCodes(self.rules.remittances), {}, self.rules.otherwise)
        self.asked = (encoding.guard, encoding.within(regime.spans))
        self.active = {name: each for concern in self.resolution.settled for name, each in concern.active.items()}

    def can(self, literal: int) -> bool:
        """Tell whether a literal can hold of some claim."""
        return self.encoding.solver.holds((*self.asked, literal), model=False)

    def shown(self, literal: int, expected: Any, see: Callable[[Determination, int], Any]) -> Shown | None:
        """Show by a smallest claim that a literal can hold; None when no claim could be made."""
        found = shown(self.encoding, self.asked, literal, self.replay, (expected, see))
        if found is None:
            return None
        encounter, line, determination, said = found
        return Shown(encounter=encounter, line=line, matters=said, determination=determination)

    def matters_without(self, rule: BoundRule) -> int:
        """Say that the answer would be another one without a rule, which has to match perhaps: that is soon refuted."""
        paid = self.encoding.paid(self.encoder, without=rule)
        differ, _ = self.encoding.differ(self.answer, self.resolution.without(rule).answer(), (self.paid, paid))
        return self.encoding.graph.all((self.possible[rule.name], differ))

    def needed_somewhere(self, rule: BoundRule) -> frozenset[str]:
        """Name rules that are needed on some claim that a rule decides; none where it decides none."""
        if not self.encoding.solver.holds((*self.asked, self.answer.rule[rule.name])):
            return frozenset()
        value = self.encoding.solver.value
        definite = frozenset(name for name, literal in self.definite.items() if value(literal))
        possible = frozenset(name for name, literal in self.possible.items() if value(literal))
        answer = _apart_from_payment(verdict(self.binding, Matches(definite, possible)))
        return frozenset(
            name
            for name in possible
            if _apart_from_payment(verdict(self.binding, Matches(definite - {name}, possible - {name}))) != answer
        )

    def is_reason(self, rule: BoundRule) -> int:
        """Say that a rule is active, and agrees with what decides its concern."""
        graph = self.encoding.graph
        settled = next(each for each in self.resolution.settled if each.concern.id == rule.rule.conclude.concern)
        value = rule.rule.conclude.value
        agreeing = [settled.decides[each.name] for each in settled.concern.rules if each.rule.conclude.value == value]
        return graph.all((settled.active[rule.name], graph.some(agreeing)))


def _apart_from_payment(found: Verdict) -> tuple[Any, ...]:
    """Give what counts as the answer but for what is paid: how much that is, matches alone do not say."""
    *answer, _, _ = what_counts(found)
    return tuple(answer)
