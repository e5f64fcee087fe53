"""Decode a claim that is right: msgspec holds it to types that are made once from the vocabulary.

Nothing here says what is wrong with one that is not: the validator asks the schema for that. Both accept the same, with
the same bounds (`value_schema.bounded`), but for keys that mean nothing, which are passed over here.

What a program gives in place of JSON becomes JSON first (`plain`): sets and tuples are lists; a day is a date, a
datetime at midnight or one of NumPy's; whole numbers are those of Decimal and NumPy too. What could only be guessed is
refused by name: a time of day, a fraction, bytes.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time
from decimal import Decimal
from operator import attrgetter
from typing import Annotated, Any, Literal, NamedTuple, Required, TypedDict

import msgspec
from msgspec import Meta

from payrule.encounter.encounter import DATE, EarlierLine, Encounter, Line
from payrule.encounter.in_order import InOrder
from payrule.model.encounter_schema import HISTORY, STRUCTURE, EncounterKeys, Keys, earlier_attributes
from payrule.model.schema_messages import called
from payrule.model.value_schema import LARGEST, LONGEST, MOST, PLAIN
from payrule.model.values import Value, exactly
from payrule.model.vocabulary import Attribute, Frequency
from payrule.source.diagnostics import EncounterError, shown
from payrule.source.json_source import DEEPEST, Path, wrong


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

    def __init__(
        self,
        keys: EncounterKeys,
        readable: AbstractSet[str],
        frequency: Frequency | None = None,
        in_order: InOrder | None = None,
    ) -> None:
        """Make the types; `readable` are the attributes that rules can read, by `frequency` a void needs no lines.

        `in_order` computes attributes that rest on the order of a list.
        """
        self._in_order = in_order
        self._top, self._line = _Group.of(keys.top, keys.attributes), _Group.of(keys.line, keys.attributes)
        lines: Any = Annotated[list[_typed_dict("Line", self._line.types, total=False)], Meta(max_length=MOST)]  # type: ignore[misc]
        self._earlier = _Group.of(
            Keys(keys.line.attributes | {key: f"history.{key}" for key in HISTORY}, keys.line.groups),
            keys.attributes | earlier_attributes(keys.attributes),
        )
        earlier: Any = Annotated[list[_typed_dict("Earlier", self._earlier.types, total=False)], Meta(max_length=MOST)]  # type: ignore[misc]
        of_history = {"history": earlier | None, "history_from": date | None}
        others = {"lines": Required[lines], **of_history}
        top = _typed_dict("Top", self._top.types | others, total=False)
        # msgspec keeps what it has found out about types in a struct, or in a decoder.
        self._held = msgspec.defstruct("Held", [("data", top)])
        self._of_text: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(top)
        patient = _typed_dict("Patient", {"id": value_type(STRUCTURE["patient.id"]) | None}, total=False)
        known = _typed_dict("Known", of_history | {"patient": patient | None}, total=False)
        self._held_history = msgspec.defstruct("HeldHistory", [("data", known)])
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

    def read_text(self, text: bytes) -> tuple[Encounter, dict[str, Any]] | None:
        """Give the encounter that a JSON text says, and its values as they were written but for dates.

        None where the schema may have something against it, or where the text has a key twice or one that means
        nothing: then there are more keys in it than were decoded.

        >>> top, line = Keys({"id": "encounter.id"}, {}), Keys({"number": "line.number"}, {})
        >>> decoder = EncounterDecoder(EncounterKeys(top, line, STRUCTURE), set())
        >>> decoder.read_text(b'{"id": "E-1", "lines": [{"number": 7}]}')[0].lines[0].number
        7
        >>> decoder.read_text(b'{"id": "E-1", "lines": [{"number": 7, "number": 8}]}') is None
        True
        """
        try:
            found = self._of_text.decode(text)
            count = _count_keys(found)
            if count != text.count(b":") and count != len(_keys(text)):
                return None
            data = found.copy()  # but for the lists that are taken out of it
            return self._encounter(found), data
        except ValueError:  # msgspec's DecodeError is one
            return None

    def _encounter(self, found: dict[str, Any]) -> Encounter:
        history, history_from = self._history(found)
        written = found.pop("lines")
        held = [self._line.values(each) for each in written]
        made = [Line(each.pop("line.number"), each) for each in held]
        lines = sorted(made, key=attrgetter("number"))
        values = self._top.values(found)
        name, payer = values["encounter.id"], values.get("encounter.payer")
        if not name or not (lines or (self._frequency is not None and self._frequency.is_void(values))):
            raise ValueError(name)
        if len({line.number for line in lines}) < len(lines):
            raise ValueError(lines)
        patient = values.get("patient.id")
        for each in self._unread & values.keys():
            del values[each]
        if self._borrowed:
            self._lend(values, lines)
        computed = self._computed(found, values, zip(made, written, strict=True))
        return Encounter(
            name,
            payer,
            values,
            tuple(lines),
            history=history,
            history_from=history_from,
            patient=patient or None,
            computed=computed,
        )

    def _computed(
        self, found: dict[str, Any], values: dict[str, Any], lines: Iterable[tuple[Line, dict[str, Any]]]
    ) -> frozenset[tuple[int, str]]:
        """Add what rests on the order of lists to the values of the claim and of its lines, and name it."""
        if not self._in_order:
            return frozenset()
        made = [(0, name) for name in self._in_order.add(found, None, values, None)]
        for line, written in lines:
            day = line.values.get(DATE)
            names = self._in_order.add(found, written, line.values, day if isinstance(day, date) else None)
            made += [(line.number, name) for name in names]
        return frozenset(made)

    def read_history(self, data: object) -> Encounter | None:
        """Give a patient with a history, and no lines under decision; None when the schema may have something against.

        `data` has `history`, `history_from` and `patient`, as an encounter has them.
        """
        try:
            held: Any = msgspec.convert({"data": data}, self._held_history)
        except ValueError:
            return None
        found: dict[str, Any] = held.data
        history, history_from = self._history(found)
        patient = (found.get("patient") or {}).get("id")
        return Encounter("", None, {}, (), history=history, history_from=history_from, patient=patient or None)

    def _history(self, found: dict[str, Any]) -> tuple[tuple[EarlierLine, ...], date | None]:
        lines = tuple(map(self._earlier_line, found.pop("history", None) or ()))
        return lines, found.pop("history_from", None)

    def _earlier_line(self, found: dict[str, Any]) -> EarlierLine:
        values = self._earlier.values(found)
        number = values.pop("line.number", None)
        own = {key: values.pop(f"history.{key}", None) for key in HISTORY}
        # Who billed an earlier claim is not said: only what its own line holds can be lent.
        self._lend({}, [Line(0, values)])
        if self._in_order:
            self._in_order.add(None, found, values, values.get(DATE))
        return EarlierLine(
            {name: value for name, value in values.items() if name not in self._unread}, number=number, **own
        )

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


_keys = re.compile(rb'"[ \t\n\r]*:').findall
"""What ends a key in a JSON text; a text within it may hold as much, so it finds each key, and perhaps more."""


def _count_keys(held: dict[str, Any]) -> int:
    """Count the keys of an object, and of all objects in it."""
    count = len(held)
    for value in held.values():
        kind = type(value)
        if kind is dict:
            count += _count_keys(value)
        elif kind is list and value and type(value[0]) is dict:
            count += sum(map(_count_keys, value))
    return count


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
        found = exactly(found) if type(found) is float else found
        return frozenset(found) if attribute.many else found

    return read


def value_type(attribute: Attribute) -> Any:
    """Give the type of what JSON says that an attribute holds, within the bounds that the schema sets."""
    single: Any
    if attribute.type == "choice":
        single = Literal[attribute.values or (None,)]
    elif attribute.type == "integer":
        least, most = attribute.minimum, attribute.maximum
        bounds = Meta(ge=_clamped(least, -LARGEST), le=_clamped(most, LARGEST))
        single = Annotated[int, bounds]
        single = single | Annotated[float, bounds] if attribute.fractions else single
    elif attribute.type in ("date", "boolean"):
        single = {"date": date, "boolean": bool}[attribute.type]
    else:
        single = Annotated[str, Meta(max_length=LONGEST, pattern=_whole(attribute.expression or PLAIN))]
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
        given = {name: each for key, name in keys.attributes.items() if (each := held[key]).default is not None}
        defaults = {name: value_reader(each)(each.default) for name, each in given.items()}
        for below in groups.values():
            defaults |= below.defaults
        kinds = {key: Required[each] if key in needed else each | None for key, each in types.items()}
        return cls(kinds, keys.attributes | {key: below.names for key, below in groups.items()}, defaults)

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
            elif kind is float:
                values[names[key]] = exactly(value)
            else:
                values[names[key]] = frozenset(value) if kind is list else value


_MIDNIGHT = time(0)


def plain(value: Any, path: Path = (), *, ordered: AbstractSet[Path] = frozenset()) -> Any:
    """Give a value as JSON would say it; `ordered` are the places, without numbers, where the order of a list counts.

    Raises EncounterError for a value that JSON cannot say, or not without a guess.

    >>> plain({"modifiers": {"B", "A"}, "date": date(2016, 3, 1), "units": Decimal("2.0")})
    {'modifiers': ['A', 'B'], 'date': '2016-03-01', 'units': 2}
    """
    if len(path) > DEEPEST:
        message = f"values are nested deeper than {DEEPEST} levels"
        raise EncounterError([wrong(path[:2], "wrong-type", message, "flatten the claim")])
    if _is_plain(value) or (type(value) is dict and not path and _says_json(value, DEEPEST)):
        return value
    if type(value) not in (dict, list) and (found := _single(value, path)) is not None:
        return found
    if isinstance(value, dict | Mapping):
        return dict(_items(value, path, ordered))
    if isinstance(value, list | tuple):
        return [each if _is_plain(each) else plain(each, (*path, at), ordered=ordered) for at, each in enumerate(value)]
    if isinstance(value, AbstractSet):
        return _members(value, path, ordered)
    return plain(_of_numpy(value, path), path, ordered=ordered)


def _unfit(path: Path, problem: str, help_text: str) -> EncounterError:
    """Say what is wrong with the value at a path, which is named before it."""
    return EncounterError([wrong(path, "wrong-type", f"{called(path, 'claim')} {problem}", help_text)])


_JUST_SO = frozenset({type(None), bool, float})


def _says_json(held: Any, levels: int) -> bool:
    """Tell whether a dict or a list holds only what JSON has just so, in fewer levels than these: most claims do."""
    is_dict = type(held) is dict
    if levels <= 0 or (is_dict and not all(type(key) is str and key.isascii() for key in held)):
        return False
    return all(
        each.isascii()
        if (kind := type(each)) is str
        else each.bit_length() <= _BITS
        if kind is int
        else _says_json(each, levels - 1)
        if kind is dict or kind is list
        else kind in _JUST_SO
        for each in (held.values() if is_dict else held)
    )


def _is_plain(value: Any) -> bool:
    """Tell at once what JSON has just so, as most values are."""
    kind = type(value)
    return value.isascii() if kind is str else value is None or kind is bool or kind is float


def _single(value: Any, path: Path) -> str | float | None:
    """Give a text, a number or a date; None for what is none of these."""
    if isinstance(value, str):
        return _text(str.__str__(value), path)
    if isinstance(value, date):
        return _day(value, path)
    if isinstance(value, Decimal) and (not value.is_finite() or value != value.to_integral_value()):
        if value.is_finite() and Decimal(repr(float(value))) == value:
            return float(value)
        raise _unfit(path, f"is the number {shown(str(value))}, but must be a whole number", "give a whole number")
    number = int(value) if isinstance(value, int | Decimal) else None
    if number is not None and number.bit_length() > _BITS:
        raise _unfit(path, f"is a number of more than {int(_BITS * 0.301)} digits", "use a smaller number")
    return number


def _text(text: str, path: Path) -> str:
    if not text.isascii() and any("\ud800" <= each <= "\udfff" for each in text):
        raise _unfit(path, "holds half of a character (a lone surrogate)", "write the whole character")
    return text


def _items(value: Mapping[Any, Any], path: Path, ordered: AbstractSet[Path]) -> Iterator[tuple[str, Any]]:
    for key, each in value.items():
        if not isinstance(key, str):
            message = f"the key {shown(key)} is of type `{type(key).__name__}`, and keys are texts"
            raise EncounterError([wrong(path, "wrong-type", message, "write its name as a text")])
        name = key if _is_plain(key) else _text(str.__str__(key), path)
        yield name, each if _is_plain(each) else plain(each, (*path, name), ordered=ordered)


def _members(value: AbstractSet[Any], path: Path, ordered: AbstractSet[Path]) -> list[Any]:
    if len(value) > 1 and tuple(step for step in path if isinstance(step, str)) in ordered:
        raise _unfit(path, "is a set, which has no order, and the order of its members counts", "give a list")
    found = [plain(each, (*path, at), ordered=ordered) for at, each in enumerate(value)]
    return sorted(found, key=lambda each: (type(each).__name__, each if isinstance(each, str | int | float) else 0))


def _day(value: date, path: Path) -> str:
    if value != value:  # noqa: PLR0124 - pandas has a date that is none, and differs from itself
        raise _unfit(path, "is `NaT`", "leave it out where it is not known")
    if isinstance(value, datetime):
        if value.time() != _MIDNIGHT or value.tzinfo is not None:
            problem = f"is the time {shown(value.isoformat(' '))}, but must be a date"
            raise _unfit(path, problem, "give its day, as `.date()` does in the time zone that is meant")
        value = value.date()
    return value.isoformat()


_BITS = 1_024
"""Of a number: as many as a float can tell."""


def _of_numpy(value: Any, path: Path) -> Any:
    """Give what a scalar or an array of NumPy holds; nothing of NumPy is imported for that."""
    kind = getattr(getattr(value, "dtype", None), "kind", "") if type(value).__module__ == "numpy" else ""
    if kind == "M":
        value = value.astype("datetime64[us]")
    if kind in "biufUOM" and kind:
        return value.tolist()
    problem = f"is of type `{type(value).__name__}`, which a claim does not hold"
    raise _unfit(path, problem, "give texts, whole numbers, dates, lists and dicts")
