"""Reading standard input so that Ctrl-C ends the command, whenever it comes.

Python runs what a signal asks for between two of its own steps. A signal that comes after the last step before a read,
or to another thread, does not end that read: the command would wait for input that may never come. So input is awaited
together with a pipe to which Python's own handler writes when a signal comes.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, FileIO, RawIOBase
from select import select
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_AT_ONCE = 4096


@contextmanager
def interruptible(descriptor: int) -> Iterator[BufferedReader]:
    """Give an open file as bytes that can be looked at before they are read; to be used in the main thread."""
    seen, told = os.pipe()
    os.set_blocking(told, False)
    before = signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    try:
        yield BufferedReader(_Interruptible(FileIO(descriptor, closefd=False), seen))
    finally:
        signal.set_wakeup_fd(before)
        os.close(told)
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
