"""Coverage as a page: figures, then what no example exercises, each with its place and what a claim would need."""

from collections.abc import Iterator
from math import floor

from payrule.documents.choices import MEASURES, Measure
from payrule.documents.coverages import Coverage, Figure, Lacking
from payrule.reports.numbers import counted
from payrule.reports.pages.page import Block, Listing, Page, Paragraph, Row, Section, Span, Table, cell, plain, said
from payrule.reports.pages.sources import figures_of, source_section

MEANINGS: dict[Measure, str] = {
    "statements": "statements that an answer rests on",
    "rules": "rules that an answer rests on",
    "near-misses": "rules that one leaf alone keeps from matching",
    "leaves": "leaves of conditions seen true and seen false",
    "decisive": "leaves that alone settle their rule or fact, both ways",
    "unknown": "leaves seen unknown, of those that can be",
    "overrides": "overrides seen to take effect",
}
"""What each measure counts."""

GAPS: dict[Measure, str] = {
    "statements": "Statements that no answer rests on",
    "rules": "Rules that no answer rests on",
    "near-misses": "Rules that no leaf alone keeps from matching",
    "leaves": "Leaves not seen both true and false",
    "decisive": "Leaves that do not alone settle their rule or fact, one way or the other",
    "unknown": "Leaves never seen unknown",
    "overrides": "Overrides never seen to take effect",
}
"""What is missing of each measure."""


def coverage_page(coverage: Coverage, *, whole: bool = False) -> Page:
    """Say what is exercised, and what is not; of sources their `whole` text, or what nothing rests on."""
    return Page(
        title="Coverage by examples",
        blocks=tuple(_lead(coverage)),
        sections=(
            Section(title="Policy versions", blocks=(_versions(coverage),)),
            _lacking(coverage),
            Section(title="Statements", blocks=(_statements(coverage),)),
            *(source_section(source, whole=whole) for source in coverage.sources),
        ),
    )


def figure_words(figure: Figure) -> str:
    """Say a figure; a share is rounded down, so that 100 % is all.

    >>> figure_words(Figure(1_999, 2_000)), figure_words(Figure(0, 0))
    ('1,999 of 2,000 (99.9 %)', 'none')
    """
    if not figure.of:
        return "none"
    percent = floor(10 * figure.percent) / 10
    return f"{figure.seen:,} of {figure.of:,} ({percent:.3g} %)"


def shortfall(coverage: Coverage, wanted: dict[Measure, float]) -> Iterator[str]:
    """Say each measure that falls short of what is wanted.

    >>> none = Coverage(known_on="2026-11-25", examples=0, figures={"rules": Figure(1, 2)}, versions=(), statements=(),
    ...     lacking=())
    >>> list(shortfall(none, {"rules": 90}))
    ['1 of 2 (50 %) rules that an answer rests on, and 90 % are wanted']
    """
    for measure in coverage.below(wanted):
        yield f"{figure_words(coverage.figures[measure])} {MEANINGS[measure]}, and {wanted[measure]:g} % are wanted"


def _lead(coverage: Coverage) -> Iterator[Block]:
    yield Paragraph(plain(f"{counted(coverage.examples, 'example')}, as known on {coverage.known_on}."))
    yield Listing(
        tuple(
            said(Span(figure_words(coverage.figures[measure]), "strong"), f" {MEANINGS[measure]}")
            for measure in MEASURES
        )
    )
    for source in coverage.sources:
        yield Paragraph(figures_of(source))


def _versions(coverage: Coverage) -> Table:
    measures = MEASURES[1:]
    rows = tuple(
        (cell(Span(version.name, "name")), *(cell(_short(version.figures[measure])) for measure in measures))
        for version in coverage.versions
    )
    return Table("What examples exercise of each version", ("version", *measures), rows)


def _short(figure: Figure) -> Span:
    return Span(f"{figure.seen:,} of {figure.of:,}", "plain" if figure.seen == figure.of else "warning")


def _statements(coverage: Coverage) -> Table:
    rows = []
    for each in coverage.statements:
        notes = [Span(counted(each.notes, "note"), "quiet")] if each.notes else []
        lines = Span(f"{each.lines:,}") if each.lines or not each.rules else Span("none", "warning")
        rows.append((cell(each.statement), cell(*(Span(rule, "name") for rule in each.rules), *notes), cell(lines)))
    return Table("What rests on each statement", ("statement", "rules and notes", "lines of examples"), tuple(rows))


def _lacking(coverage: Coverage) -> Section:
    title = "What no example exercises"
    if not coverage.lacking:
        return Section(title=title, blocks=(Paragraph(said(Span("Nothing is missing.", "strong"))),))
    return Section(
        title=title,
        sections=tuple(
            Section(title=GAPS[measure], blocks=(_gaps(found),))
            for measure in MEASURES
            if (found := [each for each in coverage.lacking if each.measure == measure])
        ),
    )


def _gaps(found: list[Lacking]) -> Table:
    return Table(counted(len(found), "gap"), ("of", "lacks", "place"), tuple(map(_gap, found)))


def _gap(each: Lacking) -> Row:
    return cell(Span(each.of, "name")), cell(each.need), cell(Span(each.place, "quiet"))
