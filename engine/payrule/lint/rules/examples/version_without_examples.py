"""Find versions that examples show less of than of the version before."""

from collections.abc import Iterator

from payrule.compare.edits import predecessor
from payrule.examples.run import lines_of
from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found, expected_examples
from payrule.model.policy import Policy

_MANY = 3
_ORDER = ("applies", "waits", "near-miss")


def run(context: CheckContext) -> Iterator[Found]:
    """Find versions with rules that examples show of the version before, and no example of this one in that way.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))  # a context without examples
    []
    """
    for policy in context.versions():
        older = predecessor(policy, context.documents.policies[policy.id])
        if older is not None and expected_examples(policy) and context.examples:
            kept = {f"{policy.id}/{rule.id}" for rule in policy.rules}
            missing = [each for each in _shown(context, older) - _shown(context, policy) if each[0] in kept]
            if missing:
                yield Found(policy.name, ("version",), _said(policy, older, missing), _help_text(policy))


def _shown(context: CheckContext, version: Policy) -> set[tuple[str, str]]:
    """Give the rules that examples show of a version, each with the way; a rule that decides applies."""
    return {
        (each.rule, "applies" if each.how == "decides" else each.how)
        for example in context.examples.values()
        if any(each.rule.partition("/")[0] == version.id for each in example.shows)
        for lines in [lines_of(version, example, context.documents)]
        for each in example.shows
        if each.line in lines
    }


def _said(policy: Policy, older: Policy, missing: list[tuple[str, str]]) -> str:
    listed = sorted(missing, key=lambda each: (_ORDER.index(each[1]), each[0]))
    named = ", ".join(f"`{rule}` ({how})" for rule, how in listed[:_MANY])
    more = f" and {len(listed) - _MANY:,} more" if len(listed) > _MANY else ""
    return f"`{policy.name}` has no example of what examples show of `{older.name}`: {named}{more}"


def _help_text(policy: Policy) -> str:
    return f"carry them over with `payrule new version {policy.id} --carry`, or suppress this with the reason why not"


CHECK = Check(code="version-without-examples", family="examples", needs="rulebase", run=run)
