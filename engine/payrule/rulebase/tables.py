"""Read the tables of a rulebase: each document, the digest of its data, and the rows by which it is looked up."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from msgspec import UNSET

from payrule.language.condition import Condition, Test, find
from payrule.language.derived import LINE_FUNCTIONS, PAIR_FUNCTIONS
from payrule.model.tables import KEPT, LARGEST_TABLE, ROWS, LookedUp, RowFile, Table, kept_columns
from payrule.model.values import read_date
from payrule.model.vocabulary import Attribute, Computation, Vocabulary
from payrule.source.diagnostics import Diagnostic, did_you_mean
from payrule.source.files import read_plain, whole_file, within
from payrule.source.json_source import JsonSource
from payrule.source.json_source import Path as JsonPath

_IMPORT_AGAIN = "import the table again with `payrule import`"


def table_findings(table: Table, text: JsonSource) -> Iterator[Diagnostic]:
    """List what is wrong with a table: its place, its columns, the dates that it covers, its data."""
    path = Path(text.file or "")
    if table.id != path.stem:
        message = f"the table `{table.id}` is in the file `{path.name}`"
        yield text.diagnostic(("id",), "misplaced", message, f"name the file `{table.id}.json`")
    yield from _column_findings(table, text)
    first, last = table.covers.first, table.covers.last
    if first is not None and last is not None and read_date(last) < read_date(first):
        message = f"the table covers nothing: {last} is before {first}"
        yield text.diagnostic(("covers", "to"), "never-applies", message, f"write `{first}` or later, or `null`")
    try:
        data = within(path.parent, table.data.file)
    except ValueError as fault:
        yield text.diagnostic(
            ("data", "file"), "bad-file-name", str(fault), "name the Parquet file in the folder of this document"
        )
    else:
        if data.suffix in (ROWS, ".json"):
            message = f"`{table.data.file}` is not the name of a Parquet file"
            yield text.diagnostic(("data", "file"), "bad-file-name", message, "end it with `.parquet`")
        yield from _data_findings(table, data, text)


def looked_up(table: Table, folder: Path) -> LookedUp:
    """Open the row file of a table whose data is as its document says; where there is none, make it.

    A row file is what the document says by its digest. Of one without a digest it is made anew and compared.

    Raises ValueError, which says in words what is in the way.
    """
    parquet = folder / table.data.file
    path = parquet.with_suffix(ROWS)
    rows = _opened(path, table)
    if rows is None:
        content = _derived(table, parquet)
        try:
            with whole_file(path) as beside:
                beside.write_bytes(content)
        except OSError as fault:
            message = f"`{path.name}` cannot be written: {(fault.strerror or str(fault)).lower()}"
            raise ValueError(message) from None
        rows = _opened(path, table)
    if rows is None or len(rows) != table.data.rows:
        message = f"`{parquet.name}` holds {0 if rows is None else len(rows)} rows, not {table.data.rows}"
        raise ValueError(message)
    if rows.digest != (table.data.rows_digest or _digest(_derived(table, parquet))):
        message = f"`{path.name}` is not the file that belongs to this table: its digest is `{rows.digest}`"
        raise ValueError(message)
    return LookedUp.of(table, rows, parquet)


def rows_findings(tables: Iterable[LookedUp], text: Callable[[Path], JsonSource]) -> Iterator[Diagnostic]:
    """List tables whose row file is not of their Parquet file; none without DuckDB. `text` reads a document."""
    for each in tables:
        if each.file is not None and each.table.data.rows_digest is not None and find_spec("duckdb") is not None:
            try:
                derived = _digest(_derived(each.table, each.file))
            except ValueError as fault:
                message = str(fault)
            else:
                if derived == each.table.data.rows_digest:
                    continue
                message = f"`{each.file.with_suffix(ROWS).name}` holds other rows than `{each.file.name}`"
            document = text(each.file.with_name(f"{each.table.id}.json"))
            yield document.diagnostic(("data", "rows_digest"), "other-rows", message, _IMPORT_AGAIN)


def use_findings(
    vocabulary: Vocabulary,
    tables: Mapping[str, LookedUp],
    text: JsonSource,
    unread: Collection[str],
    conditions: Iterable[Condition],
) -> Iterator[Diagnostic]:
    """List the attributes of a vocabulary whose table is none that their function can look up.

    A table may be missing as long as no condition asks for the attribute. Of `unread` tables is said nothing.
    """
    read = {test.attribute for condition in conditions for test in find(condition, Test)}
    for name, attribute in vocabulary.attributes.items():
        if attribute.computation is not None and attribute.computation.lookup is not None:
            if attribute.computation.lookup not in unread:
                yield from _lookup_findings(name, attribute, attribute.computation, vocabulary, tables, text)
            continue
        if attribute.table is None or attribute.table in unread or (attribute.table not in tables and name not in read):
            continue
        path: JsonPath = ("attributes", name, "table")
        if attribute.table not in tables:
            message = f"there is no table `{attribute.table}`"
            help_text = did_you_mean(attribute.table, tables, otherwise="import one with `payrule import`")
            yield text.diagnostic(path, "unknown-table", message, help_text)
            continue
        function = LINE_FUNCTIONS.get(attribute.function or "") or PAIR_FUNCTIONS.get(attribute.function or "")
        needed = function.columns if function else {}
        table = tables[attribute.table].table
        held = {column.name: column.type for column in table.columns}
        lacking = [f"`{each}` ({kind})" for each, kind in needed.items() if held.get(each) != kind]
        if lacking or kept_columns(table) != tuple(needed):
            columns = ", ".join(f"`{each}` ({kind})" for each, kind in needed.items())
            message = f"`{attribute.function}` cannot look up values in the table `{table.id}`"
            yield text.diagnostic(path, "unfit-table", message, f"give it the columns {columns}, in this order")


def _lookup_findings(  # noqa: PLR0913, PLR0917 - what a form looks up in what
    name: str,
    attribute: Attribute,
    made: Computation,
    vocabulary: Vocabulary,
    tables: Mapping[str, LookedUp],
    text: JsonSource,
) -> Iterator[Diagnostic]:
    """Say what a form cannot look up: no such table, another key, a column that is missing or holds something else."""
    path: JsonPath = ("attributes", name, "derived")
    named = made.lookup or ""
    if named not in tables:
        message = f"there is no table `{named}`"
        help_text = did_you_mean(named, tables, otherwise="import one with `payrule import table`")
        yield text.diagnostic((*path, "lookup"), "unknown-table", message, help_text)
        return
    table = tables[named].table
    kinds = {column.name: column.type for column in table.columns if column.type in KEPT}
    key = ", ".join(f"`{each}`" for each in table.key)
    if set(made.by or {}) != set(table.key):
        message = f"rows of `{table.id}` are found by {key}"
        yield text.diagnostic((*path, "by"), "unfit-table", message, "name an attribute for each of them, and no other")
    for column, source in (made.by or {}).items():
        held = vocabulary.attributes.get(source)
        if held is not None and column in table.key and not _same_type(held.type, kinds.get(column)):
            message = f"`{source}` holds {held.type}, and the column `{column}` of `{table.id}` {kinds.get(column)}"
            yield text.diagnostic((*path, "by", column), "unfit-table", message, "name another attribute")
    if made.value not in kinds:
        message = f"the table `{table.id}` has no column `{made.value}` to look up"
        yield text.diagnostic((*path, "value"), "unknown-column", message, did_you_mean(made.value or "", kinds))
    elif not _same_type(attribute.type, kinds[made.value or ""]):
        message = (
            f"the column `{made.value}` of `{table.id}` holds {kinds[made.value or '']}, and `{name}` {attribute.type}"
        )
        yield text.diagnostic((*path, "value"), "unfit-table", message, "declare the attribute as the column is")
    if table.dates is not UNSET and made.day is None:
        message = f"rows of `{table.id}` have dates, and nothing says on which day one must hold"
        yield text.diagnostic(path, "unfit-table", message, 'add `"on": "line.date"`')


def _same_type(attribute: str, column: str | None) -> bool:
    """Tell whether an attribute can hold what a column does; codes, texts and choices are written alike."""
    return attribute == column or (column == "code" and attribute in {"text", "choice"})


def _column_findings(table: Table, text: JsonSource) -> Iterator[Diagnostic]:
    types: dict[str, str] = {}
    for index, column in enumerate(table.columns):
        if column.name in types:
            message = f"two columns are called `{column.name}`"
            yield text.diagnostic(("columns", index, "name"), "duplicate-column", message, "keep one of them")
        types[column.name] = column.type
    for key, name in (("from", table.dates.first), ("to", table.dates.last)) if table.dates is not UNSET else ():
        if name is not None and types.get(name) != "date":
            message = f"there is no column `{name}` of dates"
            dated = [each for each, kind in types.items() if kind == "date"]
            yield text.diagnostic(("dates", key), "unknown-column", message, did_you_mean(name, dated))
    for index, name in enumerate(table.key):
        if name not in types:
            message = f"there is no column `{name}`"
            yield text.diagnostic(("key", index), "unknown-column", message, did_you_mean(name, types))
        elif types[name] not in KEPT:
            message = f"`{name}` is a text column, which cannot be part of a key"
            yield text.diagnostic(
                ("key", index), "unfit-column", message, "name a column of codes, whole numbers or dates"
            )


def _data_findings(table: Table, parquet: Path, text: JsonSource) -> Iterator[Diagnostic]:
    try:
        data = read_plain(parquet, LARGEST_TABLE)
    except OSError as fault:
        message = f"the data of `{table.id}` cannot be read: {(fault.strerror or str(fault)).lower()}"
        yield text.diagnostic(
            ("data", "file"), "no-data", message, f"put `{parquet.name}` in the folder of this document"
        )
        return
    digest = _digest(data)
    if digest != table.data.digest:
        message = f"`{parquet.name}` is not the file that this document describes: its digest is `{digest}`"
        yield text.diagnostic(("data", "digest"), "other-data", message, _IMPORT_AGAIN)


def _opened(path: Path, table: Table) -> RowFile | None:
    """Open a row file; None where there is none, or one of other data; raises ValueError, in words, for a bad one."""
    try:
        rows = RowFile(path)
    except FileNotFoundError:
        return None
    except OSError as fault:
        message = f"`{path.name}` cannot be read: {(fault.strerror or str(fault)).lower()}"
        raise ValueError(message) from None
    except ValueError:
        message = f"`{path.name}` is not a row file, or its rows are not sorted; delete it, and it is made again"
        raise ValueError(message) from None
    is_this = rows.head.digest == table.data.digest and rows.head.columns == kept_columns(table)
    return rows if is_this else None


def _derived(table: Table, parquet: Path) -> bytes:
    """Make the content of the row file from the Parquet file; raises ValueError, in words, where that cannot be."""
    if find_spec("duckdb") is None:
        name = parquet.with_suffix(ROWS).name
        message = f"`{name}` has to be made from `{parquet.name}`, which needs DuckDB"
        raise ValueError(message)
    from payrule.rulebase.table_files import row_file  # noqa: PLC0415 - only who makes a row file needs DuckDB

    return row_file(table, parquet)


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
