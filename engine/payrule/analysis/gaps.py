"""Of which codes some claim, or every claim, is left undecided."""

from collections.abc import Sequence
from typing import Any

from payrule.analysis.asking import Asking
from payrule.analysis.classes import alike
from payrule.analysis.part import Part
from payrule.analysis.showing import LINE
from payrule.analysis.space import CODE, SUBJECT
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
    """List the codes that rules name and treat as they treat one code, then the ranges that hold others of them."""
    space = part.encoding.space
    sets = space.asked[CODE].sets if CODE in space.asked else ()
    holding = [members for members in sets if value in members]
    if not holding:
        return (ANY_OTHER,)
    named = {each for members in sets for each in members.values}
    found = alike(value, space.declared(CODE), sets)
    others = [each for each in found if each not in named]
    # All of them lie in each set that holds one; the set with the narrowest ranges says most.
    spans = min((members.ranges for members in holding), key=lambda ranges: sum(map(_width, ranges)))
    ranges = (span for span in spans if any(each in ValueSet(frozenset(), (span,)) for each in others))
    return (*sorted(each for each in found if each in named), *(f"others of {low}-{high}" for low, high in ranges))


def _width(span: tuple[str, str]) -> int:
    low, high = span
    return int(high, 36) - int(low, 36)
