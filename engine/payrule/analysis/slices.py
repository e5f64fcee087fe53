"""The rules that can answer a line of some code: a question about every claim is asked code by code, of these alone.

A condition on the code of the line itself is settled once the code is chosen, and with it most rules: they never match
such a line. Codes for which the same conditions are left are asked about together. Other lines are not narrowed: they
have every code that these conditions tell apart.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import msgspec

from payrule.analysis.encoding import Regime
from payrule.analysis.problem import CodeClasses, code_classes
from payrule.analysis.rule_set import RuleSet, counts_in, own_codes
from payrule.analysis.value_classes import UNWRITTEN
from payrule.encounter.encounter import CODE
from payrule.language.lower import All, FactLeaf, Formula, Lines, Not, OneOf, OtherLine, Quota, Some, codes_asked
from payrule.model.values import ValueSet
from payrule.resolve.settle import NOTHING_LEFT, BoundConcern, BoundRule, places_of
from payrule.source.memory import Uncollected

TRUE, FALSE = All(()), Some(())

FEW_RULES = 80
"""Rules that are as soon asked about at once as code by code."""


class Read(NamedTuple):
    """What questions read of a rule set, as bytes: the setting and the words, the rules, and the names of versions."""

    setting: bytes
    rules: bytes
    versions: bytes


class Spoken(msgspec.Struct, frozen=True):
    """The codes that rules ask a line itself to have, one by one or by sets with ranges."""

    single: frozenset[Any]
    ranged: tuple[ValueSet, ...]

    @classmethod
    def of(cls, rules: RuleSet) -> "Spoken":
        """Collect them."""
        sets = own_codes(rules, CODE)
        ranged = tuple(each for each in sets if each.ranges or each.spans)
        return cls(frozenset().union(*(each.values for each in sets)), ranged)

    def __contains__(self, code: object) -> bool:
        """Tell whether a code is one of them."""
        return code in self.single or any(code in each for each in self.ranged)

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self.single or self.ranged)


class Slice(msgspec.Struct, frozen=True):
    """Regimes with the rules that can match a line of some codes; `codes` is None where they are those of every code.

    Of codes that no rule tells apart one is named. `positions` say which of all regimes each is, and `reads` what is
    read of each of its rule sets. `spoken` are the codes that some rule of the first side names for the line itself, of
    each regime, and `named` those that any rule names.
    """

    regimes: tuple[Regime, ...]
    positions: tuple[int, ...]
    spoken: tuple[Spoken, ...]
    reads: tuple[tuple["Read", ...], ...] = ()
    codes: OneOf | None = None
    named: frozenset[str] = frozenset()


class Slices(msgspec.Struct, frozen=True):
    """All slices of a question, and the classes of codes that they are made of; None where it stays whole.

    `spoken` are the codes that each regime's rules name, those of the first side; `counts` is false where no rule
    counts lines or has a quota.
    """

    slices: tuple[Slice, ...]
    spoken: tuple[Spoken, ...]
    counts: bool
    classes: CodeClasses | None = None


def whole(regimes: Sequence[Regime], *, counts: bool = True) -> Slices:
    """Leave a question whole."""
    spoken = tuple(Spoken.of(each.rules[0]) for each in regimes)
    return Slices((Slice(tuple(regimes), tuple(range(len(regimes))), spoken),), spoken, counts)


def slices(regimes: Sequence[Regime], *, unequal: bool = False) -> Slices:
    """Cut a question by the code of the line that is answered, where there are many rules or rules count lines.

    It stays whole where a line may have no code, or one of which no example is known. With `unequal` codes are left out
    of which it is plain that both sides say the same.
    """
    with Uncollected():
        return _cut(regimes, unequal=unequal)


def _cut(regimes: Sequence[Regime], *, unequal: bool) -> Slices:
    rule_sets = list({id(rules): rules for each in regimes for rules in each.rules}.values())
    many, counts = any(len(rules.conditions) > FEW_RULES for rules in rule_sets), tuple(counts_in(rule_sets))
    classes = code_classes(rule_sets, counts) if many or counts else None
    if classes is None or UNWRITTEN in classes.values:
        return whole(regimes, counts=bool(counts))
    cutters = {id(rules): _Cutter(rules) for rules in rule_sets}
    found: dict[tuple[tuple[Any, ...], ...], list[str]] = {}
    for code in classes.values:
        found.setdefault(tuple(each.key(code) for each in cutters.values()), []).append(code)
    if len(found) <= 1:
        return whole(regimes, counts=bool(counts))
    spoken = tuple(Spoken.of(each.rules[0]) for each in regimes)
    made = []
    sides = [[cutters[id(rules)] for rules in each.rules] for each in regimes] if unequal else []
    differing = [_differing(*each) for each in sides]
    for codes in found.values():
        if unequal and not any(map(partial(_differ, codes[0]), sides, differing)):
            continue
        cut = {name: each.cut(codes[0]) for name, each in cutters.items()}
        narrow = [
            (
                msgspec.structs.replace(each, rules=tuple(cut[id(rules)][0] for rules in each.rules)),
                tuple(cut[id(rules)][1] for rules in each.rules),
            )
            for each in regimes
        ]
        made.append(_together(narrow, spoken, codes, classes.named))
    return Slices(tuple(made), spoken, bool(counts), classes)


def _differ(code: str, sides: Sequence["_Cutter"], differing: frozenset[str] | None) -> bool:
    """Tell whether the rules that can match a line of a code may not be the same on both sides."""
    if differing is None:
        return True
    one, two = (each.names(code) for each in sides)
    return one != two or not differing.isdisjoint(one)


def _differing(one: "_Cutter", two: "_Cutter") -> frozenset[str] | None:
    """Name the rules that are not the same on both sides; None where more than rules is another."""
    if one.beside_rules() != two.beside_rules():
        return None
    names = one.rules.conditions.keys() | two.rules.conditions.keys()
    return frozenset(name for name in names if one.said(name) != two.said(name))


def _together(
    narrow: Sequence[tuple[Regime, tuple[Read, ...]]],
    spoken: Sequence[Spoken],
    codes: Sequence[str],
    named: frozenset[str],
) -> Slice:
    """Put the dates together on which the same rules can match."""
    found: dict[tuple[Any, ...], tuple[int, Regime]] = {}
    for position, (regime, read) in enumerate(narrow):
        key = (read, tuple(code in spoken[position] for code in codes))
        first, known = found.get(key, (position, regime))
        spans = regime.spans if known is regime else (*known.spans, *regime.spans)
        found[key] = (first, msgspec.structs.replace(known, spans=spans))
    positions, regimes = zip(*found.values(), strict=True)
    return Slice(
        regimes,
        positions,
        tuple(spoken[each] for each in positions),
        tuple(read for read, _ in found),
        OneOf(CODE, ValueSet(frozenset(codes))),
        named,
    )


class _Cutter:
    """Cut the rules of a rule set by codes; an index names the few that can match a code."""

    def __init__(self, rules: RuleSet) -> None:
        """Sort the rules by the codes that their conditions ask for."""
        self.rules = rules
        self._setting = _setting_read(rules)
        self._places = places_of(rules.concerns)
        self._order = {name: position for position, name in enumerate(rules.conditions)}
        self._single: dict[str, list[str]] = {}
        self._others: list[str] = []
        self._alike: dict[str, Formula] = {}
        self._left: dict[str, dict[str, Formula]] = {}
        asks = _AsksOfCode(rules.facts)
        for name, condition in rules.conditions.items():
            if not asks.of(condition):
                self._alike[name] = condition
            elif (singles := codes_asked(condition)) is None:
                self._others.append(name)
            else:
                for code in singles:
                    self._single.setdefault(code, []).append(name)
        self._facts_alike = rules.facts_below(*self._alike.values())

    def beside_rules(self) -> tuple[Any, ...]:
        """Give what questions read of every slice, beside its rules."""
        return self._setting, self.rules.facts, [(each.id, each.tests) for each in self.rules.concerns]

    def said(self, name: str) -> tuple[Any, ...] | None:
        """Give all that questions read of a rule; None where there is none of a name."""
        condition = self.rules.conditions.get(name)
        if condition is None:
            return None
        concern, group, rule = self._places[name]
        return condition, concern, group, _rule_read(rule), self.rules.remittances.get(name)

    def left(self, code: str) -> dict[str, Formula]:
        """Give what is left of the condition of each rule that can match a line of a code."""
        if code not in self._left:
            chosen = ChosenCode(code, self.rules.facts)
            # What a rule pays is read from the quota in its second case.
            found = {
                name: chosen.settled(self.rules.conditions[name], quotas=not name.endswith(NOTHING_LEFT))
                for name in (*self._single.get(code, ()), *self._others)
            }
            self._left[code] = {name: each for name, each in found.items() if each != FALSE}
        return self._left[code]

    def key(self, code: str) -> tuple[Any, ...]:
        """Give what tells codes apart for these rules."""
        return tuple(self.left(code).items())

    def names(self, code: str) -> list[str]:
        """Name the rules that can match a line of a code, in their order."""
        return sorted(self.left(code).keys() | self._alike.keys(), key=self._order.__getitem__)

    def cut(self, code: str) -> tuple[RuleSet, Read]:
        """Keep the rules that can match a line of a code, with what is left of their conditions; say what is read."""
        left = self.left(code) | self._alike
        narrow = self._narrowed({name: left[name] for name in self.names(code)})
        return narrow, Read(self._setting, *_rules_read(narrow))

    def _narrowed(self, conditions: Mapping[str, Formula]) -> RuleSet:
        groups: dict[int, dict[int, list[BoundRule]]] = {}
        for name in conditions:
            concern, group, rule = self._places[name]
            overriders = frozenset(each for each in rule.overridden_by if each in conditions)
            kept = rule if overriders == rule.overridden_by else msgspec.structs.replace(rule, overridden_by=overriders)
            groups.setdefault(concern, {}).setdefault(group, []).append(kept)
        depth = lambda rule: (rule.depth, rule.name)  # noqa: E731 - each after those that override it
        concerns = tuple(
            BoundConcern(each.id, tuple(tuple(sorted(held[at], key=depth)) for at in sorted(held)), each.tests)
            for position, each in enumerate(self.rules.concerns)
            for held in [groups.get(position, {})]
        )
        remittances = {name: each for name, each in self.rules.remittances.items() if name in conditions}
        others = (each for name, each in conditions.items() if name not in self._alike)
        return msgspec.structs.replace(
            self.rules,
            concerns=concerns,
            conditions=dict(conditions),
            remittances=remittances,
            facts=self._facts_alike | self.rules.facts_below(*others),
        )


class _AsksOfCode:
    """Tell which conditions ask for the code of the line itself, or share a quota, of which not every code has part."""

    def __init__(self, facts: Mapping[str, Formula]) -> None:
        self._facts = facts
        self._known: dict[str, bool] = {}

    def of(self, formula: Formula) -> bool:
        """Tell it of one."""
        if isinstance(formula, (All, Some)):
            return any(map(self.of, formula.parts))
        if isinstance(formula, Not):
            return self.of(formula.part)
        if isinstance(formula, FactLeaf):
            if formula.name not in self._known:
                self._known[formula.name] = self.of(self._facts[formula.name])
            return self._known[formula.name]
        if isinstance(formula, (OtherLine, Lines)):
            return False
        return isinstance(formula, Quota) or formula.attribute == CODE


class ChosenCode:
    """Settle what conditions ask of the code of the line itself.

    >>> two, three = OneOf("line.code", ValueSet.of(["00002"])), OneOf("line.code", ValueSet.of(["00003"]))
    >>> ChosenCode("00003", {"f": Some((two, three))}).settled(All((Not(two), FactLeaf("f")))) == TRUE
    True
    """

    def __init__(self, code: str, facts: Mapping[str, Formula]) -> None:
        """Take the code, and the facts that conditions name."""
        self.code, self._facts = code, facts
        self._known: dict[str, Formula] = {}

    def settled(self, formula: Formula, *, quotas: bool = True) -> Formula:
        """Give what is left of a condition; quotas that the line has no part in are settled, too, unless told else."""
        if isinstance(formula, OneOf):
            return self._of_code(formula)
        if isinstance(formula, Not):
            part = self.settled(formula.part, quotas=quotas)
            return FALSE if part == TRUE else TRUE if part == FALSE else Not(part)
        if isinstance(formula, (All, Some)):
            neutral, decisive = (TRUE, FALSE) if isinstance(formula, All) else (FALSE, TRUE)
            parts = [self.settled(each, quotas=quotas) for each in formula.parts]
            parts = [each for each in parts if each != neutral]
            return decisive if decisive in parts else parts[0] if len(parts) == 1 else type(formula)(tuple(parts))
        if isinstance(formula, FactLeaf):
            return self._of_fact(formula)
        return self._of_quota(formula) if quotas and isinstance(formula, Quota) else formula

    def _of_code(self, leaf: OneOf) -> Formula:
        if leaf.attribute != CODE:
            return leaf
        return TRUE if self.code in leaf.values else FALSE

    def _of_fact(self, leaf: FactLeaf) -> Formula:
        if leaf.name not in self._known:
            written = self._facts[leaf.name]
            found = self.settled(written)
            self._known[leaf.name] = leaf if found == written else found
        return self._known[leaf.name]

    def _of_quota(self, quota: Quota) -> Formula:
        """Of a line outside a quota nothing is over it."""
        if quota.kind != "over" or self.settled(quota.formula) != FALSE:
            return quota
        return FALSE if any(test != "at_most" and operand > 0 for test, operand in quota.tests) else TRUE


def read_of(of: Slice, *, versions: bool) -> Iterator[bytes]:
    """Give all that a question reads of a slice; with `versions` also the names of policy versions.

    Which codes other rules name is read where tables are looked up for them.
    """
    for regime, spoken, sides in zip(of.regimes, of.spoken, of.reads, strict=True):
        yield written(regime.spans)
        for each in sides:
            yield from each if versions else each[:2]
        if versions and of.codes is not None:
            yield written([code in spoken for code in sorted(of.codes.values.values)])
    yield written(of.codes)
    if any(rules.setting.tables for regime in of.regimes for rules in regime.rules):
        yield written(of.named)


def _rules_read(rules: RuleSet) -> tuple[bytes, bytes]:
    """Give all that questions read of rules, and apart from that the versions of policies that they are of."""
    placed = [
        (each.id, each.tests, [[_rule_read(rule) for rule in group] for group in each.groups])
        for each in rules.concerns
    ]
    read = (list(rules.conditions.items()), list(rules.facts.items()), placed, list(rules.remittances.items()))
    return written(read), written([rule.policy.name for rule in rules.rules])


def _rule_read(rule: BoundRule) -> tuple[Any, ...]:
    conclude = rule.rule.conclude
    return (
        rule.name,
        rule.effect,
        rule.liability,
        rule.strictness,
        rule.overridden_by,
        rule.depth,
        rule.tier,
        conclude,
    )


def _setting_read(rules: RuleSet) -> bytes:
    """Give what a payer settles, and the words that rules use; of tables their documents, which have digests."""
    setting = rules.setting
    tables = [(name, each.table) for held in (setting.tables, setting.look_ups) for name, each in sorted(held.items())]
    plain = msgspec.structs.replace(setting, tables={}, look_ups={})
    return written((rules.vocabulary, plain, tables, rules.otherwise))


def written(read: Any) -> bytes:
    """Write what is read in one way, to be digested.

    A set of values of several types has no order, and is then read anew each time.

    >>> written({"b": frozenset({2, 1}), "a": None})
    b'{"a":null,"b":[1,2]}'
    """
    try:
        return msgspec.json.encode(read, order="sorted")
    except TypeError:
        return repr(read).encode()
