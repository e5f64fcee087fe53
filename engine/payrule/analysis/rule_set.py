"""What analysis reads of a payer: the rules that bind on one date, with their conditions, and what formulas rest on."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Any

import msgspec

from payrule.encounter.decoder import value_reader
from payrule.language.derived import Setting
from payrule.language.lower import (
    All,
    FactLeaf,
    Formula,
    Lines,
    Not,
    OneOf,
    OtherLine,
    Quota,
    Some,
    counted,
    inlined,
)
from payrule.model.choices import UNDECIDED, Disposition
from payrule.model.policy import Remittance
from payrule.model.values import Value, ValueSet
from payrule.model.vocabulary import Attribute, Vocabulary
from payrule.resolve.settle import BoundConcern, BoundRule


class RuleSet(msgspec.Struct, frozen=True):
    """The rules that bind one payer on one date of service."""

    concerns: tuple[BoundConcern, ...]
    conditions: dict[str, Formula]
    facts: dict[str, Formula]
    remittances: dict[str, Remittance]
    vocabulary: Vocabulary
    setting: Setting
    otherwise: Disposition = UNDECIDED

    @property
    def rules(self) -> tuple[BoundRule, ...]:
        """All bound rules, by concern."""
        return tuple(rule for concern in self.concerns for rule in concern.rules)

    def taken(self, attributes: Mapping[str, Attribute] | None = None) -> dict[str, Value]:
        """Give the value that each attribute is taken to have where a claim says nothing: presumed, or by default.

        Earlier lines have other `attributes` than those of the vocabulary.
        """
        declared = (self.vocabulary.attributes if attributes is None else attributes).items()
        defaults = {name: value_reader(each)(each.default) for name, each in declared if each.default is not None}
        return defaults | self.setting.presumptions

    def facts_below(self, *formulas: Formula) -> dict[str, Formula]:
        """Give the facts that formulas rest on, directly or through another."""
        waiting, found = list(formulas), dict[str, Formula]()
        while waiting:
            formula = waiting.pop()
            if (parts := _PARTS.get(type(formula))) is not None:
                waiting += parts(formula)
            elif isinstance(formula, FactLeaf) and formula.name not in found:
                found[formula.name] = self.facts[formula.name]
                waiting.append(found[formula.name])
        return found

    def other_lines(self) -> dict[str, tuple[OtherLine, ...]]:
        """Give for each rule the conditions on other lines that it rests on, directly or through a fact."""
        found = {}
        for name, condition in self.conditions.items():
            formulas = (condition, *self.facts_below(condition).values())
            found[name] = tuple(dict.fromkeys(each for formula in formulas for each in other_lines(formula)))
        return found


def counts_in(rule_sets: Iterable[RuleSet], also: Iterable[Formula] = ()) -> Iterator[Lines | Quota]:
    """List the counts that rules ask, and some formulas besides, with facts written out."""
    for rules in rule_sets:
        conditions = (*rules.conditions.values(), *rules.facts_below(*rules.conditions.values()).values())
        for each in (*conditions, *also):
            for asked in counted(each):
                written = inlined(asked, rules.facts)
                if isinstance(written, (Lines, Quota)):
                    yield written


def own_codes(rules: RuleSet, attribute: str) -> frozenset[ValueSet]:
    """Give the sets of values of an attribute that conditions ask the line itself to be in, and no other line."""
    found: set[ValueSet] = set()
    waiting: list[tuple[Formula, bool]] = [(each, True) for each in rules.conditions.values()]
    seen = set[tuple[str, bool]]()
    while waiting:
        formula, positive = waiting.pop()
        if isinstance(formula, OneOf):
            if positive and formula.attribute == attribute:
                found.add(formula.values)
        elif isinstance(formula, FactLeaf):
            if (formula.name, positive) not in seen:
                seen.add((formula.name, positive))
                waiting.append((rules.facts[formula.name], positive))
        elif not isinstance(formula, (OtherLine, Lines, Quota)):
            same = positive != isinstance(formula, Not)
            waiting += [(part, same) for part in parts_of(formula)]
    return frozenset(found)


def other_lines(formula: Formula) -> Iterator[OtherLine]:
    """List the conditions on other lines in a formula.

    >>> [each.same_date for each in other_lines(Not(OtherLine(FactLeaf("v#f"))))]
    [True]
    """
    if isinstance(formula, OtherLine):
        yield formula
    else:
        for part in parts_of(formula):
            yield from other_lines(part)


def parts_of(formula: Formula) -> tuple[Formula, ...]:
    """Give the formulas directly inside a formula.

    >>> parts_of(Not(OtherLine(FactLeaf("v#f"))))
    (OtherLine(formula=FactLeaf(name='v#f'), same_date=True),)
    """
    parts = _PARTS.get(type(formula))
    return () if parts is None else parts(formula)


_PARTS: dict[type, Callable[[Any], tuple[Formula, ...]]] = {
    **dict.fromkeys((All, Some), attrgetter("parts")),
    Not: lambda formula: (formula.part,),
    **dict.fromkeys((OtherLine, Lines, Quota), lambda formula: (formula.formula,)),
}
