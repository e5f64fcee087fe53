"""The rulesets of one stratum, and which of them a line, an other line or news of a derived item goes to."""

from collections.abc import Callable, Iterable, Sequence

from payrule.chaining.program import Program
from payrule.chaining.shards import Shard

_MOST_REMEMBERED = 4096


class Routes(dict[int, tuple[int, ...]]):
    """The rulesets that matter to a line, by the tests that its code passes (all bits for an unknown code)."""

    def __init__(self, shards: Sequence[Shard], about: str) -> None:
        """Take the rulesets of a layer, and whether lines go there as subjects (`line`) or as other lines (`other`)."""
        super().__init__()
        self._shards = tuple(
            (at, need, each.classes)
            for at, each in enumerate(shards)
            if (need := each.line_need if about == "line" else each.other_need)
        )
        self._classes = frozenset(passed for each in shards for passed in each.classes or ())

    def __missing__(self, code: int) -> tuple[int, ...]:
        """Find the rulesets for codes that were not met before."""
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        found = self[code] = tuple(
            at
            for at, need, classes in self._shards
            if (need < 0 or need & code) and (classes is None or code in classes or code not in self._classes)
        )
        return found


class _Matter(dict[int, frozenset[int]]):
    """The rulesets that a line matters to in either way, by the tests that its code passes."""

    def __init__(self, lines: Routes, others: Routes) -> None:
        super().__init__()
        self._lines, self._others = lines, others

    def __missing__(self, code: int) -> frozenset[int]:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        found = self[code] = frozenset(self._lines[code] + self._others[code])
        return found


class Layer:
    """A stratum: its programs by position, each with its number in the network."""

    def __init__(self, programs: Iterable[Program], number: Callable[[], int]) -> None:
        """Give the programs their numbers, and index what they read."""
        self.programs = tuple(programs)
        self.numbers = tuple(number() for _ in self.programs)
        rulesets = [each.shard for each in self.programs]
        self.lines = Routes(rulesets, "line")
        self.others = Routes(rulesets, "other")
        self.matter = _Matter(self.lines, self.others)
        self.readers: dict[int, tuple[int, ...]] = {}
        for at, program in enumerate(self.programs):
            for item in program.items:
                self.readers[item] = (*self.readers.get(item, ()), at)
