"""Build the site of the documentation as `make docs` does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.packaging.sdist import unpacked_sdist


def built(place: Path, source: Path) -> Path:
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
    """Build the site of this checkout once, from its sdist: it has all that the site is made of."""
    if not _BUILT:
        place = places.mktemp("site")
        _BUILT.append(built(place, unpacked_sdist(place)))
    return _BUILT[0]
