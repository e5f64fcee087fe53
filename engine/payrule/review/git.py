"""Ask git what a repository holds; nothing else of payrule calls it."""

import subprocess
from pathlib import PurePosixPath

import msgspec

from payrule.documents.findings import RequestError


class Repository(msgspec.Struct, frozen=True):
    """The git repository of this folder: the way to its top, and the way back from there (empty, or ending in `/`)."""

    top: str
    prefix: str

    def commit(self, revision: str) -> str:
        """Give the id of the commit that a revision names; raises RequestError when there is none."""
        may_be_one = not revision.startswith("-")  # an option could do anything
        found = self._asked("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") if may_be_one else b""
        if not found:
            message = f"there is no revision `{revision}` in this git repository"
            raise RequestError.of("no-revision", message, "name a branch, a tag or a commit, or fetch it first")
        return found.decode().strip()

    def holds(self, commit: str, path: PurePosixPath) -> bool:
        """Tell whether a commit holds a file or a folder at a path from the top."""
        return _run("-C", self.top, "cat-file", "-e", _object(commit, path)).returncode == 0

    def packed(self, commit: str, path: PurePosixPath) -> bytes:
        """Give a file or a folder of a commit as a zip archive, in which paths are from the top."""
        return self._asked("archive", "--format=zip", commit, "--", str(path))

    def _asked(self, *arguments: str) -> bytes:
        return _run("-C", self.top, *arguments).stdout


def repository(wanted_for: str) -> Repository:
    """Find the repository of this folder; raises RequestError when it is in none, or git cannot read it."""
    found = _run("rev-parse", "--show-prefix", "--show-cdup")
    if found.returncode == 0:
        prefix, top = found.stdout.decode().split("\n")[:2]
        return Repository(top or ".", prefix)
    said = found.stderr.decode(errors="replace").removeprefix("fatal: ").partition("\n")[0]
    message = f"`{wanted_for}` names a git revision, but git reads no repository here: {said}"
    raise RequestError.of("no-repository", message, "go into one, or name a file or a folder")


def _object(commit: str, path: PurePosixPath) -> str:
    return f"{commit}:" if path == PurePosixPath() else f"{commit}:{path}"


def _run(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
    try:
        return subprocess.run(["git", *arguments], capture_output=True, check=False)  # noqa: S603, S607 - no shell, and git as the user has it
    except OSError:
        message = "git is not installed, so no revision can be read"
        raise RequestError.of("no-git", message, "install git, or name a file or a folder") from None
