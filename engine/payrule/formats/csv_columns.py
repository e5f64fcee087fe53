"""The columns of a sheet: each is named after an attribute of the vocabulary, as the keys of an encounter are."""

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from payrule.documents.encounter_keys import encounter_keys, is_pair
from payrule.documents.faults import shown
from payrule.documents.findings import Finding
from payrule.documents.models import Attribute, Vocabulary
from payrule.documents.suggest import closest, did_you_mean
from payrule.documents.value_schema import example_of
from payrule.formats.csv_cells import cell_reader

ENCOUNTER = "encounter"
"""The column that says which encounter a row belongs to."""

SEPARATORS = ",;\t"
"""What may stand between cells; where a comma is the decimal point, spreadsheets write semicolons."""

_ID, _NUMBER = "encounter.id", "line.number"
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

    def of(self, cells: tuple[str, ...]) -> str:
        """Give the cell of this column in a row; rows may end early."""
        return cells[self.position] if self.position < len(cells) else ""


class Columns(msgspec.Struct, frozen=True):
    """The columns of a sheet: that of the encounter's id, those of the encounter and patient, those of the line.

    `width` counts the columns up to the last that has a title.
    """

    encounter: Column
    above: tuple[Column, ...]
    line: tuple[Column, ...]
    width: int


class Header:
    """Read the header of a sheet by one vocabulary.

    >>> from payrule.documents.models import Regions, Timed
    >>> code = Attribute(type="code", summary="The service", required=True, example="00001")
    >>> header = Header(Vocabulary(kind="vocabulary", concerns=(), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method="x"), attributes={"line.code": code}))
    >>> header.separator("encounter;code;note")
    ';'
    >>> columns, findings = header.read(["encounter", "cod"])
    >>> for finding in findings:
    ...     print(finding.message, finding.help, sep="; ")
    `cod` means nothing here, so it is not read; did you mean `code`?
    there is no column `code`; rename the column `cod` if that is meant
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Name the columns; raises DocumentError when two attributes want the same key."""
        attributes = encounter_keys(vocabulary).attributes
        self._attributes = {name: each for name, each in attributes.items() if name not in _NO_COLUMNS}
        self._computed = [name for name, each in vocabulary.attributes.items() if each.derived and not is_pair(name)]
        short = {name: ENCOUNTER if name == _ID else ".".join(_keys(name)) for name in self._attributes}
        count = Counter(short.values())
        own = {
            title: name
            for name, title in short.items()
            if title not in self._attributes and (count[title] == 1 or name == _ID)
        }
        self._short = {name: title for title, name in own.items()}
        self._names = own | {name: name for name in self._attributes}

    @property
    def titles(self) -> tuple[str, ...]:
        """The title of every column there can be."""
        return tuple(self._short.get(name, name) for name in self._attributes)

    def separator(self, line: str) -> str:
        """Find what stands between the titles: what gives the most that are known."""
        return max(SEPARATORS, key=lambda each: sum(title in self._names for title in titles(line, each)))

    def read(self, row: list[str]) -> tuple[Columns | None, tuple[Finding, ...]]:
        """Read the row of titles; give no columns when they cannot be used, and what there is to say of them."""
        found = [title.strip() for title in row]
        known = [(position, title) for position, title in enumerate(found) if title in self._names]
        if not known:
            cure = f"write the names of the columns there, such as `{ENCOUNTER}`, {self._examples()}"
            return None, (_finding("no-header", "the first row names no column that is known", cure),)
        width = 1 + max(position for position, title in enumerate(found) if title)
        findings = [_nameless(position) for position, title in enumerate(found[:width]) if not title]
        findings += [self._unknown(title) for title in found if title and title not in self._names]
        findings += self._twice([title for _, title in known])
        findings += self._missing(found)
        if any(finding.severity == "error" for finding in findings):
            return None, tuple(findings)
        columns = [(self._names[title], self._column(position, title)) for position, title in known]
        return (
            Columns(
                encounter=next(column for name, column in columns if name == _ID),
                above=tuple(column for name, column in columns if name != _ID and not _is_line(name)),
                line=tuple(column for name, column in columns if _is_line(name)),
                width=width,
            ),
            tuple(findings),
        )

    def _column(self, position: int, title: str) -> Column:
        name = self._names[title]
        attribute = self._attributes[name]
        return Column(position, title, _keys(name), attribute, cell_reader(attribute), name)

    def _unknown(self, title: str) -> Finding:
        computed = next((name for name in self._computed if title in (name, ".".join(_keys(name)))), None)
        same = sorted(name for name in self._attributes if ".".join(_keys(name)) == title and name != _ID)
        message = f"{shown(title)} means nothing here, so it is not read"
        if len(same) > 1:
            message = f"{shown(title)} may be {' or '.join(f'`{name}`' for name in same)}"
            return _finding("ambiguous-column", message, "use the whole name", title)
        if title == ".".join(_keys(_ID)):
            cure: str | None = f"did you mean `{ENCOUNTER}`?"
        else:
            cure = f"leave it out: `{computed}` is computed" if computed else did_you_mean(title, self._short.values())
        return _finding("unknown-column", message, cure or "leave it out", title, is_error=False)

    def _twice(self, known: list[str]) -> Iterator[Finding]:
        first: dict[str, str] = {}
        for title in known:
            if self._names[title] in first:
                message = f"two columns are called `{title}`"
                if first[self._names[title]] != title:
                    message = f"the columns `{first[self._names[title]]}` and `{title}` are the same"
                yield _finding("duplicate-column", message, "keep one of the two", title)
            first.setdefault(self._names[title], title)

    def _missing(self, found: list[str]) -> Iterator[Finding]:
        unknown = [title for title in found if title and title not in self._names]
        there = {self._names[title] for title in found if title in self._names}
        for name, attribute in self._attributes.items():
            if attribute.required and name not in {*there, _NUMBER}:
                title = self._short.get(name, name)
                near = next((each for each in unknown if closest(each, self._short.values()) == title), None)
                near = "id" if name == _ID and "id" in unknown else near
                cure = f"rename the column {shown(near)} if that is meant" if near else "add it"
                yield _finding("missing-column", f"there is no column `{title}`", cure)

    def _examples(self) -> str:
        needed = [name for name, each in self._attributes.items() if each.required and name not in (_ID, _NUMBER)]
        return ", ".join(f"`{self._short.get(name, name)}`" for name in needed)


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


def is_header(line: str) -> bool:
    """Tell whether the first line of a text names the column of the encounter's id.

    >>> is_header("payer;encounter;code"), is_header('{"encounter": 1}')
    (True, False)
    """
    return any(not {ENCOUNTER, _ID}.isdisjoint(titles(line, each)) for each in SEPARATORS)


def written(attribute: Attribute) -> str:
    """Show how a cell of a column may be written.

    >>> written(Attribute(type="code", summary="modifiers", many=True, example=["A1", "B2"]))
    'A1 B2'
    """
    example = example_of(attribute)
    if isinstance(example, bool):
        return str(example).lower()
    return " ".join(map(str, example)) if isinstance(example, list) else str(example)


def _keys(name: str) -> tuple[str, ...]:
    """Give the keys that lead to an attribute, from the encounter, or for one of a line from its line."""
    root, *steps = name.split(".")
    return ("patient", *steps) if root == "patient" else tuple(steps)


def _nameless(position: int) -> Finding:
    message = f"column {position + 1} has no name, so it is not read"
    return _finding("unknown-column", message, "name it, or take it out", is_error=False)


def _is_line(name: str) -> bool:
    return name.startswith("line.")


def _finding(code: str, message: str, cure: str, title: str | None = None, *, is_error: bool = True) -> Finding:
    path = "row 1" if title is None else f"row 1, column {shown(title).strip('`')}"
    finding = Finding(code=code, message=message, help=cure, line=1, path=path)
    return finding if is_error else msgspec.structs.replace(finding, severity="warning")
