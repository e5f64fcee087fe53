"""Counts of lines and quotas in columns: lines that are asked meet those that are counted, and pairs are added up.

Only what may matter meets: a line is asked about the counts that clauses of its code ask, and of all lines of a patient
those meet it that satisfy, or may satisfy, what is counted. Of lines that meet the same (`count_cases`), one is asked.
What a count comes to has both ends, as in `counting`.

What columns count at all is told by `countable`.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from payrule.columns.clause_bitsets import Bound
from payrule.columns.count_cases import DAYS, KNOWN, CountCases, agreement, begins, ordering, precedence, unseen
from payrule.columns.count_groups import Group, asked_by, groups
from payrule.columns.held_values import HeldValues, held_column, passed_by_codes
from payrule.columns.lines import Lines
from payrule.columns.sql import WIDTH, number, parts, select
from payrule.encounter.encounter import DATE
from payrule.execute.plan.stages import CountItem, Item, Member
from payrule.language.lower import Quota
from payrule.source.database import Store, by_column

ASKED = "asked_counts"
"""The name of tables of which counts each code asks; those of lines that ask, and of lines that are counted, follow."""
ASKING, COUNTED = "asking", "counted"
ASKED_LINES, MET_LINES, CASES = "asked_lines", "met_lines", "count_cases"
"""The tables of lines that ask, of the lines that they meet, and of the cases of all lines that ask."""
WORDS, TRUTHS = "count_words", "count_truths"


def _all_lines(state: str, earlier: str | None = None) -> str:
    """Give the lines of a table, and those of one of earlier lines, as a source; `named` is the claim of such a one."""
    lines = f"SELECT *, NULL::UBIGINT AS named FROM {state}"
    return f"({lines})" if earlier is None else f"({lines} UNION ALL BY NAME SELECT * FROM {earlier})"


class LineCounts:
    """The statements by which lines are counted."""

    def __init__(self, store: Store, lines: Lines, bound: Bound) -> None:
        """Take the lines, and what binds them."""
        self._store, self._lines, self._bound = store, lines, bound
        self._plan = bound.plan
        self._bits = {item: bit for bit, item in enumerate(self._plan.items)}
        self._width = -(-len(self._bits) // WIDTH)
        self._groups = groups(self._plan.counts)
        self._limits = frozenset(self._plan.limits.values())
        self._held = HeldValues(store, lines, bound)
        self._asked: list[frozenset[CountItem]] = []
        self._cases: dict[int, str] = {}
        if self._groups:
            self._keep_days()
            self._keep_asked()

    def settle(self, counts: Sequence[CountItem], state: str, earlier: str | None) -> str:
        """Write the query of the lines of a table with the words of items in which counts are settled.

        Those of the table of `earlier` lines are counted, too.
        """
        found = []
        every = _all_lines(state, earlier)
        settled = [group for group in self._groups if not set(group.items).isdisjoint(counts)]
        cases = f"{CASES}{settled[0].at}"
        has_history = self._lines.has_history
        parting = CountCases(self._store, self._bound, self._held, settled, self._asked, has_history=has_history)
        parting.keep(state, earlier, cases)
        self._keep_meeting(state, f"SELECT first FROM {cases}", every, "patient")
        for group in settled:
            self._meet(group)
            self._store.keep(f"extents{group.at}", self._extents(group))
            self._cases[group.at] = cases
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
        joined = f"LEFT JOIN {cases} f ON f.row = s.row LEFT JOIN {WORDS} w ON w.row = f.first"
        return f"SELECT s.* REPLACE ({kept}) FROM {state} s {joined}"

    def beside(self, rows: str, named: Sequence[AbstractSet[Item]], state: str) -> str:
        """Write what is counted for certain of the other lines of the claim, as one text, for the rows of a query.

        A row has the number of its `matches`, and `named` says by that number which counts the answer rests on. `state`
        is the table of all lines.
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
        self._keep_meeting(state, "SELECT row FROM naming", _all_lines(state), "claim")
        naming = [group for group in self._groups if group.at in {at for _, at, _ in tallies}]
        for group in naming:
            self._meet(group)
        asked = "JOIN naming g ON g.row = p.row JOIN named_tallies n ON n.matches = g.matches AND n.tally = p.tally"
        found = " UNION ALL ".join(
            select(
                {"row": "p.row", "said": f"{group.at} || ':' || p.tally || ':' || p.number || ':' || p.code"},
                f"({self._pairs(group, is_own=True)}) p {asked} AND n.at = {group.at}",
                where="p.truth = 2 AND p.row <> p.other",
            )
            for group in naming
        )
        if not found:
            return "SELECT row, NULL::VARCHAR AS said FROM naming WHERE false"
        return f"SELECT row, string_agg(said, ',' ORDER BY said) AS said FROM ({found}) GROUP BY row"

    def limits(self) -> str:
        """Write how much of each line is within the quotas that rules pay: as a text, and whether some is not known."""
        found: dict[str, list[str]] = {}
        for group in self._groups:
            if not self._limits.isdisjoint(group.items):
                said = f"{group.at} || ':' || concat_ws('-', e.tally, {_ENDS})"
                columns = {"row": "e.row", "said": said, "is_open": "e.low IS DISTINCT FROM e.high"}
                found.setdefault(self._cases[group.at], []).append(select(columns, f"extents{group.at} e"))
        both = "string_agg(said, ',' ORDER BY said) AS said, bool_or(is_open) AS is_open"
        of_lines = [
            f"SELECT c.row, k.said, k.is_open FROM {cases} c JOIN "
            f"(SELECT row, {both} FROM ({' UNION ALL '.join(listed)}) GROUP BY row) k ON k.row = c.first"
            for cases, listed in found.items()
        ]
        if len(of_lines) == 1:
            return of_lines[0]
        return f"SELECT row, {both} FROM ({' UNION ALL '.join(of_lines)}) GROUP BY row"

    def _keep_meeting(self, state: str, asked: str, every: str, whose: str) -> None:
        """Make the tables of the lines that are asked, by their rows, and of those that they meet.

        A line meets those of the same claim, or patient, of the lines that `every` gives.
        """
        held = [f"held{at}" for at in range(len(self._bound.compared))]
        both = ", ".join(f"s.{name}" for name in ("row", "claim", "patient", "number", "code", "day", *held))
        since, known = ("k.since", KNOWN) if self._lines.has_history else ("NULL::INTEGER AS since", "")
        found = f"(SELECT {both} FROM {state} s WHERE s.row IN ({asked})) s"
        self._store.keep(ASKED_LINES, f"SELECT s.*, {since} FROM {found}{known}")
        words = ", ".join(f"s.{name}{at}" for name in ("holds", "may_hold") for at in range(self._width))
        where = f"s.{whose} IN (SELECT {whose} FROM {ASKED_LINES})"
        self._store.keep(MET_LINES, f"SELECT {both}, s.named, {words} FROM {every} s WHERE {where}")

    def _meet(self, group: Group) -> None:
        """Make the tables of lines that ask, and of those that are counted for them, each once for all that it does."""
        self._store.keep(f"{COUNTED}{group.at}", self._counted(group))
        self._store.keep(f"{ASKING}{group.at}", self._asking(group))

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
        passed = passed_by_codes(self._lines, self._bound)
        known = {each: asked_by(self._plan, each) for each in dict.fromkeys(passed)}
        self._asked = [known[each] for each in passed]
        kinds = dict.fromkeys(("code", "tally", "member", "item"), "UINTEGER")
        kinds |= {"itself": "BOOLEAN", "over": "BOOLEAN"} | dict.fromkeys(("at_least", "at_most", "exactly"), "BIGINT")
        for group in self._groups:
            own = [(item, self._row_of(group, item)) for item in group.items]
            rows = [(n, *row) for n, items in enumerate(self._asked) for item, row in own if item in items]
            self._store.table(f"{ASKED}{group.at}", by_column(kinds, rows))

    def _row_of(self, group: Group, item: CountItem) -> tuple[Any, ...]:
        tests = dict(item.tests if isinstance(item, Quota) else item.measure.tests)
        tally = group.tallies.index((item.formula, item.counting.itself))
        over = isinstance(item, Quota) and item.kind == "over"
        operands = (tests.get("at_least"), tests.get("at_most"), tests.get("is"))
        member = group.members.index(Member(item.formula))
        return (tally, member, self._bits[item], item.counting.itself, over, *operands)

    def _counted(self, group: Group) -> str:
        """Write the lines that are counted, or may be, each as often as something that it satisfies is asked."""
        bits = [self._bits[each] for each in group.members]
        masks = parts(sum(1 << bit for bit in bits), self._width)
        used = [at for at, mask in enumerate(masks) if mask]
        held = [f"s.{name}{at} & {number(masks[at])}" for name in ("holds", "may_hold") for at in used]
        some = " OR ".join(f"(s.may_hold{at} & {number(masks[at])}) <> 0" for at in used)
        rows = self._store.rows(f"SELECT DISTINCT {', '.join(held)} FROM {MET_LINES} s WHERE {some}")
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
        columns = {name: f"s.{name}" for name in ("row", "claim", "named", "patient", "number", "code")}
        columns |= {"member": "m.member", "truth": "m.truth", "ordinal": "d.ordinal"}
        source = f"{MET_LINES} s JOIN members{group.at} m ON {same} JOIN {DAYS} d ON d.n = s.day"
        more, joins = self._compared(group)
        return select(columns | more, source + joins)

    def _asking(self, group: Group) -> str:
        """Write the lines that ask, once for each tally, with the last day on which there may be lines unseen."""
        columns = {name: f"s.{name}" for name in ("row", "claim", "patient", "number", "code")}
        columns |= {"tally": "a.tally", "member": "a.member", "itself": "a.itself", "ordinal": "d.ordinal"}
        source = f"(SELECT DISTINCT code, tally, member, itself FROM {ASKED}{group.at})"
        source = f"{ASKED_LINES} s JOIN {source} a ON a.code = s.code JOIN {DAYS} d ON d.n = s.day"
        more, joins = self._compared(group)
        columns |= more
        columns["unseen"] = "NULL::INTEGER"
        if not group.window.of_claim:
            columns["start"] = f"d.start{group.at}"
            start, join = begins(group, self._held, self._bound)
            columns["unseen"] = unseen(self._bound, start, "s.since", has_history=self._lines.has_history)
            joins += join
        return select(columns, source + joins)

    def _compared(self, group: Group) -> tuple[dict[str, str], str]:
        """Write what lines are compared by, and what is summed of them, with the joins that this needs."""
        columns: dict[str, str] = {}
        joins = []

        def look_up(called: str, attribute: str, table: str) -> str:
            joins.append(f" JOIN {table} {called} ON {called}.n = s.{held_column(self._bound, attribute)}")
            return f"{called}.held"

        for at, name in enumerate(group.same):
            columns[f"same{at}"] = look_up(f"same_{at}", name, self._held.same(name))
        for at, (_, name) in enumerate(group.keys):
            columns[f"key{at}"] = look_up(f"key_{at}", name, self._held.ordered(name))
        columns |= {"low": "1::BIGINT", "high": "1::BIGINT"}
        if group.summed is not None:
            look_up("amount", group.summed.attribute, self._held.amounts(group.summed))
            columns |= {"low": "amount.low", "high": "amount.high"}
        return columns, "".join(joins)

    def _agreed(self, group: Group) -> str:
        """Write how true it is that the lines `s` and `c` agree."""
        terms = []
        for at, name in enumerate(group.same):
            terms.append(agreement(f"s.same{at}", f"c.same{at}", is_list=self._held.is_list(name)))
        return f"CASE WHEN s.row = c.row THEN 2 ELSE {_least(terms)} END" if terms else "2"

    def _pairs(self, group: Group, *, is_own: bool) -> str:
        """Write the pairs of a line that asks and one that is counted: of its claim, or an earlier one."""
        truths = ["c.truth", self._agreed(group)]
        where = ["c.claim IS NOT NULL" if is_own else "c.claim IS NULL AND c.named IS DISTINCT FROM s.claim"]
        if not group.window.of_claim:
            where.append("c.ordinal BETWEEN s.start AND s.ordinal")
        if group.kind == "quota" and is_own:
            where.append("s.row <> c.row")
            truths.append(precedence(ordering(group, [f"key{at}" for at in range(len(group.keys))])))
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

    def _extents(self, group: Group) -> str:
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

    def _divided(self, group: Group, columns: dict[str, str], source: str) -> str:
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

    def _truths(self, group: Group) -> str:
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


def _kind(group: Group) -> str:
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
