"""Files decided by columns appear whole and together, or not at all: killed, interrupted, or where there is no room."""

import errno
import os
import random
import re
import signal
import subprocess
import time
from pathlib import Path
from tempfile import gettempdir

import duckdb
import pytest
from tests.cli.processes import process, started
from tests.forks import PATIENCE
from tests.property.effort import mostly_slow

TIMES = 4
NAMES = ["claims.parquet", "decided.parquet", "decided.parquet.explanations.jsonl", "decided.parquet.rejects.csv"]
REJECTED = 2
"""The exit code where something was rejected."""

CHOICES = ("--payer", "medicare-part-b", "--known-on", "2026-01-01", "--out")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with claims of which some are rejected."""
    lines = (
        "SELECT 'E-' || i // 3 AS encounter, CASE WHEN i % 997 = 0 THEN 0 ELSE i % 3 + 1 END AS number, "
        "['97124', '97140', '97530'][1 + i % 3] AS code, DATE '2024-07-01' + (i % 200)::INTEGER AS date, "
        "(1 + i % 4)::INTEGER AS units, 10 * (1 + i % 5) AS minutes FROM range(60000) r(i)"
    )
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({lines}) TO '{tmp_path / 'claims.parquet'}' (FORMAT parquet)")
    return tmp_path


def written(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def deciding(folder: Path) -> "subprocess.Popen[str]":
    arguments = ("adjudicate", "claims.parquet", *CHOICES, "decided.parquet")
    return started(folder, *arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8")


@pytest.mark.slow
def test_run_that_is_killed_leaves_nothing_that_the_next_does_not_mend(folder: Path) -> None:
    start = time.monotonic()
    assert process(folder, "adjudicate", "claims.parquet", *CHOICES, "decided.parquet").returncode == REJECTED
    whole, seconds = written(folder), time.monotonic() - start
    assert sorted(whole) == NAMES
    drawn = random.Random(11)  # noqa: S311 - not for secrets
    killed = 0
    while killed < TIMES:
        for name in NAMES[1:]:
            (folder / name).unlink(missing_ok=True)
        moment = seconds * drawn.uniform(0.2, 1)
        with deciding(folder) as running:
            time.sleep(moment)
            running.send_signal(signal.SIGKILL)
            if running.wait(PATIENCE) != -signal.SIGKILL:
                seconds = moment  # it takes less than that by now
                continue
        killed += 1
        left = written(folder)
        if "decided.parquet" in left:
            assert {name: left[name] for name in NAMES} == whole
        assert process(folder, "adjudicate", "claims.parquet", *CHOICES, "decided.parquet").returncode == REJECTED
        assert [path.name for path in sorted(folder.iterdir())] == NAMES
        assert written(folder) == whole


@pytest.mark.slow
def test_interrupt_leaves_what_was_there(folder: Path) -> None:
    (folder / "decided.parquet").write_text("old")
    with deciding(folder) as running:
        end = time.monotonic() + PATIENCE
        while not any(path.is_dir() for path in folder.iterdir()):
            assert running.poll() is None
            assert time.monotonic() < end
            time.sleep(0.005)
        running.send_signal(signal.SIGINT)
        assert running.wait(PATIENCE) == 130
        assert running.stderr
        assert running.stderr.read().strip() == "payrule: interrupted"
    assert [path.name for path in sorted(folder.iterdir())] == ["claims.parquet", "decided.parquet"]
    assert (folder / "decided.parquet").read_text() == "old"


# While decisions are written, what is written is this.
INSTEAD = """
import sys
from payrule.source.database import Store
copy = Store.copy
def instead(store, query, path, options):
    print("writing", file=sys.stderr, flush=True)
    copy(store, {query!r}, path, options)
Store.copy = instead
"""
LONG = INSTEAD.format(query="SELECT a.range FROM range(100000) a, range(100000) b WHERE hash(a.range + b.range) = 1")
LARGE = INSTEAD.format(query="SELECT list(range) FROM range(100000000)")


@pytest.mark.parametrize(
    ("sent", "code", "said"), [(signal.SIGINT, 130, "payrule: interrupted"), (signal.SIGTERM, 143, "")]
)
@pytest.mark.slow
def test_signal_ends_a_query(folder: Path, sent: signal.Signals, code: int, said: str) -> None:
    arguments = ("adjudicate", "claims.parquet", *CHOICES, "decided.parquet")
    with started(folder, *arguments, before=LONG, stderr=subprocess.PIPE, encoding="utf-8") as running:
        assert running.stderr
        assert running.stderr.readline() == "writing\n"
        time.sleep(0.5)
        running.send_signal(sent)
        assert running.wait(PATIENCE) == code
        assert running.stderr.read().strip() == said
    assert [path.name for path in folder.iterdir()] == ["claims.parquet"]


@pytest.mark.parametrize(("before", "limit"), mostly_slow([("", "1MB"), (LARGE, "200MB")]), ids=["deciding", "writing"])
def test_too_little_memory_is_one_error_and_no_output(folder: Path, before: str, limit: str) -> None:
    arguments = ("adjudicate", "claims.parquet", "--memory-limit", limit, *CHOICES, "decided.parquet")
    done = process(folder, *arguments, before=before)
    assert (done.returncode, done.stderr.removeprefix("writing\n")) == (
        2,
        "error: the memory that DuckDB may use is not enough; allow more with `--memory-limit`\n",
    )
    assert [path.name for path in folder.iterdir()] == ["claims.parquet"]


@pytest.mark.parametrize("companion", mostly_slow(["", ".explanations.jsonl", ".rejects.csv"]))
@pytest.mark.parametrize("kind", ["folder", "pipe", "device"])
def test_what_is_no_ordinary_file_is_not_replaced(folder: Path, kind: str, companion: str) -> None:
    place = folder / f"decided.csv{companion}"
    if kind == "folder":
        place.mkdir()
    elif kind == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to(os.devnull)
    before = place.lstat()
    done = process(folder, "adjudicate", "claims.parquet", *CHOICES, "decided.csv")
    assert done.returncode == 2
    assert re.search(rf"`(decided.csv{companion}|--out)`.* is a (folder|director|device or a pipe)", done.stderr)
    assert (place.lstat().st_mode, place.lstat().st_ino) == (before.st_mode, before.st_ino)
    assert sorted(path.name for path in folder.iterdir()) == ["claims.parquet", place.name]


@pytest.mark.parametrize("engine", ["lines", "columns"])
@pytest.mark.parametrize("out", ["claims.csv", "./claims.csv", "other.csv"])
def test_what_is_read_is_not_replaced(folder: Path, engine: str, out: str) -> None:
    claims = folder / "claims.csv"
    claims.write_text("encounter,code,date\nE-1,97140,2024-08-01\n")
    (folder / "other.csv").symlink_to("claims.csv")
    done = process(folder, "adjudicate", "claims.csv", "--engine", engine, *CHOICES, out)
    assert (done.returncode, done.stderr) == (
        2,
        f"error: `{Path(out)}` is read, and would be replaced by what is written; name another file with `--out`\n",
    )
    assert claims.read_text().startswith("encounter,code")


def test_what_is_read_is_not_replaced_by_rejects(folder: Path) -> None:
    claims = (folder / "claims.parquet").rename(folder / "decided.csv.rejects.csv").read_bytes()
    (folder / "claims.parquet").symlink_to("decided.csv.rejects.csv")
    done = process(folder, "adjudicate", "claims.parquet", *CHOICES, "decided.csv")
    assert done.returncode == 2
    assert "`decided.csv.rejects.csv` is read, and would be replaced" in done.stderr
    assert (folder / "decided.csv.rejects.csv").read_bytes() == claims


@pytest.mark.slow
def test_file_that_is_replaced_hands_on_its_permissions(folder: Path) -> None:
    modes = dict(zip(NAMES[1:], (0o600, 0o640, 0o606), strict=True))
    for name, mode in modes.items():
        (folder / name).touch()
        (folder / name).chmod(mode)
    assert process(folder, "adjudicate", "claims.parquet", *CHOICES, "decided.parquet").returncode == REJECTED
    assert {name: (folder / name).stat().st_mode & 0o777 for name in modes} == modes


@pytest.mark.slow
def test_files_of_one_stem_have_companions_of_their_own(folder: Path) -> None:
    for name in ("decided.csv", "decided.parquet"):
        assert process(folder, "adjudicate", "claims.parquet", *CHOICES, name).returncode == REJECTED
    companions = [f"decided.csv{each}" for each in ("", ".explanations.jsonl", ".rejects.csv")]
    assert sorted(path.name for path in folder.iterdir()) == sorted([*NAMES, *companions])


@pytest.mark.parametrize(
    ("rows", "companion"),
    mostly_slow(
        [(["E-1,97140,2024-08-01"], "explanations.jsonl"), ([f"E-{n},97140,never" for n in range(90)], "rejects.csv")]
    ),
)
def test_file_that_does_not_fit_is_named(folder: Path, rows: list[str], companion: str) -> None:
    (folder / "claims.csv").write_text("\n".join(["encounter,code,date", *rows]))
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))\n"
    done = process(folder, "adjudicate", "claims.csv", "--engine", "columns", *CHOICES, "decided.csv", before=limit)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: `decided.csv.{companion}` cannot be written: file too large; ")
    assert sorted(path.name for path in folder.iterdir()) == ["claims.csv", "claims.parquet"]


@pytest.mark.parametrize(
    ("size", "said"),
    mostly_slow(
        [
            (0, "temporary files cannot be written: no usable temporary directory found"),
            (100, "temporary files in `{}` cannot be written: file too large"),
            (700, "temporary files in `{}` cannot be written: file too large"),
        ]
    ),
)
def test_temporary_file_that_does_not_fit_is_named_by_its_place(folder: Path, size: int, said: str) -> None:
    (folder / "claims.csv").write_text("encounter,code,date\nE-1,97140,2024-08-01\n")
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))\n"
    done = process(folder, "adjudicate", "claims.csv", "--engine", "columns", *CHOICES, "decided.csv", before=limit)
    help_text = "make sure that there is room, or name another folder in the environment variable `TMPDIR`"
    assert (done.returncode, done.stderr) == (2, f"error: {said.format(gettempdir())}; {help_text}\n")
    assert sorted(path.name for path in folder.iterdir()) == ["claims.csv", "claims.parquet"]


@pytest.mark.parametrize("form", mostly_slow(["parquet", "csv", "jsonl"]))
@pytest.mark.slow
def test_full_disk_is_one_error_and_no_output(folder: Path, form: str) -> None:
    (folder / f"decided.{form}").write_text("old")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
    done = process(folder, "adjudicate", "claims.parquet", *CHOICES, f"decided.{form}", before=limit)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"error: `decided.{form}` cannot be written: {os.strerror(errno.EFBIG).lower()}; "
        "name a file in a folder that exists, that you may write to, and where there is room\n"
    )
    assert [path.name for path in sorted(folder.iterdir())] == sorted(["claims.parquet", f"decided.{form}"])
    assert (folder / f"decided.{form}").read_text() == "old"


def test_folder_that_is_not_there_is_named(folder: Path) -> None:
    done = process(folder, "adjudicate", "claims.parquet", *CHOICES, "none/decided.parquet")
    assert done.returncode == 2
    assert "`none/decided.parquet` cannot be written: no such file or directory" in done.stderr


@pytest.mark.slow
def test_what_a_run_left_that_has_ended_is_taken_away(folder: Path) -> None:
    with deciding(folder) as running:
        end = time.monotonic() + PATIENCE
        while not (left := [path for path in folder.iterdir() if path.is_dir()]):
            assert running.poll() is None
            assert time.monotonic() < end
            time.sleep(0.005)
        running.send_signal(signal.SIGKILL)
        running.wait(PATIENCE)
    assert left[0].is_dir()
    assert process(folder, "adjudicate", "claims.parquet", *CHOICES, "decided.parquet").returncode == REJECTED
    assert [path.name for path in sorted(folder.iterdir())] == NAMES
