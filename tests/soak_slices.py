"""Ask questions of generated policies code by code, and whole: `python -m tests.soak_slices`, in `make soak-analysis`.

Both find the same kinds of changed answers, conflicts, and dead, shadowed and redundant rules, by claims as small, with
the same certainty. Prints what was found and the processor seconds of each; ends with 1 where they differ.
"""

import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from benchmarks.analysis import KNOWN_ON, edited_documents
from benchmarks.documents import PAYER, write_rulebase

from payrule.analysis import slices as cutting
from payrule.analysis.difference import Kind, difference
from payrule.analysis.verification import verification
from payrule.compare.comparison_side import BothDecide, OneDecides, Side, regimes, side
from payrule.results.verification import QUESTIONS
from payrule.rulebase.rulebase import load

SIZES = (30, 100, 300)
"""Numbers of rules."""

Found = tuple[Any, ...]


def size(encounter: dict[str, Any]) -> tuple[int, int]:
    """Say how many lines a claim has, and how many earlier ones."""
    return len(encounter["lines"]), len(encounter.get("history", ()))


def changes(old: Side, new: Side) -> Iterable[Found]:
    """List the kinds of changed answers, each with the size of its claim."""
    found = difference(regimes(old, new), BothDecide(old, new))
    yield "difference", found.certainty
    yield from (("difference", Kind.of(each), size(each.witness.encounter)) for each in found.changes)


def findings(of: Side) -> Iterable[Found]:
    """List conflicts, and rules that are dead, shadowed or redundant."""
    asked = tuple(each for each in QUESTIONS if each != "gaps")
    found = verification(regimes(of), OneDecides(of), asked=asked)
    yield from ((each, found.certainty[each]) for each in asked)
    yield from (("conflicts", pair, size(each.shown.encounter)) for pair, each in found.contradictions.items())
    yield from ((each.fault, each.rule, each.certainty) for each in found.findings)


def asked(old: Side, new: Side) -> tuple[Counter[Found], float]:
    """Ask everything, and say what was found and how many processor seconds it took."""
    begun = process_time()
    return Counter([*changes(old, new), *findings(old)]), process_time() - begun


def main() -> int:
    """Compare, and say what was found."""
    parser = ArgumentParser(prog="python -m tests.soak_slices", description=main.__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="numbers of rules (default: %(default)s)")
    differ = 0
    for rules in parser.parse_args().sizes:
        with TemporaryDirectory() as folder:
            documents = load(write_rulebase(Path(folder), rules)).documents
        both = side(documents, PAYER, KNOWN_ON), side(edited_documents(documents), PAYER, KNOWN_ON)
        cutting.FEW_RULES = 0
        by_code, sliced = asked(*both)
        cutting.FEW_RULES = sys.maxsize
        at_once, whole = asked(*both)
        apart = (by_code - at_once) + (at_once - by_code)
        differ += apart.total()
        sys.stdout.write(
            f"{rules} rules: {by_code.total()} things found code by code in {sliced:.1f} s, {at_once.total()} at once "
            f"in {whole:.1f} s; {apart.total()} differ\n"
        )
        for each in apart:
            sys.stdout.write(f"  {each}\n")
        sys.stdout.flush()
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
