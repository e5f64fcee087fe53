"""Mend documents where a check knows a safe way: what they mean stays as it is."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

import msgspec

from payrule.authoring.checks.check import Check, Mend
from payrule.authoring.checks.desk import Desk
from payrule.authoring.checks.registry import CHECKS
from payrule.authoring.checks.running import run
from payrule.documents.models import Policy
from payrule.documents.places import Path


class Mended(msgspec.Struct, frozen=True):
    """A document by its name, its value when all was mended, and what was done."""

    document: str
    value: dict[str, Any]
    said: tuple[str, ...]


def mended(desk: Desk, values: Mapping[str, dict[str, Any]]) -> tuple[Mended, ...]:
    """Mend the policies of a desk until nothing is left that can be; `values` are their documents, by name.

    A version that is locked stays as it is, for its digest would be another one.

    >>> from payrule.authoring.checks.desk import shipped_desk
    >>> mended(shipped_desk(), {})
    ()
    """
    locked = desk.lock.versions.keys() if desk.lock is not None else frozenset()
    checks = [each for each in CHECKS if each.needs == "policy"]
    done: dict[str, list[str]] = {}
    now = dict(values)
    while mends := _mends(desk, checks, locked):
        for name, listed in mends.items():
            now[name] = with_mends(now[name], listed)
            done.setdefault(name, []).extend(each.said for each in listed)
        policies = tuple(_again(each, now) if each.name in mends else each for each in desk.policies)
        desk = msgspec.structs.replace(desk, policies=policies)
    return tuple(Mended(name, now[name], tuple(said)) for name, said in sorted(done.items()))


def with_mends(value: dict[str, Any], mends: Iterable[Mend]) -> dict[str, Any]:
    """Give a document with mends made; what holds nothing after that goes too.

    >>> with_mends({"sets": {"a": [], "b": []}}, [Mend(path=("sets", "a"), said=""), Mend(path=("sets", "b"), said="")])
    {}
    """
    result = deepcopy(value)
    for mend in sorted(mends, key=lambda each: tuple(map(_ordered, each.path)), reverse=True):
        *above, last = mend.path
        holder: Any = result
        for step in above:
            holder = holder[step]
        if mend.value is not msgspec.UNSET:
            holder[last] = mend.value
        else:
            del holder[last]
            _emptied(result, tuple(above))
    return result


def _emptied(value: Any, path: Path) -> None:
    """Take away an object or a list below the top that holds nothing any more."""
    if path:
        holder = value
        for step in path[:-1]:
            holder = holder[step]
        if not holder[path[-1]]:
            del holder[path[-1]]


def _mends(desk: Desk, checks: Iterable[Check], locked: Iterable[str]) -> dict[str, list[Mend]]:
    found: dict[str, list[Mend]] = {}
    for _, each in run(desk, checks).found:
        if each.mend is not None and each.document not in locked:
            found.setdefault(each.document, []).append(each.mend)
    return found


def _again(policy: Policy, values: Mapping[str, dict[str, Any]]) -> Policy:
    return msgspec.convert(values[policy.name], Policy)


def _ordered(step: str | int) -> tuple[int, int | str]:
    return (0, step) if isinstance(step, int) else (1, step)
