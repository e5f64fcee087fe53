"""For which service codes each production and each derived item is needed.

A rule that asks for a code needs its facts of lines of that code only. Following that backwards lets a line be told to
few rulesets, and lets what is derived of another line be passed on to those subjects alone that have a use for it.

A ruleset costs time for each production in it whenever it is used, so a line is only sent to rulesets that hold a
production for its code. Where an item is derived does not matter, for derived items only add: what several codes need
is derived in the ruleset of each, and news of it goes to every ruleset that asks for it.

All productions of a ruleset share one agenda: they are the `all` entries of a single rule with a `cap`, so that one
call brings many matches, and the alias of the first pattern says which production it was. A key that repeats is no JSON
that a library writes, but it is what the engine's parser reads: each entry makes a chain of its own that ends in the
one action (`createTree` in its `rete.c`). The driver tries every ruleset before it is used.
"""

import json
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Sequence

import msgspec

from payrule.execute.forward.limits import (
    FEW_PRODUCTIONS,
    FIRST_DERIVED,
    FIRST_LINE,
    MOST_FLAGS,
    MOST_PRODUCTIONS,
    MOST_WAITING,
    Conditions,
    told_by,
)
from payrule.execute.forward.messages import Encoder, carried, distinct_names
from payrule.execute.forward.productions import Flag, Production, Words, code_flags
from payrule.language.domains import members
from payrule.model.values import ValueSet

ANY = -1
"""The need of what matters to lines of any code; other needs are sets of tests, one of which the code must pass."""


class Needed(msgspec.Struct, frozen=True):
    """A production, the need for it, and the flag on the code that binds it most closely, if one does."""

    production: Production
    need: int
    code: Flag | None


def demand(layers: Sequence[Iterable[Production]], known: Words) -> tuple[list[list[Needed]], list[int]]:
    """Give every production its need, layer by layer, and every item its own."""
    bound = [[(each, _closest(each, known)) for each in layer] for layer in layers]
    items = [0] * len(known.items)
    before: list[int] = []
    while items != before:
        before = items.copy()
        for production, code in (each for layer in reversed(bound) for each in layer):
            need = _need(production, code, items)
            for item in _read(production):
                items[item] |= need
    found = [[Needed(each, _need(each, code, items), code) for each, code in layer] for layer in bound]
    return found, items


def _need(production: Production, code: Flag | None, items: Sequence[int]) -> int:
    """Let a code of its own decide, else what it derives, unless that is about other lines than the one it asks."""
    if code is not None:
        return 1 << code.bit
    if production.rules or production.about == "other":
        return ANY
    need = 0
    for item in production.derives:
        need |= items[item]
    return need


def _read(production: Production) -> list[int]:
    return [*production.joins, *(flag.number for flag in production.flags if flag.source == "settled")]


def _closest(production: Production, known: Words) -> Flag | None:
    flags = code_flags(production, known)
    return min(flags, key=lambda flag: (_size(flags[flag].values), flag), default=None)


def _size(members: ValueSet) -> int:
    return len(members.values) + 100 * len(members.ranges)


_MOST_COPIES = 8


class Shard(msgspec.Struct, frozen=True):
    """Productions for one ruleset, their flags in the order in which to test them.

    `line_need` and `other_need` say which lines matter here, as a subject and as an other line. A ruleset that is for
    some codes names them in `classes`, by the sets of tests that they pass: lines of other codes find all they need
    elsewhere.
    """

    productions: tuple[Production, ...]
    line_need: int
    other_need: int
    classes: frozenset[int] | None


def shards(found: Iterable[Needed], known: Words) -> tuple[Shard, ...]:
    """Pack productions into rulesets: few ones together, else those for any code apart from those for some codes."""
    listed = [each for each in found if each.need]
    asked = Counter(flag for each in listed for flag in each.production.flags)
    ordered = [msgspec.structs.replace(each, production=_ordered(each, asked)) for each in listed]
    if len(listed) <= FEW_PRODUCTIONS:
        return _pack([(None, ordered)])
    classes = known.domains[known.code].classes() if known.code is not None else {}
    passing: dict[int, list[int]] = {}
    for passed in classes:
        for bit in members(passed):
            passing.setdefault(bit, []).append(passed)
    general: list[Needed] = []
    groups: dict[int, list[Needed]] = {}
    for each in ordered:
        meant = set() if each.need == ANY else {one for bit in members(each.need) for one in passing.get(bit, ())}
        if each.need == ANY or len(meant) > _MOST_COPIES:
            general.append(each)
        else:
            for passed in meant:
                groups.setdefault(passed, []).append(each)
    coded = sorted(groups, key=lambda passed: classes[passed])
    return _pack([(None, general)]) + _pack([(passed, groups[passed]) for passed in coded])


def _ordered(needed: Needed, asked: Counter[Flag]) -> Production:
    """Put the code first, for it excludes most, then what most productions ask: equal beginnings are tested once."""
    flags = sorted(needed.production.flags, key=lambda flag: (flag != needed.code, -asked[flag], flag))
    return msgspec.structs.replace(needed.production, flags=tuple(flags))


def _joint(about: str, group: Iterable[Needed]) -> int:
    need = 0
    for each in group:
        if each.production.about == about:
            need |= each.need
    return need


def _pack(groups: Iterable[tuple[int | None, list[Needed]]]) -> tuple[Shard, ...]:
    """Fill one ruleset after another; a group for one class of codes that would make one large begins the next."""
    room = _Room()
    for passed, group in groups:
        if room.here and len(room.here.keys() | {each.production for each in group}) > FEW_PRODUCTIONS // 2:
            room.leave()
        for each in group:
            room.take(passed, each)
    room.leave()
    return tuple(
        Shard(
            tuple(each.production for each in group),
            _joint("line", group),
            _joint("other", group),
            None if None in classes else frozenset(each for each in classes if each is not None),
        )
        for classes, group in room.filled
    )


class _Room:
    """A ruleset that is being filled, and the filled ones before it."""

    def __init__(self) -> None:
        self.filled: list[tuple[set[int | None], list[Needed]]] = []
        self.here: dict[Production, Needed] = {}
        self._classes: set[int | None] = set()
        self._start()

    def _start(self) -> None:
        self._conditions = {"line": Conditions(), "other": Conditions(), "derived": Conditions()}
        self._flags: dict[str, set[Flag]] = {"line": set(), "other": set()}

    def leave(self) -> None:
        if self.here:
            self.filled.append((self._classes, list(self.here.values())))
            self.here = {}
            self._classes = set()
            self._start()

    def take(self, passed: int | None, needed: Needed) -> None:
        if needed.production not in self.here:
            if not self._fits(needed.production):
                self.leave()
                self._fits(needed.production)
            self.here[needed.production] = needed
        self._classes.add(passed)

    def _fits(self, production: Production) -> bool:
        paths = conditions(production, len(self.here))
        for kind, path in paths:
            self._conditions[kind].add(path)
        flags = self._flags[production.about] | set(production.flags)
        if (
            len(self.here) < MOST_PRODUCTIONS
            and len(flags) <= MOST_FLAGS
            and all(each.waiting <= MOST_WAITING for each in self._conditions.values())
        ):
            self._flags[production.about] = flags
            return True
        for kind, path in paths:
            self._conditions[kind].remove(path)
        return False


def conditions(production: Production, number: int) -> list[tuple[str, tuple[Hashable, ...]]]:
    """Give what the engine tests for a production, one path for each message it joins, with the kind of message.

    A join is a condition of its own in the engine, never shared: `number` tells it from those of other productions.
    """
    own = ("join", number)
    line = production.about == "line"
    paths: list[tuple[str, tuple[Hashable, ...]]] = [
        ("derived", (item,) if line and position == 0 else (item, (*own, position)))
        for position, item in enumerate(production.joins)
    ]
    if production.flags:
        path = (*production.flags, own) if line and production.joins else production.flags
        paths.append((production.about, path))
    return paths


MOST_AT_ONCE = 4_096
"""Matches that one call brings at most; the engine counts to 65,535."""

_MOST_REMEMBERED = 1_024

ALIASES = tuple("ABCDEFGHIJKLMNOP")


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
