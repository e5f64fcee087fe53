"""What a document is made of, for the outline of an editor: rules, facts, sets, sources, notes, lines."""

from typing import NamedTuple

from payrule.lsp.open_documents import mapping, objects
from payrule.lsp.positions import extent
from payrule.source.json_source import JsonSource, Path


class Symbol(NamedTuple):
    """A part of a document: what it is, its name, what it says, and where it begins and ends."""

    kind: str
    name: str
    detail: str
    start: int
    end: int


_NAMED = {"sources": "source", "sets": "set", "facts": "fact", "attributes": "attribute"}
_LISTED = {
    "rules": ("rule", "id", "summary"),
    "notes": ("note", "text", "reason"),
    "concerns": ("concern", "id", "summary"),
}


def symbols(text: JsonSource) -> tuple[Symbol, ...]:
    """List the parts of a document in their order.

    >>> from payrule.source.json_source import scan
    >>> text = scan('{"rules": [{"id": "r", "summary": "s"}], "sets": {"a": []}}')
    >>> [(each.kind, each.name) for each in symbols(text)]
    [('rule', 'r'), ('set', 'a')]
    """
    value = mapping(text.value)
    found: list[Symbol] = []
    for key, kind in _NAMED.items():
        found += [_symbol(text, (key, name), kind, name, each) for name, each in mapping(value.get(key)).items()]
    for key, (kind, name, detail) in _LISTED.items():
        listed = objects(value.get(key))
        found += [_symbol(text, (key, n), kind, str(each.get(name) or kind), each.get(detail)) for n, each in listed]
    lines = objects(mapping(value.get("encounter")).get("lines"))
    found += [
        _symbol(text, ("encounter", "lines", n), "line", f"line {each.get('number')}", each.get("code"))
        for n, each in lines
    ]
    return tuple(sorted(found, key=lambda each: each.start))


def _symbol(text: JsonSource, path: Path, kind: str, name: str, said: object) -> Symbol:
    detail = said if isinstance(said, str) else str(mapping(said).get("summary") or mapping(said).get("title") or "")
    return Symbol(kind, name, detail, *extent(text, path))
