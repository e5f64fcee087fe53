"""The files of a rulebase, of every kind of document."""

from pathlib import Path

from payrule.adjudication.folder import VOCABULARY, payer_files, policy_files, rulebase_folder, rulebase_of, table_files
from payrule.authoring.examples import example_files
from payrule.documents.remittance_codes import REMITTANCE_CODES
from payrule.review.locks import LOCK


def document_files(root: Path) -> tuple[Path, ...]:
    """List the files of all documents in a rulebase folder: its lists first, tables, policies, payers, examples."""
    lists = (path for name in (VOCABULARY, REMITTANCE_CODES, LOCK) if (path := root / name).exists())
    return (*lists, *table_files(root), *policy_files(root), *payer_files(root), *example_files(root))


def documents_in(folder: Path | None) -> tuple[Path, tuple[Path, ...]]:
    """Find a rulebase, and list the files of its documents: all, or those in one of its folders, such as a policy's.

    Raises DocumentError for a folder that holds none of a rulebase.
    """
    around = rulebase_of(folder) if folder is not None else None
    if around is not None:
        within = tuple(path for path in document_files(around) if folder in path.parents)
        if within:
            return around, within
    root = rulebase_folder(folder)
    return root, document_files(root)
