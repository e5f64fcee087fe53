"""The reference of the command line names every command, every option and every exit code."""

import re

import click
import pytest
from tests.docs.pages import ROOT, table

from payrule.cli.main import COMMANDS, DEFECT, USAGE, command_named

PAGE = (ROOT / "docs" / "reference" / "command-line.md").read_text()
DECIDING = ("adjudicate", "explain")
ABOVE = {"new": "Each takes some of these options:"}
"""What stands above the table of options where it is not the heading."""
WITHOUT_OPTIONS = ("cite", "language-server", "list")
"""Commands that have no options but those of several."""


def test_every_command_is_reported() -> None:
    assert {row[0].partition("`")[2].partition("`")[0] for row in table(PAGE, "# The command line")} == COMMANDS.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_reported(name: str) -> None:
    command = command_named(name)
    own = "" if name in WITHOUT_OPTIONS else ABOVE.get(name, f"## {name}")
    rows = table(PAGE, "## Options of several commands") + (table(PAGE, own) if own else [])
    if name in DECIDING:
        rows += table(PAGE, "And of `adjudicate` and `explain`, which decide:")
    told = {option for row in rows for option in re.findall(r"`(--?[\w-]+)", row[0])}
    parts = [command, *command.commands.values()] if isinstance(command, click.Group) else [command]
    parameters = [each for part in parts for each in part.params if isinstance(each, click.Option)]
    options = {option for each in parameters for option in each.opts}
    assert not options - told


def test_exit_codes_are_those_of_the_code() -> None:
    assert [row[0] for row in table(PAGE, "## Exit codes")] == ["0", "1", str(USAGE), str(DEFECT)]


@pytest.mark.parametrize("name", COMMANDS)
def test_choices_of_an_option_are_reported(name: str) -> None:
    command = command_named(name)
    choices = [each.type for each in command.params if each.name == "form" and isinstance(each.type, click.Choice)]
    for each in choices:
        assert f"`--format {'|'.join(each.choices)}`" in [row[0] for row in table(PAGE, f"## {name}")]
