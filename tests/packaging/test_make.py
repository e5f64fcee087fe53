"""What `make` says to someone whose Python cannot run payrule."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKE = shutil.which("make")

pytestmark = pytest.mark.skipif(MAKE is None, reason="make is not installed")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Copy what an environment is made from, so that none is made in the checkout."""
    place = tmp_path / "clone"
    place.mkdir()
    for name in ("Makefile", "pyproject.toml", "uv.lock"):
        shutil.copy(ROOT / name, place)
    return place


def answering(folder: Path, name: str, answer: str) -> Path:
    """Write a command that answers, as an interpreter asked for its version does."""
    folder.mkdir(exist_ok=True)
    command = folder / name
    command.write_text(f"#!/bin/sh\n{answer}\n")
    command.chmod(0o755)
    return command


def make(clone: Path, path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make with nothing on PATH but what the folder holds."""
    return subprocess.run(
        [str(MAKE), *arguments], cwd=clone, env={"PATH": str(path)}, capture_output=True, text=True, check=False
    )


def one_sentence(refused: subprocess.CompletedProcess[str]) -> str:
    """Give the sentence of a refusal that says nothing else."""
    assert refused.returncode == 2
    assert refused.stdout == ""
    (sentence,) = refused.stderr.splitlines()
    return sentence


@pytest.mark.parametrize("target", ["install", "demo", "test"])
@pytest.mark.parametrize("version", ["3.10", "3.13", "2.7"])
def test_named_python_of_another_version_gets_one_sentence(
    clone: Path, tmp_path: Path, target: str, version: str
) -> None:
    python = answering(tmp_path / "path", "other", f"echo {version}")
    sentence = one_sentence(make(clone, python.parent, target, f"PYTHON={python}"))
    assert f"payrule needs Python 3.11 or 3.12 and `{python}` is Python {version}: name one with" in sentence
    assert not (clone / ".venv").exists()


def test_named_command_that_does_not_run_gets_one_sentence(clone: Path, tmp_path: Path) -> None:
    broken = answering(tmp_path / "path", "python3.12", "exit 127")
    sentence = one_sentence(make(clone, broken.parent, "demo", "PYTHON=python3.12"))
    assert "`python3.12` is no working Python" in sentence


def test_no_suitable_python_on_the_path_is_told_with_what_was_found(clone: Path, tmp_path: Path) -> None:
    answering(tmp_path / "path", "python3.12", "exit 127")
    answering(tmp_path / "path", "python3", "echo 3.10")
    sentence = one_sentence(make(clone, tmp_path / "path", "demo"))
    assert "payrule needs Python 3.11 or 3.12 and found Python 3.10" in sentence


def test_working_python_is_taken_after_a_shim_with_nothing_behind_it(clone: Path, tmp_path: Path) -> None:
    answering(tmp_path / "path", "python3.12", "exit 127")
    answering(tmp_path / "path", "python3.11", "echo 3.11")
    planned = make(clone, tmp_path / "path", "--dry-run", "install")
    assert planned.returncode == 0
    assert '"python3.11" -m venv' in planned.stdout
