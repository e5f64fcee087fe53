"""Find attributes that are looked up in a table, and that nothing asks for."""

from itertools import chain

from payrule.lint.rule import CheckContext, Results, lint_rule, look_ups, looked_up_by, problem
from payrule.rulebase.folder import VOCABULARY


def run(context: CheckContext) -> Results:
    """Find attributes with a look-up that no rule, definition or quota reads, by itself or through what it computes.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    documents = context.documents
    vocabulary = documents.vocabulary
    read = {name for name, _ in looked_up_by(vocabulary, vocabulary)}
    for policy in chain.from_iterable(documents.policies.values()):
        read |= {name for name, _ in looked_up_by(policy, vocabulary)}
    for name, made in look_ups(vocabulary).items():
        if name not in read:
            message = f"no condition of the rulebase reads `{name}`, which is looked up in `{made.lookup}`"
            help_text = "ask for it in a rule, or remove the attribute"
            yield problem(VOCABULARY, ("attributes", name), message, help_text, key=True)


CHECK = lint_rule(run, needs="rulebase", suppressible=False)
"""Suppressions stand in policies, and this is about none."""
