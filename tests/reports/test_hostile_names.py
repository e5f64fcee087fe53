"""Names of files and ids of claims turn nothing on a screen, forge no line, and are no workflow command."""

import json
import shlex
import shutil
from pathlib import Path
from unicodedata import category

import pytest
from tests.command import Answer, run
from tests.golden.goldens import laid_out
from tests.property.effort import mostly_slow

HOSTILE = ["a\x1b[31mb", "a\u202eb", "a\n::error::b", "a\r##[group]b", "a\x9bb", "::warning::b", "a\u2066b"]

COMMANDS: dict[str, str] = {
    "check": "check {folder}",
    "check, github": "check {folder} --format github",
    "check, sarif": "check {folder} --format sarif",
    "check --diff": "check {folder} --diff",
    "check --fix": "check {folder} --fix",
    "fmt": "fmt {folder}",
    "fmt --diff": "fmt --diff {folder}",
    "lock": "lock --rulebase {folder}",
    "list": "list --rulebase {folder}",
    "show": "show {folder}/stretching/1.0.0.json",
    "test": "test {folder}",
    "coverage": "coverage --rulebase {folder}",
    "new": "new policy fresh --rulebase {folder}",
    "new version": "new version stretching --rulebase {folder}",
    "diff": "diff {folder} rulebase --seconds 0",
    "diff, markdown": "diff {folder} rulebase --seconds 0 --format markdown",
    "diff, html": "diff {folder} rulebase --seconds 0 --format html",
    "verify": "verify plain-plan --rulebase {folder} --seconds 0",
    "adjudicate": "adjudicate {claims} --rulebase rulebase",
    "adjudicate, csv": "adjudicate {claims} --rulebase rulebase --format csv",
    "explain": "explain {claims} --rulebase rulebase",
    "recompute": "recompute {claims} --claim {claims} --rulebase rulebase",
    "schema": "schema --into {folder}",
    "no file": "show {folder}/none.json",
}


def is_safe(answer: Answer) -> bool:
    hidden = {each for each in answer.stdout + answer.stderr if category(each) in ("Cc", "Cf", "Zl", "Zp")}
    lines = (answer.stdout + answer.stderr).splitlines()
    commands = [each for each in lines if each.startswith("::") and not each.startswith(OWN)]
    return hidden <= {"\n", "\t"} and not commands and not any("##[" in each for each in lines)


def is_data(answer: Answer) -> bool:
    """Tell whether what a program reads holds no control character; other marks are part of the data."""
    return not any(category(each) == "Cc" and each not in "\r\n\t" for each in answer.stdout)


DATA = frozenset({"check, sarif", "adjudicate, csv"})
OWN = ("::notice title=rulebase::", "::error title=", "::warning title=")


@pytest.mark.parametrize("name", mostly_slow(HOSTILE, quick=2))
@pytest.mark.parametrize("command", COMMANDS)
def test_output_of_a_command_is_safe_whatever_things_are_called(command: str, name: str, tmp_path: Path) -> None:
    shutil.copytree(laid_out("claims", "sound", tmp_path) / "rulebase", tmp_path / name)
    policy = tmp_path / name / "stretching/1.0.0.json"
    policy.write_text(policy.read_text().replace('"kind"', '  "kind"', 1))
    claim = {
        "id": name,
        "payer": "plain-plan",
        "lines": [{"number": 1, "code": "00010", "date": "2016-03-01"}, {"number": 2, "code": name}],
    }
    (tmp_path / f"{name}.claims.json").write_text(json.dumps([claim, {**claim, "lines": claim["lines"][:1]}]))
    words = COMMANDS[command].format(folder=shlex.quote(name), claims=shlex.quote(f"{name}.claims.json"))
    answer = run(f"payrule {words}", tmp_path)
    assert (answer.stdout + answer.stderr) or command == "check --diff"
    assert is_data(answer) if command in DATA else is_safe(answer), answer


UNSEEN = "\x1b\xad\u034f\u061c\u115f\u180e\u200b\u200d\u202e\u2060\u2066\u3164\ufe0f\ufeff\ufff9\U000e0041"


@pytest.mark.parametrize("character", list(UNSEEN))
def test_document_that_holds_what_no_reader_sees_is_refused(character: str, tmp_path: Path) -> None:
    rulebase = laid_out("claims", "sound", tmp_path) / "rulebase"
    policy = rulebase / "stretching/1.0.0.json"
    document = json.loads(policy.read_bytes())
    policy.write_text(json.dumps({**document, "title": f"Stretching {character}of muscles"}, ensure_ascii=False))
    answer = run("payrule list --rulebase rulebase", tmp_path)
    assert (answer.code, f"U+{ord(character):04X}" in answer.stderr) == (2, True)


@pytest.mark.parametrize("name", ["Massage é ü ½ — “x” 中文", "Mas\xa0sage"])
def test_document_in_other_letters_is_read(name: str, tmp_path: Path) -> None:
    rulebase = laid_out("claims", "sound", tmp_path) / "rulebase"
    policy = rulebase / "stretching/1.0.0.json"
    document = json.loads(policy.read_bytes())
    policy.write_text(json.dumps({**document, "title": name}, ensure_ascii=False))
    assert run("payrule list --rulebase rulebase", tmp_path).code == 0
