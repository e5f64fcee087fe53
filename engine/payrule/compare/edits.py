"""What was edited in documents, whatever their order and format, and the version number that the edits demand."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, count
from typing import Any

from payrule.compare.parts import (
    Document,
    as_data,
    code_set_parts,
    part_edits,
    parts,
    parts_of_policy,
    renaming,
    vocabulary_parts,
)
from payrule.compare.renames import Names, Renames, matched_renames, renames, with_names
from payrule.model.payer import Payer
from payrule.model.policy import Policy, by_version, semantic
from payrule.model.remittance_codes import RemittanceCodeList
from payrule.model.vocabulary import Vocabulary
from payrule.results.difference import AnswerDifference, Bump, Edit, EditOf, VersionBump
from payrule.rulebase.load import Documents

_WHEN = frozenset({"version", "status", "effective", "published"})
"""What says which version a policy is, and when it binds, and nothing of what it answers then."""


def version_bump(older: Policy, newer: Policy, answers: AnswerDifference, edits: tuple[Edit, ...]) -> VersionBump:
    """Compute the least number that a newer version may bear, from the answers of each version bound alone.

    None: only its number, dates or status was edited. Patch: no answer differs. Minor: answers differ only where the
    older version left the line undecided. Major: any other answer differs. What is not settled counts as what was
    found, and `certainty` tells; of a major change it is sure, for nothing else that differs asks for more.
    """
    bump, because = _bump(answers, edits)
    demanded = raised(older.version, bump)
    return VersionBump(
        policy=newer.id,
        older=older.version,
        given=newer.version,
        bump=bump,
        demanded=demanded,
        enough=semantic(newer.version) >= semantic(demanded),
        certainty="proved" if bump == "major" else answers.certainty,
        because=because,
    )


def raised(version: str, bump: Bump) -> str:
    """Raise a version number.

    >>> raised("1.4.2", "minor"), raised("1.4.2", "major"), raised("1.4.2", "none")
    ('1.5.0', '2.0.0', '1.4.2')
    """
    numbers = semantic(version)
    place = {"major": 0, "minor": 1, "patch": 2}.get(bump)
    if place is None:
        return version
    return ".".join(map(str, (*numbers[:place], numbers[place] + 1, *[0] * (2 - place))))


def _bump(answers: AnswerDifference, edits: tuple[Edit, ...]) -> tuple[Bump, str]:
    decided = [change for change in answers.changes if change.before.disposition != "undecided"]
    if len(decided) == 1:
        return "major", "one kind of answer that the older version gave changes"
    if decided:
        return "major", f"{len(decided)} kinds of answers that the older version gave change"
    if answers.changes:
        return "minor", "answers change only where no policy applied in the older version"
    if any(edit.of != "policy" or edit.key not in _WHEN for edit in edits):
        return "patch", "no answer changes"
    return "none", "only its number, dates or status changes" if edits else "nothing changes"


def edits(old: Documents, new: Documents, names: Renames | None = None) -> tuple[Edit, ...]:
    """List every edit between two sets of documents: policies, payers, vocabulary, remittance codes.

    `names` says which policies and payers were renamed, where these documents are not all that there are.

    >>> from payrule import load
    >>> edits(load().documents, load().documents)
    ()
    """
    words = old.vocabulary, new.vocabulary
    known = matched_renames(old, new) if names is None else names
    told = known.documents(old)
    found = [*_renamed("policy", known.policies, old.policies, new.policies)]
    found += _policies(told.policies, new.policies, vocabulary_names(*words))
    found += [*_renamed("payer", known.payers, old.payers, new.payers), *_payers(told.payers, new.payers)]
    found += vocabulary_edits(*words)
    codes = (parts("remittance-code", _codes(each.remittance_codes)) for each in (old, new))
    found += part_edits("remittance codes", *codes)
    return tuple(found)


def policy_edits(old: Policy, new: Policy, *, names: Names | None = None) -> tuple[Edit, ...]:
    """List every edit between two versions of a policy, or between two policies.

    `names` are those that the vocabulary gave to its sets and facts, by those that they had.

    >>> import msgspec
    >>> from payrule import load
    >>> policy, *_ = min(load().policies.items())[1]
    >>> policy_edits(policy, msgspec.structs.replace(policy, rules=policy.rules[::-1]))
    ()
    """
    if old == new and not any((names or {}).values()):
        return ()
    both = as_data(old), as_data(new)
    notes = named_notes(*(each["notes"] for each in both))
    one, two = (
        {"policy": parts("policy", {new.id: data}), **parts_of_policy(data), "note": parts("note", named)}
        for data, named in zip(both, notes, strict=True)
    )
    return tuple(_document_edits(new.name, with_names(one, names or {}), two))


def vocabulary_edits(old: Vocabulary, new: Vocabulary) -> tuple[Edit, ...]:
    """List every edit between two vocabularies, and between the code lists beside them.

    >>> import msgspec
    >>> from payrule import load
    >>> words = load().documents.vocabulary
    >>> vocabulary_edits(words, msgspec.structs.replace(words, taxonomies={}))[0].key
    'taxonomies'
    """
    lists = part_edits("code lists", code_set_parts(old), code_set_parts(new))
    return (*_document_edits("vocabulary", vocabulary_parts(old), vocabulary_parts(new)), *lists)


def vocabulary_names(old: Vocabulary, new: Vocabulary) -> Names:
    """Give the names that sets and facts of a vocabulary have now, by those that they had."""
    return renames(vocabulary_parts(old), vocabulary_parts(new))


def predecessor(policy: Policy, versions: tuple[Policy, ...]) -> Policy | None:
    """Give the highest version that is lower than a policy's; None when there is none.

    >>> from payrule import load
    >>> versions = max(load().policies.values(), key=len)
    >>> [each and each.version for each in (predecessor(version, versions) for version in versions)]
    [None, '1.0.0', '1.1.0']
    """
    lower = [each for each in versions if semantic(each.version) < semantic(policy.version)]
    return max(lower, key=lambda each: semantic(each.version), default=None)


def _renamed(of: EditOf, names: Mapping[str, str], old: Iterable[str], new: Iterable[str]) -> Iterator[Edit]:
    """Tell which documents of one kind stand under another name."""
    for before, after in sorted(names.items()):
        if before in old and after in new:
            yield renaming(after, of, before, after)


def _policies(
    old: Mapping[str, tuple[Policy, ...]], new: Mapping[str, tuple[Policy, ...]], names: Names
) -> Iterator[Edit]:
    """List the edits of policies; a version that is new is told by what it changes of the one before it."""
    before, after = by_version(old), by_version(new)
    for name in sorted({*before, *after}):
        if name not in after:
            yield _document("removed", name, "policy", before[name])
        elif name in before:
            yield from policy_edits(before[name], after[name], names=names)
        else:
            version = after[name]
            yield _document("added", name, "policy", version)
            for versions, given in ((new[version.id], None), (old.get(version.id, ()), names)):
                if older := predecessor(version, versions):
                    yield from (each for each in policy_edits(older, version, names=given) if each.key != "version")
                    break


def _payers(old: Mapping[str, Payer], new: Mapping[str, Payer]) -> Iterator[Edit]:
    for name in sorted({*old, *new}):
        if name not in new:
            yield _document("removed", name, "payer", old[name])
        elif name not in old:
            yield _document("added", name, "payer", new[name])
        else:
            yield from part_edits(name, *(parts("payer", {name: as_data(each)}) for each in (old[name], new[name])))


def _document(kind: Any, name: str, of: EditOf, document: Policy | Payer) -> Edit:
    said = {"after" if kind == "added" else "before": document.title}
    return Edit(kind=kind, area="rules", document=name, of=of, name=document.id, **said)


def _document_edits(name: str, old: Document, new: Document) -> Iterator[Edit]:
    """List the edits of each kind of part; what follows from a renaming is none."""
    names = renames(old, new)
    told = with_names(old, names)
    for of, there in new.items():
        yield from part_edits(name, told[of], there, renamed=names.get(of))


def _codes(listed: RemittanceCodeList | None) -> dict[str, Any]:
    if listed is None:
        return {}
    kinds = {"group": listed.groups, "CARC": listed.carc, "RARC": listed.rarc}
    found = {f"{kind} {code}": as_data(each) for kind, codes in kinds.items() for code, each in codes.items()}
    return found | {f"CARC {code}": {**found.get(f"CARC {code}", {}), "needs_rarc": True} for code in listed.needs_rarc}


Note = dict[str, Any]


def named_notes(old: list[Note], new: list[Note]) -> tuple[dict[str, Note], dict[str, Note]]:
    """Name notes so that one of the same passages in both documents has the same name; equal notes are left out.

    >>> cites = [{"source": "manual", "locator": "paragraph 2"}]
    >>> one, two = ({"text": text, "reason": "It is a preference.", "cites": cites} for text in ("Hands.", "Devices."))
    >>> list(named_notes([one, two], [two]))
    [{'paragraph 2': {'text': 'Hands.', ...}}, {}]
    """
    return _named(each for each in old if each not in new), _named(each for each in new if each not in old)


def _named(notes: Iterable[Note]) -> dict[str, Note]:
    found: dict[str, Note] = {}
    for note in sorted(notes, key=lambda each: str(each["text"])):
        passages = "; ".join(cite["locator"] for cite in note["cites"]) or str(note["text"])
        numbered = (f"{passages} ({number})" for number in count(2))
        found[next(name for name in chain((passages,), numbered) if name not in found)] = note
    return found
