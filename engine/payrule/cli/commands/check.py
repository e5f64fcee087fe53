"""`payrule check`: what is wrong with documents, where, and how to fix it."""

import json
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from payrule.cli.support.errors import color, time_limit, unusable_input
from payrule.cli.support.options import (
    Word,
    flag,
    format_option,
    meant_rulebase,
    quiet_option,
    rulebase_option,
    seconds_option,
    sources_option,
    watchable,
)
from payrule.cli.support.output import say

if TYPE_CHECKING:
    from payrule.source.diagnostics import Checked

SECONDS = 20.0
"""How long checks may take; a page of policies takes a tenth of a second."""


def _explain(ctx: click.Context, _parameter: click.Parameter, code: str | None) -> None:
    """Print the page of a check, and end."""
    if code is not None:
        from payrule.lint.registry import BY_CODE, page
        from payrule.source.diagnostics import did_you_mean

        if code not in BY_CODE:
            help_text = did_you_mean(code, BY_CODE, otherwise="`payrule check --list` lists them")
            raise click.UsageError(f"there is no check `{code}`; {help_text}", ctx)
        click.echo(page(code), nl=False)
        ctx.exit()


def _list(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's interface
    """List the checks, and end."""
    if wanted:
        from payrule.cli.support.output import terminal_width
        from payrule.reports.diagnostics import check_lines

        for line in check_lines(terminal_width()):
            say(line)
        ctx.exit()


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH...]")
@sources_option("Look for every cited source sentence in your own copies of the sources, in this folder.")
@click.option(
    "--severity",
    type=Word(["error", "warning"]),
    default="warning",
    show_default=True,
    help="Report this severity and higher.",
)
@flag("--fix", "Fix what can be fixed safely, then report the rest.")
@flag("--diff", "Show what `--fix` would change, and write nothing.")
@seconds_option(
    "Stop after this time, and name the checks left out. Checks of every possible claim come last.", SECONDS
)
@format_option("text", "json", "github", "sarif")
@click.option(
    "--explain", metavar="CODE", is_eager=True, expose_value=False, callback=_explain, help="Explain a check, and end."
)
@click.option(
    "--list", is_flag=True, is_eager=True, expose_value=False, callback=_list, help="List all checks, and end."
)
@rulebase_option
@quiet_option
@watchable
def command(  # noqa: PLR0913 - one argument an option
    *,
    paths: tuple[Path, ...],
    sources: Path | None,
    severity: str,
    fix: bool,
    diff: bool,
    seconds: float,
    form: str,
    rulebase: Path | None,
    quiet: bool,
) -> None:
    """Check rulebases, folders in them or single documents; without PATH the rulebase itself.

    The report begins with the rulebase that was checked. A document is checked with the names of the rulebase that it
    is in, unless `--rulebase` names another. The exit code is 1 when there is something to fix.
    """
    import msgspec

    from payrule.lint.check import check_file, check_rulebase, one_by_one, together
    from payrule.reports.diagnostics import summary

    with unusable_input(), time_limit(seconds) as expired:
        if fix or diff:
            _fix(paths, rulebase, write=not diff)
        if diff:
            return

        def check(path: Path | None) -> "Checked":
            if path is not None and path.is_file():
                return check_file(path, meant_rulebase(rulebase, path), sources, expired)
            return check_rulebase(path, sources, expired)

        first, *others = paths or (rulebase,)
        checked = together(one_by_one(check, first, others, expired))
    if severity == "error":
        checked = msgspec.structs.replace(
            checked, findings=tuple(each for each in checked.findings if each.severity == "error")
        )
    _write(checked, form)
    if not quiet:
        click.echo(summary(checked), err=form != "text")
    sys.exit(1 if checked.findings else 0)


def _fix(paths: tuple[Path, ...], rulebase: Path | None, *, write: bool) -> None:
    """Fix documents, or show what would change; with nothing written yet, refuse what cannot be used."""
    from payrule.cli.support.output import difference, write_whole
    from payrule.lint.fix import fix_files

    fixed = fix_files(paths, meant_rulebase(rulebase, *paths))
    for each in fixed:
        if write:
            write_whole(each.path, each.after)
            for change in each.done:
                say(f"{each.path}: {change}", err=True)
        else:
            say(difference(each.path, each.before, each.after), nl=False, lines=True)
    if fixed and not write:
        sys.exit(1)


def _write(checked: "Checked", form: str) -> None:
    """Write what was found in the form that is asked for."""
    from importlib.metadata import version

    import msgspec

    from payrule.reports.diagnostics import in_full, looked_at, notice, sarif, workflow_command

    if form == "text":
        say(looked_at(checked))
        source_line = source_lines()
        for each in checked.findings:
            click.echo(in_full(each, source_line) + "\n", color=color())
    elif form == "github":
        click.echo(notice("rulebase", looked_at(checked).removeprefix("rulebase: ")))
        for each in checked.findings:
            click.echo(workflow_command(each, each.file and in_repository(each.file)))
    else:
        is_json = form == "json"
        value = msgspec.to_builtins(checked) if is_json else sarif(checked, version("payrule"), in_repository)
        text = json.dumps(value, ensure_ascii=False, indent=2)
        click.echo("".join(each if each.isprintable() or each == "\n" else json.dumps(each)[1:-1] for each in text))


def in_repository(file: str) -> str:
    """Give the path of a file below the folder in which the command runs; elsewhere its own address."""
    path = Path(file).resolve()
    here = Path.cwd().resolve()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.as_posix()


def source_lines() -> Callable[[str, int], str | None]:
    """Make a function that gives a line of a file, or None when it has no such line; it reads each file once."""

    @cache
    def lines(file: str) -> list[str]:
        try:
            return Path(file).read_text(encoding="utf-8-sig", errors="replace").split("\n")
        except OSError:
            return []

    return lambda file, number: lines(file)[number - 1] if number <= len(lines(file)) else None
