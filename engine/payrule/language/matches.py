"""Which rules match a line: definitely, or possibly as long as some facts are unknown."""

import msgspec


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
