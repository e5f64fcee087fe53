"""Tables of PostgreSQL in and out, on a server that is started here; skipped where there is none."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.command import run
from tests.formats.x12_texts import CLAIM, DATED
from tests.formats.x12_texts import claims as claims_of
from tests.postgresql_server import INITDB, address, running

from payrule import adjudicate_files, load
from payrule.columns import postgresql
from payrule.columns.postgresql import TableAddress
from payrule.columns.writer import Outputs
from payrule.source.diagnostics import RequestError

ASKED = "--payer medicare-part-b --known-on 2026-01-01"

pytest.importorskip("adbc_driver_postgresql", reason="ADBC is not installed: pip install 'payrule[postgresql]'")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Give how to connect to a server of these tests."""
    if INITDB is None:
        pytest.skip("there is no PostgreSQL here")
    with running() as connection:
        yield connection


def query(server: str, *statements: str) -> list[Any]:
    """Run statements, and give the rows of the last one."""
    from adbc_driver_postgresql import dbapi  # noqa: PLC0415 - an extra

    with dbapi.connect(server) as connection, connection.cursor() as cursor:
        for each in statements:
            cursor.execute(each)
        rows = cursor.fetchall() if statements[-1].startswith("SELECT") else []
        connection.commit()
    return rows


LINES = [
    (f"E-{at // 2}", at % 2 + 1, code, "2024-08-01", 1)
    for at, code in enumerate(["97140", "97124", "97140", "97530", "98941", "nonsense"])
]


@pytest.fixture(scope="module")
def claims(server: str) -> str:
    """Make a table of lines, in any order, with the types that a database has."""
    rows = LINES[::2] + LINES[1::2][::-1]
    values = ", ".join(f"('{claim}', {number}, '{code}', '{day}', {units})" for claim, number, code, day, units in rows)
    columns = "encounter text, number smallint, code varchar(8), date date, units integer, note jsonb"
    query(
        server,
        "CREATE SCHEMA january",
        f"CREATE TABLE january.lines ({columns})",
        f"INSERT INTO january.lines VALUES {values.replace(')', ', NULL)')}",  # noqa: S608 - values that stand above
    )
    return address(server, "january.lines")


@pytest.mark.slow
def test_a_table_is_answered_as_a_file_of_its_lines(server: str, claims: str, tmp_path: Path) -> None:
    rows = "".join(f"{','.join(map(str, each))}\n" for each in LINES)
    (tmp_path / "lines.csv").write_text("encounter,number,code,date,units\n" + rows)
    filed = run(f"payrule adjudicate lines.csv {ASKED} --engine columns --out a.jsonl", tmp_path)
    told = run(f"payrule adjudicate --from '{claims}' --to '{address(server, 'answers')}' {ASKED}", tmp_path)
    assert (filed.code, told.code) == (2, 2), told.stderr
    assert told.stderr.splitlines()[-1] == filed.stderr.splitlines()[-1].replace(
        "see `a.jsonl.rejects.csv`", "see `postgresql://payrule@/postgres/answers_rejects`"
    )
    found = query(server, "SELECT encounter, line, disposition, rules, explanation FROM answers ORDER BY 1, 2")
    wanted = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    names = ("encounter", "line", "disposition", "rules", "explanation")
    assert [tuple(each) for each in found] == [tuple(each[name] for name in names) for each in wanted]
    explained = dict(query(server, "SELECT explanation, explained FROM answers_explanations"))
    assert {json.loads(text)["explanation"] for text in explained.values()} == {each[4] for each in found}
    assert query(server, "SELECT count(*) FROM answers_rejects")[0][0] > 0
    assert "cret" not in told.stderr


@pytest.mark.slow
def test_columns_of_a_table_are_read_by_their_types(server: str, tmp_path: Path) -> None:
    columns = (
        "encounter bigint, number smallint, code integer, date timestamp, place_of_service smallint, units integer"
    )
    query(
        server,
        f"CREATE TABLE typed ({columns})",
        "INSERT INTO typed VALUES (1, 1, 97140, '2024-08-01 13:30', 11, 1), (2, 1, 450, '2024-08-01', 11, 1)",
    )
    told = run(f"payrule adjudicate --from '{address(server, 'typed')}' {ASKED} --out a.jsonl", tmp_path)
    rows = "encounter,number,code,date,place_of_service,units\n1,1,97140,2024-08-01,11,1\n"
    (tmp_path / "lines.csv").write_text(rows)
    run(f"payrule adjudicate lines.csv {ASKED} --engine columns --out b.jsonl", tmp_path)
    found, wanted = (json.loads((tmp_path / name).read_text()) for name in ("a.jsonl", "b.jsonl"))
    assert found == wanted | {"encounter_digest": None}
    rejects = (tmp_path / "a.jsonl.rejects.csv").read_text()
    assert (
        "2,postgresql://payrule@/postgres/typed,2,code,,bad-form,`code` cannot be `450`,did you mean `00450`" in rejects
    )
    query(server, "ALTER TABLE typed ALTER date TYPE timestamptz")
    told = run(f"payrule adjudicate --from '{address(server, 'typed')}' {ASKED} --out c.jsonl", tmp_path)
    assert (told.code, "`date` holds points in time" in told.stderr) == (2, True), told.stderr


@pytest.mark.slow
def test_numbers_of_type_numeric_are_numbers(server: str, tmp_path: Path) -> None:
    columns = (
        'encounter numeric, number numeric(3), code numeric(5, 0), date date, units numeric(10, 2), "Minutes" numeric'
    )
    rows = [(7, 1, 97140, 1, 15), (7, 2, 97124, 2, 30), (8, 1, 97110, 1.5, None), (9, 1, 99213, 0.1, 8)]
    values = [(*row[:3], "2024-08-01", *row[3:]) for row in rows]
    query(
        server,
        f"CREATE TABLE amounts ({columns})",
        *(f"INSERT INTO amounts VALUES {each}".replace("None", "NULL") for each in values),  # noqa: S608 - values that stand above
    )
    written = "".join(f"{','.join('' if each is None else str(each) for each in row)}\n" for row in values)
    (tmp_path / "lines.csv").write_text(f"encounter,number,code,date,units,minutes\n{written}")
    filed = run(f"payrule adjudicate lines.csv {ASKED} --engine columns --out a.jsonl", tmp_path)
    told = run(f"payrule adjudicate --from '{address(server, 'amounts')}' {ASKED} --out b.jsonl", tmp_path)
    assert (filed.code, told.code) == (2, 2), told.stderr  # of the part of a unit
    wanted, found = (list(map(json.loads, (tmp_path / f"{name}.jsonl").read_text().splitlines())) for name in "ab")
    unlike = dict.fromkeys(("encounter_digest", "warnings"))  # warnings name the file
    assert [each | unlike for each in found] == [each | unlike for each in wanted]
    assert [each["open"] for each in found if each["encounter"] == "8"] == [["line.units"]]
    query(server, "UPDATE amounts SET encounter = 7.5 WHERE encounter = 7")
    told = run(f"payrule adjudicate --from '{address(server, 'amounts')}' {ASKED} --out c.jsonl", tmp_path)
    assert (told.code, "`encounter` holds" in told.stderr) == (2, True), told.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "values", "read"),
    [
        ("numeric", "(7), (8)", [7, 8]),
        ("numeric", "(7), (1.5)", [7.0, 1.5]),
        ("numeric", "(0.1), (NULL)", [0.1, None]),
        ("numeric", "('7'), ('Infinity')", [7.0, float("inf")]),
        ("numeric", "(12345678901234567890)", ["12345678901234567890"]),
        ("numeric(20)", "(7)", [7]),
        ("numeric(18)", "(999999999999999999)", [999999999999999999]),
        ("numeric(4, 2)", "(7)", [7.0]),
        ("numeric", "", []),
        ("text", "('7')", ["7"]),
    ],
)
def test_numeric_is_whole_where_no_number_has_places(
    server: str, tmp_path: Path, kind: str, values: str, read: list[Any]
) -> None:
    columns = f'id integer, gone integer, "Of ""it""" {kind}'
    query(server, "DROP TABLE IF EXISTS whole", f"CREATE TABLE whole ({columns})", "ALTER TABLE whole DROP gone")
    if values:
        query(server, f"INSERT INTO whole SELECT 1, x::{kind} FROM (VALUES {values}) v (x)")  # noqa: S608 - values that stand above
    assert postgresql.fetch(TableAddress.of(address(server, "whole")), tmp_path / "a.parquet") == len(read)
    found = parquet.read_table(tmp_path / "a.parquet")
    assert found.column_names == ["id", 'Of "it"']
    assert [(type(each), each) for each in found['Of "it"'].to_pylist()] == [(type(each), each) for each in read]


@pytest.mark.slow
def test_a_table_with_other_titles_is_read_by_a_column_map(server: str, tmp_path: Path) -> None:
    columns = {
        "claim_id": "integer",
        "member_id": "text",
        "claim_line_start_date": "timestamp",
        "service_unit_quantity": "float8",
        "hcpcs_code": "text",
        "hcpcs_modifier_1": "text",
        "diagnosis_code_1": "text",
    }
    made = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    rows = [("7", "M-1", "2024-08-01", "1", "97140", "59", "M545"), ("8", "M-2", "soon", "1", "97140", "59", "M545")]
    sheet = "".join(f"{','.join(each)}\n" for each in (tuple(columns), rows[0], rows[1]))
    (tmp_path / "claims.csv").write_text(sheet)
    query(
        server,
        f"CREATE TABLE tuva ({made})",
        "INSERT INTO tuva VALUES (7, 'M-1', '2024-08-01 00:00', 1, '97140', '59', 'M545')",
        "INSERT INTO tuva VALUES (8, 'M-2', NULL, 1, '97140', '59', 'M545')",
    )
    filed = run(f"payrule adjudicate claims.csv {ASKED} --format csv --out a.csv", tmp_path)
    for option in ("", "--map tuva-medical-claim"):
        told = run(f"payrule adjudicate --from '{address(server, 'tuva')}' {ASKED} {option} --out b.csv", tmp_path)
        assert (filed.code, told.code) == (2, 2), told.stderr
        assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
        assert "8,postgresql://payrule@/postgres/tuva,2," in (tmp_path / "b.csv.rejects.csv").read_text()


@pytest.mark.slow
def test_what_cannot_be_written_whole_is_not_written(server: str, claims: str, tmp_path: Path) -> None:
    query(server, "CREATE TABLE half_rejects (x text)")
    told = run(f"payrule adjudicate --from '{claims}' --to '{address(server, 'half')}' {ASKED}", tmp_path)
    assert told.code == 2
    assert "`postgresql://payrule@/postgres/half_rejects` is there already; name a table that is not" in told.stderr
    tables = "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'half%'"
    assert query(server, tables) == [("half_rejects",)]


COUNTS = (
    "SELECT (SELECT count(*) FROM {0}), (SELECT count(*) FROM {0}_explanations), (SELECT count(*) FROM {0}_rejects)"
)


@pytest.mark.slow
def test_rows_are_added_to_tables_that_are_there(server: str, claims: str, tmp_path: Path) -> None:
    asked = f"payrule adjudicate --from '{claims}' --to '{address(server, 'january.grown')}' {ASKED}"
    counts = []
    for option in ("--append", "--append", ""):
        told = run(f"{asked} {option}", tmp_path)
        assert told.code == 2  # of the claim that is rejected
        counts.append(query(server, COUNTS.format("january.grown"))[0])
    assert "add its rows with `--append`" in told.stderr
    (first, explained, rejected), twice, then = counts
    # An explanation is there once, so that joins give each line once.
    assert twice == then == (2 * first, explained, 2 * rejected)
    assert min(first, explained, rejected) > 0
    rows = query(server, "SELECT encounter, line, rules, explanation FROM january.grown ORDER BY 1, 2, 4")
    assert rows[::2] == rows[1::2]


@pytest.mark.slow
def test_narrow_rows_have_identifiers_in_columns_to_which_others_can_be_added(server: str, tmp_path: Path) -> None:
    given = claims_of(*CLAIM, DATED, "REF*6R*L-1"), claims_of(*CLAIM[:1], "REF*D9*T-2", *CLAIM[1:], DATED)
    unreadable, broken = claims_of(*CLAIM[:3], DATED), "ISA*00~"
    target = address(server, "narrow")
    asked = f"payrule adjudicate a.837 {ASKED} --columns narrow --engine columns --to '{target}'"
    runs = ((unreadable, "", 2), (given[0], "--append", 0), (given[1], "--append", 0), (broken, "--append", 2))
    for text, option, code in runs:
        (tmp_path / "a.837").write_text(text)
        told = run(f"{asked} {option}", tmp_path)
        assert told.code == code, told.stderr
    listed = '"identifiers.file", "identifiers.segment", "line.identifiers.line_control", "identifiers.trace"'
    rows = query(server, f"SELECT encounter, line, {listed} FROM narrow ORDER BY 6 NULLS FIRST")  # noqa: S608 - names of columns
    assert rows == [("A-1", 1, "a.837", "11", "L-1", None), ("A-1", 1, "a.837", "11", None, "T-2")]
    assert query(server, "SELECT count(*) FROM narrow_rejects") == [(2,)]


OTHER = {
    "a table that is no answers": ("CREATE TABLE {0} (x text)", "it lacks the column `encounter`"),
    "a column more": ("ALTER TABLE {0} ADD COLUMN loaded date", "it has the column `loaded`"),
    "a column less": ("ALTER TABLE {0} DROP COLUMN carc", "it lacks the column `carc`"),
    "a column of another type": (
        "ALTER TABLE {0} ALTER COLUMN line TYPE text",
        "its column `line` holds string and not int64",
    ),
    "explanations of another type": (
        "ALTER TABLE {0}_explanations DROP COLUMN explained",
        "it lacks the column `explained`",
    ),
    "a row that may not be": ("ALTER TABLE {0} ADD CONSTRAINT few CHECK (line < 2) NOT VALID", "violates check"),
}


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    """Decide lines into files, once for all tests that write them."""
    folder = tmp_path_factory.mktemp("decided")
    rows = "".join(f"{','.join(map(str, each))}\n" for each in LINES)
    (folder / "lines.csv").write_text("encounter,number,code,date,units\n" + rows)
    outputs = Outputs.beside(folder / "a.parquet")
    adjudicate_files(load(), folder / "lines.csv", outputs.decisions, payer="medicare-part-b", known_on="2026-01-01")
    return outputs


@pytest.mark.slow
@pytest.mark.parametrize("case", OTHER)
def test_what_cannot_be_added_is_refused_whole(server: str, decided: Outputs, case: str) -> None:
    change, said = OTHER[case]
    name = f"other{list(OTHER).index(case)}"
    target = TableAddress.of(address(server, name))
    is_made = not change.startswith("CREATE")
    if is_made:
        postgresql.store(target, decided)
        before = query(server, COUNTS.format(name))
    query(server, change.format(name))
    with pytest.raises(RequestError) as refused:
        postgresql.store(target, decided, append=True)
    assert said in str(refused.value)
    assert "nothing was written" in str(refused.value)
    if is_made:
        assert query(server, COUNTS.format(name)) == before
    else:
        assert query(server, f"SELECT to_regclass('{name}_rejects')") == [(None,)]


@pytest.mark.slow
def test_rows_are_added_by_the_names_of_columns(server: str, decided: Outputs) -> None:
    target = TableAddress.of(address(server, "turned"))
    postgresql.store(target, decided)
    columns = [name for (name,) in query(server, LISTED.format("turned"))]
    turned = ", ".join(f'"{name}"' for name in columns[::-1])
    query(server, "ALTER TABLE turned RENAME TO kept", f"CREATE TABLE turned AS SELECT {turned} FROM kept LIMIT 0")  # noqa: S608 - names of columns
    postgresql.store(target, decided, append=True)
    assert [name for (name,) in query(server, LISTED.format("turned"))] == columns[::-1]
    listed = ", ".join(f'"{name}"' for name in columns)
    found, wanted = (query(server, f"SELECT {listed} FROM {name} ORDER BY 1, 3") for name in ("turned", "kept"))  # noqa: S608 - names of columns
    assert found == wanted


LISTED = "SELECT column_name FROM information_schema.columns WHERE table_name = '{}' ORDER BY ordinal_position"


@pytest.mark.slow
@pytest.mark.parametrize("append", [False, True])
def test_a_connection_that_breaks_leaves_nothing_half_written(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, append: bool
) -> None:
    outputs = Outputs.beside(tmp_path / "a.parquet")
    parquet.write_table(pa.table({"encounter": ["E-1"] * 10}), outputs.decisions)
    assert outputs.explanations is not None
    outputs.explanations.write_text('{"explanation":"x"}\n')
    outputs.rejects.write_text("rejected\n")
    read = postgresql._rejects  # noqa: SLF001 - the last of what is written

    def breaking(path: Path) -> Any:
        query(server, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        return read(path)

    monkeypatch.setattr(postgresql, "_rejects", breaking)
    if append:
        query(server, "CREATE TABLE broken_more (encounter text)")
    target = TableAddress.of(address(server, "broken_more" if append else "broken"))
    with pytest.raises(RequestError, match="nothing was written"):
        postgresql.store(target, outputs, append=append)
    tables = "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'broken%'"
    assert query(server, tables) == ([("broken_more",)] if append else [])
    if append:
        assert query(server, "SELECT count(*) FROM broken_more") == [(0,)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--from '{none}'", "cannot be read"),
        ("--from mysql://h/d/t", "this is no address of a table in PostgreSQL"),
        ("--from '{claims}' a.csv", "both files and a table are named"),
        ("--from '{claims}' --to '{claims}' --out a.csv", "answers go to a table or to a file"),
        ("--from '{claims}' --append --out a.csv", "`--append` is for `--to`"),
        ("a.csv --append --out a.csv", "`--append` is for `--to`"),
        ("", "`FILE...` is missing"),
    ],
)
def test_what_cannot_be_used_is_refused_without_a_password(
    server: str, claims: str, tmp_path: Path, options: str, said: str
) -> None:
    named = options.format(none=address(server, "none"), claims=claims)
    told = run(f"payrule adjudicate {ASKED} {named}", tmp_path)
    assert (told.code, said in told.stderr) == (2, True), told.stderr
    assert "cret" not in told.stderr


def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    told = run(f"payrule adjudicate {ASKED} --from postgresql://ann:secret@127.0.0.1:1/d/t --out a.csv", tmp_path)
    assert (told.code, "secret" in told.stderr) == (2, False)
    assert "`postgresql://ann@127.0.0.1:1/d/t` cannot be read" in told.stderr


@pytest.mark.parametrize("text", ["postgresql://h/d", "postgresql://h/d/t/x", "claims.csv", "postgresql:///d/"])
def test_what_names_no_table_is_no_address(text: str) -> None:
    with pytest.raises(RequestError, match="no address of a table"):
        TableAddress.of(text)
