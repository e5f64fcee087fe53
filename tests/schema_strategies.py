"""Draw JSON values that a schema of payrule accepts, and values near them that it may not."""

import json
from functools import cache
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

Schema = dict[str, Any]

DEEP = 5
"""Levels at which conditions inside conditions end."""

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)
"""Any JSON value."""


@st.composite
def values(draw: st.DrawFn, schema: Schema) -> Any:
    """Draw a value that the schema accepts."""
    return _value(draw, schema, schema, 0)


@st.composite
def damaged(draw: st.DrawFn, schema: Schema) -> Any:
    """Draw a value that the schema accepts, and put others in one or two places of it."""
    value = _value(draw, schema, schema, 0)
    for _ in range(draw(st.integers(1, 2))):
        value = _damaged(draw, value)
    return value


def _value(draw: st.DrawFn, schema: Schema, root: Schema, depth: int) -> Any:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    if "const" in schema or "enum" in schema:
        return draw(st.sampled_from(schema.get("enum") or [schema["const"]]))
    types = schema.get("type", "object")
    kind = types if isinstance(types, str) else draw(st.sampled_from(types))
    if kind == "object":
        return _object(draw, schema, root, depth)
    if kind == "array":
        return _list(draw, schema, root, depth)
    return draw(_scalar(kind, schema))


def _list(draw: st.DrawFn, schema: Schema, root: Schema, depth: int) -> list[Any]:
    least = schema.get("minItems", 0)
    count = draw(st.integers(least, min(schema.get("maxItems", least + 2), least + 2)))
    found = [_value(draw, schema.get("items", {"type": "null"}), root, depth + 1) for _ in range(count)]
    if not schema.get("uniqueItems"):
        return found
    unique = list({json.dumps(each): each for each in found}.values())
    assume(len(unique) >= least)
    return unique


def _scalar(kind: str, schema: Schema) -> st.SearchStrategy[Any]:
    least = schema.get("minLength", 0)
    described: dict[str, st.SearchStrategy[Any]] = {
        "date": st.dates().map(str),
        "regex": st.just("^[0-9]{5}$"),
        "null": st.none(),
        "boolean": st.booleans(),
        "integer": st.integers(schema.get("minimum", -1_000), schema.get("maximum", 1_000)),
        "number": _numbers(schema),
        "string": st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=least, max_size=20),
    }
    if "pattern" in schema and kind == "string" and "format" not in schema:
        return _matching(schema["pattern"])
    return described[schema.get("format", kind) if kind == "string" else kind]


def _numbers(schema: Schema) -> st.SearchStrategy[float]:
    above = schema.get("exclusiveMinimum")
    least = schema.get("minimum", -1_000) if above is None else above
    return st.floats(least, schema.get("maximum", 1_000), exclude_min=above is not None, width=32)


@cache
def _matching(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(pattern.removesuffix("$") + r"\Z", alphabet=st.characters(min_codepoint=1, max_codepoint=126))


def _object(draw: st.DrawFn, schema: Schema, root: Schema, depth: int) -> dict[str, Any]:
    properties, required = schema.get("properties", {}), schema.get("required", [])
    optional = [key for key in properties if key not in required]
    if depth > DEEP:
        optional = [key for key in optional if "condition" not in json.dumps(properties[key])]
    least = max(0, schema.get("minProperties", 0) - len(required)) if optional else 0
    chosen = (
        draw(st.lists(st.sampled_from(optional), unique=True, min_size=least, max_size=least + 3)) if optional else []
    )
    if one_of := schema.get("oneOf", schema.get("then", {}).get("oneOf")):
        keys = [key for option in one_of for key in option["required"]]
        chosen = [key for key in chosen if key not in keys] + [draw(st.sampled_from(keys))]
    chosen = chosen[: max(0, schema.get("maxProperties", len(properties)) - len(required))]
    found = {key: _value(draw, properties[key], root, depth + 1) for key in [*required, *chosen]}
    further = schema.get("additionalProperties")
    names: dict[str, Schema] = dict(schema.get("patternProperties", {}))
    if isinstance(further, dict):
        names[schema["propertyNames"]["pattern"]] = further
    missing = schema.get("minProperties", 0) - len(found)
    for pattern, each in names.items():
        for key in draw(st.lists(_scalar("string", {"pattern": pattern}), min_size=max(0, missing), max_size=2)):
            found[key] = _value(draw, each, root, depth + 1)
    for case in schema.get("allOf", []):
        if Draft202012Validator(case["if"]).is_valid(found):
            wanted = case["then"].get("properties", {key: properties[key] for key in case["then"].get("required", ())})
            found |= {key: _value(draw, each, root, depth + 1) for key, each in wanted.items()}
    if "else" in schema and not Draft202012Validator(schema["if"]).is_valid(found):
        further = {key: properties[key] | each for key, each in schema["else"]["properties"].items()}
        found |= {key: _value(draw, each, root, depth + 1) for key, each in further.items()}
    return found


def _damaged(draw: st.DrawFn, value: Any) -> Any:
    if isinstance(value, dict) and value:
        return _damaged_object(draw, value)
    if isinstance(value, list) and value and draw(st.integers(0, 4)):
        index, following = draw(st.integers(0, len(value) - 1)), draw(st.integers(0, 1))
        return [*value[:index], _damaged(draw, value[index]), *value[index + following :]]
    near: list[Any] = []
    if isinstance(value, str):
        near = [value + end for end in ("\n", "x", " ", "\u2028")]
    elif isinstance(value, int):
        near = [float(value), -value, value * 10**12 + 1, str(value), value == 1]
    return draw(st.sampled_from(near) | ANYTHING) if near else draw(ANYTHING)


def _damaged_object(draw: st.DrawFn, value: dict[str, Any]) -> dict[str, Any]:
    key = draw(st.sampled_from(sorted(value)))
    return draw(
        st.sampled_from(
            [
                {each: value[each] for each in value if each != key},
                {(key + "s" if each == key else each): value[each] for each in value},
                value | {draw(st.text(max_size=5)): draw(ANYTHING)},
                *[value | {key: _damaged(draw, value[key])}] * 5,
            ]
        )
    )
