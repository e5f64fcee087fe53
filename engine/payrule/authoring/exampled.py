"""Which rules the examples of a rulebase reach."""

from contextlib import suppress
from datetime import date

from payrule.adjudication.rulebase import Rulebase
from payrule.authoring.examples import example_files, read_example
from payrule.documents.findings import InputError
from payrule.documents.values import read_date


def exampled(rulebase: Rulebase, known_on: date) -> frozenset[str]:
    """Give the rules, as `policy/rule`, that match some line of an example; one that cannot be decided reaches none.

    `known_on` holds where an example names no day.

    >>> from payrule import load
    >>> rules = exampled(load(), date(2026, 11, 23))
    >>> all(f"{policy.id}/{rule.id}" in rules for policy in load().policies["medicare"] for rule in policy.rules)
    True
    """
    found: set[str] = set()
    for file in example_files(rulebase.documents.folder):
        with suppress(InputError):
            example, _ = read_example(file, rulebase)
            matches = rulebase.matches(
                example.encounter,
                payer=example.payer,
                known_on=read_date(example.known_on) if example.known_on else known_on,
                presume=example.presume,
                consider=example.consider,
            )
            found.update(*(each.definite for each in matches.values()))
    return frozenset(found)
