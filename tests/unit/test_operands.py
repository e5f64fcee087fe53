"""What a reviewer can name, and what is said of a name that means nothing."""

import shutil
import subprocess
from pathlib import Path

import pytest

from payrule.documents.findings import DocumentError, InputError
from payrule.documents.shipped import shipped
from payrule.review.operands import operand


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a repository with the shipped policies, of which the next commit removes a policy's second version."""
    shutil.copytree(shipped("policies"), tmp_path / "policies")
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet", "--initial-branch", "main")
    commit("first")
    (tmp_path / "policies/ncci/2.0.0.json").unlink()
    commit("second")
    return tmp_path


def git(*arguments: str) -> None:
    identity = ("-c", "user.name=analyst", "-c", "user.email=analyst@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)  # noqa: S607 - git as it is found


def commit(subject: str) -> None:
    git("add", "--all")
    git("commit", "--quiet", "--message", subject)


def test_a_policy_is_its_latest_version() -> None:
    found = operand("ncci")
    assert (found.kind, found.policy and found.policy.name) == ("policy", "ncci@2.0.0")


def test_a_version_can_be_named() -> None:
    found = operand("ncci@1.0.0")
    assert found.policy
    assert found.policy.name == "ncci@1.0.0"


def test_a_policy_comes_before_a_payer_of_the_same_name() -> None:
    assert [
        operand(name).kind for name in ("blue-cross", "payer:blue-cross", "policy:blue-cross", "medicare-part-b")
    ] == [
        "policy",
        "payer",
        "policy",
        "payer",
    ]


def test_a_file_is_read_with_the_names_of_the_rulebase_that_it_stands_in() -> None:
    found = operand(str(shipped("policies") / "medicare" / "1.0.0.json"))
    assert (found.kind, found.policy and found.policy.name) == ("policy", "medicare@1.0.0")


def test_a_file_from_elsewhere_is_read_with_the_names_of_the_rulebase(tmp_path: Path) -> None:
    copied = shutil.copy(shipped("policies") / "medicare" / "1.0.0.json", tmp_path / "draft.json")
    found = operand(str(copied))
    assert found.policy
    assert found.policy.name == "medicare@1.0.0"


def test_a_payer_can_be_a_file() -> None:
    found = operand(str(shipped("policies") / "payers" / "blue-cross.json"))
    assert (found.kind, found.payer) == ("payer", "blue-cross")


def test_a_folder_is_a_rulebase_or_the_latest_version_of_a_policy() -> None:
    assert operand(str(shipped("policies"))).kind == "rulebase"
    found = operand(str(shipped("policies") / "ncci"))
    assert found.policy
    assert found.policy.name == "ncci@2.0.0"


def test_a_revision_is_read_without_touching_what_is_checked_out(repository: Path) -> None:
    names = {}
    for named in ("main~1:policies/ncci", "main:policies/ncci", "main~1:policies/ncci/1.0.0.json"):
        found = operand(named)
        names[named] = (found.name, found.policy and found.policy.version)
    assert names == {
        "main~1:policies/ncci": ("main~1:policies/ncci", "2.0.0"),
        "main:policies/ncci": ("main:policies/ncci", "1.0.0"),
        "main~1:policies/ncci/1.0.0.json": ("main~1:policies/ncci/1.0.0.json", "1.0.0"),
    }
    assert operand("main~1:policies").kind == "rulebase"
    assert not (repository / "policies/ncci/2.0.0.json").exists()


def test_a_revision_is_read_from_a_folder_below_the_top(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository / "policies")
    assert operand("main~1:ncci").policy == operand(str(shipped("policies") / "ncci")).policy


def test_a_fault_in_a_revision_is_told_with_its_place_there(repository: Path) -> None:
    path = repository / "policies/ncci/1.0.0.json"
    path.write_text(path.read_text().replace('"when"', '"whne"', 1))
    commit("third")
    with pytest.raises(DocumentError) as caught:
        operand("main:policies")
    assert str(caught.value).startswith("main:policies/ncci/1.0.0.json:")


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("medicar", "there is no policy, payer or file `medicar` (did you mean `medicare`?)"),
        ("medicare@9.0.0", "there is no version `9.0.0` of `medicare` (there is `medicare@1.0.0`)"),
        (
            "something-else-entirely",
            (
                "there is no policy, payer or file `something-else-entirely` "
                "(name a policy, `policy@version`, a payer, a path, or `REVISION:PATH`)"
            ),
        ),
        (
            "nowhere:policies",
            (
                "the revision of `nowhere:policies` is not in this git repository "
                "(name a branch, tag or commit, and a path below this folder)"
            ),
        ),
        (
            "main:nothing",
            (
                "the path of `main:nothing` is not in this git repository "
                "(name a branch, tag or commit, and a path below this folder)"
            ),
        ),
        (
            "policies/ncci/examples",
            (
                "`policies/ncci/examples` is neither a rulebase nor the folder of a policy "
                "(name a folder that holds `vocabulary.json`, or the folder of a policy in one)"
            ),
        ),
    ],
)
def test_a_name_that_means_nothing_is_told_with_its_cure(named: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        operand(named)
    assert str(caught.value) == said


def test_a_revision_outside_of_a_repository_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(InputError, match="this folder is in no git repository"):
        operand("main:policies")


def test_a_machine_without_git_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        InputError, match=r"git is not installed, so no revision can be read \(install git, or name a folder\)"
    ):
        operand("main:policies")
