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

    Raises DocumentError with all that is wrong with the file.
    """
    if not (folder / REMEMBERED).exists():
        return None
    text = read_text(folder / REMEMBERED)
    found = shape_findings(text, schema("remembered-copies"))
    if found:
        raise DocumentError(found)
    return msgspec.convert(text.value, RememberedCopies)


def remembered_text(remembered: RememberedCopies) -> str:
    """Write it as every document is written."""
    return formatted(scan(msgspec.json.encode(remembered).decode()))
