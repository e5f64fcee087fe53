"""Column maps: which column of a table holds which attribute, in a document of the rulebase.

The folder `column-maps` holds them: the headings of the tables that a map is for, what each column holds and how it is
written there, and which column says what claim a row belongs to.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Literal

import msgspec

from payrule.fmt import formatted
from payrule.formats.sheet_dates import Dates
from payrule.model.encounter_schema import encounter_keys
from payrule.model.vocabulary import Vocabulary
from payrule.rulebase.folder import COLUMN_MAPS, column_map_files, read_text
from payrule.rulebase.load import read_document
from payrule.source.diagnostics import Diagnostic, DocumentError, RequestError, did_you_mean
from payrule.source.files import whole_file
from payrule.source.json_source import JsonSource

Amounts = Literal["dollars", "cents"]

CLAIM, NUMBER, PAYER = "encounter.id", "line.number", "encounter.payer"


class Use(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a column holds: an attribute, by its name, or nothing; and how it is written there.

    `line` counts the lines (from 1) where one row has several. `empty` are texts that stand for an empty cell, `values`
    what texts mean, and with `only` rows that say something else here are not read. A column that is `optional` may be
    left out of a table; where `each_row` is true, no row belongs to the claim above it for saying nothing here.
    """

    heading: str
    attribute: str = ""
    dates: Dates | None = None
    amounts: Amounts | None = None
    line: int | None = None
    optional: bool = False
    each_row: bool = False
    empty: tuple[str, ...] = ()
    values: dict[str, str] = {}
    only: tuple[str, ...] = ()


class ColumnMap(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="kind",
    tag="column-map",
    rename={"schema": "$schema"},
):
    """A column map: each column in its order, one for each heading.

    The column of the attribute `encounter.id` says which claim a row belongs to; without one each row is a claim.
    """

    columns: tuple[Use, ...]
    title: str = ""
    schema: str = ""

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings of the tables that it is for."""
        return tuple(each.heading for each in self.columns)

    @property
    def is_wide(self) -> bool:
        """Whether one row has several lines."""
        return any(each.line is not None for each in self.columns)

    @property
    def claim(self) -> int | None:
        """The position (from 0) of the column of the claim; None where each row is a claim of its own."""
        return next((at for at, each in enumerate(self.columns) if each.attribute == CLAIM), None)


def map_name(headings: Iterable[str]) -> str:
    """Name the file of the map for tables with these headings: the same, in the same order, whatever their capitals.

    >>> map_name(["CPT", "dx"]) == map_name(["cpt ", "Dx"]), map_name(["cpt"]) == map_name(["dx"])
    (True, False)
    """
    return sha256("\n".join(each.strip().lower() for each in headings).encode()).hexdigest()[:16] + ".json"


def remembered(folders: Iterable[Path], headings: Sequence[str]) -> ColumnMap | None:
    """Find the map for tables with these headings in the first folder that has it; None where nothing fits."""
    for folder in folders:
        if (found := _kept_in(folder, headings)) is not None:
            uses = zip(found[1].columns, headings, strict=True)
            return ColumnMap(columns=tuple(msgspec.structs.replace(use, heading=each) for use, each in uses))
    return None


def _kept_in(folder: Path, headings: Sequence[str]) -> tuple[Path, ColumnMap] | None:
    """Find the map for these headings in a folder, whatever the name of its file, and the file."""
    own = folder / map_name(headings)
    for path in (own, *sorted(set(folder.glob("*.json")) - {own})):
        try:
            found = msgspec.json.decode(path.read_bytes(), type=ColumnMap)
        except (OSError, msgspec.DecodeError):
            continue
        if are_headings(found, headings) and not found.is_wide:
            return path, found
    return None


def are_headings(chosen: ColumnMap, row: Sequence[str]) -> bool:
    """Tell whether a row has the headings of a map, whatever their capitals."""
    return [each.strip().lower() for each in chosen.headings] == [each.strip().lower() for each in row]


def fitted(chosen: ColumnMap, row: Sequence[str]) -> ColumnMap | None:
    """Put the columns of a map into the order of a table whose headings are a row of it; None where they do not fit.

    They fit where the row has each column that holds something and is not optional, once. What the map does not name
    is not read.

    >>> chosen = ColumnMap(columns=(Use("cpt", "line.code"), Use("note"), Use("qty", "line.units", optional=True)))
    >>> [each.attribute for each in fitted(chosen, ["Who", "CPT"]).columns]
    ['', 'line.code']
    >>> fitted(chosen, ["Who", "qty"]) is None
    True
    """
    if are_headings(chosen, row):
        return chosen
    told = Counter(each.strip().lower() for each in row)
    used = {each.heading.strip().lower(): each for each in chosen.columns if each.attribute or each.only}
    if any(told[name] > 1 or (not told[name] and not use.optional) for name, use in used.items()):
        return None
    uses = (used.get(each.strip().lower()) or Use(each) for each in row)
    return msgspec.structs.replace(chosen, columns=tuple(uses))


def remember(folder: Path, chosen: ColumnMap) -> None:
    """Keep a map for the next table of its headings; raises RequestError where the folder cannot be written."""
    there = _kept_in(folder, chosen.headings)
    path, schema = (there[0], there[1].schema) if there else (folder / map_name(chosen.headings), chosen.schema)
    kept = msgspec.to_builtins(msgspec.structs.replace(chosen, schema=schema))
    try:
        folder.mkdir(exist_ok=True)
        with whole_file(path) as beside:
            beside.write_text(formatted(kept), encoding="utf-8")
    except OSError as fault:
        message = f"the choice of columns cannot be kept in `{folder}`: {(fault.strerror or str(fault)).lower()}"
        raise RequestError.of("unwritable", message, "make sure that the folder can be written") from None


def read_column_map(path: Path) -> ColumnMap:
    """Read a column map; raises DocumentError where there is none, or for one of another shape."""
    return read_document(path, "column-map", ColumnMap)


def column_map_called(root: Path, name: str) -> ColumnMap:
    """Read the column map of a name, that of its file, from the folder of a rulebase; raises InputError."""
    names = [path.stem for path in column_map_files(root)]
    if name not in names:
        folder = root / COLUMN_MAPS
        help_text = did_you_mean(name, names, otherwise=f"the maps are the files in `{folder}`")
        raise RequestError.of("unknown-map", f"there is no column map `{name}`", help_text)
    return read_column_map(root / COLUMN_MAPS / f"{name}.json")


def column_maps(root: Path) -> Mapping[str, ColumnMap]:
    """Read every column map of a rulebase, by its name; one of another shape is left to `column_map_findings`."""
    found = {}
    for path in column_map_files(root):
        try:
            found[path.stem] = read_column_map(path)
        except DocumentError:
            continue
    return found


def column_map_findings(path: Path, vocabulary: Vocabulary) -> tuple[Diagnostic, ...]:
    """Say what is wrong with a column map: its shape, or its use of the attributes of a vocabulary."""
    try:
        chosen = read_column_map(path)
    except DocumentError as fault:
        return fault.findings
    return tuple(_misuses(chosen, vocabulary, read_text(path)))


def _misuses(chosen: ColumnMap, vocabulary: Vocabulary, text: JsonSource) -> Iterator[Diagnostic]:
    attributes, taken = encounter_keys(vocabulary).attributes, dict[tuple[str, int | None], str]()
    for at, use in enumerate(chosen.columns):
        if not use.attribute:
            continue
        place, attribute = ("columns", at, "attribute"), attributes.get(use.attribute)
        if attribute is None:
            message = f"the column `{use.heading}` holds `{use.attribute}`, which is no attribute of a claim"
            yield text.diagnostic(place, "unknown-attribute", message, did_you_mean(use.attribute, attributes))
            continue
        if use.line is not None and not use.attribute.startswith("line."):
            message = f"`{use.attribute}` is of the claim, so `line` says nothing"
            yield text.diagnostic(("columns", at, "line"), "column-map-key", message, "leave out `line`")
        key = use.attribute, use.line
        if key in taken and not attribute.many:
            message = f"`{taken[key]}` and `{use.heading}` both hold `{use.attribute}`, which has one value"
            yield text.diagnostic(place, "attribute-twice", message, "let one of the two columns hold nothing")
        taken.setdefault(key, use.heading)
        for name, given, fits, what in (
            ("dates", use.dates, attribute.type == "date", "dates"),
            ("amounts", use.amounts, attribute.measure == "cents", "amounts"),
        ):
            if given is not None and not fits:
                message = f"`{use.attribute}` holds no {what}, so `{name}` says nothing"
                yield text.diagnostic(("columns", at, name), "column-map-key", message, f"leave out `{name}`")
