"""What a revision holds is read as it was committed, and no setting of a repository runs a program."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.property.effort import mostly_slow

from payrule.compare.git import Revision, _files, at_revision
from payrule.compare.operands import operand
from payrule.source.diagnostics import InputError
from payrule.source.files import shipped

IDENTITY = ("-c", "user.name=analyst", "-c", "user.email=analyst@example.org", "-c", "commit.gpgsign=false")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a repository with the shipped policies."""
    shutil.copytree(shipped("policies"), tmp_path / "policies", ignore=shutil.ignore_patterns("examples"))
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet", "--initial-branch", "main")
    commit("first")
    return tmp_path


def git(*arguments: str, text: bytes | None = None) -> str:
    done = subprocess.run(["git", *IDENTITY, *arguments], check=True, capture_output=True, input=text)  # noqa: S607 - git as it is found
    return done.stdout.decode().strip()


def commit(subject: str) -> None:
    git("add", "--all")
    git("commit", "--quiet", "--allow-empty", "--message", subject)


def versions(named: str = "main:policies") -> list[str]:
    return [each.version for each in operand(named).documents.policies["ncci"]]


@pytest.mark.parametrize(
    "where", mostly_slow([".gitattributes", "policies/.gitattributes", "policies/ncci/.gitattributes"])
)
@pytest.mark.parametrize(
    "attribute", mostly_slow(["export-ignore", "export-subst", "filter=hide", "eol=crlf", "ident"])
)
def test_attributes_of_the_branch_hide_and_change_nothing(repository: Path, where: str, attribute: str) -> None:
    before = versions()
    (repository / where).write_text(f"*2.0.0.json {attribute}\nncci {attribute}\n")
    git("config", "filter.hide.smudge", "cat /dev/null")
    commit("hides")
    assert versions() == before
    data = (repository / "policies/ncci/2.0.0.json").read_bytes()
    assert at_revision(Revision("main", "policies/ncci/2.0.0.json"), Path.read_bytes) == data


def test_attributes_of_the_repository_hide_nothing(repository: Path) -> None:
    before = versions()
    (repository / ".git/info").mkdir(exist_ok=True)
    (repository / ".git/info/attributes").write_text("* export-ignore\n")
    assert versions() == before


def test_a_link_is_refused_by_name(repository: Path) -> None:
    (repository / "policies/ncci/2.0.0.json").unlink()
    (repository / "policies/ncci/2.0.0.json").symlink_to("../../../../etc/passwd")
    commit("link")
    with pytest.raises(InputError, match=r"`main:policies/ncci/2.0.0.json` is a link"):
        operand("main:policies")


def test_a_folder_that_is_a_link_is_refused_by_name(repository: Path) -> None:
    (repository / "policies/other").symlink_to("/etc", target_is_directory=True)
    commit("link")
    with pytest.raises(InputError, match="`main:policies/other` is a link"):
        operand("main:policies")


def test_a_submodule_is_refused_by_name(repository: Path) -> None:
    head = git("rev-parse", "HEAD")
    git("update-index", "--add", "--cacheinfo", f"160000,{head},policies/medicare-more")
    git("commit", "--quiet", "--message", "submodule")
    with pytest.raises(InputError, match="`main:policies/medicare-more` is a submodule"):
        operand("main:policies")
    assert repository.is_dir()


def test_links_outside_of_the_rulebase_are_none_of_its_business(repository: Path) -> None:
    (repository / "README").symlink_to("nowhere")
    commit("link")
    assert versions() == versions("main:policies/ncci") == versions("main:")


def test_replaced_objects_are_those_that_were_committed(repository: Path) -> None:
    before = versions()
    tree = git("rev-parse", "HEAD:policies/ncci")
    git("replace", tree, git("mktree", text=b""))
    assert versions() == before
    assert repository.is_dir()


@pytest.mark.parametrize(
    "name",
    mostly_slow(["a\nb.json", "a b.json", "-x.json", "é.json", ":(top)x.json", '"q".json', "a\tb.json"]),
)
def test_names_that_are_hard_to_write_are_read_as_they_are(repository: Path, name: str) -> None:
    before = versions()
    (repository / "policies/ncci" / name).write_text("{}")
    commit("hostile")
    with pytest.raises(InputError) as caught:
        operand("main:policies")
    assert {each.file for each in caught.value.findings} == {f"main:policies/ncci/{name}"}
    (repository / "policies/ncci" / name).unlink()
    commit("fixed")
    assert versions() == before


def test_a_name_that_leads_out_is_refused(repository: Path) -> None:
    blob = git("hash-object", "-w", "--stdin", text=b"{}")
    inner = git("mktree", text=f"100644 blob {blob}\tx.json\n".encode())
    raw = b"40000 ..\0" + bytes.fromhex(inner)
    tree = git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", text=raw)
    top = git("mktree", text=f"040000 tree {tree}\tpolicies\n".encode())
    head = git("commit-tree", top, "-m", "leads out")
    with pytest.raises(InputError, match="no name that a file can have"):
        operand(f"{head}:policies")
    assert not (repository.parent / "x.json").exists()


def test_names_that_differ_in_capitals_only_are_refused(repository: Path) -> None:
    blob = git("hash-object", "-w", "policies/ncci/2.0.0.json")
    git("update-index", "--add", "--cacheinfo", f"100644,{blob},policies/NCCI/2.0.0.json")
    git("commit", "--quiet", "--message", "capitals")
    with pytest.raises(InputError, match="differ in capital letters only"):
        operand("main:policies")
    assert repository.is_dir()


def committed(*rows: tuple[str, str, str]) -> str:
    """Commit rulebase files whose tree holds rows of mode, name and text that git itself would not write."""
    raw = b"".join(
        f"{mode} {name}\0".encode("utf-8", "surrogateescape")
        + bytes.fromhex(git("hash-object", "-w", "--stdin", text=text.encode()))
        for mode, name, text in rows
    )
    within = bytes.fromhex(git("rev-parse", "HEAD:policies/ncci"))
    tree = git(
        *("hash-object", "-t", "tree", "-w", "--literally", "--stdin"), text=raw + b"40000 vocabulary.json\0" + within
    )
    return git("commit-tree", git("mktree", text=f"040000 tree {tree}\tpolicies\n".encode()), "-m", "raw")


@pytest.mark.parametrize("name", mostly_slow(["x" * 256, "é" * 128, "x" * 5_000]))
def test_a_name_longer_than_any_file_has_is_refused(repository: Path, name: str) -> None:
    head = committed(("100644", name, "{}"))
    with pytest.raises(InputError, match="cannot be written to a folder of its own: file name too long") as caught:
        operand(f"{head}:policies")
    assert len(str(caught.value)) < 500
    assert repository.is_dir()


@pytest.mark.parametrize(
    "name", mostly_slow(["s/" * 1_000 + "a.json", "s/" * 150 + "a.json", "s/" * 30_000 + "a.json"])
)
@pytest.mark.parametrize("mode", ["100644", "120000"])
def test_a_file_in_folders_without_end_is_refused_by_name(repository: Path, name: str, mode: str) -> None:
    head = committed((mode, name, "{}"))
    with pytest.raises(InputError, match=r"is in more than 100 folders|is a link") as caught:
        operand(f"{head}:policies")
    assert len(str(caught.value)) < 500
    assert repository.is_dir()


def test_a_file_that_is_a_folder_too_is_refused(repository: Path) -> None:
    head = committed(("100644", "vocabulary.json", "{}"))
    with pytest.raises(InputError, match="cannot be written to a folder of its own"):
        operand(f"{head}:policies")
    assert repository.is_dir()


def test_a_file_that_stands_there_twice_is_refused_by_name(repository: Path) -> None:
    head = committed(("100644", "a.json", "{}"), ("100644", "a.json", "[]"))
    with pytest.raises(InputError, match=r":policies/a.json` is there twice"):
        operand(f"{head}:policies")
    assert repository.is_dir()


@pytest.mark.parametrize("mode", mostly_slow(["120000", "160000"]))
@pytest.mark.parametrize("name", mostly_slow(["a\nb", "a\x1b[2Jb", "a\u202eb", "a\udcffb"], quick=2))
def test_a_hostile_name_is_written_out_where_it_is_refused(repository: Path, name: str, mode: str) -> None:
    head = committed((mode, name, "/etc"))
    with pytest.raises(InputError, match=r"is a (link|submodule)") as caught:
        operand(f"{head}:policies")
    assert str(caught.value).isprintable()
    assert repository.is_dir()


def test_an_error_of_git_is_an_error(repository: Path) -> None:
    blob = git("rev-parse", "HEAD:policies/ncci/2.0.0.json")
    (repository / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(InputError, match="git cannot read the revision"):
        operand("main:policies")


def test_a_tree_that_is_gone_is_an_error_and_no_empty_folder(repository: Path) -> None:
    tree = git("rev-parse", "HEAD:policies/ncci")
    (repository / ".git/objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(InputError, match="git cannot read the revision"):
        operand("main:policies")


def test_too_much_is_refused_before_it_is_read(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payrule.compare.git.MOST_FILES", 3)
    with pytest.raises(InputError, match="more than a rulebase can have"):
        operand("main:policies")
    assert _files((), "main") == ()
    assert repository.is_dir()


@pytest.mark.parametrize(
    "setting",
    mostly_slow(
        ["core.fsmonitor", "core.sshCommand", "diff.external", "core.pager", "core.hooksPath", "filter.x.smudge"],
        quick=2,
    ),
)
def test_no_setting_of_the_repository_runs_a_program(repository: Path, setting: str) -> None:
    mark = repository / "ran"
    program = repository / "program"
    program.write_text(f"#!/bin/sh\ntouch {mark}\n")
    program.chmod(0o755)
    (repository / ".gitattributes").write_text("* filter=x diff=x\n")
    commit("attributes")
    git("config", "diff.x.textconv", str(program))
    git("config", setting, str(program))
    assert versions()
    assert not mark.exists()


@pytest.mark.parametrize(
    "name",
    mostly_slow(["GIT_DIR", "GIT_CONFIG_GLOBAL", "GIT_EXTERNAL_DIFF", "GIT_SSH_COMMAND", "GIT_INDEX_FILE"], quick=2),
)
def test_nothing_in_the_environment_names_another_repository_or_program(
    repository: Path, name: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = versions()
    other = tmp_path_factory.mktemp("other")
    subprocess.run(["git", "init", "--quiet", "--bare", str(other)], check=True)  # noqa: S607 - git as it is found
    monkeypatch.setenv(name, str(other) if name == "GIT_DIR" else os.devnull)
    assert versions() == before
    assert repository.is_dir()
