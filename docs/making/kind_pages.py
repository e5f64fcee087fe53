"""A page for each kind of document, made from its schema: every key, what it takes, what it means, and an example."""

import json
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, get_args

from docs.making.markdown import anchor, code, page, table

from payrule.fmt import formatted
from payrule.model.choices import WITHOUT_WORDS, SchemaName
from payrule.model.schema_messages import KINDS
from payrule.model.schema_validator import schema
from payrule.source.files import shipped

Schema = dict[str, Any]

_SHORT = 60
"""Characters of an example that stands beside the meaning of its key."""


KINDS_OF_DOCUMENT: tuple[SchemaName, ...] = tuple(
    kind for kind in get_args(SchemaName) if (shipped("schemas") / f"{kind}.schema.json").exists()
)
"""What has a schema by itself."""

_ELSEWHERE = {schema(kind)["title"]: kind for kind in KINDS_OF_DOCUMENT}
"""Kinds of document by their title: one that stands within another is told on its own page."""


def pages() -> dict[str, str]:
    """Make the text of every page, by the name of its file.

    >>> "payer.md" in pages()
    True
    """
    texts = {
        f"{kind}.md": page(f"`schemas/{kind}.schema.json`", _page(kind, schema(kind))) for kind in KINDS_OF_DOCUMENT
    }
    return texts | {"index.md": page("the schemas in `schemas/`", _index())}


def _index() -> Iterator[str]:
    yield from (
        "# Kinds of document",
        "",
        "Every key of every document. [The language](../language.md) says what they mean",
    )
    yield from ("together.", "")
    rows = ((f"[{schema(kind)['title']}]({kind}.md)", schema(kind)["description"]) for kind in KINDS_OF_DOCUMENT)
    yield from table(("kind", "is"), rows)


def _page(kind: str, root: Schema) -> Iterator[str]:
    found = sections(root)
    yield from (f"# {root['title']}", "", f"{root['description']}.", "")
    words = "" if kind in WITHOUT_WORDS else ", with the names and values of your vocabulary"
    yield f"`payrule schema {kind}` prints its schema{words}."
    for title, described in found.items():
        yield from ("", f"## {title}" if described is not root else "## Keys")
        if described is not root:
            yield from ("", f"{described['description'].removesuffix('.')}.")
        yield from ("", *table(("key", "takes", "means"), _rows(described, root)))
        for example in described.get("examples", [])[:1]:
            yield from ("", "```json", formatted(example).rstrip(), "```")


def sections(root: Schema) -> dict[str, Schema]:
    """List the groups of keys of a kind of document by their titles, in the order in which they are met.

    Groups of one title are variants of one thing, and told as one, with the keys of all.

    >>> list(sections(schema("payer")))[:4]
    ['Payer', 'Accepted conflict', 'Group of remittance codes', 'Table of regions']
    """
    found: dict[str, Schema] = {}
    waiting = deque([(str(root["title"]), root)])
    seen: list[Schema] = []
    while waiting:
        title, described = waiting.popleft()
        if any(described is each for each in seen):
            continue
        seen.append(described)
        if title not in found:
            found[title] = described
        else:
            told = found[title]["properties"]
            found[title] = found[title] | {"properties": told | (described["properties"] | told)}
        waiting += ((titled, each) for titled, each in _groups(described, root))
    return found


def _groups(described: Schema, root: Schema) -> Iterator[tuple[str, Schema]]:
    """List the groups that the values of a group are, or hold, with their titles; a group without one has its key's."""
    for key, value in _values(described):
        for held in _parts(value, root):
            if "properties" in held and held.get("title") not in _ELSEWHERE:
                yield held.get("title", f"`{key}`"), held


def _parts(described: Schema, root: Schema) -> Iterator[Schema]:
    """List what a value is, and what the lists and maps in it hold."""
    held = _target(described, root)
    yield held
    for inner in ("items", "additionalProperties"):
        if isinstance(held.get(inner), dict):
            yield from _parts(held[inner], root)


def _values(described: Schema) -> Iterator[tuple[str, Schema]]:
    yield from described.get("properties", {}).items()
    yield from described.get("patternProperties", {}).items()


def _target(described: Schema, root: Schema) -> Schema:
    named = described.get("$ref")
    target: Schema = root["$defs"][named.removeprefix("#/$defs/")] if named else described
    return target


def _rows(described: Schema, root: Schema) -> Iterator[tuple[str, str, str]]:
    needed = described.get("required", ())
    for key, value in described["properties"].items():
        must = " (required)" if key in needed else ""
        yield f"`{key}`{must}", _takes(key, value, root), _means(_target(value, root) | value)
    for value in list(described.get("patternProperties", {}).values())[:1]:
        yield "an attribute", _takes("", value, root), "A test of the value of that attribute."


def _means(described: Schema) -> str:
    text = f"{described['description'].removesuffix('.')}."
    if "default" in described:
        text += f" Default: {_written(described['default'])}."
    shown = [_written(example) for example in described.get("examples", ())]
    short = [each for each in shown if len(each) <= _SHORT and "const" not in described]
    return f"{text} Example: {' or '.join(short)}." if short else text


def _written(value: Any) -> str:
    return code(json.dumps(value, ensure_ascii=False))


def _takes(key: str, described: Schema, root: Schema) -> str:
    """Say in words what a key takes, by the first words that fit."""
    held = _target(described, root)
    kinds = held.get("type", [])
    value = _Value(key, held, [kinds] if isinstance(kinds, str) else [each for each in kinds if each != "null"], root)
    said = next(filter(None, (words(value) for words in _WORDS)))
    comma = "," if "array" in kinds else ""
    return f"{said}{comma} or `null`" if "null" in kinds and "enum" not in held else said


class _Value(NamedTuple):
    """What a key takes: its schema, the kinds of value that this allows, and the schema of the whole document."""

    key: str
    held: Schema
    kinds: list[str]
    root: Schema


def _choice(value: _Value) -> str:
    *others, last = [_written(each) for each in value.held.get("enum", [value.held.get("const")])]
    return f"{', '.join(others)} or {last}" if others else last if "const" in value.held else ""


def _group(value: _Value) -> str:
    if "properties" not in value.held:
        return ""
    title = value.held.get("title", f"`{value.key}`")
    place = f"{_ELSEWHERE[title]}.md" if title in _ELSEWHERE else f"#{anchor(title)}"
    return f"[{title}]({place}){', or a list of these' if 'array' in value.kinds else ''}"


def _several(value: _Value) -> str:
    if value.kinds != ["array"] or "items" not in value.held:
        return ""
    return f"a list, each item {_takes(value.key, value.held['items'], value.root)}"


def _named(value: _Value) -> str:
    each = value.held.get("additionalProperties")
    return f"names, each with {_takes(value.key, each, value.root)}" if isinstance(each, dict) else ""


def _date(value: _Value) -> str:
    return "a date" if value.held.get("format") == "date" else ""


def _plain(value: _Value) -> str:
    kinds = " or ".join(KINDS[kind] for kind in value.kinds)
    return value.held.get("x-kind") or value.held.get("x-expected") or kinds or "any value"


_WORDS: tuple[Callable[[_Value], str], ...] = (_choice, _group, _several, _named, _date, _plain)
"""Ways to say what a key takes, the most telling first; each gives nothing where it does not fit."""
