"""A version in force that is changed under its own number is told first, with what became of its entry in the lock."""

import json
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.command import Answer, run
from tests.golden.goldens import laid_out

NAME, POLICY = "stretching@1.0.0", "stretching/1.0.0.json"

Change = Callable[[Path], object]


def payrule(*arguments: str) -> Answer:
    return run(shlex.join(("payrule", *arguments)), Path.cwd())


def edit(file: str, change: Callable[[Any], object]) -> Change:
    def write(folder: Path) -> None:
        value = json.loads((folder / file).read_text())
        change(value)
        (folder / file).write_text(json.dumps(value))

    return write


def lock(*renewed: str) -> Change:
    return lambda folder: payrule("lock", "--rulebase", str(folder), *(f"--renew={each}" for each in renewed))


def both(*changes: Change) -> Change:
    return lambda folder: [change(folder) for change in changes]


SUMMARY = edit(POLICY, lambda policy: policy["rules"][0].update(summary="It is always paid."))
CONDITION = edit(POLICY, lambda policy: policy["rules"][0].update(when={"line.code": {"is": "00010"}}))
WORDS = edit("vocabulary.json", lambda words: words["concerns"][0].update(summary="Is it paid?"))
ELSE = edit("vocabulary.json", lambda words: words["concerns"][1].update(summary="Is it the code?"))


def status(word: str) -> Change:
    free = edit("payers/plain-plan.json", lambda payer: payer.update(purpose="what-if"))
    return both(free, edit(POLICY, lambda policy: policy.update(status=word)))


DRAFT = status("proposed")
FORGED = edit("lock.json", lambda lock: lock["versions"].update({NAME: "sha256:" + "0" * 64}))
UNLOCKED = edit("lock.json", lambda lock: lock["versions"].pop(NAME))

CASES: dict[str, tuple[Change, tuple[str, str] | None]] = {
    "text changed, lock renewed": (both(SUMMARY, lock(NAME)), ("changed", "renewed")),
    "condition changed, lock renewed": (both(CONDITION, lock(NAME)), ("changed", "renewed")),
    "vocabulary changed, lock renewed": (both(WORDS, lock(NAME)), ("changed", "renewed")),
    "text changed, lock kept": (SUMMARY, ("changed", "kept")),
    "vocabulary changed, lock kept": (WORDS, ("changed", "kept")),
    "text changed, lock forged": (both(SUMMARY, FORGED), ("changed", "changed")),
    "text changed, entry removed": (both(SUMMARY, UNLOCKED), ("changed", "removed")),
    "lock forged alone": (FORGED, ("none", "changed")),
    "entry removed alone": (UNLOCKED, ("none", "removed")),
    "no longer in force, lock kept": (DRAFT, ("removed", "kept")),
    "no longer in force, entry removed": (both(DRAFT, UNLOCKED), ("removed", "removed")),
    "another part of the vocabulary": (ELSE, None),
    "nothing": (lambda _: None, None),
    "retired": (status("retired"), None),
}


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Make a rulebase that is locked, and a copy of it."""
    old = laid_out("claims", "sound", tmp_path / "old") / "rulebase"
    payrule("lock", "--rulebase", str(old))
    return old, Path(shutil.copytree(old, tmp_path / "new" / "rulebase"))


def difference(*arguments: str) -> Any:
    done = payrule("diff", *arguments, "--format", "json", "--known-on", "2026-11-25", "--seconds", "0")
    assert done.code == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("what", CASES)
def test_change_in_place_is_reported_with_its_lock(what: str, folders: tuple[Path, Path]) -> None:
    change, expected = CASES[what]
    change(folders[1])
    found = difference(*map(str, folders)).get("in_place")
    assert found == ([{"version": NAME, "change": expected[0], "lock": expected[1]}] if expected else None)


def git(*arguments: str) -> None:
    who = ("-c", "user.name=analyst", "-c", "user.email=analyst@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True)  # noqa: S607 - git as it is found


@pytest.mark.slow
@pytest.mark.parametrize("path", ["rulebase", f"rulebase/{POLICY}", "rulebase/stretching"])
def test_lock_that_a_revision_renews_is_reported(
    path: str, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folders[0].parent)
    git("init", "--quiet", "--initial-branch", "main")
    git("add", "--all")
    git("commit", "--quiet", "--message", "first")
    git("checkout", "--quiet", "-b", "proposed")
    both(SUMMARY, lock(NAME))(Path("rulebase"))
    git("commit", "--quiet", "--all", "--message", "reword")
    renewed = [{"version": NAME, "change": "changed", "lock": "renewed"}]
    assert difference(f"main:{path}", f"proposed:{path}")["in_place"] == renewed
    assert difference(f"main:{path}", path)["in_place"] == renewed
    assert "in_place" not in difference(f"proposed:{path}", path)


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_change_in_place_stands_above_all_else(form: str, folders: tuple[Path, Path]) -> None:
    both(SUMMARY, lock(NAME))(folders[1])
    done = payrule("diff", *map(str, folders), "--format", form, "--known-on", "2026-11-25", "--seconds", "0")
    told = done.stdout.index("changed without a new version number")
    assert told < done.stdout.index("</strong> in text" if form == "html" else "in text")
    assert NAME in done.stdout[told : told + 250]
    assert "its entry in the lock was renewed in the same change" in " ".join(done.stdout.split())


def test_lock_renewed_alone_is_a_difference(folders: tuple[Path, Path]) -> None:
    FORGED(folders[1])
    arguments = (*map(str, folders), "--known-on", "2026-11-25")
    done = payrule("diff", *arguments, "--exit-code")
    assert done.code == 1
    assert "Nothing differs" not in done.stdout


def test_another_version_that_is_changed_beside_the_one_compared_is_reported(folders: tuple[Path, Path]) -> None:
    both(SUMMARY, lock(NAME))(folders[1])
    other = json.loads((folders[1] / POLICY).read_text()) | {"version": "1.1.0", "status": "draft"}
    (folders[1] / "stretching/1.1.0.json").write_text(json.dumps(other))
    found = difference(str(folders[0] / POLICY), str(folders[1] / "stretching/1.1.0.json"))
    assert [each["version"] for each in found["in_place"]] == [NAME]
