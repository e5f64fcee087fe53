"""`payrule fmt`: format documents, so that a review shows what was meant to change and nothing else."""

import sys
from pathlib import Path

import click

from payrule.cli.support.errors import unusable_input
from payrule.cli.support.options import flag, quiet_option, rulebase_option
from payrule.cli.support.output import difference, say, write_whole


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH...]")
@flag("--check", "Write nothing; name the files that would change. Exit code 1 if there are any.")
@flag("--diff", "Write nothing; show what would change.")
@rulebase_option
@quiet_option
def command(paths: tuple[Path, ...], check: bool, diff: bool, rulebase: Path | None, quiet: bool) -> None:  # noqa: FBT001 - click gives flags by name
    """Format rulebases, folders in them or single documents; without PATH the rulebase itself.

    The meaning of a document does not change. When one of them is not JSON, none is written.
    """
    from payrule.fmt import reformatted
    from payrule.reports.diagnostics import printable

    with unusable_input():
        files = _files(paths, rulebase)
        changed = [each for each in reformatted(files) if each.before != each.after]
        for each in changed:
            if not check and not diff:
                write_whole(each.path, each.after)
            shown = difference(each.path, each.before, each.after) if diff else printable(str(each.path))
            say(shown, nl=not diff, lines=diff)
    if not quiet:
        say(_summary(len(files), len(changed), written=not check and not diff), err=True)
    sys.exit(1 if check and changed else 0)


def _files(paths: tuple[Path, ...], rulebase: Path | None) -> list[Path]:
    """List the files to format, each once."""
    from payrule.examples.run import documents_in

    folders = paths or (rulebase,)
    listed = [(path,) if path is not None and path.is_file() else documents_in(path)[1] for path in folders]
    return list(dict.fromkeys(path for files in listed for path in files))


def _summary(documents: int, changed: int, *, written: bool) -> str:
    """Say how many documents were read, and how many changed."""
    from payrule.source.diagnostics import counted

    verb = "changed" if written else "would change"
    return f"{counted(documents, 'document')} read: {f'{changed:,} {verb}' if changed else 'nothing to change'}"
