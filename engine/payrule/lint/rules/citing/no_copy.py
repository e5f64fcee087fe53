"""Find sources of which the analyst has no copy."""

from collections import defaultdict

from payrule.lint.rule import CheckContext, Results, lint_rule, problem
from payrule.model.policy import Policy


def run(context: CheckContext) -> Results:
    """Find files that are not in the folder of copies, each at the first source that names it; none without a folder.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    if context.copies is not None:
        naming: dict[tuple[str, ...], list[tuple[Policy, str]]] = defaultdict(list)
        for policy in context.versions():
            for name, source in policy.sources.items():
                if source.file is not None and context.copies.of(source) is None:
                    key = (source.file, policy.name, name) if _suppressed(policy, name) else (source.file,)
                    naming[key].append((policy, name))
        for (file, *_), [(policy, name), *others] in naming.items():
            more = f" and {len(others):,} more" if others else ""
            message = f"there is no copy of `{name}`{more} in `{context.copies.folder}`"
            help_text = f"put the text there as `{file}`{', which all of them name' if others else ''}"
            yield problem(policy.name, ("sources", name), message, help_text)


def _suppressed(policy: Policy, name: str) -> bool:
    """Tell whether a policy suppresses this for a source, which is then reported apart from the others."""
    return any(each.code == CHECK.code and each.of in (None, name) for each in policy.suppress or ())


CHECK = lint_rule(run, severity="error", needs="sources")
