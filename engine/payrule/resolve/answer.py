"""From the matches of a line to its verdict: what stands whatever the unknown facts are, and what is still open.

A verdict is a function of the bound rules and the matches alone, so that lines with the same matches share one.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import UNSET

from payrule.execute.trace import Evidence
from payrule.language.counting import Extent, Shares
from payrule.language.enriched_encounter import EnrichedLine
from payrule.language.truth import Matches
from payrule.model.choices import UNDECIDED, Disposition, Liability
from payrule.model.values import frozen
from payrule.resolve.payment import Payment, Reduction, payment, reductions
from payrule.resolve.remittance import LIABILITY_IS_OPEN, RuleCodes, codes
from payrule.resolve.scenarios import Prospects, Reach, reach
from payrule.resolve.settle import (
    BoundConcern,
    BoundRule,
    Place,
    Settled,
    narrowed,
    places_of,
    settle,
    strongest,
)
from payrule.results.determination import (
    Because,
    ChosenBy,
    ClaimLevel,
    Conflict,
    LineDetermination,
    OtherLine,
    Overruled,
    Possible,
    Reason,
    RemittanceCodes,
    line_name,
)


class Binding(msgspec.Struct, frozen=True):
    """The rules that bind a line, by concern and by name; remittance codes of each; conflicts that are accepted.

    `otherwise` is what becomes of a line that no rule denies, returns, holds or affirms.
    """

    concerns: tuple[BoundConcern, ...]
    testing: tuple[str, ...]
    places: dict[str, Place]
    codes: RuleCodes
    accepted: dict[frozenset[str], str]
    otherwise: Disposition = UNDECIDED
    reasons: dict[str, Reason] = {}
    """What is said of each rule where it is a reason, which is made when it first is one."""

    @classmethod
    def of(
        cls,
        concerns: tuple[BoundConcern, ...],
        codes: RuleCodes,
        accepted: dict[frozenset[str], str],
        otherwise: Disposition = UNDECIDED,
    ) -> "Binding":
        """Bind concerns, and find the place of each rule once."""
        testing = tuple(each.id for each in concerns if each.tests)
        return cls(concerns, testing, places_of(concerns), codes, accepted, otherwise)

    def candidates(self, rule: str) -> tuple[RemittanceCodes, ...]:
        """Give the codes that a rule's text allows, where it leaves open who bears a denial."""
        found = (codes(each, "unspecified") for each in self.codes.candidates.get(rule, ()))
        return tuple(each for each in found if each is not None)


class Advice(msgspec.Struct, frozen=True):
    """What a biller can do, or cannot: the words of a rule, named as `policy/rule`, or of payrule itself.

    `of` is the rule whose lines they speak of; None where they speak of the line alone.
    """

    of: str | None
    said: str


class Verdict(msgspec.Struct, frozen=True):
    """What the rules say of a line. `open_rules` are the waiting rules whose presence would change the answer.

    `tested` are the concerns with a conclusion, `not_tested` the others. `by_default` is true where the payer's
    `otherwise` decides, and no rule.
    """

    disposition: Disposition
    concern: str | None
    liability: Liability | None
    discretionary: bool
    remittance: RemittanceCodes | None
    chosen_by: ChosenBy | None
    candidates: tuple[RemittanceCodes, ...]
    reasons: tuple[Reason, ...]
    overruled: tuple[Overruled, ...]
    conflicts: tuple[Conflict, ...]
    advice: tuple[Advice, ...]
    open_rules: tuple[str, ...]
    possible: tuple[BoundRule, ...]
    tested: tuple[str, ...]
    not_tested: tuple[str, ...]
    by_default: bool
    reductions: tuple[Reduction, ...] = ()

    @property
    def pays(self) -> tuple[tuple[str, bool], ...]:
        """What reduces the line, which is all that is known of how much is paid before a line is looked at."""
        return tuple((each.rule.name, each.is_sure) for each in self.reductions)

    @property
    def adjusted(self) -> tuple[()]:
        """The codes of adjustments follow from what reduces the line."""
        return ()


class Part(msgspec.Struct, frozen=True):
    """What the matches on one concern say: what became of it, and what can become of it."""

    settled: Settled
    reach: Reach


Parts = dict[tuple[str, frozenset[str], frozenset[str]], Part]
"""What is known by concern, its definite and its possible matches, so that verdicts on many lines can share it."""


def verdict(binding: Binding, matches: Matches, known: Parts | None = None) -> Verdict:
    """Resolve the matches of one line: steps 1 to 7 of the language. Looks into `known`, and adds to it."""
    parts = _parts(binding, matches, {} if known is None else known)
    settled = [each.settled for each in parts if each.settled.reasons]
    prospects = Prospects.of(each.reach for each in parts)
    found = strongest((each.concern, each.decider) for each in settled)
    by_default = found.disposition == UNDECIDED != binding.otherwise
    disposition = binding.otherwise if by_default else found.disposition
    reached = prospects.dispositions(binding.otherwise)
    stands = len(reached) == 1
    bearers = prospects.liabilities()
    liability: Liability | None = found.liability if len(bearers) <= 1 else "unspecified"
    reasons = _reasons(found.disposition, found.concern, settled) if stands else ()
    blocks = bool(reasons) and reasons[0].blocks
    is_payable, tested = stands and disposition == "payable", tuple(each.concern for each in settled)
    if is_payable:
        reasons += tuple(rule for each in settled for rule in each.reasons if rule.effect == "reduced")
    return Verdict(
        disposition=disposition if stands else "pending",
        concern=found.concern if stands else None,
        liability=liability if stands and found.disposition == "denied" else None,
        discretionary=_is_discretionary(reasons),
        remittance=codes(binding.codes.named.get(reasons[0].name), liability) if blocks else None,
        chosen_by=binding.codes.chosen_by.get(reasons[0].name) if blocks else None,
        candidates=binding.candidates(reasons[0].name) if blocks and liability == "unspecified" else (),
        reasons=tuple(_reason(rule, binding.reasons) for rule in reasons),
        overruled=tuple(_overruled(rule, by) for each in settled for rule, by in each.overruled) if stands else (),
        conflicts=tuple(_conflict(each, pair, binding) for each in settled for pair in each.conflicts),
        advice=_advice(reasons, liability),
        open_rules=prospects.mattering(),
        possible=() if stands else prospects.deciders(),
        tested=tested,
        not_tested=tuple(each for each in binding.testing if each not in tested),
        by_default=by_default and stands,
        reductions=reductions((binding.places[name][2] for name in matches.possible), matches, binding.codes.named)
        if is_payable
        else (),
    )


def disposition(binding: Binding, matches: Matches, known: Parts) -> Disposition:
    """Give the disposition of a verdict, and nothing else of it."""
    parts = _parts(binding, matches, known)
    found = Prospects.of(each.reach for each in parts).dispositions(binding.otherwise)
    return "pending" if len(found) > 1 else next(iter(found))


def own_concerns(binding: Binding, matches: Matches) -> list[BoundConcern]:
    """Give the concerns of the rules that match possibly, with these rules and no other."""
    return [narrowed(concern, binding.places, own) for concern, own in _by_concern(binding, matches)]


def _by_concern(binding: Binding, matches: Matches) -> Iterator[tuple[BoundConcern, list[str]]]:
    """List the concerns of the rules that match possibly, in their order, each with the names of its rules."""
    names: dict[int, list[str]] = {}
    for name in matches.possible:
        names.setdefault(binding.places[name][0], []).append(name)
    return ((binding.concerns[at], names[at]) for at in sorted(names))


def _parts(binding: Binding, matches: Matches, known: Parts) -> list[Part]:
    """Say what the matches say of each concern that they are about; nothing becomes of the others."""
    found = []
    for concern, listed in _by_concern(binding, matches):
        possible = frozenset(listed)
        key = concern.id, possible & matches.definite, possible
        if (part := known.get(key)) is None:
            own = narrowed(concern, binding.places, possible)
            part = known[key] = Part(settle(own, key[1]), reach(own, key[1], possible))
        found.append(part)
    return found


def _reasons(disposition: Disposition, concern: str | None, settled: list[Settled]) -> tuple[BoundRule, ...]:
    """List the deciding conclusion first, then the others that block, or affirm, in the order of concerns.

    Each of `settled` has a conclusion.
    """
    if concern is None:
        return ()
    effects = ("affirmative",) if disposition == "payable" else ("denied", "returned")
    speaking = [each for each in settled if each.reasons[0].effect in effects]
    first = [each for each in speaking if each.concern == concern]
    rest = [each for each in speaking if each.concern != concern]
    return tuple(rule for each in first + rest for rule in each.reasons)


def _is_discretionary(reasons: tuple[BoundRule, ...]) -> bool:
    """Step 7: the deciding conclusion says may; of a payable line, any affirmative one does."""
    looked_at = reasons[:1] if reasons and reasons[0].blocks else reasons
    return any(rule.rule.conclude.modality == "may" for rule in looked_at)


NOTHING_CURES = "nothing added to this line, including a modifier, changes the answer"
"""What is said of a line that a rule blocks which nothing cures."""


def _advice(reasons: tuple[BoundRule, ...], liability: Liability | None) -> tuple[Advice, ...]:
    """Say what a biller can do: over all reasons, so that no remedy of one is named where another has none."""
    blocking = [rule for rule in reasons if rule.blocks]
    incurable = [rule for rule in blocking if rule.rule.incurable is True]
    found = [Advice(rule.name, rule.rule.advice) for rule in incurable or blocking if rule.rule.advice]
    if incurable:
        found.append(Advice(incurable[0].name, NOTHING_CURES))
    if liability == "unspecified" and reasons and reasons[0].effect == "denied":
        found.append(Advice(None, LIABILITY_IS_OPEN))
    return tuple(found)


def mention(rule: BoundRule) -> dict[str, Any]:
    """Give what every mention of a rule in a determination says of it."""
    conclude = rule.rule.conclude
    return {
        "policy": rule.policy.id,
        "version": rule.policy.version,
        "rule": rule.rule.id,
        "concern": conclude.concern,
        "value": conclude.value,
        "liability": rule.liability,
        "modality": conclude.modality,
    }


def _reason(rule: BoundRule, known: dict[str, Reason]) -> Reason:
    found = known.get(rule.name)
    if found is None:
        cites = frozen(tuple(msgspec.to_builtins(cite) for cite in rule.rule.cites))
        found = known[rule.name] = Reason(**mention(rule), summary=rule.rule.summary, cites=cites)
    return found


def _overruled(rule: BoundRule, by: Any) -> Overruled:
    return Overruled(**mention(rule), by=by)


def _conflict(settled: Settled, pair: tuple[BoundRule, BoundRule], binding: Binding) -> Conflict:
    one, two = sorted(pair, key=lambda rule: rule.name)
    return Conflict(
        concern=settled.concern,
        tier=one.tier + 1,
        rules=(one.rule_name, two.rule_name),
        values=(one.rule.conclude.value, two.rule.conclude.value),
        liabilities=(one.liability, two.liability),
        taken=settled.decider.rule_name if settled.decider else None,
        accepted=binding.accepted.get(frozenset({one.rule_name, two.rule_name})),
    )


UNITS = "units"
"""The concern whose denial says how many units are supported."""


class Needs(msgspec.Struct, frozen=True):
    """The smallest sets of facts that suffice to settle a line; `bounded` where more may than were looked for."""

    sets: tuple[tuple[str, ...], ...] = ()
    bounded: bool = False


class BriefDetails:
    """What the conditions on a line say besides which rules match: here nothing, for answers without details."""

    def waits(self, rule: str) -> frozenset[str]:  # noqa: ARG002 - whatever the rule
        """Name the unknown attributes that a rule waits for."""
        return frozenset()

    def evidence(self, rule: str) -> Evidence:  # noqa: ARG002 - whatever the rule
        """Give the other lines, and the rows of tables, that made a rule match."""
        return Evidence()

    def because(self) -> Because | None:
        """Say why no policy applies; None where that is not asked."""
        return None

    def claim_level(self) -> ClaimLevel | None:
        """Give the answer without the chart; None where that is not asked."""
        return None

    def billed(self) -> Extent:
        """Say how many units the line bills."""
        return Extent(0, None)

    def shares(self, rule: BoundRule) -> Shares:  # noqa: ARG002 - whatever the rule
        """Say how many units are within the quota that a rule pays, and how many are over it."""
        return Shares(Extent(0, None), Extent(0, None))

    def limit_waits(self, rule: BoundRule) -> frozenset[str]:  # noqa: ARG002 - whatever the rule
        """Name the unknown attributes that leave open how many units are within the quota that a rule pays."""
        return frozenset()

    def needs(self) -> Needs:
        """Give the smallest sets of facts that can settle the line."""
        return Needs()


def answer(line: EnrichedLine, verdict: Verdict, details: BriefDetails) -> LineDetermination:
    """Complete a verdict for a line; `details` know the conditions there."""
    unsupported = allows_units(verdict)
    evidence = {reason.name: details.evidence(reason.name) for reason in verdict.reasons}
    is_payable, is_pending = verdict.disposition == "payable", verdict.disposition == "pending"
    needs = details.needs() if is_pending else Needs()
    waits = [details.waits(name) for name in verdict.open_rules]
    paid = payment(verdict.reductions, details.billed(), details.shares) if verdict.reductions else Payment()
    waits += [details.waits(name) for name in paid.waits_for]
    waits += [details.limit_waits(rule) for rule in paid.limits]
    return LineDetermination(
        number=line.line.number,
        code=line.line.code,
        disposition=verdict.disposition,
        liability=verdict.liability,
        discretionary=verdict.discretionary,
        concern=verdict.concern,
        allowed_units=_allowed(line) if unsupported else UNSET,
        pays=paid.pays or UNSET,
        adjustments=paid.adjustments or UNSET,
        remittance=verdict.remittance,
        remittance_chosen_by=verdict.chosen_by or UNSET,
        candidates=verdict.candidates or UNSET,
        reasons=tuple(_with(reason, evidence[reason.name]) for reason in verdict.reasons),
        overruled=verdict.overruled,
        conflicts=verdict.conflicts,
        open=tuple(sorted(frozenset().union(*waits))),
        advice=tuple(dict.fromkeys(_advised(line, verdict, evidence))),
        presumed=tuple(sorted(line.presumed)) or UNSET,
        possible=tuple(_possible(rule, details) for rule in verdict.possible) or UNSET,
        claim_level=(details.claim_level() if is_pending else None) or UNSET,
        needs=needs.sets or UNSET,
        needs_bounded=needs.bounded or UNSET,
        undecided_because=(details.because() if verdict.disposition == "undecided" else None) or UNSET,
        tested=(verdict.tested if is_payable else ()) or UNSET,
        not_tested=(verdict.not_tested if is_payable else ()) or UNSET,
        by_default=verdict.by_default or UNSET,
    )


def _with(reason: Reason, evidence: Evidence) -> Reason:
    """Add to a reason the other lines and the rows of tables that it rests on."""
    if not evidence.lines and not evidence.rows:
        return reason
    # Days of one line are one line to a reader.
    lines = tuple(dict.fromkeys(OtherLine(each.line.number, each.line.known_code) for each in evidence.lines))
    return msgspec.structs.replace(reason, other_lines=lines or UNSET, rows=evidence.rows or UNSET)


def _advised(line: EnrichedLine, verdict: Verdict, evidence: dict[str, Evidence]) -> Iterator[str]:
    """Say what can be done, with the codes and lines that it is about where it is about several."""
    for each in verdict.advice:
        others = evidence[each.of].lines if each.of in evidence else ()
        about = f"{line_words((line,))} with {line_words(others)}: " if others else ""
        yield f"{about}{each.said}"


MOST_NAMED = 5
"""Lines that are named in a sentence; of more it is said how many there are."""


def line_words(lines: Iterable[EnrichedLine]) -> str:
    """Name lines with their codes.

    >>> from payrule.encounter.encounter import Line
    >>> line_words(EnrichedLine(Line(at, {"line.code": f"0000{at}"}), {}, {}, ()) for at in (1, 2, 3))
    'line 1 (00001), line 2 (00002) and line 3 (00003)'
    """
    said = list(dict.fromkeys(line_name(each.line.number, each.line.known_code) for each in lines))
    if len(said) > MOST_NAMED:
        said = [*said[:MOST_NAMED], f"{len(said) - MOST_NAMED} more"]
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def _allowed(line: EnrichedLine) -> int | None:
    """Give the units that every function supports that counts them; None where one does not know."""
    allowed = [support.allowed for support in line.supports]
    known = [each for each in allowed if each is not None]
    return min(known) if known and len(known) == len(allowed) else None


def allows_units(verdict: Verdict) -> bool:
    """Tell whether an answer says how many units are supported: it denies, and for want of support among others."""
    return verdict.disposition == "denied" and any(reason.concern == UNITS for reason in verdict.reasons)


def _possible(rule: BoundRule, details: BriefDetails) -> Possible:
    return Possible(**mention(rule), summary=rule.rule.summary, waits_for=tuple(sorted(details.waits(rule.name))))
