"""Ask git what a repository holds; nothing else of payrule calls it.

What a revision holds is read as it was committed: blobs, without filters, attributes or substitutions, which belong to
the change that is looked at. No setting of a repository or of the environment runs a program.
"""

import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from tempfile import TemporaryFile
from typing import IO, NoReturn

import msgspec

from payrule.documents.findings import RequestError

LINK, SUBMODULE = "120000", "160000"
"""Modes of what is no file of the revision: a symbolic link, and the commit of another repository."""

_SETTINGS = (
    "--no-pager",
    "--no-replace-objects",
    "--no-optional-locks",
    "--literal-pathspecs",
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", f"core.attributesFile={os.devnull}"),
    *("-c", "core.alternateRefsCommand="),
    *("-c", "protocol.allow=never"),
)
"""What keeps git from running programs, asking a remote, or reading other objects than were committed."""

_KEPT = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_CEILING_DIRECTORIES",
        "GIT_OBJECT_DIRECTORY",
        "GIT_QUARANTINE_PATH",
    }
)
"""Where to stop looking for a repository, and where objects stand that were pushed and are not accepted yet."""


class Entry(msgspec.Struct, frozen=True):
    """What a revision holds at a path from the top: its mode, the id of its object, its size in bytes."""

    path: str
    mode: str
    object: str
    size: int


class Repository(msgspec.Struct, frozen=True):
    """The git repository of this folder: the way to its top, and the way back from there (empty, or ending in `/`)."""

    top: str
    prefix: str

    def commit(self, revision: str) -> str:
        """Give the id of the commit that a revision names; raises RequestError when there is none."""
        asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        done = _run("-C", self.top, *asked) if "\0" not in revision else None
        if done is None or done.returncode != 0:
            said = f": {_said(done)}" if done is not None and done.stderr else ""
            message = f"there is no revision `{revision}` in this git repository{said}"
            raise RequestError.of("no-revision", message, "name a branch, a tag or a commit, or fetch it first")
        return done.stdout.decode().split()[-1]

    def holds(self, commit: str, path: PurePosixPath) -> bool:
        """Tell whether a commit holds something at a path from the top; raises RequestError when git cannot say."""
        return path == PurePosixPath() or bool(self._asked("ls-tree", "-z", "--full-tree", commit, "--", str(path)))

    def entries(self, commit: str, path: PurePosixPath) -> tuple[Entry, ...]:
        """List all that a commit holds at a path and below; raises RequestError when git cannot say."""
        within = () if path == PurePosixPath() else ("--", str(path))
        listed = self._asked("ls-tree", "-r", "-l", "-z", "--full-tree", commit, *within)
        return tuple(_entry(each) for each in listed.split(b"\0") if each)

    def blobs(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        """Give the content of each entry as it was committed; raises RequestError when an object cannot be read."""
        listed = tuple(entries)
        with TemporaryFile() as names:
            names.write("".join(f"{each.object}\n" for each in listed).encode())
            names.seek(0)
            command = ["git", *_SETTINGS, "-C", self.top, "cat-file", "--batch"]
            with (
                TemporaryFile() as said,
                subprocess.Popen(  # noqa: S603 - no shell, and git as the user has it
                    command, stdin=names, stdout=subprocess.PIPE, stderr=said, env=_environment()
                ) as git,
            ):
                if git.stdout is None:
                    raise AssertionError("standard output is a pipe")
                for each in listed:
                    yield each, _blob(git.stdout, each)

    def _asked(self, *arguments: str) -> bytes:
        done = _run("-C", self.top, *arguments)
        if done.returncode != 0:
            _refuse(_said(done))
        return done.stdout


def repository(wanted_for: str) -> Repository:
    """Find the repository of this folder; raises RequestError when it is in none, or git cannot read it."""
    found = _run("rev-parse", "--show-prefix", "--show-cdup")
    if found.returncode == 0:
        prefix, top = os.fsdecode(found.stdout).split("\n")[:2]
        return Repository(top or ".", prefix)
    message = f"`{wanted_for}` names a git revision, but git reads no repository here: {_said(found)}"
    raise RequestError.of("no-repository", message, "go into one, or name a file or a folder")


def _entry(line: bytes) -> Entry:
    r"""Read a line of `ls-tree -l -z`.

    >>> _entry(b"100644 blob 0a1b     12\tpolicies/a b\n.json")
    Entry(path='policies/a b\n.json', mode='100644', object='0a1b', size=12)
    """
    told, _, path = line.partition(b"\t")
    mode, _, name, size = told.decode().split()
    return Entry(os.fsdecode(path), mode, name, int(size) if size.isdigit() else 0)


def _blob(stream: IO[bytes], entry: Entry) -> bytes:
    """Read one answer of `cat-file --batch`: a line with name, type and size, the content, and a line end."""
    head = stream.readline().decode(errors="replace").split()
    if len(head) != 3 or head[1] != "blob":  # noqa: PLR2004 - name, type, size
        _refuse(f"the object of `{entry.path}` cannot be read")
    content = stream.read(int(head[2]))
    if len(content) != int(head[2]) or stream.read(1) != b"\n":
        _refuse(f"the object of `{entry.path}` was cut off")
    return content


def _refuse(said: str) -> NoReturn:
    raise RequestError.of("git-failed", f"git cannot read the revision: {said}", "look at it with `git fsck`")


def _said(done: "subprocess.CompletedProcess[bytes]") -> str:
    said = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
    return said.removeprefix("fatal: ").removeprefix("error: ") or f"it ended with {done.returncode}"


def _environment() -> dict[str, str]:
    """Give the environment without what tells git of another repository, other settings or other programs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in _KEPT}
    return kept | {"GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


def _run(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
    try:
        return subprocess.run(["git", *_SETTINGS, *arguments], capture_output=True, check=False, env=_environment())  # noqa: S603, S607 - no shell, and git as the user has it
    except OSError:
        message = "git is not installed, so no revision can be read"
        raise RequestError.of("no-git", message, "install git, or name a file or a folder") from None
