"""What a reviewer can name, and what is said of a name that means nothing."""

import shutil
import subprocess
import tempfile
from contextlib import chdir
from pathlib import Path

import msgspec
import pytest

from payrule.compare.operands import operand
from payrule.source.diagnostics import DocumentError, InputError
from payrule.source.files import shipped


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a repository with the shipped policies, of which the next commit removes a policy's second version.

    Of the examples it has those of one policy.
    """
    folder = tmp_path_factory.mktemp("made")
    shutil.copytree(shipped("policies"), folder / "policies", ignore=shutil.ignore_patterns("examples"))
    shutil.copytree(shipped("policies") / "ncci/examples", folder / "policies/ncci/examples")
    with chdir(folder):
        git("init", "--quiet", "--initial-branch", "main")
        commit("first")
        (folder / "policies/ncci/2.0.0.json").unlink()
        commit("second")
    return folder


@pytest.fixture
def unchanged(made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in the repository, for a test that changes nothing of it."""
    monkeypatch.chdir(made)
    return made


@pytest.fixture
def repository(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a copy of the repository."""
    monkeypatch.chdir(shutil.copytree(made, tmp_path / "repository"))
    return tmp_path / "repository"


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


def test_a_folder_is_what_it_is_however_it_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shutil.copytree(shipped("policies"), tmp_path / "policies", ignore=shutil.ignore_patterns("examples"))
    monkeypatch.chdir(tmp_path / "policies/ncci")
    assert [operand(named).kind for named in (".", "..", "../ncci", "1.0.0.json", "../..")] == [
        "policy",
        "rulebase",
        "policy",
        "policy",
        "rulebase",
    ]


def test_a_folder_that_belongs_to_no_rulebase_hides_no_policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "medicare").mkdir()
    monkeypatch.chdir(tmp_path)
    assert operand("medicare") == msgspec.structs.replace(operand("policy:medicare"), name="medicare")


def test_a_payer_from_elsewhere_is_read_with_the_policies_of_the_rulebase(tmp_path: Path) -> None:
    text = (shipped("policies") / "payers/medicare-part-b.json").read_text()
    (tmp_path / "draft.json").write_text(text.replace('"medicare-part-b"', '"draft"').replace('["ncci"], ', ""))
    found = operand(str(tmp_path / "draft.json"))
    assert (found.kind, found.payer) == ("payer", "draft")
    assert found.documents.payers["draft"].tiers == (("medicare-statute",), ("medicare", "medicare-chiropractic"))


def test_a_policy_beside_a_faulty_one_is_refused_since_a_payer_may_be_bound_by_both(tmp_path: Path) -> None:
    shutil.copytree(shipped("policies"), tmp_path / "policies")
    faulty = tmp_path / "policies/ncci/1.0.0.json"
    faulty.write_text(faulty.read_text().replace('"when"', '"whne"', 1))
    with pytest.raises(DocumentError, match="`whne`"):
        operand(str(tmp_path / "policies/medicare/1.0.0.json"))


@pytest.mark.slow
def test_a_revision_is_read_without_touching_what_is_checked_out(repository: Path) -> None:
    names = {}
    for named in ("main~1:policies/ncci", "main:policies/ncci", "main~1:policies/ncci/1.0.0.json"):
        found = operand(named)
        names[named] = (found.name, found.policy and found.policy.version)
    assert names == {
        "main~1:policies/ncci": ("main~1:policies/ncci", "2.0.0"),
        "main:policies/ncci": ("main:policies/ncci", "1.1.0"),
        "main~1:policies/ncci/1.0.0.json": ("main~1:policies/ncci/1.0.0.json", "1.0.0"),
    }
    assert operand("main~1:policies").kind == "rulebase"
    assert not (repository / "policies/ncci/2.0.0.json").exists()


@pytest.mark.slow
def test_a_path_in_a_revision_is_one_from_the_top_unless_it_says_otherwise(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "policies")
    shipped_there = operand(str(shipped("policies") / "ncci")).policy
    for named in ("main~1:policies/ncci", "main~1:./ncci", "main~1:../policies/ncci/", "main~1:policies/./ncci"):
        assert operand(named).policy == shipped_there
    for named in ("main:", "main:.", "main:./", "main:policies"):
        assert operand(named).kind == "rulebase"


def test_a_colon_inside_of_braces_belongs_to_the_revision(repository: Path) -> None:
    assert operand("main@{2001-01-01 00:00:00}:policies").kind == "rulebase"
    assert (repository / "policies").is_dir()


def test_a_repository_without_a_work_tree_can_be_read(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = tmp_path_factory.mktemp("bare")
    git("clone", "--quiet", "--bare", str(repository), str(bare))
    monkeypatch.chdir(bare)
    found = operand("main~1:policies/ncci")
    assert found.policy
    assert found.policy.name == "ncci@2.0.0"


def test_a_payer_in_a_revision_is_read_among_its_policies(repository: Path) -> None:
    (repository / "policies/payers/medicare-part-b.json").unlink()
    found = operand("main:policies/payers/medicare-part-b.json")
    assert (found.kind, found.payer) == ("payer", "medicare-part-b")
    assert [each.version for each in found.documents.policies["ncci"]] == ["1.0.0", "1.1.0"]


def test_a_policy_in_a_revision_outside_of_a_rulebase_is_read_with_the_names_of_the_rulebase(repository: Path) -> None:
    shutil.copy(repository / "policies/ncci/1.0.0.json", repository / "draft.json")
    commit("draft")
    found = operand("main:draft.json")
    assert found.policy == operand("ncci@1.0.0").policy


@pytest.mark.usefixtures("repository")
def test_nothing_is_left_of_a_revision_that_was_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    assert operand("main:policies").kind == "rulebase"
    with pytest.raises(InputError):
        operand("main:policies/ncci/examples")
    assert list(scratch.iterdir()) == []


def test_a_fault_in_a_revision_is_reported_with_its_place_there(repository: Path) -> None:
    path = repository / "policies/ncci/1.0.0.json"
    path.write_text(path.read_text().replace('"when"', '"whne"', 1))
    commit("third")
    with pytest.raises(DocumentError) as caught:
        operand("main:policies")
    assert str(caught.value).startswith("main:policies/ncci/1.0.0.json:")


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("medicar", "`medicar` is no policy, payer or rulebase, and no file of one (did you mean `medicare`?)"),
        ("medicare@9.0.0", "there is no version `9.0.0` of `medicare` (there is `medicare@1.0.0`)"),
        (
            "something-else-entirely",
            (
                "`something-else-entirely` is no policy, payer or rulebase, and no file of one "
                "(name a policy, `policy@version`, a payer, a path, or `REVISION:PATH`)"
            ),
        ),
        (
            "examples",
            (
                "`examples` is no policy, payer or rulebase, and no file of one "
                "(name a policy, `policy@version`, a payer, a path, or `REVISION:PATH`)"
            ),
        ),
        (
            "x" * 300,
            (
                f"`{'x' * 300}` is no policy, payer or rulebase, and no file of one "
                "(name a policy, `policy@version`, a payer, a path, or `REVISION:PATH`)"
            ),
        ),
        (
            "C:\\policies",
            (
                "`C:\\policies` is no policy, payer or rulebase, and no file of one "
                "(name a policy, `policy@version`, a payer, a path, or `REVISION:PATH`)"
            ),
        ),
        (
            "payer:medicare",
            "`payer:medicare` is no policy, payer or rulebase, and no file of one (did you mean `medicare`?)",
        ),
        (
            "nowhere:policies",
            (
                "there is no revision `nowhere` in this git repository "
                "(name a branch, a tag or a commit, or fetch it first)"
            ),
        ),
        (
            "--output=owned:policies",
            (
                "there is no revision `--output=owned` in this git repository "
                "(name a branch, a tag or a commit, or fetch it first)"
            ),
        ),
        (
            "main:nothing",
            (
                "there is no `nothing` in the revision `main` "
                "(name a path from the top of the repository, or `main:./PATH` for one from this folder)"
            ),
        ),
        (
            "main:../elsewhere",
            (
                "`../elsewhere` is no path inside of the git repository "
                "(name a path from the top of the repository, such as `main:policies`)"
            ),
        ),
        (
            "main:policies/ncci/examples",
            (
                "`main:policies/ncci/examples` is neither a rulebase nor the folder of a policy "
                "(name a folder that holds `vocabulary.json`, or the folder of a policy in one)"
            ),
        ),
        (
            "policies/vocabulary.json",
            (
                "policies/vocabulary.json:3:11 $.kind: this document is a vocabulary, but a policy belongs here "
                "(move it to where such documents belong, or fix its `kind`)"
            ),
        ),
        (
            "policies/payers",
            (
                "`policies/payers` is neither a rulebase nor the folder of a policy "
                "(name a folder that holds `vocabulary.json`, or the folder of a policy in one)"
            ),
        ),
    ],
)
def test_a_name_that_means_nothing_is_reported_with_its_help(named: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        operand(named)
    assert str(caught.value) == said


def test_a_revision_outside_of_a_repository_is_reported_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(InputError) as caught:
        operand("main:policies")
    said = str(caught.value)
    assert said.startswith("`main:policies` names a git revision, but git reads no repository here: not a git repo")
    assert said.endswith("(go into one, or name a file or a folder)")


def test_a_machine_without_git_is_reported_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        InputError,
        match=r"git is not installed, so no revision can be read \(install git, or name a file or a folder\)",
    ):
        operand("main:policies")
