"""Check every document of the suites again, and decide every claim: `python -m tests.mutants.replay FILE`.

Runs in the copy of a checkout. Ends with 1 at the first document that is checked otherwise, or the first claim that is
decided otherwise or not at all, and names it.
"""

import sys
from pathlib import Path
from typing import Any

import msgspec
from tests.mutants.mutated import check_engine
from tests.property.documents import RulebaseDocuments

from payrule.compare.comparison_side import Side
from payrule.results.determination import Determination
from payrule.rulebase.rulebase import load


class Claim(msgspec.Struct, frozen=True):
    """A claim of a suite, what it probes, and what the sound engine decides of it."""

    name: str
    encounter: dict[str, Any]
    determination: Any


class Suite(msgspec.Struct, frozen=True):
    """The claims for a payer of some documents; without documents, of those that are shipped.

    `presume` and `consider` are those of `Rulebase.decide`. `found` is what a check of the documents says.
    """

    documents: RulebaseDocuments | None
    payer: str
    known_on: str
    presume: dict[str, Any] = {}
    consider: str | None = None
    found: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()

    def checked(self) -> tuple[str, ...]:
        """Say what a check finds in the documents; those that are shipped are not read again."""
        return tuple(map(str, self.documents.findings())) if self.documents is not None else ()

    def side(self) -> Side:
        """Read the documents, and take the payer."""
        rulebase = load() if self.documents is None else self.documents.rulebase()
        terms = rulebase.terms(payer=self.payer, known_on=self.known_on, presume=self.presume, consider=self.consider)
        return Side(rulebase, terms)


def as_json(determination: Determination) -> Any:
    """Give all that a determination says, as JSON has it."""
    return msgspec.json.decode(msgspec.json.encode(determination))


def first_otherwise(suites: list[Suite]) -> str | None:
    """Name the first document or claim of which the engine does not say what the sound one says."""
    for suite in suites:
        claim = None
        try:
            if suite.checked() != suite.found:
                return "a document is checked otherwise"
            if not suite.claims:
                continue
            side = suite.side()
            for claim in suite.claims:
                if as_json(side.decide(claim.encounter)) != claim.determination:
                    return claim.name
        except Exception as error:  # noqa: BLE001 - whatever a mutant does wrong
            return f"{claim.name if claim else 'the rulebase'}: {type(error).__name__}"
    return None


def main(file: str) -> int:
    """Replay the suites in a file."""
    check_engine()
    noticed = first_otherwise(msgspec.json.decode(Path(file).read_bytes(), type=list[Suite]))
    sys.stdout.write(noticed or "")
    return 1 if noticed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
