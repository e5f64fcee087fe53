"""Where the documents of a rulebase stand: the vocabulary, a folder for each policy, the payers.

Whatever reads documents sees the same texts without being handed them, so that a check cannot read an older one.
"""

import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from os.path import realpath
from pathlib import Path, PurePath
from typing import Any, NamedTuple, TypeVar

from payrule.model.policy import Policy
from payrule.source.diagnostics import Diagnostic, DocumentError
from payrule.source.files import read_plain, shipped
from payrule.source.json_source import JsonSource, decode, scan

VOCABULARY = "vocabulary.json"
PAYERS = "payers"
TABLES = "tables"
CODE_SETS = "code-sets"
COLUMN_MAPS = "column-maps"
EXAMPLES = "examples"
NO_POLICIES = frozenset({PAYERS, TABLES, CODE_SETS, COLUMN_MAPS})
"""Folders of a rulebase that are those of no policy."""


def read_text(path: Path) -> JsonSource:
    """Read a JSON file with its places, or what stands unsaved in its place; raises DocumentError where it cannot."""
    text, file = document_text(path), str(path)
    return once(("text", file, text), lambda: scan(text, file))


def document_text(path: Path) -> str:
    """Give the text of a document, or what stands unsaved in its place; raises as `read_text`, but reads no JSON."""
    text = unsaved_text(path)
    if text is not None:
        return text
    _refuse_link_out(path)
    try:
        data = read_plain(path)
    except FileNotFoundError:
        raise DocumentError.of("no-file", f"there is no file `{path}`", "check the path") from None
    except OSError as fault:
        message = f"`{path}` cannot be read: {(fault.strerror or str(fault)).lower()}"
        raise DocumentError.of("unreadable", message, "give a JSON file") from None
    if path.suffix.lower() != ".json" and not _begins_like_json(data):
        help_text = "documents are JSON files; the text of a source is read by `payrule cite` and `payrule reread`"
        raise DocumentError.of("no-document", f"`{path}` is not a document", help_text)
    return decode(data, str(path))


def _refuse_link_out(path: Path) -> None:
    """Raise DocumentError for a link out of its rulebase; the shipped one may be installed by links."""
    target = Path(realpath(path))
    if target == path.absolute():
        return
    root = rulebase_of(path)
    if root is not None and not target.is_relative_to(realpath(root)) and root != shipped("policies"):
        message = f"`{path}` is a link that leads out of the rulebase `{root}`"
        help_text = "replace the link with the file itself, so that a reviewer sees all of the rulebase"
        raise DocumentError([Diagnostic(code="link-out", message=message, help=help_text, file=str(path))])


_begins_like_json = re.compile(rb"(?:\xef\xbb\xbf)?\s*[{\[]").match


def rulebase_folder(folder: Path | None) -> Path:
    """Find the folder that holds the vocabulary: this one, or `policies` in it; raises DocumentError for neither."""
    if folder is None:
        return shipped("policies")
    for candidate in (folder, folder / "policies"):
        if is_rulebase(candidate):
            return candidate
    if not folder.exists():
        raise DocumentError.of("no-file", f"there is no file or folder `{folder}`", "check the path")
    message = f"`{folder}` is not a rulebase: it has no `{VOCABULARY}`"
    around = rulebase_of(folder)
    help_text = (
        f"it is inside the rulebase `{around}`: name that folder, or a file"
        if around is not None
        else "give the folder that holds the vocabulary, the payers and a folder for each policy"
    )
    raise DocumentError.of("no-rulebase", message, help_text)


def rulebase_here() -> Path | None:
    """Find the folder that a command takes for its rulebase where none is named: the one it runs in, or one above it.

    None where none of them is a rulebase, or has one in `policies`.
    """
    here = Path.cwd()
    return next((each for each in (here, *here.parents) if is_rulebase(each) or is_rulebase(each / "policies")), None)


def is_rulebase(folder: Path) -> bool:
    """Tell whether a folder holds a vocabulary, which no rulebase is without."""
    return (folder / VOCABULARY).is_file()


def rulebase_of(path: Path) -> Path | None:
    """Find the rulebase that a file stands in, however deep; None for a file of none.

    >>> rulebase_of(Path("/nowhere/plan.json")) is None
    True
    """
    return next((folder for folder in path.parents if is_rulebase(folder)), None)


def policy_files(root: Path) -> tuple[Path, ...]:
    """List the files of policy versions in a rulebase folder: `<policy>/<version>.json`."""
    return tuple(path for path in files_below(root, "*/*.json") if path.parent.name not in NO_POLICIES)


def policy_file(root: Path, policy: Policy) -> Path:
    """Give the file of a policy version in a rulebase folder."""
    return root / policy.id / f"{policy.version}.json"


def payer_files(root: Path) -> tuple[Path, ...]:
    """List the files of payers in a rulebase folder."""
    return files_below(root, f"{PAYERS}/*.json")


def table_files(root: Path) -> tuple[Path, ...]:
    """List the files of tables in a rulebase folder."""
    return files_below(root, f"{TABLES}/*.json")


def column_map_files(root: Path) -> tuple[Path, ...]:
    """List the files of column maps in a rulebase folder."""
    return files_below(root, f"{COLUMN_MAPS}/*.json")


def code_set_files(root: Path) -> tuple[Path, ...]:
    """List the files of code lists in a rulebase folder."""
    return files_below(root, f"{CODE_SETS}/*.json")


Made = TypeVar("Made")


class Memory:
    """Keep what was made of texts from one reading to the next, as long as the next one asks for it."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._kept: dict[Hashable, Any] = {}
        self._asked: dict[Hashable, Any] = {}

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Give what was made under this key, or make it."""
        if key not in self._asked:
            self._asked[key] = self._kept[key] if key in self._kept else make()
        found: Made = self._asked[key]
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


def is_hidden(path: Path) -> bool:
    """Tell whether a path leads through a folder, or to a file, whose name begins with a period.

    >>> is_hidden(Path(".vscode/settings.json")), is_hidden(Path("plan/1.0.0.json"))
    (True, False)
    """
    return any(part.startswith(".") for part in path.parts)


def files_below(root: Path, pattern: str) -> tuple[Path, ...]:
    """List the files of a folder that fit a pattern of names, with those that are not written yet, in their order.

    Folders of other programs, such as `.vscode`, are passed over.
    """
    wanted, folder = PurePath(pattern), root.absolute()
    found = {path for path in root.glob(pattern) if not is_hidden(path.relative_to(root))}
    for path, text in _reading.get().texts.items():
        if path.is_relative_to(folder):
            below = path.relative_to(folder)
            if len(below.parts) == len(wanted.parts) and below.match(pattern):
                found = found | {root / below} if text is not None else found - {root / below}
    return tuple(sorted(found))
