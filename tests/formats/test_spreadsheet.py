"""Tables as people keep them, and files that would take too much."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from payrule.formats.spreadsheet import MOST_COLUMNS, form_of_table, read_table
from payrule.reports.sheet_answers import text_with_answers
from payrule.source.database import Store
from payrule.source.diagnostics import RequestError


def refused(path: Path) -> str:
    """Read a file that cannot be read, and give what is said of it."""
    with pytest.raises(RequestError) as said:
        read_table(path, form_of_table(path) or "csv")
    return said.value.findings[0].message


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def changed(content: bytes, part: str, made: bytes) -> bytes:
    """Give a workbook in which a part is another."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as other:
        for each in archive.namelist():
            other.writestr(each, made if each == part else archive.read(each))
    return stream.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_text_is_read_whatever_its_encoding_and_separator(encoding: str, separator: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    written = separator.join(["cpt", "café"]) + "\r\n" + separator.join(["97110", '"a\n"""']) + "\r\n" + "1"
    path.write_bytes(written.encode(encoding))
    table = read_table(path, "csv")
    assert table.rows == (("cpt", "café"), ("97110", 'a\n"'), ("1",))
    assert table.dialect.separator == separator
    given = text_with_answers(path.read_bytes(), table.dialect, 1, ("answer",), {2: ("=x",), 3: ("y",)})
    lines = (f"cpt{separator}café{separator}answer", f'97110{separator}"a\n"""{separator}\'=x', f"1{separator * 2}y")
    assert given == "\r\n".join(lines).encode(encoding)


def test_workbook_is_read_as_a_person_sees_it(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook([None], ["cpt", "charge", "ok"], [97110, 45.1, True]))
    assert form_of_table(path) == "xlsx"
    table = read_table(path, "xlsx")
    assert [row for row in table.rows if any(row)] == [("cpt", "charge", "ok"), ("97110", "45.1", "true")]


SHEETS: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "a formula without a result": (b'<c r="B2"><f>1+3</f><v></v></c>', ("7", "=1+3")),
    "a formula with an empty element": (b'<c r="B2"><f>1+3</f><v/></c>', ("7", "=1+3")),
    "a shared formula without one": (b'<c r="B2"><f t="shared" si="0"/></c>', ("7", "=…")),
    "a formula with a result": (b'<c r="B2"><f>1+3</f><v>4</v></c>', ("7", "4")),
    "a formula whose result is an empty text": (b'<c r="B2" t="str"><f>IF(1,"","x")</f><v></v></c>', ("7",)),
    "an error": (b'<c r="B2" t="e"><v>#REF!</v></c>', ("7", "#REF!")),
    "an error of a formula": (b'<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', ("7", "#DIV/0!")),
    "a cell that does not say where it is": (b"<c><f>1+3</f></c>", ("7", "=1+3")),
    "an empty cell": (b'<c r="B2"/>', ("7",)),
}


@pytest.mark.parametrize("name", SHEETS)
def test_a_formula_without_a_result_and_an_error_are_no_empty_cells(name: str, tmp_path: Path) -> None:
    cell, wanted = SHEETS[name]
    part = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>7</v></c>%s</row></sheetData></worksheet>'
    )
    path = tmp_path / "a.xlsx"
    path.write_bytes(changed(workbook(["cpt"]), SHEET, part % cell))
    row = read_table(path, "xlsx").rows[1]
    assert tuple(row[: len(wanted)]) == wanted
    assert not any(row[len(wanted) :])


def test_parquet_is_a_table_with_its_titles_first(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    with Store(threads=1) as store:
        store.copy("SELECT '97110' AS code, ['GP', '59'] AS mods, DATE '2026-01-05' AS day", path, "FORMAT parquet")
    assert form_of_table(path) == "parquet"
    assert read_table(path, "parquet").rows == (("code", "mods", "day"), ("97110", "GP 59", "2026-01-05"))


@pytest.mark.parametrize(
    ("part", "content", "said"),
    [
        (SHEET, b" " * 20_000_000, "the workbook unpacks to"),
        (SHEET, b'<!DOCTYPE a [<!ENTITY b "c">]><a/>', "the workbook defines entities"),
        (
            SHEET,
            b'<worksheet><sheetData><row r="1"><c r="A1"/></row><row><c r="XFD1048576"/></row></sheetData></worksheet>',
            "the table spans 1,048,576 rows and 16,384 columns",
        ),
        (SHEET, b"<worksheet><sheetData><row", "the workbook is damaged"),
        ("xl/workbook.xml", b"nothing", "the workbook is damaged"),
    ],
)
def test_workbook_that_would_take_too_much_or_is_damaged_is_refused(
    part: str, content: bytes, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(changed(workbook(["cpt"]), part, content))
    assert refused(path).startswith(said)


def test_archive_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    content = changed(workbook(["cpt"]), SHEET, b"<worksheet>" + b" " * 1_000_000)
    path.write_bytes(content.replace((1_000_011).to_bytes(4, "little"), (99).to_bytes(4, "little")))
    assert refused(path) == "the workbook is damaged, or encrypted"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"  \n ", "the file is empty"),
        (b",,,\n,,\n", "the file has no row with anything in it"),
        (b'a,b\n"c', "row 2 cannot be split into cells"),
        (b",".join([b"a"] * (MOST_COLUMNS + 1)), "the table spans 1 rows and 501 columns"),
        (b"%PDF-1.7", "this is a PDF document"),
        (b"PK\x03\x04", "the workbook is damaged, or encrypted"),
    ],
)
def test_what_is_no_table_says_so(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert refused(path).startswith(said)


def test_claims_of_other_formats_are_no_tables(tmp_path: Path) -> None:
    for content in (b"ISA*00*", b'{"id": 1}', b'\xef\xbb\xbf [{"id": 1}]'):
        path = tmp_path / "a"
        path.write_bytes(content)
        assert form_of_table(path) is None
