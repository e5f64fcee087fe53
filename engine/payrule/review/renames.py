"""Which sets, facts and rules stand under another name now, and older parts told under the newer names."""

from copy import deepcopy
from typing import Any

from payrule.documents.differences import EditOf
from payrule.documents.digests import canonical
from payrule.documents.places import Path
from payrule.language.condition import Fact, Test, parse, walk
from payrule.review.likeness import close, same
from payrule.review.parts import Part, Parts

Document = dict[EditOf, Parts]
"""The parts of a document, kind by kind."""

Names = dict[EditOf, dict[str, str]]
"""The names that parts have now by those that they had, kind by kind."""

_MEANING: dict[EditOf, tuple[str, ...]] = {"set": ("members",), "fact": ("when",), "rule": ("when", "conclude")}
"""What makes a part what it is, whatever its name; in this order, since facts name sets, and rules both."""


def renames(old: Document, new: Document) -> Names:
    """Find what stands under another name: what means the same, or clearly is the same with a small change.

    >>> from payrule.review.parts import parts
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
