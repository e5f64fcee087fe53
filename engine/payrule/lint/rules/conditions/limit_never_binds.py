"""Find tests of counts and quotas that decide nothing: whatever there can be passes them, or nothing does."""

from collections.abc import Iterator
from typing import NamedTuple

from payrule.language.condition import Lines, Quota, conditions, walk
from payrule.language.counting import LINES, Window
from payrule.lint.rule import CheckContext, Results, lint_rule, problem
from payrule.model.policy import Policy
from payrule.model.vocabulary import Vocabulary
from payrule.source.json_source import Path

_LONGEST_MONTH, _LONGEST_YEAR = 31, 366


class _Measured(NamedTuple):
    """What is tested: where, by which tests, its name, the most that it can be (None: without end), and why."""

    path: Path
    tests: tuple[tuple[str, int], ...]
    name: str
    most: int | None
    why: str


def run(context: CheckContext) -> Results:
    """Find tests that hold whatever there is to count, or never: of dates and days in a window, of parts of a line.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for policy in context.versions():
        for measured in _measured(policy, context.documents.vocabulary):
            for test, operand in measured.tests:
                always = _always(test, operand, measured.most)
                if always is not None and (test, operand, measured.name) != ("at_least", 0, "days_since"):
                    how = f"{'always' if always else 'never'} {_WORDS[test]} {operand}"
                    why = "it is never less than 0" if (test, operand) == ("at_least", 0) else measured.why
                    message = f"`{measured.name}` is {how}: {why}"
                    yield problem(policy.name, (*measured.path, test), message, _HELP[always])


_WORDS = {"is": "exactly", "at_least": "at least", "at_most": "at most"}

_HELP = {True: "correct the number, or remove the test", False: "correct the number, or what it is a limit of"}


def _always(test: str, operand: int, most: int | None) -> bool | None:
    """Say that every number from 0 to `most` passes a test, or none does; None where it depends.

    >>> [_always("at_most", number, 1) for number in (0, 1)], [_always("at_least", number, 1) for number in (0, 1, 2)]
    ([None, True], [True, None, False])
    """
    if test == "at_least" and operand == 0:
        return True
    if most is None or operand < most or (test != "at_most" and operand == most):
        return None
    return test == "at_most"


def _measured(policy: Policy, vocabulary: Vocabulary) -> Iterator[_Measured]:
    for condition in conditions(policy):
        for node, _ in walk(condition):
            if isinstance(node, Lines):
                yield _of_lines(node)
            elif isinstance(node, Quota):
                yield _of_quota(node, policy, vocabulary)


def _of_lines(node: Lines) -> _Measured:
    """Say how many days there are in a window; how many lines there can be on them has no end."""
    kind, days = node.measure.kind, _most_days(node.window)
    most, why = None, ""
    if days is not None and kind == "dates":
        most, why = days, f"the window has no more than {days} days" if days > 1 else "the window is one day"
    elif days is not None and kind == "days_since":
        most, why = days - 1, f"the window goes back {days - 1} days at most" if days > 1 else "the window is one day"
    return _Measured((*node.path, kind), node.measure.tests, kind, most, why)


def _of_quota(node: Quota, policy: Policy, vocabulary: Vocabulary) -> _Measured:
    """Say how much of one line there can be; what is within a quota that all lines share is no more than the limit."""
    quota = policy.limits[node.name]
    most = 1 if quota.of == LINES else vocabulary.attributes[quota.of].maximum
    why = "a line is one line" if quota.of == LINES else f"no line has more `{quota.of}`"
    if node.kind == "within" and not quota.where and (most is None or quota.at_most < most):
        most, why = quota.at_most, f"the quota has {quota.at_most}"
    return _Measured(node.path, node.tests, node.kind, most, why)


def _most_days(window: Window) -> int | None:
    """Give the most days that a window can have; None where it has no end.

    >>> _most_days(Window("months", 2)), _most_days(Window("ever"))
    (62, None)
    """
    most = {
        "date": 1,
        "patient-date": 1,
        "days": window.size,
        "months": _LONGEST_MONTH * window.size,
        "full_months": _LONGEST_MONTH * (window.size + 1),
        "year": _LONGEST_YEAR,
    }
    return most.get(window.unit)


CHECK = lint_rule(run)
