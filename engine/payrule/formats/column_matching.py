"""Match the columns of a table to attributes, by headings and values, and say what neither settles.

What cannot be told from the values is asked, never guessed: whether the month or the day comes first, whether amounts
are dollars or cents.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal

import msgspec

from payrule.formats.column_maps import CLAIM, NUMBER, Amounts, ColumnMap, Use
from payrule.formats.csv_columns import Header, keys_of
from payrule.formats.sheet_dates import date_orders, is_date, slashed
from payrule.model.encounter_schema import encounter_keys
from payrule.model.vocabulary import Attribute, Vocabulary


class Doubt(msgspec.Struct, frozen=True):
    """What has to be chosen before a table can be read: of a column (from 0), or of the table where that is None."""

    column: int | None
    about: Literal["attribute", "dates", "amounts"]
    message: str
    help: str


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
        called += [(".".join(keys_of(name)), name) for name in self.attributes if name != CLAIM]
        self._exact = {plain_heading(other): name for other, name in reversed(called)}
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
        plain = plain_heading(heading)
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
        if attribute.type == "date" and (orders := date_orders(told)) is not None and len(orders) == 1:
            dates = next(iter(orders))
        amounts = use.amounts if attribute.measure == "cents" else None
        if attribute.measure == "cents":
            amounts = _amounts(use.heading, told) or amounts
        return Use(use.heading, use.attribute, dates, amounts)

    def is_open_date(self, values: Iterable[str]) -> bool:
        """Tell whether some date of a column says neither by a name nor by its order which part is the month."""
        return any(map(slashed, values))

    def _by_values(self, values: Sequence[str], taken: set[str]) -> str | None:
        """Guess an attribute by the values of a column: dates, money, diagnoses, codes of a required attribute."""
        told = [each for each in values[:_LOOKED_AT_VALUES] if each]
        if not told:
            return None
        tests: tuple[tuple[Callable[[str], Any], Callable[[Attribute], bool]], ...] = (
            (is_date, lambda each: each.type == "date" and each.required),
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
        first: dict[tuple[str, int | None], str] = {}
        values = columns_of(rows[headings + 1 :], len(chosen.columns))
        for at, use in enumerate(chosen.columns):
            attribute = self.attributes.get(use.attribute)
            if attribute is None:
                continue
            key = use.attribute, use.line
            if key in first and not attribute.many:
                message = f"`{first[key]}` is already {self.label(use.attribute)}"
                yield Doubt(at, "attribute", message, "choose one of the two, and `not read` for the other")
            first.setdefault(key, use.heading)
            yield from _of_dates(at, use, attribute, values[at])
            if attribute.measure == "cents" and use.amounts is None:
                one = next(iter(values[at]), "")
                yield Doubt(at, "amounts", f"`{one}` may be dollars or cents", "choose which it is")
        held = {name for name, _ in first}
        for name, attribute in self.attributes.items():
            if attribute.required and name not in held and name != CLAIM:
                message = f"no column holds {self.label(name)}: {attribute.summary.rstrip('.').lower()}"
                help_text = "choose it for one of the columns; if the file has none, add the column to the file"
                yield Doubt(None, "attribute", message, help_text)


def _of_dates(at: int, use: Use, attribute: Attribute, values: Sequence[str]) -> Iterator[Doubt]:
    """Say what has to be chosen of a column of dates."""
    if attribute.type != "date" or (orders := date_orders(values)) is None:
        return
    if not orders:
        help_text = "write the dates of the column in one way, such as 2026-01-05"
        yield Doubt(at, "dates", "some dates begin with the month and some with the day", help_text)
    elif use.dates is None:
        one = next(each for each in values if slashed(each))
        yield Doubt(at, "dates", f"`{one}` may begin with the month or with the day", "choose which it is")
    elif use.dates not in orders:
        yield Doubt(at, "dates", "a date of the column cannot be read so", "choose the other order")


_NOT_READ = frozenset({"encounter.$schema", NUMBER})
"""Attributes that no column is asked for: the rows of a claim are numbered in their order."""

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


def plain_heading(heading: str) -> str:
    """Write a heading without capitals and signs.

    >>> plain_heading("Claim #"), plain_heading("Svc_Date"), plain_heading("ICD-10")
    ('claim number', 'svc date', 'icd10')
    """
    text = re.sub(r"icd[\s._-]*10([\s._-]*cm)?", "icd10", heading.lower().replace("#", " number "))
    return " ".join(re.findall(r"[a-z0-9]+", text))


def _words(heading: str) -> frozenset[str]:
    """Give the words of a heading that say something, written out.

    >>> sorted(_words("Svc Dt")), sorted(_words("Date of Service")), sorted(_words("Total Charges ($)"))
    (['date', 'service'], ['date', 'service'], ['charge'])
    """
    words = [_SHORT.get(each, each) for each in plain_heading(heading).split()]
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


_is_money = re.compile(r"\$\s*[\d,]+(?:\.\d{1,2})?|\d[\d,]*\.\d\d", re.ASCII).fullmatch
_is_diagnosis = re.compile(r"[A-Za-z]\d[0-9A-Za-z](?:\.?[0-9A-Za-z]{1,4})?", re.ASCII).fullmatch


def _amounts(heading: str, values: Iterable[str]) -> Amounts | None:
    """Tell dollars from cents by the heading, or by how values are written; None where neither says it.

    >>> _amounts("charge", {"45.00"}), _amounts("Charge (cents)", {"4500"}), _amounts("charge", {"45"})
    ('dollars', 'cents', None)
    """
    words = set(plain_heading(heading).split())
    if "cents" in words:
        return "cents"
    if "$" in heading or words & {"dollars", "dollar", "usd"} or any("." in each or "$" in each for each in values):
        return "dollars"
    return None
