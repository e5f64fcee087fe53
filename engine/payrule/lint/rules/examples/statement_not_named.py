"""Find examples in which a rule decides, and that do not name the source sentence of the rule."""

from collections import defaultdict

from payrule.lint.rule import CheckContext, Results, lint_rule, problem


def run(context: CheckContext) -> Results:
    """Find examples that name no `statement` which the deciding rule cites; each rule is reported once.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    cited: dict[str, set[str]] = defaultdict(set)
    for each in context.rules():
        cited[each.name].update(cite.statement for cite in each.rule.cites if cite.statement is not None)
    for name, example in context.examples.items():
        reported: set[str] = set()
        for index, shown in enumerate(example.shows):
            statements = sorted(cited[shown.rule])
            named = not statements or any(each in example.statements for each in statements)
            if shown.how == "decides" and shown.rule not in reported and not named:
                reported.add(shown.rule)
                message = f"`{shown.rule}` decides a line, but the example does not name its sentence `{statements[0]}`"
                yield problem(
                    name, ("shows", index, "rule"), message, f"add `{statements[0]}` to `statements`", key=True
                )


CHECK = lint_rule(run, needs="rulebase")
