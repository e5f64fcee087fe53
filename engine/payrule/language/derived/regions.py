"""Relate the body regions of two lines: the same, contiguous, or separate."""

from payrule.documents.values import Value
from payrule.language.derived.computed import Values
from payrule.language.derived.setting import Setting

REGIONS = "line.regions"
"""The attribute that two lines are related by."""


def regions_related(subject: Values, other: Values, setting: Setting) -> str | None:
    """Relate two lines by their regions."""
    return region_relation(subject.get(REGIONS), other.get(REGIONS), setting)


def regions_wait(subject: Values, other: Values, number: int) -> tuple[str, ...]:
    """Name the attributes that an unknown relation of two lines waits for; `number` is the other line's."""
    return region_waits(subject.get(REGIONS), other.get(REGIONS), number)


def region_relation(subject: Value | None, other: Value | None, setting: Setting) -> str | None:
    """Give `same` when two sets share a region, else `contiguous` when any pair touches, else `separate`.

    None, unknown, when either set is unknown or empty: a service is given somewhere, so no region named is no answer.

    >>> from payrule.documents.values import ValueSet
    >>> setting = Setting("cms-8-minute", ValueSet(frozenset()), frozenset({("a", "b"), ("b", "a")}))
    >>> region_relation(frozenset("a"), frozenset("bc"), setting)
    'contiguous'
    >>> region_relation(frozenset("a"), frozenset("c"), setting)
    'separate'
    >>> region_relation(frozenset(), frozenset("c"), setting) is None
    True
    """
    if not isinstance(subject, frozenset) or not isinstance(other, frozenset) or not subject or not other:
        return None
    if subject & other:
        return "same"
    if any((one, two) in setting.contiguous for one in subject for two in other):
        return "contiguous"
    return "separate"


def region_waits(subject: Value | None, other: Value | None, number: int) -> tuple[str, ...]:
    """Name the attributes that an unknown relation waits for; `number` is the other line's.

    >>> region_waits(None, frozenset("a"), 3), region_waits(frozenset("a"), frozenset(), 3)
    (('line.regions',), ('lines[3].regions',))
    """
    return (() if subject else ("line.regions",)) + (() if other else (f"lines[{number}].regions",))
