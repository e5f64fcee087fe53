"""Comparisons as text: the lines that would change, as things are beside as they would be."""

from collections.abc import Iterable, Iterator
from io import StringIO

from msgspec import UNSET, UnsetType
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from payrule.reports.findings import in_sight, no_command
from payrule.reports.line_words import because_words, beside_words, row_words, staged
from payrule.reports.text import counted
from payrule.results.determination import (
    Comparison,
    Determination,
    LineDetermination,
    Possible,
    Reason,
    RemittanceCodes,
)


def comparison_tables(comparisons: Iterable[Comparison], *, width: int, colour: bool) -> Iterator[bytes]:
    """Write each comparison as a table, `width` characters wide, with or without colour."""
    return (rendered(_table(each), width=width, colour=colour) for each in comparisons)


def _table(comparison: Comparison) -> RenderableType:
    heading = Text.assemble(
        ("encounter ", "dim"),
        (comparison.encounter, "bold"),
        ("  payer ", "dim"),
        (comparison.payer, "bold"),
        ("  considering ", "dim"),
        (comparison.considered, "bold"),
    )
    if not comparison.changes:
        return Group(heading, Text("no answer would change\n"))
    rows = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    for title, options in (("line", {"justify": "right"}), ("code", {})):
        rows.add_column(title, no_wrap=True, **options)  # type: ignore[arg-type]
    rows.add_column("as things are", ratio=1)
    rows.add_column(f"if {comparison.considered} bound", ratio=1)
    for change in comparison.changes:
        cells = [Group(answer_words(line), why_words(line)) for line in (change.before, change.after)]
        rows.add_row(str(change.line), change.before.code, *cells)
    others = counted(comparison.unchanged, "other line")
    return Group(heading, rows, Text(f"{others} unchanged\n", style="dim"))


COLOURS = {"payable": "green", "denied": "red", "returned": "yellow", "pending": "cyan", "undecided": "dim"}

NARROW = 72
"""Characters below which reasons stand under the answer rather than beside it."""

NOBODY_SPEAKS = "no binding policy speaks of this line; that is no denial"


def tables(determinations: Iterable[Determination], *, width: int, colour: bool) -> Iterator[bytes]:
    """Write each determination as a table, `width` characters wide, with or without colour."""
    return (rendered(table(each, narrow=width < NARROW), width=width, colour=colour) for each in determinations)


def rendered(shown: RenderableType, *, width: int, colour: bool) -> bytes:
    """Render for a stream of a width, without blanks at line ends."""
    text = StringIO()
    console = Console(file=text, width=width, force_terminal=colour, no_color=not colour, highlight=False)
    console.print(shown)
    return "".join(f"{no_command(in_sight(line.rstrip()))}\n" for line in text.getvalue().split("\n")[:-1]).encode()


def table(determination: Determination, *, narrow: bool = False) -> RenderableType:
    """Show a determination: a heading, and each line with its reasons; where it is `narrow`, below the answer."""
    heading = Text.assemble(
        ("encounter ", "dim"), (determination.encounter, "bold"), ("  payer ", "dim"), (determination.payer, "bold")
    )
    if determination.is_void:
        lines: Iterable[RenderableType] = ()
    else:
        lines = _stacked(determination) if narrow else [_side_by_side(determination)]
    return Group(heading, *_of_claim(determination), *lines, Text())


def _of_claim(determination: Determination) -> Iterator[RenderableType]:
    """Say what concerns the claim as a whole: that it voids or replaces another, and what can be doubted about it."""
    if determination.is_void:
        yield Text.assemble(("void", "bold"), f" of {_earlier(determination.voids)}: it is not decided")
    if determination.replaces is not UNSET:
        yield Text(f"replaces {_earlier(determination.replaces)}")
    for warning in determination.warnings or ():
        yield _labelled("warning", "yellow", str(warning))


def _earlier(reference: str | UnsetType | None) -> str:
    return f"claim `{reference}`" if reference else "an earlier claim that it does not name"


def _side_by_side(determination: Determination) -> Table:
    rows = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    rows.add_column("line", justify="right", no_wrap=True)
    rows.add_column("code", no_wrap=True)
    rows.add_column("answer", no_wrap=True)
    rows.add_column("why", overflow="fold", ratio=1)
    for line in determination.lines:
        rows.add_row(str(line.number), line.code, answer_words(line), why_words(line))
    return rows


def _stacked(determination: Determination) -> Iterator[RenderableType]:
    for line in determination.lines:
        yield Text("  ").join([Text(f"{line.number}  {line.code}"), answer_words(line, "  ")])
        yield Padding(why_words(line), (0, 0, 0, 3))


def codes_of(remittance: RemittanceCodes) -> str:
    """Write remittance codes as billers do.

    >>> codes_of(RemittanceCodes(group="CO", carc="97", rarc=("N19",)))
    'CO-97 N19'
    """
    return " ".join((f"{remittance.group}-{remittance.carc}", *remittance.rarc))


def answer_words(line: LineDetermination, between: str = "\n") -> Text:
    """Say the answer for a line: disposition, who bears it, remittance codes."""
    said = [Text(line.disposition, style=f"bold {COLOURS[line.disposition]}")]
    if line.liability:
        said.append(Text(line.liability))
    if line.remittance:
        said.append(Text(codes_of(line.remittance)))
    if line.discretionary:
        said.append(Text("at discretion", style="dim"))
    return Text(between).join(said)


def why_words(line: LineDetermination) -> RenderableType:
    """Say what an answer rests on, and what is still open."""
    return Group(*_why(line))


def _why(line: LineDetermination) -> Iterator[RenderableType]:
    if line.days:
        yield _labelled("days", "dim", _days_words((line.days,)))
    yield from _decided_by(line)
    for label, said in staged(line):
        yield _labelled(label, "cyan" if line.disposition == "pending" else "dim", said)
    yield from _could_decide(line)
    if line.allowed_units is not UNSET:
        yield _labelled("units supported", "dim", "unknown" if line.allowed_units is None else str(line.allowed_units))
    yield from _about_codes(line)
    if line.open and line.possible is UNSET:
        yield _labelled("open", "cyan", ", ".join(line.open))
    if line.presumed is not UNSET:
        yield _labelled("presumed", "cyan", ", ".join(line.presumed))
    for conflict in line.conflicts:
        one, two = conflict.rules
        accepted = f" (accepted: {conflict.accepted})" if conflict.accepted else ""
        said = f"{one} and {two} on {conflict.concern}; {conflict.taken} is taken{accepted}"
        yield _labelled("conflict", "yellow", said)
    for advice in line.advice:
        yield _labelled("advice", "dim", advice)


def _decided_by(line: LineDetermination) -> Iterator[RenderableType]:
    """Say the reasons of an answer, or why there is none."""
    for reason in line.reasons:
        yield from _reason(line, reason)
    if line.disposition == "undecided":
        yield Text(NOBODY_SPEAKS)
    if because := because_words(line):
        yield _below(because, "dim")


def _reason(line: LineDetermination, reason: Reason) -> Iterator[RenderableType]:
    """Say a reason, with the lines and the rows of tables that it names."""
    yield Text(f"{reason.summary}{_on(reason)}")
    for said in (beside_words(line, reason), *map(row_words, reason.rows or ())):
        if said:
            yield _below(said, "")
    yield _below(_cited(reason), "dim")


def _about_codes(line: LineDetermination) -> Iterator[RenderableType]:
    """Say which remittance codes the text allows, where it leaves that open, and by which day codes were chosen."""
    if line.candidates is not UNSET:
        yield _labelled("codes that the text allows", "dim", " or ".join(map(codes_of, line.candidates)))
    if line.remittance_chosen_by is not UNSET:
        yield _labelled("codes chosen by", "dim", line.remittance_chosen_by.replace("-", " "))


def _could_decide(line: LineDetermination) -> Iterator[RenderableType]:
    """Count the conclusions that could decide a pending line; show them where no set of facts is known to settle it."""
    if line.needs is UNSET:
        for possible in line.possible or ():
            yield from _possible(possible)
    elif line.possible:
        rules = "1 rule" if len(line.possible) == 1 else f"{len(line.possible)} rules"
        yield _below(f"{rules} could decide; `payrule explain` shows each", "dim")


def _possible(possible: Possible) -> Iterator[RenderableType]:
    """Say a conclusion that could decide a pending line: it holds already, or waits for facts."""
    liability = f" ({possible.liability})" if possible.liability else ""
    how = "?" if possible.waits_for else " so far:"
    yield Text.assemble((f"{possible.value}{liability}", "bold"), f"{how} {possible.summary}{_on(possible)}")
    if possible.waits_for:
        yield _below(f"waits for {', '.join(possible.waits_for)}", "cyan")


def _on(said: Reason | Possible) -> str:
    """Name the days of a line of several on which something is said of it."""
    return f" (on {_days_words(said.days)})" if said.days else ""


def _days_words(days: Iterable[str]) -> str:
    return ", ".join(each.replace("/", " to ") for each in days)


def _labelled(label: str, style: str, said: str) -> Text:
    return Text.assemble((f"{label}: ", style), said)


def _below(said: str, style: str) -> RenderableType:
    """Set what belongs to the line above a little to the right, in all its lines."""
    return Padding(Text(said, style=style), (0, 0, 0, 2))


def _cited(reason: Reason) -> str:
    places = "; ".join(str(cite["locator"]) for cite in reason.cites)
    named = " ".join(filter(None, (reason.policy, reason.version, reason.rule)))
    rule = f"{named} ({reason.concern} {reason.value}, {reason.modality})"
    return f"{rule} · {places}" if places else rule
