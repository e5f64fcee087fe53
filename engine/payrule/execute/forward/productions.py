"""Turn the formulas of one stratum into productions: conjunctions of flags and derived items, with what each concludes.

A production is positive throughout. What it asks of attributes and of lower strata are **flags**, which a message about
a line carries or does not carry; what it asks of its own stratum are **joins** with what the network derives meanwhile.

A rule that asks for a code needs its facts of lines of that code only. Following that backwards lets a line be told to
few rulesets, and lets what is derived of another line be passed on to those subjects alone that have a use for it.

A ruleset costs time for each production in it whenever it is used, so a line is only sent to rulesets that hold a
production for its code. Where an item is derived does not matter, for derived items only add: what several codes need
is derived in the ruleset of each, and news of it goes to every ruleset that asks for it.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Literal as OneWord
from typing import NamedTuple

import msgspec

from payrule.encounter.encounter import CODE
from payrule.execute.forward.limits import (
    FEW_PRODUCTIONS,
    MOST_FLAGS,
    MOST_PRODUCTIONS,
    MOST_WAITING,
    Conditions,
    check_production,
)
from payrule.language.domains import Domain
from payrule.language.enriched_encounter import places
from payrule.language.lower import (
    All,
    AttributeLeaf,
    Clause,
    FactLeaf,
    Formula,
    Lines,
    Literal,
    Not,
    OneOf,
    OtherLine,
    Quota,
    Some,
    Stratum,
    attribute_leaves,
    clauses,
    counted,
)
from payrule.model.values import ValueSet

Item = FactLeaf | OtherLine | Lines | Quota
"""What the network derives about a line, by name or by condition, or is told before it begins: counts of lines."""

TOLD = -1
"""The stratum of what is told before the first one."""


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
    level.update((each, TOLD) for formula in used for each in counted(formula))
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
        yield f"definition `{name}`", "line", facts[name], None, FactLeaf(name)
    owners = _owners(rules, facts) if stratum.others else {}
    for other in stratum.others:
        yield f"`other_line` in {owners[other]}", "other", other.formula, None, other
    for name in stratum.rules:
        yield f"rule `{name}`", "line", rules[name], name, nothing


def _owners(rules: Mapping[str, Formula], facts: Mapping[str, Formula]) -> dict[OtherLine, str]:
    named = [(f"rule `{name}`", formula) for name, formula in rules.items()]
    named += [(f"definition `{name}`", formula) for name, formula in facts.items()]
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
        if not isinstance(leaf, (FactLeaf, OtherLine, Lines, Quota)):
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


ANY = -1
"""The need of what matters to lines of any code; other needs are sets of tests, one of which the code must pass."""


class Needed(msgspec.Struct, frozen=True):
    """A production, the need for it, and the flag on the code that binds it most closely, if one does."""

    production: Production
    need: int
    code: Flag | None


def demand(layers: Sequence[Iterable[Production]], known: Words) -> tuple[list[list[Needed]], list[int]]:
    """Give every production its need, layer by layer, and every item its own."""
    bound = [[(each, _closest(each, known)) for each in layer] for layer in layers]
    items = [0] * len(known.items)
    before: list[int] = []
    while items != before:
        before = items.copy()
        for production, code in (each for layer in reversed(bound) for each in layer):
            need = _need(production, code, items)
            for item in _read(production):
                items[item] |= need
    found = [[Needed(each, _need(each, code, items), code) for each, code in layer] for layer in bound]
    return found, items


def _need(production: Production, code: Flag | None, items: Sequence[int]) -> int:
    """Let a code of its own decide, else what it derives, unless that is about other lines than the one it asks."""
    if code is not None:
        return 1 << code.bit
    if production.rules or production.about == "other":
        return ANY
    need = 0
    for item in production.derives:
        need |= items[item]
    return need


def _read(production: Production) -> list[int]:
    return [*production.joins, *(flag.number for flag in production.flags if flag.source == "settled")]


def _closest(production: Production, known: Words) -> Flag | None:
    flags = code_flags(production, known)
    return min(flags, key=lambda flag: (_size(flags[flag].values), flag), default=None)


def _size(members: ValueSet) -> int:
    return len(members.values) + 100 * len(members.ranges)


_MOST_COPIES = 8


class Shard(msgspec.Struct, frozen=True):
    """Productions for one ruleset, their flags in the order in which to test them.

    `line_need` and `other_need` say which lines matter here, as a subject and as an other line. A ruleset that is for
    some codes names them in `classes`, by the sets of tests that they pass: lines of other codes find all they need
    elsewhere.
    """

    productions: tuple[Production, ...]
    line_need: int
    other_need: int
    classes: frozenset[int] | None


def shards(found: Iterable[Needed], known: Words) -> tuple[Shard, ...]:
    """Pack productions into rulesets: few ones together, else those for any code apart from those for some codes."""
    listed = [each for each in found if each.need]
    asked = Counter(flag for each in listed for flag in each.production.flags)
    ordered = [msgspec.structs.replace(each, production=_ordered(each, asked)) for each in listed]
    if len(listed) <= FEW_PRODUCTIONS:
        return _pack([(None, ordered)])
    classes = known.domains[known.code].classes() if known.code is not None else {}
    passing: dict[int, list[int]] = {}
    for passed in classes:
        for bit in places(passed):
            passing.setdefault(bit, []).append(passed)
    general: list[Needed] = []
    groups: dict[int, list[Needed]] = {}
    for each in ordered:
        meant = set() if each.need == ANY else {one for bit in places(each.need) for one in passing.get(bit, ())}
        if each.need == ANY or len(meant) > _MOST_COPIES:
            general.append(each)
        else:
            for passed in meant:
                groups.setdefault(passed, []).append(each)
    coded = sorted(groups, key=lambda passed: classes[passed])
    return _pack([(None, general)]) + _pack([(passed, groups[passed]) for passed in coded])


def _ordered(needed: Needed, asked: Counter[Flag]) -> Production:
    """Put the code first, for it excludes most, then what most productions ask: equal beginnings are tested once."""
    flags = sorted(needed.production.flags, key=lambda flag: (flag != needed.code, -asked[flag], flag))
    return msgspec.structs.replace(needed.production, flags=tuple(flags))


def _joint(about: str, group: Iterable[Needed]) -> int:
    need = 0
    for each in group:
        if each.production.about == about:
            need |= each.need
    return need


def _pack(groups: Iterable[tuple[int | None, list[Needed]]]) -> tuple[Shard, ...]:
    """Fill one ruleset after another; a group for one class of codes that would make one large begins the next."""
    room = _Room()
    for passed, group in groups:
        if room.here and len(room.here.keys() | {each.production for each in group}) > FEW_PRODUCTIONS // 2:
            room.leave()
        for each in group:
            room.take(passed, each)
    room.leave()
    return tuple(
        Shard(
            tuple(each.production for each in group),
            _joint("line", group),
            _joint("other", group),
            None if None in classes else frozenset(each for each in classes if each is not None),
        )
        for classes, group in room.filled
    )


class _Room:
    """A ruleset that is being filled, and the filled ones before it."""

    def __init__(self) -> None:
        self.filled: list[tuple[set[int | None], list[Needed]]] = []
        self.here: dict[Production, Needed] = {}
        self._classes: set[int | None] = set()
        self._start()

    def _start(self) -> None:
        self._conditions = {"line": Conditions(), "other": Conditions(), "derived": Conditions()}
        self._flags: dict[str, set[Flag]] = {"line": set(), "other": set()}

    def leave(self) -> None:
        if self.here:
            self.filled.append((self._classes, list(self.here.values())))
            self.here = {}
            self._classes = set()
            self._start()

    def take(self, passed: int | None, needed: Needed) -> None:
        if needed.production not in self.here:
            if not self._fits(needed.production):
                self.leave()
                self._fits(needed.production)
            self.here[needed.production] = needed
        self._classes.add(passed)

    def _fits(self, production: Production) -> bool:
        paths = conditions(production, len(self.here))
        for kind, path in paths:
            self._conditions[kind].add(path)
        flags = self._flags[production.about] | set(production.flags)
        if (
            len(self.here) < MOST_PRODUCTIONS
            and len(flags) <= MOST_FLAGS
            and all(each.waiting <= MOST_WAITING for each in self._conditions.values())
        ):
            self._flags[production.about] = flags
            return True
        for kind, path in paths:
            self._conditions[kind].remove(path)
        return False


def conditions(production: Production, number: int) -> list[tuple[str, tuple[Hashable, ...]]]:
    """Give what the engine tests for a production, one path for each message it joins, with the kind of message.

    A join is a condition of its own in the engine, never shared: `number` tells it from those of other productions.
    """
    own = ("join", number)
    line = production.about == "line"
    paths: list[tuple[str, tuple[Hashable, ...]]] = [
        ("derived", (item,) if line and position == 0 else (item, (*own, position)))
        for position, item in enumerate(production.joins)
    ]
    if production.flags:
        path = (*production.flags, own) if line and production.joins else production.flags
        paths.append((production.about, path))
    return paths
