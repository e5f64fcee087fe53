"""What the examples exercise of the rules, and the text of a source with what cites it, in figures."""

from collections.abc import Iterator
from math import floor
from typing import NamedTuple

from payrule.model.choices import MEASURES, Measure
from payrule.reports.pages.page import (
    Block,
    Cell,
    Line,
    Listing,
    Page,
    Paragraph,
    Section,
    Span,
    Table,
    cell,
    line,
)
from payrule.results.coverage import (
    CITED,
    Cited,
    Coverage,
    Figure,
    PassageCoverage,
    SourceCoverage,
    SourcePart,
)
from payrule.source.diagnostics import counted

CITED_WORDS: dict[Cited, str] = {
    "rule": "cited by a rule or a definition",
    "note": "by a note only",
    "nothing": "by nothing",
}
"""What a person reads for what cites words."""


def figures_of(source: SourceCoverage) -> Line:
    """Say how much of a source is cited by what.

    >>> words = lambda line: "".join(span.text for span in line)
    >>> one = PassageCoverage(text="a b c", line=1, words=3, cited="nothing", rests=())
    >>> words(figures_of(SourceCoverage(file="manual.txt", parts=(SourcePart(title=None, passages=(one,)),))))
    'manual.txt: of 3 words, 0 are cited by a rule or a definition, 0 by a note only, 3 by nothing.'
    """
    numbers = {each: source.words(each) for each in CITED}
    parts = [f"{numbers[each]:,} {'are ' if each == 'rule' else ''}{CITED_WORDS[each]}" for each in CITED]
    return line(Span(source.file, "name"), f": of {counted(sum(numbers.values()), 'word')}, {', '.join(parts)}.")


def source_section(source: SourceCoverage, *, whole: bool) -> Section:
    """Show the whole text with what cites each source sentence, or only the sentences that nothing cites."""
    title = f"The text of {source.file}"
    by_policy = _by_policy(source)
    if whole:
        return Section(title=title, blocks=by_policy, sections=tuple(_part(part) for part in source.parts))
    uncited = [each for part in source.parts for each in part.passages if each.cited == "nothing"]
    if not uncited:
        return Section(title=title, blocks=(Paragraph(line("Every source sentence is cited.")), *by_policy))
    rows = tuple((cell(f"{each.line}"), cell(Span(each.text, "passage"))) for each in uncited)
    caption = f"{counted(len(uncited), 'source sentence')} that nothing cites"
    return Section(title=title, blocks=(Table(caption, ("line", "source sentence"), rows), *by_policy))


def _by_policy(source: SourceCoverage) -> tuple[Table, ...]:
    """Count the words for each policy, in the paragraphs that it cites, and list what only others cite there."""
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
    head = ("policy", *(CITED_WORDS[each] for each in CITED))
    tables = [Table("Words of each policy, in the paragraphs that it cites", head, counts)]
    if left:
        caption = f"{counted(len(left), 'source sentence')} of such paragraphs that only other policies cite"
        tables.append(Table(caption, ("policy", "line", "source sentence"), left))
    return tuple(tables)


_SEVERAL = 2
"""Policies of one text: with fewer the figures are those of the text."""


def _part(part: SourcePart) -> Section:
    title = part.title or "Before the first heading"
    if not part.passages:
        return Section(title=title)
    first, last = part.passages[0].line, part.passages[-1].line
    where = f"Line {first}" if first == last else f"Lines {first} to {last}"
    rows = tuple((cell(each.text), _citing(each)) for each in part.passages)
    return Section(title=title, blocks=(Table(where, ("source sentence", "cited by"), rows),))


def _citing(passage: PassageCoverage) -> Cell:
    """Say what cites a source sentence; one that nothing cites is marked by words, not by color alone."""
    if passage.cited == "nothing":
        return cell(Span("nothing", "warning"))
    named = [each.partition(" ") for each in passage.rests]
    lines: list[Span] = []
    for version in dict.fromkeys(version for version, _, _ in named):
        lines.append(Span(version, "quiet"))
        lines += [Span(name, "name") for each, _, name in named if each == version]
    return cell(*lines)


class _Words(NamedTuple):
    """What a person reads for a measure: over a column, after a number, over what is missing."""

    column: str
    counts: str
    missing: str


MEASURE_WORDS: dict[Measure, _Words] = {
    "statements": _Words(
        "source sentences", "source sentences that an answer depends on", "Source sentences that no answer depends on"
    ),
    "rules": _Words("rules", "rules that an answer depends on", "Rules that no answer depends on"),
    "near-misses": _Words(
        "just misses",
        "rules that an example just misses: one condition alone keeps the rule from matching",
        "Rules that no example just misses",
    ),
    "leaves": _Words("conditions", "conditions seen true and seen false", "Conditions not seen both true and false"),
    "decisive": _Words(
        "deciding conditions",
        "conditions that alone decide whether their rule or definition holds, both ways",
        "Conditions that do not alone decide whether their rule or definition holds, one way or the other",
    ),
    "unknown": _Words(
        "missing information",
        "conditions seen with missing information, of those that can be",
        "Conditions never seen with missing information",
    ),
    "overrides": _Words("exceptions", "exceptions seen to take effect", "Exceptions never seen to take effect"),
}


def coverage_page(coverage: Coverage, *, whole: bool = False) -> Page:
    """Say what is exercised, and what is not; of sources their `whole` text, or what nothing cites."""
    return Page(
        title="Coverage by examples",
        blocks=tuple(_lead(coverage)),
        sections=(
            Section(title="Policy versions", blocks=(_versions(coverage),)),
            _lacking(coverage),
            Section(title="Source sentences", blocks=(_statements(coverage),)),
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
    ['`rules`: 1 of 2 (50 %) rules that an answer depends on; 90 % are required']
    """
    for measure in coverage.below(wanted):
        found = f"{figure_words(coverage.figures[measure])} {MEASURE_WORDS[measure].counts}"
        yield f"`{measure}`: {found}; {wanted[measure]:g} % are required"


def _lead(coverage: Coverage) -> Iterator[Block]:
    yield Paragraph(line(f"{counted(coverage.examples, 'example')}, as published on {coverage.known_on}."))
    figures = ((coverage.figures[measure], MEASURE_WORDS[measure].counts) for measure in MEASURES)
    yield Listing(tuple(line(Span(figure_words(figure), "strong"), f" {counts}") for figure, counts in figures))
    yield from (Paragraph(figures_of(source)) for source in coverage.sources)


def _versions(coverage: Coverage) -> Table:
    measures = MEASURES[1:]
    rows = []
    for version in coverage.versions:
        figures = (version.figures[measure] for measure in measures)
        seen = (
            Span(f"{each.seen:,} of {each.of:,}", "plain" if each.seen == each.of else "warning") for each in figures
        )
        rows.append((cell(Span(version.name, "name")), *map(cell, seen)))
    head = ("version", *(MEASURE_WORDS[measure].column for measure in measures))
    return Table("What examples exercise of each version", head, tuple(rows))


def _statements(coverage: Coverage) -> Table:
    rows = []
    for each in coverage.statements:
        notes = [Span(counted(each.notes, "note"), "quiet")] if each.notes else []
        lines = Span(f"{each.lines:,}") if each.lines or not each.rules else Span("none", "warning")
        rows.append((cell(each.statement), cell(*(Span(rule, "name") for rule in each.rules), *notes), cell(lines)))
    head = ("source sentence", "cited by", "example lines answered by it")
    return Table("What cites each source sentence", head, tuple(rows))


def _lacking(coverage: Coverage) -> Section:
    sections = []
    for measure in MEASURES:
        found = [each for each in coverage.lacking if each.measure == measure]
        rows = tuple((cell(Span(each.of, "name")), cell(each.need), cell(Span(each.place, "quiet"))) for each in found)
        if found:
            table = Table(counted(len(found), "gap"), ("in", "what is missing", "place"), rows)
            sections.append(Section(title=MEASURE_WORDS[measure].missing, blocks=(table,)))
    nothing = () if sections else (Paragraph(line(Span("Nothing is missing.", "strong"))),)
    return Section(title="What no example exercises", blocks=nothing, sections=tuple(sections))
