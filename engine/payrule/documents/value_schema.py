"""Describe the value of one attribute as JSON Schema, once for every schema that follows from the vocabulary.

Beside the standard keywords stand six of our own, which `wording` reads and validators pass over: `x-expected` says
what a text must look like, `x-kind` what kind of value is wanted, `x-key` what the keys of a group are, `x-holds` what
the attribute that is tested holds, `x-several` which test takes several values in place of one, and `x-elsewhere` what
to do with a key that is known but has no place here.
"""

from typing import Any

from payrule.documents.linear_patterns import trouble
from payrule.documents.models import Attribute

Schema = dict[str, Any]

TYPES = {"code": "string", "text": "string", "date": "string", "integer": "integer", "boolean": "boolean"}
"""The type that JSON Schema gives each type of the vocabulary; a choice is an enumeration instead."""

WORDS = {
    "choice": "one of a few words",
    "code": "a code",
    "text": "a text",
    "integer": "a whole number",
    "date": "a date",
    "boolean": "true or false",
}
"""What an attribute of each type holds, in a sentence."""


def holds(attribute: Attribute) -> str:
    """Say what an attribute holds.

    >>> holds(Attribute(type="integer", summary="units")), holds(Attribute(type="choice", summary="purpose", many=True))
    ('a whole number', 'several values')
    """
    return "several values" if attribute.many else WORDS[attribute.type]


def example_of(attribute: Attribute) -> Any:
    """Give an example of what the attribute holds, as JSON writes it: the vocabulary's own, else one that fits.

    >>> example_of(Attribute(type="integer", summary="units", minimum=2))
    2
    """
    if attribute.example is not None:
        return [attribute.example] if attribute.many and not isinstance(attribute.example, list) else attribute.example
    single: dict[str, Any] = {
        "choice": attribute.values[0] if attribute.values else "",
        "integer": 1 if attribute.minimum is None else max(attribute.minimum, min(1, attribute.maximum or 1)),
        "date": "2016-03-01",
        "boolean": True,
        "code": "A",
        "text": "A",
    }
    return [single[attribute.type]] if attribute.many else single[attribute.type]


def single_example(attribute: Attribute) -> Any:
    """Give an example of one value of the attribute, where it holds several too.

    >>> single_example(Attribute(type="code", summary="modifiers", many=True, example=["A1", "B2"]))
    'A1'
    """
    example = example_of(attribute)
    return example[0] if attribute.many and example else example


def single_schema(attribute: Attribute, *, nullable: bool = False) -> Schema:
    """Describe one value; where the attribute holds several, one of them.

    >>> single_schema(Attribute(type="choice", summary="role", values=("primary", "secondary")), nullable=True)
    {'enum': ['primary', 'secondary', None]}
    """
    if attribute.type == "choice":
        return {"enum": [*attribute.values, *([None] if nullable else [])]}
    kind = TYPES[attribute.type]
    schema: Schema = {"type": [kind, "null"] if nullable else kind}
    if attribute.type == "date":
        schema["format"] = "date"
    if attribute.pattern is not None and trouble(attribute.pattern) is None:
        schema["pattern"] = attribute.pattern
        schema["x-expected"] = f"{WORDS[attribute.type]} such as `{single_example(attribute)}`"
    if attribute.minimum is not None:
        schema["minimum"] = attribute.minimum
    if attribute.maximum is not None:
        schema["maximum"] = attribute.maximum
    return schema


def value_schema(attribute: Attribute, *, nullable: bool = False) -> Schema:
    """Describe what the attribute holds, with its summary and an example.

    >>> value_schema(Attribute(type="boolean", summary="One-on-one contact"))
    {'description': 'One-on-one contact', 'type': 'boolean', 'examples': [True]}
    """
    schema: Schema = {"description": attribute.summary}
    if attribute.many:
        schema |= {"type": ["array", "null"] if nullable else "array", "items": single_schema(attribute)}
    else:
        schema |= single_schema(attribute, nullable=nullable)
    if attribute.default is not None:
        schema["default"] = attribute.default
    return schema | {"examples": [example_of(attribute)]}


def is_always_known(attribute: Attribute) -> bool:
    """Tell whether an attribute has a value in every encounter; null for one that has a default is the default.

    >>> is_always_known(Attribute(type="integer", summary="units", default=1))
    True
    """
    return attribute.required or attribute.default is not None
