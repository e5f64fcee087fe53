"""A question in words: what is asked, which rules ask for it, and where their text says so."""

from typing import Any

import msgspec

from payrule.ask.case import NOTHING, Case, Known
from payrule.ask.facts import Fact, told
from payrule.model.policy import Policy, by_version
from payrule.model.vocabulary import Attribute

MOST_RULES = 3
"""Rules that are named with a question."""


class Asking(msgspec.Struct, frozen=True):
    """A rule that waits for a fact: its name, its version, its summary, and what it cites, with the source's title."""

    rule: str
    policy: Policy
    summary: str
    cites: tuple[dict[str, Any], ...]


def asking(case: Case, fact: Fact, known: Known = NOTHING) -> tuple[Asking, ...]:
    """List rules that could decide a line and wait for a fact; not more than a few."""
    encounter = case.rulebase.encounter(told(case.claim, dict(known)))
    line = case.rulebase.decide_under(case.terms, encounter).line(case.number)
    versions = by_version(case.rulebase.policies)
    found = []
    for each in line.possible or ():
        if fact.name in each.waits_for:
            policy = versions[f"{each.policy}@{each.version}"]
            rule = next(rule for rule in policy.rules if rule.id == each.rule)
            titles = {name: source.title for name, source in policy.sources.items()}
            cites = tuple(msgspec.to_builtins(cite) | {"title": titles[cite.source]} for cite in rule.cites)
            found.append(Asking(each.name, policy, rule.summary, cites))
    return tuple(found[:MOST_RULES])


def question_words(attribute: Attribute, fact: Fact, subject: int) -> str:
    """Say what is asked, in the words of the vocabulary; of another line with its number.

    >>> site = Attribute(type="boolean", summary="Whether the record says where on the body the service was given.")
    >>> question_words(site, Fact("line.site", "line.site", 1), 1)
    'Whether the record says where on the body the service was given.'
    >>> question_words(site, Fact("lines[2].site", "line.site", 2), 1)
    'Line 2: Whether the record says where on the body the service was given.'
    """
    return attribute.summary if fact.line in (None, subject) else f"Line {fact.line}: {attribute.summary}"


def answer_words(attribute: Attribute) -> str:
    """Say what can be answered.

    >>> answer_words(Attribute(type="boolean", summary="on record"))
    'yes or no'
    >>> answer_words(Attribute(type="choice", summary="regions", values=("neck", "back"), many=True))
    'any of neck, back, with blanks between them, or none'
    """
    if attribute.type == "boolean" and not attribute.many:
        return "yes or no"
    if attribute.type == "choice":
        listed = ", ".join(attribute.values)
        return f"any of {listed}, with blanks between them, or none" if attribute.many else f"one of {listed}"
    kind = {"integer": "a whole number", "date": "a date, as year-month-day"}.get(attribute.type, "a text")
    example = attribute.example[0] if isinstance(attribute.example, list) else attribute.example
    shown = f", such as {example}" if example is not None else ""
    return f"{kind}{shown}; several with blanks between them, or none" if attribute.many else f"{kind}{shown}"
