"""Read conditions for the reference evaluator: what each node of the tree means, one line a node."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from payrule.execute.counts import Lines, Quota
from payrule.execute.reference import TESTS, All, Count, DatedTest, Evaluator, NamedFact, Not, OtherLine, Some, Test
from payrule.language import condition as tree
from payrule.language.names import Names, shared, summed, typed

Facts = dict[str, Evaluator]
"""The conditions of facts and of quotas that have been read, by qualified name, so that each is read once."""


def meaning(condition: tree.Condition, names: Names, facts: Facts | None = None) -> Evaluator:
    """Read a condition whose names have been checked; pass one `facts` for conditions that share them.

    >>> from payrule.model.vocabulary import Attribute, Regions, Timed, Vocabulary
    >>> words = Names(Vocabulary(
    ...     kind="vocabulary", concerns=(), regions=Regions(contiguous=()), timed=Timed(codes=(), method="x"),
    ...     attributes={"line.units": Attribute(type="integer", summary="units")}))
    >>> from payrule.encounter.encounter import Line
    >>> from payrule.execute.reference import EvalContext
    >>> from payrule.language.enriched_encounter import EnrichedLine
    >>> line = EnrichedLine(Line(1, {}), {"line.units": 2}, {}, ())
    >>> meaning(tree.parse({"line.units": {"at_least": 2}}), words).truth(EvalContext(None, line)).name
    'TRUE'
    """
    return _Reading(names, {} if facts is None else facts).of(condition)


class _Reading(NamedTuple):
    """What conditions are read with."""

    names: Names
    facts: Facts

    def of(self, condition: tree.Condition) -> Evaluator:
        return MEANINGS[type(condition)](condition, self)

    def each(self, conditions: Iterable[tree.Condition]) -> tuple[Evaluator, ...]:
        return tuple([MEANINGS[type(each)](each, self) for each in conditions])

    def fact(self, node: tree.Fact) -> Evaluator:
        name = self.names.qualified(node.name)
        if name not in self.facts:
            when = tree.parse(self.names.fact(node.name).when)
            self.facts[name] = meaning(when, self.names.owner(node.name), self.facts)
        return NamedFact(node, name, self.facts[name])

    def lines(self, node: tree.Lines) -> Evaluator:
        return Lines(node, self.of(node.part), summed(node.measure.of, self.names))

    def quota(self, node: tree.Quota) -> Evaluator:
        defined, name = self.names.quotas[node.name], self.names.qualified_quota(node.name)
        if name not in self.facts:
            self.facts[name] = self.of(tree.parse(defined.where))
        return Quota(node, self.facts[name], shared(defined, self.names))

    def test(self, node: tree.Test) -> Evaluator:
        compare, operand = TESTS[node.test], _operand(node, node.operand, self.names)
        code_set = self.names.code_set(node.operand)
        if code_set is None or not code_set.is_dated:
            return Test(node, compare, operand)
        return DatedTest(
            node, compare, operand, lambda day: _operand(node, code_set.on(day), self.names), code_set.turns
        )


MEANINGS: dict[type[tree.Condition], Callable[[Any, _Reading], Evaluator]] = {
    tree.All: lambda node, reading: All(node, reading.each(node.parts)),
    tree.Some: lambda node, reading: Some(node, reading.each(node.parts)),
    tree.Not: lambda node, reading: Not(node, reading.each([node.part])),
    tree.Count: lambda node, reading: Count(node, reading.each(node.parts)),
    tree.Fact: lambda node, reading: reading.fact(node),
    tree.OtherLine: lambda node, reading: OtherLine(node, reading.of(node.part)),
    tree.Lines: lambda node, reading: reading.lines(node),
    tree.Quota: lambda node, reading: reading.quota(node),
    tree.Test: lambda node, reading: reading.test(node),
}
"""What each node means."""


def _operand(node: tree.Test, operand: Any, names: Names) -> Any:
    if node.test == "all_of":
        each = names.sets[operand[1:]] if isinstance(operand, str) else operand
        return tuple(names.members(node.attribute, [member]) for member in each)
    if node.test in {"in", "not_in", "any_of", "none_of"}:
        return names.members(node.attribute, operand)
    return typed(names.attribute(node.attribute), operand)
