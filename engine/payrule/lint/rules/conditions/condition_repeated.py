"""Find rules of a policy that ask the same of another line, each in its own words."""

import json
from collections.abc import Iterator
from typing import Any

from payrule.language.condition import LEAVES, OtherLine, find, parse, walk
from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found
from payrule.source.json_source import Path


def run(context: CheckContext) -> Iterator[Found]:
    """Find conditions on another line, of two tests or more, that an earlier rule of the policy holds too.

    >>> from payrule.lint.context import shipped_context
    >>> len({each.document for each in run(shipped_context())})
    1
    """
    for policy in context.versions():
        first: dict[str, str] = {}
        for index, rule in enumerate(policy.rules):
            for asked in find(parse(rule.when), OtherLine):
                if sum(isinstance(each, LEAVES) for each, _ in walk(asked.part)) > 1:
                    other = first.setdefault(_written(rule.when, asked.path), rule.id)
                    if other != rule.id:
                        message = f"`{rule.id}` asks of another line what `{other}` asks of it, word for word"
                        help_text = (
                            "make it a fact, and name it in both: what is fixed in one is then fixed in the other"
                        )
                        at, key = ("rules", index, "when", *asked.path), isinstance(asked.path[-1], str)
                        yield Found(policy.name, at, message, help_text, key=key)


def _written(value: Any, path: Path) -> str:
    for step in path:
        value = value[step]
    return json.dumps(value, sort_keys=True)


CHECK = Check(code="condition-repeated", family="conditions", run=run)
