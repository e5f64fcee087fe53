"""`payrule cite`: the digest of a source sentence for a citation, so that it is found again in any copy."""

import sys
from pathlib import Path

import click

from payrule.cli.support.errors import report, unusable_input
from payrule.cli.support.output import say


@click.command()
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False, exists=True), metavar="FILE")
@click.argument("passage", metavar="TEXT")
def command(source: Path, passage: str) -> None:
    """Print the digest and the number of words of TEXT, one or more source sentences, for a citation.

    FILE is your copy of the source, in which TEXT must be found. Spaces, line breaks and hyphens may differ.
    """
    from payrule.citations.copies import source_text
    from payrule.model.digests import source_words, words_digest
    from payrule.reports.pages.rereading import cite_words
    from payrule.results.rereading import NewWording
    from payrule.source.diagnostics import Diagnostic

    with unusable_input():
        text = source_text(source)
    words = tuple(word.folded for word in source_words(passage))
    if not words:
        report([Diagnostic(code="no-words", message="TEXT has no words", help="copy a sentence from the source")])
        sys.exit(1)
    cite = NewWording(len(words), words_digest(words))
    if not text.find_words(cite.words, cite.digest):
        message = f"this text is not in `{source}`"
        help_text = "copy it from there, word by word, with its punctuation marks"
        report([Diagnostic(code="passage-not-found", message=message, help=help_text)])
        sys.exit(1)
    say(cite_words(cite), lines=True)
