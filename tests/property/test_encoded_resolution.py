"""Encoded resolution gives the verdict of every set of matches, whatever conditions the rules have."""

import random

from hypothesis import event, given
from tests.answers import said
from tests.graph_values import Formulas
from tests.property.documents import RulebaseDocuments
from tests.property.effort import examples
from tests.property.generated import SEEDS, rulebases
from tests.property.sides import one_side
from tests.property.words import DATES

from payrule.analysis.difference import answer_of
from payrule.analysis.resolution import Resolution
from payrule.analysis.solver import Graph
from payrule.compare.comparison_side import rule_set
from payrule.language.truth import Matches
from payrule.model.values import read_date

SETS_OF_MATCHES = 100


@examples(60)
@given(rulebases(), SEEDS)
def test_the_encoded_answer_is_the_verdict_on_every_set_of_matches(documents: RulebaseDocuments, seed: int) -> None:
    of, chance = one_side(documents), random.Random(seed)  # noqa: S311 - the same matches each time, no secret
    program = of.rulebase.program_on(of.terms, read_date(DATES[0]))
    names = [rule.name for rule in program.rules]
    graph = Graph()
    definite, possible = ({name: graph.variable() for name in names} for _ in range(2))
    encoded = Resolution(graph, rule_set(program), definite, possible).answer()
    formulas = Formulas(graph, encoded.literals())
    for _ in range(SETS_OF_MATCHES):
        states = {name: chance.choice(("true", "unknown", "unknown", "false")) for name in names}
        matches = Matches(
            frozenset(name for name in names if states[name] == "true"),
            frozenset(name for name in names if states[name] != "false"),
        )
        variables = {definite[name]: name in matches.definite for name in names}
        variables |= {possible[name]: name in matches.possible for name in names}
        held = formulas.values(variables)
        expected = answer_of(program.verdict(matches))
        event(expected.disposition)
        parts = (*encoded.parts(), encoded.rule)
        assert [[value for value, literal in part.items() if held[literal]] for part in parts] == [
            [value] for value in said(expected)
        ]
