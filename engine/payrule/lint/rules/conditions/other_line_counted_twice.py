"""Find lists of `other_line` of which one line can satisfy two conditions."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from payrule.language.condition import OtherLine, conditions, find
from payrule.language.lower import OtherLine as Lowered
from payrule.language.lower import lower
from payrule.language.names import Names
from payrule.lint.rule import CheckContext, Results, lint_rule, problem
from payrule.model.policy import Policy

ANOTHER = 1
"""A line of the encoded claim besides the subject."""


def run(context: CheckContext) -> Results:
    """Find conditions of a list of `other_line` that one line can satisfy with another of the list.

    Errors as for `Questions.about`.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for policy in context.versions():
        names = Names(context.documents.vocabulary, policy)
        for listed in _lists(policy):
            part = context.questions.about(policy)
            kind, name, *_ = listed[0].path
            asked = part.rules.facts_below(*part.rules.conditions.values())
            is_asked = kind == "rules" or (kind == "facts" and names.qualified(str(name)) in asked)
            if not is_asked or part.encoding.space.others < ANOTHER:
                continue
            lowered = ((each, lower(each, names)) for each in listed)
            held = [
                (each, part.encoder.satisfied_by(to, ANOTHER)[0]) for each, to in lowered if isinstance(to, Lowered)
            ]
            for (one, first), (two, second) in combinations(held, 2):
                if part.can(part.encoding.graph.all((first, second))):
                    message = f"one line can satisfy numbers {_number(one)} and {_number(two)} of this list"
                    help_text = (
                        "to ask for two lines, use `lines` with a `count`, or let one exclude what the other asks"
                    )
                    yield problem(policy.name, two.path, message, help_text)


def _number(node: OtherLine) -> int:
    return int(node.path[-1]) + 1


def _lists(policy: Policy) -> Iterator[list[OtherLine]]:
    """List what stands in one list of `other_line`, in the order of the document."""
    found = defaultdict[object, list[OtherLine]](list)
    for condition in conditions(policy):
        for node in find(condition, OtherLine):
            if isinstance(node.path[-1], int) and node.path[-2] == "other_line":
                found[node.path[:-1]].append(node)
    yield from found.values()


CHECK = lint_rule(run, needs="solver")
