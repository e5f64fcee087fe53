"""Write a shard as a ruleset of durable_rules, and the messages that such a ruleset reads.

All productions of a ruleset share one agenda: they are the `all` entries of a single rule with a `cap`, so that one
call brings many matches, and the alias of the first pattern says which production it was. A key that repeats is no JSON
that a library writes, but it is what the engine's parser reads: each entry makes a chain of its own that ends in the
one action (`createTree` in its `rete.c`). The driver tries every ruleset before it is used.
"""

import json
from collections.abc import Collection, Iterable

from payrule.chaining.messages import Encoder, carried
from payrule.chaining.naming import distinct_names
from payrule.chaining.numbers import FIRST_DERIVED, FIRST_LINE, told_by
from payrule.chaining.productions import Flag, Production
from payrule.chaining.shards import Shard

MOST_AT_ONCE = 4_096
"""Matches that one call brings at most; the engine counts to 65,535."""

_MOST_REMEMBERED = 1_024

ALIASES = tuple("ABCDEFGHIJKLMNOP")


class Program:
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
        self.meaning = Meaning(listed)
        self.text = _text(_patterns(each, number, named, self.items) for number, each in enumerate(listed))
        self.trial = _trial(listed[0], named, self.items)


class Meaning(dict[str, tuple[bool, int, tuple[int, ...], tuple[str, ...], tuple[int, ...]]]):
    """What the beginning of a match means: whose it is (`told_by`), the rules that match, the items derived."""

    def __init__(self, listed: Iterable[Production]) -> None:
        """Take the productions in the order of their aliases."""
        super().__init__()
        self._listed = tuple(listed)

    def __missing__(self, head: str) -> tuple[bool, int, tuple[int, ...], tuple[str, ...], tuple[int, ...]]:
        """Read a beginning that was not met before."""
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        production = self._listed[int(head[:3])]
        found = self[head] = (*told_by(int(head[10:])), production.rules, production.derives)
        return found


def alias(number: int) -> str:
    """Name a production.

    >>> alias(7)
    '007'
    """
    return f"{number:03d}"


def message(number: int, text: str, name: int | None = None, line: int | None = None) -> str:
    """Write one message: its number first, which the driver cuts out of matches by position.

    >>> message(10003, ',"a":1')
    '{"n":10003,"id":10003,"a":1}'
    """
    of_line = "" if line is None else f',"o":{line}'
    return f'{{"n":{number},"id":{number if name is None else name}{of_line}{text}}}'


Named = dict[tuple[str, Flag], str]
Test = dict[str, object]


def _text(patterns: Iterable[list[Test]]) -> str:
    alls = ",".join(f'"all":{json.dumps(each, separators=(",", ":"), allow_nan=False)}' for each in patterns)
    return f'{{"x":{{"cap":{MOST_AT_ONCE},"dist":0,{alls}}}}}'


def _patterns(production: Production, number: int, named: Named, items: dict[int, str]) -> list[Test]:
    """Write the messages that a production joins: derived items and then the line, or the other line and then those."""
    first = alias(number)
    of_line: Test = {"n": {first: "n" if production.about == "line" else "o"}}
    flags: list[Test] = [{named[production.about, flag]: 1} for flag in production.flags]
    derived: list[Test] = [{items[item]: 1} for item in production.joins]
    if production.about == "other":
        rest = [[each, of_line] for each in derived]
        return [{first: _both(flags)}, *_later(rest)]
    if not derived:
        return [{first: _both(flags)}]
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
