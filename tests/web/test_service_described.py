"""schemathesis asks the service what its description allows, and what it does not: every answer is one described."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from tests.web.service_for_tests import Asked, service_of

from payrule.scaffold.rulebase import new_rulebase
from payrule.source.files import shipped
from payrule.web.service.openapi import JSON, JSON_LINES, OPERATIONS, Operation

pytestmark = pytest.mark.slow

FEW, MANY = 4, 40
PLANS = Path(__file__).parents[2] / "examples" / "policies"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    unsupported_method,
]


@pytest.fixture(scope="module")
def asked() -> Iterator[Asked]:
    with service_of() as made:
        yield made


@pytest.mark.parametrize("of", [each for each in OPERATIONS if not each.takes], ids=lambda of: of.id)
def test_every_answer_is_described(asked: Asked, of: Operation) -> None:
    _try(asked, of, GenerationMode.POSITIVE, FEW)
    assert f'"route":"{of.path}"' in asked.log()


@pytest.mark.parametrize("of", OPERATIONS, ids=lambda of: of.id)
def test_every_answer_to_many_requests_is_described(asked: Asked, of: Operation) -> None:
    _try(asked, of, GenerationMode.POSITIVE, MANY)


@pytest.mark.parametrize("of", [each for each in OPERATIONS if each.takes], ids=lambda of: of.id)
def test_what_the_description_excludes_is_refused_as_described(asked: Asked, of: Operation) -> None:
    _try(asked, of, GenerationMode.NEGATIVE, MANY)


def _try(asked: Asked, of: Operation, mode: GenerationMode, count: int) -> None:
    described = copy.deepcopy(asked.described)
    for methods in described["paths"].values():
        # It writes no JSON Lines; tests/web/test_service.py has some.
        methods.get("post", {}).get("requestBody", {}).get("content", {}).pop(JSON_LINES, None)
    schema = schemathesis.openapi.from_dict(described)
    schema.app = asked.service
    cases = schema[of.path][of.method].as_strategy(generation_mode=mode)
    checks = CHECKS if mode is GenerationMode.POSITIVE else [*CHECKS, negative_data_rejection]

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def try_one(case: Case[Any]) -> None:
        case.call_and_validate(checks=checks)

    try_one()


@pytest.mark.parametrize("of", OPERATIONS, ids=lambda of: of.id)
def test_every_example_of_the_description_is_answered(asked: Asked, of: Operation) -> None:
    described = asked.described["paths"][of.path][of.method]
    parameters = {each["name"]: each for each in described.get("parameters", ())}
    path = of.path.format(**{name: each.get("example") for name, each in parameters.items()})
    query = {name: each["example"] for name, each in parameters.items() if each["in"] == "query" and "example" in each}
    at = f"{path}?{urlencode(query | ({'strict': 'false'} if 'strict' in query else {}), doseq=True)}"
    if of.method == "get":
        assert asked.get(path).status_code == 200
    for media_type, content in described.get("requestBody", {}).get("content", {}).items():
        assert content["examples"]
        for each in content["examples"].values():
            body = each["value"] if media_type == JSON_LINES else json.dumps(each["value"])
            answer = asked.post(at, body, media_type=media_type)
            assert answer.status_code == 200, answer.text
            assert "/docs#" not in answer.text[:40]


def test_examples_are_of_the_rulebase_that_is_served() -> None:
    with service_of(PLANS) as asked:
        written = json.dumps(asked.described["paths"])
    shown = [each.stem for each in (PLANS / "payers").glob("*.json")]
    assert any(f'"{name}"' in written for name in shown)
    assert not any(each.stem in written for each in shipped("policies").glob("payers/*.json"))


def test_a_rulebase_without_examples_is_described_too(tmp_path: Path) -> None:
    new = new_rulebase(tmp_path / "mine").files | {}
    for path, text in new.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with service_of(tmp_path / "mine") as asked:
        (example,) = asked.described["paths"]["/v1/explanations"]["post"]["requestBody"]["content"][JSON][
            "examples"
        ].values()
    assert example["value"]["lines"][0]["code"]
