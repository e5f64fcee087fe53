"""Cases with the answer that each must give, as folders: `documents/<case>` and `claims/<case>`.

A case holds the files that are broken, which lie over `rulebase/` as it stands beside them, and `expected.txt`: the
command as it is typed, and its answer. `command.txt` is there when a case asks for another command than its kind.
`UPDATE_GOLDENS=1` writes the answers instead of comparing them; read the difference before you keep it.
"""

import os
import shutil
from pathlib import Path

from tests.command import run

HERE = Path(__file__).parent
_OURS = ("expected.txt", "command.txt")


def cases(kind: str) -> list[str]:
    """List the cases of a kind."""
    return sorted(path.name for path in (HERE / kind).iterdir() if path.is_dir())


def laid_out(kind: str, case: str, folder: Path) -> Path:
    """Lay the files of a case over the sound rulebase."""
    shutil.copytree(HERE / "rulebase", folder / "rulebase")
    shutil.copytree(HERE / kind / case, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*_OURS))
    return folder


def hold(kind: str, case: str, command: str, folder: Path) -> None:
    """Run the command of a case and compare its answer, to the letter."""
    own = HERE / kind / case / "command.txt"
    command = own.read_text().strip() if own.exists() else command
    answer = f"$ {command}\n{run(command, folder).transcript()}"
    golden = HERE / kind / case / "expected.txt"
    assert "payrule: defect" not in answer, answer
    if os.environ.get("UPDATE_GOLDENS"):
        golden.write_text(answer)
    assert answer == golden.read_text(encoding="utf-8")
