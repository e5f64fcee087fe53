"""What a mutant is."""

from typing import NamedTuple


class Mutant(NamedTuple):
    """One fault: what it is called, where it is made, and the tests that are run against it, quickest first."""

    name: str
    file: str
    source: str
    replacement: str
    tests: tuple[str, ...]
