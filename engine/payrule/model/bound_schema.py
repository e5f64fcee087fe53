"""Bind the schemas of documents to a vocabulary: names and values of attributes become part of the schema.

An editor that is given the bound schema completes them, and a misspelt one is found where the shape is checked.

The shapes of the connectives are those of `schemas/policy.schema.json`; attributes take the place of the patterns for
their names there. Conditions are told apart by their keys alone, so that what is said of one names the key at fault.
"""

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

import msgspec

from payrule.model.encounter_schema import closed, encounter_schema, is_pair
from payrule.model.payer import HISTORY
from payrule.model.schema_validator import new_schema
from payrule.model.value_schema import (
    Operator,
    Schema,
    example_of,
    holds,
    is_always_known,
    operators_for,
    single_example,
    single_schema,
    value_schema,
)
from payrule.model.vocabulary import Attribute, Vocabulary


def bound_policy_schema(vocabulary: Vocabulary) -> Schema:
    """Make the schema of policies for a vocabulary: its attributes with tests and values, its concerns with theirs."""
    result = new_schema("policy")
    result["$defs"] = bound_definitions(result["$defs"], vocabulary)
    _bind_quota(result["$defs"]["quota"]["properties"], vocabulary)
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


def _bind_quota(quota: dict[str, Schema], vocabulary: Vocabulary) -> None:
    """Put the attributes into the definition of a quota that it can limit, or lines can agree in or be ordered by."""
    of_line = {name: each for name, each in vocabulary.attributes.items() if name.startswith("line.")}
    quota["of"] = _enumerated(quota["of"], ["lines", *(name for name, each in of_line.items() if is_summed(each))])
    single = [name for name, each in of_line.items() if not each.many]
    quota["same"]["items"] = _enumerated(quota["same"]["items"] | {"examples": []}, single)
    ordered = [name for name in single if of_line[name].type in {"integer", "date"}]
    keys = quota["first"]["items"]["properties"]
    for how in ("highest", "lowest"):
        keys[how] = _enumerated(keys[how], ordered)


def bound_vocabulary_schema(vocabulary: Vocabulary) -> Schema:
    """Make the schema of a vocabulary for itself: its facts and presumptions speak of its own attributes."""
    result = new_schema("vocabulary")
    result["$defs"] = bound_definitions(result["$defs"], vocabulary)
    result["properties"]["presumptions"]["additionalProperties"] = presumption_schema(vocabulary)
    return result


def bound_payer_schema(vocabulary: Vocabulary) -> Schema:
    """Make the schema of payers for a vocabulary: what may be presumed, and the regions."""
    result = new_schema("payer")
    result["properties"]["presumptions"] |= presumption_schema(vocabulary)
    return result


def bound_example_schema(vocabulary: Vocabulary) -> Schema:
    """Make the schema of examples for a vocabulary: the encounter, in which no key may be unknown, and presumptions."""
    result = new_schema("example")
    encounter = closed(encounter_schema(vocabulary))
    result["$defs"] |= encounter.pop("$defs")
    del encounter["$schema"]
    result["properties"]["encounter"] |= encounter
    result["properties"]["presume"] |= presumption_schema(vocabulary)
    expectation = result["$defs"]["expectation"]["properties"]
    expectation["concern"] = _enumerated(expectation["concern"], [*(each.id for each in vocabulary.concerns), None])
    return result


def _enumerated(property_schema: Schema, values: list[Any]) -> Schema:
    """List the values of a property in place of saying how they look."""
    kept = {key: value for key, value in property_schema.items() if key not in ("type", "pattern", "x-expected")}
    examples = [each for each in kept["examples"] if each in values] or values[:1]
    return kept | {"enum": values, "examples": examples}


_CONDITIONS = ("condition", "condition_inside", "other_line", "other_line_part")
"""Definitions of the schema that are conditions; all but the first stand inside `other_line`."""


def bound_definitions(definitions: Mapping[str, Schema], vocabulary: Vocabulary) -> dict[str, Schema]:
    """Put the attributes of the vocabulary into the definitions of a new schema that has conditions."""
    bound = {name: each for name, each in definitions.items() if name != "test"}
    tests = {name: fitting_tests(name, attribute) for name, attribute in vocabulary.attributes.items()}
    pairs = [name for name in tests if is_pair(name)]
    for name in _CONDITIONS:
        condition = bound[name]
        del condition["patternProperties"]
        attributes = {each: {"$ref": f"#/$defs/{each}"} for each in tests if each not in pairs or name != "condition"}
        condition["properties"] = attributes | condition["properties"]
    of_line = [name for name in tests if name.startswith("line.")]
    summed = [name for name in of_line if is_summed(vocabulary.attributes[name])]
    for name in ("lines", "lines_part"):
        counts = bound[name]["properties"]
        counts["same"]["items"] = _enumerated(counts["same"]["items"] | {"examples": []}, of_line)
        total = counts["sum"]["properties"]
        total["of"] = _enumerated(total["of"], summed)
    bound["condition"].setdefault("x-elsewhere", {}).update({name: _elsewhere(name, *_INSIDE) for name in pairs})
    return bound | tests


def is_summed(attribute: Attribute) -> bool:
    """Tell whether an attribute can be summed over lines: a number that is declared to be 0 or more.

    >>> is_summed(Attribute(type="integer", summary="units", minimum=0)), is_summed(Attribute(type="date", summary=""))
    (True, False)
    """
    return (
        attribute.type == "integer" and not attribute.many and attribute.minimum is not None and attribute.minimum >= 0
    )


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
        return {"description": description, **_compared(attribute), "examples": [single_example(attribute)]}
    examples = example_of(attribute) if attribute.many and example_of(attribute) else [single_example(attribute)]
    return {
        "description": description,
        "type": ["string", "array"],
        "x-kind": "a list, or the name of a code list after `@`",
        "pattern": "^@[a-z0-9]+(-[a-z0-9]+)*$",
        "x-expected": "a list, or the name of a code list such as `@name-of-the-list`",
        "minItems": 1,
        "items": _member(attribute),
        "examples": [examples],
    }


def _compared(attribute: Attribute) -> Schema:
    """Describe what a value is compared with: a number with a whole one."""
    return single_schema(msgspec.structs.replace(attribute, fractions=False))


def _member(attribute: Attribute) -> Schema:
    """Describe a member of a set: a value, or a range of codes."""
    member = _compared(attribute)
    if attribute.type == "code" and attribute.expression is not None:
        code = attribute.expression.removeprefix("^").removesuffix("$")
        member["pattern"] = f"^(?:{code})(?:-(?:{code}))?$"
        member["x-expected"] += ", or a range with a hyphen between the first and the last code"
    return member


def _elsewhere(name: str, why: str, help_text: str) -> dict[str, str]:
    return {"message": f"`{name}` {why}", "help": help_text}


_INSIDE = ("relates another line to this one, so it belongs inside `other_line` only", "move it into `other_line`")
_KNOWN = ("is never missing, so no value can be assumed for it", "remove it")
_RELATES = ("relates two lines and cannot be assumed when missing", "assume a value for what it is computed from")


def presumption_schema(vocabulary: Vocabulary) -> Schema:
    """Describe a map from attributes, or groups of attributes of one kind, to the values taken when they are unknown.

    >>> from payrule.model.vocabulary import Regions, Timed
    >>> seen, units = Attribute(type="boolean", summary="seen"), Attribute(type="integer", summary="units", default=1)
    >>> words = Vocabulary(kind="vocabulary", concerns=(), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method="x"), attributes={"line.record.seen": seen, "line.units": units})
    >>> list(presumption_schema(words)["properties"])
    ['history', 'line.record', 'line.record.seen']
    """
    presumable = {
        name: each for name, each in vocabulary.attributes.items() if not (is_pair(name) or is_always_known(each))
    }
    schemas = {name: value_schema(attribute) for name, attribute in presumable.items()}
    groups = {}
    above = {name[:at] for name in presumable for at, each in enumerate(name) if each == "." and "." in name[:at]}
    for group in sorted(above):
        below = [name for name in presumable if name.startswith(f"{group}.")]
        first, *others = (_kind(presumable[name]) for name in below)
        if all(other == first for other in others):
            members = ", ".join(f"`{name}`" for name in below)
            groups[group] = schemas[below[0]] | {"description": f"All of {members}"}
    known = {name: _KNOWN for name, each in vocabulary.attributes.items() if is_always_known(each)}
    pairs = {name: _RELATES for name in vocabulary.attributes if is_pair(name)}
    return {
        "description": "Values assumed for attributes, or for all attributes of a group, when they are missing",
        "type": "object",
        "properties": dict(sorted((groups | schemas | {HISTORY: _whole_history()}).items())),
        "additionalProperties": False,
        "x-key": "an attribute that can be assumed when missing",
        "x-elsewhere": {name: _elsewhere(name, *words) for name, words in (known | pairs).items()},
        "examples": [{name: example_of(presumable[name]) for name in list(presumable)[-1:]}],
    }


def _whole_history() -> Schema:
    return {
        "description": "Whether the patient has no earlier lines but those that a claim gives",
        "type": "boolean",
        "examples": [True],
    }


_kind = attrgetter("type", "many", "values", "pattern", "minimum", "maximum")
"""What can be presumed of an attribute, so that one value fits all of a kind."""
