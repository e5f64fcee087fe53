"""Read documents as they were in a revision of a git repository, without touching what is checked out."""

import subprocess
import tarfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TypeVar

import msgspec

from payrule.adjudication.folder import VOCABULARY
from payrule.documents.findings import DocumentError, Finding, RequestError

Found = TypeVar("Found")


def is_revision(named: str) -> bool:
    """Tell whether a name is written as `REVISION:PATH`; a Windows drive is none.

    >>> is_revision("main:policies"), is_revision("C:policies"), is_revision("medicare@1.0.0")
    (True, False, False)
    """
    revision, mark, path = named.partition(":")
    return bool(mark and path) and len(revision) > 1


def at_revision(named: str, read: Callable[[Path], Found]) -> Found:
    """Unpack the rulebase that a path of a revision stands in, and read the path there.

    Raises RequestError when git, the revision or the path is not there, and what `read` raises, with places in the
    revision.
    """
    revision, _, path = named.partition(":")
    inside = PurePosixPath(path)
    _git("the revision", named, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    _git("the path", named, "cat-file", "-e", f"{revision}:./{inside}")
    root = next((each for each in (inside, *inside.parents) if _holds(revision, each / VOCABULARY)), inside)
    packed = _git("the path", named, "archive", "--format=tar", revision, "--", str(root))
    with TemporaryDirectory(prefix="payrule-") as folder:
        with tarfile.open(fileobj=BytesIO(packed)) as archive:
            archive.extractall(folder, filter="data")
        try:
            return read(Path(folder) / inside)
        except DocumentError as fault:
            raise DocumentError(_in_revision(each, folder, revision) for each in fault.findings) from None


def _in_revision(finding: Finding, folder: str, revision: str) -> Finding:
    def told(text: str | None) -> str | None:
        return text and text.replace(f"{folder}/", f"{revision}:")

    changes = {"file": told(finding.file), "message": told(finding.message), "help": told(finding.help)}
    return msgspec.structs.replace(finding, **changes)


def _holds(revision: str, path: PurePosixPath) -> bool:
    return _run("cat-file", "-e", f"{revision}:./{path}").returncode == 0


def _git(what: str, named: str, *arguments: str) -> bytes:
    done = _run(*arguments)
    if done.returncode:
        if _run("rev-parse", "--git-dir").returncode:
            message, cure = f"`{named}` names a git revision, but this folder is in no git repository", "go into one"
        else:
            message = f"{what} of `{named}` is not in this git repository"
            cure = "name a branch, tag or commit, and a path below this folder"
        raise RequestError([Finding(code="no-revision", message=message, help=cure)])
    return done.stdout


def _run(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
    try:
        return subprocess.run(["git", *arguments], capture_output=True, check=False)  # noqa: S603, S607 - git as the user has it
    except FileNotFoundError:
        message = "git is not installed, so no revision can be read"
        raise RequestError([Finding(code="no-git", message=message, help="install git, or name a folder")]) from None
