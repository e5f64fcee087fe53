"""Generated rules as documents, so that everything decides them that decides policies."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from tests.policies_for_tests import policy

from benchmarks.generate import CHOICES, RECORDS, Rulebase, rulebase
from payrule.language.lower import All, Contains, FactLeaf, Formula, OneOf, OtherLine, Range, Some
from payrule.model.payer import Payer
from payrule.model.policy import Conclude, Fact, Policy, Rule
from payrule.model.tables import LookedUp
from payrule.model.vocabulary import Attribute, Concern
from payrule.rulebase.load import Documents
from payrule.rulebase.rulebase import Rulebase as Deciding
from payrule.rulebase.rulebase import load

PAYER = "payer"
KNOWN_ON = "2026-01-01"
CHART = dict.fromkeys(RECORDS, True) | {name: CHOICES[name][0] for name in ("line.purpose", "line.provider.type")}
"""What is assumed of the chart: otherwise most lines wait for it, and what they wait for is what takes time."""

EDITS = "ncci"
"""The shipped policy whose last version looks tables up."""
SAME_PROVIDER = "same_provider"
"""What its rules look at beside the tables."""
Json = dict[str, Any]


def condition(formula: Formula) -> Json:
    """Write a formula of the generator as a condition."""
    if isinstance(formula, OneOf):
        return {formula.attribute: {"in": sorted(formula.values.values)}}
    if isinstance(formula, Range):
        return {formula.attribute: {"at_least": formula.low}}
    if isinstance(formula, Contains):
        return {formula.attribute: {"any_of": sorted(formula.values.values) if formula.values else []}}
    if isinstance(formula, FactLeaf):
        return {"fact": formula.name.partition("#")[2]}
    if isinstance(formula, OtherLine):
        return {"other_line": condition(formula.formula)}
    if isinstance(formula, (All, Some)):
        return {"all" if isinstance(formula, All) else "any": [condition(part) for part in formula.parts]}
    raise TypeError(formula)


def generated(rules: int, tables: Mapping[str, LookedUp] | None = None) -> Deciding:
    """Make so many rules, and put those that look tables up above them where there are tables."""
    return deciding(rulebase(rules), tables)


def deciding(made: Rulebase, tables: Mapping[str, LookedUp] | None = None) -> Deciding:
    """Put rules into policies of one payer, each in a tier of its own, over the shipped concerns."""
    shipped = load().documents
    words = shipped.vocabulary
    facts = {
        name.partition("#")[2]: Fact(summary=name, when=condition(formula)) for name, formula in made.facts.items()
    }
    attributes = _attributes()
    policies: dict[str, tuple[Policy, ...]] = {
        name: (policy(name, *rules),) for name, rules in _rules(made, words.concerns).items()
    }
    tiers = tuple((name,) for name in sorted(policies))
    if tables is not None:
        attributes |= {
            name: each for name, each in words.attributes.items() if each.table in tables or name == SAME_PROVIDER
        }
        policies[EDITS] = shipped.policies[EDITS][-1:]
        tiers = ((EDITS,), *tiers)
    vocabulary = msgspec.structs.replace(
        words,
        attributes=attributes,
        sets=words.sets if tables is not None else {},
        facts=facts,
        presumptions={},
        pointers={},
    )
    payer = Payer(kind="payer", id=PAYER, title=PAYER, tiers=tiers)
    return Deciding(Documents(Path(), vocabulary, policies, {PAYER: payer}, (), tables=dict(tables or {})))


def _attributes() -> dict[str, Attribute]:
    return {
        "line.code": Attribute(type="code", summary="service", pattern="^[0-9A-Z]{5}$", required=True),
        "line.date": Attribute(type="date", summary="date of service", required=True),
        "line.units": Attribute(type="integer", summary="units", minimum=0, default=1),
        "line.modifiers": Attribute(type="code", summary="modifiers", many=True, default=[]),
        **{name: Attribute(type="choice", summary=name, values=values) for name, values in CHOICES.items()},
        **{name: Attribute(type="boolean", summary=name) for name in RECORDS},
    }


def _rules(made: Rulebase, concerns: tuple[Concern, ...]) -> dict[str, list[Rule]]:
    """Give the rules by policy, each with one of the conclusions that there are, in turn."""
    conclusions = list(_conclusions(concerns))
    found: dict[str, list[Rule]] = {}
    for at, (name, formula) in enumerate(made.rules.items()):
        home, _, rule = name.partition("/")
        said = Rule(id=rule, summary=rule, when=condition(formula), conclude=conclusions[at % len(conclusions)])
        found.setdefault(home, []).append(said)
    return found


def _conclusions(concerns: tuple[Concern, ...]) -> Iterator[Conclude]:
    for position in range(max(len(concern.values) for concern in concerns)):
        for concern in concerns:
            if position < len(concern.values):
                yield Conclude(concern=concern.id, value=concern.values[position].value)
