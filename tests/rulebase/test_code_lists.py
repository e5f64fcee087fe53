"""Code lists as documents: read from their folder, checked, locked, compared, imported, and shown to an editor."""

import json
import shutil
import sys
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from payrule.compare.difference import diff
from payrule.compare.locks import read_lock
from payrule.formats.code_lists import import_codes, renewed, write_code_set
from payrule.lint.check import check_file, check_rulebase
from payrule.lock import locked
from payrule.lsp.completion import choices
from payrule.lsp.documents import OpenDocument, readable
from payrule.lsp.hover import hover
from payrule.lsp.names import definitions
from payrule.model.code_sets import CodeEntry
from payrule.rulebase.load import read_code_set, read_documents, usable
from payrule.rulebase.rulebase import load
from payrule.source.diagnostics import DocumentError, RequestError

Json = dict[str, Any]

RULEBASE = Path(__file__).resolve().parents[1] / "lint" / "rulebase"
POLICY = "stretching/1.0.0.json"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a rulebase with a code list that is a document of its own, which a rule asks for."""
    folder = Path(shutil.copytree(RULEBASE, tmp_path / "rulebase"))
    put(folder, "holds", [{"code": "00010", "to": "2029-12-31"}, {"code": "00012"}])
    value = json.loads((folder / POLICY).read_text())
    value["rules"][0]["when"] = {"line.code": {"in": "@holds"}}
    (folder / POLICY).write_text(json.dumps(value, indent=1))
    return folder


def put(folder: Path, name: str, entries: list[Json], **other: Any) -> Path:
    path = folder / "code-sets" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"kind": "code-set", "id": name, "title": name, "entries": entries} | other, indent=1))
    return path


def codes(folder: Path) -> list[str]:
    return sorted({each.code for each in read_documents(folder).findings})


def test_a_list_is_read_from_its_folder_and_decides(root: Path) -> None:
    loaded = load(root)
    assert loaded.documents.vocabulary.dated_sets["holds"].codes == ("00010", "00012")
    found = {}
    for day in ("2029-12-31", "2030-01-01"):
        claim = {"id": "1", "lines": [{"number": 1, "code": "00010", "date": day}]}
        matches = loaded.matches(claim, payer=min(loaded.payers), known_on="2031-01-01")[1]
        found[day] = [name.rpartition("/")[2] for name in sorted(matches.definite)]
    first = json.loads((root / POLICY).read_text())["rules"][0]["id"]
    assert (first in found["2029-12-31"], first in found["2030-01-01"]) == (True, False)


def test_an_explanation_says_that_a_code_is_in_the_list_on_other_dates(root: Path) -> None:
    loaded = load(root)
    claim = {"id": "1", "lines": [{"number": 1, "code": "00010", "date": "2030-01-01"}]}
    explained = loaded.decide(claim, payer=min(loaded.payers), known_on="2031-01-01").explain(1)
    first = json.loads((root / POLICY).read_text())["rules"][0]["id"]
    (told,) = (each for each in explained.rules if each.rule == first)
    assert told.because == ("code is one of @holds, but is 00010, in the list on other dates than 2030-01-01",)


WRONG: list[tuple[str, list[Json], Json, str]] = [
    ("a code twice on one day", [{"code": "00012"}, {"code": "00012", "from": "2024-01-01"}], {}, "duplicate-code"),
    ("dates the wrong way", [{"code": "00012", "from": "2024-02-01", "to": "2024-01-01"}], {}, "never-applies"),
    ("ends that are reversed", [{"code": "00012-00010"}], {}, "bad-range"),
    ("ends of ICD-10-CM that are reversed", [{"code": "M54.5-M54.1"}], {}, "bad-range"),
    ("a file of another name", [{"code": "00012"}], {"id": "others"}, "misplaced"),
    ("no day of any calendar", [{"code": "00012", "from": "2023-02-29"}], {}, "wrong-type"),
]


@pytest.mark.parametrize(("entries", "other", "code"), [each[1:] for each in WRONG], ids=[each[0] for each in WRONG])
def test_what_is_wrong_with_a_list_is_found_at_its_place(
    root: Path, entries: list[Json], other: Json, code: str
) -> None:
    path = put(root, "holds", entries, **other)
    found = read_documents(root).findings
    assert {each.file for each in found} == {str(path)}
    assert code in {each.code for each in found} or code == "wrong-type"
    assert found == check_file(path, root).findings


def test_a_code_may_be_in_the_list_at_two_times_that_do_not_overlap(root: Path) -> None:
    put(root, "holds", [{"code": "00012", "to": "2024-06-30"}, {"code": "00012", "from": "2024-07-01"}])
    assert codes(root) == []


def test_no_other_list_has_the_name(root: Path) -> None:
    value = json.loads((root / POLICY).read_text())
    (root / POLICY).write_text(json.dumps(value | {"sets": {"holds": ["00010"]}}))
    (found,) = (each for each in read_documents(root).findings if each.code == "duplicate-set")
    assert (found.file, found.path) == (str(root / "code-sets/holds.json"), "$.id")
    assert "stretching@1.0.0" in found.message


def test_a_list_that_cannot_be_read_leaves_its_name(root: Path) -> None:
    (root / "code-sets/holds.json").write_text("{}")
    assert "unknown-set" not in codes(root)
    (root / "code-sets/holds.json").unlink()
    assert codes(root) == ["unknown-set"]


def test_a_list_that_does_not_fit_the_attribute_is_found_where_it_is_asked_for(root: Path) -> None:
    put(root, "holds", [{"code": "M54.*"}])
    (found,) = read_documents(root).findings
    assert (found.code, found.file) == ("set-does-not-fit", str(root / POLICY))


def test_definitions_of_the_vocabulary_may_name_a_list(root: Path) -> None:
    path = root / "vocabulary.json"
    value = json.loads(path.read_text())
    value["facts"] = {"held": {"summary": "It is a hold.", "when": {"line.code": {"in": "@holds"}}}}
    path.write_text(json.dumps(value))
    assert codes(root) == []


@pytest.mark.parametrize("change", [{"type": "integer", "minimum": 0}, {"type": "code", "pattern": "^[A-Z]$"}], ids=str)
def test_only_codes_and_texts_without_a_pattern_are_of_a_system(root: Path, change: Json) -> None:
    path = root / "vocabulary.json"
    value = json.loads(path.read_text())
    value["attributes"]["line.more"] = {"summary": "More.", "system": "icd-10-cm"} | change
    path.write_text(json.dumps(value))
    with pytest.raises(DocumentError) as refused:
        read_documents(root)
    assert [each.code for each in refused.value.findings] == ["unfit-system"]


def test_a_list_has_a_digest_of_its_own_in_the_lock(root: Path) -> None:
    (root / "lock.json").unlink(missing_ok=True)
    documents = usable(read_documents(root))
    made = locked(documents, None)
    (root / "lock.json").write_text(made.text or "")
    before = read_lock(root)
    assert before is not None
    assert list(before.lists) == ["holds"]
    assert not [each for each in check_rulebase(root).findings if each.code.endswith("-changed")]
    put(
        root,
        "holds",
        [{"code": "00010", "to": "2029-12-31"}, {"code": "00012"}, {"code": "00013", "from": "2030-01-01"}],
    )
    changed = [each.code for each in check_rulebase(root).findings if each.code.endswith("-changed")]
    assert changed == ["code-set-changed"]  # no version is another one
    documents = usable(read_documents(root))
    assert locked(documents, before).changed == ("@holds",)
    again = locked(documents, before, ["@holds"])
    assert again.changed == ()
    (root / "lock.json").write_text(again.text or "")
    assert not [each for each in check_rulebase(root).findings if each.code.endswith("-changed")]
    with pytest.raises(RequestError, match="no document is the code list `@hold`"):
        locked(documents, before, ["@hold"])


def test_a_lock_without_lists_has_no_key_for_them(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(RULEBASE, tmp_path / "rulebase"))
    (folder / "lock.json").unlink(missing_ok=True)
    assert "code_sets" not in json.loads(locked(usable(read_documents(folder)), None).text or "")


def test_a_change_of_a_list_is_told_and_shown_by_a_claim(root: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(root, tmp_path / "other"))
    put(other, "holds", [{"code": "00010", "to": "2028-12-31"}, {"code": "00013", "from": "2029-01-01"}])
    found = diff(str(root), str(other), known_on=date(2031, 1, 1))
    (edit,) = (each for each in found.edits if each.of == "code-set")
    assert (edit.kind, edit.area, edit.name, edit.key) == ("changed", "rules", "holds", "entries")
    assert edit.before == "00010: to 2029-12-31; 00012: any date"
    assert edit.after == "00010: to 2028-12-31; 00013: from 2029-01-01"
    assert found.answers.changes
    assert not diff(str(root), str(root), known_on=date(2031, 1, 1)).differs


def test_a_renewed_list_says_what_was_added_ended_and_removed(tmp_path: Path) -> None:
    file, folder = tmp_path / "codes.csv", tmp_path / "code-sets"
    folder.mkdir()
    file.write_text("Code,Description,From,To\n00010,Holds,,2029-12-31\n00012,More,,\n00013,Gone,,\n")
    first = import_codes(file, "holds", None, title="Holds")
    assert first.changes == ("added 00010: to 2029-12-31", "added 00012: any date", "added 00013: any date")
    path = write_code_set(first.code_set, folder)
    assert read_code_set(path) == first.code_set
    file.write_text("Code;From;To\n00010;;2028-12-31\n00012;;\n00014;2030-01-01;\n")
    again = import_codes(file, "holds", read_code_set(path))
    assert again.code_set.title == "Holds"
    assert again.changes == (
        "added 00014: from 2030-01-01",
        "ended 00010: to 2028-12-31, was to 2029-12-31",
        "removed 00013: any date",
    )


@pytest.mark.parametrize(("name", "text"), [
    ("c.txt", "# holds\n00010 a hold\n00012\n"),
    ("c.json", '["00010", {"code": "00012"}]'),
    ("c.json", '{"kind": "code-set", "entries": [{"code": "00010"}, {"code": "00012"}]}'),
    ("c.csv", "HCPCS_Code\tName\n00010\tx\n\n00012\ty\n"),
    ("c.csv", ",code\n0,00010\n1,00012\n"),
])  # fmt: skip
def test_codes_are_read_of_text_json_and_sheets(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert import_codes(tmp_path / name, "holds", None).code_set.codes == ("00010", "00012")


def test_from_a_day_on_a_list_ends_what_is_left_out() -> None:
    before = [
        CodeEntry("A"),
        CodeEntry("B", last="2024-12-31"),
        CodeEntry("C", last="2020-01-01"),
        CodeEntry("D", first="2025-01-01"),
    ]
    found = renewed(before, ["B", "C", "E"], date(2024, 10, 1))
    assert found == (
        CodeEntry("A", last="2024-09-30"),
        CodeEntry("B"),
        CodeEntry("C", last="2020-01-01"),
        CodeEntry("C", first="2024-10-01"),
        CodeEntry("E", first="2024-10-01"),
    )
    assert renewed(found, ["B", "C", "E"], date(2024, 10, 1)) == found


REFUSED = [
    ("lost zeros", "code\n00010\n12\n", "lost-zeros", 3),
    ("a number of a spreadsheet", "code\n00010\n1.0E+04\n", "no-code", 3),
    ("a code twice on one day", "code,from\n00010,\n00010,2024-01-01\n", "duplicate-code", 3),
    ("dates the wrong way", "code,from,to\n00010,2024-02-01,2024-01-31\n", "never-applies", 2),
    ("a date of another form", "code,from\n00010,2/1/2024\n", "bad-date", 2),
    ("no code", "code,from\n,2024-02-01\n", "empty-cell", 2),
    ("no column of codes", "name,when\nx x,y\n", "no-codes", 1),
    ("no codes", "code\n", "no-codes", None),
]


def workbook(path: Path, *sheets: list[list[Any]]) -> Path:
    """Write a workbook with a sheet of each list of rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets, start=1):
        sheet = book.create_sheet(f"Group {number}")
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


WORKBOOKS: list[tuple[str, list[list[list[Any]]]]] = [
    ("numbers and dates", [[["Code", "From"], [10010, None], ["00012", date(2024, 10, 1)]]]),
    ("other rows above the titles", [[["Holds"], [], ["x", "CPT Code", "Effective date"], ["a", "10010"],
      ["b", "00012", "2024-10-01"]]]),
    ("the longest sheet", [[["read me"]], [["code", "from"], ["10010"], ["00012", "2024-10-01"]]]),
]  # fmt: skip


@pytest.mark.parametrize("sheets", [each[1] for each in WORKBOOKS], ids=[each[0] for each in WORKBOOKS])
def test_codes_are_read_of_a_workbook(tmp_path: Path, sheets: list[list[list[Any]]]) -> None:
    made = import_codes(workbook(tmp_path / "c.xlsx", *sheets), "holds", None, title="Holds")
    assert made.code_set.entries == (CodeEntry("10010"), CodeEntry("00012", first="2024-10-01"))
    read = ", from sheet `Group 2`; 1 other sheet not read" if len(sheets) > 1 else ""
    assert made.account() == f"2 entries{read}; a new list"


def test_a_workbook_of_one_column_needs_no_title(tmp_path: Path) -> None:
    path = workbook(tmp_path / "c.xlsx", [["00010"], [None], ["00012"]])
    assert import_codes(path, "holds", None).code_set.codes == ("00010", "00012")


REFUSED_WORKBOOKS: list[tuple[str, list[list[Any]], str, int | None]] = [
    ("zeros that are lost", [["code"], ["00010"], [12]], "lost-zeros", 3),
    ("a note below the codes", [["code", "from"], ["00010"], ["see page 4"]], "no-code", 3),
    ("no column of codes", [["name", "when"], ["x", "y"]], "no-codes", 1),
    ("no rows", [], "no-table", None),
]


@pytest.mark.parametrize(
    ("rows", "code", "line"), [each[1:] for each in REFUSED_WORKBOOKS], ids=[each[0] for each in REFUSED_WORKBOOKS]
)
def test_rows_of_a_workbook_that_cannot_be_placed_are_refused(
    tmp_path: Path, rows: list[list[Any]], code: str, line: int | None
) -> None:
    path = workbook(tmp_path / "c.xlsx", rows)
    with pytest.raises(DocumentError) as refused:
        import_codes(path, "holds", None)
    assert [(each.code, each.line, each.file) for each in refused.value.findings] == [(code, line, str(path))]


def test_a_workbook_of_the_old_type_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(DocumentError, match=r"old type `\.xls`"):
        import_codes(tmp_path / "c.xls", "holds", None)


def test_the_extra_that_reads_workbooks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path / "c.xlsx", [["code"], ["00010"]])
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(DocumentError) as refused:
        import_codes(path, "holds", None)
    (found,) = refused.value.findings
    assert found.file == str(path)
    assert found.message == "workbooks need the package `python-calamine`, which is not installed"
    assert found.help == "run `pip install 'payrule[web]'`, or save it as CSV UTF-8, and give that file"


@pytest.mark.parametrize(("text", "code", "line"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED])
def test_what_cannot_be_placed_is_refused(tmp_path: Path, text: str, code: str, line: int | None) -> None:
    (tmp_path / "c.csv").write_text(text)
    with pytest.raises(DocumentError) as refused:
        import_codes(tmp_path / "c.csv", "holds", None)
    (found,) = refused.value.findings
    assert (found.code, found.line) == (code, line)


def test_an_editor_completes_explains_and_finds_a_list(root: Path) -> None:
    document = OpenDocument(root, root / POLICY, readable(root / POLICY))
    typed = '{"rules": [{"when": {"line.code": {"in": "@'
    assert ("@holds", "holds") in {tuple(each) for each in choices(document, typed)}
    in_quota = '{"quotas": {"a": {"where": {"line.code": {"in": "@'
    assert "@holds" in {each.word for each in choices(document, in_quota)}
    offset = document.text.text.index("@holds") + 2
    assert hover(document, offset) == "**code list `@holds`**: holds\n\n- 00010: to 2029-12-31\n- 00012: any date"
    (place,) = definitions(document, offset)
    assert place.file == root / "code-sets/holds.json"
