"""The seven leaves that every condition lowers to, and the formula around them.

Every execution implements these seven and nothing else; all surface forms are sugar for them.

Each surface form is one entry of a table here. What an operator means is said in `reference`, independently of this
module; property tests hold the two together.

Kleene's logic is a distributive lattice with De Morgan's laws, so both steps are exact for unknown facts too; a leaf
and its negation in one clause are kept, for their conjunction may be unknown.

Within a stratum conclusions chain freely, for they only add; where something needs the falsity of a fact or of an
other-line condition, a stratum ends and the values are settled first (stratified negation: Apt, Blair and Walker,
1988).
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import combinations
from math import comb
from typing import Any

import msgspec

from payrule.encounter.encounter import CODE, DATE
from payrule.language import condition as tree
from payrule.language.counting import Counting, Measure, Sharing, Summed, Window
from payrule.language.names import Names, shared, summed, typed
from payrule.model.code_sets import CodeSet
from payrule.model.policy import Policy
from payrule.model.values import ValueSet, day_after
from payrule.model.vocabulary import Vocabulary
from payrule.source.diagnostics import LimitError


class OneOf(msgspec.Struct, frozen=True, tag=True):
    """The value of an attribute (a choice, a code, a text, true or false) is one of these."""

    attribute: str
    values: ValueSet


class Range(msgspec.Struct, frozen=True, tag=True):
    """The value of an attribute (a whole number, a date) is at least `low` and below `below`; None is unbounded."""

    attribute: str
    low: Any
    below: Any


class Contains(msgspec.Struct, frozen=True, tag=True):
    """A set of values holds at least one of these; `values` None means any value at all."""

    attribute: str
    values: ValueSet | None


class FactLeaf(msgspec.Struct, frozen=True, tag=True):
    """A named fact holds of the line; the name is qualified by the document that defines it."""

    name: str


class OtherLine(msgspec.Struct, frozen=True, tag=True):
    """Some other line of the encounter satisfies a formula; with `same_date`, a line of the same date of service.

    Inside it `line.` attributes are the other line's, and the attributes of a pair relate it to the subject.
    """

    formula: "Formula"
    same_date: bool = True


class Lines(msgspec.Struct, frozen=True, tag=True):
    """Lines in a window that satisfy a formula about one line come to a measure; `same` and `itself` as documented.

    What is counted does not rest on what a network derives, so that it is settled before anything else is.
    """

    window: Window
    formula: "Formula"
    same: tuple[str, ...]
    itself: bool
    measure: Measure
    summed: Summed | None = None

    @property
    def counting(self) -> Counting:
        """What lines are counted."""
        return Counting(self.window, self.same, self.itself, self.summed)

    @property
    def compared(self) -> tuple[str, ...]:
        """The attributes of two lines that are compared, or summed."""
        return self.same if self.summed is None else (*self.same, self.summed.attribute)


class Quota(msgspec.Struct, frozen=True, tag=True):
    """So much of the line is within a quota, or over it, that lines share which satisfy a formula."""

    sharing: Sharing
    formula: "Formula"
    kind: str
    tests: tuple[tuple[str, int], ...]

    @property
    def counting(self) -> Counting:
        """What lines take from the quota."""
        return self.sharing.counting

    @property
    def compared(self) -> tuple[str, ...]:
        """The attributes of two lines that are compared, or summed."""
        summed = self.counting.summed
        keys = (*self.counting.same, *(name for _, name in self.sharing.keys))
        return keys if summed is None else (*keys, summed.attribute)


AttributeLeaf = OneOf | Range | Contains
"""A test on the value of an attribute."""

Leaf = OneOf | Range | Contains | FactLeaf | OtherLine | Lines | Quota
LEAVES: tuple[type, ...] = (OneOf, Range, Contains, FactLeaf, OtherLine, Lines, Quota)


class All(msgspec.Struct, frozen=True, tag=True):
    """Every part holds. Without parts it is true."""

    parts: tuple["Formula", ...]


class Some(msgspec.Struct, frozen=True, tag=True):
    """At least one part holds. Without parts it is false."""

    parts: tuple["Formula", ...]


class Not(msgspec.Struct, frozen=True, tag=True):
    """The part does not hold."""

    part: "Formula"


Formula = Leaf | All | Some | Not


class Literal(msgspec.Struct, frozen=True):
    """A leaf, or the negation of one."""

    leaf: Leaf
    positive: bool = True


Clause = tuple[Literal, ...]
"""A conjunction of literals; a normal form is a disjunction of clauses."""


def attribute_leaves(formula: Formula) -> list[AttributeLeaf]:
    """List the tests of a formula on attributes, also those inside its other-line conditions, as often as they occur.

    >>> [leaf.attribute for leaf in attribute_leaves(Not(OtherLine(Range("line.units", 2, None))))]
    ['line.units']
    """
    if isinstance(formula, (OneOf, Range, Contains)):
        return [formula]
    if isinstance(formula, Not):
        return attribute_leaves(formula.part)
    if isinstance(formula, OtherLine):
        return attribute_leaves(formula.formula)
    if isinstance(formula, (All, Some)):
        return [leaf for part in formula.parts for leaf in attribute_leaves(part)]
    return []


def counted(formula: Formula) -> Iterator[Lines | Quota]:
    """List the counts of lines, and the uses of quotas, in a formula, in order.

    >>> several = Lines(Window("date"), All(()), (), True, Measure("count", None, (("at_least", 2),)))
    >>> list(counted(Not(several))) == [several]
    True
    """
    if isinstance(formula, (Lines, Quota)):
        yield formula
    elif isinstance(formula, Not):
        yield from counted(formula.part)
    elif isinstance(formula, (All, Some)):
        for part in formula.parts:
            yield from counted(part)


def codes_asked(formula: Formula) -> frozenset[Any] | None:
    """Give the single codes one of which a formula asks the line itself to have; None where it asks otherwise.

    >>> sorted(codes_asked(All((OneOf("line.code", ValueSet.of(["00002", "00001"])), Not(Some(()))))))
    ['00001', '00002']
    """
    for part in formula.parts if isinstance(formula, All) else (formula,):
        if isinstance(part, OneOf) and part.attribute == CODE and not part.values.ranges and not part.values.spans:
            return part.values.values
    return None


def attributes_of(formula: Formula) -> Iterator[str]:
    """Name the attributes that a formula reads of any line, as often as it does.

    >>> several = Measure("count", None, (("at_least", 2),))
    >>> list(attributes_of(Lines(Window("date"), Range("line.units", 2, None), ("line.place",), True, several)))
    ['line.place', 'line.units']
    """
    yield from (leaf.attribute for leaf in attribute_leaves(formula))
    for each in counted(formula):
        yield from each.compared
        yield from attributes_of(each.formula)


def attributes_read(*formulas: Iterable[Formula]) -> frozenset[str]:
    """Name the attributes that some formula reads, of the line, of an other line or of a pair of lines.

    >>> sorted(attributes_read([Range("line.units", 2, None)], [OtherLine(Contains("line.regions", None))]))
    ['line.regions', 'line.units']
    """
    found = set[str]()
    waiting: list[Formula] = [each for group in formulas for each in group]
    while waiting:
        each = waiting.pop()
        if isinstance(each, (OneOf, Range, Contains)):
            found.add(each.attribute)
        elif isinstance(each, (All, Some)):
            waiting += each.parts
        elif isinstance(each, Not):
            waiting.append(each.part)
        elif isinstance(each, OtherLine):
            waiting.append(each.formula)
        elif isinstance(each, (Lines, Quota)):
            found.update(each.compared)
            waiting.append(each.formula)
    return frozenset(found)


def inlined(formula: Formula, facts: Mapping[str, Formula]) -> Formula:
    """Write facts out wherever a formula names them.

    >>> inlined(Not(FactLeaf("v#f")), {"v#f": Range("line.units", 2, None)})
    Not(part=Range(attribute='line.units', low=2, below=None))
    """
    if isinstance(formula, FactLeaf):
        return inlined(facts[formula.name], facts)
    if isinstance(formula, Not):
        return Not(inlined(formula.part, facts))
    if isinstance(formula, OtherLine):
        return OtherLine(inlined(formula.formula, facts), formula.same_date)
    if isinstance(formula, (Lines, Quota)):
        return msgspec.structs.replace(formula, formula=inlined(formula.formula, facts))
    if isinstance(formula, (All, Some)):
        return type(formula)(tuple(inlined(part, facts) for part in formula.parts))
    return formula


MOST_COMBINATIONS = 512
"""Combinations that one `count` may lower to."""


def lower(condition: tree.Condition, names: Names) -> Formula:
    """Lower a condition whose names have been checked.

    Raises LimitError for a `count` that stands for more combinations than any execution carries.

    >>> from payrule.model.vocabulary import Attribute, Regions, Timed, Vocabulary
    >>> words = Names(Vocabulary(
    ...     kind="vocabulary", concerns=(), regions=Regions(contiguous=()), timed=Timed(codes=(), method="x"),
    ...     attributes={"line.units": Attribute(type="integer", summary="units")}))
    >>> lower(tree.parse({"line.units": {"at_least": 2}}), words)
    Range(attribute='line.units', low=2, below=None)
    """
    return LOWERED[type(condition)](condition, names)


def _count(node: tree.Count, names: Names) -> Formula:
    parts = [lower(part, names) for part in node.parts]
    if comb(len(parts), min(node.at_least, len(parts))) > MOST_COMBINATIONS:
        message = f"`count` of at least {node.at_least} of {len(parts)} conditions expands to too many combinations"
        raise LimitError.of("too-many-combinations", message, "define parts of it under `facts` and count those")
    return Some(tuple(All(chosen) for chosen in combinations(parts, node.at_least)))


def _quota(node: tree.Quota, names: Names) -> Formula:
    defined = names.quotas[node.name]
    return Quota(shared(defined, names), lower(tree.parse(defined.where), names), node.kind, node.tests)


LOWERED: dict[type[tree.Condition], Callable[[Any, Names], Formula]] = {
    tree.All: lambda node, names: All(tuple(lower(part, names) for part in node.parts)),
    tree.Some: lambda node, names: Some(tuple(lower(part, names) for part in node.parts)),
    tree.Not: lambda node, names: Not(lower(node.part, names)),
    tree.Count: _count,
    tree.Fact: lambda node, names: FactLeaf(names.qualified(node.name)),
    tree.OtherLine: lambda node, names: OtherLine(lower(node.part, names), node.same_date),
    tree.Lines: lambda node, names: Lines(
        node.window, lower(node.part, names), node.same, node.itself, node.measure, summed(node.measure.of, names)
    ),
    tree.Quota: _quota,
    tree.Test: lambda node, names: TESTS[node.test](node.attribute, node.operand, names),
}
"""What each node becomes."""


def _dated(test: str, attribute: str, operand: Any, names: Names) -> FactLeaf | None:
    """Give the fact that stands for membership in a code list whose codes have dates; None for any other."""
    found = names.code_set(operand)
    return FactLeaf(_dated_name(found, test, attribute)) if found is not None and found.is_dated else None


def _dated_name(code_set: CodeSet, test: str, attribute: str) -> str:
    """Name membership in a code list by all that it rests on, so that lists of two rulebases are told apart."""
    content = hashlib.sha256(repr(code_set.by_days).encode()).hexdigest()[:16]
    return f"code-set#{code_set.id}#{test}#{attribute}#{content}"


MOST_GROUPS = 32
"""Groups of codes with the same dates that one fact holds; of more there is one above them."""


def lowered_facts(vocabulary: Vocabulary, versions: Iterable[Policy]) -> dict[str, Formula]:
    """Lower every fact that conditions of a vocabulary and of versions of policies may name, by its whole name.

    A fact of the vocabulary that a policy hides is among them: others of the vocabulary still name it.

    >>> from payrule.model.vocabulary import Attribute, Fact, Regions, Timed
    >>> many = Fact(summary="", when={"line.units": {"at_least": 2}})
    >>> words = Vocabulary(kind="vocabulary", attributes={"line.units": Attribute(type="integer", summary="")},
    ...     concerns=(), regions=Regions(contiguous=()), timed=Timed(codes=(), method=""), facts={"many": many})
    >>> lowered_facts(words, ())
    {'vocabulary#many': Range(attribute='line.units', low=2, below=None)}
    """
    every = [Names(vocabulary), *(Names(vocabulary, version) for version in versions)]
    facts: dict[str, Formula] = {}
    for names in every:
        for name in names.facts:
            if names.qualified(name) not in facts:
                facts[names.qualified(name)] = lower(tree.parse(names.fact(name).when), names.owner(name))
    is_dated = any(each.is_dated for each in vocabulary.dated_sets.values())
    for names in every if is_dated else ():
        for each in tree.conditions(names.policy or vocabulary):
            facts.update(dated_facts(each, names))
    return facts


def dated_facts(condition: tree.Condition, names: Names) -> Iterator[tuple[str, Formula]]:
    """Give the facts that stand for membership in code lists whose codes have dates, by their names.

    A code is in force on the date of the line that is asked, so such a fact is about one line. A code that is in the
    list on every day is in it whatever the date is.
    """
    for node in tree.find(condition, tree.Test):
        code_set, test = names.code_set(node.operand), _MEMBERSHIP.get(node.test)
        if code_set is None or test is None or not code_set.is_dated:
            continue
        name, groups = _dated_name(code_set, test, node.attribute), _groups(code_set, test, node.attribute, names)
        if len(groups) <= MOST_GROUPS:
            yield name, _over_groups(test, groups)
            continue
        parts = {f"{name}#{at}": groups[at : at + MOST_GROUPS] for at in range(0, len(groups), MOST_GROUPS)}
        yield from ((part, _over_groups(test, listed)) for part, listed in parts.items())
        yield name, _over_groups(test, [FactLeaf(part) for part in parts])


_MEMBERSHIP = {"in": "in", "not_in": "in", "any_of": "any_of", "none_of": "any_of", "all_of": "all_of"}
"""The tests for membership, each with the one of which it is the negation or which it is."""


def _over_groups(test: str, groups: Iterable[Formula]) -> Formula:
    return All(tuple(groups)) if test == "all_of" else Some(tuple(groups))


def _groups(code_set: CodeSet, test: str, attribute: str, names: Names) -> list[Formula]:
    """Give a formula for each group of codes that are in the list on the same days."""
    found: list[Formula] = []
    for days, codes in code_set.by_days:
        inside = TESTS[test](attribute, codes, names)
        if days == ((date.min, date.max),):
            found.append(inside)
        elif test == "all_of":
            found += [Some((Not(_within(each)), inside)) for each in days]
        else:
            found += [All((_within(each), inside)) for each in days]
    return found


def _within(days: tuple[date, date]) -> Formula:
    return Range(DATE, None if days[0] == date.min else days[0], day_after(days[1]))


def _one_of(attribute: str, operand: Any, names: Names) -> Formula:
    if dated := _dated("in", attribute, operand, names):
        return dated
    members = names.members(attribute, operand)
    if names.attribute(attribute).type == "integer":
        return Some(tuple(Range(attribute, value, value + 1) for value in sorted(members.values)))
    return OneOf(attribute, members)


def _is(attribute: str, operand: Any, names: Names) -> Formula:
    value = typed(names.attribute(attribute), operand)
    if isinstance(value, date):
        return Range(attribute, value, day_after(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return Range(attribute, value, value + 1)
    return OneOf(attribute, ValueSet(frozenset({value})))


def _any_of(attribute: str, operand: Any, names: Names) -> Formula:
    if dated := _dated("any_of", attribute, operand, names):
        return dated
    return Contains(attribute, names.members(attribute, operand))


def _all_of(attribute: str, operand: Any, names: Names) -> Formula:
    if dated := _dated("all_of", attribute, operand, names):
        return dated
    members = names.members(attribute, operand)
    each = [ValueSet(frozenset({value})) for value in sorted(members.values)]
    each += [ValueSet(frozenset(), (span,)) for span in members.ranges]
    each += [ValueSet(frozenset(), (), (span,)) for span in members.spans]
    return All(tuple(Contains(attribute, one) for one in each))


def _is_empty(attribute: str, operand: bool, _names: Names) -> Formula:  # noqa: FBT001 - the operand as documents write it
    return Not(Contains(attribute, None)) if operand else Contains(attribute, None)


TESTS: dict[str, Callable[[str, Any, Names], Formula]] = {
    "is": _is,
    "in": _one_of,
    "not_in": lambda attribute, operand, names: Not(_one_of(attribute, operand, names)),
    "at_least": lambda attribute, operand, _: Range(attribute, operand, None),
    "at_most": lambda attribute, operand, _: Range(attribute, None, operand + 1),
    "on_or_after": lambda attribute, operand, names: Range(attribute, typed(names.attribute(attribute), operand), None),
    "before": lambda attribute, operand, names: Range(attribute, None, typed(names.attribute(attribute), operand)),
    "any_of": _any_of,
    "all_of": _all_of,
    "none_of": lambda attribute, operand, names: Not(_any_of(attribute, operand, names)),
    "is_empty": _is_empty,
}


MOST_CLAUSES = 64
"""Clauses that a rule may have; five of ten conditions would be 252."""

_MOST_WORKING = 512


def clauses(formula: Formula, what: str = "this condition") -> tuple[Clause, ...]:
    """Give the disjunction of clauses that a formula is, without clauses that another one contains.

    No clauses at all is false, one empty clause is true. Raises LimitError naming `what` when there are more than 64.

    >>> from payrule.language.lower import FactLeaf
    >>> a, b, c = (Literal(FactLeaf(name)) for name in "abc")
    >>> clauses(All((a.leaf, Some((b.leaf, c.leaf))))) == ((a, b), (a, c))
    True
    """
    found = _expand(formula, positive=True, what=what)
    if len(found) > MOST_CLAUSES:
        raise _too_many(what)
    return tuple(found)


def _expand(formula: Formula, *, positive: bool, what: str) -> list[Clause]:
    if isinstance(formula, Not):
        return _expand(formula.part, positive=not positive, what=what)
    if not isinstance(formula, (All, Some)):
        return [(Literal(formula, positive),)]
    parts = (_expand(part, positive=positive, what=what) for part in formula.parts)
    if isinstance(formula, All) == positive:
        product: list[Clause] = [()]
        for part in parts:
            product = _absorbed([_joined(left, right) for left in product for right in part], what)
        return product
    return _absorbed([clause for part in parts for clause in part], what)


def _joined(left: Clause, right: Clause) -> Clause:
    return left + tuple(literal for literal in right if literal not in left)


def _absorbed(found: list[Clause], what: str) -> list[Clause]:
    """Drop every clause that says no more than a shorter one already admits; keep the order of the rest."""
    if len(found) < 2:  # noqa: PLR2004 - one alone
        return found
    if len(found) > _MOST_WORKING * 8:
        raise _too_many(what)
    literals = [(frozenset(clause), clause) for clause in found]
    smallest: list[frozenset[Literal]] = []
    for members, _ in sorted(literals, key=lambda pair: len(pair[0])):
        if not any(other <= members for other in smallest):
            smallest.append(members)
            if len(smallest) > _MOST_WORKING:
                raise _too_many(what)
    wanted = set(smallest)
    kept: list[Clause] = []
    for members, clause in literals:
        if members in wanted:
            wanted.remove(members)
            kept.append(clause)
    return kept


def _too_many(what: str) -> LimitError:
    message = f"{what} expands to more than {MOST_CLAUSES} combinations of conditions"
    return LimitError.of(
        "too-many-clauses", message, "define a part of it under `facts` and use that definition instead"
    )


class Stratum(msgspec.Struct, frozen=True):
    """What is concluded together: facts by qualified name, other-line conditions, and rules by name."""

    facts: tuple[str, ...]
    others: tuple[OtherLine, ...]
    rules: tuple[str, ...]


def strata(rules: Mapping[str, Formula], facts: Mapping[str, Formula]) -> tuple[Stratum, ...]:
    """Put every rule, and every fact and other-line condition that one needs, into its stratum, lowest first.

    `facts` must hold each fact that is used and contain no cycle. Within a stratum everything is in a canonical order.

    >>> formulas = {"r": Not(FactLeaf("f")), "s": FactLeaf("f")}
    >>> for each in strata(formulas, {"f": All(())}): print(each.facts, each.rules)
    ('f',) ('s',)
    () ('r',)
    """
    levels: dict[FactLeaf | OtherLine, int] = {}

    def level(item: FactLeaf | OtherLine) -> int:
        if item not in levels:
            levels[item] = needed(facts[item.name] if isinstance(item, FactLeaf) else item.formula)
        return levels[item]

    def needed(formula: Formula) -> int:
        return max((level(item) + (not positive) for item, positive in dependencies(formula)), default=0)

    placed = {name: needed(formula) for name, formula in rules.items()}
    height = max([*placed.values(), *levels.values()], default=-1) + 1
    return tuple(
        Stratum(
            facts=tuple(sorted(i.name for i, at in levels.items() if at == n and isinstance(i, FactLeaf))),
            others=tuple(
                sorted((i for i, at in levels.items() if at == n and isinstance(i, OtherLine)), key=canonical)
            ),
            rules=tuple(sorted(name for name, at in placed.items() if at == n)),
        )
        for n in range(height)
    )


def dependencies(formula: Formula, *, positive: bool = True) -> Iterator[tuple[FactLeaf | OtherLine, bool]]:
    """List the facts and other-line conditions that a formula rests on, and whether it needs their truth or falsity.

    >>> list(dependencies(Not(FactLeaf("f"))))
    [(FactLeaf(name='f'), False)]
    """
    if isinstance(formula, Not):
        yield from dependencies(formula.part, positive=not positive)
    elif isinstance(formula, (All, Some)):
        for part in formula.parts:
            yield from dependencies(part, positive=positive)
    elif isinstance(formula, (FactLeaf, OtherLine)):
        yield formula, positive


def canonical(item: Formula) -> str:
    """Write a condition in one way, for sorting and for telling two apart.

    >>> canonical(OtherLine(FactLeaf("f"), same_date=False))
    '(other any-date (fact f))'
    """
    return _write(item)


def _write(formula: Formula) -> str:
    if isinstance(formula, (All, Some)):
        return f"({type(formula).__name__.lower()} {' '.join(_write(part) for part in formula.parts)})"
    if isinstance(formula, Not):
        return f"(not {_write(formula.part)})"
    if isinstance(formula, OtherLine):
        return f"(other {'same-date' if formula.same_date else 'any-date'} {_write(formula.formula)})"
    if isinstance(formula, FactLeaf):
        return f"(fact {formula.name})"
    if isinstance(formula, (Lines, Quota)):
        rest = [getattr(formula, field) for field in formula.__struct_fields__ if field != "formula"]
        return f"({type(formula).__name__.lower()} {' '.join(map(repr, rest))} {_write(formula.formula)})"
    details = [getattr(formula, field) for field in formula.__struct_fields__]
    return f"({type(formula).__name__.lower()} {' '.join(_stable(each) for each in details)})"


def _stable(detail: object) -> str:
    members = getattr(detail, "values", None)
    if members is None:
        return repr(detail)
    ranges = (*getattr(detail, "ranges", ()), *(f"{low}-{high}*" for low, high in getattr(detail, "spans", ())))
    return f"{{{' '.join(sorted(map(repr, members)))}|{' '.join(map(repr, ranges))}}}"
