"""Hold coverage discovery to the published invariants on many requests: `python -m tests.soak_crd`.

Orders are made at random of the codes that the rules name, with more or less known; each is sent through a hook. Holds
every invariant of the extension, that an order that no policy speaks of is never said to be not covered, and that the
answer is that of the claim. Prints the processor time of an answer. Ends with 1 where something does not hold.
"""

import json
import random
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator
from time import process_time
from typing import Any

from tests.random_encounters import RandomEncounters

from payrule.rulebase.rulebase import Rulebase, load
from payrule.web.service.answering import Choices
from payrule.web.service.crd import HOOKS, hook

REQUESTS = 10_000
DAY = "2026-01-01"
BASE = "http://localhost:8000/crd/"
CPT = "http://www.ama-assn.org/go/cpt"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
PHYSICAL_THERAPIST, CHIROPRACTOR, UNHEARD = "225100000X", "111N00000X", "999Z00000X"

Json = dict[str, Any]
Parts = dict[str, list[Any]]


def parts_of(extension: Json) -> Parts:
    """Give the values of an extension by the names of its parts."""
    found: Parts = {}
    for each in extension["extension"]:
        value = next((held for key, held in each.items() if key.startswith("value")), None)
        found.setdefault(each["url"], []).append(value)
    return found


_STATES = ("covered", "pa-needed", "doc-needed")


def _is_conditional(parts: Parts) -> bool:
    return any("conditional" in parts.get(name, ()) for name in _STATES)


INVARIANTS: dict[str, Callable[[Parts], bool]] = {
    # CRD 2.2, StructureDefinition ext-coverage-information: its elements and its invariants.
    "coverage 1..1": lambda parts: len(parts.get("coverage", ())) == 1,
    "covered 1..1": lambda parts: len(parts.get("covered", ())) == 1,
    "date 1..1": lambda parts: len(parts.get("date", ())) == 1,
    "coverage-assertion-id 1..1": lambda parts: len(parts.get("coverage-assertion-id", ())) == 1,
    "pa-needed 0..1": lambda parts: len(parts.get("pa-needed", ())) <= 1,
    "covered is of its codes": lambda parts: (
        {*parts["covered"]}
        <= {
            "covered",
            "not-covered",
            "conditional",
            "indeterminate",
        }
    ),
    "info-needed is of its codes": lambda parts: (
        {*parts.get("info-needed", ())}
        <= {
            "performer",
            "location",
            "timeframe",
            "contract-window",
            "detail-code",
            "OTH",
        }
    ),
    "doc-needed is of its codes": lambda parts: (
        {*parts.get("doc-needed", ())}
        <= {
            "clinical",
            "admin",
            "patient",
            "conditional",
            "indeterminate",
        }
    ),
    "doc-purpose is of its codes": lambda parts: (
        {*parts.get("doc-purpose", ())}
        <= {
            "withpa",
            "withclaim",
            "withorder",
            "retain-doc",
            "OTH",
        }
    ),
    "crd-ci-q1": lambda parts: "questionnaire" not in parts or "doc-needed" in parts,
    "crd-ci-q2": lambda parts: "not-covered" not in parts["covered"] or "pa-needed" not in parts,
    "crd-ci-q3": lambda parts: _is_conditional(parts) == ("info-needed" in parts),
    "crd-ci-q4": lambda parts: "satisfied" not in parts.get("pa-needed", ()) or "withpa" not in parts["doc-purpose"],
    "crd-ci-q5": lambda parts: ("satisfied" in parts.get("pa-needed", ())) == ("satisfied-pa-id" in parts),
    "crd-ci-q6": lambda parts: "OTH" not in parts.get("info-needed", ()) or "reason" in parts,
    "crd-ci-q7": lambda parts: all(each.get("text") for each in parts.get("reason", ())),
    "crd-ci-q8": lambda parts: "doc-purpose" not in parts or "reason" in parts,
}
"""What holds of every extension, by its name in the guide."""

COVERED = {"payable": "covered", "denied": "not-covered"}
"""What is said of the answers that settle; of all others it is `conditional`."""


def requests(rulebase: Rulebase, seed: int) -> Iterator[tuple[str, Json]]:
    """Draw requests without end, each with the name of its hook."""
    chance = random.Random(seed)  # noqa: S311 - the same each time, no secret
    for number, encounter in enumerate(RandomEncounters(rulebase, seed), start=1):
        name = chance.choice([*HOOKS])
        line = encounter["lines"][0]
        coding = {"system": CPT, "code": line["code"]}
        order: Json = {"id": str(number), "status": "draft", "subject": {"reference": "Patient/1"}}
        service = {"coding": [coding] if chance.random() < 0.95 else []}
        if name == "appointment-book":
            order |= {"resourceType": "Appointment", "serviceType": [service], "start": f"{line['date']}T09:00:00Z"}
        else:
            order |= {"resourceType": "ServiceRequest", "code": service, "occurrenceDateTime": line["date"]}
            order["quantityQuantity"] = {"value": line.get("units", 1)}
            order["performer"] = [{"reference": "PractitionerRole/1"}] if chance.random() < 0.5 else []
            codes = encounter.get("diagnoses", [])
            order["reasonCode"] = [{"coding": [{"system": ICD, "code": code}]} for code in codes]
        key = "appointments" if name == "appointment-book" else "draftOrders"
        context: Json = {"patientId": "1", key: bundle(order)}
        if name == "order-select":
            context["selections"] = [f"ServiceRequest/{number}"]
        taxonomy = chance.choice((PHYSICAL_THERAPIST, CHIROPRACTOR, UNHEARD))
        prefetch = {
            "patient": {"resourceType": "Patient", "id": "1", "birthDate": "1970-01-01", "gender": "female"},
            "coverage": bundle({"resourceType": "Coverage", "id": "7"}),
            "performer": {
                "resourceType": "PractitionerRole",
                "id": "1",
                "specialty": [{"coding": [{"system": "http://nucc.org/provider-taxonomy", "code": taxonomy}]}],
            },
        }
        yield name, {"hook": name, "hookInstance": str(number), "context": context, "prefetch": prefetch}


def bundle(*resources: Json) -> Json:
    """Put resources into a Bundle."""
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}


def broken(answered: Json, told: dict[str, int]) -> list[str]:
    """Name what does not hold of an answer for one order; `told` are the dispositions of its claim."""
    found = []
    for action in answered["systemActions"]:
        (extension,) = action["resource"]["extension"]
        parts = parts_of(extension)
        found += [invariant for invariant, holds in INVARIANTS.items() if not holds(parts)]
        (covered,) = parts["covered"]
        wanted = {COVERED.get(each, "conditional") for each in told} or {"conditional"}
        if {covered} != wanted:
            found.append(f"{told} was said to be {covered}")
    return found


def main() -> int:
    """Ask, and say what was counted."""
    parser = ArgumentParser(prog="python -m tests.soak_crd", description=__doc__)
    parser.add_argument("--requests", type=int, default=REQUESTS, help="of all payers (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="another seed draws others")
    chosen = parser.parse_args()
    rulebase = load()
    payers = sorted(rulebase.payers)
    counted: Counter[str] = Counter()
    seconds, failed = [], 0
    drawn = requests(rulebase, chosen.seed)
    for at in range(chosen.requests):
        payer, (name, request) = payers[at % len(payers)], next(drawn)
        body = json.dumps(request).encode()
        begun = process_time()
        answered = hook(rulebase, body, name, f"{BASE}{payer}", Choices(known_on=DAY, payer=payer))
        seconds.append(process_time() - begun)
        counted.update(answered.told.dispositions or {"no code": 1})
        wrong = broken(json.loads(answered.content), answered.told.dispositions)
        failed += bool(wrong)
        if wrong:
            sys.stdout.write(f"{payer}: {wrong}: {json.dumps(request)}\n")
    seconds.sort()
    half, most = (seconds[int(share * (len(seconds) - 1))] * 1_000 for share in (0.5, 0.99))
    said = ", ".join(f"{number:,} {what}" for what, number in sorted(counted.items()))
    sys.stdout.write(
        f"{chosen.requests:,} requests: {said}; processor time of an answer {half:.1f} ms in the middle, "
        f"{most:.1f} ms at the 99th percentile, {seconds[-1] * 1_000:.0f} ms at most; {failed:,} break an invariant\n"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
