"""Run a plan over a table of lines: classes of values, then stage by stage the words of clauses that match.

Stages are written into each other as far as they go, and kept as a table only where a stage is asked twice.
"""

from payrule.batch.bound import Bound, Matched, columns
from payrule.batch.classes import Classified, classify
from payrule.batch.item_words import ItemWords
from payrule.batch.left import Left
from payrule.batch.lines import CODE, Lines
from payrule.batch.plan import Stage
from payrule.batch.sights import Sights
from payrule.batch.statements import Expressions, create, select
from payrule.batch.store import Store
from payrule.batch.words import StageTables

STATE = "state"
"""The table of lines as a plan sees them, `batch.classes`, with the words of items that are settled."""
MATCHED = "matched"
"""The table of matches: the columns of the state, and words `d0` …, `p0` … of definite and possible clauses."""


def match(store: Store, lines: Lines, bound: Bound) -> Matched:
    """Make the table of matches of the lines that are bound so."""
    classified, items = classify(store, lines, bound), ItemWords(bound.plan.items)
    matching = _Matching(store, classified, items, Sights(store, lines, bound))
    for facts, others in bound.plan.levels:
        if facts.targets:
            matching.settle_facts(facts)
        if others.targets:
            matching.settle_others(others)
    tables = matching.match(bound.plan.rules)
    allowed, waits = ({name: f"t.{letter}{at}" for at, name in enumerate(classified.computed)} for letter in ("n", "q"))
    return Matched(bound.plan.rules, tables, classified.fields, classified.presumed, allowed, waits)


class _Matching:
    """The lines as a query that grows stage by stage."""

    def __init__(self, store: Store, classified: Classified, items: ItemWords, sights: Sights) -> None:
        self._store, self._items, self._sights = store, items, sights
        self._left = Left(store, classified, items)
        self._query = select({"*": "*", **items.columns()}, f"({classified.query})")
        self._is_kept = False
        self._stages = 0

    def settle_facts(self, stage: Stage) -> None:
        tables = self._left.tables(stage)
        state = self._state(stage)
        words, joined = self._joined(stage, tables, state)
        self._settle(stage, tables.width, select({"s.*": "s.*", **words}, f"{state} s {joined}"))

    def settle_others(self, stage: Stage) -> None:
        tables = self._left.tables(stage)
        state = self._kept()
        words, joined = self._joined(stage, tables, state)
        self._settle(stage, tables.width, self._sights.seen(stage, tables, words, joined, state))

    def match(self, stage: Stage) -> StageTables:
        tables = self._left.tables(stage, CODE)
        state = self._kept()
        words, joined = self._joined(stage, tables, state)
        query = select({"s.*": "s.*", **words}, f"{state} s {joined}", where="subject")
        self._store.run(create(MATCHED, query))
        return tables

    def _joined(self, stage: Stage, tables: StageTables, state: str) -> tuple[Expressions, str]:
        """Join what a stage leaves, from tables of its own: those of another may be asked in the same query."""
        self._stages += 1
        return self._left.joined(stage, tables, f"stage{self._stages}_", state)

    def _state(self, stage: Stage) -> str:
        """Give the lines for a stage: a table where it asks for what was settled before, which is looked at twice."""
        return self._kept() if stage.items else f"({self._query})"

    def _kept(self) -> str:
        if not self._is_kept:
            self._store.run(create(STATE, self._query))
            self._query, self._is_kept = f"SELECT * FROM {STATE}", True
        return STATE

    def _settle(self, stage: Stage, width: int, query: str) -> None:
        kept = ", ".join(f"{each} AS {name}" for name, each in self._items.settled(stage, width).items())
        left = ", ".join([*columns("d", width), *columns("p", width)])
        self._query, self._is_kept = f"SELECT * EXCLUDE ({left}) REPLACE ({kept}) FROM ({query})", False
