"""Claims of files of every format: what each file is, and by which column map it is read where it is a table."""

from collections.abc import Callable, Iterator
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from payrule.formats.encounters import Read, checked
from payrule.formats.json_reader import Items
from payrule.formats.payer_map import payer_choice
from payrule.formats.reading import BY_ENDING, PARQUET, read_file
from payrule.rulebase.load import Documents
from payrule.rulebase.rulebase import Rulebase
from payrule.source.diagnostics import InputError, RequestError
from payrule.source.observed import log

if TYPE_CHECKING:
    from payrule.formats.column_maps import ColumnMap
    from payrule.formats.mapped_rows import Chosen

WORKBOOK = ".xlsx"
"""What the name of a workbook ends with."""


def read_claims(
    path: str | PathLike[str],
    rulebase: Rulebase,
    *,
    column_map: str | None = None,
    payer: str | PathLike[str] | None = None,
    strict: bool = False,
) -> Iterator[Read]:
    r"""Read the claims of a file: JSON, JSON Lines, CSV, .xlsx, X12 837P or FHIR R4, each with what is wrong with it.

    A claim that can be decided has its `encounter`; of any other `errors` say why not, with the place. A table is read
    by the column map of the rulebase that is named, else by the one that its headings fit. `payer` is the payer that
    decides the claims, or the file of a payer map (`.json`), which says who decides which; then `Rulebase.decide` needs
    none. With `strict`, a warning is an error. What is wrong with the file is a `Read` that is no claim; raises
    InputError only for a column map that there is not, and for a payer map that cannot be used.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from payrule import load
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "claims.csv")
    ...     size = path.write_text("encounter,code,date\nE-1,00001,2016-03-01\nE-2,00001,soon\n")
    ...     for read in read_claims(path, load()):
    ...         print(read.claim, read.encounter is not None, [error.path for error in read.errors])
    E-1 True []
    E-2 False ['row 3, column date']
    """
    file, documents, by_map = Path(path), rulebase.documents, None
    if column_map is not None:
        from payrule.formats.column_maps import column_map_called

        by_map = column_map_called(documents.folder, column_map)
    choice = payer_choice(payer, rulebase.payers, strict=strict)
    items = items_of(file, documents, by_map, note_map)
    return choice.chosen_for(checked(items, rulebase.validator, str(file), strict=strict))


def note_map(_: Path, chosen: "Chosen") -> None:
    """Log by which column map a table is read, where nobody named one, and that not all sheets are read."""
    if chosen.name:
        log().info("a table is read by the column map `%s`, which its headings fit", chosen.name)
    if chosen.table.others:
        log().info("one sheet of a workbook is read, and others are not: %d", chosen.table.others)


def items_of(
    path: Path, documents: Documents, by_map: "ColumnMap | None", told: "Callable[[Path, Chosen], Any] | None" = None
) -> Items:
    """Read a file by what it is, a table by a column map or else as `chosen_table` has it.

    `told` is called with a table that is not simply as payrule writes it, before its claims are read.
    """
    is_parquet = path.suffix.lower() == PARQUET and path.is_file()
    if by_map is not None and not is_parquet:
        from payrule.formats.mapped_rows import read_by_map

        yield from read_by_map(path, by_map, documents.vocabulary, told)
        return
    try:
        if is_parquet:
            from payrule.formats.mapped_parquet import parquet_by_map

            chosen = parquet_by_map(path, documents, by_map)
        else:
            chosen = chosen_table(path, documents)
    except InputError as fault:
        from payrule.formats.mapped_rows import in_file

        yield from (in_file(each, path) for each in fault.findings)
        return
    if chosen is None:
        yield from read_file(path, documents.vocabulary)
        return
    if told is not None:
        told(path, chosen)
    from payrule.formats.column_matching import Matcher
    from payrule.formats.mapped_rows import read_chosen

    yield from read_chosen(chosen, Matcher(documents.vocabulary), str(path))


def chosen_table(path: Path, documents: Documents) -> "Chosen | None":
    """Read a workbook, or a text that is not as payrule writes it, where its headings say how; None for other files.

    Raises RequestError for a workbook whose headings say nothing, or where they fit several column maps.
    """
    ending = path.suffix.lower()
    if not path.is_file() or (ending != WORKBOOK and BY_ENDING.get(ending) != "csv"):
        return None
    from payrule.formats.column_maps import column_maps
    from payrule.formats.column_matching import Matcher
    from payrule.formats.mapped_rows import chosen_for
    from payrule.formats.spreadsheet import beginning_of_text, form_of_table, read_table

    matcher, maps = Matcher(documents.vocabulary), column_maps(documents.folder)
    if ending != WORKBOOK:
        begun = beginning_of_text(path)
        chosen = None if begun is None else chosen_for(begun, maps, matcher)
        if chosen is None or not chosen.name:
            return None
        return msgspec.structs.replace(chosen, table=read_table(path, "csv"))
    if form_of_table(path) != "xlsx":
        message = "this is no workbook, though its name says so"
        raise RequestError.of("no-table", message, "end its name with what it is, such as `.csv`")
    chosen = chosen_for(read_table(path, "xlsx"), maps, matcher)
    if chosen is None:
        message = f"the headings of `{path}` are neither those of payrule nor those of a column map"
        help_text = "open it in `payrule workbench`, say what its columns hold, and give the map it keeps with `--map`"
        raise RequestError.of("other-headings", message, help_text)
    return chosen
