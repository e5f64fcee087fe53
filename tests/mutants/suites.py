"""Build suites with the sound engine: of the shipped payers, of generated rulebases, and of facts that hide others."""

from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

import msgspec
from hypothesis import Phase, given, settings
from tests.analysis.suites import suite
from tests.mutants.hiding import checked, deciding
from tests.mutants.replay import Claim, Suite, as_json
from tests.property.documents import KNOWN_ON, PAYER, RulebaseDocuments
from tests.property.generated import rulebases

from payrule.compare.comparison_side import regimes
from payrule.model.policy import Status
from payrule.rulebase.rulebase import load

SHIPPED_KNOWN_ON = "2026-11-23"

GENERATED = 220
"""Rulebases that are generated; each has enough rules for them to meet."""
OF_OTHER_STATUS = 6
"""Of these, the ones whose versions are tried in every status."""
_FEWEST_RULES = 4
_EXAMPLES = 900


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


def shipped() -> list[Suite]:
    """List the shipped payers: as they are, with a clean record presumed, and with a proposed policy considered."""
    rulebase = load()
    payers = [Suite(None, payer, SHIPPED_KNOWN_ON) for payer in sorted(rulebase.payers, reverse=True)]
    plain = [each for each in payers if rulebase.payers[each.payer].purpose != "what-if"]
    proposed = {
        version.id: version.replaces.partition("@")[0]
        for versions in rulebase.policies.values()
        for version in versions
        if version.replaces
    }
    return [
        *payers,
        *(msgspec.structs.replace(each, presume=dict(rulebase.clean_record)) for each in plain),
        *(
            msgspec.structs.replace(each, consider=policy)
            for each in plain
            for policy, replaced in sorted(proposed.items())
            if replaced in rulebase.payers[each.payer].policies
        ),
    ]


def known_earlier(each: Suite) -> list[Suite]:
    """List a generated rulebase as known on the usual day, and on the day before each version was published."""
    policies = each.documents.policies if each.documents else ()
    published = {policy["published"] for policy in policies if policy["published"]}
    days = {(date.fromisoformat(day) - timedelta(days=1)).isoformat() for day in published}
    return [msgspec.structs.replace(each, known_on=day) for day in sorted({each.known_on, *days})]


def of_other_status(documents: RulebaseDocuments) -> list[RulebaseDocuments]:
    """List a rulebase again with each version in each status that it has not."""
    return [
        msgspec.structs.replace(
            documents,
            policies=tuple({**each, "status": status} if each is policy else each for each in documents.policies),
        )
        for policy in documents.policies
        for status in get_args(Status)
        if status != policy["status"]
    ]


def with_claims(empty: Suite) -> Suite:
    """Build the suite of a payer, and keep what the sound engine decides of each claim."""
    side = empty.side()
    found = suite(regimes(side), side.decide)
    claims = (Claim(each.name, each.encounter, as_json(each.determination)) for each in found)
    return msgspec.structs.replace(empty, found=empty.checked(), claims=tuple(claims))


def build(file: Path, workers: int) -> str:
    """Write the suites of every shipped payer and of generated rulebases to a file; say how much there is."""
    drawn = generated()
    made = [known for each in drawn for known in known_earlier(_of(each))]
    made += [_of(each) for documents in drawn[:OF_OTHER_STATUS] for each in of_other_status(documents)]
    made += [_of(each) for each in deciding()]
    ready = shipped()
    with ProcessPoolExecutor(workers) as pool:
        built = list(pool.map(with_claims, [*ready, *made]))
    only_checked = [msgspec.structs.replace(each, found=each.checked()) for each in map(_of, checked())]
    # What takes longest is built first, and decided last.
    file.write_bytes(msgspec.json.encode([*only_checked, *built[len(ready) :], *built[: len(ready)]]))
    claims = sum(len(each.claims) for each in built)
    documents = len(only_checked) + len(made)
    return f"{claims} claims of {len(ready)} shipped payers and {len(made)} rulebases; {documents} checks of documents"


def _of(documents: RulebaseDocuments) -> Suite:
    return Suite(documents, PAYER, KNOWN_ON.isoformat())


def none(file: Path) -> str:
    """Write that there are no suites."""
    file.write_bytes(msgspec.json.encode([]))
    return "no suites"
