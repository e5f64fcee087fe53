"""What a name or a rule means, in words, for the analyst whose pointer is on it. Written in Markdown."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import msgspec

from payrule.language.condition import parse
from payrule.language.words import sentence, value_words
from payrule.lsp.documents import OpenDocument, mapping, objects, spot_at
from payrule.lsp.names import reference_at, rules_named
from payrule.model.choices import answer_in_words
from payrule.model.policy import Rule
from payrule.model.vocabulary import Attribute, Vocabulary
from payrule.reports.documents import rule_words
from payrule.source.json_source import JsonSource, Path

_MOST = 40
"""Members of a code list that are shown."""

_UNREADABLE = (LookupError, TypeError, ValueError, AttributeError)
"""What happens when a part of a document that is being written is read as if it were whole."""


def hover(document: OpenDocument, offset: int) -> str | None:
    """Say what is at an offset: what the name there means, else the rule or definition around it; None elsewhere."""
    spot = spot_at(document.text, offset) if document.text is not None else None
    if spot is None:
        return None
    reference = reference_at(spot)
    try:
        words = _WORDS[reference.kind](document, reference.name) if reference is not None else None
        return words or _around(document, spot.path)
    except _UNREADABLE:
        return None


def _around(document: OpenDocument, path: Path) -> str | None:
    """Say the rule or the definition that a path is part of."""
    if path[:1] == ("rules",) and len(path) > 1:
        return _rule(document, mapping(document.value["rules"][path[1]]))
    if path[:1] == ("facts",) and len(path) > 1:
        return _fact(document, str(path[1]))
    return None


def _rule(document: OpenDocument, rule: dict[str, Any]) -> str:
    vocabulary = None
    with suppress(msgspec.ValidationError):
        vocabulary = msgspec.convert(document.words, Vocabulary)
    lines = [line.strip() for line in rule_words(msgspec.convert(rule, Rule), vocabulary)]
    return "\n\n".join([f"**{lines[0]}**", *lines[1:]])


def _rule_named(document: OpenDocument, name: str) -> str | None:
    found = next(rules_named(document, name), None)
    if found is None:
        return None
    text, (_, index) = found
    return f"{_rule(document, text.value['rules'][index])}\n\n{text.value['id']}@{text.value['version']}"


def _fact(document: OpenDocument, name: str) -> str | None:
    found, where = _lookup(document, "facts", name)
    if found is None:
        return None
    return f"**definition `{name}`**{where}: {found['summary']}\n\nwhen: {sentence(parse(found['when']))}"


def _set(document: OpenDocument, name: str) -> str | None:
    found, where = _lookup(document, "sets", name)
    if found is None:
        return None
    more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return f"**code list `@{name}`**{where}: {value_words(found[:_MOST])}{more}"


def _source(document: OpenDocument, name: str) -> str | None:
    found = mapping(document.value.get("sources")).get(name)
    return None if found is None else f"**source `{name}`**: {found['title']}"


def _attribute(document: OpenDocument, name: str) -> str | None:
    found = mapping(document.words.get("attributes")).get(name)
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


def _concern(document: OpenDocument, name: str) -> str | None:
    found = next((each for _, each in objects(document.words.get("concerns")) if each.get("id") == name), None)
    if found is None:
        return None
    values = [f"- `{each['value']}` ({_EFFECTS[each['effect']]}): {each['summary']}" for each in found["values"]]
    return "\n".join([f"**edit category `{name}`**: {found['summary']} {_SETTLED[found['settled']]}", "", *values])


_EFFECTS = {
    "denied": answer_in_words("denied", None),
    "returned": answer_in_words("returned", None),
    "affirmative": "supports payment",
    "neutral": "changes nothing",
}
_SETTLED = {
    "ranked": "Of policies that disagree, the one with precedence decides.",
    "cumulative": "Every policy that denies or returns the line counts.",
}


def _code(kind: str) -> Callable[[OpenDocument, str], str | None]:
    def words(document: OpenDocument, name: str) -> str | None:
        listed = mapping(document.codes.value).get(kind) if document.codes is not None else None
        found = mapping(listed).get(name)
        if found is None:
            return None
        dates = [f"{word} {found[key]}" for key, word in (("start", "from"), ("end", "until")) if found.get(key)]
        return f"**{kind.upper()} {name}**: {found['wording']}" + (f" ({', '.join(dates)})" if dates else "")

    return words


def _titled(
    documents: Callable[[OpenDocument, str], tuple[JsonSource, ...]],
) -> Callable[[OpenDocument, str], str | None]:
    def words(document: OpenDocument, name: str) -> str | None:
        found = next((each.value for each in documents(document, name) if mapping(each.value).get("id") == name), None)
        return None if found is None else f"**{name}**: {found['title']}"

    return words


def _lookup(document: OpenDocument, key: str, name: str) -> tuple[Any, str]:
    """Find a code list or a definition, and say where it is from."""
    own = mapping(document.value.get(key))
    return (own[name], "") if name in own else (mapping(document.words.get(key)).get(name), " of the vocabulary")


_WORDS: dict[str, Callable[[OpenDocument, str], str | None]] = {
    "set": _set,
    "fact": _fact,
    "rule": _rule_named,
    "source": _source,
    "attribute": _attribute,
    "concern": _concern,
    "carc": _code("carc"),
    "rarc": _code("rarc"),
    "policy": _titled(lambda document, name: document.versions(name)),
    "payer": _titled(lambda document, _: document.payers),
}
