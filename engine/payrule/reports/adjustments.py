"""What is adjusted of each line, by group and reason code (CARC), with amounts where they are known.

A denied or returned line is adjusted by its whole charge. Of a line that is paid in part the amounts follow from its
charge, its fee and what the answer pays: units that are not paid are adjusted by their share of the charge, the charge
above the fee by the code that the caller names, and each percentage by its part of what the ones before it leave.
Source: ASC X12N 005010X221A1 (835), section 1.10.2: charge less adjustments is what is paid.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import msgspec
from msgspec import UNSET

from payrule.encounter.encounter import CHARGE, UNITS, Encounter
from payrule.formats.answer_cells import guarded, rows_text
from payrule.language.enrichment import Enrichment, enrichment, scene
from payrule.model.choices import DISPOSITION_WORDS
from payrule.model.policy import Group
from payrule.results.determination import (
    Adjustment,
    Between,
    Determination,
    LineDetermination,
    Number,
    number_words,
    paid,
)
from payrule.rulebase.request import DecisionRequest
from payrule.rulebase.rulebase import Rulebase
from payrule.source.diagnostics import RequestError, did_you_mean

ROLE = "encounter.payer_role"

AboveFee = tuple[Group, str]
"""The group and the CARC by which the charge above the fee is adjusted."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One adjustment of a line: its codes, and the amount in cents, units or percentage, as far as they are known.

    `rule` names the rule that it rests on, as `policy/rule`; None for the charge above the fee.
    """

    group: Group | None
    carc: str | None
    rarc: tuple[str, ...] = ()
    cents: int | None = None
    units: Number | Between | None = None
    percent: Number | None = None
    rule: str | None = None


class Lack(msgspec.Struct, frozen=True):
    """Why an amount or a code of a line is not known, and what to do about it."""

    said: str
    help: str


class AdjustedLine(msgspec.Struct, frozen=True, kw_only=True):
    """The adjustments of a line. Where all amounts are known, charge (in cents) less adjustments is what is paid.

    `lacks` says why an amount or a code is not known; None where all are.
    """

    answer: LineDetermination
    charge: int | None
    billed: Number
    paid: int | None = None
    paid_units: Number = 0
    rows: tuple[Row, ...] = ()
    lacks: Lack | None = None


def adjusted(
    answer: LineDetermination,
    charge: int | None,
    billed: Number = 1,
    fee: int | None = None,
    above_fee: AboveFee | None = None,
) -> AdjustedLine:
    """Say what is adjusted of a line. `charge` is of the line, `fee` of one unit, in cents; `billed` are the units.

    >>> from payrule.results.determination import Pays
    >>> half = Adjustment(group="CO", carc="59", rarc=(), percent=50, rule="p/r", sentence="")
    >>> line = LineDetermination(number=1, code="00001", disposition="payable", liability=None, discretionary=False,
    ...     concern=None, remittance=None, reasons=(), overruled=(), conflicts=(), open=(), advice=(),
    ...     pays=Pays(percent=50), adjustments=(half,))
    >>> found = adjusted(line, 4000, fee=3001, above_fee=("CO", "45"))
    >>> found.paid, [(each.carc, each.cents) for each in found.rows]
    (1501, [('45', 999), ('59', 1500)])
    """
    line = AdjustedLine(answer=answer, charge=charge, billed=billed)
    if answer.disposition in ("denied", "returned"):
        return _whole(line)
    if answer.disposition == "payable":
        return _in_part(line, fee, above_fee)
    words = "it needs information" if answer.disposition == "pending" else DISPOSITION_WORDS[answer.disposition]
    return msgspec.structs.replace(line, lacks=Lack(words, "leave the claim out until all of its lines have an answer"))


_NO_CHARGE = Lack("the claim gives no charge", "give it")
_NO_CODE = Lack("no remittance codes are stated for it", "give the rule a `remittance`")
_NOT_FIRST = Lack("another payer pays first, and what it pays counts", "write it where benefits are coordinated")
_NO_FEE = Lack("no fee is known", "name the attribute that holds the fee of one unit with `--fee`")


def _whole(line: AdjustedLine) -> AdjustedLine:
    codes, reasons = line.answer.remittance, line.answer.reasons
    row = Row(
        group=codes.group if codes else None,
        carc=codes.carc if codes else None,
        rarc=codes.rarc if codes else (),
        cents=line.charge,
        units=line.billed,
        rule=reasons[0].name if reasons else None,
    )
    lacks = _NO_CHARGE if line.charge is None else None if codes else _NO_CODE
    return msgspec.structs.replace(line, rows=(row,), paid=0 if lacks is None else None, lacks=lacks)


def _in_part(line: AdjustedLine, fee: int | None, above_fee: AboveFee | None) -> AdjustedLine:
    listed = line.answer.adjustments or ()
    plain = msgspec.structs.replace(line, rows=tuple(map(_row, listed)))
    (units, most), (percent, highest) = paid(line.answer, "units"), paid(line.answer, "percent")
    if units != most or percent != highest:
        return _lacking(plain, Lack("how much of it is paid is not known", f"give {', '.join(line.answer.open)}"))
    if any(each.carc is None for each in listed):
        return _lacking(plain, _NO_CODE)
    if line.charge is None or fee is None:
        return _lacking(plain, _NO_CHARGE if line.charge is None else _NO_FEE)
    kept = line.billed if units is None else units
    unpaid = _cents(line.charge * (1 - _exact(kept) / _exact(line.billed))) if line.billed else 0
    allowed = fee * _exact(kept)
    above = line.charge - unpaid - _cents(allowed)
    if above < 0:
        said = f"its fee, {dollars(_cents(allowed))}, is above its charge, {dollars(line.charge - unpaid)}"
        return _lacking(plain, Lack(said, "give the amount that the plan pays as the fee"))
    if above and above_fee is None:
        said = f"no code is named for {dollars(above)} that it charges above its fee"
        return _lacking(plain, Lack(said, "name it with `--above-fee`"))
    rows = [Row(group=above_fee[0], carc=above_fee[1], cents=above)] if above and above_fee else []
    left = allowed
    for row in plain.rows:
        if row.percent is None:
            rows.append(msgspec.structs.replace(row, cents=unpaid))
            continue
        before, left = left, left * (100 - _exact(row.percent)) / 100
        rows.append(msgspec.structs.replace(row, cents=_cents(before) - _cents(left)))
    return msgspec.structs.replace(line, rows=tuple(rows), paid=_cents(left), paid_units=kept)


def _lacking(line: AdjustedLine, lack: Lack) -> AdjustedLine:
    return msgspec.structs.replace(line, lacks=lack)


def _row(adjustment: Adjustment) -> Row:
    return Row(
        group=adjustment.group,
        carc=adjustment.carc,
        rarc=adjustment.rarc,
        units=None if adjustment.units is UNSET else adjustment.units,
        percent=None if adjustment.percent is UNSET else adjustment.percent,
        rule=adjustment.rule,
    )


def _exact(number: Number) -> Fraction:
    return Fraction(str(number))


def _cents(amount: Fraction) -> int:
    """Round to the cent; half a cent is one."""
    return int(amount + Fraction(1, 2))


def dollars(cents: int) -> str:
    """Write an amount in dollars and cents.

    >>> dollars(4005)
    '40.05'
    """
    return f"{cents // 100}.{cents % 100:02}"


class Fees:
    """The fee of one unit of each line, by an attribute of lines in cents: what a claim gives, or a table says."""

    def __init__(self, rulebase: Rulebase, attribute: str | None, above_fee: str | None = None) -> None:
        """Take the attribute, without which no fee is known, and the codes for the charge above it, as `CO-45`.

        Raises RequestError for what is no attribute of lines in cents, and for what are no codes.
        """
        self._rulebase, self._attribute = rulebase, attribute
        self.above_fee = None if above_fee is None else _above_fee(rulebase, above_fee)
        self._enrichments: dict[str, Enrichment] = {}
        attributes = rulebase.documents.vocabulary.attributes
        amounts = [name for name, each in attributes.items() if name.startswith("line.") and each.measure == "cents"]
        if attribute is not None and attribute not in amounts:
            help_text = did_you_mean(attribute, amounts, otherwise="name an attribute of lines that is in cents")
            raise RequestError.of("no-fee", f"`{attribute}` is no amount of a line", help_text)

    def of(self, terms: DecisionRequest, encounter: Encounter) -> Mapping[int, int]:
        """Give the fees that are known, in cents, by the number of the line."""
        dated = msgspec.structs.replace(encounter, lines=encounter.dated)
        if self._attribute is None or not dated.lines:
            return {}
        made = self._enrichments.get(terms.payer.id)
        if made is None:
            program = self._rulebase.program_on(terms, dated.lines[0].date)
            vocabulary = self._rulebase.documents.vocabulary
            made = self._enrichments[terms.payer.id] = enrichment(
                vocabulary, program.setting, frozenset({self._attribute})
            )
        known = ((each.line.number, each.line.values.get(self._attribute)) for each in scene(dated, made).lines)
        return {number: value for number, value in known if isinstance(value, int)}

    def adjusted(self, terms: DecisionRequest, encounter: Encounter, answer: Determination) -> list[AdjustedLine]:
        """Say what is adjusted of each line of a claim; what other payers pay before this one is not counted."""
        is_first = encounter.values.get(ROLE, "primary") == "primary"
        fees = self.of(terms, encounter) if is_first else {}
        values = {each.number: each.values for each in encounter.lines}
        found = [
            adjusted(
                each,
                _whole_number(values[each.number].get(CHARGE)),
                _units(values[each.number]),
                fees.get(each.number),
                self.above_fee,
            )
            for each in answer.lines
        ]
        return found if is_first else [_lacking(each, _NOT_FIRST) if each.lacks == _NO_FEE else each for each in found]


def _whole_number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _units(values: Mapping[str, Any]) -> Number:
    units = values.get(UNITS, 1)
    exact = Fraction(str(units))
    return int(exact) if exact.denominator == 1 else float(exact)


_codes = re.compile(r"(CO|OA|PI|PR)-([A-Z]?[0-9]{1,3})", re.ASCII).fullmatch


def _above_fee(rulebase: Rulebase, written: str) -> AboveFee:
    found = _codes(written)
    if found is None:
        raise RequestError.of("no-fee", f"`{written}` is no group and CARC", "write them as in `CO-45`")
    group: Any = found.group(1)
    listed = rulebase.documents.remittance_codes
    if listed is not None and found.group(2) not in listed.carc:
        message = f"`{found.group(2)}` is not in the list of remittance codes"
        raise RequestError.of("no-fee", message, did_you_mean(found.group(2), listed.carc))
    return group, found.group(2)


COLUMNS = (
    *("encounter", "trace", "line", "line_control", "code", "disposition", "group", "carc", "rarc"),
    *("amount", "units", "percent", "charge", "rule", "amount_unknown_because"),
)
"""The columns of the sheet of adjustments; amounts are in dollars."""


def cas_sheet(claims: Iterable[tuple[Determination, Sequence[AdjustedLine]]]) -> Iterator[bytes]:
    r"""Write the adjustments of claims as CSV below a row of titles, a row for each adjustment of a line.

    >>> b"".join(cas_sheet([]))[:20]
    b'encounter,trace,line'
    """
    yield rows_text([COLUMNS])
    for determination, lines in claims:
        yield rows_text(
            [guarded(cell) for cell in _cells(determination, line, row)] for line in lines for row in line.rows
        )


def _cells(determination: Determination, line: AdjustedLine, row: Row) -> tuple[str, ...]:
    of_line, of_claim = line.answer.identifiers or {}, determination.identifiers or {}
    return (
        determination.encounter,
        of_claim.get("trace", ""),
        str(line.answer.number),
        of_line.get("line_control", ""),
        line.answer.code or "",
        line.answer.disposition,
        row.group or "",
        row.carc or "",
        " ".join(row.rarc),
        "" if row.cents is None else dollars(row.cents),
        "" if row.units is None else number_words(row.units),
        "" if row.percent is None else str(row.percent),
        "" if line.charge is None else dollars(line.charge),
        row.rule or "",
        line.lacks.said if line.lacks else "",
    )
