"""The answer for an encounter, and why: field for field as `schemas/determination.schema.json` describes it."""

from collections.abc import Callable, Collection
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any, Literal, Protocol, get_args

import msgspec
from msgspec import UNSET, UnsetType

from payrule.model.choices import Disposition, Liability, Modality
from payrule.model.policy import Group, Status
from payrule.model.values import as_json_number
from payrule.source.diagnostics import ClaimWarning

Because = Literal["no-rule", "none-applies", "no-version"]
"""Why no policy applies to a line: no binding rule mentions its code, those that do did not match, or no version of a
policy that has such rules binds on its date."""

State = Literal["decides", "stands", "overruled", "waits", "does-not-match"]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a command answers, and can write as JSON."""

    def to_json(self) -> bytes:
        """Write it as JSON, one object without line breaks."""
        return msgspec.json.encode(self)


class Conclusion(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule of a policy version concluded of a line, and how firmly."""

    policy: str
    version: str
    rule: str
    concern: str
    value: str
    liability: Liability | None
    modality: Modality

    @property
    def name(self) -> str:
        """Name the rule as documents do: `policy/rule`."""
        return f"{self.policy}/{self.rule}"


class RuleExplanation(Conclusion, frozen=True, kw_only=True):
    """What became of one rule on a line.

    `because` lists the parts of its condition that settle its `state`, with the value read; of a rule that matches, the
    rows of tables that it rests on. `by` names what overruled it. `speaks` tells whether it names the code of the line,
    matches, or waits.
    """

    tier: int
    summary: str
    condition: str
    state: State
    because: tuple[str, ...]
    waits_for: tuple[str, ...]
    matters: bool
    by: str | None
    cites: tuple[dict[str, Any], ...]
    speaks: bool = True


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A version of one of the payer's policies that does not bind a line, and why not; dates are `YYYY-MM-DD`."""

    version: str
    status: Status
    first: str | None
    last: str | None
    why: str


class Explanation(Result, frozen=True, kw_only=True):
    """Why a line was answered as it was: the rules in the order of concerns, then of tiers.

    Of a line of several `days` it is one `day` that is explained. `because` says why no rule was asked, where none was.
    `left_out` are the versions of the payer's policies that do not bind it; `undecided_because`, `pays` and
    `adjustments` are as in the answer.
    """

    encounter: str
    payer: str
    line: int
    code: str | None
    disposition: Disposition
    concern: str | None
    liability: Liability | None
    open: tuple[str, ...]
    presumed: tuple[str, ...]
    rules: tuple[RuleExplanation, ...]
    day: str | UnsetType = UNSET
    days: str | UnsetType = UNSET
    because: str | UnsetType = UNSET
    undecided_because: Because | UnsetType = UNSET
    pays: "Pays | UnsetType" = UNSET
    adjustments: "tuple[Adjustment, ...] | UnsetType" = UNSET
    left_out: tuple[LeftOut, ...] = ()

    def rule(self, name: str) -> RuleExplanation:
        """Find what became of a rule, named as `policy/rule`, or by its id alone; raises KeyError."""
        for rule in self.rules:
            if name in (rule.name, rule.rule):
                return rule
        raise KeyError(name)


DISPOSITIONS: tuple[Disposition, ...] = get_args(Disposition)


class OtherLine(msgspec.Struct, frozen=True, order=True):
    """Another line that a rule matched on; the code is None where it cannot be read."""

    number: int
    code: str | None


class Reason(Conclusion, frozen=True, kw_only=True):
    """A conclusion that stands: which rule of which policy version concluded what, and the passages it rests on.

    `other_lines` are the other lines that it matched on, `rows` the rows of tables. `days` are those of a line of
    several days on which it stands: dates, and spans of them as `FIRST/LAST`.
    """

    summary: str
    cites: tuple[dict[str, Any], ...]
    other_lines: tuple[OtherLine, ...] | UnsetType = UNSET
    rows: tuple[dict[str, Any], ...] | UnsetType = UNSET
    days: tuple[str, ...] | UnsetType = UNSET


How = Literal["override", "tier", "strictness"]


class By(msgspec.Struct, frozen=True):
    """What overruled a conclusion, and how: an override, a higher tier, or a stricter value."""

    policy: str
    rule: str
    how: How


class Overruled(Conclusion, frozen=True, kw_only=True):
    """A conclusion that matched and did not stand; `days` as for a Reason."""

    by: By
    days: tuple[str, ...] | UnsetType = UNSET


class Possible(Conclusion, frozen=True, kw_only=True):
    """A conclusion that could decide a pending line, with the attributes it waits for; `days` as for a Reason."""

    summary: str
    waits_for: tuple[str, ...]
    days: tuple[str, ...] | UnsetType = UNSET


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """Two active conclusions of one tier on one concern that differ in value or liability, and which was taken."""

    concern: str
    tier: int
    rules: tuple[str, str]
    values: tuple[str, str]
    liabilities: tuple[Liability | None, Liability | None]
    taken: str | None
    accepted: str | None


class RemittanceCodes(msgspec.Struct, frozen=True, kw_only=True):
    """The X12 835 adjustment of a line: group, CARC, and RARCs."""

    group: Group
    carc: str
    rarc: tuple[str, ...]


Number = int | float


class Between(msgspec.Struct, frozen=True):
    """A number that is not certain: at least and at most so much; None is without end."""

    at_least: Number
    at_most: Number | None


def between(low: Number | Decimal, high: Number | Decimal | None) -> Number | Between:
    """Give a number, or the range in which it is, as JSON writes numbers.

    >>> between(1, 1), between(1, Decimal("3.50"))
    (1, Between(at_least=1, at_most=3.5))
    """
    least, most = as_json_number(low), None if high is None else as_json_number(high)
    return least if least == most else Between(least, most)


def ends(number: Number | Between) -> tuple[Number, Number | None]:
    """Give the least and the greatest that a number can be; None is without end.

    >>> ends(1), ends(Between(1, None))
    ((1, 1), (1, None))
    """
    return (number.at_least, number.at_most) if isinstance(number, Between) else (number, number)


class Pays(msgspec.Struct, frozen=True, kw_only=True):
    """What is paid of a line that is paid in part: so many `units` `of` those billed, and a percentage."""

    units: Number | Between | UnsetType = UNSET
    of: Number | Between | UnsetType = UNSET
    percent: Number | Between | UnsetType = UNSET


class Adjustment(msgspec.Struct, frozen=True, kw_only=True):
    """What is not paid of a payable line, in units or as a percentage, by which rule, and its X12 835 codes."""

    group: Group
    carc: str | None
    rarc: tuple[str, ...]
    units: Number | Between | UnsetType = UNSET
    percent: Number | UnsetType = UNSET
    rule: str
    sentence: str


class ClaimLevel(msgspec.Struct, frozen=True, kw_only=True):
    """The answer that a claim gives without the chart: as if no edit that asks the chart had found anything."""

    disposition: Disposition
    liability: Liability | None = None
    concern: str | None = None
    reasons: tuple[str, ...] = ()
    tested: tuple[str, ...] = ()
    summary: str


ChosenBy = Literal["date-of-service", "day-of-answer"]
"""By which day remittance codes were chosen."""


class LineDetermination(msgspec.Struct, frozen=True, kw_only=True):
    """The one answer for a line, and everything that it rests on; `days`, as `FIRST/LAST`, of a line of several.

    `identifiers` are how the sender of the claim knows the line, `sent` is what else the claim says of it. A line that
    cannot be read is pending, and `unreadable` says why; where that is the code, `code` is None.

    Of a pending line, `claim_level` is the answer without the chart, and `needs` are the smallest sets of facts that
    can settle it. A payable line says on which concerns rules concluded, and on which none spoke.
    """

    number: int
    code: str | None
    identifiers: dict[str, str] | UnsetType = UNSET
    sent: dict[str, Any] | UnsetType = UNSET
    unreadable: tuple[str, ...] | UnsetType = UNSET
    days: str | UnsetType = UNSET
    disposition: Disposition
    liability: Liability | None
    discretionary: bool
    concern: str | None
    allowed_units: int | UnsetType | None = UNSET
    pays: Pays | UnsetType = UNSET
    adjustments: tuple[Adjustment, ...] | UnsetType = UNSET
    remittance: RemittanceCodes | None
    remittance_chosen_by: ChosenBy | UnsetType = UNSET
    candidates: tuple[RemittanceCodes, ...] | UnsetType = UNSET
    reasons: tuple[Reason, ...]
    overruled: tuple[Overruled, ...]
    conflicts: tuple[Conflict, ...]
    open: tuple[str, ...]
    advice: tuple[str, ...]
    presumed: tuple[str, ...] | UnsetType = UNSET
    possible: tuple[Possible, ...] | UnsetType = UNSET
    claim_level: ClaimLevel | UnsetType = UNSET
    needs: tuple[tuple[str, ...], ...] | UnsetType = UNSET
    needs_bounded: bool | UnsetType = UNSET
    undecided_because: Because | UnsetType = UNSET
    tested: tuple[str, ...] | UnsetType = UNSET
    not_tested: tuple[str, ...] | UnsetType = UNSET
    by_default: bool | UnsetType = UNSET

    @property
    def adjusted(self) -> tuple[tuple[object, ...], ...]:
        """The codes of the adjustments."""
        return tuple((each.group, each.carc, each.rarc) for each in self.adjustments or ())

    @property
    def deciding_day(self) -> date | None:
        """The first day on which the deciding conclusion stands, of a line of several days; None of any other."""
        if self.days is UNSET:
            return None
        told = [each.days for each in self.reasons] + [each.days for each in self.possible or ()]
        first = next((days[0] for days in told if days), self.days)
        return date.fromisoformat(first.partition("/")[0])


def paid(line: LineDetermination, of: Literal["units", "percent"]) -> tuple[Number | None, Number | None]:
    """Give the least and the greatest that is paid of a line, in units or percent; None where nothing is said of it.

    >>> line = LineDetermination(number=1, code="00001", disposition="payable", liability=None, discretionary=False,
    ...     concern=None, remittance=None, reasons=(), overruled=(), conflicts=(), open=(), advice=(),
    ...     pays=Pays(units=Between(1, 3), of=4))
    >>> paid(line, "units"), paid(line, "percent")
    ((1, 3), (None, None))
    """
    found = UNSET if line.pays is UNSET else getattr(line.pays, of)
    return (None, None) if found is UNSET else ends(found)


def code_words(code: str | None) -> str:
    """Write the code of a line, or that it cannot be read.

    >>> code_words("00001"), code_words(None)
    ('00001', 'unreadable')
    """
    return "unreadable" if code is None else code


def line_name(number: int, code: str | None) -> str:
    """Name a line, with its code where that can be read.

    >>> line_name(3, "00001"), line_name(3, None)
    ('line 3 (00001)', 'line 3')
    """
    return f"line {number}" if code is None else f"line {number} ({code})"


def number_words(number: Number | Between) -> str:
    """Write a number, or a range.

    >>> number_words(42.5), number_words(Between(1, 3)), number_words(Between(1, None))
    ('42.5', '1 to 3', '1 or more')
    """
    if not isinstance(number, Between):
        return str(number)
    return f"{number.at_least} or more" if number.at_most is None else f"{number.at_least} to {number.at_most}"


def unit_words(number: Number | Between) -> str:
    """Write how many units there are.

    >>> unit_words(1), unit_words(2), unit_words(Between(0, 1))
    ('1 unit', '2 units', '0 to 1 units')
    """
    return f"{number_words(number)} unit{'' if number == 1 else 's'}"


def adjustment_words(line: LineDetermination | Explanation) -> str:
    """Write the adjustments of a line as text, each with its codes and what is not paid.

    >>> cut = Adjustment(group="CO", carc="119", rarc=(), units=2, rule="p/r", sentence="")
    >>> half = Adjustment(group="CO", carc="59", rarc=(), percent=50, rule="p/s", sentence="")
    >>> adjustment_words(LineDetermination(number=1, code="00001", disposition="payable", liability=None,
    ...     discretionary=False, concern=None, remittance=None, reasons=(), overruled=(), conflicts=(), open=(),
    ...     advice=(), adjustments=(cut, half)))
    'CO-119 2 units; CO-59 50 %'
    """
    return "; ".join(
        f"{each.group}-{each.carc or '?'} " + (f"{each.percent} %" if each.units is UNSET else unit_words(each.units))
        for each in line.adjustments or ()
    )


what_counts: Callable[[Any], tuple[Any, ...]] = attrgetter(
    "disposition", "concern", "liability", "discretionary", "remittance", "pays", "adjusted"
)
"""Give what counts as the answer of a line: answers differ when this does, and version numbers follow from it."""


class Basis(Protocol):
    """What an answer was decided from: a value that can explain it; `rulebase` makes it."""

    def explain(self, number: int, day: date | None, rules: Collection[str] | None = None) -> Explanation:
        """Explain a line as it is on a day, without one on its first; raises KeyError where there is no such line.

        With `rules`, of all rules only those are explained, each named as `policy/rule`.
        """


class _HasBasis:
    """Holds the basis of an answer in a slot, so that no value, JSON, copy or pickle has it.

    Whoever makes an answer puts it there, by `msgspec.structs.force_setattr`.
    """

    __slots__ = ("_basis",)
    _basis: Basis


class Determination(_HasBasis, Result, frozen=True, kw_only=True, weakref=True):
    """The answer for a claim: a disposition for each line, with what is needed to compute it again years later.

    `what_if` is true when the payer's purpose is `what-if`, so that its answers cannot be mistaken for a real payer's.
    `considered` names the proposed policy that was used instead of another. If `answer` is `void`, the claim voids an
    earlier one, whose reference is `voids` (None if the claim does not give it): nothing is decided, and there are no
    lines. `replaces` is the reference of the claim that a replacement replaces. `warnings` say what is doubtful about
    the claim. `payrule` is the version that decided, `presumptions` holds everything that was assumed when missing, by
    attribute, and `encounter_digest` is the digest of the claim as it was read, so that it can be decided again.
    `identifiers` are how the sender of the claim knows it, such as the number of its interchange. `sent` is what else
    the claim says that no rule reads, such as what other payers paid.
    """

    format_version: Literal["1"] = "1"
    encounter: str
    identifiers: dict[str, str] | UnsetType = UNSET
    sent: dict[str, Any] | UnsetType = UNSET
    payer: str
    rulebase: str
    engine: str
    known_on: str
    what_if: bool | UnsetType = UNSET
    considered: str | UnsetType = UNSET
    payrule: str | UnsetType = UNSET
    presumptions: dict[str, Any] | UnsetType = UNSET
    encounter_digest: str | UnsetType = UNSET
    answer: Literal["void"] | UnsetType = UNSET
    voids: str | UnsetType | None = UNSET
    replaces: str | UnsetType | None = UNSET
    warnings: tuple[ClaimWarning, ...] | UnsetType = UNSET
    lines: tuple[LineDetermination, ...]

    @property
    def is_void(self) -> bool:
        """Say whether the claim voids another, so that nothing is decided."""
        return self.answer == "void"

    @property
    def unreadable_lines(self) -> int:
        """Count the lines that are not decided because they cannot be read."""
        return sum(line.unreadable is not UNSET for line in self.lines)

    def line(self, number: int) -> LineDetermination:
        """Find the answer for a line by its number; raises KeyError when the claim has no such line."""
        return {line.number: line for line in self.lines}[number]

    def explain(self, number: int, day: date | None = None, *, rules: Collection[str] | None = None) -> Explanation:
        """Explain the answer for a line: every rule of the policies that apply, whether it matched, and why not.

        With `rules`, of all rules only those are explained, which takes less time; each is named as `policy/rule`.
        For a line of several days it explains `day`, or the day that decides. Raises KeyError when the claim has no
        line with this number, or the line no such day, and TypeError for a determination that was not made by
        `Rulebase.decide`, such as one that was read from a file.
        """
        line = self.line(number)
        basis: Basis | None = getattr(self, "_basis", None)
        if basis is None:
            raise TypeError(
                "only a determination that `Rulebase.decide` made in this process can be explained, and no copy of it; "
                "decide the claim again"
            )
        chosen = day or line.deciding_day
        explanation = basis.explain(number, chosen, rules)
        if line.days is UNSET:
            return explanation
        return msgspec.structs.replace(explanation, day=chosen.isoformat() if chosen else UNSET, days=line.days)


class Change(msgspec.Struct, frozen=True):
    """One line that is answered differently: as things are, and as they would be."""

    line: int
    before: LineDetermination
    after: LineDetermination


class Comparison(Result, frozen=True, kw_only=True):
    """The lines that would be answered differently, and how many would not; `warnings` as in the claim's answers."""

    format_version: Literal["1"] = "1"
    encounter: str
    payer: str
    considered: str
    known_on: str
    unchanged: int
    changes: tuple[Change, ...]
    warnings: tuple[ClaimWarning, ...] | UnsetType = UNSET


def compared(before: Determination, after: Determination, considered: str) -> Comparison:
    """Compare two determinations of one encounter: disposition, concern, liability, discretion, remittance."""
    both = zip(before.lines, after.lines, strict=True)
    changes = tuple(Change(one.number, one, two) for one, two in both if what_counts(one) != what_counts(two))
    return Comparison(
        encounter=before.encounter,
        payer=before.payer,
        considered=considered,
        known_on=before.known_on,
        unchanged=len(before.lines) - len(changes),
        changes=changes,
        warnings=tuple(dict.fromkeys((*(before.warnings or ()), *(after.warnings or ())))) or UNSET,
    )
