"""Examples that the solver can write: smallest claims that show what rules do, for an analyst to accept or not."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from payrule.analysis.graph import OutOfTimeError, never
from payrule.analysis.rule_claims import Wish, rule_claims
from payrule.compare.comparison_side import Side, rulings
from payrule.examples.run import answered, example_files, ways
from payrule.model.policy import Policy
from payrule.resolve.settle import BoundRule
from payrule.results.determination import LineDetermination
from payrule.rulebase.folder import EXAMPLES, read_text
from payrule.rulebase.load import Documents
from payrule.rulebase.rulebase import Rulebase
from payrule.scaffold.example import expected_of
from payrule.scaffold.scaffold import document, named
from payrule.scaffold.trial import Trial

LINE = 1

_SAID = {
    "decides": "The answer rests on `{rule}`.",
    "matches": "`{rule}` matches{by}.",
    "near-miss": "`{rule}` just misses{by}.",
    "waits": "`{rule}` waits{by}.",
    "exception": "`{by}` is an exception to `{rule}`: both match.",
    "without-exception": "`{rule}` matches without its exception `{by}`.",
}
_BY = {
    "matches": " by {by}",
    "near-miss": " by {by}",
    "waits": " for {by}",
}


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
    standing = {*(each for each in example_files(documents.folder) if each.parent.parent.name == policy.id)}
    standing |= {*home.glob("*.json")}
    taken = {path.stem for path in standing}
    known = {_lines(read_text(path).value.get("encounter", {})) for path in standing}
    summaries: set[str] = set()

    def wanted(bound: BoundRule) -> bool:
        return bound.policy.name == policy.name and rule in (None, bound.rule.id)

    def fits(wish: Wish, encounter: dict[str, Any]) -> bool:
        found = rulebase.matches(encounter, **chosen)[LINE]
        if wish.way == "decides":
            return wish.rule in {each.name for each in rulebase.decide(encounter, **chosen).line(LINE).reasons}
        return {
            "matches": wish.rule in found.definite,
            "near-miss": wish.rule not in found.possible,
            "waits": wish.rule in found.waiting,
            "exception": {wish.rule, wish.by} <= found.definite,
            "without-exception": wish.rule in found.definite and wish.by not in found.possible,
        }[wish.way]

    try:
        for granted in rule_claims(rulings(side), side.decide, wanted, fits, expired):
            wish = granted.wish
            if granted.encounter is None:
                why = "it found no minutes or table rows for one" if granted.possible else "there is no such claim"
                yield Unwritten(_said(wish), why)
                continue
            if _lines(granted.encounter) in known:
                continue
            known.add(_lines(granted.encounter))
            name = _free(_name(wish), taken)
            summary = _free_summary(_said(wish), summaries)
            encounter = {**granted.encounter, "id": name}
            line = rulebase.decide(encounter, **chosen).line(LINE)
            value = _example(encounter, line, _shows(wish, line, rulebase, encounter, chosen), trial, summary)
            path = home / f"{name}.json"
            yield Proposal(path, document(documents.folder, path, value), summary, encounter, line)
    except OutOfTimeError:
        yield Unwritten("what is left", "time ran out")


def _example(
    encounter: dict[str, Any], line: LineDetermination, shows: list[dict[str, Any]], trial: Trial, summary: str
) -> dict[str, Any]:
    terms = {key: value for key, value in msgspec.to_builtins(trial).items() if key != "service" and value is not None}
    answer = {key: value for key, value in answered(line).items() if expected_of(key, value)}
    return {
        "kind": "example",
        "summary": summary,
        **({"shows": shows} if shows else {}),
        **terms,
        "encounter": encounter,
        "expect": [{"line": LINE, **answer}],
    }


def _shows(
    wish: Wish, line: LineDetermination, rulebase: Rulebase, encounter: dict[str, Any], chosen: dict[str, Any]
) -> list[dict[str, Any]]:
    """Say how a claim shows the rule, and the rule that is an exception to it."""
    matches = rulebase.matches(encounter, **chosen)[LINE]
    rules = [wish.rule, *([wish.by] if wish.by and wish.way in ("exception", "without-exception") else [])]
    hows = ((rule, next((way for way, holds in ways(rule, line, matches).items() if holds), None)) for rule in rules)
    return [{"rule": rule, "line": LINE, "how": how} for rule, how in hows if how]


def _said(wish: Wish) -> str:
    by = _BY[wish.way].format(by=wish.by) if wish.by and wish.way in _BY else wish.by or ""
    return _SAID[wish.way].format(rule=wish.rule.partition("/")[2], by=by.rpartition("/")[2])


def _name(wish: Wish) -> str:
    """Name the file of an example.

    >>> _name(Wish("plan/a-rule", "near-miss", "units at 2"))
    'a-rule-near-miss-units-at-2'
    """
    said = " ".join(filter(None, (wish.rule.partition("/")[2], wish.way, (wish.by or "").rpartition("/")[2])))
    return re.sub(r"[^a-z0-9]+", "-", said.lower()).strip("-")


def _free(name: str, taken: set[str]) -> str:
    found, number = name, 2
    while found in taken:
        found, number = f"{name}-{number}", number + 1
    taken.add(found)
    return found


def _free_summary(said: str, taken: set[str]) -> str:
    found, number = said, 2
    while found in taken:
        found, number = f"{said.removesuffix('.')} (claim {number}).", number + 1
    taken.add(found)
    return found


def _lines(encounter: dict[str, Any]) -> bytes:
    return msgspec.json.encode({key: value for key, value in encounter.items() if key != "id"}, order="deterministic")
