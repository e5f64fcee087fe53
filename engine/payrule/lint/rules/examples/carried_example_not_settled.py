"""Find examples that a new version answers otherwise than the one before, and of which nobody said which is right."""

from collections.abc import Iterator

from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found
from payrule.model.policy import by_version


def run(context: CheckContext) -> Iterator[Found]:
    """Find examples that were carried over, answer otherwise, and are not settled; in force that is an error.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    versions = by_version(context.documents.policies)
    for name, example in context.examples.items():
        carried = example.carried
        if carried is not None and carried.was and carried.settled is None:
            version = versions.get(carried.version)
            in_force = version is not None and version.status == "in-force"
            message = (
                f"`{carried.version}` answers this otherwise than the version before, and nobody said which is right"
            )
            help_text = (
                "say under `carried.settled` why the new answer is right, or fix the rule and carry it over again"
            )
            yield Found(name, ("carried", "was"), message, help_text, severity=None if in_force else "warning")


CHECK = Check(
    code="carried-example-not-settled",
    family="examples",
    severity="error",
    needs="rulebase",
    run=run,
    suppressible=False,
)
