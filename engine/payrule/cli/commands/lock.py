"""`payrule lock`: record the digests of versions in force, so that a change of one is noticed."""

import sys
from pathlib import Path

import click

from payrule.cli.support.errors import unusable_input
from payrule.cli.support.options import quiet_option, rulebase_option
from payrule.cli.support.output import say, write_whole


@click.command()
@click.option(
    "--renew",
    multiple=True,
    metavar="NAME",
    help="Accept the change of this `policy@version`, or of this code list, `@id`; may be repeated.",
)
@rulebase_option
@quiet_option
def command(renew: tuple[str, ...], rulebase: Path | None, quiet: bool) -> None:  # noqa: FBT001 - click gives flags by name
    """Add the versions in force, and the code lists in `code-sets`, to the lock of a rulebase, `lock.json`.

    What is in the lock keeps its recorded digest until it is renewed. The exit code is 1 when a version or a code list
    was changed since it was locked.
    """
    from payrule.compare.locks import LOCK, read_lock
    from payrule.lock import locked
    from payrule.reports.diagnostics import printable
    from payrule.rulebase.folder import rulebase_folder
    from payrule.rulebase.load import read_documents, usable
    from payrule.source.diagnostics import counted

    with unusable_input():
        root = rulebase_folder(rulebase)
        written = locked(usable(read_documents(root)), read_lock(root), renew)
        if written.text is not None:
            write_whole(root / LOCK, written.text)
    for name in written.changed:
        say(f"{name} was changed since it was locked; renew it, or undo the change", err=True)
    if not quiet:
        lists = f", {counted(written.lists, 'code list')}" if written.lists else ""
        done = f"{counted(written.versions, 'version')}{lists}, {written.added:,} added, {len(renew):,} renewed"
        none = (
            ""
            if written.versions or written.lists
            else "; no version has the status `in-force` yet, and only such versions are locked"
        )
        say(f"{printable(str(root / LOCK))}: {done}{none}")
    sys.exit(1 if written.changed else 0)
