"""Determinations as a readable table: a line each, the answer, why, and what is still open."""

from collections.abc import Iterable, Iterator
from io import StringIO

from msgspec import UNSET
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from payrule.documents.determinations import Determination, LineDetermination, Possible, Reason

COLOURS = {"payable": "green", "denied": "red", "returned": "yellow", "pending": "cyan", "undecided": "dim"}

Styled = str | tuple[str, str]

NOBODY_SPEAKS = "no binding policy speaks of this line; that is no denial"


def tables(determinations: Iterable[Determination], *, width: int, colour: bool) -> Iterator[bytes]:
    """Write each determination as a table, `width` characters wide, with or without colour."""
    return (rendered(table(each), width=width, colour=colour) for each in determinations)


def rendered(shown: RenderableType, *, width: int, colour: bool) -> bytes:
    """Render for a stream of a width, without blanks at line ends."""
    text = StringIO()
    console = Console(file=text, width=width, force_terminal=colour, no_color=not colour, highlight=False)
    console.print(shown)
    return "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines()).encode()


def table(determination: Determination) -> RenderableType:
    """Show a determination: a heading, and a row for each line with its reasons below each other."""
    heading = Text.assemble(
        ("encounter ", "dim"), (determination.encounter, "bold"), ("  payer ", "dim"), (determination.payer, "bold")
    )
    rows = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    rows.add_column("line", justify="right", no_wrap=True)
    rows.add_column("code", no_wrap=True)
    rows.add_column("answer", no_wrap=True)
    rows.add_column("why", overflow="fold", ratio=1)
    for line in determination.lines:
        rows.add_row(str(line.number), line.code, answer_words(line), why_words(line))
    return Group(heading, rows, Text())


def answer_words(line: LineDetermination) -> Text:
    """Say the answer for a line: disposition, who bears it, remittance codes."""
    said: list[Styled] = [(line.disposition, f"bold {COLOURS[line.disposition]}")]
    if line.liability:
        said.append((f"\n{line.liability}", ""))
    if line.remittance:
        rarcs = "".join(f" {rarc}" for rarc in line.remittance.rarc)
        said.append((f"\n{line.remittance.group}-{line.remittance.carc}{rarcs}", ""))
    if line.discretionary:
        said.append(("\nat discretion", "dim"))
    return Text.assemble(*said)


def why_words(line: LineDetermination) -> Text:
    """Say what an answer rests on, and what is still open."""
    parts: list[Styled] = []
    for reason in line.reasons:
        parts += [reason.summary, (f"\n  {_cited(reason)}\n", "dim")]
    if line.disposition == "undecided":
        parts.append(f"{NOBODY_SPEAKS}\n")
    if line.possible is not UNSET:
        parts += [part for possible in line.possible for part in _possible(possible)]
    if line.allowed_units is not UNSET:
        allowed = "unknown" if line.allowed_units is None else str(line.allowed_units)
        parts += [("units supported: ", "dim"), allowed, "\n"]
    if line.open and line.possible is UNSET:
        parts += [("open: ", "cyan"), ", ".join(line.open), "\n"]
    if line.presumed is not UNSET:
        parts += [("presumed: ", "cyan"), ", ".join(line.presumed), "\n"]
    for conflict in line.conflicts:
        accepted = f" (accepted: {conflict.accepted})" if conflict.accepted else ""
        named = f"{conflict.rules[0]} and {conflict.rules[1]} on {conflict.concern}{accepted}\n"
        parts += [("conflict: ", "yellow"), named]
    parts += [part for advice in line.advice for part in (("advice: ", "dim"), advice, "\n")]
    text = Text.assemble(*parts)
    text.rstrip()
    return text


def _possible(possible: Possible) -> list[Styled]:
    """Say a conclusion that could decide a pending line: it holds already, or waits for facts."""
    liability = f" ({possible.liability})" if possible.liability else ""
    if not possible.waits_for:
        return [(f"{possible.value}{liability}", "bold"), f", unless: {possible.summary}\n"]
    waits = ", ".join(possible.waits_for)
    return [(f"{possible.value}{liability}", "bold"), f"? {possible.summary}\n", (f"  waits for {waits}\n", "cyan")]


def _cited(reason: Reason) -> str:
    places = "; ".join(str(cite["locator"]) for cite in reason.cites)
    rule = f"{reason.policy} {reason.version} {reason.rule} ({reason.concern} {reason.value}, {reason.modality})"
    return f"{rule} · {places}" if places else rule
