"""What differs between two sets of documents: in answers, in rules, in text, in claims, and the number it deserves."""

from typing import Any, Literal

import msgspec

from payrule.model.choices import Disposition, Liability
from payrule.results.determination import Determination, RemittanceCodes, Result

Certainty = Literal["proved", "bounded", "unknown"]
"""How far a statement about every encounter goes.

`proved`: no encounter at all is otherwise. `bounded`: the proof rests on what is assumed of an attribute computed over
several lines, or on a bounded number of other lines. `unknown`: time ran out, or a claim could not be made.
"""

CERTAINTIES: tuple[Certainty, ...] = ("proved", "bounded", "unknown")
"""From the firmest to the weakest."""


def weakest(*certainties: Certainty) -> Certainty:
    """Give the weakest of what parts of a statement rest on; of nothing it is proved.

    >>> weakest("proved", "unknown", "bounded"), weakest()
    ('unknown', 'proved')
    """
    return max(certainties, key=CERTAINTIES.index, default="proved")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What counts as the answer for a line, and the rule that decides it, as `policy/rule`."""

    disposition: Disposition
    liability: Liability | None
    concern: str | None
    discretionary: bool
    remittance: RemittanceCodes | None
    rule: str | None


class PaidOtherwise(msgspec.Struct, frozen=True):
    """What of a line that is payable before and after is paid otherwise: which rules reduce it, and more or less.

    `paid` compares the most that is paid; `otherwise` is said where that is the same, or not to be compared, and the
    least that is paid, or a code of an adjustment, differs. It says never how much.
    """

    before: tuple[str, ...]
    after: tuple[str, ...]
    paid: Literal["more", "less", "otherwise"]


class Witness(msgspec.Struct, frozen=True, kw_only=True):
    """A smallest encounter that shows something, decided both ways.

    `line` is the number of the line that shows it. `matters` says in words which facts of the encounter the change
    rests on; any other fact could be different.
    """

    encounter: dict[str, Any]
    line: int
    matters: tuple[str, ...]
    before: Determination
    after: Determination


class AnswerChange(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of changed answer, with a smallest claim that shows it."""

    before: Answer
    after: Answer
    paid_otherwise: PaidOtherwise | msgspec.UnsetType = msgspec.UNSET
    witness: Witness


class AnswerDifference(msgspec.Struct, frozen=True, kw_only=True):
    """Every kind of changed answer.

    `certainty` says how sure it is that there is no other kind. `other_lines` is the number of other lines that a
    claim needs at most to show any difference; None where it was not settled. `notes` say what was set aside.
    """

    changes: tuple[AnswerChange, ...]
    certainty: Certainty
    other_lines: int | None = None
    notes: tuple[str, ...] = ()


EditKind = Literal["added", "removed", "changed", "renamed"]
EditOf = Literal[
    "policy",
    "payer",
    "vocabulary",
    "source",
    "set",
    "fact",
    "quota",
    "rule",
    "note",
    "attribute",
    "concern",
    "remittance-code",
    "code-set",
]


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was edited in a document.

    `document` names it: `policy@version`, a payer, `vocabulary`. `of` and `name` say which part, and `key` which key of
    it, as the document writes it (`when`, `conclude`, `overrides`, `cites`, `effective`). `before` and `after` are in
    words. `area` is `rules` when the edit can reach an answer, `text` when it can only change what is said.
    """

    kind: EditKind
    area: Literal["rules", "text"]
    document: str
    of: EditOf
    name: str
    key: str | None = None
    before: str | None = None
    after: str | None = None


Bump = Literal["none", "patch", "minor", "major"]


class VersionBump(msgspec.Struct, frozen=True, kw_only=True):
    """Which version number the difference between two versions of one policy deserves.

    `demanded` is the least number that the newer version may bear, `given` the one that it bears; `enough` compares
    them. `because` says what demands it.
    """

    policy: str
    older: str
    given: str
    bump: Bump
    demanded: str
    enough: bool
    certainty: Certainty
    because: str


class ImpactExample(msgspec.Struct, frozen=True):
    """A line of the claims file that is answered otherwise."""

    encounter: str
    line: int


class PaidCents(msgspec.Struct, frozen=True):
    """How much of the charges of some lines is paid before and after, in whole cents.

    A line that is denied or returned is paid nothing. `unknown` counts the lines without a charge, and those of which
    it is not known how much is paid.
    """

    before: int
    after: int
    unknown: int


class ImpactChange(msgspec.Struct, frozen=True, kw_only=True):
    """How many lines of a claims file change in one way, and what they were charged in cents, where that is known."""

    before: Answer
    after: Answer
    paid_otherwise: PaidOtherwise | msgspec.UnsetType = msgspec.UNSET
    lines: int
    members: int | msgspec.UnsetType = msgspec.UNSET
    """How many patients the lines are of; left out where a claim does not name its patient."""
    providers: int | msgspec.UnsetType = msgspec.UNSET
    """How many providers, by NPI, the lines are of; left out where a line names none."""
    cents: int
    paid_cents: PaidCents | msgspec.UnsetType = msgspec.UNSET
    """Given where some of the lines are paid in part, before or after."""
    lines_without_charge: int
    examples: tuple[ImpactExample, ...]


ImpactDates = Literal["in-effect", "as-if-in-effect"]
"""Whether claims meet each version on the dates on which it is in effect, or as if it were in effect on every date."""


class Impact(msgspec.Struct, frozen=True, kw_only=True):
    """What a difference does to the claims of a file.

    `dates` is given where two versions of different dates are compared. With `in-effect` a line is compared where both
    are in effect on its date; `lines_outside` counts those where only one of them is, or none: that a version is not
    in effect is no change of an answer. `void_once` counts the claims that are a void before or after alone: their
    lines are not compared, for on one side nothing of them is decided.
    """

    encounters: int
    lines: int
    changed_lines: int
    changed_cents: int
    undecidable: int
    changes: tuple[ImpactChange, ...]
    dates: ImpactDates | msgspec.UnsetType = msgspec.UNSET
    lines_outside: int | msgspec.UnsetType = msgspec.UNSET
    cut_off: bool | msgspec.UnsetType = msgspec.UNSET
    """True where time ran out: the claims behind these were not decided."""
    void_once: int | msgspec.UnsetType = msgspec.UNSET


LockChange = Literal["none", "kept", "renewed", "changed", "removed"]
"""What became of a version's entry in the lock.

`none`: it has none. `kept`: it is as it was. `renewed`: it is another one, which fits the version as it is now.
`changed`: it is another one, which does not. `removed`: it had one, and has none any more.
"""


class ChangedInPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A version in force that was changed under its own number, or whose entry in the lock was.

    `change` is `changed` when the version, or what it uses of the vocabulary, is another one; `removed` when it is not
    there any more, or no longer in force; `none` when only its entry in the lock is another one.
    """

    version: str
    change: Literal["changed", "removed", "none"]
    lock: LockChange


ReviewStatus = Literal["new", "approved", "questioned", "changed"]
"""What a review says of a kind of change: nothing yet, that it is right, or that it is questioned.

`changed`: it was decided on before one of its rules was changed, so it is to be looked at again.
"""


class ReviewedKind(msgspec.Struct, frozen=True, kw_only=True):
    """What a review says of one kind of changed answer: `id` names the kind, in every comparison that has it."""

    id: str
    status: ReviewStatus
    by: str | msgspec.UnsetType = msgspec.UNSET
    on: str | msgspec.UnsetType = msgspec.UNSET
    comment: str | msgspec.UnsetType = msgspec.UNSET


class Difference(Result, frozen=True, kw_only=True):
    """What differs between two operands: answers first, then rules and text, claims, and the version number.

    `in_place` names the versions in force that were changed under their own numbers; it is left out if there is none.
    `review` says of each kind of changed answer, in their order, what a review file says; left out without one.
    """

    format_version: Literal["1"] = "1"
    old: str
    new: str
    payer: str | None
    known_on: str
    answers: AnswerDifference
    edits: tuple[Edit, ...]
    impact: Impact | None = None
    bumps: tuple[VersionBump, ...] = ()
    in_place: tuple[ChangedInPlace, ...] | msgspec.UnsetType = msgspec.UNSET
    review: tuple[ReviewedKind, ...] | msgspec.UnsetType = msgspec.UNSET

    @property
    def waiting(self) -> int:
        """Count the kinds of changed answers that a review has not approved; without a review, all of them."""
        if self.review is msgspec.UNSET:
            return len(self.answers.changes)
        return sum(each.status != "approved" for each in self.review)

    @property
    def differs(self) -> bool:
        """Say whether anything differs."""
        return bool(self.answers.changes or self.edits or self.in_place)

    @property
    def settled(self) -> bool:
        """Say whether there was enough time to settle what changes in answers, and to decide all claims."""
        return self.answers.certainty != "unknown" and not (self.impact is not None and self.impact.cut_off)


class FieldDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A field that was one thing and is another: its path in the determination, None where it is not there."""

    path: str
    was: Any = None
    now: Any = None


class Recomputation(Result, frozen=True, kw_only=True):
    """A determination beside the one that is computed now, under the terms that it states.

    `rulebase`, `encounter_digest` and `answers` say whether each is the same, None where the determination does not
    say it. `differences` are those of the answers, field by field. `notes` say what else a reader has to know, such as
    another version of payrule, and which documents are known to be others.
    """

    encounter: str
    payer: str
    rulebase: bool
    encounter_digest: bool | None
    answers: bool
    differences: tuple[FieldDifference, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Tell whether the answers are the same, and all that they rest on."""
        return self.rulebase and self.answers and self.encounter_digest is not False

    def to_json(self) -> bytes:
        """Write it as JSON, one object without line breaks, with `same` first."""
        return msgspec.json.encode({"same": self.same} | msgspec.to_builtins(self))
