"""What binds lines, and what the words in a table of matches mean: plain values between matching and answering."""

from collections.abc import Sequence

import msgspec

from payrule.columns.clause_bitsets import WIDTH, StageTables, parts
from payrule.columns.fields import Fields
from payrule.columns.plan_sql import Plan, Stage
from payrule.language.derived import Setting
from payrule.language.truth import Matches


class Bound(msgspec.Struct, frozen=True):
    """What binds some of the lines: a condition that tells which, the plan, and how attributes are computed.

    `share` is the condition on the lines that are decided at once, with the encounters that they are in.
    `pairs` are the attributes of a pair of lines that some rule reads, `computed` those of a line that are computed,
    each with the function that gives it. `read` are the attributes whose being presumed is told.
    """

    plan: Plan
    setting: Setting
    where: str = "true"
    share: str = "true"
    pairs: dict[str, str] = {}
    computed: dict[str, str] = {}
    read: tuple[str, ...] = ()


class Matched(msgspec.Struct, frozen=True):
    """What the words in a table of matches mean.

    `fields` is where the class of each attribute stands, and under `presumed` whether something was;
    `allowed`, `waits` and `beside` are the columns of what is computed, by attribute.
    """

    rules: Stage
    tables: StageTables
    fields: Fields
    presumed: tuple[str, ...] = ()
    allowed: dict[str, str] = {}
    waits: dict[str, str] = {}
    beside: dict[str, str] = {}

    @property
    def key(self) -> dict[str, str]:
        """Say which rules match a line `t`: columns and what they hold."""
        code = {"c": self.fields[self.tables.code].of("t")} if self.tables.code else {}
        return code | {word: f"t.{word}" for letter in "dp" for word in columns(letter, self.tables.width)}

    def matches(self, key: Sequence[int]) -> Matches:
        """Read what these columns hold."""
        code, words = (key[0], key[1:]) if self.tables.code else (0, key)
        listed = self.tables.clauses[code]
        return Matches(self._named(listed, words[: self.tables.width]), self._named(listed, words[self.tables.width :]))

    def _named(self, listed: Sequence[int], words: Sequence[int]) -> frozenset[str]:
        whole = sum(word << WIDTH * at for at, word in enumerate(words))
        found = (self.rules.clauses[at].target for bit, at in enumerate(listed) if whole >> bit & 1)
        return frozenset(str(self.rules.targets[target]) for target in found)


def columns(letter: str, width: int) -> list[str]:
    """Name the columns of a word that takes several.

    >>> columns("d", 2)
    ['d0', 'd1']
    """
    return [f"{letter}{at}" for at in range(width)]


def word_columns(letter: str, held: Sequence[int], width: int) -> dict[str, tuple[str, Sequence[int]]]:
    """Cut numbers into the columns of a table of words.

    >>> word_columns("d", [3], 1)
    {'d0': ('UBIGINT', [3])}
    """
    rows = [parts(each, width) for each in held]
    return {name: ("UBIGINT", [row[at] for row in rows]) for at, name in enumerate(columns(letter, width))}
