"""Where a name is defined: go to definition."""

from collections.abc import Iterator

from payrule.documents.places import Path, Text
from payrule.editor.references import Reference, reference_at
from payrule.editor.shelf import Shelf, mapping, objects
from payrule.editor.spots import Place, place_of, spot_at


def definitions(shelf: Shelf, offset: int) -> tuple[Place, ...]:
    """Say where what stands at an offset is defined; nowhere when it is no name, or names nothing."""
    spot = spot_at(shelf.text, offset) if shelf.text is not None else None
    reference = reference_at(spot) if spot is not None else None
    return defined(shelf, reference) if reference is not None else ()


def defined(shelf: Shelf, reference: Reference) -> tuple[Place, ...]:
    """Say where a name is defined; a policy's own set or fact comes before the vocabulary's."""
    found = (place_of(text, path, key=key) for text, path, key in _defined(shelf, reference))
    return tuple(place for place in found if place is not None)


def _defined(shelf: Shelf, reference: Reference) -> Iterator[tuple[Text, Path, bool]]:
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


def rules_named(shelf: Shelf, name: str) -> Iterator[tuple[Text, Path]]:
    """Find the rules of a name, in every version; a name without its policy is one of this document."""
    policy, _, rule = name.rpartition("/")
    for text in shelf.versions(policy) if policy else filter(None, [shelf.text]):
        for index, each in objects(mapping(text.value).get("rules")):
            if each.get("id") == rule:
                yield text, ("rules", index)


def _is_named(text: Text, name: str) -> bool:
    _, _, version = name.partition("@")
    return not version or mapping(text.value).get("version") == version
