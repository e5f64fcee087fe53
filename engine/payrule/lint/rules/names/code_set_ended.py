"""Find entries of code lists that no version can find, because they ended before, and lists that end too early."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain
from typing import NamedTuple

from payrule.language.condition import Test, conditions, find
from payrule.lint.rule import CheckContext, Results, is_active, lint_rule, problem
from payrule.model.code_sets import CodeSet, Days
from payrule.model.policy import Policy
from payrule.model.values import read_date
from payrule.rulebase.folder import CODE_SETS
from payrule.source.json_source import Path

_EXCLUDING = frozenset({"not_in", "none_of"})


class _Use(NamedTuple):
    """Where a version asks for a code list, and the version."""

    policy: Policy
    path: Path


def run(context: CheckContext) -> Results:
    """Find entries that end before each version that names their list begins, and lists that end before a version does.

    The dates are those of the versions: no check looks at the clock. Versions are those that are proposed or in force.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for name, code_set in context.documents.vocabulary.dated_sets.items():
        uses = [each for policy in _versions(context) for each in _uses(policy, name)]
        if uses and code_set.is_dated:
            yield from _never_found(name, code_set, min(_dates(each.policy)[0] for each in uses))
            for use in uses:
                yield from _ends_early(name, code_set, use)


def _never_found(name: str, code_set: CodeSet, begins: date) -> Results:
    late = [(at, each) for at, each in enumerate(code_set.entries) if each.days[1] < begins]
    if late:
        at, first = late[0]
        others = f", and {len(late) - 1} more" if len(late) > 1 else ""
        message = f"`{first.code}` ended on {first.last}{others}: no version that uses `@{name}` begins before {begins}"
        help_text = "remove what has ended, or ask for the codes that took its place"
        yield problem(f"{CODE_SETS}/{name}.json", ("entries", at), message, help_text)


def _ends_early(name: str, code_set: CodeSet, use: _Use) -> Results:
    first, last = _dates(use.policy)
    end = max(each.days[1] for each in code_set.entries)
    if first <= end < last:
        message = f"`@{name}` holds no code after {end}, and `{use.policy.name}` goes on"
        help_text = "add the codes that are in force then to the list, or end the version"
        yield problem(use.policy.name, use.path, message, help_text)
    elif end < first:
        message = f"`@{name}` holds no code since {end + timedelta(days=1)}, and `{use.policy.name}` begins later"
        yield problem(use.policy.name, use.path, message, "add the codes that are in force then to the list")


def _versions(context: CheckContext) -> Iterator[Policy]:
    return filter(is_active, chain.from_iterable(context.documents.policies.values()))


def _uses(policy: Policy, name: str) -> Iterator[_Use]:
    """List where a version asks for what is in a list; what it excludes may have ended."""
    for condition in conditions(policy):
        for test in find(condition, Test):
            if test.set_name == name and name not in policy.sets and test.test not in _EXCLUDING:
                yield _Use(policy, test.path)


def _dates(policy: Policy) -> Days:
    first, last = policy.effective.first, policy.effective.last
    return date.min if first is None else read_date(first), date.max if last is None else read_date(last)


CHECK = lint_rule(run, needs="rulebase")
