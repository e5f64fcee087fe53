"""The SQL of a plan: its shape stays one and the same, however many rules there are, for rules are rows of tables.

Pure functions from names and numbers to text. Nothing of a document or a claim stands in it.
"""

from collections.abc import Iterable, Mapping, Sequence

from payrule.columns.clause_bitsets import Table
from payrule.columns.plan_sql import Source

Expressions = Mapping[str, str]
"""Columns by name, each with the expression that it is."""


def create(name: str, query: str) -> str:
    """Keep what a query answers as a table.

    >>> create("t", "SELECT 1 AS n")
    'CREATE OR REPLACE TEMP TABLE t AS SELECT 1 AS n'
    """
    return f"CREATE OR REPLACE TEMP TABLE {name} AS {query}"


def select(columns: Expressions, source: str, *, where: str = "", group: str = "", distinct: bool = False) -> str:
    """Write a query.

    >>> select({"n": "a + 1", "b": "b"}, "t", where="a > 0")
    'SELECT a + 1 AS n, b FROM t WHERE a > 0'
    """
    listed = ", ".join(each if each == name else f"{each} AS {name}" for name, each in columns.items())
    tail = (f" WHERE {where}" if where else "") + (f" GROUP BY {group}" if group else "")
    return f"SELECT {'DISTINCT ' if distinct else ''}{listed} FROM {source}{tail}"


def key(table: Table, columns: Mapping[Source, str], code: str | None) -> str:
    """Write the number by which a table of words is looked up; `columns` says where the class of a source stands.

    >>> key(Table({"a": 2, "b": 6}, (), ()), {"a": "c1", "b": "c2"}, "c0")
    'c0::UINTEGER + 2 * c1::UINTEGER + 6 * c2::UINTEGER'
    >>> key(Table({}, (), ()), {}, None)
    '0'
    """
    terms = [f"{step} * {columns[source]}::UINTEGER" for source, step in table.steps.items()]
    return " + ".join([f"{code}::UINTEGER", *terms] if code else terms) or "0"


def both(parts: Iterable[str], otherwise: str) -> str:
    """AND words together; without any, all bits.

    >>> both(["t0.d0", "t1.d0"], "x")
    't0.d0 & t1.d0'
    """
    return " & ".join(parts) or otherwise


def number(word: int) -> str:
    """Write a word as a constant.

    >>> number(3)
    '3::UBIGINT'
    """
    return f"{word}::UBIGINT"


def settled(words: Sequence[str], clauses: Sequence[int], bit: int) -> str:
    """Write the bit of an item that holds when one of its clauses, as `clauses` has them word by word, matches.

    >>> settled(["d0"], [6], 8)
    'CASE WHEN (d0 & 6::UBIGINT) <> 0 THEN 8::UBIGINT ELSE 0::UBIGINT END'
    """
    asked = [f"({word} & {number(own)}) <> 0" for word, own in zip(words, clauses, strict=True) if own]
    if not asked:
        return number(0)
    return f"CASE WHEN {' OR '.join(asked)} THEN {number(bit)} ELSE {number(0)} END"


def shifted(word: str, mask: int, by: int) -> str:
    """Write some bits of a word, moved to other places.

    >>> shifted("d0", 6, 3), shifted("d0", 6, -1)
    ('((d0 & 6::UBIGINT) << 3)', '((d0 & 6::UBIGINT) >> 1)')
    """
    move = f" << {by}" if by > 0 else f" >> {-by}" if by else ""
    # DuckDB refuses to lose bits by a shift to the left, and none are lost here: the mask leaves room.
    return f"(({word} & {number(mask)}){move})"


def either(parts: Iterable[str]) -> str:
    """OR words together.

    >>> either(["a", "b"]), either([])
    ('a | b', '0::UBIGINT')
    """
    return " | ".join(parts) or number(0)
