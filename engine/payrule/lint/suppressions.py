"""Suppressions: what documents keep quiet with a reason, and those that keep nothing quiet."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

import msgspec

from payrule.lint.rule import Check, Fix, Found, read_already
from payrule.model.policy import Policy, Suppression
from payrule.source.diagnostics import did_you_mean
from payrule.source.json_source import Path

SUPPRESSION_WITHOUT_EFFECT = Check(
    code="suppression-without-effect", family="suppressing", run=read_already, suppressible=False
)
"""Found when all other checks have looked: see `without_effect`."""


class Placed(msgspec.Struct, frozen=True):
    """A suppression, with its place in a policy version, and the set, fact or source that it speaks of alone."""

    policy: str
    path: Path
    suppression: Suppression
    of: str | None = None


def suppressions(policy: Policy) -> Iterator[Placed]:
    """List the suppressions of a policy version and of its rules.

    >>> from payrule import load
    >>> versions = [version for each in load().policies.values() for version in each]
    >>> all(each.suppression.reason for version in versions for each in suppressions(version))
    True
    """
    for index, own in enumerate(policy.suppress or ()):
        yield Placed(policy.name, ("suppress", index), own, own.of)
    for position, rule in enumerate(policy.rules):
        for index, each in enumerate(rule.suppress or ()):
            yield Placed(policy.name, ("rules", position, "suppress", index), each)


def covering(check: Check, found: Found, placed: Placed) -> bool:
    """Tell whether a suppression speaks of what a check found: in its rule, its policy, or what it names of it."""
    holder = placed.path[:-2]
    return (
        check.suppressible
        and placed.suppression.code == check.code
        and placed.policy == found.document
        and found.path[: len(holder)] == holder
        and (placed.of is None or found.path[1:2] == (placed.of,))
    )


def without_effect(
    listed: Iterator[Placed], used: AbstractSet[Placed], looked: AbstractSet[str], checks: Mapping[str, Check]
) -> Iterator[Found]:
    """Find suppressions that keep nothing quiet: of a check that has looked, or that does not exist."""
    for placed in listed:
        code = placed.suppression.code
        if placed in used or (code in checks and checks[code].suppressible and code not in looked):
            continue
        fix = None
        if code not in checks:
            message = f"there is no check `{code}` to suppress"
            help_text = (
                did_you_mean(code, checks, otherwise="see `payrule check --list`") or "see `payrule check --list`"
            )
        elif not checks[code].suppressible:
            message, help_text = f"`{code}` cannot be suppressed", "fix what it finds"
        else:
            message, help_text = f"this suppresses `{code}`, which finds nothing here", "remove it"
            fix = Fix(path=placed.path, said=f"removed a suppression of `{code}`, which found nothing")
        yield Found(placed.policy, (*placed.path, "code"), message, help_text, fix)
