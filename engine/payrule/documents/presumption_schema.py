"""Describe presumptions: which attributes may take a value when they are unknown, and which value."""

from payrule.documents.encounter_keys import is_pair
from payrule.documents.models import Attribute, Vocabulary
from payrule.documents.value_schema import Schema, example_of, is_always_known, value_schema

_ROOTS = frozenset({"encounter", "patient", "line"})


def presumption_schema(vocabulary: Vocabulary) -> Schema:
    """Describe a map from attributes, or groups of attributes of one kind, to the values taken when they are unknown.

    >>> from payrule.documents.models import Regions, Timed
    >>> seen, units = Attribute(type="boolean", summary="seen"), Attribute(type="integer", summary="units", default=1)
    >>> words = Vocabulary(kind="vocabulary", concerns=(), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method="x"), attributes={"line.record.seen": seen, "line.units": units})
    >>> list(presumption_schema(words)["properties"])
    ['line.record', 'line.record.seen']
    """
    presumable = {
        name: each for name, each in vocabulary.attributes.items() if not (is_pair(name) or is_always_known(each))
    }
    schemas = {name: value_schema(attribute) for name, attribute in presumable.items()}
    groups = {}
    for group in sorted({prefix for name in presumable for prefix in _prefixes(name)}):
        below = [name for name in presumable if name.startswith(f"{group}.")]
        first, *others = (_kind(presumable[name]) for name in below)
        if all(other == first for other in others):
            members = ", ".join(f"`{name}`" for name in below)
            groups[group] = schemas[below[0]] | {"description": f"All of {members}"}
    known = [name for name, each in vocabulary.attributes.items() if is_always_known(each)]
    pairs = [name for name in vocabulary.attributes if is_pair(name)]
    properties = dict(sorted((groups | schemas).items()))
    examples = {name: example_of(presumable[name]) for name in list(presumable)[-1:]}
    return {
        "description": "Values taken for attributes, or for all attributes of a group, when they are unknown",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "x-key": "an attribute that can be presumed",
        "x-elsewhere": {name: _never_unknown(name) for name in known} | {name: _relates(name) for name in pairs},
        "examples": [examples],
    }


def _prefixes(name: str) -> list[str]:
    steps = name.split(".")
    return [".".join(steps[:length]) for length in range(2, len(steps))]


def _kind(attribute: Attribute) -> tuple[object, ...]:
    """Say what can be presumed of an attribute, so that one value fits all of a kind."""
    return (attribute.type, attribute.many, attribute.values, attribute.pattern, attribute.minimum, attribute.maximum)


def _never_unknown(name: str) -> dict[str, str]:
    return {"message": f"`{name}` is never unknown, so nothing can be presumed of it", "help": "remove it"}


def _relates(name: str) -> dict[str, str]:
    return {"message": f"`{name}` relates two lines and cannot be presumed", "help": "presume what it is computed from"}
