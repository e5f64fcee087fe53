"""What a spot of a document speaks of: a set, a fact, a rule, a source, a code, an attribute or another document."""

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from payrule.lsp.open_documents import Shelf, mapping, objects
from payrule.lsp.positions import Place, Spot, place_of, spot_at
from payrule.source.json_source import JsonSource, Path

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


def definitions(shelf: Shelf, offset: int) -> tuple[Place, ...]:
    """Say where what stands at an offset is defined; nowhere when it is no name, or names nothing."""
    spot = spot_at(shelf.text, offset) if shelf.text is not None else None
    reference = reference_at(spot) if spot is not None else None
    return defined(shelf, reference) if reference is not None else ()


def defined(shelf: Shelf, reference: Reference) -> tuple[Place, ...]:
    """Say where a name is defined; a policy's own set or fact comes before the vocabulary's."""
    found = (place_of(text, path, key=key) for text, path, key in _defined(shelf, reference))
    return tuple(place for place in found if place is not None)


def _defined(shelf: Shelf, reference: Reference) -> Iterator[tuple[JsonSource, Path, bool]]:
    kind, name = reference
    if kind in ("set", "fact", "source"):
        for text in (shelf.text, shelf.vocabulary):
            if text is not None and name in mapping(mapping(text.value).get(f"{kind}s")):
                yield text, (f"{kind}s", name), True
                return
    elif kind == "rule":
        yield from ((text, (*path, "id"), False) for text, path in rules_named(shelf, name))
    elif kind == "policy":
        yield from ((text, ("id",), False) for text in shelf.versions(name.partition("@")[0]) if _is_named(text, name))
    elif kind == "payer":
        yield from ((text, ("id",), False) for text in shelf.payers if mapping(text.value).get("id") == name)
    elif kind == "attribute" and shelf.vocabulary is not None:
        yield shelf.vocabulary, ("attributes", name), True
    elif kind == "concern" and shelf.vocabulary is not None:
        concerns = objects(mapping(shelf.vocabulary.value).get("concerns"))
        yield from ((shelf.vocabulary, ("concerns", n, "id"), False) for n, each in concerns if each.get("id") == name)
    elif kind in ("carc", "rarc") and shelf.codes is not None:
        yield shelf.codes, (kind, name), True


def rules_named(shelf: Shelf, name: str) -> Iterator[tuple[JsonSource, Path]]:
    """Find the rules of a name, in every version; a name without its policy is one of this document."""
    policy, _, rule = name.rpartition("/")
    for text in shelf.versions(policy) if policy else filter(None, [shelf.text]):
        for index, each in objects(mapping(text.value).get("rules")):
            if each.get("id") == rule:
                yield text, ("rules", index)


def _is_named(text: JsonSource, name: str) -> bool:
    _, _, version = name.partition("@")
    return not version or mapping(text.value).get("version") == version
