"""Count what was decided, for the sentence that ends a run."""

from collections import Counter

from payrule.documents.determinations import DISPOSITIONS, Determination


class Count:
    """Add up determinations.

    >>> Count().sentence()
    '0 encounters, 0 lines'
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.encounters = 0
        self.undecidable = 0
        self.dispositions: Counter[str] = Counter()

    def add(self, determination: Determination) -> None:
        """Count one determination."""
        self.encounters += 1
        self.dispositions.update(line.disposition for line in determination.lines)

    def sentence(self) -> str:
        """Say how many encounters and lines there were, and what became of them."""
        lines = self.dispositions.total()
        said = ", ".join(f"{self.dispositions[each]:,} {each}" for each in DISPOSITIONS if self.dispositions[each])
        refused = f"; {_many(self.undecidable, 'encounter')} could not be decided" if self.undecidable else ""
        return f"{_many(self.encounters, 'encounter')}, {_many(lines, 'line')}{': ' if said else ''}{said}{refused}"


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
