"""`payrule new`: documents to begin with, which have no errors and whose examples answer as they say."""

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from payrule.cli.support.options import Day, Word, quiet_option, rulebase_option, today, unusable_input
from payrule.cli.support.output import say
from payrule.model.choices import LIABILITIES, MODALITIES, NOWHERE, PARTS, UNWRITTEN, Part

if TYPE_CHECKING:
    from payrule.rulebase.load import Documents
    from payrule.scaffold.scaffold import Scaffold


class _Kinds(click.Group):
    """The kinds of document that can be made."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Say "did you mean" for a misspelt kind."""
        if args[0] not in self.commands and not args[0].startswith("-"):
            from payrule.cli.support.usage import refuse_unknown

            refuse_unknown(ctx, args[0], self.commands)
        return super().resolve_command(ctx, args)


@click.group(cls=_Kinds)
def command() -> None:
    """Make documents to begin with: `payrule check` finds no error in them, and their examples pass `payrule test`.

    What is still to be written is marked, and `payrule check` warns of it; it cannot go into force.

    Nothing is asked, nothing is overwritten; what was written is listed, with what to do next.
    """


def _in_rulebase(made: Callable[..., "Scaffold"]) -> Callable[..., None]:
    """Make a scaffold in a rulebase that has no faults, hold it to every check, and write it."""

    @rulebase_option
    @quiet_option
    def write(*, rulebase: Path | None, quiet: bool, **wanted: Any) -> None:
        from payrule.rulebase.load import read_documents, usable
        from payrule.scaffold.scaffold import passing

        with unusable_input():
            documents = usable(read_documents(_home(rulebase)))
            scaffold = passing(made(documents, **wanted), documents.folder, today())
            _write(scaffold, quiet=quiet)

    write.__doc__ = made.__doc__
    write.__click_params__ = [*getattr(made, "__click_params__", []), *write.__click_params__]  # type: ignore[attr-defined]
    return write


def _home(rulebase: Path | None) -> Path:
    """Give the rulebase that is meant: never the shipped one, which belongs to payrule."""
    from payrule.rulebase.folder import is_rulebase
    from payrule.source.diagnostics import RequestError

    here = Path()
    if rulebase is None and not any(map(is_rulebase, (here, here / "policies"))):
        help_text = "name one with `--rulebase DIR`, or make one with `payrule new rulebase DIR`"
        raise RequestError.of("no-rulebase", "this folder is no rulebase", help_text)
    return rulebase or here


def _write(scaffold: "Scaffold", *, quiet: bool) -> None:
    """Write all files or none, and say what was written."""
    from payrule.cli.support.output import whole_files
    from payrule.source.diagnostics import RequestError

    for path in scaffold.files:
        if path.exists() and path not in scaffold.changed:
            raise RequestError.of("file-exists", f"`{path}` exists, and nothing is overwritten", "give another name")
    whole_files({path: text.encode() for path, text in scaffold.files.items()})
    for path in sorted(scaffold.gone):
        path.unlink()
        say(f"gone  {path}")
    for path in scaffold.files:
        say(f"{'changed' if path in scaffold.changed else 'new'}  {path}")
    if not quiet:
        for step in scaffold.then:
            say(f"next: {step}", err=True)
    sys.exit(0)


@command.command("rulebase")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@quiet_option
def rulebase_command(folder: Path, quiet: bool) -> None:  # noqa: FBT001 - click gives flags by name
    """Make a rulebase in DIR: the shipped vocabulary and codes, their schemas, and settings for an editor."""
    from payrule.scaffold.rulebase import new_rulebase

    with unusable_input():
        _write(new_rulebase(folder), quiet=quiet)


@command.command("policy")
@_in_rulebase
@click.argument("name", metavar="POLICY")
@click.option("--title", metavar="TEXT", help="What the document is called; its name without this.")
@click.option("--issuer", default=f"{UNWRITTEN}: who published it", metavar="TEXT", help="Who published it.")
@click.option("--authority", default="payer-policy", show_default=True, metavar="KIND", help="What kind of text it is.")
@click.option("--source", default="manual", show_default=True, metavar="NAME", help="A short name for the text.")
@click.option("--source-title", metavar="TEXT", help="What the text is called; the policy's title without this.")
@click.option("--file", metavar="FILE", help="The name of your own copy of the text.")
def policy_command(
    documents: "Documents", *, name: str, title: str | None, source_title: str | None, file: str | None, **said: Any
) -> "Scaffold":
    """Make the first version of POLICY, a draft without rules."""
    from payrule.model.policy import Source
    from payrule.scaffold.rulebase import new_policy

    called = title or _in_words(name)
    return new_policy(documents, name, title=called, cited=Source(title=source_title or called, file=file), **said)


@command.command("payer")
@_in_rulebase
@click.argument("name", metavar="PAYER")
@click.option("--policy", "policies", multiple=True, metavar="POLICY", help="What binds it, highest authority first.")
@click.option("--title", metavar="TEXT", help="What the payer is called; its name without this.")
@click.option("--what-if", is_flag=True, help="Make it to ask what would happen: proposed versions bind it too.")
def payer_command(documents: "Documents", *, name: str, title: str | None, **said: Any) -> "Scaffold":
    """Make PAYER, which the named policies bind, each in a tier of its own."""
    from payrule.scaffold.rulebase import new_payer

    return new_payer(documents, name, title=title or _in_words(name), **said)


@command.command("version")
@_in_rulebase
@click.argument("policy", metavar="POLICY")
@click.option("--part", type=Word(PARTS), default="minor", show_default=True, help="Which part of the number to raise.")
@click.option("--from", "first", type=Day(), metavar="DATE", help="The first date of service it applies to.")
@click.option("--published", type=Day(), metavar="DATE", help="The day since which it can be known.")
@click.option("--carry", is_flag=True, help="Make no version: carry examples over to the latest one, as it is now.")
def version_command(  # noqa: PLR0913 - one argument an option
    documents: "Documents", *, policy: str, part: Part, first: date | None, published: date | None, carry: bool
) -> "Scaffold":
    """Copy the latest version of POLICY under the next number, and carry its examples over.

    A draft or proposal whose number is too low for PART is not copied: it gets the number. Examples are decided by the
    new version on dates of its own. One that is answered otherwise is listed, and waits for a decision: say in it,
    under `carried.settled`, why the new answer is right, or fix the rule and carry over again.
    """
    from payrule.scaffold.scaffold import Scaffold, named
    from payrule.scaffold.version import carried_over, new_version

    if carry:
        return carried_over(Scaffold({}), documents, named("policy", policy, documents.policies), today())
    made = new_version(documents, policy, part, first, published)
    return carried_over(made, documents, policy, today())


@command.command("rule")
@_in_rulebase
@click.argument("policy", metavar="POLICY")
@click.argument("name", metavar="RULE")
@click.option(
    "--summary",
    default=f"{UNWRITTEN}: what the payer does, and when, in one sentence.",
    metavar="TEXT",
    help="What the payer does and when, in your own words.",
)
@click.option("--code", metavar="CODE", help="The service it is about; the vocabulary's example without this.")
@click.option(
    "--concern", metavar="CONCERN", help="Which question it answers; whether the service is paid for without this."
)
@click.option("--value", metavar="VALUE", help="The answer; the concern's mildest without this.")
@click.option("--liability", type=Word(LIABILITIES), help="Who bears a denial.")
@click.option(
    "--modality", type=Word(MODALITIES), default="shall", show_default=True, help="How firmly the text speaks."
)
@click.option("--source", metavar="NAME", help="The text it rests on; the policy's first source without this.")
@click.option("--locator", default=NOWHERE, metavar="TEXT", help="Where the text says so.")
@click.option("--carc", metavar="CODE", help="The reason code that says so on a remittance.")
@click.option("--rarc", multiple=True, metavar="CODE", help="A remark code beside it.")
@click.option(
    "--overrides", multiple=True, metavar="RULE", help="A rule of the policy that this one is an exception to."
)
@click.option("--payer", metavar="ID", help="Who tries it in its examples.")
@click.option("--on", "service", type=Day(), metavar="DATE", help="The date of service of its examples.")
def rule_command(documents: "Documents", *, policy: str, name: str, **said: Any) -> "Scaffold":
    """Add RULE to the latest version of POLICY, with an example that it decides and one that it nearly matches."""
    from payrule.scaffold.rule import Wanted, new_rule

    return new_rule(documents, policy, name, Wanted(**said), today())


@command.command("examples")
@click.argument("policy", metavar="POLICY")
@click.argument("rule", metavar="[RULE]", required=False)
@click.option("--payer", metavar="ID", help="Who decides them.")
@click.option("--accept-all", is_flag=True, help="Write all of them, without asking.")
@click.option("--dry-run", is_flag=True, help="Show all of them, and write none.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Write them there.")
@click.option("--seconds", type=click.FloatRange(min=0), metavar="N", help="Stop looking after so many seconds.")
@rulebase_option
@quiet_option
def examples_command(  # noqa: PLR0913 - one argument an option
    *,
    policy: str,
    rule: str | None,
    payer: str | None,
    accept_all: bool,
    dry_run: bool,
    out: Path | None,
    seconds: float | None,
    rulebase: Path | None,
    quiet: bool,
) -> None:
    """Let the solver write examples of the latest version of POLICY, or of RULE alone, and accept them one by one.

    Of each rule: a smallest claim that it decides, claims that it just misses, at each end of an interval too, claims
    that lack a fact, and its exceptions. Each is shown with its answer. Accept what the text says; what it does not say
    is a fault of the rule.
    """
    from payrule.cli.support.accepting import accepted
    from payrule.cli.support.options import time_limit

    with unusable_input(), time_limit(seconds) as expired:
        from payrule.compare.operands import latest
        from payrule.rulebase.load import read_documents, usable
        from payrule.scaffold.example import trial
        from payrule.scaffold.scaffold import named
        from payrule.scaffold.solver_examples import solved_examples

        documents = usable(read_documents(_home(rulebase)))
        version = latest(documents.policies[named("policy", policy, documents.policies)])
        tried = trial(documents, version, today(), payer=payer, service=None)
        found = solved_examples(documents, version, rule, tried, today(), folder=out, expired=expired)
        accepted(found, accept_all=accept_all, dry_run=dry_run, quiet=quiet)


@command.command("example")
@_in_rulebase
@click.argument("policy", metavar="POLICY")
@click.argument("name", metavar="EXAMPLE")
@click.option("--rule", metavar="RULE", help="The rule of the policy that it is about.")
@click.option("--code", metavar="CODE", help="The service that is billed; without this what RULE asks for.")
@click.option("--summary", default=f"{UNWRITTEN}: what it shows.", metavar="TEXT", help="What it shows.")
@click.option("--payer", metavar="ID", help="Who decides it.")
@click.option("--on", "service", type=Day(), metavar="DATE", help="The date of service.")
def example_command(
    documents: "Documents", *, policy: str, payer: str | None, service: date | None, **said: Any
) -> "Scaffold":
    """Make EXAMPLE for the latest version of POLICY: a claim of one line, expecting what is answered now."""
    from payrule.compare.operands import latest
    from payrule.rulebase.rulebase import Rulebase
    from payrule.scaffold.example import Setting, new_example, trial
    from payrule.scaffold.scaffold import named

    version = latest(documents.policies[named("policy", policy, documents.policies)])
    terms = trial(documents, version, today(), payer=payer, service=service)
    return new_example(Setting(Rulebase(documents), terms, today()), version, **said)


@command.command("check")
@click.argument("code", metavar="CODE")
@quiet_option
def check_command(code: str, quiet: bool) -> None:  # noqa: FBT001 - click gives flags by name
    """Make the check CODE, in a checkout of payrule: its file, its page, and its place in the list."""
    from payrule.scaffold.lint_rule import new_check

    with unusable_input():
        _write(new_check(code), quiet=quiet)


def _in_words(name: str) -> str:
    """Write a name as a title until somebody gives a better one."""
    return name.replace("-", " ").capitalize()
