"""Run `payrule` in a process of its own without starting Python anew for each: one that has all imported is forked.

Nothing else is different: each command has its own memory, folder, environment and streams, works beside others in a
pipe, and ends as any process does. What depends on how Python starts (another encoding, a limit on files) starts it.
"""

import atexit
import gc
import marshal
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from importlib import import_module
from io import FileIO, TextIOWrapper
from pathlib import Path
from select import select
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, NamedTuple

from tests.remembered import remember

from payrule.cli.main import COMMANDS, command_named, main
from payrule.rulebase import rulebase

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 600
"""Seconds: what hangs is ended, and what is slow because others use the machine too is not."""

_STREAMS = (0, 1, 2)
_MANY = 1024
_UNFLUSHED = 120
_ASIDE = 100
"""Above every descriptor that a command opens before its streams are in place."""

_CALLER = """#!{python} -IS
import _socket, marshal, os, resource, sys
said = os.environ
if resource.getrlimit(resource.RLIMIT_FSIZE)[0] != resource.RLIM_INFINITY or said.get("PYTHONUTF8") != "1":
    os.execv({python!r}, [{python!r}, "-c", "from payrule.cli import main; main()", *sys.argv[1:]])
there = []
for each in {streams}:
    try:
        os.fstat(each)
        there.append(each)
    except OSError:
        pass
mask = os.umask(0)
os.umask(mask)
asked = marshal.dumps((sys.argv[1:], os.getcwd(), dict(said), mask, there, ""))
to = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
to.connect({address!r})
rights = b"".join(each.to_bytes(4, sys.byteorder) for each in there)
to.sendmsg([len(asked).to_bytes(4, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)] if rights else [])
to.sendall(asked)
os._exit(int(to.recv(4) or b"70"))
"""
"""A `payrule` for shells: it hands its streams to the process that is forked, and ends as that does."""


class Answer(NamedTuple):
    """What a command wrote, and its exit code."""

    stdout: str
    stderr: str
    code: int

    def transcript(self) -> str:
        """Write the answer as transcripts have it: standard error after `! `, then the exit code unless it is 0."""
        said = "".join(f"! {line}\n" for line in self.stderr.splitlines())
        return self.stdout + said + (f"[exit code {self.code}]\n" if self.code else "")


def surroundings(**more: str) -> dict[str, str]:
    """Give the environment of a command: nothing of the tester's terminal, and the `payrule` of this interpreter."""
    own = ("COLUMNS", "FORCE_COLOR", "NO_COLOR", "PYTHONUNBUFFERED")
    kept = {name: value for name, value in os.environ.items() if name not in own}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return kept | {"PATH": path, "PYTHONUTF8": "1"} | more


def typed(command: str, folder: Path, *, merged: bool = False) -> Answer:
    """Run what is typed at a prompt in a folder; `merged` gives both streams as a terminal shows them, as they come.

    A plain call of payrule is forked here; anything else is given to a shell.
    """
    arguments = plain(command)
    environment = surroundings(**({"PYTHONUNBUFFERED": "1"} if merged else {}))
    if arguments is None:
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=folder,
            env=environment | {"PATH": f"{_server().folder}{os.pathsep}{environment['PATH']}"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if merged else subprocess.PIPE,
            timeout=PATIENCE,
            check=False,
        )
        return Answer(done.stdout.decode(), (done.stderr or b"").decode(), done.returncode)
    return forked(folder, arguments, environment, merged=merged)


def forked(  # noqa: PLR0913 - what a process has
    folder: Path,
    arguments: Iterable[str],
    environment: Mapping[str, str],
    *,
    before: str = "",
    stdin: str = "",
    merged: bool = False,
) -> Answer:
    """Run payrule with arguments in a folder; `before` is Python that is run first, in the process of the command."""
    out, to_out = os.pipe()
    err, to_err = os.pipe()
    with TemporaryFile() as read, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as to:
        read.write(stdin.encode())
        read.seek(0)
        to.settimeout(PATIENCE)
        to.connect(_server().address)
        asked = marshal.dumps((list(arguments), str(folder), dict(environment), _mask(), list(_STREAMS), before))
        streams = [read.fileno(), to_out, to_out if merged else to_err]
        socket.send_fds(to, [len(asked).to_bytes(4, "big")], streams)
        to.sendall(asked)
        os.close(to_out)
        os.close(to_err)
        stdout, stderr = _read(out, err)
        ended = to.recv(4)
    assert ended, f"`payrule {shlex.join(arguments)}` did not end as a process does"
    return Answer(stdout, stderr, int(ended))


def _read(*ends: int) -> list[str]:
    """Read what comes out of pipes until nobody writes to them any more."""
    found: dict[int, bytes] = dict.fromkeys(ends, b"")
    going_on = set(ends)
    while going_on:
        ready, _, _ = select(list(going_on), [], [], PATIENCE)
        assert ready, "the command takes too long"
        for each in ready:
            if piece := os.read(each, 65536):
                found[each] += piece
            else:
                os.close(each)
                going_on.remove(each)
    return [text.decode() for text in found.values()]


def caller() -> Path:
    """Give an executable that is `payrule` in a process that is forked, for whoever has to start one."""
    return _server().folder / "payrule"


def plain(command: str) -> list[str] | None:
    """Give the arguments of a call of payrule that needs no shell; None for anything else.

    >>> plain("payrule check 'my rules' --quiet")
    ['check', 'my rules', '--quiet']
    >>> plain("payrule check | head -1"), plain("NO_COLOR=1 payrule check"), plain("payrule test */examples")
    (None, None, None)
    """
    if not command.startswith("payrule ") or set(command) & set('|;&<>()$`\\*?[]~{}#!\n"'):
        return None
    return shlex.split(command)[1:]


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


class _Server:
    """The process that is forked; it ends with this one."""

    def __init__(self) -> None:
        self._place = TemporaryDirectory(prefix="payrule-")
        self.folder = Path(self._place.name)
        self.address = str(self.folder / "socket")
        caller = self.folder / "payrule"
        caller.write_text(_CALLER.format(python=sys.executable, streams=_STREAMS, address=self.address))
        caller.chmod(0o755)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.forks", self.address],
            cwd=ROOT,
            env=surroundings(PYTHONPATH=os.pathsep.join([str(ROOT / "engine"), str(ROOT)])),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    def close(self) -> None:
        self._process.communicate()
        self._place.cleanup()


@cache
def _server() -> _Server:
    server = _Server()
    atexit.register(server.close)
    return server


def _serve(address: str) -> str:
    """Fork for each that calls, and tell it how that ended; in the forked process give what is to be run before."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(address)
    listener.listen()
    ended, noted = os.pipe()
    os.set_blocking(noted, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(noted)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    callers: dict[int, socket.socket] = {}
    while not (heard := select([listener.fileno(), ended, 0], [], [])[0]) or 0 not in heard:
        if ended in heard:
            os.read(ended, _MANY)
            _tell(callers)
        if listener.fileno() not in heard:
            continue
        caller, _ = listener.accept()
        length, streams, _, _ = socket.recv_fds(caller, 4, len(_STREAMS))
        asked = caller.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL)
        command = os.fork()
        if command:
            callers[command] = caller
            for each in streams:
                os.close(each)
            continue
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for each in (ended, noted):
            os.close(each)
        for opened in (listener, caller, *callers.values()):
            opened.close()
        return _become(marshal.loads(asked), streams)  # noqa: S302 - our own bytes
    os._exit(0)


def _tell(callers: dict[int, socket.socket]) -> None:
    """Give the exit code of each process that has ended to whom it was forked for."""
    with suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            status = os.waitstatus_to_exitcode(found[1])
            with callers.pop(found[0]) as caller, suppress(OSError):  # who called may have been killed meanwhile
                caller.sendall(str(status if status >= 0 else 128 - status).encode())


def _become(asked: tuple[list[str], str, dict[str, str], int, list[int], str], streams: list[int]) -> str:
    """Take the arguments, the folder, the environment, the mask of new files and the streams of a command."""
    arguments, folder, environment, mask, there, before = asked
    aside = [os.dup2(each, _ASIDE + each) for each in streams]
    for each in (*streams, *_STREAMS):
        os.close(each)
    for place, descriptor in zip(there, aside, strict=True):
        os.dup2(descriptor, place)
        os.close(descriptor)
    sys.argv = ["payrule", *arguments]
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    os.umask(mask)
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        stream = _opened(number, mode) if number in there else None
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    return before


def _opened(number: int, mode: str) -> IO[str]:
    """Open a stream as Python does when it starts in UTF-8 mode."""
    errors = "backslashreplace" if number == _STREAMS[-1] else "surrogateescape"
    if mode == "w" and os.environ.get("PYTHONUNBUFFERED"):
        return TextIOWrapper(FileIO(number, mode, closefd=False), "utf-8", errors, write_through=True)
    return open(number, mode, encoding="utf-8", errors=errors, closefd=False)


def _get_ready() -> None:
    """Import all that commands import, and make what they make once."""
    remember()
    for name in COMMANDS:
        command_named(name)
    engine = ROOT / "engine" / "payrule"
    for path in engine.rglob("*.py"):
        name = ".".join(path.relative_to(ROOT / "engine").with_suffix("").parts)
        if path.stem not in ("__main__", "spark", "arrow"):
            import_module(name.removesuffix(".__init__"))
    rulebase.load()
    for small in ("golden", "lint"):  # what tests copy
        rulebase.load(ROOT / "tests" / small / "rulebase")
    gc.collect()
    gc.freeze()


def _end(code: object) -> None:
    """End as Python does, but for taking everything apart, which costs a forked process more than most commands.

    That is: wait for threads, call what is registered, flush the streams (120 where they cannot be).
    """
    ended = 0 if code is None else code if isinstance(code, int) else 1
    if code is not None and not isinstance(code, int):
        sys.stderr.write(f"{code}\n")
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - Python calls it, too
    atexit._run_exitfuncs()  # noqa: SLF001
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except Exception:  # noqa: BLE001 - whatever a stream raises
            ended = _UNFLUSHED
    os._exit(ended & 0xFF)


if __name__ == "__main__":
    _get_ready()
    exec(_serve(sys.argv[1]))  # noqa: S102 - what a test has to run before
    try:
        main()
    except SystemExit as end:
        _end(end.code)
    _end(None)
