"""Read Parquet files whose titles are those of a column map: each row as a row of a table, by what its columns hold."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from payrule.formats.column_maps import ColumnMap, column_maps
from payrule.formats.column_matching import Matcher
from payrule.formats.mapped_rows import Chosen, chosen_by, chosen_for
from payrule.formats.spreadsheet import SheetTable, parquet_rows
from payrule.formats.typed_columns import WHOLE, misfit, read_as
from payrule.model.vocabulary import Attribute
from payrule.rulebase.load import Documents
from payrule.source.database import PARQUET, Store, quoted, rows_of
from payrule.source.diagnostics import InputError, RequestError

_NO_ROW = -1
"""Where the headings are: Parquet has no row of them, so that rows count from 1."""


def parquet_by_map(path: Path, documents: Documents, by_map: ColumnMap | None) -> Chosen | None:
    """Read a Parquet file by a column map, or by the one that its titles fit; None where they fit none.

    Only columns that hold something are read. Raises RequestError where a map that is given does not fit, or several
    fit, for a column whose type has no one meaning, and for a table that is too large.
    """
    matcher = Matcher(documents.vocabulary)
    with Store(threads=1) as store:
        kinds = store.describe(path, rows_of(path))
        chosen = _chosen(path, tuple(kinds), documents, by_map, matcher)
        if chosen is None:
            return None
        told = zip(kinds.items(), chosen.map.columns, strict=True)
        used = [(title, kind, use) for (title, kind), use in told if use.attribute or use.only]
        said = [_said(store, path, title, kind, matcher.attributes.get(use.attribute)) for title, kind, use in used]
        rows = parquet_rows(store, path, said)
    uses = tuple(use for _, _, use in used)
    by = msgspec.structs.replace(chosen.map, columns=uses)
    return msgspec.structs.replace(chosen, table=SheetTable(form="parquet", rows=rows), headings=_NO_ROW, map=by)


def _chosen(
    path: Path, titles: tuple[str, ...], documents: Documents, by_map: ColumnMap | None, matcher: Matcher
) -> Chosen | None:
    table = SheetTable(form="parquet", rows=(titles,))
    if by_map is not None:
        return chosen_by(table, by_map, path)
    chosen = chosen_for(table, column_maps(documents.folder), matcher)
    return chosen if chosen is not None and chosen.name else None


def _said(store: Store, path: Path, title: str, kind: str, attribute: Attribute | None) -> str:
    """Write what a column says, as text in SQL; raises RequestError where its type has no one meaning."""
    is_plain = attribute is None or attribute.type in ("integer", "boolean")
    if attribute is None or is_plain or (attribute.type == "date" and kind in WHOLE):  # such as 20260105
        return _as_text(quoted(title), kind)
    single = msgspec.structs.replace(attribute, many=kind.endswith("[]"))
    if (wrong := misfit(title, kind, single)) is not None:
        if store.rows(f"SELECT count({quoted(title)}) FROM {rows_of(path)}") == [(0,)]:  # noqa: S608 - names, quoted
            return "NULL"
        raise RequestError([msgspec.structs.replace(wrong, file=str(path))])
    return _as_text(read_as(title, kind, single), kind)


def _as_text(value: str, kind: str) -> str:
    return f"array_to_string({value}, ' ')" if kind.endswith("[]") else f"CAST({value} AS VARCHAR)"


def are_by_map(files: Iterable[Path], documents: Documents, by_map: ColumnMap | None) -> bool:
    """Tell whether Parquet files are read by column maps, as all are or none; raises RequestError for some of them.

    What is wrong with a file that cannot be read is said where it is read.
    """
    matcher, fits = Matcher(documents.vocabulary), set[bool]()
    for path in (each for each in files if each.suffix.lower() == PARQUET and each.is_file()):
        try:
            with Store(threads=1) as store:
                titles = tuple(store.describe(path, rows_of(path)))
        except InputError:
            continue
        fits.add(_chosen(path, titles, documents, by_map, matcher) is not None)
    if len(fits) > 1:
        message = "some of these Parquet files have the titles of a column map, and others those of payrule"
        raise RequestError.of("mixed-formats", message, "decide them in runs of their own")
    return True in fits
