"""A command reads each document of a rulebase once."""

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


@pytest.mark.parametrize("name", ["rulebase/payers/plain-plan.json", "rulebase/stretching/1.0.0.json", "plain-plan"])
def test_show_reads_the_vocabulary_once(name: str, tmp_path: Path) -> None:
    done = process(laid_out(tmp_path), "show", name, "--rulebase", "rulebase", before=COUNT)
    assert (done.returncode, done.stderr) == (0, "1\n")
