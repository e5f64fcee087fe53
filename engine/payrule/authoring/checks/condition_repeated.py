"""Find rules of a policy that ask the same of another line, each in its own words."""

import json
from collections.abc import Iterator

from payrule.authoring.checks.check import Check, Found
from payrule.authoring.checks.desk import Desk
from payrule.language.walk import entries


def look(desk: Desk) -> Iterator[Found]:
    """Find conditions on another line, of two tests or more, that an earlier rule of the policy holds too.

    >>> from payrule.authoring.checks.desk import shipped_desk
    >>> len({each.document for each in look(shipped_desk())})
    1
    """
    for policy in desk.versions():
        first: dict[str, str] = {}
        for index, rule in enumerate(policy.rules):
            for entry in entries(rule.when, ("rules", index, "when")):
                if entry.key == "other_line" and len(list(entries({"other_line": entry.operand}))) > _SHORT:
                    other = first.setdefault(json.dumps(entry.operand, sort_keys=True), rule.id)
                    if other != rule.id:
                        message = f"`{rule.id}` asks of another line what `{other}` asks of it, word for word"
                        cure = "make it a fact, and name it in both: what is mended in one is then mended in the other"
                        yield Found(policy.name, entry.path, message, cure, key=True)


_SHORT = 2
"""Entries of a condition with one test on another line; a set names such a test well enough."""


CHECK = Check(code="condition-repeated", family="conditions", look=look)
