"""`payrule workbench`: the pages for those who use no terminal."""

import sys
import webbrowser
from pathlib import Path

import click

from payrule.cli.support.errors import needing, unusable_input
from payrule.cli.support.options import flag, rulebase_option, sources_option


@click.command()
@rulebase_option
@sources_option("Read the texts of the sources in this folder.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Port. Default: one that is free.")
@flag("--read-only", "Show the documents, and change none.")
@flag("--no-browser", "Print the address, and open no browser.")
def command(*, rulebase: Path | None, sources: Path | None, port: int, read_only: bool, no_browser: bool) -> None:
    """Open the workbench in a browser: run files, try claims, compare versions. Ctrl-C ends it.

    It answers on this machine only, to whoever has the address that it prints. It needs the extra `web`. Without
    `--rulebase` it shows the documents that payrule ships, and offers to make a folder of your own.
    """
    with needing("web", "starlette", "uvicorn", "httptools", "multipart"):
        from payrule.web.serving import guarded, listening, run
        from payrule.web.site import Site
    with unusable_input():
        opened = listening("127.0.0.1", port)
        home = Path.cwd() if rulebase is None and not read_only else None
        site = Site(rulebase, sources=sources, read_only=read_only, home=home)
    with site:
        guard, address = guarded(site, opened)
        click.echo(f"the workbench is at {address}\nCtrl-C ends it", err=True)
        if not no_browser:
            webbrowser.open(address)
        run(guard, opened)
    sys.exit(0)
