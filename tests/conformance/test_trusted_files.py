"""Files of a rulebase are what their documents say, from the moment they are read to the end of the process."""

import hashlib
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path

import duckdb
import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.property.effort import mostly_slow

from payrule import adjudicate_files, load
from payrule.citations.reread import read_remembered
from payrule.lint.check import check_file, check_rulebase
from payrule.lock import locked
from payrule.model.digests import canonical
from payrule.model.tables import Head, RowFile, row_lines
from payrule.rulebase.folder import read_text
from payrule.rulebase.load import read_documents
from payrule.rulebase.rulebase import Rulebase
from payrule.rulebase.tables import rows_findings
from payrule.source.diagnostics import DocumentError, InputError, RequestError
from payrule.source.files import copy_verified, shipped
from payrule.source.json_source import scan

TABLES = ("ncci-ptp", "ncci-mue")
ROWS = tuple(f"tables/{name}.rows" for name in TABLES)


@pytest.fixture
def rulebase(tmp_path: Path) -> Path:
    """Copy the shipped rulebase but for most of its examples, which are many files."""
    folder = Path(
        shutil.copytree(shipped("policies"), tmp_path / "policies", ignore=shutil.ignore_patterns("examples"))
    )
    shutil.copytree(shipped("policies") / "ncci/examples", folder / "ncci/examples")
    return folder


def digest_of(folder: Path) -> str:
    read = load(folder)
    return read.digest(read.terms(payer=min(read.payers), known_on="2026-11-23"))


def without_rows_digest(document: Path) -> None:
    value = msgspec.json.decode(document.read_bytes())
    del value["data"]["rows_digest"]
    document.write_bytes(msgspec.json.encode(value))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, tuple[Path, ...]]:
    """A rulebase, the digest of its one payer, and every file that answers for it rest on."""
    folder = Path(shutil.copytree(shipped("policies"), tmp_path_factory.mktemp("whole") / "policies"))
    for example in folder.glob("*/examples"):
        shutil.rmtree(example)
    payer = min(load(folder).payers)
    for other in (folder / "payers").glob("*.json"):
        if other.stem != payer:
            other.unlink()
    policies = load(folder).payers[payer].policies
    files = [folder / "vocabulary.json", folder / "remittance-codes.json", *(folder / "payers").iterdir()]
    files += [path for name in sorted(policies) for path in (folder / name).glob("*.json")]
    files += (folder / "tables").iterdir()
    return folder, digest_of(folder), tuple(sorted(files))


@pytest.mark.slow
@settings(max_examples=25, deadline=None, phases=(Phase.generate,))
@given(data=st.data())
def test_a_changed_byte_changes_the_digest_or_is_refused(
    whole: tuple[Path, str, tuple[Path, ...]], data: st.DataObject
) -> None:
    folder, digest, files = whole
    path = data.draw(st.sampled_from(files))
    before = path.read_bytes()
    at = data.draw(st.integers(0, len(before) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda each: each != before[at]))
    path.write_bytes(before[:at] + bytes([byte]) + before[at + 1 :])
    try:
        try:
            found = digest_of(folder)
        except InputError:
            return
        assert found != digest or means_the_same(path, before) or (path.suffix == ".rows" and made_anew(path, before))
    finally:
        path.write_bytes(before)


def made_anew(path: Path, before: bytes) -> bool:
    """Tell whether a row file that named other data was made anew when it was read."""
    return path.read_bytes() == before


def means_the_same(path: Path, before: bytes) -> bool:
    """Tell whether a JSON document is only written otherwise: white space, or the case of an escape."""
    after = path.read_bytes()
    if path.suffix != ".json":
        return False
    one, two = (canonical(scan(text.decode()).value) for text in (before, after))
    return one == two or _schema_apart(one) == _schema_apart(two)


def _schema_apart(value: object) -> object:
    """Leave out what reaches no answer: where an editor finds the schema."""
    return {key: each for key, each in value.items() if key != "$schema"} if isinstance(value, dict) else value


@pytest.mark.parametrize("name", mostly_slow(ROWS))
@pytest.mark.parametrize("stated", [True, False])
def test_a_changed_row_is_refused(rulebase: Path, name: str, stated: bool) -> None:  # noqa: FBT001 - a parameter
    path = rulebase / name
    if not stated:
        without_rows_digest(path.with_suffix(".json"))
        load(rulebase)
    content = path.read_bytes()
    path.write_bytes(content[:-2] + (b"0" if content[-2:-1] != b"0" else b"1") + b"\n")
    with pytest.raises(DocumentError, match="is not the file that belongs to this table"):
        load(rulebase)


def test_rows_that_are_not_there_are_made_anew_and_held_to_their_digest(rulebase: Path) -> None:
    path = rulebase / ROWS[0]
    before = path.read_bytes()
    path.unlink()
    load(rulebase)
    assert path.read_bytes() == before


def test_rows_without_a_digest_need_what_makes_them(rulebase: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_rows_digest(rulebase / "tables/ncci-ptp.json")
    monkeypatch.setattr("payrule.rulebase.tables.find_spec", lambda _: None)
    with pytest.raises(DocumentError, match="which needs DuckDB"):
        load(rulebase)


@pytest.mark.slow
def test_a_row_file_of_another_table_is_refused_by_check_and_lock(rulebase: Path) -> None:
    """Whoever writes rows and their digest, but not the Parquet file, is found by what derives the rows anew."""
    document, path = rulebase / "tables/ncci-ptp.json", rulebase / ROWS[0]
    held = RowFile(path)
    rows = [(*row[:-1], "9") for row in held]
    path.write_bytes(b"".join(row_lines(held.head, rows)))
    value = msgspec.json.decode(document.read_bytes())
    value["data"]["rows_digest"] = RowFile(path).digest
    document.write_bytes(msgspec.json.encode(value))
    documents = read_documents(rulebase)
    assert [each.code for each in rows_findings(documents.tables.values(), read_text)] == ["other-rows"]
    assert "other-rows" in {each.code for each in check_rulebase(rulebase).findings}
    assert "other-rows" in {each.code for each in check_file(document, rulebase).findings}
    with pytest.raises(DocumentError, match="holds other rows than"):
        locked(documents, None)


@pytest.mark.parametrize(
    "lines",
    [b"B1\nA1\n", b"A1\nB1", b"A\n\nB1\n", "é\n".encode(), b"A1\nB1\nA1\n"],
    ids=["order", "cut", "width", "ascii", "last"],
)
def test_rows_that_are_not_sorted_or_not_of_one_width_are_refused(tmp_path: Path, lines: bytes) -> None:
    head = next(iter(row_lines(Head("sha256:0", ("a", "b"), (1, 1)), [])))
    (tmp_path / "t.rows").write_bytes(head + lines)
    with pytest.raises(ValueError):  # noqa: PT011 - the path is all that there is to say
        RowFile(tmp_path / "t.rows")


RUNNING = """
import sys
from contextlib import suppress
from pathlib import Path
from payrule.model.tables import RowFile
rows = RowFile(Path(sys.argv[1]))
before = list(rows)
print("ready", flush=True)
sys.stdin.readline()
assert list(rows) == before and all(rows.find(*row[:2]) for row in before)
print("same", flush=True)
"""


@pytest.mark.parametrize("hurt", mostly_slow(["truncate", "overwrite", "remove"]))
def test_no_change_on_disk_reaches_a_running_process(tmp_path: Path, hurt: str) -> None:
    path = Path(shutil.copy(shipped("policies") / ROWS[0], tmp_path / "table.rows"))
    command = [sys.executable, "-c", RUNNING, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        if hurt == "truncate":
            os.truncate(path, 0)
        elif hurt == "overwrite":
            path.write_bytes(b"9" * path.stat().st_size)
        else:
            path.unlink()
        running.stdin.write("\n")
        running.stdin.flush()
        assert running.stdout.readline() == "same\n"
    assert running.returncode == 0


def no_file(path: Path) -> None:
    path.write_bytes(b"none")


def without_dates(path: Path) -> None:
    with duckdb.connect() as connection:
        rows = connection.read_parquet(str(path))
        names = ", ".join("'x' AS deletion_date" if name == "deletion_date" else name for name in rows.columns)
        rows.project(names).limit(9).write_parquet(str(path.with_name("other")))
    path.with_name("other").replace(path)


def without_a_column(path: Path) -> None:
    with duckdb.connect() as connection:
        connection.read_parquet(str(path)).project("column_1").limit(9).write_parquet(str(path.with_name("other")))
    path.with_name("other").replace(path)


def with_damage(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:4] + bytes(len(content) // 2) + content[4 + len(content) // 2 :])


NONE = "`ncci-ptp.parquet` is no Parquet file that can be read"
OTHER_COLUMNS = "`ncci-ptp.parquet` does not hold the columns of this table: "
HURT: dict[str, tuple[Callable[[Path], None], str]] = {
    "no Parquet file": (no_file, NONE),
    "damage": (with_damage, NONE),
    "a column less": (without_a_column, f"{OTHER_COLUMNS}it has no `column_2`"),
    "no dates": (without_dates, f"{OTHER_COLUMNS}its `deletion_date` holds no dates"),
}


def hurt(rulebase: Path, how: str) -> str:
    """Hurt the file of a table so that its document and the file of its rows agree with it; give what is said."""
    document, path = rulebase / "tables/ncci-ptp.json", rulebase / ROWS[0]
    held, rows = RowFile(path).head, list(RowFile(path))
    change, said = HURT[how]
    change(path.with_suffix(".parquet"))
    digest = f"sha256:{hashlib.sha256(path.with_suffix('.parquet').read_bytes()).hexdigest()}"
    path.write_bytes(b"".join(row_lines(msgspec.structs.replace(held, digest=digest), rows)))
    value = msgspec.json.decode(document.read_bytes())
    value["data"] |= {"digest": digest, "rows_digest": RowFile(path).digest}
    document.write_bytes(msgspec.json.encode(value))
    return said


@pytest.mark.parametrize("how", mostly_slow(HURT, quick=2))
def test_a_file_that_no_rows_can_be_made_of_is_reported_by_its_own_name(rulebase: Path, how: str) -> None:
    said = hurt(rulebase, how)
    (diagnostic,) = rows_findings(read_documents(rulebase).tables.values(), read_text)
    assert diagnostic.message == said
    (rulebase / ROWS[0]).unlink()
    with pytest.raises(DocumentError) as refused:
        load(rulebase)
    assert {each.message for each in refused.value.findings} == {said}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_disk_without_room_is_not_taken_for_a_damaged_file(rulebase: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = rulebase / "temporary"
    folder.mkdir()
    (folder / "lines").symlink_to("/dev/full")
    monkeypatch.setattr("payrule.rulebase.table_files.temporary_folder", lambda: nullcontext(folder))
    (diagnostic,) = rows_findings([read_documents(rulebase).tables["ncci-mue"]], read_text)
    assert diagnostic.message == "the rows of `ncci-mue.parquet` cannot be kept on disk: no space left on device"


@pytest.mark.parametrize("how", mostly_slow(["no Parquet file", "damage", "a column less"]))
def test_columns_tell_of_a_file_that_cannot_be_read_by_its_own_name(rulebase: Path, how: str) -> None:
    hurt(rulebase, how)
    read = load(rulebase)
    lines = [{"number": at, "code": code, "date": "2024-08-05"} for at, code in enumerate(("98941", "97140"), 1)]
    claims = rulebase / "claims.json"
    claims.write_bytes(msgspec.json.encode([{"id": "A", "lines": lines}]))
    with pytest.raises(RequestError, match="no Parquet file that can be read") as refused:
        adjudicate_files(read, claims, rulebase / "decided.csv", payer="cmt-guide-payer", known_on="2026-11-23")
    assert "ncci-ptp.parquet" in str(refused.value)
    assert "payrule-" not in str(refused.value)


def test_columns_refuse_a_table_that_was_changed_since_the_rulebase_was_read(rulebase: Path) -> None:
    table = Rulebase(read_documents(rulebase)).documents.tables["ncci-ptp"]
    assert table.file is not None
    copy_verified(table.file, table.table.data.digest, rulebase / "copy")
    with duckdb.connect() as connection:
        connection.sql("SELECT 1 AS n").write_parquet(str(table.file))
    with pytest.raises(ValueError, match="was changed since its table was read"):
        copy_verified(table.file, table.table.data.digest, rulebase / "copy")


APART = {
    "lock.json": "`payrule check` and `payrule lock` hold it to the versions",
    "remembered-copies.json": "it states its own digest, to which `payrule reread` holds it",
    "examples": "`payrule test` decides each",
    "column-maps": "they say how a table is read; what was read has a digest of its own",
}
"""What no answer rests on in a rulebase, by the name of the file or its folder."""


def apart(path: Path) -> str | None:
    """Name what a file belongs to that no answer rests on."""
    return path.name if path.name in APART else path.parent.name if path.parent.name in APART else None


def digests_of(folder: Path) -> dict[str, str]:
    read = load(folder)
    return {payer: read.digest(read.terms(payer=payer, known_on="2026-11-23")) for payer in read.payers}


def changed_within(path: Path) -> bytes:
    """Change a byte in the middle: of JSON one that is in a text, or a digit, so that it says something else."""
    content = path.read_bytes()
    middle = len(content) // 2
    places = [at for at in range(middle, len(content)) if chr(content[at]).isalnum()] or [middle]
    other = b"1" if content[places[0] : places[0] + 1] != b"1" else b"2"
    return content[: places[0]] + other + content[places[0] + 1 :]


@pytest.mark.slow
def test_of_every_file_that_answers_rest_on_a_changed_byte_changes_a_digest_or_is_refused(rulebase: Path) -> None:
    before = digests_of(rulebase)
    for path in sorted(each for each in rulebase.rglob("*") if each.is_file() and apart(each) is None):
        content = path.read_bytes()
        path.write_bytes(changed_within(path))
        with suppress(InputError):
            assert digests_of(rulebase) != before or made_anew(path, content), path
        path.write_bytes(content)


@pytest.mark.parametrize("name", mostly_slow(["note.txt", "README.md", "tables/other.parquet"]))
def test_a_file_that_no_document_names_is_no_part_of_a_rulebase(rulebase: Path, name: str) -> None:
    before = digests_of(rulebase)
    (rulebase / name).write_bytes(b"anything")
    assert digests_of(rulebase) == before


def test_what_is_apart_is_reported(rulebase: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/explanation/security.md").read_text(encoding="utf-8")
    assert {apart(path) for path in rulebase.rglob("*") if path.is_file()} - {None} == APART.keys()
    assert [name for name in APART if f"`{name}`" not in page] == []


@pytest.mark.parametrize("damage", ["mark", "passage", "digest"])
def test_changed_memories_of_copies_are_refused(rulebase: Path, damage: str) -> None:
    path = rulebase / "remembered-copies.json"
    value = msgspec.json.decode(path.read_bytes())
    assert read_remembered(rulebase) is not None
    (copy,) = value["copies"].values()
    if damage == "mark":
        copy["marks"][0] = copy["marks"][0][:-1] + ("0" if copy["marks"][0][-1] != "0" else "1")
    elif damage == "passage":
        copy["passages"][min(copy["passages"])][0] += 1
    else:
        value["digest"] = "sha256:" + "0" * 64
    path.write_bytes(msgspec.json.encode(value))
    with pytest.raises(DocumentError, match="do not match their digest"):
        read_remembered(rulebase)


def test_memories_of_copies_without_a_digest_are_taken(rulebase: Path) -> None:
    path = rulebase / "remembered-copies.json"
    value = msgspec.json.decode(path.read_bytes())
    del value["digest"]
    path.write_bytes(msgspec.json.encode(value))
    assert read_remembered(rulebase) is not None


def test_a_pickled_rulebase_is_not_read_with_another_list_of_remittance_codes(rulebase: Path) -> None:
    read = load(rulebase)
    held = pickle.dumps(read)
    path = rulebase / "remittance-codes.json"
    value = msgspec.json.decode(path.read_bytes())
    value["as_of"] = "2024-06-02"
    path.write_bytes(msgspec.json.encode(value))
    with pytest.raises(DocumentError):
        pickle.loads(held)  # noqa: S301 - made here
