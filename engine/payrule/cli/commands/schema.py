"""`payrule schema`: print the JSON Schema of a kind of document, bound to the vocabulary, for an editor."""

from pathlib import Path

import click

from payrule.cli.support.errors import unusable_input
from payrule.cli.support.options import FOLDER, Word, rulebase_option
from payrule.cli.support.output import say
from payrule.model.choices import SCHEMA_NAMES


@click.command(epilog=f"KIND is one of {', '.join(SCHEMA_NAMES)}.")
@click.argument("kind", type=Word(SCHEMA_NAMES), metavar="KIND", required=False)
@click.option(
    "--into",
    type=FOLDER,
    metavar="DIR",
    help="Write the schemas of all kinds of document to this folder, as `payrule new rulebase` does.",
)
@rulebase_option
def command(kind: str | None, into: Path | None, rulebase: Path | None) -> None:
    """Print the schema of a KIND of document, with the attributes and values of the rulebase's vocabulary.

    With it, an editor completes names and values, and marks mistakes.
    """
    import msgspec

    from payrule.cli.support.output import whole_files
    from payrule.rulebase.load import read_documents
    from payrule.rulebase.write_schemas import editor_texts, schema_of

    if (kind is None) == (into is None):
        raise click.UsageError("give either a KIND, to print its schema, or `--into DIR`, to write all of them")
    with unusable_input():
        vocabulary = read_documents(rulebase).vocabulary
        if into is not None:
            texts = {into / name: text for name, text in editor_texts(vocabulary).items()}
            whole_files({path: text.encode() for path, text in texts.items()})
            for path in texts:
                say(path)
    if kind is not None:
        click.echo(msgspec.json.format(msgspec.json.encode(schema_of(kind, vocabulary)), indent=2))
