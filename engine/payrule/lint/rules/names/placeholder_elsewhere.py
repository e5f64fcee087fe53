"""Find texts of payers, examples and the vocabulary that are still to be written."""

from payrule.lint.rule import CheckContext, Results, lint_rule, problem
from payrule.lint.rules.names.placeholder import HELP
from payrule.model.policy import placeholders
from payrule.rulebase.folder import PAYERS


def run(context: CheckContext) -> Results:
    """Find placeholders outside of policies: in examples, in payers, and in the vocabulary.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    payers = {f"{PAYERS}/{name}.json": payer for name, payer in context.documents.payers.items()}
    for file, document in ({"vocabulary.json": context.documents.vocabulary} | payers | {**context.examples}).items():
        for path, text in placeholders(document):
            yield problem(file, path, f"there is still a placeholder: `{text}`", HELP)


CHECK = lint_rule(run, needs="rulebase")
