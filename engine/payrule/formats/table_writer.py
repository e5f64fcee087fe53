"""Write a table into a folder as it is kept: a document, a Parquet file, and a file of rows that look-ups read."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from payrule.fmt import formatted
from payrule.model.tables import ROWS, RowFile, Table, TableData
from payrule.rulebase.table_files import row_file, write_parquet
from payrule.source.files import file_digest, whole_files


def write_table(table: Table, lines: Path, folder: Path, written: Callable[[], object] | None = None) -> Table:
    """Write a table whose rows are tab-separated lines, and give it with its digests and its number of rows.

    Work files are made beside `lines`; the three files of the table take their names together, or none does. `written`
    is called when they have them, before anything can interrupt. Raises OSError when the folder cannot be written.
    """
    data = lines.with_name(table.data.file)
    write_parquet(table.columns, table.key, lines, data)
    table = msgspec.structs.replace(table, data=TableData(file=data.name, digest=file_digest(data), rows=0))
    rows = data.with_suffix(ROWS)
    rows.write_bytes(row_file(table, data))
    held = RowFile(rows)
    known = msgspec.structs.replace(table.data, rows=len(held), rows_digest=held.digest)
    table = msgspec.structs.replace(table, data=known)
    document = {name: value for name, value in msgspec.to_builtins(table).items() if value is not None}
    places = (folder / f"{table.id}.json", folder / data.name, folder / rows.name)
    with whole_files(*places, written=written) as beside:
        beside[0].write_text(formatted(document), encoding="utf-8")
        for path, to in zip((data, rows), beside[1:], strict=True):
            path.replace(to)
    return table
