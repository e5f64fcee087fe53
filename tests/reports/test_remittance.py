"""An 835: it balances, follows its guide, and is refused with the names of all that is missing."""

import io
import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.command import run
from tests.reports.answered_lines import cut, denied, line, reduced

from payrule.encounter.encounter import Encounter, Line
from payrule.formats.encounters import Read
from payrule.formats.x12.segments import Segment, read_segments
from payrule.model.schema_validator import schema
from payrule.reports.adjustments import adjusted
from payrule.reports.remittance import AdjustedClaim, Payment, read_payment, remittance
from payrule.results.determination import Determination, LineDetermination
from payrule.source.diagnostics import DocumentError, RequestError

PAYMENT: dict[str, Any] = {
    "kind": "payment",
    "payer": {
        "name": "Sample Payer",
        "tin": "000000001",
        "address": {"street": "1 Sample Street", "city": "Sampletown", "state": "OH", "zip": "430000000"},
        "contact": {"name": "EDI office", "telephone": "5555550100"},
    },
    "payee": {"name": "Sample Clinic", "npi": "9000000001"},
    "number": "CHECK-1",
    "date": "2024-12-02",
    "interchange": {"sender": "PAYER", "receiver": "SENDER", "control_number": 1, "created": "2024-12-02T09:30"},
    "claims": {name: {"payer_number": f"ICN-{name}", "last_name": "SAMPLE"} for name in ("A-1", "A-2", "A-3")},
}


def payment(folder: Path, **changed: Any) -> Payment:
    file = folder / "payment.json"
    file.write_text(json.dumps(PAYMENT | changed), encoding="utf-8")
    return read_payment(file)


def claim(
    *lines: tuple[LineDetermination, int | None, Any], name: str = "A-1", identifiers: Any = None, **values: Any
) -> AdjustedClaim:
    """Make a claim: each line is its answer, its charge, and what else `adjusted` takes."""
    stated = {"encounter.filing_indicator": "12", "encounter.payer_role": "primary", "patient.id": "P-1"} | values
    answers = [replace(answer, number=at) for at, (answer, _, _) in enumerate(lines, start=1)]
    read = Read(None, file="claims.json", line=1, column=1, claim=name)
    of_lines = tuple(Line(each.number, {"line.date": date(2024, 8, 5)}) for each in answers)
    answer = Determination(
        encounter=name,
        payer="plan",
        rulebase="",
        engine="",
        known_on="2024-12-01",
        lines=tuple(answers),
        **({} if identifiers is None else {"identifiers": identifiers}),
    )
    parts = tuple(adjusted(each, charge, *more) for each, (_, charge, more) in zip(answers, lines, strict=True))
    return AdjustedClaim(read, Encounter(name, None, stated, of_lines), answer, parts)


def segments(written: bytes) -> list[Segment]:
    return [each for each in read_segments(io.StringIO(written.decode("ascii"))) if isinstance(each, Segment)]


def cents(text: str) -> int:
    whole, _, part = text.partition(".")
    return int(whole or "0") * 100 + int(part.ljust(2, "0")[:2])


def hold_balance(written: bytes) -> int:
    """Hold the amounts of a file to each other: of each line, each claim, and the payment, which it gives in cents."""
    paid: list[int] = []
    of_claim: list[int] = []
    owed: list[int] = []

    def settle() -> None:
        assert not owed or owed == [0, 0], "a line, or a claim, is not accounted for"

    total = -1
    for each in segments(written):
        if each.name == "BPR":
            total = cents(each.element(2))
        elif each.name in ("CLP", "SE"):
            settle()
            assert sum(of_claim) == sum(paid[-1:])
            of_claim = []
            if each.name == "CLP":
                paid.append(cents(each.element(4)))
                owed = [cents(each.element(3)) - cents(each.element(4)), 0]
        elif each.name == "SVC":
            assert owed[1] == 0
            owed[1] = cents(each.element(2)) - cents(each.element(3))
            of_claim.append(cents(each.element(3)))
        elif each.name == "CAS":
            for place in range(3, len(each.elements) + 1, 3):
                owed = [rest - cents(each.element(place)) for rest in owed]
    assert total == sum(paid)
    return total


ANSWERS = [
    (denied(), 4000, (2,)),
    (denied("PR", "96", ("N129", "N362")), 12005, ()),
    (denied(carc="16", returned=True), 100, ()),
    (line(), 4000, (1, 4000)),
    (line(), 4000, (2, 1500, ("CO", "45"))),
    (reduced(cut("119", units=2), units=1, of=3), 10000, (3, 3000, ("CO", "45"))),
    (reduced(cut("45", percent=15), cut("2", "PR", percent=50), percent=42.5), 9001, (1, 8999, ("CO", "45"))),
    (reduced(*(cut(f"{at}", percent=10) for at in range(1, 9))), 9000, (1, 9000)),
]


@pytest.mark.parametrize("seed", range(20))
def test_amounts_balance(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)  # noqa: S311 - claims for tests
    claims = [claim(*chance.choices(ANSWERS, k=chance.randint(1, 6)), name=f"A-{at}") for at in (1, 2, 3)]
    written = remittance(claims, payment(tmp_path))
    assert hold_balance(written) == sum(each.paid or 0 for one in claims for each in one.lines)


def test_file_that_does_not_balance_is_found() -> None:
    """Hold the tests' own sum to amounts that are wrong."""
    good = "CLP*A*1*50*40~SVC*HC:1*50*40~CAS*CO*45*10~SE*1*1~"
    for wrong in (good.replace("*10~", "*9~"), good.replace("50*40~C", "50*41~C"), good.replace("1*50*40", "1*60*40")):
        sent = (
            "ISA*00*          *00*          *ZZ*A              *ZZ*B              *241202*0930*^*00501*000000001*0*T*:~"
        )
        assert hold_balance(f"{sent}BPR*I*40~{good}".encode()) == 4000
        with pytest.raises(AssertionError):
            hold_balance(f"{sent}BPR*I*40~{wrong}".encode())


SEGMENTS = [
    (denied(), 4000, (2,), ["SVC*HC:00001*40*0**0**2", "DTM*472*20240805", "CAS*CO*204*40*2"]),
    (
        denied("PR", "96", ("N129",)),
        1,
        (),
        ["SVC*HC:00001*.01*0**0**1", "DTM*472*20240805", "CAS*PR*96*.01*1", "LQ*HE*N129"],
    ),
    (denied(), 0, (), ["SVC*HC:00001*0*0**0**1", "DTM*472*20240805", "CAS*CO*204*0*1"]),
    (line(), 4000, (1, 4000), ["SVC*HC:00001*40*40**1", "DTM*472*20240805", "AMT*B6*40"]),
    (
        reduced(cut("45", percent=50), percent=50),
        4000,
        (1, 3000, ("CO", "45")),
        ["SVC*HC:00001*40*15**1", "DTM*472*20240805", "CAS*CO*45*25", "AMT*B6*15"],
    ),
    (
        reduced(*(cut(f"{at}", percent=10) for at in range(1, 8))),
        10000,
        (1, 10000),
        [
            "SVC*HC:00001*100*47.83**1",
            "DTM*472*20240805",
            "CAS*CO*1*10**2*9**3*8.1**4*7.29**5*6.56**6*5.91",
            "CAS*CO*7*5.31",
            "AMT*B6*47.83",
        ],
    ),
]


@pytest.mark.parametrize(("answer", "charge", "more", "expected"), SEGMENTS)
def test_segments_of_a_line(
    answer: LineDetermination, charge: int, more: Any, expected: list[str], tmp_path: Path
) -> None:
    text = remittance([claim((answer, charge, more))], payment(tmp_path)).decode("ascii")
    lines = [each.removesuffix("~") for each in text.splitlines()]
    start = next(at for at, each in enumerate(lines) if each.startswith("SVC"))
    assert lines[start : start + len(expected)] == expected
    assert lines[start + len(expected)].startswith("SE*")


def test_numbers_of_the_sender_come_back(tmp_path: Path) -> None:
    own = {"claim": "CLM-7", "payer_name": "PLAN OF THE CLAIM"}
    listed = {"CLM-7": PAYMENT["claims"]["A-1"]}
    answer = replace(denied(), identifiers={"line_control": "L-1"})
    payer = {key: value for key, value in PAYMENT["payer"].items() if key != "name"}
    text = remittance(
        [claim((answer, 100, ()), identifiers=own)], payment(tmp_path, claims=listed, payer=payer)
    ).decode()
    assert "CLP*CLM-7*1*1*0**12*ICN-A-1~" in text
    assert "REF*6R*L-1~" in text
    assert "N1*PR*PLAN OF THE CLAIM~" in text


def test_nothing_to_pay_is_a_notice(tmp_path: Path) -> None:
    text = remittance([claim((denied(), 100, ()))], payment(tmp_path)).decode()
    assert "BPR*H*0*C*NON************20241202~" in text


PAID: Any = (line(), 4000, (1, 4000))
MISSING: list[tuple[list[AdjustedClaim], dict[str, Any], list[str]]] = [
    ([], {}, ["there is no claim to answer (give claims that can be decided)"]),
    (
        [claim(PAID, (line("pending"), 100, ()), (line(), None, (1, 100)))],
        {},
        [
            (
                "claims.json:1:1 claim A-1, line 2: `00001` has no amount: it needs information "
                "(leave the claim out until all of its lines have an answer)"
            ),
            "claims.json:1:1 claim A-1, line 3: `00001` has no amount: the claim gives no charge (give it)",
        ],
    ),
    (
        [claim(PAID, (replace(line("pending"), code=None, unreadable=("line 2 has no code",)), 4000, (1,)))],
        {},
        [
            (
                "claims.json:1:1 claim A-1, line 2: the line has no amount: it needs information "
                "(leave the claim out until all of its lines have an answer)"
            )
        ],
    ),
    (
        [claim(PAID, name="A-9")],
        {},
        [
            (
                "claims.json:1:1 claim A-9: the payer's number of the claim and the name of the patient are not known "
                '(give both under `claims` of the payment, by "A-9")'
            )
        ],
    ),
    (
        [claim(PAID, **{"encounter.filing_indicator": "CI"})],
        {},
        ["claims.json:1:1 claim A-1: an 835 has no kind of plan `CI` (give `filing_indicator` in the payment)"],
    ),
    ([claim(PAID, **{"encounter.filing_indicator": "CI"})], {"filing_indicator": "12"}, []),
    (
        [claim(PAID, **{"encounter.payer_role": "other"})],
        {},
        ["claims.json:1:1 claim A-1: the place of the payer among the payers is not known (give `payer_role`)"],
    ),
    (
        [claim(PAID, **{"encounter.billing_provider.npi": "9000000002"})],
        {},
        [
            (
                "claims.json:1:1 claim A-1: its provider, 9000000002, is not the payee, 9000000001 "
                "(write one 835 for each provider)"
            )
        ],
    ),
    (
        [claim(PAID), claim(PAID)],
        {},
        ["claims.json:1:1 claim A-1: its id is in the files more than once (write an 835 for each of them)"],
    ),
    (
        [claim(PAID)],
        {"interchange": PAYMENT["interchange"] | {"created": "2024-02-30T09:30"}},
        ["`2024-02-30T09:30` is no day and time (give `interchange.created` as in `2024-12-02T09:30`)"],
    ),
    (
        [claim(PAID)],
        {"payer": {key: value for key, value in PAYMENT["payer"].items() if key != "name"}},
        ["the name of the payer is not known (give `payer.name` in the payment)"],
    ),
    (
        [claim(PAID, identifiers={"claim": "A*1"})],
        {"claims": {"A*1": PAYMENT["claims"]["A-1"]}},
        [
            (
                "`A*1` cannot be written: its character `*` is a delimiter "
                "(write it in letters, digits and marks other than `*`, `:`, `^`, `~`)"
            )
        ],
    ),
]


@pytest.mark.parametrize(("claims", "changed", "said"), MISSING)
def test_what_is_missing_is_named(
    claims: list[AdjustedClaim], changed: dict[str, Any], said: list[str], tmp_path: Path
) -> None:
    if not said:
        remittance(claims, payment(tmp_path, **changed))
        return
    with pytest.raises(RequestError) as fault:
        remittance(claims, payment(tmp_path, **changed))
    assert [str(each) for each in fault.value.findings] == said


def test_claims_of_several_payers_and_corrections_are_refused(tmp_path: Path) -> None:
    one, two = claim(PAID), claim(PAID, name="A-2")
    with pytest.raises(RequestError, match="the claims are of several payers: `other`, `plan`"):
        remittance([one, replace(two, answer=replace(two.answer, payer="other"))], payment(tmp_path))
    for correction, word in (({"answer": "void", "voids": None}, "voids"), ({"replaces": "OLD"}, "replaces")):
        changed = replace(one, answer=replace(one.answer, **correction))
        with pytest.raises(RequestError, match=f"it {word} an earlier claim, of which payrule has no payment"):
            remittance([changed], payment(tmp_path))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"number": ""}, "number"),
        ({"payer": PAYMENT["payer"] | {"tin": "12"}}, "nine digits"),
        ({"payee": {"name": "Sample Clinic"}}, "`npi` is missing"),
        ({"cheque": "1"}, "`cheque` is not a key"),
    ],
)
def test_payment_that_is_wrong_is_refused_with_its_place(changed: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=said) as fault:
        payment(tmp_path, **changed)
    assert all(each.line for each in fault.value.findings)


def test_schema_and_value_agree() -> None:
    keys = {"schema": "$schema"}
    assert {keys.get(each, each) for each in Payment.__struct_fields__} | {"kind"} == set(
        schema("payment")["properties"]
    )


COMMANDS = [
    (
        "--format json --fee line.charge_cents",
        "error: `--fee` is not for answers as json; leave it out, or add `--format 835`",
    ),
    (
        "--format cas-csv --payment p.json",
        "error: `--payment` is not for answers as cas-csv; leave it out, or add `--format 835`",
    ),
    (
        "--format 835",
        (
            "error: an 835 says who pays whom, when and by which number, and no payment is named; "
            "name a document with `--payment`; `payrule schema payment` describes it"
        ),
    ),
    ("--format 835 --payment p.json", "error: there is no file `p.json`; check the path"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("options", "said"), COMMANDS)
def test_nothing_is_written_when_it_is_refused(options: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("encounter,code,date,charge\nA-1,97140,2024-08-05,40\n", encoding="utf-8")
    done = run(f"payrule adjudicate a.csv --payer blue-cross {options} --out answers", tmp_path)
    assert (done.code, done.stderr.splitlines()[-1]) == (2, said)
    assert not (tmp_path / "answers").exists()


@pytest.mark.slow
class TestJudges:
    """What others say of the files: pyx12 of the guide, x12sdk of the guide and of the balance of each claim."""

    def written(self, folder: Path) -> Path:
        claims = [claim(*ANSWERS, name="A-1"), claim(ANSWERS[0], name="A-2"), claim(*ANSWERS[3:], name="A-3")]
        file = folder / "a.835"
        file.write_bytes(remittance(claims, payment(folder)))
        return file

    def test_pyx12_accepts_it(self, tmp_path: Path) -> None:
        good = self.written(tmp_path)
        bad = tmp_path / "bad.835"
        bad.write_text(good.read_text(encoding="ascii").replace("CAS*PR*", "CAS*XX*", 1), encoding="ascii")
        assert accepted_by_pyx12(good)
        assert not accepted_by_pyx12(bad)

    def test_x12sdk_accepts_it(self, tmp_path: Path) -> None:
        from x12sdk.io import X12ModelReader  # noqa: PLC0415 - its models take seconds to import

        good = self.written(tmp_path)
        with X12ModelReader(str(good)) as reader:
            assert [type(each).__name__ for each in reader.models()] == ["HealthCareClaimPayment"]
        bad = tmp_path / "bad.835"
        bad.write_text(good.read_text(encoding="ascii").replace("CAS*CO*204*40", "CAS*CO*204*39", 1), encoding="ascii")
        with pytest.raises(ValueError, match="Unable to balance"), X12ModelReader(str(bad)) as reader:
            list(reader.models())


def accepted_by_pyx12(file: Path) -> bool:
    from pyx12.params import params  # noqa: PLC0415 - needed by slow tests alone
    from pyx12.x12n_document import x12n_document  # noqa: PLC0415

    return bool(x12n_document(params(), str(file), None, None))
