"""What stands in the bytes of a Parquet file decides: nothing that it says of itself, of its name or of its folder."""

import os
import struct
from collections.abc import Callable
from csv import DictReader
from itertools import product
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.fuzz.of_parquet import PARQUET
from tests.property.effort import mostly_slow

import payrule
from payrule.columns.arrow import decide_batches
from payrule.columns.decide_files import Tally
from payrule.columns.lines import ClaimColumn
from payrule.columns.sources import gather, titles_of
from payrule.formats.encounters import cell_of
from payrule.model.vocabulary import Attribute
from payrule.rulebase.rulebase import Rulebase
from payrule.source.database import Store
from payrule.source.diagnostics import InputError, RequestError

KNOWN_ON = "2026-01-01"
PLAIN = "'E-' || i AS encounter, '97110' AS code, DATE '2016-03-01' AS date"


@pytest.fixture(scope="module")
def rulebase() -> Rulebase:
    return payrule.load()


def write(path: Path, columns: str = PLAIN, rows: int = 3, options: str = "") -> Path:
    """Write a file of some rows, which `i` counts."""
    with duckdb.connect() as connection:
        drawn = connection.sql(f"SELECT {columns} FROM range({rows}) r(i)")  # noqa: S608 - our own
        beside = path.parent.absolute() / "plain-name"
        connection.execute(f"COPY drawn TO '{beside}' (FORMAT parquet{options})")
        drawn.close()
    return beside.replace(path)


def decide(rulebase: Rulebase, claims: Path | list[Path], out: Path | None = None) -> tuple[list[str], Tally]:
    """Decide, and give the encounters that were decided, in the order of their rows."""
    first = claims[0] if isinstance(claims, list) else claims
    out = out or first.with_name("decided.csv")
    tally = payrule.adjudicate_files(rulebase, claims, out, payer="medicare-part-b", known_on=KNOWN_ON, threads=1)
    rows = out.read_text(encoding="utf-8").splitlines()[1:]
    assert tally.dispositions.total() == len(rows)
    return [row.partition(",")[0] for row in rows], tally


def codes(tally: Tally) -> dict[str | None, set[str]]:
    return {group[0].claim or None: {each.code for each in group} for group in tally.rejected}


NUMBERS = {
    "double": "[1.0::DOUBLE, 'nan'::DOUBLE, 'infinity'::DOUBLE, '-infinity'::DOUBLE, 1.5, 1e300][1 + i]",
    "float": "[1.0::FLOAT, 'nan'::FLOAT, 'infinity'::FLOAT, '-infinity'::FLOAT, 1.5::FLOAT, 1e30::FLOAT][1 + i]",
}


@pytest.mark.parametrize("kind", mostly_slow(NUMBERS))
@pytest.mark.parametrize("column", mostly_slow(["units", "minutes", "number", "charge_cents", "patient.age_years"]))
def test_number_that_is_none_rejects_its_encounter_alone(
    rulebase: Rulebase, tmp_path: Path, kind: str, column: str
) -> None:
    claims = write(tmp_path / "claims.parquet", f'{PLAIN}, {NUMBERS[kind]} AS "{column}"', 6)
    decided, tally = decide(rulebase, claims)
    # A part of a unit is a number, but none of a code that is counted by time: its line is decided as unreadable.
    assert decided == (["E-0", "E-4"] if column == "units" else ["E-0"])
    assert [cell_of(each[0])[1] for each in tally.rejected] == [column] * 5


@pytest.mark.parametrize(("code", "kind"), mostly_slow(product(["97110", "J1100"], ["DOUBLE", "DECIMAL(9, 2)"])))
def test_parts_of_units_are_decided_as_in_a_sheet(rulebase: Rulebase, tmp_path: Path, code: str, kind: str) -> None:
    columns = f"{PLAIN.replace('97110', code)}, [1, 1.5, 2][1 + i]::{kind} AS units"
    claims = write(tmp_path / "claims.parquet", columns)
    sheet = tmp_path / "claims.csv"
    lines = (f"E-{n},{code},2016-03-01,{units}" for n, units in enumerate((1, 1.5, 2)))
    sheet.write_text("encounter,code,date,units\n" + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    found = []
    for read in (claims, sheet):
        decided, tally = decide(rulebase, read, tmp_path / "decided.csv")
        rows = DictReader((tmp_path / "decided.csv").read_text(encoding="utf-8").splitlines())
        told = [{name: row[name] for name in ("encounter", "disposition", "open", "unreadable")} for row in rows]
        found.append((sorted(decided), sorted(told, key=lambda row: row["encounter"]), len(tally.rejected)))
    assert found[0] == found[1]
    assert bool(found[0][1][1]["unreadable"]) == (code == "97110")


@pytest.mark.slow
def test_decimal_of_many_digits_is_no_rounded_one(rulebase: Rulebase, tmp_path: Path) -> None:
    claims = write(
        tmp_path / "claims.parquet", f"{PLAIN}, [1, 1.00000000000000001, 2][1 + i]::DECIMAL(38, 20) AS units"
    )
    assert decide(rulebase, claims)[0] == ["E-0", "E-2"]


@pytest.mark.slow
def test_number_that_is_none_rejects_its_encounter_alone_over_arrow(rulebase: Rulebase) -> None:
    row = {"encounter": "E-1", "code": "97110", "date": "2016-03-01"}
    rows = [{**row, "encounter": f"E-{n}", "units": n} for n in (1.0, float("nan"), float("inf"), 2.0)]
    batch = pa.RecordBatch.from_pylist(rows)
    found = decide_batches(rulebase, [batch], "medicare-part-b", known_on=KNOWN_ON)
    told = [row for each in found for row in each.to_pylist()]
    assert [row["encounter"] for row in told if row["rejected"] is None] == ["E-1.0", "E-2.0"]
    assert {row["encounter"] for row in told if row["rejected"]} == {"E-nan", "E-inf"}


DATES = ("infinity", "-infinity", "12000-01-01", "0044-03-15 (BC)")


@pytest.mark.parametrize("day", mostly_slow(DATES))
def test_day_that_no_claim_has_is_rejected(rulebase: Rulebase, tmp_path: Path, day: str) -> None:
    columns = PLAIN.replace("DATE '2016-03-01'", f"if(i = 1, DATE '{day}', DATE '2016-03-01')")
    decided, tally = decide(rulebase, write(tmp_path / "claims.parquet", columns))
    assert decided == ["E-0", "E-2"]
    assert codes(tally) == {"E-1": {"bad-date"}}


def lie(path: Path, true: bytes, false: bytes) -> None:
    """Change what the end of a file says of its values, and leave the values."""
    data = path.read_bytes()
    end = len(data) - 8 - struct.unpack("<i", data[-8:-4])[0]
    assert true in data[end:]
    path.write_bytes(data[:end] + data[end:].replace(true, false))


def test_statistics_of_numbers_decide_nothing(rulebase: Rulebase, tmp_path: Path) -> None:
    columns = f"{PLAIN}, if(i = 2, -7, 1 + i)::BIGINT AS number"
    claims = write(tmp_path / "claims.parquet", columns, options=", COMPRESSION uncompressed")
    lie(claims, struct.pack("<q", -7), struct.pack("<q", 1))
    assert decide(rulebase, claims)[0] == ["E-0", "E-1"]


@pytest.mark.slow
def test_statistics_of_texts_decide_nothing(rulebase: Rulebase, tmp_path: Path) -> None:
    claims = write(tmp_path / "claims.parquet", PLAIN.replace("'97110'", "if(i = 1, '9711-', '97110')"))
    lie(claims, b"9711-", b"97110")
    assert decide(rulebase, claims)[0] == ["E-0", "E-2"]


@pytest.mark.slow
def test_statistics_of_days_decide_nothing(rulebase: Rulebase, tmp_path: Path) -> None:
    columns = PLAIN.replace("DATE '2016-03-01'", "if(i = 1, DATE 'infinity', DATE '2016-03-01')")
    claims = write(tmp_path / "claims.parquet", columns)
    lie(claims, struct.pack("<i", 2**31 - 1), struct.pack("<i", 16_862))
    assert decide(rulebase, claims)[0] == ["E-0", "E-2"]


@pytest.mark.slow
def test_rows_that_a_file_counts_otherwise_are_those_that_it_has_or_it_is_refused(
    rulebase: Rulebase, tmp_path: Path
) -> None:
    whole = write(tmp_path / "claims.parquet", rows=50).read_bytes()
    for at in range(len(whole) - 400, len(whole) - 8):
        (tmp_path / "claims.parquet").write_bytes(whole[:at] + bytes([whole[at] ^ 2]) + whole[at + 1 :])
        if at % 20 == 0:
            try:
                decided, tally = decide(rulebase, tmp_path / "claims.parquet")
            except InputError:
                continue
            assert len(decided) + len(tally.rejected) > 0


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda _: b"",
    "one-byte": lambda data: data[:1],
    "cut-off": lambda data: data[:-1],
    "begun-late": lambda data: data[4:],
    "half": lambda data: data[: len(data) // 2],
    "text": lambda _: b"encounter,code,date\n",
    "marks-alone": lambda _: b"PAR1PAR1",
    "footer-of-no-length": lambda data: data[:-8] + b"\0\0\0\0PAR1",
    "footer-longer-than-the-file": lambda data: data[:-8] + b"\xff\xff\xff\x7fPAR1",
    "footer-of-zeros": lambda data: data[:-300] + bytes(292) + data[-8:],
    "footer-of-ones": lambda data: data[:-300] + b"\xff" * 292 + data[-8:],
    "first-page": lambda data: data[:4] + b"\xff" * 40 + data[44:],
}


@pytest.mark.parametrize("damage", mostly_slow(DAMAGES, quick=2))
def test_damaged_file_is_one_clear_error(rulebase: Rulebase, tmp_path: Path, damage: str) -> None:
    claims = write(tmp_path / "claims.parquet")
    claims.write_bytes(DAMAGES[damage](claims.read_bytes()))
    help_text = "it may be cut off, damaged or of another format: make it again"
    with pytest.raises(RequestError) as fault:
        decide(rulebase, claims)
    wanted = f"`{claims}` is no Parquet file that can be read ({help_text})"
    assert str(fault.value) == wanted
    assert sorted(path.name for path in tmp_path.iterdir()) == ["claims.parquet"]


NAMES = (
    "claims[1].parquet",
    "claims?.parquet",
    "claims*.parquet",
    "claims].parquet",
    "[!a]*.parquet",
    "it's 100%.parquet",
)


@pytest.mark.parametrize("name", mostly_slow(NAMES))
def test_file_that_is_named_is_the_one_that_is_read(rulebase: Rulebase, tmp_path: Path, name: str) -> None:
    write(tmp_path / "claims1.parquet", PLAIN.replace("'E-'", "'other-'"))
    assert decide(rulebase, write(tmp_path / name))[0] == ["E-0", "E-1", "E-2"]


@pytest.mark.parametrize("name", mostly_slow(["out[1].csv", "out*.csv", "out?.csv", "it's.csv"]))
def test_file_that_is_named_is_the_one_that_is_written(rulebase: Rulebase, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "in[1] or *?"
    folder.mkdir()
    other = folder / "out1.csv"
    other.write_text("other")
    assert decide(rulebase, write(folder / "claims.parquet"), folder / name)[0] == ["E-0", "E-1", "E-2"]
    assert other.read_text() == "other"


@pytest.mark.slow
def test_name_that_begins_with_the_sign_of_a_home_is_a_name(
    rulebase: Rulebase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("~").mkdir()
    write(Path("~", "claims.parquet"))
    assert decide(rulebase, Path("~", "claims.parquet"), Path("~", "decided.csv"))[0] == ["E-0", "E-1", "E-2"]


@pytest.mark.slow
def test_name_of_a_folder_says_nothing_of_the_rows(rulebase: Rulebase, tmp_path: Path) -> None:
    folder = tmp_path / "units=7"
    folder.mkdir()
    out = tmp_path / "decided.parquet"
    decided = write(folder / "claims.parquet")
    payrule.adjudicate_files(rulebase, decided, out, payer="medicare-part-b", known_on=KNOWN_ON)
    assert duckdb.read_parquet(str(out)).aggregate("count(DISTINCT explanation)").fetchall() == [(1,)]
    assert not payrule.adjudicate_files(rulebase, decided, out, payer="medicare-part-b", known_on=KNOWN_ON).warnings


def test_column_that_would_count_rows_is_refused_by_name(rulebase: Rulebase, tmp_path: Path) -> None:
    claims = write(tmp_path / "claims.parquet", f"{PLAIN}, i AS File_Row_Number")
    with pytest.raises(RequestError, match="`File_Row_Number`"):
        decide(rulebase, claims)


def test_second_file_of_another_type_is_refused_as_the_first_would_be(rulebase: Rulebase, tmp_path: Path) -> None:
    one, two = write(tmp_path / "1.parquet"), write(tmp_path / "2.parquet", PLAIN.replace("'97110'", "97110::DOUBLE"))
    for files in ([one, two], [two, one]):
        with pytest.raises(InputError, match=r"2\.parquet column code: `code` holds DOUBLE"):
            decide(rulebase, files)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_pipe_is_refused_and_not_waited_for(rulebase: Rulebase, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "claims.parquet")
    with pytest.raises(InputError, match="a device or a pipe"):
        decide(rulebase, tmp_path / "claims.parquet")


@pytest.mark.slow
def test_two_thousand_damaged_files_are_read_or_refused_in_one_process(tmp_path: Path) -> None:
    claims, outcomes = tmp_path / "claims.parquet", {"read": 0, "refused": 0}
    texts = Attribute(type="text", summary="whatever stands there")
    for number in range(2_000):
        claims.write_bytes(PARQUET.input(number))
        with Store(threads=1) as store:
            try:
                types = titles_of(store, [claims])
                gather(store, [ClaimColumn(title, title, texts, is_read=True) for title in types[claims]], types)
            except InputError:
                outcomes["refused"] += 1
            else:
                outcomes["read"] += 1
    assert min(outcomes.values()) > 100, outcomes


@pytest.mark.parametrize(("one", "other"), [("units", "units"), ("units", "Units"), ("encounter", "ENCOUNTER")])
def test_two_columns_of_one_name_are_refused_by_the_names_of_the_file(one: str, other: str, tmp_path: Path) -> None:
    path = tmp_path / "claims.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array(["1"]), pa.array(["2"])], names=[one, other]), path)
    with Store(threads=1) as store, pytest.raises(RequestError) as refused:
        titles_of(store, [path])
    called = f"`{one}`" if one == other else f"`{one}` and `{other}`"
    assert refused.value.findings[0].message == f"two columns of `{path}` are called {called}"


def test_a_column_may_have_a_name_that_ends_in_a_number(tmp_path: Path) -> None:
    path = tmp_path / "claims.parquet"
    nested = pa.array([{"units": 1, "Units_1": {"units": 2}}])
    pq.write_table(pa.table({"nested": nested, "units": ["1"], "units_1": ["2"], "note": ["x"]}), path)
    with Store(threads=1) as store:
        assert list(titles_of(store, [path])[path]) == ["nested", "units", "units_1", "note"]
