"""Dates of service as functions look them up: one day stands for all on which a published table says the same."""

from bisect import bisect
from collections.abc import Iterable
from datetime import date

from payrule.batch.lines import DATE, Lines
from payrule.batch.store import Store


def table_of_days(store: Store, lines: Lines, turns: Iterable[date], table: str) -> None:
    """Make a table from the number of a `day` to that of the first one after the same turn, by which it is `looked` up.

    At a turn what is said may change; before the first one, and between two, it stays.
    """
    listed = sorted(set(turns))
    first: dict[int, int] = {}
    days = sorted((lines.day(number), number) for number in range(1, len(lines.values[DATE])))
    looked = {number: first.setdefault(bisect(listed, day), number) for day, number in days}
    store.table(table, {"day": ("UINTEGER", list(looked)), "looked": ("UINTEGER", list(looked.values()))})
