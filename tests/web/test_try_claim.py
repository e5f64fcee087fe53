"""A claim that is tried in the workbench: what is answered, what is said of mistakes, and what is kept of it."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.web.workbench_for_tests import Client, client_of, sent, words_of

from payrule.examples.run import run_example
from payrule.fmt import reformatted
from payrule.formats.claim_form import ClaimForm
from payrule.rulebase.rulebase import load
from payrule.scaffold.edit import ChangedOnDiskError, digest_of, save
from payrule.source.files import shipped
from payrule.web.site import Site

TODAY = date(2026, 11, 23)
HOSTILE = "\"><script>alert('x')</script>\u202e\x00&amp;"
LINE = {
    "payer": "medicare-part-b",
    "known_on": "2026-11-23",
    "line.1.date": "2016-03-01",
    "line.1.code": "97124",
    "line.1.charge": "$45.00",
    "line.1.provider.type": "nurse",
}
KEPT = {"version": "medicare@1.0.0", "name": "massage-by-a-nurse", "summary": "Massage by a nurse needs information."}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site(None, today=lambda: TODAY) as made:
        yield made


@pytest.fixture
def client(site: Site) -> Client:
    return client_of(site)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Site]:
    """A site whose documents may be changed."""
    shutil.copytree(shipped("policies"), tmp_path / "policies")
    with Site(tmp_path, today=lambda: TODAY) as made:
        yield made


def twin(client: Client, fields: dict[str, Any], path: str = "/try/answer") -> Any:
    """Send the form, and give the value that the page shows."""
    return sent(client, path, fields, headers={"accept": "application/json"}).json()


def mistakes(client: Client, fields: dict[str, Any]) -> dict[str, str]:
    return {each["path"]: each.get("help", "") for each in twin(client, fields)["findings"]}


def test_the_form_has_a_control_for_each_attribute_that_a_claim_can_hold(client: Client, site: Site) -> None:
    page = client.get("/try").text
    attributes = site.rulebase.documents.vocabulary.attributes
    given = [name for name, each in attributes.items() if name.startswith("line.") and each.function is None]
    missing = [name for name in given if f'id="line.1.{name[5:].removesuffix("_cents")}"' not in page]
    assert missing == ["line.diagnoses"]  # its short name is the claim's
    assert 'id="line.1.line.diagnoses"' in page
    assert page.count("<legend>Line ") == 6


def test_the_answer_is_that_of_the_same_claim_decided_from_python(client: Client, site: Site) -> None:
    line = {"number": 1, "code": "97124", "date": "2016-03-01", "charge_cents": 4500, "provider": {"type": "nurse"}}
    encounter = {"id": "claim", "lines": [line]}
    expected = site.rulebase.decide(encounter, payer="medicare-part-b", known_on=TODAY)
    assert twin(client, LINE)["determination"] == json.loads(expected.to_json())


def test_cells_are_read_as_those_of_sheets_are(client: Client, site: Site) -> None:
    line = {"line.1.diagnosis_pointers": "A, B", "line.1.modifiers": "GP 59", "line.1.direct_contact": "yes"}
    answer = twin(client, LINE | line | {"claim.diagnoses": "M5450 M99.01", "claim.patient.birth_date": "1980-05-05"})
    held = {"number": 1, "code": "97124", "date": "2016-03-01", "charge_cents": 4500, "provider": {"type": "nurse"}}
    held |= {"diagnosis_pointers": [1, 2], "modifiers": ["GP", "59"], "direct_contact": True}
    claim = {"id": "claim", "patient": {"birth_date": "1980-05-05"}, "diagnoses": ["M5450", "M99.01"], "lines": [held]}
    same = site.rulebase.encounter_digest(site.rulebase.encounter(claim))
    assert answer["determination"]["encounter_digest"] == same


def test_a_mistake_is_said_at_its_control(client: Client) -> None:
    wrong = {
        "line.1.date": "1/5/2026",
        "line.1.charge": "4.567",
        "line.2.code": "97110",
        "claim.patient.age_years": "old",
        "earlier.1.date": "2/30/2015",
        "earlier.1.code": "9711",
        "earlier.history_from": "then",
        "known_on": "now",
    }
    found = mistakes(client, LINE | wrong)
    assert found["line.1.date"] == "write `2026-01-05` or `2026-05-01`, whichever is meant"
    assert found["line.1.charge"].startswith("write dollars and cents")
    assert found["earlier.1.code"] == "did you mean `09711`?"
    assert found.keys() == wrong.keys() - {"line.2.code"} | {"line.2.date"}
    page = sent(client, "/try", LINE | wrong)
    assert page.status_code == 422
    for path in found:
        assert f'id="{path}-error"' in page.text
        assert f'href="#{path}"' in page.text
    assert 'value="1/5/2026"' in page.text


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ({"line.2.code": "1"}, ["line.2.code", "line.2.date"]),
        ({"line.2.code": "97110", "line.2.date": "1/5/2026"}, ["line.2.date"]),
        ({"line.2.code": "1", "line.2.date": "2016-03-01"}, ["line.2.code"]),
        ({"line.2.date": "2016-03-01"}, ["line.2.code"]),
    ],
)
def test_a_line_that_cannot_be_read_is_said_at_its_control_beside_the_answers_for_others(
    client: Client, line: dict[str, str], wrong: list[str]
) -> None:
    found = twin(client, LINE | line)
    assert sorted(each["path"] for each in found["findings"]) == wrong
    assert [len(each.get("unreadable", ())) for each in found["determination"]["lines"]] == [0, len(wrong)]
    page = sent(client, "/try", LINE | line | {"rule": "medicare/massage-as-adjunct"})
    assert all(f'id="{path}-error"' in page.text for path in wrong)
    assert "Line 1, 97124" in page.text


def test_days_that_end_before_they_begin_are_said_in_their_line(client: Client) -> None:
    second = {"line.4.code": "97110", "line.4.date": "2016-03-02", "line.4.date_to": "2016-03-01"}
    assert list(mistakes(client, LINE | second)) == ["line.4.date_to"]


def test_earlier_lines_count_as_those_of_a_claim(client: Client, site: Site) -> None:
    earlier = {"earlier.2.code": "97124", "earlier.2.date": "2016-02-01", "earlier.2.claim": "C-7"}
    answer = twin(client, LINE | earlier | {"earlier.history_from": "2016-01-01"})
    line = {"number": 1, "code": "97124", "date": "2016-03-01", "charge_cents": 4500, "provider": {"type": "nurse"}}
    claim = site.rulebase.encounter(
        {"id": "claim", "lines": [line]},
        history=[{"claim": "C-7", "code": "97124", "date": "2016-02-01"}],
        history_from="2016-01-01",
    )
    assert answer["determination"]["encounter_digest"] == site.rulebase.encounter_digest(claim)


def test_why_not_says_each_condition_with_what_is_known(client: Client) -> None:
    rule = "medicare/massage-as-adjunct"
    told = twin(client, LINE | {"rule": rule})["asked"]["1"]
    line = {"number": 1, "code": "97124", "date": "2016-03-01", "charge_cents": 4500, "provider": {"type": "nurse"}}
    whole = load().decide({"id": "claim", "lines": [line]}, payer="medicare-part-b", known_on=TODAY).explain(1)
    assert told == json.loads(whole.to_json())["rules"][[each.name for each in whole.rules].index(rule)]
    said = words_of(sent(client, "/try/answer", LINE | {"rule": rule}).text)
    assert any(each.startswith(f"The rule {rule}:") for each in said)
    assert {"condition", "not met"} <= set(said)


def test_a_rule_that_the_date_leaves_out_is_said_to_be_of_no_version_that_applies(client: Client) -> None:
    rule = f"ncci/{load().policies['ncci'][-1].rules[0].id}"
    answer = sent(client, "/try/answer", LINE | {"rule": rule, "line.1.date": "2009-03-01"})
    assert any(
        each.endswith("is of a version that does not apply on the date of service.") for each in words_of(answer.text)
    )
    assert any(each.startswith("the date of service 2009-03-01 is outside") for each in words_of(answer.text))


def test_what_is_missing_leads_to_its_control(client: Client) -> None:
    page = sent(client, "/try", {key: each for key, each in LINE.items() if "provider" not in key}).text
    assert 'href="#line.1.provider.type"' in page
    assert '<details open="open">' in page  # what is missing stands among the controls that are opened


def test_rows_are_added_by_a_button(client: Client) -> None:
    page = sent(client, "/try", LINE | {"lines": "6", "earliers": "0", "add": "line"}).text
    assert page.count("<legend>Line ") == 12
    page = sent(client, "/try", LINE | {"lines": "6", "earliers": "0", "add": "earlier"}).text
    assert page.count("<legend>Earlier line ") == 2
    assert 'value="$45.00"' in page


@pytest.mark.parametrize("fields", [{"lines": "999"}, {"earliers": "999"}, {"line.999.code": "97110"}, {"lines": "48"}])
def test_more_lines_than_a_form_takes_are_refused_in_words(client: Client, fields: dict[str, str]) -> None:
    answer = sent(client, "/try", LINE | {"add": "line"} | fields)
    assert answer.status_code == 422
    assert "a form takes 50 lines at most" in answer.text


@pytest.mark.parametrize("path", ["/try", "/try/answer", "/try/save"])
def test_hostile_text_is_text_in_every_field(client: Client, path: str) -> None:
    names = [each.split('"')[0] for each in client.get("/try").text.split(' name="')[1:]]
    fields = {
        name: HOSTILE for name in names if name not in ("form_token", "viewport", "color-scheme", "lines", "earliers")
    }
    fields |= {"rule": HOSTILE, "version": HOSTILE, "name": HOSTILE, "summary": HOSTILE, "example": HOSTILE}
    answer = sent(client, path, fields)
    assert answer.status_code in (200, 422)
    assert "<script>alert" not in answer.text


def test_an_example_opens_in_the_form_as_it_is(client: Client, site: Site) -> None:
    files = sorted((site.folder / "medicare" / "examples").glob("*.json"))
    for path in files[:6]:
        example = json.loads(path.read_text(encoding="utf-8"))
        name = f"medicare@1.0.0/{path.stem}"
        shown = client.get("/try", params={"example": name}, headers={"accept": "application/json"}).json()
        answers = {each["number"]: each for each in shown["determination"]["lines"]}
        numbers = [each["number"] for each in example["encounter"]["lines"]]
        for expected in example["expect"]:
            line = answers[numbers.index(expected["line"]) + 1]
            assert line["disposition"] == expected["disposition"], name


@pytest.mark.parametrize("name", ["x", "medicare@1.0.0/../payers/none", "medicare@9.0.0/x", "medicare@1.0.0/nothing"])
def test_an_example_that_is_not_there_is_said_in_words(client: Client, name: str) -> None:
    answer = client.get("/try", params={"example": name})
    assert answer.status_code == 422
    assert "there is no" in answer.text


def test_nothing_is_saved_where_documents_are_only_shown(client: Client) -> None:
    assert "Save as an example" not in client.get("/try").text
    answer = sent(client, "/try/save", LINE | KEPT)
    assert answer.status_code == 422
    assert "the documents are only shown here, and nothing was changed" in answer.text


@pytest.mark.slow
def test_a_claim_is_saved_as_an_example_that_passes(own: Site) -> None:
    client = client_of(own)
    answer = sent(client, "/try/save", LINE | KEPT | {"rule": "medicare/massage-as-adjunct"}, follow_redirects=False)
    assert answer.headers["location"] == "/try?example=medicare@1.0.0/massage-by-a-nurse&saved=1"
    path = own.folder / "medicare" / "examples" / "massage-by-a-nurse.json"
    (formatted,) = reformatted([path])
    assert formatted.after == path.read_text(encoding="utf-8")
    result = run_example(path, load(own.folder), TODAY)
    assert result.failures == ()
    assert {each.rule for each in result.shows} >= {"medicare/massage-as-adjunct"}
    assert "45.00" in client.get(answer.headers["location"]).text


@pytest.mark.slow
def test_of_two_who_save_one_example_the_second_sees_both_and_loses_nothing(own: Site) -> None:
    first, second = client_of(own), client_of(own)
    path = own.folder / "medicare" / "examples" / "massage-by-a-nurse.json"
    assert sent(first, "/try/save", LINE | KEPT, follow_redirects=False).status_code == 303
    theirs = path.read_text(encoding="utf-8")
    mine = LINE | KEPT | {"summary": "My <own> words."}
    both = sent(second, "/try/save", mine)
    assert both.status_code == 409
    assert path.read_text(encoding="utf-8") == theirs
    assert "My &lt;own&gt; words." in both.text
    assert "Massage by a nurse needs information." in both.text
    told = twin(second, mine, "/try/save")
    assert told["on_disk"] == theirs
    replaced = sent(second, "/try/save", mine | {"read": told["digest"], "over": KEPT["name"]}, follow_redirects=False)
    assert replaced.status_code == 303
    assert path.read_text(encoding="utf-8") == told["yours"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "../../payers/x"}, "write small letters, digits and hyphens"),
        ({"summary": " "}, "say in a sentence what it shows"),
        ({"version": "ncci@1.1.0"}, "`ncci@1.1.0` applies to no line of this claim"),
        ({"version": "none@1.0.0"}, "there is no version `none@1.0.0`"),
        ({"line.1.date": "soon"}, "The claim is not decided, so it was not saved."),
        (
            {"claim.diagnoses": "M5450", "line.1.diagnosis_pointers": "C"},
            "it points to nothing",
        ),  # what `check` refuses
    ],
)
def test_what_cannot_be_saved_is_said_and_changes_nothing(own: Site, fields: dict[str, str], said: str) -> None:
    before = {path: path.stat().st_mtime_ns for path in own.folder.rglob("*.json")}
    answer = sent(client_of(own), "/try/save", LINE | KEPT | fields, follow_redirects=False)
    assert answer.status_code == 422
    assert any(said in each for each in words_of(answer.text))
    assert {path: path.stat().st_mtime_ns for path in own.folder.rglob("*.json")} == before
    assert 'value="$45.00"' in answer.text


def test_a_document_that_has_changed_is_not_saved_over(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    save(path, "1", "")
    read = digest_of(path)
    path.write_text("2", encoding="utf-8")
    with pytest.raises(ChangedOnDiskError) as fault:
        save(path, "3", read)
    assert (fault.value.found, path.read_text(encoding="utf-8")) == ("2", "2")
    path.unlink()
    with pytest.raises(ChangedOnDiskError) as gone:
        save(path, "3", read)
    assert (gone.value.found, path.exists()) == (None, False)


SAVING = """
import sys
from pathlib import Path
from payrule.scaffold.edit import digest_of, save
path = Path(sys.argv[1])
print("ready", flush=True)
while True:
    save(path, ("1" if path.read_text()[0] == "2" else "2") * 2_000_000, digest_of(path))
"""


@pytest.mark.slow
def test_whoever_is_killed_while_saving_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("1" * 2_000_000, encoding="utf-8")
    for pause in (0.001, 0.004, 0.01, 0.02, 0.05):
        saving = subprocess.Popen([sys.executable, "-c", SAVING, str(path)], stdout=subprocess.PIPE)
        assert saving.stdout is not None
        saving.stdout.readline()
        try:
            saving.wait(pause)
        except subprocess.TimeoutExpired:
            os.kill(saving.pid, signal.SIGKILL)
        saving.wait()
        saving.stdout.close()
        assert path.read_text(encoding="utf-8") in ("1" * 2_000_000, "2" * 2_000_000)
    save(path, "3", digest_of(path))
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]


def test_a_claim_that_was_read_is_answered_alike_in_the_form(site: Site, client: Client) -> None:
    form = ClaimForm(site.rulebase.documents.vocabulary)
    for path in sorted((site.folder / "medicare" / "examples").glob("*.json"))[:4]:
        example = json.loads(path.read_text(encoding="utf-8"))
        encounter = site.rulebase.encounter(example["encounter"])
        expected = site.rulebase.decide(encounter, payer="medicare-part-b", known_on=TODAY)
        typed = form.typed_of(encounter) | {"payer": "medicare-part-b", "known_on": TODAY.isoformat()}
        lines = twin(client, typed)["determination"]["lines"]
        assert [each["disposition"] for each in lines] == [each.disposition for each in expected.lines]
        assert [each["open"] for each in lines] == [list(each.open) for each in expected.lines]
