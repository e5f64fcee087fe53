"""Conditions as a tree: one type of node for each form that a document may write, each with its place there.

`parse` is the only reader of conditions as JSON, and `CONNECTIVES` the only list of what combines them. What a node
means is in `reference`, what it becomes for executions in `lower`, how it reads in `words`; each has one line a node.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import msgspec

from payrule.language.counting import Measure, Window
from payrule.model.policy import Policy
from payrule.model.vocabulary import Vocabulary
from payrule.source.json_source import Path


class All(msgspec.Struct, frozen=True):
    """Every part holds. An object with several entries is one too, and so is one with none: these are not `named`."""

    path: Path
    parts: tuple["Condition", ...]
    named: bool = True


class Some(msgspec.Struct, frozen=True):
    """At least one part holds: `any` in a document."""

    path: Path
    parts: tuple["Condition", ...]


class Not(msgspec.Struct, frozen=True):
    """The part does not hold."""

    path: Path
    part: "Condition"


class Count(msgspec.Struct, frozen=True):
    """At least so many of the parts hold."""

    path: Path
    at_least: int
    parts: tuple["Condition", ...]


class Fact(msgspec.Struct, frozen=True):
    """A fact holds that the document or its vocabulary defines; a list of names in a document is a node for each."""

    path: Path
    name: str


class OtherLine(msgspec.Struct, frozen=True):
    """Some other line satisfies the part, on the same date of service or on any; a list is a node for each."""

    path: Path
    part: "Condition"
    same_date: bool = True

    @property
    def any_line(self) -> bool:
        """Tell whether nothing is asked of the other line but that there is one."""
        return isinstance(self.part, All) and not self.part.parts


class Lines(msgspec.Struct, frozen=True):
    """Lines in a window that satisfy the part, and agree with the subject in what is the `same`, come to a measure.

    `itself` tells whether the subject is counted when it satisfies the part. A list is a node for each.
    """

    path: Path
    window: Window
    part: "Condition"
    same: tuple[str, ...]
    itself: bool
    measure: Measure


class Quota(msgspec.Struct, frozen=True):
    """So much of the line is within a quota of the policy, or over it (`kind`); an entry is a node for each of both."""

    path: Path
    name: str
    kind: str
    tests: tuple[tuple[str, int], ...]


class Test(msgspec.Struct, frozen=True):
    """A test on the value of one attribute, with its operand as JSON writes it; a list is a tuple."""

    path: Path
    attribute: str
    test: str
    operand: Any

    @property
    def set_name(self) -> str | None:
        """The name of the set that the operand is, without its mark; None for any other operand.

        >>> Test((), "line.code", "in", "@pair").set_name, Test((), "line.code", "in", ("00001",)).set_name
        ('pair', None)
        """
        return self.operand[1:] if isinstance(self.operand, str) and self.operand.startswith("@") else None

    @property
    def listed(self) -> tuple[Any, ...]:
        """The operand as a list."""
        return self.operand if isinstance(self.operand, tuple) else (self.operand,)


Condition = All | Some | Not | Count | Fact | OtherLine | Lines | Quota | Test

LEAVES = (Fact, OtherLine, Lines, Quota, Test)
"""What is asked of a line; the other nodes combine what is asked."""

OF_OTHERS = (OtherLine, Lines, Quota)
"""What looks at other lines than the one that is asked about."""

Node = TypeVar("Node")

SAME_DATE = "same_date"
"""The key in `other_line` that is no condition."""


def parse(when: Mapping[str, Any], at: Path = ()) -> Condition:
    """Read a condition whose shape the schema has accepted; `at` is its place in its document.

    An entry alone stands for itself. Raises LookupError, TypeError, ValueError or AttributeError where the shape is
    none of a condition.

    >>> parse({"not": {"line.units": {"at_least": 2}}}, ("when",)).part
    Test(path=('when', 'not', 'line.units', 'at_least'), attribute='line.units', test='at_least', operand=2)
    """
    parts = tuple(part for key, operand in when.items() for part in _entry(key, operand, (*at, key)))
    return parts[0] if len(parts) == 1 else All(at, parts, named=False)


def order_key(condition: Condition) -> str:
    """Write a condition without its place, the same in whatever order its parts, and the members of lists, are written.

    >>> orders = (("00001", "00002"), ("00002", "00001"))
    >>> len({order_key(parse({"any": [{"line.code": {"is": code}} for code in order]})) for order in orders})
    1
    """
    return _unordered(msgspec.to_builtins(condition))


def _unordered(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{_unordered(value[key])}" for key in sorted(value) if key != "path") + "}"
    return "[" + ",".join(sorted(map(_unordered, value))) + "]" if isinstance(value, list | tuple) else repr(value)


def _entry(key: str, operand: Any, at: Path) -> Iterable[Condition]:
    connective = CONNECTIVES.get(key)
    if connective is not None:
        return connective.read(operand, at)
    return (
        Test((*at, test), key, test, tuple(value) if isinstance(value, list) else value)
        for test, value in operand.items()
    )


def _parts(listed: Iterable[Mapping[str, Any]], at: Path) -> tuple[Condition, ...]:
    return tuple(parse(each, (*at, index)) for index, each in enumerate(listed))


def _other_line(operand: Mapping[str, Any], at: Path) -> Condition:
    asked = {key: value for key, value in operand.items() if key != SAME_DATE}
    return OtherLine(at, parse(asked, at), operand.get(SAME_DATE, True))


MEASURES = ("count", "sum", "dates", "days_since")
"""The keys of `lines` that say what is measured."""


def _lines(operand: Mapping[str, Any], at: Path) -> Condition:
    (kind,) = (key for key in MEASURES if key in operand)
    asked = dict(operand[kind])
    of = asked.pop("of", None)
    return Lines(
        at,
        Window.read(operand["window"]),
        parse(operand.get("where", {}), (*at, "where")),
        tuple(operand.get("same", ())),
        operand.get("itself", False),
        Measure(kind, of, tuple(asked.items())),
    )


def _quota(operand: Mapping[str, Any], at: Path) -> Iterator[Condition]:
    for name, asked in operand.items():
        for kind, tests in asked.items():
            yield Quota((*at, name, kind), name, kind, tuple(tests.items()))


def _each(read: Callable[[Any, Path], Condition], operand: Any, at: Path) -> Iterator[Condition]:
    """Read what a document writes once or in a list."""
    if isinstance(operand, list | tuple):
        for index, each in enumerate(operand):
            yield read(each, (*at, index))
    else:
        yield read(operand, at)


class Connective(msgspec.Struct, frozen=True):
    """One key of a condition that is no attribute: its node, what it says, and how an entry under it is read."""

    node: type
    summary: str
    read: Callable[[Any, Path], Iterable[Condition]]


CONNECTIVES: dict[str, Connective] = {
    "all": Connective(All, "every condition of a list holds", lambda operand, at: [All(at, _parts(operand, at))]),
    "any": Connective(
        Some, "at least one condition of a list holds", lambda operand, at: [Some(at, _parts(operand, at))]
    ),
    "not": Connective(Not, "a condition does not hold", lambda operand, at: [Not(at, parse(operand, at))]),
    "count": Connective(
        Count,
        "at least that many conditions of a list are true",
        lambda operand, at: [Count(at, operand["at_least"], _parts(operand["of"], (*at, "of")))],
    ),
    "fact": Connective(
        Fact,
        "a named definition is true, or each of a list of them",
        lambda operand, at: _each(lambda name, place: Fact(place, name), operand, at),
    ),
    "other_line": Connective(
        OtherLine,
        "some other line of the claim on the same date satisfies a condition",
        lambda operand, at: _each(_other_line, operand, at),
    ),
    "lines": Connective(
        Lines,
        "lines in a window come to so many, to such a sum, to so many dates, or are so many days ago",
        lambda operand, at: _each(_lines, operand, at),
    ),
    "quota": Connective(Quota, "so much of the line is within a limit that lines share, or over it", _quota),
}
"""The connectives by their keys in a document. A key of a condition that is not here is an attribute."""


def parts_of(condition: Condition) -> tuple[Condition, ...]:
    """Give the conditions directly inside a condition; a fact is a name, and has none.

    >>> [each.path for each in parts_of(parse({"count": {"at_least": 1, "of": [{"fact": "a"}, {"fact": "b"}]}}))]
    [('count', 'of', 0, 'fact'), ('count', 'of', 1, 'fact')]
    """
    if isinstance(condition, (All, Some, Count)):
        return condition.parts
    return (condition.part,) if isinstance(condition, (Not, OtherLine, Lines)) else ()


def walk(condition: Condition, *, inside: bool = False) -> Iterator[tuple[Condition, bool]]:
    """List a condition and all in it in the order of the document, each with whether it is asked of another line.

    >>> [(type(each).__name__, inside) for each, inside in walk(parse({"other_line": {"not": {"fact": "a"}}}))]
    [('OtherLine', False), ('Not', True), ('Fact', True)]
    """
    yield condition, inside
    for part in parts_of(condition):
        yield from walk(part, inside=inside or isinstance(condition, OF_OTHERS))


def find(condition: Condition, kind: type[Node]) -> Iterator[Node]:
    """List the nodes of one type in a condition, in the order of the document.

    >>> [each.name for each in find(parse({"any": [{"fact": "a"}, {"not": {"fact": ["b", "c"]}}]}), Fact)]
    ['a', 'b', 'c']
    """
    return (each for each, _ in walk(condition) if isinstance(each, kind))


def conditions(document: Policy | Vocabulary) -> Iterator[Condition]:
    """List the conditions of a document with their places: those of rules, of facts, of quotas."""
    for index, rule in enumerate(document.rules if isinstance(document, Policy) else ()):
        yield parse(rule.when, ("rules", index, "when"))
    for name, fact in document.facts.items():
        yield parse(fact.when, ("facts", name, "when"))
    for name, quota in document.limits.items() if isinstance(document, Policy) else ():
        yield parse(quota.where, ("quotas", name, "where"))
