"""Interrupt a command at any moment: what it says, how it ends, and what is left in the folder."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

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

ENDED = (130, "payrule: interrupted")
"""How a command ends that is interrupted: its exit code, and all that it says."""


def lay_out(folder: Path) -> None:
    """Write what the commands read: two rulebases of 120 rules, the shipped one, claims, and tables."""
    shutil.copytree(ROOT / "policies", folder / "policies")
    for seed, name in enumerate(("before", "after"), start=1):
        (folder / name).mkdir()
        write_rulebase(folder / name, 120, seed)
    line = '{"number": 1, "code": "97140", "date": "2016-03-01"}'
    claims = "".join(f'{{"id": "E-{n}", "lines": [{line}]}}\n' for n in range(3_000))
    (folder / "claims.jsonl").write_text(claims, encoding="utf-8")
    rows = "".join(f"E-{n},97140,2016-03-01\n" for n in range(30_000))
    (folder / "claims.csv").write_text(f"encounter,code,date\n{rows}", encoding="utf-8")
    rows = "".join(f"{n:05},3,3 Date of Service Edit: Clinical,x\n" for n in range(20_000))
    head = "HCPCS/CPT Code,Practitioner Services MUE Values,MUE Adjudication Indicator,MUE Rationale\n"
    (folder / "mue.csv").write_text(head + rows, encoding="utf-8")
    (folder / "codes.csv").write_text("code\n" + "".join(f"{n:05}\n" for n in range(20_000)), encoding="utf-8")


def files(folder: Path) -> list[str]:
    """List what is in a folder, and below it."""
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


def left_behind(folder: Path, before: list[str], answer: tuple[int, str] | None) -> list[str]:
    """List what is in the folder that was not there, or no more; nothing where all was done and written."""
    if answer is None or answer[0] in {0, 1}:
        clear(folder, before)
    return sorted({*files(folder)} ^ {*before})
