"""Describe conditions with the attributes of the vocabulary: what may be asked of each, and with which values.

The shapes of the connectives are those of `schemas/policy.schema.json`; attributes take the place of the patterns for
their names there. Conditions are told apart by their keys alone, so that what is said of one names the key at fault.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from payrule.documents.encounter_keys import is_pair
from payrule.documents.models import Attribute, Vocabulary
from payrule.documents.operators import Operator, operators_for
from payrule.documents.value_schema import Schema, example_of, holds, single_example, single_schema

_CONDITIONS = ("condition", "condition_inside", "other_line", "other_line_part")
"""Definitions of the schema that are conditions; all but the first stand inside `other_line`."""


def bound_definitions(definitions: Mapping[str, Schema], vocabulary: Vocabulary) -> dict[str, Schema]:
    """Put the attributes of the vocabulary into the definitions of a schema that has conditions."""
    bound = {name: deepcopy(each) for name, each in definitions.items() if name != "test"}
    tests = {name: fitting_tests(name, attribute) for name, attribute in vocabulary.attributes.items()}
    pairs = [name for name in tests if is_pair(name)]
    for name in _CONDITIONS:
        condition = bound[name]
        del condition["patternProperties"]
        attributes = {each: {"$ref": f"#/$defs/{each}"} for each in tests if each not in pairs or name != "condition"}
        condition["properties"] = attributes | condition["properties"]
    bound["condition"].setdefault("x-elsewhere", {}).update({name: _only_inside(name) for name in pairs})
    return bound | tests


def fitting_tests(name: str, attribute: Attribute) -> Schema:
    """Describe the tests that fit an attribute, with the values that it can take.

    >>> fitting_tests("line.units", Attribute(type="integer", summary="Units billed", minimum=0))["properties"].keys()
    dict_keys(['is', 'in', 'not_in', 'at_least', 'at_most'])
    """
    fitting = operators_for(attribute)
    tests = {operator.key: _operand(operator, attribute) for operator in fitting}
    if "in" in tests:
        tests["is"]["x-several"] = "in"
    first = fitting[0].key
    return {
        "title": f"Test of {name}",
        "description": attribute.summary,
        "type": "object",
        "minProperties": 1,
        "properties": tests,
        "additionalProperties": False,
        "x-holds": holds(attribute),
        "x-kind": "a test",
        "examples": [{first: tests[first]["examples"][0]}],
    }


def _operand(operator: Operator, attribute: Attribute) -> Schema:
    description = f"{attribute.summary.removesuffix('.')}: {operator.words}"
    if operator.operand == "boolean":
        return {"description": description, "type": "boolean", "examples": [True]}
    if operator.operand == "value":
        return {"description": description, **single_schema(attribute), "examples": [single_example(attribute)]}
    examples = example_of(attribute) if attribute.many and example_of(attribute) else [single_example(attribute)]
    return {
        "description": description,
        "type": ["string", "array"],
        "x-kind": "a list, or the name of a set after `@`",
        "pattern": "^@[a-z0-9]+(-[a-z0-9]+)*$",
        "x-expected": "a list, or the name of a set such as `@name-of-the-set`",
        "minItems": 1,
        "items": _member(attribute),
        "examples": [examples],
    }


def _member(attribute: Attribute) -> Schema:
    """Describe a member of a set: a value, or a range of codes."""
    member = single_schema(attribute)
    if attribute.type == "code" and attribute.pattern is not None:
        code = attribute.pattern.removeprefix("^").removesuffix("$")
        member["pattern"] = f"^(?:{code})(?:-(?:{code}))?$"
        member["x-expected"] += ", or a range with a hyphen between the first and the last code"
    return member


def _only_inside(name: str) -> dict[str, Any]:
    return {
        "message": f"`{name}` relates another line to this one, so it stands inside `other_line` only",
        "help": "move it into `other_line`",
    }
