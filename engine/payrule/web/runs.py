"""A file that a person runs: what it is, how its columns are read, and its rows with their answers.

Everything about a run is in a folder of its own inside the private folder: the file as it came, `run.json`, and
`rows.db` with its rows, answers and mistakes.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

import msgspec

from payrule.fmt import formatted
from payrule.formats.column_maps import ColumnMap
from payrule.formats.column_matching import Matcher
from payrule.formats.mapped_rows import Mapped
from payrule.formats.spreadsheet import Dialect, Form, form_of_table, read_table
from payrule.source.diagnostics import RequestError
from payrule.source.files import whole_file


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a file that is run; `form` is that of a table, and None of claims in another format.

    `headings` is the row of the headings, from 1. `job` is the work that decides it, where that takes longer.
    """

    id: str
    name: str
    file: str
    payer: str = ""
    form: Form | None = None
    sheet: str = ""
    others: int = 0
    dialect: Dialect = Dialect()
    headings: int = 1
    map: ColumnMap | None = None
    titles: tuple[str, ...] = ()
    job: str = ""
    is_whole: bool = False
    """Whether every claim has been decided, or not only the first."""

    @property
    def is_table(self) -> bool:
        """Tell whether its rows are those of a table."""
        return self.form is not None


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for a row: the cells of `sheet_answers.TITLES`, and what its line is counted by."""

    row: int
    claim: str
    line: int
    disposition: str
    cells: tuple[str, ...]
    code: str = ""
    provider: str = ""
    cents: int | None = None


class Mistake(msgspec.Struct, frozen=True):
    """What is wrong in a row, in a column (from 0) where it is known; None for the claim or the row as a whole."""

    row: int
    column: int | None
    message: str
    help: str


_SCHEMA = """
CREATE TABLE IF NOT EXISTS rows (row INTEGER PRIMARY KEY, cells TEXT);
CREATE TABLE IF NOT EXISTS claims (row INTEGER PRIMARY KEY, claim TEXT);
CREATE TABLE IF NOT EXISTS answers (row INTEGER PRIMARY KEY, claim TEXT, line INTEGER, disposition TEXT, cells TEXT,
    reason TEXT, code TEXT, provider TEXT, cents INTEGER);
CREATE TABLE IF NOT EXISTS mistakes (row INTEGER, place INTEGER, message TEXT, help TEXT);
CREATE TABLE IF NOT EXISTS corrections (row INTEGER, place INTEGER, typed TEXT, PRIMARY KEY (row, place));
CREATE INDEX IF NOT EXISTS of_claims ON claims (claim);
CREATE INDEX IF NOT EXISTS of_mistakes ON mistakes (row);
"""

Row = tuple[int, tuple[str, ...]]


class Kept:
    """The folder of a run: its file, what is known of it, and its rows with their answers."""

    def __init__(self, folder: Path) -> None:
        """Take a folder, which may be new."""
        self.folder = folder

    @property
    def run(self) -> Run:
        """What is known of the file."""
        return msgspec.json.decode((self.folder / "run.json").read_bytes(), type=Run)

    def keep(self, run: Run) -> Run:
        """Keep what is known, and give it."""
        with whole_file(self.folder / "run.json") as beside:
            beside.write_text(formatted(msgspec.to_builtins(run)), encoding="utf-8")
        return run

    @property
    def path(self) -> Path:
        """The file as it came."""
        return self.folder / self.run.file

    @contextmanager
    def store(self) -> Iterator[sqlite3.Connection]:
        """Open the rows; what is changed is kept whole or not at all."""
        store = sqlite3.connect(self.folder / "rows.db", timeout=30)
        try:
            store.executescript(_SCHEMA)
            with store:
                yield store
        finally:
            store.close()

    def rows(self) -> list[Row]:
        """Give all rows with their cells."""
        if (recent := _RECENT.get(self.folder)) is not None:
            return recent
        with self.store() as store:
            found = [(row, _cells(cells)) for row, cells in store.execute("SELECT row, cells FROM rows ORDER BY row")]
        if self.run.is_table:  # the rows of no other file stay as they are
            remember_rows(self.folder, found)
        return found

    def row(self, number: int) -> tuple[str, ...] | None:
        """Give the cells of a row; None where there is none."""
        with self.store() as store:
            found = store.execute("SELECT cells FROM rows WHERE row = ?", (number,)).fetchone()
        return None if found is None else _cells(found[0])

    def rows_of(self, claim: str) -> list[Row]:
        """Give the rows of a claim."""
        query = "SELECT row, cells FROM rows JOIN claims USING (row) WHERE claim = ? ORDER BY row"
        with self.store() as store:
            return [(row, _cells(cells)) for row, cells in store.execute(query, (claim,))]

    def corrections(self) -> dict[tuple[int, int], str]:
        """Give what was typed in the place of cells, by row and column (from 0)."""
        with self.store() as store:
            return {(row, at): typed for row, at, typed in store.execute("SELECT row, place, typed FROM corrections")}

    def mapped(self, matcher: Matcher) -> Mapped:
        """Give what reads the rows of the table; raises RequestError where its columns have not been chosen."""
        run = self.run
        if run.map is None:
            raise RequestError.of("no-columns", "the columns of the file have not been chosen", "choose them first")
        return Mapped(run.map, matcher, self.corrections())


_RECENT: dict[Path, list[Row]] = {}
"""The rows of the table that was read last, by its folder: each page of a run needs them."""


def remember_rows(folder: Path, rows: list[Row]) -> None:
    """Keep the rows of a table at hand, in the place of those of another."""
    _RECENT.clear()
    _RECENT[folder] = rows


def _cells(written: str) -> tuple[str, ...]:
    return msgspec.json.decode(written, type=tuple[str, ...])


def kept_of(private: Path, run: str) -> Kept:
    """Find a run by its id; raises RequestError where there is none."""
    folder = private / "runs" / run
    if not re.fullmatch("[0-9a-f]{32}", run) or not (folder / "run.json").is_file():
        raise RequestError.of("no-such-file", "there is no such file here any more", "choose the file again")
    return Kept(folder)


def take(private: Path, path: Path, name: str, payer: str, matcher: Matcher) -> Kept:
    """Take a file that was uploaded into a folder of its own, and read its rows; raises InputError if it cannot be."""
    form = form_of_table(path)
    table = read_table(path, form) if form else None
    kept = Kept(private / "runs" / token_hex(16))
    kept.folder.mkdir(parents=True, mode=0o700)
    file = f"file{path.suffix}"
    path.rename(kept.folder / file)
    run = Run(id=kept.folder.name, name=name, file=file, payer=payer)
    if table is not None:
        headings = matcher.headings_row(table.rows) + 1
        run = msgspec.structs.replace(
            run, form=table.form, sheet=table.sheet, others=table.others, dialect=table.dialect, headings=headings
        )
        rows = list(enumerate(table.rows, start=1))
        with kept.store() as store:
            store.executemany(
                "INSERT INTO rows VALUES (?, ?)", ((number, written_cells(cells)) for number, cells in rows)
            )
        remember_rows(kept.folder, rows)
    kept.keep(run)
    return kept


def written_cells(cells: Iterable[str]) -> str:
    """Write the cells of a row as they are kept.

    >>> written_cells(["00001", ""])
    '["00001",""]'
    """
    return msgspec.json.encode(tuple(cells)).decode()
