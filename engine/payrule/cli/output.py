"""Where output goes: standard output, or a file that appears whole or not at all; and progress on a terminal."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader, FileIO
from pathlib import Path
from shutil import get_terminal_size
from tempfile import NamedTemporaryFile
from types import TracebackType
from typing import Any, Self, TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

from payrule.documents.findings import Finding, RequestError
from payrule.reports.count import Count


@contextmanager
def binary_output(path: Path | None) -> Iterator[Callable[[bytes], object]]:
    """Give a function that writes: to standard output, or to a file that takes its name only when all is written."""
    if path is None:
        yield sys.stdout.buffer.write
        sys.stdout.buffer.flush()
        return
    try:
        target = NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False)  # noqa: SIM115 - closed below
    except OSError as fault:
        message = f"`{path}` cannot be written: {(fault.strerror or str(fault)).lower()}"
        finding = Finding(code="unwritable", message=message, help="name a file in a folder that you may write to")
        raise RequestError([finding]) from None
    try:
        with target:
            yield target.write
            target.flush()
            os.fsync(target.fileno())
        Path(target.name).replace(path)
    except BaseException:
        Path(target.name).unlink(missing_ok=True)
        raise


STANDARD_INPUT = "<standard input>"


def standard_input() -> BufferedReader:
    """Give standard input as bytes that can be looked at before they are read."""
    stream = sys.stdin.buffer
    return stream if isinstance(stream, BufferedReader) else BufferedReader(FileIO(stream.fileno(), closefd=False))


def terminal(stream: TextIO) -> dict[str, Any]:
    """Say how wide a stream is, in characters, and whether it wants colour: a pipe is 100 wide and plain."""
    if not stream.isatty():
        return {"width": PIPE_WIDTH, "colour": False}
    return {"width": get_terminal_size().columns, "colour": not os.environ.get("NO_COLOR")}


PIPE_WIDTH = 100


class Progress:
    """Show on a terminal how many encounters have been decided; nothing when standard error is no terminal."""

    def __init__(self, count: Count, *, visible: bool) -> None:
        """Take the count that is shown."""
        self._count = count
        self._live: Live | None = None
        if visible and sys.stderr.isatty():
            console = Console(stderr=True)
            self._live = Live(get_renderable=self._said, console=console, transient=True, refresh_per_second=4)

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

    def _said(self) -> Text:
        return Text(f"deciding … {self._count.sentence()}")
