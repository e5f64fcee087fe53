"""Turn the formulas of one stratum into productions: conjunctions of flags and derived items, with what each concludes.

A production is positive throughout. What it asks of attributes and of lower strata are **flags**, which a message about
a line carries or does not carry; what it asks of its own stratum are **joins** with what the network derives meanwhile.
"""

from collections.abc import Iterator, Mapping
from typing import Literal as OneWord
from typing import NamedTuple

import msgspec

from payrule.execute.forward.limits import check_production
from payrule.language.domains import Domain
from payrule.language.lower import (
    All,
    AttributeLeaf,
    Clause,
    FactLeaf,
    Formula,
    Literal,
    Not,
    OneOf,
    OtherLine,
    Some,
    attribute_leaves,
    clauses,
)
from payrule.language.strata import Stratum

Item = FactLeaf | OtherLine
"""What the network derives about a line, by name or by condition."""

CODE = "line.code"
"""The attribute by which lines are sent to the rules that can match them."""


class Flag(NamedTuple):
    """One thing a message can say of its line: a test passed or failed, an item of a lower stratum true or false."""

    source: OneWord["attribute", "settled", "given"]
    number: int
    bit: int
    positive: bool


ALWAYS = Flag("given", 0, 0, positive=True)
"""Carried by every message, for conditions that ask nothing."""
SAME_DATE = Flag("given", 1, 0, positive=True)
"""Carried by a message about another line of the same date of service."""


class Production(msgspec.Struct, frozen=True):
    """When a line (for an other-line condition, the other line) has all flags and joins, all of these are concluded."""

    about: OneWord["line", "other"]
    flags: tuple[Flag, ...]
    joins: tuple[int, ...]
    rules: tuple[str, ...]
    derives: tuple[int, ...]


class Words(msgspec.Struct, frozen=True):
    """What a network knows by number: the domains of its attributes and the items it derives, each with its stratum."""

    domains: tuple[Domain, ...]
    domain_index: dict[str, int]
    bits: dict[AttributeLeaf, int]
    items: tuple[Item, ...]
    item_index: dict[Item, int]
    level: dict[Item, int]
    any_date: bool

    @property
    def code(self) -> int | None:
        """The number of the domain of service codes, if any rule reads them."""
        return self.domain_index.get(CODE)


def words(rules: Mapping[str, Formula], facts: Mapping[str, Formula], strata: tuple[Stratum, ...]) -> Words:
    """Give a number to everything that the formulas of a network name."""
    leaves: dict[str, dict[AttributeLeaf, None]] = {}
    used = [rules[name] for stratum in strata for name in stratum.rules]
    used += [facts[name] for stratum in strata for name in stratum.facts]
    for formula in used:
        for leaf in attribute_leaves(formula):
            leaves.setdefault(leaf.attribute, {})[leaf] = None
    level: dict[Item, int] = {}
    for number, stratum in enumerate(strata):
        level.update((FactLeaf(name), number) for name in stratum.facts)
        level.update((other, number) for other in stratum.others)
    return Words(
        domains=tuple(Domain(attribute, leaves[attribute]) for attribute in sorted(leaves)),
        domain_index={attribute: index for index, attribute in enumerate(sorted(leaves))},
        bits={leaf: bit for each in leaves.values() for bit, leaf in enumerate(each)},
        items=tuple(level),
        item_index={item: index for index, item in enumerate(level)},
        level=level,
        any_date=any(isinstance(item, OtherLine) and not item.same_date for item in level),
    )


def productions(
    number: int, stratum: Stratum, rules: Mapping[str, Formula], facts: Mapping[str, Formula], known: Words
) -> tuple[Production, ...]:
    """Give the productions of a stratum; those that ask the same are one.

    Raises LimitError naming the rule or fact whose condition is beyond what the engine carries.
    """
    found: dict[tuple[str, tuple[Flag, ...], tuple[int, ...]], tuple[list[str], list[int]]] = {}
    for what, about, formula, rule, item in _sources(stratum, rules, facts):
        for clause in clauses(formula, what):
            flags, joins = _asked(clause, number, known)
            if about == "other":
                same = known.any_date and isinstance(item, OtherLine) and item.same_date
                flags = flags | {SAME_DATE} if same else flags or {ALWAYS}
            elif not joins:
                flags = flags or {ALWAYS}
            check_production(len(flags), len(joins), what)
            targets = found.setdefault((about, tuple(sorted(flags)), tuple(sorted(joins))), ([], []))
            if rule is not None:
                targets[0].append(rule)
            else:
                targets[1].append(known.item_index[item])
    return tuple(
        Production("other" if about == "other" else "line", flags, joins, tuple(names), tuple(derived))
        for (about, flags, joins), (names, derived) in found.items()
    )


def _sources(
    stratum: Stratum, rules: Mapping[str, Formula], facts: Mapping[str, Formula]
) -> Iterator[tuple[str, str, Formula, str | None, Item]]:
    nothing = FactLeaf("")
    for name in stratum.facts:
        yield f"fact `{name}`", "line", facts[name], None, FactLeaf(name)
    owners = _owners(rules, facts) if stratum.others else {}
    for other in stratum.others:
        yield f"`other_line` in {owners[other]}", "other", other.formula, None, other
    for name in stratum.rules:
        yield f"rule `{name}`", "line", rules[name], name, nothing


def _owners(rules: Mapping[str, Formula], facts: Mapping[str, Formula]) -> dict[OtherLine, str]:
    named = [(f"rule `{name}`", formula) for name, formula in rules.items()]
    named += [(f"fact `{name}`", formula) for name, formula in facts.items()]
    owners: dict[OtherLine, str] = {}
    for what, formula in named:
        for other in _others(formula):
            owners.setdefault(other, what)
    return owners


def _others(formula: Formula) -> Iterator[OtherLine]:
    if isinstance(formula, OtherLine):
        yield formula
    elif isinstance(formula, Not):
        yield from _others(formula.part)
    elif isinstance(formula, (All, Some)):
        for part in formula.parts:
            yield from _others(part)


def _asked(clause: Clause, number: int, known: Words) -> tuple[set[Flag], set[int]]:
    flags: set[Flag] = set()
    joins: set[int] = set()
    for literal in clause:
        leaf = literal.leaf
        if not isinstance(leaf, (FactLeaf, OtherLine)):
            flags.add(Flag("attribute", known.domain_index[leaf.attribute], known.bits[leaf], literal.positive))
        elif known.level[leaf] == number:
            joins.add(_positive(literal, known))
        else:
            flags.add(Flag("settled", known.item_index[leaf], 0, literal.positive))
    return flags, joins


def _positive(literal: Literal, known: Words) -> int:
    if not literal.positive or isinstance(literal.leaf, AttributeLeaf):
        raise AssertionError(f"strata let a negated item into its own stratum: {literal}")
    return known.item_index[literal.leaf]


def code_flags(production: Production, known: Words) -> dict[Flag, OneOf]:
    """Give the flags that bind a production to service codes, each with the test it stands for."""
    if known.code is None:
        return {}
    leaves = known.domains[known.code].leaves
    return {
        flag: leaf
        for flag in production.flags
        if flag.source == "attribute" and flag.number == known.code and flag.positive
        for leaf in [leaves[flag.bit]]
        if isinstance(leaf, OneOf)
    }
