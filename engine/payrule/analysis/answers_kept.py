"""Answers kept in a folder, by the digest of all that they follow from.

The folder is safe to delete, or to damage: what cannot be read, or does not bear its own digest, is asked anew. It says
itself that git is to ignore it, and what has not been read for longest is taken away before it grows too large.
"""

import hashlib
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

from payrule.source.files import interrupts_later

MOST_BYTES = 64 * 1024 * 1024
"""What the answers in a folder may take; each is some thousand bytes."""

_FORM = b"1"
"""Which form answers are written in."""


@cache
def engine_digest() -> bytes:
    """Give the digest of the engine's own text: another engine may answer otherwise."""
    folder = Path(__file__).parent.parent
    digest = hashlib.sha256(_FORM)
    for path in sorted(folder.rglob("*.py")):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.digest()


class AnswersKept:
    """A folder of answers.

    >>> from payrule.source.files import temporary_folder
    >>> with temporary_folder() as folder:
    ...     kept = AnswersKept(folder / "kept")
    ...     key = kept.key([b"rules"])
    ...     before = kept.read(key)
    ...     kept.keep([(key, b"answer")])
    ...     before, kept.read(key), kept.read(kept.key([b"other rules"]))
    (None, b'answer', None)
    """

    def __init__(self, folder: Path, most: int = MOST_BYTES) -> None:
        """Take the folder, which is made when there is something to keep, and how many bytes it may have."""
        self._folder, self._most = folder, most

    def key(self, read: Iterable[bytes]) -> str:
        """Give the digest of the engine, and of all else that an answer follows from."""
        digest = hashlib.sha256(engine_digest())
        for part in read:
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
        return digest.hexdigest()

    def read(self, key: str) -> bytes | None:
        """Give an answer; None where there is none, or it is damaged."""
        try:
            path = self._path(key)
            digest, _, answer = path.read_bytes().partition(b"\n")
            if digest != _digest(key, answer):
                return None
            os.utime(path)
        except OSError:
            return None
        return answer

    def keep(self, answers: Iterable[tuple[str, bytes]]) -> None:
        """Keep answers by their keys, each whole or not at all; where nothing can be written, none is kept."""
        with suppress(OSError):
            for key, answer in answers:
                self._prepare()
                with interrupts_later():
                    beside = self._path(f"{key}.{os.getpid()}")
                    try:
                        beside.write_bytes(_digest(key, answer) + b"\n" + answer)
                        beside.replace(self._path(key))
                    finally:
                        beside.unlink(missing_ok=True)
            self._forget()

    def _path(self, name: str) -> Path:
        return self._folder / name

    def _prepare(self) -> None:
        if not self._folder.is_dir():
            self._folder.mkdir(parents=True)
        ignored = self._folder / ".gitignore"
        if not ignored.exists():
            ignored.write_text("*\n", encoding="utf-8")

    def _forget(self) -> None:
        """Take away what was not read for longest, down to half of what may be there."""
        if not self._folder.is_dir():
            return
        with os.scandir(self._folder) as entries:
            ours = [entry for entry in entries if _is_ours(entry.name) and entry.is_file(follow_symlinks=False)]
            found = [(entry.stat(follow_symlinks=False), entry.path) for entry in ours]
        size = sum(stat.st_size for stat, _ in found)
        if size <= self._most:
            return
        for stat, path in sorted(found, key=lambda each: each[0].st_mtime_ns):
            if size <= self._most // 2:
                break
            Path(path).unlink(missing_ok=True)
            size -= stat.st_size


_is_ours = re.compile(r"[0-9a-f]{64}(?:\.[0-9]+)?").fullmatch


def _digest(key: str, answer: bytes) -> bytes:
    return hashlib.sha256(key.encode() + answer).hexdigest().encode()
