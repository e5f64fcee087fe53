"""Build the site of the documentation as `make docs` does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.docs.pages import ROOT


def built(place: Path, source: Path = ROOT) -> Path:
    """Build the site of a checkout into a folder; nothing may be said about it."""
    strict = ("-W", "--keep-going", "-n", "-q", "-c", source / "docs")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *strict, "-d", place / "read", "-b", "html", source, place / "html"],
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    return place / "html"


SITE = pytest.mark.xdist_group("browser")
"""For all that look at the site of this checkout, as browsers do: one process builds it, for it takes a minute."""


_BUILT: list[Path] = []


def of_this_checkout(places: pytest.TempPathFactory) -> Path:
    """Build the site of this checkout once."""
    if not _BUILT:
        _BUILT.append(built(places.mktemp("site")))
    return _BUILT[0]
