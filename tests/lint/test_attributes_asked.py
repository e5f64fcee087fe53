"""What a condition rests on, by itself, through facts, and through what is computed."""

import msgspec
import pytest

from payrule.lint import attributes_asked
from payrule.lint.context import shipped_context
from payrule.lint.rules.conditions.condition_repeated import run
from payrule.model.policy import Policy

CONTEXT = shipped_context()
WORDS = CONTEXT.documents.vocabulary


def first(name: str) -> Policy:
    return CONTEXT.documents.policies[name][0]


def test_what_is_computed_stands_for_what_it_is_computed_from() -> None:
    condition = {"line.units_supported": {"is": False}}
    assert sorted(attributes_asked.attributes_asked(condition, first("blue-cross"), WORDS)) == [
        "line.minutes",
        "line.modifiers",
        "line.provider.type",
        "line.units",
    ]


def test_fact_stands_for_what_it_tests() -> None:
    condition = {"line.code": {"is": "97124"}, "fact": "pulmonary-care"}
    assert sorted(attributes_asked.tested(condition, first("medicare"), WORDS)) == ["line.code", "line.techniques"]


def asked_of_another_line(*asked: object) -> list[tuple[str | int, ...]]:
    """Give rules these conditions on another line, and say where one was found to be repeated."""
    policy = first("medicare")
    rules = tuple(
        msgspec.structs.replace(rule, id=f"rule-{at}", when={"other_line": each})
        for at, (rule, each) in enumerate(zip(policy.rules, asked, strict=False))
    )
    context = msgspec.structs.replace(CONTEXT, policies=(msgspec.structs.replace(policy, rules=rules),))
    return [each.path for each in run(context)]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"line.units": {"at_least": 2, "at_most": 4}}, True),
        ({"line.units": {"at_least": 2}, "region": {"is": "same"}}, True),
        ({"line.units": {"at_least": 2}}, False),
        ({"line.units": {"at_least": 2}, "same_date": False}, False),
        ({"not": {"line.units": {"at_least": 2}}}, False),
        ({}, False),
    ],
)
def test_condition_of_two_tests_or_more_is_found_where_it_is_repeated(asked: object, found: bool) -> None:  # noqa: FBT001 - a table
    at = ("rules", 1, "when", "other_line")
    assert asked_of_another_line(asked, asked) == [at] * found
    assert asked_of_another_line(asked, [{"line.code": {"is": "97124"}}, asked]) == [(*at, 1)] * found


def test_conditions_are_repeated_in_one_shipped_version() -> None:
    assert {each.document for each in run(CONTEXT)} == {"cmt-billing-guide@1.0.0"}
