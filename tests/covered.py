"""Coverage of real documents, for the tests of what is found and how it is shown."""

import json
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from tests.copies import NEW, OLD, Copy, citing
from tests.golden.goldens import HERE

from payrule import load
from payrule.citations.passages import source_coverage
from payrule.citations.reread import reread
from payrule.examples.coverage import coverage
from payrule.examples.run import example_files
from payrule.results.coverage import Coverage
from payrule.results.rereading import Rereading
from payrule.rulebase.rulebase import Rulebase

LINE = {"number": 1, "code": "00010", "date": "2016-03-01", "purpose": ["preparation"]}
PREPARATION = {
    "kind": "example",
    "summary": "Stretching before exercise is part of it.",
    "payer": "plain-plan",
    "encounter": {"id": "E-1", "lines": [LINE]},
    "expect": [{"line": 1, "disposition": "denied"}],
}

KNOWN_ON = date(2026, 11, 25)


def covered(rulebase: Rulebase) -> Coverage:
    """Say what all examples of a rulebase exercise."""
    return coverage(rulebase, example_files(rulebase.documents.folder), known_on=KNOWN_ON)


@cache
def coverage_of_all() -> Coverage:
    """Say what the shipped examples exercise."""
    return covered(load())


@cache
def coverage_of_little() -> Coverage:
    """Say what one example of the small rulebase exercises, which leaves much; places are the same everywhere."""
    with TemporaryDirectory() as folder:
        example = Path(folder) / "example.json"
        example.write_text(json.dumps(PREPARATION))
        found = coverage(load(HERE / "rulebase"), [example], known_on=KNOWN_ON)
    lacking = (msgspec.structs.replace(each, file="stretching/1.0.0.json") for each in found.lacking)
    return msgspec.structs.replace(found, lacking=tuple(lacking), sources=source_coverage(citing(), Copy(OLD)))


@cache
def rereading() -> Rereading:
    """Read the new edition of a handbook again, with the old one at hand."""
    return reread(citing(), Copy(NEW), Copy(OLD))
