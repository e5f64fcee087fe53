"""What a name or a rule means, in words, for the analyst whose pointer rests on it. Written in Markdown."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from payrule.language.condition import parse
from payrule.language.words import sentence, value_words
from payrule.lsp.definitions import reference_at, rules_named
from payrule.lsp.open_documents import Shelf, mapping, objects
from payrule.lsp.positions import spot_at
from payrule.model.policy import Rule
from payrule.model.vocabulary import Attribute
from payrule.reports.document_words import rule_words
from payrule.source.json_source import JsonSource, Path

_MOST = 40
"""Members of a set that are listed."""

_UNREADABLE = (LookupError, TypeError, ValueError, AttributeError)
"""What happens when a part of a document that is being written is read as if it were whole."""


def hover(shelf: Shelf, offset: int) -> str | None:
    """Say what stands at an offset: what the name there means, else the rule or fact around it; None elsewhere."""
    spot = spot_at(shelf.text, offset) if shelf.text is not None else None
    if spot is None:
        return None
    reference = reference_at(spot)
    try:
        said = _SAID[reference.kind](shelf, reference.name) if reference is not None else None
        return said or _around(shelf, spot.path)
    except _UNREADABLE:
        return None


def _around(shelf: Shelf, path: Path) -> str | None:
    """Say the rule or the fact that a path is part of."""
    if path[:1] == ("rules",) and len(path) > 1:
        return _rule(mapping(shelf.value["rules"][path[1]]))
    if path[:1] == ("facts",) and len(path) > 1:
        return _fact(shelf, str(path[1]))
    return None


def _rule(rule: dict[str, Any]) -> str:
    lines = [line.strip() for line in rule_words(msgspec.convert(rule, Rule))]
    return "\n\n".join([f"**{lines[0]}**", *lines[1:]])


def _rule_named(shelf: Shelf, name: str) -> str | None:
    found = next(rules_named(shelf, name), None)
    if found is None:
        return None
    text, (_, index) = found
    return f"{_rule(text.value['rules'][index])}\n\n{text.value['id']}@{text.value['version']}"


def _fact(shelf: Shelf, name: str) -> str | None:
    found, where = _lookup(shelf, "facts", name)
    if found is None:
        return None
    return f"**fact `{name}`**{where}: {found['summary']}\n\nwhen {sentence(parse(found['when']))}"


def _set(shelf: Shelf, name: str) -> str | None:
    found, where = _lookup(shelf, "sets", name)
    if found is None:
        return None
    more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return f"**set `@{name}`**{where}: {value_words(found[:_MOST])}{more}"


def _source(shelf: Shelf, name: str) -> str | None:
    found = mapping(shelf.value.get("sources")).get(name)
    return None if found is None else f"**source `{name}`**: {found['title']}"


def _attribute(shelf: Shelf, name: str) -> str | None:
    found = mapping(_words(shelf).get("attributes")).get(name)
    if found is None:
        return None
    attribute = msgspec.convert(found, Attribute)
    return "\n\n".join([f"**`{name}`**: {attribute.summary}", *_holds(attribute)])


def _holds(attribute: Attribute) -> Iterator[str]:
    yield f"{'several values' if attribute.many else 'one value'}, {attribute.type}"
    if attribute.values:
        yield f"one of {', '.join(f'`{each}`' for each in attribute.values)}"
    if attribute.derived:
        yield "computed from the claim"


def _concern(shelf: Shelf, name: str) -> str | None:
    found = next((each for _, each in objects(_words(shelf).get("concerns")) if each.get("id") == name), None)
    if found is None:
        return None
    values = [f"- `{each['value']}` ({each['effect']}): {each['summary']}" for each in found["values"]]
    return "\n".join([f"**concern `{name}`** ({found['settled']}): {found['summary']}", "", *values])


def _code(kind: str) -> Callable[[Shelf, str], str | None]:
    def said(shelf: Shelf, name: str) -> str | None:
        listed = mapping(shelf.codes.value).get(kind) if shelf.codes is not None else None
        found = mapping(listed).get(name)
        if found is None:
            return None
        dates = [f"{word} {found[key]}" for key, word in (("start", "from"), ("end", "until")) if found.get(key)]
        return f"**{kind.upper()} {name}**: {found['wording']}" + (f" ({', '.join(dates)})" if dates else "")

    return said


def _titled(documents: Callable[[Shelf, str], tuple[JsonSource, ...]]) -> Callable[[Shelf, str], str | None]:
    def said(shelf: Shelf, name: str) -> str | None:
        found = next((each.value for each in documents(shelf, name) if mapping(each.value).get("id") == name), None)
        return None if found is None else f"**{name}**: {found['title']}"

    return said


def _lookup(shelf: Shelf, key: str, name: str) -> tuple[Any, str]:
    """Find a set or a fact, and say where it is from."""
    own = mapping(shelf.value.get(key))
    return (own[name], "") if name in own else (mapping(_words(shelf).get(key)).get(name), " of the vocabulary")


def _words(shelf: Shelf) -> dict[str, Any]:
    return mapping(shelf.vocabulary.value) if shelf.vocabulary is not None else {}


_SAID: dict[str, Callable[[Shelf, str], str | None]] = {
    "set": _set,
    "fact": _fact,
    "rule": _rule_named,
    "source": _source,
    "attribute": _attribute,
    "concern": _concern,
    "carc": _code("carc"),
    "rarc": _code("rarc"),
    "policy": _titled(lambda shelf, name: shelf.versions(name)),
    "payer": _titled(lambda shelf, _: shelf.payers),
}
