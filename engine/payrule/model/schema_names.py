"""The kinds of document that have a schema; help of the command line names them, and imports nothing else."""

from typing import Literal

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
