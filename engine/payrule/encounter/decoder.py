"""Decode a claim that is right: msgspec holds it to types that are made once from the vocabulary.

Nothing here says what is wrong with one that is not: the validator asks the schema for that. Both accept the same, with
the same bounds (`value_schema.bounded`), but for keys that mean nothing, which are passed over here.
"""

import re
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from operator import attrgetter
from typing import Annotated, Any, Literal, NamedTuple, Required, TypedDict

import msgspec
from msgspec import Meta

from payrule.encounter.encounter import Encounter, Line
from payrule.model.encounter_schema import STRUCTURE, EncounterKeys, Keys
from payrule.model.policy import Attribute, Frequency
from payrule.model.value_reader import LARGEST, LONGEST, MOST, PLAIN
from payrule.model.values import Value


class EncounterDecoder:
    """Decode claims that are right.

    >>> attributes = STRUCTURE | {"line.units": Attribute(type="integer", summary="units", default=1)}
    >>> top = Keys({"id": "encounter.id"}, {})
    >>> line = Keys({"number": "line.number", "units": "line.units"}, {})
    >>> decoder = EncounterDecoder(EncounterKeys(top, line, attributes), {"line.units"})
    >>> [line.values for line in decoder.read({"id": "E-1", "lines": [{"number": 7}]}).lines]
    [{'line.units': 1}]
    >>> decoder.read({"id": "E-1", "lines": [{"number": 7, "units": "2"}]}) is None
    True
    """

    def __init__(self, keys: EncounterKeys, readable: AbstractSet[str], frequency: Frequency | None = None) -> None:
        """Make the types; `readable` are the attributes that rules can read, by `frequency` a void needs no lines."""
        self._top, self._line = _Group.of(keys.top, keys.attributes), _Group.of(keys.line, keys.attributes)
        lines: Any = Annotated[list[_typed_dict("Line", self._line.types, total=False)], Meta(max_length=MOST)]  # type: ignore[misc]
        top = _typed_dict("Top", self._top.types | {"lines": Required[lines], "history": lines | None}, total=False)
        # msgspec keeps what it has found out about types in a struct alone.
        self._held = msgspec.defstruct("Held", [("data", top)])
        self._borrowed = tuple(borrowed(keys.attributes).items())
        self._frequency = frequency
        self._unread = STRUCTURE.keys() - readable

    def read(self, data: object) -> Encounter | None:
        """Give the encounter that JSON values say; None when the schema may have something against them."""
        try:
            found: Any = msgspec.convert({"data": data}, self._held)
            return self._encounter(found.data)
        except ValueError:  # msgspec's ValidationError is one
            return None

    def _encounter(self, found: dict[str, Any]) -> Encounter:
        found.pop("history", None)
        held = [self._line.values(each) for each in found.pop("lines")]
        lines = sorted((Line(each.pop("line.number"), each) for each in held), key=attrgetter("number"))
        values = self._top.values(found)
        name, payer = values["encounter.id"], values.get("encounter.payer")
        if not name or not (lines or (self._frequency is not None and self._frequency.is_void(values))):
            raise ValueError(name)
        if len({line.number for line in lines}) < len(lines):
            raise ValueError(lines)
        for each in self._unread & values.keys():
            del values[each]
        if self._borrowed:
            self._lend(values, lines)
        return Encounter(name, payer, values, tuple(lines))

    def _lend(self, values: dict[str, Any], lines: list[Line]) -> None:
        """Give each line, and the encounter, the values of other attributes that absent ones hold."""
        for name, source in self._borrowed:
            if name.startswith("line."):
                for line in lines:
                    value = line.values.get(source, values.get(source))
                    if value is not None:
                        line.values.setdefault(name, value)
            elif source in values:
                values.setdefault(name, values[source])


def borrowed(attributes: Mapping[str, Attribute]) -> dict[str, str]:
    """Name the attributes that hold another's value where they are absent, each with that other one.

    >>> borrowed({"line.sender": Attribute(type="text", summary="sender", default_from="encounter.sender")})
    {'line.sender': 'encounter.sender'}
    """
    return {name: each.default_from for name, each in attributes.items() if each.default_from is not None}


def value_reader(attribute: Attribute) -> Callable[[Any], Value]:
    """Make the function that reads what JSON says an attribute holds; it raises ValueError for anything else.

    >>> value_reader(Attribute(type="choice", summary="purpose", values=("a", "b"), many=True))(["a", "a"])
    frozenset({'a'})
    >>> value_reader(Attribute(type="date", summary="day"))("2016-02-30")
    Traceback (most recent call last):
    msgspec.ValidationError: Invalid RFC3339 encoded date
    """
    kind = value_type(attribute)

    def read(value: Any) -> Value:
        found: Any = msgspec.convert(value, kind)
        return frozenset(found) if attribute.many else found

    return read


def value_type(attribute: Attribute) -> Any:
    """Give the type of what JSON says that an attribute holds, within the bounds that the schema sets."""
    single: Any
    if attribute.type == "choice":
        single = Literal[attribute.values or (None,)]
    elif attribute.type == "integer":
        least, most = attribute.minimum, attribute.maximum
        single = Annotated[int, Meta(ge=_clamped(least, -LARGEST), le=_clamped(most, LARGEST))]
    elif attribute.type in ("date", "boolean"):
        single = {"date": date, "boolean": bool}[attribute.type]
    else:
        single = Annotated[str, Meta(max_length=LONGEST, pattern=_whole(attribute.pattern or PLAIN))]
    return Annotated[list[single], Meta(max_length=MOST)] if attribute.many else single


def _clamped(bound: int | None, ours: int) -> int:
    """Give a bound of the vocabulary, or ours where it is narrower; msgspec takes none beyond 64 bits."""
    return ours if bound is None else max(-LARGEST - 1, min(bound, LARGEST + 1))


def _whole(pattern: str) -> str:
    r"""Give a pattern that fits a whole text alone, for msgspec looks for one anywhere in it.

    >>> _whole("a|b"), _whole("(?i)a")
    ('\\A(?:a|b)\\Z', '(?i)\\A(?:a)\\Z')
    """
    flags = str(re.match(r"(\(\?[aiLmsux]+\))?", pattern)[0])  # type: ignore[index]
    end = "\n" if "x" in flags else ""  # which ends a comment
    return rf"{flags}\A(?:{pattern.removeprefix(flags)}{end})\Z"


_typed_dict: Any = TypedDict
"""For types whose keys are known at run time."""


class _Group(NamedTuple):
    """The keys of a group: the type of what each holds, its attribute or the group below, and the defaults of all."""

    types: dict[str, Any]
    names: dict[str, Any]
    defaults: dict[str, Any]

    @classmethod
    def of(cls, keys: Keys, attributes: Mapping[str, Attribute]) -> "_Group":
        """Describe a group, and those below."""
        held = {key: attributes[name] for key, name in keys.attributes.items()}
        groups = {key: cls.of(below, attributes) for key, below in keys.groups.items()}
        dicts = {key: _typed_dict(key, below.types, total=False) for key, below in groups.items()}
        needed = {key for key, each in held.items() if each.required}
        needed |= {key for key, each in dicts.items() if each.__required_keys__}
        types = {key: value_type(each) for key, each in held.items()} | dicts
        defaults = {
            name: value_reader(attributes[name])(attributes[name].default)
            for name in keys.attributes.values()
            if attributes[name].default is not None
        }
        for below in groups.values():
            defaults |= below.defaults
        return cls(
            {key: Required[each] if key in needed else each | None for key, each in types.items()},
            keys.attributes | {key: below.names for key, below in groups.items()},
            defaults,
        )

    def values(self, found: dict[str, Any]) -> dict[str, Any]:
        """Give the values of a whole line, or of the top, by the names of their attributes."""
        values = self.defaults.copy()
        _fill(values, found, self.names)
        return values


def _fill(values: dict[str, Any], found: dict[str, Any], names: dict[str, Any]) -> None:
    for key, value in found.items():
        if value is not None:
            kind = type(value)
            if kind is dict:
                _fill(values, value, names[key])
            else:
                values[names[key]] = frozenset(value) if kind is list else value
