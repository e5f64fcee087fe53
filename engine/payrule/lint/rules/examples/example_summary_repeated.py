"""Find examples of a policy that have the same summary."""

from pathlib import PurePosixPath

from payrule.lint.rule import CheckContext, Results, lint_rule, problem


def run(context: CheckContext) -> Results:
    """Find examples whose summary another example of their folder has already.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    first: dict[tuple[PurePosixPath, str], str] = {}
    for name, example in context.examples.items():
        file = PurePosixPath(name)
        other = first.setdefault((file.parent, example.summary), file.name)
        if other != file.name:
            yield problem(name, ("summary",), f"`{other}` has the same summary", "say what only this example shows")


CHECK = lint_rule(run, needs="rulebase")
