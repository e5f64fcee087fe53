"""Make a table of published files: the Parquet file, the row file that is looked up, and last the document."""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from payrule.formats.ncci.published import CALLED, MOST_FINDINGS, Publication, RowTally, Setting, bad_row, read_rows
from payrule.formats.table_writer import write_table
from payrule.model.policy import Period
from payrule.model.tables import Table, TableData, TableSource
from payrule.rulebase.table_files import contradictions
from payrule.source.diagnostics import Diagnostic, DocumentError
from payrule.source.files import file_digest

ISSUER = "Centers for Medicare & Medicaid Services"

DEFAULT = Setting()
"""The setting of a table that nobody asks another one for."""


class Imported(msgspec.Struct, frozen=True):
    """What was made: the table, how many rows it was made of, and what became of the other lines.

    A row may have stood in the files more than once; it is kept once.
    """

    table: Table
    read: int
    tally: RowTally

    def account(self) -> str:
        """Say what was kept of the files, and what was dropped, by reason."""
        kept, dropped = self.table.data.rows, self.tally.dropped
        parts = [f"{_counted(self.read + dropped.total(), 'row')} read", f"{kept} kept"]
        if self.read > kept:
            parts.append(f"{self.read - kept} dropped, in the files already")
        parts += [f"{count} dropped, {reason}" for reason, count in sorted(dropped.items())]
        parts.append(f"{_counted(self.tally.heading, 'line')} above the rows")
        if self.tally.blank:
            parts.append(_counted(self.tally.blank, "blank line"))
        return "; ".join(parts)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


class Quarter(msgspec.Struct, frozen=True):
    """A quarter of a year, for which a table is published."""

    year: int
    number: int

    @classmethod
    def read(cls, text: str) -> "Quarter":
        """Read a quarter as `2024q3`; raises ValueError for another form.

        >>> str(Quarter.read("2024q3")), Quarter.read("2024q3").first
        ('the third quarter of 2024', '2024-07-01')
        """
        found = re.fullmatch("((?:19|20)[0-9]{2})[qQ]([1-4])", text, re.ASCII)
        if found is None:
            raise ValueError(text)
        return cls(int(found[1]), int(found[2]))

    @property
    def first(self) -> str:
        """The first day."""
        return f"{self.year}-{3 * self.number - 2:02d}-01"

    def __str__(self) -> str:
        """Name the quarter in words."""
        return f"the {('first', 'second', 'third', 'fourth')[self.number - 1]} quarter of {self.year}"


def import_table(  # noqa: PLR0913 - what a caller may choose
    publication: Publication,
    files: Sequence[Path],
    quarter: Quarter,
    folder: Path,
    setting: Setting = DEFAULT,
    *,
    written: Callable[[], object] | None = None,
) -> Imported:
    """Read the files that were published for a quarter into a table in a folder; it covers all dates from then on.

    `written` is called when the table is in the folder, before anything can interrupt.

    Raises DocumentError, with every line at fault, when a file cannot be read, holds for another setting, or says two
    things of one key; OSError when the folder cannot be written. Nothing is written then, and a table that stands there
    stays as it is.
    """
    name = f"{publication.id}{setting.suffix}"
    tally = RowTally()
    with TemporaryDirectory(dir=folder, prefix=f".{name}.") as work:
        lines = Path(work) / "lines"
        count = _write_lines(publication, files, lines, setting, tally)
        if not count:
            _refuse_nothing(files, tally)
        _refuse_contradictions(publication, files, lines)
        for_whom = f" for {CALLED[setting.name]}" if publication.settings else ""
        sources = tuple(TableSource(title=path.name, digest=file_digest(path)) for path in files)
        table = Table(
            kind="table",
            schema="../../schemas/table.schema.json",
            id=name,
            title=f"{publication.title}{for_whom}, as published for {quarter}",
            issuer=ISSUER,
            covers=Period(first=quarter.first),
            columns=publication.columns,
            key=publication.key,
            data=TableData(file=f"{name}.parquet", digest="", rows=0),
            sources=sources,
        )
        table = write_table(table, lines, folder, written)
    return Imported(table, count, tally)


def _write_lines(publication: Publication, files: Iterable[Path], path: Path, setting: Setting, tally: RowTally) -> int:
    """Write the rows of files, each with its file and line, tab by tab."""
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as lines:
        for at, file in enumerate(files):
            for line, cells in read_rows(file, publication, setting, tally):
                lines.write("\t".join((str(at), str(line), *cells)) + "\n")
                count += 1
    return count


def _refuse_nothing(files: Sequence[Path], tally: RowTally) -> None:
    """Refuse files of which every row was dropped: a table without a row would answer that there are no edits."""
    why = ", ".join(f"{count} dropped, {reason}" for reason, count in sorted(tally.dropped.items()))
    message = f"no row is left: {why or 'no file is given'}"
    help_text = "check that it is the right file, or download it again"
    file = str(files[0]) if files else None
    raise DocumentError([Diagnostic(code="no-rows", message=message, help=help_text, file=file)])


def _refuse_contradictions(publication: Publication, files: Sequence[Path], lines: Path) -> None:
    """Refuse two rows of one key that differ where one alone may hold; raises DocumentError with both lines."""
    key = tuple(column.name for column in publication.columns[: publication.apart]) or publication.key
    found = contradictions(publication.columns, key, lines, once=publication.once)
    if not found:
        return
    findings = []
    for key, (file, line), (other, first) in found[:MOST_FINDINGS]:
        where = f"line {first}" if other == file else f"line {first} of `{files[other].name}`"
        what = "is in the table already" if publication.once else "has another row on the same dates"
        message = f"`{'/'.join(key)}` {what}, on {where}, and says something else there"
        findings.append(bad_row(files[file], line, message, "keep the one that is published"))
    if len(found) > MOST_FINDINGS:
        message = f"{len(found) - MOST_FINDINGS} more rows contradict others"
        findings.append(Diagnostic(code="more-lines", message=message, help="fix those above first"))
    raise DocumentError(findings)
