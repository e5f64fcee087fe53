"""How many modules of payrule run code, from documents to compiled rules, and from a claim to its answer.

A module counts when a function of it is called (`sys.setprofile`, event `call`); what runs while a module is imported
does not count, for it says how the package is built and not how an answer is made. Calls into C are of no module, and
so are structures that msgspec makes. Two figures have a target: all that `load` and the compiling of one payer's rules
for one date run, and what `Rulebase.decide` runs for a claim that has been read, once its rules are compiled and its
first answer has been given, as it is for every claim of a file but the first. The others are printed beside them: the
same claim read from JSON each time, and claims with every disposition and with missing information.
"""

import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Any

import payrule
from payrule.rulebase.rulebase import Rulebase, load

PACKAGE = Path(payrule.__file__).parent
EXAMPLES = Path(__file__).parents[1] / "examples"
KNOWN_ON = "2026-11-23"
MOST_TO_COMPILE, MOST_TO_DECIDE = 45, 15


def touched(run: Callable[[], Any]) -> list[str]:
    """Name the modules of payrule of which a call runs some function.

    >>> touched(lambda: None)
    []
    """
    found: set[str] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_name != "<module>":
            found.add(frame.f_code.co_filename)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(before)
    paths = (Path(each) for each in found)
    return sorted(str(path.relative_to(PACKAGE).with_suffix("")) for path in paths if path.is_relative_to(PACKAGE))


def claim(name: str) -> dict[str, Any]:
    """Read one of the examples, as JSON."""
    found: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text())
    return found


def compiled() -> list[str]:
    """Name the modules that run from the documents of the shipped rulebase to the rules of the contract's example."""
    contract = claim("contract")
    service = date.fromisoformat(contract["lines"][0]["date"])

    def run() -> None:
        rulebase = load()
        rulebase.program_on(rulebase.terms(known_on=KNOWN_ON, payer=contract["payer"]), service)

    return touched(run)


def decided(rulebase: Rulebase, name: str, *, read: bool) -> list[str]:
    """Name the modules that run when an example is decided again; a claim that is not `read` is given as JSON."""
    given = rulebase.encounter(claim(name)) if read else claim(name)
    rulebase.decide(given, known_on=KNOWN_ON)
    return touched(lambda: rulebase.decide(given, known_on=KNOWN_ON))


def main() -> None:
    """Print how many modules run, and which."""
    rulebase = load()
    to_compile, to_decide = compiled(), decided(rulebase, "contract", read=True)
    print(f"documents to compiled rules: {len(to_compile)} modules (at most {MOST_TO_COMPILE})")
    print(f"a claim to its answer: {len(to_decide)} modules (at most {MOST_TO_DECIDE}): {', '.join(to_decide)}")
    for name in ("contract", "all-dispositions", "chart-missing"):
        for read, words in ((True, "read"), (False, "as JSON")):
            print(f"  {name}.json, {words}: {len(decided(rulebase, name, read=read))}")


if __name__ == "__main__":
    main()
