"""Determinations as an X12 835: a claim payment and what is adjusted of each line, for one payee.

Nothing is guessed: reason and remark codes are those of the determinations, amounts those of `adjustments`, and what
neither holds (check number, the payer's own number of a claim, names) is in a `Payment`. What is missing is refused by
name, and then nothing is written. Source: ASC X12N 005010X221A1; section 1.10.2 says how its amounts balance.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET

from payrule.encounter.encounter import Encounter, Line
from payrule.formats.encounters import Read
from payrule.formats.x12.writing import Exchange, decimal, interchange, segment
from payrule.reports.adjustments import AdjustedLine, Row
from payrule.results.determination import Determination, Number, number_words
from payrule.rulebase.load import read_document
from payrule.source.diagnostics import Diagnostic, RequestError


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where the payer is."""

    street: str
    city: str
    state: str
    zip: str


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to ask about the file."""

    name: str
    telephone: str


class PayingParty(msgspec.Struct, frozen=True, kw_only=True):
    """Who pays; without a `name` it is that of the claims."""

    name: str | None = None
    tin: str
    address: Address
    contact: Contact


class Payee(msgspec.Struct, frozen=True, kw_only=True):
    """Who is paid."""

    name: str
    npi: str


class Interchange(msgspec.Struct, frozen=True, kw_only=True):
    """How the file is sent; `created` is a day and a time, such as `2024-12-02T09:30`."""

    sender: str
    receiver: str
    control_number: int
    created: str
    test: bool = False


class PayersClaim(msgspec.Struct, frozen=True, kw_only=True):
    """What only the payer knows of a claim."""

    payer_number: str
    last_name: str
    first_name: str = ""


class Payment(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="payment", rename={"schema": "$schema"}):
    """Who pays whom, when and by which number, as `schemas/payment.schema.json` describes it."""

    payer: PayingParty
    payee: Payee
    number: str
    date: date
    interchange: Interchange
    filing_indicator: str | None = None
    claims: dict[str, PayersClaim] = {}
    schema: str = ""


def read_payment(path: Path) -> Payment:
    """Read a payment; raises DocumentError where there is none, or for one of another shape."""
    return read_document(path, "payment", Payment)


class AdjustedClaim(msgspec.Struct, frozen=True):
    """A claim as it was read, the claim as it was decided, its answer, and what is adjusted of each line."""

    read: Read
    encounter: Encounter
    answer: Determination
    lines: tuple[AdjustedLine, ...]

    @property
    def id(self) -> str:
        """The claim's id as the provider wrote it, CLM01."""
        return (self.answer.identifiers or {}).get("claim", self.answer.encounter)

    @property
    def charge(self) -> int:
        """What the lines charge together, in cents."""
        return sum(each.charge or 0 for each in self.lines)

    @property
    def paid(self) -> int:
        """What is paid of the lines together, in cents."""
        return sum(each.paid or 0 for each in self.lines)


def remittance(claims: Iterable[AdjustedClaim], payment: Payment) -> bytes:
    """Write one balanced 835 for all claims; raises RequestError with everything that is missing for it."""
    listed = [*claims]
    missing = [*_missing(listed, payment)]
    if missing:
        raise RequestError(missing)
    names = {(each.answer.identifiers or {}).get("payer_name", "") for each in listed}
    body = [*_head(payment, payment.payer.name or names.pop(), sum(each.paid for each in listed)), segment("LX", "1")]
    for each in listed:
        body += _claim(each, payment)
    sent = payment.interchange
    exchange = Exchange(
        sender=sent.sender,
        receiver=sent.receiver,
        created=datetime.strptime(sent.created, _MINUTE),  # noqa: DTZ007 - X12 has local times
        control=sent.control_number,
        test=sent.test,
    )
    return interchange(exchange, "HP", "005010X221A1", [body]).encode("ascii")


_MINUTE = "%Y-%m-%dT%H:%M"

_KINDS_OF_PLAN = frozenset(
    ("12", "13", "14", "15", "16", "17", "AM", "CH", "DS", "HM", "LM", "MA", "MB", "MC", "OF", "TV", "VA", "WC", "ZZ")
)
"""What an 835 may have as claim filing indicator (CLP06); an 837P may have others."""

_ROLES = {"primary": "1", "secondary": "2", "tertiary": "3"}
"""The claim status (CLP02) by the place of the payer among the payers."""


def _missing(claims: list[AdjustedClaim], payment: Payment) -> Iterator[Diagnostic]:
    """Find everything that keeps the transaction from being written."""
    if not claims:
        yield _fault("no-claim", "there is no claim to answer", "give claims that can be decided")
    payers = sorted({each.answer.payer for each in claims})
    if len(payers) > 1:
        message = f"the claims are of several payers: {', '.join(f'`{each}`' for each in payers)}"
        yield _fault("payment", message, "write one 835 for each, with `--payer`")
    names = {(each.answer.identifiers or {}).get("payer_name", "") for each in claims}
    if payment.payer.name is None and (len(names) != 1 or names == {""}):
        yield _fault("payment", "the name of the payer is not known", "give `payer.name` in the payment")
    try:
        datetime.strptime(payment.interchange.created, _MINUTE)  # noqa: DTZ007 - X12 has local times
    except ValueError:
        message = f"`{payment.interchange.created}` is no day and time"
        yield _fault("payment", message, "give `interchange.created` as in `2024-12-02T09:30`")
    seen: set[str] = set()
    for each in claims:
        if each.id in seen:
            yield _of(each, "payment", "its id is in the files more than once", "write an 835 for each of them")
        seen.add(each.id)
        yield from _missing_of(each, payment)


def _missing_of(claim: AdjustedClaim, payment: Payment) -> Iterator[Diagnostic]:
    answer, values = claim.answer, claim.encounter.values
    if answer.is_void or answer.replaces is not UNSET:
        message = f"it {'voids' if answer.is_void else 'replaces'} an earlier claim, of which payrule has no payment"
        yield _of(claim, "reversal", message, "write the reversal of the earlier claim where its payment is known")
        return
    if claim.id not in payment.claims:
        message = "the payer's number of the claim and the name of the patient are not known"
        yield _of(claim, "payment", message, f'give both under `claims` of the payment, by "{claim.id}"')
    if _filing_indicator(claim, payment) is None:
        found = values.get("encounter.filing_indicator")
        message = "the kind of plan is not known" if found is None else f"an 835 has no kind of plan `{found}`"
        yield _of(claim, "payment", message, "give `filing_indicator` in the payment")
    if values.get("encounter.payer_role", "primary") not in _ROLES:
        yield _of(claim, "payment", "the place of the payer among the payers is not known", "give `payer_role`")
    billing = values.get(_BILLING)
    if billing is not None and billing != payment.payee.npi:
        message = f"its provider, {billing}, is not the payee, {payment.payee.npi}"
        yield _of(claim, "payment", message, "write one 835 for each provider")
    for line in claim.lines:
        if line.lacks is not None:
            which = "the line" if line.answer.code is None else f"`{line.answer.code}`"
            message = f"{which} has no amount: {line.lacks.said}"
            yield _of(claim, "no-amount", message, line.lacks.help, line.answer.number)


_BILLING = "encounter.billing_provider.npi"


def _fault(code: str, message: str, help_text: str | None) -> Diagnostic:
    return Diagnostic(code=code, message=message, help=help_text)


def _of(claim: AdjustedClaim, code: str, message: str, help_text: str | None, line: int | None = None) -> Diagnostic:
    places = [(claim.read.place or "") if claim.read.line is None else "", "" if line is None else f"line {line}"]
    path = ", ".join(filter(None, places)) or None
    return claim.read.told(Diagnostic(code=code, message=message, help=help_text, path=path))


def _filing_indicator(claim: AdjustedClaim, payment: Payment) -> str | None:
    found = claim.encounter.values.get("encounter.filing_indicator")
    return str(found) if found in _KINDS_OF_PLAN else payment.filing_indicator


def _head(payment: Payment, payer: str, paid: int) -> Iterator[str]:
    """Write the payment, the payer and the payee (tables 1, loops 1000A and 1000B)."""
    party, day = payment.payer, f"{payment.date:%Y%m%d}"
    how = ("I", decimal(paid), "C", "CHK") if paid else ("H", "0", "C", "NON")
    yield segment("BPR", *how, "", "", "", "", "", "", "", "", "", "", "", day)
    yield segment("TRN", "1", payment.number, f"1{party.tin}")
    yield segment("N1", "PR", payer)
    yield segment("N3", party.address.street)
    yield segment("N4", party.address.city, party.address.state, party.address.zip)
    yield segment("PER", "BL", party.contact.name, "TE", party.contact.telephone)
    yield segment("N1", "PE", payment.payee.name, "XX", payment.payee.npi)


def _claim(claim: AdjustedClaim, payment: Payment) -> Iterator[str]:
    """Write a claim (loop 2100) and its lines (loops 2110)."""
    values, known = claim.encounter.values, payment.claims[claim.id]
    lines = {each.number: each for each in claim.encounter.lines}
    places = {str(each.values.get("line.place_of_service", "")) for each in lines.values()}
    borne = sum(row.cents or 0 for line in claim.lines for row in line.rows if row.group == "PR")
    yield segment(
        "CLP",
        claim.id,
        _ROLES[str(values.get("encounter.payer_role", "primary"))],
        decimal(claim.charge),
        decimal(claim.paid),
        decimal(borne) if borne else "",
        _filing_indicator(claim, payment) or "",
        known.payer_number,
        places.pop() if len(places) == 1 else "",
        str(values.get("encounter.frequency", "")),
    )
    member = str(values.get("patient.id") or claim.encounter.patient or "")
    yield segment("NM1", "QC", "1", known.last_name, known.first_name, "", "", "", "MI" if member else "", member)
    order = _modifiers(claim.read.data or {})
    for line in claim.lines:
        number = line.answer.number
        held: Any = lines[number].values.get("line.modifiers", frozenset())
        modifiers = sorted(held, key=lambda each: (order.get((number, each), len(order)), each))
        yield from _line(line, lines[number], modifiers, payment)


def _modifiers(written: Mapping[str, Any]) -> dict[tuple[int, str], int]:
    """Find the place of each modifier of each line as it was written: a claim that is decided holds them as a set."""
    lines = [each for each in written.get("lines") or () if isinstance(each, dict)]
    return {
        (each["number"], modifier): place
        for each in lines
        for place, modifier in enumerate(each.get("modifiers") or ())
        if isinstance(modifier, str)
    }


def _line(line: AdjustedLine, written: Line, modifiers: Iterable[str], payment: Payment) -> Iterator[str]:
    paid, charge = line.paid or 0, line.charge or 0
    billed = number_words(line.billed) if line.billed != line.paid_units else ""
    service = ("HC", line.answer.code or "", *modifiers)
    amounts = (decimal(charge), decimal(paid), "", number_words(line.paid_units))
    yield segment("SVC", service, *amounts, "", billed)
    last = written.values.get("line.date_to")
    if isinstance(last, date) and last > written.date:
        yield segment("DTM", "150", f"{written.date:%Y%m%d}")
        yield segment("DTM", "151", f"{last:%Y%m%d}")
    else:
        yield segment("DTM", "472", f"{written.date:%Y%m%d}")
    yield from _adjustments(line.rows)
    if control := (line.answer.identifiers or {}).get("line_control"):
        yield segment("REF", "6R", control)
    rendering = written.values.get("line.provider.npi")
    if rendering is not None and rendering != payment.payee.npi:
        yield segment("REF", "HPI", str(rendering))
    borne = sum(row.cents or 0 for row in line.rows if row.group == "PR")
    if line.answer.disposition == "payable" and paid + borne:
        yield segment("AMT", "B6", decimal(paid + borne))
    for remark in dict.fromkeys(each for row in line.rows for each in row.rarc):
        yield segment("LQ", "HE", remark)


_IN_ONE = 6
"""Reasons that one segment `CAS` can hold."""


def _adjustments(rows: Iterable[Row]) -> Iterator[str]:
    """Write the adjustments by group; a reason that comes twice in a group is written once, with all of its amount."""
    groups: dict[str, dict[str, tuple[int, Number | None]]] = {}
    for row in rows:
        reasons = groups.setdefault(row.group or "", {})
        cents, units = reasons.get(row.carc or "", (0, None))
        more: Any = row.units
        both = more if units is None else units if more is None else units + more
        reasons[row.carc or ""] = cents + (row.cents or 0), both
    for group, reasons in groups.items():
        listed = [
            (carc, decimal(cents), number_words(units) if units else "") for carc, (cents, units) in reasons.items()
        ]
        for start in range(0, len(listed), _IN_ONE):
            yield segment("CAS", group, *(cell for each in listed[start : start + _IN_ONE] for cell in each))
