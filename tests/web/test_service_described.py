"""schemathesis asks the service what its description allows, and what it does not: every answer is one described."""

import copy
from collections.abc import Iterator
from typing import Any

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

from payrule.web.service.openapi import JSON_LINES, OPERATIONS, Operation

FEW, MANY = 4, 40
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


@pytest.mark.slow
@pytest.mark.parametrize("of", OPERATIONS, ids=lambda of: of.id)
def test_every_answer_to_many_requests_is_described(asked: Asked, of: Operation) -> None:
    _try(asked, of, GenerationMode.POSITIVE, MANY)


@pytest.mark.slow
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
