"""Compare the named parts of two documents: which were added, removed, renamed, and which keys of them changed."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import msgspec

from payrule.documents.differences import Edit, EditOf
from payrule.language.words import sentence

Area = Literal["rules", "text"]
Parts = dict[str, "Part"]

_KEYS: dict[str, dict[str, Area]] = {
    "rule": {
        "when": "rules",
        "conclude": "rules",
        "overrides": "rules",
        "remittance": "rules",
        "summary": "text",
        "cites": "text",
        "advice": "text",
        "interpretation": "text",
    },
    "fact": {"when": "rules", "summary": "text", "cites": "text", "interpretation": "text"},
    "note": {"text": "text", "reason": "text", "cites": "text"},
    "source": {"title": "text", "file": "text"},
    "set": {"members": "rules"},
    "concern": {"settled": "rules", "values": "rules", "summary": "text"},
    "remittance-code": {"wording": "text", "start": "text", "end": "text", "needs_rarc": "text"},
    "attribute": {
        "type": "rules",
        "many": "rules",
        "values": "rules",
        "pattern": "rules",
        "minimum": "rules",
        "maximum": "rules",
        "default": "rules",
        "derived": "rules",
        "required": "rules",
        "summary": "text",
        "example": "text",
    },
}
"""The keys of each kind of part, and whether they can reach an answer."""

_SETS = frozenset({"members", "overrides"})
"""Keys of which only what was lost and gained is told."""

_MEANING = {"rule": ("when", "conclude"), "fact": ("when",), "set": ("members",)}
"""What a part of another name must have in common with one that is gone, to be taken for it."""


class Part(msgspec.Struct, frozen=True):
    """A named part of a document: its values by key, and the area of each key."""

    of: EditOf
    name: str
    values: dict[str, Any]
    areas: Mapping[str, Area]


def parts(of: EditOf, named: Mapping[str, Any]) -> Parts:
    """Take parts of one kind, by name, as canonical JSON values; a list is the members of a set."""
    keys = _KEYS[of]
    found = {name: {"members": each} if isinstance(each, list) else each for name, each in named.items()}
    return {name: Part(of, name, {key: each.get(key) for key in keys}, keys) for name, each in found.items()}


def part_edits(document: str, old: Parts, new: Parts) -> Iterator[Edit]:
    """List the edits between the parts of two documents."""
    renamed = _renamed(old, new)
    for name in sorted({*old, *new}):
        if name in renamed.values():
            continue
        if name in renamed:
            area: Area = "text" if old[name].of in _MEANING else "rules"
            here = Edit(kind="renamed", area=area, document=document, of=old[name].of, name=renamed[name])
            yield msgspec.structs.replace(here, before=name, after=renamed[name])
            yield from _changed(document, old[name], new[renamed[name]], renamed)
        elif name not in new:
            yield _whole("removed", document, old[name])
        elif name not in old:
            yield _whole("added", document, new[name])
        else:
            yield from _changed(document, old[name], new[name], renamed)


def _renamed(old: Parts, new: Parts) -> dict[str, str]:
    """Find the parts that stand under another name now: what they mean is the same."""
    found: dict[str, str] = {}
    added = [part for name, part in sorted(new.items()) if name not in old]
    for name, part in sorted(old.items()):
        meaning = _MEANING.get(part.of)
        if name not in new and meaning:
            same = [
                each.name
                for each in added
                if each.name not in found.values() and all(each.values[key] == part.values[key] for key in meaning)
            ]
            if same:
                found[name] = same[0]
    return found


def _changed(document: str, old: Part, new: Part, renamed: Mapping[str, str]) -> Iterator[Edit]:
    for key, area in new.areas.items():
        before, after = old.values.get(key), new.values.get(key)
        if key == "overrides":
            before, after = (sorted(renamed.get(each, each) for each in listed or ()) for listed in (before, after))
        if before != after:
            if key in _SETS:
                before, after = _without(before, after), _without(after, before)
            edit = Edit(kind="changed", area=area, document=document, of=new.of, name=new.name, key=key)
            yield msgspec.structs.replace(edit, before=_words(key, before), after=_words(key, after))


def _without(members: Any, others: Any) -> list[Any]:
    """Give the members that are not among others: of a set only those are told that it lost or gained."""
    return [each for each in members or () if each not in (others or ())]


def _whole(kind: Literal["added", "removed"], document: str, part: Part) -> Edit:
    area: Area = "rules" if "rules" in part.areas.values() else "text"
    said = _words("when", part.values["when"]) if part.values.get("when") is not None else None
    edit = Edit(kind=kind, area=area, document=document, of=part.of, name=part.name)
    return msgspec.structs.replace(edit, **{"after" if kind == "added" else "before": said})


def _words(key: str, value: Any) -> str | None:
    """Say a value in words; what has no words of its own is told as it is written."""
    if value is None or value in ([], {}):
        return None
    if key in _SAID:
        return _SAID[key](value)
    if isinstance(value, list) and all(isinstance(each, str | int) for each in value):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _conclusion(value: Mapping[str, Any]) -> str:
    liability = f", liability {value['liability']}" if value.get("liability") else ""
    return f"{value['concern']} {value['modality']} be {value['value']}{liability}"


def _cite(cite: Mapping[str, Any]) -> str:
    digest = f" ({cite['digest'].removeprefix('sha256:')[:8]})" if cite.get("digest") else ""
    return f"{cite['source']}: {cite['locator']}{digest}"


_SAID: dict[str, Callable[[Any], str]] = {
    "when": sentence,
    "conclude": _conclusion,
    "effective": lambda value: f"from {value.get('from') or 'any date'} to {value.get('to') or 'any date'}",
    "cites": lambda value: "; ".join(_cite(cite) for cite in value),
}
