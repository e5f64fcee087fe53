"""Count what was decided, for the sentence that ends a run."""

from collections import Counter
from collections.abc import Iterable, Iterator

from payrule.documents.comparisons import Comparison
from payrule.documents.determinations import DISPOSITIONS, Determination
from payrule.reports.numbers import counted


class Count:
    """Add up determinations as they pass.

    >>> Count().sentence()
    '0 encounters, 0 lines'
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.encounters = self.voids = 0
        self.dispositions: Counter[str] = Counter()

    def each(self, determinations: Iterable[Determination]) -> Iterator[Determination]:
        """Count determinations on their way."""
        for determination in determinations:
            self.encounters += 1
            self.voids += determination.is_void
            self.dispositions.update(line.disposition for line in determination.lines)
            yield determination

    def sentence(self, undecidable: int = 0) -> str:
        """Say how many encounters and lines there were, what became of them, and what could not be read or decided."""
        lines = self.dispositions.total()
        said = ", ".join(f"{self.dispositions[each]:,} {each}" for each in DISPOSITIONS if self.dispositions[each])
        voids = f"; {counted(self.voids, 'void')}, not decided" if self.voids else ""
        refused = f"; {undecidable:,} could not be read or decided" if undecidable else ""
        encounters, ends = counted(self.encounters, "encounter"), f"{voids}{refused}"
        return f"{encounters}, {counted(lines, 'line')}{': ' if said else ''}{said}{ends}"


class Changes:
    """Add up comparisons as they pass.

    >>> Changes().sentence()
    '0 encounters, 0 lines: 0 would be answered differently'
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

    def sentence(self, undecidable: int = 0) -> str:
        """Say how many lines would be answered differently, and what could not be read or decided."""
        lines = counted(self.unchanged + self.changed, "line")
        refused = f"; {undecidable:,} could not be read or decided" if undecidable else ""
        return (
            f"{counted(self.encounters, 'encounter')}, {lines}: {self.changed:,} would be answered differently{refused}"
        )
