"""A claim as it is typed into a form: each control is a cell, and is read and explained as a cell of a sheet is.

Rows of a form are numbered from 1; empty ones are no lines. A control is named by the part of the claim that it belongs
to, for a line with its row, and the title of a sheet's column: `claim.payer_role`, `line.2.code`, `earlier.1.date`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from payrule.encounter.encounter import Encounter
from payrule.encounter.validator import EncounterValidator
from payrule.formats.csv_cells import NOTHING
from payrule.formats.csv_columns import Column, Columns, Header
from payrule.formats.csv_reader import Group, Row
from payrule.formats.encounters import RawEncounter, Read, cell_of, checked
from payrule.language.words import subject_of
from payrule.model.encounter_schema import HISTORY
from payrule.model.vocabulary import Vocabulary, attribute_of, line_of
from payrule.source.diagnostics import Diagnostic, RequestError
from payrule.source.json_source import json_path, steps_of

MOST_ROWS = 50
"""Lines that a form takes, and earlier lines: as many as a claim has (X12 837P: 2400 loops of a claim)."""

Part = Literal["claim", "line", "earlier"]
"""What a control belongs to: the claim as a whole, one of its lines, or an earlier line of the patient."""

USUAL = (
    "encounter.diagnoses",
    "patient.birth_date",
    "patient.age_years",
    "patient.sex",
    "encounter.payer_role",
    "encounter.prior_authorizations",
    "history.claim",
    "line.date",
    "line.date_to",
    "line.place_of_service",
    "line.code",
    "line.modifiers",
    "line.diagnosis_pointers",
    "line.units",
    "line.charge_cents",
    "line.provider.type",
    "line.minutes",
)
"""Attributes that are typed most, in the order of the form CMS-1500; of other vocabularies, those that they have."""

OF_EARLIER = ("line.status", "line.paid_cents")
"""What is typed of an earlier line besides those."""

SINCE = "earlier.history_from"
"""The control that says from which day on the earlier lines are complete."""

_ID = "claim"
_OWN = frozenset({"encounter.payer", "line.number"})
"""What a form asks for otherwise, or nowhere."""


class Control(msgspec.Struct, frozen=True):
    """What one attribute is typed into: the part of the claim, and the column of a sheet that it is read as."""

    part: Part
    column: Column

    def name(self, row: int | None = None) -> str:
        """Name the control, of a line in its row."""
        return ".".join([self.part, *([] if row is None else [str(row)]), self.column.title])

    @property
    def label(self) -> str:
        """What a person calls it."""
        return subject_of(self.column.name.removeprefix("history.").removesuffix("_cents"))

    @property
    def is_usual(self) -> bool:
        """Tell whether it stands among the first controls, rather than among those that are opened."""
        return self.column.attribute.required or self.column.name in (
            (*USUAL, *OF_EARLIER) if self.part == "earlier" else USUAL
        )

    def text(self, value: Any) -> str:
        """Write a value as a person types it.

        >>> from payrule import load
        >>> controls = {each.column.name: each for each in ClaimForm(load().documents.vocabulary).line}
        >>> controls["line.charge_cents"].text(4550), controls["line.modifiers"].text([])
        ('45.50', 'none')
        """
        if isinstance(value, list):
            nothing = "" if NOTHING in self.column.attribute.values else NOTHING
            return " ".join(map(str, value)) or nothing
        if isinstance(value, bool):
            return "yes" if value else "no"
        if self.column.in_dollars and isinstance(value, int) and value >= 0:
            return f"{value // 100}.{value % 100:02d}"
        return "" if value is None else str(value)


class ClaimForm:
    """The controls of claims by one vocabulary, and what was typed into them as a claim."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Name the controls; raises DocumentError when two attributes want the same key."""
        self._pointers = frozenset(vocabulary.pointers)
        self._columns, self._earlier_columns = _columns(vocabulary), _columns(vocabulary, of_history=True)
        self.claim = _in_order("claim", self._columns.above)
        self.line = _in_order("line", self._columns.line)
        above = (each for each in self._earlier_columns.above if each.title != _SINCE_TITLE)
        self.earlier = _in_order("earlier", (*above, *self._earlier_columns.line))
        self._above = frozenset(each.column.title for each in self.claim)

    def control(self, attribute: str, number: int) -> str | None:
        """Name the control in which an attribute of a line is typed; None for one that is computed.

        >>> from payrule import load
        >>> form = ClaimForm(load().documents.vocabulary)
        >>> form.control("line.units", 2), form.control("patient.sex", 2), form.control("line.units_supported", 2)
        ('line.2.units', 'claim.patient.sex', None)
        >>> form.control("lines[1].minutes", 2)
        'line.1.minutes'
        """
        if (other := line_of(attribute)) is not None:
            return self.control(attribute_of(attribute), other)
        for controls, row in ((self.claim, None), (self.line, number)):
            for each in controls:
                if each.column.name == attribute:
                    return each.name(row)
        return None

    def typed(self, encounter: Mapping[str, Any]) -> dict[str, str]:
        """Write a claim, given as JSON values, as what somebody would have typed.

        >>> from payrule import load
        >>> line = {"number": 7, "code": "00001", "date": "2016-03-01", "provider": {"type": "nurse"}}
        >>> ClaimForm(load().documents.vocabulary).typed({"id": "E-1", "lines": [line]})
        {'line.1.date': '2016-03-01', 'line.1.code': '00001', 'line.1.provider.type': 'nurse'}
        """
        found = _written(self.claim, encounter)
        for row, line in enumerate(encounter.get("lines") or (), start=1):
            found |= _written(self.line, line, row)
        for row, line in enumerate(encounter.get("history") or (), start=1):
            found |= _written(self.earlier, line, row)
        since = encounter.get("history_from")
        return found | ({SINCE: str(since)} if since else {})

    def typed_of(self, encounter: Encounter) -> dict[str, str]:
        """Write a claim that has been read as what somebody would have typed, so that it is answered alike.

        The order of a list is not known any more: what was worked out of it is typed instead of positions in it.

        >>> from payrule import load
        >>> rulebase = load()
        >>> line = {"number": 7, "code": "00001", "date": "2016-03-01", "charge_cents": 4550}
        >>> typed = ClaimForm(rulebase.documents.vocabulary).typed_of(rulebase.encounter({"id": "1", "lines": [line]}))
        >>> typed["line.1.date"], typed["line.1.charge"], typed["line.1.modifiers"]
        ('2016-03-01', '45.50', 'none')
        """
        patient = {"patient.id": encounter.patient} if encounter.patient else {}
        found = _of_values(self.claim, {**encounter.values, **patient})
        for row, line in enumerate(encounter.lines, start=1):
            ordered = {name for name in self._pointers if line.values.get(name)}
            found |= _of_values(self.line, {k: each for k, each in line.values.items() if k not in ordered}, row)
        for row, earlier in enumerate(encounter.history, start=1):
            told = {f"history.{key}": getattr(earlier, key, None) for key in HISTORY}
            found |= _of_values(self.earlier, {**earlier.values, **told, "line.number": earlier.number}, row)
        return found | ({SINCE: encounter.history_from.isoformat()} if encounter.history_from else {})

    def read(self, typed: Mapping[str, str], validator: EncounterValidator) -> "TypedClaim":
        """Read what was typed; raises RequestError for more rows than a form takes.

        >>> from payrule import load
        >>> rulebase = load()
        >>> form = ClaimForm(rulebase.documents.vocabulary)
        >>> claim = form.read({"line.3.code": "00001", "line.3.date": "1/5/2026"}, rulebase.validator)
        >>> for each in claim.read.findings:
        ...     print(each.path, each.help, sep=": ")
        line.3.date: write `2026-01-05` or `2026-05-01`, whichever is meant
        """
        raw = self._raw({name: text.strip() for name, text in typed.items()})
        (read,) = checked([raw], validator)
        return TypedClaim(raw.data, read)

    def _raw(self, typed: Mapping[str, str]) -> RawEncounter:
        rows, earlier_rows = rows_of(typed, "line"), rows_of(typed, "earlier")
        group = Group(_ID, self._columns)
        above = {each.column.title: typed.get(each.name(), "") for each in self.claim}
        for row in rows or (1,):
            group.add(self._row(self._columns, self.line, typed, row, above | {"encounter": _ID}))
            above = {}
        raw = group.encounter(None)
        lines: Any = raw.data["lines"]
        for line, row in zip(lines, rows or (1,), strict=True):
            line["number"] = row
        earlier = []
        for row in earlier_rows:
            of_row = Group(_ID, self._earlier_columns)
            of_row.add(self._row(self._earlier_columns, self.earlier, typed, row, {"patient.id": _ID}))
            earlier.append(of_row.earlier_line(None))
        data: dict[str, Any] = dict(raw.data)
        if earlier:
            data["history"] = [{key: value for key, value in each.data.items() if key != "patient"} for each in earlier]
        if typed.get(SINCE):
            data["history_from"] = typed[SINCE]
        faults = [self._at(each, "line") for each in raw.faults]
        faults += [self._at(fault, "earlier") for each in earlier for fault in each.faults]
        unreadable = tuple(
            msgspec.structs.replace(each, line=rows[each.line - 1], diagnostic=self._at(each.diagnostic, "line"))
            for each in raw.unreadable
        )

        def placed(found: Diagnostic) -> Diagnostic | None:
            first, *steps = steps_of(found.path or "$") or ("",)
            if first == "history" and steps and isinstance(steps[0], int):
                row = earlier[steps[0]]
                inside = msgspec.structs.replace(found, path=json_path(tuple(steps[1:])))
                told = row.placed(inside) if row.placed else None
                return None if told is None else self._at(told, "earlier")
            if first in ("history", "history_from"):
                return _in_a_form(msgspec.structs.replace(found, path=SINCE))
            told = raw.placed(found) if raw.placed else None
            return None if told is None else self._at(told, "line")

        return msgspec.structs.replace(raw, data=data, faults=tuple(faults), placed=placed, unreadable=unreadable)

    def _row(
        self, columns: Columns, controls: Iterable[Control], typed: Mapping[str, str], number: int, more: dict[str, str]
    ) -> Row:
        """Make the row of a sheet of what was typed."""
        cells = [""] * columns.width
        said = {each.column.title: self._said(each, typed.get(each.name(number), "")) for each in controls} | more
        for column in (columns.encounter, *columns.above, *columns.line):
            cells[column.position] = said.get(column.title, "")
        return Row(number, number, tuple(cells))

    def _said(self, control: Control, text: str) -> str:
        """Give the positions that letters name, where a control takes positions, as the form CMS-1500 has them."""
        if control.column.name in self._pointers and _letters(text):
            return " ".join(str(ord(each) - ord("A") + 1) for each in text.upper() if each.isalpha())
        return text

    def _at(self, found: Diagnostic, part: Part) -> Diagnostic:
        """Give what is wrong with a cell the name of its control."""
        row, title, _ = cell_of(found)
        if part == "line" and title in self._above:
            path = f"claim.{title}"
        else:
            path = ".".join([part, str(row or 1), *([title] if title else [])])
        return _in_a_form(msgspec.structs.replace(found, path=path))


class TypedClaim(msgspec.Struct, frozen=True):
    """What was typed as JSON values, and as the claim that it is, or what is wrong with it, each at its control."""

    data: dict[str, Any]
    read: Read


def rows_of(typed: Mapping[str, str], part: Part) -> tuple[int, ...]:
    """List the rows into which something was typed; raises RequestError for one beyond those that a form takes.

    >>> rows_of({"line.1.code": "", "line.3.code": "00001"}, "line")
    (3,)
    >>> rows_of({"line.999.code": "00001"}, "line")
    Traceback (most recent call last):
    payrule.source.diagnostics.RequestError: a form takes 50 lines at most ...
    """
    found = {
        int(each[1]) for name, text in typed.items() if text.strip() and (each := _row_of(name)) and each[0] == part
    }
    refuse_rows(max(found, default=0))
    return tuple(sorted(found))


def refuse_rows(count: int) -> None:
    """Raise RequestError, in words, for more rows than a form takes, or fewer than none."""
    if not 0 <= count <= MOST_ROWS:
        help_text = "split the claim, or decide it from a file"
        raise RequestError.of("too-many-lines", f"a form takes {MOST_ROWS} lines at most", help_text)


def _row_of(name: str) -> tuple[str, str] | None:
    found = _row_name(name)
    return (found[1], found[2]) if found else None


_row_name = re.compile(r"(line|earlier)\.(\d{1,9})\..+", re.DOTALL | re.ASCII).fullmatch
_letters = re.compile(r"[A-La-l]([ ,]*[A-La-l])*", re.ASCII).fullmatch

_SINCE_TITLE = "history_from"


def _columns(vocabulary: Vocabulary, *, of_history: bool = False) -> Columns:
    """Make a sheet that has every column, each amount in dollars alone."""
    header = Header(vocabulary, of_history=of_history)
    whole, _ = header.read(list(header.titles))
    assert whole is not None  # noqa: S101 - its own titles are known, each once
    kept = [each for each in (*whole.above, *whole.line) if each.name not in _OWN]
    titles = [each.title for each in kept if each.in_dollars or each.dollars_title is None]
    found, _ = header.read([whole.encounter.title, *titles])
    assert found is not None  # noqa: S101 - as above
    return found


def _in_order(part: Part, columns: Iterable[Column]) -> tuple[Control, ...]:
    """Put the controls that are used most first, the others as the vocabulary has them."""
    usual = {name: at for at, name in enumerate((*USUAL, *OF_EARLIER))}
    return tuple(Control(part, each) for each in sorted(columns, key=lambda one: usual.get(one.name, len(usual))))


def _written(controls: Iterable[Control], held: Mapping[str, Any], row: int | None = None) -> dict[str, str]:
    found = {}
    for each in controls:
        value: Any = held
        for key in each.column.keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        if text := each.text(value):
            found[each.name(row)] = text
    return found


def _of_values(controls: Iterable[Control], values: Mapping[str, Any], row: int | None = None) -> dict[str, str]:
    """Write values of attributes, as a claim that was read holds them."""
    found = {}
    for each in controls:
        value = values.get(each.column.name)
        value = sorted(value) if isinstance(value, frozenset) else value
        if text := each.text(value):
            found[each.name(row)] = text
    return found


def _in_a_form(found: Diagnostic) -> Diagnostic:
    """Say it of a form, where it is said of a sheet, and leave out what only a file has."""
    help_text = None if found.help is None else _of_a_form(found.help)
    message = found.message.replace(" cell", " field")
    return msgspec.structs.replace(
        found, message=message, help=help_text, file=None, line=None, column=None, claim=msgspec.UNSET
    )


def _of_a_form(help_text: str) -> str | None:
    """Leave out of the help for a cell what only a spreadsheet has.

    >>> _of_a_form("did you mean `11`? a spreadsheet has made a number of it: format the column as text")
    'did you mean `11`?'
    >>> _of_a_form("leave the cell empty when it is not known")
    'leave the field empty when it is not known'
    """
    return _formats.sub("", help_text).replace(" cell", " field").strip() or None


_formats = re.compile(r":? ?(a spreadsheet has made a number of it: )?format the column as [a-z-]+(, and )?")
