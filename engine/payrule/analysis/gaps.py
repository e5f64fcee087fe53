"""Of which codes some claim, or every claim, is left undecided."""

from collections.abc import Sequence
from typing import Any

from payrule.analysis.asking import Asking
from payrule.analysis.derived import CODE
from payrule.analysis.part import Part
from payrule.analysis.showing import LINE
from payrule.analysis.space import SUBJECT
from payrule.documents.values import ValueSet
from payrule.documents.verifications import Gap

ANY_OTHER = "any other code"
"""What stands for the codes that no rule names."""


def gaps(asking: Asking, parts: Sequence[Part]) -> None:
    """Find the codes that no policy decides, each with a smallest claim that is left undecided."""
    for part in parts:
        undecided = part.answer.disposition["undecided"]
        for value, literal in part.encoding.space.slot(CODE, SUBJECT).choices:
            graph = part.encoding.graph
            of_code = graph.all((literal, undecided))
            if not part.can(of_code):
                asking.note(part.proof())
                continue
            always = not part.can(graph.all((literal, -undecided)))
            certainty = part.proof() if always else "proved"
            codes = _codes_like(value, part)
            if any(each.codes == codes and each.always == always for each in asking.gaps):
                continue
            claim = part.shown(of_code, "undecided", lambda decided: decided.line(LINE).disposition)
            if claim is None:
                asking.note("unknown")
                asking.notes.append(f"no claim could be made of {', '.join(codes)} that is left undecided")
            else:
                asking.gaps.append(Gap(codes=codes, always=always, certainty=certainty, shown=claim))


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
