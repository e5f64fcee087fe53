"""Match the lines of a plan: the joins of each stage give the bits of its clauses, and those the bits of its items.

Stages are nested into one query, and kept as a table only where a stage is read twice.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from payrule.columns.clause_bitsets import (
    DEFINITE,
    POSSIBLE,
    Bound,
    Matched,
    StageTables,
    clause_columns,
    clause_words,
    columns,
    stage_tables,
)
from payrule.columns.counts import LineCounts
from payrule.columns.lines import Lines
from payrule.columns.relations import OtherLineClauses
from payrule.columns.sql import WIDTH, Expressions, combined, either, mask, number, parts, select
from payrule.columns.value_classes import Classified, classify
from payrule.encounter.encounter import CODE
from payrule.execute.plan.stages import CountItem, Item, Source, Stage
from payrule.source.database import Columns, Store, by_column

HOLDS, MAY_HOLD = "holds", "may_hold"
"""The columns of items that hold, and of those that hold or may: their names go on with the number of the word."""

STATE, EARLIER_STATE = "state", "earlier_state"
"""The tables of lines as a plan sees them, with the columns of items that are settled, and of earlier lines alike."""
MATCHED = "matched"
"""The table of matches: the columns of the state, and those of clauses."""


def _item_key(masks: Columns, asked: str) -> dict[str, str]:
    """Write what the table of items is looked up by, where their masks stand in a table that has been joined.

    The code is taken from that table, too, so that it is not looked up first, and alone, where it finds many rows.
    """
    words = [each.removeprefix("mask") for each in masks if each != "code"]
    held = {f"{name}{at}": f"s.{name}{at} & {asked}.mask{at}" for name in (HOLDS, MAY_HOLD) for at in words}
    return {"code": f"{asked}.code"} | held


def match(store: Store, lines: Lines, bound: Bound, counts: LineCounts | None = None) -> Matched:
    """Make the table of matches of the lines that are bound so; `counts` counts lines, where some rule does."""
    classified = classify(store, lines, bound)
    matching = _Matching(store, classified, bound.plan.items, OtherLineClauses(store, lines, bound))
    left = len(bound.plan.counted)
    for (facts, others), counted in zip(bound.plan.levels, bound.plan.counts, strict=True):
        for stage in (facts, others):
            if stage.targets:
                matching.settle(stage, of_others=stage is others)
        if counted:
            left -= len(counted)
            matching.count(counted, counts or LineCounts(store, lines, bound), is_last=not left)
    tables = matching.match(bound.plan.rules)
    return Matched(bound.plan.rules, tables, classified.fields, classified.classes, classified.presumed)


class _Growing:
    """Some lines as a query that grows stage by stage, and is kept as a table where one reads it twice."""

    def __init__(self, store: Store, table: str, query: str) -> None:
        self._store, self._table, self._query, self._is_kept = store, table, query, False

    @property
    def source(self) -> str:
        """Write the query as a source of lines."""
        return f"({self._query})"

    def grow(self, query: str) -> None:
        """Put a query in the place of the one that it was made of."""
        self._query, self._is_kept = query, False

    def kept(self) -> str:
        """Keep the lines as a table, and name it."""
        if not self._is_kept:
            self._store.keep(self._table, self._query)
            self._query, self._is_kept = f"SELECT * FROM {self._table}", True
        return self._table


class _Matching:
    """The lines as a query that grows stage by stage; each item has a bit of its own, in their order.

    Earlier lines grow beside them, as far as something is counted of them: they see no other lines.
    """

    def __init__(
        self, store: Store, classified: Classified, items: Sequence[Item], others_seen: OtherLineClauses
    ) -> None:
        self._store, self._classified, self._others_seen = store, classified, others_seen
        self._bits = {item: bit for bit, item in enumerate(items)}
        self._width = -(-len(items) // WIDTH)
        unsettled = {name: number(0) for each in (HOLDS, MAY_HOLD) for name in columns(each, self._width)}
        self._columns: dict[Source, str] = {name: field.of("s") for name, field in classified.fields.items()}
        self._lines = _Growing(store, STATE, select({"*": "*", **unsettled}, f"({classified.query})"))
        self._earlier: _Growing | None = None
        if classified.earlier is not None:
            self._earlier = _Growing(store, EARLIER_STATE, select({"*": "*", **unsettled}, f"({classified.earlier})"))
        self._stages = 0

    def settle(self, stage: Stage, *, of_others: bool) -> None:
        """Add to the lines which items of a stage hold; a stage of others, or that reads items, needs a table."""
        growing = [self._lines] if of_others or self._earlier is None else [self._lines, self._earlier]
        sources = [each.kept() if of_others or stage.items else each.source for each in growing]
        tables, words, joined = self._clause_joins(stage, sources)
        kept = ", ".join(f"{each} AS {name}" for name, each in self._settled(stage, tables.width).items())
        left = ", ".join(clause_columns(tables.width))
        for each, source in zip(growing, sources, strict=True):
            if of_others:
                query = self._others_seen.seen(stage, tables, words, joined, source)
            else:
                query = select({"s.*": "s.*", **words}, f"{source} s {joined}")
            each.grow(f"SELECT * EXCLUDE ({left}) REPLACE ({kept}) FROM ({query})")

    def count(self, counted: Sequence[CountItem], counts: LineCounts, *, is_last: bool) -> None:
        """Add to the lines which counts hold; once the last are settled, nobody asks for earlier lines."""
        earlier = None if self._earlier is None else self._earlier.kept()
        self._lines.grow(counts.settle(counted, self._lines.kept(), earlier))
        if is_last:
            self._earlier = None

    def match(self, stage: Stage) -> StageTables:
        """Make the table of matches, of the clauses of a stage."""
        state = self._lines.kept()
        tables, words, joined = self._clause_joins(stage, [state], CODE)
        self._store.keep(MATCHED, select({"s.*": "s.*", **words}, f"{state} s {joined}", where="subject"))
        return tables

    def _clause_joins(
        self, stage: Stage, sources: Sequence[str], by_code: str | None = None
    ) -> tuple[StageTables, Expressions, str]:
        """Make the tables of a stage; give them, the columns of clauses as expressions, and the joins that these need.

        Every stage has tables of its own, for those of two stages may be read in one query. `sources` give the lines;
        they are tables where the stage reads items.
        """
        tables = stage_tables(stage, self._classified.classes, by_code)
        self._stages += 1
        name = f"stage{self._stages}_"
        code = self._columns[tables.code] if tables.code else None
        masks = self._given(stage, tables, f"{name}given", code, sources) if stage.items else {}
        joined, names = [], []
        for at, table in enumerate(tables.tables):
            size = len(table.definite)
            pairs = list(zip(table.definite, table.possible, strict=True))
            fields, sizes = self._classified.fields, {str(source): count for source, count in table.sizes.items()}
            words_used = sorted({fields[each].word for each in sizes}) or [0]
            held = clause_words(pairs, tables.width)
            for word in words_used:
                classes = [fields[each].within(word, range(count)) for each, count in sizes.items()]
                held[f"key{word}"] = ("UBIGINT", combined(classes))
            if at == 0:
                held |= {each: (kind, [*column] * (size // len(column))) for each, (kind, column) in masks.items()}
            self._store.table(f"{name}{at}", held)
            same = [f"{name}{at}.key{word} = s.word{word} & {number(mask(fields, sizes, word))}" for word in words_used]
            joined.append(f"JOIN {name}{at} ON {' AND '.join(same)}")
            names.append(f"{name}{at}")
        if masks:
            same = [f"{name}given.{each} = {expression}" for each, expression in _item_key(masks, f"{name}0").items()]
            joined.append(f"JOIN {name}given ON {' AND '.join(same)}")
            names.append(f"{name}given")
        words = clause_columns(tables.width)
        found = {word: " & ".join(f"{each}.{word}" for each in names) for word in words}
        return tables, found, " ".join(joined)

    def _given(self, stage: Stage, tables: StageTables, name: str, code: str | None, sources: Sequence[str]) -> Columns:
        """Make the table of what the items settled so far leave of the clauses, as far as they come.

        Gives the masks that say by the class of the code which items it asks.
        """
        items = stage.items
        asked = [self._items_asked(stage, listed) for listed in tables.clauses]
        used = [at for at in range(self._width) if any(each[at] for each in asked)]
        masks: Columns = {"code": ("UINTEGER", range(len(asked)))}
        masks |= {f"mask{at}": ("UBIGINT", [each[at] for each in asked]) for at in used}
        self._store.table("asked", masks)
        grouped = _item_key(masks, "asked")
        asking = [f"{source} s JOIN asked ON asked.code = {code or 0}" for source in sources]
        rows = self._store.rows(" UNION ".join(select(grouped, source, distinct=True) for source in asking))
        left = []
        for row in rows:
            held = dict(zip(grouped, row, strict=True))
            own = tables.bits[row[0]]
            left.append(own.left_by((item, self._truth(held, item)) for item in items))
        self._store.table(name, by_column(dict.fromkeys(grouped, "UBIGINT"), rows) | clause_words(left, tables.width))
        return masks

    def _items_asked(self, stage: Stage, listed: Sequence[int]) -> list[int]:
        """Give the words of the items that some clauses ask."""
        found = 0
        for at in listed:
            for each in stage.clauses[at].asked:
                if not isinstance(each.source, str):
                    found |= 1 << self._bits[each.source]
        return parts(found, self._width)

    def _truth(self, held: Mapping[str, int], item: Item) -> int:
        """Read the truth of an item from words by the names of their columns; of one that no clause asks, any."""
        at, bit = divmod(self._bits[item], WIDTH)
        return sum(held.get(f"{name}{at}", 0) >> bit & 1 for name in (HOLDS, MAY_HOLD))  # both where it holds

    def _settled(self, stage: Stage, width: int) -> Expressions:
        """Write the words once a stage has settled some items: their bits follow from the words of its clauses."""
        words: dict[str, list[str]] = {}
        own: list[list[int]] = [[] for _ in stage.targets]
        for at, clause in enumerate(stage.clauses):
            own[clause.target].append(at)
        moved: dict[tuple[int, int, int], int] = {}
        for item, listed in zip(stage.targets, own, strict=True):
            at, bit = divmod(self._bits[cast("Item", item)], WIDTH)
            if len(listed) == 1:
                word, place = divmod(listed[0], WIDTH)
                moved[word, at, bit - place] = moved.get((word, at, bit - place), 0) | 1 << place
                continue
            clauses = [(word, own) for word, own in enumerate(parts(sum(1 << each for each in listed), width)) if own]
            for found, clauses_of in ((HOLDS, DEFINITE), (MAY_HOLD, POSSIBLE)):
                some = " OR ".join(f"({clauses_of}{word} & {number(own)}) <> 0" for word, own in clauses)
                case = f"CASE WHEN {some or 'false'} THEN {number(1 << bit)} ELSE {number(0)} END"
                words.setdefault(f"{found}{at}", []).append(case)
        for (word, at, by), own_bits in moved.items():
            # DuckDB refuses to lose bits by a shift to the left, and none are lost here: the mask leaves room.
            move = f"<< {by}" if by > 0 else f">> {-by}"
            for found, clauses_of in ((HOLDS, DEFINITE), (MAY_HOLD, POSSIBLE)):
                words.setdefault(f"{found}{at}", []).append(f"(({clauses_of}{word} & {number(own_bits)}) {move})")
        return {name: f"{name} | {either(found)}" for name, found in words.items()}
