"""Values of attributes, and sets of them: lists, and ranges of codes; dicts and lists that cannot be changed."""

import re
from collections.abc import Callable, Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from operator import attrgetter, is_not
from typing import Any, NoReturn, TypeVar, cast

import msgspec

_range = re.compile(r"[0-9A-Z]+-[0-9A-Z]+").fullmatch
_category = re.compile(r"[0-9A-Z]+\*").fullmatch

Amount = int | Decimal
"""A number, exactly: a Decimal is one that is not whole."""

Scalar = str | Amount | bool | date
Value = Scalar | frozenset[Any]
"""What an attribute can hold. A set of values is a frozenset; an attribute that is unknown holds nothing."""


def exactly(number: float) -> Amount:
    """Give the number that a JSON number says, as it is written in the fewest digits.

    >>> exactly(1.5), exactly(2.0), exactly(0.1) + exactly(0.2)
    (Decimal('1.5'), 2, Decimal('0.3'))
    """
    return int(number) if number == int(number) else Decimal(repr(number))


def as_json_number(amount: Amount | float) -> int | float:
    """Write a number as JSON does.

    >>> as_json_number(Decimal("1.50")), as_json_number(Decimal("3.0")), as_json_number(4)
    (1.5, 3, 4)
    """
    return int(amount) if amount == int(amount) else float(amount)


def is_within(value: Any, low: Any, below: Any) -> bool:
    """Tell whether a value is in a range of whole numbers, or of days, from `low` to the last before `below`.

    A number that is not whole is in it where it is not more than that last whole number.

    >>> [is_within(each, 2, 5) for each in (2, Decimal("2.5"), 4, Decimal("4.5"))]
    [True, True, True, False]
    """
    if low is not None and value < low:
        return False
    return bool(below is None or (value <= below - 1 if type(value) is Decimal else value < below))


class ValueSet(msgspec.Struct, frozen=True):
    """Hold single values, inclusive ranges of codes of one length, and spans of codes of any length (`in_span`).

    >>> sorted_codes = ValueSet.of(["00010-00019", "00042"], ranges=True)
    >>> "00015" in sorted_codes, "00042" in sorted_codes, "00020" in sorted_codes
    (True, True, False)
    """

    values: frozenset[Any]
    ranges: tuple[tuple[str, str], ...] = ()
    spans: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, members: Iterable[Any], *, ranges: bool = False, system: str | None = None) -> "ValueSet":
        """Read the members of a set as documents write them; `ranges` says that `A-B` is a range of codes.

        In a system of codes each is read as the system says; there are ranges then, and categories such as `A10.*`.

        >>> spine = ValueSet.of(["M54.*", "S13.4-S13.6", "g44.86"], system="icd-10-cm")
        >>> [code in spine for code in ("M5450", "S136XXA", "S139", "G4486")]
        [True, True, False, True]
        """
        members = tuple(members)
        if system is not None:
            read = [read_code(each, system) for each in members]
            spans = {span for each in read if (span := code_span(each)) is not None}
            return cls(frozenset(each for each in read if code_span(each) is None), (), tuple(sorted(spans)))
        written = {each for each in members if is_range(each)} if ranges else set()
        if not written:
            return cls(frozenset(members))
        return cls(frozenset(members).difference(written), tuple(sorted(map(split_range, written))))

    def __contains__(self, value: object) -> bool:
        """Tell whether a value is one of the members or inside one of the ranges."""
        if value in self.values:
            return True
        if isinstance(value, str):
            for low, high in self.ranges:
                if low <= value <= high and len(low) == len(value):
                    return True
            for low, high in self.spans:
                if in_span(value, low, high):
                    return True
        return False

    def intersects(self, values: Collection[Any]) -> bool:
        """Tell whether any of the values is a member."""
        if not self.values.isdisjoint(values):
            return True
        return bool(self.ranges or self.spans) and any(value in self for value in values)


def is_range(member: object) -> bool:
    """Tell whether a member of a set is written as a range of codes, which have digits and capital letters only.

    >>> is_range("00010-00019"), is_range("00010"), is_range("tight-muscles")
    (True, False, False)
    """
    return isinstance(member, str) and "-" in member and _range(member) is not None


def split_range(member: str) -> tuple[str, str]:
    """Split a range of codes into its first and last code.

    >>> split_range("00010-00019")
    ('00010', '00019')
    """
    low, _, high = member.partition("-")
    return low, high


NO_VALUE = "none"
"""What is said of the first of an empty list: it is known, and no code of any system."""


def read_code(code: Any, system: str | None) -> Any:
    """Read a code as its system does: an ICD-10-CM code without dots, in capitals; without a system as it is.

    >>> read_code("m54.50", "icd-10-cm"), read_code("m54.50", None)
    ('M5450', 'm54.50')
    """
    is_code = system is not None and isinstance(code, str) and code != NO_VALUE
    return code.replace(".", "").upper() if is_code else code


def read_codes(value: Any, system: str | None) -> Any:
    """Read what an attribute holds, a code or a set of codes, as their system does.

    >>> sorted(read_codes(frozenset({"M54.50", "m5450", "R51"}), "icd-10-cm"))
    ['M5450', 'R51']
    """
    if isinstance(value, frozenset):
        return frozenset(read_code(each, system) for each in value)
    return read_code(value, system)


def code_span(member: Any) -> tuple[str, str] | None:
    """Give the ends of a range, or of a category, of codes as a system reads them; None for a single code.

    >>> code_span("M54*"), code_span("C7A0-C7B8"), code_span("M545")
    (('M54', 'M54'), ('C7A0', 'C7B8'), None)
    """
    if isinstance(member, str) and _category(member):
        return member[:-1], member[:-1]
    return split_range(member) if is_range(member) else None


def in_span(value: str, low: str, high: str) -> bool:
    """Tell whether a code lies between two, digits before letters, or begins with the upper one.

    >>> [in_span(code, "C7A", "C7B1") for code in ("C79", "C7A", "C7A099", "C7B1", "C7B12", "C7B2", "C80")]
    [False, True, True, True, True, False, False]
    """
    return low <= value and (value <= high or value.startswith(high))


_NEXT = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXY", "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", strict=True))


def code_after(code: str) -> str | None:
    """Give the first code after all that begin with a code; None where there is none.

    >>> code_after("M54"), code_after("M59"), code_after("M5Z"), code_after("ZZ")
    ('M55', 'M5A', 'M6', None)
    """
    begins = code.rstrip("Z")
    return None if not begins or begins[-1] not in _NEXT else begins[:-1] + _NEXT[begins[-1]]


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


_NEVER_CHANGED = frozenset(
    {str, int, bool, float, date, type(None), msgspec.UnsetType, frozenset, FrozenDict, FrozenList}
)


def frozen(held: Held) -> Held:
    """Give a value with every dict and list in it frozen.

    >>> frozen({"a": [1, {"b": 2}]})["a"][1].clear()
    Traceback (most recent call last):
    TypeError: this value is immutable; make a copy with `dict`
    """
    made: Any = held
    if type(made) in _NEVER_CHANGED:
        return held
    if isinstance(held, dict):
        made = FrozenDict(
            {key: value if type(value) in _NEVER_CHANGED else frozen(value) for key, value in held.items()}
        )
    elif isinstance(held, list):
        made = FrozenList(map(frozen, held))
    elif type(made) is tuple:
        values = tuple([value if type(value) in _NEVER_CHANGED else frozen(value) for value in made])
        made = values if any(map(is_not, values, made)) else held
    elif isinstance(held, msgspec.Struct):
        values = _fields(type(held))(held)
        each = [value if type(value) in _NEVER_CHANGED or value == () else frozen(value) for value in values]
        if any(map(is_not, values, each)):
            named = zip(held.__struct_fields__, values, each, strict=True)
            made = msgspec.structs.replace(held, **{name: now for name, was, now in named if now is not was})
    return cast("Held", made)


@cache
def _fields(kind: type[msgspec.Struct]) -> Callable[[Any], tuple[Any, ...]]:
    """Give what reads the values of all fields of a structure."""
    names = kind.__struct_fields__
    return attrgetter(*names) if len(names) > 1 else lambda held: tuple(getattr(held, name) for name in names)
