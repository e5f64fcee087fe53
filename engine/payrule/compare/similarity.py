"""How much two parts of documents have in common, and which belong together since no other is nearly as close."""

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from typing import Any, NamedTuple

import msgspec

from payrule.compare.parts import Part

_CLOSE = 0.6
"""The share that parts have in common at least, when one is the other with a small change."""

_CLEAR = 0.1
"""By how much it must be higher than the share of any other pair that one of the two could be in."""


def same(gone: Iterable[Part], there: Iterable[Part], meaning: tuple[str, ...]) -> dict[str, str]:
    """Pair parts that hold the same under the keys `meaning`; of several the ones with names and words alike.

    >>> from payrule.compare.parts import parts
    >>> old, new = (parts("set", {name: ["00001"]}).values() for name in ("adjunct", "adjuncts"))
    >>> same(old, new, ("members",))
    {'adjunct': 'adjuncts'}
    """
    by_meaning: dict[bytes, list[Part]] = {}
    for part in there:
        by_meaning.setdefault(_encoded(part, meaning), []).append(part)
    likely = [
        (_alike(one, two), one.name, two.name) for one in gone for two in by_meaning.get(_encoded(one, meaning), ())
    ]
    found: dict[str, str] = {}
    for _, old, new in sorted(likely, key=lambda each: (-each[0], *each[1:])):
        if old not in found and new not in found.values():
            found[old] = new
    return found


def close(gone: Iterable[Part], there: Iterable[Part], asked: str) -> dict[str, str]:
    """Pair parts that clearly are the same with a small change: in the key `asked` and in all they hold.

    >>> from payrule.compare.parts import parts
    >>> old = parts("set", {"a": ["00001", "00002", "00003"], "b": ["00009"]}).values()
    >>> close(old, parts("set", {"c": ["00001", "00002"]}).values(), "members")
    {'a': 'c'}
    """
    ones, twos = ([_Held(part.name, _atoms(part, asked), _atoms(part)) for part in parts] for parts in (gone, there))
    shares = {
        (one.name, two.name): share
        for one in ones
        for two in twos
        if (share := _in_common(one, two)) >= _CLOSE - _CLEAR
    }
    rivals: dict[tuple[str, str], list[float]] = {}
    for (old, new), share in shares.items():
        rivals.setdefault(("old", old), []).append(share)
        rivals.setdefault(("new", new), []).append(share)
    return {
        old: new
        for (old, new), share in shares.items()
        if share >= _CLOSE and all(_clear(share, rivals[each]) for each in (("old", old), ("new", new)))
    }


class _Held(NamedTuple):
    """What a part asks, and all that it holds, in pieces."""

    name: str
    asks: frozenset[tuple[str, str]]
    whole: frozenset[tuple[str, str]]


def _in_common(one: _Held, two: _Held) -> float:
    """Give the lesser share: of what they ask, which leaves most pairs without a chance, or of the whole."""
    asked = _share(one.asks, two.asks)
    return min(asked, _share(one.whole, two.whole)) if asked >= _CLOSE - _CLEAR else asked


def _clear(share: float, among: list[float]) -> bool:
    """Tell whether a share is the highest, and clearly so."""
    return sum(other > share - _CLEAR for other in among) == 1


def _alike(one: Part, two: Part) -> float:
    first, second = sorted((one.name, two.name))  # the matcher is not symmetric, and likeness has to be
    return SequenceMatcher(a=first, b=second, autojunk=False).ratio() + _share(_atoms(one), _atoms(two))


def _share(one: frozenset[Any], two: frozenset[Any]) -> float:
    """Give Dice's coefficient: twice what is common over what both have."""
    return 2 * len(one & two) / (len(one) + len(two) or 1)


def _encoded(part: Part, keys: Iterable[str]) -> bytes:
    return msgspec.json.encode([part.values[key] for key in keys], order="deterministic")


def _atoms(part: Part, *keys: str) -> frozenset[tuple[str, str]]:
    """Take what a part holds to pieces: each value with the keys above it, and each word of a text."""
    return frozenset(_pieces({key: part.values[key] for key in keys or part.values}, ""))


def _pieces(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _pieces(each, f"{path}/{key}")
    elif isinstance(value, list):
        for each in value:
            yield from _pieces(each, path)
    elif value is not None:
        yield from ((path, word) for word in str(value).split())
