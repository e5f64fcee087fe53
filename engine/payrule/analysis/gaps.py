"""Of which codes some claim, or every claim, is left undecided."""

from collections.abc import Sequence
from typing import Any

from payrule.analysis.asking import Asking
from payrule.analysis.derived import CODE
from payrule.analysis.part import Part
from payrule.analysis.showing import LINE
from payrule.analysis.space import SUBJECT
from payrule.documents.differences import Certainty, weakest
from payrule.documents.values import ValueSet
from payrule.documents.verifications import Gap, Shown

ANY_OTHER = "any other code"
"""What stands for the codes that no rule names."""


def gaps(asking: Asking, parts: Sequence[Part]) -> None:
    """Find the codes that no policy decides, on some dates or on all, each with a smallest claim that shows it."""
    for value, literal in parts[0].encoding.space.slot(CODE, SUBJECT).choices:
        codes = _codes_like(value, parts[0])
        undecided = []
        for part in parts:
            if part.can(_undecided(literal, part)):
                undecided.append(part)
            else:
                asking.note(part.proof())
        if undecided:
            proofs = _never_decided(literal, parts)
            if any(each.codes == codes and each.always == (proofs is not None) for each in asking.gaps):
                continue
            claim = next(filter(None, (_shown(literal, part) for part in undecided)), None)
            if claim is None:
                asking.note("unknown")
                asking.notes.append(f"no claim could be made of {', '.join(codes)} that is left undecided")
            else:
                certainty = "proved" if proofs is None else weakest(*proofs)
                asking.gaps.append(Gap(codes=codes, always=proofs is not None, certainty=certainty, shown=claim))


def _undecided(literal: int, part: Part) -> int:
    """Say that a line of some codes is left undecided."""
    return part.encoding.graph.all((literal, part.answer.disposition["undecided"]))


def _never_decided(literal: int, parts: Sequence[Part]) -> list[Certainty] | None:
    """Prove that no claim decides a line of some codes, on any date; None when some claim does."""
    proofs = []
    for part in parts:
        if part.can(part.encoding.graph.all((literal, -part.answer.disposition["undecided"]))):
            return None
        proofs.append(part.proof())
    return proofs


def _shown(literal: int, part: Part) -> Shown | None:
    return part.shown(_undecided(literal, part), "undecided", lambda decided: decided.line(LINE).disposition)


def _codes_like(value: Any, part: Part) -> tuple[str, ...]:
    """List the codes that rules name and treat as they treat one code; without any the narrowest range it lies in."""
    sets = part.encoding.space.asked[CODE].sets if CODE in part.encoding.space.asked else ()
    named = sorted({each for members in sets for each in members.values})
    alike = tuple(each for each in named if all((each in members) == (value in members) for members in sets))
    spans = [span for members in sets for span in members.ranges if value in ValueSet(frozenset(), (span,))]
    if alike or not spans:
        return alike or (ANY_OTHER,)
    low, high = min(spans, key=lambda span: (int(span[1], 36) - int(span[0], 36), span))
    return (f"others of {low}-{high}",)
