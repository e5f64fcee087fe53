"""Find examples that show a rule deciding, and do not name the statement of its text."""

from collections import defaultdict
from collections.abc import Iterator

from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found


def run(context: CheckContext) -> Iterator[Found]:
    """Find examples in which a rule decides, and that name none of the statements it cites; each rule is told once.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    cited: dict[str, set[str]] = defaultdict(set)
    for policy, _, rule in context.rules():
        cited[f"{policy.id}/{rule.id}"].update(cite.statement for cite in rule.cites if cite.statement is not None)
    for name, example in context.examples.items():
        told: set[str] = set()
        for index, shown in enumerate(example.shows):
            statements = sorted(cited[shown.rule])
            named = not statements or any(each in example.statements for each in statements)
            if shown.how == "decides" and shown.rule not in told and not named:
                told.add(shown.rule)
                message = f"`{shown.rule}` decides here, and this example does not name its statement `{statements[0]}`"
                yield Found(name, ("shows", index, "rule"), message, f"add `{statements[0]}` to `statements`", key=True)


CHECK = Check(code="statement-not-named", family="examples", needs="rulebase", run=run)
