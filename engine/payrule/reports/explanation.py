"""An explanation as text: the rules by edit category, what became of each on the line, and why."""

from collections.abc import Iterator
from itertools import groupby

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from payrule.compare.parts import dates_words
from payrule.model.choices import LIABILITY_WORDS, answer_in_words
from payrule.reports.table import because_words, columns, conclusion_words, heading, paid_in_part, rendered
from payrule.results.determination import Explanation, RuleExplanation, State, code_words
from payrule.source.diagnostics import counted

STATES: dict[State, tuple[str, str]] = {
    "decides": ("decides", "bold"),
    "stands": ("matches", "bold"),
    "overruled": ("replaced", "yellow"),
    "waits": ("needs information", "cyan"),
    "does-not-match": ("no match", "dim"),
}
"""What a person reads for each state, and its style."""

REPLACED_BY = {
    "override": "which is an exception to it",
    "tier": "whose policy has precedence",
    "strictness": "which is stricter",
}

LACKS = {
    "no-file": "the policy names no text of this source",
    "no-copy": "there is no copy of this source in the folder",
    "no-digest": "cited without a digest, so the source sentence cannot be found",
    "passage-not-found": "not in your copy as it was cited: it was reworded, or this is another edition",
}
"""Why a source sentence is not shown."""


def explanation_text(explanation: Explanation, *, width: int, colour: bool, whole: bool = True) -> bytes:
    """Write an explanation; where it is not `whole`, rules that have nothing to do with the line are only counted."""
    return rendered(Group(*_parts(explanation, whole=whole)), width=width, colour=colour)


def rule_text(explanation: Explanation, rule: RuleExplanation, *, width: int, colour: bool) -> bytes:
    """Write why one rule does not match a line, or that it does."""
    return rendered(Group(*_head(explanation), Text(), _table([rule])), width=width, colour=colour)


def _head(explanation: Explanation) -> Iterator[RenderableType]:
    yield heading(
        claim=explanation.encounter, payer=explanation.payer, line=explanation.line, code=code_words(explanation.code)
    )
    if explanation.days:
        yield Text(f"on {explanation.day}, one day of {explanation.days.replace('/', ' to ')}", style="dim")
    category = f" (edit category: {explanation.concern})" if explanation.concern else ""
    yield Text(f"{answer_in_words(explanation.disposition, explanation.liability)}{category}", style="bold")
    if because := explanation.because or because_words(explanation):
        yield Text(f"because {because}")
    for label, words in paid_in_part(explanation):
        yield Text(f"{label}: {words}")
    if explanation.open:
        yield Text(f"missing information: {', '.join(explanation.open)}", style="cyan")
    if explanation.presumed:
        yield Text(f"assumed when missing: {', '.join(explanation.presumed)}", style="cyan")


def _parts(explanation: Explanation, *, whole: bool) -> Iterator[RenderableType]:
    yield from _head(explanation)
    yield from _rules([rule for rule in explanation.rules if rule.speaks])
    rest = [rule for rule in explanation.rules if not rule.speaks]
    if rest and whole:
        yield Text(f"\nrules that do not name {explanation.code}", style="bold")
        yield from _rules(rest)
    elif rest:
        do = "does" if len(rest) == 1 else "do"
        words = f"{counted(len(rest), 'more rule')} {do} not name {explanation.code}: `--all` lists them"
        yield Text(f"\n{words}", style="dim")
    if explanation.left_out:
        yield Text("\nversions that do not apply", style="bold underline")
        for each in explanation.left_out:
            yield Text(f"{each.version}, {each.status}, {dates_words(each.first, each.last)}: {each.why}")


def _rules(listed: list[RuleExplanation]) -> Iterator[RenderableType]:
    for concern, rules in groupby(listed, key=lambda rule: rule.concern):
        yield Text(f"\n{concern}", style="bold underline")
        yield _table(list(rules))


def _table(rules: list[RuleExplanation]) -> Table:
    rows = columns(("", ""), fixed=1, show_header=False)
    for rule in rules:
        words, style = STATES[rule.state]
        rows.add_row(Text(words, style=style), _rule(rule))
    return rows


def _rule(rule: RuleExplanation) -> Text:
    responsible = f", {LIABILITY_WORDS[rule.liability]}" if rule.liability else ""
    parts: list[str | tuple[str, str]] = [
        (rule.name, "bold"),
        (f" {rule.version} (precedence {rule.tier}; {conclusion_words(rule)}{responsible})\n", "dim"),
        f"{rule.summary}\n",
    ]
    if rule.by:
        other, _, how = rule.by.partition(" by ")
        parts.append(f"replaced by {other}, {REPLACED_BY[how]}\n")
    label = "condition" if rule.state in ("waits", "does-not-match") else "because"
    parts += [f"{label}: {because}\n" for because in rule.because]
    if rule.waits_for:
        effect = "would change the answer" if rule.matters else "would not change the answer"
        parts.append((f"missing information: {', '.join(rule.waits_for)} ({effect})\n", "cyan"))
    for cite in rule.cites:
        parts.append((f"{cite['source']}: {cite['locator']}\n", "dim"))
        if cite.get("passage"):
            parts.append((f"“{cite['passage']}”\n", "italic"))
        elif "lack" in cite:
            parts.append((f"({LACKS[cite['lack']]})\n", "yellow"))
    text = Text.assemble(*parts)
    text.rstrip()
    return text
