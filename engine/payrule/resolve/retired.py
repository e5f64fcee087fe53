"""The answer to a line whose code had ended before its date of service: given before any rule is asked of it."""

from functools import lru_cache

from payrule.documents.choices import Liability
from payrule.documents.determinations import LineDetermination, Reason
from payrule.documents.encounters import Line
from payrule.documents.models import Disposition, Vocabulary
from payrule.documents.values import read_date
from payrule.resolve.remittance import codes

POLICY, RULE = "vocabulary", "retired-code"
"""By what a reason names itself that rests on the vocabulary and on no rule."""

_EFFECTS: dict[str, tuple[Disposition, Liability | None]] = {
    "denied": ("denied", "unspecified"),
    "returned": ("returned", None),
}
"""What becomes of a line, and who bears it, by the effect of the value that answers."""

_day = lru_cache(maxsize=1_024)(read_date)


def is_retired(line: Line, vocabulary: Vocabulary) -> bool:
    """Tell whether a line bills a code after its last day, and the vocabulary answers such lines.

    >>> from datetime import date
    >>> from payrule.documents.models import Regions, Remittance, Retired, RetiredAnswer, Timed
    >>> answer = RetiredAnswer(concern="coding", value="wrong", summary="It ended.", remittance=Remittance(carc="181"))
    >>> words = Vocabulary(kind="vocabulary", attributes={}, concerns=(), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method=""), retired=Retired(codes={"00001": "2016-12-31"}, answer=answer))
    >>> [is_retired(Line(1, {"line.code": "00001", "line.date": date(year, 1, 1)}), words) for year in (2016, 2017)]
    [False, True]
    """
    retired = vocabulary.retired
    if retired is None or retired.answer is None:
        return False
    last = retired.codes.get(line.code)
    return last is not None and _day(last) < line.date


def retired_answer(line: Line, vocabulary: Vocabulary) -> LineDetermination:
    """Answer a line that `is_retired`; raises ValueError where the vocabulary answers no such line."""
    said = vocabulary.retired.answer if vocabulary.retired else None
    if said is None:
        raise ValueError(line.code)
    disposition, liability = _EFFECTS[vocabulary.concern(said.concern).effect(said.value)]
    reason = Reason(
        policy=POLICY,
        version="",
        rule=RULE,
        concern=said.concern,
        value=said.value,
        liability=liability,
        modality="shall",
        summary=said.summary,
        cites=(),
    )
    return LineDetermination(
        number=line.number,
        code=line.code,
        disposition=disposition,
        liability=liability,
        discretionary=False,
        concern=said.concern,
        remittance=codes(said.remittance, liability),
        reasons=(reason,),
        overruled=(),
        conflicts=(),
        open=(),
        advice=(),
    )
