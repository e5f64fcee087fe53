"""`payrule language-server`: help in an editor while documents are written."""

from importlib.metadata import version

import click

from payrule.cli.support.errors import needing


@click.command()
def command() -> None:
    """Run the language server on standard input and output. Editors start it; it needs the extra `editor`."""
    with needing("editor", "pygls", "lsprotocol"):
        from payrule.lsp.server import server
    server(version("payrule")).start_io()
