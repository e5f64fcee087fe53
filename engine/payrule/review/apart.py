"""Take documents apart: each as the parts that edits are told of, by kind and name, in canonical form."""

from typing import Any

import msgspec

from payrule.documents.differences import EditOf
from payrule.documents.digests import canonical
from payrule.documents.models import Policy, Vocabulary
from payrule.review.parts import parts
from payrule.review.renames import Document

_POLICY_PARTS: tuple[EditOf, ...] = ("source", "set", "fact", "rule")
_VOCABULARY_PARTS: tuple[EditOf, ...] = ("attribute", "concern", "set", "fact")


def policy_apart(policy: Policy) -> Document:
    """Take the sources, sets, facts and rules of a policy apart."""
    return _parts(as_data(policy), _POLICY_PARTS)


def vocabulary_apart(vocabulary: Vocabulary) -> Document:
    """Take a vocabulary apart; what has no name of its own is one part."""
    data = as_data(vocabulary)
    return {"vocabulary": parts("vocabulary", {"vocabulary": data}), **_parts(data, _VOCABULARY_PARTS)}


def as_data(document: Any) -> dict[str, Any]:
    """Give a document as canonical JSON; what only says how regions were read stands by itself."""
    data: dict[str, Any] = canonical(msgspec.to_builtins(document))
    regions = data.get("regions")
    if regions is None:
        return data
    return data | {"regions": regions["contiguous"], "regions.interpretation": regions["interpretation"]}


def _parts(data: dict[str, Any], kinds: tuple[EditOf, ...]) -> Document:
    return {of: parts(of, _named(of, data[f"{of}s"])) for of in kinds}


def _named(of: EditOf, listed: Any) -> dict[str, Any]:
    """Give the parts of one kind by name; a value of a concern is a part of its own."""
    if of == "rule":
        return {each["id"]: each for each in listed}
    if of == "concern":
        found = {each["id"]: each | {"values": [value["value"] for value in each["values"]]} for each in listed}
        return found | {f"{each['id']} {value['value']}": value for each in listed for value in each["values"]}
    return dict(listed)
