"""Orders as claims, and answers as coverage information (FHIR R4, Da Vinci CRD 2.2).

An order says what is known before the service: a code, perhaps a day, who is to perform it, and why. Everything else is
missing, so that most answers are conditional. Sources: CDS Hooks 2.0; CRD 2.2, extension `ext-coverage-information`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from payrule.formats.claim_parts import Provider, npi, stated, with_point
from payrule.formats.fhir.resources import CodeableConcept, Parties, Period, Quantity, Reference
from payrule.formats.fhir.systems import DIAGNOSES, NPI, PLACES, SERVICES, TAXONOMIES, codes, number
from payrule.model.vocabulary import Attribute, attribute_of
from payrule.results.determination import LineDetermination

EXTENSION = "http://hl7.org/fhir/us/davinci-crd/StructureDefinition/ext-coverage-information"
DETAILS = "http://hl7.org/fhir/us/davinci-crd/CodeSystem/temp"
ORDERS = frozenset({"ServiceRequest", "Appointment"})
"""Resources that are read as orders."""

_SEXES = frozenset(("female", "male"))
_day = re.compile(r"\d{4}-\d{2}-\d{2}").match


class Order(msgspec.Struct, frozen=True, rename="camel"):
    """What is read of a `ServiceRequest` or an `Appointment`."""

    resource_type: str
    id: str | None = None
    code: CodeableConcept | None = None
    service_type: tuple[CodeableConcept, ...] = ()
    occurrence_date_time: str | None = None
    occurrence_period: Period | None = None
    start: str | None = None
    authored_on: str | None = None
    quantity_quantity: Quantity | None = None
    subject: Reference | None = None
    requester: Reference | None = None
    performer: tuple[Reference, ...] = ()
    reason_code: tuple[CodeableConcept, ...] = ()
    location_code: tuple[CodeableConcept, ...] = ()

    @property
    def service(self) -> tuple[str, str] | None:
        """The one code of a service that it names, with its system; None where there is none, or several."""
        concepts = [each for each in (self.code, *self.service_type) if each is not None]
        found = {code: system for each in concepts for system, code in codes(each, SERVICES)}
        return next(((system, code) for code, system in found.items()), None) if len(found) == 1 else None

    def day(self, today: str) -> str:
        """Give the day of the service, or the day it is asked for, or today."""
        period = self.occurrence_period.start if self.occurrence_period else None
        given = (self.occurrence_date_time, period, self.start, self.authored_on)
        return next((found[0] for each in given if each and (found := _day(each))), today)


def claim_of(order: Order, parties: Parties, taxonomies: Mapping[str, str], today: str) -> dict[str, Any] | None:
    """Make a claim of one line of an order, as far as it is known; None where it names no code of a service.

    >>> from payrule.formats.fhir.resources import Coding
    >>> service = CodeableConcept((Coding("http://www.ama-assn.org/go/cpt", "00001"),))
    >>> claim_of(Order("ServiceRequest", id="7", code=service), Parties(()), {}, "2026-01-01")
    {'id': '7', 'lines': [{'number': 1, 'code': '00001', 'date': '2026-01-01'}]}
    """
    service = order.service
    if service is None:
        return None
    line: dict[str, Any] = {"number": 1, "code": service[1], "date": order.day(today)}
    amount = order.quantity_quantity.value if order.quantity_quantity else None
    if isinstance(amount, int) and not isinstance(amount, bool):
        line["units"] = amount
    places = {code for each in order.location_code for _, code in codes(each, PLACES)}
    if len(places) == 1:
        line["place_of_service"] = places.pop()
    if len(order.performer) == 1:
        performer = stated(_provider(order.performer[0], parties), taxonomies)
        line |= {"provider": performer} if performer else {}
    if requester := _provider(order.requester, parties).npi:
        line["ordering_provider"] = {"npi": requester}
    diagnoses = [with_point(code, version=10) for each in order.reason_code for _, code in codes(each, _ICD_10)]
    found: dict[str, Any] = {"id": order.id or "order", "lines": [line]}
    if diagnoses:
        found["diagnoses"] = diagnoses
    if patient := _patient(order.subject, parties):
        found["patient"] = patient
    return found


_ICD_10 = {system: version for system, version in DIAGNOSES.items() if version == 10}  # noqa: PLR2004 - of ICD


def _provider(reference: Reference | None, parties: Parties) -> Provider:
    party = parties.find(reference)
    person = parties.find(party.practitioner) if party else None
    given = (reference.identifier,) if reference and reference.identifier else ()
    numbers = (*given, *(party.identifier if party else ()), *(person.identifier if person else ()))
    found = {code for each in (party.specialty if party else ()) for _, code in codes(each, TAXONOMIES)}
    return Provider(npi=npi(number(numbers, NPI)), taxonomy=found.pop() if len(found) == 1 else "")


def _patient(reference: Reference | None, parties: Parties) -> dict[str, Any]:
    party = parties.find(reference)
    if party is None:
        return {}
    found: dict[str, Any] = {}
    if party.birth_date and len(party.birth_date) == len("2000-01-01"):
        found["birth_date"] = party.birth_date
    if party.gender in _SEXES:
        found["sex"] = party.gender
    state = next((each.state for each in party.address if each.state), "")
    return found | ({"state": state} if re.fullmatch(r"[A-Z]{2}", state, re.ASCII) else {})


class Assertion(msgspec.Struct, frozen=True, kw_only=True):
    """What is asserted of an order: by which coverage, on which day, under which number; addresses where to look.

    `link` gives the address of a rule of a policy version, `questionnaire` that of the questions.
    """

    coverage: str
    day: str
    number: str
    link: Callable[[str, str, str], str]
    questionnaire: str


def coverage_information(
    line: LineDetermination, service: tuple[str, str], attributes: Mapping[str, Attribute], asserted: Assertion
) -> dict[str, Any]:
    """Write the answer for an order as the coverage-information extension.

    `payable` is covered, `denied` not covered, all else conditional: that no policy applies is no denial, and what is
    returned or needs information may yet be covered.
    """
    covered = {"payable": "covered", "denied": "not-covered"}.get(line.disposition, "conditional")
    parts = [
        _part("coverage", "Reference", {"reference": asserted.coverage}),
        _part("covered", "Code", covered),
    ]
    if line.disposition == "pending":
        parts += _needed(line, attributes, asserted)
    elif covered == "conditional":
        parts.append(_part("info-needed", "Code", "OTH"))
    parts.append(_part("billingCode", "Coding", {"system": service[0], "code": service[1]}))
    parts.append(_part("reason", "CodeableConcept", {"text": _reason(line)}))
    told = line.reasons or (line.possible or ())
    rules = dict.fromkeys((each.policy, each.version, each.rule) for each in told)
    places = {(each.policy, each.version, each.rule): each.cites for each in line.reasons}
    parts += [_detail(asserted.link(*rule), places.get(rule, ())) for rule in list(rules)[:_MOST_LINKS]]
    return _closed(parts, asserted)


def without_code(asserted: Assertion) -> dict[str, Any]:
    """Write of an order that names no code of a service that its code is needed."""
    parts = [
        _part("coverage", "Reference", {"reference": asserted.coverage}),
        _part("covered", "Code", "conditional"),
        _part("info-needed", "Code", "detail-code"),
        _part("reason", "CodeableConcept", {"text": "the order names no code of CPT or HCPCS, or several"}),
    ]
    return _closed(parts, asserted)


def indeterminate(asserted: Assertion, reason: str) -> dict[str, Any]:
    """Write of an order that could not be decided for a technical reason that this is so."""
    parts = [
        _part("coverage", "Reference", {"reference": asserted.coverage}),
        _part("covered", "Code", "indeterminate"),
        _part("reason", "CodeableConcept", {"coding": [{"system": DETAILS, "code": "technical"}], "text": reason}),
    ]
    return _closed(parts, asserted)


_MOST_LINKS = 10
"""Rules that are named with an answer."""


def _closed(parts: Sequence[dict[str, Any]], asserted: Assertion) -> dict[str, Any]:
    last = (_part("date", "Date", asserted.day), _part("coverage-assertion-id", "String", asserted.number))
    return {"url": EXTENSION, "extension": [*parts, *last]}


def _part(url: str, kind: str, value: Any) -> dict[str, Any]:
    return {"url": url, f"value{kind}": value}


def _needed(
    line: LineDetermination, attributes: Mapping[str, Attribute], asserted: Assertion
) -> Iterable[dict[str, Any]]:
    """Say which information is needed, and how to give it."""
    named = [attribute_of(each) for each in line.open]
    kinds = sorted({_INFO.get(each.rpartition(".")[0], _INFO.get(each, "OTH")) for each in named}) or ["OTH"]
    yield from (_part("info-needed", "Code", each) for each in kinds)
    from_chart = any(each in attributes and attributes[each].source == "chart" for each in named)
    yield _part("doc-needed", "Code", "clinical" if from_chart else "admin")
    yield _part("doc-purpose", "Code", "withclaim")
    yield _part("questionnaire", "Canonical", asserted.questionnaire)


_INFO = {
    "line.provider": "performer",
    "encounter.billing_provider": "performer",
    "line.facility": "location",
    "line.place_of_service": "location",
    "line.date": "timeframe",
    "line.date_to": "timeframe",
}
"""Which kind of information an attribute is, by its group or itself."""


def _reason(line: LineDetermination) -> str:
    """Say in words why the answer is as it is."""
    if line.disposition == "undecided":
        return "no policy applies to this service; that is not a denial"
    if line.disposition == "pending":
        return f"information is missing: {', '.join(line.open)}" if line.open else "information is missing"
    return "; ".join(each.summary for each in line.reasons) or "what the payer answers where no rule applies"


def _detail(link: str, cites: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Give the address of a rule, and where its text says so."""
    places = "; ".join(f"{each['source']}, {each['locator']}" for each in cites)
    parts = [
        _part("category", "Code", "cat-other"),
        _part("code", "CodeableConcept", {"coding": [{"system": DETAILS, "code": "policy-link"}]}),
        _part("value", "Url", link),
    ]
    return {"url": "detail", "extension": [*parts, *([_part("qualification", "String", places)] if places else [])]}
