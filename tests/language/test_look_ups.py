"""Values that are looked up in tables of the user's own: imported, found by key and day, unknown without a row."""

from pathlib import Path
from typing import Any

import pytest
from tests.command import run
from tests.property.columnar import by_columns, one_by_one
from tests.property.documents import KNOWN_ON, PAYER, decide, documents, encounter, policy, rule
from tests.property.effort import mostly_slow
from tests.property.words import ATTRIBUTES

from payrule.formats.own_tables import Layout, Wanted, import_own_table
from payrule.rulebase.load import read_table
from payrule.rulebase.rulebase import Rulebase, load
from payrule.source.diagnostics import DocumentError

Json = dict[str, Any]

FEES = """code,place,first,last,fee,level
A0001,11,2024-01-01,2024-06-30,45.50,L1
A0001,11,2024-07-01,,"$1,046.00",L2
A0001,22,2024-01-01,,20,
A0002,11,,2024-06-29,7,L1
"""

LAYOUT = Layout(
    (Wanted("code", "code"), Wanted("place", "code")),
    "first",
    "last",
    (Wanted("fee", "dollars"), Wanted("level", "code")),
)
BY = {"code": "line.code", "place": "line.place"}
WORDS: Json = ATTRIBUTES | {
    "line.charge_cents": {"type": "integer", "summary": "charge", "measure": "cents", "minimum": 0},
    "line.fee_cents": {
        "type": "integer",
        "summary": "fee",
        "measure": "cents",
        "derived": {"lookup": "fee-schedule", "by": BY, "on": "line.date", "value": "fee_cents"},
    },
    "line.level": {
        "type": "choice",
        "summary": "level",
        "values": ["L1"],
        "derived": {"lookup": "fee-schedule", "by": BY, "on": "line.date", "value": "level"},
    },
    "line.over": {
        "type": "integer",
        "summary": "over the fee",
        "measure": "cents",
        "derived": {"minus": ["line.charge_cents", "line.fee_cents"]},
    },
}


def imported(folder: Path, text: str = FEES, layout: Layout = LAYOUT) -> Path:
    """Import a table into the folder of a rulebase."""
    file = folder / "fees.csv"
    file.write_text(text, encoding="utf-8")
    (folder / "tables").mkdir(exist_ok=True)
    import_own_table(file, "fee-schedule", layout, folder / "tables", title="Fees", issuer="plan")
    file.unlink()
    return folder / "tables" / "fee-schedule.json"


def rulebase(folder: Path, when: Json, words: Json | None = None) -> Rulebase:
    made = documents(policy(rule("asked", when, "benefit", "excluded")), words={"attributes": words or WORDS})
    made.write(folder)
    imported(folder)
    return load(folder)


def test_titles_may_be_words_of_a_database(tmp_path: Path) -> None:
    text = "order,line,From,To,file,group\nA0001,L1,2024-01-01,2024-06-30,3,7\nA0001,L1,2024-07-01,,4,8\n"
    layout = Layout(
        (Wanted("order", "code"), Wanted("line", "code")),
        "From",
        "To",
        (Wanted("file", "integer"), Wanted("group", "integer")),
    )
    made = read_table(imported(tmp_path, text, layout))
    assert list(made.rows) == [
        ("A0001", "L1", "20240101", "20240630", "3", "7"),
        ("A0001", "L1", "20240701", "", "4", "8"),
    ]
    with pytest.raises(DocumentError, match="`A0001/L1` holds on a day on which row 2 does"):
        imported(tmp_path, text.replace("2024-06-30", "2024-07-01"), layout)


CASES: list[tuple[str, Json, Json, str]] = [
    ("the last day of a row", {"line.fee_cents": {"is": 4550}}, {"date": "2024-06-30"}, "yes"),
    ("the first day of the next", {"line.fee_cents": {"is": 104600}}, {"date": "2024-07-01"}, "yes"),
    ("the first day of all", {"line.fee_cents": {"is": 4550}}, {"date": "2024-01-01"}, "yes"),
    ("the day before", {"line.fee_cents": {"is": 4550}}, {"date": "2023-12-31"}, "line.fee_cents"),
    ("a row from ever", {"line.fee_cents": {"is": 700}}, {"code": "A0002", "date": "1990-01-01"}, "yes"),
    (
        "a row that has ended",
        {"line.fee_cents": {"is": 700}},
        {"code": "A0002", "date": "2024-06-30"},
        "line.fee_cents",
    ),
    ("another key", {"line.fee_cents": {"is": 2000}}, {"place": "22"}, "yes"),
    ("no such key", {"line.fee_cents": {"is": 2000}}, {"place": "33"}, "line.fee_cents"),
    ("a key that is too long for the table", {"line.fee_cents": {"is": 1}}, {"place": "111111"}, "line.fee_cents"),
    ("an unknown key", {"line.fee_cents": {"is": 2000}}, {"place": None}, "line.place"),
    ("a given value", {"line.fee_cents": {"is": 9}}, {"place": None, "fee_cents": 9}, "yes"),
    ("a code", {"line.level": {"is": "L1"}}, {"date": "2024-06-30"}, "yes"),
    ("a code that the attribute cannot hold", {"line.level": {"is": "L1"}}, {"date": "2024-07-01"}, "line.level"),
    ("an empty cell", {"line.level": {"is": "L1"}}, {"place": "22"}, "line.level"),
    ("what is over", {"line.over": {"is": 450}}, {"charge_cents": 5000}, "yes"),
    ("what is under", {"line.over": {"is": -50}}, {"charge_cents": 4500}, "yes"),
    ("over an unknown fee", {"line.over": {"is": 1}}, {"charge_cents": 4500, "place": None}, "line.place"),
]


@pytest.mark.parametrize(
    ("when", "line", "expected"), mostly_slow([each[1:] for each in CASES], quick=6), ids=[each[0] for each in CASES]
)
def test_what_is_looked_up_is_what_each_execution_reads(when: Json, line: Json, expected: str, tmp_path: Path) -> None:
    """Forward chaining is compared with the reference evaluator at each answer; columns here."""
    asked = rulebase(tmp_path, when)
    claim = encounter({"place": "11", **line})
    (found,) = decide(asked, claim).lines
    words = {"denied": "yes", "undecided": "no"}
    assert (words.get(found.disposition) or " ".join(found.open)) == expected
    taken = [asked.encounter(claim), asked.encounter(encounter({"place": "22"}, {"place": "11", "date": "2024-07-01"}))]
    assert by_columns(asked, taken, PAYER, KNOWN_ON) == one_by_one(asked, taken, PAYER, KNOWN_ON)


def test_an_answer_names_the_row_that_it_rests_on(tmp_path: Path) -> None:
    asked = rulebase(tmp_path, {"line.fee_cents": {"at_least": 1}})
    found = decide(asked, encounter({"place": "11"}))
    ((row,),) = [reason.rows or () for reason in found.line(1).reasons]
    assert row["table"] == "fee-schedule"
    assert (row["fee_cents"], row["first"], row["last"], row["lines"]) == (4550, "2024-01-01", "2024-06-30", [1])
    (because,) = found.explain(1).rules[0].because
    assert because == "row A0001/11 of `fee-schedule`: fee cents 4550, from 2024-01-01, to 2024-06-30"


REFUSED: list[tuple[str, str, Any]] = [
    ("a key twice on a day", FEES + "A0001,11,2024-06-30,2024-06-30,1,\n", [(6, "key-twice")]),
    ("a key twice", "code,place,first,last,fee,level\nA0001,11,,,1,\nA0001,11,,,1,\n", [(3, "key-twice")]),
    ("no date", FEES.replace("2024-06-29", "2024-06-31"), [(5, "bad-date")]),
    ("a date as others write it", FEES.replace("2024-06-29", "6/29/2024"), [(5, "bad-date")]),
    ("days swapped", FEES.replace("2024-06-30", "2023-06-30"), [(2, "dates-swapped")]),
    ("lost zeros", FEES + "A0009,1,,,1,\n", [(6, "lost-zeros")]),
    ("a number in place of a code", FEES.replace("A0002", "1.1E+05"), [(5, "no-code")]),
    ("no amount", FEES.replace(",7,", ",seven,"), [(5, "bad-amount")]),
    ("an empty key", FEES.replace("A0002,11", "A0002,"), [(5, "empty-cell")]),
    ("a column that nothing names", FEES.replace("level", "grade"), [(1, "unknown-column"), (1, "unknown-column")]),
    ("no row", "code,place,first,last,fee,level\n", [(None, "no-rows")]),
]


@pytest.mark.parametrize(("text", "expected"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED])
def test_a_file_that_cannot_be_a_table_is_refused_with_its_rows(
    text: str, expected: list[tuple[int | None, str]], tmp_path: Path
) -> None:
    with pytest.raises(DocumentError) as raised:
        imported(tmp_path, text)
    assert [(each.line, each.code) for each in raised.value.findings] == expected
    assert not [*(tmp_path / "tables").iterdir()]


WRONG: list[tuple[str, Json, str]] = [
    ("no such table", {"lookup": "fees"}, "unknown-table"),
    ("no such column", {"value": "fee"}, "unknown-column"),
    ("a column of another type", {"value": "level"}, "unfit-table"),
    ("half of the key", {"by": {"code": "line.code"}}, "unfit-table"),
    ("a key of another type", {"by": BY | {"place": "line.units"}}, "unfit-table"),
    ("no day", {"on": None}, "unfit-table"),
]


@pytest.mark.parametrize(
    ("change", "code"), mostly_slow([each[1:] for each in WRONG], quick=2), ids=[each[0] for each in WRONG]
)
def test_a_look_up_that_cannot_be_is_an_error_of_the_vocabulary(change: Json, code: str, tmp_path: Path) -> None:
    fee = WORDS["line.fee_cents"]
    derived = {key: each for key, each in (fee["derived"] | change).items() if each is not None}
    words = WORDS | {"line.fee_cents": fee | {"derived": derived}}
    with pytest.raises(DocumentError) as raised:
        rulebase(tmp_path, {"line.fee_cents": {"is": 1}}, words)
    assert [each.code for each in raised.value.findings] == [code]


def test_rows_that_were_changed_are_not_looked_up(tmp_path: Path) -> None:
    rulebase(tmp_path, {"line.fee_cents": {"is": 1}})
    rows = tmp_path / "tables" / "fee-schedule.rows"
    rows.write_bytes(rows.read_bytes().replace(b"4550", b"4650"))
    with pytest.raises(DocumentError, match="its digest is"):
        load(tmp_path)


def test_the_command_imports_a_table(tmp_path: Path) -> None:
    file = tmp_path / "Fee Schedule.csv"
    file.write_text(FEES, encoding="utf-8")
    keys = "--key code --key place --from first --to last"
    made = run(
        f"payrule import table 'Fee Schedule.csv' {keys} --value fee:dollars --value level:code --out t", tmp_path
    )
    assert (made.code, made.stdout.strip(), made.stderr.strip()) == (0, "t/fee-schedule.json", "4 rows read, all kept")
    wrong = run(f"payrule import table 'Fee Schedule.csv' {keys} --value fee:money --out t", tmp_path)
    assert wrong.code != 0
    assert "KIND is one of `code`, `integer`, `date`, `text`, `dollars`" in " ".join(wrong.stderr.split())
