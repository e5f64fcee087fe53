"""What a spot of a document speaks of: a set, a fact, a rule, a source, a code, an attribute or another document."""

from collections.abc import Callable
from typing import Literal, NamedTuple

from payrule.documents.places import Path
from payrule.editor.spots import Spot

Kind = Literal["set", "fact", "rule", "source", "policy", "payer", "concern", "attribute", "carc", "rarc"]


class Reference(NamedTuple):
    """A name and what it names; a rule's is `policy/rule`, or `rule` within its own policy."""

    kind: Kind
    name: str


def reference_at(spot: Spot) -> Reference | None:
    """Say what a spot speaks of, be it used or defined there.

    >>> reference_at(Spot(("rules", 0, "when", "line.code", "in"), False, "@stretches", 9, 20))
    Reference(kind='set', name='stretches')
    >>> reference_at(Spot(("rules", 0, "summary"), False, "plain", 9, 16)) is None
    True
    """
    if not isinstance(spot.value, str):
        return None
    find = _key if spot.is_key else _value
    kind = find(spot.path)
    if kind == "set" and not spot.is_key:
        return Reference("set", spot.value[1:]) if spot.value.startswith("@") else None
    return None if kind is None else Reference(kind, spot.value)


def _key(path: Path) -> Kind | None:
    if len(path) == _DEFINED and path[0] in _DEFINITIONS:
        return _DEFINITIONS[path[0]]
    if len(path) == _DEFINED and path[0] == "remittance":
        return "rule"
    return "attribute" if "." in str(path[-1]) or _in_condition(path) else None


def _value(path: Path) -> Kind | None:
    names = tuple("*" if isinstance(each, int) else each for each in path)
    for ending, kind in _ENDINGS.items():
        if names[-len(ending) :] == ending:
            return kind
    return next((kind for holds, kind in _PLACES if holds(path)), None)


def _in_condition(path: Path) -> bool:
    return "when" in path


_DEFINED = 2
_DEFINITIONS: dict[str | int, Kind] = {"sets": "set", "facts": "fact", "sources": "source", "attributes": "attribute"}

_ENDINGS: dict[tuple[str, ...], Kind] = {
    ("rules", "*", "id"): "rule",
    ("overrides", "*"): "rule",
    ("shows", "*", "rule"): "rule",
    ("reasons", "*"): "rule",
    ("overruled", "*"): "rule",
    ("conflicts", "*", "*"): "rule",
    ("accepted_conflicts", "*", "rules", "*"): "rule",
    ("cites", "*", "source"): "source",
    ("conclude", "concern"): "concern",
    ("expect", "*", "concern"): "concern",
    ("tiers", "*", "*"): "policy",
    ("remittance", "carc"): "carc",
    ("rarc", "*"): "rarc",
}
"""What a value names, by the end of its path; `*` is any place in a list."""

_PLACES: tuple[tuple[Callable[[Path], bool], Kind], ...] = (
    (lambda path: _in_condition(path) and "fact" in path[-2:], "fact"),
    (_in_condition, "set"),
    (lambda path: path == ("payer",), "payer"),
    (lambda path: path in (("replaces",), ("consider",)), "policy"),
)
