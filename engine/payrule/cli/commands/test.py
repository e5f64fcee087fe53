"""`payrule test`: run the examples of policies."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from payrule.cli.commands.check import source_lines
from payrule.cli.support.errors import color, refuse, unusable_input
from payrule.cli.support.options import meant_rulebase, quiet_option, rulebase_option, today, watchable
from payrule.cli.support.output import say

if TYPE_CHECKING:
    from payrule.examples.run import ExampleResult


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH...]")
@rulebase_option
@quiet_option
@watchable
def command(paths: tuple[Path, ...], rulebase: Path | None, quiet: bool) -> None:  # noqa: FBT001 - click gives flags by name
    """Run example files, or all examples in folders; without PATH all of the rulebase.

    Examples are run on the documents of the rulebase that they are in, unless `--rulebase` names another. The exit code
    is 1 when an answer is not the expected one.
    """
    from payrule.examples.run import run_example
    from payrule.reports.diagnostics import in_full
    from payrule.rulebase.rulebase import load

    with unusable_input():
        loaded = load(meant_rulebase(rulebase, *paths))
        files = example_files_in(paths or (loaded.documents.folder,))
    day = today()
    ran = [run_example(file, loaded, day) for file in files]
    source_line = source_lines()
    for each in ran:
        for failure in each.failures:
            click.echo(in_full(failure, source_line) + "\n", color=color())
    failed = sum(bool(each.failures) for each in ran)
    if not quiet:
        say(sentence(ran, failed))
    sys.exit(1 if failed else 0)


def example_files_in(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """List the example files that are named, and those in the folders that are; raises RequestError where none is."""
    from payrule.rulebase.folder import EXAMPLES

    found: list[Path] = []
    for path in paths:
        files = sorted(path.glob(f"**/{EXAMPLES}/*.json")) or sorted(path.glob("*.json")) if path.is_dir() else [path]
        if not files:
            refuse("no-examples", f"there are no examples in `{path}`", "put them in `<policy>/examples/`")
        if not path.exists():
            refuse("no-file", f"there is no file `{path}`", "check the path")
        found += files
    return tuple(found)


def sentence(ran: "list[ExampleResult]", failed: int) -> str:
    """Say how many examples were run, and how many failed."""
    from payrule.source.diagnostics import counted

    rules = {shown.rule for each in ran for shown in each.shows}
    of = f" of {counted(len(rules), 'rule')}" if rules else ""
    return f"{counted(len(ran), 'example')}{of}: {f'{failed:,} failed' if failed else 'all as expected'}"
