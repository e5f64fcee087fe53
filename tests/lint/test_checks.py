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
from tests.property.effort import mostly_slow

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


def held(code: str) -> dict[str, str]:
    """Give what is kept of a check, by format."""
    text = (GOLDEN / f"{code}.txt").read_text(encoding="utf-8")
    parts = re.split(r"^\n(?=\$ payrule check )", text, flags=re.MULTILINE)
    return dict(zip(FORMATS, parts, strict=True))


@pytest.mark.parametrize("form", mostly_slow(FORMATS))
@pytest.mark.parametrize("code", CODES)
def test_what_a_page_avoids_is_reported_to_the_letter_in_every_format(code: str, form: str, tmp_path: Path) -> None:
    folder = laid(code, "Avoid", tmp_path)
    if os.environ.get("UPDATE_GOLDENS"):
        written = (told(code, each, run(command(code, each), folder)) for each in FORMATS)
        (GOLDEN / f"{code}.txt").write_text("\n".join(written))
    answer = run(command(code, form), folder)
    assert answer.code == 1
    assert told(code, form, answer) == held(code)[form]
    if form == "json":
        findings = json.loads(answer.stdout)["findings"]
        assert {each["code"] for each in findings} == {code}
        assert {each.get("severity", "error") for each in findings} == {BY_CODE[code].severity}


@pytest.mark.parametrize("form", mostly_slow(["json", "text", "github", "sarif"]))
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_rule_that_no_row_of_a_table_answers_is_reported_by_the_table(tmp_path: Path) -> None:
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
