"""Claims as seeds, and what is done with the encounters of a reader: each is decided by both executions, and told."""

import io
from collections import Counter
from collections.abc import Callable
from functools import cache
from itertools import islice
from typing import Any

from tests.random_encounters import RandomEncounters

import payrule
from payrule.encounter.encounter import Encounter
from payrule.formats.encounters import RawEncounter, checked
from payrule.formats.json_reader import Items
from payrule.formats.reading import read_stream
from payrule.rulebase.rulebase import Rulebase
from payrule.source.diagnostics import InputError

KNOWN_ON = "2026-01-01"


@cache
def rulebase() -> Rulebase:
    """Read the rulebase that payrule ships, once."""
    return payrule.load()


@cache
def payer() -> str:
    """Name a payer of it."""
    return min(rulebase().payers)


def encounters(count: int) -> list[dict[str, Any]]:
    """Make encounters as they come to a door, with more or less of each known."""
    return list(islice(RandomEncounters(rulebase(), 11), count))


def deciding(kind: str) -> Callable[[bytes], Counter[str]]:
    """Make the function that tries the reader of a kind of file, and decides what comes of it."""

    def tried(data: bytes) -> Counter[str]:
        found: Counter[str] = Counter()
        base = rulebase()

        def counted(items: Items) -> Items:
            for item in items:
                found["in" if isinstance(item, RawEncounter | tuple) else "of the file"] += 1
                yield item

        items = counted(read_stream(io.BufferedReader(io.BytesIO(data)), "claims", base.documents.vocabulary, kind))
        for read in checked(items, base.validator, "claims"):
            for each in read.findings:
                assert each.message.isprintable(), each.message
            if read.encounter is not None:
                found[_decided(read.encounter)] += 1
            else:
                found["rejected"] += 1
        found["rejected"] -= found["of the file"]
        return found

    return tried


def _decided(encounter: Encounter) -> str:
    try:
        answer = rulebase().decide(encounter, payer=payer(), known_on=KNOWN_ON)
    except InputError:
        return "rejected"
    answer.to_json().decode("utf-8")
    if not answer.lines:
        return "void"
    assert [line.number for line in answer.lines] == [line.number for line in encounter.lines]
    return "decided"
