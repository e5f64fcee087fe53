"""Ask of the rules of one payer which conflict, are dead, shadowed or redundant, and which codes none decides."""

from collections.abc import Callable, Sequence

import msgspec

from payrule.analysis.asking import Asking, Contradiction
from payrule.analysis.clock import OutOfTimeError, never
from payrule.analysis.conflicts import conflicts
from payrule.analysis.encoding import Encoding, breaks
from payrule.analysis.gaps import gaps
from payrule.analysis.part import Part, Replay, Ruling
from payrule.analysis.rule_faults import dead, redundant, shadowed
from payrule.documents.differences import Certainty
from payrule.documents.verifications import QUESTIONS, Gap, Question, RuleFinding, Scope


class Verified(msgspec.Struct, frozen=True):
    """What was found, and how sure it is that there is nothing else, by question."""

    contradictions: tuple[Contradiction, ...]
    gaps: tuple[Gap, ...]
    findings: tuple[RuleFinding, ...]
    certainty: dict[Question, Certainty]
    other_lines: int | None
    notes: tuple[str, ...]
    scope: Scope | None = None


_ASK: dict[Question, Callable[[Asking, Sequence[Part]], None]] = {
    "conflicts": conflicts,
    "gaps": gaps,
    "dead": dead,
    "shadowed": shadowed,
    "redundant": redundant,
}


def verification(
    rulings: Sequence[Ruling],
    replay: Replay,
    expired: Callable[[], bool] = never,
    asked: Sequence[Question] = QUESTIONS,
) -> Verified:
    """Answer the questions that are asked, in their order; each claim is decided by the engine before it is given.

    Raises UnfaithfulError when the engine answers a claim otherwise than the solver said.
    """
    asking = Asking(asked[0])
    try:
        encoding = Encoding(
            [ruling.rules for ruling in rulings], breaks(span for ruling in rulings for span in ruling.spans), expired
        )
        asking.other_lines = encoding.other_lines
        parts = [Part(encoding, *each, replay) for each in zip(encoding.encoders, rulings, strict=True)]
        for asking.current in asked:
            _ASK[asking.current](asking, parts)
    except OutOfTimeError:
        unsettled = asked[asked.index(asking.current) :]
        asking.certainty.update(dict.fromkeys(unsettled, "unknown"))
        asking.notes.append(f"time ran out while asking for {asking.current}: what comes after it was not asked")
    return Verified(
        tuple(asking.contradictions.values()),
        tuple(asking.gaps),
        tuple(sorted(asking.findings.values(), key=lambda each: (each.rule, each.fault))),
        dict(asking.certainty),
        asking.other_lines,
        tuple(asking.notes),
        asking.scope,
    )
