"""`--fix` fixes what is safe: nothing is left to fix in that way, no answer changes, a second time does nothing."""

from datetime import date
from pathlib import Path

import pytest
from tests.command import run
from tests.lint.laid import laid
from tests.lint.test_suppressing import edited

from payrule.compare.difference import diff
from payrule.compare.locks import read_lock
from payrule.fmt import formatted
from payrule.lint.check import check_rulebase
from payrule.lint.fix import fix_files
from payrule.source.json_source import scan

MENDED = ("fact-unused", "liability-missing", "set-unused", "source-unused", "suppression-without-effect")


def avoided(code: str, folder: Path) -> Path:
    return laid(code, "Avoid", folder) / "rulebase"


@pytest.mark.parametrize("code", MENDED)
def test_mending_leaves_nothing_to_mend_and_changes_no_answer(code: str, tmp_path: Path) -> None:
    before, after = avoided(code, tmp_path / "before"), avoided(code, tmp_path / "after")
    (each,) = fix_files([after], None)
    each.path.write_text(each.after)
    assert check_rulebase(after).findings == ()
    assert fix_files([after], None) == ()
    found = diff(str(before), str(after), known_on=date(2026, 1, 1)).answers
    assert (found.changes, found.certainty) == ((), "proved")


@pytest.mark.parametrize("code", MENDED)
def test_mended_document_is_in_its_one_form(code: str, tmp_path: Path) -> None:
    (each,) = fix_files([avoided(code, tmp_path)], None)
    assert formatted(scan(each.after).value) == each.after


def test_what_hangs_on_what_is_removed_goes_with_it(tmp_path: Path) -> None:
    facts = {
        "one": {"summary": "One.", "when": {"line.code": {"in": "@left"}, "fact": "two"}},
        "two": {"summary": "Two.", "when": {"line.units": {"is": 1}}},
    }
    rulebase = edited(tmp_path, lambda policy: policy.update(facts=facts, sets={"left": ["00010"]}))
    (each,) = fix_files([rulebase], None)
    assert each.done == (
        "removed the definition `one`: no condition of this policy uses it",
        "removed the code list `@left`: no condition of this policy uses it",
        "removed the definition `two`: no condition of this policy uses it",
    )
    assert '"facts"' not in each.after
    assert '"sets"' not in each.after


def test_locked_version_stays_as_it_is(tmp_path: Path) -> None:
    rulebase = avoided("set-unused", tmp_path)
    assert run("payrule lock --rulebase rulebase", tmp_path).code == 0
    assert read_lock(rulebase) is not None
    assert fix_files([rulebase], None) == ()
    assert run("payrule check rulebase --fix", tmp_path).code == 1


def test_what_is_suppressed_is_not_mended(tmp_path: Path) -> None:
    quiet = [{"code": "set-unused", "reason": "The next version needs it."}]
    assert (
        fix_files([edited(tmp_path, lambda policy: policy.update(sets={"a": ["00010"]}, suppress=quiet))], None) == ()
    )


def test_difference_is_shown_and_nothing_is_written(tmp_path: Path) -> None:
    path = avoided("liability-missing", tmp_path) / "stretching/1.0.0.json"
    before = path.read_text()
    answer = run("payrule check rulebase --diff", tmp_path)
    assert (answer.code, path.read_text()) == (1, before)
    assert (
        '+      "conclude": {"concern": "benefit", "value": "excluded", "liability": "unspecified"},\n' in answer.stdout
    )
    assert run("payrule check rulebase --fix -q", tmp_path).code == 0
    assert run("payrule check rulebase --diff", tmp_path).transcript() == ""


def test_single_document_is_mended_with_the_names_of_its_rulebase(tmp_path: Path) -> None:
    avoided("set-unused", tmp_path)
    answer = run("payrule check rulebase/stretching/1.0.0.json --rulebase rulebase --fix", tmp_path)
    assert answer.transcript() == (
        "rulebase: rulebase\n1 document checked: nothing to fix\n"
        "! rulebase/stretching/1.0.0.json: removed the code list `@holds`: no condition of this policy uses it\n"
    )


def test_locked_version_stays_as_it_is_although_its_lock_is_broken(tmp_path: Path) -> None:
    (avoided("set-unused", tmp_path) / "lock.json").write_text('{"kind": "lock"}')
    answer = run("payrule check rulebase --fix", tmp_path)
    assert (answer.code, "`versions` is missing from a lock" in answer.stderr) == (2, True)


def test_nothing_is_written_while_a_document_cannot_be_used(tmp_path: Path) -> None:
    rulebase = avoided("set-unused", tmp_path)
    (rulebase / "payers/plain-plan.json").write_text("{}")
    before = (rulebase / "stretching/1.0.0.json").read_text()
    assert run("payrule check rulebase --fix", tmp_path).code == 2
    assert (rulebase / "stretching/1.0.0.json").read_text() == before
