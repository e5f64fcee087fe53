"""The command `payrule`: its subcommands, each imported when it is called, and how errors end."""

import sys
from importlib import import_module
from importlib.metadata import version

import click

COMMANDS = {
    "adjudicate": "decide the claims of files for a payer",
    "check": "check documents: shape, names, citations",
    "schema": "print the JSON Schema of a kind of document, for an editor",
    "test": "run the examples of policies",
}
"""Subcommands with the one line that `payrule --help` says of each."""

USAGE, DEFECT = 2, 3
"""Exit codes: wrong usage or unusable input; a defect of payrule."""


class _Commands(click.Group):
    """List subcommands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's interface
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's interface
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"payrule.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Say "did you mean" for a misspelt subcommand."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            from payrule.documents.suggest import did_you_mean

            ctx.fail(f"there is no command `{name}`; {did_you_mean(name, COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's interface
        """Write the list of subcommands."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("payrule"), prog_name="payrule")
def cli() -> None:
    """Policy as code for health-care claims: one cited answer for every billed line."""


def main() -> None:
    """Run the command line, and end as documented: 0 done, 1 findings, 2 unusable input, 3 a defect of payrule."""
    try:
        cli.main(prog_name="payrule")
    except BrokenPipeError:
        # The reader of a pipe has gone, which is its right; Python must not complain at shutdown either.
        sys.stderr.close()
        sys.exit(0)
    except Exception as fault:  # noqa: BLE001 - the one place where a defect becomes a message
        sys.exit(_defect(fault))


def _defect(fault: Exception) -> int:
    import traceback

    last = traceback.extract_tb(fault.__traceback__)[-1]
    place = f"{last.filename.rpartition('payrule/')[2]}:{last.lineno}"
    click.echo(
        f"payrule: defect: {type(fault).__name__}: {fault} ({place}); "
        f"please report this line with the version ({version('payrule')}) and the document or claim that caused it",
        err=True,
    )
    return DEFECT
