"""Find lines on which an example shows a rule, and of which it expects nothing."""

from collections.abc import Iterator

from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found


def run(context: CheckContext) -> Iterator[Found]:
    """Find what examples show on a line of which they expect nothing; each line is told once.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for name, example in context.examples.items():
        spoken = {each.line for each in example.expect}
        for index, shown in enumerate(example.shows):
            if shown.line not in spoken:
                spoken.add(shown.line)
                message = f"this shows `{shown.rule}` on line {shown.line}, and expects nothing of that line"
                yield Found(
                    name, ("shows", index, "line"), message, "say under `expect` what the payer answers", key=True
                )


CHECK = Check(code="line-without-expectation", family="examples", needs="rulebase", run=run)
