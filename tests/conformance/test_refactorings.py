"""Refactorings of the shipped documents that change no answer: each is proved to be one."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from tests.edited import Edit, Json, compared, rename, rule, sides
from tests.property.effort import mostly_slow


class Refactoring(NamedTuple):
    """An edit of a document, and a payer whose answers stay the same."""

    document: str
    edit: Edit
    payer: str


def when(name: str, change: Callable[[Json], Json]) -> Edit:
    """Make an edit that rewrites the condition of a rule."""

    def edit(document: Json) -> None:
        rule(document, name)["when"] = change(rule(document, name)["when"])

    return edit


def without(key: str, condition: Json) -> Json:
    """Leave out one entry of a condition."""
    return {name: each for name, each in condition.items() if name != key}


def reversed_everywhere(document: Json) -> None:
    """Turn round the rules, the members of sets, and the keys of every object."""

    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(each) for key, each in reversed(value.items())}
        return value

    document["rules"].reverse()
    for members in document.get("sets", {}).values():
        members.reverse()
    turned_round = turned(document)
    document.clear()
    document.update(turned_round)


def rename_set(old: str, new: str) -> Edit:
    def edit(document: Json) -> None:
        text = json.dumps(document).replace(f'"@{old}"', f'"@{new}"').replace(f'"{old}":', f'"{new}":')
        document.clear()
        document.update(json.loads(text))

    return edit


def inline_fact(name: str) -> Edit:
    """Write a fact out wherever a rule uses it alone."""

    def edit(document: Json) -> None:
        condition = document["facts"][name]["when"]
        for each in document["rules"]:
            if each["when"].get("fact") == name:
                del each["when"]["fact"]
                each["when"]["all"] = [condition]

    return edit


def name_fact(document: Json) -> None:
    """Give what several rules ask of the record a name."""
    document["facts"] = {
        "untimed": {"summary": "the record holds no time", "when": {"line.documentation.time": {"is": False}}}
    }
    rule(document, "documentation-lacks-time")["when"] = {"line.code": {"in": "@timed-codes"}, "fact": "untimed"}


def split_rule(name: str, key: str) -> Edit:
    """Make two rules of one, each for some of the values that it lists."""

    def edit(document: Json) -> None:
        whole = rule(document, name)
        (test, named), *_ = whole["when"][key].items()
        values = document["sets"][named[1:]]
        half = json.loads(json.dumps(whole)) | {"id": f"{name}-too"}
        whole["when"][key] = {test: values[:1]}
        half["when"][key] = {test: values[1:]}
        document["rules"].append(half)

    return edit


def both(*edits: Edit) -> Edit:
    def edit(document: Json) -> None:
        for each in edits:
            each(document)

    return edit


BLUE, GUIDE, MEDICARE, NCCI = "blue-cross/1.0.0", "cmt-billing-guide/1.0.0", "medicare/1.0.0", "ncci/2.0.0"
ADJUNCT, ALONE = "massage-as-adjunct", "billed-alone"

REFACTORINGS = {
    "everything turned round": Refactoring(BLUE, reversed_everywhere, "blue-cross"),
    "everything turned round in a policy with facts": Refactoring(MEDICARE, reversed_everywhere, "medicare-part-b"),
    "everything turned round in a policy with other lines": Refactoring(GUIDE, reversed_everywhere, "cmt-guide-payer"),
    "double negation": Refactoring(BLUE, when("exclusion", lambda it: {"not": {"not": it}}), "blue-cross"),
    "double negation around another line": Refactoring(
        BLUE, when(ALONE, lambda it: {"not": {"not": it}}), "blue-cross"
    ),
    "De Morgan": Refactoring(
        BLUE,
        when(
            "employed-therapist-lacks-u7",
            lambda it: {"not": {"any": [{"not": {key: test}} for key, test in it.items()]}},
        ),
        "blue-cross",
    ),
    "not_in for not in": Refactoring(
        "medicare-statute/1.0.0",
        when(
            "chiropractors-are-paid-for-manipulation-only", lambda it: it | {"line.code": {"not_in": ["98940-98943"]}}
        ),
        "medicare-part-b",
    ),
    "any distributed": Refactoring(
        MEDICARE,
        when(
            "massage-without-a-listed-condition",
            lambda it: {"any": [{**without("any", it), **part} for part in it["any"]]},
        ),
        "medicare-part-b",
    ),
    "any of values written out": Refactoring(
        MEDICARE,
        when(
            ADJUNCT,
            lambda it: (
                it
                | {
                    "line.purpose": it["line.purpose"],
                    "any": [{"line.purpose": {"any_of": [one]}} for one in it["line.purpose"]["any_of"]],
                }
            ),
        ),
        "medicare-part-b",
    ),
    "a set renamed": Refactoring(BLUE, rename_set("listed-procedures", "fee-listing"), "blue-cross"),
    "a set written out": Refactoring(
        BLUE,
        when("listed-procedures", lambda _: {"line.code": {"in": ["97110", "97112", "97124", "97140"]}}),
        "blue-cross",
    ),
    "a set that hides another of the same members": Refactoring(
        BLUE,
        lambda document: document["sets"].update({"one-on-one-procedures": ["97110-97124", "97140", "97530-97542"]}),
        "blue-cross",
    ),
    "a range cut in two": Refactoring(
        "vocabulary",
        lambda document: document["sets"].update(
            {"cmt-spinal": ["98940", "98941-98942"], "cmt": ["98940-9894Z", "98941-98943"]}
        ),
        "blue-cross",
    ),
    "a fact written out": Refactoring(MEDICARE, inline_fact("one-of-the-seven"), "medicare-part-b"),
    "a fact about other lines written out": Refactoring(GUIDE, inline_fact("beside-cmt"), "cmt-guide-payer"),
    "a condition given a name": Refactoring(BLUE, name_fact, "blue-cross"),
    "a rule split by its codes": Refactoring(BLUE, split_rule("listed-procedures", "line.code"), "blue-cross"),
    "a rule that is one reason more": Refactoring(
        GUIDE,
        lambda document: document["rules"].append(
            rule(document, "manual-therapy-near-cmt") | {"id": "manual-therapy-near-cmt-too"}
        ),
        "cmt-guide-payer",
    ),
    "count for any": Refactoring(
        MEDICARE,
        when(
            "massage-without-a-listed-condition",
            lambda it: {**without("any", it), "count": {"at_least": 1, "of": it["any"]}},
        ),
        "medicare-part-b",
    ),
    "an override of what the strict answer overrules anyway": Refactoring(
        BLUE, lambda document: rule(document, "preparation-is-integral")["overrides"].remove("exclusion"), "blue-cross"
    ),
    "other words": Refactoring(
        BLUE,
        both(
            *(
                lambda document, key=key: document.update({key: f"another {key}"})
                for key in ("title", "issuer", "interpretation")
            )
        ),
        "blue-cross",
    ),
    "an end cut into two equal versions' dates": Refactoring(
        NCCI, lambda document: document["effective"].update({"to": "9999-12-31"}), "medicare-part-b"
    ),
    "tiers that hold nothing in common": Refactoring(
        "payers/medicare-part-b",
        lambda document: document["tiers"].__setitem__(slice(1, 3), [["medicare", "medicare-chiropractic"], ["ncci"]]),
        "medicare-part-b",
    ),
    "a pair of regions named twice": Refactoring(
        "vocabulary",
        lambda document: document["regions"]["contiguous"].append(["thoracic", "cervical"]),
        "cmt-guide-payer",
    ),
}


@pytest.mark.parametrize(
    "refactoring", mostly_slow([(each,) for each in REFACTORINGS.values()], quick=6), ids=REFACTORINGS
)
def test_a_refactoring_is_proved_to_change_no_answer(refactoring: Refactoring) -> None:
    found = compared(*sides(*refactoring))
    assert found.changes == ()
    # What a table holds is known to the solver of a few codes only: a proof may rest on that where edits bind.
    assert found.certainty in ({"proved"} if refactoring.payer == "blue-cross" else {"proved", "bounded"})


def test_a_renamed_rule_changes_no_answer() -> None:
    renamed = rename("exclusion", "massage-and-manual-therapy-exclusion")
    found = compared(*sides(BLUE, renamed, "blue-cross"))
    assert (found.changes, found.certainty) == ((), "proved")


def test_equality_that_rests_on_how_units_are_counted_is_bounded() -> None:
    """Units of codes without a time component are supported: that is taken for granted, and the proof says so."""
    untimed = {"line.code": {"not_in": "@timed-codes"}, "line.units_supported": {"is": False}}
    only_timed = when("units-exceed-minutes", lambda it: {"any": [it, untimed]})
    found = compared(*sides(BLUE, only_timed, "blue-cross"))
    assert (found.changes, found.certainty) == ((), "bounded")
