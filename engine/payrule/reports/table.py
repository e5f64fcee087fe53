"""Determinations and comparisons as tables for a terminal, and what an answer says of a line, in words."""

from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Any

from msgspec import UNSET, UnsetType
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from payrule.model.choices import DISPOSITION_WORDS, LIABILITY_WORDS
from payrule.reports.diagnostics import in_sight, no_command
from payrule.reports.pages.page import Span, Tone, listed
from payrule.results.determination import (
    Because,
    Comparison,
    Determination,
    Explanation,
    LineDetermination,
    Overruled,
    Pays,
    Possible,
    Reason,
    RemittanceCodes,
    RuleExplanation,
    adjustment_words,
    code_words,
    line_name,
    number_words,
    unit_words,
)
from payrule.results.difference import Answer
from payrule.source.diagnostics import counted

COLORS: dict[Tone, str] = {
    "payable": "green",
    "denied": "red",
    "returned": "yellow",
    "pending": "cyan",
    "undecided": "dim",
}

NARROW = 72
"""Characters below which reasons go under the answer instead of next to it."""

MOST_NAMED = 5
"""Lines that are named in a sentence; of more it is said how many there are."""

NO_POLICY = "no policy applies to this line; that is not a denial"

BECAUSE: dict[Because, str] = {
    "no-rule": "no rule of the payer's policies mentions code {code}",
    "none-applies": "rules mention code {code}, but none applies to this line",
    "no-version": "rules mention code {code}, but their policy versions are not in effect on the date of service",
}
"""Why no policy applies to a line."""

BY_DEFAULT = "payable by default: no rule denies the line, returns it to the provider, or needs information"


def tables(determinations: Iterable[Determination], *, width: int, colour: bool) -> Iterator[bytes]:
    """Write each determination as a table, `width` characters wide, with or without color."""
    return (rendered(_table(each, narrow=width < NARROW), width=width, colour=colour) for each in determinations)


def comparison_tables(comparisons: Iterable[Comparison], *, width: int, colour: bool) -> Iterator[bytes]:
    """Write each comparison as a table, `width` characters wide, with or without color."""
    return (rendered(_comparison(each), width=width, colour=colour) for each in comparisons)


def rendered(shown: RenderableType, *, width: int, colour: bool) -> bytes:
    """Render for a stream of a width, without blanks at line ends."""
    text = StringIO()
    console = Console(file=text, width=width, force_terminal=colour, no_color=not colour, highlight=False, emoji=False)
    console.print(shown)
    return "".join(f"{no_command(in_sight(line.rstrip()))}\n" for line in text.getvalue().split("\n")[:-1]).encode()


def heading(**parts: object) -> Text:
    """Write what a table is about, each part after its label."""
    pairs = [[(f"{label} ", "dim"), (str(part), "bold")] for label, part in parts.items()]
    return Text("  ").join(Text.assemble(*pair) for pair in pairs)


def columns(titles: Iterable[str], *, fixed: int, show_header: bool = True) -> Table:
    """Make a table without lines whose first `fixed` columns are never folded."""
    padding = (0, 2, 0, 0)
    rows = Table(
        box=None, pad_edge=False, padding=padding, show_edge=False, header_style="dim", show_header=show_header
    )
    for number, title in enumerate(titles):
        rows.add_column(
            title,
            justify="right" if title == "line" else "left",
            no_wrap=number < fixed,
            overflow="fold",
            ratio=None if number < fixed else 1,
        )
    return rows


def _table(determination: Determination, *, narrow: bool) -> RenderableType:
    """Show a determination: a heading, and each line with its reasons; where it is `narrow`, below the answer."""
    rows = columns(("line", "code", "answer", "why"), fixed=3)
    for line in determination.lines:
        rows.add_row(str(line.number), code_words(line.code), _answer(line), why_words(line))
    lines = _stacked(determination) if narrow else () if determination.is_void else [rows]
    head = heading(claim=determination.encounter, payer=determination.payer)
    return Group(head, *_of_claim(determination), *lines, Text())


def _of_claim(determination: Determination) -> Iterator[RenderableType]:
    """Say what is about the claim as a whole: that it voids or replaces another, and what is doubtful in it."""
    if determination.is_void:
        yield Text.assemble(("void", "bold"), f" of {_earlier(determination.voids)}: it is not decided")
    if determination.replaces is not UNSET:
        yield Text(f"replaces {_earlier(determination.replaces)}")
    for warning in determination.warnings or ():
        yield Text.assemble(("warning: ", "yellow"), str(warning))


def _earlier(reference: str | UnsetType | None) -> str:
    return f"claim `{reference}`" if reference else "an earlier claim that it does not name"


def _stacked(determination: Determination) -> Iterator[RenderableType]:
    for line in determination.lines:
        answer = Table.grid(padding=(0, 2))
        answer.add_column(no_wrap=True)
        answer.add_row(Text(f"{line.number}  {code_words(line.code)}"), _answer(line, "  "))
        yield answer
        yield Padding(why_words(line), (0, 0, 0, 3))


def _comparison(comparison: Comparison) -> RenderableType:
    head = heading(claim=comparison.encounter, payer=comparison.payer, considering=comparison.considered)
    if not comparison.changes:
        return Group(head, Text("no answer would change\n"))
    rows = columns(("line", "code", "now", f"if {comparison.considered} applied"), fixed=2)
    for change in comparison.changes:
        cells = [Group(_answer(line), why_words(line)) for line in (change.before, change.after)]
        rows.add_row(str(change.line), code_words(change.before.code), *cells)
    return Group(head, rows, Text(f"{counted(comparison.unchanged, 'other line')} unchanged\n", style="dim"))


def codes_of(remittance: RemittanceCodes) -> str:
    """Write remittance codes as billers do.

    >>> codes_of(RemittanceCodes(group="CO", carc="97", rarc=("N19",)))
    'CO-97 N19'
    """
    return " ".join((f"{remittance.group}-{remittance.carc}", *remittance.rarc))


def answer_spans(answer: Answer | LineDetermination) -> Iterator[Span]:
    """Say the answer for a line: disposition, responsibility, remittance codes."""
    yield Span(DISPOSITION_WORDS[answer.disposition], answer.disposition)
    if answer.liability:
        yield Span(LIABILITY_WORDS[answer.liability])
    if answer.remittance:
        yield Span(codes_of(answer.remittance))
    if answer.discretionary:
        yield Span("at the payer's discretion", "quiet")


STYLES: dict[Tone, str] = {tone: f"bold {color}" for tone, color in COLORS.items()} | {
    "plain": "",
    "strong": "bold",
    "quiet": "dim",
    "name": "cyan",
    "passage": "italic",
    "new": "bold green",
    "gone": "red strike",
    "warning": "bold red",
    "proved": "bold green",
    "bounded": "bold yellow",
    "unknown": "bold red",
}
"""The style of each tone on a terminal."""


def _answer(line: LineDetermination, between: str = "\n") -> Text:
    return Text(between).join(Text(each.text, style=STYLES[each.tone]) for each in answer_spans(line))


def why_words(line: LineDetermination) -> RenderableType:
    """Say what an answer rests on, and which information is missing."""
    return Group(*_why(line))


def _why(line: LineDetermination) -> Iterator[RenderableType]:
    if line.days:
        yield _labelled(line, "days", _days_words((line.days,)))
    yield from _decided_by(line)
    yield from (_labelled(line, *each) for each in staged(line))
    if line.needs is UNSET:
        for possible in line.possible or ():
            yield from _possible(possible)
    elif line.possible:
        yield _below(
            f"{counted(len(line.possible), 'rule')} could still decide this line; `payrule explain` shows each", "dim"
        )
    if line.candidates is not UNSET:
        yield _labelled(
            line, "possible codes (the text does not say which)", " or ".join(map(codes_of, line.candidates))
        )
    if line.remittance_chosen_by is not UNSET:
        yield _labelled(line, "codes chosen by", line.remittance_chosen_by.replace("-", " "))
    yield from (_labelled(line, *each) for each in further(line))


def _decided_by(line: LineDetermination) -> Iterator[RenderableType]:
    """Say the reasons of an answer, or why there is none."""
    for reason in line.reasons:
        yield Text(f"{reason.summary}{_on(reason)}")
        yield from (_below(words, "") for words in reason_words(line, reason))
        places = "; ".join(str(cite["locator"]) for cite in reason.cites)
        rule = f"{reason.policy} {reason.version}, rule {reason.rule} ({conclusion_words(reason)})"
        yield _below(f"{rule} · {places}" if places else rule, "dim")
    if line.disposition == "undecided":
        yield Text(NO_POLICY)
    if because := because_words(line):
        yield _below(because, "dim")


def _possible(possible: Possible) -> Iterator[RenderableType]:
    """Say a conclusion that could decide a line: its condition holds already, or needs information."""
    responsible = f" ({LIABILITY_WORDS[possible.liability]})" if possible.liability else ""
    how = "?" if possible.waits_for else " so far:"
    yield Text.assemble((f"{possible.value}{responsible}", "bold"), f"{how} {possible.summary}{_on(possible)}")
    if possible.waits_for:
        yield _below(f"missing information: {', '.join(possible.waits_for)}", "cyan")


def _on(conclusion: Reason | Possible) -> str:
    """Name the days of a line of several to which a conclusion applies."""
    return f" (on {_days_words(conclusion.days)})" if conclusion.days else ""


def _days_words(days: Iterable[str]) -> str:
    return ", ".join(each.replace("/", " to ") for each in days)


def _labelled(line: LineDetermination, label: str, words: str) -> Text:
    other = "cyan" if line.disposition == "pending" else "dim"
    return Text.assemble((f"{label}: ", _LABEL_STYLES.get(label, other)), words)


_LABEL_STYLES = {"conflict": "yellow", "advice": "dim", "days": "dim", "assumed when missing": "cyan"}


def _below(words: str, style: str) -> RenderableType:
    """Indent what belongs to the line above, in all its lines."""
    return Padding(Text(words, style=style), (0, 0, 0, 2))


def conclusion_words(conclusion: Reason | Overruled | RuleExplanation) -> str:
    """Say what a rule concludes, in the words of its document, and how its text is worded."""
    return f"{conclusion.concern}: {conclusion.value}; wording: {conclusion.modality}"


def reason_words(line: LineDetermination, reason: Reason) -> Iterator[str]:
    """Name what a reason is about with the line: other lines with their codes, and rows of tables.

    >>> from payrule.results.determination import OtherLine
    >>> reason = Reason(policy="p", version="1.0.0", rule="r", concern="bundling", value="bundled", liability=None,
    ...     modality="shall", summary="", cites=(), other_lines=(OtherLine(1, "00001"), OtherLine(4, "00004")))
    >>> line = LineDetermination(number=2, code="00002", disposition="denied", liability=None, discretionary=False,
    ...     concern=None, remittance=None, reasons=(reason,), overruled=(), conflicts=(), open=(), advice=())
    >>> list(reason_words(line, reason))
    ['line 2 (00002) with line 1 (00001) and line 4 (00004)']
    """
    if reason.other_lines is not UNSET:
        others = [line_name(each.number, each.code) for each in reason.other_lines]
        if len(others) > MOST_NAMED:
            others = [*others[:MOST_NAMED], f"{len(others) - MOST_NAMED} more"]
        yield f"{line_name(line.number, line.code)} with {listed(others)}"
    yield from map(row_words, reason.rows or ())


def row_words(row: dict[str, Any]) -> str:
    """Read the row of a table that a reason rests on.

    >>> row_words({"table": "pairs", "column_1": "00001", "column_2": "00002", "deletion_date": None, "lines": [2, 1]})
    'row of table `pairs` (lines 2, 1): column 1 00001, column 2 00002'
    """
    lines = row.get("lines") or ()
    which = f" ({'lines' if len(lines) > 1 else 'line'} {', '.join(map(str, lines))})" if lines else ""
    cells = [(name, value) for name, value in row.items() if value is not None and name not in ("table", "lines")]
    words = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in cells)
    return f"row of table `{row['table']}`{which}: {words}"


def because_words(answer: LineDetermination | Explanation) -> str:
    """Say why no policy applies to a line; nothing of another line."""
    return "" if answer.undecided_because is UNSET else BECAUSE[answer.undecided_because].format(code=answer.code)


def needs_words(line: LineDetermination) -> str:
    """Say which missing information would settle a line: groups of attributes, any of which is enough.

    >>> line = LineDetermination(number=2, code="00002", disposition="pending", liability=None, discretionary=False,
    ...     concern=None, remittance=None, reasons=(), overruled=(), conflicts=(), open=(), advice=(),
    ...     needs=(("line.regions",), ("line.minutes", "line.purpose")))
    >>> needs_words(line)
    'line.regions; or line.minutes, line.purpose'
    """
    words = "; or ".join(", ".join(each) for each in line.needs or ())
    return f"{words}; other information may also be enough" if words and line.needs_bounded is True else words


def paid_words(pays: Pays) -> str:
    """Say how much is paid of a line.

    >>> from payrule.results.determination import Between
    >>> paid_words(Pays(units=Between(1, 3), of=4, percent=85))
    '1 to 3 of 4 units, 85 %'
    """
    words = []
    if pays.units is not UNSET and pays.of is not UNSET:
        words.append(f"{number_words(pays.units)} of {unit_words(pays.of)}")
    if pays.percent is not UNSET:
        words.append(f"{number_words(pays.percent)} %")
    return ", ".join(words)


def paid_in_part(line: LineDetermination | Explanation) -> Iterator[tuple[str, str]]:
    """Say how much is paid of a line that is paid in part, and what is not, each with its label."""
    if line.pays is not UNSET:
        yield "paid in part", paid_words(line.pays)
    if line.adjustments is not UNSET:
        yield "not paid", adjustment_words(line)


def staged(line: LineDetermination) -> Iterator[tuple[str, str]]:
    """Say the answer by the claim alone, and what is needed, each with its label; of a payable line what was tested."""
    if line.claim_level is not UNSET:
        yield "from the claim only", line.claim_level.summary
    if line.unreadable is not UNSET:
        yield "cannot be read", "; ".join(line.unreadable)
    if needed := needs_words(line):
        yield "needs", needed
    if line.by_default is True:
        yield "why", BY_DEFAULT
    if line.tested is not UNSET:
        yield "tested", ", ".join(line.tested)
    if line.not_tested is not UNSET:
        yield "not tested, because no rule applies", ", ".join(line.not_tested)
    yield from paid_in_part(line)
    if line.allowed_units is not UNSET:
        yield "units supported", "unknown" if line.allowed_units is None else str(line.allowed_units)
    if line.open and line.possible is UNSET:
        yield "missing information", ", ".join(line.open)
    if line.presumed is not UNSET:
        yield "assumed when missing", ", ".join(line.presumed)


def further(line: LineDetermination) -> Iterator[tuple[str, str]]:
    """Say the conflicts in which an answer was chosen, and the advice that goes with it, each with its label."""
    for conflict in line.conflicts:
        accepted = f" (accepted: {conflict.accepted})" if conflict.accepted else ""
        category = f"(edit category: {conflict.concern})"
        yield "conflict", f"{' and '.join(conflict.rules)} {category}; {conflict.taken or 'neither'} is used{accepted}"
    yield from (("advice", advice) for advice in line.advice)
