"""Coverage discovery: what is asserted of orders, and a client that walks from discovery to a settled answer."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from tests.soak_crd import BASE, CPT, DAY, INVARIANTS, broken, bundle, parts_of, requests
from tests.web.service_for_tests import PAYER, TOKEN, Asked, service_of

from payrule.rulebase import rulebase as rulebases
from payrule.rulebase.rulebase import Rulebase
from payrule.source.diagnostics import LimitError
from payrule.web.service.answering import Choices
from payrule.web.service.crd import hook

Json = dict[str, Any]
AT = f"/crd/{PAYER}"
KNOWN = f"?known_on={DAY}"
REQUESTS = 20
COVERAGE = {"resourceType": "Coverage", "id": "7"}
PERFORMER = {
    "resourceType": "PractitionerRole",
    "id": "1",
    "specialty": [{"coding": [{"system": "http://nucc.org/provider-taxonomy", "code": "225100000X"}]}],
}
GOOD: Json = {
    "line.direct_contact": True,
    "line.minutes": 15,
    "line.documentation.clinical_rationale": True,
    "line.documentation.anatomical_site": True,
    "line.documentation.service_description": True,
    "line.documentation.time": True,
}
"""What the client knows of the service: a good record, and how long it took."""


@pytest.fixture(scope="module")
def asked() -> Iterator[Asked]:
    with service_of(has_crd=True) as made:
        yield made


def order(code: str | None = "97110", **more: Any) -> Json:
    coding = [{"system": CPT, "code": code}] if code else []
    service = {"resourceType": "ServiceRequest", "id": "5", "status": "draft", "code": {"coding": coding}}
    return service | {"occurrenceDateTime": "2016-03-01", "performer": [{"reference": "PractitionerRole/1"}]} | more


def sent(*orders: Json, name: str = "order-sign", more: Json | None = None, context: Json | None = None) -> str:
    prefetch = {"coverage": bundle(COVERAGE), "performer": PERFORMER} | (more or {})
    given = {"patientId": "1", "draftOrders": bundle(*orders)} | (context or {})
    return json.dumps({"hook": name, "hookInstance": "1", "context": given, "prefetch": prefetch})


def asserted(answer: Json) -> dict[str, list[Any]]:
    (action,) = answer["systemActions"]
    return parts_of(action["resource"]["extension"][-1])


def filled(items: list[Json], known: Json) -> list[Json]:
    """Answer the items that are shown, as a client does that knows nothing of payrule but the form."""
    return [made for item in items if (made := _filled(item, known, {})) is not None]


def _filled(item: Json, known: Json, before: Json) -> Json | None:
    conditions = item.get("enableWhen", [])
    holds = [_holds(each, before) for each in conditions]
    shown = not holds or (any(holds) if item.get("enableBehavior") == "any" else all(holds))
    name = item["linkId"].partition("/")[0]
    if not shown or item["type"] == "display" or name not in known:
        return None
    value = known[name]
    kind = {"boolean": "Boolean", "integer": "Integer", "date": "Date"}.get(item["type"], "String")
    values = value if isinstance(value, list) else [value]
    before = before | {item["linkId"]: value}
    below = [made for each in item.get("item", []) if (made := _filled(each, known, before)) is not None]
    answers: list[Json] = [{f"value{kind}": each} for each in values]
    answers[0] |= {"item": below} if below else {}
    return {"linkId": item["linkId"], "answer": answers}


def _holds(condition: Json, before: Json) -> bool:
    value = before.get(condition["question"])
    wanted = next(held for key, held in condition.items() if key.startswith("answer"))
    if condition["operator"] == "exists" or value is None:
        return (value is not None) is wanted
    return bool({"=": value == wanted, ">=": value >= wanted, "<": value < wanted}[condition["operator"]])


def walk(asked: Asked, placed: Json, known: Json) -> tuple[list[str], dict[str, list[Any]]]:
    """Walk from discovery to an answer that is not conditional, or that asks nothing more; give what was answered."""
    services = asked.get(f"{AT}/cds-services").json()["services"]
    assert "order-sign" in {each["hook"] for each in services}
    answered: list[str] = []
    responses: list[Json] = []
    while True:
        body = sent(placed, more={"responses": bundle(*responses)})
        parts = asserted(asked.post(f"{AT}/cds-services/order-sign{KNOWN}", body).json())
        if "questionnaire" not in parts:
            return answered, parts
        given = [{"name": "order", "resource": placed}, {"name": "coverage", "resource": COVERAGE}]
        given += [{"name": "referenced", "resource": each} for each in (PERFORMER, *responses)]
        body = json.dumps({"resourceType": "Parameters", "parameter": given})
        package = asked.post(f"{AT}/Questionnaire/$questionnaire-package{KNOWN}", body).json()
        (entry,) = package["parameter"][0]["resource"]["entry"]
        assert entry["resource"]["url"] == parts["questionnaire"][0]
        items = filled(entry["resource"]["item"], known)
        if not items:
            return answered, parts
        answered += _answered(items)
        responses.append(
            {
                "resourceType": "QuestionnaireResponse",
                "questionnaire": entry["resource"]["url"],
                "status": "completed",
                "item": items,
            }
        )


def _answered(items: list[Json]) -> list[str]:
    return [name for each in items for name in (each["linkId"], *_answered(each["answer"][0].get("item", [])))]


@pytest.mark.slow
def test_a_client_walks_from_discovery_to_a_settled_answer(asked: Asked) -> None:
    answered, parts = walk(asked, order(), GOOD)
    assert parts["covered"] == ["covered"]
    assert len(answered) == len(set(answered)) == len(GOOD)


@pytest.mark.slow
def test_a_questionnaire_ends_with_the_answer_that_settles(asked: Asked) -> None:
    answered, parts = walk(asked, order(), GOOD | {"line.documentation.clinical_rationale": False})
    assert parts["covered"] == ["not-covered"]
    assert answered == ["line.documentation.clinical_rationale"]


@pytest.mark.slow
def test_what_a_client_does_not_know_stays_conditional(asked: Asked) -> None:
    _, parts = walk(asked, order(), {})
    assert parts["covered"] == ["conditional"]


def test_what_is_asserted_of_an_order_that_needs_information(asked: Asked) -> None:
    parts = asserted(asked.post(f"{AT}/cds-services/order-sign{KNOWN}", sent(order())).json())
    assert parts["covered"] == ["conditional"]
    assert parts["info-needed"] == ["OTH"]
    assert parts["doc-needed"] == ["clinical"]
    assert "line.minutes" in parts["reason"][0]["text"]


def test_who_performs_it_is_asked_where_it_is_not_said(asked: Asked) -> None:
    body = sent(order("98941", performer=[]))
    parts = asserted(asked.post(f"{AT}/cds-services/order-sign{KNOWN}", body).json())
    assert parts["info-needed"] == ["performer"]
    assert parts["doc-needed"] == ["clinical"]


def test_an_assertion_links_to_the_policy_that_it_rests_on(asked: Asked) -> None:
    answer = asked.post(f"{AT}/cds-services/order-sign{KNOWN}", sent(order("97124"))).json()
    (action,) = answer["systemActions"]
    assert asserted(answer)["covered"] == ["not-covered"]
    details = [each for each in action["resource"]["extension"][-1]["extension"] if each["url"] == "detail"]
    told = {each["url"]: each for each in details[0]["extension"]}
    link = told["value"]["valueUrl"]
    assert link.startswith(f"http://localhost:8000/v1/policies/{PAYER}@1.0.0#")
    assert told["qualification"]["valueString"]
    assert asked.get(link.removeprefix("http://localhost:8000").partition("#")[0]).status_code == 200


def test_no_policy_is_no_denial(asked: Asked) -> None:
    parts = asserted(asked.post(f"/crd/cmt-guide-payer/cds-services/order-sign{KNOWN}", sent(order("97010"))).json())
    assert parts["covered"] == ["conditional"]
    assert parts["reason"] == [{"text": "no policy applies to this service; that is not a denial"}]


def test_an_order_without_a_code_asks_for_one(asked: Asked) -> None:
    parts = asserted(asked.post(f"{AT}/cds-services/order-sign{KNOWN}", sent(order(None))).json())
    assert parts["info-needed"] == ["detail-code"]


def test_a_technical_limit_alone_is_indeterminate(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise LimitError.of("too-large", "the claim is too large to decide", "send a smaller one")

    monkeypatch.setattr(Rulebase, "decide_under", refuse)
    choices = Choices(known_on=DAY, payer=PAYER)
    answered = hook(rulebases.load(), sent(order()).encode(), "order-sign", f"{BASE}{PAYER}", choices)
    parts = asserted(json.loads(answered.content))
    assert parts["covered"] == ["indeterminate"]
    assert parts["reason"][0]["text"] == "the claim is too large to decide"
    assert all(holds(parts) for holds in INVARIANTS.values())


def test_only_selected_orders_are_answered(asked: Asked) -> None:
    selected = {"selections": ["ServiceRequest/6"]}
    body = sent(order(), order(id="6"), name="order-select", context=selected)
    (action,) = asked.post(f"{AT}/cds-services/order-select{KNOWN}", body).json()["systemActions"]
    assert action["resource"]["id"] == "6"


def test_an_appointment_is_answered(asked: Asked) -> None:
    booked = {
        "resourceType": "Appointment",
        "id": "8",
        "start": "2016-03-01T09:00:00Z",
        "serviceType": [order()["code"]],
    }
    body = sent(name="appointment-book", context={"appointments": bundle(booked)})
    parts = asserted(asked.post(f"{AT}/cds-services/appointment-book{KNOWN}", body).json())
    assert parts["covered"] == ["conditional"]


def test_without_a_coverage_nothing_is_asserted(asked: Asked) -> None:
    body = sent(order(), more={"coverage": bundle()})
    answer = asked.post(f"{AT}/cds-services/order-sign{KNOWN}", body).json()
    assert "systemActions" not in answer
    assert answer["cards"][0]["summary"] == "No coverage was sent, so nothing can be said of it"


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        (f"{AT}/cds-services/order-sign", "{}", 422, "this is no request of the hook `order-sign`"),
        (f"{AT}/cds-services/order-sign", sent(order(performer=3)), 422, "an order is not as FHIR R4 has it"),
        (f"{AT}/cds-services/order-dispatch", "{}", 404, "there is no such hook"),
        ("/crd/nobody/cds-services/order-sign", sent(order()), 422, "there is no payer `nobody`"),
        (f"{AT}/Questionnaire/$questionnaire-package", "{}", 422, "this is no `Parameters` resource"),
        (f"{AT}/cds-services/order-sign?strict=true", sent(order()), 422, "a parameter that means nothing"),
    ],
)
def test_what_cannot_be_answered_is_a_problem(asked: Asked, path: str, body: str, status: int, message: str) -> None:
    answer = asked.post(path, body)
    assert answer.status_code == status
    assert message in answer.text


def test_a_response_with_another_type_of_answer_is_a_problem(asked: Asked) -> None:
    wrong = {
        "resourceType": "QuestionnaireResponse",
        "basedOn": [{"reference": "ServiceRequest/5"}],
        "item": [{"linkId": "line.minutes", "answer": [{"valueString": "many"}]}],
    }
    answer = asked.post(f"{AT}/cds-services/order-sign{KNOWN}", sent(order(), more={"responses": wrong}))
    assert answer.status_code == 422
    assert "the item `line.minutes` of the response is answered by something else than `valueInteger`" in answer.text


def test_hooks_are_there_only_when_they_are_asked_for() -> None:
    with service_of() as made:
        assert made.get(f"{AT}/cds-services").status_code == 404


def test_hooks_need_the_token_of_the_service_and_the_log_says_nothing_of_an_order() -> None:
    with service_of(has_crd=True, token=TOKEN) as made:
        path, body = f"{AT}/cds-services/order-sign{KNOWN}", sent(order())
        assert made.get(f"{AT}/cds-services").status_code == 401
        assert made.post(path, body).status_code == 401
        assert made.post(path, body, headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
        assert "97110" not in made.log()
        assert "ServiceRequest" not in made.log()


def test_the_published_invariants_hold_on_every_answer() -> None:
    rulebase = rulebases.load()
    for payer in sorted(rulebase.payers):
        for name, request in islice(requests(rulebase, 1), REQUESTS // len(rulebase.payers)):
            choices = Choices(known_on=DAY, payer=payer)
            answered = hook(rulebase, json.dumps(request).encode(), name, f"{BASE}{payer}", choices)
            told = answered.told.dispositions
            assert broken(json.loads(answered.content), told) == []
