"""Comparisons as text: the lines that would change, as things are beside as they would be."""

from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from payrule.documents.comparisons import Comparison
from payrule.reports.numbers import counted
from payrule.reports.table import answer_words, rendered, why_words


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
