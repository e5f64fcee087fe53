"""A command reads a rulebase once, however what it shows is named."""

from pathlib import Path

import pytest
from tests.cli.conftest import laid_out
from tests.cli.processes import process

COUNT = """
import atexit, pathlib, sys
read, times = pathlib.Path.read_bytes, []
def counting(path):
    times.extend([1] * (path.name == "vocabulary.json"))
    return read(path)
pathlib.Path.read_bytes = counting
atexit.register(lambda: print(len(times), file=sys.stderr))
"""


def reads(folder: Path, name: str) -> str:
    """Count how often the vocabulary is read to show something."""
    done = process(folder, "show", name, "--rulebase", "rulebase", before=COUNT)
    assert done.returncode == 0
    return done.stderr


@pytest.mark.parametrize("name", ["rulebase/payers/plain-plan.json", "rulebase/stretching/1.0.0.json"])
def test_what_a_file_holds_is_shown_with_no_more_reading_than_what_has_a_name(name: str, tmp_path: Path) -> None:
    folder = laid_out(tmp_path)
    assert reads(folder, name) == reads(folder, "plain-plan")
