"""What verification has found so far, and how sure each absence is."""

import msgspec

from payrule.documents.differences import Certainty, weakest
from payrule.documents.verifications import QUESTIONS, Gap, Question, RuleFinding, Scope, Shown
from payrule.resolve.bound import BoundRule


class Contradiction(msgspec.Struct, frozen=True):
    """Two rules that contradict each other on a claim."""

    rules: tuple[BoundRule, BoundRule]
    shown: Shown


RuleVersion = tuple[str, str]
"""A policy version, as `policy@version`, and the identifier of a rule of it."""


class Asking:
    """What has been found so far."""

    def __init__(self, current: Question) -> None:
        """Start with the first question, nothing found, and every absence sure."""
        self.current = current
        self.contradictions: dict[tuple[str, str], Contradiction] = {}
        self.gaps: list[Gap] = []
        self.findings: dict[RuleVersion, RuleFinding] = {}
        self.certainty = dict[Question, Certainty]((question, "proved") for question in QUESTIONS)
        self.other_lines: int | None = None
        self.notes: list[str] = []
        self.scope: Scope | None = None

    def note(self, proof: Certainty) -> None:
        """Note how far a proof of the question that is asked goes; the weakest one counts."""
        self.certainty[self.current] = weakest(self.certainty[self.current], proof)
