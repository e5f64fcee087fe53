"""Lines that ask counts, by cases: those that meet the same others, in the same way, are one, and one of them is asked.

A line meets the other lines of its claim, and earlier ones of its patient, that something it asks may count. Of each it
matters what it satisfies of that, in which windows it is, in what both agree, which comes first, and how much it adds.
Where days are counted, it matters which of them share one. A case may be finer than needed, never coarser.
"""

from collections.abc import Iterable, Iterator, Sequence

from payrule.columns.clause_bitsets import Bound
from payrule.columns.count_groups import Group
from payrule.columns.held_values import HeldValues, held_column
from payrule.columns.lines import SINCE
from payrule.columns.sql import WIDTH, laid_out, number, packed, parts, select
from payrule.execute.plan.stages import CountItem, Item, Member
from payrule.language.counting import Window
from payrule.model.vocabulary import BIRTH
from payrule.source.database import Columns, Store, by_column

DAYS = "count_days"
"""The table of days by the number of a date: as a number that counts days, and where windows of groups begin."""

ASKERS, MEETING = "count_askers", "count_meeting"
"""The tables of lines that ask, and of what they have to do with lines that something may count, by classes of both."""

_GAP = 1 << 21
"""More days than dates can lie apart, forward and backward."""


def agreement(one: str, two: str, *, is_list: bool) -> str:
    """Write how true it is that two lines agree in what these columns hold.

    >>> agreement("s.same0", "c.same0", is_list=False)
    'CASE WHEN s.same0 = c.same0 THEN 2 WHEN s.same0 IS NULL OR c.same0 IS NULL THEN 1 ELSE 0 END'
    """
    agree = f"list_has_any({one}, {two})" if is_list else f"{one} = {two}"
    return f"CASE WHEN {agree} THEN 2 WHEN {one} IS NULL OR {two} IS NULL THEN 1 ELSE 0 END"


def precedence(keys: Iterable[tuple[str, str]]) -> str:
    """Write how true it is that the line `c` is before the line `s`, by keys of both, then by their numbers.

    >>> precedence([])
    'CASE WHEN c.number < s.number THEN 2 ELSE 0 END'
    """
    found = "CASE WHEN c.number < s.number THEN 2 ELSE 0 END"
    for one, two in reversed(list(keys)):
        known = f"WHEN {one} < {two} THEN 2 WHEN {one} > {two} THEN 0"
        found = f"CASE WHEN {one} IS NULL OR {two} IS NULL THEN 1 {known} ELSE {found} END"
    return found


def ordering(group: Group, called: Sequence[str]) -> list[tuple[str, str]]:
    """Pair the keys of a quota, of the line `c` and of the line `s`; `called` are the columns of those it names."""
    keys = [] if group.window.of_claim else [("c.ordinal", "s.ordinal")]
    for name, (how, _) in zip(called, group.keys, strict=True):
        one, two = f"c.{name}", f"s.{name}"
        keys.append((two, one) if how == "highest" else (one, two))
    return keys


KNOWN = f" LEFT JOIN {SINCE} k ON k.patient = s.patient"
"""The join by which a line `s` gets the day since when those of its patient are all there."""


def unseen(bound: Bound, start: str, since: str, *, has_history: bool) -> str:
    """Write the last day on which lines may be unseen in a window that begins at `start`; null where none may be.

    Those of the patient are all there `since` a day, where something is said of earlier lines.
    """
    if bound.setting.has_whole_history:
        return "NULL::INTEGER"
    if not has_history:
        return "d.ordinal"
    latest = f"least(d.ordinal, coalesce({since} - 1, d.ordinal))"
    return f"CASE WHEN coalesce({since} <= {start}, false) THEN NULL ELSE {latest} END"


def begins(group: Group, held: HeldValues, bound: Bound) -> tuple[str, str]:
    """Write since when a line `s` of a day `d` may have unseen lines in a window, and the join that this needs.

    Without a beginning that is the birth date; earlier lines before it, which are wrong, count all the same.
    """
    start = f"d.start{group.at}"
    if group.window.unit != "ever":
        return start, ""
    born = f" LEFT JOIN {held.birth()} born{group.at} ON born{group.at}.n = s.{held_column(bound, BIRTH)}"
    return f"coalesce(born{group.at}.held, {start})", born


class CountCases:
    """The statements by which lines that ask are parted into cases; of what is settled at once."""

    def __init__(  # noqa: PLR0913 - what lines are parted by
        self,
        store: Store,
        bound: Bound,
        held: HeldValues,
        groups: Sequence[Group],
        asked: Sequence[frozenset[CountItem]],
        *,
        has_history: bool,
    ) -> None:
        """Take the groups that are settled; `asked` says by the number of each code which counts it asks."""
        self._store, self._bound, self._held, self._groups = store, bound, held, groups
        self._has_history = has_history
        self._bits = {item: bit for bit, item in enumerate(bound.plan.items)}
        items = frozenset(item for group in groups for item in group.items)
        own = [each & items for each in asked]
        self._classes = list(dict.fromkeys(each for each in own if each))
        numbers = {each: n for n, each in enumerate(self._classes)}
        self._asking = [(code, numbers[each]) for code, each in enumerate(own) if each]
        self._windows: dict[Window, list[Group]] = {}
        for group in groups:
            self._windows.setdefault(group.window, []).append(group)
        self._same = sorted({name for group in groups for name in group.same})
        self._sums = sorted({group.summed.attribute for group in groups if group.summed is not None})
        self._orders = [group for group in groups if group.kind == "quota"]
        self._keys = sorted({name for group in self._orders for _, name in group.keys})
        self._words = [
            at for at, word in enumerate(self._mask(item for group in groups for item in group.items)) if word
        ]

    def _mask(self, items: Iterable[CountItem]) -> list[int]:
        """Give the words of what some counts ask of lines that are counted."""
        found: set[Item] = {Member(each.formula) for each in items}
        return parts(sum(1 << self._bits[each] for each in found), -(-len(self._bits) // WIDTH))

    def keep(self, state: str, earlier: str | None, table: str) -> None:
        """Make the table of lines that ask: the `row` of each, and the `first` of its case.

        `state` is the table of lines, `earlier` that of earlier ones.
        """
        self._store.table("askers_of_code", by_column({"code": "UINTEGER", "class": "UINTEGER"}, self._asking))
        met = self._keep_met([state, *([earlier] if earlier else [])])
        self._keep_meeting(met)
        self._keep_askers(state)
        pairs = self._pairs(state, "claim", own=True)
        if earlier and any(not window.of_claim for window in self._windows):
            pairs += f" UNION ALL {self._pairs(earlier, 'patient', own=False)}"
        together = f"SELECT row, list_sort(list(token)) AS met FROM ({pairs}) GROUP BY row"
        self._store.keep("count_together", together)
        listed = f"SELECT met, {self._in_order('met')} AS shown FROM (SELECT DISTINCT met FROM count_together)"
        self._store.keep("count_meetings", f"SELECT met, dense_rank() OVER (ORDER BY shown) AS n FROM ({listed})")
        key = ["class", "own", *(f"unseen{at}" for at in range(len(self._windows)))]
        key += [f"adds{at}" for at in range(len(self._sums))]
        columns = {"row": "s.row"} | {name: f"s.{name}" for name in key} | {"met": "coalesce(m.n, 0)"}
        numbered = "SELECT p.row, m.n FROM count_together p JOIN count_meetings m ON m.met = p.met"
        self._store.keep("count_alike", select(columns, f"{ASKERS} s LEFT JOIN ({numbered}) m ON m.row = s.row"))
        both = ", ".join([*key, "met"])
        self._store.keep("counted_cases", f"SELECT {both}, min(row) AS first FROM count_alike GROUP BY ALL")
        self._store.keep(table, f"SELECT s.row, c.first FROM count_alike s JOIN counted_cases c USING ({both})")
        self._store.drop([ASKERS, "count_together", "count_meetings", "count_alike", "counted_cases"])

    def _keep_met(self, tables: Sequence[str]) -> int:
        """Make the table of the classes of lines of tables that are counted, or may be; give how many there are."""
        masks = self._mask(item for group in self._groups for item in group.items)
        held = {f"{name}{at}": f"s.{name}{at} & {number(masks[at])}" for name in _TRUTHS for at in self._words}
        some = " OR ".join(f"(s.may_hold{at} & {number(masks[at])}) <> 0" for at in self._words)
        found = " UNION ".join(select(held, f"{table} s", where=some, distinct=True) for table in tables)
        self._store.keep(
            "met_classes", f"SELECT *, row_number() OVER (ORDER BY {', '.join(held)}) AS class FROM ({found})"
        )
        ((count,),) = self._store.rows("SELECT count(*) FROM met_classes")
        return int(count)

    def _features(self) -> Iterator[tuple[str, list[Group]]]:
        """Name what may matter of two lines that meet, with the groups for which it does."""
        for at, groups in enumerate(self._windows.values()):
            yield f"window{at}", groups
        for at, name in enumerate(self._same):
            yield f"same{at}", [each for each in self._groups if name in each.same]
        for at, name in enumerate(self._sums):
            yield f"adds{at}", [each for each in self._groups if each.summed and each.summed.attribute == name]
        for at, group in enumerate(self._orders):
            yield f"before{at}", [group]
        yield "days", [each for each in self._groups if each.kind == "dates"]
        yield "gap", [each for each in self._groups if each.kind == "days_since"]

    def _keep_meeting(self, met: int) -> None:
        """Make the tables of what each class of lines that ask wants to know, at all and of each class of lines met."""
        columns: Columns = {"class": ("UINTEGER", range(len(self._classes)))}
        wanted = {"all": list(self._groups)} | dict(self._features())
        for name, groups in wanted.items():
            listed = [
                self._mask(item for each in groups for item in each.items if item in own) for own in self._classes
            ]
            columns[f"asks_{name}"] = ("BOOLEAN", [any(words) for words in listed])
            columns |= {f"{name}_mask{at}": ("UBIGINT", [words[at] for words in listed]) for at in self._words}
        self._store.table("asker_classes", columns)
        shared = {f"{name}{at}": f"m.{name}{at} & a.all_mask{at}" for name in _TRUTHS for at in self._words}
        found = {"at": f"a.class * {met + 1} + m.class"}
        found["n"] = f"dense_rank() OVER (ORDER BY {', '.join(shared.values())})"
        for name in wanted:
            found[name] = " OR ".join(f"(m.may_hold{at} & a.{name}_mask{at}) <> 0" for at in self._words)
        windows = [f"CASE WHEN window{at} THEN {1 << at} ELSE 0 END" for at in range(len(self._windows))]
        query = f"SELECT *, {' + '.join(windows)} AS windows FROM ({select(found, 'asker_classes a, met_classes m')})"
        self._store.keep(MEETING, f'{query} WHERE "all"')
        ((count,),) = self._store.rows(f"SELECT count(*) FROM {MEETING}")
        self._step, self._meetings = met + 1, int(count)

    def _of_lines(self) -> tuple[dict[str, str], dict[str, str], str, str]:
        """Write what is compared of lines, and what they add; the joins that this needs, and that of their class."""
        joins = f" JOIN {DAYS} d ON d.n = s.day"
        columns = {"row": "s.row", "patient": "s.patient", "number": "s.number", "ordinal": "d.ordinal"}
        for at, name in enumerate(self._same):
            joins += f" JOIN {self._held.same(name)} same_{at} ON same_{at}.n = s.{held_column(self._bound, name)}"
            columns[f"same{at}"] = f"same_{at}.held"
        for at, name in enumerate(self._keys):
            joins += f" JOIN {self._held.ordered(name)} key_{at} ON key_{at}.n = s.{held_column(self._bound, name)}"
            columns[f"key{at}"] = f"key_{at}.held"
        adds = {f"adds{at}": f"s.{held_column(self._bound, name)}" for at, name in enumerate(self._sums)}
        masks = self._mask(item for group in self._groups for item in group.items)
        same = [f"m.{name}{at} = s.{name}{at} & {number(masks[at])}" for name in _TRUTHS for at in self._words]
        return columns, adds, joins, f"JOIN met_classes m ON {' AND '.join(same)}"

    def _keep_askers(self, state: str) -> None:
        """Make the table of lines that ask."""
        columns, adds, joins, of_class = self._of_lines()
        columns |= {name: f"CASE WHEN w.asks_{name} THEN {each} ELSE 0 END" for name, each in adds.items()}
        columns |= {"claim": "s.claim", "class": "a.class", "own": "coalesce(m.class, 0)"}
        known = KNOWN if self._has_history and not self._bound.setting.has_whole_history else ""
        for at, groups in enumerate(self._windows.values()):
            columns[f"unseen{at}"] = "-1"
            if not groups[0].window.of_claim:
                start, join = begins(groups[0], self._held, self._bound)
                joins += join
                columns[f"start{at}"] = f"d.start{groups[0].at}"
                last = unseen(self._bound, start, "k.since", has_history=self._has_history)
                gap = f"CASE WHEN w.asks_gap THEN d.ordinal - {last} ELSE 0 END"
                columns[f"unseen{at}"] = f"CASE WHEN w.asks_window{at} AND {last} IS NOT NULL THEN {gap} ELSE -1 END"
        source = f"{state} s JOIN askers_of_code a ON a.code = s.code JOIN asker_classes w ON w.class = a.class{joins}"
        self._store.keep(ASKERS, select(columns, f"{source}{known} LEFT {of_class}", where="s.subject"))

    def _pairs(self, table: str, held: str, *, own: bool) -> str:
        """Write what matters of each line of a table that one that asks meets, as a number or some."""
        inside = [self._inside(at, window, own=own) for at, window in enumerate(self._windows)]
        windows = " + ".join(f"CASE WHEN {each} THEN {1 << at} ELSE 0 END" for at, each in enumerate(inside))
        day = f"{_GAP} + s.ordinal - c.ordinal"
        sizes = {"day": _GAP * 2, "n": self._meetings + 1, "windows": 1 << len(self._windows), "today": 2}
        words = {"day": f"CASE WHEN r.days THEN {day} ELSE 0 END", "n": "r.n", "windows": f"({windows}) & r.windows"}
        words["today"] = "CASE WHEN r.days AND s.ordinal = c.ordinal THEN 1 ELSE 0 END"
        for at, name in enumerate(self._same):
            agree = agreement(f"s.same{at}", f"c.same{at}", is_list=self._held.is_list(name))
            words[f"same{at}"] = f"CASE WHEN r.same{at} THEN {agree} ELSE 0 END"
            sizes[f"same{at}"] = 3
        for at, name in enumerate(self._sums):
            words[f"adds{at}"] = f"CASE WHEN r.adds{at} THEN c.adds{at} ELSE 0 END"
            sizes[f"adds{at}"] = self._held.count(name)
        for at, group in enumerate(self._orders):
            keys = ordering(group, [f"key{self._keys.index(name)}" for _, name in group.keys])
            words[f"before{at}"] = f"CASE WHEN r.before{at} THEN {precedence(keys) if own else 2} ELSE 0 END"
            sizes[f"before{at}"] = 3
        if any(each.kind == "days_since" for each in self._groups):
            words["gap"] = f"CASE WHEN r.gap THEN {day} ELSE 0 END"
            sizes["gap"] = _GAP * 2
        token = list(packed(laid_out(sizes), words).values())
        self._count_words = len(token)
        columns = {"row": "s.row", "token": token[0] if len(token) == 1 else f"[{', '.join(token)}]"}
        compared, adds, joins, of_class = self._of_lines()
        compared |= adds | {"class": "m.class"} | ({"claim": "s.claim"} if own else {"named": "s.named"})
        met = select(compared, f"{table} s{joins} {of_class}")
        source = f"{ASKERS} s JOIN ({met}) c ON c.{held} = s.{held} "
        source += f"JOIN {MEETING} r ON r.at = s.class * {self._step} + c.class"
        others = "s.row <> c.row" if own else "c.named IS DISTINCT FROM s.claim"
        return select(columns, source, where=f"{others} AND (({windows}) & r.windows) <> 0")

    def _in_order(self, met: str) -> str:
        """Write what a line meets without the days: of those that matter, only which are the same."""
        first = "x" if self._count_words == 1 else "x[1]"
        day = f"({first} & {number(_GAP * 2 - 1)})"
        place = f"list_position([{day} FOR x IN {met}], {day})"
        shown = f"({first} - {day}) | {place}::UBIGINT"
        rest = "".join(f", x[{at}]" for at in range(2, self._count_words + 1))
        return f"[{shown if self._count_words == 1 else f'[{shown}{rest}]'} FOR x IN {met}]"

    def _inside(self, at: int, window: Window, *, own: bool) -> str:
        """Write whether the line `c` is in a window of the line `s`."""
        if window.of_claim:
            return "c.ordinal = s.ordinal" if own and window.unit == "date" else str(own).lower()
        return f"c.ordinal BETWEEN s.start{at} AND s.ordinal"


_TRUTHS = ("holds", "may_hold")
"""The columns of items that hold, and of those that hold or may."""
