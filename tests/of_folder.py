"""The tests of one folder of the engine, few enough to run after each change.

`python -m tests.of_folder language` lists them, for `make check FOLDER=language`: all that stand in the folder of
`tests` of that name; those elsewhere that import more modules from it than from any other folder (or as many, where
they stand in the folder of none, such as `tests/property`); and the examples in the docstrings of its
modules. Tests of what stands above that only pass through it are left to `make check`.
"""

import ast
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENGINE = ROOT / "engine" / "payrule"


@cache
def folders() -> tuple[str, ...]:
    """List the folders of the engine from the top layer to the bottom.

    >>> folders()[0]
    'cli'
    """
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = (each["layers"] for each in contracts if each["type"] == "layers")
    names = (name.strip("()") for layer in layers for name in layer.split(" | "))
    return tuple(name for name in names if (ENGINE / name).is_dir())


def used(source: str) -> Counter[str]:
    """Count the modules that a module imports, anywhere in it, by the folder of the engine that they stand in.

    >>> sorted(used("from payrule.language import names\\nimport payrule.resolve.answer, payrule.language").items())
    [('language', 2), ('resolve', 1)]
    """
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            is_folder = node.module.count(".") < 2
            names |= {f"{node.module}.{each.name}" for each in node.names} if is_folder else {node.module}
    parts = (name.split(".") for name in names)
    return Counter(part[1] for part in parts if part[0] == "payrule" and len(part) > 1 and part[1] in folders())


def files_of(folder: str) -> Iterator[Path]:
    """List the tests of a folder, then the folder itself, for the examples in the docstrings of its modules."""
    for path in sorted((ROOT / "tests").rglob("*")):
        within = path.relative_to(ROOT / "tests").parts[0]
        is_test = path.name.startswith("test_") and path.suffix == ".py"
        if within == folder and (is_test or (folder == "cli" and path.suffix == ".md")):
            yield path
        elif is_test and folder in (text := path.read_text(encoding="utf-8")):
            counted = used(text)
            own = counted.pop(folder, 0)
            others = max(counted.values(), default=0)
            if own > others or (own == others > 0 and within not in folders()):
                yield path
    yield ENGINE / folder


if __name__ == "__main__":
    asked = sys.argv[1]
    if asked not in folders():
        sys.exit(f"there is no folder `{asked}` in the engine; there are {', '.join(folders())}")
    sys.stdout.write("\n".join(str(path.relative_to(ROOT)) for path in files_of(asked)) + "\n")
