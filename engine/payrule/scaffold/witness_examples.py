"""Make examples of the claims that show a difference, so that what was found once is tested from then on."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import product
from typing import Any

from payrule.analysis.difference import answer_of
from payrule.examples.run import answered
from payrule.model.values import read_date
from payrule.results.determination import LineDetermination
from payrule.results.difference import AnswerChange, Difference
from payrule.rulebase.rulebase import Rulebase
from payrule.source.diagnostics import InputError

EXPECTED = ("disposition", "liability", "concern", "discretionary", "reasons", "open")
"""What such an example expects of its line."""


def witness_examples(
    difference: Difference, rulebase: Rulebase, proposed: str | None = None, first: date | None = None
) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Make an example of each changed answer, with a name for its file; it expects the answer after.

    `rulebase` is the new side's, and `proposed` a policy of it that may have to be considered. `first` is the day on
    which the new version begins: a claim of an earlier one is moved to it, where it shows the change there. None in the
    place of an example: no payer of the rulebase gives that answer as it stands, so that the example would fail.
    """
    for number, change in enumerate(difference.answers.changes, start=1):
        name = f"{number:02d}-{change.before.disposition}-to-{change.after.disposition}"
        yield name, _changed_example(name, change, rulebase, proposed, first)


def _changed_example(
    name: str, change: AnswerChange, rulebase: Rulebase, proposed: str | None, first: date | None
) -> dict[str, Any] | None:
    witness = change.witness
    shown = {**witness.encounter, "id": name}
    terms = {"payer": witness.after.payer, "known_on": witness.after.known_on}
    considered: list[dict[str, str]] = [{}, {"consider": proposed}] if proposed else [{}]
    dated = [shown, _moved(shown, witness.line, first)] if first else [shown]
    for encounter, ways in product(dated, considered):
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


def _moved(encounter: dict[str, Any], number: int, first: date) -> dict[str, Any]:
    """Move the dates of a claim by so many days that one of its lines is of a day; the others stay as far from it."""
    days = {each["number"]: read_date(each["date"]) for each in encounter["lines"]}
    step = first - days[number]
    lines = [{**each, "date": (days[each["number"]] + step).isoformat()} for each in encounter["lines"]]
    return {**encounter, "lines": lines}


def _line(
    rulebase: Rulebase, encounter: Mapping[str, Any], number: int, terms: Mapping[str, Any]
) -> LineDetermination | None:
    """Decide a claim as an example is decided; None where that cannot be."""
    try:
        return rulebase.decide(encounter, **terms).line(number)
    except InputError:
        return None
