"""Which sets, facts and rules stand under another name now, and older parts told under the newer names."""

from copy import deepcopy
from typing import Any

import msgspec

from payrule.compare.parts import Part, Parts, parts
from payrule.compare.similarity import close, same
from payrule.language.condition import Fact, Test, parse, walk
from payrule.model.digests import canonical
from payrule.model.policy import Policy
from payrule.model.vocabulary import Vocabulary
from payrule.results.difference import EditOf
from payrule.source.json_source import Path

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
            while pairs := _pairs(under(old, found)[of], new[of], meaning):
                found[of] |= pairs
    return found


def under(old: Document, names: Names) -> Document:
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


def policy_apart(policy: Policy) -> Document:
    """Take the sources, sets, facts and rules of a policy apart."""
    return _parts(as_data(policy), _POLICY_PARTS)


def vocabulary_apart(vocabulary: Vocabulary) -> Document:
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
