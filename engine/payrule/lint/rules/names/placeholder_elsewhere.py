"""Find what payers, examples and the vocabulary still have to say."""

from collections.abc import Iterator

from payrule.lint.context import Desk
from payrule.lint.rule import Check, Found
from payrule.lint.rules.names.placeholder import HELP
from payrule.model.placeholders import placeholders
from payrule.rulebase.folder import PAYERS


def look(desk: Desk) -> Iterator[Found]:
    """Find placeholders beside policies: in examples, in payers, and in the vocabulary.

    >>> from payrule.lint.context import shipped_desk
    >>> list(look(shipped_desk()))
    []
    """
    payers = {f"{PAYERS}/{name}.json": payer for name, payer in desk.documents.payers.items()}
    for file, document in ({"vocabulary.json": desk.documents.vocabulary} | payers | {**desk.examples}).items():
        for path, text in placeholders(document):
            yield Found(file, path, f"there still is a placeholder: `{text}`", HELP)


CHECK = Check(code="placeholder-elsewhere", family="names", needs="rulebase", look=look)
