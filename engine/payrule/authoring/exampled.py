"""Which rules the examples of a rulebase reach."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date

from payrule.adjudication.rulebase import Rulebase
from payrule.analysis.clock import OutOfTimeError, never
from payrule.authoring.examples import ExampleReader, choices, example_files
from payrule.documents.findings import InputError


def exampled(rulebase: Rulebase, known_on: date, expired: Callable[[], bool] = never) -> frozenset[str]:
    """Give the rules, as `policy/rule`, that match some line of an example; one that cannot be decided reaches none.

    `known_on` holds where an example names no day. Raises OutOfTimeError when time runs out.

    >>> from payrule import load
    >>> rules = exampled(load(), date(2026, 11, 23))
    >>> all(f"{name}/{rule.id}" in rules for name, (first, *_) in load().policies.items() for rule in first.rules)
    True
    """
    found: set[str] = set()
    reader = ExampleReader(rulebase)
    for file in example_files(rulebase.documents.folder):
        if expired():
            raise OutOfTimeError
        with suppress(InputError):
            example, _ = reader.read(file)
            matches = rulebase.matches(example.encounter, **choices(example, known_on))
            found.update(*(each.definite for each in matches.values()))
    return frozenset(found)
