"""What an answer says beside the rules that match: what they wait for, the lines that they name, the chart's part."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from payrule.documents.determinations import Because, ClaimLevel
from payrule.documents.encounters import Encounter, Line
from payrule.documents.values import ValueSet
from payrule.language.beside import Beside, beside
from payrule.language.matches import Matches
from payrule.language.reference import Situation
from payrule.language.scene import Scene
from payrule.language.settling import Ways, others_that_wait, tests_in
from payrule.language.truth import FALSE, TRUE
from payrule.resolve.answer import Needs
from payrule.resolve.needs import Settling
from payrule.resolve.verdict import Verdict

if TYPE_CHECKING:
    from payrule.adjudication.program import Program

MODIFIERS = "line.modifiers"

PASSES = "passes every edit that a claim can show"
"""What is said of a line that nothing blocks as far as its claim shows."""


MOST_OTHERS = 150
"""Other lines that conditions of one line wait for, each counted for each condition, up to which sets of facts are
looked for: beyond it they would be no shorter than what is open."""


class Telling:
    """Tell of one line of a scene, of which it is known what matches."""

    def __init__(self, program: "Program", here: Situation, matches: Matches) -> None:
        """Take the program, where the line stands, and what matches there."""
        self._program, self._here, self._matches = program, here, matches
        self._waits: dict[str, frozenset[str]] = {}

    def waits(self, rule: str) -> frozenset[str]:
        """Name the unknown attributes that a rule waits for."""
        if rule not in self._waits:
            self._waits[rule] = self._program.meanings[rule].waits(self._here)
        return self._waits[rule]

    def beside(self, rule: str) -> Beside:
        """Say which other lines, and which rows of tables, made a rule match."""
        return beside(self._program.meanings[rule], self._here)

    def because(self) -> Because | None:
        """Say why no policy applies."""
        return self._program.because(self._here.line.line.code)

    def needs(self) -> Needs:
        """Give the smallest sets of facts that can settle the line."""
        program = self._program
        waiting = [program.meanings[name] for name in sorted(self._matches.waiting)]
        if sum(others_that_wait(each, self._here) for each in waiting) > MOST_OTHERS:
            return Needs((), bounded=True)
        ways = Ways(program.vocabulary.attributes, waiting)
        disposition = lambda matches: program.verdict(matches).disposition  # noqa: E731
        return Settling(
            program.binding, self._matches, program.meanings, self._here, ways=ways, disposition=disposition
        ).needs()

    def claim_level(self) -> ClaimLevel | None:
        """Give the answer without the chart: what waits for it is taken not to match."""
        shown = self._on_claim()
        found = self._program.verdict(shown)
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
        definite, possible = set(), set()
        for name in self._matches.possible:
            condition = self._program.meanings[name]
            truth = condition.truth(here)
            if truth is TRUE:
                definite.add(name)
            if truth is TRUE or (truth is not FALSE and not self._asks_chart(condition.waits(here))):
                possible.add(name)
        return Matches(frozenset(definite), frozenset(possible))

    def _asks_chart(self, facts: frozenset[str]) -> bool:
        return any(_attribute(fact) in self._program.of_chart for fact in facts)

    def _without_chart(self) -> Situation:
        scene = self._here.scene
        if not any(name in line.values for line in scene.lines for name in self._program.of_chart):
            return self._here
        if "claim" not in scene.views:
            scene.views["claim"] = self._program.scene(self._claim_alone(scene))
        index = next(at for at, line in enumerate(scene.lines) if line is self._here.line)
        claim = scene.views["claim"]
        return Situation(claim, claim.lines[index])

    def _claim_alone(self, scene: Scene) -> Encounter:
        attributes = self._program.vocabulary.attributes
        hidden = {name for name, each in attributes.items() if each.derived or name in self._program.of_chart}
        lines = (
            Line(
                each.line.number,
                {key: value for key, value in each.values.items() if key not in hidden},
                each.line.most,
            )
            for each in scene.lines
        )
        return Encounter("", None, {}, tuple(lines))

    def _summary(self, found: Verdict, shown: Matches) -> str:
        if found.reasons and found.reasons[0].concern == found.concern and found.disposition in ("denied", "returned"):
            return f"{found.disposition} by what the claim shows: {found.reasons[0].summary}"
        passing = sorted(set(self._modifiers_that_pass(shown)))
        said = f"; {' and '.join(passing)} {'pass' if len(passing) > 1 else 'passes'} as a modifier" if passing else ""
        if found.disposition == "pending":
            waits = sorted(frozenset().union(*(self.waits(name) for name in found.open_rules)))
            return f"the claim itself leaves open: {', '.join(waits)}{said}"
        return f"{PASSES}{said}"

    def _modifiers_that_pass(self, shown: Matches) -> Iterator[str]:
        """List the modifiers that a rule asks for which would block but for the chart, which it waits for."""
        billed = self._here.line.values.get(MODIFIERS)
        if not isinstance(billed, frozenset):
            return
        blocking = (rule for concern in self._program.binding.concerns for rule in concern.rules if rule.blocks)
        for name in {rule.name for rule in blocking} & (self._matches.possible - shown.possible):
            for test in tests_in(self._program.meanings[name]):
                if test.attribute == MODIFIERS and isinstance(test.operand, ValueSet):
                    yield from (str(each) for each in billed if each in test.operand)


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
