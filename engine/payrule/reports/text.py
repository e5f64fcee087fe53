"""Numbers as a sentence says them, rows in columns, and the count that ends a run."""

from collections import Counter
from collections.abc import Iterable, Iterator
from textwrap import wrap

import msgspec

from payrule.model.choices import DISPOSITION_WORDS
from payrule.results.determination import DISPOSITIONS, Comparison, Determination
from payrule.source.diagnostics import counted


def money(cents: int) -> str:
    """Write cents as dollars.

    >>> money(123_456), money(-5), money(0)
    ('$1,234.56', '-$0.05', '$0.00')
    """
    dollars, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}${dollars:,}.{rest:02d}"


BETWEEN = "  "
NARROWEST = 24
"""Characters that the last column needs; with less, all cells go below the first."""


def aligned(rows: Iterable[tuple[str, ...]], width: int | None = None) -> Iterator[str]:
    """Write rows in columns as wide as their widest cell; with a `width`, in characters, in lines that fit.

    The last cell is folded in its column. A word that is too long stays whole.

    >>> list(aligned([("a", "1"), ("bbb", "2")]))
    ['a    1', 'bbb  2']
    >>> list(aligned([("a", "1", "folds in its column, between words")], width=38))
    ['a  1  folds in its column, between', '      words']
    >>> list(aligned([("a", "1", "goes below, for there is no room")], width=28))
    ['a', '  1  goes below, for there', '  is no room']
    """
    listed = list(rows)
    widths = [max(map(len, cells)) for cells in zip(*listed, strict=True)]
    start = sum(each + len(BETWEEN) for each in widths[:-1])
    for row in listed:
        line = BETWEEN.join(map(str.ljust, row, widths)).rstrip()
        if width is None or start + widths[-1] <= width:
            yield line
        elif start + NARROWEST <= width:
            yield from folded(line, width, start)
        else:
            yield row[0].rstrip()
            indent = " " * (indent_of(row[0]) + len(BETWEEN))
            yield from folded(indent + BETWEEN.join(row[1:]), width, len(indent))


def folded(line: str, width: int, start: int) -> list[str]:
    """Fold a line between words, and go on at a column.

    >>> folded("  a line that is long", 12, start=4)
    ['  a line', '    that is', '    long']
    """
    indent = " " * start
    lines = wrap(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return lines or [""]


def indent_of(line: str) -> int:
    """Count the blanks before a line.

    >>> indent_of("  a line")
    2
    """
    return len(line) - len(line.lstrip())


class Refused(msgspec.Struct, frozen=True):
    """How many claims came in, how many of them were rejected, and how many errors are not about a claim."""

    claims: int = 0
    rejected: int = 0
    elsewhere: int = 0


def account(answered: int, voids: int, refused: Refused | None) -> str:
    """Account for the claims that came in; raises AssertionError where they do not add up.

    >>> account(2, 0, Refused(claims=3, rejected=1, elsewhere=1))
    '3 claims: 2 decided, 1 rejected; 1 error not about a claim;'
    """
    refused = Refused(claims=answered + voids) if refused is None else refused
    if refused.claims != answered + voids + refused.rejected:
        raise AssertionError(
            f"of {refused.claims} claims {answered} were decided, {refused.rejected} rejected, {voids} are void"
        )
    kinds = ((answered, "decided"), (refused.rejected, "rejected"), (voids, "void"))
    parts = ", ".join(f"{number:,} {kind}" for number, kind in kinds if number)
    elsewhere = f" {counted(refused.elsewhere, 'error')} not about a claim;" if refused.elsewhere else ""
    return f"{counted(refused.claims, 'claim')}{f': {parts};' if parts else ','}{elsewhere}"


class Count:
    """Add up determinations as they pass.

    >>> Count().sentence()
    '0 claims, 0 lines'
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.encounters = self.voids = self.unreadable = 0
        self.dispositions: Counter[str] = Counter()

    def each(self, determinations: Iterable[Determination]) -> Iterator[Determination]:
        """Count determinations on their way; a claim that voids another is not counted as decided."""
        for determination in determinations:
            self.voids += determination.is_void
            self.encounters += not determination.is_void
            self.dispositions.update(line.disposition for line in determination.lines)
            self.unreadable += determination.unreadable_lines
            yield determination

    def sentence(self, refused: Refused | None = None) -> str:
        """Say what became of the claims and of their lines; raises AssertionError where they do not add up.

        >>> count = Count()
        >>> count.encounters, count.voids, count.dispositions["returned"] = 9, 1, 2
        >>> count.sentence(Refused(claims=12, rejected=2))
        '12 claims: 9 decided, 2 rejected, 1 void; 2 lines: return to provider 2'
        >>> count.dispositions["pending"], count.unreadable = 3, 1
        >>> count.sentence(Refused(claims=12, rejected=2)).partition("; ")[2]
        '5 lines: return to provider 2, needs information 3 (1 cannot be read)'
        """
        more = {"pending": f" ({self.unreadable:,} cannot be read)" if self.unreadable else ""}
        counts = ((DISPOSITION_WORDS[each], self.dispositions[each], more.get(each, "")) for each in DISPOSITIONS)
        words = ", ".join(f"{name} {number:,}{beside}" for name, number, beside in counts if number)
        lines = counted(self.dispositions.total(), "line")
        return f"{account(self.encounters, self.voids, refused)} {lines}{': ' if words else ''}{words}"


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
        return f"{account(self.encounters, 0, refused)} {lines}: {self.changed:,} would be answered differently"
