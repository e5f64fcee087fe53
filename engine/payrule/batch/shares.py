"""Lines in shares of whole encounters, each decided at once: memory then does not grow with the number of lines."""

from collections.abc import Sequence
from itertools import pairwise

from payrule.batch.store import Store

MOST = 4_000_000
"""Lines of a share; it has a few more, up to the end of an encounter."""

ALL = ("true",)
"""All lines in one share."""


def shares_of(store: Store) -> tuple[str, ...]:
    """Part the lines of a table of whole encounters; by rows, where the rows of each encounter stand together.

    Gives conditions on lines `l`.
    """
    ((rows, are_together),) = store.rows("SELECT sum(n), bool_and(last - first + 1 = n) FROM whole")
    count = -(-int(rows or 0) // MOST)
    if count <= 1:
        return ALL
    if not are_together:
        return tuple(f"l.e % {count} = {at}" for at in range(count))
    after = ", ".join(f"min(first) FILTER (first >= {at * MOST})" for at in range(1, count))
    ((*starts,),) = store.rows(f"SELECT {after} FROM whole")
    return by_rows([0, *dict.fromkeys(each for each in starts if each is not None)])


def by_rows(starts: Sequence[int]) -> tuple[str, ...]:
    """Part lines `l` by the rows at which some encounters begin, the first of them 0.

    >>> by_rows([0]), by_rows([0, 7])
    (('true',), ('l.row >= 0 AND l.row < 7', 'l.row >= 7'))
    """
    if len(starts) == 1:
        return ALL
    between = tuple(f"l.row >= {first} AND l.row < {after}" for first, after in pairwise(starts))
    return (*between, f"l.row >= {starts[-1]}")


def is_full(lines: int) -> bool:
    """Tell whether a share of so many lines ends with the encounter."""
    return lines >= MOST
