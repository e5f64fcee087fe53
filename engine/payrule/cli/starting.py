"""While the command line starts, an interrupt ends it at once: there is nothing yet that could be left behind.

Only what the interpreter has loaded already is imported here, so that there is no moment before it.
"""

import os
import signal

INTERRUPTED = 128 + signal.SIGINT
"""The exit code of a command that an interrupt ended, as shells give it."""


class Quietly:
    """End the process in one line when an interrupt comes; a context for the first imports."""

    def __enter__(self) -> None:
        """Hear interrupts, unless somebody else does, or they are ignored."""
        self._hears = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        try:
            if self._hears:
                signal.signal(signal.SIGINT, _end)
        except ValueError:  # not the main thread
            self._hears = False

    def __exit__(self, *_: object) -> None:
        """Let an interrupt be an exception again."""
        if self._hears:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(*_: object) -> None:
    try:
        os.write(2, b"\npayrule: interrupted\n")
    finally:
        os._exit(INTERRUPTED)
