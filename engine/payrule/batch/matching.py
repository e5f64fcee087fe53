"""Run a plan over a table of lines: classes of values, then stage by stage the words of clauses that match."""

from collections.abc import Mapping, Sequence
from itertools import product

import msgspec

from payrule.batch.computed import ComputedColumn, compute
from payrule.batch.lines import CODE, DATE, LINES, Lines
from payrule.batch.plan import SAME_DATE, Item, Plan, Source, Stage
from payrule.batch.statements import both, create, either, key, number, select, settled, shifted
from payrule.batch.store import Store
from payrule.batch.words import WIDTH, StageTables, parts, stage_tables
from payrule.documents.values import Value
from payrule.language.derived import PAIR_FUNCTIONS, Setting
from payrule.language.matches import Matches

STATE = "state"
"""The table of lines as a plan sees them: `c0`, `c1` … are the classes of attributes, `i0` … and `j0` … the words of
items that hold, and that hold or are unknown."""
MATCHED = "matched"
"""The table of matches: the columns of the state, and words `d0` …, `p0` … of definite and possible clauses."""


_MOST_SMALL = 256
"""Classes that a byte tells apart."""


class Bound(msgspec.Struct, frozen=True):
    """What binds some of the lines: a condition that tells which, the plan, and how attributes are computed.

    `pairs` are the attributes of a pair of lines that some rule reads, `computed` those of a line that are computed,
    each with the function that gives it. `read` are the attributes whose being presumed is told.
    """

    plan: Plan
    setting: Setting
    where: str = "true"
    pairs: dict[str, str] = {}
    computed: dict[str, str] = {}
    read: tuple[str, ...] = ()


class Matched(msgspec.Struct, frozen=True):
    """What the words in a table of matches mean.

    `columns` is where the class of an attribute stands, `classes` what it tells; `presumed` are the expressions of
    what was presumed of a line; `allowed` and `waits` are those of what is computed, by attribute.
    """

    rules: Stage
    tables: StageTables
    columns: dict[str, str]
    classes: dict[Source, tuple[int, ...]]
    presumed: tuple[str, ...] = ()
    allowed: dict[str, str] = {}
    waits: dict[str, str] = {}

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that say which rules match."""
        code = (self.columns[self.tables.code],) if self.tables.code else ()
        return (*code, *_words("d", self.tables.width), *_words("p", self.tables.width))

    def matches(self, key: Sequence[int]) -> Matches:
        """Read these columns of a line."""
        code, words = (key[0], key[1:]) if self.tables.code else (0, key)
        listed = self.tables.clauses[code]
        return Matches(self._named(listed, words[: self.tables.width]), self._named(listed, words[self.tables.width :]))

    def _named(self, listed: Sequence[int], words: Sequence[int]) -> frozenset[str]:
        whole = sum(word << WIDTH * at for at, word in enumerate(words))
        found = (self.rules.clauses[at].target for bit, at in enumerate(listed) if whole >> bit & 1)
        return frozenset(str(self.rules.targets[target]) for target in found)


def match(store: Store, lines: Lines, bound: Bound) -> Matched:
    """Make the table of matches of the lines that are bound so."""
    return _Matching(store, lines, bound).run()


class _Matching:
    def __init__(self, store: Store, lines: Lines, bound: Bound) -> None:
        self._store, self._lines, self._bound, self._plan = store, lines, bound, bound.plan
        self._attributes = [name for name in self._plan.domains if name not in bound.pairs]
        self._columns: dict[object, str] = {name: f"c{at}" for at, name in enumerate(self._attributes)}
        self._classes: dict[Source, tuple[int, ...]] = {}
        self._item_width = -(-len(self._plan.items) // WIDTH)
        self._bits = {item: bit for bit, item in enumerate(self._plan.items)}
        self._computed: dict[str, ComputedColumn] = {}
        self._within = f"l.e IN (SELECT e FROM {LINES} l WHERE {bound.where})" if bound.where != "true" else "true"
        self._related_by = tuple(sorted({each for name in bound.pairs.values() for each in PAIR_FUNCTIONS[name].reads}))
        self._presumed = [name for name in bound.read if name in bound.setting.presumptions and name not in bound.pairs]

    def run(self) -> Matched:
        self._begin()
        for facts, others in self._plan.levels:
            if facts.targets:
                self._settle_facts(facts)
            if others.targets:
                self._settle_others(others)
        rules = self._plan.rules
        tables = self._tables(rules, CODE)
        words, joined = self._words(rules, tables, "r")
        self._store.run(create(MATCHED, select({"s.*": "s.*", **words}, f"{STATE} s {joined}", where="subject")))
        columns = {str(name): column for name, column in self._columns.items()}
        presumed = tuple(f"t.z{at}" for at in range(len(self._presumed)))
        allowed, waits = ({name: f"t.{letter}{at}" for at, name in enumerate(self._computed)} for letter in ("n", "q"))
        return Matched(rules, tables, columns, self._classes, presumed, allowed, waits)

    def _begin(self) -> None:
        """Give every line the class of each of its values."""
        joined, columns = [f"{LINES} l"], {"row": "l.row", "e": "l.e", "number": "l.number"}
        columns["day"] = f"l.{self._lines.column(DATE)}"
        columns["subject"] = self._bound.where
        if self._bound.pairs:
            columns["r"] = self._relating_number()
        for at, (attribute, function) in enumerate(self._bound.computed.items()):
            made = compute(
                self._store, self._lines, attribute, function, self._bound.setting, self._within, f"computed{at}"
            )
            self._computed[attribute] = made
            joined.append(f"JOIN {made.table} ON {made.table}.row = l.row")
            columns |= {f"n{at}": f"{made.table}.allowed", f"q{at}": f"{made.table}.waits"}
        columns |= {f"z{at}": f"{self._number_of(name)} = 0" for at, name in enumerate(self._presumed)}
        for name, column in self._columns.items():
            attribute = str(name)
            numbers, self._classes[attribute] = self._classified(attribute)
            kind = "UTINYINT" if len(self._classes[attribute]) <= _MOST_SMALL else "UINTEGER"
            self._store.table(f"m_{column}", {"id": ("UINTEGER", range(len(numbers))), "class": (kind, numbers)})
            joined.append(f"JOIN m_{column} ON m_{column}.id = {self._number_of(attribute)}")
            columns[column] = f"m_{column}.class"
        columns |= {name: number(0) for name in self._item_words()}
        self._store.run(create(STATE, select(columns, " ".join(joined), where=self._within)))

    def _number_of(self, attribute: str) -> str:
        """Say where the number of a value stands; what is not computed for a line is true of it."""
        if attribute in self._computed:
            return f"{self._computed[attribute].table}.id"
        return f"l.{self._lines.column(attribute)}"

    def _classified(self, attribute: str) -> tuple[list[int], tuple[int, ...]]:
        """Give every value of an attribute its class, and for each class the tests that it passes."""
        domain = self._plan.domains[attribute]
        computed = self._computed.get(attribute)
        values = computed.values if computed else self._lines.values[attribute]
        presumed = self._bound.setting.presumptions.get(attribute)
        known: dict[int, int] = {}
        numbers = [known.setdefault(domain.passed(value), len(known)) for value in values[1:]]
        if computed or self._leaves_out(attribute) or not numbers:
            return [known.setdefault(domain.passed(presumed), len(known)), *numbers], tuple(known)
        return [0, *numbers], tuple(known)

    def _leaves_out(self, attribute: str) -> bool:
        """Tell whether some line does not say what an attribute holds; what all lines say needs no class for that."""
        column = self._lines.column(attribute)
        return bool(self._store.rows(f"SELECT 1 FROM {LINES} WHERE {column} = 0 LIMIT 1"))

    def _item_words(self) -> list[str]:
        return [*_words("i", self._item_width), *_words("j", self._item_width)]

    def _tables(self, stage: Stage, code: str | None = None) -> StageTables:
        return stage_tables(stage, self._classes, code)

    def _words(self, stage: Stage, tables: StageTables, name: str) -> tuple[dict[str, str], str]:
        """Give the words of clauses that the attributes and items of a line leave, and the tables joined for them."""
        code = str(self._columns[tables.code]) if tables.code else None
        joined, names = [], []
        for at, table in enumerate(tables.tables):
            held: dict[str, tuple[str, Sequence[int]]] = {"k": ("UINTEGER", range(len(table.definite)))}
            for letter, column in (("d", table.definite), ("p", table.possible)):
                held |= _columns_of(letter, [parts(word, tables.width) for word in column], tables.width)
            self._store.table(f"{name}{at}", held)
            joined.append(f"JOIN {name}{at} ON {name}{at}.k = {key(table, self._columns, code)}")
            names.append(f"{name}{at}")
        if given := self._given(stage, tables, f"{name}_given", code):
            joined.append(given)
            names.append(f"{name}_given")
        words = [*_words("d", tables.width), *_words("p", tables.width)]
        return {word: both([f"{each}.{word}" for each in names], number(0)) for word in words}, " ".join(joined)

    def _given(self, stage: Stage, tables: StageTables, name: str, code: str | None) -> str:
        """Make the table of what the items settled so far leave of the clauses, as far as they come; say its join."""
        items = [source for source in stage.sources if not isinstance(source, str)]
        if not items:
            return ""
        asked = [parts(self._asked(stage, listed), self._item_width) for listed in tables.clauses]
        used = [at for at in range(self._item_width) if any(each[at] for each in asked)]
        masks: dict[str, tuple[str, Sequence[int]]] = {"of": ("UINTEGER", range(len(asked)))}
        masks |= {f"m{at}": ("UBIGINT", [each[at] for each in asked]) for at in used}
        self._store.table(f"{name}_asked", masks)
        seen = {f"{letter}{at}": f"s.{letter}{at} & {name}_asked.m{at}" for letter in "ij" for at in used}
        grouped = {"code": f"{name}_asked.of"} | seen
        joined = f"JOIN {name}_asked ON {name}_asked.of = {code or 0}"
        rows = self._store.rows(select(grouped, f"{STATE} s {joined}", distinct=True))
        width, columns = tables.width, list(zip(*rows, strict=True)) or [()] * len(grouped)
        definite, possible = [], []
        for row in rows:
            held = dict(zip(grouped, row, strict=True))
            own = tables.bits[row[0]]
            one, two = own.left_by((item, self._truth(held, item)) for item in items if own.asks(item))
            definite.append(parts(one, width))
            possible.append(parts(two, width))
        table: dict[str, tuple[str, Sequence[int]]] = {
            each: ("UBIGINT", column) for each, column in zip(grouped, columns, strict=True)
        }
        table |= _columns_of("d", definite, width) | _columns_of("p", possible, width)
        self._store.table(name, table)
        same = [f"{name}.{each} = {expression}" for each, expression in grouped.items()]
        return f"{joined} JOIN {name} ON {' AND '.join(same)}"

    def _asked(self, stage: Stage, listed: Sequence[int]) -> int:
        """Give the bits of the items that some clauses ask."""
        found = 0
        for at in listed:
            for each in stage.clauses[at].asked:
                if not isinstance(each.source, str):
                    found |= 1 << self._bits[each.source]
        return found

    def _truth(self, held: Mapping[str, int], item: Item) -> int:
        at, bit = divmod(self._bits[item], WIDTH)
        return (held[f"i{at}"] >> bit & 1) + (held[f"j{at}"] >> bit & 1)  # both where it holds

    def _settle_facts(self, stage: Stage) -> None:
        tables = self._tables(stage)
        words, joined = self._words(stage, tables, "f")
        self._update(stage, tables.width, select({"s.*": "s.*", **words}, f"{STATE} s {joined}"))

    def _settle_others(self, stage: Stage) -> None:
        """Offer what lines are to those that see them, and gather it for each."""
        tables = self._tables(stage)
        words, joined = self._words(stage, tables, "o")
        offered = select({"row": "row", "e": "e", "day": "day", **self._relating(), **words}, f"{STATE} s {joined}")
        width = range(tables.width)
        some = " OR ".join(f"p{at} <> 0" for at in width)
        self._store.run(create("offers", f"SELECT * FROM ({offered}) WHERE {some}"))
        related, relation = self._related(stage, tables)
        dated = self._dated(tables)
        gathered = {"row": "s.row"}
        for letter, at in product("dp", width):
            seen = [f"o.{letter}{at}", *relation.get(f"{letter}{at}", ()), *dated[at]]
            gathered[f"{letter}{at}"] = f"bit_or({' & '.join(seen)})"
        day = "" if self._plan.any_date else " AND s.day = o.day"
        source = f"{STATE} s JOIN offers o ON s.e = o.e{day} AND s.row <> o.row {related}"
        self._store.run(create("met", select(gathered, source, where="s.subject", group="s.row")))
        found = {f"{letter}{at}": f"coalesce({letter}{at}, {number(0)})" for letter, at in product("dp", width)}
        source = f"{STATE} s LEFT JOIN met USING (row)"
        self._update(stage, tables.width, select({"s.*": "s.*", **found}, source))

    def _relating(self) -> dict[str, str]:
        return {"r": "r"} if self._bound.pairs else {}

    def _relating_number(self) -> str:
        """Write the number that tells lines apart that are related otherwise: the values that relations read."""
        terms, step = [], 1
        for name in self._related_by:
            terms.append(f"{step} * l.{self._lines.column(name)}::UBIGINT")
            step *= len(self._lines.values[name])
        return " + ".join(terms)

    def _relating_values(self, number: int) -> dict[str, Value]:
        """Give the values that such a number stands for."""
        found: dict[str, Value] = {}
        for name in self._related_by:
            values = self._lines.values[name]
            number, at = divmod(number, len(values))
            value = self._bound.setting.presumptions.get(name) if values[at] is None else values[at]
            if value is not None:
                found[name] = value
        return found

    def _related(self, stage: Stage, tables: StageTables) -> tuple[str, dict[str, list[str]]]:
        """Make the table of what the relation of two lines leaves of the clauses; say its join and its words."""
        asked = [str(name) for name in stage.sources if name in self._bound.pairs]
        if not asked:
            return "", {}
        day = "" if self._plan.any_date else " AND s.day = o.day"
        rows = self._store.rows(
            f"SELECT DISTINCT s.r, o.r FROM {STATE} s JOIN offers o ON s.e = o.e{day} AND s.row <> o.row "
            "WHERE s.subject"
        )
        values = {number: self._relating_values(number) for number in {each for row in rows for each in row}}
        left = [
            tables.bits[0].left_by((name, self._relation(name, values[one], values[two])) for name in asked)
            for one, two in rows
        ]
        columns = list(zip(*rows, strict=True)) or [(), ()]
        table: dict[str, tuple[str, Sequence[int]]] = {"one": ("UBIGINT", columns[0]), "two": ("UBIGINT", columns[1])}
        table |= _columns_of("d", [parts(each, tables.width) for each, _ in left], tables.width)
        table |= _columns_of("p", [parts(each, tables.width) for _, each in left], tables.width)
        self._store.table("related", table)
        words = {word: [f"q.{word}"] for letter in "dp" for word in _words(letter, tables.width)}
        return "JOIN related q ON q.one = s.r AND q.two = o.r", words

    def _relation(self, name: str, one: Mapping[str, Value], two: Mapping[str, Value]) -> int:
        value = PAIR_FUNCTIONS[self._bound.pairs[name]].of(one, two, self._bound.setting)
        return self._plan.domains[name].passed(value)

    def _dated(self, tables: StageTables) -> list[list[str]]:
        """Say for each word which clauses another date leaves, where some are about other dates, too."""
        if not self._plan.any_date:
            return [[] for _ in range(tables.width)]
        left = parts(tables.bits[0].left(SAME_DATE, 0)[1], tables.width)
        every = number((1 << WIDTH) - 1)
        return [[f"CASE WHEN s.day = o.day THEN {every} ELSE {number(word)} END"] for word in left]

    def _update(self, stage: Stage, width: int, query: str) -> None:
        """Set the bits of the items that a stage settles by the words of its clauses that a query adds to the state."""
        words: dict[str, list[str]] = {}
        own: list[list[int]] = [[] for _ in stage.targets]
        for at, clause in enumerate(stage.clauses):
            own[clause.target].append(at)
        moved: dict[tuple[int, int, int], int] = {}
        for target, (item, listed) in enumerate(zip(stage.targets, own, strict=True)):
            at, bit = divmod(self._bits[item], WIDTH)  # type: ignore[index]
            if len(listed) == 1:
                word, place = divmod(listed[0], WIDTH)
                moved[word, at, bit - place] = moved.get((word, at, bit - place), 0) | 1 << place
                continue
            clauses = parts(sum(1 << each for each in own[target]), width)
            for found, letter in (("i", "d"), ("j", "p")):
                words.setdefault(f"{found}{at}", []).append(settled(_words(letter, width), clauses, 1 << bit))
        for (word, at, by), mask in moved.items():
            for found, letter in (("i", "d"), ("j", "p")):
                words.setdefault(f"{found}{at}", []).append(shifted(f"{letter}{word}", mask, by))
        kept = ", ".join(f"{name} | {either(found)} AS {name}" for name, found in words.items())
        left = ", ".join([*_words("d", width), *_words("p", width)])
        self._store.run(create(STATE, f"SELECT * EXCLUDE ({left}) REPLACE ({kept}) FROM ({query})"))


def _words(letter: str, width: int) -> list[str]:
    return [f"{letter}{at}" for at in range(width)]


def _columns_of(letter: str, rows: Sequence[Sequence[int]], width: int) -> dict[str, tuple[str, Sequence[int]]]:
    return {f"{letter}{at}": ("UBIGINT", [row[at] for row in rows]) for at in range(width)}
