"""A second, naive reader of 837 professional claims, written from the implementation guides X098 and X222.

It shares no code with the engine and takes a file to be right: no count is compared, nothing is refused. What it reads
is held against what the engine reads of the same file.
"""

import re
from datetime import date
from typing import Any

TAXONOMIES = {"111N": "chiropractor", "2251": "physical-therapist", "207": "physician"}


def claims_in(text: str) -> int:
    """Count the segments that open a claim, whatever stands around them."""
    return len(re.findall(r"(?:\A|[~'\n\x1c])\s*CLM(?:[*|^\x1d]|\Z)", text))


def segments_of(text: str) -> list[list[str]]:
    """Split one interchange after the other by the delimiters of its own header."""
    found = []
    while text.lstrip().startswith("ISA"):
        text = text.lstrip()
        separator, terminator = text[3], text[105]
        end = text.find(f"{terminator}IEA{separator}")
        end = len(text) if end < 0 else end
        after = text.find(terminator, end + 1)
        after = len(text) if after < 0 else after + 1
        found += [part.strip("\n").split(separator) for part in text[:after].split(terminator) if part.strip()]
        text = text[after:]
    return found


def read(text: str) -> list[dict[str, Any]]:  # noqa: C901, PLR0912 - naive: one branch for each segment
    """Read the claims of a file that is right, as encounters."""
    result = []
    separator = ":"
    billing: dict[str, str] = {}
    subscriber: dict[str, str] = {}
    patient: dict[str, str] | None = None
    level = entity = ""
    claim: list[list[str]] = []
    for raw in [*segments_of(text), ["end"]]:
        segment = raw + [""] * (20 - len(raw))
        name = segment[0]
        if name in ("CLM", "HL", "SE", "end") and claim:
            result.append(_claim(claim, separator, billing, subscriber, patient))
            claim = []
        if name == "NM1" and not claim:
            entity = segment[1]
        if name == "ISA":
            separator = segment[16]
        elif name == "HL":
            level, entity = segment[3], ""
            if level == "20":
                billing = {}
            if level in ("20", "22"):
                subscriber, patient = {}, None
            if level == "23":
                patient = {}
        elif name == "CLM" or claim:
            claim.append(segment)
        elif name == "PRV" and segment[1] == "BI":
            billing["taxonomy"] = segment[3]
        elif name == "NM1" and segment[1] == "85":
            billing |= {"entity": segment[2], "npi": segment[9] if segment[8] == "XX" else ""}
        elif name == "SBR":
            subscriber |= {"place": segment[1], "plan": segment[9]}
        elif name == "NM1" and segment[1] == "IL":
            subscriber["id"] = segment[9]
        elif name == "DMG" and level == "22":
            subscriber |= {"born": segment[2], "sex": segment[3]}
        elif name == "N4" and entity in ("IL", "QC"):
            (subscriber if level == "22" or patient is None else patient)["state"] = segment[2]
        elif name == "REF" and entity == "85" and segment[1] == "EI":
            billing["tin"] = segment[2].replace("-", "")
        elif name == "NM1" and segment[1] == "QC" and patient is not None:
            patient["id"] = segment[9]
        elif name == "DMG" and level == "23" and patient is not None:
            patient |= {"born": segment[2], "sex": segment[3]}
    return result


def _claim(  # noqa: C901, PLR0912, PLR0915 - naive: one after the other
    segments: list[list[str]],
    separator: str,
    billing: dict[str, str],
    subscriber: dict[str, str],
    patient: dict[str, str] | None,
) -> dict[str, Any]:
    first_line = next(at for at, segment in enumerate(segments) if segment[0] == "LX")
    others = next((at for at, segment in enumerate(segments[:first_line]) if segment[0] == "SBR"), first_line)
    own = segments[:others]
    opening = own[0]
    kinds = opening[5].split(separator)
    encounter: dict[str, Any] = {"id": opening[1], "claim_type": "professional"}
    if subscriber["plan"]:
        encounter["filing_indicator"] = subscriber["plan"]
    authorizations = [each[2] for each in (*own, *segments[first_line:]) if each[:2] == ["REF", "G1"]]
    if authorizations:
        encounter["prior_authorizations"] = list(dict.fromkeys(authorizations))
    if subscriber["place"] in "PSTABCDEFGH":
        encounter["payer_role"] = "primary" if subscriber["place"] == "P" else "secondary"
    payers = [(subscriber["place"], subscriber["plan"])]
    payers += [(each[1], each[9]) for each in segments[others:first_line] if each[0] == "SBR"]
    medicare = sorted((place for place, plan in payers if plan in ("MA", "MB")), key="PSTABCDEFGHU".index)
    if medicare and medicare[0] != "U":
        encounter["medicare_role"] = "primary" if medicare[0] == "P" else "secondary"
    elif not medicare and all(plan for _, plan in payers):
        encounter["medicare_role"] = "none"
    if len(kinds) > 2 and kinds[2]:
        encounter["frequency"] = kinds[2]
    earlier = [each[2] for each in own if each[:2] == ["REF", "F8"]]
    if earlier:
        encounter["original_reference"] = earlier[0]
    diagnoses = [
        _pointed(part.split(separator)[0], part.split(separator)[1])
        for segment in own
        if segment[0] == "HI" and segment[1].split(separator)[0] in ("ABK", "BK")
        for part in segment[1:]
        if part
    ]
    rendering = _rendering(own)
    dates = [each for each in own if each[:2] == ["DTP", "472"]]
    lines = []
    for segment in segments[first_line:]:
        if segment[0] == "LX":
            lines.append([segment])
        else:
            lines[-1].append(segment)
    encounter["lines"] = [
        _line(line, separator, dates, kinds[0], _rendering(line) or rendering, billing) | _besides(line, own)
        for line in lines
    ]
    member = subscriber if patient is None else patient
    who: dict[str, Any] = {"id": member["id"]} if member.get("id") else {}
    if member.get("born"):
        first = min(line["date"] for line in encounter["lines"])
        age = int(first[:4]) - int(member["born"][:4])
        who["birth_date"] = f"{member['born'][:4]}-{member['born'][4:6]}-{member['born'][6:]}"
        who["age_years"] = age - (first[5:].replace("-", "") < member["born"][4:])
    if member.get("sex") in ("F", "M"):
        who["sex"] = "female" if member["sex"] == "F" else "male"
    if member.get("state"):
        who["state"] = member["state"]
    if who:
        encounter["patient"] = who
    provider = {"type": _type(billing.get("taxonomy", "")), **_only(billing, "npi", "taxonomy", "tin")}
    provider = {key: value for key, value in provider.items() if value}
    if provider:
        encounter["billing_provider"] = provider
    if diagnoses:
        encounter["diagnoses"] = diagnoses
    return encounter


def _line(  # noqa: PLR0913, PLR0917 - what a line and its claim say
    segments: list[list[str]],
    separator: str,
    dates: list[list[str]],
    place: str,
    rendering: dict[str, str] | None,
    billing: dict[str, str],
) -> dict[str, Any]:
    service = next(each for each in segments if each[0] == "SV1")
    _, code, *modifiers = service[1].split(separator)
    dated = [each for each in segments if each[:2] == ["DTP", "472"]] or dates
    first, _, last = dated[0][3].partition("-")
    line: dict[str, Any] = {"number": int(segments[0][1]), "code": code, "date": _day(first)}
    if last and last != first:
        line["date_to"] = _day(last)
    if [each for each in modifiers[:4] if each]:
        line["modifiers"] = [each for each in modifiers[:4] if each]
    line["units" if service[3] == "UN" else "minutes"] = int(float(service[4]))
    dollars, _, cents = service[2].partition(".")
    line["charge_cents"] = int(dollars) * 100 + int((cents + "00")[:2])
    if service[5] or place:
        line["place_of_service"] = service[5] or place
    if service[7]:
        line["diagnosis_pointers"] = [int(each) for each in service[7].split(separator) if each]
    provider: dict[str, str] = {}
    if rendering is not None:
        own = bool(rendering["npi"]) and rendering["npi"] == billing.get("npi")
        taxonomy = rendering["taxonomy"] or (billing.get("taxonomy", "") if own else "")
        provider = {"npi": rendering["npi"]}
    else:
        own = billing.get("entity") == "1"
        taxonomy = billing.get("taxonomy", "")
    provider |= {"type": _type(taxonomy), "taxonomy": taxonomy, "relationship": "self" if own else ""}
    provider = {key: value for key, value in provider.items() if value}
    if provider:
        line["provider"] = provider
    return line


def _besides(line: list[list[str]], own: list[list[str]]) -> dict[str, Any]:
    """Read who ordered and referred, where it was, which drug, and what others paid."""
    found: dict[str, Any] = {}
    kinds = {"ordering_provider": ("DK",), "referring_provider": ("DN",), "facility": ("77", "FA")}
    for name, codes in kinds.items():
        named = [each for each in line if each[0] == "NM1" and each[1] in codes]
        named = named or [each for each in own if each[0] == "NM1" and each[1] in codes]
        numbers = {each[9] if each[8] == "XX" else "" for each in named}
        if len(numbers) == 1 and "" not in numbers:
            found[name] = {"npi": numbers.pop()}
    drugs = {each[3] for each in line if each[0] == "LIN" and each[2] == "N4"}
    if len(drugs) == 1:
        found["ndc"] = drugs.pop()
    paid = [each for each in line if each[0] == "SVD"]
    if paid:
        found["paid_cents"] = sum(round(float(each[2]) * 100) for each in paid)
        if len(paid) == 1 and paid[0][5]:
            found["paid_units"] = int(float(paid[0][5]))
    return found


def _rendering(segments: list[list[str]]) -> dict[str, str] | None:
    for at, segment in enumerate(segments):
        if segment[:2] == ["NM1", "82"]:
            found = {"npi": segment[9] if segment[8] == "XX" else "", "taxonomy": ""}
            for below in segments[at + 1 :]:
                if below[0] == "NM1":
                    break
                if below[:2] == ["PRV", "PE"]:
                    found["taxonomy"] = below[3]
            return found
    return None


def _type(taxonomy: str) -> str:
    if not taxonomy:
        return ""
    return next((kind for prefix, kind in TAXONOMIES.items() if taxonomy.startswith(prefix)), "other")


def _only(values: dict[str, str], *keys: str) -> dict[str, str]:
    return {key: values.get(key, "") for key in keys}


def _day(text: str) -> str:
    return date(int(text[:4]), int(text[4:6]), int(text[6:])).isoformat()


def _pointed(qualifier: str, code: str) -> str:
    before = 4 if qualifier in ("BK", "BF") and code.startswith("E") else 3
    return code if len(code) <= before else f"{code[:before]}.{code[before:]}"
