"""The description of the decision service as OpenAPI 3.1: its addresses, made from the published schemas.

The application makes its addresses from the same list, so that none is there that is not described.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from payrule.model.encounter_schema import encounter_schema
from payrule.model.schema_validator import schema
from payrule.model.value_schema import bounded
from payrule.model.vocabulary import Vocabulary
from payrule.source.files import payrule_version
from payrule.web.service.described_examples import DescribedExamples
from payrule.web.service.problems import KINDS, MEDIA_TYPE, RETRY_AFTER, Problem, ProblemName

JSON = "application/json"
JSON_LINES = "application/x-ndjson"
PLAIN_TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter of an address: where it is, what it is for, and its schema."""

    name: str
    words: str
    schema: dict[str, Any]
    place: str = "query"
    is_required: bool = False


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """What an address does: its parameters, and the media types of its bodies with their schemas.

    `problems` are those beside the ones that every address has.
    """

    id: str
    method: str
    path: str
    title: str
    words: str
    answers: dict[str, tuple[dict[str, Any], Any]]
    takes: dict[str, dict[str, Any]] = {}
    parameters: tuple[Parameter, ...] = ()
    problems: tuple[ProblemName, ...] = ()
    is_free: bool = False


_DATE = {"type": "string", "format": "date"}
_NAME = {"type": "string", "pattern": r"^[a-z0-9]+(-[a-z0-9]+)*$"}
_VERSION = {"type": "string", "pattern": r"^\d+\.\d+\.\d+$"}

_DECIDING = (
    Parameter(
        name="payer",
        words="The payer that decides. Without it each claim names one.",
        schema=_NAME,
    ),
    Parameter(
        name="known_on",
        words="Use the policy versions that were published by this day. Without it today; name it for an answer that "
        "is to be the same later.",
        schema=_DATE,
    ),
    Parameter(
        name="presume",
        words="What is assumed when missing: `ATTRIBUTE`, for true, or `ATTRIBUTE=VALUE` with a JSON value. It may "
        "stand several times.",
        schema={"type": "array", "items": {"type": "string"}},
    ),
    Parameter(
        name="consider",
        words="Decide as if this proposed policy applied instead of the one that it replaces.",
        schema=_NAME,
    ),
    Parameter(
        name="strict",
        words="Refuse claims with unknown keys, instead of warning.",
        schema={"type": "boolean"},
    ),
)

_EXPLAINING = (
    Parameter(
        name="line",
        words="The number of the line to explain.",
        schema={"type": "integer", "minimum": 0, "maximum": 999_999_999},
        is_required=True,
    ),
    Parameter(
        name="day",
        words="Which day, for a line of several days. Without it the day that decides.",
        schema=_DATE,
    ),
    Parameter(
        name="rule",
        words="Explain one rule only, `policy/rule`: why it does not match.",
        schema={"type": "string"},
    ),
)

_BODY: tuple[ProblemName, ...] = ("malformed", "slow-body", "too-large", "media-type", "unusable")
_LONG: tuple[ProblemName, ...] = ("out-of-time",)


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _list_of(name: str, properties: dict[str, Any], optional: Iterable[str] = ()) -> dict[str, Any]:
    required = [each for each in properties if each not in set(optional)]
    of = {"type": "object", "properties": properties, "required": required}
    return {"type": "object", "properties": {name: {"type": "array", "items": of}}, "required": [name]}


_TEXT = {"type": "string"}
_MAYBE = {"type": ["string", "null"]}
_TEXTS = {"type": "array", "items": {"type": "string"}}
_STATUS = {"type": "object", "properties": {"status": {"type": "string"}}, "required": ["status"]}

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        id="determine",
        method="post",
        path="/v1/determinations",
        title="Decide claims",
        words="One claim gives one determination, an array of claims an array of determinations; where one of an array "
        "cannot be decided, none is, and the findings say which. JSON Lines give a line for each claim, as soon as it "
        "is decided: a determination, or a problem whose `line` is the line of the claim. Read while you send.",
        parameters=_DECIDING,
        takes={
            JSON: {"oneOf": [_ref("encounter"), {"type": "array", "items": _ref("encounter"), "minItems": 1}]},
            JSON_LINES: _ref("encounter"),
        },
        answers={
            JSON: (
                {"oneOf": [_ref("determination"), {"type": "array", "items": _ref("determination")}]},
                None,
            ),
            JSON_LINES: ({"oneOf": [_ref("determination"), _ref("problem")]}, None),
        },
        problems=(*_BODY, *_LONG),
    ),
    Operation(
        id="explain",
        method="post",
        path="/v1/explanations",
        title="Explain the answer for a line",
        words="Which rules decide the line, which need missing information, and which do not match and why, as "
        "`payrule explain --format json` prints it.",
        parameters=(*_EXPLAINING, *_DECIDING),
        takes={JSON: _ref("encounter")},
        answers={JSON: (_ref("explanation"), None)},
        problems=(*_BODY, *_LONG),
    ),
    Operation(
        id="differ",
        method="post",
        path="/v1/differences",
        title="Compare two policy versions",
        words="What changes in answers, rules and text, as `payrule diff --format json` prints it. Only names of the "
        "rulebase are understood, no paths. What is not settled within the seconds is said to be unknown.",
        takes={
            JSON: {
                "type": "object",
                "properties": {
                    "old": {"description": "A policy, a version of one, or a payer", "type": "string"},
                    "new": {
                        "description": "The same, or a policy document that is proposed",
                        "type": ["string", "object"],
                    },
                    "payer": {"description": "Compare the answers of this payer", "type": ["string", "null"]},
                    "known_on": {"description": "As for determinations", "type": ["string", "null"]},
                    "seconds": {"description": "End after so long", "type": ["number", "null"]},
                },
                "required": ["old", "new"],
                "additionalProperties": False,
            }
        },
        answers={JSON: (_ref("difference"), None)},
        problems=(*_BODY, *_LONG),
    ),
    Operation(
        id="policies",
        method="get",
        path="/v1/policies",
        title="List the policy versions",
        words="With their status, dates and payers.",
        answers={
            JSON: (
                _list_of(
                    "policies",
                    {
                        "name": _TEXT,
                        "title": _TEXT,
                        "issuer": _TEXT,
                        "authority": _TEXT,
                        "status": _TEXT,
                        "effective": {"type": "object", "properties": {"from": _MAYBE, "to": _MAYBE}},
                        "published": _MAYBE,
                        "payers": _TEXTS,
                    },
                ),
                None,
            )
        },
        problems=("unusable",),
    ),
    Operation(
        id="policy",
        method="get",
        path="/v1/policies/{id}@{version}",
        title="Read a policy version",
        words="The document as it is in the rulebase.",
        parameters=(
            Parameter(
                name="id",
                words="The policy",
                schema=_NAME,
                place="path",
                is_required=True,
            ),
            Parameter(
                name="version",
                words="Its version",
                schema=_VERSION,
                place="path",
                is_required=True,
            ),
        ),
        answers={JSON: (_ref("policy"), None)},
        problems=("not-found", "unusable"),
    ),
    Operation(
        id="sources",
        method="get",
        path="/v1/sources",
        title="List the sources",
        words="The texts that each policy version cites, and the rules that cite them.",
        answers={
            JSON: (
                _list_of("sources", {"policy": _TEXT, "id": _TEXT, "title": _TEXT, "file": _MAYBE, "rules": _TEXTS}),
                None,
            )
        },
        problems=("unusable",),
    ),
    Operation(
        id="openapi",
        method="get",
        path="/openapi.json",
        title="This description",
        words="As OpenAPI 3.1, with the attributes of the vocabulary in effect.",
        answers={JSON: ({"type": "object"}, None)},
        is_free=True,
    ),
    Operation(
        id="docs",
        method="get",
        path="/docs",
        title="The page about the service",
        words="The addresses, the problems and the limits, for a person.",
        answers={"text/html": (_TEXT, None)},
        is_free=True,
    ),
    Operation(
        id="healthz",
        method="get",
        path="/healthz",
        title="Whether the process runs",
        words="It answers as long as the process does.",
        answers={JSON: (_STATUS, {"status": "ok"})},
        is_free=True,
    ),
    Operation(
        id="readyz",
        method="get",
        path="/readyz",
        title="Whether claims are decided",
        words="Ready as soon as the rulebase is loaded. Where its files have been changed and cannot be used, the "
        "findings say why; the rulebase from before answers on.",
        answers={
            JSON: (
                {
                    "type": "object",
                    "properties": {
                        "status": {"type": "string"},
                        "findings": {"type": "array", "items": _ref("findings.finding")},
                    },
                    "required": ["status", "findings"],
                },
                {"status": "ready", "findings": []},
            )
        },
        is_free=True,
    ),
    Operation(
        id="metrics",
        method="get",
        path="/metrics",
        title="Figures for Prometheus",
        words="Counts of requests, claims and lines, and how long requests take.",
        answers={"text/plain": (_TEXT, None)},
    ),
)
"""Every address of the service."""


def parameter_examples(made: DescribedExamples) -> dict[str, Any]:
    """Give an example of each parameter, where the rulebase has one."""
    found = {
        "payer": made.payer,
        "known_on": made.known_on,
        "presume": [made.presume] if made.presume else [],
        "consider": made.consider,
        "line": made.line,
        "day": made.day,
        "rule": made.rule,
        "id": made.new.partition("@")[0],
        "version": made.new.partition("@")[2],
    }
    return {name: each for name, each in found.items() if each} | {"strict": False}


def body_examples(of: Operation, made: DescribedExamples) -> dict[str, dict[str, Any]]:
    """Give examples of the bodies that an address takes, by media type, each with a name."""
    claim, other = made.claim, made.claim | {"id": f"{made.claim['id']}-2"}
    versions = {"old": made.old, "new": made.new, "known_on": made.known_on, "seconds": 5}
    found: dict[str, dict[str, dict[str, Any]]] = {
        "determine": {
            JSON: {"one": claim, "several": [claim, other]},
            JSON_LINES: {"lines": msgspec.json.encode(claim).decode() + "\n"},
        },
        "explain": {JSON: {"one": claim}},
        "differ": {JSON: {"versions": versions}},
    }
    return found.get(of.id, {})


def openapi(vocabulary: Vocabulary, made: DescribedExamples, *, has_token: bool = False) -> dict[str, Any]:
    """Describe the service, with claims as a vocabulary has them, and examples of the rulebase that is served.

    >>> from payrule import load
    >>> from payrule.web.service.described_examples import described_examples
    >>> found = openapi(load().documents.vocabulary, described_examples(load()))
    >>> found["openapi"], "413" in found["paths"]["/v1/determinations"]["post"]["responses"]
    ('3.1.0', True)
    """
    paths: dict[str, Any] = {}
    for each in OPERATIONS:
        paths.setdefault(each.path, {})[each.method] = _operation(each, made, has_token=has_token)
    secured = {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}} if has_token else {}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "payrule",
            "version": payrule_version(),
            "description": "Decides medical claims by written payment policies, with the reason for each answer.",
        },
        "paths": paths,
        "components": {"schemas": _schemas(vocabulary)} | secured,
    }


def problems_of(operation: Operation) -> tuple[ProblemName, ...]:
    """List every problem that an address tells of."""
    busy: tuple[ProblemName, ...] = () if operation.is_free else ("busy", "no-token")
    return (*operation.problems, "other-host", "defect", *busy)


def _operation(of: Operation, made: DescribedExamples, *, has_token: bool) -> dict[str, Any]:
    shown = parameter_examples(made)
    told = [name for name in problems_of(of) if has_token or name != "no-token"]
    answers: dict[str, Any] = {
        "200": {
            "description": of.title,
            "content": {
                media_type: {"schema": shape} | ({} if example is None else {"example": example})
                for media_type, (shape, example) in of.answers.items()
            },
        }
    }
    for name in told:
        answers[str(KINDS[name].status)] = _problem(name)
    described: dict[str, Any] = {
        "operationId": of.id,
        "summary": of.title,
        "description": of.words,
        "responses": dict(sorted(answers.items())),
    }
    if of.parameters:
        described["parameters"] = [
            {
                "name": each.name,
                "in": each.place,
                "description": each.words,
                "required": each.is_required,
                "schema": each.schema,
                **({"example": shown[each.name]} if each.name in shown else {}),
            }
            for each in of.parameters
        ]
    if of.takes:
        described["requestBody"] = {
            "required": True,
            "content": {
                media_type: {"schema": shape, "examples": {name: {"value": value} for name, value in given.items()}}
                for media_type, shape in of.takes.items()
                for given in (body_examples(of, made).get(media_type, {}),)
            },
        }
    if has_token and not of.is_free:
        described["security"] = [{"token": []}]
    return described


def _problem(name: ProblemName) -> dict[str, Any]:
    kind = KINDS[name]
    example = Problem(type=f"/docs#{name}", title=kind.title, status=kind.status, instance="urn:payrule:request:r-1")
    told: dict[str, Any] = {
        "description": f"{kind.title}. {kind.help}",
        "content": {MEDIA_TYPE: {"schema": _ref("problem"), "example": msgspec.to_builtins(example)}},
    }
    if name == "busy":
        about = {"description": "Seconds to wait", "schema": {"type": "integer"}, "example": RETRY_AFTER}
        told["headers"] = {"Retry-After": about}
    return told


def _schemas(vocabulary: Vocabulary) -> dict[str, Any]:
    """Take the published schemas, each definition of theirs beside them: in OpenAPI all stand in one place."""
    found: dict[str, Any] = {
        "problem": {
            "title": "Problem",
            "description": "A problem document, as RFC 9457 describes it",
            "type": "object",
            "properties": {
                "type": {"description": "The kind of problem, on the page of the service", "type": "string"},
                "title": {"description": "The kind of problem in words", "type": "string"},
                "status": {"description": "The status of the answer", "type": "integer"},
                "instance": {"description": "The request, by its id", "type": "string"},
                "line": {"description": "The line of JSON Lines, from 1", "type": "integer"},
                "findings": {
                    "description": "What is wrong, as the command line says it",
                    "type": "array",
                    "items": _ref("findings.finding"),
                },
            },
            "required": ["type", "title", "status"],
        },
        "explanation": {"title": "Explanation", "type": "object"},
    }
    claims = bounded(encounter_schema(vocabulary))
    for name, of in (
        ("encounter", claims),
        ("determination", schema("determination")),
        ("difference", schema("difference")),
        ("findings", schema("findings")),
        ("policy", schema("policy")),
    ):
        for part, shape in of.get("$defs", {}).items():
            found[f"{name}.{part}"] = _rooted(shape, name)
        found[name] = _rooted({key: value for key, value in of.items() if key not in ("$defs", "$schema")}, name)
    return found


def _rooted(shape: Any, name: str) -> Any:
    """Let references lead to where the definitions of a schema stand here."""
    if isinstance(shape, list):
        return [_rooted(each, name) for each in shape]
    if not isinstance(shape, dict):
        return shape
    return {key: _reference(value, name) if key == "$ref" else _rooted(value, name) for key, value in shape.items()}


def _reference(to: Any, name: str) -> Any:
    if not isinstance(to, str):  # a property of that name
        return _rooted(to, name)
    return f"#/components/schemas/{name}{'.' + to.removeprefix('#/$defs/') if to != '#' else ''}"
