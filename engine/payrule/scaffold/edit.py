"""Documents that somebody edits while others may, and saves that can be undone.

A document is saved only if its file is as it was when it was read. For each save the files as they were before are kept
in the folder `.undo`, which belongs to one working copy, and not to the rulebase: git leaves it out. A save is undone
as a whole, and only while each of its files is as it was saved.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from payrule.analysis.solver import never
from payrule.examples.run import run_example
from payrule.rulebase.folder import unsaved
from payrule.rulebase.rulebase import Rulebase
from payrule.scaffold.scaffold import Scaffold, passing, without_place
from payrule.source.diagnostics import PayruleError, RequestError
from payrule.source.files import about, alone_in, file_digest, text_digest, whole_file


class ChangedOnDiskError(PayruleError):
    """A file is not as it was when it was read: `path` is the file, and `digest` that of what is in it now.

    `found` is its text now; None where the file is gone, which has the digest of no file.
    """

    def __init__(self, path: Path, found: str | None, digest: str) -> None:
        """Keep what is there now."""
        super().__init__(f"`{path}` was {'taken away' if found is None else 'changed'} meanwhile")
        self.path, self.found, self.digest = path, found, digest

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle it by what it keeps, so that it comes whole out of another process."""
        return type(self), (self.path, self.found, self.digest)


NO_FILE = ""
"""The digest of a file that is not there."""


def digest_of(path: Path) -> str:
    """Give the digest of a document, by which `save` knows whether it has changed since.

    >>> digest_of(Path("/nowhere/plan.json"))
    ''
    """
    try:
        return file_digest(path)
    except FileNotFoundError:
        return NO_FILE


def save(path: Path, text: str, read: str) -> None:
    """Write a document whole, if its file still has the digest that it had when it was read; else change nothing.

    Two that save at once do so one after the other, so that the second learns of the first. Whoever is interrupted,
    even killed, leaves the old file or the new one. Raises ChangedOnDiskError with what is there, and OSError.

    >>> from payrule.source.files import temporary_folder
    >>> with temporary_folder() as folder:
    ...     save(folder / "a.json", "{}", NO_FILE)
    ...     save(folder / "a.json", "[]", NO_FILE)
    Traceback (most recent call last):
    payrule.scaffold.edit.ChangedOnDiskError: `...a.json` was changed meanwhile
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with about(path), alone_in(path.parent):
        refuse_changed(path, read)
        with whole_file(path) as beside:
            beside.write_text(text, encoding="utf-8", newline="\n")


def refuse_changed(path: Path, read: str) -> None:
    """Raise ChangedOnDiskError, with what is there, unless a file has the digest that it had when it was read."""
    found = digest_of(path)
    if found != read:
        raise ChangedOnDiskError(path, None if found == NO_FILE else path.read_text(encoding="utf-8"), found)


UNDO = ".undo"
"""The folder of a rulebase that holds what was there before each save."""

KEPT = 50
"""Saves that can be undone."""


class FileEdit(msgspec.Struct, frozen=True):
    """What a file is to become, None where it is to go, and the digest that it had when it was read."""

    text: str | None
    read: str


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """A file before a save, None where there was none: its path in the rulebase, and the digest of what was saved."""

    path: str
    text: str | None
    saved: str


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """A save: its number, what was done, on which day, and the files before it."""

    number: int
    what: str
    day: str
    files: tuple[Before, ...]


def save_all(root: Path, what: str, day: date, edits: Mapping[Path, FileEdit]) -> None:
    """Save files of a rulebase together, if each is as it was when it was read, so that this can be undone.

    Raises ChangedOnDiskError for the first that is not, and changes nothing then.

    >>> from payrule.source.files import temporary_folder
    >>> with temporary_folder() as folder:
    ...     save_all(folder, "a list", date(2026, 11, 29), {folder / "a.json": FileEdit("{}", NO_FILE)})
    ...     [(each.number, each.what) for each in saves(folder)]
    [(1, 'a list')]
    """
    for path, edit in edits.items():
        refuse_changed(path, edit.read)
    before = tuple(
        Before(
            path=path.relative_to(root).as_posix(),
            text=None if edit.read == NO_FILE else path.read_text(encoding="utf-8"),
            saved=NO_FILE if edit.text is None else text_digest(edit.text),
        )
        for path, edit in edits.items()
    )
    for path, edit in edits.items():
        if edit.text is None:
            refuse_changed(path, edit.read)
            path.unlink(missing_ok=True)
        else:
            save(path, edit.text, edit.read)
    _keep(root, what, day, before)


def save_example(path: Path, text: str, read: str, rulebase: Rulebase, day: date) -> None:
    """Save an example that passes; raises RequestError with what it fails, and as `save_all`.

    Nothing else of a rulebase can be wrong because of an example, so no other document is checked.
    """
    with unsaved({path.absolute(): text}):
        failures = run_example(path, rulebase, day).failures
    if failures:
        raise RequestError(without_place(failures))
    save_all(rulebase.documents.folder, f"example {path.stem}", day, {path: FileEdit(text, read)})


def _keep(root: Path, what: str, day: date, before: tuple[Before, ...]) -> None:
    folder = root / UNDO
    folder.mkdir(exist_ok=True)
    with alone_in(folder):
        if not (folder / ".gitignore").exists():
            (folder / ".gitignore").write_text("*\n", encoding="utf-8")
        numbers = _numbers(root)
        number = max(numbers, default=0) + 1
        made = Saved(number=number, what=what, day=day.isoformat(), files=before)
        with whole_file(_file(root, number)) as beside:
            beside.write_bytes(msgspec.json.encode(made))
        for old in sorted((*numbers, number))[:-KEPT]:
            _file(root, old).unlink(missing_ok=True)


def _file(root: Path, number: int) -> Path:
    return root / UNDO / f"{number}.save"  # no document, so that nothing reads it as one


def _numbers(root: Path) -> list[int]:
    return [int(path.stem) for path in (root / UNDO).glob("*.save") if path.stem.isdecimal()]


def saves(root: Path) -> Iterator[Saved]:
    """List the saves of a rulebase that are kept, the last one first; one that cannot be read is left out."""
    for number in sorted(_numbers(root), reverse=True):
        try:
            found = msgspec.json.decode(_file(root, number).read_bytes(), type=Saved)
        except (OSError, msgspec.DecodeError):
            continue
        if all((root / each.path).resolve().is_relative_to(root.resolve()) for each in found.files):
            yield found


def is_as_saved(root: Path, saved: Saved) -> bool:
    """Tell whether each file of a save is as it was saved, so that it can be undone."""
    return all(digest_of(root / each.path) == each.saved for each in saved.files)


def undo(root: Path, number: int, day: date, expired: Callable[[], bool] = never) -> Saved:
    """Bring back the files before a save, unless checks would find an error then; this is a save of its own.

    `expired` is that of `passing`. Raises RequestError where that cannot be, with the reason.
    """
    saved = next((each for each in saves(root) if each.number == number), None)
    if saved is None:
        raise RequestError.of("no-such-save", "this save is not kept any more", "choose one of the list")
    paths = {root / each.path: each for each in saved.files}
    texts = {path: each.text for path, each in paths.items() if each.text is not None}
    gone = frozenset(paths.keys() - texts.keys())
    try:
        for path, each in paths.items():
            refuse_changed(path, each.saved)
        passing(Scaffold(texts, frozenset(texts), gone), root, day, expired)
        edits = {path: FileEdit(each.text, each.saved) for path, each in paths.items()}
        save_all(root, f"undone: {saved.what}", day, edits)
    except ChangedOnDiskError as fault:
        message = f"`{fault.path.relative_to(root)}` was changed since, so this save cannot be undone"
        raise RequestError.of("changed-since", message, "undo the later save of this file first") from None
    return saved
