"""Run the transcripts of this folder: each page is one test, typed command by command in a folder of its own.

Commands run in forks of one process (`tests/forks.py`), those of `test_startup.py` and others each in a new one.

A `console` block holds commands after `$`, then standard output, then standard error with `! ` before each line, then
`[exit code 2]` where it is not 0. `...` alone on a line stands for any lines, `[..]` for anything within one. A block
with a title is a file. `UPDATE_GOLDENS=1` writes what the commands answer into the pages; read the difference.
"""

import os
import re
import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import pytest
from tests.docs.pages import Block, blocks
from tests.docs.transcripts import commands, matches
from tests.forks import ROOT, typed

QUICK = frozenset({"explain", "test"})
"""Pages whose commands are quick; what the others type, other tests try in process."""


def laid_out(folder: Path) -> Path:
    """Make a folder with what a user has at hand: the examples, and a small rulebase."""
    shutil.copytree(ROOT / "examples", folder / "examples")
    shutil.copytree(ROOT / "tests" / "golden" / "rulebase", folder / "rulebase")
    return folder


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take every page for a test."""
    return Page.from_parent(parent, path=file_path) if file_path.suffix == ".md" else None


class Page(pytest.File):
    """A page of transcripts."""

    def collect(self) -> Iterable[pytest.Item]:
        """Give the page as one test, for its commands build on each other."""
        session = Session.from_parent(self, name="session")
        if self.path.stem not in QUICK:
            session.add_marker(pytest.mark.slow)
        yield session


class Session(pytest.Item):
    """The commands of a page, typed in their order."""

    def runtest(self) -> None:
        """Run every block; fail with all that is answered otherwise."""
        factory: pytest.TempPathFactory = self.config._tmp_path_factory  # type: ignore[attr-defined]  # noqa: SLF001 - items get no fixtures
        folder = laid_out(factory.mktemp(self.path.stem))
        text, pieces, at = self.path.read_text(encoding="utf-8"), [], 0
        self.differences: list[str] = []
        for block in blocks(text):
            pieces += [text[at : block.start], self._done(block, folder)]
            at = block.end
        if os.environ.get("UPDATE_GOLDENS"):
            self.path.write_text("".join([*pieces, text[at:]]), encoding="utf-8")
        elif self.differences:
            raise AssertionError("\n\n".join(self.differences))

    def _done(self, block: Block, folder: Path) -> str:
        if block.title:
            (folder / block.title).write_text(block.text, encoding="utf-8")
        elif block.language == "console":
            return "".join(self._typed(command, expected, folder) for command, expected in commands(block.text))
        return block.text

    def _typed(self, command: str, expected: str, folder: Path) -> str:
        answer = typed(command, folder).transcript()
        if matches(expected.removesuffix("\n") + "\n" if expected.strip() else "", answer):
            return f"$ {command}\n{expected}"
        self.differences.append(f"$ {command}\n--- the page says\n{expected}--- the answer is\n{answer}")
        return f"$ {command}\n{lasting(answer)}"

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:  # noqa: ARG002 - pytest's interface
        """Show what differs, and no stack."""
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Name the page."""
        return self.path, 0, self.path.name


def lasting(answer: str) -> str:
    """Leave out of an answer what tomorrow is another: digests, days, versions."""
    answer = re.sub(r"sha256:[0-9a-f]{64}", "sha256:[..]", answer)
    answer = re.sub(r"durable_rules \d+\.\d+\.\d+", "durable_rules [..]", answer)
    return answer.replace(datetime.now().astimezone().date().isoformat(), "[..]")
