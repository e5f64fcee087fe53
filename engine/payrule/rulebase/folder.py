"""Where the documents of a rulebase stand: the vocabulary, a folder for each policy, the payers."""

import re
from os.path import realpath
from pathlib import Path

from payrule.model.policy import Policy
from payrule.rulebase.overlay import files_below, once, unsaved_text
from payrule.source.diagnostics import Diagnostic, DocumentError
from payrule.source.files import read_plain, shipped
from payrule.source.json_source import JsonSource, decode, scan

VOCABULARY = "vocabulary.json"
PAYERS = "payers"
TABLES = "tables"
EXAMPLES = "examples"
_NO_POLICIES = frozenset({PAYERS, TABLES})


def read_text(path: Path) -> JsonSource:
    """Read a JSON file with its places, or what stands unsaved in its place.

    Raises DocumentError for a file that does not exist, cannot be read, or is no document.
    """
    text, file = document_text(path), str(path)
    return once(("text", file, text), lambda: scan(text, file))


def document_text(path: Path) -> str:
    """Give the text of a document, or what stands unsaved in its place; raises as `read_text`, but reads no JSON."""
    text = unsaved_text(path)
    return _file_text(path) if text is None else text


def _file_text(path: Path) -> str:
    _refuse_link_out(path)
    try:
        data = read_plain(path)
    except FileNotFoundError:
        raise DocumentError(
            [Diagnostic(code="no-file", message=f"there is no file `{path}`", help="check the path")]
        ) from None
    except OSError as fault:
        message = f"`{path}` cannot be read: {(fault.strerror or str(fault)).lower()}"
        raise DocumentError([Diagnostic(code="unreadable", message=message, help="give a JSON file")]) from None
    if path.suffix.lower() != ".json" and not _begins_like_json(data):
        help_text = "documents are JSON files; the text of a source is read by `payrule cite` and `payrule reread`"
        raise DocumentError([Diagnostic(code="no-document", message=f"`{path}` is no document", help=help_text)])
    return decode(data, str(path))


def _refuse_link_out(path: Path) -> None:
    """Raise DocumentError for a document that is, or stands behind, a link out of its rulebase.

    The shipped rulebase is as its package is installed, which may be by links.
    """
    target = Path(realpath(path))
    if target == path.absolute():
        return
    root = rulebase_of(path)
    if root is not None and not target.is_relative_to(realpath(root)) and root != shipped("policies"):
        message = f"`{path}` is a link that leads out of the rulebase `{root}`"
        help_text = "put the file itself in its place: who reviews a rulebase sees all that it says"
        raise DocumentError([Diagnostic(code="link-out", message=message, help=help_text, file=str(path))])


_begins_like_json = re.compile(rb"(?:\xef\xbb\xbf)?\s*[{\[]").match


def rulebase_folder(folder: Path | None) -> Path:
    """Find the folder that holds the vocabulary: the one that is given, or `policies` in it.

    Raises DocumentError when neither has one.
    """
    if folder is None:
        return shipped("policies")
    for candidate in (folder, folder / "policies"):
        if is_rulebase(candidate):
            return candidate
    if not folder.exists():
        raise DocumentError(
            [Diagnostic(code="no-file", message=f"there is no file or folder `{folder}`", help="check the path")]
        )
    message = f"`{folder}` is no rulebase: there is no `{VOCABULARY}` in it"
    around = rulebase_of(folder)
    help_text = (
        f"it stands in the rulebase `{around}`: name that, or a file"
        if around is not None
        else "give the folder that holds the vocabulary, the payers and a folder for each policy"
    )
    raise DocumentError([Diagnostic(code="no-rulebase", message=message, help=help_text)])


def is_rulebase(folder: Path) -> bool:
    """Tell whether a folder holds a vocabulary, which no rulebase is without."""
    return (folder / VOCABULARY).is_file()


def rulebase_of(path: Path) -> Path | None:
    """Find the rulebase that a file stands in, however deep; None for a file of none.

    >>> rulebase_of(Path("/nowhere/plan.json")) is None
    True
    """
    return next((folder for folder in path.parents if is_rulebase(folder)), None)


def policy_files(root: Path) -> tuple[Path, ...]:
    """List the files of policy versions in a rulebase folder: `<policy>/<version>.json`."""
    return tuple(path for path in files_below(root, "*/*.json") if path.parent.name not in _NO_POLICIES)


def policy_file(root: Path, policy: Policy) -> Path:
    """Give the file of a policy version in a rulebase folder."""
    return root / policy.id / f"{policy.version}.json"


def payer_files(root: Path) -> tuple[Path, ...]:
    """List the files of payers in a rulebase folder."""
    return files_below(root, f"{PAYERS}/*.json")


def table_files(root: Path) -> tuple[Path, ...]:
    """List the files of tables in a rulebase folder."""
    return files_below(root, f"{TABLES}/*.json")
