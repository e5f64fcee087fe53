"""Files decided by columns appear whole and together, or not at all: killed, interrupted, or where there is no room."""

import errno
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from tests.cli.conftest import PATIENCE
from tests.cli.processes import process, started

NAMES = ["claims.parquet", "decided.explanations.jsonl", "decided.parquet", "decided.rejects.csv"]
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


def moments(seconds: float) -> Iterator[float]:
    """Draw moments of a run that takes so long; most of them once it has begun to decide."""
    drawn = random.Random(11)  # noqa: S311 - not for secrets
    for _ in range(20):
        yield seconds * drawn.uniform(0.2, 1.02)


@pytest.mark.slow
def test_run_that_is_killed_leaves_nothing_that_the_next_does_not_mend(folder: Path) -> None:
    start = time.monotonic()
    assert process(folder, "adjudicate", "claims.parquet", *CHOICES, "decided.parquet").returncode == REJECTED
    whole, seconds = written(folder), time.monotonic() - start
    assert sorted(whole) == NAMES
    killed = 0
    for moment in moments(seconds):
        for name in NAMES[1:]:
            (folder / name).unlink(missing_ok=True)
        with deciding(folder) as running:
            time.sleep(moment)
            running.send_signal(signal.SIGKILL)
            killed += running.wait(PATIENCE) == -signal.SIGKILL
        left = written(folder)
        if "decided.parquet" in left:
            assert {name: left[name] for name in NAMES} == whole
        assert process(folder, "adjudicate", "claims.parquet", *CHOICES, "decided.parquet").returncode == REJECTED
        assert [path.name for path in sorted(folder.iterdir())] == NAMES
        assert written(folder) == whole
    assert killed > 10


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


@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl"])
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
