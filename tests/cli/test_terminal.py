"""On a terminal there is colour, and progress while data goes elsewhere; `NO_COLOR` and `--quiet` are heeded."""

import errno
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest
from tests.cli.conftest import laid_out
from tests.forks import PATIENCE, caller, surroundings

ESCAPE = "\x1b["


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return laid_out(tmp_path_factory.mktemp("terminal"))


def on_terminal(folder: Path, *arguments: str, to_file: bool = False, **environment: str) -> str:
    """Give what a terminal shows: both streams, or standard error alone when the data go to a file."""
    ours, theirs = pty.openpty()
    with (folder / "data").open("wb") as data:
        running = subprocess.Popen(
            [str(caller()), *arguments],
            cwd=folder,
            env=surroundings(TERM="xterm", **environment),
            stdin=subprocess.DEVNULL,
            stdout=data if to_file else theirs,
            stderr=theirs,
        )
    os.close(theirs)
    shown = b""
    while True:
        try:
            shown += os.read(ours, 65536)
        except OSError as fault:
            if fault.errno != errno.EIO:  # a terminal's way to say that nobody writes any more
                raise
            break
    os.close(ours)
    assert running.wait(PATIENCE) == 0
    return shown.decode().replace("\r\n", "\n")


CLAIM = ("adjudicate", "examples/all-dispositions.json")


def test_terminal_shows_colours(folder: Path) -> None:
    assert ESCAPE in on_terminal(folder, *CLAIM)


def test_a_long_answer_is_indented_where_it_is_narrow(folder: Path) -> None:
    shown = on_terminal(folder, "adjudicate", "examples/contract.json", NO_COLOR="1", COLUMNS="40").splitlines()
    at = next(number for number, line in enumerate(shown) if line.startswith("2  97124  denied"))
    assert shown[at + 1].startswith(" " * len("2  97124  "))


def test_a_warning_is_not_shown_twice(folder: Path) -> None:
    shown = on_terminal(folder, "adjudicate", "examples/claims-4010.837", "--payer", "medicare-part-b", NO_COLOR="1")
    assert shown.startswith("claim SAMPLE-4001")
    assert shown.count("segment 23: ") == 1


def test_no_color_is_heeded(folder: Path) -> None:
    assert ESCAPE not in on_terminal(folder, *CLAIM, NO_COLOR="1")


def test_table_is_as_wide_as_the_terminal(folder: Path) -> None:
    for width in (40, 60, 120):
        shown = on_terminal(folder, *CLAIM, "-q", NO_COLOR="1", COLUMNS=str(width))
        assert width - 25 < max(map(len, shown.splitlines())) <= width


@pytest.mark.parametrize("command", [("list",), ("check", "--list")])
@pytest.mark.parametrize("width", [50, 60, 80, 120])
def test_rows_fold_between_words(command: tuple[str, ...], width: int, folder: Path) -> None:
    shown = on_terminal(folder, *command, COLUMNS=str(width))
    assert max(map(len, shown.splitlines())) <= width
    assert shown.split() == on_terminal(folder, *command, COLUMNS="1000").split()


def test_progress_is_shown_while_data_go_elsewhere(folder: Path) -> None:
    assert "deciding" in on_terminal(folder, *CLAIM, to_file=True)


def test_quiet_shows_nothing(folder: Path) -> None:
    assert on_terminal(folder, *CLAIM, "--quiet", to_file=True) == ""


def test_file_has_no_colours_though_the_terminal_has(folder: Path) -> None:
    on_terminal(folder, *CLAIM, "--out", "answer.txt")
    assert ESCAPE not in (folder / "answer.txt").read_text()


def test_bar_of_columns_shows_lines_a_second_and_what_remains(folder: Path) -> None:
    choices = ("--payer", "blue-cross", "--known-on", "2026-01-01", "--engine", "columns", "--out", "decided.csv")
    shown = on_terminal(folder, "adjudicate", "examples/day-of-four-lines.json", *choices, COLUMNS="120")
    assert "deciding" in shown
    assert re.search(r"[1-9][0-9,]* lines a second", shown)
    assert re.search(r"[0-9]:[0-9]{2}:[0-9]{2}", shown)
