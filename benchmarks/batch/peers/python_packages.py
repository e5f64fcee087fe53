"""Peers that are Python packages: they lie in the cache, not in the environment of the project."""

import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

FOLDER = f"python-{sys.version_info.major}.{sys.version_info.minor}"
"""Packages are made for a version of Python, so each version has a folder of its own."""


def home(cache: Path, module: str) -> Path | None:
    """Give the folder that holds a package, if its module is there."""
    folder = cache / "peers" / FOLDER
    return folder if (folder / module).is_dir() else None


def install(cache: Path, package: str) -> None:
    """Put a package into the cache; raises OSError or CalledProcessError where that cannot be done."""
    uv = shutil.which("uv")
    installer = [uv, "pip"] if uv else [sys.executable, "-m", "pip"]
    python = ["--python", sys.executable] if uv else []
    target = cache / "peers" / FOLDER
    subprocess.run([*installer, "install", *python, "--target", target, package], check=True, capture_output=True)


def imported(folder: Path, module: str) -> Any:
    """Import a module from the folder that holds it."""
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    return import_module(module)
