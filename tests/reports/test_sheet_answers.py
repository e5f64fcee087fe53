"""Answers added to a workbook: in the part of its sheet alone, and beyond every cell that it has."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from payrule.reports.sheet_answers import TITLES, new_workbook, workbook_with_answers

ADDED = {2: ("denied", "", "97", "", "=1+1 <b>&\x00", "")}


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Make a workbook with a cell far right that only has a look, and a part that no library knows."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = "A & B"
    page.append(["cpt", "note"])
    page.append(["97110", None])
    page["A1"].font = openpyxl.styles.Font(bold=True)
    page["F2"].font = openpyxl.styles.Font(bold=True)
    book.create_sheet("Other").append(["kept"])
    made = tmp_path / "a.xlsx"
    book.save(made)
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr("xl/media/picture.bin", bytes(range(256)))
    return made


def test_all_other_parts_are_copied_as_they_are(path: Path) -> None:
    before, after = parts(path.read_bytes()), parts(workbook_with_answers(path, "A & B", 1, TITLES, ADDED))
    assert [name for name in before if before[name] != after[name]] == ["xl/worksheets/sheet1.xml"]
    assert before.keys() == after.keys()


def test_cells_are_added_beyond_the_last_and_are_text(path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook_with_answers(path, "A & B", 1, TITLES, ADDED)))
    page = book["A & B"]
    assert [page.cell(1, at).value for at in range(7, 13)] == list(TITLES)
    assert [page.cell(2, at).value for at in range(7, 13)] == ["denied", None, "97", None, "'=1+1 <b>&", None]
    assert [page.cell(2, at).data_type for at in (7, 11)] == ["s", "s"]
    assert [page["A1"].value, page["A2"].value, page["F2"].font.b] == ["cpt", "97110", True]
    assert page.column_dimensions["K"].width == 60


def test_prefixes_and_rows_without_cells_or_numbers_are_understood(path: Path, tmp_path: Path) -> None:
    sheet = (
        b'<?xml version="1.0"?><x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<x:sheetData><x:row><x:c t="inlineStr"><x:is><x:t>cpt</x:t></x:is></x:c></x:row><x:row r="2"/></x:sheetData>'
        b"</x:worksheet>"
    )
    other = tmp_path / "b.xlsx"
    with zipfile.ZipFile(other, "w") as archive:
        for name, content in parts(path.read_bytes()).items():
            archive.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else content)
    page = openpyxl.load_workbook(io.BytesIO(workbook_with_answers(other, "A & B", 1, TITLES, ADDED)))["A & B"]
    assert (page.cell(1, 1).value, page.cell(2, 2).value) == ("cpt", "denied")


def test_rows_of_other_files_become_a_workbook_of_texts() -> None:
    made = new_workbook([("claim", "code"), ("=A-1", "97110")], 1, TITLES, ADDED)
    page = openpyxl.load_workbook(io.BytesIO(made)).active
    assert [cell.value for cell in page[1]] == ["claim", "code", *TITLES]
    assert [cell.value for cell in page[2]][:3] == ["'=A-1", "97110", "denied"]
