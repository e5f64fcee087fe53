"""Write the lock of a rulebase: the digest of each version in force, with all that it uses of the vocabulary."""

from collections.abc import Collection

import msgspec

from payrule.compare.locks import resolved_digest
from payrule.fmt import formatted
from payrule.model.code_sets import code_set_digest
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


def list_digests(documents: Documents) -> dict[str, str]:
    """Give the digest of every code list that is a document of its own, by its id."""
    return {name: code_set_digest(each) for name, each in sorted(documents.vocabulary.dated_sets.items())}


class Locked(msgspec.Struct, frozen=True):
    """A lock as it should be: its text where it differs from the one before, and what changed.

    Code lists are named as conditions do, `@id`; `lists` counts them.
    """

    text: str | None
    versions: int
    added: int
    changed: tuple[str, ...]
    lists: int = 0


def locked(documents: Documents, lock: Lock | None, renewed: Collection[str] = ()) -> Locked:
    """Add every version in force, and every code list, to a lock; what is there keeps its digest unless it is renewed.

    `changed` names those that were changed. Raises RequestError for something to renew that is not there, and for
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
    lists, earlier = list_digests(documents), dict(lock.lists) if lock is not None else {}
    for name in renewed:
        if name.startswith("@"):
            if name[1:] not in lists:
                help_text = did_you_mean(name, [f"@{each}" for each in lists], otherwise="name a file in `code-sets`")
                message = f"no document is the code list `{name}`"
                raise RequestError.of("unknown-set", message, help_text)
        elif name not in now:
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
    kept_lists = {name: digest for name, digest in earlier.items() if name in lists and f"@{name}" not in renewed}
    all_lists = dict(sorted((lists | kept_lists).items()))
    document = {"$schema": lock.schema if lock and lock.schema else _SCHEMA, "kind": "lock", "versions": entries}
    document |= {"code_sets": all_lists} if all_lists else {}
    changed = [name for name, digest in kept.items() if now.get(name, digest) != digest]
    changed += [f"@{name}" for name, digest in kept_lists.items() if lists[name] != digest]
    return Locked(
        text=formatted(document) if (entries, all_lists) != (before, earlier) else None,
        versions=len(entries),
        added=len(now.keys() - before.keys()) + len(lists.keys() - earlier.keys()),
        changed=tuple(sorted(changed)),
        lists=len(all_lists),
    )


_SCHEMA = "../schemas/lock.schema.json"
