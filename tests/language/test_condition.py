"""The tree of a condition: a node for each form, its place in the document, and a line in every table."""

from itertools import pairwise
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.property.conditions import Scope, condition
from tests.property.effort import examples
from tests.property.words import DECLARED, Json

from payrule.execute.meaning import MEANINGS
from payrule.language import condition as tree
from payrule.language.condition import CONNECTIVES, parse, parts_of, walk
from payrule.language.lower import LOWERED
from payrule.language.words import WORDS
from payrule.model.schema_validator import schema

UNITS = {"line.units": {"at_least": 2}}
AT = ("rules", 0, "when")
SCOPE = Scope(tuple(DECLARED), facts=("alone", "site"), local=("site",))


def units(*at: str | int) -> tree.Test:
    return tree.Test((*AT, *at, "line.units", "at_least"), "line.units", "at_least", 2)


@pytest.mark.parametrize(
    ("when", "node"),
    [
        (UNITS, units()),
        ({}, tree.All(AT, (), named=False)),
        ({"all": [UNITS]}, tree.All((*AT, "all"), (units("all", 0),))),
        ({"any": [UNITS, UNITS]}, tree.Some((*AT, "any"), (units("any", 0), units("any", 1)))),
        ({"not": UNITS}, tree.Not((*AT, "not"), units("not"))),
        ({"not": {}}, tree.Not((*AT, "not"), tree.All((*AT, "not"), (), named=False))),
        (
            {"count": {"at_least": 1, "of": [UNITS, UNITS]}},
            tree.Count((*AT, "count"), 1, (units("count", "of", 0), units("count", "of", 1))),
        ),
        ({"fact": "site"}, tree.Fact((*AT, "fact"), "site")),
        (
            {"fact": ["site", "alone"]},
            tree.All(AT, (tree.Fact((*AT, "fact", 0), "site"), tree.Fact((*AT, "fact", 1), "alone")), named=False),
        ),
        ({"other_line": UNITS}, tree.OtherLine((*AT, "other_line"), units("other_line"))),
        (
            {"other_line": [UNITS | {"same_date": False}, {}]},
            tree.All(
                AT,
                (
                    tree.OtherLine((*AT, "other_line", 0), units("other_line", 0), same_date=False),
                    tree.OtherLine((*AT, "other_line", 1), tree.All((*AT, "other_line", 1), (), named=False)),
                ),
                named=False,
            ),
        ),
        (
            {"line.units": {"at_least": 2, "in": [2, 3]}, "not": UNITS},
            tree.All(
                AT,
                (
                    units(),
                    tree.Test((*AT, "line.units", "in"), "line.units", "in", (2, 3)),
                    tree.Not((*AT, "not"), units("not")),
                ),
                named=False,
            ),
        ),
    ],
)
def test_each_form_is_a_node_at_its_place(when: Json, node: tree.Condition) -> None:
    assert parse(when, AT) == node


def test_walk_goes_in_the_order_of_the_document_and_tells_what_is_asked_of_another_line() -> None:
    when = {
        "any": [{"fact": ["site", "alone"]}, {"count": {"at_least": 1, "of": [UNITS]}}],
        "other_line": {"not": {"region": {"is": "same"}}},
    }
    assert [(type(each), inside) for each, inside in walk(parse(when))] == [
        (tree.All, False),
        (tree.Some, False),
        (tree.All, False),
        (tree.Fact, False),
        (tree.Fact, False),
        (tree.Count, False),
        (tree.Test, False),
        (tree.OtherLine, False),
        (tree.Not, True),
        (tree.Test, True),
    ]


@pytest.mark.parametrize("when", [None, [], {"line.units": 2}, {"count": {"of": []}}, {"other_line": "x"}, {"all": 1}])
def test_what_is_no_condition_is_refused(when: Any) -> None:
    with pytest.raises((LookupError, TypeError, ValueError, AttributeError)):
        parse(when)


def written(node: tree.Condition, value: Json) -> None:
    """Write a tree back into a document: every leaf at its own place."""
    if isinstance(node, tree.Test):
        _put(value, node.path, list(node.operand) if isinstance(node.operand, tuple) else node.operand)
    elif isinstance(node, tree.Fact):
        _put(value, node.path, node.name)
    elif isinstance(node, tree.Count):
        _put(value, (*node.path, "at_least"), node.at_least)
    elif isinstance(node, tree.OtherLine):
        _put(value, (*node.path, "same_date"), node.same_date)
    for part in parts_of(node):
        written(part, value)


def _put(value: Any, path: tuple[str | int, ...], leaf: Any) -> None:
    """Put a value at a path, with the objects and lists above it."""
    for step, following in pairwise(path):
        empty: Any = [] if isinstance(following, int) else {}
        if isinstance(value, list):
            value.extend([empty] * (step == len(value)))
        else:
            value.setdefault(step, empty)
        value = value[step]
    if isinstance(value, list):
        value.append(leaf)
    else:
        value[path[-1]] = leaf


def dated(value: Any) -> Any:
    """Write out that the other line is of the same date, where a document leaves it to be understood."""
    if isinstance(value, list):
        return [dated(each) for each in value]
    if not isinstance(value, dict):
        return value
    found = {key: dated(each) for key, each in value.items()}
    for other in (
        found.get("other_line", []) if isinstance(found.get("other_line"), list) else [found.get("other_line")]
    ):
        if other is not None:
            other.setdefault("same_date", True)
    return found


@examples(200)
@given(st.composite(lambda draw: condition(draw, SCOPE))())
def test_document_can_be_written_back_from_its_tree(when: Json) -> None:
    found: Json = {}
    written(parse(when), found)
    assert found == dated(when)


def test_every_node_is_in_every_table() -> None:
    assert {*get_args(tree.Condition)} == {*LOWERED} == {*MEANINGS} == {*WORDS}


def test_every_connective_of_the_schema_has_a_node() -> None:
    assert {*CONNECTIVES} == {*schema("policy")["$defs"]["condition"]["properties"]}
    assert {each.node for each in CONNECTIVES.values()} == {*get_args(tree.Condition)} - {tree.Test}
