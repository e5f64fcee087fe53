"""Run checks over a context: what they found, what documents keep quiet, and what could not be looked for."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from payrule.analysis.graph import OutOfTimeError
from payrule.lint.context import CheckContext
from payrule.lint.registry import BY_CODE
from payrule.lint.rule import Check, Found, expected_examples
from payrule.lint.suppressions import (
    SUPPRESSION_WITHOUT_EFFECT,
    Placed,
    covering,
    suppressions,
    without_effect,
)
from payrule.source.diagnostics import RequestError


class Ran(msgspec.Struct, frozen=True):
    """What checks found, each with its check; what was suppressed, with the reason; why checks were left out."""

    found: tuple[tuple[Check, Found], ...]
    suppressed: tuple[tuple[Check, Found, str], ...] = ()
    skipped: dict[str, tuple[str, ...]] = {}


def run(context: CheckContext, checks: Iterable[Check]) -> Ran:
    """Run checks over a context, those that ask about every encounter last; when time runs out the others are left out.

    >>> from payrule.lint.context import shipped_context
    >>> from payrule.lint.registry import CHECKS
    >>> run(shipped_context(), [each for each in CHECKS if each.needs == "policy"]).found
    ()
    """
    found: list[tuple[Check, Found]] = []
    suppressed: list[tuple[Check, Found, str]] = []
    skipped: dict[str, list[str]] = defaultdict(list)
    looked: set[str] = set()
    used: set[Placed] = set()
    listed = [each for policy in context.policies for each in suppressions(policy)]
    for check in sorted(checks, key=lambda each: each.needs == "solver"):
        results: list[Found] = []
        settled = True
        try:
            if check.needs != "reading":
                context.questions.look()
            results.extend(check.run(context))
        except OutOfTimeError:  # what it found before stands
            skipped["time ran out"].append(check.code)
            settled = False
        except RequestError as fault:
            skipped[fault.findings[0].message].append(check.code)
            continue
        if settled and (check.needs != "sources" or context.copies is not None):
            looked.add(check.code)
        for each in results:
            quiet = next((placed for placed in listed if covering(check, each, placed)), None)
            if quiet is None:
                found.append((check, each))
            else:
                used.add(quiet)
                suppressed.append((check, each, quiet.suppression.reason))
    unfinished = {policy.name for policy in context.policies if not expected_examples(policy)}
    found += _idle([each for each in listed if not _not_yet(each, unfinished)], used, looked)
    return Ran(tuple(found), tuple(suppressed), {why: tuple(codes) for why, codes in skipped.items()})


def _not_yet(placed: Placed, unfinished: set[str]) -> bool:
    """Tell whether a check of examples is suppressed in a version that need not have any yet."""
    check = BY_CODE.get(placed.suppression.code)
    return placed.policy in unfinished and check is not None and check.family == "examples"


def _idle(listed: Iterable[Placed], used: set[Placed], looked: set[str]) -> Iterator[tuple[Check, Found]]:
    for each in without_effect(iter(listed), used, looked, BY_CODE):
        yield SUPPRESSION_WITHOUT_EFFECT, each
