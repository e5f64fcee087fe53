"""`payrule check`: what is wrong with documents, where, and how to mend it."""

import json
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import click
import msgspec

from payrule.authoring.checking import check_file, check_rulebase
from payrule.cli.options import Word, colour, quiet_option, rulebase_option, unusable_input
from payrule.reports.findings import in_full, summary


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH...]")
@click.option(
    "--sources",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="DIR",
    help="Look for every cited passage in your own copies of the sources.",
)
@click.option("--format", "form", type=Word(["text", "json"]), default="text", show_default=True, help="How to report.")
@rulebase_option
@quiet_option
def command(paths: tuple[Path, ...], sources: Path | None, form: str, rulebase: Path | None, quiet: bool) -> None:  # noqa: FBT001 - click gives flags by name
    """Check rulebase folders or single documents; without PATH the rulebase itself.

    A document is checked with the names of `--rulebase`. The exit code is 1 when there is something to mend.
    """
    with unusable_input():
        checks = [
            check_file(path, rulebase, sources) if path.is_file() else check_rulebase(path, sources) for path in paths
        ]
        if not paths:
            checks = [check_rulebase(rulebase, sources)]
    findings = tuple(finding for checked in checks for finding in checked.findings)
    if form == "json":
        click.echo(json.dumps(msgspec.to_builtins(findings), ensure_ascii=False, indent=2))
    else:
        source_line = source_lines()
        for finding in findings:
            click.echo(in_full(finding, source_line) + "\n", color=colour())
    if not quiet:
        click.echo(summary(findings, sum(checked.documents for checked in checks)), err=form == "json")
    sys.exit(1 if any(finding.severity == "error" for finding in findings) else 0)


def source_lines() -> Callable[[str, int], str | None]:
    """Make a function that gives a line of a file, or None when it has no such line; it reads each file once."""

    @cache
    def lines(file: str) -> list[str]:
        try:
            return Path(file).read_text(encoding="utf-8-sig", errors="replace").split("\n")
        except OSError:
            return []

    return lambda file, number: lines(file)[number - 1] if number <= len(lines(file)) else None
