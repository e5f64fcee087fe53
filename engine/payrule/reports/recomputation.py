"""Recomputations as text: one line where all is the same, else what differs, a line each."""

import json
from collections.abc import Iterator
from typing import Any

from payrule.results.difference import Recomputation

_LONGEST = 60


def recomputation_lines(found: Recomputation) -> Iterator[str]:
    """Say what is the same and what differs.

    >>> *recomputation_lines(Recomputation(
    ...     encounter="E-1", payer="plan", rulebase=True, encounter_digest=None, answers=True)),
    ('encounter E-1, payer plan: the same', '  claim: not compared: the determination says no digest of it')
    """
    yield f"encounter {found.encounter}, payer {found.payer}: {'the same' if found.same else 'differs'}"
    if not found.rulebase:
        yield "  rulebase: its digest differs"
    if found.encounter_digest is None:
        yield "  claim: not compared: the determination says no digest of it"
    elif not found.encounter_digest:
        yield "  claim: its digest differs: the claim that was decided said something else"
    if not found.same and found.answers:
        yield "  answers: the same, field by field"
    yield from (f"  {each.path}: was {_shown(each.was)}, is {_shown(each.now)}" for each in found.differences)
    yield from (f"  note: {note}" for note in found.notes)


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"`{text}`" if len(text) <= _LONGEST else f"`{text[:_LONGEST]}…`"
