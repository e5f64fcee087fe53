"""Which payer decides a claim: by a payer map, or one payer for all and what is plainly for another."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from tests.formats.x12_texts import BILLING, CLAIM, DATED, interchange, transaction

from payrule import adjudicate_files, load, read_claims
from payrule.encounter.encounter import Encounter
from payrule.formats.encounters import NamedPayer, Read
from payrule.formats.payer_map import PayerChoice, payer_choice, read_payer_map
from payrule.model.payer import Payer
from payrule.source.diagnostics import DocumentError, InputError

LISTED = {
    "blue-cross": {"payer_ids": ["SP1", "urn:payers|SP2"], "filing_indicators": ["BL"]},
    "medicare-part-b": {"payer_ids": ["SP3"], "filing_indicators": ["MB"]},
}


def written(folder: Path, payers: Any, **more: Any) -> Path:
    path = folder / "payers.json"
    path.write_text(json.dumps({"kind": "payer-map", "payers": payers} | more), encoding="utf-8")
    return path


def x12(number: str, indicator: str) -> str:
    named = [f"NM1*PR*2*SAMPLE PAYER*****PI*{number}"] if number else []
    subscriber = ("HL*2*1*22*0", f"SBR*P*18*******{indicator}", "NM1*IL*1*SAMPLE*ONE****MI*SAMPLE0001", *named)
    return interchange(transaction(*BILLING, *subscriber, *CLAIM, DATED))


def fhir(insurer: dict[str, Any] | None) -> str:
    service = {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "97124"}]}
    claim = {"resourceType": "Claim", "id": "F-1", "status": "active", "item": [
        {"sequence": 1, "productOrService": service, "servicedDate": "2024-08-05"}]}  # fmt: skip
    return json.dumps(claim | ({"insurer": insurer} if insurer else {}))


def plain(**values: str) -> str:
    return json.dumps({"id": "J-1", "lines": [{"number": 1, "code": "97124", "date": "2024-08-05"}]} | values)


def table(**values: str) -> str:
    return f"encounter,code,date,{','.join(values)}\nT-1,97124,2024-08-05,{','.join(values.values())}\n"


ROWS = [
    ("an id", "a.837", x12("SP1", "CI"), "blue-cross"),
    ("an id comes before an indicator", "a.837", x12("SP1", "MB"), "blue-cross"),
    ("an indicator, where the id is nobody's", "a.837", x12("SP9", "MB"), "medicare-part-b"),
    ("an indicator, where there is no id", "a.837", x12("", "BL"), "blue-cross"),
    ("an id with blanks around it", "a.837", x12(" SP3 ", "CI"), "medicare-part-b"),
    ("neither is known", "a.837", x12("SP9", "CI"), None),
    ("no id, and an indicator that is not known", "a.837", x12("", "CI"), None),
    ("a part of an id is not it", "a.837", x12("SP", "CI"), None),
    (
        "the number of an insurer",
        "a.json",
        fhir({"identifier": {"system": "urn:x", "value": "SP3"}}),
        "medicare-part-b",
    ),
    ("with its system", "a.json", fhir({"identifier": {"system": "urn:payers", "value": "SP2"}}), "blue-cross"),
    ("of another system", "a.json", fhir({"identifier": {"system": "urn:x", "value": "SP2"}}), None),
    ("its display is no id", "a.json", fhir({"display": "SP1"}), None),
    ("no insurer", "a.json", fhir(None), None),
    ("an id in JSON", "a.json", plain(payer="SP3"), "medicare-part-b"),
    ("a payer document in JSON", "a.json", plain(payer="cmt-guide-payer"), "cmt-guide-payer"),
    ("an indicator in JSON", "a.json", plain(filing_indicator="MB"), "medicare-part-b"),
    ("no payer in JSON", "a.json", plain(), None),
    ("an id in a table", "a.csv", table(payer="SP1"), "blue-cross"),
    ("an indicator in a table", "a.csv", table(filing_indicator="MB"), "medicare-part-b"),
]


@pytest.mark.parametrize(("name", "text", "wanted"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_map_chooses_the_payer_of_a_claim(name: str, text: str, wanted: str | None, tmp_path: Path) -> None:
    path, rulebase = tmp_path / name, load()
    path.write_text(text, encoding="utf-8")
    (read,) = read_claims(path, rulebase, payer=written(tmp_path, LISTED))
    assert [each.code for each in read.errors] == ([] if wanted else ["no-payer-for-claim"])
    if wanted is None:
        assert read.encounter is None
        return
    assert read.encounter is not None
    assert rulebase.decide(read.encounter, known_on="2026-11-23").payer == wanted


@pytest.mark.slow
def test_columns_choose_the_same_payers(tmp_path: Path) -> None:
    path, out, rulebase = tmp_path / "claims.jsonl", tmp_path / "out.jsonl", load()
    named = [{"payer": "SP1"}, {"payer": "SP9"}, {"filing_indicator": "MB"}, {"payer": "cmt-guide-payer"}]
    claims = [json.loads(plain(**each)) | {"id": f"J-{at}"} for at, each in enumerate(named)]
    path.write_text("".join(f"{json.dumps(each)}\n" for each in claims), encoding="utf-8")
    listed = written(tmp_path, LISTED)
    tally = adjudicate_files(rulebase, path, out, payer=listed, known_on="2026-11-23")
    by_columns = [json.loads(row) for row in out.read_text(encoding="utf-8").splitlines()]
    one_by_one = [
        rulebase.decide(each.encounter, known_on="2026-11-23")
        for each in read_claims(path, rulebase, payer=listed)
        if each.encounter
    ]
    assert [(each["encounter"], each["payer"], each["disposition"]) for each in by_columns] == [
        (each.encounter, each.payer, each.line(1).disposition) for each in one_by_one
    ]
    assert [[told.code for told in each] for each in tally.rejected] == [["no-payer-for-claim"]]
    with pytest.raises(InputError, match="Parquet takes no payer map"):
        adjudicate_files(rulebase, tmp_path / "a.parquet", out, payer=listed, known_on="2026-11-23")


def test_a_chosen_payer_is_in_no_digest(tmp_path: Path) -> None:
    path, rulebase = tmp_path / "a.837", load()
    path.write_text(x12("SP1", "CI"), encoding="utf-8")
    digests = []
    for payer in (written(tmp_path, LISTED), "medicare-part-b", None):
        (read,) = read_claims(path, rulebase, payer=payer)
        assert read.encounter is not None
        digests.append(rulebase.encounter_digest(read.encounter))
    assert len(set(digests)) == 1


@pytest.mark.parametrize(
    ("name", "text", "place", "told"),
    [
        (
            "a.837",
            x12("SP9", "CI"),
            "segment 10",
            (
                "the payer `SP9` (SAMPLE PAYER), filing indicator `CI`",
                "`SP9` to the `payer_ids` or `CI` to the `filing_indicators`",
            ),
        ),
        (
            "a.837",
            x12("", "CI"),
            "segment 8",
            ("filing indicator `CI`", "`CI` to the `filing_indicators`"),
        ),
        (
            "a.json",
            fhir({"identifier": {"value": "SP9"}, "display": "Sample Payer"}),
            "Claim.insurer",
            ("the payer `SP9` (Sample Payer)", "`SP9` to the `payer_ids`"),
        ),
    ],
    ids=["an id", "an indicator", "an insurer"],
)
def test_a_claim_that_a_map_gives_no_payer_is_told_what_to_add(
    name: str, text: str, place: str, told: tuple[str, str], tmp_path: Path
) -> None:
    path, listed = tmp_path / name, written(tmp_path, LISTED)
    path.write_text(text, encoding="utf-8")
    (read,) = read_claims(path, load(), payer=listed)
    (fault,), (words, adding) = read.errors, told
    assert fault.message == f"the claim is for {words}, which `{listed}` gives no payer"
    assert (fault.path, fault.help) == (place, f"add {adding} of a payer in it")
    assert (fault.file, fault.claim, read.is_claim) == (str(path), read.claim, True)


def test_a_claim_that_names_no_payer_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(plain(), encoding="utf-8")
    (read,) = read_claims(path, load(), payer=written(tmp_path, LISTED))
    (told,) = read.errors
    assert (told.line, told.help) == (1, "name its payer in the claim")
    assert told.message == "the claim says neither who its payer is nor its claim filing indicator"


@pytest.mark.parametrize(
    ("payers", "more", "message"),
    [
        ({"blue-crosss": {"payer_ids": ["A"]}}, {}, "there is no payer `blue-crosss`"),
        (LISTED | {"blue-cross": {"payer_ids": ["SP3"]}}, {}, "the payer id `SP3` is given `blue-cross` already"),
        (
            LISTED | {"blue-cross": {"filing_indicators": ["MB"]}},
            {},
            "the filing indicator `MB` is given `blue-cross` already",
        ),
        ({"blue-cross": {"payer_ids": ["A", "A"]}}, {}, "`payer_ids` holds `A` twice"),
        ({"blue-cross": {"filing_indicators": ["blue"]}}, {}, "`blue`"),
        ({"blue-cross": {"payer_ids": [""]}}, {}, "a value of `payer_ids` is empty"),
        ({"blue-cross": {}}, {}, "`blue-cross` is empty"),
        ({}, {}, "`payers` is empty"),
        (LISTED, {"kind": "payer"}, "this document is a payer, but a payer map belongs here"),
        (LISTED, {"other": 1}, "`other` is not a key of a payer map"),
    ],
)
def test_what_is_wrong_with_a_map(payers: Any, more: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = written(tmp_path, payers, **more)
    with pytest.raises(DocumentError) as caught:
        read_payer_map(path, load().payers)
    (told,) = caught.value.findings
    assert message in told.message
    assert (told.file, told.line is not None) == (str(path), True)


def test_a_map_that_is_not_there_or_no_json_is_an_error_of_the_file(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.json"
    damaged.write_text('{"kind": ', encoding="utf-8")
    for path in (tmp_path / "none.json", damaged):
        with pytest.raises(InputError):
            payer_choice(path, load().payers)


PLAN = Payer(kind="payer", id="open", title="A plan", tiers=())
PAYERS = {
    "open": PLAN,
    "by-id": replace(PLAN, id="by-id", payer_ids=("A", "B")),
    "by-kind": replace(PLAN, id="by-kind", filing_indicators=("MB",)),
    "by-both": replace(PLAN, id="by-both", payer_ids=("A",), filing_indicators=("MB",)),
}


@pytest.mark.parametrize(
    ("payer", "named", "is_doubted"),
    [
        ("open", NamedPayer(("A",), indicator="CI"), False),
        ("open", NamedPayer(("by-id",)), True),
        ("open", NamedPayer(("open",)), False),
        ("by-id", NamedPayer(("B",), indicator="CI"), False),
        ("by-id", NamedPayer(("C",)), True),
        ("by-id", NamedPayer((), indicator="CI"), False),
        ("by-kind", NamedPayer(("A",), indicator="MB"), False),
        ("by-kind", NamedPayer(("A",), indicator="CI"), True),
        ("by-kind", NamedPayer(("A",)), False),
        ("by-both", NamedPayer(("A",), indicator="CI"), False),
        ("by-both", NamedPayer(("C",), indicator="MB"), True),
        ("by-both", NamedPayer((), indicator="CI"), True),
        ("by-both", NamedPayer(()), False),
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_what_is_plainly_for_another_payer_is_doubted_and_strictly_rejected(
    *, payer: str, named: NamedPayer, is_doubted: bool, strict: bool
) -> None:
    choice = PayerChoice(PAYERS, payer=payer, strict=strict)
    claim = Read(Encounter("A-1", None, {}, ()), claim="A-1", named=named)
    (read,) = choice.chosen_for([claim])
    assert [each.code for each in read.findings] == (["other-payer"] if is_doubted else [])
    assert bool(read.errors) == (is_doubted and strict)
    if is_doubted and strict:
        assert read.encounter is None
    else:
        assert read.encounter is not None
        assert read.encounter.decided_by == payer
        assert [each.code for each in read.encounter.warnings] == [each.code for each in read.findings]


def test_without_a_choice_claims_stay_as_they_are() -> None:
    claim = Read(Encounter("A-1", "anybody", {}, ()))
    assert [*PayerChoice(PAYERS).chosen_for([claim])] == [claim]


def test_a_payer_that_lists_no_ids_has_the_digest_that_it_had() -> None:
    for payer in load().payers.values():
        assert not {"payer_ids", "filing_indicators"} & set(msgspec.to_builtins(payer))
