"""Of which codes some claim, or every claim, is left undecided.

Asked are the codes that rules name for a line itself, on the dates on which a version that names them binds. That no
policy decides a service that none speaks of, or a date on which none is in effect, is no gap.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from payrule.analysis.asking import Asking
from payrule.analysis.classes import alike
from payrule.analysis.encoding import Span
from payrule.analysis.part import Part
from payrule.analysis.rulesets import own_codes
from payrule.analysis.showing import LINE
from payrule.analysis.space import CODE, SUBJECT
from payrule.documents.differences import Certainty, weakest
from payrule.documents.models import Period
from payrule.documents.values import ValueSet
from payrule.documents.verifications import Gap, Scope, Shown

ANY_OTHER = "any other code"
"""What stands for the codes that no rule names."""


def gaps(asking: Asking, parts: Sequence[Part]) -> None:
    """Find the codes that no policy decides, on some dates or on all, each with a smallest claim that shows it."""
    named = [(part, own_codes(part.rules, CODE)) for part in parts]
    listed: dict[str, None] = {}
    asking.scope = Scope(codes=(), dates=tuple(_periods(span for part, sets in named if sets for span in part.spans)))
    for value, literal in parts[0].encoding.space.slot(CODE, SUBJECT).choices:
        speaking = [part for part, sets in named if any(value in each for each in sets)]
        if not speaking:
            continue
        codes = _codes_like(value, parts[0])
        listed.update(dict.fromkeys(codes))
        asking.scope = msgspec.structs.replace(asking.scope, codes=tuple(listed))
        undecided = []
        for part in speaking:
            if part.can(_undecided(literal, part)):
                undecided.append(part)
            else:
                asking.note(part.proof())
        if undecided:
            proofs = _never_decided(literal, speaking)
            if any(each.codes == codes and each.always == (proofs is not None) for each in asking.gaps):
                continue
            claim = next(filter(None, (_shown(literal, part) for part in undecided)), None)
            if claim is None:
                asking.note("unknown")
                asking.notes.append(f"no claim could be made of {', '.join(codes)} that is left undecided")
            else:
                certainty = "proved" if proofs is None else weakest(*proofs)
                asking.gaps.append(Gap(codes=codes, always=proofs is not None, certainty=certainty, shown=claim))


def _periods(spans: Iterable[Span]) -> Iterator[Period]:
    """Join spans of dates that touch, from the first one on."""
    joined: list[Span] = []
    for first, after in sorted(spans, key=lambda span: span[0] or date.min):
        if joined and joined[-1][1] == first and first is not None:
            joined[-1] = (joined[-1][0], after)
        else:
            joined.append((first, after))
    for first, after in joined:
        last = None if after is None else (after - timedelta(days=1)).isoformat()
        yield Period(first=None if first is None else first.isoformat(), last=last)


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
