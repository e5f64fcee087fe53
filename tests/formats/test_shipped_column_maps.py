"""The column maps that are shipped: tables with the columns that each project publishes are decided as they are."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.command import run
from tests.property.effort import mostly_slow

from payrule import adjudicate_files, read_claims
from payrule.formats.column_maps import column_maps
from payrule.formats.column_matching import Matcher
from payrule.formats.encounters import checked
from payrule.formats.mapped_rows import chosen_for, claims_of_table
from payrule.formats.spreadsheet import SheetTable
from payrule.reports.csv import sheet
from payrule.rulebase.rulebase import load
from payrule.source.diagnostics import RequestError
from payrule.source.files import shipped

MAPS = column_maps(shipped("policies"))


def numbered(name: str, last: int, first: int = 1) -> str:
    return ",".join(name.replace("#", str(n)) for n in range(first, last + 1))


TUVA = (
    "claim_id,claim_line_number,claim_type,person_id,member_id,payer,plan,claim_start_date,claim_end_date,"
    "claim_line_start_date,claim_line_end_date,admission_date,discharge_date,admit_source_code,admit_type_code,"
    "discharge_disposition_code,place_of_service_code,bill_type_code,drg_code_type,drg_code,revenue_center_code,"
    "service_unit_quantity,hcpcs_code," + numbered("hcpcs_modifier_#", 5) + ",rendering_npi,rendering_tin,billing_npi,"
    "billing_tin,facility_npi,paid_date,paid_amount,allowed_amount,charge_amount,coinsurance_amount,copayment_amount,"
    "deductible_amount,total_cost_amount,diagnosis_code_type," + numbered("diagnosis_code_#", 25) + ","
    "" + numbered("diagnosis_poa_#", 25) + ",procedure_code_type," + numbered("procedure_code_#", 25) + ","
    "" + numbered("procedure_date_#", 25) + ",in_network_flag,data_source"
)
OMOP = (
    "procedure_occurrence_id,person_id,procedure_concept_id,procedure_date,procedure_datetime,procedure_end_date,"
    "procedure_end_datetime,procedure_type_concept_id,modifier_concept_id,quantity,provider_id,visit_occurrence_id,"
    "visit_detail_id,procedure_source_value,procedure_source_concept_id,modifier_source_value"
)
CCLF5 = (
    "CUR_CLM_UNIQ_ID,CLM_LINE_NUM,BENE_MBI_ID,BENE_HIC_NUM,CLM_TYPE_CD,CLM_FROM_DT,CLM_THRU_DT,RNDRG_PRVDR_TYPE_CD,"
    "RNDRG_PRVDR_FIPS_ST_CD,CLM_PRVDR_SPCLTY_CD,CLM_FED_TYPE_SRVC_CD,CLM_POS_CD,CLM_LINE_FROM_DT,CLM_LINE_THRU_DT,"
    "CLM_LINE_HCPCS_CD,CLM_LINE_CVRD_PD_AMT,CLM_LINE_PRMRY_PYR_CD,CLM_LINE_DGNS_CD,CLM_RNDRG_PRVDR_TAX_NUM,"
    "RNDRG_PRVDR_NPI_NUM,CLM_CARR_PMT_DNL_CD,CLM_PRCSG_IND_CD,CLM_ADJSMT_TYPE_CD,CLM_EFCTV_DT,CLM_IDR_LD_DT,"
    "CLM_CNTL_NUM,BENE_EQTBL_BIC_HICN_NUM,CLM_LINE_ALOWD_CHRG_AMT,CLM_LINE_SRVC_UNIT_QTY,"
    "" + numbered("HCPCS_#_MDFR_CD", 5) + ",CLM_DISP_CD," + numbered("CLM_DGNS_#_CD", 8) + ",DGNS_PRCDR_ICD_IND,"
    "" + numbered("CLM_DGNS_#_CD", 12, 9) + ",HCPCS_BETOS_CD,CLM_RNDRG_PRVDR_NPI_NUM,CLM_RFRG_PRVDR_NPI_NUM,"
    "CLM_CNTRCTR_NUM"
)
SYNTHEA = (
    "ID,CLAIMID,CHARGEID,PATIENTID,TYPE,AMOUNT,METHOD,FROMDATE,TODATE,PLACEOFSERVICE,PROCEDURECODE,MODIFIER1,MODIFIER2,"
    + numbered("DIAGNOSISREF#", 4)
    + ",UNITS,DEPARTMENTID,NOTES,UNITAMOUNT,TRANSFEROUTID,TRANSFERTYPE,PAYMENTS,"
    "ADJUSTMENTS,TRANSFERS,OUTSTANDING,APPOINTMENTID,LINENOTE,PATIENTINSURANCEID,FEESCHEDULEID,PROVIDERID,"
    "SUPERVISINGPROVIDERID"
)
SYNPUF = ("DESYNPUF_ID,CLM_ID,CLM_FROM_DT,CLM_THRU_DT," + numbered("ICD9_DGNS_CD_#", 8)) + "".join(
    f",{numbered(f'{name}_#', 13)}"
    for name in (
        *("PRF_PHYSN_NPI", "TAX_NUM", "HCPCS_CD", "LINE_NCH_PMT_AMT", "LINE_BENE_PTB_DDCTBL_AMT"),
        *("LINE_BENE_PRMRY_PYR_PD_AMT", "LINE_COINSRNC_AMT", "LINE_ALOWD_CHRG_AMT", "LINE_PRCSG_IND_CD"),
        "LINE_ICD9_DGNS_CD",
    )
)

FILES: dict[str, tuple[str, list[dict[str, str]], list[dict[str, Any]]]] = {
    "tuva-medical-claim": (
        TUVA,
        [
            {
                "claim_id": "7",
                "claim_line_number": "1",
                "claim_type": "professional",
                "member_id": "M-1",
                "claim_line_start_date": "1/5/2026",
                "place_of_service_code": "11",
                "service_unit_quantity": "2.0",
                "hcpcs_code": "97110",
                "hcpcs_modifier_1": "gp",
                "charge_amount": "$1,045.50",
                "billing_npi": "1234567893",
                "diagnosis_code_1": "M5450",
                "diagnosis_code_2": "M62830",
            },
            {"claim_id": "7", "member_id": "M-1", "claim_line_start_date": "1/5/2026", "hcpcs_code": "97124"},
        ],
        [
            {
                "id": "7",
                "claim_type": "professional",
                "patient": {"id": "M-1"},
                "billing_provider": {"npi": "1234567893"},
                "diagnoses": ["M5450", "M62830"],
                "lines": [
                    {
                        "number": 1,
                        "code": "97110",
                        "date": "2026-01-05",
                        "modifiers": ["GP"],
                        "units": 2,
                        "place_of_service": "11",
                        "charge_cents": 104550,
                    },
                    {"number": 2, "code": "97124", "date": "2026-01-05"},
                ],
            }
        ],
    ),
    "omop-procedure-occurrence": (
        OMOP,
        [
            {
                "procedure_occurrence_id": "1",
                "person_id": "12",
                "procedure_date": "2026-01-05",
                "quantity": "0",
                "visit_occurrence_id": "900",
                "procedure_source_value": "97110",
            },
        ],
        [
            {
                "id": "900",
                "patient": {"id": "12"},
                "lines": [{"number": 1, "code": "97110", "date": "2026-01-05"}],
            }
        ],
    ),
    "cclf-part-b-physicians": (
        CCLF5,
        [
            {
                "CUR_CLM_UNIQ_ID": "0000000001005",
                "CLM_LINE_NUM": "0000000001",
                "BENE_MBI_ID": "9TT0FK0XX01",
                "CLM_POS_CD": "11",
                "CLM_LINE_FROM_DT": "2025-02-11",
                "CLM_LINE_THRU_DT": "9999-12-31",
                "CLM_LINE_HCPCS_CD": "97110",
                "CLM_RNDRG_PRVDR_TAX_NUM": "001000002",
                "RNDRG_PRVDR_NPI_NUM": "1999900099",
                "CLM_ADJSMT_TYPE_CD": "2",
                "CLM_LINE_SRVC_UNIT_QTY": "000000000000000001.0000",
                "HCPCS_1_MDFR_CD": "GP",
                "HCPCS_5_MDFR_CD": "~",
                "CLM_DGNS_1_CD": "I10",
                "CLM_DGNS_2_CD": "E785",
                "CLM_DGNS_3_CD": "~",
            }
        ],
        [
            {
                "id": "0000000001005",
                "frequency": "7",
                "patient": {"id": "9TT0FK0XX01"},
                "diagnoses": ["I10", "E785"],
                "lines": [
                    {
                        "number": 1,
                        "code": "97110",
                        "date": "2025-02-11",
                        "modifiers": ["GP"],
                        "units": 1,
                        "place_of_service": "11",
                        "provider": {"npi": "1999900099"},
                        "group": {"tin": "001000002"},
                    }
                ],
            }
        ],
    ),
    "synthea-claims-transactions": (
        SYNTHEA,
        [
            {
                "CLAIMID": "c-1",
                "PATIENTID": "p-1",
                "TYPE": kind,
                "AMOUNT": amount,
                "FROMDATE": "2026-01-05T08:30:00Z",
                "PROCEDURECODE": "97110",
                "DIAGNOSISREF1": "1",
                "UNITS": "1",
            }
            for kind, amount in (("CHARGE", "45.00"), ("PAYMENT", ""), ("TRANSFERIN", "9.00"))
        ],
        [
            {
                "id": "c-1",
                "patient": {"id": "p-1"},
                "lines": [{"number": 1, "code": "97110", "date": "2026-01-05", "units": 1, "charge_cents": 4500}],
            }
        ],
    ),
    "de-synpuf-carrier": (
        SYNPUF,
        [
            {
                "DESYNPUF_ID": "7E00D9D78DAA008D",
                "CLM_ID": "887063387103756",
                "CLM_FROM_DT": "20080104",
                "ICD9_DGNS_CD_1": "4830",
                "PRF_PHYSN_NPI_1": "1234567893",
                "HCPCS_CD_1": "97110",
                "HCPCS_CD_3": "97124",
                "TAX_NUM_3": "900000001",
                "LINE_NCH_PMT_AMT_4": "0.00",
            }
        ],
        [
            {
                "id": "887063387103756",
                "patient": {"id": "7E00D9D78DAA008D"},
                "lines": [
                    {"number": 1, "code": "97110", "date": "2008-01-04", "provider": {"npi": "1234567893"}},
                    {"number": 2, "code": "97124", "date": "2008-01-04", "group": {"tin": "900000001"}},
                ],
            }
        ],
    ),
}


def table(headings: str, rows: list[dict[str, str]]) -> list[list[str]]:
    titles = headings.split(",")
    assert all(row.keys() <= set(titles) for row in rows)
    return [titles, *([row.get(each, "") for each in titles] for row in rows)]


def read(rows: list[list[str]]) -> tuple[str, list[Any]]:
    """Give the map that a table fits, and its claims."""
    matcher = Matcher(load().documents.vocabulary)
    chosen = chosen_for(SheetTable(form="csv", rows=tuple(map(tuple, rows))), MAPS, matcher)
    assert chosen is not None
    return chosen.name, [item for item, _ in claims_of_table(chosen, matcher, "a.csv")]


def test_every_map_that_is_shipped_is_tried_here() -> None:
    assert MAPS.keys() == FILES.keys()


@pytest.mark.parametrize("name", FILES)
def test_a_published_table_is_read_by_the_one_map_that_it_fits(name: str) -> None:
    headings, rows, claims = FILES[name]
    found, made = read(table(headings, rows))
    assert (found, [each.data for each in made]) == (name, claims)
    assert [each.faults for each in made] == [()] * len(made)


@pytest.mark.parametrize("name", FILES)
def test_the_order_of_columns_is_irrelevant(name: str) -> None:
    headings, rows, _ = FILES[name]
    turned = [row[::-1] for row in table(headings, rows)]
    assert [each.data["lines"] for each in read(turned)[1]] == [each["lines"] for each in FILES[name][2]]


@pytest.mark.parametrize("name", FILES)
def test_a_row_that_names_no_claim_is_refused_and_the_others_are_read(name: str) -> None:
    headings, rows, claims = FILES[name]
    titles = headings.split(",")
    (claim,) = {each.heading for each in MAPS[name].columns if each.attribute == "encounter.id"}
    lost = {**rows[0], claim: ""}
    _, made = read([titles, *([row.get(each, "") for each in titles] for row in (*rows, lost))])
    assert [each.data for each in made[:-1]] == claims
    assert [each.code for each in made[-1].faults][:1] == ["empty-cell"]


def test_a_mistake_in_a_row_of_several_lines_is_placed_in_the_column_of_its_line() -> None:
    headings, (row,), _ = FILES["de-synpuf-carrier"]
    _, (made,) = read(table(headings, [{**row, "PRF_PHYSN_NPI_3": "1, 2"}]))
    (claim,) = checked([made], load().validator)
    assert [each.path for each in claim.errors] == ["row 2, column PRF_PHYSN_NPI_3"]


def test_headings_that_fit_two_maps_are_refused() -> None:
    matcher = Matcher(load().documents.vocabulary)
    two = {"a": MAPS["omop-procedure-occurrence"], "b": MAPS["omop-procedure-occurrence"]}
    with pytest.raises(RequestError, match="more than one column map: `a`, `b`"):
        chosen_for(SheetTable(form="csv", rows=(tuple(OMOP.split(",")),)), two, matcher)


def written(rows: list[list[str]], folder: Path) -> None:
    """Write a table as CSV, and as a workbook with a second sheet, a width and a number."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    (folder / "claims.csv").write_text(text.getvalue())
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([float(each) if each == "2.0" else each or None for each in row])
    book.active.column_dimensions["B"].width = 33
    book.create_sheet("Notes")["A1"] = "kept"
    book.save(folder / "claims.xlsx")


def test_a_table_is_decided_from_the_command_line_and_the_map_is_said(tmp_path: Path) -> None:
    headings, rows, _ = FILES["tuva-medical-claim"]
    written(table(headings, rows), tmp_path)
    answers = []
    for file in ("claims.csv", "claims.xlsx"):
        done = run(f"payrule adjudicate {file} --payer blue-cross --known-on 2026-11-25 --format json", tmp_path)
        assert done.code == 0, done.stderr
        note = f"note: `{file}` is read by the column map `tuva-medical-claim`, which its headings fit; `--map` chooses"
        assert done.stderr.splitlines()[0].startswith(note)
        sheet = "note: of `claims.xlsx` the sheet `Sheet` is read, which has the most rows; 1 other sheet is not read"
        assert (sheet in done.stderr) == (file == "claims.xlsx")
        answers.append(json.loads(done.stdout)["lines"])
    assert answers[0] == answers[1]
    assert [each["code"] for each in answers[0]] == ["97110", "97124"]
    quiet = run("payrule adjudicate claims.xlsx --payer blue-cross --known-on 2026-11-25 --format json -q", tmp_path)
    assert (quiet.code, quiet.stderr) == (0, "")
    named = run("payrule adjudicate claims.csv --map tuva-medical-claim --payer blue-cross --format json", tmp_path)
    assert (named.code, "note:" in named.stderr) == (0, False)


def test_answers_are_put_beside_the_rows_of_a_workbook(tmp_path: Path) -> None:
    headings, rows, _ = FILES["tuva-medical-claim"]
    broken = {**rows[0], "claim_id": "8", "claim_line_start_date": "soon"}
    written(table(headings, [*rows, broken]), tmp_path)
    for file in ("claims.csv", "claims.xlsx"):
        done = run(f"payrule adjudicate {file} --payer blue-cross --out answers.xlsx", tmp_path)
        assert done.code == 2
        assert "2 claims: 1 decided, 1 rejected" in done.stderr
        book = openpyxl.load_workbook(tmp_path / "answers.xlsx")
        page, width = book.worksheets[0], len(headings.split(","))
        assert [page.cell(1, width + at).value for at in (0, 1, 2)] == ["data_source", "answer", "responsible"]
        assert [page.cell(row, width + 1).value for row in (2, 3, 4)] == ["needs information", "denied", "not decided"]
        assert "soon" in page.cell(4, width + 5).value
    assert book["Notes"]["A1"].value == "kept"
    assert page.column_dimensions["B"].width == 33
    assert page.cell(2, headings.split(",").index("service_unit_quantity") + 1).value == 2


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("a.json --out a.xlsx", "`a.json` is no table"),
        ("a.json b.csv --out a.xlsx", "a workbook of answers is made of one table"),
        ("b.csv --format xlsx", "a workbook of answers is written to a file"),
        ("b.csv --out a.xlsx", "the headings of `b.csv` are not those of payrule"),
        ("c.xlsx", "the headings of `c.xlsx` are neither those of payrule nor those of a column map"),
    ],
)
def test_what_cannot_become_a_workbook_is_refused(tmp_path: Path, command: str, said: str) -> None:
    (tmp_path / "a.json").write_text("{}")
    (tmp_path / "b.csv").write_text("x,y\n1,2\n")
    book = openpyxl.Workbook()
    book.active.append(["x", "y"])
    book.save(tmp_path / "c.xlsx")
    done = run(f"payrule adjudicate {command} --payer blue-cross", tmp_path)
    assert (done.code, said in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "a.xlsx").exists()


def as_parquet(rows: list[list[str]], path: Path, **typed: Any) -> None:
    """Write a table as Parquet: empty cells are null, and all others text but for `typed` columns."""
    titles, *cells = rows
    columns = dict(zip(titles, map(list, zip(*cells, strict=True)), strict=True))
    texts = {title: pa.array([each or None for each in column], pa.string()) for title, column in columns.items()}
    parquet.write_table(pa.table(texts | typed), path)


def in_columns(file: Path) -> bytes:
    adjudicate_files(load(), file, file.with_name("answers.csv"), payer="blue-cross", known_on="2026-11-25")
    return file.with_name("answers.csv").read_bytes()


@pytest.mark.parametrize("name", mostly_slow(FILES, quick=0))
def test_columns_answer_as_claims_one_by_one(name: str, tmp_path: Path) -> None:
    headings, rows, _ = FILES[name]
    written(table(headings, rows), tmp_path)
    as_parquet(table(headings, rows), tmp_path / "claims.parquet")
    claims = [each.encounter for each in read_claims(tmp_path / "claims.csv", load()) if each.encounter]
    assert claims
    decided = (load().decide(each, payer="blue-cross", known_on="2026-11-25") for each in claims)
    wanted = b"".join(sheet(decided))
    for file in ("claims.csv", "claims.parquet"):
        assert in_columns(tmp_path / file) == wanted


@pytest.mark.slow
def test_typed_columns_of_a_mapped_table_are_read_for_what_they_are(tmp_path: Path) -> None:
    headings, rows, _ = FILES["tuva-medical-claim"]
    made, count = table(headings, rows), len(rows)
    written(made, tmp_path)
    cells = {title: [row[at] for row in made[1:]] for at, title in enumerate(made[0])}
    days = [datetime.strptime(each, "%m/%d/%Y") for each in cells["claim_line_start_date"]]  # noqa: DTZ007 - a date
    typed = {
        "claim_id": [int(each) for each in cells["claim_id"]],
        "claim_line_start_date": pa.array(days, pa.timestamp("us")),
        "place_of_service_code": [int(each) if each else None for each in cells["place_of_service_code"]],
        "service_unit_quantity": [float(each) if each else None for each in cells["service_unit_quantity"]],
        "hcpcs_code": [int(each) for each in cells["hcpcs_code"]],
        "hcpcs_modifier_5": pa.array([None] * count, pa.float64()),
    }
    as_parquet(made, tmp_path / "claims.parquet", **typed)
    assert in_columns(tmp_path / "claims.parquet") == in_columns(tmp_path / "claims.csv")
    zoned = pa.array([each.replace(tzinfo=UTC) for each in days], pa.timestamp("us", "UTC"))
    as_parquet(made, tmp_path / "claims.parquet", claim_line_start_date=zoned)
    tally = adjudicate_files(
        load(), tmp_path / "claims.parquet", tmp_path / "b.csv", payer="blue-cross", known_on="2026-11-25"
    )
    assert [each.message.partition(",")[0] for each in tally.rejected[0]] == [
        "`claim_line_start_date` holds points in time"
    ]


@pytest.mark.slow
def test_a_map_is_named_or_found_in_columns_on_the_command_line(tmp_path: Path) -> None:
    headings, rows, _ = FILES["tuva-medical-claim"]
    broken = {**rows[0], "claim_id": "8", "claim_line_start_date": "soon"}
    written(table(headings, [*rows, broken]), tmp_path)
    as_parquet(table(headings, [*rows, broken]), tmp_path / "claims.parquet")
    asked = "--payer blue-cross --known-on 2026-11-25"
    for file in ("claims.xlsx", "claims.parquet"):
        done = run(f"payrule adjudicate {file} {asked} --engine columns --out a.csv", tmp_path)
        assert f"note: `{file}` is read by the column map `tuva-medical-claim`" in done.stderr
        assert (done.code, done.stderr.splitlines()[-1].startswith("2 claims: 1 decided, 1 rejected")) == (2, True)
        named = run(
            f"payrule adjudicate {file} {asked} --map tuva-medical-claim --engine columns --out b.csv", tmp_path
        )
        assert (named.code, "by the column map" in named.stderr) == (2, False), named.stderr
        assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
        row = "3" if file.endswith(".parquet") else "4"  # Parquet has no row of headings
        assert f"8,{file},{row},claim_line_start_date" in (tmp_path / "b.csv.rejects.csv").read_text()
    other = run(f"payrule adjudicate claims.parquet {asked} --map synthea-claims-transactions --out b.csv", tmp_path)
    assert (other.code, "has the headings of the column map" in other.stderr) == (2, True), other.stderr
    parquet.write_table(
        pa.table({"encounter": ["1"], "code": ["97110"], "date": ["2024-08-01"]}), tmp_path / "o.parquet"
    )
    mixed = run(f"payrule adjudicate claims.parquet o.parquet {asked} --out b.csv", tmp_path)
    assert (mixed.code, "decide them in runs of their own" in mixed.stderr) == (2, True), mixed.stderr
