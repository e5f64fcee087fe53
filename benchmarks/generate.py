"""Rulebases and claims of any size, the same for the same seed.

Rules are like those of payment policies: nearly each names one service code and asks two or three things of the line,
one in ten uses a named fact, one in ten asks about another line. Claims have four lines of one date; most of the chart
is unknown, or, with `known`, nothing is.
"""

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any, NamedTuple

from payrule.encounter.encounter import Line
from payrule.language.derived import Setting
from payrule.language.enriched_encounter import EnrichedEncounter, EnrichedLine
from payrule.language.lower import All, Contains, FactLeaf, Formula, OneOf, OtherLine, Range, Some
from payrule.model.values import ValueSet

RULES_A_CODE = 12
_FREE = 150
LINES = 4
CHOICES = {
    "line.purpose": ("preparation", "adjunct", "comfort", "relaxation"),
    "line.provider.type": ("chiropractor", "physical-therapist", "massage-therapist", "physician"),
    "line.place_of_service": ("office", "home", "hospital"),
    "encounter.payer_role": ("primary", "secondary"),
}
RECORDS = tuple(f"line.documentation.{each}" for each in ("rationale", "site", "description", "time", "referral"))
MODIFIERS = ("U1", "U2", "U3", "U4")


class Rulebase(NamedTuple):
    """Rules by name and facts by qualified name, over so many service codes."""

    rules: dict[str, Formula]
    facts: dict[str, Formula]
    codes: tuple[str, ...]


def rulebase(count: int, seed: int = 1) -> Rulebase:
    """Make so many rules."""
    random = Random(seed)  # noqa: S311 - not for secrets
    codes = tuple(f"{10_000 + number}" for number in range(max(4, count // RULES_A_CODE)))
    facts: dict[str, Formula] = {f"v#recorded-{n}": All(tuple(_tests(random, 2))) for n in range(max(2, count // 50))}
    rules: dict[str, Formula] = {}
    for number in range(count):
        parts: list[Formula] = _tests(random, random.choice((1, 2, 2, 3)))
        if number >= _FREE or number % 15:
            named = random.sample(codes, 1 if random.random() < 0.8 else 2)
            parts.insert(0, OneOf("line.code", ValueSet.of(named)))
        if random.random() < 0.1:
            parts.append(FactLeaf(random.choice(tuple(facts))))
        if random.random() < 0.1:
            parts.append(OtherLine(OneOf("line.code", ValueSet.of(random.sample(codes, 3)))))
        rules[f"policy-{number % 7}/rule-{number}"] = All(tuple(parts))
    return Rulebase(rules, facts, codes)


def _tests(random: Random, count: int) -> list[Formula]:
    tests: list[Formula] = []
    for kind in random.choices(("choice", "record", "units", "modifier", "either"), (3, 3, 1, 2, 1), k=count):
        if kind == "choice":
            name, members = random.choice(tuple(CHOICES.items()))
            tests.append(OneOf(name, ValueSet.of(random.sample(members, random.choice((1, 2))))))
        elif kind == "record":
            tests.append(OneOf(random.choice(RECORDS), ValueSet(frozenset({random.random() < 0.5}))))
        elif kind == "units":
            tests.append(Range("line.units", random.choice((2, 3, 4)), None))
        elif kind == "modifier":
            tests.append(Contains("line.modifiers", ValueSet.of(random.sample(MODIFIERS, 1))))
        else:
            tests.append(Some(tuple(_tests(random, 2))))
    return tests


def scenes(made: Rulebase, count: int, *, known: bool, seed: int = 2) -> list[EnrichedEncounter]:
    """Make so many claims; of the chart a quarter is known, or all of it."""
    random = Random(seed)  # noqa: S311 - not for secrets
    setting = Setting("cms-8-minute", ValueSet(frozenset()), frozenset())
    found = []
    for _ in range(count):
        role = {"encounter.payer_role": random.choice(CHOICES["encounter.payer_role"])}
        lines = []
        for number in range(1, LINES + 1):
            line = Line(number, {**role, **_values(random, made.codes, 1.0 if known else 0.25)})
            lines.append(EnrichedLine(line, line.values, {}, ()))
        found.append(EnrichedEncounter(tuple(lines), setting, {}))
    return found


def _values(random: Random, codes: tuple[str, ...], share: float) -> Mapping[str, Any]:
    values: dict[str, Any] = {
        "line.code": random.choice(codes),
        "line.date": date(2024, 1, 1),
        "line.units": random.choice((1, 1, 2, 4)),
        "line.modifiers": frozenset(random.sample(MODIFIERS, random.choice((0, 0, 1, 2)))),
        "line.place_of_service": random.choice(CHOICES["line.place_of_service"]),
    }
    chart: dict[str, Any] = {name: random.choice(CHOICES[name]) for name in ("line.purpose", "line.provider.type")}
    chart |= {name: random.random() < 0.8 for name in RECORDS}
    return values | {name: value for name, value in chart.items() if random.random() < share}
