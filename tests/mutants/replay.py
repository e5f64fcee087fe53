"""Decide every claim of the suites again: `python -m tests.mutants.replay FILE`, in the copy of a checkout.

Ends with 1 at the first claim that is decided otherwise, or not at all, and names it.
"""

import sys
from pathlib import Path
from typing import Any

import msgspec
from tests.mutants.mutated import check_engine
from tests.property.documents import RulebaseDocuments

from payrule.adjudication.rulebase import load
from payrule.documents.determinations import Determination
from payrule.review.sides import Side


class Claim(msgspec.Struct, frozen=True):
    """A claim of a suite, what it probes, and what the sound engine decides of it."""

    name: str
    encounter: dict[str, Any]
    determination: Any


class Suite(msgspec.Struct, frozen=True):
    """The claims for a payer of some documents; without documents, of those that are shipped.

    `presume` and `consider` are those of `Rulebase.decide`.
    """

    documents: RulebaseDocuments | None
    payer: str
    known_on: str
    presume: dict[str, Any] = {}
    consider: str | None = None
    claims: tuple[Claim, ...] = ()

    def side(self) -> Side:
        """Read the documents, and take the payer."""
        rulebase = load() if self.documents is None else self.documents.rulebase()
        terms = rulebase.terms(payer=self.payer, known_on=self.known_on, presume=self.presume, consider=self.consider)
        return Side(rulebase, terms)


def as_json(determination: Determination) -> Any:
    """Give all that a determination says, as JSON has it."""
    return msgspec.json.decode(msgspec.json.encode(determination))


def first_decided_otherwise(suites: list[Suite]) -> str | None:
    """Name the first claim that is not decided as the sound engine decides it."""
    for suite in suites:
        claim = None
        try:
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
    noticed = first_decided_otherwise(msgspec.json.decode(Path(file).read_bytes(), type=list[Suite]))
    sys.stdout.write(noticed or "")
    return 1 if noticed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
