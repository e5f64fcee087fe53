"""Two times select the version of a policy: the date of service, and the day on which it was decided."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from payrule.model.policy import Policy
from payrule.model.values import read_date


def semantic(version: str) -> tuple[int, ...]:
    """Read a semantic version for comparison.

    >>> semantic("1.10.0") > semantic("1.9.3")
    True
    """
    return tuple(int(part) for part in version.split("."))


def by_version(policies: Mapping[str, tuple[Policy, ...]]) -> dict[str, Policy]:
    """Give every version of policies by its name, `policy@version`.

    >>> by_version({"p": ()})
    {}
    """
    return {version.name: version for versions in policies.values() for version in versions}


def version_on(
    versions: Iterable[Policy], service: date, known_on: date, statuses: frozenset[str] = frozenset({"in-force"})
) -> Policy | None:
    """Select the version that applies to a date of service, as known on a day; None when there is none.

    Of several the latest `effective.from` wins, then the highest version.

    >>> from payrule.model.policy import Period
    >>> def version(number, first):
    ...     return Policy(kind="policy", id="p", version=number, title="", issuer="", authority="lcd",
    ...                   status="in-force", effective=Period(first=first))
    >>> both = [version("1.0.0", None), version("2.0.0", "2024-07-01")]
    >>> [version_on(both, date(year, 7, 1), date(2026, 1, 1)).version for year in (2023, 2024)]
    ['1.0.0', '2.0.0']
    """
    qualified = [
        policy
        for policy in versions
        if policy.status in statuses and is_known(policy, known_on) and applies(policy, service)
    ]
    return max(qualified, key=lambda policy: (policy.effective.first or "", semantic(policy.version)), default=None)


def ever_bound(
    versions: Iterable[Policy], known_on: date, statuses: frozenset[str] = frozenset({"in-force"})
) -> tuple[Policy, ...]:
    """Give the versions that apply to some date of service, as known on a day; others always yield to one of them.

    >>> from payrule.model.policy import Period
    >>> def version(number, first):
    ...     return Policy(kind="policy", id="p", version=number, title="", issuer="", authority="lcd",
    ...                   status="in-force", effective=Period(first=first))
    >>> all_three = [version("1.0.0", None), version("2.0.0", "2024-07-01"), version("2.1.0", "2024-07-01")]
    >>> [each.version for each in ever_bound(all_three, date(2026, 1, 1))]
    ['1.0.0', '2.1.0']
    """
    listed = tuple(versions)
    firsts = {read_date(each.effective.first) if each.effective.first else date.min for each in listed}
    after = {read_date(each.effective.last) + timedelta(days=1) for each in listed if each.effective.last}
    bound = [version_on(listed, day, known_on, statuses) for day in (*firsts, *after)]
    return tuple(each for each in listed if each in bound)


def is_known(policy: Policy, known_on: date) -> bool:
    """Tell whether a version was published by a day; one without a day of publication always was."""
    return policy.published is None or read_date(policy.published) <= known_on


def applies(policy: Policy, service: date) -> bool:
    """Tell whether a version is in effect on a date of service, whatever its status.

    >>> from payrule.model.policy import Period
    >>> policy = Policy(kind="policy", id="p", version="1.0.0", title="", issuer="", authority="lcd",
    ...                 status="draft", effective=Period(first="2024-07-01"))
    >>> applies(policy, date(2024, 6, 30)), applies(policy, date(2024, 7, 1))
    (False, True)
    """
    first, last = policy.effective.first, policy.effective.last
    return (first is None or read_date(first) <= service) and (last is None or service <= read_date(last))
