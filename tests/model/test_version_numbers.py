"""The number of a version says how much of the answers differs from those of its predecessor."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.edited import rule

from payrule.compare.difference import bumps
from payrule.lint.check import check_rulebase
from payrule.lint.rules.versions import version_too_low
from payrule.source.files import shipped


def next_version(tmp_path: Path, number: str, **changes: Any) -> tuple[str, ...]:
    """Give blue-cross another version in a copy of the shipped policies, and check them."""
    folder = tmp_path / "policies"
    shutil.copytree(shipped("policies"), folder)
    data = json.loads((folder / "blue-cross/1.0.0.json").read_text())
    data |= {"version": number, "effective": {"from": "2030-01-01", "to": None}}
    for name, change in changes.items():
        rule(data, name.replace("_", "-")).update(change)
    (folder / f"blue-cross/{number}.json").write_text(json.dumps(data, indent=2))
    found = [each for each in check_rulebase(folder).findings if each.code != "version-without-examples"]
    return tuple(f"{each.severity} {each.code}: {each.message} ({each.help})" for each in found)


FIRMER = {"conclude": {"concern": "benefit", "value": "excluded", "liability": "provider", "modality": "shall"}}


@pytest.mark.slow
def test_a_number_that_is_too_low_is_found(tmp_path: Path) -> None:
    (found,) = next_version(tmp_path, "1.1.0", billed_alone=FIRMER)
    assert found.startswith("error version-too-low: `1.1.0` is too low a number after `1.0.0`: ")
    assert found.endswith("that the older version gave change (call it `2.0.0` or higher)")


@pytest.mark.slow
def test_a_new_major_number_is_high_enough_whatever_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = list[str]()

    def listed(older: Any, newer: Any, *rest: Any) -> Any:
        compared.append(newer[1].id)
        return bumps(older, newer, *rest)

    monkeypatch.setattr(version_too_low, "bumps", listed)
    assert next_version(tmp_path, "2.0.0", billed_alone=FIRMER) == ()
    assert compared, "versions with another minor number are compared"
    assert "blue-cross" not in compared


@pytest.mark.slow
def test_other_words_need_no_more_than_a_patch(tmp_path: Path) -> None:
    assert next_version(tmp_path, "1.0.1", billed_alone={"summary": "Massage alone may fall to the subscriber."}) == ()


@pytest.mark.slow
def test_without_a_solver_numbers_are_not_checked_and_that_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pysat.solvers", None)
    assert next_version(tmp_path, "1.0.1", billed_alone=FIRMER) == ()
    (skipped,) = check_rulebase(tmp_path / "policies").skipped
    assert (
        skipped.reason == "questions about every possible claim need the package `python-sat`, which is not installed"
    )
    assert "version-too-low" in skipped.checks
