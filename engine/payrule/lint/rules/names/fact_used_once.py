"""Find definitions that are a single test, and that a single condition uses."""

from payrule.language.condition import Test, parse
from payrule.lint.rule import CheckContext, Results, lint_rule, problem
from payrule.lint.rules.names.fact_unused import uses


def run(context: CheckContext) -> Results:
    """Find definitions that one condition uses, and that are no more than one test on one attribute.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for policy in context.versions():
        used = uses(policy)
        for name, fact in policy.facts.items():
            if used[name] == 1 and isinstance(parse(fact.when), Test) and not fact.cites and not fact.interpretation:
                message = f"the definition `{name}` is a single test that one condition uses"
                help_text = "write the test there, and remove the definition"
                yield problem(policy.name, ("facts", name), message, help_text, key=True)


CHECK = lint_rule(run)
