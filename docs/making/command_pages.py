"""A page for each command, made from the command itself: how it is called, what it does, what its options mean."""

import inspect
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import click
from docs.making.markdown import code, page, table

from payrule.cli.main import COMMANDS, command_file, command_named

_COMMON = Path(__file__).parents[1] / "reference" / "command-line.md"

_BRACKETED = re.compile(r"^\[(.*)\]$")


def pages() -> dict[str, str]:
    """Make the text of every page, by the name of its file.

    >>> sorted(pages())[:2]
    ['adjudicate.md', 'ask.md']
    """
    common = _COMMON.read_text(encoding="utf-8")
    texts = {
        f"{name}.md": page(f"`engine/payrule/cli/commands/{command_file(name)}.py`", _page(name, common))
        for name in COMMANDS
    }
    return texts | {"index.md": page("`engine/payrule/cli/main.py`", _index())}


def _index() -> Iterator[str]:
    yield from (
        "# Commands",
        "",
        "The arguments and options of each command. [The command line](../command-line.md) explains what they share.",
        "",
    )
    yield from table(("command", "does"), ((f"[`{name}`]({name}.md)", said) for name, said in COMMANDS.items()))


def _page(name: str, common: str) -> Iterator[str]:
    command = command_named(name)
    yield f"# payrule {name}"
    yield from _command(command, click.Context(command, info_name=f"payrule {name}"))
    at_work = f", and [an example of `{name}`](../command-line.md#{name})" if f"\n## {name}\n" in common else ""
    yield from ("", f"See also: [what exit codes mean](../command-line.md#exit-codes){at_work}.")


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    """Write how a command is called, what it does and its options; then the same of each command in it."""
    yield from ("", "```text", " ".join([context.command_path, *command.collect_usage_pieces(context)]), "```")
    for text in filter(None, (command.help, command.epilog)):
        yield from chain.from_iterable(map(_paragraph, inspect.cleandoc(text).split("\n\n")))
    options = [each for each in command.params if isinstance(each, click.Option) and not each.hidden]
    if options:
        yield from ("", *table(("option", "means"), (_option(each, context) for each in options)))
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                yield from ("", f"## {name}")
                yield from _command(inner, click.Context(inner, info_name=name, parent=context))


def _paragraph(text: str) -> Iterator[str]:
    """Write a paragraph of help; one that click is told not to wrap, with its lines as they are."""
    kept = text.removeprefix("\b\n")
    yield from ("", kept) if kept == text else ("", "```text", kept, "```")


def _option(option: click.Option, context: click.Context) -> tuple[str, str]:
    forms = ", ".join([*option.opts, *option.secondary_opts])
    takes = _BRACKETED.sub(r"\1", option.make_metavar(context))
    metavar = "" if option.is_flag or option.count else f" {takes}"
    told = option.get_help_extra(context)
    default = f" Default: {code(told['default'])}." if "default" in told else ""
    bounds = f" A number {code(told['range'].replace('x', ''))}." if "range" in told else ""
    needed = " Required." if option.required else ""
    several = " May be given several times." if option.multiple and "may be repeated" not in (option.help or "") else ""
    return code(forms + metavar), f"{option.help or ''}{needed}{several}{bounds}{default}".strip()
