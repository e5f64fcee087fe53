"""`payrule language-server`: help in an editor while documents are written."""

from importlib.metadata import version

import click

from payrule.cli.support.extras import needing


@click.command()
def command() -> None:
    """Speak the language server protocol on standard input and output; editors start this, people do not.

    It needs the extra `editor`.
    """
    with needing("editor", "pygls", "lsprotocol"):
        from payrule.lsp.server import server
    server(version("payrule")).start_io()
