"""What an X12 claim says that is given back with its answer, and that no rule reads.

Identifiers are how the sender knows the claim and its lines. The rest (notes, drugs, dates, supervising providers, what
other payers paid and why not more) is kept as it was written: amounts and quantities are texts, days are CCYY-MM-DD.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import takewhile

from payrule.encounter.encounter import Identifiers
from payrule.formats.x12.lines import LineLoop, read_day
from payrule.formats.x12.loops import ClaimLoop, npi_of
from payrule.formats.x12.segments import Segment, whole

Kept = dict[str, object]

_DATES = {
    "431": "onset",
    "439": "accident",
    "454": "initial_treatment",
    "304": "last_seen",
    "453": "acute_manifestation",
    "455": "last_x_ray",
}
"""Qualifiers of `DTP` beside the service date, and what their day is called."""

_AMOUNTS = {"D": "paid", "A8": "not_covered", "EAF": "patient_owes"}
"""Qualifiers of `AMT` below another payer."""

_PAID_ON = "573"


def identifiers_of(claim: ClaimLoop, head: list[Segment], loops: list[LineLoop]) -> Identifiers:
    """Find how the sender knows the claim and its lines, and what else is given back.

    Of a claim: the control numbers of its envelopes (ISA13, GS06, ST02), the segment of its `CLM`, the number of the
    clearinghouse (`REF*D9`), the referral (`REF*9F`), the payer that it is sent to (`NM1*PR`); where the patient is a
    dependent, the subscriber's number and the dependent's own. Of a line: its control number (`REF*6R`) and its
    referral.
    """
    above, own = claim.loops, [*_own(head)]
    found = {
        "interchange": above.envelope.interchange,
        "group": above.envelope.group,
        "transaction": above.envelope.transaction,
        "segment": str(head[0].number),
        "trace": _reference(own, "D9"),
        "referral": _reference(own, "9F"),
        "payer_name": above.payer.name,
        "payer_id": above.payer.identifier,
        "subscriber": above.subscriber.identifier if above.patient else "",
        "dependent": above.patient.identifier if above.patient else "",
    }
    lines, sent_lines = {}, {}
    for loop in loops:
        number = whole(loop.opening.element(1)) or 0
        named = {"line_control": _reference(loop.segments, "6R"), "referral": _reference(loop.segments, "9F")}
        if said := _stated(named):
            lines[number] = {name: str(value) for name, value in said.items()}
        if kept := _of_line(loop.segments):
            sent_lines[number] = kept
    named = {name: value for name, value in found.items() if value}
    return Identifiers(named, lines, _of_claim(head, own), sent_lines)


def _own(head: Iterable[Segment]) -> Iterator[Segment]:
    """Give the segments of a claim before those of another payer."""
    return takewhile(lambda each: each.name != "SBR", head)


def _reference(segments: Iterable[Segment], qualifier: str) -> str:
    return next((each.element(2) for each in segments if each.name == "REF" and each.element(1) == qualifier), "")


def _stated(values: Mapping[str, object]) -> Kept:
    return {name: value for name, value in values.items() if value}


def _of_claim(head: list[Segment], own: list[Segment]) -> Kept:
    causes = [*own[0].components(11), "", "", "", ""]
    payers = [_other_payer(each) for each in _parted(head[len(own) :], "SBR")]
    return _of_any(own) | _stated(
        {
            "related_causes": [*filter(None, causes[:3])],
            "accident_state": causes[3],
            "other_payers": payers,
        }
    )


def _of_line(segments: tuple[Segment, ...]) -> Kept:
    own = [*takewhile(lambda each: each.name != "SVD", segments)]
    drugs = [_drug(each) for each in _parted([each for each in own if each.name in ("LIN", "CTP")], "LIN")]
    payers = [_other_answer(each) for each in _parted(segments[len(own) :], "SVD")]
    return _of_any(own) | _stated({"drugs": drugs, "other_payers": payers})


def _of_any(segments: Iterable[Segment]) -> Kept:
    """Give what a claim and a line can both say.

    >>> _of_any([Segment(9, "DTP", ("431", "D8", "20240801")), Segment(10, "NTE", ("ADD", "SEEN TWICE"))])
    {'dates': {'onset': '2024-08-01'}, 'notes': [{'kind': 'ADD', 'text': 'SEEN TWICE'}]}
    """
    dates, notes, supervisor = {}, list[Kept](), ""
    for each in segments:
        if each.name == "DTP" and (name := _DATES.get(each.element(1))):
            dates[name] = _day(each)
        elif each.name == "NTE":
            notes.append(_stated({"kind": each.element(1), "text": each.element(2)}))
        elif each.name == "NM1" and each.element(1) == "DQ":
            supervisor = npi_of(each)
    npi = _stated({"npi": supervisor})
    return _stated({"dates": _stated(dates), "supervising_provider": npi, "notes": [*filter(None, notes)]})


def _day(dated: Segment) -> str:
    """Give the day of a `DTP` in eight digits; empty for what is none.

    >>> _day(Segment(9, "DTP", ("431", "D8", "20240230")))
    ''
    """
    with suppress(ValueError):
        return read_day(dated.element(3)).isoformat()
    return ""


def _parted(segments: Iterable[Segment], name: str) -> list[list[Segment]]:
    """Part segments into loops that begin with a name; what comes before the first is left out."""
    found: list[list[Segment]] = []
    for each in segments:
        if each.name == name:
            found.append([each])
        elif found:
            found[-1].append(each)
    return found


def _drug(loop: list[Segment]) -> Kept:
    """Give a drug: its code (LIN02, LIN03), how much and in which unit (CTP04, CTP05).

    >>> _drug([Segment(9, "LIN", ("", "N4", "00002143380")), Segment(10, "CTP", ("", "", "", "2.5", "ML"))])
    {'system': 'N4', 'code': '00002143380', 'quantity': '2.5', 'unit': 'ML'}
    """
    told = next((each for each in loop if each.name == "CTP"), Segment(0, "CTP", ()))
    return _stated(
        {
            "system": loop[0].element(2),
            "code": loop[0].element(3),
            "quantity": told.element(4),
            "unit": told.components(5)[0],
        }
    )


def _other_payer(loop: list[Segment]) -> Kept:
    """Give what is said of another payer of the claim (loops 2320 and 2330)."""
    subscription = loop[0]
    name = next((each for each in loop if (each.name, each.element(1)) == ("NM1", "PR")), Segment(0, "NM1", ()))
    insured = next((each for each in loop if (each.name, each.element(1)) == ("NM1", "IL")), Segment(0, "NM1", ()))
    benefits = next((each for each in loop if each.name == "OI"), Segment(0, "OI", ()))
    return _stated(
        {
            "responsibility": subscription.element(1),
            "relationship": subscription.element(2),
            "plan_group": subscription.element(3),
            "filing_indicator": subscription.element(9),
            "name": name.element(3),
            "id": name.element(9),
            "subscriber": insured.element(9),
            "claim": _reference(loop, "F8"),
            "benefits_assigned": benefits.element(3),
            "release": benefits.element(6),
            **_paid(loop),
        }
    )


def _other_answer(loop: list[Segment]) -> Kept:
    """Give what another payer answered to a line (loop 2430)."""
    answer = loop[0]
    code, *modifiers = [*answer.components(3), ""][1:]
    return _stated(
        {
            "id": answer.element(1),
            "paid": answer.element(2),
            "code": code,
            "modifiers": [*filter(None, modifiers[:4])],
            "units": answer.element(5),
            "bundled_into_line": answer.element(6),
        }
    ) | _paid(loop)


def _paid(loop: list[Segment]) -> Kept:
    amounts = {_AMOUNTS[each.element(1)]: each.element(2) for each in loop if _is_amount(each)}
    paid_on = next((_day(each) for each in loop if (each.name, each.element(1)) == ("DTP", _PAID_ON)), "")
    adjustments = [row for each in loop if each.name == "CAS" for row in _adjustments(each)]
    return _stated(amounts | {"paid_on": paid_on, "adjustments": adjustments})


def _is_amount(segment: Segment) -> bool:
    return segment.name == "AMT" and segment.element(1) in _AMOUNTS


def _adjustments(segment: Segment) -> Iterator[Kept]:
    """Give the adjustments of a `CAS`: a group, then up to six times a reason, an amount and units.

    >>> [row["reason"] for row in _adjustments(Segment(9, "CAS", ("PR", "1", "20", "", "2", "5.5", "1")))]
    ['1', '2']
    """
    for at in range(2, len(segment.elements) + 1, 3):
        named = {"reason": segment.element(at), "amount": segment.element(at + 1), "units": segment.element(at + 2)}
        if row := _stated(named):
            yield {"group": segment.element(1)} | row
