"""Short names for the properties of messages, none of which the engine can mistake for another.

durable_rules compares property names by a 32-bit hash alone (FNV-1a) and never by their letters, so that two names of
one hash are one property to it. Names are therefore chosen here, not by the author of a policy, and checked.

A message goes to the engine in two readings. The **definite** one carries a flag only if it is known; the **possible**
one carries it also if it is unknown, so that a test and its negation may both be carried. The same productions then
find what matches definitely and what matches possibly, and nothing in the network is negative.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from operator import itemgetter
from string import ascii_letters, digits

import msgspec

from payrule.execute.forward.productions import ALWAYS, SAME_DATE, Flag
from payrule.language.domains import UNKNOWN

RESERVED = ("id", "sid", "$s", "$i", "$m", "$forward", "n", "o")
"""Properties that the engine uses itself, and two that every network uses: `n` numbers a message, `o` names a line."""


def fnv1a(text: str) -> int:
    """Hash a name as the engine does (32-bit FNV-1a).

    >>> fnv1a("id"), fnv1a("sid")
    (926444256, 3593476751)
    """
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def short_names() -> Iterator[str]:
    """Propose names, the shortest first: a message repeats them, and the engine copies a message for each match."""
    for length in (1, 2, 3):
        for letters in product(ascii_letters + digits, repeat=length):
            yield "".join(letters)


def distinct_names(count: int, proposals: Iterable[str] | None = None) -> tuple[str, ...]:
    """Choose names of pairwise different hash, also different from every reserved name.

    Raises ValueError when the proposals do not suffice.

    >>> distinct_names(2)
    ('a', 'b')
    >>> distinct_names(2, ["sid", "liquid", "costarring", "x"])
    ('liquid', 'x')
    """
    taken = {fnv1a(name) for name in RESERVED}
    chosen: list[str] = []
    for name in short_names() if proposals is None else proposals:
        if len(chosen) == count:
            break
        hashed = fnv1a(name)
        if hashed not in taken:
            taken.add(hashed)
            chosen.append(name)
    if len(chosen) < count:
        raise ValueError(f"only {len(chosen)} of {count} names differ in their hash")
    return tuple(chosen)


_MOST_REMEMBERED = 256


class Fragments(dict[int, str]):
    """The part of a message that one attribute gives, for each set of tests that its value passes.

    >>> two = Fragments([(Flag("attribute", 0, 0, True), "a"), (Flag("attribute", 0, 1, False), "b")], possible=True)
    >>> two[0b01], two[0b10], two[UNKNOWN]
    (',"a":1,"b":1', '', ',"a":1,"b":1')
    """

    def __init__(self, named: Iterable[tuple[Flag, str]], *, possible: bool) -> None:
        """Take the flags on one attribute, with the names under which messages carry them."""
        super().__init__()
        self._named = tuple((flag.bit, flag.positive, carried(name)) for flag, name in named)
        self._possible = possible

    def __missing__(self, passed: int) -> str:
        """Work out the part for a set of tests that was not met before."""
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        if passed == UNKNOWN:
            found = "".join(text for _, _, text in self._named) if self._possible else ""
        else:
            found = "".join(text for bit, positive, text in self._named if (passed >> bit & 1) == positive)
        self[passed] = found
        return found


def carried(name: str) -> str:
    """Write a flag as a message carries it.

    >>> carried("a")
    ',"a":1'
    """
    return f',"{name}":1'


class Settled(msgspec.Struct, frozen=True):
    """What a message carries of an item of a lower stratum, when it is true and when it is false."""

    item: int
    if_true: str
    if_false: str


class Encoder:
    """Write what a ruleset asks of a line (or of an other line) in both readings."""

    def __init__(self, flags: dict[Flag, str]) -> None:
        """Take the flags that the ruleset tests, each with its name."""
        self.always = carried(flags[ALWAYS]) if ALWAYS in flags else ""
        self.same_date = carried(flags[SAME_DATE]) if SAME_DATE in flags else ""
        by_domain: dict[int, list[tuple[Flag, str]]] = {}
        by_item: dict[int, dict[bool, str]] = {}
        for flag, name in flags.items():
            if flag.source == "attribute":
                by_domain.setdefault(flag.number, []).append((flag, name))
            elif flag.source == "settled":
                by_item.setdefault(flag.number, {})[flag.positive] = carried(name)
        self._definite = [(index, Fragments(named, possible=False)) for index, named in by_domain.items()]
        self._possible = [(index, Fragments(named, possible=True)) for index, named in by_domain.items()]
        self._settled = [Settled(item, each.get(True, ""), each.get(False, "")) for item, each in by_item.items()]
        self._told_by = itemgetter(*by_domain) if by_domain else _nothing
        self._remembered: dict[object, tuple[str, str]] = {}

    def _of_attributes(self, row: Sequence[int], told_by: object) -> tuple[str, str]:
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        found = self._remembered[told_by] = (
            "".join([texts[row[index]] for index, texts in self._definite]) + self.always,
            "".join([texts[row[index]] for index, texts in self._possible]) + self.always,
        )
        return found

    def write(
        self,
        row: Sequence[int],
        line: int,
        definite: Sequence[int],
        possible: Sequence[int],
        *,
        same_date: bool = False,
    ) -> tuple[str, str]:
        """Give the definite and the possible text for a line told by the tests that each attribute passes.

        `definite` and `possible` hold, for each item, the lines of which it is true, as the bits of an integer.
        """
        told_by = self._told_by(row)
        found = self._remembered.get(told_by) or self._of_attributes(row, told_by)
        if not self._settled and not (same_date and self.same_date):
            return found
        certain, open_too = found
        for each in self._settled:
            if definite[each.item] >> line & 1:
                certain += each.if_true
                open_too += each.if_true
            elif possible[each.item] >> line & 1:
                open_too += each.if_true + each.if_false
            else:
                certain += each.if_false
                open_too += each.if_false
        if same_date:
            return certain + self.same_date, open_too + self.same_date
        return certain, open_too


def _nothing(_row: Sequence[int]) -> None:
    """Tell lines apart by nothing, for rulesets that ask nothing of attributes."""
