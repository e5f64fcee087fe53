"""Bind the schemas of documents to a vocabulary: names and values of attributes become part of the schema.

An editor that is given the bound schema completes them, and a misspelt one is found where the shape is checked.
"""

from copy import deepcopy
from typing import Any

from payrule.documents.bound_conditions import bound_definitions
from payrule.documents.encounter_schema import closed, encounter_schema
from payrule.documents.models import Vocabulary
from payrule.documents.presumption_schema import presumption_schema
from payrule.documents.schema_files import schema
from payrule.documents.value_schema import Schema


def bound_policy_schema(vocabulary: Vocabulary) -> Schema:
    """Make the schema of policies for a vocabulary: its attributes with tests and values, its concerns with theirs.

    Which values a conclusion can have depends on its concern.
    """
    result = deepcopy(schema("policy"))
    result["$defs"] = bound_definitions(result["$defs"], vocabulary)
    conclude = result["$defs"]["conclude"]
    concern = conclude["properties"]["concern"]
    conclude["properties"]["concern"] = _enumerated(concern, [each.id for each in vocabulary.concerns])
    conclude["allOf"] = [
        {
            "if": {"properties": {"concern": {"const": each.id}}, "required": ["concern"]},
            "then": {"properties": {"value": {"enum": [value.value for value in each.values]}}},
        }
        for each in vocabulary.concerns
    ]
    return result


def bound_vocabulary_schema(vocabulary: Vocabulary) -> Schema:
    """Make the schema of a vocabulary for itself: its facts and presumptions speak of its own attributes."""
    result = deepcopy(schema("vocabulary"))
    result["$defs"] = bound_definitions(result["$defs"], vocabulary)
    result["properties"]["presumptions"]["additionalProperties"] = presumption_schema(vocabulary)
    return result


def bound_payer_schema(vocabulary: Vocabulary) -> Schema:
    """Make the schema of payers for a vocabulary: what may be presumed, and the regions."""
    result = deepcopy(schema("payer"))
    result["properties"]["presumptions"] |= presumption_schema(vocabulary)
    return result


def bound_example_schema(vocabulary: Vocabulary) -> Schema:
    """Make the schema of examples for a vocabulary: the encounter, in which no key may be unknown, and presumptions."""
    result = deepcopy(schema("example"))
    encounter = closed(encounter_schema(vocabulary))
    result["$defs"] |= encounter.pop("$defs")
    del encounter["$schema"]
    result["properties"]["encounter"] |= encounter
    result["properties"]["presume"] |= presumption_schema(vocabulary)
    expectation = result["$defs"]["expectation"]["properties"]
    expectation["concern"] = _enumerated(
        expectation["concern"], [concern.id for concern in vocabulary.concerns] + [None]
    )
    return result


def _enumerated(property_schema: Schema, values: list[Any]) -> Schema:
    """List the values of a property in place of saying how they look."""
    kept = {key: value for key, value in property_schema.items() if key not in ("type", "pattern", "x-expected")}
    examples = [each for each in kept["examples"] if each in values] or values[:1]
    return kept | {"enum": values, "examples": examples}
