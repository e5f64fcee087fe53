"""The shipped rulebase, read once for each process of tests, and again when a file of it has changed.

Reading it takes a fifth of a second, and hundreds of tests begin with it. What is remembered is what was read, which a
rulebase freezes; each rulebase that is made of it is new. A rulebase in any other folder is read each time.
"""

from functools import cache
from pathlib import Path

from payrule.rulebase import load, rulebase
from payrule.rulebase.folder import rulebase_folder

Stamp = tuple[tuple[str, int, int], ...]

_read = load.read_documents


def remember() -> None:
    """From now on read the shipped documents once, in this process and in those that are forked from it."""
    for module in (load, rulebase):
        vars(module)["read_documents"] = _remembered


def _remembered(folder: Path | None = None) -> load.Documents:
    return _read(folder) if folder is not None else _documents(_stamp(rulebase_folder(None)))


@cache
def _documents(_: Stamp) -> load.Documents:
    return _read(None)


def _stamp(folder: Path) -> Stamp:
    """Name each file with its size and the time of its last change."""
    found = ((str(path), path.stat()) for path in sorted(folder.rglob("*.*")))
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in found)
