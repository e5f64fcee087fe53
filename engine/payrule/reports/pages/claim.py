"""A claim as a table: a column for each line, a row for each thing that some line says."""

from collections.abc import Iterator, Mapping
from typing import Any

from payrule.language.words import subject_of, value_words
from payrule.reports.pages.page import Block, Cell, Listing, Paragraph, Span, Table, cell, plain, said

_ABOUT = frozenset({"id", "lines"})
"""Keys of an encounter that are no facts of it."""


def claim(encounter: Mapping[str, Any], shows: int, matters: tuple[str, ...]) -> Iterator[Block]:
    """Show what a claim says and nothing that it does not say, and what `matters` in it.

    `shows` is the number of the line that the claim is made for.

    >>> shown = list(claim({"lines": [{"number": 1, "code": "00001", "units": 2}], "payer_role": "primary"}, 1, ()))
    >>> shown[0].said[0].text, shown[1].head
    ('The claim: payer role is primary.', ('', 'line 1 of 1'))
    """
    lines = encounter["lines"]
    whole = [f"{subject_of(key)} is {value_words(value)}" for key, value in facts(encounter) if key not in _ABOUT]
    if whole:
        yield Paragraph(said(f"The claim: {'; '.join(whole)}."))
    facts_of = {line["number"]: dict(facts(line)) for line in lines}
    keys = dict.fromkeys(key for known in facts_of.values() for key in known if key != "number")
    which = f"; line {shows} is the one to look at" if len(lines) > 1 else ""
    yield Table(
        caption=f"A smallest claim{which}",
        head=("", *(f"line {number} of {len(lines)}" for number in facts_of)),
        rows=tuple(
            (cell(subject_of(key)), *(_value(known.get(key), number == shows) for number, known in facts_of.items()))
            for key in keys
        ),
    )
    if matters:
        yield Paragraph(plain("What matters in it; anything else could be different:"))
        yield Listing(tuple(plain(each) for each in matters))


def claim_words(encounter: Mapping[str, Any]) -> Cell:
    """Say a claim in a line for each of its lines, after what it says as a whole."""
    whole = [f"{subject_of(key)} {value_words(value)}" for key, value in facts(encounter) if key not in _ABOUT]
    lines = []
    for line in encounter["lines"]:
        known = [f"{subject_of(key)} {value_words(value)}" for key, value in facts(line) if key != "number"]
        lines.append(f"line {line['number']} of {len(encounter['lines'])}: {', '.join(known)}")
    return cell(*([", ".join(whole)] if whole else []), *lines)


def facts(part: Mapping[str, Any], under: str = "") -> Iterator[tuple[str, Any]]:
    """List the attributes of a claim or a line by their dotted names.

    >>> list(facts({"code": "00001", "provider": {"type": "physician"}}))
    [('code', '00001'), ('provider.type', 'physician')]
    """
    for key, value in part.items():
        if isinstance(value, Mapping):
            yield from facts(value, f"{under}{key}.")
        else:
            yield f"{under}{key}", value


def _value(value: Any, is_shown: bool) -> Cell:  # noqa: FBT001 - whether it is the line that the claim is made for
    if value is None:
        return cell(Span("not given", "quiet"))
    return cell(Span(value_words(value), "strong" if is_shown else "plain"))
