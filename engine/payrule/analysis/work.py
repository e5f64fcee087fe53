"""How the slices of a question are worked through: shared between processes, with answers kept for the next time.

An answer follows from its slice alone. So it is the same whoever finds it, in whatever order, and whether it was kept.
Answers are kept in a folder, by the digest of all that they follow from. The folder is safe to delete, or to damage:
what cannot be read, or does not bear its own digest, is asked anew. It says itself that git is to ignore it, and what
has not been read for longest is taken away before it grows too large.
"""

import hashlib
import os
import pickle
import re
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache, partial
from multiprocessing import current_process, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from select import select
from stat import S_ISREG
from threading import current_thread, main_thread
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, runtime_checkable

import msgspec

from payrule.analysis.slices import Slice
from payrule.analysis.solver import never
from payrule.source.files import interrupts_later, temporary_folder
from payrule.source.memory import Uncollected

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
            found = path.stat()
            if not S_ISREG(found.st_mode) or found.st_size > self._most:
                return None
            digest, _, answer = path.read_bytes().partition(b"\n")
            if digest != _digest(key, answer):
                return None
            os.utime(path)
        except OSError:
            return None
        return answer

    def keep(self, answers: Iterable[tuple[str, bytes]]) -> None:
        """Keep answers by their keys, each whole or not at all, and none that cannot be written."""
        for key, answer in answers:
            with suppress(OSError):
                self._keep(key, answer)
        with suppress(OSError):
            self._forget()

    def _keep(self, key: str, answer: bytes) -> None:
        self._prepare()
        with interrupts_later():
            beside = self._path(f"{key}.{os.getpid()}")
            try:
                beside.write_bytes(_digest(key, answer) + b"\n" + answer)
                beside.replace(self._path(key))
            finally:
                beside.unlink(missing_ok=True)

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


Answer = TypeVar("Answer")

MOST_PROCESSES = 2
"""Processes that share the slices of a question."""


class Work(msgspec.Struct, frozen=True):
    """How many processes share the slices of a question, and in which folder answers are kept; None for none.

    With more than one process, the main module of a program must do nothing when it is imported.
    """

    processes: int = 1
    kept: Path | None = None


ALONE = Work()
"""One process, and nothing is kept."""


def usable_processes() -> int:
    """Say how many processes can share a question here: not more than there are cores for."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    return min(MOST_PROCESSES, cores)


class Question(Protocol[Answer]):
    """A question that can be asked slice by slice; it can be pickled."""

    def read_of(self, of: Slice) -> tuple[bytes, ...]:
        """Give all that an answer follows from, beside the engine."""

    def terms(self) -> bytes:
        """Give the terms under which claims are decided: what a slice shows is the same under all of them."""

    def ask(self, of: Slice, expired: Callable[[], bool]) -> Answer:
        """Ask it of a slice; where time runs out, the answer is what was found until then."""

    def write(self, answer: Answer) -> bytes | None:
        """Write an answer, to be kept; None for one that was cut off."""

    def read(self, of: Slice, written: bytes) -> "Answered[Answer] | None":
        """Read an answer that was kept; None where it cannot be read, or no longer holds. One to keep anew is new."""


@runtime_checkable
class Recalls(Protocol):
    """What decides claims, and gives an answer that was kept where all that it follows from is the same."""

    def write(self, encounter: dict[str, Any], decided: Any) -> bytes:
        """Write what was decided, as JSON, with the digest of all that it follows from."""

    def recall(self, encounter: dict[str, Any], kept: bytes) -> tuple[Any, bool]:
        """Give what was kept where it is the same now, or decide; say whether it was kept."""

    def terms(self) -> bytes:
        """Give the terms under which it decides: the same rules are asked about for a payer, and for a policy alone."""


_NOTHING = msgspec.Raw(b"null")


def kept_answer(replay: object, encounter: dict[str, Any], decided: Any) -> msgspec.Raw:
    """Write what a claim is answered, by what decides claims and can recall; else nothing is kept.

    >>> bytes(kept_answer(str.upper, {}, "COVERED"))
    b'null'
    """
    return msgspec.Raw(replay.write(encounter, decided)) if isinstance(replay, Recalls) else _NOTHING


def recalled(replay: Callable[[dict[str, Any]], Any], encounter: dict[str, Any], kept: msgspec.Raw) -> tuple[Any, bool]:
    """Give what a claim is answered, as it was kept or decided again, and whether it need not be kept anew.

    >>> recalled(lambda claim: claim["id"], {"id": "E-1"}, msgspec.Raw(b"null"))
    ('E-1', True)
    """
    if isinstance(replay, Recalls):
        return replay.recall(encounter, bytes(kept))
    return replay(encounter), True


def terms_of(replay: object) -> bytes:
    """Give the terms under which claims are decided, by what can recall; else none.

    >>> terms_of(str.upper)
    b''
    """
    return replay.terms() if isinstance(replay, Recalls) else b""


class _Item(NamedTuple, Generic[Answer]):
    slice: Slice
    written: bytes | None

    def answered(self, question: Question[Answer], expired: Callable[[], bool]) -> "Answered[Answer]":
        found = question.read(self.slice, self.written) if self.written is not None else None
        return found if found is not None else Answered(question.ask(self.slice, expired), is_new=True)


class Answered(NamedTuple, Generic[Answer]):
    """An answer, and whether it is to be kept."""

    answer: Answer
    is_new: bool


def answered(
    question: Question[Answer], asked: Sequence[Slice], work: Work = ALONE, expired: Callable[[], bool] = never
) -> list[Answer]:
    """Answer a question for one slice after the other, in their order; what time does not suffice for is left out.

    Raises what asking raises.
    """
    with Uncollected():
        folder = _KeptOf(question, AnswersKept(work.kept)) if work.kept is not None else None
        items = [_Item(each, folder.read(each) if folder is not None else None) for each in asked]
        found = _shared(question, items, work.processes, expired)
        if folder is not None:
            folder.keep((items[at], each.answer) for at, each in found.items() if each.is_new)
        return [found[at].answer for at in sorted(found)]


class _KeptOf(Generic[Answer]):
    """The answers to a question that are kept: one for the terms under which claims are decided, one for any terms.

    Under other terms what a slice shows need not be asked again, but what is decided of its claims is another answer.
    Each stays beside the other.
    """

    def __init__(self, question: Question[Answer], kept: AnswersKept) -> None:
        """Take the question, and where answers are kept."""
        self._question, self._kept, self._terms = question, kept, question.terms()

    def read(self, of: Slice) -> bytes | None:
        """Read the answer for a slice, of these terms or else of others; None where there is none."""
        return next((found for key in self._keys(of) if (found := self._kept.read(key)) is not None), None)

    def keep(self, answers: Iterable[tuple[_Item[Answer], Answer]]) -> None:
        """Keep new answers, as far as time sufficed for them; for any terms the one that was asked first."""
        new = ((item, self._question.write(answer)) for item, answer in answers)
        self._kept.keep(
            (key, written)
            for item, written in new
            if written is not None
            for key in self._keys(item.slice)[: 1 if item.written is not None else None]
        )

    def _keys(self, of: Slice) -> tuple[str, ...]:
        """Give the keys of an answer: of these terms, and of any; none where the question is left whole."""
        if of.codes is None:
            return ()
        read = self._question.read_of(of)
        return self._kept.key((*read, self._terms)), self._kept.key(read)


_FEW, _FEW_WHERE_STARTED = 4, 24
"""Slices that are as soon answered by one process: where another is a copy of it, and where it has to be started."""


def _shared(
    question: Question[Answer], items: Sequence[_Item[Answer]], processes: int, expired: Callable[[], bool]
) -> dict[int, Answered[Answer]]:
    """Answer by the place in the list, in two processes where that is worth it and possible.

    It is worth it where much has to be asked: what was kept is soon read.
    """
    method = "fork" if _can_be_copied() else "spawn"
    few = _FEW if method == "fork" else _FEW_WHERE_STARTED
    found: dict[int, Answered[Answer]] = {}
    to_ask = sum(each.written is None for each in items)
    if processes > 1 and to_ask > few and os.name == "posix" and not current_process().daemon:
        with _load(method, (question, items)) as load, _queue(len(items)) as queue:
            if load is not None:
                with _another(method, load, queue) as other:
                    found = _worked_off(question, items, queue, expired)
                    found |= other.found(expired)
    for at, item in enumerate(items):
        if at not in found:
            if expired():
                break
            found[at] = item.answered(question, expired)
    return found


def _can_be_copied() -> bool:
    """Tell whether this process can go on as two: it has one thread, also of those that Python does not know."""
    threads = Path("/proc/self/task")
    return sys.platform == "linux" and threads.is_dir() and len(list(threads.iterdir())) == 1


_PLACE = 4
"""Bytes of a place in the queue."""


@contextmanager
def _queue(number: int) -> Iterator[Connection]:
    """Give a pipe that holds each place once; several processes can take from it."""
    taken, put = get_context("spawn").Pipe(duplex=False)
    try:
        os.set_blocking(put.fileno(), False)
        with suppress(BlockingIOError):  # what the pipe has no room for is left to whoever is done first
            for at in range(number):
                os.write(put.fileno(), at.to_bytes(_PLACE, "big"))
        put.close()
        yield taken
    finally:
        taken.close()


def _worked_off(
    question: Question[Answer], items: Sequence[_Item[Answer]], queue: Connection, expired: Callable[[], bool]
) -> dict[int, Answered[Answer]]:
    """Take places from the queue, and answer them, until there are none or time has run out."""
    found = {}
    while not expired() and (place := os.read(queue.fileno(), _PLACE)):
        at = int.from_bytes(place, "big")
        found[at] = items[at].answered(question, expired)
    return found


class _Another(Generic[Answer]):
    """Another process that takes from the same queue."""

    def __init__(self, results: Connection, alive: Connection) -> None:
        self._results, self._alive = results, alive

    def found(self, expired: Callable[[], bool]) -> dict[int, Answered[Answer]]:
        """Wait for what it has found; nothing where it failed: what it has not answered is asked again here."""
        while not self._results.poll(_GLANCE):
            if expired():
                self._alive.close()
                break
        try:
            found: dict[int, Answered[Answer]] = self._results.recv()
        except (EOFError, OSError):
            return {}
        return found


_GLANCE = 0.05
"""Seconds between two looks at the clock while another process is waited for."""


_Load = tuple[Question[Answer], Sequence[_Item[Answer]]]
"""What a process works on."""


def _left(load: _Load[Answer]) -> _Load[Answer]:
    """Take what a copy of a process has already."""
    return load


def _handed_over(path: Path) -> Any:
    """Take what was written for a process that is started: in a file, for it may fail to read a pipe to its end."""
    return pickle.loads(path.read_bytes())  # noqa: S301 - written for this by who started it, where nobody else writes


@contextmanager
def _load(method: str, load: _Load[Answer]) -> Iterator[Callable[[], _Load[Answer]] | None]:
    """Give what takes the load in another process; None where it cannot be handed over."""
    if method == "fork":
        yield partial(_left, load)
        return
    try:
        written = pickle.dumps(load)
    except (AttributeError, TypeError, pickle.PicklingError):
        yield None
        return
    with temporary_folder() as folder:
        (folder / "load").write_bytes(written)
        yield partial(_handed_over, folder / "load")


@contextmanager
def _another(method: str, load: Callable[[], _Load[Answer]], queue: Connection) -> Iterator[_Another[Answer]]:
    """Start another process; it ends with this one, and where this one ends otherwise, at once."""
    context: Any = get_context(method)
    results, send = context.Pipe(duplex=False)
    watched, alive = context.Pipe(duplex=False)
    inherited = (results, alive) if method == "fork" else ()
    arguments = (load, queue, send, watched, inherited)
    process = context.Process(target=_work_beside, args=arguments, daemon=True)
    try:
        with _without_interrupts():
            process.start()
        send.close()
        watched.close()
        yield _Another(results, alive)
    finally:
        if process.pid is not None:
            process.kill()
            process.join()
        for each in (results, send, watched, alive):
            each.close()


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Keep interrupts from a process that is started here, until it says itself what it does with them."""
    if current_thread() is not main_thread():
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work_beside(
    take: Callable[[], _Load[Answer]],
    queue: Connection,
    send: Connection,
    watched: Connection,
    inherited: Sequence[Connection],
) -> None:
    """Work off what is in the queue, as long as who started this is there, and send what was found."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it ends it
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
    for each in inherited:
        each.close()
    found: dict[int, Answered[Answer]] = {}
    with suppress(Exception):  # it is asked again where it is told
        question, items = take()
        found = _worked_off(question, items, queue, lambda: bool(select((watched,), (), (), 0)[0]))
    with suppress(OSError):
        send.send(found)
    send.close()
