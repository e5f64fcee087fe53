"""Values of attributes, and sets of them: lists, and ranges of codes; dicts and lists that cannot be changed."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, NoReturn, TypeVar, cast

import msgspec

_range = re.compile(r"[0-9A-Z]+-[0-9A-Z]+").fullmatch

Scalar = str | int | bool | date
Value = Scalar | frozenset[Any]
"""What an attribute can hold. A set of values is a frozenset; an attribute that is unknown holds nothing."""


class ValueSet(msgspec.Struct, frozen=True):
    """Hold single values and inclusive ranges of codes of one length.

    >>> sorted_codes = ValueSet.of(["00010-00019", "00042"], ranges=True)
    >>> "00015" in sorted_codes, "00042" in sorted_codes, "00020" in sorted_codes
    (True, True, False)
    """

    values: frozenset[Any]
    ranges: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, members: Iterable[Any], *, ranges: bool = False) -> "ValueSet":
        """Read the members of a set as documents write them; `ranges` says that `A-B` is a range of codes."""
        members = tuple(members)
        spans = tuple(sorted({split_range(each) for each in members if is_range(each)})) if ranges else ()
        return cls(frozenset(each for each in members if not (ranges and is_range(each))), spans)

    def __contains__(self, value: object) -> bool:
        """Tell whether a value is one of the members or inside one of the ranges."""
        if value in self.values:
            return True
        if isinstance(value, str):
            for low, high in self.ranges:
                if low <= value <= high and len(low) == len(value):
                    return True
        return False

    def intersects(self, values: Iterable[Any]) -> bool:
        """Tell whether any of the values is a member."""
        return any(value in self for value in values)


def is_range(member: object) -> bool:
    """Tell whether a member of a set is written as a range of codes, which have digits and capital letters only.

    >>> is_range("00010-00019"), is_range("00010"), is_range("tight-muscles")
    (True, False, False)
    """
    return isinstance(member, str) and _range(member) is not None


def split_range(member: str) -> tuple[str, str]:
    """Split a range of codes into its first and last code.

    >>> split_range("00010-00019")
    ('00010', '00019')
    """
    low, _, high = member.partition("-")
    return low, high


def read_date(text: str) -> date:
    """Read a date written as `YYYY-MM-DD`; raises ValueError for another form, or for a day that no calendar has.

    >>> read_date("2016-02-29")
    datetime.date(2016, 2, 29)
    """
    if len(text) != _DATE_LENGTH or text[4] != "-" or text[7] != "-":
        raise ValueError(text)
    return date.fromisoformat(text)


_DATE_LENGTH = 10


def day_after(day: date) -> date | None:
    """Give the next day; None after the last one that there is.

    >>> day_after(date.max) is None
    True
    """
    return day + timedelta(days=1) if day < date.max else None


Held = TypeVar("Held")


def _refuse(self: object, *_: object, **__: object) -> NoReturn:
    raise TypeError(f"this value is immutable; make a copy with `{type(self).__mro__[1].__name__}`")


def _whole(self: Any) -> tuple[Any, ...]:
    """Pickle it whole, not item by item."""
    return type(self), (type(self).__mro__[1](self),)


class FrozenDict(dict[Any, Any]):
    """A dict that nobody can change.

    >>> FrozenDict(a=1).pop("a")
    Traceback (most recent call last):
    TypeError: this value is immutable; make a copy with `dict`
    """

    __slots__ = ()
    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse
    __reduce__ = _whole


class FrozenList(list[Any]):
    """A list that nobody can change.

    >>> FrozenList([1]).append(2)
    Traceback (most recent call last):
    TypeError: this value is immutable; make a copy with `list`
    """

    __slots__ = ()
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse
    __reduce__ = _whole


def frozen(held: Held) -> Held:
    """Give a value with every dict and list in it frozen.

    >>> frozen({"a": [1, {"b": 2}]})["a"][1].clear()
    Traceback (most recent call last):
    TypeError: this value is immutable; make a copy with `dict`
    """
    made: Any = held
    if isinstance(held, FrozenDict | FrozenList):
        return held
    if isinstance(held, dict):
        made = FrozenDict({key: frozen(value) for key, value in held.items()})
    elif isinstance(held, list):
        made = FrozenList(map(frozen, held))
    elif type(made) is tuple:
        values = tuple(map(frozen, made))
        made = values if any(one is not two for one, two in zip(values, made, strict=True)) else held
    elif isinstance(held, msgspec.Struct):
        fields = {name: getattr(held, name) for name in held.__struct_fields__}
        changed = {name: each for name, value in fields.items() if (each := frozen(value)) is not value}
        made = msgspec.structs.replace(held, **changed) if changed else held
    return cast("Held", made)
