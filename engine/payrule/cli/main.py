"""The command `payrule`: its subcommands, each imported when it is called, and how it ends."""

import atexit
import errno
import gc
import os
import signal
import sys
from contextlib import suppress
from importlib import import_module
from importlib.machinery import ExtensionFileLoader
from threading import current_thread, main_thread
from types import FrameType
from typing import Any, Self, TextIO

import click
from click.shell_completion import CompletionItem

from payrule.cli import INTERRUPTED
from payrule.cli.support.errors import Commands
from payrule.cli.support.output import LastStep
from payrule.source.memory import Uncollected

COMMANDS = {
    "adjudicate": "decide the claims of files for a payer",
    "recompute": "decide claims again, and compare with the earlier answers",
    "ask": "ask what a claim line needs, one question at a time",
    "explain": "explain the answer for a claim line, rule by rule",
    "list": "list the policies and payers",
    "show": "show a policy, a rule or a payer in words",
    "check": "check documents: structure, names, citations",
    "lock": "record the versions in force, so that a change of one is noticed",
    "fmt": "format documents",
    "cite": "print the digest and the number of words for a citation",
    "reread": "show what a payer has reworded, and which rules rest on it",
    "new": "create documents to start from, without errors",
    "schema": "print the JSON Schema of a kind of document, for an editor",
    "test": "run the examples of policies",
    "coverage": "show what the examples exercise, and what they miss",
    "language-server": "help in an editor while documents are written",
    "diff": "show what changed between two versions, with claims that show it",
    "verify": "find conflicts, gaps and useless rules of a payer, or prove there are none",
    "import": "turn published edit files into tables that policies look up",
    "serve": "decide claims over HTTP, for other programs",
    "workbench": "open the pages for those who use no terminal, in a browser",
}
"""Subcommands, each with its line in `payrule --help`."""

USAGE, DEFECT = 2, 3
"""Exit codes: wrong usage or unusable input; a defect of payrule."""

TERMINATED = 128 + signal.SIGTERM
"""The exit code of a command that was terminated, as shells give it."""


def command_named(name: str) -> click.Command:
    """Import a subcommand."""
    with Uncollected():
        command: click.Command = import_module(f"payrule.cli.commands.{command_file(name)}").command
    return command


def command_file(name: str) -> str:
    """Name the file of a subcommand.

    >>> command_file("language-server")
    'language_server'
    """
    return name.replace("-", "_")


class _Commands(Commands):
    """List subcommands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's interface
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's interface
        return command_named(cmd_name) if cmd_name in COMMANDS else None

    def invoke(self, ctx: click.Context) -> Any:
        """Run a subcommand; end quietly when the reader of a pipe has gone, which is its right."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            # Raised here, for click would first write to standard error, and fail where that is closed.
            raise click.Abort from None
        except BrokenPipeError:
            # What is still buffered has nowhere to go, and Python must not complain of that when it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(0)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete subcommands without importing them."""
        names = [CompletionItem(name, help=words) for name, words in COMMANDS.items() if name.startswith(incomplete)]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's interface
        """Write the list of subcommands."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


_SOON, _AGAIN = 0.01, 3.0
"""Seconds until an interrupt that was lost comes again, and after which a command that goes on although it was
interrupted is interrupted again."""


class Interrupts(LastStep):
    """Note that an interrupt came, and raise it again where it was lost; a context for the main thread.

    An interrupt is an exception that the interpreter raises between any two of its steps. It may come while a module is
    imported that makes another error of it, or in a destructor, whose exceptions are lost. So it is noted that one
    came: whatever the command ends with then, it was interrupted. One that was lost comes again. While the process ends
    after it, or a command has written all that it writes, interrupts are ignored: there is nothing left to interrupt.
    """

    def __init__(self) -> None:
        """Begin without one."""
        super().__init__()
        self.came = False

    def __enter__(self) -> Self:
        """Handle interrupts, unless whoever started the process has them ignored."""
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler and current_thread() is main_thread():
            signal.signal(signal.SIGINT, self._interrupt)
            sys.unraisablehook = self._lost
            if hasattr(signal, "setitimer"):
                signal.signal(signal.SIGALRM, self._interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        """Ignore interrupts from here on."""
        if signal.getsignal(signal.SIGINT) == self._interrupt:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            sys.unraisablehook = sys.__unraisablehook__
            if hasattr(signal, "setitimer"):
                signal.setitimer(signal.ITIMER_REAL, 0)

    def _interrupt(self, _: int, frame: FrameType | None) -> None:
        if self.is_done and not self.came:
            return
        if _loads_extension(frame) and hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, _SOON)  # C++ that is interrupted while it is loaded ends the process
            return
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


def _loads_extension(frame: FrameType | None) -> bool:
    """Tell whether a module written in C is loaded in a frame, or in one that called it."""
    while frame is not None:
        if isinstance(frame.f_locals.get("self"), ExtensionFileLoader):
            return True
        frame = frame.f_back
    return False


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="payrule", prog_name="payrule")
def cli() -> None:
    """Policy as code for health-care claims: one cited answer for every billed line."""


_SELDOM = 100_000
"""Objects after which garbage is looked for: most that a command makes is none, or goes without being looked for."""


def main() -> None:
    """Run the command line, and end as documented: 0 done, 1 findings, 2 unusable input, 3 a defect of payrule."""
    atexit.register(gc.freeze)  # what is there when the process ends is not searched for garbage
    often = gc.get_threshold()
    gc.set_threshold(_SELDOM, *often[1:])
    try:
        code = _main()
    except KeyboardInterrupt:  # it came before `Interrupts` noted them
        os.write(2, b"\npayrule: interrupted\n")
        code = INTERRUPTED
    finally:
        gc.set_threshold(*often)
        gc.unfreeze()
    sys.exit(code)


def _main() -> Any:
    _prepare_streams()
    # A job that is stopped unwinds as one that fails does, so that no half-written file stays behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    with Interrupts() as interrupts:
        code: Any = INTERRUPTED
        try:
            code = _run(interrupts)
        except BaseException:
            if not interrupts.came:
                raise
        if interrupts.came and code != _ENDED_BY_INTERRUPT:
            with suppress(KeyboardInterrupt):
                _say("\npayrule: interrupted")  # below the ^C that a terminal shows
    if not _written(sys.stdout) and not code:
        _say("error: standard output cannot be written: no room is left")
        code = USAGE
    _written(sys.stderr)
    return INTERRUPTED if interrupts.came or code == _ENDED_BY_INTERRUPT else code


_ENDED_BY_INTERRUPT = "watching"
"""What `_run` gives for a command that runs until it is interrupted, and says so itself."""


def _run(interrupts: Interrupts) -> Any:
    """Run a command, and give its exit code; whatever it ends with after an interrupt, the interrupt is why."""
    try:
        return cli.main(prog_name="payrule", standalone_mode=False, obj=interrupts)
    except click.UsageError as fault:
        _show_usage(fault)
        return USAGE
    except click.Abort:
        interrupts.came = True
        return INTERRUPTED
    except SystemExit as end:
        return _ENDED_BY_INTERRUPT if end.code == INTERRUPTED else end.code
    except Exception as fault:  # noqa: BLE001 - the one place where a defect becomes a message
        unusable = _what_is_missing(fault)
        if not interrupts.came:
            _say(f"error: {unusable}" if unusable else _defect(fault))
        return USAGE if unusable else DEFECT


def _show_usage(fault: click.UsageError) -> None:
    if isinstance(fault, click.exceptions.NoArgsIsHelpError):
        fault.show()
        return
    from payrule.cli.support.errors import usage_line

    _say(usage_line(fault))


_NO_ROOM = frozenset({errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC})


def _written(stream: TextIO) -> bool:
    """Write what is still buffered; drop it where there is no room, so that Python does not complain when it ends."""
    if stream.closed:  # the language server closes it
        return True
    try:
        stream.flush()
    except OSError as fault:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return fault.errno not in _NO_ROOM
    return True


def _what_is_missing(fault: Exception) -> str | None:
    """Say what the machine lacks: room, on standard output if no file is named, or the engine; None for a defect."""
    if isinstance(fault, OSError) and fault.errno in _NO_ROOM:
        return f"{f'`{fault.filename}`' if fault.filename else 'standard output'} cannot be written: no room is left"
    from payrule.execute.forward.driver import EngineMissingError

    return str(fault) if isinstance(fault, EngineMissingError) else None


def _say(line: str) -> None:
    """Write the last line of a command; where it cannot be written the exit code alone must do."""
    with suppress(OSError):
        click.echo(line, err=True)


def _prepare_streams() -> None:
    """Replace closed streams, and let no character fail that a terminal cannot show."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - open while the process lives
        elif mode == "w":
            stream.reconfigure(errors="backslashreplace")


def _defect(fault: Exception) -> str:
    import traceback
    from importlib.metadata import version

    last = traceback.extract_tb(fault.__traceback__)[-1]
    place = f"{last.filename.rpartition('payrule/')[2]}:{last.lineno}"
    message = " ".join(str(fault).split())
    return (
        f"payrule: defect: {type(fault).__name__}: {message} ({place}); "
        f"please report this line with the version ({version('payrule')}) and the document or claim that caused it"
    )
