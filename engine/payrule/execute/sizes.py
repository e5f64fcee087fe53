"""How large a decision is, counted before it starts: lines, pairs of lines, and what is asked about each of them.

The executions are held to the same sizes, so that none of them decides what another refuses.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

import msgspec

from payrule.language.counting import Window
from payrule.language.enriched_encounter import EnrichedEncounter
from payrule.language.lower import (
    Formula,
    Lines,
    OtherLine,
    Quota,
    attributes_of,
    attributes_read,
    dependencies,
)
from payrule.source.diagnostics import LimitError

MOST_LINES = 999
"""Lines of an encounter: what an institutional claim (X12 837I) may hold."""
MOST_COMPARISONS = 10_000_000
"""Pairs of lines that conditions on other lines are asked about, counted over all conditions: 999 lines of one date
under 10 conditions. What a line waits for can name every other line once for each condition."""
MOST_DIFFERENT = 600_000
"""Pairs of lines that conditions are asked about one by one, counted over all conditions: lines that are related alike
to others are asked about once, and of a table only its rows count. As many take some seconds."""

SECONDS = 10.0
"""Seconds that one decision may take, as far as payrule can say before it starts, where nothing else is chosen."""
STEPS_A_SECOND, STEPS_OF_RULE = 2_500_000, 50
"""Steps that a second has: one for each pair of lines that a condition is asked about, so many for each rule that is
asked about a line. `python -m benchmarks.large_claims` prints what claims take beside what payrule expects."""

_ROUNDED = 10
"""Seconds from which on whole ones are told."""

TAKES_TOO_LONG = "takes-too-long"
_TOO_LARGE = "encounter-too-large"
_SPLIT_OR_MERGE = "split the claim by date of service, or merge rules that ask about the same other lines"


class DecisionSize(msgspec.Struct, frozen=True):
    """How much is asked to decide lines: their number, rules each time one is asked about a line, and pairs of lines.

    >>> DecisionSize(lines=1, asked=50_000, pairs=0).seconds
    1.0
    """

    lines: int = 0
    asked: int = 0
    pairs: int = 0

    @property
    def seconds(self) -> float:
        """The seconds that this takes, more or less."""
        return (self.asked * STEPS_OF_RULE + self.pairs) / STEPS_A_SECOND

    def plus(self, other: "DecisionSize") -> "DecisionSize":
        """Add what is asked of other lines of the claim."""
        return DecisionSize(self.lines + other.lines, self.asked + other.asked, self.pairs + other.pairs)

    def check(self, seconds: float) -> None:
        """Raise LimitError if a decision of this size takes longer than so many seconds.

        >>> DecisionSize(lines=999, asked=799_200, pairs=998_001).check(10)
        Traceback (most recent call last):
        payrule.source.diagnostics.LimitError: the claim would take some 16 seconds, and at most 10 are spent on one ...
        """
        if self.seconds > seconds:
            about = f"{self.seconds:,.0f}" if self.seconds >= _ROUNDED else f"{self.seconds:.2g}"
            message = (
                f"the claim would take some {about} seconds, and at most {seconds:g} are spent on one (lines: "
                f"{self.lines:,}; rules asked about them: {self.asked:,}; pairs of lines: {self.pairs:,})"
            )
            allow = "allow more with `--seconds`, of the service with `--timeout`"
            raise LimitError.of(TAKES_TOO_LONG, message, f"split the claim by date of service, or {allow}")


class Sizes:
    """What rules ask of other lines, by the `items` that they rest on, so that a claim is measured by it.

    >>> Sizes((), {}).check(EnrichedEncounter((), None, {}))
    """

    def __init__(self, items: Iterable[object], facts: Mapping[str, Formula]) -> None:
        """Note the conditions on other lines, and the counts with all that they read."""
        listed = tuple(items)
        others = [each for each in listed if isinstance(each, OtherLine)]
        counts = [each for each in listed if isinstance(each, (Lines, Quota))]
        self._any_date = any(not each.same_date for each in others)
        self.others = len(others)
        """How many conditions on other lines there are."""
        self._related_by = [tuple(sorted(_of_pairs(attributes_read([each.formula])))) for each in others]
        asked = [attributes_read([each.formula]) for each in counts if isinstance(each, Lines)]
        self._one_by_one = sum(bool(_of_pairs(names)) for names in asked)
        """Counts of lines that are asked of each pair of lines, for something relates the two."""
        self._counted = [
            (each.counting.window, frozenset(name for name in _all_read(each, facts) if "." in name)) for each in counts
        ]

    def check(self, scene: EnrichedEncounter) -> None:
        """Raise LimitError for a claim of more lines than one can have, or where too many pairs would be asked."""
        count = len(scene.lines)
        if count > MOST_LINES:
            raise too_large(f"the claim has {count} lines", MOST_LINES)
        if self._one_by_one and count**2 * self._one_by_one > MOST_DIFFERENT:
            check_relations([count**2] * self._one_by_one)
        if len(self._counted) * count * (count + len(scene.history.lines)) > MOST_DIFFERENT:
            check_counts([_pairs_not_known(scene, window, names) for window, names in self._counted])
        if self._related_by and count > 1 and count**2 * len(self._related_by) > MOST_DIFFERENT:
            dates = [line.line.date for line in scene.lines]
            check_comparisons(dates, len(self._related_by), any_date=self._any_date)
            check_relations([scene.related_apart(names) for names in self._related_by])

    def pairs(self, scene: EnrichedEncounter, subjects: Sequence[int]) -> int:
        """Count the pairs of one of some lines and another one that conditions on other lines are asked about.

        >>> Sizes((), {}).pairs(EnrichedEncounter((), None, {}), [])
        0
        """
        if not self.others:
            return 0
        if self._any_date:
            return self.others * len(subjects) * (len(scene.lines) - 1)
        dates = Counter(line.line.date for line in scene.lines)
        return self.others * sum(dates[scene.lines[each].line.date] - 1 for each in subjects)


def too_large(what: str, most: int) -> LimitError:
    """Say of a claim what is too much of it.

    >>> print(too_large("the claim has 1000 lines", 999))
    the claim has 1000 lines, and at most 999 can be decided together ...
    """
    message = f"{what}, and at most {most} can be decided together"
    return LimitError.of(_TOO_LARGE, message, "split it as a claim is split, by date of service")


def _of_pairs(names: Iterable[str]) -> list[str]:
    return [name for name in names if "." not in name]


def check_comparisons(dates: Iterable[date], conditions: int, *, any_date: bool) -> None:
    """Raise LimitError if conditions on other lines would be asked about more pairs of lines than can be decided.

    `dates` are those of the lines; lines of other dates count where some condition asks for them (`any_date`).

    >>> check_comparisons([date(2024, 7, 1)] * 999, 26, any_date=False)
    Traceback (most recent call last):
    payrule.source.diagnostics.LimitError: 26 conditions on other lines ask about 25,922,052 pairs of lines, and at ...
    """
    lines = Counter(dates)
    most = lines.total() * (lines.total() - 1) if any_date else sum(each * (each - 1) for each in lines.values())
    if most * conditions > MOST_COMPARISONS:
        message = (
            f"{conditions} conditions on other lines ask about {most * conditions:,} pairs of lines, "
            f"and at most {MOST_COMPARISONS:,} can be decided together"
        )
        raise LimitError.of(_TOO_LARGE, message, _SPLIT_OR_MERGE)


def check_relations(pairs: Sequence[int]) -> None:
    """Raise LimitError if too many pairs of lines would be asked about one by one, by each condition on other lines.

    >>> check_relations([998_001, 998_001, 998_001])
    Traceback (most recent call last):
    payrule.source.diagnostics.LimitError: 3 conditions on other lines ask about 2,994,003 pairs of lines that are ...
    """
    _refuse_pairs(pairs, "conditions on other lines", "that are all related differently")


def check_counts(pairs: Sequence[int]) -> None:
    """Raise LimitError if counts of lines and quotas would be asked, by each, about too many pairs of lines not known.

    >>> check_counts([998_001, 0])
    Traceback (most recent call last):
    payrule.source.diagnostics.LimitError: 2 counts of lines and quotas ask about 998,001 pairs of lines of which not...
    """
    _refuse_pairs(pairs, "counts of lines and quotas", "of which not all is known")


def _refuse_pairs(pairs: Sequence[int], asking: str, such: str) -> None:
    asked = sum(pairs)
    if asked > MOST_DIFFERENT:
        message = (
            f"{len(pairs)} {asking} ask about {asked:,} pairs of lines {such}, "
            f"and at most {MOST_DIFFERENT:,} can be decided together"
        )
        raise LimitError.of(_TOO_LARGE, message, _SPLIT_OR_MERGE)


def _all_read(item: Lines | Quota, facts: Mapping[str, Formula]) -> set[str]:
    """Name the attributes that a count reads, those of the definitions that it rests on too."""
    names, waiting, seen = set(attributes_of(item)), [item.formula], set[str]()
    while waiting:
        for found, _ in dependencies(waiting.pop()):
            if isinstance(found, OtherLine):
                waiting.append(found.formula)
            elif found.name not in seen:
                seen.add(found.name)
                names |= set(attributes_of(facts[found.name]))
                waiting.append(facts[found.name])
    return names


def _pairs_not_known(scene: EnrichedEncounter, window: Window, names: Collection[str]) -> int:
    """Count the pairs of a line and one that it may count, of which something is unknown: it can wait for each."""
    seen = scene.lines if window.of_claim else (*scene.lines, *scene.history.lines)
    waiting = [line for line in seen if any(name not in line.values for name in names)]
    if window.unit != "date":
        return len(scene.lines) * len(waiting)
    subjects = Counter(line.line.date for line in scene.lines)
    return sum(subjects[line.line.date] for line in waiting)
