"""Walk through conditions as documents write them: every entry with its path, and every test on an attribute."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from payrule.documents.models import Condition, Policy
from payrule.documents.places import Path
from payrule.language.lower import CONNECTIVES


class Entry(NamedTuple):
    """One entry of a condition: its path, its key, and what stands under it."""

    path: Path
    key: str
    operand: Any


class AttributeTest(NamedTuple):
    """One test on an attribute, with its path."""

    path: Path
    attribute: str
    test: str
    operand: Any


def entries(condition: Condition, path: Path = ()) -> Iterator[Entry]:
    """List the entries of a condition and of all conditions inside it.

    >>> [each.path for each in entries({"not": {"any": [{"fact": "a"}]}})]
    [('not',), ('not', 'any'), ('not', 'any', 0, 'fact')]
    """
    for key, operand in condition.items():
        here = (*path, key)
        yield Entry(here, key, operand)
        inside = operand["of"] if key == "count" else operand
        below = (*here, "of") if key == "count" else here
        if key in CONNECTIVES and key != "fact":
            parts = enumerate(inside) if isinstance(inside, list) else ((None, inside),)
            for index, part in parts:
                yield from entries(part, below if index is None else (*below, index))


def attribute_tests(condition: Condition, path: Path = ()) -> Iterator[AttributeTest]:
    """List the tests on attributes anywhere in a condition.

    >>> list(attribute_tests({"all": [{"line.units": {"at_least": 2}}]}))
    [AttributeTest(path=('all', 0, 'line.units', 'at_least'), attribute='line.units', test='at_least', operand=2)]
    """
    for entry in entries(condition, path):
        if entry.key not in CONNECTIVES and entry.key != "same_date":
            for test, operand in entry.operand.items():
                yield AttributeTest((*entry.path, test), entry.key, test, operand)


def conditions(policy: Policy) -> Iterator[tuple[Path, Condition]]:
    """List the conditions of a policy with their paths: those of its rules, then those of its facts."""
    for index, rule in enumerate(policy.rules):
        yield ("rules", index, "when"), rule.when
    for name, fact in policy.facts.items():
        yield ("facts", name, "when"), fact.when


def set_named(operand: object) -> str | None:
    """Give the name of the set that an operand is, without its mark; None for any other operand.

    >>> set_named("@pair"), set_named(["00001"])
    ('pair', None)
    """
    return operand[1:] if isinstance(operand, str) and operand.startswith("@") else None
