"""Small numbers laid out as the bits of words: a table of few wide columns is written several times faster."""

from collections.abc import Iterable, Mapping

import msgspec

from payrule.columns.clause_bitsets import WIDTH
from payrule.columns.sql import either, number


class Field(msgspec.Struct, frozen=True):
    """Some bits of a word.

    >>> field = Field(0, 3, 2)
    >>> field.of("l"), field.put("n")
    ('(l.w0 >> 3 & 3::UBIGINT)', '((n)::UBIGINT << 3)')
    >>> field.mask
    24
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
        return f"({table}.w{self.word} >> {self.shift} & {number((1 << self.bits) - 1)})"

    def put(self, expression: str) -> str:
        """Write a number at its place."""
        return f"(({expression})::UBIGINT << {self.shift})"


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
    {'w0': '((x)::UBIGINT << 0) | ((y)::UBIGINT << 1)'}
    """
    parts: list[list[str]] = [[] for _ in range(width(fields))]
    for name, expression in expressions.items():
        parts[fields[name].word].append(fields[name].put(expression))
    for word, bits in others:
        parts[word].append(bits)
    return {f"w{word}": either(listed) for word, listed in enumerate(parts)}


def mask(fields: Fields, names: Iterable[str], word: int) -> int:
    """Give the bits of a word in which these numbers stand.

    >>> mask(laid_out({"a": 4, "b": 8}), ["b"], 0)
    28
    """
    return sum(fields[name].mask for name in names if fields[name].word == word)
