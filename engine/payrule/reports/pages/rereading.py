"""A rereading as a page: each reworded source sentence with what cites it, then what else changed."""

from collections.abc import Iterator

from payrule.reports.pages.page import Block, Line, Listing, Page, Paragraph, Section, Span, Verbatim, line
from payrule.results.rereading import NewWording, Piece, Reread, Rereading, Reworded
from payrule.source.diagnostics import counted

AROUND, LONGEST = 6, 14
"""Words that are shown before and after a change, where more than so many are kept in a row."""

_BASES = {
    "old copy": "Compared with the old copy.",
    "remembered": "Compared with the remembered digests of the old copy, which do not show its words.",
    "nothing": "Compared with its citations alone; name the folder of the old copies with `--old` to see what changed.",
}


def rereading_page(rereading: Rereading) -> Page:
    """Say what differs in each copy."""
    return Page(
        title="Sources compared with their citations",
        blocks=tuple(_lead(rereading)),
        sections=tuple(map(_copy, rereading.copies)),
    )


def _lead(rereading: Rereading) -> Iterator[Block]:
    if not rereading.copies:
        yield Paragraph(line("No policy names a file of a source."))
    elif rereading.stands:
        which = " that has a digest" if any(each.without_digest for each in rereading.copies) else ""
        yield Paragraph(line(Span(f"Every cited source sentence{which} is unchanged.", "strong")))
    items = []
    for copy in rereading.copies:
        name = Span(copy.file, "name")
        if copy.lacks:
            items.append(line(name, ": ", Span("there is no copy", "warning")))
        else:
            reworded = Span(f"{len(copy.reworded):,} changed", "warning" if copy.reworded else "plain")
            unchecked = f", {copy.without_digest:,} cited without a digest" if copy.without_digest else ""
            items.append(line(name, f": {counted(copy.found, 'source sentence')} unchanged, ", reworded, unchecked))
    yield Listing(tuple(items))


def _copy(copy: Reread) -> Section:
    if copy.lacks:
        missing = Paragraph(line("Put the text into the folder as ", Span(copy.file, "name"), "."))
        return Section(title=copy.file, blocks=(missing,))
    sections = []
    for number, each in enumerate(copy.reworded, start=1):
        where = f", line {each.line}" if each.line is not None and each.pieces else ""
        sections.append(Section(title=f"{number}. {each.locator}{where}", blocks=tuple(_blocks(each))))
    if copy.elsewhere:
        items = tuple(line(Span(f"line {each.line}: ", "quiet"), *redlined(each.pieces)) for each in copy.elsewhere)
        nothing = Paragraph(line("No rule, definition or note cites these; check whether one should."))
        sections.append(Section(title="What else changed", blocks=(nothing, Listing(items))))
    return Section(title=copy.file, blocks=(Paragraph(line(_BASES[copy.compared])),), sections=tuple(sections))


def _blocks(each: Reworded) -> Iterator[Block]:
    gone = line("It is not in the new copy, and what it became cannot be determined.")
    yield Paragraph(redlined(each.pieces) if each.pieces else gone)
    if each.pieces and all(piece.kind == "kept" for piece in each.pieces):
        yield Paragraph(line("A word of it differs that has the same digest: compare it with your old copy."))
    yield Paragraph(line("These rest on it; review each:"))
    yield Listing(tuple(line(Span(name, "name")) for name in each.rests))
    if each.cite is not None:
        yield Paragraph(line("Where a rule still holds, use this citation:"))
        yield Verbatim(cite_words(each.cite))


def cite_words(cite: NewWording) -> str:
    """Write a citation's digest and number of words as a document has them.

    >>> cite_words(NewWording(5, "sha256:6b"))
    '"digest": "sha256:6b", "words": 5'
    """
    return f'"digest": "{cite.digest}", "words": {cite.words}'


def redlined(pieces: tuple[Piece, ...]) -> Line:
    """Write pieces one after the other, marked so that no color is needed to distinguish them."""
    spans: list[Span] = []
    for number, piece in enumerate(pieces):
        if number:
            spans.append(Span(" "))
        if piece.kind == "kept":
            spans.append(Span(_shortened(piece.text, first=not number, last=number == len(pieces) - 1), "passage"))
        elif piece.kind == "new":
            spans.append(Span(f"{{+{piece.text}+}}", "new"))
        else:
            spans.append(Span(f"[-{piece.text or counted(piece.words, 'word')}-]", "gone"))
    return tuple(spans)


def _shortened(text: str, *, first: bool, last: bool) -> str:
    """Leave out the middle of what is kept, and what is far from any change."""
    words = text.split()
    if len(words) <= LONGEST or (first and last):
        return text
    before = [] if first else words[:AROUND]
    after = [] if last else words[-AROUND:]
    return " ".join([*before, "…", *after])
