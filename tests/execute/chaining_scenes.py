"""Scenes and sets for the tests of chaining, and what matches them by definition.

`by_definition` evaluates formulas with Kleene's tables and nothing else, sharing no code with the compiler: it is what
the network is held to.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from payrule.encounter.encounter import Line
from payrule.execute.forward.counts import Counts
from payrule.language.derived import PAIR_FUNCTIONS, Setting
from payrule.language.enriched_encounter import EnrichedEncounter, EnrichedLine
from payrule.language.lower import All, Contains, FactLeaf, Formula, Lines, Not, OneOf, OtherLine, Quota, Range, Some
from payrule.language.truth import Matches
from payrule.model.values import ValueSet

DAY = date(2024, 1, 1)
NEXT_DAY = date(2024, 1, 2)
SETTING = Setting("cms-8-minute", ValueSet(frozenset()), frozenset({("neck", "back"), ("back", "neck")}))


def one_of(attribute: str, *members: object) -> OneOf:
    return OneOf(attribute, ValueSet.of(members, ranges=attribute.endswith("code")))


def contains(attribute: str, *members: object) -> Contains:
    return Contains(attribute, ValueSet.of(members))


def scene_of(lines: Iterable[Mapping[str, Any]], common: Mapping[str, Any] | None = None) -> EnrichedEncounter:
    """Make a scene of lines as documents write them; a line without a date is of the same day as others without one."""
    made = []
    for number, values in enumerate(lines, 1):
        known: dict[str, Any] = {"line.date": DAY, **(common or {}), **values}
        line = Line(number, {name: value for name, value in known.items() if value is not None})
        made.append(EnrichedLine(line, line.values, {}, ()))
    return EnrichedEncounter(tuple(made), SETTING, {"region": PAIR_FUNCTIONS["region-relation"]})


def by_definition(
    rules: Mapping[str, Formula],
    facts: Mapping[str, Formula],
    scene: EnrichedEncounter,
    subjects: Sequence[int] | None = None,
) -> tuple[Matches, ...]:
    """Give what `Network.match` must give."""
    found = []
    for line in range(len(scene.lines)) if subjects is None else subjects:
        values = {name: truth(formula, facts, scene, scene.lines[line], None) for name, formula in rules.items()}
        found.append(
            Matches(
                frozenset(name for name, value in values.items() if value == 1),
                frozenset(name for name, value in values.items() if value > 0),
            )
        )
    return tuple(found)


def truth(  # noqa: PLR0911 - one for each kind of formula
    formula: Formula,
    facts: Mapping[str, Formula],
    scene: EnrichedEncounter,
    line: EnrichedLine,
    subject: EnrichedLine | None,
) -> float:
    """Evaluate a formula about a line: 0 false, 0.5 unknown, 1 true; `subject` is whose other line it is."""
    if isinstance(formula, All):
        return min((truth(part, facts, scene, line, subject) for part in formula.parts), default=1)
    if isinstance(formula, Some):
        return max((truth(part, facts, scene, line, subject) for part in formula.parts), default=0)
    if isinstance(formula, Not):
        return 1 - truth(formula.part, facts, scene, line, subject)
    if isinstance(formula, FactLeaf):
        return truth(facts[formula.name], facts, scene, line, None)
    if isinstance(formula, OtherLine):
        others = [each for each in scene.lines if each is not line]
        if formula.same_date:
            others = [each for each in others if each.line.date == line.line.date]
        return max((truth(formula.formula, facts, scene, each, line) for each in others), default=0)
    if isinstance(formula, (Lines, Quota)):
        return Counts(scene, facts).truth(formula, line) / 2
    value = (
        scene.relation(formula.attribute, subject, line)
        if subject is not None and formula.attribute in scene.pair_functions
        else line.values.get(formula.attribute)
    )
    return 0.5 if value is None else float(passes(formula, value))


def passes(leaf: OneOf | Range | Contains, value: Any) -> bool:
    if isinstance(leaf, OneOf):
        return value in leaf.values
    if isinstance(leaf, Range):
        return (leaf.low is None or value >= leaf.low) and (leaf.below is None or value < leaf.below)
    return bool(value) if leaf.values is None else any(each in leaf.values for each in value)
