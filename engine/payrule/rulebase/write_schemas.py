"""Write the schemas that follow from the vocabulary and the operators: run by `make schemas`."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from payrule.model.bound_schema import (
    bound_example_schema,
    bound_payer_schema,
    bound_policy_schema,
    bound_vocabulary_schema,
)
from payrule.model.choices import WITHOUT_WORDS, SchemaName
from payrule.model.encounter_schema import encounter_schema
from payrule.model.schema_validator import check_shape, schema
from payrule.model.value_schema import Schema
from payrule.model.vocabulary import Vocabulary
from payrule.source.diagnostics import DocumentError
from payrule.source.files import shipped
from payrule.source.json_source import decode, scan

GENERATED: dict[str, Callable[[Vocabulary], Schema]] = {
    "encounter.schema.json": encounter_schema,
    "bound/example.schema.json": bound_example_schema,
    "bound/payer.schema.json": bound_payer_schema,
    "bound/policy.schema.json": bound_policy_schema,
    "bound/vocabulary.schema.json": bound_vocabulary_schema,
}
"""Files in the folder of schemas, each with the function that makes it."""

UNBOUND: tuple[SchemaName, ...] = (
    *("vocabulary", "remittance-codes", "table", "code-set", "column-map", "lock", "review", "signatures"),
)
"""Kinds of document that are held to a schema which is the same for every vocabulary."""


def schema_of(kind: str, vocabulary: Vocabulary) -> Schema:
    """Make the schema of a kind of document, with the names and values of a vocabulary where it speaks of any."""
    for name in (f"bound/{kind}.schema.json", f"{kind}.schema.json"):
        if name in GENERATED:
            return GENERATED[name](vocabulary)
    return next(schema(name) for name in WITHOUT_WORDS if name == kind)


def generated_texts(vocabulary: Vocabulary) -> dict[str, str]:
    """Make the text of every schema that follows from the vocabulary, by the name of its file."""
    return {name: written(make(vocabulary)) for name, make in GENERATED.items()}


def editor_texts(vocabulary: Vocabulary) -> dict[str, str]:
    """Make the text of every schema that an analyst's documents are held to, by the name of its file."""
    unbound = {f"{name}.schema.json": written(schema(name)) for name in UNBOUND}
    return generated_texts(vocabulary) | unbound


def written(value: object) -> str:
    """Write a schema, or settings, as its file has it."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def shipped_vocabulary() -> Vocabulary:
    """Read the vocabulary that payrule ships; raises DocumentError when its shape is not that of a vocabulary."""
    path = shipped("policies") / "vocabulary.json"
    text = scan(decode(path.read_bytes(), str(path)), str(path))
    if findings := check_shape(text, schema("vocabulary")):
        raise DocumentError(findings)
    return msgspec.convert(text.value, Vocabulary)


def write_schemas(folder: Path, vocabulary: Vocabulary) -> None:
    """Write every schema that follows from the vocabulary below a folder."""
    for name, text in generated_texts(vocabulary).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    try:
        write_schemas(shipped("schemas"), shipped_vocabulary())
    except DocumentError as fault:
        sys.exit(str(fault))
