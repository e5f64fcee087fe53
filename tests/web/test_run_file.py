"""Run a file: columns matched, answers beside the rows, a cell corrected, the file given back with answers added."""

import csv
import io
import json
import re
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from shutil import copytree
from typing import Any

import openpyxl
import pytest
from tests.web.workbench_for_tests import client_of, sent, words_of

from payrule.reports.sheet_answers import TITLES
from payrule.rulebase.folder import COLUMN_MAPS
from payrule.web import run_decisions as runs
from payrule.web.site import Site

EXAMPLES = Path(__file__).parents[2] / "examples"

OWN = b"""encounter,code,date,units,charge,payer
A-1,97110,2016-03-01,1,45.00,blue-cross
A-1,97124,2016-03-01,1,30.00,blue-cross
A-2,98941,2016-03-02,x,50.00,blue-cross
"""

HABIT = (
    "Claims of March;;;;;;\r\n\r\n"
    "acct #;cpt;dx 1;dx 2;pos;qty;svc date;charge;note\r\n"
    '7;97110;M5450;M62.830;11;1;1/5/2016;$45.00;"=1+1; ü"\r\n'
    "8;97124;M5450;;11;1;1/6/2016;30;\r\n"
).encode("cp1252")


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site(None) as made:
        yield made


def post(site: Site, name: str, content: bytes, payer: str = "") -> Any:
    """Send a file, and give the answer, which leads on."""
    files = {"file": (name, content)}
    return sent(client_of(site), "/files", {"payer": payer}, files=files, follow_redirects=False)


def decided(site: Site, name: str, content: bytes, payer: str = "") -> str:
    """Send a file that needs no columns, and give the address of its answers."""
    answer = post(site, name, content, payer)
    assert answer.status_code == 303, answer.text
    assert re.fullmatch("/files/[0-9a-f]{32}", answer.headers["location"])
    return str(answer.headers["location"])


def pickers(page: str) -> dict[str, str]:
    """Give the pickers of a page with what is chosen."""
    found = {}
    for name, inside in re.findall(r'<select id="([^"]+)"(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', inside)
        found[name] = chosen[1] if chosen else ""
    return found


def value_of(site: Site, address: str) -> dict[str, Any]:
    """Give what a page shows, as JSON."""
    found: dict[str, Any] = client_of(site).get(address, headers={"accept": "application/json"}).json()
    return found


def test_sheet_with_own_headings_is_decided_at_once_and_given_back(site: Site) -> None:
    address = decided(site, "own.csv", OWN)
    shown = value_of(site, address)
    assert shown["is_whole"]
    assert shown["mistakes"] == 1
    assert sum(shown["lines"].values()) == 2
    given = client_of(site).get(f"{address}/answers.csv").content
    rows = list(csv.reader(io.StringIO(given.decode())))
    assert rows[0] == ["encounter", "code", "date", "units", "charge", "payer", *TITLES]
    assert [row[:6] for row in rows] == list(csv.reader(io.StringIO(OWN.decode())))
    assert [bool(row[6]) for row in rows[1:]] == [True] * 3
    assert rows[3][6] == "not decided"
    assert "write a number in digits, such as `15` or `1.5`" in rows[3][10]


def test_columns_of_another_habit_are_guessed_and_what_is_open_is_asked(site: Site) -> None:
    to = post(site, "march.csv", HABIT, "blue-cross").headers["location"]
    assert to.endswith("/columns")
    client = client_of(site)
    chosen = pickers(client.get(to).text)
    uses = [chosen[f"use-{at}"] for at in range(9)]
    assert uses == [
        *("", "line.code", "encounter.diagnoses", "encounter.diagnoses", "line.place_of_service", "line.units"),
        *("line.date", "line.charge_cents", ""),
    ]
    assert (chosen["claim"], chosen["payer"], chosen["amounts-7"], chosen["dates-6"]) == (
        "0",
        "blue-cross",
        "dollars",
        "",
    )
    asked = sent(client, to, chosen)
    assert asked.status_code == 422
    assert "`1/5/2016` may begin with the month or with the day; choose which it is" in words_of(asked.text)
    taken = sent(client, to, chosen | {"dates-6": "month-first"}, follow_redirects=False)
    address = taken.headers["location"]
    assert sum(value_of(site, address)["lines"].values()) == 2
    given = client.get(f"{address}/answers.csv").content
    for before, after in zip(HABIT.split(b"\r\n"), given.split(b"\r\n"), strict=True):
        assert after.startswith(before)
    # The next file with these headings is not asked about.
    assert decided(site, "april.csv", HABIT.replace(b"March", b"April"), "blue-cross")


def test_cell_is_corrected_in_its_place_and_the_file_keeps_what_it_said(site: Site) -> None:
    address = decided(site, "own.csv", OWN)
    client = client_of(site)
    page = client.get(f"{address}?show=mistakes").text
    assert '<label for="typed-4-3">units in row 4</label>' in page
    cell = {"row": "4", "column": "3", "typed": "2"}
    assert sent(client, f"{address}/cells", cell, follow_redirects=False).headers["location"] == address
    shown = value_of(site, address)
    assert (shown["mistakes"], sum(shown["lines"].values())) == (0, 3)
    rows = list(csv.reader(io.StringIO(client.get(f"{address}/answers.csv").text)))
    assert (rows[0][-1], rows[3][3], rows[3][-1]) == ("corrected here", "x", "units: 2")
    for wrong in ({"row": "99"}, {"row": "1"}, {"column": "6"}, {"row": "x"}, {"row": "9" * 5000}):
        assert sent(client, f"{address}/cells", cell | wrong).status_code == 422


def test_row_that_moves_to_another_claim_is_decided_with_it(site: Site) -> None:
    address = decided(site, "own.csv", OWN)
    client = client_of(site)
    sent(client, f"{address}/cells", {"row": "4", "column": "3", "typed": "1"})
    sent(client, f"{address}/cells", {"row": "4", "column": "0", "typed": "A-1"})
    assert value_of(site, f"{address}/rows/4")["number"] == 3


def test_why_shows_the_source_sentence(site: Site) -> None:
    address = decided(site, "claims.csv", (EXAMPLES / "claims.csv").read_bytes())
    page = client_of(site).get(f"{address}/rows/3").text
    assert "Massage given to prepare for therapy or manipulation is part of that service." in words_of(page)
    assert "source" in words_of(page)
    assert client_of(site).get(f"{address}/rows/99").status_code == 422


def test_a_line_of_a_file_opens_in_the_form_of_a_claim_with_the_same_answer(site: Site) -> None:
    address = decided(site, "own.csv", OWN)
    client = client_of(site)
    page = client.get(f"{address}/rows/3").text
    form = page.split('action="/try#answer"')[1].split("</form>")[0]
    typed = {each.split('"')[0]: each.split('"')[2] for each in form.split('<input type="hidden" name="')[1:]}
    assert typed["line.2.charge"] == "30.00"
    tried = client.post("/try", data=typed, headers={"accept": "application/json"}).json()
    asked = value_of(site, f"{address}/rows/3")
    assert tried["determination"]["lines"][1]["disposition"] == asked["disposition"]
    assert tried["determination"]["lines"][1]["reasons"] == asked["reasons"]


@pytest.mark.parametrize(
    ("name", "payer", "lines"),
    [
        ("week-of-claims.jsonl", "blue-cross", 9),
        ("day-of-four-lines.json", "blue-cross", 4),
        ("claims-5010.837", "blue-cross", 14),
    ],
)
def test_claims_of_other_formats_have_a_row_for_each_line(site: Site, name: str, payer: str, lines: int) -> None:
    address = decided(site, name, (EXAMPLES / name).read_bytes(), payer)
    shown = value_of(site, address)
    assert len(shown["rows"]) == sum(shown["lines"].values()) == lines
    book = openpyxl.load_workbook(io.BytesIO(client_of(site).get(f"{address}/answers.xlsx").content))
    titles = [cell.value for cell in next(book.active.iter_rows(max_row=1))]
    assert tuple(titles[-6:]) == TITLES
    assert book.active.max_row == lines + 1


def workbook() -> bytes:
    """Make a workbook as people keep them: a merged title, types, a formula, and another sheet."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = "March"
    page.append(["Claims of March"])
    page.merge_cells("A1:D1")
    page.append(["claim id", "hcpcs", "dos", "billed"])
    page.append(["7", 97110, None, 45])
    page["C3"] = date(2016, 3, 1)
    page["D3"].number_format = "0.00"
    page["E3"] = "=D3*2"
    page.column_dimensions["A"].width = 33
    book.create_sheet("Notes").append(["keep me"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_workbook_is_given_back_as_it_was_with_columns_at_its_right(site: Site) -> None:
    to = post(site, "march.xlsx", workbook(), "blue-cross").headers["location"]
    client = client_of(site)
    chosen = pickers(client.get(to).text)
    assert [chosen[f"use-{at}"] for at in range(4)] == ["", "line.code", "line.date", "line.charge_cents"]
    assert sent(client, to, chosen).status_code == 422  # 45 may be dollars or cents
    address = sent(client, to, chosen | {"amounts-3": "dollars"}, follow_redirects=False).headers["location"]
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{address}/answers.xlsx").content))
    page = book["March"]
    assert (page["B3"].value, page["D3"].number_format, page["E3"].value) == (97110, "0.00", "=D3*2")
    assert page.column_dimensions["A"].width == 33
    assert [str(each) for each in page.merged_cells.ranges] == ["A1:D1"]
    assert book["Notes"]["A1"].value == "keep me"
    assert [page.cell(2, at).value for at in range(6, 12)] == list(TITLES)
    assert "1 other sheet of the workbook is not read." in client.get(address).text
    assert page.cell(3, 6).value


def test_row_of_headings_can_be_corrected(site: Site) -> None:
    to = post(site, "march.csv", HABIT.replace(b"svc", b"my"), "blue-cross").headers["location"]
    page = client_of(site).get(f"{to}?headings=4").text
    assert "Columns of row 4" in words_of(page)
    assert client_of(site).get(f"{to}?headings=99").status_code == 200


@pytest.mark.slow
def test_large_file_shows_first_answers_and_is_finished_by_a_job(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "AT_ONCE", 3)
    monkeypatch.setattr(runs, "FIRST", 2)
    titles, *rows = (EXAMPLES / "claims.csv").read_bytes().splitlines()
    content = b"\n".join([titles, *rows, b"Z-9,no-such-payer,,,97110,2016-03-01", b"Z-8,blue-cross,,,x,2016-03-01"])
    at_once = decided(site, "claims.csv", b"\n".join([titles, *rows[:3]]))
    assert value_of(site, at_once)["is_whole"]
    address = decided(site, "claims.csv", content)
    assert 'data-job="' in client_of(site).get(address).text
    assert "Download .csv" not in client_of(site).get(address).text
    for _ in range(600):
        shown = value_of(site, address)
        if shown["is_whole"]:
            break
        time.sleep(0.1)
    assert shown["is_whole"]
    assert shown["mistakes"] == 2
    monkeypatch.undo()
    directly = value_of(site, decided(site, "claims.csv", content))
    assert shown == directly


@pytest.mark.slow
@pytest.mark.parametrize("name", ["week-of-claims.jsonl", "corrections-5010.837"])
def test_claims_of_other_formats_are_answered_alike_at_once_and_by_a_job(
    site: Site, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = (EXAMPLES / name).read_bytes()
    directly = value_of(site, decided(site, name, content, "blue-cross"))
    monkeypatch.setattr(runs, "AT_ONCE", 1)
    monkeypatch.setattr(runs, "FIRST", 1)
    address = decided(site, name, content, "blue-cross")
    assert not value_of(site, address)["is_whole"]
    for _ in range(600):
        if (shown := value_of(site, address))["is_whole"]:
            break
        time.sleep(0.1)
    assert shown == directly


@pytest.mark.slow
def test_choice_of_columns_is_kept_in_a_rulebase_of_ones_own(tmp_path: Path) -> None:
    folder = copytree(EXAMPLES.parent / "policies", tmp_path / "policies")
    shipped = {*(folder / COLUMN_MAPS).iterdir()}
    with Site(folder) as site:
        to = post(site, "march.csv", HABIT, "blue-cross").headers["location"]
        client = client_of(site)
        sent(client, to, pickers(client.get(to).text) | {"dates-6": "month-first"})
        (kept,) = {*(folder / COLUMN_MAPS).iterdir()} - shipped
        document = json.loads(kept.read_text())
        assert document["kind"] == "column-map"
        assert document["columns"][6] == {"heading": "svc date", "attribute": "line.date", "dates": "month-first"}
        assert site.rulebase.policies
        assert site.findings == ()


def test_what_cannot_be_read_says_what_it_is(site: Site) -> None:
    for content, said in (
        (b"", "the file is empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "encrypted, or of the old type"),
        (b"PK\x03\x04damaged", "damaged"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\0\1\2\3" * 99, "not text"),
    ):
        answer = post(site, "claims.xlsx", content, "blue-cross")
        assert answer.status_code == 422
        assert said in answer.text
    assert sent(client_of(site), "/files", {"payer": "nobody"}, files={"file": ("a.csv", OWN)}).status_code == 422
    assert sent(client_of(site), "/files", {"payer": ""}).status_code == 422


def test_nothing_of_a_claim_is_in_an_address_or_title(site: Site) -> None:
    address = decided(site, "own-A-1.csv", OWN.replace(b"A-1", b"SECRET-1"))
    page = client_of(site).get(address).text
    assert not any("SECRET" in each or "own-A-1" in each for each in re.findall(r'(?:href|action|src)="[^"]*"', page))
    assert "<title>Answers - payrule</title>" in page


def test_markup_and_formulas_in_cells_are_text(site: Site) -> None:
    hostile = b'"<script>alert(1)</script>","=cmd|\' /C calc\'!A0",{{7*7}}\n' * 2
    to = post(site, "<b>.csv", hostile, "blue-cross").headers["location"]
    page = client_of(site).get(to).text
    assert "<script>alert" not in page
    own = OWN.replace(b"A-2", b"<b>=A-2").replace(b"98941", b'"<img src=x>"')
    address = decided(site, "<b>.csv", own)
    page = client_of(site).get(address).text
    assert "<b>" not in page
    assert "<img" not in page


def test_a_run_of_another_name_is_not_there(site: Site) -> None:
    for run in ("0" * 32, "%2e%2e%2f%2e%2e", "x"):
        assert client_of(site).get(f"/files/{run}").status_code in {404, 422}
