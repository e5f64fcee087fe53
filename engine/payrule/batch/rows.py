"""The rows of Parquet files as one view: which file, where in it, and a column for each attribute that has one."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from pathlib import Path

import msgspec

from payrule.batch.statements import literal
from payrule.batch.store import Store
from payrule.documents.faults import shown
from payrule.documents.findings import Finding, InputError
from payrule.documents.models import Attribute

ROWS = "rows"
"""The view: `row` counts the rows of all files from 0, `file` is the position of a file, `place` the row in it from 1;
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


def titles_of(store: Store, files: Sequence[Path]) -> dict[str, str]:
    """Give the titles of the columns of some Parquet files, in their order, with the types that DuckDB gives them.

    Raises InputError for a file that is not there, cannot be read, or is no Parquet file.
    """
    check_files(files)
    return {title: kind for file in reversed(files) for title, kind in store.describe(file).items()}


def view(store: Store, files: Sequence[Path], titled: Sequence[Titled]) -> int:
    """Make the view of rows, and give how many there are."""
    counts = [store.rows("SELECT count(*) FROM read_parquet($file)", {"file": str(file)})[0][0] for file in files]
    parts = []
    for at, (file, first) in enumerate(zip(files, [0, *accumulate(counts)], strict=False)):
        there = store.describe(file)
        columns = [
            f"{quoted(each.title) if each.title in there else 'NULL'} AS k{number}"
            for number, each in enumerate(titled)
        ]
        parts.append(
            f"SELECT (file_row_number + {first})::UBIGINT AS row, {at}::UINTEGER AS file, "
            "file_row_number + 1 AS place, "
            f"{', '.join(columns)} FROM read_parquet({literal(str(file))}, file_row_number = true)"
        )
    store.run(f"CREATE OR REPLACE TEMP VIEW {ROWS} AS {' UNION ALL '.join(parts)}")
    return sum(counts)


def type_findings(titled: Iterable[Titled], types: Mapping[str, str]) -> tuple[Finding, ...]:
    """Say which columns hold what cannot be values of their attribute, whatever the row.

    >>> code = Attribute(type="code", summary="service")
    >>> print(*type_findings([Titled("line.code", "code", code, True)], {"code": "BIGINT"}))
    column code: `code` holds BIGINT, and texts are wanted (write the column as texts)
    """
    found = []
    for each in titled:
        kind, wanted = types[each.title].upper(), each.attribute.type
        many, single = kind.endswith("[]"), kind.removesuffix("[]")
        fitting, words = _FITTING[wanted]
        is_one = not many and not single.endswith("]") and (single.startswith(fitting) or single == '"NULL"')
        if many == each.attribute.many and (single.startswith(fitting) or single == '"NULL"'):
            continue
        if is_one and single == '"NULL"':
            continue
        cure = f"write the column as {'lists of ' if each.attribute.many else ''}{words}"
        message = f"{shown(each.title)} holds {types[each.title]}, and {words} are wanted"
        found.append(Finding(code="column-type", message=message, help=cure, path=f"column {each.title}"))
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
            findings.append(Finding(code="no-file", message=f"there is no file `{file}`", help="check the path"))
        elif file.is_dir():
            cure = "name the claim files in it"
            findings.append(Finding(code="no-file", message=f"`{file}` is a folder", help=cure))
    if findings:
        raise InputError(findings)


def place_of(store: Store, files: Sequence[Path], row: int) -> tuple[str, int]:
    """Say in which file a row of all stands, and where there."""
    ((file, place),) = store.rows(f"SELECT file, place FROM {ROWS} WHERE row = {row}")
    return str(files[file]), place
