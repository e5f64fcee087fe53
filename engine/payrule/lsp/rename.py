"""Rename a rule, in the policy that has it and wherever examples and payers speak of it."""

import re
from collections.abc import Iterator

from payrule.lsp.definitions import reference_at
from payrule.lsp.open_documents import Shelf, mapping, objects
from payrule.lsp.positions import Place, Spot, place_of, spot_at, spot_of
from payrule.scaffold.scaffold import NAME
from payrule.source.diagnostics import RequestError
from payrule.source.json_source import JsonSource

SETTLED = frozenset({"in-force", "retired"})
"""Versions that are never changed."""


def renamable(shelf: Shelf, offset: int) -> Spot | None:
    """Give the spot of a rule's name; None where there is none, for nothing else is renamed."""
    spot = spot_at(shelf.text, offset) if shelf.text is not None else None
    reference = reference_at(spot) if spot is not None else None
    return spot if reference is not None and reference.kind == "rule" else None


def renamed(shelf: Shelf, offset: int, name: str) -> dict[Place, str]:
    """Say what to write where so that a rule bears another name.

    Where a version that is never changed has the rule too, examples and payers speak of that one, and keep its name.

    Raises RequestError when the name cannot be given, or the rule stands only where nothing is changed.
    """
    spot = renamable(shelf, offset)
    if spot is None:
        return {}
    policy, _, old = str(spot.value).rpartition("/")
    policy = policy or str(shelf.value.get("id"))
    name = name.rpartition("/")[2]
    having = [each for each in shelf.versions(policy) if old in _rules(each)]
    open_to_change = [each for each in having if mapping(each.value).get("status") not in SETTLED]
    _refuse(policy, old, name, having, open_to_change)
    places = [place for text in open_to_change for place in _in_policy(text, old)]
    if len(open_to_change) == len(having):
        places += [
            place for text in (*shelf.examples, *shelf.payers) for place in _whole_names(text, f"{policy}/{old}")
        ]
    return dict.fromkeys(places, name)


def _refuse(policy: str, old: str, name: str, having: list[JsonSource], changing: list[JsonSource]) -> None:
    if re.fullmatch(NAME, name) is None:
        help_text = "write lower-case words joined by hyphens"
        raise RequestError.of("bad-name", f"`{name}` is no name for a rule", help_text)
    if not changing:
        message = f"`{policy}/{old}` stands only in versions that are in force or retired, which are never changed"
        raise RequestError.of("version-settled", message, f"make the next one first: `payrule new version {policy}`")
    if any(name in _rules(each) for each in having):
        raise RequestError.of("rule-exists", f"there is a rule `{name}` already", "give another name")


def _rules(text: JsonSource) -> list[object]:
    return [each.get("id") for _, each in objects(mapping(text.value).get("rules"))]


def _in_policy(text: JsonSource, old: str) -> Iterator[Place]:
    for path, value in _texts(text):
        reference = reference_at(value)
        if reference is not None and reference.kind == "rule" and value.value == old:
            yield from _letters(text, path, value, 0)


def _whole_names(text: JsonSource, whole: str) -> Iterator[Place]:
    for path, value in _texts(text):
        reference = reference_at(value)
        if reference is not None and reference.kind == "rule" and value.value == whole:
            yield from _letters(text, path, value, whole.index("/") + 1)


def _letters(text: JsonSource, path: tuple[str | int, ...], spot: Spot, skipped: int) -> Iterator[Place]:
    """Give the letters of a name, without its quotation marks and without the policy before it."""
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
