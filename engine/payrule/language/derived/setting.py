"""What a payer settles before any rule is asked: the method for units, contiguous regions, presumptions, tables."""

import msgspec

from payrule.documents.models import Discipline
from payrule.documents.tables import LookedUp
from payrule.documents.values import Value, ValueSet


class Setting(msgspec.Struct, frozen=True):
    """Hold what derived attributes are computed with.

    `disciplines` are those for each of which the minutes of timed codes are totalled. `presumptions` maps attributes to
    the value taken when they are unknown; `contiguous` holds each pair of regions both ways; `tables` are those that
    functions look up, by the name of the function.
    """

    units_method: str
    timed_codes: ValueSet
    contiguous: frozenset[tuple[str, str]]
    presumptions: dict[str, Value] = {}
    tables: dict[str, LookedUp] = {}
    disciplines: tuple[Discipline, ...] = ()
