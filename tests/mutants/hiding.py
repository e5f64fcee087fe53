"""Rulebases in which facts of a policy hide those of the vocabulary, in every way that two facts can.

In the vocabulary one fact rests on the other. The policy leaves each as it is, defines it anew, or lets it rest on the
other one. Rules ask for both; in further documents, which only a check reads, they ask for one of another line.
"""

from collections.abc import Iterator
from itertools import product

from tests.property.documents import RulebaseDocuments, documents, policy, rule
from tests.property.words import Json

BELOW, ABOVE = "below", "above"
"""The fact of the vocabulary that asks something, and the one that rests on it."""

_ASKED: tuple[Json, ...] = ({"line.record.site": {"is": True}}, {"other_line": {"line.code": {"is": "A0001"}}})
"""What the vocabulary asks: of the line itself, or of another one."""

_ANEW: Json = {"line.record.reason": {"is": True}}


def _defined(fact: str, other: str) -> tuple[Json, ...]:
    """List what a policy can do with a fact of the vocabulary."""
    return ({}, {fact: {"summary": fact, "when": _ANEW}}, {fact: {"summary": fact, "when": {"fact": other}}})


def _each() -> Iterator[tuple[Json, Json]]:
    """List the facts of the vocabulary with those of the policy."""
    for asked, *own in product(_ASKED, _defined(BELOW, ABOVE), _defined(ABOVE, BELOW)):
        facts = {
            BELOW: {"summary": BELOW, "when": asked},
            ABOVE: {"summary": ABOVE, "when": {"fact": BELOW}},
        }
        yield facts, own[0] | own[1]


def _rests_on_itself(own: Json) -> bool:
    return len(own) > 1 and all("fact" in fact["when"] for fact in own.values())


def _with(facts: Json, own: Json, *whens: Json) -> RulebaseDocuments:
    rules = [rule(f"r{at}", when, "benefit", ("excluded", "covered")[at]) for at, when in enumerate(whens)]
    return documents(policy(*rules, facts=own), words={"facts": facts})


def deciding() -> list[RulebaseDocuments]:
    """List the rulebases that can decide."""
    wanted = ({"fact": BELOW}, {"fact": ABOVE})
    return [_with(facts, own, *wanted) for facts, own in _each() if not _rests_on_itself(own)]


def checked() -> list[RulebaseDocuments]:
    """List documents in which a fact is asked of another line, which not every fact can be."""
    return [_with(facts, own, {"other_line": {"fact": fact}}) for facts, own in _each() for fact in (BELOW, ABOVE)]
