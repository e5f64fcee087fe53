"""Make a table of published files: the Parquet file, the row file that is looked up, and last the document."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from payrule.authoring.form import formatted
from payrule.batch.table_files import row_file, write_parquet
from payrule.batch.whole_files import whole_file
from payrule.documents.models import Column, Period, Table, TableData, TableSource
from payrule.documents.places import scan
from payrule.documents.table_rows import ROWS, RowFile
from payrule.formats.ncci.published import Wanted, read_rows

ISSUER = "Centers for Medicare & Medicaid Services"


class Publication(msgspec.Struct, frozen=True):
    """A kind of published table: what it is called, what is read of it, and what is kept."""

    id: str
    title: str
    wanted: tuple[Wanted, ...]
    columns: tuple[Column, ...]
    keys: int


class Imported(msgspec.Struct, frozen=True):
    """What was made: the table, and how many rows were read for it, of which some may have stood there twice."""

    table: Table
    read: int


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


def import_table(publication: Publication, files: Sequence[Path], quarter: Quarter, folder: Path) -> Imported:
    """Read the files that were published for a quarter into a table in a folder; it covers all dates from then on.

    Raises DocumentError, with every line at fault, when a file cannot be read, OSError when the folder cannot be
    written. Nothing is written then, and a table that stands there stays as it is.
    """
    data = f"{publication.id}.parquet"
    key = tuple(column.name for column in publication.columns[: publication.keys])
    with TemporaryDirectory(dir=folder, prefix=f".{publication.id}.") as work:
        made = Path(work)
        count = _write_lines(publication, files, made / "lines")
        write_parquet(publication.columns, key, made / "lines", made / data)
        sources = tuple(TableSource(title=path.name, digest=_digest(path)) for path in files)
        table = Table(
            kind="table",
            schema="../../schemas/table.schema.json",
            id=publication.id,
            title=f"{publication.title}, as published for {quarter}",
            issuer=ISSUER,
            covers=Period(first=quarter.first),
            columns=publication.columns,
            key=key,
            data=TableData(file=data, digest=_digest(made / data), rows=0),
            sources=sources,
        )
        rows = (made / data).with_suffix(ROWS)
        rows.write_bytes(row_file(table, made / data))
        held = RowFile(rows)
        known = msgspec.structs.replace(table.data, rows=len(held), rows_digest=held.digest)
        table = msgspec.structs.replace(table, data=known)
        for path in (made / data, rows):
            path.replace(folder / path.name)
        with whole_file(folder / f"{publication.id}.json") as beside:
            beside.write_text(formatted(scan(msgspec.json.encode(_written(table)).decode())), encoding="utf-8")
    return Imported(table, count)


def _write_lines(publication: Publication, files: Iterable[Path], path: Path) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as lines:
        for file in files:
            for row in read_rows(file, publication.wanted, publication.keys):
                lines.write("\t".join(row) + "\n")
                count += 1
    return count


def _written(table: Table) -> dict[str, object]:
    """Give a table as its document says it: what is not there is left out."""
    written: dict[str, object] = msgspec.to_builtins(table)
    return {name: value for name, value in written.items() if value is not None}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
