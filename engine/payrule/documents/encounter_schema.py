"""Describe encounters as JSON Schema, from the attributes of the vocabulary.

The schema leaves unknown keys open, since they are warnings to most callers (`encounter_door`), and sets no bounds of
our own on numbers and lengths, since anybody's valid claim is a valid encounter (`encounter_values.bounded` adds them).
"""

from collections.abc import Mapping
from typing import Any

from payrule.documents.encounter_keys import EncounterKeys, Keys, encounter_keys
from payrule.documents.models import Attribute, Vocabulary
from payrule.documents.schema_files import DIALECT
from payrule.documents.value_schema import Schema, example_of, value_schema


def encounter_schema(vocabulary: Vocabulary) -> Schema:
    """Make the schema of an encounter; `$defs` holds the one of a line.

    Raises DocumentError when two attributes want the same key.

    >>> from payrule.documents.models import Regions, Timed
    >>> code = Attribute(type="code", summary="The service", required=True, example="00001")
    >>> words = Vocabulary(kind="vocabulary", concerns=(), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method="x"), attributes={"line.code": code})
    >>> encounter_schema(words)["$defs"]["line"]["required"]
    ['number', 'code']
    """
    keys = encounter_keys(vocabulary)
    top, line = _object(keys.top, keys.attributes), _object(keys.line, keys.attributes)
    top["properties"]["id"]["minLength"] = 1
    return {
        "$schema": DIALECT,
        "title": "Encounter",
        "description": "Everything billed for one patient by one billing provider on one claim",
        **top,
        "required": [*top["required"], "lines"],
        "properties": top["properties"] | _lines(keys),
        "$defs": {"line": {"title": "Line", "description": "One billed service", **line}},
    }


def closed(schema: Schema) -> Schema:
    """Forbid every key that a schema does not describe, in it and in all its parts.

    >>> closed({"type": "object", "properties": {"id": {"type": "string"}}})["additionalProperties"]
    False
    """
    result = dict(schema)
    for keyword in ("properties", "$defs"):
        if keyword in schema:
            result[keyword] = {name: closed(each) for name, each in schema[keyword].items()}
    if "items" in schema:
        result["items"] = closed(schema["items"])
    if "properties" in schema:
        result["additionalProperties"] = False
    return result


def _lines(keys: EncounterKeys) -> dict[str, Schema]:
    lines = {"items": {"$ref": "#/$defs/line"}, "examples": [[_example(keys.line, keys.attributes, whole=False)]]}
    return {
        "lines": {"description": "The services billed", "type": "array", "minItems": 1, **lines},
        "history": {
            "description": "Earlier lines of the patient, which no rule reads yet",
            "type": ["array", "null"],
            **lines,
        },
    }


def _object(keys: Keys, attributes: Mapping[str, Attribute]) -> Schema:
    values = {
        key: value_schema(attributes[name], nullable=not attributes[name].required)
        for key, name in keys.attributes.items()
    }
    groups = {key: _group(below, attributes) for key, below in keys.groups.items()}
    required = [key for key, name in keys.attributes.items() if attributes[name].required]
    required += [key for key, schema in groups.items() if "required" in schema]
    schema: Schema = {"type": "object", "properties": values | groups}
    return schema | ({"required": required} if required else {})


def _group(keys: Keys, attributes: Mapping[str, Attribute]) -> Schema:
    members = ", ".join(f"`{key}`" for key in keys.dotted())
    schema = _object(keys, attributes)
    if "required" not in schema:
        schema["type"] = ["object", "null"]
    return {
        "description": f"Groups {members}; those that are absent or null are unknown",
        **schema,
        "examples": [_example(keys, attributes, whole=True)],
    }


def _example(keys: Keys, attributes: Mapping[str, Attribute], *, whole: bool) -> dict[str, Any]:
    """Give an example of a group of keys; unless `whole`, of those that are required."""
    values = {
        key: example_of(attributes[name]) for key, name in keys.attributes.items() if whole or attributes[name].required
    }
    groups = {key: _example(below, attributes, whole=whole) for key, below in keys.groups.items()}
    return values | {key: example for key, example in groups.items() if example}
