"""Find rules that deny, and do not say who bears it."""

from collections.abc import Iterator

from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Fix, Found


def run(context: CheckContext) -> Iterator[Found]:
    """Find rules with a denying value and no liability.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    words = context.documents.vocabulary
    denying = {
        (concern.id, value.value) for concern in words.concerns for value in concern.values if value.effect == "denied"
    }
    for policy, index, rule in context.rules():
        conclude = rule.conclude
        if conclude.liability is None and (conclude.concern, conclude.value) in denying:
            path = ("rules", index, "conclude", "liability")
            said = f"wrote out that the liability of `{rule.id}` is unspecified"
            message = f"`{rule.id}` denies, and does not say who bears it"
            help_text = "write `provider` or `subscriber` where the text tells, or `unspecified` where it does not"
            yield Found(policy.name, path[:-1], message, help_text, Fix(path=path, said=said, value="unspecified"))


CHECK = Check(code="liability-missing", family="answers", run=run)
