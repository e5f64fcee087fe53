"""Each reading of the text, R1 to R17, and each policy fact of the field, as claims with what is right.

The numbers are those of the list that an audit of the sources made. R14 is none: its row was struck.
"""

import json
from typing import Any, NamedTuple

import pytest

import payrule
from payrule.rulebase.rulebase import Rulebase
from payrule.source.files import shipped

KNOWN_ON = "2026-11-23"
DAY = "2016-03-01"
MEDICARE, GUIDE, BLUE = "medicare-part-b", "cmt-guide-payer", "blue-cross"
PT, DC = {"type": "physical-therapist"}, {"type": "chiropractor"}
SPINE = ["cervical", "thoracic", "lumbar", "sacral", "pelvic"]
NOTED = {
    "service_description": True,
    "time": True,
    "separate_service_rationale": True,
    "functional_goal": True,
    "anatomical_site": True,
}


class Row(NamedTuple):
    """What a reading says of the last line of a claim: its disposition, and what else is looked at."""

    reading: str
    payer: str
    encounter: dict[str, Any]
    disposition: str
    rule: str | None = None
    more: dict[str, Any] | None = None
    presume: dict[str, Any] | None = None


def claim(*lines: dict[str, Any], **of: Any) -> dict[str, Any]:
    return {"id": "E", **of, "lines": [{"number": at, **each} for at, each in enumerate(lines, 1)]}


def line(code: str, day: str = DAY, **of: Any) -> dict[str, Any]:
    return {"code": code, "date": day, "provider": PT, "minutes": 15, **of}


def cmt(code: str = "98940", *regions: str, day: str = DAY, **of: Any) -> dict[str, Any]:
    return {"code": code, "date": day, "provider": DC, "regions": list(regions), "diagnosis_pointers": [1], **of}


def beside_cmt(
    code: str, *regions: str, day: str = DAY, noted: dict[str, Any] | None = None, **of: Any
) -> dict[str, Any]:
    own = {"diagnosis_pointers": [2], "direct_contact": True, "documentation": NOTED | (noted or {})}
    return line(code, day, **{"regions": list(regions), "provider": DC, **own, **of})


NEED: dict[str, Any] = {
    "techniques": ["effleurage"],
    "indications": ["tight-muscles-or-spasticity"],
    "documentation": {"indication": True},
}
TRACTION: dict[str, Any] = {"techniques": ["manual-traction"], "indications": ["cervical-radiculopathy"]}
DX: dict[str, Any] = {"diagnoses": ["M99.03", "M62.830"]}


def second(role: str | None, *regions: str, payer_role: str = "secondary") -> dict[str, Any]:
    """Bill massage without 59 beside manipulation of the lumbar spine, to a payer that pays second."""
    roles = {"payer_role": payer_role, **({"medicare_role": role} if role else {})}
    return claim(cmt("98940", "lumbar"), beside_cmt("97124", *regions), **roles, **DX)


def pair(region: str | None, *modifiers: str, day: str = DAY) -> dict[str, Any]:
    known: dict[str, Any] = {"regions": [region]} if region else {}
    own = line("97140", day, modifiers=list(modifiers), **known, **TRACTION)
    return claim(cmt("98940", "lumbar", day=day, modifiers=["AT"]), own)


def mobilized(indication: str, code: str = "97110") -> dict[str, Any]:
    own: dict[str, Any] = {
        "techniques": ["joint-mobilization"],
        "indications": [indication],
        "documentation": {"indication": False},
    }
    return claim(line(code), line("97140", **own))


def worked(technique: str, code: str, **of: Any) -> dict[str, Any]:
    return claim(line(code, modifiers=["59"]), line("97140", techniques=[technique], indications=["other"], **of))


def record(code: str) -> dict[str, Any]:
    return claim(line(code, documentation={"clinical_rationale": False}))


ROWS = [
    Row("R1", GUIDE, second("secondary", "cervical"), "payable", "massage-billed-to-secondary-payer"),
    Row("R1", GUIDE, second("none", "cervical"), "denied", "therapy-lacks-modifier-59"),
    Row("R1", GUIDE, second("primary", "cervical"), "denied", "therapy-lacks-modifier-59"),
    Row("R1", GUIDE, second(None, "cervical"), "pending", more={"open": ("encounter.medicare_role",)}),
    Row("R1", GUIDE, second("secondary", "cervical", payer_role="primary"), "denied", "therapy-lacks-modifier-59"),
    Row("R1", GUIDE, second("secondary", "cervical", "upper-extremity"), "denied", "therapy-lacks-modifier-59"),
    Row("R1", GUIDE, second("secondary", "lumbar"), "denied"),
    Row("R1", GUIDE, second("secondary"), "pending"),
    Row("R2", MEDICARE, claim(line("97124", provider=DC, **NEED), payer_role="secondary"), "denied",
        "chiropractors-are-paid-for-manipulation-only", {"liability": "subscriber"}),
    Row("R3", MEDICARE, claim(line("97124", units=4, **NEED)), "denied", "units-exceed-minutes", {"allowed_units": 1}),
    Row("R3", MEDICARE, claim(line("97140", units=4, **TRACTION)), "denied", "units-exceed-minutes"),
    Row("R3", MEDICARE, claim(line("97140", units=2, **TRACTION | {"minutes": 23})), "payable"),
    Row("R4", GUIDE, claim(cmt("98940", "lumbar"), beside_cmt("97124", "cervical", modifiers=["59"], units=4), **DX),
        "denied", "massage-minutes-too-few"),
    Row("R4", GUIDE, claim(cmt("98940", "lumbar"), beside_cmt("97124", "cervical", modifiers=["59"],
        noted={"separate_service_rationale": False}), **DX), "denied", "massage-record-lacks-separate-rationale"),
    Row("R4", GUIDE, claim(cmt("98940", "lumbar"), beside_cmt("97124", "cervical", modifiers=["59"],
        noted={"functional_goal": False}), **DX), "denied", "massage-record-lacks-functional-goal"),
    Row("R4", GUIDE, claim(cmt("98940", "lumbar"), beside_cmt("97124", "cervical", modifiers=["59"]), **DX), "payable"),
    Row("R5", MEDICARE, claim(line("97124", **NEED | {"documentation": {"indication": True, "time": False}})),
        "payable"),
    Row("R6", MEDICARE, pair("lumbar", "59"), "denied", "manual-therapy-on-region-of-spinal-cmt"),
    Row("R6", MEDICARE, pair("cervical", "59"), "payable"),
    Row("R6", MEDICARE, pair("cervical", "XS"), "payable"),
    Row("R6", MEDICARE, pair(None, "59"), "pending", more={"open": ("line.regions",)}),
    Row("R6", MEDICARE, pair(None), "denied", "manual-therapy-in-spinal-cmt"),
    Row("R6", MEDICARE, pair("lumbar", "XS", day="2021-03-01"), "denied", "manual-therapy-on-region-of-spinal-cmt"),
    Row("R7", MEDICARE, mobilized("restricted-joint-motion"), "payable", "joint-mobilization-as-adjunct"),
    Row("R7", MEDICARE, mobilized("other"), "denied", "manual-therapy-without-a-listed-condition"),
    Row("R7", MEDICARE, mobilized("restricted-joint-motion", "97112"), "denied"),
    Row("R8", MEDICARE, worked("myofascial-release", "97116"), "payable", "soft-tissue-work-as-adjunct"),
    Row("R8", MEDICARE, worked("manipulation", "97542"), "payable", "manipulation-as-adjunct"),
    Row("R8", MEDICARE, worked("manipulation", "97124"), "denied"),
    Row("R8", MEDICARE, worked("manipulation", "97140"), "denied"),
    Row("R8", MEDICARE, worked("myofascial-release", "97035"), "denied"),
    Row("R8", MEDICARE, worked("transverse-friction-massage", "97110"), "denied"),
    Row("R9", MEDICARE, worked("manual-lymphatic-drainage", "97110"), "denied",
        "manual-therapy-without-a-listed-condition", {"discretionary": True}),
    Row("R10", MEDICARE, claim(line("97124", techniques=["myofascial-release"], indications=["other"],
        documentation={"indication": True})), "returned", "myofascial-release-is-manual-therapy"),
    Row("R10", MEDICARE, claim(line("97124", techniques=["effleurage", "myofascial-release"], indications=["other"])),
        "returned", "myofascial-release-is-manual-therapy"),
    Row("R11", GUIDE, claim(cmt("98940", "cervical"), beside_cmt("97140", "head", modifiers=["59"]), **DX), "denied",
        "manual-therapy-near-cmt"),
    Row("R11", GUIDE, claim(cmt("98940", "thoracic"), beside_cmt("97140", "rib-cage", modifiers=["59"]), **DX),
        "denied", "manual-therapy-near-cmt"),
    Row("R11", GUIDE, claim(cmt("98940", "lumbar"), beside_cmt("97140", "rib-cage", modifiers=["59"]), **DX),
        "payable"),
    Row("R12", GUIDE, claim(line("97140", "2019-12-31"), line("97530", "2019-12-31")), "denied",
        "listed-beside-manual-therapy", {"version": "1.0.0"}),
    Row("R12", GUIDE, claim(line("97140", "2020-01-01"), line("97530", "2020-01-01")), "undecided"),
    Row("R12", GUIDE, claim(line("97140", "2020-01-01"), line("97750", "2020-01-01")), "denied",
        "listed-beside-manual-therapy", {"version": "1.1.0"}),
    Row("R12", GUIDE, claim(line("97140", "2024-06-30"), line("97750", "2024-06-30")), "denied",
        more={"version": "1.1.0"}),
    *(Row("R13", BLUE, record(code), "undecided") for code in ("97151", "97158", "97161", "97172", "97799", "97602")),
    *(Row("R13", BLUE, record(code), "denied", "documentation-lacks-rationale")
      for code in ("97010", "97039", "97150", "97546", "97755", "97760", "97763")),
    Row("R13", BLUE, claim(line("97161"), line("97124", purpose=["preparation"])), "denied", "exclusion"),
    Row("R13", BLUE, claim(line("97750"), line("97124", purpose=["preparation"])), "denied", "preparation-is-integral"),
    Row("R15", MEDICARE, claim(line("97124", techniques=["postural-drainage"])), "pending", presume={"clean": True}),
    Row("R15", MEDICARE, claim(line("97124", **{k: v for k, v in NEED.items() if k != "documentation"})), "payable",
        presume={"clean": True}),
    *(Row("R16", GUIDE, claim(cmt("98940", "lumbar"), beside_cmt("97124", "cervical", modifiers=["59"],
        diagnosis_pointers=pointers), **DX), disposition, rule)
      for pointers, disposition, rule in (
          ([9], "returned", "no-diagnosis-pointers"), ([9, 12], "returned", "no-diagnosis-pointers"),
          ([2, 9], "payable", None), ([2], "payable", None),
      )),
    Row("timed codes", BLUE, claim(line("97035", minutes=18), line("97110", units=2, minutes=20,
        documentation=NOTED | {"clinical_rationale": True}, direct_contact=True)), "payable"),
    Row("timed codes", BLUE, claim(line("97035", minutes=12), line("97110", minutes=10)), "denied",
        "units-exceed-minutes"),
    Row("timed codes", BLUE, claim(line("97035", units=4)), "pending"),
    Row("remittance", BLUE, record("97110"), "denied", more={"codes": "CO-251 N706"}),
    Row("remittance", GUIDE, claim(cmt("98940", "lumbar"), beside_cmt("97124", "cervical"), **DX), "denied",
        more={"codes": "CO-97 M15"}),
    Row("remittance", MEDICARE, claim(line("97124", **NEED | {"indications": ["other"]})), "denied",
        more={"codes": "CO-50 N115", "candidates": ("CO-50", "PR-50")}),
    Row("remittance", BLUE, claim(line("97110"), line("97140")), "denied",
        more={"codes": "CO-204", "candidates": ("CO-97", "PR-204")}),
    Row("remittance", BLUE, claim(line("97124")), "denied", more={"codes": "PR-204", "candidates": ()}),
    *(Row("chiropractic", MEDICARE, claim(cmt("98940", "lumbar", modifiers=modifiers)), disposition, more=more)
      for modifiers, disposition, more in (
          (["AT"], "undecided", {}),
          ([], "denied", {"liability": "unspecified", "concern": "necessity"}),
          (["GA"], "denied", {"liability": "subscriber", "concern": "necessity", "codes": "PR-50"}),
          (["GZ"], "denied", {"liability": "provider", "concern": "necessity", "codes": "CO-50"}),
          (["GY"], "denied", {"liability": "subscriber", "concern": "benefit"}),
          (["AT", "GY"], "denied", {"liability": "subscriber", "concern": "benefit"}),
      )),
    Row("chiropractic", MEDICARE, claim(cmt("98943", "lower-extremity", modifiers=["AT"])), "denied",
        more={"liability": "subscriber", "concern": "benefit"}),
    Row("chiropractic", MEDICARE, claim(cmt("98940", "lumbar", modifiers=["AT"]), cmt("98941", *SPINE[:3],
        modifiers=["AT"])), "returned", "two-spinal-manipulations"),
    *(Row("chiropractic", MEDICARE, claim(cmt(code, *SPINE[:count], modifiers=["AT"])),
          "undecided" if count in fits else "returned")
      for code, fits in (("98940", (1, 2)), ("98941", (3, 4)), ("98942", (5,))) for count in range(1, 6)),
    Row("chiropractic", MEDICARE, claim(cmt("98940", modifiers=["AT"], regions=None)), "pending"),
    Row("chiropractic", MEDICARE, claim(line("97124", provider={"type": "massage-therapist",
        "relationship": "independent"}, **NEED)), "denied", more={"concern": "provider"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def rulebase() -> Rulebase:
    return payrule.load()


@pytest.mark.parametrize("row", ROWS, ids=[f"{each.reading}-{at}" for at, each in enumerate(ROWS)])
def test_reading_is_what_the_shipped_policies_answer(rulebase: Rulebase, row: Row) -> None:
    more = row.more or {}
    presume = rulebase.clean_record if row.presume else None
    found = rulebase.decide(row.encounter, payer=row.payer, known_on=KNOWN_ON, presume=presume)
    answer = found.lines[-1]
    rules = [each.rule for each in answer.reasons]
    assert answer.disposition == row.disposition, (rules, answer.open)
    assert row.rule is None or row.rule in rules
    for key in ("liability", "concern", "discretionary", "open", "allowed_units"):
        assert key not in more or getattr(answer, key) == more[key]
    assert "version" not in more or answer.reasons[0].version == more["version"]
    if "codes" in more:
        assert answer.remittance is not None
        given = (f"{answer.remittance.group}-{answer.remittance.carc}", *answer.remittance.rarc)
        assert " ".join(given) == more["codes"]
    if "candidates" in more:
        assert tuple(f"{each.group}-{each.carc}" for each in answer.candidates or ()) == more["candidates"]


def test_record_that_one_document_asks_for_is_a_note_where_it_stands_as_well(rulebase: Rulebase) -> None:
    """R5: the sentence stands in two documents; where it is no rule, a note says why."""
    (policy,) = rulebase.policies["medicare"]
    assert "S6" in {cite.statement for note in policy.notes for cite in note.cites}


def test_list_of_conditions_is_closed_on_the_ground_that_the_comments_call_it_so(rulebase: Rulebase) -> None:
    """R17: the sentence that speaks of only seven conditions is cited."""
    (policy,) = rulebase.policies["medicare"]
    rule = policy.rule("massage-without-a-listed-condition")
    assert "S4" in {cite.statement for cite in rule.cites}
    assert "closed" in (rule.interpretation or "")


def test_clean_record_presumes_no_ground_of_an_exception(rulebase: Rulebase) -> None:
    """R15: what a complete chart holds of every service, and nothing that an exception rests on."""
    assert dict(rulebase.clean_record) == {
        "line.direct_contact": True,
        "line.units_supported": True,
        **{f"line.documentation.{each}": True for each in ("clinical_rationale", "indication", *NOTED)},
    }


@pytest.mark.parametrize(
    "name",
    [
        "cmt-billing-guide/therapy-on-region-of-cmt",
        "cmt-billing-guide/included-in-spinal-cmt",
        "cmt-billing-guide/manual-therapy-near-cmt",
        "ncci/manual-therapy-on-region-of-spinal-cmt",
        "ncci/pair-never-paid-together",
        "medicare-statute/chiropractors-are-paid-for-manipulation-only",
        "medicare-chiropractic/extraspinal-manipulation",
        "blue-cross/exclusion",
    ],
)
def test_denial_that_nothing_on_the_claim_mends_says_so(rulebase: Rulebase, name: str) -> None:
    policy, rule = name.split("/")
    found = [each for version in rulebase.policies[policy] for each in version.rules if each.id == rule]
    assert found
    assert all(each.incurable is True for each in found)


def test_manual_of_medicare_is_cited_by_place_and_without_text(rulebase: Rulebase) -> None:
    (policy,) = rulebase.policies["medicare-chiropractic"]
    cites = [cite for rule in policy.rules for cite in rule.cites]
    assert cites
    assert all(cite.locator.startswith("Chapter 15, section 240") and cite.digest is None for cite in cites)
    assert policy.status == "in-force"
    payer = json.loads((shipped("policies") / "payers" / "medicare-part-b.json").read_bytes())
    assert payer["tiers"][-1] == ["medicare", "medicare-chiropractic"]
