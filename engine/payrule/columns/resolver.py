"""The answers: each set of matches is resolved once, and each key that lines share is answered once, by one of them.

For each key one line is taken from the tables as a claim, and answered with the reference evaluator.
"""

from collections.abc import Hashable, Sequence
from itertools import groupby
from operator import attrgetter

import msgspec

from payrule.columns.answer_key import AnswerGroup, AnswerNeeds
from payrule.columns.lines import Lines, encounters_of
from payrule.execute.reference import EvalContext
from payrule.language.counting import Extent, Shares
from payrule.language.enriched_encounter import EnrichedEncounter
from payrule.language.truth import Matches
from payrule.model.choices import UNDECIDED
from payrule.resolve.answer import BriefDetails, Parts, Verdict, allows_units, answer, verdict
from payrule.resolve.settle import BoundRule
from payrule.results.determination import LineDetermination
from payrule.rulebase.compile import CompiledRules, LineDetails
from payrule.source.database import Store


class _PaidDetails(BriefDetails):
    """What is said of a line without details: how much is paid, and no more."""

    def __init__(self, details: BriefDetails) -> None:
        """Take what the conditions say."""
        self._details = details

    def billed(self) -> Extent:
        """Say how many units the line bills."""
        return self._details.billed()

    def shares(self, rule: BoundRule) -> Shares:
        """Say how many units are within the quota that a rule pays, and how many are over it."""
        return self._details.shares(rule)


_AT_ONCE = 10_000
"""Groups of which the claims are made again at once."""
_CLAIM = attrgetter("claim")


class Resolver:
    """Resolve what matches by a program, each set of matches once, however many there are.

    What is not `explained` does not rest on what rules wait for.
    """

    def __init__(self, program: CompiledRules, *, explained: bool) -> None:
        """Take the compiled rules."""
        self._program, self._explained = program, explained
        self._on_modifiers = frozenset(each.name for each in program.rules if program.asks_modifiers(each.name))
        self._verdicts: dict[Matches, Verdict] = {}
        self._numbers: dict[bytes | Matches, int] = {}
        self._parts: Parts = {}
        self._answers: dict[Hashable, dict[Hashable, LineDetermination]] = {}

    def needs(self, matches: Matches, asked: frozenset[str]) -> AnswerNeeds:
        """Say what the answer to matches depends on beside them.

        `asked` are the rules that can match a line of that code without its chart and its modifiers.
        """
        found = self._verdicts.get(matches)
        if found is None:
            found = self._verdicts[matches] = verdict(self._program.binding, matches, self._parts)
        pays = bool(found.reductions)
        is_pending = found.disposition == "pending"
        # What is pending, or paid in part, rests on the matches themselves.
        resolved = matches if is_pending or pays else msgspec.json.encode(found)
        number = self._numbers.setdefault(resolved, len(self._numbers))
        if not self._explained:
            return AnswerNeeds(number, (), allows_units(found), pays=pays)
        rules = matches.possible | (self._on_modifiers & asked) if is_pending else frozenset(found.open_rules)
        rules = rules.union(*(each.waits_for for each in found.reductions))
        beside = tuple(reason.name for reason in found.reasons)
        is_mentioned = found.disposition == UNDECIDED
        return AnswerNeeds(
            number,
            tuple(sorted(rules)),
            allows_units(found),
            beside,
            hides=is_pending,
            is_mentioned=is_mentioned,
            pays=pays,
            advises=any(self._is_on_lines(each.of) for each in found.advice if each.of),
        )

    def _is_on_lines(self, rule: str) -> bool:
        """Tell whether a rule can match for what other lines say, or what is computed of lines together."""
        read = self._program.read_of_line[rule]
        return read is None or not read.isdisjoint(self._program.enrichment.lines)

    def mentioned(self, codes: Sequence[object]) -> list[int]:
        """Say of each code, by a number, why no policy applies to it where none does."""
        written = [None if code is None else self._program.because(str(code)) for code in codes]
        numbers = {each: at for at, each in enumerate(dict.fromkeys(written))}
        return [numbers[each] for each in written]

    def answers(
        self, store: Store, lines: Lines, groups: Sequence[AnswerGroup], meaning: Hashable
    ) -> list[LineDetermination]:
        """Answer each group, in their order; of one whose lines were in a share before, the answer is known.

        `meaning` tells what the words in their keys mean.
        """
        known = self._answers.setdefault(meaning, {})
        new = sorted((each for each in groups if each.key not in known), key=_CLAIM)
        made: dict[AnswerGroup, LineDetermination] = {}
        for first in range(0, len(new), _AT_ONCE):
            some = new[first : first + _AT_ONCE]
            encounters = encounters_of(store, lines, map(_CLAIM, some))
            for claim, listed in groupby(some, _CLAIM):
                scene = self._program.scene(encounters[claim])
                made |= {each: self._answer(scene, each) for each in listed}
        found = [known.get(each.key) or made[each] for each in groups]
        if len(lines.shares) > 1:
            known |= {each.key: one for each, one in made.items() if each.key is not None}
        return found

    def _answer(self, scene: EnrichedEncounter, group: AnswerGroup) -> LineDetermination:
        """Answer a group by one of its lines."""
        here = EvalContext(scene, next(each for each in scene.lines if each.line.number == group.number))
        details: BriefDetails = LineDetails(self._program, here, group.matches)
        return answer(here.line, self._verdicts[group.matches], details if self._explained else _PaidDetails(details))
