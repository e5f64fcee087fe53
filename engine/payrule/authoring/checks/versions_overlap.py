"""Find versions of a policy that both say they hold on the same dates of service."""

from collections.abc import Iterator
from itertools import pairwise

from payrule.authoring.checks.check import Check, Found
from payrule.authoring.checks.desk import Desk
from payrule.authoring.checks.successions import in_force, published


def look(desk: Desk) -> Iterator[Found]:
    """Find versions in force that begin on or before the last day of the one before, or on its first.

    One without a last day is followed by the next and overlaps nothing. Neither does one that was published later and
    corrects what had been known.

    >>> from payrule.authoring.checks.desk import shipped_desk
    >>> list(look(shipped_desk()))
    []
    """
    for versions in in_force(desk):
        for older, newer in pairwise(versions):
            if published(older) < published(newer):
                continue
            first, last = newer.effective.first, older.effective.last
            if first == older.effective.first:
                since = f"on {first}" if first else "with the first date of service"
                message = (
                    f"`{older.version}` and `{newer.version}` both begin {since}, so `{older.version}` never binds"
                )
                cure = f"give one of them another first day, or retire `{older.version}`"
            elif last is not None and first is not None and first <= last:
                message = f"`{older.version}` says that it holds until {last}, and `{newer.version}` begins on {first}"
                cure = "end the older version on the day before the newer one begins"
            else:
                continue
            yield Found(newer.name, ("effective",), message, cure, key=True)


CHECK = Check(code="versions-overlap", family="versions", needs="rulebase", look=look)
