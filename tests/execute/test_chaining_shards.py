"""How productions are divided over rulesets, and which of them a line is told to."""

from collections.abc import Mapping
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.execute.chaining_scenes import by_definition, one_of, scene_of

from payrule.encounter.encounter import CODE
from payrule.execute.forward.limits import FEW_PRODUCTIONS, MOST_PRODUCTIONS, MOST_WAITING, Conditions
from payrule.execute.forward.network import Network
from payrule.execute.forward.productions import Shard, conditions
from payrule.language.lower import All, FactLeaf, Formula, Not, OtherLine, Range


def divided(rules: Mapping[str, Formula], facts: Mapping[str, Formula] | None = None) -> list[Shard]:
    network = Network(rules, facts or {})
    return [program.shard for layer in network._layers for program in layer.rulesets]  # noqa: SLF001


def told(rules: Mapping[str, Formula], code: str, facts: Mapping[str, Formula] | None = None) -> list[Shard]:
    """List the rulesets that a line of this code is told to."""
    network = Network(rules, facts or {})
    words = network._words  # noqa: SLF001
    passed = words.domains[words.domain_index[CODE]].passed(code)
    return [
        layer.rulesets[at].shard
        for layer in network._layers  # noqa: SLF001
        for at in sorted(layer.matter[passed])
    ]


def coded(count: int) -> dict[str, Formula]:
    """Make rules of which each ten are for one code."""
    return {f"p/{n}": All((one_of(CODE, f"{n // 10:05}"), Range("line.units", n % 10, None))) for n in range(count)}


def test_few_rules_share_a_ruleset() -> None:
    assert len(divided(coded(FEW_PRODUCTIONS))) == 1


def test_a_line_is_reported_to_the_ruleset_for_its_code_and_to_no_other() -> None:
    rules = coded(500)
    assert len(divided(rules)) > 10
    (shard,) = told(rules, "00007")
    assert {rule for each in shard.productions for rule in each.rules} >= {f"p/{n}" for n in range(70, 80)}
    assert told(rules, "99999") == []


def test_a_rule_for_some_codes_is_in_the_ruleset_of_each() -> None:
    rules = coded(500) | {"p/three": one_of(CODE, "00003", "00020", "00040")}
    for code in ("00003", "00020", "00040"):
        (shard,) = told(rules, code)
        assert "p/three" in {rule for each in shard.productions for rule in each.rules}


def test_a_rule_for_a_range_of_codes_is_reported_of_codes_that_no_rule_names() -> None:
    rules = coded(500) | {"p/range": one_of(CODE, "00060-00069"), "p/wide": one_of(CODE, "00001-99999")}
    scene = scene_of([{CODE: "00065"}, {CODE: "00069"}, {CODE: "00070"}, {CODE: "00007"}, {CODE: "000065"}])
    assert Network(rules, {}).match(scene) == by_definition(rules, {}, scene)


def test_a_fact_is_derived_only_for_the_codes_that_need_it() -> None:
    facts: dict[str, Formula] = {f"v#f{n}": Range("line.minutes", n, None) for n in range(100)}
    rules = coded(500) | {f"p/fact-{n}": All((one_of(CODE, f"{n % 50:05}"), FactLeaf(f"v#f{n}"))) for n in range(100)}
    deriving = [shard for shard in told(rules, "00007", facts) for each in shard.productions if each.derives]
    assert len(deriving) < 10


def test_no_ruleset_is_wider_than_the_engine_carries() -> None:
    random = Random(1)  # noqa: S311 - not for secrets
    asked = [one_of(f"line.{n}", "yes") for n in range(300)]
    facts: dict[str, Formula] = {f"v#{n}": asked[n] for n in range(100)}
    named = [FactLeaf(name) for name in facts] + [OtherLine(each) for each in asked[:50]]
    rules: dict[str, Formula] = {
        f"p/{n}": All((*random.sample(asked, 3), *random.sample(named, n % 4), Not(random.choice(asked))))
        for n in range(1_000)
    }
    for shard in divided(rules, facts):
        assert len(shard.productions) <= MOST_PRODUCTIONS
        trees = {"line": Conditions(), "other": Conditions(), "derived": Conditions()}
        for number, production in enumerate(shard.productions):
            for kind, path in conditions(production, number):
                trees[kind].add(path)
        assert max(tree.waiting for tree in trees.values()) <= MOST_WAITING


paths = st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4).map(tuple), max_size=8)


@given(paths)
def test_the_bound_on_waiting_conditions_is_what_a_stack_can_hold_at_most(conjunctions: list[tuple[str, ...]]) -> None:
    tree: dict[str, Any] = {}
    counted = Conditions()
    for path in conjunctions:
        counted.add(path)
        node = tree
        for step in path:
            node = node.setdefault(step, {})
    stack, most = [tree], 0
    while stack:
        children = sorted(stack.pop().values(), key=depth)
        stack += children
        most = max(most, len(stack))
    assert counted.waiting == most


def depth(node: dict[str, Any]) -> int:
    """Give how full the stack gets below a condition, so that the one that fills it most is walked first."""
    children = sorted((depth(child) for child in node.values()), reverse=True)
    return max([len(children), *(len(children) - 1 + each for each in children[:1])])


@given(paths, paths)
def test_what_is_taken_back_leaves_no_trace(kept: list[tuple[str, ...]], taken_back: list[tuple[str, ...]]) -> None:
    counted, only = Conditions(), Conditions()
    for path in kept:
        counted.add(path)
        only.add(path)
    for path in taken_back:
        counted.add(path)
    for path in taken_back:
        counted.remove(path)
    assert counted.waiting == only.waiting
