"""Show proposed examples one by one, and write those that are accepted."""

import sys
from typing import TYPE_CHECKING

import click

from payrule.cli.support.output import say, whole_files
from payrule.reports.pages.claim import claim_words
from payrule.reports.text import counted
from payrule.source.diagnostics import RequestError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payrule.scaffold.solver_examples import Proposal, Unwritten


def accepted(found: "Iterable[Proposal | Unwritten]", *, accept_all: bool, dry_run: bool, quiet: bool) -> None:
    """Write the examples that are accepted: all, none, or one by one by whoever sits at the terminal.

    Raises RequestError where nobody can be asked.
    """
    from payrule.scaffold.solver_examples import Unwritten

    if not (accept_all or dry_run or sys.stdin.isatty()):
        help_text = "add `--accept-all` to write all of them, or `--dry-run` to see them"
        raise RequestError.of("no-terminal", "nobody can be asked which examples to accept", help_text)
    written = proposed = 0
    asking = not (accept_all or dry_run)
    unwritten: list[Unwritten] = []
    for each in found:
        if isinstance(each, Unwritten):
            unwritten.append(each)
            continue
        proposed += 1
        if not quiet or asking:
            _show(each)
        answer = _answer() if asking else "n" if dry_run else "y"
        if answer == "q":
            break
        asking = asking and answer != "a"
        if answer in ("y", "a"):
            each.path.parent.mkdir(parents=True, exist_ok=True)
            whole_files({each.path: each.text.encode()})
            say(f"new  {each.path}")
            written += 1
    if not quiet:
        for left in unwritten:
            say(f"not written: {left.what.removesuffix('.')}: {left.why}", err=True)
        say(f"{counted(proposed, 'example')} proposed, {written:,} written", err=True)
    sys.exit(0)


def _show(each: "Proposal") -> None:
    """Show an example in words: what it shows, the claim, and the answer."""
    say(f"{each.path.name}: {each.summary}")
    for said in claim_words(each.encounter):
        say(f"  {''.join(part.text for part in said)}")
    bearer = f", borne by: {each.line.liability}" if each.line.liability else ""
    by = f" by {each.line.reasons[0].name}" if each.line.reasons else ""
    waits = f", waits for {', '.join(each.line.open)}" if each.line.open else ""
    say(f"  answer of line 1: {each.line.disposition}{bearer}{by}{waits}")


def _answer() -> str:
    """Ask whether to write an example: yes, no, all that follow, or quit."""
    return str(
        click.prompt(
            "  is that right? y, n, a (all that follow), q (quit)", type=click.Choice(list("ynaq")), show_choices=False
        )
    )
