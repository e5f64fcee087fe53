"""The one way to the C module of durable_rules.

It is used without its `Host`, whose timer threads and swallowed errors have no place in a decision, and so that none of
its known defects can be reached: every ruleset is fired once and its session deleted before the first use, one session
of a ruleset lives at a time and is always deleted, nothing is retracted, no callback is registered, and only integers
go in. The module never lets go of the interpreter lock and has no locks of its own: one lock a network keeps the calls
of a session together. A forked child throws away what it inherited and compiles anew.
"""

import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Protocol, TypeVar

from payrule.source.diagnostics import PayruleError
from payrule.source.files import version_of

_DISTRIBUTION = "durable_rules"
_OPENING = len('{"x":[{"')
_TRIED = '000":{"n":10000'
_HEAD = len(_TRIED)
_BETWEEN = '}},{"'
_LARGE_BLOCK = 31 << 20

_Result = TypeVar("_Result")


class EngineError(PayruleError):
    """The forward-chaining engine is not there, or did what it must not."""


class Program(Protocol):
    """What the driver needs of a program: the text of a ruleset, and messages that make its first rule match once."""

    text: str
    trial: tuple[str, ...]


def _engine_name() -> str:
    try:
        return f"{_DISTRIBUTION} {version_of(_DISTRIBUTION)}"
    except ModuleNotFoundError:
        return f"{_DISTRIBUTION} (not installed)"


ENGINE = _engine_name()
"""The engine and its version, as determinations name it."""


class EngineMissingError(EngineError):
    """The C module of durable_rules cannot be loaded; the message says why, and how to get it."""


_COMPILER = (
    "a C compiler and the Python headers (Debian and Ubuntu: `build-essential python3-dev`; Fedora: `gcc "
    "python3-devel`; macOS: `xcode-select --install`)"
)
_BUILD = "pip install --force-reinstall --no-cache-dir --no-binary durable_rules durable_rules"
_ABSENT = "PyEval_CallObject"
"""What Python 3.13 took away, and the C module calls only for callbacks, of which none is registered."""


def require() -> None:
    """Load the C module of durable_rules now; raises EngineMissingError, in one sentence, where it cannot be loaded.

    >>> require()
    """
    _load()


@cache
def _load() -> ModuleType:
    try:
        with _lazy_binding():
            # Here, so that a Python that cannot load it gets a sentence, not a traceback.
            import durable_rules_engine  # noqa: PLC0415
    except ImportError as error:
        where = f"the rules engine durable_rules does not load under Python {sys.version.split()[0]} ({error})"
        built = f"`CC='cc -D{_ABSENT}=PyObject_CallObject' {_BUILD}`" if _ABSENT in str(error) else f"`{_BUILD}`"
        raise EngineMissingError(
            f"{where}: with Python 3.11, 3.12 or 3.13, install {_COMPILER}, then build the engine with {built}"
        ) from error
    # A large block that was given back makes glibc keep freed memory for itself instead of returning it to the system
    # after each session: sessions of small rulesets get up to ten times faster. Other allocators take no notice.
    bytes(_LARGE_BLOCK)
    module: ModuleType = durable_rules_engine
    return module


@contextmanager
def _lazy_binding() -> Iterator[None]:
    """Let a C module that is imported look up what it calls when it first calls it.

    The C module of durable_rules calls `PyEval_CallObject` for callbacks, which Python 3.13 no longer has.
    """
    if not hasattr(sys, "setdlopenflags"):  # there is nothing of the kind on Windows
        yield
        return
    flags = sys.getdlopenflags()
    sys.setdlopenflags((flags & ~os.RTLD_NOW) | os.RTLD_LAZY)
    try:
        yield
    finally:
        sys.setdlopenflags(flags)


class _Process:
    """Which process this is, counted in forks: what was compiled in another one is not touched."""

    generation = 0

    @classmethod
    def forked(cls) -> None:
        cls.generation += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_Process.forked)


class _Compiled:
    """The rulesets of a network that are compiled in this process, and the lock that keeps their sessions apart."""

    def __init__(self, count: int) -> None:
        self.generation = _Process.generation
        self.lock = threading.Lock()
        self.handles: list[int | None] = [None] * count
        self.untidy = False
        """Whether a caller was cut off while it tidied up (by Ctrl-C, say): then nothing here can be trusted."""
        weakref.finalize(self, _delete, self.handles, self.generation).atexit = False


def _delete(handles: list[int | None], generation: int) -> None:
    if generation == _Process.generation:
        for handle in handles:
            if handle is not None:
                _load().delete_ruleset(handle)


class Engine:
    """The rulesets of a network; each is compiled when it is first needed in a process."""

    def __init__(self, programs: Sequence[Program]) -> None:
        """Take the programs; nothing is compiled yet. Raises EngineMissingError where the C module cannot be loaded."""
        self._rete = _load()
        self._programs = tuple(programs)
        self._compiled = _Compiled(len(self._programs))

    def with_session(self, work: "Callable[[Session], _Result]") -> _Result:
        """Let one caller at a time work with the rulesets; whatever happens to it, no session outlives this."""
        compiled = self._compiled
        if compiled.generation != _Process.generation:
            # The lock, too, is inherited as it was at the fork: held, maybe, by a thread that does not exist here.
            compiled = self._compiled = _Compiled(len(self._programs))
        with compiled.lock:
            if compiled.untidy:
                compiled.handles[:] = [None] * len(self._programs)
            compiled.untidy = True
            session = Session(self._rete, self._programs, compiled.handles)
            try:
                return work(session)
            finally:
                session.clear()
                compiled.untidy = False

    def close(self) -> None:
        """Delete the compiled rulesets now instead of when nothing refers to them; they come back when needed."""
        self._compiled = _Compiled(len(self._programs))


class Session:
    """Sessions with the rulesets of a network, at most one live session a ruleset."""

    def __init__(self, rete: ModuleType, programs: tuple[Program, ...], handles: list[int | None]) -> None:
        """Start without a session."""
        self._rete = rete
        self._programs = programs
        self._handles = handles
        self._live: set[int] = set()

    def fire(self, index: int, messages: Sequence[str]) -> list[str]:
        """Add messages to the session with a ruleset, and give the beginning of each new match.

        A beginning is as `000":{"n":10000`: the alias of the production and the number of the first message. Raises
        EngineError when the engine reports anything but facts that match or do not match.
        """
        if not messages:
            return []  # an empty batch would leave the engine's result undefined
        handle = self._handles[index]
        if handle is None:
            handle = self._handles[index] = self._create(index)
        self._live.add(index)
        try:
            return self._fire(handle, messages)
        except EngineError:
            # What failed inside C is not touched again; the ruleset is compiled anew when it is next needed.
            self._live.discard(index)
            self._handles[index] = None
            raise

    def clear(self) -> None:
        """Delete every live session."""
        for index in tuple(self._live):
            try:
                self._rete.delete_state(self._handles[index], None)
            except self._rete.error:
                self._handles[index] = None
            self._live.discard(index)

    def _create(self, index: int) -> int:
        """Compile a ruleset and fire it once: until that has been done, deleting a session frees memory at random."""
        program = self._programs[index]
        try:
            handle: int = self._rete.create_ruleset(f"payrule{index}", program.text)
        except self._rete.error as error:
            raise EngineError(f"the rules engine does not take a ruleset: {error}") from error
        if self._fire(handle, program.trial).count(_TRIED) != 1:
            raise EngineError(
                f"{ENGINE} does not match as payrule needs it to: install durable_rules 2.0.28, which is tested"
            )
        self._rete.delete_state(handle, None)
        return handle

    def _fire(self, handle: int, messages: Sequence[str]) -> list[str]:
        rete = self._rete
        try:
            code, session = rete.assert_facts(handle, f"[{','.join(messages)}]")
            if code > 1:
                raise EngineError(f"the rules engine dropped a message (code {code})")
            started = rete.start_action_for_state(handle, session)
            text = started and started[1]
            heads: list[str] = []
            while text:
                heads += [piece[:_HEAD] for piece in text[_OPENING:].split(_BETWEEN)]
                text = rete.complete_and_start_action(handle, session)
        except rete.error as error:
            raise EngineError(f"the rules engine failed: {error}") from error
        return heads
