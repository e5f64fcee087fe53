"""What a condition rests on, by itself, through facts, and through what is computed."""

from payrule.lint import attributes_asked
from payrule.lint.context import shipped_desk
from payrule.lint.rules.conditions.condition_repeated import look
from payrule.model.policy import Condition, Policy

DESK = shipped_desk()
WORDS = DESK.documents.vocabulary


def first(name: str) -> Policy:
    return DESK.documents.policies[name][0]


def test_what_is_computed_stands_for_what_it_is_computed_from() -> None:
    condition: Condition = {"line.units_supported": {"is": False}}
    assert sorted(attributes_asked.attributes_asked(condition, first("blue-cross"), WORDS)) == [
        "line.minutes",
        "line.modifiers",
        "line.provider.type",
        "line.units",
    ]


def test_fact_stands_for_what_it_tests() -> None:
    condition: Condition = {"line.code": {"is": "97124"}, "fact": "pulmonary-care"}
    assert sorted(attributes_asked.tested(condition, first("medicare"), WORDS)) == ["line.code", "line.techniques"]


def test_conditions_are_repeated_in_one_shipped_version() -> None:
    assert {each.document for each in look(DESK)} == {"cmt-billing-guide@1.0.0"}
