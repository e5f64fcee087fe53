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
@pytest.mark.parametrize("version", ["3.10", "3.14", "2.7"])
def test_named_python_of_another_version_gets_one_sentence(
    clone: Path, tmp_path: Path, target: str, version: str
) -> None:
    python = answering(tmp_path / "path", "other", f"echo {version}")
    sentence = one_sentence(make(clone, python.parent, target, f"PYTHON={python}"))
    assert "payrule needs Python 3.11, 3.12 or 3.13 (no other has been tried) and" in sentence
    assert f"and `{python}` is Python {version}: name one with" in sentence
    assert not (clone / ".venv").exists()


def test_named_command_that_does_not_run_gets_one_sentence(clone: Path, tmp_path: Path) -> None:
    broken = answering(tmp_path / "path", "python3.12", "exit 127")
    sentence = one_sentence(make(clone, broken.parent, "demo", "PYTHON=python3.12"))
    assert "`python3.12` is no working Python" in sentence


def test_no_suitable_python_on_the_path_is_reported_with_what_was_found(clone: Path, tmp_path: Path) -> None:
    answering(tmp_path / "path", "python3.12", "exit 127")
    answering(tmp_path / "path", "python3", "echo 3.10")
    sentence = one_sentence(make(clone, tmp_path / "path", "demo"))
    assert "payrule needs Python 3.11, 3.12 or 3.13 (no other has been tried) and found Python 3.10" in sentence


def test_working_python_is_taken_after_a_shim_with_nothing_behind_it(clone: Path, tmp_path: Path) -> None:
    answering(tmp_path / "path", "python3.12", "exit 127")
    answering(tmp_path / "path", "python3.11", "echo 3.11")
    answering(tmp_path / "path", "cc", "true")
    planned = make(clone, tmp_path / "path", "--dry-run", "install")
    assert planned.returncode == 0
    assert '"python3.11" -m venv' in planned.stdout


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_every_version_that_was_tried_is_taken(clone: Path, tmp_path: Path, version: str) -> None:
    python = answering(tmp_path / "path", "python3", f"echo {version}")
    answering(tmp_path / "path", "cc", "true")
    planned = make(clone, python.parent, "--dry-run", "install")
    assert planned.returncode == 0
    assert '"python3" -m venv' in planned.stdout


@pytest.mark.parametrize("target", ["install", "demo"])
def test_missing_compiler_is_reported_with_the_packages_that_bring_it(clone: Path, tmp_path: Path, target: str) -> None:
    answering(tmp_path / "path", "python3.12", "echo 3.12")
    sentence = one_sentence(make(clone, tmp_path / "path", target))
    assert "payrule needs a C compiler to build durable_rules" in sentence
    for packages in ("build-essential python3-dev", "gcc python3-devel", "xcode-select --install"):
        assert packages in sentence
    assert not (clone / ".venv").exists()


def test_missing_headers_of_python_are_reported(clone: Path, tmp_path: Path) -> None:
    answering(tmp_path / "path", "python3.12", 'case "$2" in *Python.h*) echo none ;; *) echo 3.12 ;; esac')
    answering(tmp_path / "path", "gcc", "true")
    sentence = one_sentence(make(clone, tmp_path / "path", "install"))
    assert "payrule needs the C headers of `python3.12`" in sentence


def test_built_wheel_of_the_engine_needs_no_compiler(clone: Path, tmp_path: Path) -> None:
    answering(tmp_path / "path", "python3.12", "echo 3.12")
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (wheels / "durable_rules-2.0.28-cp312-cp312-linux_x86_64.whl").touch()
    assert make(clone, tmp_path / "path", "--dry-run", "install", f"PIP_FIND_LINKS={wheels}").returncode == 0
