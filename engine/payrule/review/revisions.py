"""Read documents as they were in a revision of a git repository, without touching what is checked out."""

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import NamedTuple, TypeVar

import msgspec

from payrule.adjudication.folder import VOCABULARY
from payrule.batch.whole_files import temporary_folder
from payrule.documents.findings import DocumentError, Finding, LimitError, RequestError, visible
from payrule.review.git import LINK, SUBMODULE, Entry, Repository, repository

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
    """Write the rulebase that a path of a revision stands in to a folder of its own, and read the path there.

    Everything is as it was committed, whatever `.gitattributes` there say; what is no file is refused.

    As git has it, a path is one from the top of the repository, unless it begins with `./` or `../`.

    Raises RequestError when git, the revision or the path is not there, LimitError when there is too much, and what
    `read` raises, with places in the revision.
    """
    of = repository(f"{named.revision}:{named.path}")
    commit = of.commit(named.revision)
    inside = _from_the_top(named, of)
    if not of.holds(commit, inside):
        message = f"there is no `{inside}` in the revision `{named.revision}`"
        cure = f"name a path from the top of the repository, or `{named.revision}:./PATH` for one from this folder"
        raise RequestError.of("no-path", message, cure)
    folders = (inside, inside / "policies", *inside.parents)
    root = next((each for each in folders if of.holds(commit, each / VOCABULARY)), inside)
    with temporary_folder() as folder:
        _write(of, _files(of.entries(commit, root), named.revision), folder, named.revision)
        try:
            return read(folder / inside)
        except (DocumentError, RequestError) as fault:
            raise type(fault)(_in_revision(each, str(folder), named.revision) for each in fault.findings) from None


MOST_BYTES = 1 << 30
"""Bytes of a rulebase in a revision; the whole national tables take a tenth of it."""
MOST_FILES = 100_000
"""Files of a rulebase in a revision."""

LONGEST_NAME = 250
"""Characters of a path that a message shows."""


def _files(entries: tuple[Entry, ...], revision: str) -> tuple[Entry, ...]:
    """Give the files of a revision; raises RequestError where something is no plain file, or there is too much.

    What is left out could be a version that binds. So nothing is: a link and a submodule are refused by name, and two
    names that are one to some computers.
    """
    known: dict[str, Entry] = {}
    for each in entries:
        what = {LINK: "a link", SUBMODULE: "a submodule"}.get(each.mode)
        if what is not None:
            message = f"{_named(revision, each)} is {what}, and only files of the revision itself are read"
            raise RequestError.of("no-file", message, "commit the file in its place")
        if any(part in ("", ".", "..", ".git") for part in each.path.split("/")) or "\\" in each.path:
            message = f"{_named(revision, each)} is no name that a file can have"
            raise RequestError.of("bad-name", message, "give the file a name of its own")
        other = known.setdefault(each.path.casefold(), each)
        if other is not each:
            same = other.path == each.path
            what = "stands there twice" if same else f"and {_named(revision, other)} differ in capital letters only"
            message = f"{_named(revision, each)} {what}"
            raise RequestError.of("bad-name", message, "rename one of them")
    size = sum(each.size for each in entries)
    if size > MOST_BYTES or len(entries) > MOST_FILES:
        message = f"`{revision}` holds {len(entries):,} files of {size:,} bytes there, more than a rulebase can have"
        raise LimitError([Finding(code="too-large", message=message, help="name the folder of the rulebase")])
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
            cure = "give the file another name, or make room for it"
            raise RequestError.of("unwritable", message, cure) from None


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
