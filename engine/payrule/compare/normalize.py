"""Pair renamed parts of documents by how much they have in common, and write older parts under the newer names."""

from collections.abc import Iterable, Iterator
from copy import deepcopy
from difflib import SequenceMatcher
from typing import Any, NamedTuple

import msgspec

from payrule.compare.parts import Part, Parts, parts
from payrule.language.condition import Fact, Test, parse, walk
from payrule.model.digests import canonical
from payrule.model.policy import Policy
from payrule.model.vocabulary import Vocabulary
from payrule.results.difference import EditOf
from payrule.source.json_source import Path

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


Document = dict[EditOf, Parts]
"""The parts of a document, kind by kind."""

Names = dict[EditOf, dict[str, str]]
"""The names that parts have now by those that they had, kind by kind."""

_MEANING: dict[EditOf, tuple[str, ...]] = {"set": ("members",), "fact": ("when",), "rule": ("when", "conclude")}
"""What makes a part what it is, whatever its name; in this order, since facts name sets, and rules both."""


def renames(old: Document, new: Document) -> Names:
    """Find what stands under another name: what means the same, or clearly is the same with a small change.

    >>> from payrule.compare.parts import parts
    >>> def document(name: str) -> Document:
    ...     fact = {"when": {"line.code": {"in": f"@{name}s"}}}
    ...     return {"set": parts("set", {f"{name}s": ["00001"]}), "fact": parts("fact", {name: fact})}
    >>> renames(document("adjunct"), document("companion"))
    {'set': {'adjuncts': 'companions'}, 'fact': {'adjunct': 'companion'}}
    """
    found: Names = {}
    for of, meaning in _MEANING.items():
        if of in old:
            found[of] = {}
            while pairs := _pairs(with_names(old, found)[of], new[of], meaning):
                found[of] |= pairs
    return found


def with_names(old: Document, names: Names) -> Document:
    """Tell parts under other names, wherever they name each other."""
    return {of: {part.name: part for part in (_told(each, names) for each in old[of].values())} for of in old}


def _pairs(old: Parts, new: Parts, meaning: tuple[str, ...]) -> dict[str, str]:
    """Pair parts that are gone with parts that are there now, the sure ones first."""
    gone = [part for name, part in old.items() if name not in new]
    there = [part for name, part in new.items() if name not in old]
    return same(gone, there, meaning) or close(gone, there, meaning[0])


def _told(part: Part, names: Names) -> Part:
    values = dict(part.values)
    if values.get("when"):
        values["when"] = canonical(_asked(values["when"], names))
    if values.get("overrides"):
        values["overrides"] = sorted(_now(names, "rule", each) for each in values["overrides"])
    return Part(part.of, _now(names, part.of, part.name), values)


def _asked(when: dict[str, Any], names: Names) -> dict[str, Any]:
    """Tell a condition under other names of sets and facts."""
    told = deepcopy(when)
    for node, _ in walk(parse(when)):
        if isinstance(node, Fact):
            _write(told, node.path, _now(names, "fact", node.name))
        elif isinstance(node, Test) and node.set_name is not None:
            _write(told, node.path, f"@{_now(names, 'set', node.set_name)}")
    return told


def _write(value: Any, path: Path, name: str) -> None:
    *above, last = path
    for step in above:
        value = value[step]
    value[last] = name


def _now(names: Names, of: EditOf, name: str) -> str:
    return names.get(of, {}).get(name, name)


_POLICY_PARTS: tuple[EditOf, ...] = ("source", "set", "fact", "rule")
_VOCABULARY_PARTS: tuple[EditOf, ...] = ("attribute", "concern", "set", "fact")


def policy_parts(policy: Policy) -> Document:
    """Take the sources, sets, facts and rules of a policy apart."""
    return _parts(as_data(policy), _POLICY_PARTS)


def vocabulary_parts(vocabulary: Vocabulary) -> Document:
    """Take a vocabulary apart; what has no name of its own is one part."""
    data = as_data(vocabulary)
    return {"vocabulary": parts("vocabulary", {"vocabulary": data}), **_parts(data, _VOCABULARY_PARTS)}


def as_data(document: Any) -> dict[str, Any]:
    """Give a document as canonical JSON; what only says how regions were read stands by itself."""
    data: dict[str, Any] = canonical(msgspec.to_builtins(document))
    regions = data.get("regions")
    if regions is None:
        return data
    return data | {"regions": regions["contiguous"], "regions.interpretation": regions["interpretation"]}


def _parts(data: dict[str, Any], kinds: tuple[EditOf, ...]) -> Document:
    return {of: parts(of, _named(of, data[f"{of}s"])) for of in kinds}


def _named(of: EditOf, listed: Any) -> dict[str, Any]:
    """Give the parts of one kind by name; a value of a concern is a part of its own."""
    if of == "rule":
        return {each["id"]: each for each in listed}
    if of == "concern":
        found = {each["id"]: each | {"values": [value["value"] for value in each["values"]]} for each in listed}
        return found | {f"{each['id']} {value['value']}": value for each in listed for value in each["values"]}
    return dict(listed)
