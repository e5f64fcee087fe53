"""The stock way to use durable_rules, to compare with: its `Host`, and rules with callbacks.

A session for each claim; a ruleset for each stratum and reading, for the host cannot be trusted with negation; derived
facts asserted by callbacks; a fact for each pair of lines. It is helped wherever that costs it nothing: tests on values
are worked out beforehand and not timed, its timer threads are stopped, batches are asserted in one call, one last
fact fires what a batch left over, and rules beyond what one ruleset takes are divided.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any, NamedTuple

from payrule.language.domains import UNKNOWN_VALUE, Domain
from payrule.language.enriched_encounter import EnrichedEncounter, EnrichedLine
from payrule.language.lower import (
    FactLeaf,
    Formula,
    Literal,
    OneOf,
    OtherLine,
    Stratum,
    attribute_leaves,
    clauses,
    dependencies,
    strata,
)
from payrule.language.truth import Matches

CODE = "line.code"
MOST_RULES, MOST_NAMES = 2_000, 400
"""Rules and derived items of one ruleset: it hangs when more than 511 names follow one condition."""
DEFINITE, POSSIBLE = 0, 1

Test = dict[str, Any]
Item = FactLeaf | OtherLine


class Prepared(NamedTuple):
    """What a claim says, by reading: facts about its lines, and about its pairs of lines, each of one date or not."""

    lines: list[list[Test]]
    pairs: list[list[Test]]


class Stock:
    """Rules as `durable.engine.Host` takes them; without `possible`, only the definite reading is made and asked."""

    def __init__(self, rules: Mapping[str, Formula], facts: Mapping[str, Formula], *, possible: bool = True) -> None:
        """Translate the rules and start a host."""
        engine = import_module("durable.engine")

        logging.getLogger("durable").setLevel(logging.CRITICAL)
        self._unheard = engine.MessageNotHandledException
        self._readings = (DEFINITE, POSSIBLE) if possible else (DEFINITE,)
        layers = strata(rules, facts)
        used = [rules[name] for each in layers for name in each.rules]
        used += [facts[name] for each in layers for name in each.facts]
        leaves = dict.fromkeys(leaf for formula in used for leaf in attribute_leaves(formula))
        self._domains = [
            Domain(attribute, [leaf for leaf in leaves if leaf.attribute == attribute])
            for attribute in dict.fromkeys(leaf.attribute for leaf in leaves)
        ]
        self._flags = {leaf: f"t{at}" for at, leaf in enumerate(leaves)}
        self._flagged: set[Formula] = set()
        items: list[Item] = [FactLeaf(name) for each in layers for name in each.facts]
        items += [other for each in layers for other in each.others]
        self._items = {item: f"d{at}" for at, item in enumerate(items)}
        self._matched: list[list[set[str]]] = []
        self._true: list[set[tuple[str, int]]] = []
        self._told: set[tuple[str, int]] = set()
        self._layers = [(self._divided(each, rules, facts), bool(each.others)) for each in layers]
        rulesets = {name: text for layer, _ in self._layers for each in layer for name, text in each.items()}
        self._host = engine.Host(rulesets)
        for timer in (self._host._d_timer, self._host._t_timer):  # noqa: SLF001 - there is no other way to stop them
            timer.cancel()
        self._subjects = _subject_codes(rules, facts)
        self._session = 0

    def _divided(
        self, stratum: Stratum, rules: Mapping[str, Formula], facts: Mapping[str, Formula]
    ) -> list[dict[str, Test]]:
        """Give the rulesets of a stratum by reading, as few as carry it, each with all that its rules join."""
        level: dict[Item, Formula] = {FactLeaf(name): facts[name] for name in stratum.facts}
        level |= {other: other.formula for other in stratum.others}
        groups: list[tuple[set[str], set[Item]]] = [(set(), set())]
        targets: list[str | Item] = [*stratum.rules, *level]
        for target in targets:
            joined = _joined(rules[target] if isinstance(target, str) else level[target], level)
            if isinstance(target, str):
                if len(groups[-1][0]) >= MOST_RULES or len(groups[-1][1] | joined) > MOST_NAMES:
                    groups.append((set(), set()))
                groups[-1][0].add(target)
            elif any(target in items for _, items in groups):
                continue
            else:
                joined.add(target)
            groups[-1][1].update(joined)
        found: list[dict[str, Test]] = []
        for reading in self._readings:
            rulesets: dict[str, Test] = {}
            for names, items in groups:
                ruleset: Test = {"done": {"all": [{"m": {"kind": "done"}}], "run": lambda _: None}}
                for item in items:
                    ruleset |= self._ruleset(item, level[item], level.keys(), self._derive(item, reading))
                for name in names:
                    ruleset |= self._ruleset(name, rules[name], level.keys(), self._match(name, reading))
                rulesets[f"{id(stratum)}-{reading}-{len(rulesets)}"] = ruleset
            found.append(rulesets)
        return found

    def _ruleset(
        self, target: Item | str, formula: Formula, level: Collection[Item], run: Callable[[Any], None]
    ) -> Test:
        pair = isinstance(target, OtherLine)
        rules: Test = {}
        for number, clause in enumerate(clauses(formula)):
            tests: list[Test] = [{"kind": "pair" if pair else "line"}]
            if isinstance(target, OtherLine) and target.same_date:
                tests.append({"same": 1})
            patterns: list[Test] = []
            for literal in sorted(clause, key=lambda each: getattr(each.leaf, "attribute", "") != CODE):
                item = literal.leaf
                if isinstance(item, (FactLeaf, OtherLine)) and item in level:
                    line = {"line": {"line": "other" if pair else "line"}}
                    same = [{"kind": "derived"}, {"name": self._items[item]}, line]
                    patterns.append({f"d{len(patterns)}": {"$and": same}})
                else:
                    tests.append(self._test(literal))
            name = target if isinstance(target, str) else self._items[target]
            rules[f"{name}-{number}"] = {"all": [{"line": {"$and": tests}}, *patterns], "run": run}
        return rules

    def _test(self, literal: Literal) -> Test:
        leaf = literal.leaf
        if isinstance(leaf, OneOf) and leaf.attribute == CODE and literal.positive and not leaf.values.ranges:
            equal = [{"code": value} for value in sorted(leaf.values.values)]
            return equal[0] if len(equal) == 1 else {"$or": equal}
        if isinstance(leaf, (FactLeaf, OtherLine)):
            name = self._items[leaf]
        else:
            name = self._flags[leaf]
            self._flagged.add(leaf)
        return {name if literal.positive else f"not-{name}": 1}

    def _match(self, rule: str, reading: int) -> Callable[[Any], None]:
        return lambda session: self._matched[session.line.line][reading].add(rule)

    def _derive(self, item: Item, reading: int) -> Callable[[Any], None]:
        name = self._items[item]

        def run(session: Any) -> None:
            key = (name, session.line.line)
            self._true[reading].add(key)
            if key not in self._told:
                self._told.add(key)
                fact = {"kind": "derived", "line": session.line.line, "name": name, "sid": session.s.sid}
                with suppress(self._unheard):
                    session.assert_fact(fact)

        return run

    def prepared(self, scene: EnrichedEncounter) -> Prepared:
        """Work out every test on every line and pair of lines; this is not part of what is compared."""
        lines = [
            [self._fact("line", at, line, line.values, each) for at, line in enumerate(scene.lines)] for each in (0, 1)
        ]
        pairs = [
            [
                self._fact("pair", at, other, other.values | scene.relation(subject, other), each)
                | {"other": to, "same": int(other.line.date == subject.line.date)}
                for at, subject in enumerate(scene.lines)
                for to, other in enumerate(scene.lines)
                if to != at and (self._subjects is None or subject.values.get(CODE) in self._subjects)
            ]
            for each in (0, 1)
        ]
        return Prepared(lines, pairs)

    def _fact(self, kind: str, at: int, line: EnrichedLine, values: Mapping[str, Any], reading: int) -> Test:
        fact: Test = {"kind": kind, "line": at, "code": line.values.get(CODE, "")}
        for domain in self._domains:
            passed = domain.passed(values.get(domain.attribute))
            for bit, leaf in enumerate(domain.leaves):
                if leaf not in self._flagged:
                    continue
                name, true = self._flags[leaf], passed >> bit & 1
                if reading if passed == UNKNOWN_VALUE else true:
                    fact[name] = 1
                if reading if passed == UNKNOWN_VALUE else not true:
                    fact[f"not-{name}"] = 1
        return fact

    def match(self, prepared: Prepared) -> tuple[Matches, ...]:
        """Give the definite and the possible rules of each line."""
        self._matched = [[set(), set()] for _ in prepared.lines[0]]
        self._true = [set(), set()]
        settled: list[str] = []
        for rulesets, has_others in self._layers:
            for reading, group in zip(self._readings, rulesets, strict=True):
                facts = prepared.lines[reading] + (prepared.pairs[reading] if has_others else [])
                self._ask(group, [fact | self._known(fact, settled, reading) for fact in facts])
            settled = list(self._items.values())
        return tuple(
            Matches(frozenset(matched[0]), frozenset(matched[self._readings[-1]])) for matched in self._matched
        )

    def _known(self, fact: Test, settled: Sequence[str], reading: int) -> Test:
        """Give what lower strata have settled of the line, or of the other line of a pair."""
        line = fact.get("other", fact["line"])
        opposite = self._true[self._readings[-1 - reading]]
        known: Test = {}
        for item in settled:
            if (item, line) in self._true[reading]:
                known[item] = 1
            if (item, line) not in opposite:
                known[f"not-{item}"] = 1
        return known

    def _ask(self, rulesets: Iterable[str], facts: Iterable[Test]) -> None:
        self._session += 1
        sid = str(self._session)
        told = [fact | {"sid": sid} for fact in facts]
        for ruleset in rulesets:
            self._told.clear()
            with suppress(self._unheard):
                self._host.assert_facts(ruleset, told)
            self._host.assert_fact(ruleset, {"kind": "done", "sid": sid})
            self._host.delete_state(ruleset, sid)


def _joined(formula: Formula, level: Mapping[Item, Formula]) -> set[Item]:
    """Find what a formula joins of its own stratum, directly or through other items."""
    found: set[Item] = set()
    waiting = [formula]
    while waiting:
        for item, _ in dependencies(waiting.pop()):
            if item in level and item not in found:
                found.add(item)
                waiting.append(level[item])
    return found


def _subject_codes(rules: Mapping[str, Formula], facts: Mapping[str, Formula]) -> set[str] | None:
    """Name the codes of the lines for which pairs are needed; None for any."""
    found: set[str] = set()
    for formula in (*rules.values(), *facts.values()):
        for clause in clauses(formula):
            if any(isinstance(literal.leaf, OtherLine) for literal in clause):
                named = [
                    literal.leaf.values.values
                    for literal in clause
                    if isinstance(literal.leaf, OneOf) and literal.leaf.attribute == CODE and literal.positive
                    if not literal.leaf.values.ranges
                ]
                if not named:
                    return None
                found |= set(named[0])
    return found
