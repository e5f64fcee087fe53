"""Files that documents name stay in their folder, nothing waits for a pipe, and no text turns what a reader sees."""

import io
import json
import os
import shutil
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from tests.property.effort import mostly_slow

from payrule import load
from payrule.citations.copies import Copies
from payrule.compare.locks import read_lock
from payrule.fmt import reformatted
from payrule.formats.ncci.published import opened
from payrule.formats.reading import read_file
from payrule.reports.diagnostics import no_command, printable
from payrule.source.diagnostics import DocumentError, InputError
from payrule.source.files import read_plain, shipped, within


@pytest.fixture
def rulebase(tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped("policies"), tmp_path / "policies"))


OUT = ["../secret", "/etc/passwd", "a/b.txt", "..", ".", "", "a\\b", "C:x", "a\nb", "../.git/config"]


@pytest.mark.parametrize("name", ["manual-2027.txt", "0.txt", "manual 1.0.txt", "Ämter.txt", "a..b"])
def test_an_ordinary_name_is_taken_with_digits_blanks_and_letters_of_any_kind(name: str, tmp_path: Path) -> None:
    assert within(tmp_path, name) == tmp_path / name


@pytest.mark.parametrize("name", OUT)
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no plain name"):
        within(tmp_path, name)
    with pytest.raises(DocumentError):
        Copies(tmp_path).text(name)


@pytest.mark.parametrize("name", ["../.git/config", "/etc/passwd", "..", "a/b.txt"])
def test_a_source_is_named_by_a_plain_name(rulebase: Path, name: str) -> None:
    path = rulebase / "medicare/1.0.0.json"
    document = json.loads(path.read_text())
    next(iter(document["sources"].values()))["file"] = name
    path.write_text(json.dumps(document))
    with pytest.raises(DocumentError, match="file"):
        load(rulebase)


def test_a_link_out_of_the_folder_of_sources_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "secret").write_text("a secret")
    (tmp_path / "sources/manual.txt").symlink_to("../secret")
    with pytest.raises(DocumentError, match="leads out"):
        Copies(tmp_path / "sources").text("manual.txt")


def test_fmt_follows_no_link_out_of_a_rulebase(rulebase: Path, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.json"
    shutil.move(str(rulebase / "ncci/1.0.0.json"), target)
    (rulebase / "ncci/1.0.0.json").symlink_to(target)
    with pytest.raises(InputError, match="leads out of the rulebase"):
        reformatted([rulebase / "ncci/1.0.0.json"])


@pytest.mark.parametrize(
    "kind", ["vocabulary.json", "payers/blue-cross.json", "ncci/1.0.0.json", "tables/ncci-ptp.rows"]
)
def test_a_pipe_in_place_of_a_document_is_refused_and_not_waited_for(rulebase: Path, kind: str) -> None:
    (rulebase / kind).unlink()
    os.mkfifo(rulebase / kind)
    with pytest.raises(InputError):
        load(rulebase)


def test_a_pipe_or_a_device_in_place_of_claims_is_refused_by_name(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "claims.json")
    for path in (tmp_path / "claims.json", Path("/dev/zero")):
        (diagnostic,) = read_file(path, load().documents.vocabulary)
        assert "a pipe or a device; give a file, or `-`" in str(diagnostic).replace(" (give", "; give")


@pytest.mark.slow
def test_standard_input_may_be_a_pipe() -> None:
    claim = '{"id": "E-1", "lines": [{"number": 1, "code": "97110", "date": "2024-08-01"}]}'
    command = [
        sys.executable,
        "-m",
        "payrule",
        "adjudicate",
        "/dev/stdin",
        "--payer",
        "blue-cross",
        "--format",
        "jsonl",
    ]
    done = subprocess.run(command, input=claim, text=True, capture_output=True, check=True, timeout=600)
    assert '"encounter":"E-1"' in done.stdout


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"0" * 11)
    with pytest.raises(OSError, match="larger than 10 bytes"):
        read_plain(tmp_path / "a.json", 10)


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payrule.formats.ncci.published.LARGEST_TEXT", 1000)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("pairs.txt", "0" * 1001)
    (tmp_path / "pairs.zip").write_bytes(packed.getvalue())
    with pytest.raises(DocumentError, match="at most 1,000 are read"), opened(tmp_path / "pairs.zip"):
        pass


@pytest.mark.parametrize("hidden", mostly_slow(["\x1b[31m", "\u202e", "\u2066", "\x07", "\x9b", "\u200f"], quick=3))
@pytest.mark.parametrize("key", ["title", "issuer"])
def test_a_document_holds_no_character_that_a_reader_does_not_see(rulebase: Path, key: str, hidden: str) -> None:
    path = rulebase / "medicare/1.0.0.json"
    document = json.loads(path.read_text())
    for escaped in (True, False):
        path.write_text(json.dumps(document | {key: f"a{hidden}b"}, ensure_ascii=escaped), encoding="utf-8")
        with pytest.raises(DocumentError):
            load(rulebase)


@pytest.mark.parametrize("text", ["::error title=x::y", "  ::set-env::x", "::add-mask::a"])
def test_no_line_begins_a_workflow_command(text: str) -> None:
    assert not printable(text).lstrip().startswith("::")
    assert "##[" not in no_command("a ##[error]b")


@pytest.mark.slow
def test_a_folder_named_as_a_command_starts_none(tmp_path: Path) -> None:
    folder = tmp_path / "::error title=x::y"
    shutil.copytree(shipped("policies"), folder)
    (folder / "payers/blue-cross.json").write_text("{")
    command = [sys.executable, "-m", "payrule", "check", folder.name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 1
    assert not any(line.lstrip().startswith("::") for line in (done.stdout + done.stderr).splitlines())


LINKED = [
    "vocabulary.json",
    "remittance-codes.json",
    "lock.json",
    "ncci/2.0.0.json",
    "payers/medicare-part-b.json",
    "tables/ncci-ptp.json",
    "ncci",
    "payers",
    "tables",
]


@pytest.mark.parametrize("name", mostly_slow(LINKED, quick=3))
def test_a_document_that_is_a_link_out_of_its_rulebase_is_refused(rulebase: Path, tmp_path: Path, name: str) -> None:
    (rulebase / name).rename(tmp_path / "elsewhere.json")
    (rulebase / name).symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(DocumentError, match="leads out of the rulebase"):
        read_lock(load(rulebase).documents.folder)


@pytest.mark.parametrize("name", mostly_slow(["ncci/2.0.0.json", "vocabulary.json", "payers"]))
def test_a_link_inside_of_a_rulebase_is_followed(rulebase: Path, name: str) -> None:
    (rulebase / ".data").mkdir()
    (rulebase / name).rename(rulebase / ".data/it")
    (rulebase / name).symlink_to(rulebase / ".data/it")
    assert load(rulebase).policies


def test_a_rulebase_may_be_a_link_itself(rulebase: Path, tmp_path: Path) -> None:
    (tmp_path / "linked").symlink_to(rulebase)
    assert load(tmp_path / "linked").policies


ZEROS = {"blanks": b" " * 4096, "lines": b"00001\t00002\t\t20240101\t*\t0\n" * 150, "one line": b"0" * 4096}


@pytest.mark.slow
@pytest.mark.parametrize("what", ZEROS)
def test_an_archive_that_unpacks_hugely_is_refused_with_memory_flat(tmp_path: Path, what: str) -> None:
    path = tmp_path / "pairs.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("pairs.txt", "w", force_zip64=True) as text,
    ):
        for _ in range(300 * (1 << 20) // len(ZEROS[what]) + 1):
            text.write(ZEROS[what])
    assert path.stat().st_size < 4_000_000
    tracemalloc.start()
    try:
        with pytest.raises(DocumentError, match="bytes, and at most"), opened(path):
            pass
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("packed", [False, True], ids=["text", "archive"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_line_without_end_is_refused_with_memory_flat(tmp_path: Path, encoding: str, *, packed: bool) -> None:
    path = tmp_path / "pairs.txt"
    path.write_text("00001\t00002\n" + "0" * 8_000_000, encoding)
    if packed:
        with zipfile.ZipFile(tmp_path / "pairs.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(path, "pairs.txt")
        path = tmp_path / "pairs.zip"
    tracemalloc.start()
    try:
        with pytest.raises(DocumentError, match="a line has more than"), opened(path) as (text, _):
            list(text)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
