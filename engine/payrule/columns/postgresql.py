"""Tables of PostgreSQL: lines of claims are read from one, and answers are written to others, all or none.

ADBC moves columns, not rows. What it is told to connect to may hold a password, which no message repeats.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit, urlunsplit

import msgspec

from payrule.source.diagnostics import RequestError, install

if TYPE_CHECKING:
    from payrule.columns.writer import Outputs

SCHEMES = ("postgresql", "postgres")

_ROWS = 65536
"""Rows that are written at once."""

_MEMORY = 16 * 1024**2
"""Bytes of a batch that is read."""


class TableAddress(msgspec.Struct, frozen=True):
    """A table of a database: how to connect, without the table, and its schema and name."""

    connection: str
    schema: str | None
    table: str

    @classmethod
    def of(cls, text: str) -> "TableAddress":
        """Read an address such as `postgresql://user@host:5432/database/schema.table`; raises RequestError for others.

        >>> found = TableAddress.of("postgresql://ann:secret@localhost/claims/january.lines?sslmode=require")
        >>> found.connection, found.schema, found.table
        ('postgresql://ann:secret@localhost/claims?sslmode=require', 'january', 'lines')
        >>> found.shown
        'postgresql://ann@localhost/claims/january.lines'
        """
        parts = urlsplit(text)
        steps = [unquote(each) for each in parts.path.split("/")[1:]]
        if parts.scheme not in SCHEMES or len(steps) != len(("database", "table")) or not all(steps):
            message = "this is no address of a table in PostgreSQL"
            help_text = (
                "write `postgresql://user@host/database/table`, with the password in `PGPASSWORD` or `~/.pgpass`"
            )
            raise RequestError.of("no-such-address", message, help_text)
        schema, _, table = steps[1].rpartition(".")
        database = parts.path.split("/")[1]
        return cls(urlunsplit(parts._replace(path=f"/{database}")), schema or None, table)

    @property
    def shown(self) -> str:
        """The address without its password and options."""
        parts = urlsplit(self.connection)
        host = parts.netloc.rpartition("@")[2]
        user = parts.username or ""
        named = f"{self.schema}.{self.table}" if self.schema else self.table
        return urlunsplit((parts.scheme, f"{user}@{host}" if user else host, f"{parts.path}/{named}", "", ""))

    @property
    def quoted(self) -> str:
        """The table as SQL names it.

        >>> TableAddress("", "a", 'b"c').quoted
        '"a"."b""c"'
        """
        names = (self.schema, self.table) if self.schema else (self.table,)
        return ".".join('"' + each.replace('"', '""') + '"' for each in names)


def fetch(address: TableAddress, path: Path) -> int:
    """Read a table into a Parquet file, batch by batch, and give the number of its rows; raises RequestError.

    A column of type `numeric` is one of whole numbers where its type has no places, or no number of it has any.
    """
    with _connected(address, "read") as connection, connection.cursor() as cursor:
        from pyarrow.parquet import ParquetWriter  # noqa: PLC0415 - an extra, which the rest of payrule does without

        cursor.adbc_statement.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(_MEMORY)})
        cursor.execute(f"SELECT {', '.join(_selected(cursor, address))} FROM {address.quoted}")
        reader, rows = cursor.fetch_record_batch(), 0
        with ParquetWriter(path, reader.schema) as writer:
            for batch in reader:
                writer.write_batch(batch)
                rows += batch.num_rows
    return rows


def _selected(cursor: Any, address: TableAddress) -> list[str]:
    """Give the columns of a table as they are read: ADBC would read numbers of type `numeric` as texts.

    Whole numbers that 64 bits do not hold stay texts.
    """
    cursor.execute(
        "SELECT quote_ident(attname), atttypid = 'numeric'::regtype, atttypmod >= 0, (atttypmod - 4) & 65535, "
        "(atttypmod - 4) >> 16 FROM pg_attribute "
        "WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        (address.quoted,),
    )
    listed = cursor.fetchall()
    kinds = {
        name: _PART if is_limited and places else _WHOLE if is_limited and digits <= _MOST_DIGITS else None
        for name, is_number, is_limited, places, digits in listed
        if is_number
    }
    unsaid = [name for name, kind in kinds.items() if kind is None]
    if unsaid:
        # What is no number, or infinite, is not whole.
        tests = (f"bool_and({x} - trunc({x}) = 0), bool_and(abs({x}) < 1e{_MOST_DIGITS})" for x in unsaid)
        cursor.execute(f"SELECT {', '.join(tests)} FROM {address.quoted}")
        told = [each is not False for each in cursor.fetchone()]
        for name, is_whole, is_held in zip(unsaid, told[::2], told[1::2], strict=True):
            kinds[name] = (_WHOLE if is_held else "text") if is_whole else _PART
    if not kinds:
        return ["*"]
    return [f"{name}::{kinds[name]} AS {name}" if name in kinds else name for name, *_ in listed]


_WHOLE, _PART = "bigint", "double precision"
_MOST_DIGITS = 18
"""Digits of a whole number that 64 bits hold, whatever they are."""

_EXPLANATIONS = "_explanations"


def store(address: TableAddress, outputs: "Outputs", *, append: bool = False) -> None:
    """Write decisions, explanations and rejects to three new tables, all or none; raises RequestError.

    The decisions are in the table that is named; the others are called as it is, with `_explanations` and `_rejects`.
    With `append`, rows are added to those that are there, which must have the same columns; an explanation that is
    there already is not added again.
    """
    made: Mapping[str, Callable[[], Any]] = {
        "": lambda: _decisions(outputs.decisions),
        _EXPLANATIONS: lambda: _explanations(outputs.explanations),
        "_rejects": lambda: _rejects(outputs.rejects),
    }
    with _connected(address, "written") as connection, connection.cursor() as cursor:
        for ending, batches in made.items():
            table, rows = msgspec.structs.replace(address, table=address.table + ending), batches()
            if not append or not _is_there(cursor, table):
                cursor.adbc_ingest(table.table, rows, mode="create", db_schema_name=table.schema)
                continue
            if not ending and not _count_rows(outputs.decisions):
                continue  # without a claim nobody knows which identifiers there are
            _check_columns(cursor, table, rows.schema)
            if ending == _EXPLANATIONS:
                _add_new(cursor, table, rows)
            else:
                cursor.adbc_ingest(table.table, rows, mode="append", db_schema_name=table.schema)
        connection.commit()


def refuse_tables_there(address: TableAddress) -> None:
    """Raise RequestError where one of the tables that answers are written to is there, before anything is decided."""
    with _connected(address, "written") as connection, connection.cursor() as cursor:
        for ending in ("", _EXPLANATIONS, "_rejects"):
            table = msgspec.structs.replace(address, table=address.table + ending)
            if _is_there(cursor, table):
                message = f"`{table.shown}` is there already"
                raise RequestError.of("no-database", message, _THERE)


_THERE = "name a table that is not there yet, add its rows with `--append`, or drop it first; nothing was written"


def _is_there(cursor: Any, table: TableAddress) -> bool:
    cursor.execute("SELECT to_regclass($1) IS NOT NULL", (table.quoted,))
    return bool(cursor.fetchone()[0])


def _check_columns(cursor: Any, table: TableAddress, wanted: Any) -> None:
    """Raise RequestError where a table has other columns than rows that are to be added to it."""
    cursor.execute(f"SELECT * FROM {table.quoted} LIMIT 0")
    reader = cursor.fetch_record_batch()
    there = {field.name: field.type for field in reader.schema}
    reader.close()
    said = [f"it lacks the column `{field.name}`" for field in wanted if field.name not in there]
    said += [f"it has the column `{name}`" for name in there if name not in wanted.names]
    said += [
        f"its column `{field.name}` holds {there[field.name]} and not {field.type}"
        for field in wanted
        if field.name in there and _plain(there[field.name]) != _plain(field.type)
    ]
    if said:
        message = f"rows cannot be added to `{table.shown}`: {said[0]}" + (", among others" if len(said) > 1 else "")
        help_text = "name a table of such answers, full or narrow as these, or a new one; nothing was written"
        raise RequestError.of("no-database", message, help_text)


def _plain(kind: Any) -> str:
    """Name a type, whatever its items are called, and whether texts are in a dictionary.

    >>> import pyarrow as pa
    >>> _plain(pa.dictionary(pa.int32(), pa.string())), _plain(pa.list_(pa.string()))
    ('string', 'list of string')
    """
    if hasattr(kind, "value_type"):
        inner = _plain(kind.value_type)
        return f"list of {inner}" if str(kind).startswith(("list", "large_list")) else inner
    return str(kind)


def _add_new(cursor: Any, table: TableAddress, rows: Any) -> None:
    """Add the explanations that are not there; nobody else adds any meanwhile."""
    cursor.execute(f"LOCK TABLE {table.quoted} IN SHARE ROW EXCLUSIVE MODE")
    added = "payrule_explanations_to_add"
    cursor.adbc_ingest(added, rows, mode="create", temporary=True)
    cursor.execute(
        f"INSERT INTO {table.quoted} (explanation, explained) SELECT explanation, explained FROM pg_temp.{added} a "
        f"WHERE NOT EXISTS (SELECT 1 FROM {table.quoted} t WHERE t.explanation = a.explanation)"
    )


def _count_rows(path: Path) -> int:
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    return int(pq.read_metadata(path).num_rows)


def _decisions(path: Path) -> Any:
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above
    from pyarrow import RecordBatchReader  # noqa: PLC0415 - as above

    file = pq.ParquetFile(path)
    return RecordBatchReader.from_batches(file.schema_arrow, file.iter_batches(_ROWS))


def _explanations(path: Path | None) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - as above

    schema = pa.schema([("explanation", pa.string()), ("explained", pa.string())])

    def batches() -> Iterator[Any]:
        keys: list[str] = []
        texts: list[str] = []
        with path.open(encoding="utf-8") if path is not None else nullcontext(()) as lines:
            for line in lines:
                keys.append(msgspec.json.decode(line, type=_Explained).explanation)
                texts.append(line.rstrip("\n"))
                if len(keys) == _ROWS:
                    yield pa.record_batch([keys, texts], schema=schema)
                    keys, texts = [], []
        yield pa.record_batch([keys, texts], schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


class _Explained(msgspec.Struct):
    explanation: str


def _rejects(path: Path) -> Any:
    import csv  # noqa: PLC0415 - as above

    import pyarrow as pa  # noqa: PLC0415 - as above

    with path.open(encoding="utf-8-sig", newline="") as stream:
        titles, *rows = list(csv.reader(stream))
    columns = [[row[at] or None for row in rows] for at in range(len(titles))]
    return pa.table([pa.array(each, pa.string()) for each in columns], names=titles).to_reader()


@contextmanager
def _connected(address: TableAddress, what: str) -> Iterator[Any]:
    """Open a connection, whose transaction ends with nothing changed unless it is committed."""
    try:
        import pyarrow  # noqa: F401, ICN001, PLC0415 - ADBC hands over its batches
        from adbc_driver_postgresql import dbapi  # noqa: PLC0415 - an extra, which the rest of payrule does without
    except ModuleNotFoundError:
        message = "tables of PostgreSQL need ADBC, which is not installed"
        raise RequestError.of("no-package", message, install("postgresql")) from None
    try:
        with dbapi.connect(address.connection) as connection:
            yield connection
    except dbapi.Error as fault:
        message = f"`{address.shown}` cannot be {what}: {_without_password(str(fault), address)}"
        help_text = "check the address, and that the user may do so; nothing was written"
        if "already exists" in message:
            help_text = _THERE
        raise RequestError.of("no-database", message, help_text) from None


def _without_password(text: str, address: TableAddress) -> str:
    """Give the first line of what a database says, without the password in it.

    >>> _without_password("no `a:b c@host`", TableAddress("postgresql://a:b%20c@host/d", None, "t"))
    'no `a:…@host`'
    """
    line = re.sub(r"^\w+: ", "", text.strip().splitlines()[0] if text.strip() else "it says no more")
    raw = urlsplit(address.connection).password
    for secret in filter(None, (raw, raw and unquote(raw))):
        line = line.replace(secret, "…")
    return line
