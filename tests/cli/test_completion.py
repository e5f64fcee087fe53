"""The line that the reference gives for a shell makes that shell complete commands, options and words."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.cli.processes import process
from tests.docs.pages import ROOT, table
from tests.forks import PATIENCE, surroundings
from tests.property.effort import mostly_slow

PAGE = (ROOT / "docs" / "reference" / "command-line.md").read_text()
LINES = {row[0]: row[1].strip("`") for row in table(PAGE, "## Completion")}

ASKED = {
    ("payrule", "langu"): "language-server",
    ("payrule", "new", "ver"): "version",
    ("payrule", "check", "--wat"): "--watch",
    ("payrule", "check", "--format", "sa"): "sarif",
}


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash here")
@pytest.mark.parametrize(
    ("words", "completed"), mostly_slow(ASKED.items(), quick=2), ids=lambda each: each if isinstance(each, str) else ""
)
def test_bash_completes(words: tuple[str, ...], completed: str, tmp_path: Path) -> None:
    asked = f"COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; _payrule_completion payrule"
    done = subprocess.run(
        ["bash", "-c", f'{LINES["bash"]}; {asked}; printf "%s\\n" "${{COMPREPLY[@]}}"'],  # noqa: S607 - the shell under test
        cwd=tmp_path,
        env=surroundings(),
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=True,
    )
    assert done.stdout.split() == [completed]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
@pytest.mark.parametrize(("words", "completed"), ASKED.items(), ids=lambda each: each if isinstance(each, str) else "")
def test_answer_to_another_shell_has_the_word(
    shell: str, words: tuple[str, ...], completed: str, tmp_path: Path
) -> None:
    position = {"zsh": str(len(words) - 1), "fish": words[-1]}
    asked = {"COMP_WORDS": " ".join(words if shell == "zsh" else words[:-1]), "COMP_CWORD": position[shell]}
    done = process(tmp_path, anew=False, _PAYRULE_COMPLETE=f"{shell}_complete", **asked)
    assert re.search(rf"\b{completed.lstrip('-')}\b", done.stdout), done


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_line_of_another_shell_asks_for_its_script(shell: str, tmp_path: Path) -> None:
    assert f"_PAYRULE_COMPLETE={shell}_source payrule" in LINES[shell]
    done = process(tmp_path, _PAYRULE_COMPLETE=f"{shell}_source")
    assert f"_PAYRULE_COMPLETE={shell}_complete" in done.stdout
