"""Random 837P files that say every element of the reference page, and a second, plain reader of them.

The reader here shares no code with payrule: it looks up what it wants in lists of elements.
"""

import random
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

Elements = list[str]
"""One segment: its name and its elements."""

TYPES = {"111N00000X": "chiropractor", "225100000X": "physical-therapist", "208D00000X": "physician"}
"""What the taxonomy codes in the files are to the tests' vocabulary."""

OTHER_TAXONOMY = "999900000X"

DATES = {
    "431": "onset",
    "439": "accident",
    "454": "initial_treatment",
    "304": "last_seen",
    "453": "acute_manifestation",
    "455": "last_x_ray",
}


class Writer:
    """Write one file, segment by segment, by chance."""

    def __init__(self, chance: random.Random, share: float = 0.6) -> None:
        """Say each element that may be missing with this probability."""
        self.chance, self.share, self.segments = chance, share, list[Elements]()

    def put(self, *elements: str) -> None:
        found = [*elements]
        while len(found) > 1 and not found[-1]:
            found.pop()
        self.segments.append(found)

    def may(self) -> bool:
        return self.chance.random() < self.share

    def maybe(self, *elements: str) -> None:
        if self.may():
            self.put(*elements)

    def number(self) -> str:
        return str(self.chance.randrange(1, 10**6))

    def npi(self) -> str:
        return f"9{self.chance.randrange(10**9):09}"

    def day(self, first: int = 2023) -> str:
        return f"{date(first, 1, 1) + timedelta(self.chance.randrange(600)):%Y%m%d}"

    def amount(self) -> str:
        return f"{self.chance.randrange(1, 10**5) / 100:.2f}".rstrip("0").rstrip(".")

    def taxonomy(self) -> str:
        return self.chance.choice([*TYPES, OTHER_TAXONOMY])

    def text(self) -> str:
        header = "ISA*00*          *00*          *ZZ*SAMPLESENDER   *ZZ*SAMPLEPAYER    *240902*1200*^*00501*"
        group, interchange = self.number(), f"{self.chance.randrange(10**9):09}"
        count = self.chance.randint(1, 2)
        body = [f"{header}{interchange}*0*T*:", f"GS*HC*S*P*20240902*1200*{group}*X*005010X222A1"]
        for at in range(1, count + 1):
            self.segments = []
            self._transaction(f"{at:04}")
            body += ["*".join(each) for each in self.segments]
        body += [f"GE*{count}*{group}", f"IEA*1*{interchange}"]
        return "".join(f"{each}~" for each in body)

    def _transaction(self, control: str) -> None:
        self.put("ST", "837", control, "005010X222A1")
        self.put("BHT", "0019", "00", self.number(), "20240902", "1200", "CH")
        self.put("HL", "1", "", "20", "1")
        self.maybe("PRV", "BI", "PXC", self.taxonomy())
        self._name("85", "2", self.npi())
        self.put("N3", "1 SAMPLE STREET")
        self.put("N4", "SAMPLE", "MN", "550010000")
        self.maybe("REF", "EI", f"90{self.chance.randrange(10**7):07}")
        hl = 1
        for _ in range(self.chance.randint(1, 2)):
            hl = self._subscriber(hl + 1)
        self.put("SE", str(len(self.segments) + 1), control)

    def _subscriber(self, hl: int) -> int:
        with_patient = self.chance.random() < 0.4
        self.put("HL", str(hl), "1", "22", "1" if with_patient else "0")
        indicator = self.chance.choice(["CI", "MB", "BL", "12", ""])
        self.put("SBR", self.chance.choice("PST"), "18", *[""] * 6, indicator)
        self._member("IL")
        self.put("NM1", "PR", "2", "SAMPLE PLAN", *[""] * 4, "PI", self.number())
        if with_patient:
            self.put("HL", str(hl + 1), str(hl), "23", "0")
            self.put("PAT", "19")
            self._member("QC")
        for _ in range(self.chance.randint(1, 2)):
            self._claim()
        return hl + with_patient

    def _member(self, kind: str) -> None:
        number = self.number() if kind == "IL" or self.may() else ""
        self.put("NM1", kind, "1", "SAMPLE", "ONE", "", "", "", "MI" if number else "", number)
        self.put("N3", "2 SAMPLE STREET")
        self.put("N4", "SAMPLE", self.chance.choice(["MN", "WI", "IA"]), "550020000")
        self.maybe(
            "DMG",
            "D8",
            f"{date(1940, 1, 1) + timedelta(self.chance.randrange(25000)):%Y%m%d}",
            "FMU"[self.chance.randrange(3)],
        )

    def _name(self, kind: str, person: str, npi: str) -> None:
        self.put("NM1", kind, person, "SAMPLE", *[""] * 4, "XX", npi)

    def _dates(self) -> None:
        for qualifier in DATES:
            self.maybe("DTP", qualifier, "D8", self.day())

    def _notes(self) -> None:
        for kind in self.chance.sample(["ADD", "CER", "DCP"], self.chance.randint(0, 2)):
            self.put("NTE", kind, f"REMARK {self.number()}")

    def _providers(self, *kinds: str) -> None:
        for kind in kinds:
            if self.may():
                self._name(kind, "1", self.npi())
                if kind == "82":
                    self.maybe("PRV", "PE", "PXC", self.taxonomy())

    def _claim(self) -> None:
        charges = [self.chance.randrange(1, 10**5) for _ in range(self.chance.randint(1, 3))]
        total = f"{sum(charges) / 100:.2f}"
        frequency = self.chance.choice(["1", "1", "7", "8"])
        causes = "AA:OA::MN" if self.may() else ""
        place = self.chance.choice(["11", "12", "22"])
        self.put("CLM", f"C{self.number()}", total, "", "", f"{place}:B:{frequency}", "Y", "A", "Y", "Y", "", causes)
        self._dates()
        self.maybe("DTP", "472", "D8", self.day(2025))
        for qualifier in ("D9", "9F", "G1", "F8"):
            self.maybe("REF", qualifier, self.number())
        self._notes()
        codes = [f"M{self.chance.randrange(10000):04}" for _ in range(self.chance.randint(1, 4))]
        self.put("HI", *(f"{'ABF' if at else 'ABK'}:{code}" for at, code in enumerate(codes)))
        self._providers("DN", "82", "77", "DQ")
        for _ in range(self.chance.randint(0, 2)):
            self._other_payer()
        for number, cents in enumerate(charges, start=1):
            self._line(number, cents, len(codes))

    def _other_payer(self) -> None:
        self.put("SBR", self.chance.choice("PST"), "18", self.number(), *[""] * 5, self.chance.choice(["CI", "MA", ""]))
        self._adjusted()
        for qualifier in ("D", "A8", "EAF"):
            self.maybe("AMT", qualifier, self.amount())
        self.put("OI", "", "", self.chance.choice("YN"), "", "", self.chance.choice("YI"))
        self.put("NM1", "IL", "1", "SAMPLE", "TWO", "", "", "", "MI", self.number())
        self.put("NM1", "PR", "2", "OTHER PLAN", *[""] * 4, "PI", self.number())
        self.maybe("DTP", "573", "D8", self.day())
        self.maybe("REF", "F8", self.number())

    def _adjusted(self) -> None:
        for group in self.chance.sample(["CO", "PR", "OA"], self.chance.randint(0, 2)):
            rows = [(str(self.chance.randint(1, 250)), self.amount(), "1" if self.may() else "") for _ in range(2)]
            self.put("CAS", group, *(cell for row in rows for cell in row))

    def _line(self, number: int, cents: int, diagnoses: int) -> None:
        self.put("LX", str(number))
        code = ":".join(["HC", f"{self.chance.randrange(10**5):05}", *(["59"] if self.may() else [])])
        units = self.chance.choice(["", "", ".5", ".50", ".0", ".125"])
        unit, amount = (
            ("UN", f"{self.chance.randint(1, 9)}{units}") if self.may() else ("MJ", str(self.chance.randint(8, 60)))
        )
        pointers = ":".join(str(each) for each in range(1, diagnoses + 1) if self.may() or each == 1)
        place = self.chance.choice(["", "11", "21"])
        self.put("SV1", code, f"{cents / 100:.2f}", unit, amount, place, "", pointers)
        last = f"{date(2025, 7, 1) + timedelta(self.chance.randrange(3)):%Y%m%d}"
        self.put("DTP", "472", *(("D8", self.day(2025)) if self.may() else ("RD8", f"20250701-{last}")))
        self._dates()
        for qualifier in ("6R", "9F", "G1"):
            self.maybe("REF", qualifier, self.number())
        self._notes()
        if self.may():
            self.put("LIN", "", "N4", f"{self.chance.randrange(10**11):011}")
            self.maybe("CTP", "", "", "", self.amount(), "ML")
        self._providers("82", "77", "DQ", "DK", "DN")
        for _ in range(self.chance.randint(0, 2)):
            bundled = self.chance.choice(["", "1"])
            self.put("SVD", self.number(), self.amount(), "HC:00001:25", "", str(self.chance.randint(1, 3)), bundled)
            self._adjusted()
            self.maybe("DTP", "573", "D8", self.day())
            self.maybe("AMT", "EAF", self.amount())


def made(chance: random.Random, share: float = 0.6) -> str:
    """Write a file; each element that may be missing is there with the probability `share`."""
    return Writer(chance, share).text()


def plainly_read(text: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Read each claim: what payrule's JSON would hold, and what is given back of the claim and its lines."""
    numbered = [(at, each.split("*")) for at, each in enumerate(text.split("~")[:-1], start=1)]
    found, start = [], [at for at, (_, each) in enumerate(numbered) if each[0] == "CLM"]
    for at in start:
        end = next(to for to in range(at + 1, len(numbered)) if numbered[to][1][0] in ("CLM", "HL", "SE"))
        above = _without_claims([each for _, each in numbered[:at]])
        found.append(_claim(numbered[at][0], above, [each for _, each in numbered[at:end]]))
    return found


def _without_claims(segments: list[Elements]) -> list[Elements]:
    found, is_in_claim = list[Elements](), False
    for each in segments:
        is_in_claim = each[0] == "CLM" or (is_in_claim and each[0] not in ("HL", "SE"))
        if not is_in_claim:
            found.append(each)
    return found


def _last(segments: Sequence[Elements], name: str, *start: str) -> Elements:
    """Give the last segment of a name that begins with these elements, filled up."""
    fitting = [each for each in segments if each[0] == name and each[1 : 1 + len(start)] == [*start]]
    return [*(fitting[-1] if fitting else []), *[""] * 20]


def _since(segments: Sequence[Elements], *names: tuple[str, ...]) -> list[Elements]:
    """Give what comes from the last segment on that begins as one of the names."""
    at = max((at for at, each in enumerate(segments) if tuple(each[: len(names[0])]) in names), default=len(segments))
    return [*segments[at:]]


def _full(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in ("", [], {}, None)}


def _iso(eight: str) -> str:
    return f"{eight[:4]}-{eight[4:6]}-{eight[6:]}" if eight else ""


def _cents(amount: str) -> int:
    return round(float(amount) * 100)


def _claim(number: int, above: list[Elements], claim: list[Elements]) -> tuple[dict[str, Any], dict[str, Any]]:
    lx = next(at for at, each in enumerate(claim) if each[0] == "LX")
    first_other = next((at for at, each in enumerate(claim[:lx]) if each[0] == "SBR"), lx)
    own, others, rest = claim[:first_other], _loops(claim[first_other:lx], "SBR"), _loops(claim[lx:], "LX")
    levels = [each for each in above if each[0] == "HL"]
    billing_at = max(at for at, each in enumerate(above) if each[0] == "HL" and each[3] == "20")
    subscriber_at = max(at for at, each in enumerate(above) if each[0] == "HL" and each[3] == "22")
    billing, rest_above = above[billing_at:subscriber_at], above[subscriber_at:]
    is_dependent = levels[-1][3] == "23"
    at = next((at for at, each in enumerate(rest_above) if each[0] == "HL" and each[3] == "23"), len(rest_above))
    subscriber, patient = rest_above[:at], rest_above[at:]
    person = patient if is_dependent else subscriber
    sbr, opening = _last(subscriber, "SBR"), [*claim[0], *[""] * 12]
    place, _, frequency = opening[5].split(":")
    taxonomy = _last(billing, "PRV", "BI")[3]
    lines = [_line(loop, own, place, taxonomy) for loop in rest]
    days = [each["date"] for each in lines]
    born = _last(person, "DMG")[2]
    data = {
        "id": opening[1],
        "payer_role": {"P": "primary"}.get(sbr[1], "secondary"),
        "medicare_role": _medicare([sbr, *([*each[0], *[""] * 9] for each in others)]),
        "frequency": frequency,
        "original_reference": _last(own, "REF", "F8")[2],
        "claim_type": "professional",
        "filing_indicator": sbr[9],
        "prior_authorizations": _authorizations(own, rest),
        "patient": _full(
            {
                "id": _last(person, "NM1", "QC" if is_dependent else "IL")[9],
                "birth_date": _iso(born),
                "age_years": _age(born, min(days).replace("-", "")) if born else None,
                "sex": {"F": "female", "M": "male"}.get(_last(person, "DMG")[3], ""),
                "state": _last(_since(person, ("NM1", "IL"), ("NM1", "QC")), "N4")[2],
            }
        ),
        "billing_provider": _full(
            {
                "type": TYPES.get(taxonomy, "other") if taxonomy else "",
                "npi": _last(billing, "NM1", "85")[9],
                "taxonomy": taxonomy,
                "tin": _last(billing, "REF", "EI")[2],
            }
        ),
        "diagnoses": [_pointed(each) for each in _last(own, "HI")[1:] if each],
        "lines": lines,
    }
    causes = [*opening[11].split(":"), "", "", "", ""]
    told = {
        "claim": _full(
            {
                "interchange": _last(above, "ISA")[13],
                "group": _last(above, "GS")[6],
                "transaction": _last(above, "ST")[2],
                "segment": str(number),
                "trace": _last(own, "REF", "D9")[2],
                "referral": _last(own, "REF", "9F")[2],
                "payer_name": _last(subscriber, "NM1", "PR")[3],
                "payer_id": _last(subscriber, "NM1", "PR")[9],
                "subscriber": _last(subscriber, "NM1", "IL")[9] if is_dependent else "",
                "dependent": _last(patient, "NM1", "QC")[9] if is_dependent else "",
            }
        ),
        "lines": {
            at: kept
            for at, loop in enumerate(rest, 1)
            if (kept := _full({"line_control": _last(loop, "REF", "6R")[2], "referral": _last(loop, "REF", "9F")[2]}))
        },
        "sent": _both(own)
        | _full(
            {
                "related_causes": [each for each in causes[:3] if each],
                "accident_state": causes[3],
                "other_payers": [_other(each) for each in others],
            }
        ),
        "sent_lines": {at: kept for at, loop in enumerate(rest, 1) if (kept := _sent_line(loop))},
    }
    return _full(data), told


def _loops(segments: list[Elements], name: str) -> list[list[Elements]]:
    starts = [at for at, each in enumerate(segments) if each[0] == name]
    return [segments[at:to] for at, to in pairwise([*starts, len(segments)])]


def _medicare(payers: list[Elements]) -> str:
    roles = [each[1] for each in payers if each[9] in ("MA", "MB")]
    if roles:
        return "primary" if "P" in roles else "secondary"
    return "" if any(not each[9] for each in payers) else "none"


def _authorizations(own: list[Elements], rest: Iterable[list[Elements]]) -> list[str]:
    found = [each[2] for loop in (own, *rest) for each in loop if each[:2] == ["REF", "G1"]]
    return list(dict.fromkeys(found))


def _age(born: str, day: str) -> int:
    return int(day[:4]) - int(born[:4]) - (day[4:] < born[4:])


def _pointed(composite: str) -> str:
    code = composite.split(":")[1]
    return f"{code[:3]}.{code[3:]}"


def _line(loop: list[Elements], own: list[Elements], place: str, billing: str) -> dict[str, Any]:
    service, dated = _last(loop, "SV1"), _last(loop, "DTP", "472")
    days = dated[3].split("-")
    _, code, *modifiers = service[1].split(":")
    paid = [each for each in loop if each[0] == "SVD"]
    named = loop if _last(loop, "NM1", "82")[0] else own
    npi, taxonomy = _last(named, "NM1", "82")[9], _last(named, "PRV", "PE")[3]
    taxonomy = taxonomy if npi else billing
    kind = TYPES.get(taxonomy, "other") if taxonomy else ""
    return _full(
        {
            "number": int(loop[0][1]),
            "code": code,
            "date": _iso(days[0]),
            "date_to": _iso(days[-1]) if days[-1] != days[0] else "",
            "modifiers": modifiers,
            {"UN": "units", "MJ": "minutes"}[service[3]]: float(service[4]),
            "charge_cents": _cents(service[2]),
            "place_of_service": service[5] or place,
            "diagnosis_pointers": [int(each) for each in service[7].split(":")],
            "ndc": _last(loop, "LIN")[3],
            "paid_cents": sum(_cents(each[2]) for each in paid) if paid else None,
            "paid_units": int(paid[0][5]) if len(paid) == 1 else None,
            "provider": _full({"npi": npi, "taxonomy": taxonomy, "type": kind}),
            "ordering_provider": _full({"npi": _last(loop, "NM1", "DK")[9]}),
            "referring_provider": _full({"npi": _last(loop, "NM1", "DN")[9] or _last(own, "NM1", "DN")[9]}),
            "facility": _full({"npi": _last(loop, "NM1", "77")[9] or _last(own, "NM1", "77")[9]}),
        }
    )


def _both(segments: list[Elements]) -> dict[str, Any]:
    return _full(
        {
            "dates": _full({name: _iso(_last(segments, "DTP", code)[3]) for code, name in DATES.items()}),
            "notes": [{"kind": each[1], "text": each[2]} for each in segments if each[0] == "NTE"],
            "supervising_provider": _full({"npi": _last(segments, "NM1", "DQ")[9]}),
        }
    )


def _sent_line(loop: list[Elements]) -> dict[str, Any]:
    drug, amount = _last(loop, "LIN"), _last(loop, "CTP")
    told = _full({"system": drug[2], "code": drug[3], "quantity": amount[4], "unit": amount[5]})
    payers = []
    for each in _loops(loop, "SVD"):
        svd = [*each[0], *[""] * 6]
        _, code, *modifiers = svd[3].split(":")
        payers.append(
            _full({"id": svd[1], "paid": svd[2], "code": code, "modifiers": modifiers, "units": svd[5]})
            | _full({"bundled_into_line": svd[6]})
            | _money(each)
        )
    return _both(loop) | _full({"drugs": [told] if told else [], "other_payers": payers})


def _other(loop: list[Elements]) -> dict[str, Any]:
    sbr, oi, name = [*loop[0], *[""] * 9], _last(loop, "OI"), _last(loop, "NM1", "PR")
    said = {"responsibility": sbr[1], "relationship": sbr[2], "plan_group": sbr[3], "filing_indicator": sbr[9]}
    said |= {"benefits_assigned": oi[3], "release": oi[6], "name": name[3], "id": name[9]}
    said |= {"subscriber": _last(loop, "NM1", "IL")[9], "claim": _last(loop, "REF", "F8")[2]}
    return _full(said) | _money(loop, paid="D", not_covered="A8")


def _money(loop: list[Elements], **more: str) -> dict[str, Any]:
    rows = []
    for each in (each for each in loop if each[0] == "CAS"):
        cells = [*each[2:], "", ""]
        for at in range(0, len(each) - 2, 3):
            reason, amount, units = cells[at : at + 3]
            rows.append(_full({"group": each[1], "reason": reason, "amount": amount, "units": units}))
    amounts = {name: _last(loop, "AMT", code)[2] for name, code in {**more, "patient_owes": "EAF"}.items()}
    return _full({**amounts, "paid_on": _iso(_last(loop, "DTP", "573")[3]), "adjustments": rows})
