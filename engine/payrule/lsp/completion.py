"""What can be written where the cursor is in a document, whether or not it is JSON at that moment."""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from payrule.language.condition import CONNECTIVES
from payrule.language.counting import LINES
from payrule.language.words import WINDOWS
from payrule.lsp.documents import OpenDocument, mapping, objects
from payrule.model.schema_validator import schema
from payrule.model.value_schema import BY_KEY, operators_for
from payrule.model.vocabulary import Attribute
from payrule.source.json_source import JsonSource


class Context(NamedTuple):
    """The keys around the cursor, from the outside; whether a key is due; what is written of the text it is in.

    `written` is None outside of a text.
    """

    keys: tuple[str, ...]
    is_key: bool
    written: str | None


_parts = re.compile(r'"(?P<text>(?:[^"\\\n]|\\.)*)(?P<closed>")?|[{}\[\],:]')


def context_at(before: str) -> Context:
    """Read what is before the cursor.

    >>> context_at('{"rules": [{"when": {"line.code": {"in": "@str')
    Context(keys=('rules', 'when', 'line.code', 'in'), is_key=False, written='@str')
    >>> context_at('{"rules": [{"when": {"li')
    Context(keys=('rules', 'when'), is_key=True, written='li')
    """
    around: list[tuple[str | None, str]] = []
    pending, key_due, last, written = None, False, "", None
    for found in _parts.finditer(before):
        mark = found.group()
        if mark in ("{", "["):
            around.append((pending, mark))
            pending, key_due = None, mark == "{"
        elif mark in ("}", "]"):
            around = around[:-1]
            pending, key_due = None, False
        elif mark == ",":
            pending, key_due = None, bool(around) and around[-1][1] == "{"
        elif mark == ":":
            pending, key_due = last, False
        elif found["closed"] is None and found.end() == len(before):
            written = found["text"]
        else:
            last = found["text"]
    keys = (*(key for key, _ in around), pending)
    return Context(tuple(key for key in keys if key is not None), key_due, written)  # places in lists have no key


class Choice(NamedTuple):
    """A word that can be written at the cursor, and what it means."""

    word: str
    meaning: str = ""


def choices(document: OpenDocument, before: str) -> tuple[Choice, ...]:
    """List what can be written after a text that ends at the cursor; only within quotation marks."""
    here = context_at(before)
    if here.written is None:
        return ()
    found = _keys(document, here) if here.is_key else _values(document, here, before)
    return tuple(dict.fromkeys(found))


def _keys(document: OpenDocument, here: Context) -> Iterator[Choice]:
    if ({"when", "pay"}.isdisjoint(here.keys) and here.keys[:1] != ("quotas",)) or here.keys == ("quotas",):
        return
    if here.keys[-1] == "quota":
        yield from _quotas(document, here)
        return
    described = _described(here.keys)
    if described:
        yield from (Choice(key, str(each.get("description", ""))) for key, each in described.items())
        return
    attribute = _attribute(document, here.keys[-1])
    if attribute is not None:
        yield from (Choice(each.key, each.words) for each in operators_for(attribute))
    else:
        yield from (Choice(name, each.summary) for name, each in CONNECTIVES.items())
        listed = mapping(document.words.get("attributes"))
        yield from (Choice(name, str(mapping(each).get("summary", ""))) for name, each in listed.items())


def _values(document: OpenDocument, here: Context, before: str) -> Iterator[Choice]:
    key = here.keys[-1] if here.keys else ""
    if key in _LISTED:
        yield from _LISTED[key](document, here)
    elif not _ASKED.isdisjoint(here.keys) and key in BY_KEY:
        yield from _operands(document, here)
    elif not _ASKED.isdisjoint(here.keys) and key == "fact":
        yield from _named(document, "facts")
    elif key in ("rule", "rules", "reasons", "overruled", "conflicts"):
        for text in document.policies:
            policy = mapping(text.value).get("id")
            yield from (Choice(f"{policy}/{each.word}", each.meaning) for each in _rules(text))
    elif key in ("carc", "rarc"):
        listed = mapping(mapping(document.codes.value).get(key))
        yield from (Choice(code, str(mapping(each).get("wording", ""))) for code, each in listed.items())
    elif key in ("payer", "tiers", "replaces", "consider"):
        documents = document.payers if key == "payer" else document.policies
        values = [mapping(each.value) for each in documents]
        yield from (Choice(str(each.get("id")), str(each.get("title"))) for each in values)
    elif key in ("concern", "value"):
        yield from _concluded(document, key, before)


_ASKED = frozenset({"when", "where"})
"""Keys above a condition."""


def _described(keys: tuple[str, ...]) -> dict[str, Any]:
    """Give the keys, as the schema describes them, of a count of lines, a quota, what is asked of one, or `pay`."""
    defined = schema("policy")["$defs"]
    found: dict[str, Any]
    if keys[0] == "quotas":
        found, below = defined["quota"], keys[2:]
    elif "pay" in keys:
        found, below = defined["conclude"]["properties"]["pay"], keys[keys.index("pay") + 1 :]
    else:
        last = max((at for at, key in enumerate(keys) if key in ("lines", "quota")), default=None)
        if last is None:
            return {}
        found = defined["lines"] if keys[last] == "lines" else defined["condition"]["properties"]["quota"]
        below = keys[last + 1 :]
    if "where" in below:
        return {}
    for key in below:
        others = found.get("additionalProperties")
        found = found.get("properties", {}).get(key) or (others if isinstance(others, dict) else {})
    properties: dict[str, Any] = found.get("properties") or found.get("items", {}).get("properties", {})
    return properties


_OF_LINES: dict[str, tuple[str, ...]] = {
    "same": (),
    "of": ("integer",),
    "highest": ("integer", "date"),
    "lowest": ("integer", "date"),
}
"""Keys that name attributes of a line, each with the types that they can have; none is any."""


def _of_lines(document: OpenDocument, here: Context) -> Iterator[Choice]:
    if here.keys[0] == "quotas" and here.keys[-1] == "of":
        yield Choice(LINES, "the number of lines")
    for name in mapping(document.words.get("attributes")):
        attribute, types = _attribute(document, name), _OF_LINES[here.keys[-1]]
        if attribute is not None and name.startswith("line.") and (not types or attribute.type in types):
            yield Choice(name, attribute.summary)


def _quotas(document: OpenDocument, _: Context) -> Iterator[Choice]:
    yield from _titled(mapping(document.value.get("quotas")))


_LISTED: dict[str, Callable[[OpenDocument, Context], Iterator[Choice]]] = {
    "window": lambda *_: (Choice(unit, words) for unit, words in WINDOWS.items() if "{}" not in words),
    "quota": _quotas,
    "overrides": lambda document, _: _rules(document.text),
    "source": lambda document, _: _titled(mapping(document.value.get("sources"))),
    **dict.fromkeys(_OF_LINES, _of_lines),
}
"""What lists the values of keys that always have the same ones."""


def _operands(document: OpenDocument, here: Context) -> Iterator[Choice]:
    """List the values of the attribute that is tested, and the code lists."""
    attribute = _attribute(document, here.keys[-2]) if len(here.keys) > 1 else None
    if attribute is not None and not (here.written or "").startswith("@"):
        yield from (Choice(value, attribute.summary) for value in attribute.values)
    if BY_KEY[here.keys[-1]].operand == "values":
        yield from (Choice(f"@{each.word}", each.meaning) for each in _named(document, "sets"))
        dated = ((name, mapping(each.value)) for name, each in document.code_sets.items())
        yield from (Choice(f"@{name}", str(each.get("title", ""))) for name, each in dated)


def _concluded(document: OpenDocument, key: str, before: str) -> Iterator[Choice]:
    """List edit categories, or the values of the one that was written last."""
    concerns = [each for _, each in objects(document.words.get("concerns"))]
    if key == "concern":
        yield from (Choice(str(each.get("id")), str(each.get("summary"))) for each in concerns)
        return
    _, _, after = before.rpartition('"concern"')
    for concern in concerns:
        if f'"{concern.get("id")}"' in after:
            values = [each for _, each in objects(concern.get("values"))]
            yield from (Choice(str(each.get("value")), str(each.get("summary"))) for each in values)


def _named(document: OpenDocument, key: str) -> Iterator[Choice]:
    """List code lists or definitions: those of this document, then the vocabulary's."""
    yield from _titled(mapping(document.value.get(key)))
    yield from _titled(mapping(document.words.get(key)))


def _titled(listed: dict[str, Any]) -> Iterator[Choice]:
    for name, each in listed.items():
        members = ", ".join(map(str, each)) if isinstance(each, list) else ""
        yield Choice(name, str(mapping(each).get("summary") or mapping(each).get("title") or members))


def _rules(text: JsonSource) -> Iterator[Choice]:
    rules = objects(mapping(text.value).get("rules"))
    yield from (Choice(str(each.get("id")), str(each.get("summary", ""))) for _, each in rules)


def _attribute(document: OpenDocument, name: str) -> Attribute | None:
    found = mapping(document.words.get("attributes")).get(name)
    try:
        return None if found is None else msgspec.convert(found, Attribute)
    except msgspec.ValidationError:
        return None
