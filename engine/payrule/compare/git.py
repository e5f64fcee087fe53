"""Ask git what a repository holds; nothing else of payrule calls it.

What a revision holds is read as it was committed: blobs, without filters, attributes or substitutions, which belong to
the change that is looked at. No setting of a repository or of the environment runs a program.
"""

import os
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from posixpath import normpath
from tempfile import TemporaryFile
from typing import IO, NamedTuple, NoReturn, TypeVar

import msgspec

from payrule.rulebase.folder import VOCABULARY
from payrule.source.diagnostics import Diagnostic, DocumentError, LimitError, RequestError, visible
from payrule.source.files import temporary_folder

NO_FILES = {"120000": "a link", "160000": "a submodule"}
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
    {"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CEILING_DIRECTORIES", "GIT_OBJECT_DIRECTORY", "GIT_QUARANTINE_PATH"}
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
        if done is not None and done.returncode == 0:
            return done.stdout.decode().split()[-1]
        said = f": {_said(done)}" if done is not None and done.stderr else ""
        message = f"there is no revision `{revision}` in this git repository{said}"
        raise RequestError.of("no-revision", message, "name a branch, a tag or a commit, or fetch it first")

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
    return Revision(*written.groups()) if written is not None and len(written["revision"]) > 1 else None


def at_revision(named: Revision, read: Callable[[Path], Found]) -> Found:
    """Write the rulebase that a path of a revision stands in to a folder of its own, and read the path there.

    Everything is as it was committed, whatever `.gitattributes` there say; what is no file is refused. As git has it, a
    path is one from the top of the repository, unless it begins with `./` or `../`.

    Raises RequestError when git, the revision or the path is not there, LimitError when there is too much, and what
    `read` raises, with places in the revision.
    """
    of = repository(f"{named.revision}:{named.path}")
    commit = of.commit(named.revision)
    inside = _from_the_top(named, of)
    if not of.holds(commit, inside):
        message = f"there is no `{inside}` in the revision `{named.revision}`"
        help_text = f"name a path from the top of the repository, or `{named.revision}:./PATH` for one from this folder"
        raise RequestError.of("no-path", message, help_text)
    folders = (inside, inside / "policies", *inside.parents)
    root = next((each for each in folders if of.holds(commit, each / VOCABULARY)), inside)
    with temporary_folder() as folder:
        _write(of, _files(of.entries(commit, root), named.revision), folder, named.revision)
        try:
            return read(folder / inside)
        except (DocumentError, RequestError) as fault:
            top = f"{named.revision}:"
            raise type(fault)(_elsewhere(each, str(folder), top) for each in fault.findings) from None


MOST_BYTES = 1 << 30
"""Bytes of a rulebase in a revision; the whole national tables take a tenth of it."""
MOST_FILES = 100_000
"""Files of a rulebase in a revision."""
MOST_FOLDERS = 100
"""Folders within each other that a file of a revision stands in: a folder is made and taken away level by level."""

LONGEST_NAME = 250
"""Characters of a path that a message shows."""


def _files(entries: tuple[Entry, ...], revision: str) -> tuple[Entry, ...]:
    """Give the files of a revision; raises RequestError where something is no plain file, or there is too much.

    What is left out could be a version that binds, so nothing is: a link, a submodule, or a name twice is refused.
    """
    known: dict[str, Entry] = {}
    for each in entries:
        code, is_bad, help_text = "bad-name", None, "give the file a name of its own"
        other = known.setdefault(each.path.casefold(), each)
        if each.mode in NO_FILES:
            is_bad = f"is {NO_FILES[each.mode]}, and only files of the revision itself are read"
            code, help_text = "no-file", "commit the file in its place"
        elif any(part in ("", ".", "..", ".git") for part in each.path.split("/")) or "\\" in each.path:
            is_bad = "is no name that a file can have"
        elif each.path.count("/") > MOST_FOLDERS:
            is_bad, help_text = f"is in more than {MOST_FOLDERS} folders", "put it where it can be found"
        elif other is not each:
            differ = f"and {_named(revision, other)} differ in capital letters only"
            is_bad, help_text = "is there twice" if other.path == each.path else differ, "rename one of them"
        if is_bad is not None:
            raise RequestError.of(code, f"{_named(revision, each)} {is_bad}", help_text)
    size = sum(each.size for each in entries)
    if size > MOST_BYTES or len(entries) > MOST_FILES:
        message = f"`{revision}` holds {len(entries):,} files of {size:,} bytes there, more than a rulebase can have"
        raise LimitError([Diagnostic(code="too-large", message=message, help="name the folder of the rulebase")])
    return entries


def _named(revision: str, entry: Entry) -> str:
    r"""Quote where an entry stands, shortened, with what cannot be printed written out.

    >>> _named("main", Entry("policies/a\nb.json", "120000", "0a1b", 7))
    '`main:policies/a\\nb.json`'
    """
    written = visible(f"{revision}:{entry.path}")
    return f"`{written if len(written) <= LONGEST_NAME else written[: LONGEST_NAME - 1] + '…'}`"


def _write(of: Repository, files: tuple[Entry, ...], folder: Path, revision: str) -> None:
    """Write files of a revision as they were committed; raises RequestError for one that cannot be written."""
    for each, content in of.blobs(files):
        path = folder / each.path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as stream:
                stream.write(content)
        except OSError as fault:
            reason = (fault.strerror or str(fault)).lower()
            message = f"{_named(revision, each)} cannot be written to a folder of its own: {reason}"
            help_text = "give the file another name, or make room for it"
            raise RequestError.of("unwritable", message, help_text) from None


def _from_the_top(named: Revision, of: Repository) -> PurePosixPath:
    here = named.path.split("/")[0] in (".", "..")
    path = normpath(f"{of.prefix}{named.path}" if here else named.path or ".")
    if path.startswith(("/", "..")):
        message = f"`{named.path}` is no path inside of the git repository"
        raise RequestError.of("no-path", message, "name a path from the top of the repository, such as `main:policies`")
    return PurePosixPath(path)


def _elsewhere(diagnostic: Diagnostic, folder: str, top: str) -> Diagnostic:
    """Tell a finding with the places that the reader knows."""
    said = {name: getattr(diagnostic, name) for name in ("file", "message", "help")}
    told = {name: text and text.replace(f"{folder}/", top).replace(folder, top) for name, text in said.items()}
    return msgspec.structs.replace(diagnostic, **told)
