"""Immutable means immutable: dicts and lists that cannot be changed, in everything that a rulebase and an answer hold.

They are dicts and lists to whatever reads or writes them. To change one, make a copy: `dict(...)`, `list(...)`.
"""

from typing import Any, NoReturn, TypeVar

import msgspec

Held = TypeVar("Held")


def _refuse(self: object, *_: object, **__: object) -> NoReturn:
    raise TypeError(f"this belongs to what cannot be changed; make a copy with `{type(self).__mro__[1].__name__}`")


class FrozenDict(dict[Any, Any]):
    """A dict that nobody can change.

    >>> FrozenDict(a=1).pop("a")
    Traceback (most recent call last):
    TypeError: this belongs to what cannot be changed; make a copy with `dict`
    """

    __slots__ = ()
    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle it whole, not item by item."""
        return type(self), (dict(self),)


class FrozenList(list[Any]):
    """A list that nobody can change.

    >>> FrozenList([1]).append(2)
    Traceback (most recent call last):
    TypeError: this belongs to what cannot be changed; make a copy with `list`
    """

    __slots__ = ()
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle it whole, not item by item."""
        return type(self), (list(self),)


def frozen(held: Held) -> Held:
    """Freeze every dict and list in a value, those in the structures that it holds in place.

    >>> frozen({"a": [1, {"b": 2}]})["a"][1].clear()
    Traceback (most recent call last):
    TypeError: this belongs to what cannot be changed; make a copy with `dict`
    """
    result: Held = _frozen(held)
    return result


def _frozen(held: Any) -> Any:
    made = held
    if isinstance(held, FrozenDict | FrozenList):
        return held
    if isinstance(held, dict):
        made = FrozenDict({key: frozen(value) for key, value in held.items()})
    elif isinstance(held, list):
        made = FrozenList(map(frozen, held))
    elif type(held) is tuple:
        values = tuple(map(frozen, held))
        made = values if any(one is not two for one, two in zip(values, held, strict=True)) else held
    elif isinstance(held, msgspec.Struct):
        for name in held.__struct_fields__:
            value = getattr(held, name)
            if (changed := frozen(value)) is not value:
                msgspec.structs.force_setattr(held, name, changed)
    return made
