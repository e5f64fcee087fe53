"""Every command of the documentation is run, but for a few with a reason; of those at least the options exist."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from markdown_it import MarkdownIt
from tests.docs.pages import PAGES, ROOT, blocks, name_of

from payrule.cli.main import command_named

RUN = {"console", "python"}
SHOWN = {"csv", "diff", "json", "text"}
"""What is no command: files, parts of documents, drawings."""

NOT_RUN = {
    ("README.md", "sh"): "makes the environment that the tests themselves run in",
    ("CONTRIBUTING.md", "console"): "makes that environment, or runs the tests that would run it",
    ("docs/how-to/review-in-git-and-ci.md", "sh"): "speaks of branches that only the reader's repository has",
    ("docs/how-to/decide-millions-of-lines.md", "sh"): "reads a file of millions of lines",
    ("docs/how-to/decide-on-spark.md", "py"): "needs a Spark cluster",
    ("docs/how-to/decide-on-spark.md", "sh"): "needs a Spark cluster",
    **{
        ("docs/how-to/run-it-in-production.md", each): "is run by the reader's machine, container, proxy or monitoring"
        for each in ("sh", "ini", "dockerfile", "nginx", "yaml")
    },
    ("docs/reference/service.md", "sh"): "asks a service that runs on; `tests/web` asks the same",
    ("docs/how-to/make-a-rule-in-the-workbench.md", "sh"): "opens a browser, and runs until it is interrupted",
    ("docs/how-to/review-a-change.md", "sh"): "reads a review that the workbench has written",
    ("docs/how-to/check-in-ci.md", "yaml"): "is run by the reader's CI service",
    ("docs/how-to/review-in-git-and-ci.md", "yaml"): "is run by the reader's CI service",
}
"""Blocks of commands that are shown and not run: their page, their language, and why."""

EVERYTHING = (*PAGES, ROOT / "CONTRIBUTING.md")
_PAYRULE = re.compile(r"^(?:- run: |\$ )?payrule ([a-z]+(?:-[a-z]+)*)\b *([^|#\n]*)", re.MULTILINE)


@pytest.mark.parametrize("page", EVERYTHING, ids=name_of)
def test_no_block_is_overlooked(page: Path) -> None:
    """A fence that is indented, or longer than three marks, is one to a reader, so it must be one to the tests."""
    text = page.read_text()
    fences = [token for token in MarkdownIt().parse(text) if token.type in {"fence", "code_block"}]
    assert [token.content for token in fences] == [block.text for block in blocks(text)]


@pytest.mark.parametrize("page", EVERYTHING, ids=name_of)
def test_every_command_is_run_or_has_a_reason_not_to_be(page: Path) -> None:
    said = {block.language for block in blocks(page.read_text())} - SHOWN
    assert {each for each in said if (name_of(page), each) not in NOT_RUN} <= RUN


def test_reasons_are_of_blocks_that_there_are() -> None:
    there = {(name_of(page), block.language) for page in EVERYTHING for block in blocks(page.read_text())}
    assert NOT_RUN.keys() <= there


def commands_not_run() -> Iterator[tuple[str, list[str]]]:
    """List the calls of payrule in blocks that are not run: the subcommand and its arguments."""
    for page in EVERYTHING:
        for block in blocks(page.read_text()):
            if (name_of(page), block.language) in NOT_RUN:
                for name, arguments in _PAYRULE.findall(block.text):
                    yield name, shlex.split(arguments)


@pytest.mark.parametrize(("name", "arguments"), list(commands_not_run()))
def test_commands_that_are_not_run_have_options_that_exist(name: str, arguments: list[str]) -> None:
    command = command_named(name)
    with click.Context(command) as context:
        command.make_parser(context).parse_args(arguments)
