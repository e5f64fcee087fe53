"""Kleene's strong three-valued logic: a fact that nobody has looked up is neither true nor false.

Truth values are ordered false < unknown < true, so `all` is the minimum, `any` the maximum, and `not` swaps the ends
(S. C. Kleene, Introduction to Metamathematics, 1952, section 64).
"""

from collections.abc import Iterable
from enum import IntEnum

import msgspec


class Truth(IntEnum):
    """False, unknown or true, in this order."""

    FALSE = 0
    UNKNOWN = 1
    TRUE = 2


FALSE, UNKNOWN, TRUE = Truth.FALSE, Truth.UNKNOWN, Truth.TRUE


NEGATED = (TRUE, UNKNOWN, FALSE)
"""The negation of each truth value, by its number; unknown stays unknown."""


def counted(at_least: int, values: Iterable[Truth]) -> Truth:
    """Say whether enough values are true: true when enough are, false when too few are not false, else unknown.

    >>> counted(2, [TRUE, UNKNOWN, FALSE])
    <Truth.UNKNOWN: 1>
    >>> counted(2, [TRUE, FALSE, FALSE])
    <Truth.FALSE: 0>
    """
    listed = tuple(values)
    if listed.count(TRUE) >= at_least:
        return TRUE
    return FALSE if len(listed) - listed.count(FALSE) < at_least else UNKNOWN


class Matches(msgspec.Struct, frozen=True):
    """Hold the rules that match one line, by name; whatever matches definitely matches possibly too.

    >>> Matches(frozenset({"p/a"}), frozenset({"p/a", "p/b"})).waiting
    frozenset({'p/b'})
    """

    definite: frozenset[str]
    possible: frozenset[str]

    def or_else(self, other: "Matches") -> "Matches":
        """Give what matches by one or the other.

        >>> Matches(frozenset(), frozenset({"p/a"})).or_else(Matches(frozenset({"p/a"}), frozenset({"p/a"}))).definite
        frozenset({'p/a'})
        """
        return Matches(self.definite | other.definite, self.possible | other.possible)

    @property
    def waiting(self) -> frozenset[str]:
        """The rules that match possibly and not definitely: each waits for an unknown fact."""
        return self.possible - self.definite
