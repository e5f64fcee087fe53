"""Small edits of generated rulebases, as analysts make them: each changes one thing in one document."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from tests.property.choosing import pick
from tests.property.conditions import Scope, condition, members
from tests.property.documents import RulebaseDocuments
from tests.property.words import PAYING, SETS, Json

_LIABILITIES = ("provider", "subscriber", "unspecified")
_MODALITIES = ("shall", "should", "may")
_PAIRS = [["neck", "back"], ["back", "hip"], ["neck", "arm"]]

Edit = Callable[[st.DrawFn, Json], None]
"""Change the documents of a rulebase in place: its `words`, its `policies`, its `payer`."""


def _rule(draw: st.DrawFn, whole: Json) -> tuple[Json, Json]:
    """Choose a policy and one of its rules."""
    return pick(draw, [(policy, rule) for policy in whole["policies"] for rule in policy["rules"]])


def drop_rule(draw: st.DrawFn, whole: Json) -> None:
    """Take a rule out, also where others override it."""
    policy, dropped = _rule(draw, whole)
    policy["rules"].remove(dropped)
    for each in policy["rules"]:
        each["overrides"] = [name for name in each.get("overrides", ()) if name != dropped["id"]]


def drop_override(draw: st.DrawFn, whole: Json) -> None:
    """Let a rule override no other."""
    overriding = [each for policy in whole["policies"] for each in policy["rules"] if each.get("overrides")]
    if overriding:
        pick(draw, overriding)["overrides"] = []


def negate(draw: st.DrawFn, whole: Json) -> None:
    """Turn the condition of a rule round."""
    _, rule = _rule(draw, whole)
    rule["when"] = {"not": rule["when"]}


def ask_otherwise(draw: st.DrawFn, whole: Json) -> None:
    """Give a rule another condition, about the code and the units."""
    _, rule = _rule(draw, whole)
    rule["when"] = condition(draw, Scope(("line.code", "line.units")), 3)


def ask_more(draw: st.DrawFn, whole: Json) -> None:
    """Add a test to a rule."""
    _, rule = _rule(draw, whole)
    rule["when"] = {"all": [rule["when"], condition(draw, Scope(("line.code", "line.place", "line.regions")), 2)]}


def negate_fact(draw: st.DrawFn, whole: Json) -> None:
    """Turn the condition of a fact round."""
    facts = [fact for each in (whole["words"], *whole["policies"]) for fact in each["facts"].values()]
    if facts:
        fact = pick(draw, facts)
        fact["when"] = {"not": fact["when"]}


def change_set(draw: st.DrawFn, whole: Json) -> None:
    """Put another member into a set."""
    sets = pick(draw, [each["sets"] for each in (whole["words"], *whole["policies"]) if each["sets"]])
    name = pick(draw, sorted(sets))
    sets[name] = [*sets[name], pick(draw, members(SETS[name][0]))]


def conclude_otherwise(draw: st.DrawFn, whole: Json) -> None:
    """Let a rule conclude the other value, another liability, or another modality."""
    _, rule = _rule(draw, whole)
    conclude = rule["conclude"]
    conclude["modality"] = pick(draw, _MODALITIES)
    if "pay" in conclude:  # no other value goes with that
        return
    values = next(values for concern, _, values in PAYING if concern == conclude["concern"])
    values = tuple(each for each in values if each[1] != "reduced")
    conclude["value"] = pick(draw, values)[0]
    conclude.pop("liability", None)
    if (conclude["value"], "denied") in values:
        conclude["liability"] = pick(draw, _LIABILITIES)


def change_remittance(draw: st.DrawFn, whole: Json) -> None:
    """Name other remittance codes."""
    policy, rule = _rule(draw, whole)
    whole["payer"]["remittance"] = {f"{policy['id']}/{rule['id']}": {"carc": "97", "rarc": ["N19"]}}


def turn_tiers_round(_draw: st.DrawFn, whole: Json) -> None:
    """Let the lowest tier be the highest."""
    whole["payer"]["tiers"].reverse()


def presume_otherwise(draw: st.DrawFn, whole: Json) -> None:
    """Presume something, or nothing any more."""
    presumed = pick(draw, ({}, {"line.record": True}, {"line.minutes": 8}, {"line.regions": ["neck"]}))
    whole["payer"]["presumptions"] = {} if whole["payer"].get("presumptions") else presumed


def relate_otherwise(draw: st.DrawFn, whole: Json) -> None:
    """Let another pair of regions be contiguous, or other codes be timed."""
    if pick(draw, (True, False)):
        whole["words"]["regions"] = {"contiguous": [pick(draw, _PAIRS)]}
    else:
        whole["words"]["timed"]["codes"] = ["A0001"]


def move_dates(draw: st.DrawFn, whole: Json) -> None:
    """Let a policy begin or end another day."""
    pick(draw, whole["policies"])["effective"] = pick(draw, ({}, {"from": "2024-07-02"}, {"to": "2024-07-01"}))


EDITS: tuple[Edit, ...] = (
    drop_rule,
    drop_override,
    negate,
    ask_otherwise,
    ask_more,
    negate_fact,
    change_set,
    conclude_otherwise,
    change_remittance,
    turn_tiers_round,
    presume_otherwise,
    relate_otherwise,
    move_dates,
)


@st.composite
def edits(draw: st.DrawFn, documents: RulebaseDocuments) -> RulebaseDocuments:
    """Draw the documents after one edit; now and then it changes nothing."""
    whole: dict[str, Any] = json.loads(
        json.dumps({"words": documents.words, "policies": documents.policies, "payer": documents.payer})
    )
    if any(policy["rules"] for policy in whole["policies"]):
        pick(draw, EDITS)(draw, whole)
    return RulebaseDocuments(whole["words"], tuple(whole["policies"]), whole["payer"], documents.codes)
