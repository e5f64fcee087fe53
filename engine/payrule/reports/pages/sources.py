"""The text of a source with its rules beside it, and in figures."""

from payrule.documents.coverages import CITED, Cited, PassageCoverage, SourceCoverage, SourcePart
from payrule.reports.numbers import counted
from payrule.reports.pages.page import Cell, Paragraph, Row, Said, Section, Span, Table, cell, plain, said

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
