"""Examples from the solver: smallest claims that show what a rule does, or what a new version changes."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import msgspec

from payrule.analysis.difference import answer_of
from payrule.analysis.rule_claims import Wish, rule_claims
from payrule.analysis.solver import OutOfTimeError, never
from payrule.analysis.witness import in_order, subject_number
from payrule.compare.comparison_side import Side, regimes
from payrule.examples.run import answered
from payrule.language.condition import Condition, Lines, Quota, find, parse
from payrule.language.name_findings import resting_on
from payrule.language.names import Names
from payrule.model.policy import Policy
from payrule.model.values import read_date
from payrule.resolve.settle import NOTHING_LEFT, BoundRule
from payrule.results.determination import LineDetermination
from payrule.results.difference import AnswerChange, Difference
from payrule.rulebase.folder import EXAMPLES, read_text
from payrule.rulebase.load import Documents
from payrule.rulebase.rulebase import Rulebase
from payrule.scaffold.example import EXPECTED, Trial, example_document, expected_answer, way_shown
from payrule.scaffold.scaffold import document, examples_of, named
from payrule.source.diagnostics import InputError

_SUMMARIES = {
    "decides": "The answer is based on `{rule}`.",
    "matches": "`{rule}` matches{by}.",
    "near-miss": "`{rule}` just misses{by}.",
    "waits": "`{rule}` cannot be decided{by}.",
    "exception": "`{by}` is an exception to `{rule}`: both match.",
    "without-exception": "`{rule}` matches without its exception `{by}`.",
}
_BY = {"matches": " by {by}", "near-miss": " by {by}", "waits": " without {by}"}


class Proposal(msgspec.Struct, frozen=True):
    """An example that can be written: its file, its text, and how its line is answered."""

    path: Path
    text: str
    summary: str
    encounter: dict[str, Any]
    line: LineDetermination


class Unwritten(msgspec.Struct, frozen=True):
    """What no example could be written of, and why."""

    what: str
    why: str


RAN_OUT = Unwritten("the other examples", "time ran out")
"""What stands for the claims for which there was no time."""


def solved_examples(  # noqa: PLR0913 - what an analyst chooses, each by name
    documents: Documents,
    policy: Policy,
    rule: str | None,
    trial: Trial,
    day: date,
    *,
    folder: Path | None = None,
    expired: Callable[[], bool] = never,
) -> Iterator[Proposal | Unwritten]:
    """Propose examples of a policy version, or of one of its rules, one after the other.

    Each rule decides, just misses by each part of its condition and at each end of an interval, waits for each fact,
    and meets each of its exceptions. A claim that an example of the policy has already is not proposed again. Raises
    RequestError for a rule that the version does not have.
    """
    if rule is not None:
        named("rule", rule, [each.id for each in policy.rules])
    rulebase = Rulebase(documents)
    chosen = trial.choices(day)
    side = Side(rulebase, rulebase.terms(**chosen))
    home = folder or documents.folder / policy.id / EXAMPLES
    existing = {*examples_of(documents, policy.id), *home.glob("*.json")}
    taken = {path.stem for path in existing}
    known = {_lines(read_text(path).value.get("encounter", {})) for path in existing}
    summaries: set[str] = set()
    names = Names(documents.vocabulary, policy)
    counting = {f"{policy.id}/{each.id}" for each in policy.rules if _counts(parse(each.when), names)}

    def wanted(bound: BoundRule) -> bool:
        return bound.policy.name == policy.name and rule in (None, bound.rule.id)

    def fits(wish: Wish, encounter: dict[str, Any]) -> bool:
        number = subject_number(encounter)
        found = rulebase.matches(encounter, **chosen)[number]
        if wish.way == "decides":
            return wish.rule in {each.name for each in rulebase.decide(encounter, **chosen).line(number).reasons}
        return {
            "matches": wish.rule in found.definite,
            "near-miss": wish.rule not in found.possible,
            "waits": wish.rule in found.waiting,
            "exception": {wish.rule, wish.by} <= found.definite,
            "without-exception": wish.rule in found.definite and wish.by not in found.possible,
        }[wish.way]

    try:
        for granted in rule_claims(regimes(side), side.decide, wanted, fits, expired):
            wish = granted.wish
            if granted.encounter is None:
                found = "no lines were found that it counts; write it by hand" if wish.rule in counting else _NOT_FOUND
                why = found if granted.possible else "there is no such claim"
                yield Unwritten(_summary(wish), why)
                continue
            if _lines(granted.encounter) in known:
                continue
            known.add(_lines(granted.encounter))
            words = " ".join(filter(None, (wish.rule.partition("/")[2], wish.way, (wish.by or "").rpartition("/")[2])))
            name = _free(re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-"), taken, "{}-{}")
            summary = _free(_summary(wish), summaries, "{} (claim {}).")
            number = subject_number(granted.encounter)
            encounter = in_order({**granted.encounter, "id": name})
            line = rulebase.decide(encounter, **chosen).line(number)
            rules = [
                wish.rule.removesuffix(NOTHING_LEFT),
                *([wish.by] if wish.by and wish.way in ("exception", "without-exception") else []),
            ]
            matches = rulebase.matches(encounter, **chosen)[number]
            hows = {each: way_shown(each, line, matches) for each in rules}
            shows = [{"rule": each, "line": number, "how": how} for each, how in hows.items() if how]
            value = example_document(summary, shows, trial.terms, encounter, {"line": number, **expected_answer(line)})
            path = home / f"{name}.json"
            yield Proposal(path, document(documents.folder, path, value), summary, encounter, line)
    except OutOfTimeError:
        yield RAN_OUT


_NOT_FOUND = "no minutes or table rows were found for it"


def _counts(condition: Condition, names: Names) -> bool:
    """Tell whether a condition counts lines, or asks about a quota, by itself or through a definition."""
    asked = (each for each, _ in resting_on(condition, names))
    return any(any(find(each, kind)) for each in asked for kind in (Lines, Quota))


def _summary(wish: Wish) -> str:
    by = _BY[wish.way].format(by=wish.by) if wish.by and wish.way in _BY else wish.by or ""
    return _SUMMARIES[wish.way].format(rule=wish.rule.partition("/")[2], by=by.rpartition("/")[2])


def _free(name: str, taken: set[str], numbered: str) -> str:
    """Give a name that is not taken yet, with a number where it is, and take it."""
    found, number = name, 2
    while found in taken:
        found, number = numbered.format(name.removesuffix("."), number), number + 1
    taken.add(found)
    return found


def _lines(encounter: dict[str, Any]) -> bytes:
    return msgspec.json.encode({key: value for key, value in encounter.items() if key != "id"}, order="deterministic")


def witness_examples(
    difference: Difference, rulebase: Rulebase, proposed: str | None = None, first: date | None = None
) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Make an example of each changed answer, with a name for its file; it expects the answer after.

    `rulebase` is the new side's, and `proposed` a policy of it that may have to be considered. `first` is the day on
    which the new version begins: a claim of an earlier day is moved to it, where it shows the change there. None in the
    place of an example: no payer of the rulebase gives that answer, so that the example would fail.
    """
    for number, change in enumerate(difference.answers.changes, start=1):
        name = f"{number:02d}-{change.before.disposition}-to-{change.after.disposition}"
        yield name, _changed_example(name, change, rulebase, proposed, first)


def _changed_example(
    name: str, change: AnswerChange, rulebase: Rulebase, proposed: str | None, first: date | None
) -> dict[str, Any] | None:
    witness = change.witness
    shown = {**witness.encounter, "id": name}
    terms: dict[str, Any] = {"payer": witness.after.payer, "known_on": witness.after.known_on}
    considered: list[dict[str, Any]] = [{}, {"consider": proposed}] if proposed else [{}]
    dated = [shown, _moved(shown, witness.line, first)] if first else [shown]
    for encounter, consider in product(dated, considered):
        try:
            line = rulebase.decide(encounter, **(terms | consider)).line(witness.line)
        except InputError:
            continue
        if answer_of(line) == change.after:
            summary = f"From a comparison of versions: {change.before.disposition} before, {line.disposition} after."
            shows = [{"rule": change.after.rule, "line": line.number, "how": "decides"}] if line.reasons else []
            expected = {key: value for key, value in answered(line).items() if key in EXPECTED}
            return example_document(summary, shows, terms | consider, encounter, {"line": line.number, **expected})
    return None


def _moved(encounter: dict[str, Any], number: int, first: date) -> dict[str, Any]:
    """Move the dates of a claim by so many days that one of its lines is of a day; the others stay as far from it."""
    days = {each["number"]: read_date(each["date"]) for each in encounter["lines"]}
    step = first - days[number]
    lines = [{**each, "date": (days[each["number"]] + step).isoformat()} for each in encounter["lines"]]
    return {**encounter, "lines": lines}
