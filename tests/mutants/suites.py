"""Build suites with the sound engine: of the shipped payers, and of generated rulebases."""

from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path

import msgspec
from hypothesis import Phase, given, settings
from tests.mutants.replay import Claim, Suite, as_json
from tests.property.documents import KNOWN_ON, PAYER, RulebaseDocuments
from tests.property.generated import rulebases

from payrule.adjudication.rulebase import load
from payrule.analysis.suites import suite
from payrule.review.sides import Side, rulings

SHIPPED_KNOWN_ON = date(2026, 11, 23)

GENERATED = 60
"""Rulebases that are generated; each has enough rules for them to meet."""
_FEWEST_RULES = 4
_EXAMPLES = 400


def generated() -> list[RulebaseDocuments]:
    """Generate rulebases: the same ones each time."""
    found: list[RulebaseDocuments] = []

    @settings(max_examples=_EXAMPLES, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
    @given(rulebases())
    def collect(documents: RulebaseDocuments) -> None:
        if sum(len(policy["rules"]) for policy in documents.policies) >= _FEWEST_RULES:
            found.append(documents)

    collect()
    return found[:GENERATED]


def with_claims(empty: Suite) -> Suite:
    """Build the suite of a payer, and keep what the sound engine decides of each claim."""
    rulebase = empty.rulebase()
    side = Side(rulebase, rulebase.terms(payer=empty.payer, known_on=empty.known_on))
    found = suite(rulings(side), side.decide)
    claims = (Claim(each.name, each.encounter, as_json(each.determination)) for each in found)
    return msgspec.structs.replace(empty, claims=tuple(claims))


def build(file: Path, workers: int) -> str:
    """Write the suites of every shipped payer and of generated rulebases to a file; say how much there is."""
    shipped = [Suite(None, payer, SHIPPED_KNOWN_ON.isoformat()) for payer in sorted(load().payers, reverse=True)]
    made = [Suite(each, PAYER, KNOWN_ON.isoformat()) for each in generated()]
    with ProcessPoolExecutor(workers) as pool:
        built = list(pool.map(with_claims, [*shipped, *made]))
    # What takes longest is built first, and decided last.
    ordered = [*built[len(shipped) :], *built[: len(shipped)]]
    file.write_bytes(msgspec.json.encode(ordered))
    claims = sum(len(each.claims) for each in ordered)
    return f"{claims} claims for {len(shipped)} shipped payers and {len(made)} generated rulebases"


def none(file: Path) -> str:
    """Write that there are no suites."""
    file.write_bytes(msgspec.json.encode([]))
    return "no suites"
