"""The lock of a rulebase, and what became of versions in force between two of its states."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import FieldInfo

from payrule.language.condition import Condition, Lines, Test, conditions, find, parse
from payrule.language.derived import derived
from payrule.language.name_findings import facts_of
from payrule.language.names import Names
from payrule.model.digests import document_digest, unsuppressed
from payrule.model.policy import Lock, Policy
from payrule.model.vocabulary import Concern, Vocabulary
from payrule.results.difference import ChangedInPlace, LockChange
from payrule.rulebase.load import read_document

LOCK = "lock.json"
"""Where a rulebase keeps its lock."""


def read_lock(root: Path) -> Lock | None:
    """Read the lock of a rulebase folder; None where it has none. Raises DocumentError for one of another shape."""
    return read_lock_file(root / LOCK) if (root / LOCK).exists() else None


def read_lock_file(path: Path) -> Lock:
    """Read a lock; raises DocumentError for one of another shape."""
    return read_document(path, "lock", Lock)


def resolved_digest(policy: Policy, vocabulary: Vocabulary) -> str:
    """Give the digest of a version with all that it uses of the vocabulary.

    What it suppresses is no part of it, nor whether a number may be a fraction, nor its status, for a version may be
    retired; nor the rows of tables, which have digests of their own. What a document leaves out is left out, so that a
    key that documents may have one day makes no other digest of those of today.
    """
    names = Names(vocabulary, policy)
    attributes, sets, facts = set[str](), set[str](), set[str]()
    for condition in _all_conditions(policy, names, facts):
        for count in find(condition, Lines):
            attributes |= {*count.same, *([count.measure.of] if count.measure.of else [])}
        for test in find(condition, Test):
            attributes.add(test.attribute)
            if test.set_name in vocabulary.sets:
                sets.add(test.set_name)
    concerns = {rule.conclude.concern for rule in policy.rules}
    known, computed = derived(vocabulary), [name for name in attributes if vocabulary.attributes[name].computation]
    attributes = attributes.union(*map(known.inputs, computed))
    is_derived = any(vocabulary.attributes[name].function for name in attributes)
    used: dict[str, Any] = {
        "attributes": {
            name: msgspec.structs.replace(vocabulary.attributes[name], also_called=(), fractions=False)
            for name in attributes
        },
        "sets": {name: vocabulary.sets[name] for name in sets},
        "facts": {name: vocabulary.facts[name] for name in facts},
        "concerns": [_concluded(each, policy) for each in vocabulary.concerns if each.id in concerns],
        "derived": [vocabulary.regions, vocabulary.timed] if is_derived else [],
    }
    whatever_became_of_it = msgspec.structs.replace(unsuppressed(policy), status="in-force")
    return document_digest(_written_out(whatever_became_of_it), _written_out(used))


def _concluded(concern: Concern, policy: Policy) -> Concern:
    """Leave out of a concern the values that reduce, and that no rule of a version concludes."""
    concluded = {each.conclude.value for each in policy.rules if each.conclude.concern == concern.id}
    values = (each for each in concern.values if each.effect != "reduced" or each.value in concluded)
    return msgspec.structs.replace(concern, values=tuple(values))


def _written_out(value: Any) -> Any:
    """Give plain values, without the keys that have the value that they have when they are left out."""
    if isinstance(value, msgspec.Struct):
        named = ((field, getattr(value, field.name)) for field in _fields(type(value)))
        return {field.encode_name: _written_out(each) for field, each in named if each != _default(field)}
    if isinstance(value, dict):
        return {key: _written_out(each) for key, each in value.items()}
    return [_written_out(each) for each in value] if isinstance(value, list | tuple) else value


_fields = cache(msgspec.structs.fields)


def _default(field: FieldInfo) -> Any:
    return field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default


def _all_conditions(policy: Policy, names: Names, facts: set[str]) -> Iterator[Condition]:
    """List the conditions of a policy, and those of the vocabulary's facts that they rest on, which go to `facts`."""
    waiting = list(conditions(policy))
    while waiting:
        condition = waiting.pop()
        yield condition
        for name in facts_of(condition):
            if name not in policy.facts and name not in facts:
                facts.add(name)
                waiting.append(parse(names.facts[name].when))


class Locked(msgspec.Struct, frozen=True):
    """Versions by name, the vocabulary that they are read with, and the lock that stands beside them."""

    versions: dict[str, Policy]
    vocabulary: Vocabulary
    lock: Lock | None = None


def changed_in_place(old: Locked, new: Locked) -> Iterator[ChangedInPlace]:
    """List the versions in force that are not as they were, or whose entry in the lock is not, in the order of names.

    A version that is retired keeps its entry and is as it was. What of the vocabulary a version uses is part of it.

    >>> from payrule.rulebase.load import read_documents
    >>> from payrule.model.policy import by_version
    >>> documents = read_documents()
    >>> one = Locked(by_version(documents.policies), documents.vocabulary, read_lock(documents.folder))
    >>> name = min(one.lock.versions)
    >>> renewed = Lock(kind="lock", versions={**one.lock.versions, name: "sha256:0"})
    >>> [(each.change, each.lock) for each in changed_in_place(one, msgspec.structs.replace(one, lock=renewed))]
    [('none', 'changed')]
    """
    before, after = (each.lock.versions if each.lock is not None else {} for each in (old, new))
    in_force = {name for name, each in old.versions.items() if each.status == "in-force"}
    for name in sorted(in_force | before.keys()):
        version, was, entry = new.versions.get(name), before.get(name), after.get(name)
        if version is None or version.status not in ("in-force", "retired"):
            yield ChangedInPlace(version=name, change="removed", lock=_entry(was, entry, None))
            continue
        same = name in old.versions and old.versions[name] == version and old.vocabulary == new.vocabulary
        if same and was == entry:
            continue
        now = resolved_digest(version, new.vocabulary)
        earlier = resolved_digest(old.versions[name], old.vocabulary) if name in old.versions else was
        if now != earlier:
            yield ChangedInPlace(version=name, change="changed", lock=_entry(was, entry, now))
        elif was is not None and was != entry:
            yield ChangedInPlace(version=name, change="none", lock=_entry(was, entry, now))


def _entry(was: str | None, entry: str | None, now: str | None) -> LockChange:
    """Say what became of an entry; `now` is the digest that the version has."""
    if entry is None:
        return "removed" if was is not None else "none"
    if entry == was:
        return "kept"
    return "renewed" if entry == now else "changed"
