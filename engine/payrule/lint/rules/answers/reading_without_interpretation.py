"""Find rules that read a passage otherwise than another policy does, and do not say how they read it."""

from collections import defaultdict
from collections.abc import Iterator

from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found
from payrule.model.policy import Conclude, Rule


def run(context: CheckContext) -> Iterator[Found]:
    """Find rules without an interpretation, of which another policy that cites the same passage has no conclusion.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    read: dict[str, dict[str, set[Conclude]]] = defaultdict(lambda: defaultdict(set))
    for policy, _, rule in context.rules():
        for cite in rule.cites:
            if cite.digest is not None:
                read[cite.digest][policy.id].add(rule.conclude)
    for policy, index, rule in context.rules():
        passages = [read[cite.digest] for cite in rule.cites if cite.digest is not None]
        others = sorted(name for passage in passages for name in _otherwise(rule, policy.id, passage))
        if others and rule.interpretation is None:
            message = f"`{rule.id}` rests on a passage of which `{others[0]}` concludes something else"
            help_text = "say under `interpretation` how the passage was read"
            yield Found(policy.name, ("rules", index, "conclude"), message, help_text, key=True)


def _otherwise(rule: Rule, policy: str, passage: dict[str, set[Conclude]]) -> Iterator[str]:
    """Name the other policies that conclude something from a passage on the concern of a rule, but not what it does."""
    for name, conclusions in passage.items():
        same_concern = any(each.concern == rule.conclude.concern for each in conclusions)
        if name != policy and same_concern and rule.conclude not in conclusions:
            yield name


CHECK = Check(code="reading-without-interpretation", family="answers", needs="rulebase", run=run)
