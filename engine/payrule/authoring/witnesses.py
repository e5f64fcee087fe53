"""Make examples of the claims that show a difference, so that what was found once is tested from then on."""

from collections.abc import Iterator, Mapping
from typing import Any

from payrule.adjudication.rulebase import Rulebase
from payrule.analysis.difference import answer_of
from payrule.authoring.examples import answered
from payrule.documents.determinations import LineDetermination
from payrule.documents.differences import AnswerChange, Difference
from payrule.documents.findings import InputError

EXPECTED = ("disposition", "liability", "concern", "discretionary", "reasons", "open")
"""What such an example expects of its line."""


def witness_examples(
    difference: Difference, rulebase: Rulebase, proposed: str | None = None
) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Make an example of each changed answer, with a name for its file; it expects the answer after.

    `rulebase` is the new side's, and `proposed` a policy of it that may have to be considered. None in the place of an
    example: no payer of the rulebase gives that answer as it stands, so that the example would fail.
    """
    for number, change in enumerate(difference.answers.changes, start=1):
        name = f"{number:02d}-{change.before.disposition}-to-{change.after.disposition}"
        yield name, _example(name, change, rulebase, proposed)


def _example(name: str, change: AnswerChange, rulebase: Rulebase, proposed: str | None) -> dict[str, Any] | None:
    witness = change.witness
    encounter = {**witness.encounter, "id": name}
    terms = {"payer": witness.after.payer, "known_on": witness.after.known_on}
    for ways in ({}, {"consider": proposed}) if proposed else ({},):
        line = _line(rulebase, encounter, witness.line, terms | ways)
        if line is not None and answer_of(line) == change.after:
            expected = {key: value for key, value in answered(line).items() if key in EXPECTED}
            return {
                "kind": "example",
                "summary": f"A difference showed it: {change.before.disposition} before, {line.disposition} after.",
                **(
                    {"shows": [{"rule": change.after.rule, "line": line.number, "how": "decides"}]}
                    if line.reasons
                    else {}
                ),
                **terms,
                **ways,
                "encounter": encounter,
                "expect": [{"line": line.number, **expected}],
            }
    return None


def _line(
    rulebase: Rulebase, encounter: Mapping[str, Any], number: int, terms: Mapping[str, Any]
) -> LineDetermination | None:
    """Decide a claim as an example is decided; None where that cannot be."""
    try:
        return rulebase.decide(encounter, **terms).line(number)
    except InputError:
        return None
