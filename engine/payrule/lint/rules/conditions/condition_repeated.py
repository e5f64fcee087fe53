"""Find rules of a policy that each have a copy of the same condition on another line."""

import json
from typing import Any

from payrule.language.condition import LEAVES, OtherLine, find, parse, walk
from payrule.lint.rule import CheckContext, Results, lint_rule
from payrule.source.json_source import Path


def run(context: CheckContext) -> Results:
    """Find conditions on another line, of two tests or more, that an earlier rule of the policy has too.

    >>> from payrule.lint.rule import shipped_context
    >>> len({each.file for each in run(shipped_context())})
    1
    """
    first: dict[tuple[str, str], str] = {}
    for each in context.rules():
        when = each.rule.when
        for asked in find(parse(when), OtherLine):
            if sum(isinstance(part, LEAVES) for part, _ in walk(asked.part)) > 1:
                other = first.setdefault((each.policy.name, _written(when, asked.path)), each.rule.id)
                if other != each.rule.id:
                    message = f"`{each.rule.id}` and `{other}` have the same condition on another line"
                    help_text = "make it a definition that both use, so that a correction reaches both"
                    key = isinstance(asked.path[-1], str)
                    yield each.problem(message, help_text, "when", *asked.path, key=key)


def _written(value: Any, path: Path) -> str:
    for step in path:
        value = value[step]
    return json.dumps(value, sort_keys=True)


CHECK = lint_rule(run)
