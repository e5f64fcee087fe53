"""What a place in a document names, where that is defined, and how a rule is renamed everywhere."""

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from payrule.lsp.documents import OpenDocument, Place, Spot, mapping, objects, place_of, spot_at, spot_of
from payrule.scaffold.rulebase import free_name
from payrule.source.diagnostics import RequestError
from payrule.source.json_source import JsonSource, Path

Kind = Literal["set", "fact", "rule", "source", "policy", "payer", "concern", "attribute", "carc", "rarc"]


class Reference(NamedTuple):
    """A name and what it names; a rule's is `policy/rule`, or `rule` within its own policy."""

    kind: Kind
    name: str


def reference_at(spot: Spot) -> Reference | None:
    """Say what a spot names, be it used or defined there.

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


def definitions(document: OpenDocument, offset: int) -> tuple[Place, ...]:
    """Say where the name at an offset is defined; nowhere when it is no name, or names nothing."""
    spot = spot_at(document.text, offset) if document.text is not None else None
    reference = reference_at(spot) if spot is not None else None
    if reference is None:
        return ()
    found = (place_of(text, path, key=key) for text, path, key in _defined(document, reference))
    return tuple(place for place in found if place is not None)


def _defined(document: OpenDocument, reference: Reference) -> Iterator[tuple[JsonSource, Path, bool]]:
    """Find where a name is defined; a policy's own code list or definition comes before the vocabulary's."""
    kind, name = reference
    if kind in ("set", "fact", "source"):
        for text in (document.text, document.vocabulary):
            if text is not None and name in mapping(mapping(text.value).get(f"{kind}s")):
                yield text, (f"{kind}s", name), True
                return
    elif kind == "rule":
        yield from ((text, (*path, "id"), False) for text, path in rules_named(document, name))
    elif kind == "policy":
        yield from (
            (text, ("id",), False) for text in document.versions(name.partition("@")[0]) if _is_named(text, name)
        )
    elif kind == "payer":
        yield from ((text, ("id",), False) for text in document.payers if mapping(text.value).get("id") == name)
    elif kind == "attribute" and document.vocabulary is not None:
        yield document.vocabulary, ("attributes", name), True
    elif kind == "concern" and document.vocabulary is not None:
        concerns = objects(mapping(document.vocabulary.value).get("concerns"))
        yield from (
            (document.vocabulary, ("concerns", n, "id"), False) for n, each in concerns if each.get("id") == name
        )
    elif kind in ("carc", "rarc") and document.codes is not None:
        yield document.codes, (kind, name), True


def rules_named(document: OpenDocument, name: str) -> Iterator[tuple[JsonSource, Path]]:
    """Find the rules of a name, in every version; a name without its policy is one of this document."""
    policy, _, rule = name.rpartition("/")
    for text in document.versions(policy) if policy else filter(None, [document.text]):
        for index, each in objects(mapping(text.value).get("rules")):
            if each.get("id") == rule:
                yield text, ("rules", index)


def _is_named(text: JsonSource, name: str) -> bool:
    _, _, version = name.partition("@")
    return not version or mapping(text.value).get("version") == version


SETTLED = frozenset({"in-force", "retired"})
"""Versions that are never changed."""


def renamable(document: OpenDocument, offset: int) -> Spot | None:
    """Give the spot of a rule's name; None where there is none, for nothing else is renamed."""
    spot = spot_at(document.text, offset) if document.text is not None else None
    reference = reference_at(spot) if spot is not None else None
    return spot if reference is not None and reference.kind == "rule" else None


def renamed(document: OpenDocument, offset: int, name: str) -> dict[Place, str]:
    """Say what to write where so that a rule has another name.

    Where a version that is never changed has the rule too, examples and payers mean that one, and keep its name.

    Raises RequestError when the name cannot be given, or the rule is only in versions that are never changed.
    """
    spot = renamable(document, offset)
    if spot is None:
        return {}
    policy, _, old = str(spot.value).rpartition("/")
    policy = policy or str(document.value.get("id"))
    name = name.rpartition("/")[2]
    having = [each for each in document.versions(policy) if old in _rules(each)]
    open_to_change = [each for each in having if mapping(each.value).get("status") not in SETTLED]
    _refuse(policy, old, name, having, open_to_change)
    places = [place for text in open_to_change for place in _uses(text, old)]
    if len(open_to_change) == len(having):
        places += [place for text in (*document.examples, *document.payers) for place in _uses(text, f"{policy}/{old}")]
    return dict.fromkeys(places, name)


def _refuse(policy: str, old: str, name: str, having: list[JsonSource], changing: list[JsonSource]) -> None:
    free_name("rule", name, any(name in _rules(each) for each in having))
    if not changing:
        message = f"`{policy}/{old}` is only in versions that are in force or retired, which are never changed"
        raise RequestError.of("version-settled", message, f"make the next one first: `payrule new version {policy}`")


def _rules(text: JsonSource) -> list[object]:
    return [each.get("id") for _, each in objects(mapping(text.value).get("rules"))]


def _uses(text: JsonSource, name: str) -> Iterator[Place]:
    """List where a text has a rule's name, with or without its policy."""
    for path, value in _texts(text):
        reference = reference_at(value)
        if reference is not None and reference.kind == "rule" and value.value == name:
            yield from _letters(text, path, value, name.find("/") + 1)


def _letters(text: JsonSource, path: tuple[str | int, ...], spot: Spot, skipped: int) -> Iterator[Place]:
    """Give the range of a name, without its quotation marks and without the policy before it."""
    place = place_of(text, path, key=spot.is_key)
    if place is not None:
        start, end = spot.inner
        yield Place(place.file, start + skipped, end)


def _texts(text: JsonSource) -> Iterator[tuple[tuple[str | int, ...], Spot]]:
    """List the keys and the plain values of a document."""
    for is_key, table in ((True, text.keys), (False, text.offsets)):
        for path in table:
            spot = spot_of(text, path, key=is_key)
            if spot is not None and isinstance(spot.value, str):
                yield path, spot
