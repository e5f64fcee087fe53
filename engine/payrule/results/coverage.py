"""What the examples of a rulebase exercise, and what they do not."""

from collections.abc import Iterable
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from payrule.model.choices import MEASURES, Measure
from payrule.results.determination import Result


class Figure(msgspec.Struct, frozen=True):
    """How many of something are exercised, of how many."""

    seen: int
    of: int

    @property
    def percent(self) -> float:
        """Give the share in per cent; of nothing, all is exercised.

        >>> Figure(1, 4).percent, Figure(0, 0).percent
        (25.0, 100.0)
        """
        return 100 * self.seen / self.of if self.of else 100.0


Figures = dict[Measure, Figure]


def added(figures: Iterable[Figures]) -> Figures:
    """Add figures up.

    >>> added([{"rules": Figure(1, 2)}, {"rules": Figure(3, 3)}])["rules"]
    Figure(seen=4, of=5)
    """
    parts = list(figures)
    found = {measure: [part[measure] for part in parts if measure in part] for measure in MEASURES}
    return {
        measure: Figure(sum(each.seen for each in of), sum(each.of for each in of)) for measure, of in found.items()
    }


class Lacking(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that no example exercises: whose it is, where that stands, and what a claim would need."""

    measure: Measure
    of: str
    need: str
    file: str
    line: int
    column: int
    path: str

    @property
    def place(self) -> str:
        """Say where it stands, as editors and terminals link it."""
        return f"{self.file}:{self.line}:{self.column}"


class VersionCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """How much of one policy version, or of the vocabulary's facts, is exercised."""

    name: str
    file: str
    figures: Figures


class RuleCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """How much of one rule, named as `policy/rule`, is exercised, and what a claim would need to exercise the rest."""

    rule: str
    summary: str
    figure: Figure
    lacking: tuple[str, ...]


class StatementCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """A statement of a source: the rules and facts that rest on it, how many notes hold it, how many lines rest on it.

    Its name is its number in the project's list, or else its source and place.
    """

    statement: str
    rules: tuple[str, ...]
    notes: int
    lines: int


Cited = Literal["rule", "note", "nothing", "heading"]
"""What cites a passage: a rule or fact, a note alone, nothing; a heading needs no citation."""

CITED: tuple[Cited, ...] = ("rule", "note", "nothing")


class PassageCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """Words in a row of a source on which the same things rest, and the line that they begin in.

    `by_policy` says what cites them in each policy that cites them, or that cites something else of their paragraph: a
    rule of one policy does not hide that another, which could cite them, does not.
    """

    text: str
    line: int
    words: int
    cited: Cited
    rests: tuple[str, ...]
    by_policy: dict[str, Cited] = {}
    page: int | UnsetType = UNSET
    """The page that they begin on, from 1, of a document with pages."""


class SourcePart(msgspec.Struct, frozen=True, kw_only=True):
    """The passages under one heading; the first of a text may have none."""

    title: str | None
    passages: tuple[PassageCoverage, ...]


class SourceCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """The text of one source file, with what rests on it."""

    file: str
    parts: tuple[SourcePart, ...]

    @property
    def passages(self) -> tuple[PassageCoverage, ...]:
        """Give all passages of the text, in its order."""
        return tuple(each for part in self.parts for each in part.passages)

    @property
    def policies(self) -> tuple[str, ...]:
        """Name the policies that cite the text."""
        return tuple(sorted({policy for each in self.passages for policy in each.by_policy}))

    def words(self, cited: Cited, policy: str | None = None) -> int:
        """Count the words that are cited so; of one policy, those of the paragraphs that it cites."""
        found = (each for each in self.passages if (each.by_policy.get(policy) if policy else each.cited) == cited)
        return sum(each.words for each in found)


class Coverage(Result, frozen=True, kw_only=True):
    """What examples exercise of the policy versions that may bind, and what they lack."""

    format_version: Literal["1"] = "1"
    known_on: str
    examples: int
    figures: Figures
    versions: tuple[VersionCoverage, ...]
    statements: tuple[StatementCoverage, ...]
    lacking: tuple[Lacking, ...]
    sources: tuple[SourceCoverage, ...] = ()

    def below(self, wanted: dict[Measure, float]) -> tuple[Measure, ...]:
        """Name the measures that fall short of what is wanted, in per cent."""
        return tuple(each for each in MEASURES if each in wanted and self.figures[each].percent < wanted[each])
