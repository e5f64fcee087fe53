"""Find what payers, examples and the vocabulary still have to say."""

from collections.abc import Iterator

from payrule.adjudication.folder import PAYERS
from payrule.authoring.checks.check import Check, Found
from payrule.authoring.checks.desk import Desk
from payrule.authoring.checks.placeholder import HELP
from payrule.authoring.placeholders import placeholders


def look(desk: Desk) -> Iterator[Found]:
    """Find placeholders beside policies: in examples, in payers, and in the vocabulary.

    >>> from payrule.authoring.checks.desk import shipped_desk
    >>> list(look(shipped_desk()))
    []
    """
    payers = {f"{PAYERS}/{name}.json": payer for name, payer in desk.documents.payers.items()}
    for file, document in ({"vocabulary.json": desk.documents.vocabulary} | payers | {**desk.examples}).items():
        for path, text in placeholders(document):
            yield Found(file, path, f"there still is a placeholder: `{text}`", HELP)


CHECK = Check(code="placeholder-elsewhere", family="names", needs="rulebase", look=look)
