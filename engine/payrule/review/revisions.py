"""Read documents as they were in a revision of a git repository, without touching what is checked out."""

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path, PurePosixPath
from posixpath import normpath
from tempfile import TemporaryDirectory
from typing import NamedTuple, TypeVar
from zipfile import ZipFile

import msgspec

from payrule.adjudication.folder import VOCABULARY
from payrule.documents.findings import DocumentError, Finding, RequestError
from payrule.review.git import Repository, repository

Found = TypeVar("Found")

_WRITTEN = re.compile(r"(?P<revision>(?:\{[^}]*\}|[^:{])+):(?P<path>.*)", re.DOTALL)
"""A colon inside of braces is the revision's own: `main@{2024-07-01 12:00}:policies`."""


class Revision(NamedTuple):
    """A revision as it is written, and a path in it."""

    revision: str
    path: str


def revision(named: str) -> Revision | None:
    """Take a name apart that is written as `REVISION:PATH`; None for another one, such as a path on a Windows drive.

    >>> revision("main:policies"), revision("C:policies"), revision("plain-plan@1.0.0")
    (Revision(revision='main', path='policies'), None, None)
    """
    written = _WRITTEN.fullmatch(named)
    if written is None or len(written["revision"]) == 1:
        return None
    return Revision(written["revision"], written["path"])


def at_revision(named: Revision, read: Callable[[Path], Found]) -> Found:
    """Unpack the rulebase that a path of a revision stands in, and read the path there.

    As git has it, a path is one from the top of the repository, unless it begins with `./` or `../`.

    Raises RequestError when git, the revision or the path is not there, and what `read` raises, with places in the
    revision.
    """
    of = repository(f"{named.revision}:{named.path}")
    commit = of.commit(named.revision)
    inside = _from_the_top(named, of)
    if not of.holds(commit, inside):
        message = f"there is no `{inside}` in the revision `{named.revision}`"
        cure = f"name a path from the top of the repository, or `{named.revision}:./PATH` for one from this folder"
        raise RequestError.of("no-path", message, cure)
    root = next((each for each in (inside, *inside.parents) if of.holds(commit, each / VOCABULARY)), inside)
    with TemporaryDirectory(prefix="payrule-") as folder:
        with ZipFile(BytesIO(of.packed(commit, root))) as packed:
            packed.extractall(folder)
        try:
            return read(Path(folder) / inside)
        except (DocumentError, RequestError) as fault:
            raise type(fault)(_in_revision(each, folder, named.revision) for each in fault.findings) from None


def _from_the_top(named: Revision, of: Repository) -> PurePosixPath:
    here = named.path.split("/")[0] in (".", "..")
    path = normpath(f"{of.prefix}{named.path}" if here else named.path or ".")
    if path.startswith(("/", "..")):
        message = f"`{named.path}` is no path inside of the git repository"
        raise RequestError.of("no-path", message, "name a path from the top of the repository, such as `main:policies`")
    return PurePosixPath(path)


def _in_revision(finding: Finding, folder: str, revision: str) -> Finding:
    """Tell a finding with the places that the reader knows."""

    def told(text: str | None) -> str | None:
        return text and text.replace(f"{folder}/", f"{revision}:").replace(folder, f"{revision}:")

    changes = {"file": told(finding.file), "message": told(finding.message), "help": told(finding.help)}
    return msgspec.structs.replace(finding, **changes)
