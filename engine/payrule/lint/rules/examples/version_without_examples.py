"""Find versions with fewer examples than the version before."""

from payrule.compare.edits import predecessor
from payrule.examples.run import lines_of
from payrule.lint.rule import CheckContext, Results, is_active, lint_rule, problem
from payrule.model.policy import Policy

_MANY = 3
_ORDER = ("applies", "waits", "near-miss")


def run(context: CheckContext) -> Results:
    """Find versions with rules that examples of the version before show in a way that no example of this one does.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))  # a context without examples
    []
    """
    for policy in context.versions():
        older = predecessor(policy, context.documents.policies[policy.id])
        if older is not None and is_active(policy) and context.examples:
            kept = {f"{policy.id}/{rule.id}" for rule in policy.rules}
            missing = [each for each in _shown(context, older) - _shown(context, policy) if each[0] in kept]
            if missing:
                listed = sorted(missing, key=lambda each: (_ORDER.index(each[1]), each[0]))
                named = ", ".join(f"`{rule}` ({how})" for rule, how in listed[:_MANY])
                more = f" and {len(listed) - _MANY:,} more" if len(listed) > _MANY else ""
                message = f"no example of `{policy.name}` shows what examples of `{older.name}` do: {named}{more}"
                command = f"`payrule new version {policy.id} --carry`"
                yield problem(
                    policy.name, ("version",), message, f"copy them with {command}, or suppress this with a reason"
                )


def _shown(context: CheckContext, version: Policy) -> set[tuple[str, str]]:
    """Give the rules of a version that examples show, each with the way; a rule that decides applies."""
    return {
        (each.rule, "applies" if each.how == "decides" else each.how)
        for example in context.examples.values()
        if any(each.rule.partition("/")[0] == version.id for each in example.shows)
        for lines in [lines_of(version, example, context.documents)]
        for each in example.shows
        if each.line in lines
    }


CHECK = lint_rule(run, needs="rulebase")
