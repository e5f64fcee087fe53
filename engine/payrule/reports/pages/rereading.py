"""A rereading as a page: each reworded passage word by word with what rests on it, then what else changed."""

from collections.abc import Iterator

from payrule.reports.pages.page import (
    Block,
    Listing,
    Page,
    Paragraph,
    Said,
    Section,
    Span,
    Verbatim,
    plain,
    said,
)
from payrule.reports.text import counted
from payrule.results.rereading import Changed, NewWording, Piece, Reread, Rereading, Reworded

AROUND, LONGEST = 6, 14
"""Words that are shown before and after a change, where more than so many are kept in a row."""

_BASES = {
    "old copy": "compared with the old copy",
    "remembered": "compared with what is remembered of the old copy, which does not tell its words",
    "nothing": "compared by its citations alone; name the folder of the old copies with `--old` to see what changed",
}


def rereading_page(rereading: Rereading) -> Page:
    """Say what is different in each copy."""
    return Page(
        title="Sources, read again",
        blocks=tuple(_lead(rereading)),
        sections=tuple(map(_copy, rereading.copies)),
    )


def _lead(rereading: Rereading) -> Iterator[Block]:
    if not rereading.copies:
        yield Paragraph(plain("No policy names a file of a source."))
    elif rereading.stands:
        told = " of which that can be told" if any(each.without_digest for each in rereading.copies) else ""
        yield Paragraph(said(Span(f"Every cited passage{told} stands as it was.", "strong")))
    items = []
    for copy in rereading.copies:
        name = Span(copy.file, "name")
        if copy.lacks:
            items.append(said(name, ": ", Span("there is no copy", "warning")))
        else:
            reworded = Span(f"{len(copy.reworded):,} not", "warning" if copy.reworded else "plain")
            untold = f", {copy.without_digest:,} cited without a digest" if copy.without_digest else ""
            items.append(said(name, f": {counted(copy.found, 'passage')} as cited, ", reworded, untold))
    yield Listing(tuple(items))


def _copy(copy: Reread) -> Section:
    if copy.lacks:
        help_text = Paragraph(said("Put the text into the folder as ", Span(copy.file, "name"), "."))
        return Section(title=copy.file, blocks=(help_text,))
    blocks = [Paragraph(plain(f"{_BASES[copy.compared][:1].upper()}{_BASES[copy.compared][1:]}."))]
    sections = [_reworded(number, each) for number, each in enumerate(copy.reworded, start=1)]
    if copy.elsewhere:
        sections.append(_elsewhere(copy.elsewhere))
    return Section(title=copy.file, blocks=tuple(blocks), sections=tuple(sections))


def _reworded(number: int, each: Reworded) -> Section:
    where = f", line {each.line}" if each.line is not None and each.pieces else ""
    return Section(title=f"{number}. {each.locator}{where}", blocks=tuple(_told(each)))


def _told(each: Reworded) -> Iterator[Block]:
    if each.pieces:
        yield Paragraph(_words(each.pieces))
    else:
        yield Paragraph(plain("It is not in the new copy, and nobody can tell what became of it."))
    if each.pieces and all(piece.kind == "kept" for piece in each.pieces):
        yield Paragraph(plain("A word of it differs that has the same mark: compare it with your old copy."))
    names = tuple(said(Span(name, "name")) for name in each.rests)
    yield Paragraph(plain("What rests on it; read each again:"))
    yield Listing(names)
    if each.cite is not None:
        yield Paragraph(plain("Where a rule still holds, its citation becomes:"))
        yield Verbatim(cite_words(each.cite))


def cite_words(cite: NewWording) -> str:
    """Write what a citation says of a passage, as it stands in a document.

    >>> cite_words(NewWording(5, "sha256:6b"))
    '"digest": "sha256:6b", "words": 5'
    """
    return f'"digest": "{cite.digest}", "words": {cite.words}'


def _elsewhere(changes: tuple[Changed, ...]) -> Section:
    items = tuple(said(Span(f"line {each.line}: ", "quiet"), *_words(each.pieces)) for each in changes)
    blocks = (Paragraph(plain("No rule, fact or note cites these; perhaps one should.")), Listing(items))
    return Section(title="What else changed", blocks=blocks)


def _words(pieces: tuple[Piece, ...]) -> Said:
    """Say pieces one after the other, marked so that no colour is needed to tell them apart."""
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
