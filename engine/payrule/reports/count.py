"""Count what was decided, for the sentence that ends a run: every claim that came in is accounted for."""

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from payrule.reports.text import counted
from payrule.results.determination import DISPOSITIONS, Comparison, Determination


class Refused(msgspec.Struct, frozen=True):
    """How many claims came in, how many of them were rejected, and how many errors are about no claim."""

    claims: int = 0
    rejected: int = 0
    elsewhere: int = 0


class Count:
    """Add up determinations as they pass.

    >>> Count().sentence()
    '0 claims, 0 lines'
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.encounters = self.voids = 0
        self.dispositions: Counter[str] = Counter()

    def each(self, determinations: Iterable[Determination]) -> Iterator[Determination]:
        """Count determinations on their way; a claim that voids another is no decided one."""
        for determination in determinations:
            self.voids += determination.is_void
            self.encounters += not determination.is_void
            self.dispositions.update(line.disposition for line in determination.lines)
            yield determination

    def sentence(self, refused: Refused | None = None) -> str:
        """Say how many claims came in and what became of them, and the same of their lines.

        Raises AssertionError unless each claim that came in was decided, rejected, or voids another.

        >>> count = Count()
        >>> count.encounters = 9
        >>> count.voids = 1
        >>> count.sentence(Refused(claims=12, rejected=2))
        '12 claims: 9 decided, 2 rejected, 1 void; 0 lines'
        """
        lines = self.dispositions.total()
        said = ", ".join(f"{self.dispositions[each]:,} {each}" for each in DISPOSITIONS if self.dispositions[each])
        return f"{account(self.encounters, self.voids, refused)} {counted(lines, 'line')}{': ' if said else ''}{said}"


def account(answered: int, voids: int, refused: Refused | None) -> str:
    """Account for the claims that came in; raises AssertionError where they do not add up.

    >>> account(2, 0, Refused(claims=3, rejected=1, elsewhere=1))
    '3 claims: 2 decided, 1 rejected; 1 error that is about no claim;'
    """
    refused = Refused(claims=answered + voids) if refused is None else refused
    if refused.claims != answered + voids + refused.rejected:
        raise AssertionError(
            f"of {refused.claims} claims {answered} were decided, {refused.rejected} rejected, {voids} are void"
        )
    kinds = ((answered, "decided"), (refused.rejected, "rejected"), (voids, "void"))
    parts = ", ".join(f"{number:,} {kind}" for number, kind in kinds if number)
    elsewhere = f" {counted(refused.elsewhere, 'error')} that {_are(refused.elsewhere)} about no claim;"
    claims = f"{counted(refused.claims, 'claim')}{f': {parts};' if parts else ','}"
    return claims + (elsewhere if refused.elsewhere else "")


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


class Changes:
    """Add up comparisons as they pass.

    >>> Changes().sentence()
    '0 claims, 0 lines: 0 would be answered differently'
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.encounters = self.unchanged = self.changed = 0

    def each(self, comparisons: Iterable[Comparison]) -> Iterator[Comparison]:
        """Count comparisons on their way."""
        for comparison in comparisons:
            self.encounters += 1
            self.unchanged += comparison.unchanged
            self.changed += len(comparison.changes)
            yield comparison

    def sentence(self, refused: Refused | None = None) -> str:
        """Say how many lines would be answered differently, and what became of the claims."""
        lines = counted(self.unchanged + self.changed, "line")
        claims = account(self.encounters, 0, refused)
        return f"{claims} {lines}: {self.changed:,} would be answered differently"
