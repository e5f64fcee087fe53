"""Read the schemas that come with payrule; `schemas/bound` holds those that follow from the vocabulary."""

import json
from functools import cache
from typing import Any, Literal

from payrule.documents.shipped import shipped

SchemaName = Literal[
    "coverage",
    "determination",
    "difference",
    "encounter",
    "example",
    "findings",
    "lock",
    "payer",
    "policy",
    "remembered-copies",
    "remittance-codes",
    "rereading",
    "table",
    "verification",
    "vocabulary",
]

WITHOUT_WORDS: tuple[SchemaName, ...] = (
    "remittance-codes",
    "table",
    "determination",
    "difference",
    "verification",
    "coverage",
    "findings",
    "lock",
    "rereading",
    "remembered-copies",
)
"""Kinds of document whose schema speaks of no names or values of the vocabulary."""

KINDS: tuple[str, ...] = ("policy", "payer", "vocabulary", "example", "encounter", *WITHOUT_WORDS)
"""The kinds of document that have a schema."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""The version of JSON Schema that all schemas are written in."""


def schema(name: SchemaName) -> dict[str, Any]:
    """Read one schema; change a copy only, since it is read once.

    >>> schema("payer")["properties"]["kind"]["const"]
    'payer'
    """
    return _read(name)


@cache
def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shipped("schemas") / f"{name}.schema.json").read_bytes())
    return found
