"""What the reference evaluator says of conditions is what a reading of the JSON says that shares no code with it."""

from datetime import date
from itertools import product
from typing import Any

import msgspec
from hypothesis import event, given
from tests.property import counted
from tests.property.conditions import DATED
from tests.property.counted import lines
from tests.property.documents import RulebaseDocuments
from tests.property.effort import examples
from tests.property.generated import cases
from tests.property.test_executions import programs
from tests.property.words import DECLARED, Json

from payrule.execute.reference import EvalContext
from payrule.language.enriched_encounter import EnrichedLine
from payrule.language.names import Names
from payrule.language.truth import FALSE, TRUE, UNKNOWN, Truth


def reading(when: Json, names: Names, here: EvalContext) -> Truth:
    """Say how true a condition is, as JSON writes it: the least true of its entries."""
    return min((entry(key, held, names, here) for key, held in when.items()), default=TRUE)


def entry(  # noqa: PLR0911 - one for each form
    key: str, held: Any, names: Names, here: EvalContext
) -> Truth:
    """Say how true one entry of a condition is."""
    if key in ("all", "any"):
        return (min if key == "all" else max)(reading(each, names, here) for each in held)
    if key == "not":
        return {TRUE: FALSE, UNKNOWN: UNKNOWN, FALSE: TRUE}[reading(held, names, here)]
    if key == "count":
        truths = sorted((reading(each, names, here) for each in held["of"]), reverse=True)
        least: int = held["at_least"]
        return truths[least - 1]
    listed = held if isinstance(held, list) else [held]
    if key == "fact":
        alone = EvalContext(here.scene, here.line)
        return min(reading(names.facts[each].when, scope(each, names), alone) for each in listed)
    if key == "other_line":
        return min(max((beside(each, names, there) for there in others(each, here)), default=FALSE) for each in listed)
    if key == "lines":
        return min(TRUTHS[lines(each, seen(here, names), Here(here.line))] for each in listed)
    if key == "quota":
        return min(
            TRUTHS[shared(name, kind, tests, names, here)] for name, of in held.items() for kind, tests in of.items()
        )
    return min(as_asked(here.read(key), test, key, asked, names, here) for test, asked in held.items())


def as_asked(  # noqa: PLR0913, PLR0917 - one test where it is asked
    value: Any, test: str, attribute: str, asked: Any, names: Names, here: EvalContext
) -> Truth:
    """Say how true a test is; a list whose codes have dates is that of the line's date, and may hold nothing then."""
    if attribute in DATED and asked == DATED[attribute]:
        day = here.line.line.date.isoformat()
        listed = msgspec.to_builtins(names.vocabulary)["code_sets"][asked[1:]]["entries"]
        asked = [each["code"] for each in listed if each.get("from", "") <= day <= each.get("to", "9")]
        if not asked:
            return TRUE if test in ("not_in", "none_of", "all_of") else FALSE
    if value is None:
        return UNKNOWN
    return TRUE if passes(value, test, attribute, asked, names) else FALSE


TRUTHS = {counted.NO: FALSE, counted.MAYBE: UNKNOWN, counted.YES: TRUE}


class Here:
    """A line of a scene as what counts lines reads it; it has one day."""

    days = 1

    def __init__(self, line: EnrichedLine) -> None:
        """Take the line."""
        self.line, self.number, self.day, self.first = line, line.line.number, line.line.date, line.line.date

    def value(self, name: str) -> Any:
        """Give what is known of it."""
        return self.line.values.get(name)

    whole = value


def seen(here: EvalContext, names: Names, *, of_pair: bool = True) -> counted.Seen:
    """Give the lines of a scene, this claim's and earlier ones; `of_pair` tells whether they may be related to here."""

    def holds(when: Json, day: Any) -> int:
        there = EvalContext(here.scene, day.line, here.line if of_pair else None)
        return {truth: number for number, truth in TRUTHS.items()}[reading(when, names, there)]

    history = here.scene.history
    billed, earlier = ([Here(line) for line in of] for of in (here.scene.lines, history.lines))
    return counted.Seen(billed, earlier, history.complete_from, holds, {}, history.is_complete)


def shared(name: str, kind: str, tests: Json, names: Names, here: EvalContext) -> int:
    """Say how true it is that so much of a line is within a quota, or over it."""
    quota = msgspec.to_builtins(names.quotas[name])
    return counted.quota(quota, kind, tests, seen(here, names, of_pair=False), Here(here.line))


def others(when: Json, here: EvalContext) -> list[EvalContext]:
    """List the other lines that a condition on one may be about."""
    return [
        EvalContext(here.scene, line, here.line)
        for line in here.scene.lines
        if line.line.number != here.line.line.number
        and (when.get("same_date") is False or line.line.date == here.line.line.date)
    ]


def beside(when: Json, names: Names, there: EvalContext) -> Truth:
    """Read a condition on another line."""
    return reading({key: held for key, held in when.items() if key != "same_date"}, names, there)


def scope(fact: str, names: Names) -> Names:
    """Give the names that a fact is read with: its own document's, over those of the vocabulary."""
    own = names.policy is not None and fact in names.policy.facts
    return names if own else Names(names.vocabulary)


def passes(value: Any, test: str, attribute: str, asked: Any, names: Names) -> bool:
    """Try one test on a value that is known; a date is compared as it is written."""
    if isinstance(asked, str) and asked.startswith("@"):
        asked = names.sets[asked[1:]]
    if isinstance(value, (frozenset, tuple)):
        held = [plain(each) for each in value]
        if test == "is_empty":
            return (not held) is asked
        found = [any(among(each, [one], attribute) for each in held) for one in asked]
        return {"any_of": any(found), "all_of": all(found), "none_of": not any(found)}[test]
    value = plain(value)
    if test in ("in", "not_in"):
        return among(value, asked, attribute) is (test == "in")
    compared: dict[str, bool] = {
        "is": value == asked,
        "at_least": test == "at_least" and value >= asked,
        "at_most": test == "at_most" and value <= asked,
        "on_or_after": test == "on_or_after" and value >= asked,
        "before": test == "before" and value < asked,
    }
    return compared[test]


def plain(value: Any) -> Any:
    """Write a value as JSON has it."""
    return value.isoformat() if isinstance(value, date) else value


def among(value: Any, members: Any, attribute: str) -> bool:
    """Tell whether a value is one of a list; of codes also whether it stands in a range of codes as long as it is."""
    ranges = [each.split("-") for each in members if DECLARED[attribute].type == "code" and "-" in str(each)]
    return value in members or any(len(low) == len(value) and low <= value <= high for low, high in ranges)


@examples(100)
@given(cases(counting=True))
def test_evaluator_and_a_reading_of_the_json_agree(case: tuple[RulebaseDocuments, Json]) -> None:
    documents, raw = case
    rulebase = documents.rulebase()
    encounter = rulebase.encounter(raw)
    for program in programs(rulebase, encounter):
        scene = program.scene(encounter)
        for here, bound in product([EvalContext(scene, line) for line in scene.lines], program.rules):
            said = reading(dict(bound.when), Names(program.vocabulary, bound.policy), here)
            assert program.meanings[bound.name].truth(here) is said
            event(said.name)
