"""The list of tests that wait for `make test` by their time names tests that there are."""

import ast
from pathlib import Path

from tests.slow_tests import FILE

ROOT = Path(__file__).parent.parent


def test_each_is_in_its_file() -> None:
    names = FILE.read_text(encoding="utf-8").splitlines()
    assert names == sorted(set(names))
    for file in {name.partition("::")[0] for name in names}:
        path = ROOT / file
        tests = {name.rpartition("::")[2].partition("[")[0] for name in names if name.startswith(f"{file}::")}
        if path.suffix == ".py" and file.startswith("tests/"):
            there = {each.name for each in ast.walk(ast.parse(path.read_text())) if isinstance(each, ast.FunctionDef)}
            assert tests <= there, file
        else:
            assert path.is_file()
