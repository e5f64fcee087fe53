"""The words of clauses that a line leaves of a stage: looked up by its classes, and by the items settled so far."""

import msgspec

from payrule.batch.bound import columns, word_columns
from payrule.batch.classes import Classified
from payrule.batch.item_words import ItemWords
from payrule.batch.plan import Source, Stage
from payrule.batch.statements import Expressions, both, key, number, select
from payrule.batch.store import Columns, Store
from payrule.batch.words import StageTables, stage_tables


class _Given(msgspec.Struct, frozen=True):
    """The table of what items leave of clauses; `masks` say by the class of the code, `of`, which items it asks."""

    table: str
    masks: Columns

    def key(self, asked: str) -> dict[str, str]:
        """Write what it is looked up by, where the masks stand in a table that has been joined.

        The code is taken from that table, too, so that it is not looked up first, and alone, where it finds many rows.
        """
        words = [each.removeprefix("m") for each in self.masks if each != "of"]
        return {"code": f"{asked}.of"} | {f"{x}{at}": f"s.{x}{at} & {asked}.m{at}" for x in "ij" for at in words}


class Left:
    """The joins that give the words `d0` …, `p0` … of definite and possible clauses to lines `s`."""

    def __init__(self, store: Store, classified: Classified, items: ItemWords) -> None:
        """Take what lines are, and where items stand."""
        self._store, self._classified, self._items = store, classified, items
        self._columns: dict[Source, str] = {name: field.of("s") for name, field in classified.fields.items()}

    def tables(self, stage: Stage, code: str | None = None) -> StageTables:
        """Make the tables of what attributes leave of a stage."""
        return stage_tables(stage, self._classified.classes, code)

    def joined(self, stage: Stage, tables: StageTables, name: str, state: str) -> tuple[Expressions, str]:
        """Give the words as expressions, and the joins that they need; tables are made whose names begin with `name`.

        `state` is asked for the items that come; it is a table where the stage asks items.
        """
        code = self._columns[tables.code] if tables.code else None
        given = self._given(stage, tables, f"{name}given", code, state) if stage.items else None
        joined, names = [], []
        for at, table in enumerate(tables.tables):
            size = len(table.definite)
            held: Columns = {"k": ("UINTEGER", range(size))}
            held |= word_columns("d", table.definite, tables.width) | word_columns("p", table.possible, tables.width)
            if given and at == 0:
                held |= {each: (kind, [*masks] * (size // len(masks))) for each, (kind, masks) in given.masks.items()}
            self._store.table(f"{name}{at}", held)
            joined.append(f"JOIN {name}{at} ON {name}{at}.k = {key(table, self._columns, code)}")
            names.append(f"{name}{at}")
        if given:
            same = [f"{given.table}.{each} = {expression}" for each, expression in given.key(f"{name}0").items()]
            joined.append(f"JOIN {given.table} ON {' AND '.join(same)}")
            names.append(given.table)
        words = [*columns("d", tables.width), *columns("p", tables.width)]
        return {word: both([f"{each}.{word}" for each in names], number(0)) for word in words}, " ".join(joined)

    def _given(self, stage: Stage, tables: StageTables, name: str, code: str | None, state: str) -> _Given:
        """Make the table of what the items settled so far leave of the clauses, as far as they come."""
        items = stage.items
        asked = [self._items.asked(stage, listed) for listed in tables.clauses]
        used = [at for at in range(self._items.width) if any(each[at] for each in asked)]
        masks: Columns = {"of": ("UINTEGER", range(len(asked)))}
        masks |= {f"m{at}": ("UBIGINT", [each[at] for each in asked]) for at in used}
        given = _Given(name, masks)
        self._store.table("asked", masks)
        grouped = given.key("asked")
        rows = self._store.rows(select(grouped, f"{state} s JOIN asked ON asked.of = {code or 0}", distinct=True))
        definite, possible = [], []
        for row in rows:
            held = dict(zip(grouped, row, strict=True))
            own = tables.bits[row[0]]
            one, two = own.left_by((item, self._items.truth(held, item)) for item in items if own.asks(item))
            definite.append(one)
            possible.append(two)
        found = list(zip(*rows, strict=True)) or [()] * len(grouped)
        table: Columns = {each: ("UBIGINT", column) for each, column in zip(grouped, found, strict=True)}
        table |= word_columns("d", definite, tables.width) | word_columns("p", possible, tables.width)
        self._store.table(name, table)
        return given
