"""What is wrong with the documents that an editor shows: the findings of `payrule check`, on texts as they stand."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from payrule.examples.run import read_example
from payrule.lint.check import check_rulebase
from payrule.lsp.positions import spot_at
from payrule.rulebase.folder import EXAMPLES, VOCABULARY, read_text
from payrule.rulebase.load import read_documents, read_vocabulary
from payrule.rulebase.rulebase import Rulebase
from payrule.source.diagnostics import Diagnostic, InputError
from payrule.source.json_source import scan


class Diagnosis(NamedTuple):
    """A finding, and where it begins and ends in the text, as offsets."""

    diagnostic: Diagnostic
    start: int
    end: int


def all_findings(root: Path) -> tuple[Diagnostic, ...]:
    """Give everything that `payrule check` finds in a rulebase."""
    try:
        return check_rulebase(root).findings
    except InputError as fault:
        return fault.findings


def own_findings(root: Path, path: Path) -> tuple[Diagnostic, ...]:
    """Give what is wrong with one document by itself, which takes no time: its form, its shape and its names.

    Of the vocabulary it is not asked what that does to the documents which use it: each would have to be read anew.
    """
    try:
        read_text(path)
        if path == root / VOCABULARY:
            read_vocabulary(path)
            return ()
        documents = read_documents(root)
        if path.parent.name == EXAMPLES and not any(each.severity == "error" for each in documents.findings):
            read_example(path, Rulebase(documents))
    except InputError as fault:
        return tuple(each for each in fault.findings if each.file in (None, str(path)))
    return tuple(each for each in documents.findings if each.file == str(path))


def diagnoses(text: str, findings: Iterable[Diagnostic]) -> tuple[Diagnosis, ...]:
    """Give findings of one document the stretch of text that they are about.

    >>> found = Diagnostic(code="x", message="m", line=1, column=2)
    >>> [(each.start, each.end) for each in diagnoses('{"whne": 1}', [found])]
    [(1, 7)]
    """
    return tuple(_diagnosis(text, diagnostic) for diagnostic in findings)


def _diagnosis(text: str, diagnostic: Diagnostic) -> Diagnosis:
    start = _offset(text, diagnostic.line or 1, diagnostic.column or 1)
    return Diagnosis(diagnostic, start, _end(text, start))


def _offset(text: str, line: int, column: int) -> int:
    begin = 0
    for _ in range(line - 1):
        begin = text.find("\n", begin) + 1
    return min(begin + column - 1, len(text))


def _end(text: str, start: int) -> int:
    """Find the end of the key or value that begins here; of an object or a list its first character, else a word."""
    try:
        spot = spot_at(scan(text), start)
    except InputError:
        spot = None
    if spot is not None and spot.start == start:
        return spot.end
    return min(start + 1, len(text))
