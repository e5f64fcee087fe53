"""Ctrl-C at any moment: exit code 130, one line, and nothing left behind."""

import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from benchmarks.documents import write_rulebase
from tests.cli.processes import started
from tests.forks import PATIENCE, ROOT

# Python itself is up when this is written, and knows the package; nothing of its command line is imported yet.
READY = "import os, payrule; os.write(2, b'ready\\n')\n"

COMMANDS = {
    "verify": ("verify", "blue-cross", "--rulebase", "policies"),
    "diff": ("diff", "ncci@1.0.0", "ncci@2.0.0", "--rulebase", "policies"),
    "diff-by-two-processes": ("diff", "before", "after", "--no-cache"),
    "check": ("check", "policies"),
    "coverage": ("coverage", "--rulebase", "policies"),
    "import": ("import", "ncci-mue", "mue.csv", "--quarter", "2024q3", "--out", "made"),
    "import-codes": ("import", "codes", "codes.csv", "--out", "made", "--title", "codes"),
    "adjudicate": ("adjudicate", "claims.jsonl", "--payer", "blue-cross", "--out", "answers.jsonl"),
    "adjudicate-by-columns": (
        "adjudicate",
        "claims.csv",
        "--payer",
        "blue-cross",
        "--out",
        "decided.csv",
        "--engine",
        "columns",
    ),
    "explain": ("explain", "claims.jsonl", "--encounter", "E-1", "--line", "1", "--payer", "blue-cross"),
    "test": ("test", "policies"),
}
MOMENTS = 10


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("interrupted")
    shutil.copytree(ROOT / "policies", made / "policies")
    for seed, name in enumerate(("before", "after"), start=1):
        (made / name).mkdir()
        write_rulebase(made / name, 120, seed)
    line = '{"number": 1, "code": "97140", "date": "2016-03-01"}'
    claims = "".join(f'{{"id": "E-{n}", "lines": [{line}]}}\n' for n in range(3_000))
    (made / "claims.jsonl").write_text(claims, encoding="utf-8")
    rows = "".join(f"E-{n},97140,2016-03-01\n" for n in range(30_000))
    (made / "claims.csv").write_text(f"encounter,code,date\n{rows}", encoding="utf-8")
    rows = "".join(f"{n:05},3,3 Date of Service Edit: Clinical,x\n" for n in range(20_000))
    head = "HCPCS/CPT Code,Practitioner Services MUE Values,MUE Adjudication Indicator,MUE Rationale\n"
    (made / "mue.csv").write_text(head + rows, encoding="utf-8")
    (made / "codes.csv").write_text("code\n" + "".join(f"{n:05}\n" for n in range(20_000)), encoding="utf-8")
    return made


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def clear(folder: Path, kept: list[str]) -> None:
    """Take away what a command has written that had ended before it could be interrupted."""
    for path in sorted({*files(folder)} - {*kept}, reverse=True):
        (folder / path).rmdir() if (folder / path).is_dir() else (folder / path).unlink()


def interrupted(folder: Path, arguments: tuple[str, ...], after: float) -> tuple[int, str] | None:
    """Interrupt a command so many seconds after its Python is up; None where it had ended by then, or not begun."""
    with started(folder, *arguments, before=READY, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as running:
        assert running.stderr
        assert running.stderr.readline() == b"ready\n"
        time.sleep(after)
        if running.poll() is not None:
            return None
        os.kill(running.pid, signal.SIGINT)
        said = running.stderr.read().decode()
        code = running.wait(PATIENCE)
        # Until its command line is entered, Python itself ends, as it does for every program.
        return None if code == -signal.SIGINT and "main.py" not in said else (code, said.strip())


# An interrupt comes as the last file of a command takes its name.
AT_THE_END = """
import os, pathlib, signal
replace = pathlib.Path.replace
def interrupted(self, target):
    made = replace(self, target)
    if pathlib.Path(target).name in {names} and not any(each.startswith('.') for each in pathlib.Path(target).parts):
        os.kill(os.getpid(), signal.SIGINT)
    return made
pathlib.Path.replace = interrupted
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("import", ["ncci-mue.json", "ncci-mue.rows", "ncci-mue.parquet"]),
        ("import-codes", ["codes.json"]),
        ("adjudicate", ["answers.jsonl"]),
        ("adjudicate-by-columns", ["decided.csv", "decided.csv.explanations.jsonl", "decided.csv.rejects.csv"]),
    ],
)
def test_interrupt_while_files_take_their_names_finds_nothing_to_interrupt(
    name: str, files: list[str], tmp_path: Path, folder: Path
) -> None:
    for each in ("mue.csv", "codes.csv", "claims.jsonl", "claims.csv"):
        (tmp_path / each).write_text("".join((folder / each).read_text().splitlines(keepends=True)[:50]))
    (tmp_path / "policies").symlink_to(folder / "policies")
    ready = AT_THE_END.replace("{names}", repr(files))
    with started(tmp_path, *COMMANDS[name], before=ready, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as running:
        assert running.stderr
        said = running.stderr.read().decode()
        assert running.wait(PATIENCE) == 0, said
    assert "interrupted" not in said
    assert {path.name for path in tmp_path.rglob("*")} >= {*files}
    assert not [path for path in tmp_path.rglob("*") if "writing" in path.name]


# An interrupt comes before the command line has taken interrupts over: as it says how it is terminated.
AT_THE_BEGINNING = """
import os, signal
import payrule.cli
signal_now = signal.signal
def interrupted(number, handler):
    if number == signal.SIGTERM:
        os.kill(os.getpid(), signal.SIGINT)
    return signal_now(number, handler)
signal.signal = interrupted
"""


def test_interrupt_before_the_command_begins_ends_it_in_one_line(tmp_path: Path) -> None:
    with started(tmp_path, "--version", before=AT_THE_BEGINNING, stderr=subprocess.PIPE) as running:
        assert running.stderr
        said = running.stderr.read().decode()
        assert (running.wait(PATIENCE), said.strip()) == (130, "payrule: interrupted")


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_interrupt_at_any_moment_ends_the_command_in_one_line(name: str, folder: Path) -> None:
    before = files(folder)
    chance = random.Random(name)  # noqa: S311 - the same moments each time, as far as a machine allows
    answers = []
    for moment in range(MOMENTS):
        # Some moments are while things are imported, which is where interrupts were lost.
        reach = 6 if moment % 2 else 0.5
        answer = interrupted(folder, COMMANDS[name], chance.uniform(0, reach))
        if answer is not None:
            answers.append(answer)
        if answer is None or answer[0] in {0, 1}:  # all was done and written
            clear(folder, before)
        assert files(folder) == before, (moment, answer)
    assert answers
    # A signal that comes when all is done and written finds nothing to interrupt.
    assert {answer for answer in answers if answer[0] not in (0, 1)} == {(130, "payrule: interrupted")}
    assert all(code == 130 for code, _ in answers[:1])
