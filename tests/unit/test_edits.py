"""What was edited, in types: whatever the order and the format, and with what was renamed recognised."""

import json
import random
from typing import Any

import msgspec
import pytest
from tests.edited import Edit as Change
from tests.edited import Json, edited, rule

from payrule.adjudication.rulebase import load
from payrule.documents.differences import Edit
from payrule.documents.digests import ORDERED
from payrule.review.edits import edits

BLUE = "blue-cross/1.0.0"


def told(document: str, change: Change) -> list[tuple[str | None, ...]]:
    """Edit a document and tell what was edited."""
    return [_row(each) for each in edits(load().documents, edited(document, change))]


def _row(edit: Edit) -> tuple[str | None, ...]:
    return (edit.kind, edit.area, edit.of, edit.name, edit.key, edit.before, edit.after)


def rename(old: str, new: str) -> Change:
    def change(document: Json) -> None:
        text = json.dumps(document).replace(f'"{old}"', f'"{new}"').replace(f'"@{old}"', f'"@{new}"')
        document.clear()
        document.update(json.loads(text))

    return change


def set_key(name: str, key: str, value: Any) -> Change:
    return lambda document: rule(document, name).update({key: value})


EDITS: dict[str, tuple[str, Change, list[tuple[str | None, ...]]]] = {
    "a rule removed": (
        BLUE,
        lambda document: document["rules"].remove(rule(document, "billed-alone")),
        [
            ("removed", "rules", "rule", "billed-alone", None,
             "code is 97124 and not (there is another line of that date)", None),
        ],
    ),
    "a condition changed": (
        BLUE,
        set_key("contact-is-not-one-on-one", "when", {"line.direct_contact": {"is": False}}),
        [
            ("changed", "rules", "rule", "contact-is-not-one-on-one", "when",
             "code is one of @timed-codes and direct contact is false", "direct contact is false"),
        ],
    ),
    "a conclusion changed": (
        BLUE,
        lambda document: rule(document, "billed-alone")["conclude"].update(modality="shall"),
        [
            ("changed", "rules", "rule", "billed-alone", "conclude",
             "benefit may be excluded, liability subscriber", "benefit shall be excluded, liability subscriber"),
        ],
    ),
    "an override dropped": (
        BLUE,
        lambda document: rule(document, "exclusion").pop("overrides"),
        [("changed", "rules", "rule", "exclusion", "overrides", "listed-procedures", None)],
    ),
    "words changed": (
        BLUE,
        set_key("exclusion", "advice", "Ask the payer."),
        [
            ("changed", "text", "rule", "exclusion", "advice",
             "The payer does not pay for this service; ask it whether provider or subscriber bears the charge.",
             "Ask the payer."),
        ],
    ),
    "a set gains and loses members": (
        BLUE,
        lambda document: document["sets"].update({"excluded-services": ["97124", "97112"]}),
        [("changed", "rules", "set", "excluded-services", "members", "97140", "97112")],
    ),
    "a set renamed": (
        BLUE,
        rename("excluded-services", "not-paid"),
        [
            ("renamed", "text", "set", "not-paid", None, "excluded-services", "not-paid"),
            ("changed", "rules", "rule", "exclusion", "when",
             "code is one of @excluded-services", "code is one of @not-paid"),
        ],
    ),
    "a rule renamed, and the overrides that name it": (
        BLUE,
        rename("exclusion", "not-paid"),
        [("renamed", "text", "rule", "not-paid", None, "exclusion", "not-paid")],
    ),
    "dates and status": (
        BLUE,
        lambda document: document.update(effective={"from": "2024-07-01", "to": None}, status="draft"),
        [
            ("changed", "rules", "policy", "blue-cross", "status", "in-force", "draft"),
            ("changed", "rules", "policy", "blue-cross", "effective", "from any date to any date",
             "from 2024-07-01 to any date"),
        ],
    ),
    "tiers of a payer": (
        "payers/medicare-part-b",
        lambda document: document["tiers"].pop(0),
        [
            ("changed", "rules", "payer", "medicare-part-b", "tiers",
             '[["medicare-statute"], ["ncci"], ["medicare"]]', '[["ncci"], ["medicare"]]'),
        ],
    ),
    "a value of an attribute": (
        "vocabulary",
        lambda document: document["attributes"]["encounter.payer_role"]["values"].append("tertiary"),
        [
            ("changed", "rules", "attribute", "encounter.payer_role", "values",
             "primary, secondary", "primary, secondary, tertiary"),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("document", "change", "expected"), EDITS.values(), ids=EDITS)
def test_an_edit_is_told_by_its_type(document: str, change: Change, expected: list[tuple[str | None, ...]]) -> None:
    assert told(document, change) == expected


@pytest.mark.parametrize(
    "document", [BLUE, "medicare/1.0.0", "cmt-billing-guide/1.0.0", "vocabulary", "payers/every-source"]
)
@pytest.mark.parametrize("seed", range(3))
def test_order_is_no_edit(document: str, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same order each time, no secret

    def shuffled(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            items = list(value.items())
            chance.shuffle(items)
            return {name: shuffled(each, name) for name, each in items}
        if isinstance(value, list):
            members = [shuffled(each) for each in value]
            if key not in ORDERED and key != "contiguous":
                chance.shuffle(members)
            return members
        return value

    def change(document: Json) -> None:
        turned = shuffled(document)
        document.clear()
        document.update(turned)

    assert told(document, change) == []


def test_a_version_that_is_new_is_told_by_what_it_changes_of_its_predecessor() -> None:
    old = load().documents
    (policy,) = old.policies["blue-cross"]
    newer = msgspec.structs.replace(policy, version="1.1.0", rules=policy.rules[1:])
    new = msgspec.structs.replace(old, policies={**old.policies, policy.id: (policy, newer)})
    found = edits(old, new)
    assert [(each.kind, each.document, each.of, each.name) for each in found] == [
        ("added", "blue-cross@1.1.0", "policy", "blue-cross"),
        ("removed", "blue-cross@1.1.0", "rule", "independent-massage-therapist"),
    ]
