"""A condition of too many parts is refused by name before anything is worked out of it."""

import json
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from tests.golden.goldens import laid_out
from tests.property.effort import mostly_slow

from payrule.rulebase.load import MOST_PARTS, read_documents
from payrule.source.diagnostics import DocumentError

Made = Callable[[int], Any]

CODES: Callable[[int], list[Any]] = lambda count: [{"line.code": {"is": f"{each:05d}"}} for each in range(count)]  # noqa: E731

SHAPES: dict[str, Made] = {
    "any": lambda count: {"any": CODES(count)},
    "all of none": lambda count: {"all": [{"not": each} for each in CODES(count)]},
    "not any": lambda count: {"not": {"any": CODES(count)}},
    "count": lambda count: {"count": {"at_least": 1, "of": CODES(count)}},
    "all, each any": lambda count: {"all": [{"any": [each, {"line.units": {"is": 1}}]} for each in CODES(count)]},
    "bounds": lambda count: {"all": [{"line.units": {"at_least": each}} for each in range(count)]},
    "another line": lambda count: {"other_line": {"any": CODES(count)}},
}


def found(folder: Path, change: Callable[[Any], object], document: str = "stretching/1.0.0.json") -> list[str]:
    path = laid_out("claims", "sound", folder) / "rulebase" / document
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))
    try:
        return [each.code for each in read_documents(folder / "rulebase").findings]
    except DocumentError as fault:
        return [each.code for each in fault.findings]


@pytest.mark.parametrize("shape", mostly_slow(SHAPES, quick=2))
def test_condition_of_5000_parts_is_refused_in_about_a_second(shape: str, tmp_path: Path) -> None:
    start = process_time()
    codes = found(tmp_path, lambda policy: policy["rules"][0].update(when=SHAPES[shape](5_000)))
    assert "too-many-parts" in codes
    assert process_time() - start < 3


@pytest.mark.parametrize("shape", SHAPES)
def test_condition_within_the_limit_is_settled_in_about_a_second(shape: str, tmp_path: Path) -> None:
    start = process_time()
    codes = found(tmp_path, lambda policy: policy["rules"][0].update(when=SHAPES[shape](MOST_PARTS // 8)))
    assert "too-many-parts" not in codes
    assert process_time() - start < 3


@pytest.mark.slow
def test_facts_of_a_policy_and_of_the_vocabulary_are_counted_too(tmp_path: Path) -> None:
    def fact(document: Any) -> None:
        document["facts"] = {"large": {"summary": "A fact.", "when": SHAPES["any"](5_000)}}

    assert "too-many-parts" in found(tmp_path / "policy", fact)
    assert "too-many-parts" in found(tmp_path / "vocabulary", fact, "vocabulary.json")


def test_values_of_a_test_are_no_parts(tmp_path: Path) -> None:
    codes = [f"{each:05d}" for each in range(5_000)]
    assert not found(tmp_path, lambda policy: policy["rules"][0].update(when={"line.code": {"in": codes}}))


def test_finding_counts_the_parts(tmp_path: Path) -> None:
    path = laid_out("claims", "sound", tmp_path) / "rulebase/stretching/1.0.0.json"
    value = json.loads(path.read_text())
    value["rules"][0]["when"] = SHAPES["any"](MOST_PARTS // 2)
    path.write_text(json.dumps(value))
    (diagnostic,) = [each for each in read_documents(tmp_path / "rulebase").findings if each.code == "too-many-parts"]
    assert diagnostic.message == "this condition has 1,001 parts; the limit is 1,000"
    assert diagnostic.path == "$.rules[0].when"
