"""The words of generated documents and encounters: attributes of every type, few values of each so that rules match."""

from typing import Any

import msgspec

from payrule.model.vocabulary import Attribute

Json = dict[str, Any]

DATES = ("2024-06-30", "2024-07-01", "2024-07-02")
USUAL_DATES = (DATES[0], DATES[0], *DATES)
"""Dates of service: mostly one, so that lines see each other."""

CODES = ("A0001", "A0002", "A0009", "B0001")
UNTIMED = "B0001"
"""A code that is never counted by time, so that a part of a unit can be read."""
SMALL = (0, 1, 2, 3)
TEXTS = ("x", "y", "Z")

ATTRIBUTES: dict[str, Json] = {
    "line.code": {"type": "code", "summary": "service", "pattern": "^[A-Z][0-9]{4}$", "required": True},
    "line.date": {"type": "date", "summary": "date of service", "required": True},
    "line.record.site": {"type": "boolean", "summary": "site is on record", "from": "chart"},
    "line.record.reason": {"type": "boolean", "summary": "reason is on record", "from": "chart"},
    "line.units": {"type": "integer", "summary": "units", "minimum": 0, "fractions": True, "default": 1},
    "line.minutes": {"type": "integer", "summary": "minutes", "from": "chart", "minimum": 0},
    "line.regions": {
        "type": "choice",
        "summary": "regions",
        "from": "chart",
        "many": True,
        "values": ["neck", "back", "hip", "arm"],
    },
    "line.modifiers": {"type": "code", "summary": "modifiers", "many": True, "default": []},
    "line.place": {"type": "code", "summary": "place of service"},
    "line.provider.type": {"type": "choice", "summary": "profession", "values": ["baker", "smith", "tailor", "other"]},
    "line.provider.npi": {
        "type": "code",
        "summary": "number of who served",
        "example": "N1",
        "default_from": "encounter.sender",
    },
    "line.provider.taxonomy": {"type": "code", "summary": "specialty", "example": "T1"},
    "encounter.sender": {"type": "code", "summary": "number of who bills", "example": "N2"},
    "line.remark": {"type": "text", "summary": "remark"},
    "line.pointers": {"type": "integer", "summary": "positions of diagnoses", "many": True, "minimum": 0},
    "line.visits": {"type": "date", "summary": "earlier visits", "many": True},
    "line.answers": {"type": "boolean", "summary": "answers to a form", "many": True},
    "encounter.role": {"type": "choice", "summary": "role", "values": ["first", "second"], "default": "first"},
    "encounter.received": {"type": "date", "summary": "day of receipt"},
    "encounter.diagnoses": {"type": "text", "summary": "diagnoses", "many": True},
    "patient.age": {"type": "integer", "summary": "age"},
    "line.units_supported": {"type": "boolean", "summary": "minutes support units", "derived": "units-supported"},
    "region": {
        "type": "choice",
        "summary": "relation of two lines",
        "values": ["same", "contiguous", "separate"],
        "derived": "region-relation",
    },
}

ATTRIBUTES["edit"] = {
    "type": "choice",
    "summary": "edit on two lines",
    "values": ["none", "0", "1", "9"],
    "derived": "pair-edit",
    "table": "pairs",
}

ATTRIBUTES["line.add_on"] = {
    "type": "choice",
    "summary": "add-on code",
    "values": ["none", "any-primary", "with-primary", "without-primary"],
    "derived": "add-on",
    "table": "add-ons",
}

ATTRIBUTES["same_provider"] = {
    "type": "choice",
    "summary": "who served on two lines",
    "values": ["same", "different"],
    "derived": "same-provider",
}

DECLARED = {name: msgspec.convert(attribute, Attribute) for name, attribute in ATTRIBUTES.items()}

POOLS: dict[str, tuple[Any, ...]] = {
    "line.code": CODES,
    "line.date": USUAL_DATES,
    "line.units": SMALL,
    "line.minutes": (0, 7, 8, 22, 23, 38),
    "line.modifiers": ("M1", "M2", "X1"),
    "line.place": CODES,
    "line.provider.npi": ("N1", "N2", "N3"),
    "line.provider.taxonomy": ("T1", "T2"),
    "encounter.sender": ("N1", "N2"),
    "line.remark": TEXTS,
    "line.pointers": SMALL,
    "line.visits": DATES,
    "encounter.received": DATES,
    "encounter.diagnoses": TEXTS,
    "patient.age": SMALL,
}
"""Values of the attributes that have no list of their own, for documents and encounters alike."""

FRACTIONS: dict[str, tuple[float, ...]] = {"line.units": (0.5, 1.5, 2.25)}
"""Numbers that only claims hold, between those of documents; of units only with the code that is never timed."""

SETS: dict[str, tuple[str, ...]] = {
    "codes": ("line.code", "line.place", "line.modifiers"),
    "numbers": ("line.units", "line.minutes", "line.pointers", "patient.age"),
    "regions": ("line.regions",),
    "texts": ("line.remark", "encounter.diagnoses"),
    "days": ("line.visits",),
}
"""Names of sets, with the attributes that their members fit."""

RANGES = ("A0001-A0002", "A0002-A0009", "M1-M2")

SPEAKING: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("provider", "ranked", (("ineligible", "denied"), ("eligible", "neutral"))),
    ("benefit", "ranked", (("excluded", "denied"), ("covered", "affirmative"))),
    ("coding", "cumulative", (("miscoded", "returned"), ("valid", "neutral"))),
    ("modifier", "cumulative", (("missing", "returned"), ("complete", "neutral"))),
    ("bundling", "cumulative", (("bundled", "denied"), ("separate", "affirmative"))),
    ("units", "cumulative", (("unsupported", "denied"), ("supported", "neutral"))),
    ("necessity", "ranked", (("not-met", "denied"), ("met", "affirmative"))),
    ("documentation", "cumulative", (("insufficient", "denied"), ("sufficient", "neutral"))),
)
"""The concerns of the language whose rules speak of a line, with their values and effects, strictest first."""

PAYING: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    *((name, how, (found[0], ("limited", "reduced"), found[1]) if name == "units" else found)
      for name, how, found in SPEAKING),
    ("payment", "cumulative", (("reduced", "reduced"), ("full", "neutral"))),
)  # fmt: skip
"""All concerns, with the values by which a part of a line is paid."""

CONCERNS: list[Json] = [
    {
        "id": concern,
        "settled": settled,
        "summary": concern,
        "values": [
            {"value": value, "effect": effect, "summary": value}
            | ({"remittance": {"carc": "16", "rarc": ["N56"]}} if effect in ("denied", "returned", "reduced") else {})
            for value, effect in values
        ],
    }
    for concern, settled, values in PAYING
]


LISTED: Json = {
    "kind": "remittance-codes",
    "as_of": "2024-08-01",
    "groups": {"CO": {}, "PR": {}},
    "carc": {
        **{code: {} for code in ("4", "16", "97", "181")},
        "900": {"end": "2024-06-30"},
        "901": {"start": "2024-07-01"},
        "902": {"end": "2024-06-29"},
        "903": {"start": "2030-01-01"},
    },
    "rarc": {
        **{code: {} for code in ("M2", "N1", "N19", "N56")},
        "N901": {"start": "2024-07-01"},
        "N902": {"start": "2024-07-02"},
    },
}
"""A list of remittance codes, some of which begin or end among the dates of service, before all of them, or after."""


def pool(name: str) -> tuple[Any, ...]:
    """Give the values that an attribute takes here."""
    attribute = DECLARED[name]
    return POOLS.get(name) or attribute.values or (True, False)


def is_always_known(name: str) -> bool:
    """Tell whether an attribute has a value in every encounter."""
    return DECLARED[name].required or DECLARED[name].default is not None


def is_written(name: str) -> bool:
    """Tell whether an attribute is a key of an encounter, rather than computed."""
    return DECLARED[name].derived is None


MAY_BE_UNKNOWN = tuple(name for name in ATTRIBUTES if is_written(name) and not is_always_known(name))
"""The attributes that an encounter may leave unknown."""

COMPUTED_FROM: dict[str, tuple[str, ...]] = {
    "line.units_supported": ("line.minutes", "line.units", "line.modifiers", "line.provider.type"),
    "region": ("line.regions",),
    "edit": (),
    "line.add_on": ("line.provider.npi", "line.provider.taxonomy", "line.provider.type", "encounter.sender"),
    "same_provider": ("line.provider.npi", "line.provider.taxonomy", "line.provider.type", "encounter.sender"),
}
"""What a computed attribute is computed from."""

TAKEN = frozenset({"line.provider.npi", "line.provider.taxonomy", "encounter.sender"})
"""Attributes whose absence says something: a line is the sender's, and a provider's type stands for the specialty."""

DISCIPLINES: tuple[Json, ...] = (
    {"modifier": "M1", "provider_types": ["baker"]},
    {"modifier": "M2", "provider_types": ["smith"]},
    {"modifier": "X1"},
)
"""Disciplines of therapy that a vocabulary may know."""

OPTIONAL = tuple(name for name in ATTRIBUTES if not DECLARED[name].required)
