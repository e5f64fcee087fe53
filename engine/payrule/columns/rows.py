"""The rows of Parquet files as one table: which file, where in it, and a column for each attribute that has one."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from payrule.columns.sql import create, select
from payrule.model.faults import shown
from payrule.model.policy import Attribute
from payrule.source.database import Store, literal
from payrule.source.diagnostics import Diagnostic, InputError, RequestError

ROWS = "rows"
"""The table: `row` counts the rows of all files from 0, `file` is the position of a file, `place` the row in it from 1;
`k0`, `k1` … are the columns of attributes."""


class Titled(msgspec.Struct, frozen=True):
    """An attribute and the title of the column that holds it; `is_read` says that some rule reads it."""

    name: str
    title: str
    attribute: Attribute
    is_read: bool

    @property
    def is_above(self) -> bool:
        """Whether it belongs to the encounter or the patient, so that all rows of an encounter say the same."""
        return not self.name.startswith("line.")


def titles_of(store: Store, files: Sequence[Path]) -> dict[Path, dict[str, str]]:
    """Give the titles of the columns of each Parquet file, in their order, with the types that DuckDB gives them.

    Raises InputError for a file that is not there, cannot be read, or is no Parquet file.
    """
    check_files(files)
    found = {file: store.describe(file, _source(file)) for file in files}
    for file, titles in found.items():
        if clash := next((title for title in titles if title.lower() == _PLACE), None):
            message = f"`{file}` has a column `{clash}`, and DuckDB counts rows by that name"
            raise RequestError.of("reserved-column", message, "rename the column, or leave it out")
    return found


def gather(store: Store, titled: Sequence[Titled], types: Mapping[Path, Mapping[str, str]]) -> int:
    """Copy the rows of Parquet files into the table, and give how many there are.

    This alone reads the files, without a condition: nothing that they say of their own values is believed, and whatever
    is asked later is answered by the values that were read. Raises InputError for a file that is damaged.
    """
    selects = [_rows(titled, file, there, at) for at, (file, there) in enumerate(types.items())]
    store.take_from(next(iter(types)), create(ROWS, f"{' UNION ALL '.join(selects)} LIMIT 0"), {"first": 0})
    count = 0
    for file, query in zip(types, selects, strict=True):
        store.take_from(file, f"INSERT INTO {ROWS} {query}", {"first": count})
        ((count,),) = store.rows(f"SELECT count(*) FROM {ROWS}")
    return int(count)


def _rows(titled: Sequence[Titled], file: Path, there: Mapping[str, str], at: int) -> str:
    """Select the rows of the file at a position, `$first` counting the rows of those before it."""
    columns = {"row": f"({_PLACE} + $first)::UBIGINT", "file": f"{at}::UINTEGER", "place": f"{_PLACE} + 1"}
    for number, each in enumerate(titled):
        columns[f"k{number}"] = quoted(each.title) if each.title in there else "NULL"
    return select(columns, _source(file, f"{_PLACE} = true"))


def _source(file: Path, *options: str) -> str:
    """Read a file as it is: the names of its folders say nothing of the rows."""
    return f"read_parquet({', '.join((literal(escaped_path(file)), 'hive_partitioning = false', *options))})"


_PLACE = "file_row_number"


def columns_of(store: Store) -> dict[str, str]:
    """Give for each column of the table how its values are read: a date by its text, for it may be infinite."""
    kinds = store.rows(f"SELECT column_name, column_type FROM (DESCRIBE {ROWS})")
    return {name: f"{name}::VARCHAR" if kind == "DATE" else name for name, kind in kinds}


def escaped_path(file: Path) -> str:
    """Write a path so that DuckDB takes it for that file alone, whatever characters are in it.

    >>> escaped_path(Path("/claims[1]*.parquet"))
    '/claims[[]1][*].parquet'
    """
    return "".join(f"[{each}]" if each in "[*?" else each for each in str(file.absolute()))


def type_findings(titled: Iterable[Titled], types: Mapping[str, str]) -> tuple[Diagnostic, ...]:
    """Say which columns hold what cannot be values of their attribute, whatever the row.

    >>> code = Attribute(type="code", summary="service")
    >>> print(*type_findings([Titled("line.code", "code", code, True)], {"code": "BIGINT"}))
    column code: `code` holds BIGINT, and texts are wanted (write the column as texts)
    """
    found = []
    for each in titled:
        if each.title not in types:
            continue
        kind, wanted = types[each.title].upper(), each.attribute.type
        many, single = kind.endswith("[]"), kind.removesuffix("[]")
        fitting, words = _FITTING[wanted]
        is_one = not many and not single.endswith("]") and (single.startswith(fitting) or single == '"NULL"')
        if many == each.attribute.many and (single.startswith(fitting) or single == '"NULL"'):
            continue
        if is_one and single == '"NULL"':
            continue
        help_text = f"write the column as {'lists of ' if each.attribute.many else ''}{words}"
        message = f"{shown(each.title)} holds {types[each.title]}, and {words} are wanted"
        found.append(Diagnostic(code="column-type", message=message, help=help_text, path=f"column {each.title}"))
    return tuple(found)


WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT")
"""The types of columns that hold whole numbers and nothing else."""

_TEXT = ("VARCHAR", "ENUM"), "texts"
_FITTING: dict[str, tuple[tuple[str, ...], str]] = {
    "choice": _TEXT,
    "code": _TEXT,
    "text": _TEXT,
    "integer": (
        (*WHOLE, "DOUBLE", "FLOAT", "DECIMAL"),
        "whole numbers",
    ),
    "date": (("DATE", "VARCHAR"), "dates"),
    "boolean": (("BOOLEAN",), "booleans"),
}
"""The types of columns that can hold each type of attribute, and what they are in words."""


def quoted(name: str) -> str:
    """Write the name of a column.

    >>> print(quoted("units billed"))
    "units billed"
    """
    return '"' + name.replace('"', '""') + '"'


def check_files(files: Iterable[Path]) -> None:
    """Raise InputError for each file that is not there, or is a folder."""
    findings = []
    for file in files:
        if not file.exists():
            findings.append(Diagnostic(code="no-file", message=f"there is no file `{file}`", help="check the path"))
        elif file.is_dir():
            help_text = "name the claim files in it"
            findings.append(Diagnostic(code="no-file", message=f"`{file}` is a folder", help=help_text))
        elif not file.is_file():
            help_text = "Parquet is read from its end: write it to a file first"
            findings.append(Diagnostic(code="no-file", message=f"`{file}` is a device or a pipe", help=help_text))
    if findings:
        raise InputError(findings)


def place_of(store: Store, files: Sequence[Path], row: int) -> tuple[str, int]:
    """Say in which file a row of all stands, and where there."""
    ((file, place),) = store.rows(f"SELECT file, place FROM {ROWS} WHERE row = {row}")
    return str(files[file]), place
