"""Run lint rules over a context: what they found, what documents suppress, and what could not be checked."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

import msgspec

from payrule.analysis.solver import OutOfTimeError
from payrule.lint.registry import BY_CODE, SUPPRESSION_WITHOUT_EFFECT
from payrule.lint.rule import Check, CheckContext, Fix, Problem, Results, is_active, problem
from payrule.model.policy import Policy, Suppression
from payrule.source.diagnostics import RequestError, Severity, did_you_mean
from payrule.source.json_source import Path, steps_of


class RunResult(msgspec.Struct, frozen=True):
    """What checks found; what was suppressed, with the reason; why checks were left out.

    The `file` of a problem is still the name of its document, as in `problem`.
    """

    found: tuple[Problem, ...]
    suppressed: tuple[tuple[Problem, str], ...] = ()
    skipped: dict[str, tuple[str, ...]] = {}


def run(context: CheckContext, checks: Iterable[Check]) -> RunResult:
    """Run checks, those that ask about every possible claim last; when time runs out the others are left out.

    >>> from payrule.lint.registry import CHECKS
    >>> from payrule.lint.rule import shipped_context
    >>> run(shipped_context(), [each for each in CHECKS if each.needs == "policy"]).found
    ()
    """
    found: list[Problem] = []
    suppressed: list[tuple[Problem, str]] = []
    skipped: dict[str, list[str]] = defaultdict(list)
    finished: set[str] = set()
    used: set[PlacedSuppression] = set()
    listed = [each for policy in context.policies for each in suppressions(policy)]
    for check in sorted(checks, key=lambda each: each.needs == "solver"):
        results: list[Problem] = []
        try:
            if check.needs != "reading":
                context.questions.check_time()
            results.extend(check.run(context))
            if check.needs != "sources" or context.copies is not None:
                finished.add(check.code)
        except OutOfTimeError:  # what it found before counts
            skipped["time ran out"].append(check.code)
        except RequestError as error:
            skipped[error.findings[0].message].append(check.code)
            continue
        for each in results:
            of_check = _of_check(check, each)
            by = next((placed for placed in listed if _suppresses(placed, check, of_check)), None)
            if by is None:
                found.append(of_check)
            else:
                used.add(by)
                suppressed.append((of_check, by.suppression.reason))
    drafts = {policy.name for policy in context.policies if not is_active(policy)}
    idle = (each for each in listed if each not in used and not _needs_no_examples(each, drafts))
    found += [_of_check(SUPPRESSION_WITHOUT_EFFECT, each) for each in _without_effect(idle, finished)]
    return RunResult(tuple(found), tuple(suppressed), {why: tuple(codes) for why, codes in skipped.items()})


def _of_check(check: Check, found: Problem) -> Problem:
    """Fill in what a check gives each problem that it finds: its code, and a warning where it is none but a warning."""
    severity: Severity = "warning" if check.severity == "warning" else found.severity
    return msgspec.structs.replace(found, code=check.code, severity=severity)


class PlacedSuppression(msgspec.Struct, frozen=True):
    """A suppression, with its place in a policy version, and the one name that it is about, if any."""

    policy: str
    path: Path
    suppression: Suppression
    of: str | None = None


def suppressions(policy: Policy) -> Iterator[PlacedSuppression]:
    """List the suppressions of a policy version and of its rules.

    >>> from payrule import load
    >>> versions = [version for each in load().policies.values() for version in each]
    >>> all(each.suppression.reason for version in versions for each in suppressions(version))
    True
    """
    for index, own in enumerate(policy.suppress or ()):
        yield PlacedSuppression(policy.name, ("suppress", index), own, own.of)
    for position, rule in enumerate(policy.rules):
        for index, each in enumerate(rule.suppress or ()):
            yield PlacedSuppression(policy.name, ("rules", position, "suppress", index), each)


def _suppresses(placed: PlacedSuppression, check: Check, found: Problem) -> bool:
    """Tell whether a suppression covers what a check found: in its rule, its policy, or the entry that it names."""
    holder, path = placed.path[:-2], steps_of(found.path or "$")
    return (
        check.suppressible
        and placed.suppression.code == check.code
        and placed.policy == found.file
        and path[: len(holder)] == holder
        and (placed.of is None or path[1:2] == (placed.of,))
    )


def _needs_no_examples(placed: PlacedSuppression, drafts: AbstractSet[str]) -> bool:
    """Tell whether a check of examples is suppressed in a version that does not need any yet."""
    check = BY_CODE.get(placed.suppression.code)
    return placed.policy in drafts and check is not None and check.family == "examples"


def _without_effect(idle: Iterable[PlacedSuppression], finished: AbstractSet[str]) -> Results:
    """Find suppressions of a check that found nothing, that cannot be suppressed, or that does not exist."""
    for placed in idle:
        code = placed.suppression.code
        check = BY_CODE.get(code)
        fix: Fix | None = None
        if check is None:
            message = f"there is no check `{code}` to suppress"
            listed = "see `payrule check --list`"
            help_text = did_you_mean(code, BY_CODE, otherwise=listed) or listed
        elif not check.suppressible:
            message, help_text = f"`{code}` cannot be suppressed", "fix what it finds"
        elif code in finished:
            message, help_text = f"this suppresses `{code}`, which finds nothing here", "remove it"
            fix = Fix(path=placed.path, done=f"removed a suppression of `{code}`, which found nothing")
        else:
            continue
        yield problem(placed.policy, (*placed.path, "code"), message, help_text, fix=fix)
