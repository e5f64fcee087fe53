"""The tests of one folder of the engine, and of what stands above it and uses it directly.

`python -m tests.of_folder language` lists them, for `make check FOLDER=language`. A test belongs to a folder when it
stands in the folder of `tests` of that name, or imports from it. Whatever imports from a folder stands above it: that
is what the layers in `pyproject.toml` say, from which the folders are taken.
"""

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENGINE = ROOT / "engine" / "payrule"


def folders() -> tuple[str, ...]:
    """List the folders of the engine from the top layer to the bottom.

    >>> folders()[0]
    'cli'
    """
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = (each["layers"] for each in contracts if each["type"] == "layers")
    names = (name.strip("()") for layer in layers for name in layer.split(" | "))
    return tuple(name for name in names if (ENGINE / name).is_dir())


def used(source: str) -> frozenset[str]:
    """Give the folders of the engine from which a module imports, anywhere in it.

    >>> sorted(used("from payrule.language import names\\nfrom payrule import cli\\nimport payrule.resolve.answer"))
    ['cli', 'language', 'resolve']
    """
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{each.name}" for each in node.names]
    parts = [name.split(".") for name in names]
    return frozenset(part[1] for part in parts if part[0] == "payrule" and len(part) > 1)


def files_of(folder: str) -> Iterator[Path]:
    """List the tests of a folder, and of those above it that use it; modules of the engine are there for doctests."""
    for path in sorted((ROOT / "tests").rglob("*")):
        within = path.relative_to(ROOT / "tests")
        is_test = path.name.startswith("test_") and path.suffix == ".py"
        is_own = within.parts[0] == folder and (is_test or (folder == "cli" and path.suffix == ".md"))
        if is_own or (is_test and folder in used(path.read_text(encoding="utf-8"))):
            yield path
    for path in sorted(ENGINE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if ">>> " in text and (path.relative_to(ENGINE).parts[0] == folder or folder in used(text)):
            yield path


if __name__ == "__main__":
    asked = sys.argv[1]
    if asked not in folders():
        sys.exit(f"there is no folder `{asked}` in the engine; there are {', '.join(folders())}")
    sys.stdout.write("\n".join(str(path.relative_to(ROOT)) for path in files_of(asked)) + "\n")
