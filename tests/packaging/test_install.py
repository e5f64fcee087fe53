"""What a user installs: the wheel and the sdist carry all that payrule needs, away from the checkout."""

import json
import os
import re
import shutil
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.packaging.sdist import ROOT, attempt, build, run, unpacked_sdist

from payrule.lint.registry import CHECKS

LOCATE = "from payrule.source.files import shipped; print(shipped('policies')); print(shipped('schemas'))"
SMOKE = (
    "-m",
    "pytest",
    "-q",
    "-p",
    "no:cacheprovider",
    "-o",
    "pythonpath=.",
    *map(
        str,
        (
            Path("tests", "conformance", "test_contract.py"),
            Path("tests", "conformance", "test_engine_traps.py"),
        ),
    ),
)
"""A part of the tests, run on the payrule that is installed: the contract, and what the C module does wrong."""

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("packaging")]


class Built(NamedTuple):
    """The wheel made from the checkout, and the wheel made from the sdist, unpacked."""

    wheel: Path
    wheel_of_sdist: Path


def contents(wheel: Path) -> dict[str, int]:
    """Map each file of a wheel to its checksum."""
    with zipfile.ZipFile(wheel) as archive:
        return {entry.filename: entry.CRC for entry in archive.infolist()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    place = tmp_path_factory.mktemp("built")
    return Built(build(ROOT, place / "direct", "wheel"), build(unpacked_sdist(place), place / "by-sdist", "wheel"))


def versions() -> list[str]:
    """List the versions of Python that payrule says it runs on."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    found = (re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", each) for each in project["classifiers"])
    return [each[1] for each in found if each]


def interpreter(version: str) -> Path | None:
    """Find a Python of a version: that of the tests, one on PATH, or one that pyenv or uv keeps; None without one.

    A name on PATH may be a shim with nothing behind it, so each is asked.
    """
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    folders = map(Path, os.environ.get("PATH", os.defpath).split(os.pathsep))
    named = [Path(sys.executable)] if version == own else [folder / f"python{version}" for folder in folders]
    kept = (
        (Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions", f"{version}.*/bin/python3"),
        (Path.home() / ".local" / "share" / "uv" / "python", f"cpython-{version}.*/bin/python3"),
    )
    asked = "import sys; print('%d.%d' % sys.version_info[:2])"
    for each in (*named, *(found for folder, pattern in kept for found in sorted(folder.glob(pattern)))):
        if each.is_file() and attempt(each, "-c", asked, cwd=ROOT).stdout.strip() == version:
            return each
    return None


def install(environment: Path, *what: str | Path) -> None:
    """Install with pip; skip where the dependencies are out of reach, fail where payrule cannot be installed."""
    pip = ("-m", "pip", "install", "--quiet", "--no-compile", "--retries=1", "--timeout=30")
    done = attempt(environment / "bin" / "python", *pip, *what, cwd=environment)
    unreached = [line for line in done.stderr.splitlines() if "connection broken by" in line]
    if done.returncode and unreached:
        pytest.skip(f"pip reaches no package index, so payrule's dependencies cannot be installed: {unreached[0]}")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", ["policies", "schemas"])
def test_wheel_carries_every_document(built: Built, kind: str) -> None:
    shipped = {f"payrule/_data/{path.relative_to(ROOT)}" for path in (ROOT / kind).rglob("*") if path.is_file()}
    assert shipped, f"the checkout has no `{kind}`"
    assert {name for name in contents(built.wheel) if name.startswith(f"payrule/_data/{kind}/")} == shipped


def test_wheel_carries_the_license_and_the_marker_of_types(built: Built) -> None:
    assert {"payrule/py.typed", "payrule-0.1.0.dist-info/licenses/LICENSE"} <= contents(built.wheel).keys()


def test_wheel_carries_the_look_of_pages(built: Built) -> None:
    assert "payrule/reports/pages/page.css" in contents(built.wheel)


def test_wheel_carries_the_page_of_every_check(built: Built) -> None:
    pages = {f"payrule/lint/rules/{check.family}/{check.code}.md" for check in CHECKS}
    assert pages <= contents(built.wheel).keys()


def test_sdist_gives_the_same_wheel(built: Built) -> None:
    assert contents(built.wheel_of_sdist) == contents(built.wheel)


@pytest.mark.parametrize("version", versions())
def test_installed_wheel_decides_the_example_of_the_contract(built: Built, version: str, tmp_path: Path) -> None:
    """On every version of Python that is here.

    On those that do not run the tests, a part of these is run as well; where they run, an editable install takes the
    place of the wheel and reads the documents of the checkout.
    """
    python = interpreter(version)
    if python is None:
        pytest.skip(f"there is no Python {version} here")
    own = python == Path(sys.executable)
    environment = tmp_path / "environment"
    run(python, "-m", "venv", environment, cwd=tmp_path)
    install(environment, built.wheel, *(() if own else ("pytest", "hypothesis")))
    assert all(place.is_relative_to(environment) for place in located(environment))
    example = Path("examples", "contract.json")
    (tmp_path / "examples").mkdir()
    shutil.copy(ROOT / example, tmp_path / example)
    decide = ("adjudicate", str(example), "--payer", "blue-cross", "--format", "json")
    determination: dict[str, Any] = json.loads(run(environment / "bin" / "payrule", *decide, cwd=tmp_path))
    answers = [
        (line["number"], line["disposition"], line["liability"], line["concern"]) for line in determination["lines"]
    ]
    assert answers == [(1, "undecided", None, None), (2, "denied", "provider", "benefit")]
    if own:
        install(environment, "--no-deps", "--editable", ROOT)
        assert located(environment) == [ROOT / "policies", ROOT / "schemas"]
    else:
        run(environment / "bin/python", *SMOKE, cwd=ROOT)


def located(environment: Path) -> list[Path]:
    """Give the folders of the documents that the payrule of an environment reads."""
    return list(map(Path, run(environment / "bin" / "python", "-c", LOCATE, cwd=environment).split()))
