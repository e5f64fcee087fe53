"""Counts of lines and quotas in columns: lines that are asked meet those that are counted, and pairs are added up.

Only what may matter meets: a line is asked about the counts that clauses of its code ask, and of all lines of a patient
those meet it that satisfy, or may satisfy, what is counted. What a count comes to has both ends, as in `counting`.

What columns count at all is told by `countable`.
"""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Any

import msgspec

from payrule.columns.clause_bitsets import Bound
from payrule.columns.countable import BIRTH
from payrule.columns.lines import CODE, DATE, Lines
from payrule.columns.plan_sql import CountItem, Item, Member, Stage
from payrule.columns.sql import WIDTH, number, parts, select
from payrule.language.counting import Summed, Window
from payrule.language.domains import UNKNOWN_VALUE
from payrule.language.lower import Formula, OtherLine, Quota
from payrule.language.lower import Lines as Counted
from payrule.model.values import Value, read_codes
from payrule.source.database import Store, by_column

ASKED = "asked_counts"
"""The name of tables of which counts each code asks; those of lines that ask, and of lines that are counted, follow."""
ASKING, COUNTED = "asking", "counted"
DAYS, WORDS, TRUTHS = "count_days", "count_words", "count_truths"


def held_column(bound: Bound, attribute: str) -> str:
    """Name the column of lines that holds the number of the value of an attribute that counts compare."""
    return f"held{bound.compared.index(attribute)}"


class _Group(msgspec.Struct, frozen=True):
    """Counts of one window, of lines that agree in the same attributes, that are measured alike; or one quota.

    What they differ in is what is asked of a line, whether the subject counts, and the tests.
    """

    at: int
    items: tuple[CountItem, ...]

    @property
    def tallies(self) -> list[tuple[Formula, bool]]:
        """What is asked of a line that is counted, and whether the subject counts."""
        return list(dict.fromkeys((each.formula, each.counting.itself) for each in self.items))

    @property
    def members(self) -> list[Member]:
        """What is asked of a line that is counted."""
        return list(dict.fromkeys(Member(each.formula) for each in self.items))

    @property
    def window(self) -> Window:
        """The days that are looked at."""
        return self.items[0].counting.window

    @property
    def same(self) -> tuple[str, ...]:
        """The attributes in which lines agree with the subject."""
        return self.items[0].counting.same

    @property
    def summed(self) -> Summed | None:
        """What is summed."""
        return self.items[0].counting.summed

    @property
    def kind(self) -> str:
        """What is measured, or `quota`."""
        first = self.items[0]
        return "quota" if isinstance(first, Quota) else first.measure.kind

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """The keys by which lines take from a quota."""
        first = self.items[0]
        return first.sharing.keys if isinstance(first, Quota) else ()


def _groups(levels: Iterable[Sequence[CountItem]]) -> list[_Group]:
    """Group what is settled at once."""
    found: dict[Any, list[CountItem]] = {}
    for level, items in enumerate(levels):
        for item in items:
            counting = item.counting
            key = item.sharing if isinstance(item, Quota) else (counting.window, counting.same, item.measure.kind)
            found.setdefault((level, key, counting.summed), []).append(item)
    return [_Group(at, tuple(listed)) for at, listed in enumerate(found.values())]


class LineCounts:
    """The statements by which lines are counted."""

    def __init__(self, store: Store, lines: Lines, bound: Bound) -> None:
        """Take the lines, and what binds them."""
        self._store, self._lines, self._bound = store, lines, bound
        self._plan = bound.plan
        self._bits = {item: bit for bit, item in enumerate(self._plan.items)}
        self._width = -(-len(self._bits) // WIDTH)
        self._groups = _groups(self._plan.counts)
        self._limits = frozenset(self._plan.limits.values())
        self._looked_up: dict[str, str] = {}
        if self._groups:
            self._keep_days()
            self._keep_asked()

    def settle(self, counts: Sequence[CountItem], state: str) -> str:
        """Write the query of the lines of a table with the words of items in which counts are settled."""
        found = []
        for group in self._groups:
            if not set(group.items).isdisjoint(counts):
                self._store.keep(f"{COUNTED}{group.at}", self._counted(group, state))
                self._store.keep(f"{ASKING}{group.at}", self._asking(group, state))
                self._store.keep(f"extents{group.at}", self._extents(group))
                found.append(self._truths(group))
        masks = [parts(1 << self._bits[item], self._width) for item in counts]
        names = [f"mask{at}" for at in range(self._width)]
        rows = [(self._bits[item], *words) for item, words in zip(counts, masks, strict=True)]
        self._store.table("count_bits", by_column({"item": "UINTEGER"} | dict.fromkeys(names, "UBIGINT"), rows))
        self._store.keep(TRUTHS, " UNION ALL ".join(found))
        words = {"row": "f.row"}
        for at in range(self._width):
            words |= {
                f"holds{at}": f"bit_or(CASE WHEN f.truth = 2 THEN b.mask{at} ELSE 0 END)",
                f"may_hold{at}": f"bit_or(b.mask{at})",
            }
        self._store.keep(WORDS, select(words, f"{TRUTHS} f JOIN count_bits b ON b.item = f.item", group="f.row"))
        both = [f"{name}{at}" for name in ("holds", "may_hold") for at in range(self._width)]
        kept = ", ".join(f"s.{name} | coalesce(w.{name}, {number(0)}) AS {name}" for name in both)
        return f"SELECT s.* REPLACE ({kept}) FROM {state} s LEFT JOIN {WORDS} w ON w.row = s.row"

    def beside(self, rows: str, named: Sequence[AbstractSet[Item]]) -> str:
        """Write what is counted for certain of the other lines of the claim, as one text, for the rows of a query.

        A row has the number of its `matches`, and `named` says by that number which counts the answer rests on.
        """
        tallies = {
            (n, group.at, self._row_of(group, item)[0])
            for n, items in enumerate(named)
            for group in self._groups
            for item in group.items
            if item in items
        }
        kinds = dict.fromkeys(("matches", "at", "tally"), "UINTEGER")
        self._store.table("named_tallies", by_column(kinds, sorted(tallies)))
        self._store.keep("naming", rows)
        asked = "JOIN naming g ON g.row = p.row JOIN named_tallies n ON n.matches = g.matches AND n.tally = p.tally"
        found = " UNION ALL ".join(
            select(
                {"row": "p.row", "said": f"{group.at} || ':' || p.tally || ':' || p.number || ':' || p.code"},
                f"({self._pairs(group, is_own=True)}) p {asked} AND n.at = {group.at}",
                where="p.truth = 2 AND p.row <> p.other",
            )
            for group in self._groups
        )
        return f"SELECT row, string_agg(said, ',' ORDER BY said) AS said FROM ({found}) GROUP BY row"

    def limits(self) -> str:
        """Write how much of each line is within the quotas that rules pay: as a text, and whether some is not known."""
        found = " UNION ALL ".join(
            select(
                {
                    "row": "e.row",
                    "said": f"{group.at} || ':' || concat_ws('-', e.tally, {_ENDS})",
                    "is_open": "e.low IS DISTINCT FROM e.high",
                },
                f"extents{group.at} e",
            )
            for group in self._groups
            if not self._limits.isdisjoint(group.items)
        )
        said = "string_agg(said, ',' ORDER BY said) AS said, bool_or(is_open) AS is_open"
        return f"SELECT row, {said} FROM ({found}) GROUP BY row"

    def _keep_days(self) -> None:
        """Make the table of days by the number of a date: as a number that counts days, and where windows begin."""
        days = [self._lines.day(n) for n in range(1, len(self._lines.values[DATE]))]
        held: dict[str, tuple[str, Sequence[Any]]] = {"n": ("UINTEGER", range(1, len(days) + 1))}
        held["ordinal"] = ("INTEGER", [day.toordinal() for day in days])
        for group in self._groups:
            if not group.window.of_claim:
                held[f"start{group.at}"] = ("INTEGER", [group.window.start(day).toordinal() for day in days])
        self._store.table(DAYS, held)

    def _keep_asked(self) -> None:
        """Make the tables of the counts that each code asks, with their tests."""
        domain = self._plan.domains.get(CODE)
        codes = self._lines.values[CODE]
        known: dict[int, frozenset[CountItem]] = {}
        asked: list[frozenset[CountItem]] = []
        for code in codes:
            read = read_codes(code, self._bound.systems.get(CODE))
            passed = UNKNOWN_VALUE if domain is None or code is None else domain.passed(read)
            if passed not in known:
                known[passed] = self._asked_by(passed)
            asked.append(known[passed])
        kinds = dict.fromkeys(("code", "tally", "member", "item"), "UINTEGER")
        kinds |= {"itself": "BOOLEAN", "over": "BOOLEAN"} | dict.fromkeys(("at_least", "at_most", "exactly"), "BIGINT")
        for group in self._groups:
            own = [(item, self._row_of(group, item)) for item in group.items]
            rows = [(n, *row) for n, items in enumerate(asked) for item, row in own if item in items]
            self._store.table(f"{ASKED}{group.at}", by_column(kinds, rows))

    def _row_of(self, group: _Group, item: CountItem) -> tuple[Any, ...]:
        tests = dict(item.tests if isinstance(item, Quota) else item.measure.tests)
        tally = group.tallies.index((item.formula, item.counting.itself))
        over = isinstance(item, Quota) and item.kind == "over"
        operands = (tests.get("at_least"), tests.get("at_most"), tests.get("is"))
        member = group.members.index(Member(item.formula))
        return (tally, member, self._bits[item], item.counting.itself, over, *operands)

    def _asked_by(self, passed: int) -> frozenset[CountItem]:
        """List the counts that rules may ask of lines whose code passes these tests, however many facts away."""
        found: set[CountItem] = set()
        seen: set[Item] = set()
        staged = {item: (facts, at) for facts, _ in self._plan.levels for at, item in enumerate(facts.targets)}
        waiting: list[tuple[Stage, int | None]] = [(self._plan.rules, None)]
        while waiting:
            stage, target = waiting.pop()
            for clause in stage.clauses:
                if target not in (None, clause.target):
                    continue
                if not all(each.holds(passed, possible=True) for each in clause.asked if each.source == CODE):
                    continue
                if target is None:
                    limit = self._plan.limits.get(str(stage.targets[clause.target]))
                    found.update(() if limit is None else (limit,))
                for each in clause.asked:
                    if isinstance(each.source, (Counted, Quota)):
                        found.add(each.source)
                    elif not isinstance(each.source, (str, OtherLine)) and each.source not in seen:
                        seen.add(each.source)
                        waiting.append(staged[each.source])
        return frozenset(found)

    def _counted(self, group: _Group, state: str) -> str:
        """Write the lines that are counted, or may be, each as often as something that it satisfies is asked."""
        bits = [self._bits[each] for each in group.members]
        masks = parts(sum(1 << bit for bit in bits), self._width)
        used = [at for at, mask in enumerate(masks) if mask]
        held = [f"s.{name}{at} & {number(masks[at])}" for name in ("holds", "may_hold") for at in used]
        some = " OR ".join(f"(s.may_hold{at} & {number(masks[at])}) <> 0" for at in used)
        rows = self._store.rows(f"SELECT DISTINCT {', '.join(held)} FROM {state} s WHERE {some}")
        exploded = []
        for row in rows:
            holds, may = (
                sum(word << WIDTH * at for at, word in zip(used, words, strict=True))
                for words in (row[: len(used)], row[len(used) :])
            )
            exploded += [(*row, n, 1 + (holds >> bit & 1)) for n, bit in enumerate(bits) if may >> bit & 1]
        names = [f"word{at}" for at in range(len(held))]
        kinds = dict.fromkeys(names, "UBIGINT") | {"member": "UINTEGER", "truth": "UTINYINT"}
        self._store.table(f"members{group.at}", by_column(kinds, exploded))
        same = " AND ".join(f"m.{name} = {each}" for name, each in zip(names, held, strict=True))
        columns = {name: f"s.{name}" for name in ("row", "claim", "patient", "id", "number", "code")}
        columns |= {"member": "m.member", "truth": "m.truth", "ordinal": "d.ordinal"}
        source = f"{state} s JOIN members{group.at} m ON {same} JOIN {DAYS} d ON d.n = s.day"
        more, joins = self._compared(group)
        where = "s.claim IS NOT NULL" if group.window.of_claim else ""
        return select(columns | more, source + joins, where=where)

    def _asking(self, group: _Group, state: str) -> str:
        """Write the lines that ask, once for each tally, with the last day on which there may be lines unseen."""
        columns = {name: f"s.{name}" for name in ("row", "claim", "patient", "id", "number", "code")}
        columns |= {"tally": "a.tally", "member": "a.member", "itself": "a.itself", "ordinal": "d.ordinal"}
        source = f"(SELECT DISTINCT code, tally, member, itself FROM {ASKED}{group.at})"
        source = f"{state} s JOIN {source} a ON a.code = s.code JOIN {DAYS} d ON d.n = s.day"
        more, joins = self._compared(group)
        columns |= more
        columns["unseen"] = "NULL::INTEGER"
        if not group.window.of_claim:
            columns["start"] = start = f"d.start{group.at}"
            if group.window.unit == "ever":
                table, attribute = self._birth(), held_column(self._bound, BIRTH)
                joins += f" LEFT JOIN {table} born ON born.n = s.{attribute}"
                start = f"coalesce(born.held, {start})"
            if not self._bound.setting.has_whole_history:
                latest = "least(d.ordinal, coalesce(s.since - 1, d.ordinal))"
                columns["unseen"] = f"CASE WHEN coalesce(s.since <= {start}, false) THEN NULL ELSE {latest} END"
        return select(columns, source + joins, where="s.subject")

    def _compared(self, group: _Group) -> tuple[dict[str, str], str]:
        """Write what lines are compared by, and what is summed of them, with the joins that this needs."""
        columns: dict[str, str] = {}
        joins = []

        def look_up(called: str, attribute: str, table: str) -> str:
            joins.append(f" JOIN {table} {called} ON {called}.n = s.{held_column(self._bound, attribute)}")
            return f"{called}.held"

        for at, name in enumerate(group.same):
            columns[f"same{at}"] = look_up(f"same_{at}", name, self._same(name))
        for at, (_, name) in enumerate(group.keys):
            columns[f"key{at}"] = look_up(f"key_{at}", name, self._ordered(name))
        columns |= {"low": "1::BIGINT", "high": "1::BIGINT"}
        if group.summed is not None:
            look_up("amount", group.summed.attribute, self._amounts(group.summed))
            columns |= {"low": "amount.low", "high": "amount.high"}
        return columns, "".join(joins)

    def _values(self, attribute: str) -> list[Value | None]:
        """List the values of an attribute by number; what is unknown is as presumed."""
        listed = [self._bound.setting.presumptions.get(attribute), *self._lines.values.get(attribute, [None])[1:]]
        system = self._bound.systems.get(attribute)
        return listed if system is None else [read_codes(each, system) for each in listed]

    def _table(self, what: str, attribute: str, held: Callable[[], tuple[str, Sequence[Any]]]) -> str:
        """Make a table by the number of the values of an attribute, once."""
        name = f"count_{what}{self._bound.compared.index(attribute)}"
        if name not in self._looked_up:
            kind, listed = held()
            self._store.table(name, {"n": ("UINTEGER", range(len(listed))), "held": (kind, listed)})
            self._looked_up[name] = name
        return name

    def _same(self, attribute: str) -> str:
        """Make a table of what lines agree in: a number, or a list of texts."""
        values = self._values(attribute)

        def held() -> tuple[str, Sequence[Any]]:
            if any(isinstance(each, frozenset) for each in values):
                lists = [sorted(map(str, each)) if isinstance(each, frozenset) else None for each in values]
                return "VARCHAR[]", lists
            known: dict[Value, int] = {}
            return "UINTEGER", [None if each is None else known.setdefault(each, len(known)) for each in values]

        return self._table("same", attribute, held)

    def _ordered(self, attribute: str) -> str:
        """Make a table of what lines are put in order by."""
        return self._table("order", attribute, lambda: ("BIGINT", list(map(_ordinal, self._values(attribute)))))

    def _birth(self) -> str:
        """Make a table of days of birth, as far as they are known."""
        values = self._lines.values.get(BIRTH, [None])
        return self._table("birth", BIRTH, lambda: ("INTEGER", [each and _ordinal(each) for each in values]))

    def _amounts(self, summed: Summed) -> str:
        """Make a table of what a line adds at least and at most; None is without end."""
        at = self._bound.compared.index(summed.attribute)
        name = f"count_amount{at}"
        if name not in self._looked_up:
            both = [
                (each, each) if isinstance(each, int) else (summed.least, summed.most)
                for each in self._values(summed.attribute)
            ]
            rows = [(n, *each) for n, each in enumerate(both)]
            self._store.table(name, by_column({"n": "UINTEGER", "low": "BIGINT", "high": "BIGINT"}, rows))
            self._looked_up[name] = name
        return name

    def _is_list(self, attribute: str) -> bool:
        return any(isinstance(each, frozenset) for each in self._values(attribute))

    def _agreed(self, group: _Group) -> str:
        """Write how true it is that the lines `s` and `c` agree."""
        terms = []
        for at, name in enumerate(group.same):
            one, two = f"s.same{at}", f"c.same{at}"
            agree = f"list_has_any({one}, {two})" if self._is_list(name) else f"{one} = {two}"
            terms.append(f"CASE WHEN {agree} THEN 2 WHEN {one} IS NULL OR {two} IS NULL THEN 1 ELSE 0 END")
        return f"CASE WHEN s.row = c.row THEN 2 ELSE {_least(terms)} END" if terms else "2"

    def _pairs(self, group: _Group, *, is_own: bool) -> str:
        """Write the pairs of a line that asks and one that is counted: of its claim, or an earlier one."""
        truths = ["c.truth", self._agreed(group)]
        where = ["c.claim IS NOT NULL" if is_own else "c.claim IS NULL AND c.id IS DISTINCT FROM s.id"]
        if not group.window.of_claim:
            where.append("c.ordinal BETWEEN s.start AND s.ordinal")
        if group.kind == "quota" and is_own:
            where.append("s.row <> c.row")
            truths.append(self._before(group))
        elif is_own:
            where.append("(s.itself OR s.row <> c.row)")
        if group.kind == "days_since" and group.window.of_claim:
            where.append("c.ordinal <= s.ordinal")
        held = "claim" if is_own else "patient"
        on = f"c.{held} = s.{held} AND c.member = s.member"
        on += " AND c.ordinal = s.ordinal" if group.window.unit == "date" else ""
        columns = {"row": "s.row", "tally": "s.tally", "truth": _least(truths), "gap": "s.ordinal - c.ordinal"}
        columns |= {name: f"c.{name}" for name in ("ordinal", "low", "high", "number", "code")} | {"other": "c.row"}
        found = select(columns, f"{ASKING}{group.at} s JOIN {COUNTED}{group.at} c ON {on}", where=" AND ".join(where))
        return f"SELECT * FROM ({found}) WHERE truth > 0"

    def _before(self, group: _Group) -> str:
        """Write how true it is that the line `c` takes from a quota before the line `s`."""
        keys = [] if group.window.of_claim else [("c.ordinal", "s.ordinal")]
        for at, (how, _) in enumerate(group.keys):
            one, two = f"c.key{at}", f"s.key{at}"
            keys.append((two, one) if how == "highest" else (one, two))
        found = "CASE WHEN c.number < s.number THEN 2 ELSE 0 END"
        for one, two in reversed(keys):
            known = f"WHEN {one} < {two} THEN 2 WHEN {one} > {two} THEN 0"
            found = f"CASE WHEN {one} IS NULL OR {two} IS NULL THEN 1 {known} ELSE {found} END"
        return found

    def _extents(self, group: _Group) -> str:
        """Write what each tally comes to as seen from each line that asks: the least and the greatest."""
        pairs = self._pairs(group, is_own=True)
        if not group.window.of_claim and self._lines.has_history:
            pairs += f" UNION ALL {self._pairs(group, is_own=False)}"
        sums = select({"row": "row", "tally": "tally", **_SUMS[_kind(group)]}, f"({pairs})", group="row, tally")
        columns = {name: f"s.{name}" for name in ("row", "tally", "code")}
        source = f"{ASKING}{group.at} s LEFT JOIN ({sums}) t ON t.row = s.row AND t.tally = s.tally"
        if group.kind == "quota":
            source += f" LEFT JOIN {COUNTED}{group.at} o ON o.row = s.row AND o.member = s.member"
            return self._divided(group, columns, source)
        if group.kind == "days_since":
            nearest = "least(t.near, s.ordinal - s.unseen)"
            columns["low"] = f"coalesce({nearest}, 0)"
            columns["high"] = (
                "CASE WHEN t.sure IS NOT NULL THEN t.sure WHEN s.unseen IS NULL THEN coalesce(t.far, 0) END"
            )
            nothing = f"CASE WHEN {nearest} IS NULL THEN 2 WHEN t.sure IS NULL THEN 1 ELSE 0 END"
            return select(columns | {"nothing": nothing}, source)
        columns["low"] = "coalesce(t.low, 0)"
        columns["high"] = "CASE WHEN s.unseen IS NULL AND NOT coalesce(t.endless, false) THEN coalesce(t.high, 0) END"
        return select(columns | {"nothing": "0"}, source)

    def _divided(self, group: _Group, columns: dict[str, str], source: str) -> str:
        """Write how much of each line is within a quota, and how much is over it."""
        first = group.items[0]
        limit = first.sharing.limit if isinstance(first, Quota) else 0
        taken = {
            **columns,
            "member": "coalesce(o.truth, 0)",
            "fewest": "s.low",
            "most": "s.high",
            "room": f"greatest(0, {limit} - coalesce(t.low, 0))",
            "rest": "CASE WHEN s.unseen IS NULL AND NOT coalesce(t.endless, false) "
            f"THEN greatest(0, {limit} - coalesce(t.high, 0)) ELSE 0 END",
        }
        kept = {name: name for name in columns} | {"nothing": "0"}
        within_low = "CASE WHEN member = 0 THEN fewest ELSE least(fewest, rest) END"
        # What may be outside may be within as a whole.
        within_high = "CASE WHEN member < 2 THEN most WHEN most IS NULL THEN room ELSE least(most, room) END"
        over_low = "CASE WHEN member < 2 THEN 0 ELSE greatest(0, fewest - room) END"
        over_high = "CASE WHEN member = 0 THEN 0 WHEN most IS NOT NULL THEN greatest(0, most - rest) END"
        kept |= {"low": within_low, "high": within_high, "over_low": over_low, "over_high": over_high}
        return select(kept, f"({select(taken, source)})")

    def _truths(self, group: _Group) -> str:
        """Write which tests hold, or may, of which lines."""
        low, high = "e.low", "e.high"
        if group.kind == "quota":
            low, high = (f"CASE WHEN q.over THEN e.over_{end} ELSE e.{end} END" for end in ("low", "high"))
        least = "CASE WHEN {low} >= {of} THEN 2 WHEN coalesce({high} < {of}, false) THEN 0 ELSE 1 END"
        most = "CASE WHEN {low} > {of} THEN 0 WHEN coalesce({high} <= {of}, false) THEN 2 ELSE 1 END"
        asked = (("at_least", least), ("at_most", most), ("exactly", least), ("exactly", most))
        tests = [
            f"CASE WHEN q.{name} IS NULL THEN 2 ELSE {test.format(low='low', high='high', of=f'q.{name}')} END"
            for name, test in asked
        ]
        inner = select(
            {"q.*": "q.*", "row": "e.row", "nothing": "e.nothing", "low": low, "high": high},
            f"extents{group.at} e JOIN {ASKED}{group.at} q ON q.code = e.code AND q.tally = e.tally",
        )
        truth = f"CASE WHEN nothing = 2 THEN 0 ELSE least({', '.join(tests)}, 2 - nothing) END"
        found = select({"row": "row", "item": "item", "truth": truth}, f"({inner}) q")
        return f"SELECT * FROM ({found}) WHERE truth > 0"


_ENDS = ", ".join(f"coalesce(e.{end}::VARCHAR, '')" for end in ("low", "high", "over_low", "over_high"))
"""What is within a quota, and over it, at least and at most, as texts."""


def _least(terms: Sequence[str]) -> str:
    return f"least({', '.join(terms)})" if len(terms) > 1 else "".join(terms)


def _ordinal(value: object) -> int | None:
    return value.toordinal() if isinstance(value, date) else value if isinstance(value, int) else None


def _kind(group: _Group) -> str:
    if group.kind != "quota":
        return group.kind
    return "count" if group.summed is None else "sum"


_SURE = "FILTER (truth = 2)"
_SUMS: dict[str, dict[str, str]] = {
    "count": {"low": f"count(*) {_SURE}", "high": "count(*)", "endless": "false"},
    "sum": {
        "low": f"coalesce(sum(low) {_SURE}, 0)",
        "high": "coalesce(sum(high), 0)",
        "endless": "bool_or(high IS NULL)",
    },
    "dates": {
        "low": f"count(DISTINCT ordinal) {_SURE}",
        "high": "count(DISTINCT ordinal)",
        "endless": "false",
    },
    "days_since": {"near": "min(gap)", "sure": f"min(gap) {_SURE}", "far": "max(gap)"},
}
"""What is added up of the pairs of a line and a tally, by what is measured."""
