"""Every check finds what its page says to avoid, finds nothing in what it prefers, and says so in every format."""

import json
import os
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.command import Answer, run
from tests.lint.laid import HERE, laid

from payrule.lint.check import check_rulebase
from payrule.lint.registry import BY_CODE, CHECKS, FAMILIES, page
from payrule.rulebase.load import read_documents, usable
from payrule.source.files import shipped

FORMATS = ("text", "json", "github", "sarif")
CODES = [check.code for check in CHECKS]
GOLDEN = HERE / "golden"
BESIDE = Path(check_rulebase.__code__.co_filename).parent / "rules"


def command(code: str, form: str) -> str:
    sources = " --sources sources" if BY_CODE[code].needs == "sources" else ""
    return f"payrule check rulebase{sources} --format {form}"


def told(code: str, form: str, answer: Answer) -> str:
    """Write an answer as it is kept; of a SARIF log the rules of other checks are left out."""
    if form == "sarif":
        log = json.loads(answer.stdout)
        driver = log["runs"][0]["tool"]["driver"]
        for result in log["runs"][0]["results"]:
            assert driver["rules"][result.pop("ruleIndex")]["id"] == result["ruleId"]
        driver["rules"] = [{**rule, "help": "[..]"} for rule in driver["rules"] if rule["id"] == code]
        driver["version"] = "[..]"
        answer = answer._replace(stdout=json.dumps(log, indent=2, ensure_ascii=False) + "\n")
    return f"$ {command(code, form)}\n{answer.transcript()}"


@pytest.mark.parametrize("code", CODES)
def test_what_a_page_avoids_is_told_to_the_letter_in_every_format(code: str, tmp_path: Path) -> None:
    folder = laid(code, "Avoid", tmp_path)
    answers = {form: run(command(code, form), folder) for form in FORMATS}
    assert {answer.code for answer in answers.values()} == {1}
    written = "\n".join(told(code, form, answer) for form, answer in answers.items())
    golden = GOLDEN / f"{code}.txt"
    if os.environ.get("UPDATE_GOLDENS"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(written)
    assert written == golden.read_text(encoding="utf-8")
    findings = json.loads(answers["json"].stdout)["findings"]
    assert {each["code"] for each in findings} == {code}
    assert {each.get("severity", "error") for each in findings} == {BY_CODE[code].severity}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("code", CODES)
def test_what_a_page_prefers_is_sound_in_every_format(code: str, form: str, tmp_path: Path) -> None:
    answer = run(command(code, form), laid(code, "Prefer", tmp_path))
    assert answer.code == 0, answer
    if form == "json":
        assert json.loads(answer.stdout)["findings"] == []
    elif form == "sarif":
        assert [each for each in json.loads(answer.stdout)["runs"][0]["results"] if "suppressions" not in each] == []
    else:
        assert re.fullmatch(
            r"(::notice title=rulebase::|rulebase: ).+\n(\d+ documents checked: nothing to fix.*\n)?",
            answer.stdout + answer.stderr,
        )


@pytest.mark.parametrize("code", CODES)
def test_page_has_its_parts_in_their_order(code: str) -> None:
    lines = page(code).splitlines()
    assert lines[0] == f"# {code}"
    assert [line for line in lines if line.startswith("## ")] == ["## Avoid", "## Prefer", "## Why", "## Exceptions"]
    assert page(code).split("\n\n")[1].endswith(".")


def test_every_page_and_every_check_is_in_the_registry() -> None:
    assert {path.stem for path in BESIDE.rglob("*.md")} == set(CODES) == {path.stem for path in GOLDEN.glob("*.txt")}
    assert len(set(CODES)) == len(CODES)
    own = {path.stem for path in BESIDE.rglob("*.py") if "CHECK = lint_rule(" in path.read_text()}
    assert own == {module for check in CHECKS if check.run.__module__.endswith(module := check.code.replace("-", "_"))}


def test_checks_of_a_family_are_listed_together() -> None:
    assert [(check.family, check.code) for check in CHECKS] == [
        (family, code) for family, codes in FAMILIES.items() for code in codes
    ]


def test_shipped_policies_have_nothing_to_mend() -> None:
    checked = check_rulebase(None)
    assert (checked.findings, checked.skipped) == ((), ())
    assert Counter(each.diagnostic.code for each in checked.suppressed) == {
        "condition-repeated": 3,
        "remittance-without-example": 2,
        "retired-code": 2,
        "version-too-low": 1,
    }


def test_shipped_policies_are_locked() -> None:
    documents = usable(read_documents())
    lock: dict[str, Any] = json.loads((shipped("policies") / "lock.json").read_text())
    in_force = {each.name for versions in documents.policies.values() for each in versions if each.status == "in-force"}
    assert lock["versions"].keys() == in_force


def test_rule_that_no_row_of_a_table_answers_is_told_by_the_table(tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    shutil.copytree(shipped("policies"), folder)
    path = folder / "ncci/2.0.0.json"
    policy = json.loads(path.read_text())
    (rule,) = [rule for rule in policy["rules"] if rule["id"] == "pair-never-paid-together"]
    rule["when"] = {"other_line": {"edit": {"is": "9"}}}
    path.write_text(json.dumps(policy))
    (found,) = [each for each in check_rulebase(folder).findings if each.code == "condition-never-true"]
    assert found.message == "no claim can match `pair-never-paid-together` with the rows of the table `ncci-ptp`"
    assert found.help == "look for a missing row, or for conditions that exclude each other"
