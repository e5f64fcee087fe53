"""Find examples that expect a denial and not who bears it."""

from collections.abc import Iterator

import msgspec

from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found


def run(context: CheckContext) -> Iterator[Found]:
    """Find expectations of a denied line that leave its liability open.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for name, example in context.examples.items():
        for index, each in enumerate(example.expect):
            if each.disposition == "denied" and each.liability is msgspec.UNSET:
                message = f"line {each.line} is expected to be denied, and nothing says who bears it"
                help_text = "add `liability`: `provider`, `subscriber` or `unspecified`"
                yield Found(name, ("expect", index, "disposition"), message, help_text, key=True)


CHECK = Check(code="expectation-without-liability", family="examples", needs="rulebase", run=run)
