"""Compute a determination again: the same claim, under the terms that the determination states, and compare."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from payrule.encounter.encounter import Encounter
from payrule.results.difference import FieldDifference, Recomputation
from payrule.rulebase.request import OTHER_PAYER, DecisionRequest, check_presumptions, spread_presumptions
from payrule.rulebase.rulebase import Rulebase
from payrule.source.diagnostics import RequestError

_NOT_THERE = object()

_SENT = ("encounter", "identifiers", "sent")
_HOW = frozenset({*_SENT, "format_version", "rulebase", "engine", "payrule", "encounter_digest", "warnings"})
"""What says which claim was decided, and how an answer came about; it is told apart from the answer."""


def recompute(rulebase: Rulebase, determination: Mapping[str, Any], encounter: Encounter) -> Recomputation:
    """Decide an encounter as a determination of it states, and say what is the same and what differs.

    Known-on date, presumptions and considered policy are those of the determination, whatever the payer presumes now.
    Raises RequestError for a determination that cannot be computed again, and what `Rulebase.decide` raises.

    >>> from payrule.rulebase.rulebase import load
    >>> rulebase = load()
    >>> claim = rulebase.encounter({"id": "E-1", "lines": [{"number": 1, "code": "00001", "date": "2016-03-01"}]})
    >>> answer = rulebase.decide(claim, payer=min(rulebase.payers), known_on="2026-11-23")
    >>> written = msgspec.json.decode(answer.to_json())
    >>> recompute(rulebase, written, claim).same
    True
    >>> recompute(rulebase, {**written, "lines": []}, claim).differences[0].path
    'line 1'
    """
    terms = _terms(rulebase, determination)
    now: dict[str, Any] = msgspec.json.decode(rulebase.decide_under(terms, encounter).to_json())
    is_other_version = determination.get("payrule") != now["payrule"]
    unsaid: dict[str, None] = {}
    before, after = ({k: v for k, v in each.items() if k not in _HOW} for each in (determination, now))
    found = tuple(_differences(before, after, "", unsaid if is_other_version else None))
    digest = determination.get("encounter_digest")
    return Recomputation(
        encounter=encounter.id,
        payer=terms.payer.id,
        rulebase=determination.get("rulebase") == now["rulebase"],
        encounter_digest=None if digest is None else digest == now["encounter_digest"],
        answers=not found,
        differences=found,
        notes=(
            *_notes(rulebase, determination, now),
            *([f"not stated by that version, so not compared: {', '.join(unsaid)}"] if unsaid else ()),
        ),
    )


def _terms(rulebase: Rulebase, determination: Mapping[str, Any]) -> DecisionRequest:
    """Read the terms that a determination states; one of before they were stated presumes what the payer does now."""
    asked = {key: determination.get(key) for key in ("payer", "known_on", "considered")}
    presumed = determination.get("presumptions", {})
    help_text = "give a determination as payrule wrote it, as JSON"
    if not all(isinstance(each, str | None) for each in asked.values()) or not isinstance(presumed, dict):
        message = "the determination does not say by whom, or as of which day, it was decided"
        raise RequestError.of("no-determination", message, help_text)
    if asked["known_on"] is None:
        message = "the determination does not say on which day it was decided (`known_on`)"
        raise RequestError.of("no-determination", message, help_text)
    terms = rulebase.terms(payer=asked["payer"], known_on=asked["known_on"], consider=asked["considered"])
    if _says_no_presumptions(determination):
        return terms
    check_presumptions(rulebase.documents, presumed)
    return msgspec.structs.replace(terms, presumed=spread_presumptions(rulebase.documents, presumed))


def _of_claim(warnings: Any) -> Any:
    """Leave out of warnings that another payer was chosen than the claim names: that is no matter of the claim."""
    listed = warnings if isinstance(warnings, list) else []
    return [each for each in listed if not isinstance(each, dict) or each.get("code") != OTHER_PAYER]


def _says_no_presumptions(determination: Mapping[str, Any]) -> bool:
    """Tell whether a determination is of before they said what was presumed."""
    return "payrule" not in determination and "presumptions" not in determination


def _notes(rulebase: Rulebase, determination: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Say what is different about how the two answers came about."""
    for key, what in (("payrule", "payrule"), ("engine", "the engine")):
        if determination.get(key) != now[key]:
            unstated = "a version that the determination does not state"
            was = f"`{determination[key]}`" if key in determination else unstated
            yield f"{what} was {was}, now it is `{now[key]}`"
    if _says_no_presumptions(determination):
        yield "the determination does not say what was assumed when missing: what the payer assumes now was used"
    if "warnings" in determination and _of_claim(determination["warnings"]) != _of_claim(now.get("warnings")):
        yield "the warnings about the claim differ"  # they name places, which other formats have elsewhere
    if determination.get("rulebase") != now["rulebase"]:
        there = {policy.name for versions in rulebase.policies.values() for policy in versions}
        missing = sorted(set(_versions_named(determination.get("lines"))) - there)
        if missing:
            yield f"this rulebase does not have {', '.join(f'`{each}`' for each in missing)}"
        else:
            yield "every version that the determination names is here, but one of them or another document has changed"


def _versions_named(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("policy"), str) and isinstance(value.get("version"), str):
            yield f"{value['policy']}@{value['version']}"
        value = list(value.values())
    for each in value if isinstance(value, list) else ():
        yield from _versions_named(each)


def _differences(before: Any, after: Any, path: str, unsaid: dict[str, None] | None) -> Iterator[FieldDifference]:
    """List where two JSON values differ; what only the later one says goes to `unsaid`, where that is given."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            if key not in before and unsaid is not None:
                unsaid[key] = None
                continue
            here = f"{path}.{key}" if path else key
            yield from _differences(before.get(key, _NOT_THERE), after.get(key, _NOT_THERE), here, unsaid)
    elif isinstance(before, list) and isinstance(after, list) and _are_identified(before + after):
        one, two = _by_identity(before, path), _by_identity(after, path)
        for here in dict.fromkeys((*one, *two)):
            yield from _differences(one.get(here, _NOT_THERE), two.get(here, _NOT_THERE), here, unsaid)
    elif before is _NOT_THERE or after is _NOT_THERE or type(before) is not type(after) or before != after:
        yield FieldDifference(path=path, was=_shown(before), now=_shown(after))


def _are_identified(entries: list[Any]) -> bool:
    """Tell whether the entries of a list are found again by their number, or by the rule that they name."""
    known = (all(isinstance(each, dict) and key in each for each in entries) for key in ("number", "rule"))
    return bool(entries) and any(known)


def _by_identity(entries: list[Any], path: str) -> dict[str, Any]:
    if path == "lines":
        return {f"line {each.get('number')}": each for each in entries}
    named = (f"{each.get('policy', '')}/{each['rule']}" if "rule" in each else str(each["number"]) for each in entries)
    return {f"{path} {name.lstrip('/')}": each for name, each in zip(named, entries, strict=True)}


def _shown(value: Any) -> Any:
    return None if value is _NOT_THERE else value
