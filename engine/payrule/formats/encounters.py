"""What a reader gives: a claim as it was written, with its place; checked, it is read or rejected."""

import csv
import io
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec import UNSET

from payrule.encounter.encounter import Encounter, Identifiers, UnreadableLine
from payrule.formats.csv_cells import FORMULA
from payrule.source.diagnostics import (
    ClaimIdentifiers,
    ClaimWarning,
    Diagnostic,
    EncounterError,
    RequestError,
    shown,
    sort_key,
)
from payrule.source.json_source import JsonSource, scan
from payrule.source.json_source import Path as Steps

RECEIVED, ORIGINAL = "encounter.received", "encounter.original_reference"
"""The attributes of when the payer received a claim, and of the claim that it replaces or voids."""


class Unreadable(msgspec.Struct, frozen=True):
    """What of a line cannot be read: the number of the line, the attributes of which nothing is known then, and why."""

    line: int
    attributes: tuple[str, ...]
    diagnostic: Diagnostic


class NamedPayer(msgspec.Struct, frozen=True):
    """How a claim names its payer: by ids, any of which it is known by, a name, a claim filing indicator; and where."""

    ids: tuple[str, ...]
    name: str = ""
    indicator: str = ""
    place: str = ""


class RawEncounter(msgspec.Struct, frozen=True):
    """Hold one encounter as plain JSON values, shaped as the contract's `encounter.schema.json` describes.

    `place` says where it is in words of its format, such as `segment 28`. `notes` are what a person should know about
    how it was read: never an error, never a value; they become warnings in the answer. `text` is what it was read from,
    where findings can point into it, and `line` and `column` (from 1) are where that text begins in the file.

    `identifiers` are how its sender knows it; they are given back with the answer. `named` is how it names its payer,
    where its format has own words for that.

    `unreadable` is what of its lines cannot be read. Such a line is not decided, the others are, as if it said nothing
    of these attributes; if claims are read strictly it is a fault.

    `doubted` are attributes of the claim or the patient that it says in two ways, or in a way that nobody can read.

    `faults` are what its reader found wrong: such an encounter is not decided. `placed`, where a format has places of
    its own, gives a diagnostic of the validator its place, or None where one of the faults tells of it already.

    >>> RawEncounter({"id": "A-1"}, "segment 28").claim
    'A-1'
    """

    data: dict[str, object]
    place: str
    notes: tuple[Diagnostic, ...] = ()
    text: str | None = None
    line: int = 1
    column: int = 1
    faults: tuple[Diagnostic, ...] = ()
    placed: Callable[[Diagnostic], Diagnostic | None] | None = None
    identifiers: Identifiers | None = None
    unreadable: tuple[Unreadable, ...] = ()
    named: NamedPayer | None = None
    doubted: frozenset[str] = frozenset()

    @property
    def claim(self) -> str | None:
        """The id of the claim, as far as it is one."""
        name = self.data.get("id")
        return name if isinstance(name, str) and name else None


class Read(msgspec.Struct, frozen=True):
    """One claim of a file, with what there is to say of it; `encounter` is None where it cannot be decided.

    `file`, `line` and `column` say where it begins, as far as its format has such places. `is_claim` says whether this
    is one claim of the file, so that it counts as one; else there is something to say of the file. `claim` is its id as
    far as it can be read, `place` where it is in words of its format, `identifiers` how its sender knows it, `named`
    how it names its payer. `data` is the claim as it was written, which alone has the order of its lists; a claim of
    which no value can be read has None, and so has what is wrong with a file, where claims may be lost. `doubted` are
    the attributes of which `data` cannot be relied on.
    """

    encounter: Encounter | None
    findings: tuple[Diagnostic, ...] = ()
    file: str | None = None
    line: int | None = None
    column: int | None = None
    is_claim: bool = True
    claim: str | None = None
    place: str | None = None
    identifiers: Identifiers | None = None
    named: NamedPayer | None = None
    data: Mapping[str, object] | None = {}
    doubted: frozenset[str] = frozenset()

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """What is wrong, without what is merely doubted."""
        return tuple(diagnostic for diagnostic in self.findings if diagnostic.severity == "error")

    def told(self, diagnostic: Diagnostic) -> Diagnostic:
        """Say of a diagnostic about the whole claim which one it is, and where it begins."""
        told = _of_claim(diagnostic, self.claim, self.file, self.identifiers)
        return msgspec.structs.replace(told, line=self.line, column=self.column)


def _of_claim(
    diagnostic: Diagnostic, claim: str | None, file: str | None, identifiers: Identifiers | None
) -> Diagnostic:
    """Say of a diagnostic which claim it speaks of, in which file, and how its sender knows that claim."""
    sent = UNSET if identifiers is None else ClaimIdentifiers.of(identifiers.claim)
    return msgspec.structs.replace(diagnostic, claim=claim or UNSET, file=file, identifiers=sent)


class Validator(Protocol):
    """What reads one claim, or one row of a history, from JSON values; `EncounterValidator.read` says how."""

    def read(
        self, data: object, *, text: JsonSource | None = None, at: Steps = (), strict: bool = False
    ) -> tuple[Encounter, tuple[Diagnostic, ...]]:
        """Read it, with what can be doubted; raises EncounterError with what is wrong."""


def checked(
    items: Iterable[RawEncounter | Diagnostic | tuple[Diagnostic, ...]],
    validator: Validator,
    file: str | None = None,
    *,
    strict: bool = False,
) -> Iterator[Read]:
    """Check each encounter of a reader; findings name the file, and the place in it where that is known.

    A warning of a reader is about the whole file: `strict` makes an error of it, and then no encounter is read.
    Otherwise every encounter after it keeps it, as each keeps what there is to doubt of its own.
    """
    is_refused = False
    of_file: dict[ClaimWarning, None] = {}
    for item in items:
        if isinstance(item, Diagnostic):
            is_refused = is_refused or (strict and item.severity == "warning")
            if item.severity == "warning":
                of_file[ClaimWarning.of(item)] = None
            told = msgspec.structs.replace(item, severity="error") if strict else item
            lost = told.severity == "error"
            yield Read(None, (told,), file=file, is_claim=False, data=None if lost else {})
        elif is_refused:
            return
        elif isinstance(item, tuple):
            claim = next((each.claim for each in item if each.claim), None)
            yield Read(None, item, file=file, claim=claim, data=None)
        else:
            read = _checked(item, validator, file, strict=strict)
            line, column = (item.line, item.column) if item.text is not None else (None, None)
            encounter = read.encounter and read.encounter.warned(*of_file)
            identifiers = _of_file(item.identifiers, file)
            if encounter and identifiers:
                encounter = msgspec.structs.replace(encounter, identifiers=identifiers)
            yield Read(
                encounter,
                tuple(_of_claim(each, item.claim, file, identifiers) for each in read.findings),
                file,
                line,
                column,
                claim=item.claim,
                place=item.place,
                identifiers=identifiers,
                named=item.named,
                data=item.data,
                doubted=item.doubted,
            )


def _of_file(identifiers: Identifiers | None, file: str | None) -> Identifiers | None:
    """Add the file to how a sender knows a claim."""
    if file is None or identifiers is None:
        return identifiers
    return msgspec.structs.replace(identifiers, claim={"file": file, **identifiers.claim})


def with_own_ids(reads: Iterable[Read]) -> Iterator[Read]:
    """Give each claim of a run an id of its own: file and transaction are added where a number is sent again.

    That is for formats whose claims name their transaction (`identifiers`); the number as sent is kept beside the id.

    >>> sent = Identifiers({"file": "b.837", "transaction": "0002", "segment": "30"})
    >>> claim = Read(Encounter("A-1", None, {}, (), identifiers=sent))
    >>> [each.encounter.id for each in with_own_ids([claim, claim, claim])]
    ['A-1', 'A-1 (b.837, 0002)', 'A-1 (b.837, 0002, 30)']
    """
    seen: set[str] = set()
    for read in reads:
        encounter = read.encounter
        sent = encounter.identifiers if encounter else None
        if encounter is None or sent is None or "transaction" not in sent.claim:
            yield read
            continue
        name = next(each for each in _names(encounter.id, sent.claim) if each not in seen)
        seen.add(name)
        if name == encounter.id:
            yield read
            continue
        message = f"claim id {shown(encounter.id)} is there more than once: this one is answered as {shown(name)}"
        again = Diagnostic(
            code="claim-id-again",
            message=message,
            help="give each claim an id of its own",
            severity="warning",
            path=read.place,
            claim=encounter.id,
            file=read.file,
        )
        kept = msgspec.structs.replace(sent, claim={**sent.claim, "claim": encounter.id})
        own = msgspec.structs.replace(encounter, id=name, sent_id=encounter.id, identifiers=kept)
        own = own.warned(ClaimWarning.of(again))
        yield msgspec.structs.replace(read, encounter=own, findings=(again, *read.findings), claim=name)


def _names(number: str, sent: Mapping[str, str]) -> Iterator[str]:
    """Give names for a claim: its number, and longer ones without end."""
    yield number
    for more in (("file", "transaction"), ("file", "transaction", "segment")):
        yield f"{number} ({', '.join(sent[each] for each in more if each in sent)})"
    yield from (f"{number} ({again})" for again in count(2))


def _checked(raw: RawEncounter, validator: Validator, file: str | None, *, strict: bool) -> Read:
    # A note without a place of its own stands at that of the encounter.
    notes = tuple(msgspec.structs.replace(each, path=each.path or raw.place, severity="warning") for each in raw.notes)
    doubts = tuple(map(ClaimWarning.of, notes))
    unread = tuple(each.diagnostic for each in raw.unreadable)
    encounter, findings = _read(raw, validator, file, strict=strict)
    if raw.placed is not None:
        placed = [place for each in findings if (place := raw.placed(each)) is not None]
        if raw.faults or encounter is None or (strict and unread):
            return Read(None, (*notes, *sorted((*raw.faults, *unread, *placed), key=sort_key)))
        known = msgspec.structs.replace(encounter, warnings=tuple(map(ClaimWarning.of, placed)))
        told = (*notes, *sorted((*placed, *unread), key=sort_key))
        known = known.warned(*doubts, *map(ClaimWarning.of, unread))
        return Read(_without(known, raw.unreadable, {each.message for each in placed}), told)
    if findings and raw.text is not None:
        # Places cost time, so they are looked up only for an encounter of which there is something to say.
        encounter, findings = _read(raw, validator, file, strict=strict, with_places=True)
        findings = tuple(shifted(each, raw.line, raw.column) for each in findings)
    return Read(encounter and encounter.warned(*doubts), notes + findings)


def _without(
    encounter: Encounter, unreadable: tuple[Unreadable, ...], told: Collection[str] = frozenset()
) -> Encounter:
    """Take from lines what cannot be read, their defaults too: nothing is known of it.

    Of what the validator cannot read of them either, what was `told` is said besides.

    >>> from payrule.encounter.encounter import Line
    >>> claim = Encounter("A-1", None, {}, (Line(2, {"line.code": "00001", "line.units": 1}),))
    >>> wrong = Unreadable(2, ("line.units",), Diagnostic(code="x12-claim", message="`1.5` is no whole number"))
    >>> _without(claim, (wrong,)).lines[0].values, _without(claim, (wrong,)).unreadable[2].attributes
    ({'line.code': '00001'}, ('line.units',))
    """
    if not unreadable:
        return encounter
    lines, found = [], {}
    for line in encounter.lines:
        of_line = [each for each in unreadable if each.line == line.number]
        names = tuple(name for each in of_line for name in each.attributes)
        values = {name: value for name, value in line.values.items() if name not in names}
        lines.append(msgspec.structs.replace(line, values=values) if names else line)
        if names:
            before = encounter.unreadable.get(line.number, UnreadableLine((), ()))
            because = (
                *(each.diagnostic.message for each in of_line),
                *(each for each in before.because if each in told),
            )
            attributes = (*names, *(each for each in before.attributes if each not in names))
            found[line.number] = UnreadableLine(attributes, because)
    return msgspec.structs.replace(encounter, lines=tuple(lines), unreadable={**encounter.unreadable, **found})


def _read(
    raw: RawEncounter, validator: Validator, file: str | None, *, strict: bool, with_places: bool = False
) -> tuple[Encounter | None, tuple[Diagnostic, ...]]:
    try:
        text = scan(raw.text or "", file, EncounterError) if with_places else None
        return validator.read(raw.data, text=text, strict=strict)
    except EncounterError as fault:
        return None, fault.findings


def shifted(diagnostic: Diagnostic, first_line: int, first_column: int = 1) -> Diagnostic:
    """Move a diagnostic to its place in a file, of which the text begins at a line and column (from 1).

    >>> shifted(Diagnostic(code="x", message="y", line=1, column=3), 7, 20).place
    '7:22'
    """
    line, column = diagnostic.line or 1, diagnostic.column or 1
    moved = column + first_column - 1 if line == 1 else column
    return msgspec.structs.replace(diagnostic, line=line + first_line - 1, column=moved)


def rejected_at(
    findings: Iterable[Diagnostic], claim: str | None, file: str, row: int | None, column: str | None = None
) -> tuple[Diagnostic, ...]:
    """Give what is wrong with a rejected claim its id and its place: the file, the row from 1, the column's title.

    >>> findings = [Diagnostic(code="x", message="the charge is negative")]
    >>> print(*rejected_at(findings, "A-1", "claims.parquet", 3, "charge"))
    claims.parquet claim A-1, row 3, column charge: the charge is negative
    """
    cell = None if row is None else f"row {row}, column {column}" if column else f"row {row}"
    return tuple(
        msgspec.structs.replace(each, claim=claim or UNSET, file=file, line=None, column=None, path=cell)
        for each in findings
    )


FORMS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}

_cell = re.compile(r"row (\d{1,15})(?:, column (.*))?", re.DOTALL).fullmatch


def rejects_form(path: Path) -> str:
    """Tell from the ending of a file of rejects how it is written; raises RequestError for another ending.

    >>> rejects_form(Path("out/rejects.jsonl"))
    'jsonl'
    """
    return form_of(path, FORMS, "how to write rejects")


def form_of(path: Path, forms: Mapping[str, str], what: str) -> str:
    """Tell from the ending of a file how it is written; raises RequestError for an ending that does not say `what`."""
    form = forms.get(path.suffix.lower())
    if form is None:
        help_text = f"end its name with {', '.join(f'`{each}`' for each in forms)}"
        raise RequestError.of("no-such-format", f"`{path}` does not say by its ending {what}", help_text)
    return form


def cell_of(diagnostic: Diagnostic) -> tuple[int | None, str | None, str | None]:
    """Give row, column, and the place in words of the format where that has no rows and columns.

    Row and column are those of a sheet; a text has its line in place of the row, and the place in it, a JSON path or a
    segment.

    >>> cell_of(Diagnostic(code="x", message="y", file="a.csv", line=4, path="row 3, column units"))
    (3, 'units', None)
    >>> cell_of(Diagnostic(code="x", message="y", file="a.837", path="segment 28"))
    (None, None, 'segment 28')
    """
    cell = _cell(diagnostic.path or "")
    return (int(cell.group(1)), cell.group(2), None) if cell else (diagnostic.line, None, diagnostic.path)


def written_rejects(rejects: Iterable[Diagnostic], form: str, *, titles: bool = True) -> Iterator[bytes]:
    r"""Write what is wrong with rejected claims as CSV, which begins with titles, or as JSON Lines.

    >>> total = Diagnostic(code="x12-total", message="the totals differ", file="a.837", path="segment 28", claim="=A-1")
    >>> titles, row = b"".join(written_rejects([total], "csv")).splitlines()
    >>> titles
    b'encounter,file,row,column,place,code,message,cure,interchange,group,transaction,segment,trace,resource,identifier'
    >>> row
    b"'=A-1,a.837,,,segment 28,x12-total,the totals differ,,,,,,,,"
    """
    if form == "csv" and titles:
        yield _line(_TITLES)
    for each in rejects:
        row, column, place = cell_of(each)
        sent = each.identifiers or ClaimIdentifiers()
        known = [getattr(sent, name) or None for name in ClaimIdentifiers.__struct_fields__]
        values = (each.claim or None, each.file or "", row, column, place, each.code, each.message, each.help, *known)
        if form == "csv":
            yield _line(map(_guarded, values))
        else:
            yield json.dumps(dict(zip(_TITLES, values, strict=True)), ensure_ascii=True).encode() + b"\n"


_TITLES = (
    *("encounter", "file", "row", "column", "place", "code", "message", "cure"),
    *ClaimIdentifiers.__struct_fields__,
)
"""The columns and keys that are published; `encounter` is the id of the claim, `cure` the help."""


def _guarded(value: object) -> str:
    """Write a value for a cell, which no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    safe = text.encode("utf-8", "replace").decode()
    return f"'{safe}" if safe.startswith(FORMULA) else safe


def _line(cells: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()
