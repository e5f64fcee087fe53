"""What is asked of lines, value by value: every rule, fact and other-line condition as a disjunction of clauses.

Plain values and no SQL: single claims are decided by them, and columns follow the same plan. A clause asks **sources**:
an attribute, of which a value is told by the tests it passes (`language.domains`), or an item, a fact, an other-line
condition or a count of lines settled in a stage before, which is false, unknown or true.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, cast

import msgspec

from payrule.language.domains import UNKNOWN_VALUE, Domain
from payrule.language.lower import (
    All,
    AttributeLeaf,
    FactLeaf,
    Formula,
    Lines,
    Literal,
    Not,
    OtherLine,
    Quota,
    Some,
    attribute_leaves,
    canonical,
    clauses,
)
from payrule.language.truth import TRUE
from payrule.model.values import FrozenDict


class Member(msgspec.Struct, frozen=True, tag=True):
    """A line satisfies what is asked of each line that is counted, or that takes from a quota, whatever the subject."""

    formula: Formula


CountItem = Lines | Quota
"""What lines come to together."""

Item = FactLeaf | OtherLine | Member | CountItem
"""What is settled about a line before it is used, by name or by condition."""

SAME_DATE = "same date"
"""The source that tells whether an other line has the subject's date; no attribute has a blank in its name."""

Source = str | Item


class Asked(msgspec.Struct, frozen=True):
    """One thing that a clause asks of a source: a test, by its bit, passed or failed; an item that holds or not.

    >>> Asked("line.units", 1, positive=True).holds(0b10, possible=False)
    True
    >>> Asked("line.units", 1, positive=True).holds(UNKNOWN_VALUE, possible=True)
    True
    >>> [Asked(FactLeaf("f"), 0, positive=False).holds(truth, possible=False) for truth in (0, 1, 2)]
    [True, False, False]
    """

    source: Source
    bit: int
    positive: bool

    def holds(self, value: int, *, possible: bool) -> bool:
        """Tell whether it holds definitely, or possibly, of the tests passed, or of the truth of an item."""
        if isinstance(self.source, str):
            return possible if value == UNKNOWN_VALUE else bool(value >> self.bit & 1) == self.positive
        truth = value if self.positive else TRUE - value
        return truth >= (TRUE - possible)


class PlannedClause(msgspec.Struct, frozen=True):
    """A clause, and what it concludes, by position among the targets of its stage."""

    asked: tuple[Asked, ...]
    target: int


class Stage(msgspec.Struct, frozen=True):
    """Clauses that are tried together, of lines or of pairs of a line and another, and what each concludes."""

    targets: tuple[Item | str, ...]
    clauses: tuple[PlannedClause, ...]

    @property
    def sources(self) -> tuple[Source, ...]:
        """The sources that some clause asks, in a canonical order."""
        return tuple(sorted({each.source for clause in self.clauses for each in clause.asked}, key=source_key))

    @property
    def items(self) -> tuple[Item, ...]:
        """The sources that a stage before has settled."""
        return tuple(source for source in self.sources if not isinstance(source, str))


class Bits:
    """Some clauses of a stage, a bit each, and which of them a value of a source leaves; what was asked is remembered.

    >>> stage = Stage(("r",), (PlannedClause((Asked("a", 0, positive=True),), 0), PlannedClause((), 0)))
    >>> Bits(stage, [0, 1]).left("a", -1)
    (2, 3)
    """

    def __init__(self, stage: Stage, listed: Sequence[int]) -> None:
        """Take the clauses by their positions in the stage."""
        self.every = (1 << len(listed)) - 1
        self._asked: dict[Source, list[tuple[int, Asked]]] = {}
        self._known: dict[tuple[Source, int], tuple[int, int]] = {}
        for bit, at in enumerate(listed):
            for each in stage.clauses[at].asked:
                self._asked.setdefault(each.source, []).append((1 << bit, each))

    def left(self, source: Source, value: int) -> tuple[int, int]:
        """Give the clauses that the value leaves definite, and those that it leaves possible."""
        found = self._known.get((source, value))
        if found is None:
            definite = possible = self.every
            for bit, asked in self._asked.get(source, ()):
                if not asked.holds(value, possible=False):
                    definite &= ~bit
                    if not asked.holds(value, possible=True):
                        possible &= ~bit
            found = self._known[source, value] = definite, possible
        return found

    def left_by(self, values: Iterable[tuple[Source, int]]) -> tuple[int, int]:
        """Give the clauses that the values of several sources leave definite, and those that they leave possible."""
        definite = possible = self.every
        for source, value in values:
            one, two = self.left(source, value)
            definite, possible = definite & one, possible & two
        return definite, possible


class Plan(msgspec.Struct, frozen=True):
    """The stages of a set of rules: `facts` and `others` turn by turn, as far as one rests on the other; then `rules`.

    `items` are all that is settled on the way; each has a bit of its own in the words of items. `counts` are those that
    are settled after the stages of each level, and `limits` the quotas within which rules pay, by rule.
    """

    domains: dict[str, Domain]
    items: tuple[Item, ...]
    levels: tuple[tuple[Stage, Stage], ...]
    rules: Stage
    formulas: dict[Item, Formula]
    counts: tuple[tuple[CountItem, ...], ...] = ()
    limits: dict[str, Quota] = {}

    @property
    def counted(self) -> tuple[CountItem, ...]:
        """All counts of lines, and uses of quotas."""
        return tuple(chain.from_iterable(self.counts))

    @property
    def any_date(self) -> bool:
        """Whether some condition asks lines of other dates."""
        return any(isinstance(item, OtherLine) and not item.same_date for item in self.items)


def plan(
    rules: Mapping[str, Formula], facts: Mapping[str, Formula], limits: Mapping[str, Quota] = FrozenDict()
) -> Plan:
    """Plan rules by name, the facts that they use by qualified name, and the quotas within which rules pay, by rule.

    Raises LimitError naming the rule or fact whose condition stands for too many combinations.

    >>> from payrule.language.lower import All, Range
    >>> found = plan({"r": All((Range("line.units", 2, None), FactLeaf("f")))}, {"f": Range("line.units", None, 4)})
    >>> found.items, [each.source for each in found.rules.clauses[0].asked]
    ((FactLeaf(name='f'),), ['line.units', FactLeaf(name='f')])
    """
    levels = levels_of((*rules.values(), *limits.values()), facts)
    height = max((each + 1 for each in levels.values()), default=0)
    items = tuple(levels)
    formulas: dict[Item, Formula] = {
        item: _formula(item, facts) for item in items if not isinstance(item, (Lines, Quota))
    }
    domains = _domains([*rules.values(), *formulas.values()])

    def stage(at: int, *kinds: type[Item]) -> Stage:
        return _stage({i: each for i, each in formulas.items() if levels[i] == at and isinstance(i, kinds)}, domains)

    staged = tuple((stage(at, FactLeaf, Member), stage(at, OtherLine)) for at in range(height))
    counts = tuple(
        tuple(item for item in items if levels[item] == at and isinstance(item, (Lines, Quota))) for at in range(height)
    )
    return Plan(domains, items, staged, _stage(dict(sorted(rules.items())), domains), formulas, counts, dict(limits))


def offered_by(plan: Plan, source: str, passed: int) -> frozenset[Item]:
    """List the conditions on other lines that a line may satisfy whose value of a source passes these tests.

    >>> from payrule.language.lower import OneOf
    >>> from payrule.model.values import ValueSet
    >>> other = OtherLine(OneOf("line.code", ValueSet.of(["A"])))
    >>> [len(offered_by(plan({"r": other}, {}), "line.code", each)) for each in (0, 1)]
    [0, 1]
    """
    return frozenset(
        cast("Item", others.targets[clause.target])
        for _, others in plan.levels
        for clause in others.clauses
        if all(each.holds(passed, possible=True) for each in clause.asked if each.source == source)
    )


def levels_of(formulas: Iterable[Formula], facts: Mapping[str, Formula]) -> dict[Item, int]:
    """Give the level of all that is settled on the way to the truth of formulas, in the order in which it is settled.

    >>> levels_of([OtherLine(FactLeaf("f"))], {"f": Not(FactLeaf("g")), "g": Some(())})[FactLeaf("f")]
    1
    """
    levels: dict[Item, int] = {}

    def needed(items: Iterable[Item]) -> int:
        height = 0
        for item in items:
            if item not in levels:
                levels[item] = needed(_rests_on(item, facts))
            height = max(height, levels[item] + 1)
        return height

    for each in formulas:
        needed(items_of(each))
    return {item: levels[item] for item in sorted(levels, key=lambda item: (levels[item], source_key(item)))}


def checked_items(rules: Mapping[str, Formula], facts: Mapping[str, Formula]) -> tuple[Item, ...]:
    """List all that is settled on the way to the truth of rules, none of which needs to be planned.

    Raises LimitError as planning them does: that never depends on the claim.

    >>> checked_items({"p/r": FactLeaf("f")}, {"f": Some(())})
    (FactLeaf(name='f'),)
    """
    items = tuple(levels_of(rules.values(), facts))
    for item in items:
        if not isinstance(item, (Lines, Quota)):
            clauses(_formula(item, facts), _said(item))
    for name, formula in sorted(rules.items()):
        clauses(formula, _said(name))
    return items


def items_of(formula: Formula) -> Iterator[Item]:
    """List the facts, the conditions on other lines and the counts that a formula names.

    >>> list(items_of(OtherLine(FactLeaf("f")))) == [OtherLine(FactLeaf("f"))]
    True
    """
    waiting = [formula]
    while waiting:
        each = waiting.pop()
        if isinstance(each, (All, Some)):
            waiting += each.parts
        elif isinstance(each, Not):
            waiting.append(each.part)
        elif isinstance(each, (FactLeaf, OtherLine, Lines, Quota)):
            yield each


def _rests_on(item: Item, facts: Mapping[str, Formula]) -> Iterator[Item]:
    """List what has to be settled before an item is."""
    if isinstance(item, (Lines, Quota)):
        yield Member(item.formula)
    else:
        yield from items_of(_formula(item, facts))


def source_key(source: Source) -> tuple[int, str]:
    """Order sources: attributes, facts, conditions on other lines, what is counted, counts, each by name.

    >>> source_key("line.units") < source_key(FactLeaf("f"))
    True
    """
    if isinstance(source, str):
        return 0, source
    if isinstance(source, FactLeaf):
        return 1, source.name
    if isinstance(source, Member):
        return 3, canonical(source.formula)
    return 2 if isinstance(source, OtherLine) else 4, canonical(source)


def closure(formulas: Iterable[Formula], items: Mapping[Item, Formula]) -> tuple[frozenset[str], frozenset[Item]]:
    """Name every attribute and item that formulas rest on, however many facts and other lines away.

    What is counted is an item as a whole: the lines that it is about are others.

    >>> closure([FactLeaf("f")], {FactLeaf("f"): OtherLine(FactLeaf("g")), FactLeaf("g"): FactLeaf("g")})[0]
    frozenset()
    """
    attributes: set[str] = set()
    found: set[Item] = set()
    waiting = list(formulas)
    while waiting:
        formula = waiting.pop()
        attributes.update(leaf.attribute for leaf in attribute_leaves(formula))
        for item in items_of(formula):
            if item not in found:
                found.add(item)
                if not isinstance(item, (Lines, Quota)):
                    waiting.append(item.formula if isinstance(item, OtherLine) else items[item])
    return frozenset(attributes), frozenset(found)


def _formula(item: Item, facts: Mapping[str, Formula]) -> Formula:
    return facts[item.name] if isinstance(item, FactLeaf) else item.formula


def _domains(formulas: Iterable[Formula]) -> dict[str, Domain]:
    leaves: dict[str, dict[AttributeLeaf, None]] = {}
    for formula in formulas:
        for leaf in attribute_leaves(formula):
            leaves.setdefault(leaf.attribute, {})[leaf] = None
    return {name: Domain(name, leaves[name]) for name in sorted(leaves)}


def _stage(formulas: Mapping[Any, Formula], domains: Mapping[str, Domain]) -> Stage:
    bits = {leaf: bit for domain in domains.values() for bit, leaf in enumerate(domain.leaves)}

    def asked(literal: Literal) -> Asked:
        leaf = literal.leaf
        if isinstance(leaf, (FactLeaf, OtherLine, Lines, Quota)):
            return Asked(leaf, 0, literal.positive)
        return Asked(leaf.attribute, bits[leaf], literal.positive)

    found = []
    for target, (what, formula) in enumerate(formulas.items()):
        dated = (Asked(SAME_DATE, 0, positive=True),) if isinstance(what, OtherLine) and what.same_date else ()
        found += [PlannedClause((*map(asked, each), *dated), target) for each in clauses(formula, _said(what))]
    return Stage(tuple(formulas), tuple(found))


def _said(what: Item | str) -> str:
    if isinstance(what, str):
        return f"rule `{what}`"
    if isinstance(what, FactLeaf):
        return f"definition `{what.name}`"
    return "a condition on other lines" if isinstance(what, OtherLine) else "a condition on lines that are counted"
