"""Find rules that read a source sentence otherwise than another policy does, and do not say how they read it."""

from collections import defaultdict
from collections.abc import Iterator

from payrule.lint.rule import CheckContext, Results, lint_rule
from payrule.model.policy import Conclude, Rule


def run(context: CheckContext) -> Results:
    """Find rules without an interpretation, of which another policy that cites the same sentence has another result.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    read: dict[str | None, dict[str, set[Conclude]]] = defaultdict(lambda: defaultdict(set))
    for each in context.rules():
        for cite in each.rule.cites:
            if cite.digest is not None:
                read[cite.digest][each.policy.id].add(each.rule.conclude)
    for each in context.rules():
        others = sorted(
            name
            for cite in each.rule.cites
            for name in _otherwise(each.rule, each.policy.id, read.get(cite.digest, {}))
        )
        if others and each.rule.interpretation is None:
            message = f"`{each.rule.id}` cites a sentence from which `{others[0]}` concludes something else"
            yield each.problem(message, "say under `interpretation` how you read the sentence", "conclude", key=True)


def _otherwise(rule: Rule, policy: str, results: dict[str, set[Conclude]]) -> Iterator[str]:
    """Name the other policies that have a result in the edit category of a rule, but not the result of the rule."""
    for name, conclusions in results.items():
        same_category = any(each.concern == rule.conclude.concern for each in conclusions)
        if name != policy and same_category and rule.conclude not in conclusions:
            yield name


CHECK = lint_rule(run, needs="rulebase")
