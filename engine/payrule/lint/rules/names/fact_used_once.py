"""Find facts that name a single test and stand in a single condition."""

from collections.abc import Iterator

from payrule.language.condition import Test, parse
from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found
from payrule.lint.rules.names.fact_unused import uses


def run(context: CheckContext) -> Iterator[Found]:
    """Find facts that one condition names, and that are no more than one test on one attribute.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for policy in context.versions():
        used = uses(policy)
        for name, fact in policy.facts.items():
            if used[name] == 1 and isinstance(parse(fact.when), Test) and not fact.cites and not fact.interpretation:
                message = f"the fact `{name}` is one test, and one condition names it"
                yield Found(
                    policy.name, ("facts", name), message, "write the test there, and remove the fact", key=True
                )


CHECK = Check(code="fact-used-once", family="names", run=run)
