"""Who has signed a version before it goes into force, in a file beside the policy.

A payer may ask for two persons. What each of them signs is the version with all that it uses of the vocabulary: when
that changes, the signatures count no more. payrule takes the names as they are typed; who may write the file is up to
whoever keeps the folder.
"""

from pathlib import Path

import msgspec
from msgspec.structs import replace

from payrule.compare.locks import resolved_digest
from payrule.model.policy import Document, Policy
from payrule.rulebase.load import Documents, read_document
from payrule.source.diagnostics import RequestError

SIGNATURES = "signatures"
"""The folder of a policy that holds who has signed its versions."""


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed, and on which day."""

    by: str
    on: str


class Signatures(Document, frozen=True, kw_only=True, omit_defaults=True):
    """The signatures under a version, as `policy@version`; `digest` is that of what was signed."""

    version: str
    digest: str
    signed: tuple[Signature, ...] = ()


def wanted_signatures(documents: Documents, version: Policy) -> int:
    """Say how many persons have to sign a version: as many as the strictest of the payers to which it applies asks for.

    >>> from payrule import load
    >>> documents = load().documents
    >>> wanted_signatures(documents, documents.policies[min(documents.policies)][0])
    1
    """
    asked = (each.signatures for each in documents.payers.values() if version.id in each.policies)
    return max((1 if each is msgspec.UNSET else each for each in asked), default=1)


def signatures_file(root: Path, version: Policy) -> Path:
    """Give the file of the signatures under a version, in a rulebase folder."""
    return root / version.id / SIGNATURES / f"{version.version}.json"


def read_signatures(path: Path) -> Signatures:
    """Read who has signed; raises DocumentError where there is no file, or for one of another shape."""
    return read_document(path, "signatures", Signatures)


def signatures_of(documents: Documents, version: Policy) -> Signatures:
    """Give the signatures under a version as it is now; those under an earlier text of it do not count.

    The day on which it is published may have come after the signatures. Raises DocumentError for a damaged file.
    """
    path = signatures_file(documents.folder, version)
    texts = (version, replace(version, published=None))
    digest, unpublished = (resolved_digest(each, documents.vocabulary) for each in texts)
    found = read_signatures(path) if path.exists() else None
    if found is not None and found.version == version.name and found.digest in (digest, unpublished):
        return found
    return Signatures(kind="signatures", version=version.name, digest=digest)


def signed(signatures: Signatures, by: str, on: str) -> Signatures:
    """Add a signature; raises RequestError where nobody is named, and for a person who has signed already.

    >>> once = signed(Signatures(kind="signatures", version="p@1.0.0", digest=""), "A. Reviewer", "2026-11-29")
    >>> signed(once, "a.  reviewer", "2026-11-30")
    Traceback (most recent call last):
    payrule.source.diagnostics.RequestError: `a. reviewer` has signed already (a second person has to sign)
    """
    name = " ".join(by.split())
    if not name:
        raise RequestError.of("no-name", "it is not said who signs", "write your name")
    if name.casefold() in {each.by.casefold() for each in signatures.signed}:
        raise RequestError.of("signed-already", f"`{name}` has signed already", "a second person has to sign")
    return replace(signatures, signed=(*signatures.signed, Signature(by=name, on=on)))
