"""Read an encounter that is plainly right, quickly: one pass, by functions made once from the vocabulary.

Nothing here says what is wrong with one that is not; see `encounter_door`, which asks the schema.
"""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from operator import attrgetter
from typing import Any, NamedTuple

from payrule.encounter.encounter import Encounter, Line
from payrule.model.encounter_schema import STRUCTURE, EncounterKeys, Keys
from payrule.model.policy import Attribute, Frequency
from payrule.model.value_reader import MOST, value_reader
from payrule.model.values import Value


class EncounterDecoder:
    """Read encounters that are plainly right.

    >>> attributes = STRUCTURE | {"line.units": Attribute(type="integer", summary="units", default=1)}
    >>> top = Keys({"id": "encounter.id"}, {})
    >>> line = Keys({"number": "line.number", "units": "line.units"}, {})
    >>> reader = EncounterDecoder(EncounterKeys(top, line, attributes), {"line.units"})
    >>> [line.values for line in reader.read({"id": "E-1", "lines": [{"number": 7}]}).lines]
    [{'line.units': 1}]
    >>> reader.read({"id": "E-1", "lines": [{"number": 7, "units": "2"}]}) is None
    True
    """

    def __init__(self, keys: EncounterKeys, readable: AbstractSet[str], frequency: Frequency | None = None) -> None:
        """Make a function for each key; `readable` are the attributes that rules can read.

        By `frequency` a claim is a void, which needs no lines.
        """
        self._top = _Group.of(keys.top, keys.attributes)
        self._top.keys["lines"] = _Key(_LINES, self._lines, nullable=False)
        self._top.keys["history"] = _Key(_HISTORY, self._lines, nullable=True)
        self._line = _Group.of(keys.line, keys.attributes)
        self._borrowed = tuple(borrowed(keys.attributes).items())
        self._is_void: Callable[[Mapping[str, Value]], bool] = frequency.is_void if frequency else _is_no_void
        self._unread = (STRUCTURE.keys() - readable) | {_HISTORY}

    def read(self, data: object) -> Encounter | None:
        """Give the encounter, or None when anything about it needs a closer look."""
        try:
            return self._encounter(data)
        except (TypeError, ValueError, KeyError):
            return None

    def _encounter(self, data: object) -> Encounter:
        values = self._top.read(data)
        name, payer, lines = values["encounter.id"], values.get("encounter.payer"), values.pop(_LINES)
        if not name or not (lines or self._is_void(values)):
            raise ValueError(data)
        for each in self._unread & values.keys():
            del values[each]
        if len(lines) > 1:
            numbers = [line.number for line in lines]
            ordered = sorted(set(numbers))
            if len(ordered) < len(numbers):
                raise ValueError(numbers)
            if ordered != numbers:
                lines = sorted(lines, key=attrgetter("number"))
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

    def _lines(self, data: object) -> list[Line]:
        if not isinstance(data, list) or len(data) > MOST:
            raise TypeError(data)
        lines = []
        for each in data:
            values = self._line.read(each)
            number = values.pop("line.number")
            lines.append(Line(number, values))
        return lines


def borrowed(attributes: Mapping[str, Attribute]) -> dict[str, str]:
    """Name the attributes that hold another's value where they are absent, each with that other one.

    >>> borrowed({"line.sender": Attribute(type="text", summary="sender", default_from="encounter.sender")})
    {'line.sender': 'encounter.sender'}
    """
    return {name: each.default_from for name, each in attributes.items() if each.default_from is not None}


_LINES, _HISTORY = "lines", "history"


def _is_no_void(_values: Mapping[str, Value]) -> bool:
    return False


class _Key(NamedTuple):
    """A key that holds a value: the name it is kept by, how it is read, and whether null says no more than absence."""

    name: str
    read: Any
    nullable: bool


class _Group(NamedTuple):
    """The keys of a group, the groups below it, and what a whole line or encounter must have or has by default."""

    keys: dict[str, _Key]
    groups: dict[str, "_Group"]
    defaults: dict[str, Any]
    required: AbstractSet[str]

    @classmethod
    def of(cls, keys: Keys, attributes: Mapping[str, Attribute]) -> "_Group":
        own = {key: _key(name, attributes[name]) for key, name in keys.attributes.items()}
        groups = {key: cls.of(below, attributes) for key, below in keys.groups.items()}
        described = {name: attributes[name] for name in keys.attributes.values()}
        defaults = {
            name: value_reader(attribute)(attribute.default)
            for name, attribute in described.items()
            if attribute.default is not None
        }
        required = {name for name, attribute in described.items() if attribute.required}
        for below in groups.values():
            defaults |= below.defaults
            required |= below.required
        return cls(own, groups, defaults, required)

    def read(self, data: object) -> dict[str, Any]:
        """Read a whole line, or a whole encounter; raises KeyError when something required is not there."""
        values = self.defaults.copy()
        self.fill(values, data)
        if not self.required <= values.keys():
            raise KeyError(*self.required)
        return values

    def fill(self, values: dict[str, Any], data: object) -> None:
        """Read every key of a group into `values`; raises KeyError for a key that means nothing."""
        if not isinstance(data, dict):
            raise TypeError(data)
        keys = self.keys
        for key, value in data.items():
            found = keys.get(key)
            if found is None:
                below = self.groups[key]
                if value is not None:
                    below.fill(values, value)
            elif value is not None:
                values[found[0]] = found[1](value)
            elif not found[2]:
                raise ValueError(key)


def _key(name: str, attribute: Attribute) -> _Key:
    return _Key(name, value_reader(attribute), nullable=not attribute.required)
