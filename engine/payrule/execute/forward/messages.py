"""What the engine is told and what it answers: short names, numbers, rulesets and messages as its JSON.

durable_rules compares property names by a 32-bit hash alone (FNV-1a) and never by their letters, so that two names of
one hash are one property to it. Names are therefore chosen here, not by the author of a policy, and checked.

A message goes to the engine in two readings. The **definite** one carries a flag only if it is known; the **possible**
one carries it also if it is unknown, so that a test and its negation may both be carried. The same productions then
find what matches definitely and what matches possibly, and nothing in the network is negative.

A line has three numbers in a row, one for each reading, and so has a view of another line. A message's number is also
its name (`id`), but for news of derived items, which are numbered like their line and named one by one.

All productions of a ruleset share one agenda: they are the `all` entries of a single rule with a `cap`, so that one
call brings many matches, and the alias of the first pattern says which production it was. A key that repeats is no JSON
that a library writes, but it is what the engine's parser reads: each entry makes a chain of its own that ends in the
one action (`createTree` in its `rete.c`). The driver tries every ruleset before it is used.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import product
from operator import getitem, itemgetter
from string import ascii_letters, digits

import msgspec

from payrule.execute.forward.productions import ALWAYS, SAME_DATE, Flag, Production, Shard
from payrule.language.domains import UNKNOWN_VALUE
from payrule.source.memory import Remembered

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
        yield from map("".join, product(ascii_letters + digits, repeat=length))


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


FIRST_LINE = 10_000
FIRST_VIEW = 60_000
AFTER_LAST = 100_000

FIRST_DERIVED = 100_000
LAST_DERIVED = 790_000
"""The engine tells names apart by a 32-bit hash alone; up to here, no two hash the same."""

DEFINITE, POSSIBLE, BOTH = 0, 1, 2
"""The readings of a message; one whose readings are the same is sent once, as both."""


def line_number(line: int) -> int:
    """Give a line of a run its first number, to which the reading is added.

    >>> line_number(1) + POSSIBLE
    10004
    """
    return FIRST_LINE + 3 * line


def view_number(place: int) -> int:
    """Give a view of another line its first number, to which the reading is added.

    >>> view_number(0) + BOTH
    60002
    """
    return FIRST_VIEW + 3 * place


def subject_of(number: int) -> tuple[bool, int, tuple[int, ...]]:
    """Tell whether a message is about a view, which line or view, and where its readings are noted.

    What holds of a line in the definite reading is noted at twice its number, in the possible one right after.

    >>> subject_of(10004), subject_of(60002)
    ((False, 1, (3,)), (True, 0, (0, 1)))
    """
    is_view = number >= FIRST_VIEW
    place, reading = divmod(number - (FIRST_VIEW if is_view else FIRST_LINE), 3)
    return is_view, place, (2 * place, 2 * place + 1) if reading == BOTH else (2 * place + reading,)


def carried(name: str) -> str:
    """Write a flag as a message carries it.

    >>> carried("a")
    ',"a":1'
    """
    return f',"{name}":1'


def message(number: int, text: str, name: int | None = None, line: int | None = None) -> str:
    """Write one message: its number first, which the driver cuts out of matches by position.

    >>> message(10003, ',"a":1')
    '{"n":10003,"id":10003,"a":1}'
    """
    of_line = "" if line is None else f',"o":{line}'
    return f'{{"n":{number},"id":{number if name is None else name}{of_line}{text}}}'


def fragments(named: Iterable[tuple[Flag, str]], *, possible: bool) -> Remembered[int, str]:
    """Make the part of a message that one attribute gives, for each set of tests that its value passes.

    `named` are the flags on the attribute, with the names under which messages carry them.

    >>> two = fragments([(Flag("attribute", 0, 0, True), "a"), (Flag("attribute", 0, 1, False), "b")], possible=True)
    >>> two[0b01], two[0b10], two[UNKNOWN_VALUE]
    (',"a":1,"b":1', '', ',"a":1,"b":1')
    """
    listed = tuple((flag.bit, flag.positive, carried(name)) for flag, name in named)

    def part(passed: int) -> str:
        if passed == UNKNOWN_VALUE:
            return "".join(text for _, _, text in listed) if possible else ""
        return "".join(text for bit, positive, text in listed if (passed >> bit & 1) == positive)

    return Remembered(part, 256)


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
        self._parts = [[fragments(each, possible=way) for each in by_domain.values()] for way in (False, True)]
        self._settled = [Settled(item, each.get(True, ""), each.get(False, "")) for item, each in by_item.items()]
        # One more than there are: of one alone `itemgetter` gives no tuple, and of none it cannot be made.
        self._read = itemgetter(*by_domain, next(iter(by_domain))) if by_domain else lambda _: ()
        self._texts = Remembered(self._of_attributes, 256)

    def _of_attributes(self, read: tuple[int, ...]) -> tuple[str, str]:
        certain, open_too = ["".join(map(getitem, of, read)) for of in self._parts]
        return certain + self.always, open_too + self.always

    def write(
        self,
        row: Sequence[int],
        line: int,
        definite: Sequence[int],
        possible: Sequence[int],
        *,
        same_date: bool = False,
    ) -> tuple[str, str]:
        """Give the definite and the possible text for a line, by the tests that each of its attributes passes.

        `definite` and `possible` hold, for each item, the lines of which it is true, as the bits of an integer.
        """
        certain, open_too = self._texts[self._read(row)]
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


MOST_AT_ONCE = 4_096
"""Matches that one call brings at most; the engine counts to 65,535."""

ALIASES = tuple("ABCDEFGHIJKLMNOP")

Named = dict[tuple[str, Flag], str]
Test = dict[str, object]
Match = tuple[bool, int, tuple[int, ...], tuple[str, ...], tuple[int, ...]]
"""What the beginning of a match means: whose it is (`subject_of`), the rules that match, the items derived."""


class Ruleset:
    """One shard, ready for the engine: its text, its encoders, and what each of its productions concludes.

    Productions are known by alias, three digits.
    """

    def __init__(self, shard: Shard, inner: Collection[int]) -> None:
        """Name what the shard asks and write its text; `inner` are the items that conditions on other lines use."""
        listed = shard.productions
        flags: dict[tuple[str, Flag], None] = {(each.about, flag): None for each in listed for flag in each.flags}
        items = {item: None for each in listed for item in each.joins}
        names = iter(distinct_names(len(flags) + len(items)))
        named = {key: next(names) for key in flags}
        self.items = {item: next(names) for item in items}
        """Derived items that the productions join, with the names under which messages carry them."""
        self.line = Encoder({flag: name for (about, flag), name in named.items() if about == "line"})
        self.other = Encoder({flag: name for (about, flag), name in named.items() if about == "other"})
        self.shard = shard
        self.inner = any(item in inner for each in listed for item in each.derives)
        self.joins_lines = any(each.joins for each in listed if each.about == "line")
        self.joins_others = any(each.joins for each in listed if each.about == "other")
        self.matches = Remembered(self._match, 1_024)
        self.text = _text(_patterns(each, number, named, self.items) for number, each in enumerate(listed))
        self.trial = _trial(listed[0], named, self.items)

    def _match(self, beginning: str) -> Match:
        production = self.shard.productions[int(beginning[:3])]
        return (*subject_of(int(beginning[10:])), production.rules, production.derives)


def alias(number: int) -> str:
    """Name a production.

    >>> alias(7)
    '007'
    """
    return f"{number:03d}"


def _text(patterns: Iterable[list[Test]]) -> str:
    alls = ",".join(f'"all":{json.dumps(each, separators=(",", ":"), allow_nan=False)}' for each in patterns)
    return f'{{"x":{{"cap":{MOST_AT_ONCE},"dist":0,{alls}}}}}'


def _patterns(production: Production, number: int, named: Named, items: dict[int, str]) -> list[Test]:
    """Write the messages that a production joins: derived items and then the line, or the other line and then those."""
    first = alias(number)
    of_line: Test = {"n": {first: "n" if production.about == "line" else "o"}}
    flags: list[Test] = [{named[production.about, flag]: 1} for flag in production.flags]
    derived: list[Test] = [{items[item]: 1} for item in production.joins]
    if production.about == "other" or not derived:
        return [{first: _both(flags)}, *_later([[each, of_line] for each in derived])]
    rest = [[each, of_line] for each in derived[1:]] + ([[*flags, of_line]] if flags else [])
    return [{first: derived[0]}, *_later(rest)]


def _later(rest: list[list[Test]]) -> list[Test]:
    return [{ALIASES[at]: _both(each)} for at, each in enumerate(rest)]


def _both(tests: list[Test]) -> Test:
    return tests[0] if len(tests) == 1 else {"$and": tests}


def _trial(production: Production, named: Named, items: dict[int, str]) -> tuple[str, ...]:
    """Write messages that make the first production match once, under the first number."""
    flags = "".join(carried(named[production.about, flag]) for flag in production.flags)
    derived = "".join(carried(items[item]) for item in production.joins)
    if production.about == "other":
        about = message(FIRST_LINE, flags, line=FIRST_LINE + 1)
        return (about, message(FIRST_LINE + 1, derived)) if derived else (about,)
    about = message(FIRST_LINE, flags)
    return (about, message(FIRST_LINE, derived, FIRST_DERIVED)) if derived else (about,)
