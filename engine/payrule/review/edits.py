"""What was edited in documents: typed edits, whatever their order and format; what was renamed is one edit."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from payrule.adjudication.loading import Documents
from payrule.documents.differences import Edit, EditOf
from payrule.documents.digests import canonical
from payrule.documents.models import Payer, Policy, Vocabulary
from payrule.documents.versions import by_version, semantic
from payrule.review.parts import Part, part_edits, parts

_POLICY_KEYS = {
    "title": "text",
    "issuer": "text",
    "authority": "text",
    "interpretation": "text",
    "version": "text",
    "status": "rules",
    "effective": "rules",
    "published": "rules",
    "replaces": "rules",
}
_PAYER_KEYS = {
    "title": "text",
    "interpretation": "text",
    "accepted_conflicts": "text",
    "purpose": "rules",
    "tiers": "rules",
    "presumptions": "rules",
    "remittance": "rules",
    "units_method": "rules",
    "regions": "rules",
}
_VOCABULARY_KEYS = {"regions": "rules", "timed": "rules", "presumptions": "rules", "taxonomies": "rules"}


def edits(old: Documents, new: Documents) -> tuple[Edit, ...]:
    """List every edit between two sets of documents: policies, payers, vocabulary, remittance codes."""
    found = [*_policies(old.policies, new.policies), *_payers(old.payers, new.payers)]
    found += _vocabulary(old.vocabulary, new.vocabulary)
    codes = (parts("remittance-code", _codes(each)) for each in (old, new))
    found += part_edits("remittance codes", *codes)
    return tuple(found)


def policy_edits(old: Policy, new: Policy) -> tuple[Edit, ...]:
    """List every edit between two versions of a policy, or between two policies.

    >>> from payrule import load
    >>> (policy,) = load().policies["medicare"]
    >>> policy_edits(policy, msgspec.structs.replace(policy, rules=policy.rules[::-1]))
    ()
    """
    found = list(_keys(new.name, "policy", new.id, (_data(old), _data(new)), _POLICY_KEYS))
    for of in ("source", "set", "fact", "rule", "note"):
        found += part_edits(new.name, *(parts(of, _named(of, each)) for each in (old, new)))
    return tuple(found)


def _policies(old: Mapping[str, tuple[Policy, ...]], new: Mapping[str, tuple[Policy, ...]]) -> Iterator[Edit]:
    before = by_version(old)
    after = by_version(new)
    for name in sorted({*before, *after}):
        if name not in after:
            yield Edit(kind="removed", area="rules", document=name, of="policy", name=before[name].id)
        elif name in before:
            yield from policy_edits(before[name], after[name])
        else:
            yield Edit(kind="added", area="rules", document=name, of="policy", name=after[name].id)
            older = predecessor(after[name], old.get(after[name].id, ()))
            if older is not None:
                yield from (each for each in policy_edits(older, after[name]) if each.key != "version")


def predecessor(policy: Policy, versions: tuple[Policy, ...]) -> Policy | None:
    """Give the highest version that is lower than a policy's; None when there is none.

    >>> from payrule import load
    >>> versions = load().policies["ncci"]
    >>> [each and each.version for each in (predecessor(version, versions) for version in versions)]
    [None, '1.0.0']
    """
    lower = [each for each in versions if semantic(each.version) < semantic(policy.version)]
    return max(lower, key=lambda each: semantic(each.version), default=None)


def _payers(old: Mapping[str, Payer], new: Mapping[str, Payer]) -> Iterator[Edit]:
    for name in sorted({*old, *new}):
        if name not in new or name not in old:
            kind: Any = "removed" if name in old else "added"
            yield Edit(kind=kind, area="rules", document=name, of="payer", name=name)
        else:
            yield from _keys(name, "payer", name, (_data(old[name]), _data(new[name])), _PAYER_KEYS)


def _vocabulary(old: Vocabulary, new: Vocabulary) -> Iterator[Edit]:
    document = "vocabulary"
    yield from _keys(document, "vocabulary", document, (_data(old), _data(new)), _VOCABULARY_KEYS)
    for of in ("attribute", "concern", "set", "fact"):
        yield from part_edits(document, *(parts(of, _named(of, each)) for each in (old, new)))


def _keys(
    document: str, of: EditOf, name: str, both: tuple[dict[str, Any], dict[str, Any]], keys: Mapping[str, Any]
) -> Iterator[Edit]:
    """List the edits of single keys of a document."""
    part = [Part(of, name, {key: each.get(key) for key in keys}, dict(keys)) for each in both]
    yield from part_edits(document, {name: part[0]}, {name: part[1]})


def _named(of: str, document: Policy | Vocabulary) -> dict[str, Any]:
    """Give the parts of one kind by name; a note is named by what it cites."""
    data = _data(document)
    listed = data.get(f"{of}s", {})
    if of in ("rule", "concern"):
        return {each["id"]: each for each in listed}
    if of == "note":
        return {_note_name(each, position): each for position, each in enumerate(listed, start=1)}
    return dict(listed)


def _note_name(note: dict[str, Any], position: int) -> str:
    cited = "; ".join(cite["locator"] for cite in note.get("cites", ()))
    return f"{cited}: {note['text']}" if cited else f"note {position}: {note['text']}"


def _codes(documents: Documents) -> dict[str, Any]:
    listed = documents.remittance_codes
    if listed is None:
        return {}
    kinds = {"group": listed.groups, "CARC": listed.carc, "RARC": listed.rarc}
    found = {f"{kind} {code}": _data(each) for kind, codes in kinds.items() for code, each in codes.items()}
    return found | {f"CARC {code}": {**found.get(f"CARC {code}", {}), "needs_rarc": True} for code in listed.needs_rarc}


def _data(document: Any) -> dict[str, Any]:
    found: dict[str, Any] = canonical(msgspec.to_builtins(document))
    return found
