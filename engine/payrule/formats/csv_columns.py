"""The columns of a sheet: each is named after an attribute of the vocabulary, as the keys of an encounter are.

An amount of cents may stand in dollars too: `charge` holds dollars, `charge_cents` cents. The title decides, never how
an amount is written.
"""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import msgspec

from payrule.encounter.encounter import PATIENT
from payrule.formats.csv_cells import cell_reader, dollars_reader
from payrule.model.encounter_schema import encounter_keys, is_pair, row_attributes
from payrule.model.value_schema import example_of
from payrule.model.vocabulary import Attribute, Vocabulary
from payrule.source.diagnostics import Diagnostic, closest, did_you_mean, shown

ENCOUNTER = "encounter"
"""The column that says which encounter a row belongs to."""

SEPARATORS = ",;\t"
"""What may stand between cells; where a comma is the decimal point, spreadsheets write semicolons."""

_ID, _NUMBER, _CENTS = "encounter.id", "line.number", "_cents"
_NO_COLUMNS = frozenset({"encounter.$schema"})


class Column(msgspec.Struct, frozen=True):
    """One column: where it stands (from 0), its title, the keys of its value, what it holds and how to read it."""

    position: int
    title: str
    keys: tuple[str, ...]
    attribute: Attribute
    read: Callable[[str], Any]
    name: str = ""
    """The attribute, by its name."""
    in_dollars: bool = False
    """Whether cells hold dollars, where the attribute holds cents."""
    dollars_title: str | None = None
    """What the column of the same amount in dollars is called, where this one holds cents."""

    def of(self, cells: tuple[str, ...]) -> str:
        """Give the cell of this column in a row; rows may end early."""
        return cells[self.position] if self.position < len(cells) else ""


class Columns(msgspec.Struct, frozen=True):
    """The columns of a sheet: that of the encounter's id, those of the encounter and patient, those of the line.

    Of a sheet of histories, `encounter` is the column of the patient's id, and `above` what a row says of its claim.
    `width` counts the columns up to the last that has a title.
    """

    encounter: Column
    above: tuple[Column, ...]
    line: tuple[Column, ...]
    width: int

    @property
    def both(self) -> Iterator[tuple[Column, Column]]:
        """The columns of a line that hold one amount in dollars and in cents, so that they must agree."""
        in_cents = {column.name: column for column in self.line if not column.in_dollars}
        return ((each, in_cents[each.name]) for each in self.line if each.in_dollars and each.name in in_cents)


class Header:
    """Read the header of a sheet by one vocabulary.

    >>> from payrule.model.vocabulary import Regions, Timed
    >>> code = Attribute(type="code", summary="The service", required=True, example="00001")
    >>> header = Header(Vocabulary(kind="vocabulary", concerns=(), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method="x"), attributes={"line.code": code}))
    >>> header.separator("encounter;code;note")
    ';'
    >>> columns, findings = header.read(["encounter", "cod"])
    >>> for finding in findings:
    ...     print(finding.message, finding.help, sep="; ")
    `cod` is not a known column, so it is not read; did you mean `code`?
    there is no column `code`; rename the column `cod` if that is meant
    """

    def __init__(self, vocabulary: Vocabulary, *, is_typed: bool = True, of_history: bool = False) -> None:
        """Name the columns; raises DocumentError when two attributes want the same key.

        Those `of_history` are of rows of earlier lines, which belong to a patient instead of an encounter. Where people
        typed the sheet, an amount of cents may stand in dollars, in a column without `_cents` in its name.
        """
        attributes = encounter_keys(vocabulary).attributes
        attributes = row_attributes(attributes) if of_history else attributes
        self._key = PATIENT if of_history else _ID
        self._attributes = {name: each for name, each in attributes.items() if name not in _NO_COLUMNS}
        self._computed = [name for name, each in vocabulary.attributes.items() if each.function and not is_pair(name)]
        short = {name: ENCOUNTER if name == _ID else ".".join(keys_of(name)) for name in self._attributes}
        # A short name that an attribute has which claims give is not that of one which is computed when it is left out.
        given = {title for name, title in short.items() if not self._attributes[name].computation}
        short = {n: title for n, title in short.items() if title not in given or not self._attributes[n].computation}
        count = Counter(short.values())
        self._short = {
            name: title
            for name, title in short.items()
            if title not in self._attributes and (count[title] == 1 or name == _ID)
        }
        self._names = {title: name for name, title in self._short.items()} | {name: name for name in self._attributes}
        taken = {_folded(title) for title in (*self._names, *vocabulary.attributes)}
        amounts = {name for name, each in self._attributes.items() if each.measure == "cents" and not each.many}
        in_cents = {each: name for each, name in self._names.items() if each.endswith(_CENTS) and name in amounts}
        dollars = {title.removesuffix(_CENTS): name for title, name in in_cents.items() if is_typed}
        self._dollars = {title: name for title, name in dollars.items() if _folded(title) not in taken}
        self._dollars_title = {name: title for title, name in reversed(self._dollars.items())}
        self._names |= self._dollars
        meant = {(_folded(title), name) for title, name in self._names.items()}
        several = Counter(folded for folded, _ in meant)
        self._folded = {folded: name for folded, name in meant if several[folded] == 1}
        self._known = [*self._short.values(), *self._dollars_title.values()]
        self._also_called = {
            other: self._dollars_title.get(name) or self._short.get(name, name)
            for name, each in self._attributes.items()
            for other in each.also_called
        }

    @property
    def titles(self) -> tuple[str, ...]:
        """The title of every column there can be."""
        in_dollars = [title for name, title in self._dollars_title.items()]
        return (*(self._short.get(name, name) for name in self._attributes), *in_dollars)

    def separator(self, line: str) -> str:
        """Find what stands between the titles: what gives the most that are known."""
        return max(
            SEPARATORS, key=lambda each: sum(self.attribute_of(title) is not None for title in titles(line, each))
        )

    def title_of(self, name: str) -> str:
        """Give the title of the column of an attribute, in dollars where it may hold them."""
        return self._dollars_title.get(name) or self._short.get(name, name)

    def attribute_of(self, title: str) -> str | None:
        """Give the attribute of a title, whatever its capitals and the signs between its words."""
        return self._names.get(title) or self._folded.get(_folded(title))

    def is_dollars(self, title: str) -> bool:
        """Tell whether a title is that of a column of dollars, where its attribute holds cents."""
        return _folded(title) in map(_folded, self._dollars)

    def read(self, row: list[str]) -> tuple[Columns | None, tuple[Diagnostic, ...]]:
        """Read the row of titles; give no columns when they cannot be used, and what there is to say of them."""
        found = [title.strip() for title in row]
        known = [(position, title) for position, title in enumerate(found) if self.attribute_of(title) is not None]
        if not known:
            needed = [
                name for name, each in self._attributes.items() if each.required and name not in (self._key, _NUMBER)
            ]
            examples = ", ".join(f"`{self._short.get(name, name)}`" for name in needed)
            key = self._short.get(self._key, self._key)
            titled = f"write the titles of the columns there, such as `{key}`, {examples}"
            help_text = f"{titled}; `payrule workbench` reads a table with other titles"
            return None, (_finding("no-header", "the first row has no title of a known column", help_text),)
        width = 1 + max(position for position, title in enumerate(found) if title)
        nameless = [position for position, title in enumerate(found[:width], start=1) if not title]
        findings = [
            _finding("unknown-column", f"column {at} has no title, so it is not read", _TITLE, is_error=False)
            for at in nameless
        ]
        findings += [self._unknown(title) for title in found if title and self.attribute_of(title) is None]
        findings += self._twice([title for _, title in known])
        findings += self._missing(found)
        if any(diagnostic.severity == "error" for diagnostic in findings):
            return None, tuple(findings)
        columns = [self._column(position, title) for position, title in known]
        of_line = tuple(column for column in columns if column.name.startswith("line."))
        above = tuple(column for column in columns if column.name != self._key and column not in of_line)
        encounter = next(column for column in columns if column.name == self._key)
        return Columns(encounter, above, of_line, width), tuple(findings)

    def _column(self, position: int, title: str) -> Column:
        name = self.attribute_of(title) or title
        attribute = self._attributes[name]
        in_dollars = self.is_dollars(title)
        read = dollars_reader(attribute) if in_dollars else cell_reader(attribute)
        other = None if in_dollars else self._dollars_title.get(name)
        return Column(position, title, keys_of(name), attribute, read, name, in_dollars=in_dollars, dollars_title=other)

    def _unknown(self, title: str) -> Diagnostic:
        computed = next((name for name in self._computed if title in (name, ".".join(keys_of(name)))), None)
        same = sorted(name for name in self._attributes if ".".join(keys_of(name)) == title and name != _ID)
        message = f"{shown(title)} is not a known column, so it is not read"
        if len(same) > 1:
            message = f"{shown(title)} may be {' or '.join(f'`{name}`' for name in same)}"
            return _finding("ambiguous-column", message, "use the whole name", title)
        if title == ".".join(keys_of(_ID)):
            help_text: str | None = f"did you mean `{ENCOUNTER}`?"
        else:
            meant = did_you_mean(title, self._known, also_called=self._also_called)
            help_text = f"leave it out: `{computed}` is computed" if computed else meant
        return _finding("unknown-column", message, help_text or "leave it out", title, is_error=False)

    def _twice(self, known: list[str]) -> Iterator[Diagnostic]:
        first: dict[str, str] = {}
        for title in known:
            name = f"{self.attribute_of(title)}{' in dollars' if self.is_dollars(title) else ''}"
            if name in first:
                message = f"two columns are called `{title}`"
                if first[name] != title:
                    message = f"the columns `{first[name]}` and `{title}` are the same"
                yield _finding("duplicate-column", message, "keep one of the two", title)
            first.setdefault(name, title)

    def _missing(self, found: list[str]) -> Iterator[Diagnostic]:
        unknown = [title for title in found if title and self.attribute_of(title) is None]
        there = {self.attribute_of(title) for title in found}
        for name, attribute in self._attributes.items():
            if attribute.required and name not in {*there, _NUMBER}:
                title = self._short.get(name, name)
                titles = {title, self._dollars_title.get(name, title)}
                near = next((each for each in unknown if closest(each, self._known, self._also_called) in titles), None)
                near = "id" if name == _ID and "id" in unknown else near
                help_text = f"rename the column {shown(near)} if that is meant" if near else "add it"
                yield _finding("missing-column", f"there is no column `{title}`", help_text)


def titles(line: str, separator: str) -> list[str]:
    r"""Take a row of titles apart, without its byte order mark and line end; some programs end lines with `\r` alone.

    >>> titles('\ufeffencounter; "code"\r\n', ";"), titles("encounter\rE-1\r", ";")
    (['encounter', 'code'], ['encounter'])
    """
    first = line[:_LONGEST].removeprefix("\ufeff").partition("\r")[0]
    row = next(csv.reader([first], delimiter=separator, skipinitialspace=True), [])
    return [title.strip() for title in row]


_LONGEST = 65_536
"""Characters of a first line that are looked at; a cell may have twice as many."""


def _folded(title: str) -> str:
    """Give a title without what people write otherwise: capitals, and what stands between words.

    >>> _folded("Provider Type"), _folded("provider.type")
    ('provider.type', 'provider.type')
    """
    return re.sub(r"[\s._-]+", ".", title.lower())


def is_header(line: str) -> bool:
    """Tell whether the first line of a text names the column of the encounter's id.

    >>> is_header("Payer;Encounter;Code"), is_header('{"encounter": 1}')
    (True, False)
    """
    return any(not {ENCOUNTER, _folded(_ID)}.isdisjoint(map(_folded, titles(line, each))) for each in SEPARATORS)


def written(attribute: Attribute) -> str:
    """Show how a cell of a column may be written.

    >>> written(Attribute(type="code", summary="modifiers", many=True, example=["A1", "B2"]))
    'A1 B2'
    """
    example = example_of(attribute)
    if isinstance(example, bool):
        return str(example).lower()
    return " ".join(map(str, example)) if isinstance(example, list) else str(example)


def keys_of(name: str) -> tuple[str, ...]:
    """Give the keys that lead to an attribute, from the claim, or for one of a line from its line.

    >>> keys_of("line.provider.type"), keys_of("patient.age"), keys_of("encounter.role")
    (('provider', 'type'), ('patient', 'age'), ('role',))
    """
    root, *steps = name.split(".")
    return ("patient", *steps) if root == "patient" else tuple(steps)


def put(data: dict[str, Any], keys: tuple[str, ...], value: Any) -> None:
    """Put a value where keys lead to."""
    for key in keys[:-1]:
        data = data.setdefault(key, {})
    data[keys[-1]] = value


_Place = TypeVar("_Place")


def nearest_place(places: Mapping[str, _Place], path: str, otherwise: _Place) -> _Place:
    """Find the place of a JSON path, or of the nearest value that it is part of.

    >>> nearest_place({"$.lines[0]": "row 2"}, "$.lines[0].units", "row 1")
    'row 2'
    """
    while path not in places and path != "$":
        path = path[: max(path.rfind("."), path.rfind("["))]
    return places.get(path, otherwise)


_TITLE = "give it a title, or remove it"


def _finding(code: str, message: str, help_text: str, title: str | None = None, *, is_error: bool = True) -> Diagnostic:
    path = "row 1" if title is None else f"row 1, column {shown(title).strip('`')}"
    diagnostic = Diagnostic(code=code, message=message, help=help_text, line=1, path=path)
    return diagnostic if is_error else msgspec.structs.replace(diagnostic, severity="warning")
