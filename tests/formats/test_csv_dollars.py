"""Amounts in sheets: the title of a column says whether it holds dollars or cents, and nothing else does."""

import io
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.columns.test_columnar_files import KNOWN_ON, write
from tests.vocabulary_for_tests import VOCABULARY

import payrule
from payrule.columns.decide_files import adjudicate_files
from payrule.encounter.validator import EncounterValidator
from payrule.formats.csv_columns import Header
from payrule.formats.csv_reader import read_csv
from payrule.formats.encounters import Read, cell_of, checked
from payrule.model.vocabulary import Attribute

FEE = Attribute(type="integer", summary="fee", measure="cents", minimum=0, maximum=99_999_999, also_called=("price",))
TOTAL = Attribute(type="integer", summary="total", measure="cents")
WORDS = msgspec.structs.replace(
    VOCABULARY, attributes={**VOCABULARY.attributes, "line.fee_cents": FEE, "encounter.total_cents": TOTAL}
)


def reads(title: str, *cells: str) -> list[Read]:
    """Read a sheet with a claim for each row of further cells."""
    rows = [f"encounter;code;date;{title}", *(f"E-{at};00011;2016-03-01;{each}" for at, each in enumerate(cells))]
    return list(checked(read_csv(io.BytesIO("\n".join(rows).encode()), WORDS), EncounterValidator(WORDS)))


def amounts(title: str, *cells: str, of: str = "line.fee_cents") -> list[Any]:
    """Give the cents of each claim; what is refused says so by a text."""
    found: list[Any] = []
    for read in reads(title, *cells):
        if read.encounter is None:
            found.append("; ".join(diagnostic.code for diagnostic in read.findings))
        else:
            (line,) = read.encounter.lines
            found.append({**read.encounter.values, **line.values}.get(of))
    return found


@pytest.mark.parametrize("title", ["fee", "Fee", "line.fee", "LINE FEE"])
@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("45", 4500),
        ("45.5", 4550),
        ("45.05", 4505),
        ("0.00", 0),
        ("$45.00", 4500),
        ("$ 45.00", 4500),
        ("$1,250.00", 125_000),
        ("1,250", 125_000),
        ("999,999.99", 99_999_999),
        ("999999.99", 99_999_999),
        ("", None),
    ],
)
def test_dollars_become_cents(title: str, text: str, cents: int | None) -> None:
    assert amounts(title, text) == [cents]


REFUSED = [
    *(
        "45.005",
        "45.000",
        "1.5.0",
        "45.",
        ".50",
        "-45.00",
        "$-45.00",
        "(45.00)",
        "+45",
        "1e3",
        "1E3",
        "1,25",
        "12,50.00",
    ),
    *("1,250,00", "1250,00", "0,250", "1 250.00", "45 USD", "€45.00", "45,", "$", "n/a", "1000000.00", "$1,000,000.00"),
    "\u0664\u0665",
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_amount_of_dollars_is_refused_at_its_cell(text: str) -> None:
    (read,) = reads("fee", text)
    assert read.encounter is None
    (diagnostic,) = read.findings
    assert (diagnostic.path, diagnostic.code) == ("row 2, column fee", "wrong-type")
    assert diagnostic.message.endswith("is no amount in dollars")
    assert diagnostic.help == "write dollars and cents, such as `1,250.00`, from 0.00 to 999,999.99"


@pytest.mark.parametrize("text", ["45.00", "$45.00", "$45", "1,250.00", "45.5"])
def test_the_column_of_cents_takes_no_dollars_and_says_which_column_does(text: str) -> None:
    (read,) = reads("fee_cents", text)
    assert read.encounter is None
    assert (read.findings[0].help or "").endswith("for dollars, call the column `fee`")


def test_the_title_alone_tells_dollars_from_cents() -> None:
    assert (amounts("fee", "4500"), amounts("fee_cents", "4500")) == ([450_000], [4500])
    assert amounts("fee_cents", "4500.0") == [4500]


@pytest.mark.parametrize("title", ["fee;fee_cents", "fee;line.fee_cents"])
def test_both_columns_must_agree_where_both_say_something(title: str) -> None:
    assert amounts(title, "45;4500", "$45.00;", ";4500", ";") == [4500, 4500, 4500, None]
    assert amounts(title, "45;4501", "45;45", "x;4500", "45;x") == [
        "columns-disagree",
        "columns-disagree",
        "columns-disagree; wrong-type",
        "columns-disagree; wrong-type",
    ]


def test_what_only_one_of_both_columns_says_is_refused_there() -> None:
    found = reads("fee;fee_cents", "x;", ";x")
    assert [[each.path for each in read.findings] for read in found] == [
        ["row 2, column fee"],
        ["row 3, column fee_cents"],
    ]


def test_rows_of_a_claim_agree_on_its_amount_whichever_column_says_it() -> None:
    rows = [f"E-1;0001{at};2016-03-01;{cells}" for at, cells in enumerate(("45.00;", ";4500", "45;4500"))]

    def read(more: str) -> Read:
        sheet = "\n".join(["encounter;code;date;total;total_cents", *rows, f"E-1;00011;2016-03-01;{more}"])
        (found,) = checked(read_csv(io.BytesIO(sheet.encode()), WORDS), EncounterValidator(WORDS))
        return found

    encounter = read(";").encounter
    assert encounter is not None
    assert encounter.values["encounter.total_cents"] == 4500
    for wrong, column in (("46;", "total"), (";45", "total_cents")):
        (diagnostic,) = read(wrong).findings
        assert (diagnostic.code, diagnostic.path) == ("rows-disagree", f"row 5, column {column}")


def test_names_that_people_use_lead_to_dollars() -> None:
    (warning, _) = reads("price", "45.00")
    assert warning.findings[0].help == "did you mean `fee`?"


def test_two_columns_of_dollars_are_the_same() -> None:
    (refused,) = reads("fee;line.fee", "45;45")
    assert refused.findings[0].code == "duplicate-column"


def test_an_attribute_of_that_name_keeps_it() -> None:
    fee = Attribute(type="code", summary="kind of fee")
    words = msgspec.structs.replace(WORDS, attributes={**WORDS.attributes, "line.fee": fee})
    assert "fee" in Header(words).titles
    sheet = io.BytesIO(b"encounter,code,date,fee\nE-1,00011,2016-03-01,45\n")
    (read,) = checked(read_csv(sheet, words), EncounterValidator(words))
    assert read.encounter is not None
    assert read.encounter.lines[0].values["line.fee"] == "45"


@pytest.mark.slow
def test_columns_read_dollars_of_a_sheet_and_not_of_parquet(tmp_path: Path) -> None:
    rulebase = payrule.load()
    sheet = tmp_path / "claims.csv"
    sheet.write_text('encounter,code,date,charge\nE-1,97110,2016-03-01,"$1,250.00"\nE-2,97110,2016-03-01,1e3\n')
    chosen: dict[str, Any] = {"payer": "blue-cross", "known_on": KNOWN_ON}
    tally = adjudicate_files(rulebase, sheet, tmp_path / "out.csv", **chosen)
    assert [(each.claim, cell_of(each)[1]) for group in tally.rejected for each in group] == [("E-2", "charge")]
    line = {"number": 1, "code": "97110", "date": "2016-03-01", "charge_cents": 125_000}
    wanted = rulebase.decide({"id": "E-1", "lines": [line]}, **chosen).encounter_digest
    assert str(wanted) in (tmp_path / "out.csv").read_text()
    table = write([{"encounter": "E-1", "code": "97110", "date": "2016-03-01", "charge": 45.0}], tmp_path / "c.parquet")
    (warning,) = adjudicate_files(rulebase, table, tmp_path / "out.csv", **chosen).warnings
    assert (warning.code, warning.help) == ("unknown-column", "did you mean `charge_cents`?")
