"""Find examples that expect a denial but not who is responsible for the charge."""

import msgspec

from payrule.lint.rule import CheckContext, Results, lint_rule, problem


def run(context: CheckContext) -> Results:
    """Find expectations of a denied line without `liability`.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for name, example in context.examples.items():
        for index, each in enumerate(example.expect):
            if each.disposition == "denied" and each.liability is msgspec.UNSET:
                message = f"line {each.line} should be denied, but the example does not say who is responsible"
                help_text = "add `liability`: `provider`, `subscriber` or `unspecified`"
                yield problem(name, ("expect", index, "disposition"), message, help_text, key=True)


CHECK = lint_rule(run, needs="rulebase")
