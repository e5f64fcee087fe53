"""Find what payers, examples and the vocabulary still have to say."""

from collections.abc import Iterator

from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found
from payrule.lint.rules.names.placeholder import HELP
from payrule.model.policy import placeholders
from payrule.rulebase.folder import PAYERS


def run(context: CheckContext) -> Iterator[Found]:
    """Find placeholders beside policies: in examples, in payers, and in the vocabulary.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    payers = {f"{PAYERS}/{name}.json": payer for name, payer in context.documents.payers.items()}
    for file, document in ({"vocabulary.json": context.documents.vocabulary} | payers | {**context.examples}).items():
        for path, text in placeholders(document):
            yield Found(file, path, f"there still is a placeholder: `{text}`", HELP)


CHECK = Check(code="placeholder-elsewhere", family="names", needs="rulebase", run=run)
