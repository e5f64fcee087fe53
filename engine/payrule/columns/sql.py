"""SQL as text, from names and numbers alone: tables, queries, bits of words. No text of a document or claim is in it.

Numbers are kept as bits of 64-bit words: a table of few wide columns is written several times faster.
"""

from collections.abc import Iterable, Mapping, Sequence
from struct import unpack

import msgspec

Expressions = Mapping[str, str]
"""Columns by name, each with the expression that it is."""


def select(columns: Expressions, source: str, *, where: str = "", group: str = "", distinct: bool = False) -> str:
    """Write a query.

    >>> select({"n": "a + 1", "b": "b"}, "t", where="a > 0")
    'SELECT a + 1 AS n, b FROM t WHERE a > 0'
    """
    listed = ", ".join(each if each == name else f"{each} AS {name}" for name, each in columns.items())
    tail = (f" WHERE {where}" if where else "") + (f" GROUP BY {group}" if group else "")
    return f"SELECT {'DISTINCT ' if distinct else ''}{listed} FROM {source}{tail}"


def number(word: int) -> str:
    """Write a word as a constant.

    >>> number(3)
    '3::UBIGINT'
    """
    return f"{word}::UBIGINT"


def either(parts: Iterable[str]) -> str:
    """OR words together.

    >>> either(["a", "b"]), either([])
    ('a | b', '0::UBIGINT')
    """
    return " | ".join(parts) or number(0)


def combined(lists: Iterable[Sequence[int]]) -> list[int]:
    """OR a number of each list with one of every other, in every way; that of the first list changes fastest.

    >>> combined([(0, 1), (0, 2, 4)])
    [0, 1, 2, 3, 4, 5]
    """
    found = [0]
    for listed in lists:
        found = [each | more for more in listed for each in found]
    return found


class Field(msgspec.Struct, frozen=True):
    """Some bits of a word.

    >>> field = Field(0, 3, 2)
    >>> field.of("l"), field.put("n")
    ('(l.word0 >> 3 & 3::UBIGINT)', '((n)::UBIGINT << 3)')
    >>> field.mask, field.within(0, [1, 2]), field.within(1, [1, 2])
    (24, [8, 16], [0, 0])
    """

    word: int
    shift: int
    bits: int

    @property
    def mask(self) -> int:
        """The bits, at their place."""
        return ((1 << self.bits) - 1) << self.shift

    def of(self, table: str) -> str:
        """Write the number that stands in the words of a table."""
        return f"({table}.word{self.word} >> {self.shift} & {number((1 << self.bits) - 1)})"

    def put(self, expression: str) -> str:
        """Write a number at its place."""
        return f"(({expression})::UBIGINT << {self.shift})"

    def within(self, word: int, numbers: Iterable[int]) -> list[int]:
        """Give numbers at their place in a word; in any other than that of this they are 0."""
        return [each << self.shift if word == self.word else 0 for each in numbers]


Fields = dict[str, Field]
"""Where numbers stand, by the name of what they number."""


def laid_out(sizes: Mapping[str, int]) -> Fields:
    """Lay out numbers below these sizes; a word keeps its highest bit free, so that a sum of words does not overflow.

    >>> laid_out({"a": 3, "b": 1, "c": 1 << 62})["c"]
    Field(word=1, shift=0, bits=62)
    """
    found: Fields = {}
    word = shift = 0
    for name, size in sizes.items():
        bits = max(1, (size - 1).bit_length())
        if shift + bits > WIDTH - 1:
            word, shift = word + 1, 0
        found[name] = Field(word, shift, bits)
        shift += bits
    return found


def width(fields: Fields) -> int:
    """Count the words that numbers stand in.

    >>> width({})
    1
    """
    return 1 + max((field.word for field in fields.values()), default=0)


def packed(fields: Fields, expressions: Mapping[str, str], others: Iterable[tuple[int, str]] = ()) -> dict[str, str]:
    """Write the words of numbers that expressions give; `others` are more bits of some words.

    >>> packed(laid_out({"a": 2, "b": 2}), {"a": "x", "b": "y"})
    {'word0': '((x)::UBIGINT << 0) | ((y)::UBIGINT << 1)'}
    """
    parts: list[list[str]] = [[] for _ in range(width(fields))]
    for name, expression in expressions.items():
        parts[fields[name].word].append(fields[name].put(expression))
    for word, bits in others:
        parts[word].append(bits)
    return {f"word{word}": either(listed) for word, listed in enumerate(parts)}


def mask(fields: Fields, names: Iterable[str], word: int) -> int:
    """Give the bits of a word in which these numbers stand.

    >>> mask(laid_out({"a": 4, "b": 8}), ["b"], 0)
    28
    """
    return sum(fields[name].mask for name in names if fields[name].word == word)


WIDTH = 64
"""Bits of a word."""


def parts(word: int, width: int) -> list[int]:
    """Cut a number into words, the lowest first.

    >>> parts(1 << 64 | 3, 2)
    [3, 1]
    """
    return list(unpack(f"<{width}Q", word.to_bytes(width * WIDTH // 8, "little")))
