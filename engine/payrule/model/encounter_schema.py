"""Where attributes stand in an encounter: `line.provider.type` is the key `type` in `provider` of a line.

An attribute of the encounter is a key at the top, one of the patient a key of `patient`, one of the line a key of each
of `lines`; dots in what follows are groups. A derived attribute is computed and one of a pair of lines relates them:
neither is a key.

The schema leaves unknown keys open, since they are warnings to most callers, and sets no bounds of our own on numbers
and lengths, since anybody's valid claim is a valid encounter (`value_schema.bounded` adds them).
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import msgspec

from payrule.model.schema_validator import DIALECT
from payrule.model.value_schema import Schema, example_of, value_schema, with_parts
from payrule.model.vocabulary import Attribute, Frequency, Vocabulary
from payrule.source.diagnostics import DocumentError
from payrule.source.json_source import Path, wrong

LISTS = frozenset({"lines", "history", "history_from"})
"""Keys at the top of an encounter that hold lines, or say of which days they are."""

STRUCTURE: dict[str, Attribute] = {
    "encounter.$schema": Attribute(
        type="text", summary="The path of this schema, for editors", example="../schemas/encounter.schema.json"
    ),
    "encounter.id": Attribute(
        type="text",
        summary="The claim's id in answers",
        required=True,
        example="E-1001",
        also_called=(
            *("claim", "claim id", "claim number", "claim no", "claim control number", "account", "account number"),
            *("acct", "patient account number", "patient control number", "encounter", "encounter id", "visit id"),
        ),
    ),
    "encounter.payer": Attribute(
        type="text",
        summary="The payer that decides, unless the call names one",
        example="regional-plan",
        also_called=("payer", "payer id", "health plan", "insurance"),
    ),
    "patient.id": Attribute(
        type="text",
        summary="How the patient is known to the sender; no rule reads it",
        example="P-1",
        also_called=("member", "member id", "patient id", "patient", "subscriber id", "mrn", "medical record number"),
    ),
    "line.number": Attribute(
        type="integer",
        summary="The line's number, unique in the claim",
        minimum=1,
        required=True,
        example=1,
        also_called=("line", "line number", "line no"),
    ),
}
"""What every encounter has, whatever the vocabulary: described as attributes are, but no rule can read them."""


HISTORY: dict[str, Attribute] = {
    "claim": Attribute(type="text", summary="The number of the earlier claim, as it was sent", example="C-7"),
    "reference": Attribute(type="text", summary="The payer's own number of the earlier claim", example="2024A55"),
    "frequency": Attribute(type="code", summary="The frequency code of the earlier claim", example="1"),
    "original_reference": Attribute(
        type="text", summary="The number of the claim that the earlier claim replaces or voids", example="2024A12"
    ),
}
"""What a line of the history says of its claim, besides the attributes of a line."""

STATUS = "line.status"
"""What became of a line: the default is that of lines under decision, and holds for no earlier one."""


class Keys(msgspec.Struct, frozen=True):
    """The keys of one group: those that hold an attribute, each with its name, and the groups below."""

    attributes: dict[str, str]
    groups: dict[str, "Keys"]

    def paths(self, above: Path = ()) -> Iterator[tuple[str, Path]]:
        """List every attribute of this group and those below, with the keys under which it stands."""
        yield from ((name, (*above, key)) for key, name in self.attributes.items())
        for key, group in self.groups.items():
            yield from group.paths((*above, key))

    def dotted(self) -> Iterator[str]:
        """List every key of this group and those below, written with dots.

        >>> sorted(Keys({"code": "line.code"}, {"provider": Keys({"type": "line.provider.type"}, {})}).dotted())
        ['code', 'provider', 'provider.type']
        """
        yield from self.attributes
        for name, group in self.groups.items():
            yield name
            yield from (f"{name}.{below}" for below in group.dotted())

    def also_called(self, attributes: Mapping[str, Attribute]) -> dict[str, str]:
        """Give the keys of attributes, written with dots, by the other names that people use for them.

        >>> attributes = {"line.code": Attribute(type="code", summary="code", also_called=("service code",))}
        >>> Keys({"code": "line.code"}, {}).also_called(attributes)
        {'service code': 'code'}
        """
        found = {other: key for key, name in self.attributes.items() for other in attributes[name].also_called}
        for group, below in self.groups.items():
            found |= {other: f"{group}.{key}" for other, key in below.also_called(attributes).items()}
        return found


class EncounterKeys(msgspec.Struct, frozen=True):
    """The keys of an encounter and of each of its lines, and the attributes that they hold."""

    top: Keys
    line: Keys
    attributes: dict[str, Attribute]

    def places(self) -> dict[str, Path]:
        """Say under which keys each attribute stands, from the top of an encounter, or of its line.

        >>> line = Keys({}, {"provider": Keys({"type": "line.provider.type"}, {})})
        >>> EncounterKeys(Keys({}, {}), line, {}).places()
        {'line.provider.type': ('provider', 'type')}
        """
        return dict(chain(self.top.paths(), self.line.paths()))


def encounter_keys(vocabulary: Vocabulary) -> EncounterKeys:
    """Place every attribute that an encounter can hold; raises DocumentError when a key has another meaning already.

    >>> from payrule.model.vocabulary import Regions, Timed
    >>> words = Vocabulary(kind="vocabulary", concerns=(), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method="x"), attributes={"line.code": Attribute(type="code", summary="code")})
    >>> sorted(encounter_keys(words).top.dotted()), sorted(encounter_keys(words).line.dotted())
    (['$schema', 'id', 'patient', 'patient.id', 'payer'], ['code', 'number'])
    """
    own = {name: attribute for name, attribute in vocabulary.attributes.items() if is_key(name, attribute)}
    roots = {root: Keys({}, {}) for root in ("encounter", "patient", "line")}
    problems = {}
    for name in STRUCTURE | own:
        root, *steps = name.split(".")
        problem = _place(roots[root], steps, name) if root in roots else f"`{root}` is no part of a claim"
        if name in own and (name in STRUCTURE.keys() - {"patient.id"} or (root == "encounter" and steps[0] in LISTS)):
            problem = f"the key `{steps[0]}` has a meaning already"
        if problem is not None:
            problems[name] = problem
    if "patient" in roots["encounter"].attributes:
        problems["encounter.patient"] = "the key `patient` has a meaning already"
    if problems:
        said = ((name, f"a claim has no place for the attribute `{name}`: {why}") for name, why in problems.items())
        help_text = "rename the attribute"
        raise DocumentError(wrong(("attributes", name), "attribute-clash", each, help_text) for name, each in said)
    encounter, patient = roots["encounter"], roots["patient"]
    top = Keys(encounter.attributes, encounter.groups | {"patient": patient})
    attributes = STRUCTURE | own
    of_patient = attributes["patient.id"]  # a vocabulary may describe it, too
    called = of_patient.also_called or STRUCTURE["patient.id"].also_called
    attributes["patient.id"] = msgspec.structs.replace(of_patient, also_called=called)
    return EncounterKeys(top, roots["line"], attributes)


def is_key(name: str, attribute: Attribute) -> bool:
    """Tell whether an attribute is a key of an encounter, rather than computed from it by a function.

    >>> is_key("region", Attribute(type="choice", summary="relation of two lines", derived="region-relation"))
    False
    """
    return not is_pair(name) and attribute.function is None


def is_pair(name: str) -> bool:
    """Tell whether an attribute relates two lines; such a name has no dot.

    >>> is_pair("region"), is_pair("line.regions")
    (True, False)
    """
    return "." not in name


def unknown_keys(
    keys: Keys, data: Mapping[str, object], path: Path = (), known: frozenset[str] = frozenset()
) -> Iterator[tuple[Path, Keys]]:
    """List the keys that mean nothing, each with the keys of its group; `known` are further keys allowed at the top.

    >>> [path for path, _ in unknown_keys(Keys({"units": "line.units"}, {}), {"units": 1, "unit": 2})]
    [('unit',)]
    """
    for key, value in data.items():
        if key in keys.groups:
            if isinstance(value, dict):
                yield from unknown_keys(keys.groups[key], value, (*path, key))
        elif key not in keys.attributes and key not in known:
            yield (*path, key), keys


def _place(keys: Keys, steps: list[str], name: str) -> str | None:
    """Put an attribute at its key; say what stands there already if something does."""
    for step in steps[:-1]:
        if step in keys.attributes:
            return f"`{keys.attributes[step]}` holds a value, so nothing can be below it"
        keys = keys.groups.setdefault(step, Keys({}, {}))
    if steps[-1] in keys.groups:
        return "it is a group of other attributes, so it cannot hold a value"
    keys.attributes[steps[-1]] = name
    return None


def encounter_schema(vocabulary: Vocabulary) -> Schema:
    """Make the schema of an encounter, with that of a line; raises DocumentError when two attributes want one key.

    >>> from payrule.model.vocabulary import Regions, Timed
    >>> code = Attribute(type="code", summary="The service", required=True, example="00001")
    >>> words = Vocabulary(kind="vocabulary", concerns=(), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method="x"), attributes={"line.code": code})
    >>> encounter_schema(words)["$defs"]["line"]["required"]
    ['number', 'code']
    """
    keys = encounter_keys(vocabulary)
    top, line = _object(keys.top, keys.attributes), _object(keys.line, keys.attributes)
    top["properties"]["id"]["minLength"] = 1
    lines = _lines(keys)
    return {
        "$schema": DIALECT,
        "title": "Claim",
        "description": "Everything billed for one patient by one billing provider on one claim",
        **top,
        "required": [*top["required"], "lines"],
        "properties": top["properties"] | lines,
        **_unless_void(vocabulary.frequency, keys, lines),
        "$defs": {
            "line": {"title": "Line", "description": "One billed service", **line},
            "earlier_line": _earlier_line(line),
        },
    }


def _earlier_line(line: Schema) -> Schema:
    """Describe a line of the history: a line that may have no number, and says which claim it was on."""
    attributes = earlier_attributes(STRUCTURE)
    own = {key: value_schema(attributes[f"history.{key}"], nullable=True) for key in HISTORY}
    number = value_schema(attributes["line.number"], nullable=True)
    properties: dict[str, Schema] = own | line["properties"] | {"number": number}
    if (status := STATUS.partition(".")[2]) in properties:
        properties[status] = {key: each for key, each in properties[status].items() if key != "default"}
    return {
        "title": "Earlier line",
        "description": "A line of an earlier claim of the patient",
        **line,
        "required": [key for key in line["required"] if key != "number"],
        "properties": properties,
    }


def history_schema(vocabulary: Vocabulary) -> Schema:
    """Make the schema of the history of a patient alone, with the same keys as in an encounter.

    >>> from payrule.model.vocabulary import Regions, Timed
    >>> words = Vocabulary(kind="vocabulary", concerns=(), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method="x"), attributes={})
    >>> sorted(history_schema(words)["properties"])
    ['history', 'history_from', 'patient']
    """
    whole = encounter_schema(vocabulary)
    held = {name: whole["properties"][name] for name in ("history", "history_from")}
    patient = {"type": ["object", "null"], "properties": {"id": value_schema(STRUCTURE["patient.id"], nullable=True)}}
    return {"$schema": DIALECT, "type": "object", "properties": held | {"patient": patient}, "$defs": whole["$defs"]}


def earlier_attributes(attributes: Mapping[str, Attribute]) -> dict[str, Attribute]:
    """Give the attributes of an earlier line that are not those of a line: number and status may be missing.

    >>> sorted(earlier_attributes(STRUCTURE))[-1]
    'line.number'
    """
    own = {"line.number": msgspec.structs.replace(attributes["line.number"], required=False)}
    if STATUS in attributes:
        own[STATUS] = msgspec.structs.replace(attributes[STATUS], default=None)
    return own | {f"history.{key}": each for key, each in HISTORY.items()}


def row_attributes(attributes: Mapping[str, Attribute]) -> dict[str, Attribute]:
    """Give the attributes that a row of a file of histories has: those of an earlier line, and whose line it is.

    >>> sorted(row_attributes(STRUCTURE))[:3]
    ['history.claim', 'history.frequency', 'history.history_from']
    """
    lines = {name: each for name, each in attributes.items() if name.startswith("line.")}
    since = Attribute(type="date", summary="The first day from which on the history of the patient is complete")
    patient = msgspec.structs.replace(STRUCTURE["patient.id"], required=True)
    return lines | earlier_attributes(attributes) | {"patient.id": patient, "history.history_from": since}


def _unless_void(frequency: Frequency | None, keys: EncounterKeys, lines: dict[str, Schema]) -> Schema:
    """Ask for lines of every claim but a void, of which nothing is decided: what is said of `lines` is changed."""
    place = keys.places().get(frequency.attribute) if frequency is not None and frequency.void else None
    if frequency is None or place is None:
        return {}
    least = {key: lines["lines"][key] for key in ("minItems", "examples")}
    del lines["lines"]["minItems"]
    lines["lines"]["description"] += "; a claim that voids another may have none"
    is_void: Schema = {"enum": list(frequency.void)}
    for key in reversed(place):
        is_void = {"properties": {key: is_void}, "required": [key]}
    return {"if": is_void, "else": {"properties": {"lines": least}}}


def closed(schema: Schema) -> Schema:
    """Forbid every key that a schema does not describe, in it and in all its parts.

    >>> closed({"type": "object", "properties": {"id": {"type": "string"}}})["additionalProperties"]
    False
    """
    result = with_parts(schema, closed)
    if "properties" in schema:
        result["additionalProperties"] = False
    return result


def _lines(keys: EncounterKeys) -> dict[str, Schema]:
    lines = {"items": {"$ref": "#/$defs/line"}, "examples": [[_example(keys.line, keys.attributes, whole=False)]]}
    return {
        "lines": {"description": "The services billed", "type": "array", "minItems": 1, **lines},
        "history": {
            "description": "Lines of earlier claims of the patient, which rules that count lines over time read",
            "type": ["array", "null"],
            "items": {"$ref": "#/$defs/earlier_line"},
            "examples": [[{"claim": "C-7", **_example(keys.line, keys.attributes, whole=False)}]],
        },
        "history_from": {
            "description": "The first day from which on, that day included, the history is complete",
            "type": ["string", "null"],
            "format": "date",
            "x-kind": "a date",
            "examples": ["2024-01-01"],
        },
    }


def _object(keys: Keys, attributes: Mapping[str, Attribute]) -> Schema:
    held = {key: attributes[name] for key, name in keys.attributes.items()}
    values = {key: value_schema(each, nullable=not each.required) for key, each in held.items()}
    groups = {key: _group(below, attributes) for key, below in keys.groups.items()}
    required = [key for key, each in held.items() if each.required]
    required += [key for key, schema in groups.items() if "required" in schema]
    schema: Schema = {"type": "object", "properties": values | groups}
    return schema | ({"required": required} if required else {})


def _group(keys: Keys, attributes: Mapping[str, Attribute]) -> Schema:
    members = ", ".join(f"`{key}`" for key in keys.dotted())
    schema = _object(keys, attributes)
    if "required" not in schema:
        schema["type"] = ["object", "null"]
    return {
        "description": f"Groups {members}; missing or null ones are unknown",
        **schema,
        "examples": [_example(keys, attributes, whole=True)],
    }


def _example(keys: Keys, attributes: Mapping[str, Attribute], *, whole: bool) -> dict[str, Any]:
    """Give an example of a group of keys; unless `whole`, of those that are required."""
    held = {key: attributes[name] for key, name in keys.attributes.items()}
    values = {key: example_of(each) for key, each in held.items() if whole or each.required}
    groups = {key: _example(below, attributes, whole=whole) for key, below in keys.groups.items()}
    return values | {key: example for key, example in groups.items() if example}
