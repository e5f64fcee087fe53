"""Find code lists that are documents of their own and that no condition names."""

from itertools import chain

from payrule.language.condition import Test, conditions, find
from payrule.lint.rule import CheckContext, Results, lint_rule, problem
from payrule.rulebase.folder import CODE_SETS


def run(context: CheckContext) -> Results:
    """Find code lists in the folder `code-sets` that no policy names, and no definition of the vocabulary.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    documents = context.documents
    versions = chain.from_iterable(documents.policies.values())
    asked = chain(conditions(documents.vocabulary), chain.from_iterable(map(conditions, versions)))
    used = {test.set_name for condition in asked for test in find(condition, Test)}
    for name in documents.vocabulary.dated_sets:
        if name not in used:
            message = f"no condition of the rulebase uses the code list `@{name}`"
            yield problem(f"{CODE_SETS}/{name}.json", ("id",), message, "use it, or remove the document")


CHECK = lint_rule(run, needs="rulebase", suppressible=False)
"""Suppressions stand in policies, and this is about none."""
