"""Find examples of a policy that say the same of themselves."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found


def run(context: CheckContext) -> Iterator[Found]:
    """Find examples whose summary another example of their folder has already.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    first: dict[tuple[PurePosixPath, str], str] = {}
    for name, example in context.examples.items():
        file = PurePosixPath(name)
        other = first.setdefault((file.parent, example.summary), file.name)
        if other != file.name:
            message = f"`{other}` has this summary too, so that neither says what it shows"
            yield Found(name, ("summary",), message, "say what is shown here and nowhere else")


CHECK = Check(code="example-summary-repeated", family="examples", needs="rulebase", run=run)
