"""Find code lists that have changed since they were locked."""

from payrule.lint.rule import CheckContext, Results, lint_rule, problem
from payrule.model.code_sets import code_set_digest
from payrule.rulebase.folder import CODE_SETS


def run(context: CheckContext) -> Results:
    """Find locked code lists, documents of their own, whose digest has changed.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    lists = context.documents.vocabulary.dated_sets
    for name, locked in context.lock.lists.items() if context.lock is not None else ():
        if name in lists and locked != code_set_digest(lists[name]):
            message = f"the code list `@{name}` was changed since it was locked"
            help_text = (
                "`payrule diff` with the revision before shows what changed, also in answers; accept it with "
                f"`payrule lock --renew @{name}`"
            )
            yield problem(f"{CODE_SETS}/{name}.json", ("id",), message, help_text)
        elif name not in lists:
            message = f"the code list `@{name}` is locked and is not there any more"
            help_text = f"restore `{CODE_SETS}/{name}.json`, or run `payrule lock`, which forgets it"
            yield problem("lock.json", ("code_sets", name), message, help_text, key=True)


CHECK = lint_rule(run, severity="error", needs="rulebase", suppressible=False)
