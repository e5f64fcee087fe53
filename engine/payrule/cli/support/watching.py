"""Run a command again whenever documents change."""

import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any

import click

from payrule.cli.starting import INTERRUPTED
from payrule.cli.support.extras import needing
from payrule.cli.support.options import unusable_input

SETTLED, STEP, LOOK = 200, 50, 500
"""Milliseconds for which changes are collected, between steps, and of a look that finds none.

An editor saves a file in more than one step.
"""


def watchable(run: Callable[..., None]) -> Callable[..., None]:
    """Add `--watch` to a command of paths and a rulebase: it runs again on each change, until it is interrupted."""

    @click.option("--watch", is_flag=True, help="Run again whenever a document changes; Ctrl-C ends it.")
    @wraps(run)
    def command(*, watch: bool, **choices: Any) -> None:
        if not watch:
            run(**choices)
            return
        with unusable_input():
            folders = _folders(choices["paths"], choices["rulebase"])
        with needing("watch", "watchfiles"):
            import watchfiles
        try:
            # The first look comes before the first run, so that what changes during the run is not overlooked.
            looks = watchfiles.watch(
                *folders, debounce=SETTLED, step=STEP, rust_timeout=LOOK, yield_on_timeout=True, raise_interrupt=True
            )
            for number, changes in enumerate(looks):
                if changes or number == 0:
                    _once(run, choices)
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)

    return command


def _once(run: Callable[..., None], choices: dict[str, Any]) -> None:
    """Run once on a clean screen, which a pipe or a file has none of; how it ends is seen in what it says."""
    if sys.stdout.isatty():
        click.clear()
    with suppress(SystemExit):
        run(**choices)
    sys.stdout.flush()
    click.echo("waiting for changes; Ctrl-C ends it", err=True)


def _folders(paths: Iterable[Path], rulebase: Path | None) -> set[Path]:
    """Give the folders to watch: what is named, the folder of a file, and the rulebase whose names are used.

    Raises InputError when there is no rulebase.
    """
    from payrule.rulebase.folder import rulebase_folder

    named = {path.parent if path.is_file() else path for path in paths}
    return named if named and rulebase is None else named | {rulebase_folder(rulebase)}
