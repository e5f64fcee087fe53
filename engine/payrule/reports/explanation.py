"""An explanation as text: the rules in the order of concerns, what became of each, and why."""

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from payrule.documents.explanations import Explanation, RuleExplanation, State
from payrule.reports.table import rendered

Passage = Callable[[RuleExplanation, dict[str, Any]], str | None]
"""Give the passage of a citation of a rule from the analyst's copy, or None."""

STATES: dict[State, tuple[str, str]] = {
    "decides": ("decides", "bold"),
    "stands": ("matches", "bold"),
    "overruled": ("overruled", "yellow"),
    "waits": ("waits", "cyan"),
    "does-not-match": ("no match", "dim"),
}
"""How each state is said, and in which style."""


def explanation_text(explanation: Explanation, passage: Passage, *, width: int, colour: bool) -> bytes:
    """Write an explanation, `width` characters wide, with or without colour."""
    return rendered(Group(*_parts(explanation, passage)), width=width, colour=colour)


def _parts(explanation: Explanation, passage: Passage) -> Iterator[RenderableType]:
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
    on = f" on {explanation.concern}" if explanation.concern else ""
    bearer = f", borne by: {explanation.liability}" if explanation.liability else ""
    yield Text(f"{explanation.disposition}{on}{bearer}", style="bold")
    if explanation.open:
        yield Text(f"open: {', '.join(explanation.open)}", style="cyan")
    if explanation.presumed:
        yield Text(f"presumed: {', '.join(explanation.presumed)}", style="cyan")
    for concern, rules in groupby(explanation.rules, key=lambda rule: rule.concern):
        yield Text(f"\n{concern}", style="bold underline")
        yield _table(list(rules), passage)


def _table(rules: list[RuleExplanation], passage: Passage) -> Table:
    rows = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False, show_header=False)
    rows.add_column(no_wrap=True)
    rows.add_column(overflow="fold", ratio=1)
    for rule in rules:
        words, style = STATES[rule.state]
        rows.add_row(Text(words, style=style), _said(rule, passage))
    return rows


def _said(rule: RuleExplanation, passage: Passage) -> Text:
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
        found = passage(rule, cite)
        if found is not None:
            parts.append((f"“{found}”\n", "italic"))
    text = Text.assemble(*parts)
    text.rstrip()
    return text
