"""What an answer says beside the rules that match: what they wait for, the lines that they name, the chart's part."""

from collections.abc import Callable
from typing import Protocol

import msgspec

from payrule.encounter.encounter import Encounter, Line
from payrule.execute.beside import Beside, beside
from payrule.execute.reference import EvalContext, Evaluator
from payrule.execute.settling import Ways, others_that_wait
from payrule.language.derived.units import MODIFIERS
from payrule.language.enriched_encounter import EnrichedEncounter
from payrule.language.truth import FALSE, TRUE, Matches
from payrule.model.policy import Vocabulary
from payrule.resolve.answer import Needs
from payrule.resolve.missing_facts import Settling
from payrule.resolve.verdict import Binding, Verdict
from payrule.results.determination import ClaimLevel
from payrule.results.explanation import Because

_CLAIM = "claim"
"""The view of a scene without its chart."""

MODIFIER_PASSES = "the modifier on this line passes"
"""What is said where a modifier lifts an edit, unless the chart contradicts it."""

PASSES = "passes every edit that a claim can show"
"""What is said of a line that nothing blocks as far as its claim shows."""


MOST_OTHERS = 150
"""Other lines that conditions of one line wait for, each counted for each condition, up to which sets of facts are
looked for: beyond it they would be no shorter than what is open."""


class Rules(Protocol):
    """What is told from: rules of a payer with what they mean, and how what matches is resolved."""

    vocabulary: Vocabulary
    meanings: dict[str, Evaluator]
    binding: Binding
    of_chart: frozenset[str]
    """The attributes that a chart holds."""
    on_modifiers: frozenset[str]
    """The rules that block a line and ask for its modifiers."""

    @property
    def because(self) -> Callable[[str], Because]:
        """What says why no policy applies to a line of a code."""

    def verdict(self, matches: Matches) -> Verdict:
        """Resolve what matches."""

    def scene(self, encounter: Encounter) -> EnrichedEncounter:
        """Fill in what follows from an encounter."""


class Telling:
    """Tell of one line of a scene, of which it is known what matches."""

    def __init__(self, rules: Rules, here: EvalContext, matches: Matches) -> None:
        """Take the rules, where the line stands, and what matches there."""
        self._rules, self._here, self._matches = rules, here, matches
        self._waits: dict[str, frozenset[str]] = {}

    def waits(self, rule: str) -> frozenset[str]:
        """Name the unknown attributes that a rule waits for."""
        if rule not in self._waits:
            self._waits[rule] = self._rules.meanings[rule].waits(self._here)
        return self._waits[rule]

    def beside(self, rule: str) -> Beside:
        """Say which other lines, and which rows of tables, made a rule match."""
        return beside(self._rules.meanings[rule], self._here)

    def because(self) -> Because | None:
        """Say why no policy applies."""
        return self._rules.because(self._here.line.line.code)

    def needs(self) -> Needs:
        """Give the smallest sets of facts that can settle the line."""
        rules = self._rules
        waiting = [rules.meanings[name] for name in sorted(self._matches.waiting)]
        if sum(others_that_wait(each, self._here) for each in waiting) > MOST_OTHERS:
            return Needs((), bounded=True)
        ways = Ways(rules.vocabulary.attributes, waiting)
        disposition = lambda matches: rules.verdict(matches).disposition  # noqa: E731
        return Settling(
            rules.binding, self._matches, rules.meanings, self._here, ways=ways, disposition=disposition
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
        here = self._without_chart()
        if here is self._here:
            on_claim = (name for name in self._matches.waiting if not self._asks_chart(self.waits(name)))
            return Matches(self._matches.definite, self._matches.definite.union(on_claim))
        definite, possible = set(), set()
        for name in self._matches.possible:
            condition = self._rules.meanings[name]
            truth = condition.truth(here)
            if truth is TRUE:
                definite.add(name)
            if truth is TRUE or (truth is not FALSE and not self._asks_chart(condition.waits(here))):
                possible.add(name)
        return Matches(frozenset(definite), frozenset(possible))

    def _asks_chart(self, facts: frozenset[str]) -> bool:
        return any(_attribute(fact) in self._rules.of_chart for fact in facts)

    def _without_chart(self) -> EvalContext:
        """Stand at the line in the scene as it would be without its chart, which is made once."""
        scene = self._here.scene
        if _CLAIM not in scene.views:
            is_known = any(name in line.values for line in scene.lines for name in self._rules.of_chart)
            scene.views[_CLAIM] = self._rules.scene(self._claim_alone()) if is_known else scene
        claim = scene.views[_CLAIM]
        if claim is scene:
            return self._here
        index = next(at for at, line in enumerate(scene.lines) if line is self._here.line)
        return EvalContext(claim, claim.lines[index])

    def _claim_alone(self) -> Encounter:
        """Give the encounter as it is without its chart."""
        attributes = self._rules.vocabulary.attributes
        hidden = {name for name, each in attributes.items() if each.derived or name in self._rules.of_chart}
        lines = []
        for each in self._here.scene.lines:
            values = {name: value for name, value in each.values.items() if name not in hidden}
            lines.append(Line(each.line.number, values, each.line.most))
        return Encounter("", None, {}, tuple(lines))

    def _summary(self, found: Verdict, shown: Matches) -> str:
        if found.reasons and found.reasons[0].concern == found.concern and found.disposition in ("denied", "returned"):
            return f"{found.disposition} by what the claim shows: {found.reasons[0].summary}"
        said = f"; {MODIFIER_PASSES}" if self._modifier_passes(shown) else ""
        if found.disposition == "pending":
            waits = sorted(frozenset().union(*(self.waits(name) for name in found.open_rules)))
            return f"the claim itself leaves open: {', '.join(waits)}{said}"
        return f"{PASSES}{said}"

    def _modifier_passes(self, shown: Matches) -> bool:
        """Tell whether a rule would block that does not, as far as the claim shows, for a modifier on the line."""
        asking = self._rules.on_modifiers - shown.possible
        if not asking or not self._here.line.values.get(MODIFIERS):
            return False
        claim = self._without_chart()
        bare = msgspec.structs.replace(claim.line, values={**claim.line.values, MODIFIERS: frozenset()})
        there = EvalContext(
            msgspec.structs.replace(claim.scene, facts={}, waits={}, views={}, original=claim.scene), bare
        )
        return any(self._rules.meanings[name].truth(there) is TRUE for name in asking)


class Silent:
    """Tell nothing of a line: for answers that are not explained."""

    def waits(self, rule: str) -> frozenset[str]:  # noqa: ARG002 - whatever the rule
        """Name nothing."""
        return frozenset()

    def beside(self, rule: str) -> Beside:  # noqa: ARG002 - whatever the rule
        """Name nothing."""
        return Beside()

    def because(self) -> Because | None:
        """Say nothing."""
        return None

    def claim_level(self) -> ClaimLevel | None:
        """Say nothing."""
        return None

    def needs(self) -> Needs:
        """Say nothing."""
        return Needs()


def _attribute(fact: str) -> str:
    """Give the attribute of a fact, which may be one of another line.

    >>> _attribute("lines[3].regions")
    'line.regions'
    """
    return f"line.{fact.partition('].')[2]}" if fact.startswith("lines[") else fact
