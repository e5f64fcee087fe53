"""Divide the productions of a stratum over rulesets that the engine carries, by service code.

A ruleset costs time for each production in it whenever it is used, so a line is only sent to rulesets that hold a
production for its code. Where an item is derived does not matter, for derived items only add: what several codes need
is derived in the ruleset of each, and news of it goes to every ruleset that asks for it.
"""

from collections import Counter
from collections.abc import Hashable, Iterable

import msgspec

from payrule.chaining.demand import ANY, Needed
from payrule.chaining.limits import FEW_PRODUCTIONS, MOST_FLAGS, MOST_PRODUCTIONS, MOST_WAITING, Conditions
from payrule.chaining.productions import Flag, Production, Words
from payrule.language.domains import members

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
