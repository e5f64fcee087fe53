"""`payrule test`: run the examples of policies."""

import sys
from datetime import datetime
from pathlib import Path

import click

from payrule.adjudication.rulebase import load
from payrule.authoring.examples import Ran, example_files, run_example
from payrule.cli.check import source_line
from payrule.cli.options import colour, quiet_option, rulebase_option, unusable_input
from payrule.documents.findings import DocumentError, Finding
from payrule.reports.findings import in_full


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH...]")
@rulebase_option
@quiet_option
def command(paths: tuple[Path, ...], rulebase: Path | None, quiet: bool) -> None:  # noqa: FBT001 - click gives flags by name
    """Run example files, or all examples in folders; without PATH all of the rulebase.

    The exit code is 1 when an example does not answer as it says.
    """
    with unusable_input():
        loaded = load(rulebase)
        files = _files(paths) if paths else example_files(loaded.documents.folder)
        if not files:
            finding = Finding(
                code="no-examples", message="there are no examples", help="put them in `<policy>/examples/`"
            )
            raise DocumentError([finding])
    today = datetime.now().astimezone().date()
    ran = [run_example(file, loaded, today) for file in files]
    for each in ran:
        for failure in each.failures:
            click.echo(in_full(failure, source_line) + "\n", color=colour())
    failed = sum(bool(each.failures) for each in ran)
    if not quiet:
        click.echo(sentence(ran, failed))
    sys.exit(1 if failed else 0)


def _files(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    found: list[Path] = []
    for path in paths:
        found += sorted(path.glob("**/examples/*.json")) or sorted(path.glob("*.json")) if path.is_dir() else [path]
    return tuple(found)


def sentence(ran: list[Ran], failed: int) -> str:
    """Say how many examples there were, and how many did not answer as they say."""
    rules = {shown.rule for each in ran for shown in each.shows}
    examples = f"{len(ran)} example{'' if len(ran) == 1 else 's'} of {len(rules)} rule{'' if len(rules) == 1 else 's'}"
    return f"{examples}: {f'{failed} failed' if failed else 'all as expected'}"
