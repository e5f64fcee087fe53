"""The items of a plan as bits: `i0` … are the words of items that hold, `j0` … of those that hold or are unknown."""

from collections.abc import Mapping, Sequence

from payrule.batch.bound import columns
from payrule.batch.plan import Item, Source, Stage
from payrule.batch.statements import Expressions, either, number, settled, shifted
from payrule.batch.words import WIDTH, parts


class ItemWords:
    """Where the bit of each item stands.

    >>> ItemWords(()).columns()
    {}
    """

    def __init__(self, items: Sequence[Item]) -> None:
        """Give each item a bit, in their order."""
        self._bits = {item: bit for bit, item in enumerate(items)}
        self.width = -(-len(items) // WIDTH)

    def columns(self) -> dict[str, str]:
        """Give the words before anything is settled."""
        return {name: number(0) for letter in "ij" for name in columns(letter, self.width)}

    def asked(self, stage: Stage, listed: Sequence[int]) -> list[int]:
        """Give the words of the items that some clauses ask."""
        found = 0
        for at in listed:
            for each in stage.clauses[at].asked:
                if not isinstance(each.source, str):
                    found |= 1 << self._bits[each.source]
        return parts(found, self.width)

    def truth(self, held: Mapping[str, int], item: Item) -> int:
        """Read the truth of an item from words by the names of their columns."""
        at, bit = divmod(self._bits[item], WIDTH)
        return (held[f"i{at}"] >> bit & 1) + (held[f"j{at}"] >> bit & 1)  # both where it holds

    def settled(self, stage: Stage, width: int) -> Expressions:
        """Write the words once a stage has settled some items: their bits follow from the words of its clauses."""
        words: dict[str, list[str]] = {}
        own: list[list[int]] = [[] for _ in stage.targets]
        for at, clause in enumerate(stage.clauses):
            own[clause.target].append(at)
        moved: dict[tuple[int, int, int], int] = {}
        for item, listed in zip(stage.targets, own, strict=True):
            at, bit = self._place(item)
            if len(listed) == 1:
                word, place = divmod(listed[0], WIDTH)
                moved[word, at, bit - place] = moved.get((word, at, bit - place), 0) | 1 << place
                continue
            clauses = parts(sum(1 << each for each in listed), width)
            for found, letter in (("i", "d"), ("j", "p")):
                words.setdefault(f"{found}{at}", []).append(settled(columns(letter, width), clauses, 1 << bit))
        for (word, at, by), mask in moved.items():
            for found, letter in (("i", "d"), ("j", "p")):
                words.setdefault(f"{found}{at}", []).append(shifted(f"{letter}{word}", mask, by))
        return {name: f"{name} | {either(found)}" for name, found in words.items()}

    def _place(self, item: Source) -> tuple[int, int]:
        if isinstance(item, str):
            raise TypeError(item)
        return divmod(self._bits[item], WIDTH)
