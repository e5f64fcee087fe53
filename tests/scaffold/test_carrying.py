"""Examples of a version are carried over to the next one; what it answers otherwise waits for a decision."""

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.golden import goldens

from payrule.examples.run import example_files, run_example
from payrule.lint.check import check_rulebase
from payrule.model.choices import Part
from payrule.rulebase.load import read_documents, usable
from payrule.rulebase.rulebase import load
from payrule.scaffold.scaffold import Scaffold, passing
from payrule.scaffold.version import carried_over, new_version
from payrule.source.diagnostics import RequestError

DAY = date(2026, 11, 23)
FIRST = date(2027, 1, 1)
Json = dict[str, Any]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Lay the small rulebase out: one policy, one payer, one example of four lines."""
    return Path(shutil.copytree(goldens.HERE / "rulebase", tmp_path / "rulebase"))


def write(scaffold: Scaffold) -> Scaffold:
    """Write a scaffold as the command line does."""
    for path, text in scaffold.files.items():
        path.write_text(text)
    for path in scaffold.gone:
        path.unlink()
    return scaffold


def make(root: Path, part: Part = "minor", first: date | None = FIRST, published: date | None = None) -> Scaffold:
    documents = usable(read_documents(root))
    made = new_version(documents, "stretching", part, first, published)
    return write(passing(carried_over(made, documents, "stretching", DAY), root, DAY))


def carry(root: Path) -> Scaffold:
    return write(passing(carried_over(Scaffold({}), usable(read_documents(root)), "stretching", DAY), root, DAY))


def edit(path: Path, change: Callable[[Json], None]) -> Json:
    value: Json = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))
    return value


def pay_for_preparation(document: Json) -> None:
    document["rules"] = document["rules"][:1]
    document.pop("facts")


def codes(root: Path) -> list[tuple[str, str]]:
    return [(each.code, each.severity) for each in check_rulebase(root).findings]


def failed(root: Path) -> list[str]:
    rulebase = load(root)
    return [str(path) for path in example_files(root) if run_example(path, rulebase, DAY).failures]


def carried(root: Path, version: str = "1-1-0") -> Path:
    return root / f"stretching/examples/preparation-{version}.json"


def test_a_new_version_has_the_examples_of_the_one_before_on_dates_of_its_own(root: Path) -> None:
    make(root)
    value = json.loads(carried(root).read_text())
    assert {line["date"] for line in value["encounter"]["lines"]} == {"2027-01-01"}
    assert value["carried"] == {"example": "preparation", "version": "stretching@1.1.0"}
    assert value["expect"] == json.loads((root / "stretching/examples/preparation.json").read_text())["expect"]
    assert (failed(root), codes(root)) == ([], [])


@pytest.mark.parametrize(
    ("first", "published"), [(None, None), (FIRST, date(2027, 6, 1)), (date(2010, 1, 1), None), (date(2016, 3, 1), DAY)]
)
def test_whatever_dates_a_version_has_its_examples_are_decided_by_it(
    root: Path, first: date | None, published: date | None
) -> None:
    make(root, first=first, published=published)
    edit(root / "stretching/1.1.0.json", pay_for_preparation)
    assert failed(root) == [str(carried(root))]


def test_lines_of_a_claim_stay_as_far_apart_as_they_were(root: Path) -> None:
    def later(document: Json) -> None:
        document["encounter"]["lines"][1]["date"] = "2016-03-04"

    edit(root / "stretching/examples/preparation.json", later)
    make(root)
    lines = json.loads(carried(root).read_text())["encounter"]["lines"]
    assert [line["date"] for line in lines] == ["2027-01-01", "2027-01-04", "2027-01-01", "2027-01-01"]


@pytest.mark.slow
def test_changed_answers_are_listed_and_wait_until_somebody_says_which_is_right(root: Path) -> None:
    make(root, "major")
    version = root / "stretching/2.0.0.json"
    edit(version, pay_for_preparation)
    made = carry(root)
    (told,) = [each for each in made.then if "settle" in each]
    assert told == (
        f"settle `{carried(root, '2-0-0')}`: line 1: the answer was denied and is payable; "
        "line 4: the answer was needs information and is payable; "
        "if the new answer is right, say why under `carried.settled`"
    )
    value = json.loads(carried(root, "2-0-0").read_text())
    assert [each["line"] for each in value["carried"]["was"]] == [1, 4]
    assert [each["disposition"] for each in value["expect"]] == ["payable", "payable", "undecided", "payable"]
    assert {(each["rule"], each["line"], each["how"]) for each in value["shows"]} == {
        ("stretching/stretching-is-covered", 2, "decides"),
        ("stretching/stretching-is-covered", 3, "near-miss"),
    }
    assert failed(root) == []
    assert codes(root) == [("carried-example-not-settled", "warning")]
    edit(version, lambda document: document.update(status="in-force"))
    assert codes(root) == [("carried-example-not-settled", "error")]
    edit(carried(root, "2-0-0"), lambda document: document["carried"].update(settled="The bulletin of 2027 says so."))
    assert codes(root) == []
    assert [each for each in carry(root).then if "settle" in each] == []
    assert json.loads(carried(root, "2-0-0").read_text())["carried"]["settled"] == "The bulletin of 2027 says so."


def test_examples_are_carried_over_to_a_version_that_is_in_force_already(root: Path) -> None:
    make(root, "major")
    edit(root / "stretching/2.0.0.json", pay_for_preparation)
    edit(root / "stretching/2.0.0.json", lambda document: document.update(status="in-force"))
    carry(root)
    assert failed(root) == []
    assert codes(root) == [("carried-example-not-settled", "error")]


@pytest.mark.slow
def test_a_mended_rule_needs_no_decision_any_more(root: Path) -> None:
    make(root, "major")
    version = root / "stretching/2.0.0.json"
    before = version.read_text()
    edit(version, pay_for_preparation)
    carry(root)
    version.write_text(before)
    carry(root)
    assert "was" not in json.loads(carried(root, "2-0-0").read_text())["carried"]
    assert (failed(root), codes(root)) == ([], [])


def test_examples_go_along_when_a_version_gets_a_higher_number(root: Path) -> None:
    make(root)
    edit(root / "stretching/1.1.0.json", pay_for_preparation)
    made = make(root, "major", first=None)
    assert made.gone == {root / "stretching/1.1.0.json", carried(root)}
    assert json.loads(carried(root, "2-0-0").read_text())["carried"]["version"] == "stretching@2.0.0"
    assert codes(root) == [("carried-example-not-settled", "warning")]


@pytest.mark.slow
def test_a_version_in_force_decides_its_examples_without_being_considered(root: Path) -> None:
    make(root)
    assert json.loads(carried(root).read_text())["consider"] == "stretching"
    edit(root / "stretching/1.1.0.json", lambda document: document.update(status="in-force"))
    assert failed(root) == []
    carry(root)
    assert "consider" not in json.loads(carried(root).read_text())
    assert (failed(root), codes(root)) == ([], [])


@pytest.mark.slow
def test_the_version_after_next_has_them_too(root: Path) -> None:
    make(root)
    edit(root / "stretching/1.1.0.json", lambda document: document.update(status="in-force"))
    make(root, first=date(2028, 1, 1))
    value = json.loads(carried(root, "1-2-0").read_text())
    assert value["carried"] == {"example": "preparation-1-1-0", "version": "stretching@1.2.0"}
    assert value["summary"] == "Stretching before exercise is part of it (since 1.2.0)."
    assert (failed(root), codes(root)) == ([], [])


@pytest.mark.parametrize("status", ["proposed", "in-force"])
def test_a_version_without_the_examples_of_the_one_before_is_reported(root: Path, status: str) -> None:
    make(root)
    carried(root).unlink()
    edit(root / "stretching/1.1.0.json", lambda document: document.update(status=status))
    (found,) = check_rulebase(root).findings
    assert (found.code, found.file) == ("version-without-examples", str(root / "stretching/1.1.0.json"))
    assert "`stretching/preparation-is-not` (applies)" in found.message
    suppressed = [{"code": "version-without-examples", "reason": "Its rules are those of 1.0.0."}]
    edit(root / "stretching/1.1.0.json", lambda document: document.update(suppress=suppressed))
    assert codes(root) == []


def test_an_example_of_a_rule_that_is_gone_is_no_longer_asked_for(root: Path) -> None:
    make(root, "major")
    edit(root / "stretching/2.0.0.json", pay_for_preparation)
    carry(root)
    assert "version-without-examples" not in dict(codes(root))


def test_there_is_nothing_to_carry_over_to_a_first_version(root: Path) -> None:
    with pytest.raises(RequestError, match=r"there is no version before `stretching@1\.0\.0`"):
        carry(root)


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["medicare", "ncci"])
def test_examples_of_shipped_policies_are_carried_over(policy: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(load().documents.folder, tmp_path / "policies"))
    documents = usable(read_documents(folder))
    made = carried_over(new_version(documents, policy, "minor", FIRST, None), documents, policy, DAY)
    written = write(passing(made, folder, DAY))
    assert len(written.files) > 10
    assert failed(folder) == []


COUNTING = Path(__file__).parents[2] / "examples" / "policies"


def counting(home: Path, *examples: str) -> Path:
    """Lay out the example policy that counts visits, with some of its examples."""
    for name in ("vocabulary.json", "remittance-codes.json", "payers/acupuncture-plan.json", "acupuncture/1.0.0.json"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(COUNTING / name, home / name)
    (home / "acupuncture/examples").mkdir()
    for name in examples:
        shutil.copy(COUNTING / f"acupuncture/examples/{name}.json", home / "acupuncture/examples")
    return home


@pytest.mark.slow
def test_earlier_lines_of_the_patient_move_along_so_that_they_are_counted_as_before(tmp_path: Path) -> None:
    names = ("visits-in-90-days", "visits-in-a-year", "visits-of-december", "week-of-unknown-history", "short-service")
    documents = usable(read_documents(counting(tmp_path, *names)))
    made = carried_over(new_version(documents, "acupuncture", "major", FIRST, None), documents, "acupuncture", DAY)
    for name in names:
        before = json.loads((tmp_path / f"acupuncture/examples/{name}.json").read_text())
        value = json.loads(made.files[tmp_path / f"acupuncture/examples/{name}-2-0-0.json"])
        assert "was" not in value["carried"], name
        days = [
            [
                date.fromisoformat(line["date"])
                for line in (*each["encounter"].get("history", ()), *each["encounter"]["lines"])
            ]
            for each in (before, value)
        ]
        assert len({new - old for old, new in zip(*days, strict=True)}) == 1
        assert days[1][-1] >= FIRST
