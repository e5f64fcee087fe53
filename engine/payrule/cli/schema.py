"""`payrule schema`: print the JSON Schema of a kind of document, bound to the vocabulary, for an editor."""

from pathlib import Path

import click

from payrule.cli.options import Word, rulebase_option, unusable_input
from payrule.documents.schema_files import KINDS


@click.command(epilog=f"KIND is one of {', '.join(KINDS)}.")
@click.argument("kind", type=Word(KINDS), metavar="KIND")
@rulebase_option
def command(kind: str, rulebase: Path | None) -> None:
    """Print the schema of a KIND of document, with the attributes and values of the rulebase's vocabulary.

    An editor that is given it completes names and values, and marks mistakes.
    """
    import msgspec

    from payrule.adjudication.loading import read_documents
    from payrule.authoring.bound_schemas import schema_of

    with unusable_input():
        vocabulary = read_documents(rulebase).vocabulary
    click.echo(msgspec.json.format(msgspec.json.encode(schema_of(kind, vocabulary)), indent=2))
