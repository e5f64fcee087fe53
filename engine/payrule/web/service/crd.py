"""Coverage discovery for systems that order: CDS Hooks 2.0 with the answers of Da Vinci CRD 2.2, and questions (DTR).

A hook decides each order by what the request brings along, and says what is covered; nothing is fetched from the system
that asks. Where information is missing, a questionnaire asks for what matters, and the next request with its response
is decided by it. Nothing is kept between requests.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from hashlib import sha256
from typing import Any

import msgspec

from payrule.ask.case import Case
from payrule.ask.facts import Fact, told
from payrule.ask.tree import questions
from payrule.formats.fhir.coverage import (
    EXTENSION,
    ORDERS,
    Assertion,
    Order,
    claim_of,
    coverage_information,
    indeterminate,
    without_code,
)
from payrule.formats.fhir.questionnaire import answers_of, questionnaire
from payrule.formats.fhir.resources import Parties
from payrule.results.determination import Determination
from payrule.rulebase.request import read_day
from payrule.rulebase.rulebase import Rulebase
from payrule.source.diagnostics import EncounterError, LimitError
from payrule.source.json_source import decode, scan
from payrule.web.service.answering import Answered, Choices, Told

HOOKS = {
    "order-sign": "Say what is covered of the orders that are signed.",
    "order-select": "Say what is covered of the orders that are selected.",
    "appointment-book": "Say what is covered of the appointments that are booked.",
}
"""The hooks that are answered, each with what it does."""

_PREFETCH = {
    "patient": "Patient/{{context.patientId}}",
    "coverage": "Coverage?patient={{context.patientId}}&status=active",
    "responses": "QuestionnaireResponse?patient={{context.patientId}}&status=completed",
}
"""What requests should bring along. Whatever else they do is read too, such as performers."""

MOST_ORDERS = 50
"""Orders of one request."""


def services() -> dict[str, Any]:
    """Describe the hooks, as CDS Hooks asks for it.

    >>> [each["id"] for each in services()["services"]]
    ['order-sign', 'order-select', 'appointment-book']
    """
    listed = [
        {"hook": name, "id": name, "title": "Coverage", "description": words, "prefetch": _PREFETCH}
        for name, words in HOOKS.items()
    ]
    return {"services": listed}


class _Request:
    """What a request brings along: orders, and all other resources."""

    def __init__(self, orders: list[dict[str, Any]], others: list[dict[str, Any]]) -> None:
        self.orders = orders
        self.parties = Parties((None, each) for each in (*others, *_contained(orders)))
        self.coverage = next((_address(each) for each in others if each.get("resourceType") == "Coverage"), None)
        self.responses = [each for each in others if each.get("resourceType") == "QuestionnaireResponse"]
        if len(orders) > MOST_ORDERS:
            message = f"the request has {len(orders):,} orders; the service decides {MOST_ORDERS} at most"
            raise LimitError.of("too-many-orders", message, "send fewer at once")


class _Decided(msgspec.Struct, frozen=True):
    """An order, the claim that was made of it, its answer, and where its questions are; no claim without a code."""

    order: dict[str, Any]
    read: Order
    url: str
    claim: dict[str, Any] | None = None
    answer: Determination | None = None


def hook(rulebase: Rulebase, body: bytes, name: str, base: str, choices: Choices) -> Answered:
    """Answer a hook; `base` is the address of the service for the payer.

    Raises EncounterError for a request that is none, or for values that a claim cannot hold, LimitError for too many
    orders, RequestError as `Rulebase.terms` does.
    """
    request = _read_hook(body, name)
    if not request.orders:
        return Answered(msgspec.json.encode({"cards": []}), Told(claims=0))
    if request.coverage is None:
        card = {
            "summary": "No coverage was sent, so nothing can be said of it",
            "indicator": "info",
            "source": {"label": "payrule"},
        }
        return Answered(msgspec.json.encode({"cards": [card]}), Told(claims=0))
    actions, made = [], []
    for order in request.orders:
        extension, answer = _asserted(rulebase, order, request, base, choices)
        made += [answer] if answer else []
        kept = [each for each in order.get("extension") or () if each.get("url") != EXTENSION]
        actions.append(
            {
                "type": "update",
                "description": "Added what is covered",
                "resource": {**order, "extension": [*kept, extension]},
            }
        )
    return Answered(msgspec.json.encode({"cards": [], "systemActions": actions}), _told(made))


def package(rulebase: Rulebase, body: bytes, base: str, choices: Choices) -> Answered:
    """Answer `$questionnaire-package`: the questions that matter for the orders that `Parameters` hold, if any.

    Raises as `hook` does.
    """
    request = _read_parameters(body)
    entries = []
    for order in request.orders:
        decided = _decided(rulebase, order, request, base, choices)
        if decided.claim is None or decided.answer is None or decided.answer.lines[0].disposition != "pending":
            continue
        case = Case(rulebase, choices.terms(rulebase, None), decided.claim, 1)
        asked = questions(case)
        if asked is not None:
            found = questionnaire(case, asked, decided.url, read_day(choices.known_on))
            entries.append({"fullUrl": decided.url, "resource": found})
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    shown = {"resourceType": "Parameters", "parameter": [{"name": "PackageBundle", "resource": bundle}]}
    return Answered(msgspec.json.encode(shown), Told(payer=choices.payer, claims=0))


def _asserted(
    rulebase: Rulebase, order: dict[str, Any], request: _Request, base: str, choices: Choices
) -> tuple[dict[str, Any], Determination | None]:
    """Write what is asserted of an order; give the answer too."""
    asserted = partial(Assertion, coverage=str(request.coverage), day=choices.known_on, link=partial(_link, base))
    try:
        decided = _decided(rulebase, order, request, base, choices)
    except LimitError as fault:
        number = _digest(_address(order), "limit")
        return indeterminate(asserted(number=number, questionnaire=""), fault.findings[0].message), None
    answer, service = decided.answer, decided.read.service
    if answer is None or service is None:
        return without_code(asserted(number=_digest(_address(order), "code"), questionnaire=decided.url)), None
    number = _digest(answer.rulebase, str(answer.encounter_digest))
    attributes = rulebase.documents.vocabulary.attributes
    said = asserted(number=number, questionnaire=decided.url)
    return coverage_information(answer.lines[0], service, attributes, said), answer


def _decided(rulebase: Rulebase, order: dict[str, Any], request: _Request, base: str, choices: Choices) -> _Decided:
    """Decide an order, with the answers of the responses to its questions."""
    try:
        read = msgspec.convert(order, Order)
    except msgspec.ValidationError as fault:
        message = f"an order is not as FHIR R4 has it: {str(fault)[:1].lower()}{str(fault)[1:]}"
        raise EncounterError.of("not-an-order", message, "send it as R4 has it") from None
    url = f"{base}/Questionnaire/{_digest(_address(order))}"
    vocabulary = rulebase.documents.vocabulary
    claim = claim_of(read, request.parties, vocabulary.taxonomies, choices.known_on)
    if claim is None:
        return _Decided(order, read, url)
    for response in request.responses:
        based = [each.get("reference") for each in response.get("basedOn") or () if isinstance(each, dict)]
        if str(response.get("questionnaire")).partition("|")[0] == url or _address(order) in based:
            answers = answers_of(response, vocabulary.attributes)
            facts = {Fact.named(name, 1, vocabulary): value for name, value in answers.items()}
            claim = told(
                claim, {fact: value for fact, value in facts.items() if fact is not None and fact.line in (None, 1)}
            )
    terms = choices.terms(rulebase, None)
    return _Decided(order, read, url, claim, rulebase.decide_under(terms, rulebase.encounter(claim)))


def _read_hook(body: bytes, name: str) -> _Request:
    """Read the request of a hook; raises EncounterError for what is none."""
    found = scan(decode(body, None, EncounterError), None, EncounterError).value
    if not isinstance(found, dict) or found.get("hook") != name or not isinstance(found.get("context"), dict):
        message = f"this is no request of the hook `{name}`"
        raise EncounterError.of("not-a-hook", message, 'send `{"hook": …, "hookInstance": …, "context": …}`')
    context, prefetch = found["context"], found.get("prefetch") or {}
    orders = [each for each in _resources(context) if each.get("resourceType") in ORDERS]
    if name == "order-select":
        selected = {each for each in context.get("selections") or () if isinstance(each, str)}
        orders = [each for each in orders if _address(each) in selected]
    return _Request(orders, list(_resources(prefetch)))


def _read_parameters(body: bytes) -> _Request:
    """Read the parameters of an operation; raises EncounterError for what are none."""
    found = scan(decode(body, None, EncounterError), None, EncounterError).value
    if not isinstance(found, dict) or found.get("resourceType") != "Parameters":
        message = "this is no `Parameters` resource"
        raise EncounterError.of("not-parameters", message, "send the order as the parameter `order`")
    listed = [each for each in found.get("parameter") or () if isinstance(each, dict)]
    resources = list(_resources([each.get("resource") for each in listed]))
    orders = [each for each in resources if each.get("resourceType") in ORDERS]
    return _Request(orders, [each for each in resources if each.get("resourceType") not in ORDERS])


def _resources(value: Any) -> Iterator[dict[str, Any]]:
    """List the resources in a value: itself, those of Bundles, and those that lists and objects hold."""
    if isinstance(value, list):
        for each in value:
            yield from _resources(each)
    elif isinstance(value, Mapping):
        if value.get("resourceType") == "Bundle":
            entries = value.get("entry")
            yield from _resources([each.get("resource") for each in entries or () if isinstance(each, dict)])
        elif "resourceType" in value:
            yield dict(value)
        else:
            yield from _resources([each for each in value.values() if isinstance(each, (dict, list))])


def _contained(orders: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """List the resources within orders."""
    for each in orders:
        yield from (one for one in each.get("contained") or () if isinstance(one, dict))


def _address(resource: Mapping[str, Any]) -> str:
    return f"{resource.get('resourceType')}/{resource.get('id')}"


def _link(base: str, policy: str, version: str, rule: str) -> str:
    """Give the address of a rule: of its policy version at this service."""
    return f"{base.partition('/crd/')[0]}/v1/policies/{policy}@{version}#{rule}"


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()[:32]


def _told(made: list[Determination]) -> Told:
    counted = Counter(line.disposition for each in made for line in each.lines)
    return Told(
        payer=made[0].payer if made else None,
        digest=made[0].rulebase if made else None,
        dispositions=dict(sorted(counted.items())),
        claims=len(made),
    )
