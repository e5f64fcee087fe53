"""How two lines are related: each attribute of a pair is looked up by the values of both that the relation reads.

The relation is worked out once for each two distinct cases of such values, by the function that the interactive path
calls. Where it rests on a table of millions of rows, the lines are first joined with the table, and of all others it is
worked out once what is said where the table has no row.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from payrule.batch.bound import Bound, columns, word_columns
from payrule.batch.lines import CODE, DATE, Lines
from payrule.batch.statements import create, literal, select
from payrule.batch.store import Columns, Store
from payrule.batch.whole_files import copy_verified, temporary_folder
from payrule.batch.words import StageTables
from payrule.documents.findings import RequestError
from payrule.documents.values import Value
from payrule.language.derived import PAIR_FUNCTIONS, PairFunction

Words = dict[str, list[str]]
"""What relations leave of each word of clauses, to be ANDed."""


def relating_column(bound: Bound, attribute: str) -> str:
    """Name the column of lines that holds the number of what the relation by an attribute reads of them."""
    return f"r{sorted(bound.pairs).index(attribute)}"


class Relations:
    """The tables by which the relation of a line `s` to another, `o`, is looked up."""

    def __init__(self, store: Store, lines: Lines, bound: Bound) -> None:
        """Take the lines, and what binds them."""
        self._store, self._lines, self._bound = store, lines, bound

    def joined(self, asked: list[str], tables: StageTables, pairs: str, seeing: str) -> tuple[str, Words]:
        """Make a table for each attribute; give the joins, and what they leave of the words of clauses.

        `pairs` joins the lines that see each other, and `seeing` tells which of the subjects matter.
        """
        joins: list[str] = []
        words: Words = {}
        for name in asked:
            join, left = self._looked_up(name, tables, pairs, seeing)
            joins.append(join)
            for word, expression in left.items():
                words.setdefault(word, []).append(expression)
        return " ".join(joins), words

    def _looked_up(self, name: str, tables: StageTables, pairs: str, seeing: str) -> tuple[str, dict[str, str]]:
        held, table = relating_column(self._bound, name), f"related_{relating_column(self._bound, name)}"
        file = self._file(name)
        if file is not None:
            self._keep_keys(name, *file)
            pairs += " SEMI JOIN keyed ON keyed.subject = s.code AND keyed.other = o.code"
        rows = self._store.rows(f"SELECT DISTINCT s.{held}, o.{held} {pairs} WHERE {seeing}")
        values = {number: dict(self._values(name, number)) for number in {each for row in rows for each in row}}
        relations = [self._function(name).of(values[one], values[two], self._bound.setting) for one, two in rows]
        found = list(zip(*rows, strict=True)) or [(), ()]
        numbers = {"subject": ("UBIGINT", found[0]), "other": ("UBIGINT", found[1])}
        self._store.table(table, {**numbers, **self._words(name, tables, relations)})
        same = f"{table}.subject = s.{held} AND {table}.other = o.{held}"
        words = [word for letter in "dp" for word in columns(letter, tables.width)]
        if file is None:
            return f"JOIN {table} ON {same}", {word: f"{table}.{word}" for word in words}
        codes = len(self._lines.values[CODE])
        days = [day for (day,) in self._store.rows("SELECT DISTINCT looked FROM related_days")]
        said = [self._function(name).absent({DATE: self._lines.day(day)}, self._bound.setting) for day in days]
        self._store.table(f"{table}_not", {"day": ("UBIGINT", days), **self._words(name, tables, said)})
        join = f"LEFT JOIN {table} ON {same} JOIN {table}_not ON {table}_not.day = s.{held} // {codes}"
        return join, {word: f"coalesce({table}.{word}, {table}_not.{word})" for word in words}

    def _function(self, name: str) -> PairFunction:
        return PAIR_FUNCTIONS[self._bound.pairs[name]]

    def _file(self, name: str) -> tuple[Path, str] | None:
        """Give the file of the rows that a relation looks up by the codes of two lines of one date, and its digest."""
        table = self._bound.setting.tables.get(self._bound.pairs[name])
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
            keyed = create("keyed", select({"subject": "s.n", "other": "o.n"}, rows, distinct=True))
            self._store.take_from(copy, keyed, called=file)

    def _words(self, name: str, tables: StageTables, relations: list[str | None]) -> Columns:
        """Give the words of clauses that relations leave, as columns."""
        passed = self._bound.plan.domains[name].passed
        left = [tables.bits[0].left(name, passed(each)) for each in relations]
        found = word_columns("d", [each for each, _ in left], tables.width)
        return found | word_columns("p", [each for _, each in left], tables.width)

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


def relating_number(lines: Lines, reads: tuple[str, ...], held: Mapping[str, str]) -> str:
    """Write the number that tells apart what a relation reads of lines, from where the numbers of values stand."""
    terms, step = [], 1
    for name in reads:
        if name not in lines.values:
            continue
        terms.append(f"{step}::UBIGINT * {held.get(name) or lines.number(name)}")
        step *= len(lines.values[name])
    return " + ".join(terms) or "0::UBIGINT"
