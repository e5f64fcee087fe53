"""What `payrule ask` asks at a terminal, or reads, and how it ends."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from payrule.cli.commands.ask import command

CLAIM: dict[str, Any] = {
    "id": "E-1",
    "payer": "blue-cross",
    "lines": [
        {
            "number": 1,
            "code": "97010",
            "date": "2016-03-01",
            "provider": {"type": "physical-therapist", "relationship": "self"},
        }
    ],
}


def asked(folder: Path, typed: str, *options: str, claim: dict[str, Any] = CLAIM) -> Result:
    path = folder / "claim.json"
    path.write_text(json.dumps(claim))
    chosen = [str(path), "--known-on", "2026-01-01", *options]
    return CliRunner().invoke(command, chosen, input=typed, catch_exceptions=False)


def test_questions_end_when_the_answer_is_settled(tmp_path: Path) -> None:
    found = asked(tmp_path, "yes\nno\n")
    assert found.exit_code == 0
    assert found.output.count("(? if nobody knows)") == 2
    assert "settled by 2 answers: denied" in found.output


def test_an_answer_that_a_claim_cannot_hold_is_asked_again(tmp_path: Path) -> None:
    found = asked(tmp_path, "perhaps\n\nno\n")
    assert "error: there is no answer; write yes or no, or `?` if nobody knows\n" in found.output
    assert "error: `perhaps` is no answer to this; write yes or no, or `?` if nobody knows\n" in found.output
    assert "settled by 1 answer: denied" in found.output


def test_what_nobody_knows_is_named(tmp_path: Path) -> None:
    found = asked(tmp_path, "?\nyes\nyes\n")
    assert "needs information; nobody knows line.documentation.clinical_rationale" in found.output


def test_input_that_ends_too_soon_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    out = tmp_path / "completed.json"
    found = asked(tmp_path, "yes\n", "--out", str(out))
    assert found.exit_code == 2
    assert (
        "the answers end before line 1 is settled: `line.documentation.anatomical_site` has no answer" in found.output
    )
    assert not out.exists()


def test_a_completed_claim_has_the_answers(tmp_path: Path) -> None:
    answers, out = tmp_path / "answers.json", tmp_path / "completed.json"
    answers.write_text('{"line.documentation.clinical_rationale": false, "line.minutes": 15}')
    found = asked(tmp_path, "", "--answers", str(answers), "--out", str(out))
    assert found.exit_code == 0
    assert "not asked, for it changes nothing: `line.minutes`" in found.output
    assert json.loads(out.read_text())["lines"][0]["documentation"] == {"clinical_rationale": False}


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("[]", "holds no answers"),
        ("{", "answers.json:1:"),
        ('{"line.documentation.tim": true}', "no claim can say `line.documentation.tim`; did you mean"),
        ('{"line.documentation.clinical_rationale": 3}', "must be `true` or `false`, not the number `3`"),
    ],
)
def test_a_file_that_holds_no_answers_is_refused(written: str, message: str, tmp_path: Path) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text(written)
    found = asked(tmp_path, "", "--answers", str(answers))
    assert found.exit_code == 2
    assert message in found.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--line", "7"), "the claim has no line 7; its lines: 1"),
        (("--encounter", "E-2"), "there is no claim `E-2`"),
        (("--payer", "nobody"), "there is no payer `nobody`"),
    ],
)
def test_what_cannot_be_asked_about_is_refused(options: tuple[str, ...], message: str, tmp_path: Path) -> None:
    found = asked(tmp_path, "", *options)
    assert found.exit_code == 2
    assert message in found.output


def test_a_claim_with_errors_is_refused_with_their_places(tmp_path: Path) -> None:
    found = asked(tmp_path, "", claim=CLAIM | {"lines": [CLAIM["lines"][0] | {"units": "many"}]})
    assert found.exit_code == 2
    assert "claim.json:1:" in found.output
