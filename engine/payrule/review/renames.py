"""Which sets, facts and rules stand under another name now, and older parts told under the newer names."""

from collections.abc import Mapping
from typing import Any

from payrule.documents.differences import EditOf
from payrule.documents.digests import canonical
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


def _asked(value: Any, names: Names, key: str = "") -> Any:
    """Tell a condition under other names of sets and facts."""
    if isinstance(value, Mapping):
        return {name: _asked(each, names, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_asked(each, names, key) for each in value]
    if key == "fact":
        return _now(names, "fact", value)
    if isinstance(value, str) and value.startswith("@"):
        return f"@{_now(names, 'set', value[1:])}"
    return value


def _now(names: Names, of: EditOf, name: str) -> str:
    return names.get(of, {}).get(name, name)
