"""How sure an absence is, in plain words."""

from collections.abc import Iterator
from itertools import chain

from msgspec import UNSET

from payrule.reports.explanation import LACKS
from payrule.reports.line_words import because_words, beside_words, row_words, staged
from payrule.reports.pages.page import Cell, Said, Span, Table, cell, said
from payrule.reports.table import NOBODY_SPEAKS, codes_of
from payrule.reports.text import counted
from payrule.results.determination import LineDetermination, Possible, Reason
from payrule.results.difference import Answer, Certainty


def absence(certainty: Certainty, absent: str, present: str, notes: tuple[str, ...] = ()) -> Said:
    """Say how sure it is that something is absent; `present` is what may be there where that is not known.

    >>> words = lambda said: "".join(span.text for span in said)
    >>> words(absence("proved", "no other answer changes", "other answers may change"))
    'proved: no other answer changes.'
    >>> words(absence("bounded", "no answer changes", "answers may change"))
    'bounded: no answer changes, given what the proof assumes of values computed over several lines, such as units.'
    >>> words(absence("unknown", "no answer changes", "answers may change", ("time ran out",)))
    'unknown: time ran out, so answers may change.'
    """
    if certainty == "unknown":
        why = "; ".join(notes) or "not everything was settled"
        return said(Span("unknown", "unknown"), f": {why}, so {present}.")
    given = _GIVEN if certainty == "bounded" else ""
    return said(Span(certainty, certainty), f": {absent}{given}.")


_GIVEN = ", given what the proof assumes of values computed over several lines, such as units"


def enough(other_lines: int | None) -> str:
    """Say how many other lines a claim needs at most to show what there is, where that is known.

    >>> enough(2), enough(0), enough(None)
    ('Claims with more than 2 other lines show nothing else.', 'Claims with other lines show nothing else.', '')
    """
    if other_lines is None:
        return ""
    more = f"more than {counted(other_lines, 'other line')}" if other_lines else "other lines"
    return f"Claims with {more} show nothing else."


def answer_cell(answer: Answer | LineDetermination) -> Cell:
    """Say an answer: disposition, who bears it, remittance codes."""
    lines: list[Span] = [Span(answer.disposition, answer.disposition)]
    if answer.liability:
        lines.append(Span(f"borne by: {answer.liability}"))
    if answer.remittance:
        lines.append(Span(codes_of(answer.remittance)))
    if answer.discretionary:
        lines.append(Span("at discretion", "quiet"))
    return cell(*lines)


def change_words(before: Answer, after: Answer) -> str:
    """Name a kind of change by what is otherwise in the answer.

    >>> paid = Answer(
    ...     disposition="payable", liability=None, concern=None, discretionary=False, remittance=None, rule="p/a"
    ... )
    >>> import msgspec
    >>> change_words(paid, msgspec.structs.replace(paid, disposition="pending", rule=None))
    'payable → pending'
    >>> change_words(paid, msgspec.structs.replace(paid, rule="p/b"))
    'payable, by another rule'
    >>> change_words(paid, msgspec.structs.replace(paid, liability="provider", discretionary=True))
    'payable, borne by: nobody → provider, at discretion: no → yes'
    """
    if before.disposition != after.disposition:
        return f"{before.disposition} → {after.disposition}"
    both = zip(_words_of(before), _words_of(after), strict=True)
    changed = [f"{name}: {old} → {new}" for (name, old), (_, new) in both if old != new]
    return f"{before.disposition}, {', '.join(changed) or 'by another rule'}"


def _words_of(answer: Answer) -> tuple[tuple[str, str], ...]:
    return (
        ("borne by", answer.liability or "nobody"),
        ("concern", answer.concern or "none"),
        ("remittance", codes_of(answer.remittance) if answer.remittance else "none"),
        ("at discretion", "yes" if answer.discretionary else "no"),
    )


def side_by_side(caption: str, columns: dict[str, LineDetermination]) -> Table:
    """Set answers beside each other: each with what decides it, and the source beside the rule."""
    lines = tuple(columns.values())
    rows = (
        ("answer", tuple(answer_cell(line) for line in lines)),
        ("decided by", tuple(_rules(line) for line in lines)),
        ("source", tuple(_sources(line) for line in lines)),
        ("besides", tuple(_besides(line) for line in lines)),
    )
    return Table(
        caption=caption,
        head=("", *columns),
        rows=tuple((cell(Span(name)), *cells) for name, cells in rows if any(cells)),
    )


def _rules(line: LineDetermination) -> Cell:
    """Name the rule that decides, then what else gives the same answer."""
    if line.disposition == "undecided":
        return cell(NOBODY_SPEAKS, *filter(None, [because_words(line)]))
    return tuple(chain(_first(line), map(_also, line.reasons[1:]), map(_possible, line.possible or ())))


def _first(line: LineDetermination) -> Iterator[Said]:
    """Say what the rule that decides concludes."""
    for reason in line.reasons[:1]:
        yield said(Span(reason.name, "name"), Span(f" {reason.version}", "quiet"))
        yield said(Span(f"{reason.concern} {reason.value}, {reason.modality}", "quiet"))
        yield said(reason.summary)
        for words in (beside_words(line, reason), *map(row_words, reason.rows or ())):
            if words:
                yield said(words)


def _also(reason: Reason) -> Said:
    return said("also ", Span(reason.name, "name"), Span(f" {reason.concern} {reason.value}", "quiet"))


def _possible(possible: Possible) -> Said:
    """Say a conclusion that could decide a pending line."""
    bearer = f" ({possible.liability})" if possible.liability else ""
    waits = f"waits for {', '.join(possible.waits_for)}" if possible.waits_for else "holds already"
    return said("perhaps ", Span(possible.name, "name"), f": {possible.value}{bearer}, ", Span(waits, "quiet"))


def _sources(line: LineDetermination) -> Cell:
    lines: list[Said] = []
    for reason in line.reasons:
        for cite in reason.cites:
            lines.append(said(Span(f"{cite['source']}: {cite['locator']}")))
            if cite.get("passage"):
                lines.append(said(Span(f"“{cite['passage']}”", "passage")))
            elif "lack" in cite:
                lines.append(said(Span(f"({LACKS[cite['lack']]})", "quiet")))
    return tuple(lines)


def _besides(line: LineDetermination) -> Cell:
    """Say what else there is to an answer: what is open, conflicts, advice."""
    lines = [f"{label}: {words}" for label, words in staged(line)]
    lines += [f"advice: {advice}" for advice in line.advice]
    if line.allowed_units is not UNSET:
        lines.append(f"units supported: {'unknown' if line.allowed_units is None else line.allowed_units}")
    if line.open and line.possible is UNSET:
        lines.append(f"open: {', '.join(line.open)}")
    lines += [f"conflict: {' and '.join(each.rules)} on {each.concern}" for each in line.conflicts]
    return cell(*lines)
