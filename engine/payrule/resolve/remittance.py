"""Remittance codes of an answer: from the payer, the rule or the vocabulary, in use on a day; the group from liability.

A code of the dated list is never used before its first day, nor after its last.
"""

from collections.abc import Iterable, Iterator
from datetime import date

import msgspec

from payrule.encounter.encounter import Line, UnreadableLine
from payrule.model.choices import Disposition, Liability
from payrule.model.payer import Payer
from payrule.model.policy import Group, Remittance
from payrule.model.remittance_codes import ListedCode, RemittanceCodeList
from payrule.model.values import day_after, read_date
from payrule.model.vocabulary import Vocabulary
from payrule.resolve.settle import BoundRule
from payrule.results.determination import ChosenBy, LineDetermination, Reason, RemittanceCodes

GROUPS: dict[Liability | None, Group] = {"provider": "CO", "subscriber": "PR", "unspecified": "CO", None: "CO"}
"""Group code by who bears the denial. Nobody bears a line that is returned: the provider corrects it."""

LIABILITY_IS_OPEN = (
    "the policy does not say who is responsible for this denial; "
    "group CO is used until the payer says who is responsible"
)


class RuleCodes(msgspec.Struct, frozen=True):
    """The codes of rules by their names; where not by the first choice on the date of service, by which day chosen.

    `candidates` are the codes that a text allows which leaves open who bears a denial.
    """

    named: dict[str, Remittance]
    chosen_by: dict[str, ChosenBy] = {}
    candidates: dict[str, tuple[Remittance, ...]] = {}


def rule_codes(rules: Iterable[BoundRule], payer: Payer, vocabulary: Vocabulary) -> RuleCodes:
    """Give the codes of each rule: what the payer says of it, else what it says itself, else what its value has."""
    named, candidates = {}, {}
    for bound in rules:
        conclude = bound.rule.conclude
        values = {each.value: each.remittance for each in vocabulary.concern(conclude.concern).values}
        codes = payer.remittance.get(bound.rule_name) or bound.rule.remittance or values[conclude.value]
        if codes is not None:
            named[bound.name] = codes
        if bound.rule.remittance_candidates:
            candidates[bound.name] = bound.rule.remittance_candidates
    return RuleCodes(named, candidates=candidates)


class DatedCodes:
    """The codes of rules on any date of service, by a list that says on which days each code is in use.

    >>> def listed(**starts):
    ...     codes = {code: ListedCode(start=start) for code, start in starts.items()}
    ...     return RemittanceCodeList(kind="", as_of="2024-06-01", groups={}, carc={"16": ListedCode()}, rarc=codes)
    >>> newer = Remittance(carc="16", rarc=("N2",), instead=(Remittance(carc="16", rarc=("N1",)),))
    >>> dated = DatedCodes(RuleCodes({"p/r": newer}), listed(N1="2001-01-01", N2="2010-01-01"))
    >>> [dated.on(date(year, 5, 1), date(2024, 1, 1)).named["p/r"].rarc for year in (2016, 2005, 1999)]
    [('N2',), ('N1',), ('N2',)]
    >>> [dated.on(date(year, 5, 1), date(2024, 1, 1)).chosen_by for year in (2016, 2005, 1999)]
    [{}, {'p/r': 'date-of-service'}, {'p/r': 'day-of-answer'}]
    """

    def __init__(self, first: RuleCodes, listed: RemittanceCodeList | None) -> None:
        """Take the first choice of each rule; without a list it is in use on every day."""
        self.first, self._listed = first, listed
        self.breaks: tuple[date, ...] = tuple(sorted(set(self._breaks())))

    def on(self, service: date, answered: date) -> RuleCodes:
        """Choose the codes that are in use on the date of service, else on the day of the answer.

        A rule of which no codes are in use on either day has none.
        """
        if not self.breaks:
            return self.first
        named: dict[str, Remittance] = {}
        chosen_by: dict[str, ChosenBy] = {}
        for name, remittance in self.first.named.items():
            choices = (remittance, *remittance.instead)
            served = next((each for each in choices if self._in_use(each, service)), None)
            told = next((each for each in choices if self._in_use(each, answered)), None)
            if (found := served or told) is not None:
                named[name] = found
                if found is not remittance or served is None:
                    chosen_by[name] = "day-of-answer" if served is None else "date-of-service"
        candidates = {
            name: tuple(each for each in listed if self._in_use(each, service) or self._in_use(each, answered))
            for name, listed in self.first.candidates.items()
        }
        return RuleCodes(named, chosen_by, candidates)

    def _in_use(self, remittance: Remittance, day: date) -> bool:
        text = day.isoformat()
        return all((each.start or "") <= text and (each.end or text) >= text for each in self._dates(remittance))

    def _dates(self, remittance: Remittance) -> Iterator[ListedCode]:
        if self._listed is not None:
            found = [self._listed.carc.get(remittance.carc), *(self._listed.rarc.get(each) for each in remittance.rarc)]
            yield from (each for each in found if each is not None)

    def _breaks(self) -> Iterator[date]:
        """List the days on which a code comes into use, or no longer is."""
        listed = [each for found in self.first.candidates.values() for each in found]
        for remittance in self.first.named.values():
            listed += (remittance, *remittance.instead)
        for code in {each for remittance in listed for each in self._dates(remittance)}:
            if code.start is not None:
                yield read_date(code.start)
            if code.end is not None and (after := day_after(read_date(code.end))):
                yield after


def codes(remittance: Remittance | None, liability: Liability | None) -> RemittanceCodes | None:
    """Complete the codes with the group that the liability calls for.

    >>> codes(Remittance(carc="204"), "subscriber")
    RemittanceCodes(group='PR', carc='204', rarc=())
    """
    if remittance is None:
        return None
    group = remittance.group or GROUPS[liability]
    return RemittanceCodes(group=group, carc=remittance.carc, rarc=remittance.rarc)


POLICY, RULE = "vocabulary", "retired-code"
"""By what a reason names itself that rests on the vocabulary and on no rule."""

_EFFECTS: dict[str, tuple[Disposition, Liability | None]] = {
    "denied": ("denied", "unspecified"),
    "returned": ("returned", None),
}
"""What becomes of a line, and who bears it, by the effect of the value that answers."""


def ended_codes(vocabulary: Vocabulary) -> dict[str, date]:
    """Give the last day of each code after which the vocabulary answers its lines.

    >>> from payrule.model.policy import Remittance
    >>> from payrule.model.vocabulary import Regions, Retired, RetiredAnswer, Timed
    >>> answer = RetiredAnswer(concern="coding", value="wrong", summary="It ended.", remittance=Remittance(carc="181"))
    >>> words = Vocabulary(kind="vocabulary", attributes={}, concerns=(), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method=""), retired=Retired(codes={"00001": "2016-12-31"}, answer=answer))
    >>> ended_codes(words)
    {'00001': datetime.date(2016, 12, 31)}
    """
    retired = vocabulary.retired
    if retired is None or retired.answer is None:
        return {}
    return {code: read_date(last) for code, last in retired.codes.items()}


def retired_answer(line: Line, vocabulary: Vocabulary) -> LineDetermination:
    """Answer a line whose code had ended; raises ValueError where the vocabulary answers no such line."""
    said = vocabulary.retired.answer if vocabulary.retired else None
    if said is None:
        raise ValueError(line.code)
    disposition, liability = _EFFECTS[vocabulary.concern(said.concern).effect(said.value)]
    reason = Reason(
        policy=POLICY,
        version="",
        rule=RULE,
        concern=said.concern,
        value=said.value,
        liability=liability,
        modality="shall",
        summary=said.summary,
        cites=(),
    )
    return LineDetermination(
        number=line.number,
        code=line.code,
        disposition=disposition,
        liability=liability,
        discretionary=False,
        concern=said.concern,
        remittance=codes(said.remittance, liability),
        reasons=(reason,),
        overruled=(),
        conflicts=(),
        open=(),
        advice=(),
    )


def unreadable_answer(line: Line, unreadable: UnreadableLine) -> LineDetermination:
    """Answer a line that cannot be read: it needs what it could not say, whatever the rules are.

    >>> wrong = UnreadableLine(("line.units",), ("`1.5` is not a whole number of units (line 2)",))
    >>> answer = unreadable_answer(Line(2, {"line.code": "00001"}), wrong)
    >>> answer.disposition, answer.open, answer.unreadable
    ('pending', ('line.units',), ('`1.5` is not a whole number of units (line 2)',))
    """
    return msgspec.structs.replace(waiting_answer(line, unreadable.attributes), unreadable=unreadable.because)


def waiting_answer(line: Line, facts: tuple[str, ...]) -> LineDetermination:
    """Answer a line that is not decided without some facts, whatever its rules are.

    >>> answer = waiting_answer(Line(2, {"line.code": "00001"}), ("lines[3].date",))
    >>> answer.disposition, answer.open
    ('pending', ('lines[3].date',))
    """
    return LineDetermination(
        number=line.number,
        code=line.known_code,
        disposition="pending",
        liability=None,
        discretionary=False,
        concern=None,
        remittance=None,
        reasons=(),
        overruled=(),
        conflicts=(),
        open=facts,
        advice=(),
    )
