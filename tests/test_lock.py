"""The digest in the lock is that of what a version means to say, and of no more of the vocabulary than it uses."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.golden.goldens import laid_out

from payrule.lock import resolved_digests
from payrule.rulebase.load import read_documents, usable

POLICY, VOCABULARY = "stretching/1.0.0.json", "vocabulary.json"

Change = Callable[[Any], object]


def digest(folder: Path, document: str, change: Change) -> str:
    rulebase = laid_out("claims", "sound", folder) / "rulebase"
    value = json.loads((rulebase / document).read_text())
    change(value)
    (rulebase / document).write_text(json.dumps(value))
    (found,) = resolved_digests(usable(read_documents(rulebase))).values()
    return found


SAME: dict[str, tuple[str, Change]] = {
    "the order of rules": (POLICY, lambda policy: policy["rules"].reverse()),
    "a default that is written out": (POLICY, lambda policy: policy["rules"][0].update(overrides=[])),
    "a null that is left out": (POLICY, lambda policy: policy.pop("published")),
    "a suppression": (POLICY, lambda policy: policy.update(suppress=[{"code": "set-unused", "reason": "So it is."}])),
    "a default of an attribute": (VOCABULARY, lambda words: words["attributes"]["line.code"].update(many=False)),
    "another attribute": (VOCABULARY, lambda words: words["attributes"]["line.seen"].update(summary="Seen?")),
    "another concern": (VOCABULARY, lambda words: words["concerns"][1].update(summary="Is it the code?")),
    "another set": (VOCABULARY, lambda words: words["sets"].update(holds=["00010"])),
}
OTHER: dict[str, tuple[str, Change]] = {
    "a summary": (POLICY, lambda policy: policy["rules"][0].update(summary="It is paid.")),
    "a condition": (POLICY, lambda policy: policy["rules"][0].update(when={"line.code": {"is": "00010"}})),
    "a first day": (POLICY, lambda policy: policy.update(effective={"from": "2016-01-01"})),
    "an attribute that it asks": (VOCABULARY, lambda words: words["attributes"]["line.code"].update(summary="Code.")),
    "a set that it names": (VOCABULARY, lambda words: words["sets"].update(stretches=["00010"])),
    "the concern that it answers": (VOCABULARY, lambda words: words["concerns"][0].update(summary="Paid?")),
}


@pytest.mark.parametrize("what", SAME)
def test_digest_is_the_same_after_a_change_that_says_nothing_else(what: str, tmp_path: Path) -> None:
    assert digest(tmp_path / "old", POLICY, lambda _: None) == digest(tmp_path / "new", *SAME[what])


@pytest.mark.parametrize("what", OTHER)
def test_digest_is_another_one_after_a_change_of_what_is_reported(what: str, tmp_path: Path) -> None:
    assert digest(tmp_path / "old", POLICY, lambda _: None) != digest(tmp_path / "new", *OTHER[what])


CODES = [{"carc": "97"}, {"carc": "4"}]


@pytest.mark.parametrize("key", ["instead", "remittance_candidates"])
def test_digest_is_another_one_after_a_change_of_the_order_of_codes(key: str, tmp_path: Path) -> None:
    def digest_with(listed: list[dict[str, str]]) -> str:
        said = {"remittance": {"carc": "204", key: listed}} if key == "instead" else {key: listed}
        return digest(tmp_path / listed[0]["carc"], POLICY, lambda policy: policy["rules"][0].update(said))

    assert digest_with(CODES) != digest_with(CODES[::-1])
