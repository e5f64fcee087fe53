"""Classes of attributes laid out as the bits of words, so that one mask keeps those that matter to an answer."""

from collections.abc import Container, Iterable

import msgspec

from payrule.batch.bound import Matched
from payrule.batch.words import WIDTH


class Field(msgspec.Struct, frozen=True):
    """Some bits of a word of a line: the class of an attribute, or without one whether something was presumed."""

    attribute: str | None
    word: int
    shift: int
    bits: int
    column: str

    @property
    def mask(self) -> int:
        """The bits, at their place."""
        return ((1 << self.bits) - 1) << self.shift

    @property
    def expression(self) -> str:
        """The bits of a line, at their place."""
        return f"({self.column}::UBIGINT << {self.shift})"


def fields_of(matched: Matched) -> list[Field]:
    """Lay out the class of each attribute, and what was presumed; a word keeps its highest bit free."""
    found: list[Field] = []
    word = shift = 0
    listed: list[tuple[str | None, int, str]] = [
        (name, max(1, (len(matched.classes[name]) - 1).bit_length()), f"t.{column}")
        for name, column in matched.columns.items()
    ]
    listed += [(None, 1, column) for column in matched.presumed]
    for name, bits, column in listed:
        if shift + bits > WIDTH - 1:
            word, shift = word + 1, 0
        found.append(Field(name, word, shift, bits, column))
        shift += bits
    return found


def mask(fields: Iterable[Field], attributes: Container[str], word: int) -> int:
    """Give the bits of a word that some attributes have, and those of what was presumed, which is always told.

    >>> mask([Field("a", 0, 0, 2, ""), Field("b", 0, 2, 3, ""), Field(None, 0, 5, 1, "")], {"b"}, 0)
    60
    """
    kept = (field for field in fields if field.attribute is None or field.attribute in attributes)
    return sum(field.mask for field in kept if field.word == word)
