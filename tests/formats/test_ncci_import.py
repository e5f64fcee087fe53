"""What `payrule import` takes and refuses: every line is kept, told of, or counted as dropped."""

import io
import json
import shutil
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import duckdb
import msgspec
import pytest
from tests.property.effort import mostly_slow

from payrule.formats.ncci.importing import Imported, Quarter, import_table
from payrule.formats.ncci.publications import MUE, PTP
from payrule.formats.ncci.published import Publication, Setting
from payrule.model.tables import RowFile
from payrule.rulebase.rulebase import Rulebase, load
from payrule.source.diagnostics import DocumentError
from payrule.source.files import shipped

QUARTER = Quarter.read("2024q3")

PAIRS = (
    "Column1/Column2 Edits\t\t\t\t\t\t\n"
    "Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale\n"
    "\t\tprior to 1996\tDate\tDate\t0=not allowed\t\n"
    "\t\t\t\t*=no data\t1=allowed\t\n"
)
LIMITS = "HCPCS/CPT Code,{} Services MUE Values,MUE Adjudication Indicator,MUE Rationale\n"


def made(
    folder: Path, kind: Publication, *texts: str | bytes, setting: Setting | None = None, name: str = "part"
) -> Imported:
    """Import texts as files of one publication."""
    files = []
    for at, text in enumerate(texts):
        files.append(folder / f"{name}{at}.txt")
        files[-1].write_bytes(text if isinstance(text, bytes) else text.encode())
    return import_table(kind, files, QUARTER, folder, setting or Setting())


def rows(folder: Path, name: str) -> list[tuple[str, ...]]:
    return list(RowFile(folder / f"{name}.rows"))


def rationale(folder: Path) -> object:
    """Give the rationale of the one pair of a table."""
    ((found,),) = duckdb.read_parquet(str(folder / "ncci-ptp.parquet")).project("rationale").fetchall()
    return found


def refused(
    folder: Path, kind: Publication, *texts: str | bytes, setting: Setting | None = None, name: str = "part"
) -> list[tuple[int | None, str]]:
    """Give line and message of all that is wrong with texts; nothing is written."""
    with pytest.raises(DocumentError) as found:
        made(folder, kind, *texts, setting=setting, name=name)
    assert not list(folder.glob("*.parquet"))
    assert not list(folder.glob("*.json"))
    return [(each.line, each.message) for each in found.value.findings]


def pair(one: str, two: str, effective: str = "20200101", deletion: str = "*", indicator: str = "1") -> str:
    return f"{one}\t{two}\t\t{effective}\t{deletion}\t{indicator}\tx\n"


@pytest.mark.parametrize("code", ["100", "36", "9"])
def test_code_that_lost_its_zeros_is_no_heading(code: str, tmp_path: Path) -> None:
    text = PAIRS + pair(code, "36000") + pair("98941", "97140") + pair("98941", code)
    lost = [
        (line, f"`{code}` in the column `{name}` is shorter than a code: it may have lost zeros at its front")
        for line, name in ((5, "column_1"), (7, "column_2"))
    ]
    assert refused(tmp_path, PTP, text) == lost
    assert refused(tmp_path, MUE, LIMITS.format("Practitioner") + f"{code},1,2,x\n97110,6,3,x\n") == [
        (2, f"`{code}` in the column `code` is shorter than a code: it may have lost zeros at its front")
    ]


def test_first_row_that_cannot_be_read_is_reported_though_no_other_follows(tmp_path: Path) -> None:
    assert refused(tmp_path, PTP, PAIRS + pair("98941", "97140", indicator="7")) == [
        (5, "`7` cannot be in the column `modifier_indicator`")
    ]
    assert refused(tmp_path, PTP, PAIRS + pair("9894l", "97140")) == [(5, "`9894l` cannot be in the column `column_1`")]


@pytest.mark.parametrize(
    "encoding", mostly_slow(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "utf-32"])
)
def test_encodings_are_read(encoding: str, tmp_path: Path) -> None:
    text = (PAIRS + pair("98941", "97140")).encode(encoding)
    assert made(tmp_path, PTP, text).account() == "1 row read; 1 kept; 4 lines above the rows"
    marked = b"\xfe\xff" + (PAIRS + pair("98941", "97140")).encode("utf-16-be")
    assert made(tmp_path, PTP, marked).table.data.rows == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("\n\t\n", "the file is empty"),
        (PAIRS, "the file holds the names of its columns, and no row of data below them"),
        (b"\x00\x01\x02\x00", "this is no text"),
        ("98941 97140\n", "there is no row of data in the file"),
    ],
)
def test_file_without_rows_is_refused(text: str | bytes, message: str, tmp_path: Path) -> None:
    assert refused(tmp_path, PTP, text) == [(None, message)]


@pytest.mark.parametrize("mark", mostly_slow(["\n", "\r\n", "\r", "\t", "\0", "\x1f"]))
def test_text_of_a_cell_may_hold_any_mark(mark: str, tmp_path: Path) -> None:
    long = "".join(f"9{at:04},6,3,{'x' * 100}\n" for at in range(50))
    text = f'{LIMITS.format("Practitioner")}{long}97110,6,3,"Clinical:{mark}Data"\n97112,4,3,y\n'
    assert made(tmp_path, MUE, text).table.data.rows == 52
    found = duckdb.read_parquet(str(tmp_path / "ncci-mue.parquet")).filter("code = '97110'").project("rationale")
    assert " ".join(found.fetchall()[0][0].split()) == "Clinical: Data"


@pytest.mark.parametrize(("letter", "encoding"), mostly_slow([("x", "utf-8"), ("硸", "utf-8"), ("硸", "utf-16")]))
def test_text_beyond_all_sense_is_refused(letter: str, encoding: str, tmp_path: Path) -> None:
    text = PAIRS + pair("98941", "97140").replace("\tx\n", f"\t{letter * 10_000}\n") + pair("98941", "97530")
    ((line, message),) = refused(tmp_path, PTP, text.encode(encoding))
    assert (line, message.endswith("cannot be in the column `rationale`")) == (5, True)
    assert made(tmp_path, PTP, text.replace(letter * 10_000, letter * 1_000).encode(encoding)).table.data.rows == 2


@pytest.mark.parametrize(
    "units", mostly_slow(["9" * 10, "9" * 19, "9" * 400, "9" * 5_000, "1e400", "-1", "\u0663"], quick=3)
)
def test_units_beyond_all_sense_are_refused(units: str, tmp_path: Path) -> None:
    ((line, message),) = refused(tmp_path, MUE, LIMITS.format("Practitioner") + f"97112,4,3,y\n97110,{units},3,x\n")
    assert (line, message.endswith("cannot be in the column `units`")) == (3, True)
    assert len(message) < 200


def archive(text: str, **changed: bytes) -> bytes:
    """Pack a text, and write other bytes over the packed ones: at the data, or at a field of both headers."""
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as book:
        book.writestr("edits.txt", text)
    data = bytearray(packed.getvalue())
    for what, written in changed.items():
        places = {"content": [39], "flags": [6, data.index(b"PK\1\2") + 8], "method": [8, data.index(b"PK\1\2") + 10]}
        for at in places[what]:
            data[at : at + len(written)] = written
    return bytes(data)


@pytest.mark.parametrize(
    "changed",
    mostly_slow(
        [
            {"content": b"\xff\xff\xff\xff"},
            {"flags": b"\x01\x00"},
            {"method": b"\x09\x00"},
            {"method": b"\x0c\x00"},
            {"method": b"\x0e\x00"},
        ],
        quick=2,
    ),
    ids=["damaged", "encrypted", "unknown way of packing", "bzip2 that is none", "LZMA that is none"],
)
def test_archive_that_cannot_be_unpacked_is_refused(changed: dict[str, bytes], tmp_path: Path) -> None:
    text = PAIRS + pair("98941", "97140")
    ((line, message),) = refused(tmp_path, PTP, archive(text, **changed))
    assert (line, message.startswith("the file cannot be read: ")) == (None, True)
    assert made(tmp_path, PTP, archive(text)).table.data.rows == 1


def test_workbook_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "book.zip"
    with ZipFile(path, "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
    assert refused(tmp_path, PTP, path.read_bytes()) == [(None, "this is a workbook")]


HOSPITAL, SUPPLIER = "Outpatient Hospital", "DME Supplier"


@pytest.mark.parametrize(
    ("said", "setting", "whom"),
    mostly_slow([(HOSPITAL, "hospital", "outpatient hospitals"), (SUPPLIER, "dme", "suppliers of medical")]),
)
def test_limits_of_another_setting_are_refused_and_have_a_table_of_their_own(
    said: str, setting: str, whom: str, tmp_path: Path
) -> None:
    text = LIMITS.format(said) + "97110,8,3,x\n"
    ((line, message),) = refused(tmp_path, MUE, text)
    assert (line, whom in message) == (None, True)
    found = made(tmp_path, MUE, text, setting=Setting(setting, asked=True))
    assert (found.table.id, rows(tmp_path, f"ncci-mue-{setting}")) == (f"ncci-mue-{setting}", [("97110", "8", "3")])
    with pytest.raises(DocumentError):
        made(tmp_path, MUE, LIMITS.format("Practitioner") + "97110,8,3,x\n", setting=Setting(setting, asked=True))


def test_limits_may_say_their_setting_row_by_row(tmp_path: Path) -> None:
    header = "hcpcs_code,mue_units,mue_mai,mue_rationale,mue_service\n"
    ((line, message),) = refused(tmp_path, MUE, f"{header}97110,6,3,x,Practitioner\n97112,8,3,x,Outpatient Hospital\n")
    assert (line, "outpatient hospitals" in message) == (3, True)
    assert made(tmp_path, MUE, f"{header}97110,6,3,x,Practitioner\n").table.data.rows == 1


@pytest.mark.slow
def test_pairs_say_no_setting_but_their_file_may_be_called_after_one(tmp_path: Path) -> None:
    text = PAIRS + pair("98941", "97140")
    ((_, message),) = refused(tmp_path, PTP, text, name="ccihosp-v302r0-f")
    assert message.startswith("the name of the file says that it holds for outpatient hospitals")
    asked = made(tmp_path, PTP, text, name="ccihosp-v302r0-f", setting=Setting("practitioner", asked=True))
    assert asked.table.id == "ncci-ptp"
    assert made(tmp_path, PTP, text, name="ccipra-v302r0-f").table.id == "ncci-ptp"
    assert made(tmp_path, PTP, text, setting=Setting("hospital", asked=True)).table.id == "ncci-ptp-hospital"


@pytest.mark.slow
def test_code_that_stands_twice_is_refused_with_both_lines(tmp_path: Path) -> None:
    text = LIMITS.format("Practitioner") + "97110,6,3 x,y\n97112,4,3,y\n97110,4,2 x,y\n"
    assert refused(tmp_path, MUE, text) == [
        (4, "`97110` is in the table already, on line 2, and says something else there")
    ]
    other = LIMITS.format("Practitioner") + "97110,5,3 x,y\n"
    assert refused(tmp_path, MUE, LIMITS.format("Practitioner") + "97110,6,3 x,y\n", other) == [
        (2, "`97110` is in the table already, on line 2 of `part0.txt`, and says something else there")
    ]
    same = made(tmp_path, MUE, LIMITS.format("Practitioner") + "97110,6,3 x,y\n97110,6,3 x,y\n\n")
    assert same.account() == "2 rows read; 1 kept; 1 dropped, in the files already; 1 line above the rows; 1 blank line"


@pytest.mark.parametrize(
    ("first", "second", "is_refused"),
    mostly_slow(
        [
            (("20200101", "*", "1"), ("20230101", "*", "0"), True),
            (("20200101", "20221231", "1"), ("20221231", "*", "0"), True),
            (("20200101", "20221231", "1"), ("20230101", "*", "0"), False),
            (("20200101", "*", "1"), ("20230101", "*", "1"), False),
            (("*", "*", "1"), ("*", "20191231", "0"), False),
            (("20200101", "20200101", "9"), ("20200102", "*", "1"), False),
        ],
        quick=3,
    ),
)
def test_pair_that_says_two_things_of_one_day_is_refused(
    first: tuple[str, str, str],
    second: tuple[str, str, str],
    is_refused: bool,  # noqa: FBT001 - a column of the table
    tmp_path: Path,
) -> None:
    text = PAIRS + pair("98941", "97140", *first) + pair("98941", "97140", *second)
    if is_refused:
        message = "`98941/97140` has another row on the same dates, on line 5, and says something else there"
        assert refused(tmp_path, PTP, text) == [(6, message)]
    else:
        assert made(tmp_path, PTP, text).table.data.rows == 2


DELETED = pair("97140", "97530", "20200101", "20191231")


@pytest.mark.parametrize(
    ("texts", "count"),
    mostly_slow([((PAIRS + DELETED,), 1), ((PAIRS + DELETED * 2,), 2), ((PAIRS + DELETED, PAIRS + DELETED), 2)]),
)
def test_files_of_which_no_row_is_left_are_refused(texts: tuple[str, ...], count: int, tmp_path: Path) -> None:
    expected = [(None, f"no row is left: {count} dropped, deleted before they begin")]
    assert refused(tmp_path, PTP, *texts) == expected
    assert made(tmp_path, PTP, *texts, PAIRS + pair("98941", "97140")).table.data.rows == 1


def test_texts_that_look_like_remarks_are_rows(tmp_path: Path) -> None:
    text = PAIRS + "".join(pair("98941", code).replace("\tx\n", "\t# x\n") for code in ("97140", "97530"))
    assert made(tmp_path, PTP, text).table.data.rows == 2


def test_row_that_ends_before_it_begins_is_dropped_and_said_to_be(tmp_path: Path) -> None:
    text = PAIRS + pair("97140", "97530", "20200101", "20191231") + pair("98941", "97140")
    found = made(tmp_path, PTP, text)
    assert found.account() == "2 rows read; 1 kept; 1 dropped, deleted before they begin; 4 lines above the rows"
    assert [row[:2] for row in rows(tmp_path, "ncci-ptp")] == [("98941", "97140")]


EVALUATIONS = (
    PAIRS
    + pair("98941", "99213", "20000101")
    + pair("98941", "97140", "*")
    + pair("97140", "97530", "20200101", "20191231")
)


@pytest.mark.parametrize(
    ("first", "second", "disposition"),
    [
        ([], ["25"], "undecided"),
        ([], ["24"], "undecided"),
        (["59"], [], "undecided"),
        (["XS", "AT"], [], "undecided"),
        (["25"], [], "denied"),
        ([], ["GP"], "denied"),
        ([], [], "denied"),
    ],
)
def test_evaluation_beside_manipulation_is_lifted_by_what_the_edits_know(
    first: list[str], second: list[str], disposition: str, rulebase: Rulebase
) -> None:
    lines = [
        {"number": 1, "code": "98941", "date": "2024-08-05", "modifiers": first},
        {"number": 2, "code": "99213", "date": "2024-08-05", "modifiers": second},
    ]
    answer = rulebase.decide({"id": "E-1", "lines": lines}, payer="cmt-guide-payer", known_on="2026-01-01").line(2)
    assert answer.disposition == disposition
    if disposition == "denied":
        (reason,) = json.loads(msgspec.json.encode(answer))["reasons"]
        assert reason["other_lines"] == [{"number": 1, "code": "98941"}]
        assert reason["rows"] == [
            {
                "table": "ncci-ptp",
                "column_1": "98941",
                "column_2": "99213",
                "modifier_indicator": "1",
                "effective_date": "2000-01-01",
                "deletion_date": None,
                "lines": [2, 1],
            }
        ]


@pytest.fixture(scope="module")
def rulebase(tmp_path_factory: pytest.TempPathFactory) -> Rulebase:
    """Import the pairs into a copy of the shipped rulebase."""
    folder = tmp_path_factory.mktemp("mine") / "policies"
    shutil.copytree(shipped("policies"), folder)
    made(folder / "tables", PTP, EVALUATIONS)
    return load(folder)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('97110,6,3,"Clinical\n97140,4,3,Clinical\n', 2),
        ('97110,6,3,Clinical\n97140,4,3,"Clinical\n', 3),
        ('97110,6,3,"Clinical\n97140,4,3,"Data"\n', 2),
        ('97110,6,3,"Clinical\n"97140","4","3","Data"\n', 2),
        ('97110,6,3,"Clinical" data\n', 2),
    ],
)
def test_quotation_mark_that_is_not_closed_takes_no_row_away(text: str, line: int, tmp_path: Path) -> None:
    message = "the line cannot be split into cells: a quotation mark is not closed, or text follows after one"
    assert refused(tmp_path, MUE, LIMITS.format("Practitioner") + text)[-1] == (line, message)


@pytest.mark.parametrize("end", ["\x1a", "\x1a\r\n", "\r\n\x1a", "\n\x1a\x1a"])
def test_end_of_file_mark_ends_a_text_alone(end: str, tmp_path: Path) -> None:
    limits = LIMITS.format("Practitioner") + "97110,6,3,Clinical\n97140,6,3,x"
    assert made(tmp_path, MUE, limits + end).table.data.rows == 2
    assert made(tmp_path, PTP, PAIRS + pair("98941", "97140").rstrip("\n") + end).table.data.rows == 1
    assert rationale(tmp_path) == "x"


def test_end_of_file_mark_within_a_text_is_named(tmp_path: Path) -> None:
    text = LIMITS.format("Practitioner") + "97110,6,3,Clinical\n\x1a\n97140,6,3,Clinical\n"
    assert refused(tmp_path, MUE, text) == [(3, "`\\u001a` cannot be in the column `code`")]


@pytest.mark.parametrize("dash", ["\u2013", "\u2014", "é", "\u2019"])
def test_a_text_of_windows_keeps_its_characters(dash: str, tmp_path: Path) -> None:
    text = PAIRS + pair("98941", "97140").replace("\tx\n", f"\tMisuse {dash} of code\n")
    made(tmp_path, PTP, text.encode("windows-1252"))
    assert rationale(tmp_path) == f"Misuse {dash} of code"
