"""Write the lock of a rulebase: the digest of each version in force, with all that it uses of the vocabulary."""

from collections.abc import Collection

import msgspec

from payrule.compare.locks import resolved_digest
from payrule.fmt import formatted
from payrule.model.policy import Lock, by_version, placeholders
from payrule.rulebase.folder import read_text
from payrule.rulebase.load import Documents
from payrule.rulebase.tables import rows_findings
from payrule.source.diagnostics import Diagnostic, DocumentError, RequestError, did_you_mean


def resolved_digests(documents: Documents) -> dict[str, str]:
    """Give the digest of every version that is in force, by its name.

    >>> from payrule.rulebase.load import read_documents
    >>> from payrule.compare.locks import read_lock
    >>> documents = read_documents()
    >>> resolved_digests(documents) == read_lock(documents.folder).versions
    True
    """
    listed = sorted(by_version(documents.policies).items())
    return {name: resolved_digest(each, documents.vocabulary) for name, each in listed if each.status == "in-force"}


class Locked(msgspec.Struct, frozen=True):
    """A lock as it should be: its text where it differs from the one before, and what changed."""

    text: str | None
    versions: int
    added: int
    changed: tuple[str, ...]


def locked(documents: Documents, lock: Lock | None, renewed: Collection[str] = ()) -> Locked:
    """Add every version in force to a lock; one that is there keeps its digest unless it is renewed.

    `changed` names those that were changed. Raises RequestError for a version to renew that is not in force, and for
    one to add or renew that still has placeholders, and DocumentError where a table is looked up in other rows than
    those of its Parquet file.

    >>> from payrule.rulebase.load import read_documents
    >>> from payrule.compare.locks import read_lock
    >>> documents = read_documents()
    >>> locked(documents, read_lock(documents.folder)).text is None
    True
    """
    if findings := list(rows_findings(documents.tables.values(), read_text)):
        raise DocumentError(findings)
    now, before = resolved_digests(documents), dict(lock.versions) if lock is not None else {}
    for name in renewed:
        if name not in now:
            help_text = did_you_mean(name, now, otherwise="name a version that is in force, as `policy@version`")
            raise RequestError.of("unknown-version", f"no version `{name}` is in force", help_text)
    locking, versions = [name for name in now if name not in before or name in renewed], by_version(documents.policies)
    unwritten = [(name, text) for name in locking for _, text in placeholders(versions[name])]
    if unwritten:  # because a locked version must not change
        help_text = "write what the text says, or make the version a draft again"
        said = (f"`{name}` is in force and still has a placeholder: `{text}`" for name, text in unwritten)
        raise RequestError(Diagnostic(code="placeholder", message=each, help=help_text) for each in said)
    kept = {name: digest for name, digest in before.items() if name not in renewed}
    entries = dict(sorted((now | kept).items()))
    document = {"$schema": lock.schema if lock and lock.schema else _SCHEMA, "kind": "lock", "versions": entries}
    return Locked(
        text=formatted(document) if entries != before else None,
        versions=len(entries),
        added=len(now.keys() - before.keys()),
        changed=tuple(sorted(name for name, digest in kept.items() if now.get(name, digest) != digest)),
    )


_SCHEMA = "../schemas/lock.schema.json"
