"""Documents that somebody edits while others may: one is saved only if the file is as it was when it was read."""

from pathlib import Path
from typing import Any

from payrule.source.diagnostics import PayruleError
from payrule.source.files import about, alone_in, file_digest, whole_file


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
