"""Where output goes: standard output, or a file that appears whole or not at all; progress; and standard input."""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from io import BufferedReader, FileIO, RawIOBase
from pathlib import Path
from select import select
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

import click

from payrule.cli.support.errors import refuse

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from payrule.reports.pages.page import Page
    from payrule.reports.text import Changes, Count


def say(text: object = "", *, err: bool = False, nl: bool = True, lines: bool = False) -> None:
    """Write a line for people, or several: what would disturb a terminal is written out, no line begins a command.

    Names of files, and what claims and documents call things, are others' words; so one line stays one.
    """
    from payrule.reports.diagnostics import printable

    parts = [each.removesuffix("\r") for each in str(text).split("\n")] if lines else [str(text)]
    click.echo("\n".join("\t".join(map(printable, part.split("\t"))) for part in parts), err=err, nl=nl)


@contextmanager
def binary_output(
    path: Path | None, written: Callable[[], object] | None = None
) -> Iterator[Callable[[bytes], object]]:
    """Give a function that writes: to standard output, or to a file that takes its name only when all is written.

    `written` is called when it has it, before anything can interrupt.

    What is no ordinary file, such as a named pipe, is written to directly. Raises RequestError when nothing can be
    written.
    """
    from payrule.source.files import whole_file

    name = "standard output" if path is None else f"`{path}`"
    stream: BinaryIO = sys.stdout.buffer
    with ExitStack() as opened:
        with _writing(name, _ELSEWHERE):
            if path is not None and path.exists() and not path.is_file():
                stream = opened.enter_context(path.open("wb", buffering=0))
            elif path is not None:
                stream = opened.enter_context(opened.enter_context(whole_file(path, written)).open("xb"))

        def write(data: bytes) -> None:
            with _writing(name, _ROOM):
                stream.write(data)

        yield write
        with _writing(name, _ROOM):
            stream.flush()
            opened.close()


class LastStep:
    """Whether a command has written all that it writes, so that an interrupt finds nothing to interrupt."""

    def __init__(self) -> None:
        """Begin with all to be written."""
        self.is_done = False


def all_written() -> None:
    """Note that a command has written all that it writes: from here on it is not interrupted."""
    step = click.get_current_context().find_object(LastStep)
    if step is not None:
        step.is_done = True


def whole_files(contents: Mapping[Path, bytes]) -> None:
    """Write several files, all or none, and make folders that are missing; raises RequestError when one cannot be."""
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


_ELSEWHERE = "name a file in a folder that exists and that you may write to"
_ROOM = "make sure that there is room for it"


@contextmanager
def _writing(name: str, help_text: str) -> Iterator[None]:
    """Word what keeps us from writing; a pipe whose reader has gone is no error."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as fault:
        message = f"{name} cannot be written: {(fault.strerror or str(fault)).lower()}"
        refuse("unwritable", message, help_text)


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all; a link stays a link."""
    with binary_output(path.resolve() if path.is_symlink() else path) as put:
        put(text.encode())


def write_page(found: Any, page: Callable[[], "Page"], form: str, out: Path | None) -> None:
    """Write what was found to standard output or to a file, as its page or as JSON."""
    with binary_output(out) as put:
        if form == "json":
            from payrule.reports.json import json_document

            put(b"".join(json_document([found])))
        elif form == "markdown":
            from payrule.reports.pages.markdown import page_markdown

            put(page_markdown(page()))
        elif form == "html":
            from payrule.reports.pages.html import page_html

            put(page_html(page()))
        else:
            from payrule.reports.pages.text import page_text

            put(page_text(page(), **terminal(None if out else sys.stdout)))


def difference(path: Path, before: str, after: str) -> str:
    """Show what would change as `diff -u` and `patch` have it."""
    import difflib

    lines = difflib.unified_diff(_lines(before), _lines(after), str(path), str(path))
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(text: str) -> list[str]:
    """Split at line feeds alone: JSON texts may hold other characters that Python takes for line ends."""
    return [f"{line}\n" for line in text.split("\n")[:-1]] + [last for last in text.split("\n")[-1:] if last]


PIPE_WIDTH, NARROWEST = 100, 30


def terminal(stream: TextIO | None) -> dict[str, Any]:
    """Say how wide a stream is, in characters, and whether it wants color; None is a file.

    `COLUMNS` says how wide a terminal or a pipe is, as everywhere; else a terminal knows, and all others are 100 wide.
    """
    if stream is None:
        return {"width": PIPE_WIDTH, "colour": False}
    columns = _columns() or PIPE_WIDTH
    return {"width": max(columns, NARROWEST), "colour": stream.isatty() and not os.environ.get("NO_COLOR")}


def terminal_width() -> int | None:
    """Say how wide the terminal is, in characters; None for a pipe or a file, where a row stays a line."""
    return _columns() or None


def _columns() -> int:
    """Say how wide `COLUMNS` or the terminal is, in characters; 0 where neither says."""
    from shutil import get_terminal_size

    return get_terminal_size((0, 0)).columns


@contextmanager
def claim_progress(count: "Count | Changes", *, visible: bool) -> Iterator[None]:
    """Show on a terminal how many claims have been decided; nothing when standard error is no terminal."""
    if not (visible and sys.stderr.isatty()):
        yield
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    def shown() -> Text:
        return Text(f"deciding … {count.sentence()}")

    with Live(get_renderable=shown, console=Console(stderr=True), transient=True, refresh_per_second=4):
        yield


@contextmanager
def line_progress(*, visible: bool) -> Iterator[Callable[[float, int], None]]:
    """Give a function that takes the share that is done and the number of lines, and shows both on a terminal."""
    if not (visible and sys.stderr.isatty()):
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = ("deciding …", BarColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, rate="")

        def show(share: float, lines: int) -> None:
            bar.update(task, total=lines, completed=share * lines, rate=rate(share * lines, bar.tasks[0].elapsed or 0))

        yield show


def rate(lines: float, seconds: float) -> str:
    """Say how many lines a second were decided; nothing as long as none are.

    >>> rate(500_000, 2), rate(0, 2)
    ('250,000 lines a second', '')
    """
    return f"{lines / seconds:,.0f} lines a second" if lines and seconds else ""


STANDARD_INPUT = "<standard input>"
_AT_ONCE = 4096


@contextmanager
def interruptible(descriptor: int) -> Iterator[BufferedReader]:
    """Give an open file as bytes that can be looked at before they are read; to be used in the main thread.

    Python runs what a signal asks for between two of its own steps. A signal that comes after the last step before a
    read, or to another thread, does not end that read: the command would wait for input that may never come. So input
    is awaited together with a pipe to which Python's own handler writes when a signal comes.
    """
    seen, written = os.pipe()
    os.set_blocking(written, False)
    before = signal.set_wakeup_fd(written, warn_on_full_buffer=False)
    try:
        yield BufferedReader(_Interruptible(FileIO(descriptor, closefd=False), seen))
    finally:
        signal.set_wakeup_fd(before)
        os.close(written)
        os.close(seen)


class _Interruptible(RawIOBase):
    """Wait for input and for signals at once."""

    def __init__(self, file: FileIO, signals: int) -> None:
        """Take the file, and the end of the pipe at which signals are seen."""
        self._file, self._signals = file, signals

    def readable(self) -> bool:
        """Say that this can be read, which `BufferedReader` asks."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        """Read what is there; where nothing is, wait for input or a signal, whose handler then ends this by raising."""
        while True:
            ready, _, _ = select([self._file.fileno(), self._signals], [], [])
            if self._signals not in ready:
                return self._file.readinto(buffer)
            os.read(self._signals, _AT_ONCE)
