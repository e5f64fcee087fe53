"""Find examples whose answer a new version changes, and of which nobody said which answer is right."""

from payrule.lint.rule import CheckContext, Results, lint_rule, problem
from payrule.model.policy import by_version


def run(context: CheckContext) -> Results:
    """Find carried-over examples with another answer and no `settled`; in force that is an error.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    versions = by_version(context.documents.policies)
    for name, example in context.examples.items():
        carried = example.carried
        if carried is not None and carried.was and carried.settled is None:
            version = versions.get(carried.version)
            in_force = version is not None and version.status == "in-force"
            message = f"`{carried.version}` changes this answer, and `carried.settled` does not say which one is right"
            help_text = (
                "say under `carried.settled` why the new answer is right, or fix the rule and carry the example over "
                "again"
            )
            yield problem(name, ("carried", "was"), message, help_text, severity="error" if in_force else "warning")


CHECK = lint_rule(run, severity="error", needs="rulebase", suppressible=False)
