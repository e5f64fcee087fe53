"""Edits of the shipped documents that change answers: each is found, with a smallest claim that shows it."""

from typing import Any, NamedTuple

import pytest
from _pytest.mark import ParameterSet
from tests.edited import Edit, Json, compared, rule, shows, sides
from tests.smaller_claims import smaller_claims


class Seeded(NamedTuple):
    """An edit of a document, and a payer whose answers it changes."""

    document: str
    edit: Edit
    payer: str


def put(path: str, value: Any) -> Edit:
    """Make an edit that puts a value at a path, written with slashes; a rule is named by its id."""

    def edit(document: Json) -> None:
        *steps, last = path.split("/")
        place: Any = document
        for step in steps:
            place = rule(document, step) if step not in place and "rules" in place else place[step]
        place[last] = value

    return edit


def drop_override(name: str, overridden: str) -> Edit:
    return lambda document: rule(document, name)["overrides"].remove(overridden)


def extend(name: str, *members: str) -> Edit:
    return lambda document: document["sets"].update({name: [*document["sets"][name], *members]})


def reduce(name: str, member: str) -> Edit:
    return lambda document: document["sets"][name].remove(member)


def drop_rule(name: str) -> Edit:
    return lambda document: document["rules"].remove(rule(document, name))


def drop_test(name: str, key: str) -> Edit:
    return lambda document: rule(document, name)["when"].pop(key)


def separate(one: str, two: str) -> Edit:
    return lambda document: document["regions"]["contiguous"].remove([one, two])


def negate_fact(name: str) -> Edit:
    def edit(document: Json) -> None:
        when = rule(document, name)["when"]
        when["fact"] = when.pop("not")["fact"]

    return edit


BLUE, GUIDE, MEDICARE, NCCI = "blue-cross/1.0.0", "cmt-billing-guide/1.0.0", "medicare/1.0.0", "ncci/2.0.0"

SEEDED = {
    "a code more in a list": Seeded(BLUE, extend("excluded-services", "97112"), "blue-cross"),
    "a code less in a list": Seeded(BLUE, reduce("listed-procedures", "97110"), "blue-cross"),
    "an override dropped": Seeded(BLUE, drop_override("billed-alone", "exclusion"), "blue-cross"),
    "another override dropped": Seeded(
        MEDICARE, drop_override("massage-as-adjunct", "massage-without-a-listed-condition"), "medicare-part-b"
    ),
    "a rule dropped": Seeded(BLUE, drop_rule("documentation-lacks-time"), "blue-cross"),
    "a negation flipped": Seeded(MEDICARE, negate_fact("manual-therapy-without-a-listed-condition"), "medicare-part-b"),
    "a test dropped": Seeded(
        BLUE, drop_test("independent-massage-therapist", "line.provider.relationship"), "blue-cross"
    ),
    "another value asked for": Seeded(
        BLUE, put("contact-is-not-one-on-one/when/line.direct_contact", {"is": True}), "blue-cross"
    ),
    "liability moved": Seeded(BLUE, put("billed-alone/conclude/liability", "provider"), "blue-cross"),
    "discretion taken away": Seeded(BLUE, put("billed-alone/conclude/modality", "shall"), "blue-cross"),
    "another remittance code": Seeded(BLUE, put("units-exceed-minutes/remittance/carc", "222"), "blue-cross"),
    "a conclusion turned round": Seeded(
        GUIDE, put("manual-therapy-near-cmt/conclude/value", "separate"), "cmt-guide-payer"
    ),
    "a region more": Seeded(
        GUIDE, put("therapy-on-region-of-cmt/when/other_line/region", {"in": ["same", "contiguous"]}), "cmt-guide-payer"
    ),
    "a pair of regions no longer contiguous": Seeded("vocabulary", separate("cervical", "thoracic"), "cmt-guide-payer"),
    "another date asked for on other lines": Seeded(
        MEDICARE, put("massage-as-adjunct/when/other_line/same_date", value=False), "medicare-part-b"
    ),
    "a modifier no longer enough": Seeded("vocabulary", reduce("distinct-service-modifiers", "XS"), "medicare-part-b"),
    "a date moved": Seeded(NCCI, put("effective/from", "2024-10-01"), "medicare-part-b"),
    "an end put to a policy": Seeded(BLUE, put("effective/to", "2020-12-31"), "blue-cross"),
    "a range cut where codes with letters lie": Seeded(
        "vocabulary",
        lambda document: document["sets"].update({"physical-medicine": ["97010-97399", "97400-97799"]}),
        "blue-cross",
    ),
    "tiers swapped": Seeded("payers/every-source", lambda document: document["tiers"].reverse(), "every-source"),
    "a policy unbound": Seeded("payers/medicare-part-b", lambda document: document["tiers"].pop(0), "medicare-part-b"),
    "a presumption added": Seeded("payers/blue-cross", put("presumptions", {"line.documentation": True}), "blue-cross"),
    "a threshold where there was none": Seeded(BLUE, put("exclusion/when/line.units", {"at_least": 2}), "blue-cross"),
    "a code no longer timed": Seeded(
        "vocabulary", lambda document: document["sets"].update({"timed-codes": ["97110-97124"]}), "blue-cross"
    ),
    "a payer's remittance code": Seeded(
        "payers/blue-cross", put("remittance", {"blue-cross/exclusion": {"carc": "96", "rarc": ["N30"]}}), "blue-cross"
    ),
}


def costing(at: int, seeded: Seeded) -> ParameterSet:
    """Mark what takes seconds: all payers but the one that has few rules, and of its edits every second."""
    return pytest.param(seeded, marks=() if seeded.payer == "blue-cross" and at % 2 else pytest.mark.slow)


@pytest.mark.parametrize("seeded", [costing(*each) for each in enumerate(SEEDED.values())], ids=SEEDED)
def test_an_edit_that_changes_answers_is_found_with_a_smallest_claim(seeded: Seeded) -> None:
    old, new = sides(*seeded)
    found = compared(old, new)
    assert found.changes
    assert found.certainty in ("proved", "bounded")
    for change in found.changes:
        encounter = change.witness.encounter
        assert shows(change, encounter, old, new)
        for said, smaller in smaller_claims(encounter):
            assert not shows(change, smaller, old, new), f"{said} is not needed in {encounter}"


def test_a_threshold_moved_by_one_is_found_at_the_threshold() -> None:
    def threshold(least: int) -> Edit:
        return put("exclusion/when/line.units", {"at_least": least})

    _, old = sides(BLUE, threshold(3), "blue-cross")
    _, new = sides(BLUE, threshold(4), "blue-cross")
    found = compared(old, new)
    assert found.changes
    assert {change.witness.encounter["lines"][0]["units"] for change in found.changes} == {3}
