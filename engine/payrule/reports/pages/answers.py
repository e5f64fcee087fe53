"""What pages share: a claim, an answer with what decides it, and how certain an absence is, in plain words."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import UNSET, UnsetType

from payrule.language.words import subject_of, value_words
from payrule.model.choices import DISPOSITION_WORDS, LIABILITY_WORDS
from payrule.reports.explanation import LACKS
from payrule.reports.pages.page import Block, Cell, Line, Listing, Paragraph, Span, Table, Tone, cell, line
from payrule.reports.table import (
    NO_POLICY,
    answer_spans,
    because_words,
    codes_of,
    conclusion_words,
    further,
    reason_words,
    staged,
)
from payrule.reports.text import money
from payrule.results.determination import LineDetermination, Possible
from payrule.results.difference import Answer, Certainty, PaidOtherwise
from payrule.source.diagnostics import counted

CERTAINTY_WORDS: dict[Certainty, str] = {
    "proved": "proved",
    "bounded": "proved within limits",
    "unknown": "not proved",
}
"""What a person reads for each certainty."""

_LIMITS = ", within limits assumed for values computed over several lines, such as units"


def certainty(of: Certainty) -> Span:
    """Say how certain something is.

    >>> certainty("bounded").text
    'proved within limits'
    """
    return Span(CERTAINTY_WORDS[of], of)


def absence(of: Certainty, absent: str, present: str, notes: tuple[str, ...] = ()) -> Line:
    """Say how certain it is that something is absent; `present` is what may be there where that is not proved.

    >>> words = lambda line: "".join(span.text for span in line)
    >>> words(absence("proved", "no other answer changes", "other answers may change"))
    'Proved: no other answer changes.'
    >>> words(absence("bounded", "no answer changes", "answers may change"))
    'Proved: no answer changes, within limits assumed for values computed over several lines, such as units.'
    >>> words(absence("unknown", "no answer changes", "answers may change", ("time ran out",)))
    'Not proved: time ran out, so answers may change.'
    """
    if of == "unknown":
        why = "; ".join(notes) or "not every case was checked"
        return line(Span("Not proved", of), f": {why}, so {present}.")
    return line(Span("Proved", of), f": {absent}{_LIMITS if of == 'bounded' else ''}.")


def limits(other_lines: int | None, notes: tuple[str, ...]) -> Iterator[Paragraph]:
    """Say with how many other lines a claim can show everything there is, where that is known, and all notes.

    >>> [paragraph.line[0].text for paragraph in limits(2, ("time ran out",))]
    ['Claims with more than 2 other lines would add nothing to this result.', 'time ran out.']
    """
    if other_lines is not None:
        more = f"more than {counted(other_lines, 'other line')}" if other_lines else "other lines"
        yield Paragraph(line(f"Claims with {more} would add nothing to this result."))
    yield from (Paragraph(line(f"{note}.")) for note in notes)


def change_words(before: Answer, after: Answer, paid: PaidOtherwise | UnsetType = UNSET) -> str:
    """Name a kind of change by what differs in the answer, and in what is paid.

    >>> paid = Answer(
    ...     disposition="payable", liability=None, concern=None, discretionary=False, remittance=None, rule="p/a"
    ... )
    >>> import msgspec
    >>> change_words(paid, msgspec.structs.replace(paid, disposition="pending", rule=None))
    'payable → needs information'
    >>> change_words(paid, msgspec.structs.replace(paid, rule="p/b"))
    'payable, by another rule'
    >>> change_words(paid, msgspec.structs.replace(paid, liability="provider", discretionary=True))
    "payable, no responsibility → provider responsibility (CO), at the payer's discretion: no → yes"
    >>> change_words(paid, paid, PaidOtherwise((), ("p/part",), "less"))
    'payable, less is paid'
    """
    old, new = DISPOSITION_WORDS[before.disposition], DISPOSITION_WORDS[after.disposition]
    if old != new:
        return f"{old} → {new}"
    both = zip(_words_of(before), _words_of(after), strict=True)
    changed = [f"{name}{was} → {now}" for (name, was), (_, now) in both if was != now]
    changed += [PAID_WORDS[paid.paid]] if paid is not UNSET else []
    return f"{old}, {', '.join(changed) or 'by another rule'}"


PAID_WORDS: dict[str, str] = {"more": "more is paid", "less": "less is paid", "otherwise": "it is paid otherwise"}
"""What a person reads for how a line is paid otherwise."""


def _words_of(answer: Answer) -> tuple[tuple[str, str], ...]:
    return (
        ("", LIABILITY_WORDS[answer.liability] if answer.liability else "no responsibility"),
        ("edit category: ", answer.concern or "none"),
        ("remittance codes: ", codes_of(answer.remittance) if answer.remittance else "none"),
        ("at the payer's discretion: ", "yes" if answer.discretionary else "no"),
    )


def side_by_side(caption: str, columns: dict[str, LineDetermination]) -> Table:
    """Set answers next to each other: each with the rule that decides it, and the rule's source sentences."""
    answers = tuple(columns.values())
    rows = (
        ("answer", tuple(cell(*answer_spans(each)) for each in answers)),
        ("decided by", tuple(_rules(each) for each in answers)),
        ("source", tuple(_sources(each) for each in answers)),
        (
            "more",
            tuple(cell(*(f"{label}: {words}" for label, words in (*staged(each), *further(each)))) for each in answers),
        ),
    )
    return Table(
        caption=caption, head=("", *columns), rows=tuple((cell(name), *cells) for name, cells in rows if any(cells))
    )


def _rules(answer: LineDetermination) -> Cell:
    """Say what the rule that decides concludes, then which others give the same answer, or could give another."""
    if answer.disposition == "undecided":
        return cell(NO_POLICY, *filter(None, [because_words(answer)]))
    lines: list[Line] = []
    for reason in answer.reasons[:1]:
        lines.append(line(Span(reason.name, "name"), Span(f" {reason.version}", "quiet")))
        lines.append(line(Span(conclusion_words(reason), "quiet")))
        lines += [line(words) for words in (reason.summary, *reason_words(answer, reason))]
    for reason in answer.reasons[1:]:
        lines.append(line("also ", Span(reason.name, "name"), Span(f" ({reason.concern}: {reason.value})", "quiet")))
    return (*lines, *map(_possible, answer.possible or ()))


def _possible(possible: Possible) -> Line:
    """Say a conclusion that could decide a line."""
    responsible = f" ({LIABILITY_WORDS[possible.liability]})" if possible.liability else ""
    needs = f"missing information: {', '.join(possible.waits_for)}" if possible.waits_for else "its condition is met"
    return line(
        "could still decide: ", Span(possible.name, "name"), f": {possible.value}{responsible}, ", Span(needs, "quiet")
    )


def _sources(answer: LineDetermination) -> Cell:
    lines: list[Line] = []
    for cite in (cite for reason in answer.reasons for cite in reason.cites):
        lines.append(line(f"{cite['source']}: {cite['locator']}"))
        if cite.get("passage"):
            lines.append(line(Span(f"“{cite['passage']}”", "passage")))
        elif "lack" in cite:
            lines.append(line(Span(f"({LACKS[cite['lack']]})", "quiet")))
    return tuple(lines)


_ABOUT = frozenset({"id", "lines"})
"""Keys of a claim that say nothing about it."""


def _earlier(encounter: Mapping[str, Any]) -> Iterator[Block]:
    """Show the earlier lines that a claim gives, a row for each."""
    earlier = encounter.get("history") or ()
    if earlier:
        told = [_attributes(each) for each in earlier]
        names = tuple(dict.fromkeys(name for each in told for name in each))
        rows = tuple(tuple(cell(Span(each.get(name, ""))) for name in names) for each in told)
        yield Table("Earlier lines of the patient, with which it shows this", names, rows)
    elif "history_from" in encounter:
        yield Paragraph(line("The patient has no earlier lines."))


def claim(encounter: Mapping[str, Any], shows: int, matters: tuple[str, ...]) -> Iterator[Block]:
    """Show what a claim says, and what `matters` in it; `shows` is the number of the line that the claim is made for.

    >>> shown = list(claim({"lines": [{"number": 1, "code": "00001", "charge_cents": 12000}]}, 1, ()))
    >>> shown[0].head, [["".join(span.text for span in cell[0]) for cell in row] for row in shown[0].rows]
    (('', 'line 1 of 1'), [['code', '00001'], ['charge', '$120.00']])
    """
    kept = {key: value for key, value in encounter.items() if key not in ("history", "history_from")}
    if whole := _attributes(kept):
        yield Paragraph(line(f"The claim: {'; '.join(f'{name} is {value}' for name, value in whole.items())}."))
    lines = {each["number"]: _attributes(each) for each in encounter["lines"]}
    which = f"; the result is for line {shows}" if len(lines) > 1 else ""
    tones: dict[int, Tone] = {number: "strong" if number == shows else "plain" for number in lines}
    rows = []
    for name in dict.fromkeys(name for known in lines.values() for name in known):
        values = ((number, known.get(name)) for number, known in lines.items())
        spans = (Span("not given", "quiet") if each is None else Span(each, tones[number]) for number, each in values)
        rows.append((cell(name), *map(cell, spans)))
    head = ("", *(f"line {number} of {len(lines)}" for number in lines))
    yield Table(f"Smallest claim that shows this{which}", head, tuple(rows))
    yield from _earlier(encounter)
    if matters:
        yield Paragraph(line("What this result depends on; everything else in the claim could be different:"))
        yield Listing(tuple(line(each) for each in matters))


def claim_words(encounter: Mapping[str, Any]) -> Cell:
    """Say a claim in a line for each of its lines, after what it says as a whole, and which earlier lines are alike.

    >>> earlier = [{"claim": f"c{day}", "number": 1, "code": "00001", "date": f"2024-05-{day:02}"} for day in (3, 7)]
    >>> claim = {"history": earlier, "history_from": "2024-01-01", "lines": [{"number": 1, "code": "00002"}]}
    >>> for each in claim_words(claim): print("".join(span.text for span in each))
    the claim: history from 2024-01-01
    2 earlier lines: dates 2024-05-03 to 2024-05-07, code 00001
    line 1 of 1: code 00002
    """
    lines = [("the claim", _attributes({key: value for key, value in encounter.items() if key != "history"}))]
    alike: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for each in encounter.get("history", ()):
        told = _attributes({key: value for key, value in each.items() if key not in ("claim", "date")})
        alike.setdefault(tuple(told.items()), []).append(each["date"])
    for said_of, days in alike.items():
        dates = days[0] if len(days) == 1 else f"{min(days)} to {max(days)}"
        lines.append(
            (counted(len(days), "earlier line"), {"date" if len(days) == 1 else "dates": dates, **dict(said_of)})
        )
    lines += [(f"line {each['number']} of {len(encounter['lines'])}", _attributes(each)) for each in encounter["lines"]]
    said = ((name, ", ".join(f"{key} {value}" for key, value in known.items())) for name, known in lines if known)
    return cell(*(f"{name}: {words}" for name, words in said))


def _attributes(part: Mapping[str, Any]) -> dict[str, str]:
    """Give the attributes of a claim or a line, and their values, as a person reads them."""
    known = {key: value for key, value in facts(part) if key not in (*_ABOUT, "number")}
    cents = "charge_cents"
    return {
        subject_of(key.replace(cents, "charge")): money(value) if key.endswith(cents) else value_words(value)
        for key, value in known.items()
    }


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
