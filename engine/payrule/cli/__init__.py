"""The command line: one file a subcommand, no logic.

Only this folder prints, exits, and reads the clock or the environment. Subcommands are imported when they are called.
While the command line itself is imported, an interrupt ends it at once: nothing could be left behind yet. Only what the
interpreter has loaded already is imported before that, so that there is no moment before it.
"""

import os
import signal

INTERRUPTED = 128 + signal.SIGINT
"""The exit code of a command that an interrupt ended, as shells give it."""


class _Starting:
    """End the process in one line when an interrupt comes; a context for the first imports."""

    def __enter__(self) -> None:
        """Handle interrupts, unless somebody else does, or they are ignored."""
        self._handles = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        try:
            if self._handles:
                signal.signal(signal.SIGINT, _end)
        except ValueError:  # not the main thread
            self._handles = False

    def __exit__(self, *_: object) -> None:
        """Let an interrupt be an exception again."""
        if self._handles:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(*_: object) -> None:
    try:
        os.write(2, b"\npayrule: interrupted\n")
    finally:
        os._exit(INTERRUPTED)


with _Starting():
    from payrule.source.memory import Uncollected

    with Uncollected():
        from payrule.cli.main import main

__all__ = ["main"]
