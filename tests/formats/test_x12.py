"""X12 837 professional claims become encounters that keep the contract."""

import json
from pathlib import Path

import jsonschema
import pytest
from tests.formats.x12_texts import (
    BILLING,
    CLAIM,
    DATED,
    SUBSCRIBER,
    billed,
    claims,
    encounter,
    encounters,
    interchange,
    lines,
    notes,
    one_line,
    transaction,
)
from tests.property.effort import mostly_slow

from payrule.encounter.encounter import Identifiers
from payrule.formats.encounters import NamedPayer, RawEncounter
from payrule.formats.x12 import read_x12

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
SAMPLES = ROOT.parent / "shared" / "data" / "x12"
SCHEMA = ROOT.parent / "shared" / "design" / "contract" / "encounter.schema.json"


class TestAClaimBecomesAnEncounter:
    def test_whole(self) -> None:
        raw = encounter(claims(*CLAIM, DATED))
        assert raw == RawEncounter(
            {
                "id": "A-1",
                "payer_role": "primary",
                "medicare_role": "none",
                "frequency": "1",
                "claim_type": "professional",
                "filing_indicator": "CI",
                "patient": {"id": "SAMPLE0001", "age_years": 54, "birth_date": "1970-01-15", "sex": "female"},
                "billing_provider": {"type": "chiropractor", "taxonomy": "111N00000X", "npi": "9000000001"},
                "diagnoses": ["M99.01", "M62.830"],
                "lines": [
                    {
                        "number": 1,
                        "code": "98940",
                        "date": "2024-08-05",
                        "units": 1,
                        "charge_cents": 6500,
                        "place_of_service": "11",
                        "diagnosis_pointers": [1, 2],
                        "provider": {"type": "chiropractor", "taxonomy": "111N00000X"},
                    }
                ],
            },
            place="segment 11",
            identifiers=Identifiers(
                {"interchange": "000000001", "group": "1", "transaction": "0001", "segment": "11"},
            ),
            named=NamedPayer((), indicator="CI", place="segment 8"),
        )

    def test_identifiers_of_the_claim_and_its_lines(self) -> None:
        payer, remarks = "NM1*PR*2*SAMPLE PLAN*****PI*12345", ("REF*9F*R-1", "REF*D9*TRACE-1", "REF*G1*PA-1")
        claim = (CLAIM[0], *remarks, *CLAIM[1:], DATED, "REF*6R*L-1", "LX*2", "SV1*HC:98940*0*UN*1", DATED)
        other = ("SBR*S*18*******CI", "NM1*IL*1*SAMPLE*ONE****MI*1", "NM1*PR*2*OTHER*****PI*9", "REF*D9*T-2")
        text = interchange(transaction(*BILLING, *SUBSCRIBER, payer, *claim[:5], *other, *claim[5:]))
        assert encounter(text).identifiers == Identifiers(
            {
                "interchange": "000000001",
                "group": "1",
                "transaction": "0001",
                "segment": "12",
                "trace": "TRACE-1",
                "referral": "R-1",
                "payer_name": "SAMPLE PLAN",
                "payer_id": "12345",
            },
            {1: {"line_control": "L-1"}},
            {
                "other_payers": [
                    {
                        "responsibility": "S",
                        "relationship": "18",
                        "filing_indicator": "CI",
                        "name": "OTHER",
                        "id": "9",
                        "subscriber": "1",
                    }
                ]
            },
        )

    def test_the_payer_on_the_claim_is_not_taken_for_a_payer_document(self) -> None:
        assert "payer" not in encounter(claims("NM1*PR*2*SAMPLE PAYER*****PI*SAMPLEPAYER", *CLAIM, DATED)).data

    def test_four_modifiers_and_no_description(self) -> None:
        line = one_line("SV1*HC:97124:59:XS:U7:GP:FREE TEXT: WITH COLON*40*UN*1")
        assert line["modifiers"] == ["59", "XS", "U7", "GP"]

    def test_minutes_are_no_units(self) -> None:
        raw = encounter(claims(billed("40"), "LX*1", "SV1*HC:97124*40*MJ*15", DATED))
        assert lines(raw)[0]["minutes"] == 15
        assert "units" not in lines(raw)[0]
        assert notes(raw) == ("line 1 gives 15 minutes instead of units: one unit is taken",)

    @pytest.mark.parametrize(
        ("written", "cents"), [("145.50", 14550), ("60", 6000), (".05", 5), ("0", 0), ("1234567.89", 123456789)]
    )
    def test_charges_are_exact(self, written: str, cents: int) -> None:
        assert one_line(f"SV1*HC:97124*{written}*UN*1")["charge_cents"] == cents

    def test_a_line_without_a_charge_has_none(self) -> None:
        assert "charge_cents" not in one_line("SV1*HC:97124**UN*1")

    def test_the_place_of_the_line_comes_before_the_place_of_the_claim(self) -> None:
        assert one_line("SV1*HC:97124*40*UN*1*12")["place_of_service"] == "12"

    def test_the_date_of_the_claim_holds_for_a_line_without_one(self) -> None:
        line = one_line("SV1*HC:97124*40*UN*1", "REF*6R*1", head=("DTP*472*D8*20240801",))
        assert line["date"] == "2024-08-01"

    def test_a_range_of_several_days_has_a_first_and_a_last(self) -> None:
        raw = encounter(claims(*CLAIM, "DTP*472*RD8*20240805-20240807"))
        assert (lines(raw)[0]["date"], lines(raw)[0]["date_to"]) == ("2024-08-05", "2024-08-07")
        assert notes(raw) == ()

    def test_a_range_of_one_day_is_that_day(self) -> None:
        assert "date_to" not in lines(encounter(claims(*CLAIM, "DTP*472*RD8*20240805-20240805")))[0]

    def test_old_diagnoses_get_their_points_and_are_named(self) -> None:
        raw = encounter(claims(CLAIM[0], "HI*BK:8472*BF:E8490*BF:V4581*BF:781", *CLAIM[2:], DATED))
        assert raw.data["diagnoses"] == ["847.2", "E849.0", "V45.81", "781"]
        assert notes(raw) == ("diagnoses are ICD-9-CM codes",)

    def test_empty_elements_after_the_last_diagnosis_mean_nothing(self) -> None:
        raw = encounter(claims(CLAIM[0], "HI*ABK:M9901*ABF:M62830**", *CLAIM[2:], DATED))
        assert raw.data["diagnoses"] == ["M99.01", "M62.830"]

    def test_other_health_information_is_no_diagnosis(self) -> None:
        raw = encounter(claims(*CLAIM[:2], "HI*BP:00001", "HI*BG:17", *CLAIM[2:], DATED))
        assert raw.data["diagnoses"] == ["M99.01", "M62.830"]

    @pytest.mark.parametrize(
        ("code", "frequency"), [("1", "1"), ("7", "7"), ("8", "8"), ("1.00", "1"), ("", None), ("6", "6")]
    )
    def test_the_frequency_is_that_of_the_claim(self, code: str, frequency: str | None) -> None:
        raw = encounter(claims(f"CLM*A-1*65***11:B:{code}*Y*A*Y*Y", *CLAIM[1:], DATED))
        assert (raw.data.get("frequency"), notes(raw)) == (frequency, ())

    def test_the_earlier_claim_is_named_by_the_payers_number(self) -> None:
        assert encounter(claims(*CLAIM, DATED)).data.get("original_reference") is None
        other = ("SBR*S*18*******CI", "NM1*IL*1*OTHER", "NM1*PR*2*OTHER", "REF*F8*OTHERS")
        raw = encounter(claims(billed("65"), "REF*D9*MINE", "REF*F8*OLD-1", *other, *CLAIM[2:], DATED))
        assert raw.data["original_reference"] == "OLD-1"
        raw = encounter(claims(billed("65"), *other, *CLAIM[2:], DATED))
        assert "original_reference" not in raw.data


class TestWhoPays:
    @pytest.mark.parametrize(
        ("place", "role", "said"),
        [
            ("P", "primary", ()),
            ("S", "secondary", ()),
            ("T", "secondary", ("the payer is neither first nor second (SBR01 is `T`): secondary is assumed",)),
            ("", None, ("the claim does not say whether the payer is first (SBR01 is ``): primary is assumed",)),
            ("U", None, ("the claim does not say whether the payer is first (SBR01 is `U`): primary is assumed",)),
        ],
    )
    def test_the_role_is_that_of_the_payer_the_claim_is_sent_to(
        self, place: str, role: str | None, said: tuple[str, ...]
    ) -> None:
        raw = self.paid(f"SBR*{place}*18*******CI", "SBR*A*18*******CI")
        assert raw.data.get("payer_role") == role
        assert notes(raw) == said

    @pytest.mark.parametrize(
        ("payers", "role"),
        [
            (("SBR*P*18*******MB",), "primary"),
            (("SBR*S*18*******MB", "SBR*P*18*******CI"), "secondary"),
            (("SBR*S*18*******MA",), "secondary"),
            (("SBR*P*18*******CI", "SBR*S*18*******MB"), "secondary"),
            (("SBR*S*18*******CI", "SBR*P*18*******MB"), "primary"),
            (("SBR*P*18*******CI", "SBR*S*18*******BL", "SBR*T*18*******MB"), "secondary"),
            (("SBR*P*18*******CI",), "none"),
            (("SBR*P*18*******CI", "SBR*S*18*******MC"), "none"),
            (("SBR*P*18",), None),
            (("SBR*P*18*******CI", "SBR*S*18"), None),
            (("SBR*U*18*******MB",), None),
        ],
    )
    def test_the_role_of_medicare_is_that_of_its_own_place(self, payers: tuple[str, ...], role: str | None) -> None:
        assert self.paid(*payers).data.get("medicare_role") == role

    def test_a_role_of_medicare_that_is_assumed_is_noted(self) -> None:
        assert notes(self.paid("SBR*P*18*******CI", "SBR*T*18*******MB")) == (
            "Medicare is neither first nor second (SBR01 is `T`): secondary is assumed",
        )

    def paid(self, first: str, *others: str) -> RawEncounter:
        subscriber = (SUBSCRIBER[0], first, *SUBSCRIBER[2:])
        other = [each for one in others for each in (one, "NM1*IL*1*OTHER****MI*OTHER", "NM1*PR*2*OTHER*****PI*OTHER")]
        body = transaction(*BILLING, *subscriber, *CLAIM[:2], *other, *CLAIM[2:], DATED)
        return encounter(interchange(body))


def age(raw: RawEncounter) -> object:
    patient = raw.data["patient"]
    assert isinstance(patient, dict)
    return patient["age_years"]


NAMED = "1*SAMPLE*ONE****XX*"

BESIDES: list[tuple[str, tuple[str, ...], tuple[str, ...], dict[str, object]]] = [
    ("who ordered", (), (f"NM1*DK*{NAMED}9000000002",), {"ordering_provider": {"npi": "9000000002"}}),
    ("who referred, of the claim", (f"NM1*DN*{NAMED}9000000003",), (), {"referring_provider": {"npi": "9000000003"}}),
    (
        "who referred, of the line before the claim",
        (f"NM1*DN*{NAMED}9000000003",),
        (f"NM1*DN*{NAMED}9000000004",),
        {"referring_provider": {"npi": "9000000004"}},
    ),
    ("who referred, without an NPI", ("NM1*DN*1*SAMPLE",), (), {}),
    (
        "where, of another payer",
        ("SBR*S*18*******CI", "NM1*IL*1*SAMPLE", f"NM1*77*{NAMED}9000000005"),
        (),
        {},
    ),
    ("where", ("NM1*77*2*CLINIC*****XX*9000000005",), (), {"facility": {"npi": "9000000005"}}),
    ("a drug", (), ("LIN**N4*00002143380",), {"ndc": "00002143380"}),
    ("two drugs", (), ("LIN**N4*00002143380", "LIN**N4*00002143381"), {}),
    ("what is no drug code", (), ("LIN**N4*0002-1433-80",), {}),
    ("what another paid", (), ("SVD*P1*20.5*HC:98940**1",), {"paid_cents": 2050, "paid_units": 1}),
    ("what two others paid", (), ("SVD*P1*20.5*HC:98940**1", "SVD*P2*4*HC:98940**1"), {"paid_cents": 2450}),
    ("an amount that is none", (), ("SVD*P1*much*HC:98940**1",), {}),
]


@pytest.mark.parametrize(("head", "below", "wanted"), [each[1:] for each in BESIDES], ids=[each[0] for each in BESIDES])
def test_what_a_line_says_besides(head: tuple[str, ...], below: tuple[str, ...], wanted: dict[str, object]) -> None:
    raw = encounter(claims(*CLAIM[:2], *head, *CLAIM[2:], DATED, *below))
    (line,) = lines(raw)
    names = ("ordering_provider", "referring_provider", "facility", "ndc", "paid_cents", "paid_units")
    assert {name: line[name] for name in names if name in line} == wanted


def test_authorizations_are_those_of_the_claim_and_its_lines_but_of_no_other_payer() -> None:
    other = ("SBR*S*18*******CI", "NM1*IL*1*SAMPLE", "NM1*PR*2*OTHER*****PI*1", "REF*G1*PA-9")
    below = ("REF*G1*PA-2", "REF*G1*PA-3**2U:1", "REF*G1*PA-1")
    raw = encounter(claims(*CLAIM[:1], "REF*G1*PA-1", CLAIM[1], *other, *CLAIM[2:], DATED, *below))
    assert raw.data["prior_authorizations"] == ["PA-1", "PA-2"]
    assert "prior_authorizations" not in encounter(claims(*CLAIM, DATED)).data


def test_the_taxpayer_number_is_that_of_the_billing_provider() -> None:
    pay_to = ("NM1*87*2", "REF*EI*990000009")
    text = interchange(transaction(*BILLING, "REF*EI*90-0000001", *pay_to, *SUBSCRIBER, *CLAIM, DATED))
    billing = encounter(text).data["billing_provider"]
    assert isinstance(billing, dict)
    assert billing["tin"] == "900000001"


def test_the_state_is_that_of_the_patient_and_not_of_the_payer() -> None:
    payer = ("NM1*PR*2*PLAN*****PI*1", "N4*SAMPLETOWN*OH*44444")
    text = interchange(transaction(*BILLING, *SUBSCRIBER[:3], "N4*SAMPLETOWN*MN*55555", *payer, *CLAIM, DATED))
    patient = encounter(text).data["patient"]
    assert isinstance(patient, dict)
    assert patient["state"] == "MN"


class TestWhoIsThePatient:
    def test_a_dependent_has_an_age_of_their_own(self) -> None:
        child = ("HL*3*2*23*0", "PAT*19", "NM1*QC*1*SAMPLE*THREE", "DMG*D8*20080806*M")
        raw = encounter(claims(*child, *CLAIM, DATED))
        assert raw.data["patient"] == {"age_years": 15, "birth_date": "2008-08-06", "sex": "male"}

    def test_the_age_is_that_on_the_first_day_of_service(self) -> None:
        later = ("LX*2", CLAIM[3], "DTP*472*D8*20240115")
        raw = encounter(claims(billed("130"), *CLAIM[2:], "DTP*472*D8*20240116", *later))
        assert age(raw) == 54
        raw = encounter(
            claims(billed("130"), *CLAIM[2:], "DTP*472*D8*20240116", "LX*2", CLAIM[3], "DTP*472*D8*20240114")
        )
        assert age(raw) == 53

    def test_the_next_subscriber_is_not_the_dependent_before(self) -> None:
        child = ("HL*3*2*23*0", "PAT*19", "NM1*QC*1*SAMPLE*THREE****MI*CHILD", "DMG*D8*20080806*M")
        following = ("HL*4*1*22*0", "SBR*P*18", "NM1*IL*1*SAMPLE*FOUR****MI*SAMPLE0004")
        found = encounters(claims(*child, *CLAIM, DATED, *following, *CLAIM, DATED))
        child_of = {"id": "CHILD", "age_years": 15, "birth_date": "2008-08-06", "sex": "male"}
        assert [each.data["patient"] for each in found] == [child_of, {"id": "SAMPLE0004"}]

    @pytest.mark.parametrize("born", ["20240806", "19701340", "70"])
    def test_a_date_of_birth_that_cannot_be_leaves_the_age_open(self, born: str) -> None:
        subscriber = (*SUBSCRIBER[:3], f"DMG*D8*{born}*F")
        raw = encounter(interchange(transaction(*BILLING, *subscriber, *CLAIM, DATED)))
        assert raw.data["patient"] == {"id": "SAMPLE0001", "sex": "female"}
        assert notes(raw) == ("the date of birth is not a day before the service: the age is left open",)


class TestWhoRenderedIt:
    THERAPIST = ("NM1*82*1*SAMPLE*THERAPIST****XX*9000000012", "PRV*PE*PXC*225700000X")
    CHIROPRACTOR = ("NM1*82*1*SAMPLE*CHIROPRACTOR****XX*9000000011", "PRV*PE*PXC*111NS0005X")
    PERSON = (*BILLING[:2], "NM1*85*1*SAMPLE*SOLO****XX*9000000003")

    def provider(self, *between: str, billing: tuple[str, ...] = BILLING, below: tuple[str, ...] = ()) -> object:
        body = transaction(*billing, *SUBSCRIBER, *CLAIM[:2], *between, *CLAIM[2:], DATED, *below)
        return lines(encounter(interchange(body)))[0].get("provider")

    CHIROPRACTORS = {"type": "chiropractor", "npi": "9000000011", "taxonomy": "111NS0005X"}  # noqa: RUF012
    THERAPISTS = {"type": "massage-therapist", "npi": "9000000012", "taxonomy": "225700000X"}  # noqa: RUF012

    def test_the_rendering_provider_of_the_claim(self) -> None:
        assert self.provider(*self.CHIROPRACTOR) == self.CHIROPRACTORS

    def test_the_rendering_provider_of_the_line_comes_first(self) -> None:
        assert self.provider(*self.CHIROPRACTOR, below=self.THERAPIST) == self.THERAPISTS

    def test_two_providers_of_one_claim_each_have_their_lines(self) -> None:
        two = ("LX*2", CLAIM[3], DATED, *self.THERAPIST)
        raw = encounter(claims(billed("130"), *CLAIM[1:], DATED, *self.CHIROPRACTOR, *two))
        assert [line["provider"] for line in lines(raw)] == [self.CHIROPRACTORS, self.THERAPISTS]

    def test_another_payers_rendering_provider_does_not_count(self) -> None:
        other = ("SBR*P*18*******MB", "NM1*IL*1*OTHER", "NM1*82*1*SAMPLE*THERAPIST****XX*9000000012")
        assert self.provider(*self.CHIROPRACTOR, *other) == self.CHIROPRACTORS

    def test_a_referring_providers_specialty_does_not_count(self) -> None:
        referring = ("NM1*DN*1*SAMPLE*DOCTOR****XX*9000000031", "PRV*RF*PXC*208D00000X")
        assert self.provider(*self.CHIROPRACTOR, *referring) == self.CHIROPRACTORS

    def test_a_person_who_bills_and_names_no_other_did_it_themselves(self) -> None:
        own = {"type": "chiropractor", "relationship": "self", "taxonomy": "111N00000X"}
        assert self.provider(billing=self.PERSON) == own

    def test_a_clinic_that_names_nobody_says_its_specialty_and_leaves_the_person_open(self) -> None:
        assert self.provider() == {"type": "chiropractor", "taxonomy": "111N00000X"}

    def test_the_same_npi_is_the_same_provider(self) -> None:
        same = "NM1*82*1*SAMPLE*SOLO****XX*9000000003"
        own = {"type": "chiropractor", "relationship": "self", "npi": "9000000003", "taxonomy": "111N00000X"}
        assert self.provider(same, billing=self.PERSON) == own

    def test_a_person_who_bills_for_another_is_not_that_other(self) -> None:
        assert self.provider(*self.THERAPIST, billing=self.PERSON) == self.THERAPISTS

    def test_an_identifier_that_is_no_npi_is_not_taken_for_one(self) -> None:
        assert self.provider("NM1*82*1*SAMPLE*OLD****24*900000001", self.CHIROPRACTOR[1]) == {
            "type": "chiropractor",
            "taxonomy": "111NS0005X",
        }

    @pytest.mark.parametrize("taxonomy", ["261QP2000X", "3336C0003X", "101Y00000X"])
    def test_a_taxonomy_of_no_named_type_is_known_as_another(self, taxonomy: str) -> None:
        billing = (BILLING[0], f"PRV*BI*PXC*{taxonomy}", BILLING[2])
        raw = encounter(interchange(transaction(*billing, *SUBSCRIBER, *CLAIM, DATED)))
        assert raw.data["billing_provider"] == {"type": "other", "npi": "9000000001", "taxonomy": taxonomy}
        assert notes(raw) == (f"taxonomy `{taxonomy}` counts as provider type `other`",)

    def test_a_provider_without_a_taxonomy_is_of_unknown_type(self) -> None:
        assert self.provider(self.CHIROPRACTOR[0]) == {"npi": "9000000011"}
        raw = encounter(interchange(transaction(BILLING[0], BILLING[2], *SUBSCRIBER, *CLAIM, DATED)))
        assert raw.data["billing_provider"] == {"npi": "9000000001"}

    def test_the_longest_beginning_of_a_taxonomy_counts(self) -> None:
        taxonomies = {"2": "nurse", "2257": "massage-therapist"}
        text = claims(*CLAIM[:2], *self.THERAPIST, *CLAIM[2:], DATED)
        (raw,) = read_x12(text, taxonomies)
        assert isinstance(raw, RawEncounter)
        assert lines(raw)[0]["provider"]["type"] == "massage-therapist"


class TestTheExamples:
    def test_version_5010(self) -> None:
        found = {str(each.data["id"]): each for each in encounters(EXAMPLES / "claims-5010.837")}
        assert list(found) == [f"SAMPLE-{number}" for number in (1001, 1002, 1003, 1004, 2001, 3001)]
        assert {
            key: [
                (line["code"], *line.get("modifiers", ()), line.get("provider", {}).get("type")) for line in lines(each)
            ]
            for key, each in found.items()
        } == {
            "SAMPLE-1001": [("98941", "chiropractor"), ("97124", "59", "chiropractor")],
            "SAMPLE-1002": [
                ("98940", "chiropractor"),
                ("97140", "59", "chiropractor"),
                ("97110", "chiropractor"),
            ],
            "SAMPLE-1003": [("98940", "chiropractor"), ("97124", "U7", "massage-therapist")],
            "SAMPLE-1004": [("98941", "chiropractor"), ("97124", "XS", "chiropractor")],
            "SAMPLE-2001": [
                ("97110", "GP", "physical-therapist"),
                ("97140", "GP", "59", "physical-therapist"),
                ("97112", "GP", "physical-therapist"),
            ],
            "SAMPLE-3001": [("98942", "AT", "chiropractor"), ("97140", "chiropractor")],
        }
        assert [key for key, each in found.items() if each.data["payer_role"] == "secondary"] == ["SAMPLE-1004"]
        assert lines(found["SAMPLE-1002"])[1]["minutes"] == 15
        assert age(found["SAMPLE-1003"]) == 16
        assert lines(found["SAMPLE-3001"])[0]["provider"]["relationship"] == "self"

    def test_version_4010(self) -> None:
        found = {str(each.data["id"]): each for each in encounters(EXAMPLES / "claims-4010.837")}
        assert list(found) == ["SAMPLE-4001", "SAMPLE-4002", "SAMPLE-5001"]
        assert found["SAMPLE-4001"].data["diagnoses"] == ["739.1", "739.3", "728.85"]
        assert found["SAMPLE-4002"].data["payer_role"] == "secondary"
        assert [line["provider"]["type"] for line in lines(found["SAMPLE-4002"])] == [
            "chiropractor",
            "massage-therapist",
        ]

    @pytest.mark.slow
    @pytest.mark.parametrize("name", mostly_slow(["claims-5010.837", "claims-4010.837", "corrections-5010.837"]))
    def test_they_follow_their_implementation_guide(self, name: str) -> None:
        from x12sdk.io import X12ModelReader  # noqa: PLC0415 - its models take seconds to import

        with X12ModelReader(str(EXAMPLES / name)) as reader:
            assert {type(each).__name__ for each in reader.models()} == {"HealthCareClaimProfessional"}


@pytest.mark.skipif(not SCHEMA.exists(), reason="the contract is beside the checkout only where payrule is made")
@pytest.mark.parametrize("path", sorted([*EXAMPLES.glob("*.837"), *SAMPLES.glob("*.837")]), ids=lambda path: path.name)
def test_every_encounter_keeps_the_contract(path: Path) -> None:
    schema = json.loads(SCHEMA.read_text())
    for raw in encounters(path):
        jsonschema.validate(raw.data, schema)


@pytest.mark.skipif(
    not SAMPLES.exists(), reason="claims that others made lie beside the checkout where payrule is made"
)
class TestClaimsThatOthersMade:
    def test_a_commercial_claim_of_version_4010(self) -> None:
        raw = encounter(SAMPLES / "chiropractic-commercial-4010.837")
        assert (raw.place, notes(raw)) == (
            "segment 28",
            (
                "diagnoses are ICD-9-CM codes",
                "`999OU812` is no NPI: an NPI has ten digits, so the number of this provider is left open",
            ),
        )
        patient = {"id": "234557329", "age_years": 47, "birth_date": "1949-10-13", "sex": "male", "state": "AR"}
        assert raw.data["patient"] == patient
        assert [line["code"] for line in lines(raw)] == ["99204", "72100", "97010", "97014", "97124", "97035"]
        assert sum(line["charge_cents"] for line in lines(raw)) == 24500
        assert {line["provider"]["type"] for line in lines(raw)} == {"chiropractor"}

    def test_a_medicare_claim_that_uses_another_separator_than_it_declares(self) -> None:
        raw = encounter(SAMPLES / "chiropractic-medicare-5010.837")
        assert notes(raw) == (
            "component separator is `>` though the header declares `:`",
            "diagnoses are ICD-9-CM codes",
        )
        assert raw.data == {
            "id": "125WILL",
            "payer_role": "primary",
            "medicare_role": "primary",
            "frequency": "1",
            "claim_type": "professional",
            "filing_indicator": "MB",
            "patient": {"id": "123456789A", "age_years": 80, "birth_date": "1925-01-10", "sex": "male", "state": "MD"},
            "billing_provider": {"npi": "1234567890", "tin": "987654321"},
            "diagnoses": ["721.5"],
            "lines": [
                {
                    "number": 1,
                    "code": "98940",
                    "date": "2005-02-15",
                    "units": 1,
                    "charge_cents": 14550,
                    "place_of_service": "11",
                    "diagnosis_pointers": [1],
                    "provider": {"relationship": "self"},
                }
            ],
        }

    def test_a_claim_with_ranges_of_one_day(self) -> None:
        raw = encounter(SAMPLES / "professional-5010.837")
        assert [(line["code"], line["date"], line["units"]) for line in lines(raw)] == [
            ("H0004", "2018-06-25", 12),
            ("H0004", "2018-06-29", 12),
        ]
        assert raw.data["diagnoses"] == ["F34.1", "F43.10"]


@pytest.mark.parametrize("written", ["111N", "111N00000x", "111N00000XX"])
def test_a_taxonomy_of_another_form_is_left_out_and_doubted(written: str) -> None:
    billing = [each.replace("111N00000X", written) for each in BILLING]
    raw = encounter(interchange(transaction(*billing, *SUBSCRIBER, *CLAIM, DATED)))
    assert f"`{written}` is no taxonomy code: it is left out" in notes(raw)
    assert "taxonomy" not in str(raw.data["billing_provider"])


def test_a_taxonomy_of_a_rendering_provider_is_looked_at_too() -> None:
    rendering = ("NM1*82*1*SAMPLE*TWO****XX*9000000002", "PRV*PE*PXC*2251")
    raw = encounter(claims(*CLAIM[:2], *rendering, *CLAIM[2:], DATED))
    assert "`2251` is no taxonomy code: it is left out" in notes(raw)
    assert not any("no taxonomy code" in each for each in notes(encounter(claims(*CLAIM, DATED))))
