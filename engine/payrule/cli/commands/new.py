"""`payrule new`: documents to start from, which have no errors and whose examples pass."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from payrule.cli.support.errors import Commands, refuse, time_limit, unusable_input
from payrule.cli.support.options import (
    FOLDER,
    Word,
    flag,
    quiet_option,
    rulebase_option,
    seconds_option,
    to_date,
    today,
)
from payrule.cli.support.output import say
from payrule.model.choices import LIABILITIES, MODALITIES, NOWHERE, PARTS, UNWRITTEN, Part, answer_in_words

if TYPE_CHECKING:
    from payrule.rulebase.load import Documents
    from payrule.scaffold.scaffold import Scaffold
    from payrule.scaffold.solver_examples import Proposal, Unwritten
    from payrule.source.diagnostics import Diagnostic


@click.group(cls=Commands)
def command() -> None:
    """Create documents to start from: `payrule check` finds no error in them, and their examples pass `payrule test`.

    Placeholders mark what is still to be written: `payrule check` warns of them, and no version with one can go into
    force. Nothing is asked, nothing is overwritten; the new files are listed, with what to do next.
    """


def _in_rulebase(made: Callable[..., "Scaffold"]) -> Callable[..., None]:
    """Make a scaffold in a rulebase without errors, run every check on it, and write it."""

    @rulebase_option
    @quiet_option
    def write(*, rulebase: Path | None, quiet: bool, **wanted: Any) -> None:
        from payrule.rulebase.load import read_documents, usable
        from payrule.scaffold.scaffold import passing

        with unusable_input():
            documents = usable(read_documents(_home(rulebase)))
            with _named_as_options():
                scaffold = passing(made(documents, **wanted), documents.folder, today())
            _write(scaffold, quiet=quiet)

    write.__doc__ = made.__doc__
    write.__click_params__ = [*getattr(made, "__click_params__", []), *write.__click_params__]  # type: ignore[attr-defined]
    return write


@contextmanager
def _named_as_options() -> Iterator[None]:
    """Name what a message calls by its key as the option that gave it: `--carc` for `carc`."""
    from payrule.source.diagnostics import RequestError

    try:
        yield
    except RequestError as fault:
        options = {f"`{each.name}`": f"`{each.opts[0]}`" for each in click.get_current_context().command.params}
        raise RequestError([_with_option(each, options) for each in fault.findings]) from None


def _with_option(finding: "Diagnostic", options: Mapping[str, str]) -> "Diagnostic":
    import msgspec

    key, cannot, rest = finding.message.partition(" cannot ")
    option = options.get(key.replace("`line.", "`"), key)
    return msgspec.structs.replace(finding, message=f"{option}{cannot}{rest}")


def _home(rulebase: Path | None) -> Path:
    """Give the rulebase that is meant: never the shipped one, which belongs to payrule."""
    from payrule.rulebase.folder import is_rulebase

    here = Path()
    if rulebase is None and not any(map(is_rulebase, (here, here / "policies"))):
        help_text = "name one with `--rulebase DIR`, or make one with `payrule new rulebase DIR`"
        refuse("no-rulebase", "this folder is no rulebase", help_text)
    return rulebase or here


def _write(scaffold: "Scaffold", *, quiet: bool) -> None:
    """Write all files or none, and say what was written."""
    from payrule.cli.support.output import whole_files

    for path in scaffold.files:
        if path.exists() and path not in scaffold.changed:
            refuse("file-exists", f"`{path}` exists, and nothing is overwritten", "give another name")
    whole_files({path: text.encode() for path, text in scaffold.files.items()})
    for path in sorted(scaffold.gone):
        path.unlink()
        say(f"removed  {path}")
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
    """Create a rulebase in DIR: the shipped vocabulary and codes, their schemas, and settings for an editor."""
    from payrule.scaffold.rulebase import new_rulebase

    with unusable_input():
        _write(new_rulebase(folder), quiet=quiet)


@command.command("policy")
@_in_rulebase
@click.argument("name", metavar="POLICY")
@click.option("--title", metavar="TEXT", help="Title of the policy. Default: its name.")
@click.option("--issuer", default=f"{UNWRITTEN}: who published it", metavar="TEXT", help="Who published it.")
@click.option(
    "--authority",
    default="payer-policy",
    show_default=True,
    metavar="KIND",
    help="Kind of text it is from, in your own words joined by hyphens, such as statute or billing-guide.",
)
@click.option("--source", default="manual", show_default=True, metavar="NAME", help="Short name for the source.")
@click.option("--source-title", metavar="TEXT", help="Title of the source. Default: the policy's title.")
@click.option("--file", metavar="FILE", help="File name of your own copy of the source.")
def policy_command(
    documents: "Documents", *, name: str, title: str | None, source_title: str | None, file: str | None, **said: Any
) -> "Scaffold":
    """Create the first version of POLICY, a draft without rules."""
    from payrule.model.policy import Source
    from payrule.scaffold.rulebase import new_policy

    called = title or _in_words(name)
    return new_policy(documents, name, title=called, cited=Source(title=source_title or called, file=file), **said)


@command.command("payer")
@_in_rulebase
@click.argument("name", metavar="PAYER")
@click.option(
    "--policy",
    "policies",
    multiple=True,
    metavar="POLICY",
    help="Policy that applies for it; repeat in order of precedence.",
)
@click.option("--title", metavar="TEXT", help="Title of the payer. Default: its name.")
@flag("--what-if", "Show what would happen: proposed versions apply to this payer, too.")
def payer_command(documents: "Documents", *, name: str, title: str | None, **said: Any) -> "Scaffold":
    """Create PAYER, for which the named policies apply, each with precedence over those named after it."""
    from payrule.scaffold.rulebase import new_payer

    return new_payer(documents, name, title=title or _in_words(name), **said)


@command.command("version")
@_in_rulebase
@click.argument("policy", metavar="POLICY")
@click.option("--part", type=Word(PARTS), default="minor", show_default=True, help="Which part of the number to raise.")
@click.option("--from", "first", type=to_date, metavar="DATE", help="The first date of service it applies to.")
@click.option("--published", type=to_date, metavar="DATE", help="The date on which it was published.")
@flag("--carry", "Create no version; carry examples over to the latest one, as it is now.")
def version_command(  # noqa: PLR0913 - one argument an option
    documents: "Documents", *, policy: str, part: Part, first: date | None, published: date | None, carry: bool
) -> "Scaffold":
    """Copy the latest version of POLICY under the next number, and carry its examples over.

    A draft or proposal whose number is too low for PART is not copied: it gets the number. Examples are decided by the
    new version on its own dates. One that is answered differently is listed, and you decide: say in it, under
    `carried.settled`, why the new answer is right, or fix the rule and carry over again.
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
@click.option("--code", metavar="CODE", help="Service code it is about. Default: the vocabulary's example.")
@click.option("--concern", metavar="CONCERN", help="Edit category. Default: whether the service is a benefit.")
@click.option("--value", metavar="VALUE", help="Value in the edit category. Default: its mildest.")
@click.option(
    "--liability",
    type=Word(LIABILITIES),
    help="Who is responsible for the charge of a denied line: the provider (CO), the member (PR, `subscriber`), or "
    "`unspecified` where the text does not say.",
)
@click.option("--modality", type=Word(MODALITIES), default="shall", show_default=True, help="Wording of the text.")
@click.option("--source", metavar="NAME", help="Source it cites. Default: the policy's first source.")
@click.option("--locator", default=NOWHERE, metavar="TEXT", help="Place in the source.")
@click.option("--carc", metavar="CODE", help="Claim adjustment reason code for the remittance.")
@click.option("--rarc", multiple=True, metavar="CODE", help="Remittance advice remark code; may be repeated.")
@click.option(
    "--overrides",
    multiple=True,
    metavar="RULE",
    help="Rule of the policy that this one is an exception to; may be repeated.",
)
@click.option("--payer", metavar="ID", help="Payer of its examples.")
@click.option("--on", "service", type=to_date, metavar="DATE", help="Date of service of its examples.")
def rule_command(documents: "Documents", *, policy: str, name: str, **said: Any) -> "Scaffold":
    """Add RULE to the latest version of POLICY, with an example that it decides and one that it just misses."""
    from payrule.scaffold.rule import Wanted, new_rule

    return new_rule(documents, policy, name, Wanted(**said), today())


@command.command("examples")
@click.argument("policy", metavar="POLICY")
@click.argument("rule", metavar="[RULE]", required=False)
@click.option("--payer", metavar="ID", help="Payer that decides them.")
@flag("--accept-all", "Write all of them, without asking.")
@flag("--dry-run", "Show all of them, and write none.")
@click.option("--out", type=FOLDER, metavar="DIR", help="Write them to this folder.")
@seconds_option("Stop searching after this time.")
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
    """Propose examples for the latest version of POLICY, or for RULE only, and write those that you accept.

    For each rule: a claim that it decides, claims that it just misses, also at each end of an interval, claims with
    missing information, and its exceptions, each as small as possible and with its answer. Accept an example if its
    answer is what the text says. If it is not, the rule is wrong.
    """
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


def accepted(found: "Iterable[Proposal | Unwritten]", *, accept_all: bool, dry_run: bool, quiet: bool) -> None:
    """Write the examples that are accepted: all, none, or as asked at the terminal; raises RequestError without one."""
    from payrule.cli.support.output import whole_files
    from payrule.scaffold.solver_examples import Unwritten
    from payrule.source.diagnostics import counted

    if not (accept_all or dry_run or sys.stdin.isatty()):
        help_text = "add `--accept-all` to write all of them, or `--dry-run` to see them"
        refuse("no-terminal", "nobody can be asked which examples to accept", help_text)
    written = proposed = 0
    asking = not (accept_all or dry_run)
    unwritten: list[Unwritten] = []
    for each in found:
        if isinstance(each, Unwritten):
            unwritten.append(each)
            continue
        proposed += 1
        if not quiet or asking:
            _show(each)
        answer = _answer() if asking else "n" if dry_run else "y"
        if answer == "q":
            break
        asking = asking and answer != "a"
        if answer in ("y", "a"):
            each.path.parent.mkdir(parents=True, exist_ok=True)
            whole_files({each.path: each.text.encode()})
            say(f"new  {each.path}")
            written += 1
    if not quiet:
        for left in unwritten:
            say(f"not written: {left.what.removesuffix('.')}: {left.why}", err=True)
        say(f"{counted(proposed, 'example')} proposed, {written:,} written", err=True)
    sys.exit(0)


def _show(each: "Proposal") -> None:
    """Show an example in words: what it shows, the claim, and the answer."""
    from payrule.reports.pages.answers import claim_words

    say(f"{each.path.name}: {each.summary}")
    for line in claim_words(each.encounter):
        say(f"  {''.join(part.text for part in line)}")
    by = f" by {each.line.reasons[0].name}" if each.line.reasons else ""
    missing = f"; missing information: {', '.join(each.line.open)}" if each.line.open else ""
    say(f"  answer for line 1: {answer_in_words(each.line.disposition, each.line.liability)}{by}{missing}")


def _answer() -> str:
    """Ask whether to write an example: yes, no, all that follow, or quit."""
    words = "  is this answer right? y, n, a (yes to all that follow), q (quit)"
    return str(click.prompt(words, type=click.Choice(list("ynaq")), show_choices=False))


@command.command("example")
@_in_rulebase
@click.argument("policy", metavar="POLICY")
@click.argument("name", metavar="EXAMPLE")
@click.option("--rule", metavar="RULE", help="Rule of the policy that it is about.")
@click.option("--code", metavar="CODE", help="Service code that is billed. Default: one that RULE names.")
@click.option("--summary", default=f"{UNWRITTEN}: what it shows.", metavar="TEXT", help="What it shows.")
@click.option("--payer", metavar="ID", help="Payer that decides it.")
@click.option("--on", "service", type=to_date, metavar="DATE", help="Date of service.")
def example_command(
    documents: "Documents", *, policy: str, payer: str | None, service: date | None, **said: Any
) -> "Scaffold":
    """Create EXAMPLE for the latest version of POLICY: a claim of one line, expecting the answer it gets now."""
    from payrule.compare.operands import latest
    from payrule.rulebase.rulebase import Rulebase
    from payrule.scaffold.example import Setting, new_example, trial
    from payrule.scaffold.scaffold import named

    version = latest(documents.policies[named("policy", policy, documents.policies)])
    terms = trial(documents, version, today(), payer=payer, service=service)
    return new_example(Setting(Rulebase(documents), terms, today()), version, **said, movable=service is None)


@command.command("check")
@click.argument("code", metavar="CODE")
@quiet_option
def check_command(code: str, quiet: bool) -> None:  # noqa: FBT001 - click gives flags by name
    """Create the check CODE, in a checkout of payrule: its file, its page, and its line in the list."""
    from payrule.scaffold.lint_rule import new_check

    with unusable_input():
        _write(new_check(code), quiet=quiet)


def _in_words(name: str) -> str:
    """Write a name as a title until somebody gives a better one."""
    return name.replace("-", " ").capitalize()
