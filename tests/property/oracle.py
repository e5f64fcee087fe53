"""The words of the language on matches and scenarios, said once more in the plainest way: by trying everything."""

from collections.abc import Iterator
from datetime import date
from itertools import combinations
from typing import Any, NamedTuple

from tests.property.documents import KNOWN_ON, PAYER
from tests.property.words import Json

from payrule.execute.meaning import meaning
from payrule.execute.reference import EvalContext
from payrule.language.condition import parse
from payrule.language.enrichment import enrichment, scene
from payrule.language.names import Names
from payrule.language.truth import Matches
from payrule.model.vocabulary import Concern
from payrule.resolve.settle import NOTHING_LEFT, BoundConcern, BoundRule, Outcome, bind, outcome
from payrule.rulebase.compile import setting
from payrule.rulebase.request import select
from payrule.rulebase.rulebase import Rulebase

MOST_WAITING = 8
"""Rules that may wait for facts when all their scenarios are tried."""


class Asked(NamedTuple):
    """One line: the rules that bind it, by concern, and which of them match."""

    number: int
    concerns: tuple[BoundConcern, ...]
    matches: Matches

    @property
    def rules(self) -> tuple[BoundRule, ...]:
        """The rules that bind the line."""
        return tuple(rule for concern in self.concerns for rule in concern.rules)

    @property
    def definite(self) -> set[str]:
        """The rules that definitely match; one whose limit leaves nothing denies the line, and does not reduce it."""
        found = self.matches.definite
        return {each for each in found if f"{each}{NOTHING_LEFT}" not in found}

    def scenarios(self, without: str | None = None) -> Iterator[frozenset[str]]:
        """Give every set that holds the definite matches and otherwise possible ones; `without` is in none of them."""
        waiting = sorted(self.matches.waiting - {without})
        for size in range(len(waiting) + 1):
            for chosen in combinations(waiting, size):
                yield self.matches.definite | frozenset(chosen)

    def outcomes(self) -> set[Outcome]:
        """Give the answer of every scenario."""
        return {outcome(self.concerns, each) for each in self.scenarios()}

    def matters(self, rule: str) -> bool:
        """Tell whether the presence of a rule changes the answer of some scenario."""
        return any(
            outcome(self.concerns, each) != outcome(self.concerns, each | {rule}) for each in self.scenarios(rule)
        )


def asked(rulebase: Rulebase, encounter: Json, **choices: Any) -> list[Asked]:
    """Ask which rules bind and match each line."""
    taken = rulebase.encounter(encounter)
    terms = rulebase.terms(payer=PAYER, known_on=KNOWN_ON, **choices)
    matches = rulebase.matches(taken, payer=PAYER, known_on=KNOWN_ON, **choices)
    versions = {version.name: version for each in rulebase.policies.values() for version in each}
    found = []
    for line in taken.lines:
        tiers = [[versions[name] for name in tier] for tier in select(rulebase.documents, terms, line.date)]
        found.append(Asked(line.number, bind(tiers, rulebase.documents.vocabulary), matches[line.number]))
    return found


def waiting(rulebase: Rulebase, encounter: Json, line: Asked, name: str) -> set[str]:
    """Name the unknown attributes that leave the condition of a rule unknown on a line."""
    taken = rulebase.encounter(encounter)
    terms = rulebase.terms(payer=PAYER, known_on=KNOWN_ON)
    vocabulary = rulebase.documents.vocabulary
    seen = scene(
        taken, enrichment(vocabulary, setting(terms.payer, vocabulary, terms.presumed, rulebase.documents.tables))
    )
    (bound,) = (each for each in line.rules if each.name == name)
    (subject,) = (each for each in seen.lines if each.line.number == line.number)
    return set(meaning(parse(bound.when), Names(vocabulary, bound.policy)).waits(EvalContext(seen, subject)))


def active(line: Asked) -> list[BoundRule]:
    """List the rules that definitely match while no rule that does overrides them."""
    definite = line.definite
    return [
        rule
        for rule in line.rules
        if rule.name in definite
        and not any(
            other.name in definite and other.policy.name == rule.policy.name and rule.rule.id in other.rule.overrides
            for other in line.rules
        )
    ]


def contradicting(line: Asked) -> set[frozenset[str]]:
    """List the pairs of active conclusions of one tier on one concern that differ in value or liability."""
    return {
        frozenset({one.rule_name, two.rule_name})
        for one, two in combinations(active(line), 2)
        if one.tier == two.tier
        and one.rule.conclude.concern == two.rule.conclude.concern
        and (one.rule.conclude.value, one.liability) != (two.rule.conclude.value, two.liability)
        and not (
            "reduced" in (one.effect, two.effect)
            and all(each.effect == "reduced" or each.blocks for each in (one, two))
        )
    }


def strictest(line: Asked, concern: Concern) -> BoundRule | None:
    """Find what decides a concern: step 2 of the language, rule against rule."""
    speaking = [rule for rule in active(line) if rule.rule.conclude.concern == concern.id]
    if concern.settled == "ranked":
        speaking = [rule for rule in speaking if rule.tier == min(each.tier for each in speaking)]
    values = [each.value for each in concern.values]
    bearers = ["provider", "unspecified", "subscriber"]
    firmness = ["shall", "should", "may"]
    ranked = sorted(
        speaking,
        key=lambda rule: (
            values.index(rule.rule.conclude.value),
            not rule.blocks,
            bearers.index(rule.liability) if rule.liability else 0,
            firmness.index(rule.rule.conclude.modality),
            rule.tier,
            rule.policy.id,
            rule.rule.id,
        ),
    )
    return ranked[0] if ranked else None


def applying(versions: list[Json], service: str, known_on: date, *, what_if: bool) -> str | None:
    """Find the version of a policy that binds a date of service; dates as texts compare as dates do."""
    usable = {"in-force", "proposed"} if what_if else {"in-force"}
    qualified = [
        each
        for each in versions
        if each["status"] in usable
        and (each.get("published") or "") <= known_on.isoformat()
        and (each["effective"].get("from") or "") <= service <= (each["effective"].get("to") or "9999-12-31")
    ]
    latest = max((each["effective"].get("from") or "" for each in qualified), default=None)
    numbers = [each["version"] for each in qualified if (each["effective"].get("from") or "") == latest]
    return max(numbers, key=lambda number: [int(part) for part in number.split(".")], default=None)
