"""What is proved, or found wrong, of the policies that bind a payer."""

from typing import Any, Literal, get_args

import msgspec

from payrule.model.policy import Period
from payrule.results.determination import Determination, Number, Result
from payrule.results.difference import Certainty

Question = Literal["conflicts", "gaps", "dead", "shadowed", "redundant"]
"""What verification asks, in this order."""

QUESTIONS: tuple[Question, ...] = get_args(Question)


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A smallest encounter that shows something, what matters in it, and how it is answered."""

    encounter: dict[str, Any]
    line: int
    matters: tuple[str, ...]
    determination: Determination


class ReachableConflict(msgspec.Struct, frozen=True, kw_only=True):
    """Two rules of one tier, as `policy/rule`, that contradict each other on some claim.

    `accepted` is the payer's reason, where the payer accepts the conflict; else `accept` is the entry for
    `accepted_conflicts` that would accept it, with a reason still to write.
    """

    concern: str
    rules: tuple[str, str]
    values: tuple[str, str]
    accepted: str | None
    accept: str | None
    shown: Shown


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked about gaps: codes that rules name for a line itself, on dates on which such a version binds."""

    codes: tuple[str, ...]
    dates: tuple[Period, ...]


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A code, or codes that the rules treat alike, of which a payer's policies leave claims undecided.

    `always` tells that no claim at all decides a line of it, and then `certainty` says how sure that is.
    """

    codes: tuple[str, ...]
    always: bool
    certainty: Certainty
    shown: Shown


class Multiplied(msgspec.Struct, frozen=True, kw_only=True):
    """Two rules of two policies, as `policy/rule`, that each pay a percentage of one line: the percentages multiply."""

    rules: tuple[str, str]
    percents: tuple[Number, Number]
    shown: Shown


RuleFault = Literal["dead", "shadowed", "redundant", "unexampled"]


class RuleFinding(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a rule, as `policy/rule`.

    `dead`: no claim matches it. `shadowed`: claims match it, but it never is a reason for an answer. `redundant`:
    without it every answer would be the same. `unexampled`: no example matches it.
    """

    rule: str
    fault: RuleFault
    certainty: Certainty
    because: str


class PayerAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """What each payer answers on one claim: payer to disposition and deciding rule, in words."""

    encounter: dict[str, Any]
    line: int
    answers: dict[str, str]


class Verification(Result, frozen=True, kw_only=True):
    """What was found about a payer's policies, and how certain it is that there is nothing else."""

    format_version: Literal["1"] = "1"
    payer: str
    known_on: str
    rules: int
    conflicts: tuple[ReachableConflict, ...]
    gaps: tuple[Gap, ...]
    findings: tuple[RuleFinding, ...]
    payers: tuple[PayerAnswers, ...]
    certainty: dict[Question, Certainty]
    """How sure it is that nothing else is there, by question."""
    other_lines: int | None
    notes: tuple[str, ...] = ()
    scope: Scope | msgspec.UnsetType = msgspec.UNSET
    multiplied: tuple[Multiplied, ...] | msgspec.UnsetType = msgspec.UNSET
    """Left out where no two do; that is no error."""

    @property
    def sound(self) -> bool:
        """Say whether no conflict is left to settle, and no rule is dead or shadowed.

        Gaps, redundant rules and rules without an example are reported, but are no errors.
        """
        settled = all(conflict.accepted is not None for conflict in self.conflicts)
        return settled and not any(diagnostic.fault in ("dead", "shadowed") for diagnostic in self.findings)
