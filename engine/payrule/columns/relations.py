"""How two lines are related: each attribute of a pair is looked up by the values of both that the relation reads.

The relation is computed once for each two distinct cases, by the function that a single decision calls. Where it uses a
table of millions of rows, the lines are joined with the table first; for all other pairs it is computed once what holds
where the table has no row.

Where it does not matter which line offers what, lines are grouped by the digits of their numbers: two lines of a date
differ in some digit. That is linear in lines, where pairs are quadratic.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

from payrule.columns.clause_bitsets import DEFINITE, POSSIBLE, Bound, StageTables, clause_columns, clause_words
from payrule.columns.lines import LINES, Lines
from payrule.columns.sql import WIDTH, Expressions, either, number, parts, select
from payrule.encounter.encounter import CODE, DATE
from payrule.execute.plan.stages import SAME_DATE, Stage
from payrule.language.derived import PairFunction
from payrule.model.values import Value
from payrule.source.database import Columns, Store, by_column, literal
from payrule.source.diagnostics import RequestError
from payrule.source.files import copy_verified, temporary_folder


def relating_column(bound: Bound, attribute: str) -> str:
    """Name the column of lines that holds the number of what the relation by an attribute reads of them."""
    return f"relation{sorted(bound.pairs).index(attribute)}"


def relating_number(lines: Lines, reads: tuple[str, ...], held: Mapping[str, str]) -> str:
    """Write the number that tells apart what a relation reads of lines, from where the numbers of values stand."""
    terms, step = [], 1
    for name in reads:
        if name not in lines.values:
            continue
        terms.append(f"{step}::UBIGINT * {held.get(name) or lines.number(name)}")
        step *= len(lines.values[name])
    return " + ".join(terms) or "0::UBIGINT"


MOST_DIGITS = 12
"""Binary digits of the numbers of lines by which they are parted; with more, pairs are gone through."""


class OtherLineClauses:
    """The statements by which lines see each other."""

    def __init__(self, store: Store, lines: Lines, bound: Bound) -> None:
        """Take the lines, and what binds them."""
        self._store, self._lines, self._bound = store, lines, bound
        self._any_date = bound.plan.any_date
        # What other lines see in their turn matters, too, where a condition on other lines rests on another.
        self._seeing = "s.subject" if len(bound.plan.levels) == 1 else "true"

    def seen(self, stage: Stage, tables: StageTables, words: Expressions, joined: str, state: str) -> str:
        """Write the query of lines with the words of clauses that some other line leaves."""
        relating = [relating_column(self._bound, name) for name in self._bound.pairs]
        line = {column: f"s.{column}" for column in ("row", "claim", "day", "number", "code", *relating)}
        some = " OR ".join(f"{POSSIBLE}{at} <> 0" for at in range(tables.width))
        offers = f"SELECT * FROM ({select({**line, **words}, f'{state} s {joined}')}) WHERE {some}"
        asked = [str(name) for name in stage.sources if name in self._bound.pairs]
        digits = self._digits()
        if asked or self._any_date or digits > MOST_DIGITS:
            self._store.keep("offers", offers)
            return self._by_pairs(asked, tables, state)
        return self._by_digits(digits, offers, tables.width, state)

    def _digits(self) -> int:
        """Count the binary digits of the numbers of lines, counted from 0."""
        ((most,),) = self._store.rows(f"SELECT max(l.number) - 1 FROM {LINES} l WHERE {self._bound.share}")
        return int(most or 0).bit_length()

    def _by_digits(self, digits: int, offers: str, width: int, state: str) -> str:
        gathered, found = {"claim": "claim", "day": "day"}, {"s.*": "s.*"}
        for word in clause_columns(width):
            terms = []
            for digit in range(digits):
                is_off = f"number - 1 & {1 << digit} = 0"
                gathered |= {
                    f"{word}_{digit}_off": f"bit_or({word}) FILTER ({is_off})",
                    f"{word}_{digit}_on": f"bit_or({word}) FILTER (NOT {is_off})",
                }
                others = f"CASE WHEN s.{is_off} THEN {word}_{digit}_on ELSE {word}_{digit}_off END"
                terms.append(f"coalesce({others}, {number(0)})")
            found[word] = either(terms)
        self._store.keep("met", select(gathered, f"({offers})", group="claim, day"))
        return select(found, f"{state} s LEFT JOIN met ON met.claim = s.claim AND met.day = s.day")

    def _by_pairs(self, asked: list[str], tables: StageTables, state: str) -> str:
        pairs = f"FROM {state} s JOIN offers o ON {self._others}"
        joins: list[str] = []
        relation: dict[str, list[str]] = {}
        for name in asked:
            join, left = self._looked_up(name, tables, pairs)
            joins.append(join)
            for word, expression in left.items():
                relation.setdefault(word, []).append(expression)
        dated = self._dated(tables)
        gathered = {"row": "s.row"}
        for name, at in product((DEFINITE, POSSIBLE), range(tables.width)):
            word = f"{name}{at}"
            gathered[word] = f"bit_or({' & '.join([f'o.{word}', *relation.get(word, ()), *dated[at]])})"
        source = f"{state} s JOIN offers o ON {self._others} {' '.join(joins)}"
        self._store.keep("met", select(gathered, source, where=self._seeing, group="s.row"))
        found = {word: f"coalesce({word}, {number(0)})" for word in gathered if word != "row"}
        return select({"s.*": "s.*", **found}, f"{state} s LEFT JOIN met USING (row)")

    @property
    def _others(self) -> str:
        """The condition that lines `s` and `o` are two, and may see each other."""
        day = "" if self._any_date else " AND s.day = o.day"
        return f"s.claim = o.claim{day} AND s.row <> o.row"

    def _dated(self, tables: StageTables) -> list[list[str]]:
        """Say for each word which clauses another date leaves, where some are about other dates, too."""
        if not self._any_date:
            return [[] for _ in range(tables.width)]
        left = parts(tables.bits[0].left(SAME_DATE, 0)[1], tables.width)
        every = number((1 << WIDTH) - 1)
        return [[f"CASE WHEN s.day = o.day THEN {every} ELSE {number(word)} END"] for word in left]

    def _looked_up(self, name: str, tables: StageTables, pairs: str) -> tuple[str, dict[str, str]]:
        """Make a table of an attribute of the lines that `pairs` joins; give its join, and what it leaves of words."""
        held, table = relating_column(self._bound, name), f"{relating_column(self._bound, name)}_pairs"
        file = self._file(name)
        if file is not None:
            self._keep_keys(name, *file)
            pairs += " SEMI JOIN keyed ON keyed.subject = s.code AND keyed.other = o.code"
        rows = self._store.rows(f"SELECT DISTINCT s.{held}, o.{held} {pairs} WHERE {self._seeing}")
        values = {number: dict(self._values(name, number)) for number in {each for row in rows for each in row}}
        relations = [self._function(name).of(values[one], values[two], self._bound.setting) for one, two in rows]
        numbers = by_column({"subject": "UBIGINT", "other": "UBIGINT"}, rows)
        self._store.table(table, numbers | self._words(name, tables, relations))
        same = f"{table}.subject = s.{held} AND {table}.other = o.{held}"
        words = clause_columns(tables.width)
        if file is None:
            return f"JOIN {table} ON {same}", {word: f"{table}.{word}" for word in words}
        codes = len(self._lines.values[CODE])
        days = [day for (day,) in self._store.rows("SELECT DISTINCT looked FROM related_days")]
        said = [self._function(name).absent({DATE: self._lines.day(day)}, self._bound.setting) for day in days]
        self._store.table(f"{table}_not", {"day": ("UBIGINT", days), **self._words(name, tables, said)})
        join = f"LEFT JOIN {table} ON {same} JOIN {table}_not ON {table}_not.day = s.{held} // {codes}"
        return join, {word: f"coalesce({table}.{word}, {table}_not.{word})" for word in words}

    def _function(self, name: str) -> PairFunction:
        return self._bound.pairs[name]

    def _file(self, name: str) -> tuple[Path, str] | None:
        """Give the file of the rows that a relation looks up by the codes of two lines of one date, and its digest."""
        table = self._bound.setting.tables.get(self._function(name).table)
        if table is None or table.file is None or self._bound.plan.any_date:
            return None
        return table.file, table.table.data.digest

    def _keep_keys(self, name: str, file: Path, digest: str) -> None:
        """Make the table of the pairs of codes of which the file has a row, by their numbers.

        Raises RequestError where the file is no longer the one that was there when the rulebase was read, or none that
        rows can be read of: the rows that were looked at then have a file of their own.
        """
        other, subject = tuple(self._function(name).columns)[:2]
        codes = self._lines.values[CODE][1:]
        self._store.table("known", {"n": ("UINTEGER", range(1, len(codes) + 1)), "code": ("VARCHAR", codes)})
        with temporary_folder() as folder:
            copy = folder / "rows.parquet"
            try:
                copy_verified(file, digest, copy)
            except ValueError as fault:
                raise RequestError.of("other-data", str(fault), "read the rulebase again") from None
            rows = f"read_parquet({literal(str(copy))}) r"
            rows += f" JOIN known o ON o.code = r.{other} JOIN known s ON s.code = r.{subject}"
            keyed = select({"subject": "s.n", "other": "o.n"}, rows, distinct=True)
            self._store.take_from(copy, f"CREATE OR REPLACE TEMP TABLE keyed AS {keyed}", called=file)

    def _words(self, name: str, tables: StageTables, relations: list[str | None]) -> Columns:
        """Give the words of clauses that relations leave, as columns."""
        passed = self._bound.plan.domains[name].passed
        left = [tables.bits[0].left(name, passed(each)) for each in relations]
        return clause_words(left, tables.width)

    def _values(self, name: str, number: int) -> Iterator[tuple[str, Value]]:
        """Give the values that the number of what a relation reads of a line stands for."""
        for attribute in self._function(name).reads:
            if attribute not in self._lines.values:
                continue
            values = self._lines.values[attribute]
            number, at = divmod(number, len(values))
            value = self._bound.setting.presumptions.get(attribute) if values[at] is None else values[at]
            if value is not None:
                yield attribute, value
