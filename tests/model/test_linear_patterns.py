"""No pattern, name or source text takes time or depth without end: it is refused, or read in linear time."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.property.effort import mostly_slow

from payrule.model.digests import source_words
from payrule.model.value_schema import trouble
from payrule.rulebase.load import read_vocabulary
from payrule.source.diagnostics import DocumentError
from payrule.source.files import shipped

HOSTILE = [
    "^(([0-9A-Z])+)+$",
    "^([0-9A-Z]+)*$",
    "^(A|A)*$",
    "^(A|AA)+$",
    "^([0-9]{1,9}){1,9}$",
    "^(?:A*)*$",
    "^A*A*A*A*B$",
    r"^([0-9A-Z]+)\1+$",
    "^(?=A+)A+$",
    "^(A?){0,64}$",
]


@pytest.mark.parametrize("pattern", HOSTILE)
def test_a_pattern_that_may_take_for_ever_is_refused(pattern: str) -> None:
    assert trouble(pattern) is not None


@pytest.mark.parametrize(
    "pattern",
    [
        "(" * 2_000,
        "(" * 60 + "A" + ")" * 60,
        "(?:" * 2_000 + "A" + ")" * 2_000,
        "(A|" * 900 + ")" * 900,
        "A{9999999999}",
    ],
    ids=["open", "deep", "very deep", "choices", "repeated"],
)
def test_a_pattern_too_deep_or_too_often_repeated_is_refused_with_its_place(tmp_path: Path, pattern: str) -> None:
    assert trouble(pattern) is not None
    shutil.copy(shipped("policies") / "vocabulary.json", tmp_path)
    document = json.loads((tmp_path / "vocabulary.json").read_text())
    document["attributes"]["line.code"]["pattern"] = pattern
    (tmp_path / "vocabulary.json").write_text(json.dumps(document))
    with pytest.raises(DocumentError) as caught:
        read_vocabulary(tmp_path / "vocabulary.json")
    assert '$.attributes["line.code"].pattern' in {each.path for each in caught.value.findings}


@pytest.mark.parametrize("pattern", ["^[0-9]{5}$", "^[0-9A-Z]{5}$", "^[0-9]{4}[0-9A-Z](-[A-Z]{2})?$", "^(A|B)[0-9]+$"])
def test_a_pattern_of_codes_is_accepted(pattern: str) -> None:
    assert trouble(pattern) is None


@pytest.mark.parametrize("pattern", HOSTILE[:3])
def test_a_vocabulary_with_such_a_pattern_is_refused_with_its_place(tmp_path: Path, pattern: str) -> None:
    shutil.copy(shipped("policies") / "vocabulary.json", tmp_path)
    document = json.loads((tmp_path / "vocabulary.json").read_text())
    document["attributes"]["line.code"] |= {"pattern": pattern, "example": "A" * 40 + "!"}
    (tmp_path / "vocabulary.json").write_text(json.dumps(document))
    with pytest.raises(DocumentError, match="cannot be looked for in time") as caught:
        read_vocabulary(tmp_path / "vocabulary.json")
    assert "slow-pattern" in {each.code for each in caught.value.findings}


SOURCES = [
    "-" * 200_000,
    "- " * 100_000,
    "a-" * 100_000,
    "a" + "-" * 100_000 + " ",
    "\u00ad\n" * 100_000,
    "a - " * 50_000,
]


@pytest.mark.parametrize("at", mostly_slow(range(len(SOURCES)), quick=3))
def test_a_source_is_read_in_time_that_grows_with_it(at: int) -> None:
    """In a process of its own, which is ended after so many seconds of work, however busy the machine is."""
    limit = "import resource, sys\nresource.setrlimit(resource.RLIMIT_CPU, (30, 30))\n"
    program = f"{limit}from payrule.model.digests import source_words\nsource_words(sys.stdin.read())"
    subprocess.run([sys.executable, "-c", program], check=True, input=SOURCES[at].encode())


@pytest.mark.parametrize("dashes", [1, 40, 400])
def test_dashes_at_the_end_are_no_word_and_hang_nothing(dashes: int) -> None:
    assert [each.folded for each in source_words(f"does not pay. {'-' * dashes} \n")] == ["does", "not", "pay."]


@pytest.mark.parametrize(("parts", "is_refused"), [(8, False), (9, True), (90, True), (5_000, True)])
def test_a_name_of_too_many_parts_is_refused_with_its_place(tmp_path: Path, parts: int, is_refused: bool) -> None:  # noqa: FBT001 - a column of the table
    document = json.loads((shipped("policies") / "vocabulary.json").read_text())
    document["attributes"]["line" + ".part" * (parts - 1)] = {
        "type": "boolean",
        "summary": "It is so.",
        "example": True,
    }
    (tmp_path / "vocabulary.json").write_text(json.dumps(document))
    if not is_refused:
        assert "line.code" in read_vocabulary(tmp_path / "vocabulary.json").attributes
        return
    with pytest.raises(DocumentError, match="has more than 8 parts") as caught:
        read_vocabulary(tmp_path / "vocabulary.json")
    assert [(each.code, each.line) for each in caught.value.findings] == [("deep-name", 1)]
    assert all(len(each.message) < 150 for each in caught.value.findings)
