"""How long an editor waits after a key until it is told what is wrong with the document itself, and with all others.

Each key is another text, so that nothing that follows from it is remembered. The pause that the language server makes
until nobody types any more comes on top.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from payrule.examples.run import example_files
from payrule.lsp.server import LATER, SOON, all_findings, own_findings
from payrule.rulebase.folder import VOCABULARY, Memory, unsaved
from payrule.source.files import shipped

KEYS = 12
AIM = 100
"""Milliseconds below which help feels as if it came with the key."""


def main() -> None:
    """Print the times."""
    root = shipped("policies").resolve()
    longest = max(root.glob("*/[0-9]*.json"), key=lambda path: path.stat().st_size)
    print(
        f"editing: milliseconds after a key, best and median of {KEYS}; the aim is under {AIM} for the document itself"
    )
    print(f"{'the document itself':>36} {'the whole rulebase':>21}")
    for said, path in (
        ("a policy", longest),
        ("an example", example_files(root)[0]),
        ("the vocabulary", root / VOCABULARY),
    ):
        itself = _shown(path, partial(own_findings, root, path))
        print(f"{said:>18} {itself} {_shown(path, partial(all_findings, root)):>21}")
    print(f"pauses of the server: {SOON * 1000:.0f} ms, and {LATER * 1000:.0f} ms more")


def _shown(path: Path, look: Callable[[], object]) -> str:
    """Type into the first summary, and look at the document after each key."""
    text, memory, taken = path.read_text(encoding="utf-8"), Memory(), []
    for key in range(KEYS + 1):
        typed = text.replace('"summary": "', f'"summary": "{"x" * key}', 1)
        begun = perf_counter()
        with unsaved({path: typed}, memory):
            look()
        taken.append((perf_counter() - begun) * 1000)
    # The first look reads everything, once a session.
    return f"{min(taken[1:]):>8.0f} {median(taken[1:]):>8.0f}"


if __name__ == "__main__":
    main()
