"""Compare the network with the stock way to use durable_rules, on the same rules and the same claims.

The stock way is its `Host`: rules with callbacks, a session for each claim, claims as facts with an explicit "unknown", each rule
written once definitely and once possibly, derived facts asserted by callbacks, a fact for each pair of lines whose subject
some rule needs. It is helped where that costs it nothing: its timer threads are stopped, batches are asserted in one call, and
one last fact fires what a batch left over. Both must find the same rules for each line.
"""

import logging
from collections.abc import Iterator
from time import process_time
from typing import Any

from benchmarks.generate import Rulebase, rulebase, scenes
from payrule.chaining.network import Network
from payrule.language.leaves import Contains, FactLeaf, Formula, OneOf, OtherLine
from payrule.language.normal import clauses
from payrule.language.scene import Scene, SceneLine

SIZES = {15: 150, 300: 60, 3_000: 20}
"""How many rules, and how many claims the stock way is timed on."""
TIMES = 5

Found = list[tuple[frozenset[str], frozenset[str]]]


class Stock:
    """The rules as `durable.engine.Host` takes them: one ruleset for each reading, each holding every rule."""

    def __init__(self, made: Rulebase, *, readings: tuple[str, ...]) -> None:
        from durable import engine  # noqa: PLC0415 - it starts threads and a logger

        logging.getLogger("durable").setLevel(logging.CRITICAL)
        self.unheard = engine.MessageNotHandledException
        self.readings = readings
        self.codes: dict[str, set[str]] = {}
        self.matched: dict[str, dict[int, set[str]]] = {}
        self.host = engine.Host({each: self._ruleset(made, each) for each in readings})
        for timer in (self.host._d_timer, self.host._t_timer):  # noqa: SLF001 - it has no other way to stop them
            timer.cancel()
        self.session = 0

    def _ruleset(self, made: Rulebase, reading: str) -> dict[str, Any]:
        rules: dict[str, Any] = {"done": {"all": [{"m": {"kind": "done"}}], "run": lambda _: None}}
        others: dict[OtherLine, str] = {}
        for name, formula in [*made.facts.items(), *made.rules.items()]:
            for number, clause in enumerate(clauses(formula)):
                tests: list[dict[str, Any]] = [{"kind": "line"}]
                patterns: list[dict[str, Any]] = []
                for literal in clause:
                    leaf = literal.leaf
                    if isinstance(leaf, (FactLeaf, OtherLine)):
                        derived = (
                            leaf.name if isinstance(leaf, FactLeaf) else others.setdefault(leaf, f"q{len(others)}")
                        )
                        same = {"line": {"line": "line"}}
                        patterns.append({f"d{len(patterns)}": {"$and": [{"kind": "derived"}, {"name": derived}, same]}})
                        self._need(leaf, clause)
                    else:
                        tests.append(_test(leaf, reading))
                run = self._derive(name, reading) if name in made.facts else self._match(name, reading)
                rules[f"{name}-{number}"] = {"all": [{"line": _and(tests)}, *patterns], "run": run}
        for other, name in others.items():
            for number, clause in enumerate(clauses(other.formula)):
                tests = [{"kind": "pair"}, *(_test(literal.leaf, reading) for literal in clause)]
                rules[f"{name}-{number}"] = {"all": [{"line": _and(tests)}], "run": self._derive(name, reading)}
        return rules

    def _need(self, leaf: Formula, clause: Any) -> None:
        """Note the codes of subjects for which pairs have to be asserted."""
        if isinstance(leaf, OtherLine):
            named = [each.leaf.values.values for each in clause if getattr(each.leaf, "attribute", "") == "line.code"]
            self.codes.setdefault("pairs", set()).update(*(named or [{"any"}]))

    def _match(self, rule: str, reading: str) -> Any:
        return lambda session: self.matched[reading].setdefault(session.line.line, set()).add(rule)

    def _derive(self, name: str, reading: str) -> Any:
        def run(session: Any) -> None:
            key = (session.line.line, name)
            if key not in self.derived[reading]:
                self.derived[reading].add(key)
                fact = {"kind": "derived", "line": session.line.line, "name": name, "sid": session.s.sid}
                try:
                    session.assert_fact(fact)
                except self.unheard:
                    return

        return run

    def match(self, scene: Scene) -> Found:
        """Give the definite and the possible rules of each line."""
        self.session += 1
        self.matched = {each: {} for each in self.readings}
        self.derived: dict[str, set[tuple[int, str]]] = {each: set() for each in self.readings}
        sid = str(self.session)
        flat = [_flat(line) for line in scene.lines]
        facts = [{"kind": "line", "line": at, **values, "sid": sid} for at, values in enumerate(flat)]
        needed = self.codes.get("pairs", set())
        facts += [
            {"kind": "pair", "line": at, "other": to, **flat[to], "sid": sid}
            for at, subject in enumerate(flat)
            if subject["line.code"] in needed or "any" in needed
            for to in range(len(flat))
            if to != at
        ]
        for each in self.readings:
            try:
                self.host.assert_facts(each, facts)
            except self.unheard:
                pass
            self.host.assert_fact(each, {"kind": "done", "sid": sid})
            self.host.delete_state(each, sid)
        first, last = self.matched[self.readings[0]], self.matched[self.readings[-1]]
        return [(frozenset(first.get(at, ())), frozenset(last.get(at, ()))) for at in range(len(flat))]


UNKNOWN = -1


def _flat(line: SceneLine) -> dict[str, Any]:
    """Write a line as a fact: numbers and texts as they are, sets as one flag for each member, all attributes there."""
    from benchmarks.generate import CHOICES, MODIFIERS, RECORDS  # noqa: PLC0415 - what there is to know of a line

    values = line.values
    flat: dict[str, Any] = {"line.code": values["line.code"], "line.units": values["line.units"]}
    for name in (*CHOICES, *RECORDS):
        value = values.get(name)
        flat[name] = UNKNOWN if value is None else value if isinstance(value, str) else int(value)
    for member in MODIFIERS:
        flat[f"modifiers.{member}"] = int(member in values["line.modifiers"])
    return flat


def _test(leaf: Any, reading: str) -> dict[str, Any]:
    if isinstance(leaf, Contains):
        (member,) = leaf.values.values
        return {f"modifiers.{member}": 1}
    if isinstance(leaf, OneOf):
        members = sorted(int(each) if isinstance(each, bool) else each for each in leaf.values.values)
        if reading == "possible" and leaf.attribute != "line.code":
            members.append(UNKNOWN)
        equal = [{leaf.attribute: member} for member in members]
        return equal[0] if len(equal) == 1 else {"$or": equal}
    return {"$gte": {leaf.attribute: leaf.low}}


def _and(tests: list[dict[str, Any]]) -> dict[str, Any]:
    return tests[0] if len(tests) == 1 else {"$and": tests}


def _each(network: Network, asked: list[Scene]) -> Iterator[Found]:
    for scene in asked:
        yield [(each.definite, each.possible) for each in network.match(scene)]


def main() -> None:
    """Print encounters a second, for claims with little of the chart and for claims with all of it."""
    print("forward chaining, encounters of 4 lines a second (processor time, best of several)")
    print(f"{'rules':>6} {'chart':>8} {'stock Host':>11} {'network':>9} {'together':>9} {'first':>8}   times faster")
    for rules, few in SIZES.items():
        made = rulebase(rules)
        for known in (False, True):
            readings = ("definite",) if known else ("definite", "possible")
            stock, network = Stock(made, readings=readings), Network(made.rules, made.facts)
            asked = scenes(made, 200, known=known)
            started = process_time()
            network.match(asked[0])
            first = process_time() - started
            assert [stock.match(scene) for scene in asked[:few]] == list(_each(network, asked[:few]))
            best = [1e9, 1e9, 1e9]
            for _ in range(TIMES):
                started = process_time()
                for scene in asked[:few]:
                    stock.match(scene)
                best[0] = min(best[0], (process_time() - started) / few)
                started = process_time()
                for scene in asked:
                    network.match(scene)
                best[1] = min(best[1], (process_time() - started) / len(asked))
                started = process_time()
                network.match_many(asked)
                best[2] = min(best[2], (process_time() - started) / len(asked))
            chart = "all" if known else "little"
            print(
                f"{rules:>6} {chart:>8} {1 / best[0]:>11,.0f} {1 / best[1]:>9,.0f} {1 / best[2]:>9,.0f}"
                f" {first * 1e3:>6.1f}ms   {best[0] / best[1]:.1f} and {best[0] / best[2]:.1f}"
            )


if __name__ == "__main__":
    main()
