"""What a name or a rule means, in words, for the analyst whose pointer is on it. Written in Markdown."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec

from payrule.compare.parts import whole_in_words
from payrule.language.condition import parse
from payrule.language.words import form_words, sentence, value_words
from payrule.lsp.documents import OpenDocument, mapping, spot_at
from payrule.lsp.names import Reference, defined, reference_at
from payrule.model.choices import answer_in_words
from payrule.model.code_sets import CodeSet
from payrule.model.policy import Rule
from payrule.model.vocabulary import Attribute, Vocabulary
from payrule.reports.documents import entry_words, rule_words
from payrule.source.json_source import Path

_MOST = 40
"""Members of a code list that are shown."""

_UNREADABLE = (LookupError, TypeError, ValueError, AttributeError)
"""What happens when a part of a document that is being written is read as if it were whole."""


def hover(document: OpenDocument, offset: int) -> str | None:
    """Say what is at an offset: what the name there means, else the rule or definition around it; None elsewhere."""
    spot = spot_at(document.text, offset)
    if spot is None:
        return None
    reference = reference_at(spot)
    try:
        words = _named(document, reference) if reference is not None else None
        return words or _around(document, spot.path)
    except _UNREADABLE:
        return None


def _named(document: OpenDocument, reference: Reference) -> str | None:
    """Say what a name means where it is defined; None where it is defined nowhere."""
    found = next(defined(document, reference), None)
    if found is None:
        return None
    value = found.text.value
    for step in found.path:
        value = value[step]
    kind, name = reference
    if kind == "rule":
        return f"{_rule(document, value)}\n\n{found.text.value['id']}@{found.text.value['version']}"
    where = "" if found.text is document.text or found.path == () else " of the vocabulary"
    return _WORDS[kind](name, value, where)


def _around(document: OpenDocument, path: Path) -> str | None:
    """Say the rule, the definition or the quota that a path is part of."""
    if path[:1] == ("rules",) and len(path) > 1:
        return _rule(document, mapping(document.value["rules"][path[1]]))
    if path[:1] in (("facts",), ("quotas",)) and len(path) > 1:
        return _named(document, Reference("fact" if path[0] == "facts" else "quota", str(path[1])))
    return None


def _rule(document: OpenDocument, rule: dict[str, Any]) -> str:
    vocabulary = None
    with suppress(msgspec.ValidationError):
        vocabulary = msgspec.convert(document.words, Vocabulary)
    lines = [line.strip() for line in rule_words(msgspec.convert(rule, Rule), vocabulary)]
    return "\n\n".join([f"**{lines[0]}**", *lines[1:]])


def _set(name: str, found: Any, where: str) -> str:
    if isinstance(found, dict):
        lines = [f"- {each}" for each in entry_words(msgspec.convert(found, CodeSet))]
        lines = [*lines[:_MOST], f"- and {len(lines) - _MOST} more"] if len(lines) > _MOST else lines
        return "\n".join([f"**code list `@{name}`**: {found['title']}", "", *lines])
    more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return f"**code list `@{name}`**{where}: {value_words(found[:_MOST])}{more}"


def _attribute(name: str, found: Any, _where: str) -> str:
    attribute = msgspec.convert(found, Attribute)
    words = [f"**`{name}`**: {attribute.summary}"]
    words.append(f"{'several values' if attribute.many else 'one value'}, {attribute.type}")
    if attribute.values:
        words.append(f"one of {', '.join(f'`{each}`' for each in attribute.values)}")
    if attribute.computation is not None:
        words.append(f"{form_words(attribute.computation)}, unless the claim gives it")
    elif attribute.derived:
        words.append("computed from the claim")
    return "\n\n".join(words)


def _concern(name: str, found: Any, _where: str) -> str:
    values = [f"- `{each['value']}` ({_EFFECTS[each['effect']]}): {each['summary']}" for each in found["values"]]
    return "\n".join([f"**edit category `{name}`**: {found['summary']} {_SETTLED[found['settled']]}", "", *values])


_EFFECTS = {
    "denied": answer_in_words("denied", None),
    "returned": answer_in_words("returned", None),
    "reduced": "pays the line in part",
    "affirmative": "supports payment",
    "neutral": "changes nothing",
}
_SETTLED = {
    "ranked": "Of policies that disagree, the one with precedence decides.",
    "cumulative": "Every policy that denies or returns the line counts.",
}


def _code(name: str, found: Any) -> str:
    dates = [f"{word} {found[key]}" for key, word in (("start", "from"), ("end", "until")) if found.get(key)]
    return f"**{name}**: {found['wording']}" + (f" ({', '.join(dates)})" if dates else "")


_WORDS: dict[str, Callable[[str, Any, str], str]] = {
    "set": _set,
    "fact": lambda name, found, where: (
        f"**definition `{name}`**{where}: {found['summary']}\n\nwhen: {sentence(parse(found['when']))}"
    ),
    "quota": lambda name, found, _: f"**quota `{name}`**: {found['summary']}\n\n{whole_in_words(found)}",
    "source": lambda name, found, _: f"**source `{name}`**: {found['title']}",
    "attribute": _attribute,
    "concern": _concern,
    "carc": lambda name, found, _: _code(f"CARC {name}", found),
    "rarc": lambda name, found, _: _code(f"RARC {name}", found),
    "policy": lambda name, found, _: f"**{name}**: {found['title']}",
    "payer": lambda name, found, _: f"**{name}**: {found['title']}",
}
"""What is said of a name, of what is defined by it, and of where that is."""
