"""Differences and verifications of real documents, for the tests of how they are shown."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from tests.covered import coverage_of_little, rereading
from tests.edited import KNOWN_ON, Json, rule, sides

from payrule import diff, load, verify
from payrule.citations.copies import Copies
from payrule.citations.passages import in_difference, in_verification
from payrule.compare.operands import Operand
from payrule.encounter.encounter import Encounter
from payrule.model.policy import Policy, by_version
from payrule.reports.pages.coverage import coverage_page
from payrule.reports.pages.difference import difference_page
from payrule.reports.pages.page import Page
from payrule.reports.pages.rereading import rereading_page
from payrule.reports.pages.verification import verification_page
from payrule.results.difference import Difference, ImpactExample
from payrule.results.verification import Verification
from payrule.source.files import shipped

PAYER = "blue-cross"
HOSTILE = "<b>&amp;</b> | *a* _b_ `c` [d](http://e) @f #7 \x1b[31m \u202e\n- g"
"""A name that would become markup, an address, a notification or a colour wherever it is not escaped."""


def _narrower(document: Json) -> None:
    """Exclude manual therapy no longer, and let the provider bear what was the subscriber's."""
    document["sets"]["excluded-services"].remove("97140")
    rule(document, "billed-alone")["conclude"]["liability"] = "provider"


def _contradicting(document: Json) -> None:
    """Let two rules contradict each other: neither overrides the other any longer."""
    rule(document, "preparation-is-integral")["overrides"] = []


def _operand(document: Json, name: str) -> Operand:
    policy = msgspec.convert(document, Policy)
    documents = load().documents
    return Operand(name, "policy", msgspec.structs.replace(documents, policies={PAYER: (policy,)}), policy=policy)


def claims(name: str) -> Iterator[Encounter | None]:
    """List claims: three that are answered otherwise, one of them without a charge; one that is not; one unread."""
    manual, massage = ({"number": 1, "code": code, "date": "2026-03-02"} for code in ("97140", "97124"))
    lines = (
        {**manual, "charge_cents": 123_456},
        manual,
        {**massage, "charge_cents": 4_500},
        manual | {"code": "97110"},
    )
    for number, line in enumerate(lines, start=1):
        yield load().encounter({"id": f"{name} {number}", "lines": [line]})
    yield None


@cache
def difference(name: str = "E") -> Difference:
    """Find a difference with everything that there can be in one; `name` is in a note, a summary and an example."""
    data = json.loads((shipped("policies") / PAYER / "1.0.0.json").read_text())
    old = _operand(data, f"{PAYER}@1.0.0")
    _narrower(data)
    data["version"] = "1.1.0"
    data["notes"].append({"text": name, "reason": name})
    rule(data, "exclusion")["summary"] = f"Massage is not paid for: {name}"
    new = _operand(data, f"{PAYER}@1.1.0")
    found = diff(old, new, known_on=KNOWN_ON, payer=PAYER, claims=claims("E"))
    assert found.impact
    change, *others = found.impact.changes
    named = msgspec.structs.replace(change, examples=(*change.examples, ImpactExample(name, 1)))
    return msgspec.structs.replace(found, impact=msgspec.structs.replace(found.impact, changes=(named, *others)))


@cache
def equal() -> Difference:
    """Give the difference between a payer and itself."""
    return diff(f"payer:{PAYER}", f"payer:{PAYER}", known_on=KNOWN_ON)


@cache
def unsettled() -> Difference:
    """Give a difference for which there was no time at all."""
    return diff(f"payer:{PAYER}", f"payer:{PAYER}", known_on=KNOWN_ON, expired=lambda: True)


@cache
def verification() -> Verification:
    """Find what is wrong with a payer of which two rules contradict each other."""
    _, contradicting = sides("blue-cross/1.0.0", _contradicting, PAYER)
    rules = contradicting.rulebase.policies[PAYER][0].rules
    exampled = {f"{PAYER}/{each.id}" for each in rules[1:]}
    return verify(contradicting.rulebase, PAYER, known_on=KNOWN_ON, exampled=exampled)


class _Copies(Copies):
    """Stand for a folder with a copy of what one rule cites."""

    def __init__(self) -> None:
        super().__init__(Path())

    def with_passage(self, cite: dict[str, Any], policy: Policy) -> dict[str, Any]:  # noqa: ARG002 - as a folder's
        """Give a passage for the exclusion, and say of the others that they were reworded."""
        if "Exclusion, paragraph 1" in cite["locator"]:
            return {**cite, "passage": f"What {cite['locator']} says.", "lack": None}
        return {**cite, "passage": None, "lack": "passage-not-found"}


def with_passages(found: Difference) -> Difference:
    """Show passages beside what a difference cites."""
    policy = load().policies[PAYER][0]
    return in_difference(found, _Copies(), {f"{PAYER}@1.0.0": policy}, {f"{PAYER}@1.1.0": policy})


@cache
def pages() -> dict[str, Page]:
    """Give each kind of page there is."""
    return {
        "coverage": coverage_page(coverage_of_little(), whole=True),
        "difference": difference_page(with_passages(difference())),
        "equal": difference_page(equal()),
        "rereading": rereading_page(rereading()),
        "unsettled": difference_page(unsettled()),
        "verification": verification_page(in_verification(verification(), _Copies(), by_version(load().policies))),
    }
