"""What a condition rests on, by itself, through facts, and through what is computed."""

import msgspec
import pytest

from payrule.lint.rule import attributes_needed, attributes_tested, shipped_context
from payrule.lint.rules.conditions.condition_repeated import run
from payrule.model.policy import Policy

CONTEXT = shipped_context()
DOCUMENTS = CONTEXT.documents


def first(name: str) -> Policy:
    return DOCUMENTS.policies[name][0]


def test_what_is_computed_stands_for_what_it_is_computed_from() -> None:
    condition = {"line.units_supported": {"is": False}}
    assert sorted(attributes_needed(condition, first("blue-cross"), DOCUMENTS)) == [
        "line.minutes",
        "line.modifiers",
        "line.provider.type",
        "line.units",
    ]


def test_fact_stands_for_what_it_tests() -> None:
    condition = {"line.code": {"is": "97124"}, "fact": "pulmonary-care"}
    assert sorted(attributes_tested(condition, first("medicare"), DOCUMENTS)) == ["line.code", "line.techniques"]


def repeated_on_another_line(*conditions: object) -> list[str | None]:
    """Give rules these conditions on another line, and say where one was found to be repeated."""
    policy = first("medicare")
    rules = tuple(
        msgspec.structs.replace(rule, id=f"rule-{at}", when={"other_line": each})
        for at, (rule, each) in enumerate(zip(policy.rules, conditions, strict=False))
    )
    context = msgspec.structs.replace(CONTEXT, policies=(msgspec.structs.replace(policy, rules=rules),))
    return [each.path for each in run(context)]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({"line.units": {"at_least": 2, "at_most": 4}}, True),
        ({"line.units": {"at_least": 2}, "region": {"is": "same"}}, True),
        ({"line.units": {"at_least": 2}}, False),
        ({"line.units": {"at_least": 2}, "same_date": False}, False),
        ({"not": {"line.units": {"at_least": 2}}}, False),
        ({}, False),
    ],
)
def test_condition_of_two_tests_or_more_is_found_where_it_is_repeated(condition: object, found: bool) -> None:  # noqa: FBT001 - a table
    at = "$.rules[1].when.other_line"
    assert repeated_on_another_line(condition, condition) == [at] * found
    assert repeated_on_another_line(condition, [{"line.code": {"is": "97124"}}, condition]) == [f"{at}[1]"] * found


def test_conditions_are_repeated_in_one_shipped_version() -> None:
    assert {each.file for each in run(CONTEXT)} == {"cmt-billing-guide@1.0.0"}
