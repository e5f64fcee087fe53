"""Files decided by columns: whatever way the rows lie, the answers are those of one encounter at a time."""

import csv
import json
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.property.effort import mostly_slow, scaled
from tests.random_encounters import RandomEncounters

from payrule.columns.decide_files import Tally, adjudicate_files, decide_files
from payrule.columns.writer import COLUMNS, NARROW, Outputs
from payrule.formats.encounters import checked
from payrule.formats.reading import read_file
from payrule.rulebase.rulebase import Rulebase, load
from payrule.source.diagnostics import InputError

Json = dict[str, Any]
KNOWN_ON = "2026-01-01"
FEWEST = 8
"""Encounters, however few the profile tries."""


@pytest.fixture(scope="module")
def rulebase() -> Rulebase:
    return load()


def rows_of(encounter: Json) -> Iterator[Json]:
    """Give the rows of an encounter as a sheet would have them."""

    def flat(found: Json, data: Json, prefix: str = "") -> Json:
        for key, value in data.items():
            if isinstance(value, dict):
                flat(found, value, f"{prefix}{key}.")
            elif key not in ("lines", "id"):
                found[prefix + key] = value
        return found

    top = {"encounter": encounter["id"], **flat({}, {k: v for k, v in encounter.items() if k != "id"})}
    if "patient" in encounter and "id" in encounter["patient"]:
        top["patient.id"] = encounter["patient"]["id"]
    for line in encounter["lines"]:
        yield flat(dict(top), line)


def write(rows: list[Json], path: Path, order: str = "place", group: int = 2048) -> Path:
    """Write rows as a Parquet file, in some order."""
    lines = path.with_suffix(".jsonl")
    lines.write_text("".join(json.dumps({"place": at, **row}) + "\n" for at, row in enumerate(rows)), encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT * EXCLUDE place FROM read_json('{lines}', sample_size = -1, format = 'newline_delimited') "  # noqa: S608 - our own paths
            f"ORDER BY {order}) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE {group})"
        )
    return path


def decided(rulebase: Rulebase, files: list[Path], folder: Path, payer: str | None, form: str = "parquet") -> Tally:
    def reads() -> Any:
        for file in files:
            yield from checked(read_file(file, rulebase.documents.vocabulary), rulebase.validator, str(file))

    return decide_files(
        rulebase,
        files,
        Outputs.beside(folder / f"out.{form}"),
        lambda named: rulebase.terms(payer=payer or named, known_on=KNOWN_ON),
        reads=reads,
    )


def answers(folder: Path) -> dict[tuple[str, int], Json]:
    """Read the decisions back as the lines of determinations."""
    explained = {}
    for text in (folder / "out.parquet.explanations.jsonl").read_text(encoding="utf-8").splitlines():
        shared = json.loads(text)
        explained[shared.pop("explanation")] = shared
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT encounter, line, code, explanation, disposition, open FROM '{folder / 'out.parquet'}'"  # noqa: S608 - our own path
        ).fetchall()
    found = {}
    for encounter, number, code, key, disposition, waits in rows:
        assert (disposition, waits) == (explained[key]["disposition"], explained[key]["open"])
        found[encounter, number] = {"number": number, "code": code, **explained[key]}
    assert len(found) == len(rows)
    return found


def one_by_one(rulebase: Rulebase, encounters: list[Json], payer: str | None) -> dict[tuple[str, int], Json]:
    found = {}
    for encounter in encounters:
        answer = rulebase.decide(encounter, payer=payer, known_on=KNOWN_ON, check=False)
        for line in json.loads(answer.to_json())["lines"]:
            found[encounter["id"], line["number"]] = line
    return found


def drawn(rulebase: Rulebase, count: int, seed: int = 5) -> list[Json]:
    """Draw so many encounters, or fewer as the profile says, with lines of several days and replacements among them.

    There are no voids, which have no lines.
    """
    found = list(islice(RandomEncounters(rulebase, seed, apart=True), max(FEWEST, scaled(count))))
    for each in found:
        if each.get("frequency") == "8":
            each["frequency"] = "7"
    return found


@pytest.mark.slow
@pytest.mark.parametrize("order", ["place", "hash(place)"])
def test_what_is_decided_in_shares_is_decided_alike(
    rulebase: Rulebase, order: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    payers = sorted(rulebase.payers)
    encounters = [each | {"payer": payers[at % 4]} for at, each in enumerate(drawn(rulebase, 150))]
    rows = [row for encounter in encounters for row in rows_of(encounter)]
    monkeypatch.setattr("payrule.columns.lines.MOST", len(rows) // 3)
    file = write(rows, tmp_path / "claims.parquet", order=order)
    tally = decided(rulebase, [file], tmp_path, None)
    assert (tally.encounters, tally.dispositions.total(), tally.rejected) == (len(encounters), len(rows), ())
    found = answers(tmp_path)
    assert found == one_by_one(rulebase, encounters, None)
    with duckdb.connect() as connection:
        given = connection.read_parquet(str(file)).project("encounter, number").fetchall()
    assert list(found) == given


@pytest.mark.parametrize("payer", mostly_slow(["blue-cross", "cmt-guide-payer", "every-source", "medicare-part-b"]))
def test_unsorted_rows_are_answered_as_their_encounters(rulebase: Rulebase, payer: str, tmp_path: Path) -> None:
    encounters = drawn(rulebase, 150)
    rows = [row for encounter in encounters for row in rows_of(encounter)]
    file = write(rows, tmp_path / "claims.parquet", order="hash(place)")
    tally = decided(rulebase, [file], tmp_path, payer)
    assert tally.rejected == ()
    assert (tally.encounters, tally.dispositions.total()) == (len(encounters), len(rows))
    assert answers(tmp_path) == one_by_one(rulebase, encounters, payer)


@pytest.mark.slow
@pytest.mark.parametrize("count", mostly_slow([2, 4]))
def test_encounter_may_be_split_over_files_and_name_its_payer(rulebase: Rulebase, count: int, tmp_path: Path) -> None:
    payers = sorted(rulebase.payers)
    encounters = [each | {"payer": payers[at % count]} for at, each in enumerate(drawn(rulebase, 60))]
    rows = [row for encounter in encounters for row in rows_of(encounter)]
    files = [write(rows[first::2], tmp_path / f"claims-{first}.parquet") for first in (0, 1)]
    assert decided(rulebase, files, tmp_path, None).rejected == ()
    assert answers(tmp_path) == one_by_one(rulebase, encounters, None)


@pytest.mark.slow
@pytest.mark.parametrize("payer", mostly_slow(["cmt-guide-payer", "medicare-part-b", "every-source"]))
def test_what_one_row_says_of_an_encounter_holds_for_all_its_lines(
    rulebase: Rulebase, payer: str, tmp_path: Path
) -> None:
    encounters = drawn(rulebase, 150, seed=6)
    rows = []
    for at, encounter in enumerate(encounters):
        own = list(rows_of({"id": encounter["id"], "lines": encounter["lines"]}))
        own[at % len(own)] = list(rows_of(encounter))[at % len(own)]
        rows += own
    assert decided(rulebase, [write(rows, tmp_path / "claims.parquet")], tmp_path, payer).rejected == ()
    assert answers(tmp_path) == one_by_one(rulebase, encounters, payer)


@pytest.mark.slow
@pytest.mark.parametrize("count", mostly_slow([60, 500]))
def test_claim_of_many_lines_on_one_date(rulebase: Rulebase, count: int, tmp_path: Path) -> None:
    codes = ("97124", "97140", "98941", "97110", "97112")
    lines = [
        {
            "number": at + 1,
            "code": codes[at % 5],
            "date": "2024-08-01",
            "provider": {"type": "chiropractor", "relationship": "self"},
            "regions": [None, ["lumbar"], [], ["cervical", "thoracic"]][at % 4],
        }
        for at in range(count)
    ]
    encounters = [{"id": "big", "lines": lines}]
    rows = [row for encounter in encounters for row in rows_of(encounter)]
    file = write(rows, tmp_path / "claims.parquet")
    decided(rulebase, [file], tmp_path, "cmt-guide-payer")
    assert answers(tmp_path) == one_by_one(rulebase, encounters, "cmt-guide-payer")


@pytest.mark.slow
def test_columns_of_nothing_but_nulls_are_unknown(rulebase: Rulebase, tmp_path: Path) -> None:
    row = {"encounter": "E-1", "code": "97124", "date": "2024-08-01", "regions": None, "units": None, "purpose": None}
    file = write([row, row | {"code": "98941", "modifiers": None}], tmp_path / "claims.parquet")
    assert decided(rulebase, [file], tmp_path, "cmt-guide-payer").rejected == ()
    lines = [{"number": at, "code": code, "date": "2024-08-01"} for at, code in ((1, "97124"), (2, "98941"))]
    assert answers(tmp_path) == one_by_one(rulebase, [{"id": "E-1", "lines": lines}], "cmt-guide-payer")


GOOD: Json = {"encounter": "good", "number": 1, "code": "97140", "date": "2024-08-01", "units": 1, "minutes": 15}

BAD: dict[str, tuple[list[Json], str]] = {
    "bad-code": ([{"code": "9714"}], "row 2, code: bad-form: `code` cannot be `9714`"),
    "bad-date": ([{"date": "2024-02-30"}], "row 3, date: "),
    "no-date": ([{"date": None}], "row 4: missing-key: "),
    "duplicate-number": ([{}, {}], "row 6, number: duplicate-line-number: two lines are numbered 1"),
    "units-below": ([{"units": -1}], "row 7, units: "),
    "rows-disagree": (
        [{"payer_role": "primary"}, {"number": 2, "payer_role": "secondary"}],
        "row 9, payer_role: rows-",
    ),
}


@pytest.mark.slow
def test_what_a_row_cannot_hold_is_rejected_with_its_place(rulebase: Rulebase, tmp_path: Path) -> None:
    rows = [GOOD, *(GOOD | {"encounter": name} | each for name, (changes, _) in BAD.items() for each in changes)]
    tally = decided(rulebase, [write(rows, tmp_path / "claims.parquet")], tmp_path, "blue-cross")
    assert list(answers(tmp_path)) == [("good", 1)]
    with (tmp_path / "out.parquet.rejects.csv").open(encoding="utf-8", newline="") as stream:
        found = list(csv.DictReader(stream))
    assert [each["encounter"] for each in found] == list(BAD)
    for each, (_, said) in zip(found, BAD.values(), strict=True):
        place = f"row {each['row']}" + (f", {each['column']}" if each["column"] else "")
        assert f"{place}: {each['code']}: {each['message']}".startswith(said)
        assert each["cure"]
    assert len(tally.rejected) == len(BAD)


@pytest.mark.slow
def test_rejects_name_the_row_and_column_of_what_is_reported_of_an_encounter(
    rulebase: Rulebase, tmp_path: Path
) -> None:
    rows = [
        GOOD | {"patient.age_years": 40, "payer_role": "primary"},
        GOOD | {"encounter": "of-two-roles", "payer_role": "primary"},
        GOOD | {"encounter": "of-two-roles", "number": 2},
        GOOD | {"encounter": "of-two-roles", "number": 3, "payer_role": "secondary"},
        GOOD | {"encounter": "of-no-such-role", "payer_role": "last"},
        GOOD | {"encounter": "of-no-such-role", "number": 2},
        GOOD | {"encounter": "of-no-such-age", "patient.age_years": -1},
    ]
    file = write(rows, tmp_path / "claims.parquet")
    decided(rulebase, [file], tmp_path, "blue-cross")
    assert list(answers(tmp_path)) == [("good", 1)]
    text = (tmp_path / "out.parquet.rejects.csv").read_text(encoding="utf-8")
    assert text.replace(str(file), "claims.parquet") == REJECTS


REJECTS = """\
encounter,file,row,column,place,code,message,cure,interchange,group,transaction,segment,trace,resource,identifier
of-two-roles,claims.parquet,4,payer_role,,rows-disagree,"`secondary` is here, and `primary` in another row of the \
claim","write the same in all rows of a claim, or leave all but one empty",,,,,,,
of-no-such-role,claims.parquet,5,payer_role,,unknown-value,`payer_role` cannot be `last`,"use one of `primary`, \
`secondary`",,,,,,,
of-no-such-age,claims.parquet,7,patient.age_years,,too-small,`age_years` cannot be `-1`,use 0 or more,,,,,,,
"""


@pytest.mark.parametrize("form", mostly_slow(["parquet", "csv", "jsonl"]))
def test_file_of_nothing_but_rejects_decides_no_line(rulebase: Rulebase, form: str, tmp_path: Path) -> None:
    file = write([GOOD | {"code": "9714"}], tmp_path / "claims.parquet")
    tally = decided(rulebase, [file], tmp_path, "blue-cross", form)
    assert (tally.encounters, tally.dispositions.total(), len(tally.rejected)) == (0, 0, 1)
    assert (tmp_path / f"out.{form}.explanations.jsonl").read_bytes() == b""
    with duckdb.connect() as connection:
        reader = {"parquet": "read_parquet", "csv": "read_csv", "jsonl": "read_json"}[form]
        assert connection.execute(f"SELECT * FROM {reader}('{tmp_path / f'out.{form}'}')").fetchall() == []  # noqa: S608 - our own path


@pytest.mark.slow
def test_row_without_an_encounter_is_rejected_alone(rulebase: Rulebase, tmp_path: Path) -> None:
    file = write([GOOD, GOOD | {"encounter": None}], tmp_path / "claims.parquet")
    tally = decided(rulebase, [file], tmp_path, "blue-cross")
    assert [(each.path, each.code) for (each,) in tally.rejected] == [("row 2, column encounter", "empty-cell")]


@pytest.mark.slow
def test_encounter_of_an_unknown_payer_is_rejected(rulebase: Rulebase, tmp_path: Path) -> None:
    rows = [GOOD | {"payer": "blue-cross"}, GOOD | {"encounter": "other", "payer": "nobody"}]
    tally = decided(rulebase, [write(rows, tmp_path / "claims.parquet")], tmp_path, None)
    assert [(each.claim, each.path, each.message) for (each,) in tally.rejected] == [
        ("other", "row 2", "there is no payer `nobody`")
    ]
    assert list(answers(tmp_path)) == [("good", 1)]


def test_column_of_another_type_is_refused_at_once(rulebase: Rulebase, tmp_path: Path) -> None:
    file = write([GOOD | {"code": 97140.5}], tmp_path / "claims.parquet")
    with pytest.raises(
        InputError, match=r"column code: `code` holds DOUBLE, but must hold texts \(write the column as"
    ):
        decided(rulebase, [file], tmp_path, "blue-cross")
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize(
    ("form", "payer"),
    mostly_slow([("csv", "cmt-guide-payer"), ("csv", "medicare-part-b"), ("jsonl", "medicare-part-b")]),
)
def test_other_formats_say_the_same(rulebase: Rulebase, form: str, payer: str, tmp_path: Path) -> None:
    encounters = drawn(rulebase, 50)
    claims = tmp_path / "claims.jsonl"
    claims.write_text("".join(json.dumps(each) + "\n" for each in [*encounters, {"id": "bad", "lines": []}]))
    tally = decided(rulebase, [claims], tmp_path, payer, form)
    assert len(tally.rejected) == 1
    text = (tmp_path / f"out.{form}").read_text(encoding="utf-8")
    wanted = one_by_one(rulebase, encounters, payer)
    if form == "csv":
        found = {
            (each["encounter"], int(each["line"])): each["disposition"] for each in csv.DictReader(text.splitlines())
        }
    else:
        rows = [json.loads(line) for line in text.splitlines()]
        found = {(each["encounter"], each["line"]): each["disposition"] for each in rows}
    assert found == {key: line["disposition"] for key, line in wanted.items()}


@pytest.mark.slow
@pytest.mark.parametrize("payer", mostly_slow(["cmt-guide-payer", "every-source"]))
def test_same_input_gives_the_same_bytes(rulebase: Rulebase, payer: str, tmp_path: Path) -> None:
    rows = [row for encounter in drawn(rulebase, 100) for row in rows_of(encounter)]
    file = write(rows, tmp_path / "claims.parquet", order="hash(place)")
    found = []
    for at in range(2):
        folder = tmp_path / str(at)
        folder.mkdir()
        decided(rulebase, [file], folder, payer)
        found.append({each.name: each.read_bytes() for each in folder.iterdir()})
    assert found[0] == found[1]


@pytest.mark.slow
@pytest.mark.parametrize(("form", "order"), [("parquet", "hash(i)"), ("csv", "i"), ("jsonl", "hash(i)")])
def test_any_number_of_threads_gives_the_same_bytes(form: str, order: str, rulebase: Rulebase, tmp_path: Path) -> None:
    claims = tmp_path / "claims.parquet"
    lines = (
        "SELECT 'E-' || i // 4 AS encounter, i % 4 + 1 AS number, DATE '2024-07-01' + (i % 200)::INTEGER AS date, "
        "CASE WHEN i % 997 = 0 THEN 'none' ELSE ['97124', '97140', '97530'][(1 + hash(i, 1) % 3)::BIGINT] END AS code, "
        "(1 + i % 4)::INTEGER AS units, 10 * (1 + hash(i, 2) % 5)::INTEGER AS minutes "
        "FROM range(250000) r(i)"
    )
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({lines} ORDER BY {order}) TO '{claims}' (FORMAT parquet)")
        counted = "SELECT count(DISTINCT row_group_id) FROM parquet_metadata($file)"
        ((groups,),) = connection.execute(counted, {"file": str(claims)}).fetchall()
    assert groups > 2
    found = []
    for threads in (1, 7):
        out = tmp_path / str(threads) / f"decided.{form}"
        out.parent.mkdir()
        adjudicate_files(rulebase, claims, out, payer="medicare-part-b", known_on=KNOWN_ON, threads=threads)
        found.append({each.name: sha256(each.read_bytes()).hexdigest() for each in out.parent.iterdir()})
    assert len(found[0]) == 3
    assert found[0] == found[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("form", "payer"),
    [("parquet", "cmt-guide-payer"), ("parquet", "medicare-part-b"), ("csv", "medicare-part-b")],
)
def test_without_explanations_lines_are_answered_alike(
    rulebase: Rulebase, form: str, payer: str, tmp_path: Path
) -> None:
    rows = [row for encounter in drawn(rulebase, 100) for row in rows_of(encounter)]
    file = write(rows, tmp_path / "claims.parquet")
    found = {}
    for explained in (True, False):
        outputs = Outputs.beside(tmp_path / f"{explained}.{form}", explained=explained)
        terms = rulebase.terms(payer=payer, known_on=KNOWN_ON)
        decide_files(rulebase, [file], outputs, lambda _, terms=terms: terms, reads=list)  # type: ignore[misc]
        with duckdb.connect() as connection:
            read = connection.read_parquet if form == "parquet" else connection.read_csv
            rows_read = read(str(outputs.decisions))
            found[explained] = [dict(zip(rows_read.columns, row, strict=True)) for row in rows_read.fetchall()]
    said = [name for name in found[True][0] if name in COLUMNS.keys() - {"open"} or name in NARROW[:-1]]
    assert len(said) == len(COLUMNS) - 1 + len({"encounter", "line", "code"})
    assert [{name: row[name] for name in said} for row in found[False]] == [
        {name: row[name] for name in said} for row in found[True]
    ]
    unsaid = {name for row in found[False] for name in {"open", "explanation"} & row.keys() if row[name]}
    assert unsaid == set()
    assert not list(tmp_path.glob("False.*.explanations*"))
    assert len({row["disposition"] for row in found[False]}) > 1


@pytest.mark.parametrize("form", ["parquet", pytest.param("csv", marks=pytest.mark.slow)])
def test_a_narrow_row_and_its_explanation_say_what_a_full_row_says(
    rulebase: Rulebase, form: str, tmp_path: Path
) -> None:
    file = write([row for each in drawn(rulebase, 40) for row in rows_of(each)], tmp_path / "claims.parquet")
    found, explained = {}, {}
    for columns in ("full", "narrow"):
        out = tmp_path / f"{columns}.{form}"
        adjudicate_files(rulebase, file, out, payer="medicare-part-b", known_on=KNOWN_ON, columns=columns)
        with duckdb.connect() as connection:
            rows = connection.sql(f"SELECT * FROM '{out}'")  # noqa: S608 - our own path
            found[columns] = [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]
        explained[columns] = out.with_name(f"{out.name}.explanations.jsonl").read_bytes()
    assert explained["full"] == explained["narrow"]
    assert {tuple(row) for row in found["narrow"]} == {NARROW}
    assert found["narrow"] == [{name: row[name] for name in NARROW} for row in found["full"]]
    said = {each["explanation"]: each for each in map(json.loads, explained["narrow"].splitlines())}
    for row, full in zip(found["narrow"], found["full"], strict=True):
        shared = said[row["explanation"]]
        assert (row["disposition"], full["liability"]) == (shared["disposition"], shared["liability"])


def test_columns_that_are_neither_full_nor_narrow_are_refused(rulebase: Rulebase, tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        adjudicate_files(rulebase, tmp_path / "claims.csv", tmp_path / "out.csv", known_on=KNOWN_ON, columns="wide")
    assert [each.code for each in raised.value.findings] == ["no-such-columns"]
