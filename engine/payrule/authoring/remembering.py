"""Read and write what is remembered of the analyst's copies."""

from pathlib import Path

import msgspec

from payrule.adjudication.document_findings import shape_findings
from payrule.adjudication.folder import read_text
from payrule.authoring.form import formatted
from payrule.documents.findings import DocumentError
from payrule.documents.places import scan
from payrule.documents.remembered import REMEMBERED, RememberedCopies
from payrule.documents.schema_files import schema


def read_remembered(folder: Path) -> RememberedCopies | None:
    """Read what a rulebase remembers; None when it remembers nothing.

    Raises DocumentError with all that is wrong with the file, where the copies are not those of its digest, too.
    """
    if not (folder / REMEMBERED).exists():
        return None
    text = read_text(folder / REMEMBERED)
    found = shape_findings(text, schema("remembered-copies"))
    if found:
        raise DocumentError(found)
    remembered = msgspec.convert(text.value, RememberedCopies)
    if not remembered.is_whole:
        message = "what is remembered of the copies is not what its digest says"
        cure = "take the file as it was, or read the copies again with `payrule reread --remember`"
        raise DocumentError([text.finding(("digest",), "other-data", message, cure)])
    return remembered


def remembered_text(remembered: RememberedCopies) -> str:
    """Write it as every document is written, with the digest of the copies."""
    return formatted(scan(msgspec.json.encode(remembered.with_digest()).decode()))
