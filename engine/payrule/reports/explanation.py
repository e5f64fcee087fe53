"""An explanation as text: the rules in the order of concerns, what became of each, and why."""

from collections.abc import Iterator
from itertools import groupby

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from payrule.reports.line_words import BECAUSE
from payrule.reports.table import rendered
from payrule.reports.text import counted
from payrule.results.determination import Explanation, LeftOut, RuleExplanation, State

STATES: dict[State, tuple[str, str]] = {
    "decides": ("decides", "bold"),
    "stands": ("matches", "bold"),
    "overruled": ("overruled", "yellow"),
    "waits": ("waits", "cyan"),
    "does-not-match": ("no match", "dim"),
}
"""How each state is said, and in which style."""

LACKS = {
    "no-file": "the policy names no text of this source",
    "no-copy": "there is no copy of this source in the folder",
    "no-digest": "cited without a digest, so that the passage cannot be found",
    "passage-not-found": "not in your copy as it was cited: it was reworded, or this is another edition",
}
"""How it is said why a cited passage is not shown."""


def explanation_text(explanation: Explanation, *, width: int, colour: bool, whole: bool = True) -> bytes:
    """Write an explanation, `width` characters wide, with or without colour.

    Where it is not `whole`, the rules that do not speak of the line are counted, and not listed.
    """
    return rendered(Group(*_parts(explanation, whole=whole)), width=width, colour=colour)


def rule_text(explanation: Explanation, rule: RuleExplanation, *, width: int, colour: bool) -> bytes:
    """Write why one rule does not match a line, or that it does."""
    return rendered(Group(*_head(explanation), Text(), _table([rule])), width=width, colour=colour)


def _head(explanation: Explanation) -> Iterator[RenderableType]:
    yield Text.assemble(
        ("encounter ", "dim"),
        (explanation.encounter, "bold"),
        ("  payer ", "dim"),
        (explanation.payer, "bold"),
        ("  line ", "dim"),
        (str(explanation.line), "bold"),
        ("  code ", "dim"),
        (explanation.code, "bold"),
    )
    if explanation.days:
        yield Text(f"on {explanation.day}, one day of {explanation.days.replace('/', ' to ')}", style="dim")
    on = f" on {explanation.concern}" if explanation.concern else ""
    bearer = f", borne by: {explanation.liability}" if explanation.liability else ""
    yield Text(f"{explanation.disposition}{on}{bearer}", style="bold")
    if explanation.because:
        yield Text(f"because {explanation.because}")
    if explanation.undecided_because:
        yield Text(f"because {BECAUSE[explanation.undecided_because].format(code=explanation.code)}")
    if explanation.open:
        yield Text(f"open: {', '.join(explanation.open)}", style="cyan")
    if explanation.presumed:
        yield Text(f"presumed: {', '.join(explanation.presumed)}", style="cyan")


def _parts(explanation: Explanation, *, whole: bool) -> Iterator[RenderableType]:
    yield from _head(explanation)
    first = [rule for rule in explanation.rules if rule.speaks]
    rest = [rule for rule in explanation.rules if not rule.speaks]
    yield from _rules(first)
    if rest and whole:
        yield Text(f"\nrules that do not name {explanation.code}", style="bold")
        yield from _rules(rest)
    elif rest:
        said = f"{counted(len(rest), 'more rule')} not of {explanation.code}: `--all` lists them"
        yield Text(f"\n{said}", style="dim")
    if explanation.left_out:
        yield Text("\nversions that do not bind", style="bold underline")
        yield from (Text(f"{each.version}, {_dates(each)}: {each.why}") for each in explanation.left_out)


def _dates(version: LeftOut) -> str:
    said = [f"from {version.first}" if version.first else "", f"to {version.last}" if version.last else ""]
    return f"{version.status}, {' '.join(filter(None, said)) or 'any date'}"


def _rules(listed: list[RuleExplanation]) -> Iterator[RenderableType]:
    for concern, rules in groupby(listed, key=lambda rule: rule.concern):
        yield Text(f"\n{concern}", style="bold underline")
        yield _table(list(rules))


def _table(rules: list[RuleExplanation]) -> Table:
    rows = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False, show_header=False)
    rows.add_column(no_wrap=True)
    rows.add_column(overflow="fold", ratio=1)
    for rule in rules:
        words, style = STATES[rule.state]
        rows.add_row(Text(words, style=style), _said(rule))
    return rows


def _said(rule: RuleExplanation) -> Text:
    liability = f" {rule.liability}" if rule.liability else ""
    parts: list[str | tuple[str, str]] = [
        (rule.name, "bold"),
        (f" {rule.version}, tier {rule.tier}: {rule.value}{liability}, {rule.modality}\n", "dim"),
        f"{rule.summary}\n",
    ]
    if rule.by:
        parts.append(f"overruled by {rule.by}\n")
    parts += [f"because {because}\n" for because in rule.because]
    if rule.waits_for:
        settles = "would change the answer" if rule.matters else "would not change the answer"
        parts.append((f"waits for {', '.join(rule.waits_for)}, which {settles}\n", "cyan"))
    for cite in rule.cites:
        parts.append((f"{cite['source']}: {cite['locator']}\n", "dim"))
        if cite.get("passage"):
            parts.append((f"“{cite['passage']}”\n", "italic"))
        elif "lack" in cite:
            parts.append((f"({LACKS[cite['lack']]})\n", "yellow"))
    text = Text.assemble(*parts)
    text.rstrip()
    return text
