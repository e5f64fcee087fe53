"""The text of a source with its rules beside it, and in figures."""

from collections.abc import Iterator
from math import floor

from payrule.model.choices import MEASURES, Measure
from payrule.reports.pages.page import (
    Block,
    Cell,
    Listing,
    Page,
    Paragraph,
    Row,
    Said,
    Section,
    Span,
    Table,
    cell,
    plain,
    said,
)
from payrule.reports.text import counted
from payrule.results.coverage import (
    CITED,
    Cited,
    Coverage,
    Figure,
    Lacking,
    PassageCoverage,
    SourceCoverage,
    SourcePart,
)

WORDS: dict[Cited, str] = {
    "rule": "cited by a rule or a fact",
    "note": "by a note alone",
    "nothing": "by nothing",
}
"""What cites words."""


def figures_of(source: SourceCoverage) -> Said:
    """Say how much of a source is cited by what.

    >>> words = lambda said: "".join(span.text for span in said)
    >>> one = PassageCoverage(text="a b c", line=1, words=3, cited="nothing", rests=())
    >>> words(figures_of(SourceCoverage(file="manual.txt", parts=(SourcePart(title=None, passages=(one,)),))))
    'manual.txt: of 3 words 0 are cited by a rule or a fact, 0 by a note alone, 3 by nothing.'
    """
    numbers = {each: source.words(each) for each in CITED}
    told = [f"{numbers[each]:,} {'are ' if each == 'rule' else ''}{WORDS[each]}" for each in CITED]
    return said(Span(source.file, "name"), f": of {counted(sum(numbers.values()), 'word')} {', '.join(told)}.")


def source_section(source: SourceCoverage, *, whole: bool) -> Section:
    """Show the whole text with what rests on each passage beside it, or only what nothing rests on."""
    title = f"The text of {source.file}"
    by_policy = _by_policy(source)
    if whole:
        return Section(title=title, blocks=by_policy, sections=tuple(_part(part) for part in source.parts))
    uncited = [each for part in source.parts for each in part.passages if each.cited == "nothing"]
    if not uncited:
        return Section(title=title, blocks=(Paragraph(plain("Something rests on every passage.")), *by_policy))
    rows = tuple((cell(f"{each.line}"), cell(Span(each.text, "passage"))) for each in uncited)
    caption = f"{counted(len(uncited), 'passage')} that nothing rests on"
    return Section(title=title, blocks=(Table(caption, ("line", "passage"), rows), *by_policy))


def _by_policy(source: SourceCoverage) -> tuple[Table, ...]:
    """Count the words for each policy, in the paragraphs that it cites, and list what it leaves there to others."""
    if len(source.policies) < _SEVERAL:
        return ()
    counts = tuple(
        (cell(Span(policy, "name")), *(cell(f"{source.words(each, policy):,}") for each in CITED))
        for policy in source.policies
    )
    left = tuple(
        (cell(Span(policy, "name")), cell(f"{each.line}"), cell(Span(each.text, "passage")))
        for policy in source.policies
        for each in source.passages
        if each.by_policy.get(policy) == "nothing" and each.cited != "nothing"
    )
    head = ("policy", *(WORDS[each] for each in CITED))
    tables = [Table("Words of each policy, in the paragraphs that it cites", head, counts)]
    if left:
        caption = f"{counted(len(left), 'passage')} of such paragraphs that rest on other policies alone"
        tables.append(Table(caption, ("policy", "line", "passage"), left))
    return tuple(tables)


_SEVERAL = 2
"""Policies of one text: with fewer the figures are those of the text."""


def _part(part: SourcePart) -> Section:
    head = ("passage", "rests on it")
    table = Table(_lines(part), head, tuple(map(_row, part.passages)))
    return Section(title=part.title or "Before the first heading", blocks=(table,) if part.passages else ())


def _lines(part: SourcePart) -> str:
    """Say where the passages stand in the copy."""
    if not part.passages:
        return ""
    first, last = part.passages[0].line, part.passages[-1].line
    return f"From line {first}" if first == last else f"From line {first} to a passage in line {last}"


def _row(passage: PassageCoverage) -> Row:
    return cell(Span(passage.text)), _beside(passage)


def _beside(passage: PassageCoverage) -> Cell:
    """Say what rests on a passage: a passage on which nothing rests is marked by words, not by colour alone."""
    if passage.cited == "nothing":
        return cell(Span("nothing", "warning"))
    named = [each.partition(" ") for each in passage.rests]
    lines: list[Span] = []
    for version in dict.fromkeys(version for version, _, _ in named):
        lines.append(Span(version, "quiet"))
        lines += [Span(name, "name") for each, _, name in named if each == version]
    return cell(*lines)


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
