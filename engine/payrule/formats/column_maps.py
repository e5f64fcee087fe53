"""Column maps: which column of a table holds which attribute, guessed from headings and values, and kept by shape.

A map is a document of the rulebase, in the folder `column-maps`: the headings of the tables that it is for, what each
column holds and how it is written there, and which column says what claim a row belongs to. What cannot be told from
the values is asked, never guessed: whether the month or the day comes first, whether amounts are dollars or cents.
"""

import re
from calendar import month_name
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import msgspec

from payrule.fmt import formatted
from payrule.formats.csv_cells import cell_reader, dollars_reader
from payrule.formats.csv_columns import Column, Columns, Header, keys_of
from payrule.formats.csv_reader import Group, Row
from payrule.formats.encounters import RawEncounter
from payrule.model.encounter_schema import encounter_keys
from payrule.model.vocabulary import Attribute, Vocabulary
from payrule.source.diagnostics import Diagnostic, RequestError
from payrule.source.files import whole_file

Dates = Literal["month-first", "day-first"]
Amounts = Literal["dollars", "cents"]

CLAIM, NUMBER, PATIENT, PAYER = "encounter.id", "line.number", "patient.id", "encounter.payer"


class Use(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a column holds: an attribute, by its name, or nothing; and how dates or amounts are written there."""

    heading: str
    attribute: str = ""
    dates: Dates | None = None
    amounts: Amounts | None = None


class ColumnMap(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="column-map"):
    """A column map: each column in its order, one for each heading.

    The column of the attribute `encounter.id` says which claim a row belongs to; without one each row is a claim.
    """

    columns: tuple[Use, ...]

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings of the tables that it is for."""
        return tuple(each.heading for each in self.columns)

    @property
    def claim(self) -> int | None:
        """The position (from 0) of the column of the claim; None where each row is a claim of its own."""
        return next((at for at, each in enumerate(self.columns) if each.attribute == CLAIM), None)


class Doubt(msgspec.Struct, frozen=True):
    """What has to be chosen before a table can be read: of a column (from 0), or of the table where that is None."""

    column: int | None
    about: Literal["attribute", "dates", "amounts"]
    message: str
    help: str


# Headings


class Matcher:
    """Match the columns of tables to the attributes of a vocabulary.

    >>> from payrule.rulebase.rulebase import load
    >>> matcher = Matcher(load().documents.vocabulary)
    >>> rows = [("Our report",), ("cpt", "dx 1", "svc date"), ("00010", "M5450", "1/15/2026")]
    >>> matcher.headings_row(rows)
    1
    >>> [(each.attribute, each.dates) for each in matcher.guess(rows, 1).columns]
    [('line.code', None), ('encounter.diagnoses', None), ('line.date', 'month-first')]
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Take the attributes that a claim may give."""
        attributes = encounter_keys(vocabulary).attributes
        self.attributes = {name: each for name, each in attributes.items() if name not in _NOT_READ}
        self._pointers = frozenset(vocabulary.pointers)
        self._header = Header(vocabulary)
        self._titles = {self._header.title_of(name): name for name in self.attributes}
        called = [(other, name) for name, each in self.attributes.items() for other in each.also_called]
        called += [(other, name) for name, others in _ALSO_CALLED.items() for other in others]
        called += [(".".join(keys_of(name)), name) for name in self.attributes if name != CLAIM]
        self._exact = {_plain(other): name for other, name in reversed(called)}
        sets = [(_words(other), name) for other, name in called]
        count = Counter(words for words, name in dict.fromkeys(sets))
        self._sets = {words: name for words, name in sets if words and count[words] == 1}

    def is_pointer(self, name: str) -> bool:
        """Tell whether an attribute holds positions of diagnoses, which claim forms write as letters."""
        return name in self._pointers

    def label(self, name: str) -> str:
        """Say what an attribute is called as a heading."""
        return self._header.title_of(name)

    def is_own(self, headings: Sequence[str]) -> bool:
        """Tell whether headings are those of the engine, so that nothing is to be asked."""
        columns, _ = self._header.read(list(headings))
        unknown = [each for each in headings if each.strip() and self._header.attribute_of(each) is None]
        return columns is not None and not any(map(self.attribute_of, unknown))

    def own_map(self, headings: Sequence[str]) -> ColumnMap:
        """Give the map of headings of the engine."""
        return ColumnMap(columns=tuple(map(self._own, headings)))

    def _own(self, heading: str) -> Use:
        name = self._header.attribute_of(heading.strip()) or ""
        attribute = self.attributes.get(name)
        if attribute is None:
            return Use(heading)
        amounts: Amounts = "dollars" if self._header.is_dollars(heading.strip()) else "cents"
        return Use(heading, name, amounts=amounts if attribute.measure == "cents" else None)

    def attribute_of(self, heading: str) -> str | None:
        """Guess the attribute of a heading by its name; None where it says nothing that is known."""
        if own := self._header.attribute_of(heading.strip()):
            return own if own in self.attributes else None
        plain = _plain(heading)
        numbered = re.sub(r"[\s#]*\(?(?:[1-9]|1[0-9]|2[0-5]|[a-l])\)?$", "", plain)
        for each, many_only in ((plain, False), (numbered, True)):
            found = self._exact.get(each) or self._sets.get(_words(each))
            if found and (not many_only or self.attributes[found].many):
                return found
        return None

    def headings_row(self, rows: Sequence[Sequence[str]]) -> int:
        """Find the row of the headings (from 0): what names the most attributes, else the first row that is full."""
        looked = rows[:_LOOKED_AT]
        known = [sum(self.attribute_of(cell) is not None for cell in row if cell) for row in looked]
        if max(known, default=0) > 1 or (known and max(known) == 1 and len(looked[0]) == 1):
            return known.index(max(known))
        filled = [sum(map(bool, row)) for row in looked]
        return next((at for at, count in enumerate(filled) if count == max(filled)), 0)

    def guess(self, rows: Sequence[Sequence[str]], headings: int) -> ColumnMap:
        """Guess what each column holds, by the row of the headings (from 0), and the values below it."""
        titles = headings_of(rows, headings)
        values = columns_of(rows[headings + 1 :], len(titles))
        uses = [Use(title, self.attribute_of(title) or "") for title in titles]
        taken: set[str] = set()
        for at, use in enumerate(uses):
            attribute = self.attributes.get(use.attribute)
            if attribute is None or (use.attribute in taken and not attribute.many):
                uses[at] = Use(use.heading)
            taken.add(uses[at].attribute)
        for at, use in enumerate(uses):
            if not use.attribute and (found := self._by_values(values[at], taken)):
                uses[at] = Use(use.heading, found)
                taken.add(found)
        uses = self._of_lines(uses, rows[headings + 1 :])
        return ColumnMap(columns=tuple(self.settled(each, values[at]) for at, each in enumerate(uses)))

    def _of_lines(self, uses: list[Use], rows: Sequence[Sequence[str]]) -> list[Use]:
        """Take a column that differs within a claim, such as diagnoses, to be about each line, where that can be."""
        claim = ColumnMap(columns=tuple(uses)).claim
        per_line = {each.computation.pointed: n for n, each in self.attributes.items() if each.computation}
        if claim is None or not any(each.attribute in per_line for each in uses):
            return uses
        first: dict[str, Sequence[str]] = {}
        differ = set()
        for row in rows:
            if claim < len(row) and row[claim]:
                before = first.setdefault(row[claim], row)
                differ |= {n for n, (one, two) in enumerate(zip(before, row, strict=False)) if two and one != two}
        moved = {uses[at].attribute for at in differ} & set(per_line)
        return [Use(each.heading, per_line[each.attribute]) if each.attribute in moved else each for each in uses]

    def settled(self, use: Use, values: Iterable[str]) -> Use:
        """Say how dates and amounts of a column are written, where its heading or a value settles it."""
        attribute = self.attributes.get(use.attribute)
        if attribute is None:
            return Use(use.heading)
        told = set(values)
        dates = use.dates if attribute.type == "date" else None
        if attribute.type == "date" and (orders := _orders(told)) is not None and len(orders) == 1:
            dates = next(iter(orders))
        amounts = use.amounts if attribute.measure == "cents" else None
        if attribute.measure == "cents":
            amounts = _amounts(use.heading, told) or amounts
        return Use(use.heading, use.attribute, dates, amounts)

    def is_open_date(self, values: Iterable[str]) -> bool:
        """Tell whether some date of a column says neither by a name nor by its order which part is the month."""
        return any(map(_slashed, values))

    def _by_values(self, values: Sequence[str], taken: set[str]) -> str | None:
        """Guess an attribute by the values of a column: dates, money, diagnoses, codes of a required attribute."""
        told = [each for each in values[:_LOOKED_AT_VALUES] if each]
        if not told:
            return None
        tests: tuple[tuple[Callable[[str], Any], Callable[[Attribute], bool]], ...] = (
            (_is_date, lambda each: each.type == "date" and each.required),
            (_is_diagnosis, lambda each: each.system is not None and not each.computation),
            (_is_money, lambda each: each.measure == "cents"),
        )
        for holds, fits in tests:
            if all(map(holds, told)):
                return next((name for name, each in self.attributes.items() if fits(each) and name not in taken), None)
        for name, each in self.attributes.items():
            if (
                each.required
                and each.pattern
                and name not in taken
                and all(re.fullmatch(each.pattern, v) for v in told)
            ):
                return name
        return None

    def doubts(self, chosen: ColumnMap, rows: Sequence[Sequence[str]], headings: int) -> tuple[Doubt, ...]:
        """Say what has to be chosen yet; `headings` is their row (from 0)."""
        return tuple(self._doubts(chosen, rows, headings))

    def _doubts(self, chosen: ColumnMap, rows: Sequence[Sequence[str]], headings: int) -> Iterator[Doubt]:
        first: dict[str, str] = {}
        values = columns_of(rows[headings + 1 :], len(chosen.columns))
        for at, use in enumerate(chosen.columns):
            attribute = self.attributes.get(use.attribute)
            if attribute is None:
                continue
            if use.attribute in first and not attribute.many:
                message = f"`{first[use.attribute]}` is already {self.label(use.attribute)}"
                yield Doubt(at, "attribute", message, "choose one of the two, and `not read` for the other")
            first.setdefault(use.attribute, use.heading)
            yield from _of_dates(at, use, attribute, values[at])
            if attribute.measure == "cents" and use.amounts is None:
                one = next(iter(values[at]), "")
                yield Doubt(at, "amounts", f"`{one}` may be dollars or cents", "choose which it is")
        for name, attribute in self.attributes.items():
            if attribute.required and name not in first and name != CLAIM:
                message = f"no column holds {self.label(name)}: {attribute.summary.rstrip('.').lower()}"
                help_text = "choose it for one of the columns; if the file has none, add the column to the file"
                yield Doubt(None, "attribute", message, help_text)


def _of_dates(at: int, use: Use, attribute: Attribute, values: Sequence[str]) -> Iterator[Doubt]:
    """Say what has to be chosen of a column of dates."""
    if attribute.type != "date" or (orders := _orders(values)) is None:
        return
    if not orders:
        help_text = "write the dates of the column in one way, such as 2026-01-05"
        yield Doubt(at, "dates", "some dates begin with the month and some with the day", help_text)
    elif use.dates is None:
        one = next(each for each in values if _slashed(each))
        yield Doubt(at, "dates", f"`{one}` may begin with the month or with the day", "choose which it is")
    elif use.dates not in orders:
        yield Doubt(at, "dates", "a date of the column cannot be read so", "choose the other order")


_NOT_READ = frozenset({"encounter.$schema", NUMBER})
"""Attributes that no column is asked for: the rows of a claim are numbered in their order."""

_ALSO_CALLED = {
    CLAIM: (
        *("claim", "claim id", "claim number", "claim no", "claim control number", "account", "account number"),
        *("acct", "patient account number", "patient control number", "encounter", "encounter id", "visit id"),
    ),
    PATIENT: ("member", "member id", "patient id", "patient", "subscriber id", "mrn", "medical record number"),
    PAYER: ("payer", "payer id", "health plan", "insurance"),
}
"""What tables call the parts that every claim has; a vocabulary says it of its own attributes."""

_LOOKED_AT, _LOOKED_AT_VALUES = 25, 200
"""Rows among which headings are looked for, and values by which a column is known."""

_SHORT = {
    "acct": "account",
    "amt": "amount",
    "auth": "authorization",
    "cd": "code",
    "chg": "charge",
    "diag": "diagnosis",
    "dt": "date",
    "dx": "diagnosis",
    "mod": "modifier",
    "mods": "modifier",
    "modifiers": "modifier",
    "num": "number",
    "no": "number",
    "proc": "procedure",
    "prov": "provider",
    "pt": "patient",
    "qty": "quantity",
    "rend": "rendering",
    "svc": "service",
    "serv": "service",
    "tot": "total",
    "charges": "charge",
    "codes": "code",
    "dates": "date",
    "diagnoses": "diagnosis",
    "units": "unit",
}
_SAYS_NOTHING = frozenset({"of", "the", "total", "line", "code", "number", "id", "in", "usd", "dollars"})


def _plain(heading: str) -> str:
    """Write a heading without capitals and signs.

    >>> _plain("Claim #"), _plain("Svc_Date"), _plain("ICD-10")
    ('claim number', 'svc date', 'icd10')
    """
    text = re.sub(r"icd[\s._-]*10([\s._-]*cm)?", "icd10", heading.lower().replace("#", " number "))
    return " ".join(re.findall(r"[a-z0-9]+", text))


def _words(heading: str) -> frozenset[str]:
    """Give the words of a heading that say something, written out.

    >>> sorted(_words("Svc Dt")), sorted(_words("Date of Service")), sorted(_words("Total Charges ($)"))
    (['date', 'service'], ['date', 'service'], ['charge'])
    """
    words = [_SHORT.get(each, each) for each in _plain(heading).split()]
    return frozenset(words) - _SAYS_NOTHING


def headings_of(rows: Sequence[Sequence[str]], headings: int) -> tuple[str, ...]:
    """Give the headings of a table, one for each column; one that is empty is called by its position."""
    row = rows[headings] if headings < len(rows) else ()
    width = max((len(each) for each in rows[headings:]), default=0)
    return tuple((row[at] if at < len(row) else "") or f"column {at + 1}" for at in range(width))


def columns_of(rows: Sequence[Sequence[str]], width: int) -> list[list[str]]:
    """Give the values of each column, without empty cells.

    >>> columns_of([("a", "1"), ("b",)], 2)
    [['a', 'b'], ['1']]
    """
    return [[row[at] for row in rows if at < len(row) and row[at]] for at in range(width)]


# Values

_slashed = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?:[ T].*)?", re.ASCII).fullmatch
_named = re.compile(
    r"(?:(\d{1,2})[- ]([A-Za-z]{3})[a-z]*|([A-Za-z]{3})[a-z]*\.? (\d{1,2}),?)[- ](\d{4}|\d{2})"
).fullmatch
_is_iso = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T].*)?|(?:19|20)\d{6}", re.ASCII).fullmatch
_is_money = re.compile(r"\$\s*[\d,]+(?:\.\d{1,2})?|\d[\d,]*\.\d\d", re.ASCII).fullmatch
_is_diagnosis = re.compile(r"[A-Za-z]\d[0-9A-Za-z](?:\.?[0-9A-Za-z]{1,4})?", re.ASCII).fullmatch
_MONTHS = {each[:3].lower(): at for at, each in enumerate(month_name) if each}


def _is_date(text: str) -> bool:
    return bool(_slashed(text) or _is_iso(text) or _named(text))


def _orders(values: Iterable[str]) -> frozenset[Dates] | None:
    """Say in which orders month and day can stand; none where values contradict each other, None without any.

    >>> sorted(_orders({"1/5/2026", "13/5/2026"})), len(_orders({"1/5/2026"})), _orders({"2026-01-05"}) is None
    (['day-first'], 2, True)
    """
    found = [each for value in values if (each := _slashed(value))]
    if not found:
        return None
    orders: list[Dates] = ["month-first", "day-first"]
    wrong = {"day-first": any(int(each[3]) > _MONTHS_OF_A_YEAR for each in found)}
    wrong["month-first"] = any(int(each[1]) > _MONTHS_OF_A_YEAR for each in found)
    return frozenset(each for each in orders if not wrong[each])


_MONTHS_OF_A_YEAR = 12


def _amounts(heading: str, values: Iterable[str]) -> Amounts | None:
    """Tell dollars from cents by the heading, or by how values are written; None where neither says it.

    >>> _amounts("charge", {"45.00"}), _amounts("Charge (cents)", {"4500"}), _amounts("charge", {"45"})
    ('dollars', 'cents', None)
    """
    words = set(_plain(heading).split())
    if "cents" in words:
        return "cents"
    if "$" in heading or words & {"dollars", "dollar", "usd"} or any("." in each or "$" in each for each in values):
        return "dollars"
    return None


def read_date(text: str, order: Dates | None, *, is_birth: bool = False) -> str:
    """Write a date as the engine reads it; what is none stays as it is, and so does a birth date with a short year.

    >>> read_date("1/5/2026", "month-first"), read_date("5-Jan-26", None), read_date("20260105", None)
    ('2026-01-05', '2026-01-05', '2026-01-05')
    >>> read_date("1/5/2026", None), read_date("2/30/2026", "month-first")
    ('1/5/2026', '2/30/2026')
    """
    year, month, day = "", 0, 0
    if found := _slashed(text):
        if order is None:
            return text
        one, two, year = int(found[1]), int(found[3]), found[4]
        month, day = (one, two) if order == "month-first" else (two, one)
    elif found := _named(text):
        name, year = (found[2] or found[3]).lower(), found[5]
        month, day = _MONTHS.get(name, 0), int(found[1] or found[4])
    elif _is_iso(text):
        digits = text[:10].replace("-", "")[:8]
        year, month, day = digits[:4], int(digits[4:6]), int(digits[6:])
    if not year or (is_birth and len(year) < len("1926")):
        return text
    with suppress(ValueError):
        return date(int(year) if len(year) > len("26") else 2000 + int(year), month, day).isoformat()
    return text


def translator(name: str, attribute: Attribute, use: Use, *, is_pointer: bool = False) -> Callable[[str], str]:
    """Make what writes a cell as the engine reads it; what cannot be understood stays as it is, and is refused later.

    >>> codes = Attribute(type="code", summary="modifiers", many=True, pattern="^[0-9A-Z]{2}$")
    >>> translator("line.modifiers", codes, Use("mods", "line.modifiers"))("gp, 59")
    'GP 59'
    """
    if attribute.type == "date":
        is_birth = name.endswith("birth_date")
        return lambda text: read_date(text, use.dates, is_birth=is_birth)
    choices = {_plain(each): each for each in attribute.values}
    initials = {each[:1]: each for each in attribute.values}
    if len(initials) == len(attribute.values):
        choices = initials | choices
    is_cased = attribute.pattern is not None and re.search("[A-Z]", attribute.pattern) is not None

    def single(text: str) -> str:
        if choices:
            return choices.get(_plain(text), text)
        if is_pointer and len(text) == 1 and "a" <= text.lower() <= "l":
            return str(ord(text.lower()) - ord("a") + 1)
        return text.upper() if is_cased else text

    if attribute.many:
        apart = re.compile(r"[\s,;|]+" if not choices else r"[,;|]+|\s+")
        return lambda text: " ".join(single(each) for each in apart.split(text) if each)
    if attribute.measure == "cents" and use.amounts == "dollars":
        return lambda text: text.removesuffix("USD").strip().replace("$ ", "$")
    return single if choices or is_cased else str


# Reading by a map


class Mapped:
    """Read the rows of a table by a column map, as claims; rows keep the numbers that a spreadsheet shows.

    Rows of one claim may stand apart. `corrections` are values typed in the place of cells, by row number and column
    (from 0). What is wrong is said with the row and the heading as the table has them.
    """

    def __init__(
        self,
        chosen: ColumnMap,
        matcher: Matcher,
        corrections: Mapping[tuple[int, int], str] | None = None,
    ) -> None:
        """Take a map without doubts."""
        self.map, self._corrections = chosen, corrections or {}
        places: dict[str, list[int]] = {}
        for at, use in enumerate(chosen.columns):
            if use.attribute in matcher.attributes and use.attribute != CLAIM:
                places.setdefault(use.attribute, []).append(at)
        self._places = places
        self._read = {
            at: translator(name, matcher.attributes[name], chosen.columns[at], is_pointer=matcher.is_pointer(name))
            for name, ats in places.items()
            for at in ats
        }
        self.of_claim = chosen.claim
        """The position of the column of the claim."""
        title = "claim" if self.of_claim is None else chosen.columns[self.of_claim].heading
        claim = Column(0, title, keys_of(CLAIM), matcher.attributes[CLAIM], str, CLAIM)
        made = [self._column(matcher, position, name, ats) for position, (name, ats) in enumerate(places.items(), 1)]
        of_line = tuple(each for each in made if each.name.startswith("line."))
        above = tuple(each for each in made if each not in of_line)
        self.columns = Columns(claim, above, of_line, 1 + len(made))

    def _column(self, matcher: Matcher, position: int, name: str, ats: list[int]) -> Column:
        attribute, use = matcher.attributes[name], self.map.columns[ats[0]]
        in_dollars = use.amounts == "dollars"
        read = dollars_reader(attribute) if in_dollars else cell_reader(attribute)
        return Column(position, use.heading, keys_of(name), attribute, read, name, in_dollars=in_dollars)

    def cell(self, number: int, cells: Sequence[str], at: int) -> str:
        """Give a cell of a row as it is read: what was typed in its place, else what the table has."""
        typed = self._corrections.get((number, at))
        return typed if typed is not None else cells[at] if at < len(cells) else ""

    def claim_of(self, number: int, cells: Sequence[str]) -> str:
        """Give the id of the claim that a row belongs to."""
        at = self.of_claim
        return f"row {number}" if at is None else self.cell(number, cells, at)

    def row(self, number: int, cells: Sequence[str]) -> Row:
        """Write a row as the engine reads it."""
        made = [self.claim_of(number, cells)]
        for ats in self._places.values():
            told = (self._read[at](text) for at in ats if (text := self.cell(number, cells, at)))
            made.append(" ".join(filter(None, told)))
        return Row(number, number, tuple(made))

    def claim(self, name: str, rows: Iterable[Row], file: str | None = None) -> RawEncounter:
        """Make a claim of its rows."""
        group = Group(name, self.columns)
        for row in rows:
            group.add(row)
        return group.encounter(file)

    def heading_of(
        self, diagnostic: Diagnostic, cells: Callable[[int], Sequence[str]]
    ) -> tuple[int | None, int | None]:
        """Give the row and the column (from 0) that a diagnostic of a claim is about, as far as it says that."""
        found = _said(diagnostic.path or "")
        if found is None:
            return None, None
        number, heading = int(found[1]), found[2]
        ats = next((ats for ats in self._places.values() if self.map.columns[ats[0]].heading == heading), None)
        if heading is not None and ats is None:
            return number, self.of_claim
        if ats is None or len(ats) == 1:
            return number, ats[0] if ats else None
        row = cells(number)
        named = [
            at
            for at in ats
            if (text := self.cell(number, row, at)) and f"`{self._read[at](text)}`" in diagnostic.message
        ]
        return number, (named or ats)[0]


_said = re.compile(r"row (\d{1,15})(?:, column (.*))?", re.DOTALL).fullmatch


# Documents


def map_name(headings: Iterable[str]) -> str:
    """Name the file of the map for tables with these headings: the same, in the same order, whatever their capitals.

    >>> map_name(["CPT", "dx"]) == map_name(["cpt ", "Dx"]), map_name(["cpt"]) == map_name(["dx"])
    (True, False)
    """
    return sha256("\n".join(each.strip().lower() for each in headings).encode()).hexdigest()[:16] + ".json"


def remembered(folders: Iterable[Path], headings: Sequence[str]) -> ColumnMap | None:
    """Find the map for tables with these headings in the first folder that has it; None where nothing fits."""
    for folder in folders:
        try:
            found = msgspec.json.decode((folder / map_name(headings)).read_bytes(), type=ColumnMap)
        except (OSError, msgspec.DecodeError):
            continue
        if [each.strip().lower() for each in found.headings] == [each.strip().lower() for each in headings]:
            uses = zip(found.columns, headings, strict=True)
            return ColumnMap(columns=tuple(msgspec.structs.replace(use, heading=each) for use, each in uses))
    return None


def remember(folder: Path, chosen: ColumnMap) -> None:
    """Keep a map for the next table of its headings; raises RequestError where the folder cannot be written."""
    try:
        folder.mkdir(exist_ok=True)
        with whole_file(folder / map_name(chosen.headings)) as beside:
            beside.write_text(formatted(msgspec.to_builtins(chosen)), encoding="utf-8")
    except OSError as fault:
        message = f"the choice of columns cannot be kept in `{folder}`: {(fault.strerror or str(fault)).lower()}"
        raise RequestError.of("unwritable", message, "make sure that the folder can be written") from None
