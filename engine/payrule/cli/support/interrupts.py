"""Ctrl-C ends the command, whenever it comes: with one line, the exit code that shells know, and nothing left behind.

An interrupt is an exception that the interpreter raises between any two of its steps. It may come while a module is
imported that makes another error of it, or in a destructor, whose exceptions are lost. So it is noted that one came:
whatever the command ends with then, it was interrupted. One that was lost comes again.

Standard input is the other matter. Python runs what a signal asks for between two of its own steps. A signal that comes
after the last step before a read, or to another thread, does not end that read: the command would wait for input that
may never come. So input is awaited together with a pipe to which Python's own handler writes when a signal comes.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, FileIO, RawIOBase
from select import select
from threading import current_thread, main_thread
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_AT_ONCE = 4096

_SOON, _AGAIN = 0.01, 3.0
"""Seconds until an interrupt that was lost comes again, and after which a command that goes on although it was
interrupted is interrupted again."""


class Interrupts:
    """Note that an interrupt came, and see that it is heard; a context for the main thread, from which a command ends.

    While the process ends after it, interrupts are not heard any more: there is nothing left to interrupt.
    """

    def __init__(self) -> None:
        """Begin without one."""
        self.came = False

    def __enter__(self) -> Self:
        """Hear interrupts, unless whoever started the process has them ignored."""
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler and current_thread() is main_thread():
            signal.signal(signal.SIGINT, self._interrupt)
            sys.unraisablehook = self._lost
            if hasattr(signal, "setitimer"):
                signal.signal(signal.SIGALRM, self._interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        """Hear no more."""
        if signal.getsignal(signal.SIGINT) == self._interrupt:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            sys.unraisablehook = sys.__unraisablehook__
            if hasattr(signal, "setitimer"):
                signal.setitimer(signal.ITIMER_REAL, 0)

    def _interrupt(self, *_: object) -> None:
        self.came = True
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, _AGAIN)
        raise KeyboardInterrupt

    def _lost(self, unraisable: "sys.UnraisableHookArgs") -> None:
        """Interrupt again where an interrupt was raised from which no exception leads on, such as in a destructor."""
        if isinstance(unraisable.exc_value, KeyboardInterrupt) and hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, _SOON)  # not at once, for from here none leads on either
        elif not self.came:
            sys.__unraisablehook__(unraisable)


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
