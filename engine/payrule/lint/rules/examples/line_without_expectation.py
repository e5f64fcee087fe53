"""Find lines on which an example shows a rule, and of which it expects nothing."""

from payrule.lint.rule import CheckContext, Results, lint_rule, problem


def run(context: CheckContext) -> Results:
    """Find what examples show on a line of which they expect nothing; each line is reported once.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for name, example in context.examples.items():
        expected = {each.line for each in example.expect}
        for index, shown in enumerate(example.shows):
            if shown.line not in expected:
                expected.add(shown.line)
                message = f"the example shows `{shown.rule}` on line {shown.line} but expects no answer for that line"
                help_text = "say under `expect` what the payer answers"
                yield problem(name, ("shows", index, "line"), message, help_text, key=True)


CHECK = lint_rule(run, needs="rulebase")
