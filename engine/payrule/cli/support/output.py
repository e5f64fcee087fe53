"""Where output goes: standard output, or a file that appears whole or not at all; and progress on a terminal."""

import difflib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from secrets import token_hex
from shutil import get_terminal_size
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self, TextIO

import click

from payrule.cli.support.interrupts import interruptible

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text

    from payrule.reports.count import Changes, Count


def say(text: object = "", *, err: bool = False, nl: bool = True, lines: bool = False) -> None:
    """Write a line for people, or several: what would disturb a terminal is written out, no line begins a command.

    Names of files, and what claims and documents call things, are others' words; so one line stays one.
    """
    from payrule.reports.findings import printable

    parts = [each.removesuffix("\r") for each in str(text).split("\n")] if lines else [str(text)]
    click.echo("\n".join("\t".join(map(printable, part.split("\t"))) for part in parts), err=err, nl=nl)


@contextmanager
def binary_output(path: Path | None) -> Iterator[Callable[[bytes], object]]:
    """Give a function that writes: to standard output, or to a file that takes its name only when all is written.

    What is no ordinary file, such as a named pipe, is written to directly. Raises RequestError when nothing can be
    written.
    """
    if path is None:
        yield from _straight(sys.stdout.buffer, "standard output")
    elif path.exists() and not path.is_file():
        with _writing(f"`{path}`", _ELSEWHERE):
            stream = path.open("wb", buffering=0)
        with stream:
            yield from _straight(stream, f"`{path}`")
    else:
        yield from _whole_file(path)


def whole_files(contents: Mapping[Path, bytes]) -> None:
    """Write several files, all of them or none; folders are made where there are none.

    Raises RequestError when one cannot be written.
    """
    with ExitStack() as together:
        for path, data in contents.items():
            with _writing(f"`{path.parent}`", _ELSEWHERE):
                path.parent.mkdir(parents=True, exist_ok=True)
            together.enter_context(binary_output(path))(data)


@contextmanager
def folder_made(path: Path) -> Iterator[None]:
    """Make a folder where there is none; where what is to be written to it fails, take it away if it is empty."""
    missing = [each for each in (path, *path.parents) if not each.exists()]
    try:
        path.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for each in missing:
            with suppress(OSError):
                each.rmdir()
        raise


def _straight(stream: BinaryIO, name: str) -> Iterator[Callable[[bytes], object]]:
    yield _writer(stream, name)
    with _writing(name, _ROOM):
        stream.flush()


def _whole_file(path: Path) -> Iterator[Callable[[bytes], object]]:
    """Write beside the file, then give what was written its name, and the rights of the file that it replaces."""
    beside = path.with_name(f".{path.name}.{token_hex(4)}")
    with ExitStack() as at_the_end:
        at_the_end.callback(beside.unlink, missing_ok=True)
        with _writing(f"`{path}`", _ELSEWHERE):
            stream = beside.open("xb")
        at_the_end.callback(_closed, stream)
        yield from _straight(stream, f"`{path}`")
        with _writing(f"`{path}`", _ROOM):
            os.fsync(stream.fileno())
            if path.exists():
                beside.chmod(path.stat().st_mode & 0o777)
            beside.replace(path)


def _closed(stream: BinaryIO) -> None:
    """Close a file; what it could not write has been said already."""
    with suppress(OSError):
        stream.close()


_ELSEWHERE = "name a file in a folder that exists and that you may write to"
_ROOM = "see that there is room for it"


def _writer(stream: BinaryIO, name: str) -> Callable[[bytes], object]:
    def write(data: bytes) -> None:
        with _writing(name, _ROOM):
            stream.write(data)

    return write


@contextmanager
def _writing(name: str, help_text: str) -> Iterator[None]:
    """Word what keeps us from writing; a pipe whose reader has gone is no fault."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as fault:
        from payrule.source.diagnostics import RequestError

        message = f"{name} cannot be written: {(fault.strerror or str(fault)).lower()}"
        raise RequestError.of("unwritable", message, help_text) from None


STANDARD_INPUT = "<standard input>"


def standard_input() -> AbstractContextManager[BufferedReader]:
    """Give standard input as bytes that can be looked at before they are read."""
    return interruptible(sys.stdin.fileno())


def terminal(stream: TextIO | None) -> dict[str, Any]:
    """Say how wide a stream is, in characters, and whether it wants colour; None is a file.

    `COLUMNS` says how wide a terminal or a pipe is, as everywhere; else a terminal knows, and all others are 100 wide.
    """
    if stream is None:
        return {"width": PIPE_WIDTH, "colour": False}
    columns = get_terminal_size((PIPE_WIDTH, 0)).columns
    return {"width": max(columns, NARROWEST), "colour": stream.isatty() and not os.environ.get("NO_COLOR")}


PIPE_WIDTH, NARROWEST = 100, 30


def terminal_width() -> int | None:
    """Say how wide the terminal is, in characters; None for a pipe or a file, where a row stays a line."""
    return get_terminal_size((0, 0)).columns or None


class Progress:
    """Show on a terminal how many encounters have been decided; nothing when standard error is no terminal."""

    def __init__(self, count: "Count | Changes", *, visible: bool) -> None:
        """Take the count that is shown."""
        self._count = count
        self._live = self._shown() if visible and sys.stderr.isatty() else None

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take the line away."""
        if self._live is not None:
            self._live.stop()

    def _shown(self) -> "Live":
        from rich.console import Console
        from rich.live import Live

        console = Console(stderr=True)
        return Live(get_renderable=self._said, console=console, transient=True, refresh_per_second=4)

    def _said(self) -> "Text":
        from rich.text import Text

        return Text(f"deciding … {self._count.sentence()}")


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all; a link stays a link."""
    with binary_output(path.resolve() if path.is_symlink() else path) as put:
        put(text.encode())


def difference(path: Path, before: str, after: str) -> str:
    """Show what would change as `diff -u` and `patch` have it."""
    lines = difflib.unified_diff(_lines(before), _lines(after), str(path), str(path))
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(text: str) -> list[str]:
    """Split at line feeds alone: JSON texts may hold other characters that Python takes for line ends."""
    return [f"{line}\n" for line in text.split("\n")[:-1]] + [last for last in text.split("\n")[-1:] if last]
