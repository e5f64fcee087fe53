"""The lock of a rulebase: the digest of each version in force, with all that it uses of the vocabulary."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import FieldInfo

from payrule.adjudication.document_findings import shape_findings
from payrule.adjudication.folder import read_text
from payrule.adjudication.loading import Documents
from payrule.adjudication.tables import rows_findings
from payrule.authoring.form import rewritten
from payrule.authoring.placeholders import placeholders
from payrule.documents.digests import document_digest, unsuppressed
from payrule.documents.findings import DocumentError, Finding, RequestError
from payrule.documents.models import Condition, Lock, Policy, Vocabulary
from payrule.documents.schema_files import schema
from payrule.documents.suggest import did_you_mean
from payrule.documents.versions import by_version
from payrule.language.names import Names
from payrule.language.walk import attribute_tests, conditions, entries, set_named

LOCK = "lock.json"
"""Where a rulebase keeps its lock."""


def read_lock(root: Path) -> Lock | None:
    """Read the lock of a rulebase folder; None where it has none. Raises DocumentError for one of another shape."""
    return read_lock_file(root / LOCK) if (root / LOCK).exists() else None


def read_lock_file(path: Path) -> Lock:
    """Read a lock; raises DocumentError for one of another shape."""
    text = read_text(path)
    if findings := shape_findings(text, schema("lock")):
        raise DocumentError(findings)
    return msgspec.convert(text.value, Lock)


def resolved_digests(documents: Documents) -> dict[str, str]:
    """Give the digest of every version that is in force, by its name.

    >>> from payrule.adjudication.loading import read_documents
    >>> documents = read_documents()
    >>> resolved_digests(documents) == read_lock(documents.folder).versions
    True
    """
    listed = sorted((version for versions in documents.policies.values() for version in versions), key=_name)
    return {each.name: resolved_digest(each, documents.vocabulary) for each in listed if each.status == "in-force"}


class Locked(msgspec.Struct, frozen=True):
    """A lock as it should be: its text where it differs from the one before, and what was found on the way."""

    text: str | None
    versions: int
    added: int
    changed: tuple[str, ...]


def locked(documents: Documents, lock: Lock | None, renewed: Collection[str] = ()) -> Locked:
    """Add every version in force to a lock; one that is there keeps its digest unless it is renewed.

    `changed` names those that were changed. Raises RequestError for a version to renew that is not in force, and for
    one to add or renew that still has placeholders, and DocumentError where a table is looked up in other rows than
    those of its Parquet file.

    >>> from payrule.adjudication.loading import read_documents
    >>> documents = read_documents()
    >>> locked(documents, read_lock(documents.folder)).text is None
    True
    """
    if findings := list(rows_findings(documents.tables.values(), read_text)):
        raise DocumentError(findings)
    now, before = resolved_digests(documents), dict(lock.versions) if lock is not None else {}
    for name in renewed:
        if name not in now:
            cure = did_you_mean(name, now, otherwise="name a version that is in force, as `policy@version`")
            raise RequestError.of("unknown-version", f"no version `{name}` is in force", cure)
    _refuse_placeholders(documents, [name for name in now if name not in before or name in renewed])
    kept = {name: digest for name, digest in before.items() if name not in renewed}
    versions = dict(sorted((now | kept).items()))
    document = {"$schema": lock.schema if lock and lock.schema else _SCHEMA, "kind": "lock", "versions": versions}
    return Locked(
        text=rewritten(document) if versions != before else None,
        versions=len(versions),
        added=len(now.keys() - before.keys()),
        changed=tuple(sorted(name for name, digest in kept.items() if now.get(name, digest) != digest)),
    )


def _refuse_placeholders(documents: Documents, names: Iterable[str]) -> None:
    """Refuse versions in which something is still to be written, for what is locked is not changed any more."""
    versions = by_version(documents.policies)
    findings = [
        Finding(code="placeholder", message=f"`{name}` is in force and still has a placeholder: `{text}`", help=_CURE)
        for name in names
        for _, text in placeholders(versions[name])
    ]
    if findings:
        raise RequestError(findings)


_CURE = "write what the text says, or make the version a draft again"
_SCHEMA = "../schemas/lock.schema.json"


def resolved_digest(policy: Policy, vocabulary: Vocabulary) -> str:
    """Give the digest of a version with all that it uses of the vocabulary.

    What it suppresses is no part of it, nor its status, for a version may be retired; nor the rows of tables, which
    have digests of their own. What a document leaves out is left out, so that a key that documents may have one day
    makes no other digest of those of today.
    """
    names = Names(vocabulary, policy)
    attributes, sets, facts = set[str](), set[str](), set[str]()
    for condition in _all_conditions(policy, names, facts):
        for each in attribute_tests(condition):
            attributes.add(each.attribute)
            name = set_named(each.operand)
            if name is not None and name in vocabulary.sets:
                sets.add(name)
    concerns = {rule.conclude.concern for rule in policy.rules}
    derived = any(vocabulary.attributes[name].derived for name in attributes)
    used: dict[str, Any] = {
        "attributes": {
            name: msgspec.structs.replace(vocabulary.attributes[name], also_called=()) for name in attributes
        },
        "sets": {name: vocabulary.sets[name] for name in sets},
        "facts": {name: vocabulary.facts[name] for name in facts},
        "concerns": [each for each in vocabulary.concerns if each.id in concerns],
        "derived": [vocabulary.regions, vocabulary.timed] if derived else [],
    }
    whatever_became_of_it = msgspec.structs.replace(unsuppressed(policy), status="in-force")
    return document_digest(_written_out(whatever_became_of_it), _written_out(used))


def _written_out(value: Any) -> Any:
    """Give plain values, without the keys that have the value that they have when they are left out."""
    if isinstance(value, msgspec.Struct):
        named = ((field, getattr(value, field.name)) for field in msgspec.structs.fields(value))
        return {field.encode_name: _written_out(each) for field, each in named if each != _default(field)}
    if isinstance(value, dict):
        return {key: _written_out(each) for key, each in value.items()}
    return [_written_out(each) for each in value] if isinstance(value, list | tuple) else value


def _default(field: FieldInfo) -> Any:
    return field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default


def _all_conditions(policy: Policy, names: Names, facts: set[str]) -> Iterator[Condition]:
    """List the conditions of a policy, and those of the vocabulary's facts that they rest on, which go to `facts`."""
    waiting = [condition for _, condition in conditions(policy)]
    while waiting:
        condition = waiting.pop()
        yield condition
        for entry in entries(condition):
            if entry.key == "fact":
                named = [entry.operand] if isinstance(entry.operand, str) else entry.operand
                for name in named:
                    if name not in policy.facts and name not in facts:
                        facts.add(name)
                        waiting.append(names.facts[name].when)


def _name(policy: Policy) -> str:
    return policy.name
