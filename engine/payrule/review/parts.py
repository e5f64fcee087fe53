"""Compare the named parts of two documents: which were added, removed, renamed, and which keys of them changed."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from payrule.documents.differences import Edit, EditOf
from payrule.review.edit_words import both_in_words, whole_in_words

Area = Literal["rules", "text"]

KEYS: dict[EditOf, dict[str, Area]] = {
    "rule": {
        "when": "rules",
        "conclude": "rules",
        "overrides": "rules",
        "remittance": "rules",
        "remittance_candidates": "rules",
        "incurable": "text",
        "summary": "text",
        "cites": "text",
        "advice": "text",
        "interpretation": "text",
    },
    "fact": {"when": "rules", "summary": "text", "cites": "text", "interpretation": "text"},
    "note": {"text": "text", "reason": "text", "cites": "text"},
    "source": {"title": "text", "file": "text"},
    "set": {"members": "rules"},
    "concern": {"settled": "rules", "values": "rules", "effect": "rules", "remittance": "rules", "summary": "text"},
    "remittance-code": {"wording": "text", "start": "rules", "end": "rules", "needs_rarc": "text"},
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
    "policy": {
        "title": "text",
        "issuer": "text",
        "authority": "text",
        "interpretation": "text",
        "version": "text",
        "status": "rules",
        "effective": "rules",
        "published": "rules",
        "replaces": "rules",
    },
    "payer": {
        "title": "text",
        "interpretation": "text",
        "accepted_conflicts": "text",
        "regions.interpretation": "text",
        "purpose": "rules",
        "tiers": "rules",
        "presumptions": "rules",
        "remittance": "rules",
        "units_method": "rules",
        "regions": "rules",
    },
    "vocabulary": {
        "regions": "rules",
        "regions.interpretation": "text",
        "timed": "rules",
        "presumptions": "rules",
        "taxonomies": "rules",
        "retired": "rules",
        "retired.interpretation": "text",
        "frequency": "rules",
        "spans": "rules",
        "spans.interpretation": "text",
        "pointers": "rules",
        "begins": "rules",
    },
}
"""The keys of each kind of part, in the order they are told in, and whether they can reach an answer."""


class Part(msgspec.Struct, frozen=True):
    """A named part of a document, and its values by key, in canonical form."""

    of: EditOf
    name: str
    values: dict[str, Any]


Parts = Mapping[str, Part]


def parts(of: EditOf, named: Mapping[str, Any]) -> Parts:
    """Take parts of one kind, by name, as canonical JSON values; a list is the members of a set.

    >>> parts("set", {"adjuncts": ["00001"]})["adjuncts"].values
    {'members': ['00001']}
    """
    found = {name: {"members": each} if isinstance(each, list) else each for name, each in named.items()}
    return {name: Part(of, name, {key: each.get(key) for key in KEYS[of]}) for name, each in found.items()}


def part_edits(document: str, old: Parts, new: Parts, *, renamed: Mapping[str, str] | None = None) -> Iterator[Edit]:
    """List the edits between the parts of two documents; the older ones stand under the names of the newer.

    `renamed` gives the names that parts have now by those that they had.

    >>> old, new = (parts("set", {name: ["00001", *more]}) for name, *more in (["a"], ["a", "00002"]))
    >>> [(each.kind, each.name, each.before, each.after) for each in part_edits("p@1.0.0", old, new)]
    [('changed', 'a', None, '00002')]
    """
    former = {now: before for before, now in (renamed or {}).items()}
    for name in sorted({*old, *new}):
        if name not in new:
            yield _whole("removed", document, old[name])
        elif name not in old:
            yield _whole("added", document, new[name])
        else:
            if name in former:
                yield renaming(document, new[name].of, former[name], name)
            yield from _changed(document, old[name], new[name])


def renaming(document: str, of: EditOf, before: str, after: str) -> Edit:
    """Tell that a part, or a whole document, stands under another name."""
    return Edit(kind="renamed", area="text", document=document, of=of, name=after, before=before, after=after)


def _changed(document: str, old: Part, new: Part) -> Iterator[Edit]:
    for key, area in KEYS[new.of].items():
        values = (old.values[key], new.values[key])
        if values[0] != values[1]:
            before, after = both_in_words(key, *values)
            yield Edit(
                kind="changed",
                area=area,
                document=document,
                of=new.of,
                name=new.name,
                key=key,
                before=before,
                after=after,
            )


def _whole(kind: Literal["added", "removed"], document: str, part: Part) -> Edit:
    area: Area = "rules" if "rules" in KEYS[part.of].values() else "text"
    said = {"after" if kind == "added" else "before": whole_in_words(part.values)}
    return Edit(kind=kind, area=area, document=document, of=part.of, name=part.name, **said)
