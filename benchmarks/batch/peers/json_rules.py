"""json-rules-engine, on node: a rule is a tree of conditions, and tells that it holds by an event."""

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.batch.peers.rules import Json
from payrule.language.lower import All, Contains, Formula, OneOf, Range, Some

PACKAGE = "json-rules-engine@7.3.1"
_FIRST = 10
"""The priority of a test on the code, which is met before the others are looked at; theirs is 1."""
_SCRIPT = Path(__file__).with_suffix(".mjs")


def home(cache: Path) -> Path | None:
    """Give the folder that holds the package, if it and node are there."""
    folder = cache / "peers" / "node"
    found = shutil.which("node") and (folder / "node_modules" / "json-rules-engine").is_dir()
    return folder if found else None


def install(cache: Path) -> None:
    """Put the package into the cache; raises OSError or CalledProcessError where that cannot be done."""
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("there is no npm")
    folder = cache / "peers" / "node"
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--prefix", folder, PACKAGE], check=True, capture_output=True
    )


def translated(formula: Formula) -> Json:
    """Write a formula as a condition of the package."""
    if isinstance(formula, OneOf):
        first = {"priority": _FIRST} if formula.attribute == "line.code" else {}
        return {"fact": formula.attribute, "operator": "in", "value": sorted(formula.values.values), **first}
    if isinstance(formula, Range):
        return {"fact": formula.attribute, "operator": "greaterThanInclusive", "value": formula.low}
    if isinstance(formula, Contains) and formula.values:
        each = [
            {"fact": formula.attribute, "operator": "contains", "value": value}
            for value in sorted(formula.values.values)
        ]
        return each[0] if len(each) == 1 else {"any": each}
    if isinstance(formula, (All, Some)):
        return {"all" if isinstance(formula, All) else "any": [translated(part) for part in formula.parts]}
    raise TypeError(formula)


def run(folder: Path, rules: Mapping[str, Formula], lines: Sequence[Json], times: int) -> Json:
    """Find the rules that hold of each line, so many times; give those found, and the seconds of the last time."""
    asked = {
        "rules": [
            {"conditions": _root(translated(formula)), "event": {"type": name}} for name, formula in rules.items()
        ],
        "lines": lines,
        "times": times,
    }
    done = subprocess.run(
        ["node", _SCRIPT, folder / "node_modules" / "json-rules-engine" / "dist" / "index.js"],  # noqa: S607 - the node that is there
        input=json.dumps(asked),
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _root(condition: Json) -> Json:
    """Make a condition one that a rule may begin with."""
    return condition if condition.keys() & {"all", "any"} else {"all": [condition]}
