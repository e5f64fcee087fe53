"""How sure an absence is, in plain words."""

from payrule.documents.differences import Certainty
from payrule.reports.numbers import counted
from payrule.reports.pages.page import Said, Span, said


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
