"""Files read and written whole: no pipe or device, none too large to hold, and none that is half written.

Policies and schemas live at the top of the checkout, where analysts look for them. A wheel carries them inside the
package (`hatch_build.py` puts them there), so that an installed payrule needs no checkout.

Who uses such a folder holds a lock in it. One whose lock is free was left by a run that was killed, and the next run
that writes to the same place takes it away.
"""

import hashlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from stat import S_IMODE, S_ISDIR, S_ISREG
from threading import current_thread, main_thread
from typing import Literal

from payrule.source.diagnostics import RequestError

LARGEST = 256 * 1024 * 1024
"""Bytes of a document or of the text of a source; the largest shipped one takes a thousandth."""


def read_plain(path: Path, largest: int = LARGEST) -> bytes:
    """Read a file; raises OSError, in words, for what is no file, such as a pipe, and for one that is too large.

    >>> read_plain(Path("/dev/null"))
    Traceback (most recent call last):
    OSError: [Errno 22] it is no file, but a pipe or a device: '/dev/null'
    """
    refuse_no_file(path)
    with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as stream:
        told = os.fstat(stream.fileno())
        if not S_ISREG(told.st_mode):
            raise OSError(22, NO_FILE, str(path))
        if told.st_size > largest:
            raise OSError(27, f"it is larger than {largest:,} bytes", str(path))
        return stream.read()


NO_FILE = "it is no file, but a pipe or a device"

STANDARD_INPUT = frozenset({"/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})
"""Paths by which standard input is named."""


def refuse_no_file(path: Path) -> None:
    """Raise OSError, in words, for a path that is there and is no file or folder, so that nobody waits for it."""
    mode = path.stat().st_mode
    if not S_ISREG(mode) and not S_ISDIR(mode):
        raise OSError(22, NO_FILE, str(path))


def within(folder: Path, name: str) -> Path:
    """Give the path of a file that a document names; raises ValueError, in words, unless it is a plain name inside.

    >>> within(Path("sources"), "manual.txt").name
    'manual.txt'
    >>> within(Path("sources"), "../.git/config")
    Traceback (most recent call last):
    ValueError: `../.git/config` is no plain name of a file in its folder
    """
    path = folder / name
    if name in ("", ".", "..") or any(each in name for each in "/\\:\0") or not name.isprintable():
        raise ValueError(f"`{name}` is no plain name of a file in its folder")
    if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"`{name}` is a link that leads out of its folder")
    return path


Kind = Literal["policies", "schemas"]


def shipped(kind: Kind) -> Path:
    """Locate a folder, in the installed package or else in the checkout; raises FileNotFoundError, which names both.

    >>> shipped("policies").name
    'policies'
    """
    installed = Path(__file__).parents[1] / "_data" / kind
    checkout = Path(__file__).resolve().parents[3] / kind
    for folder in (installed, checkout):  # so that an installed payrule never reads a folder that lies near it
        if folder.is_dir():
            return folder
    message = (
        f"no folder `{kind}` at `{installed}` nor at `{checkout}`: install payrule again from its wheel, "
        "or run it from a whole checkout"
    )
    raise FileNotFoundError(message)


def version_of(distribution: str) -> str:
    """Give the version of an installed distribution, by the name that its files have.

    The folder of its metadata is called by it. Where there is none, as in an archive, importlib.metadata looks further;
    to import that takes as long as to decide a claim. Raises ModuleNotFoundError for one that is not installed.

    >>> version_of("durable_rules")[:1].isdigit()
    True
    """
    start, end = f"{distribution}-", ".dist-info"
    for folder in sys.path:
        with suppress(OSError), os.scandir(folder or ".") as entries:
            for each in entries:
                if each.name.startswith(start) and each.name.endswith(end):
                    return each.name[len(start) : -len(end)]
    from importlib.metadata import version  # noqa: PLC0415 - as said above

    return version(distribution)


@cache
def payrule_version() -> str:
    """Give the version of payrule that runs.

    >>> payrule_version()[:1].isdigit()
    True
    """
    return version_of("payrule")


try:
    import fcntl
except ModuleNotFoundError:
    fcntl = None  # type: ignore[assignment]

_LOCK = "lock"


@contextmanager
def whole_file(path: Path, written: Callable[[], object] | None = None) -> Iterator[Path]:
    """Give a path to write to; when nothing goes wrong, what stands there takes the name `path`.

    `written` is called when it has it, before anything can interrupt.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with whole_file(Path(folder) / "a") as beside:
    ...         size = beside.write_text("all of it")
    ...     [each.name for each in Path(folder).iterdir()]
    ['a']
    """
    with whole_files(path, written=written) as (beside,):
        yield beside


@contextmanager
def whole_files(*paths: Path, written: Callable[[], object] | None = None) -> Iterator[tuple[Path, ...]]:
    """Give a path to write to for each of some files; when nothing goes wrong they take their names, the first last.

    So where the first file stands, the others are of the same run: an earlier one is taken away before they change. A
    file that is replaced hands on its permissions. Interrupts wait until all have their names; `written` is called
    before they come. Raises OSError, which names the file that cannot be written.
    """
    with ExitStack() as opened:
        folders = {}
        for path in paths:
            if path.parent not in folders:
                folders[path.parent] = opened.enter_context(folder_beside(path))
        beside = tuple(folders[path.parent] / path.name for path in paths)
        yield beside
        for made, path in zip(beside, paths, strict=True):
            with about(path):
                _keep(made)
                if path.exists():
                    made.chmod(S_IMODE(path.stat().st_mode))
        with interrupts_later():
            if len(paths) > 1:
                with about(paths[0]):
                    paths[0].unlink(missing_ok=True)
            for made, path in reversed(tuple(zip(beside, paths, strict=True))):
                with about(path):
                    made.replace(path)
            if os.name == "posix":  # elsewhere a folder cannot be kept
                for folder in folders:
                    _keep(folder)
            if written is not None:
                written()


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Wait until nobody else is alone in a folder, in this process or another; where there are no locks, do not wait.

    >>> with temporary_folder() as folder, alone_in(folder):
    ...     list(folder.iterdir())
    []
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def interrupts_later() -> Iterator[None]:
    """Let an interrupt wait until a step is done; Python handles interrupts in its main thread alone.

    >>> earlier = signal.signal(signal.SIGINT, lambda *_: print("interrupted"))
    >>> with interrupts_later():
    ...     signal.raise_signal(signal.SIGINT)
    ...     print("written")
    written
    interrupted
    >>> own = signal.signal(signal.SIGINT, earlier)
    """
    handler = signal.getsignal(signal.SIGINT)
    if current_thread() is not main_thread() or not callable(handler):
        yield
        return
    came = []
    signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
    if came:
        handler(came[0], None)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Make a folder, and take it away in the end; raises RequestError, which names the place, where that fails.

    >>> with temporary_folder() as folder:
    ...     folder.is_dir()
    True
    """
    from tempfile import TemporaryDirectory, gettempdir  # noqa: PLC0415 - whoever needs no folder starts without it

    place = ""
    try:
        place = gettempdir()
        with TemporaryDirectory(prefix="payrule-") as folder:
            yield Path(folder)
    except OSError as fault:
        if fault.filename is not None and not str(fault.filename).startswith(place):
            raise
        said = (fault.strerror or str(fault)).partition(" in [")[0].lower()
        message = f"temporary files{f' in `{place}`' if place else ''} cannot be written: {said}"
        help_text = "make sure that there is room, or name another folder in the environment variable `TMPDIR`"
        raise RequestError.of("unwritable", message, help_text) from None


def file_digest(path: Path) -> str:
    """Give the digest of a file's bytes; raises OSError where it cannot be read.

    >>> file_digest(Path("/dev/null"))[:15]
    'sha256:e3b0c442'
    """
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def text_digest(text: str) -> str:
    """Give the digest that a file with a text has.

    >>> text_digest("")[:15]
    'sha256:e3b0c442'
    """
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def copy_verified(path: Path, digest: str, copy: Path) -> None:
    """Copy a file that has this digest; raises ValueError, in words, when it has another one or cannot be read."""
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise ValueError(f"`{path.name}` cannot be read: {(fault.strerror or str(fault)).lower()}") from None
    found = f"sha256:{hashlib.sha256(content).hexdigest()}"
    if found != digest:
        message = f"`{path.name}` was changed since its table was read: its digest is `{found}`, not `{digest}`"
        raise ValueError(message)
    copy.write_bytes(content)


@contextmanager
def about(path: Path) -> Iterator[None]:
    """Let an OSError name the file that is wanted, not the one that is written meanwhile.

    >>> with about(Path("decided.csv")):
    ...     raise OSError(28, "No space left on device")
    Traceback (most recent call last):
    OSError: [Errno 28] No space left on device: 'decided.csv'
    """
    try:
        yield
    except OSError as fault:
        raise OSError(fault.errno, fault.strerror or str(fault), str(path)) from None


@contextmanager
def folder_beside(path: Path) -> Iterator[Path]:
    """Make a folder beside a place, and take it away in the end; raises OSError where none can be made."""
    with ExitStack() as made:
        with about(path):
            _take_away_left(path)
            folder = _locked_folder(path, made)
        yield folder


def _locked_folder(path: Path, made: ExitStack) -> Path:
    """Make a folder with a lock that is held; make another where it was taken for left before it was locked."""
    from shutil import rmtree  # noqa: PLC0415 - whoever writes no file starts without it

    while True:
        folder = path.with_name(f"{_start(path)}{os.urandom(4).hex()}")
        made.callback(rmtree, folder, ignore_errors=True)  # before it is there, so that it never stays behind
        folder.mkdir()
        with suppress(FileNotFoundError):
            lock = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
            made.callback(os.close, lock)
            if _lock(lock) is not False and (folder / _LOCK).exists():
                return folder


def _take_away_left(path: Path) -> None:
    from shutil import rmtree  # noqa: PLC0415 - whoever writes no file starts without it

    for left in path.parent.iterdir():
        if left.name.startswith(_start(path)):
            try:
                lock = os.open(left / _LOCK, os.O_RDWR)
            except OSError:
                with suppress(OSError):
                    left.rmdir()  # killed before it had a lock; where it is about to get one, another is made
                continue
            if _lock(lock):
                rmtree(left, ignore_errors=True)
            os.close(lock)


def _lock(file: int) -> bool | None:
    """Lock an open file and say whether it is ours now; None where there are no such locks."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (AttributeError, OSError):
        return None
    return True


def _start(path: Path) -> str:
    """Give how the names of folders beside a path begin."""
    return f".{path.name}.writing-"


def _keep(path: Path) -> None:
    """See that what stands there stands on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
