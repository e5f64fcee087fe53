"""A policy that cites a handbook, and two editions of the handbook, for the tests of what rests on a text."""

from pathlib import Path

import msgspec
from tests.property.documents import policy, rule

from payrule.citations.copies import Copies, SourceText
from payrule.model.digests import passage_digest
from payrule.model.policy import Policy

FILE = "handbook.txt"

OLD = """\
1  Stretching

We pay for stretching of muscles that are too short. Stretching that prepares for another service is
a part of that service, and the provider bears it.

2  Towels

Bring your own towel. Wear shoes <b>inside</b> & out.
"""
NEW = """\
1  Stretching

We pay for stretching of muscles that are too short. Stretching that prepares for another ser-
vice may be paid for, where the provider asks us before.

2  Towels

Bring your own towel. Wear no shoes <b>inside</b> & out.
"""

SENTENCES = {
    "paid": "We pay for stretching of muscles that are too short.",
    "part": "Stretching that prepares for another service is a part of that service, and the provider bears it.",
    "towel": "Bring your own towel.",
}


class Copy(Copies):
    """Stand for a folder with one copy."""

    def __init__(self, text: str, file: str = FILE) -> None:
        """Take the text of the copy."""
        super().__init__(Path())
        self.copy, self.file = SourceText(text), file

    def _read(self, file: str) -> SourceText | None:
        return self.copy if file == self.file else None


def citing() -> dict[str, tuple[Policy, ...]]:
    """Make a policy of two rules and a note, each of which cites a sentence of the old edition."""

    def cites(name: str) -> list[dict[str, object]]:
        sentence = SENTENCES[name]
        words = len(sentence.split())
        return [{"source": "s", "locator": f"the {name} one", "digest": passage_digest(sentence), "words": words}]

    rules = [
        rule(name, {"line.units": {"at_least": 2}}, "benefit", "covered", cites=cites(name))
        for name in ("paid", "part")
    ]
    note = {"text": "Towels are one's own.", "reason": "It says nothing of payment.", "cites": cites("towel")}
    document = policy(*rules, notes=[note], sources={"s": {"title": "Handbook", "file": FILE}})
    return {"p0": (msgspec.convert(document, Policy),)}
