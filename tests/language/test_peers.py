"""What the benchmarks ask of other rule engines is what payrule decides by; without an engine its tests are skipped."""

from pathlib import Path

import pytest
from benchmarks.batch.inputs import CACHE, Drawn, claims
from benchmarks.batch.peers import agreed, clips_rules, json_rules, our_own, polars_rules, python_rules, zen_rules
from benchmarks.batch.peers.rules import line_only, lines_of
from benchmarks.generate import Rulebase, rulebase

from payrule.language.lower import All, Contains, FactLeaf, Formula, OneOf, OtherLine, Range, Some
from payrule.model.values import ValueSet

RULES, LINES = 120, 400
NODE, PYTHON = json_rules.home(CACHE), zen_rules.home(CACHE)
CLIPS, POLARS = clips_rules.home(CACHE), polars_rules.home(CACHE)

needs_node = pytest.mark.skipif(NODE is None, reason="json-rules-engine is not there; `make bench-batch` fetches it")
needs_zen = pytest.mark.skipif(PYTHON is None, reason="zen-engine is not there; `make bench-batch` fetches it")
needs_clips = pytest.mark.skipif(CLIPS is None, reason="clipspy is not there; `make bench-batch` fetches it")
needs_polars = pytest.mark.skipif(POLARS is None, reason="Polars is not there; `make bench-batch` fetches it")


@pytest.fixture(scope="module")
def made() -> Rulebase:
    return line_only(RULES)


@pytest.fixture(scope="module")
def file(made: Rulebase, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return claims(tmp_path_factory.mktemp("claims"), Drawn(made.codes), LINES)


def leaves(formula: Formula) -> set[type]:
    if isinstance(formula, (All, Some)):
        return set().union(*map(leaves, formula.parts))
    return {type(formula)}


def test_rules_on_one_line_ask_everything_that_a_line_can_tell(made: Rulebase) -> None:
    assert set().union(*map(leaves, made.rules.values())) == {OneOf, Range, Contains}


@pytest.mark.slow
def test_rules_on_one_line_match_as_they_do_among_all_rules(made: Rulebase, file: Path) -> None:
    everything = rulebase(RULES)
    assert all(OtherLine in leaves(everything.rules[name]) for name in everything.rules.keys() - made.rules.keys())
    assert any(FactLeaf in leaves(everything.rules[name]) for name in made.rules)
    among_all = [found & made.rules.keys() for found in our_own(everything, file, LINES)]
    assert among_all == list(our_own(made, file, LINES))
    assert any(among_all)


UNITS = Range("line.units", 2, None)
CODE = OneOf("line.code", ValueSet.of(["b", "a"]))
EITHER = Some((UNITS, Contains("line.modifiers", ValueSet.of(["m"]))))

TRANSLATED = (
    (UNITS, "(line_units != null and line_units >= 2)"),
    (CODE, '(line_code == "a" or line_code == "b")'),
    (
        EITHER,
        '((line_units != null and line_units >= 2) or (line_modifiers != null and some(line_modifiers, # in ["m"])))',
    ),
)


@pytest.mark.parametrize(("formula", "written"), TRANSLATED)
def test_conditions_are_written_for_zen_engine(formula: Formula, written: str) -> None:
    assert zen_rules.translated(formula) == written


def test_conditions_are_written_for_json_rules_engine() -> None:
    units = {"fact": "line.units", "operator": "greaterThanInclusive", "value": 2}
    code = {"fact": "line.code", "operator": "in", "value": ["a", "b"], "priority": 10}
    modifiers = {"fact": "line.modifiers", "operator": "contains", "value": "m"}
    assert json_rules.translated(All((CODE, EITHER))) == {"all": [code, {"any": [units, modifiers]}]}


@pytest.mark.slow
@needs_node
def test_json_rules_engine_finds_the_rules_that_hold(made: Rulebase, file: Path) -> None:
    assert NODE is not None
    found = json_rules.run(NODE, made.rules, lines_of(file, LINES), times=1)["found"]
    agreed("json-rules-engine", [frozenset(each) for each in found], our_own(made, file, LINES))


@pytest.mark.slow
@needs_zen
@pytest.mark.parametrize("way", [zen_rules.by_table, zen_rules.by_expression])
def test_zen_engine_finds_the_rules_that_hold(way: zen_rules.Way, made: Rulebase, file: Path) -> None:
    assert PYTHON is not None
    finds = way(PYTHON, made.rules)
    lines = zen_rules.told(lines_of(file, LINES))
    agreed("zen-engine", [frozenset(finds(line)) for line in lines], our_own(made, file, LINES))


def test_conditions_are_written_for_clips() -> None:
    either = '(defrule r (or (line (line.code "a"|"b") (line.units ?units&:(>= ?units 2))) {}) =>)'
    last = '(line (line.code "a"|"b") (line.modifiers $?modifiers&:(member$ "m" ?modifiers)))'
    assert clips_rules.translated("r", All((CODE, EITHER))) == either.format(last)


@pytest.mark.slow
@needs_clips
def test_clips_finds_the_rules_that_hold(made: Rulebase, file: Path) -> None:
    assert CLIPS is not None
    lines = lines_of(file, LINES)
    finds = clips_rules.finder(CLIPS, made.rules, sorted({name for line in lines for name in line}))
    agreed("CLIPS", [frozenset(finds(line)) for line in lines], our_own(made, file, LINES))


@pytest.mark.slow
@needs_polars
def test_polars_finds_the_rules_that_hold(made: Rulebase, file: Path) -> None:
    assert POLARS is not None
    table = polars_rules.prepared(POLARS, made.rules, lines_of(file, LINES))()
    agreed("Polars", polars_rules.found(table), our_own(made, file, LINES))


def test_python_that_is_made_of_rules_finds_those_that_hold(made: Rulebase, file: Path) -> None:
    finds = python_rules.finder(made.rules)
    agreed("Python", [frozenset(finds(line)) for line in lines_of(file, LINES)], our_own(made, file, LINES))


def test_answers_that_differ_stop_the_benchmark() -> None:
    one, two = frozenset({"a"}), frozenset({"b"})
    with pytest.raises(AssertionError, match="peer answers 1 lines otherwise, first line 1"):
        agreed("peer", [one, one], [one, two])
