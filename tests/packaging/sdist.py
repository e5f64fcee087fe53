"""Build the wheel and the sdist of a checkout."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def attempt(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command that sees no path but those of its own environment."""
    surroundings = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    return subprocess.run(command, cwd=cwd, env=surroundings, capture_output=True, text=True, check=False)


def run(*command: str | Path, cwd: Path) -> str:
    """Give what a command that must succeed prints."""
    done = attempt(*command, cwd=cwd)
    assert done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def build(source: Path, out: Path, kind: str) -> Path:
    """Build the wheel or the sdist of a folder."""
    run(sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", out, source, cwd=out.parent)
    (found,) = out.glob({"wheel": "*.whl", "sdist": "*.tar.gz"}[kind])
    return found


def unpacked_sdist(place: Path) -> Path:
    """Build the sdist of this checkout, and unpack it."""
    sdist = build(ROOT, place / "sdist", "sdist")
    shutil.unpack_archive(sdist, place / "unpacked", filter="data")
    return place / "unpacked" / sdist.name.removesuffix(".tar.gz")
