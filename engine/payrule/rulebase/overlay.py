"""Documents as they stand unsaved: in an editor, or before they are written; and what was made of unchanged ones.

Whatever reads documents sees the same texts without being handed them, so that a check cannot read an older one.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path, PurePath
from typing import Any, NamedTuple, TypeVar

Made = TypeVar("Made")


class Memory:
    """Keep what was made of texts from one reading to the next, as long as the next one asks for it."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._kept: dict[Hashable, Any] = {}
        self._asked: dict[Hashable, Any] = {}

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Give what was made under this key, or make it."""
        found: Made
        if key in self._asked:
            found = self._asked[key]
        else:
            found = self._asked[key] = self._kept[key] if key in self._kept else make()
        return found

    def forget(self) -> None:
        """Drop what the last reading did not ask for."""
        self._kept, self._asked = self._asked, {}


class _Reading(NamedTuple):
    texts: Mapping[Path, str | None]
    memory: Memory | None


_FILES = _Reading({}, None)
_reading: ContextVar[_Reading] = ContextVar("reading", default=_FILES)


@contextmanager
def unsaved(texts: Mapping[Path, str | None], memory: Memory | None = None) -> Iterator[None]:
    """Read these texts in place of files of absolute paths, None for a file as if it were gone.

    With a memory nothing is made twice of unchanged texts.

    >>> with unsaved({Path("/nowhere/payers/p.json"): "{}"}):
    ...     unsaved_text(Path("/nowhere/payers/p.json")), files_below(Path("/nowhere"), "payers/*.json")
    ('{}', (PosixPath('/nowhere/payers/p.json'),))
    """
    token = _reading.set(_Reading(texts, memory))
    try:
        yield
    finally:
        _reading.reset(token)
        if memory is not None:
            memory.forget()


_look: ContextVar[Callable[[], None] | None] = ContextVar("look", default=None)


@contextmanager
def looking(look: Callable[[], None]) -> Iterator[None]:
    """Call a function before each document is read, such as one that raises when time has run out.

    >>> looks = []
    >>> with looking(lambda: looks.append(1)):
    ...     unsaved_text(Path("/nowhere/payers/p.json"))
    >>> looks
    [1]
    """
    token = _look.set(look)
    try:
        yield
    finally:
        _look.reset(token)


def unsaved_text(path: Path) -> str | None:
    """Give the text that stands unsaved in place of a file; None when there is none; whatever `looking` raises."""
    if look := _look.get():
        look()
    texts = _reading.get().texts
    return texts.get(path.absolute()) if texts else None


def once(key: Hashable, make: Callable[[], Made]) -> Made:
    """Make something that follows from its key alone; where there is a memory, not twice.

    >>> made = []
    >>> with unsaved({}, Memory()):
    ...     once("a", lambda: made.append(1)), once("a", lambda: made.append(2))
    (None, None)
    >>> made
    [1]
    """
    memory = _reading.get().memory
    return make() if memory is None else memory.once(key, make)


def files_below(root: Path, pattern: str) -> tuple[Path, ...]:
    """List the files of a folder that fit a pattern of names, with those that are not written yet, in their order."""
    wanted, folder = PurePath(pattern), root.absolute()
    found = set(root.glob(pattern))
    for path, text in _reading.get().texts.items():
        if path.is_relative_to(folder):
            below = path.relative_to(folder)
            if len(below.parts) == len(wanted.parts) and below.match(pattern):
                found = found | {root / below} if text is not None else found - {root / below}
    return tuple(sorted(found))
