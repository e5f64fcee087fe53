"""The key by which lines share one answer, and the answers: each key is resolved once.

A line whose matches settle everything needs no more. Where information is missing, the answer names it, of the line and
of others by number; the key then holds the class of every attribute, and the truth of every item, that those rules
use. Where a reason uses other lines, the key holds their numbers, codes and classes. A key may be finer than needed,
never coarser.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

import msgspec

from payrule.columns.clause_bitsets import Bound, Matched
from payrule.columns.counts import LineCounts
from payrule.columns.held_values import held_column, passed_by_codes
from payrule.columns.lines import LINES, Lines, row_parts
from payrule.columns.match import HOLDS, MATCHED, MAY_HOLD, STATE
from payrule.columns.relations import relating_column
from payrule.columns.sql import WIDTH, mask, number, parts, select, width
from payrule.encounter.encounter import CODE, UNITS
from payrule.execute.plan.stages import CountItem, Item, closure, offered_by
from payrule.language.lower import Formula, OtherLine
from payrule.language.truth import Matches
from payrule.source.database import Columns, Store, by_column

ANSWERED = "answered"
"""The table of answered lines: what identifies each, and the number of its answer."""
_KEYED = "keyed_lines"
"""The table of the keys of lines, by their rows."""
_ANSWER_OF_ROW = "answer_of_row"
"""The table of the numbers of answers of shares, by the rows of lines."""


class AnswerNeeds(msgspec.Struct, frozen=True):
    """What an answer names that matches do not settle: what these rules wait for, and how many units are allowed.

    Matches with the same `verdict`, a number, have the same needs. Of the rules `beside` it names the other lines, and
    the rows, that they rest on. `hides` says that it is also asked what matches without some of what is known;
    `is_mentioned` that it says who speaks of the line's code. `pays` says that it is paid in part, so that the units
    billed matter, and how many are within quotas; `advises` that it names the line beside others.
    """

    verdict: int
    rules: tuple[str, ...]
    allows_units: bool
    beside: tuple[str, ...] = ()
    hides: bool = False
    is_mentioned: bool = False
    pays: bool = False
    advises: bool = False


class AnswerGroup(msgspec.Struct, frozen=True):
    """Lines that share an answer: which rules match, and where one of them stands.

    `key` is what they share, by which lines of another share have that answer, too; None where the answer is that of
    one line.
    """

    matches: Matches
    claim: int
    number: int
    key: Hashable | None


def _said(names: Sequence[str], held: Sequence[object]) -> tuple[tuple[str, object], ...]:
    """Give the parts of a key that say something, by name: shares of lines leave out different ones."""
    return tuple((name, each) for name, each in zip(names, held, strict=True) if each)


def keep_answered(store: Store, lines: Lines) -> None:
    """Make the table of answered lines of all shares, in the order of lines, some at a time."""
    numbers = {"row": "UBIGINT", "answer": "UINTEGER"}
    store.add(_ANSWER_OF_ROW, by_column(numbers, ()))
    columns = {name: f"l.{name}" for name in ("row", "id", "number")} | {"code": f"{lines.number(CODE)}::UINTEGER"}
    columns |= {"payer": "l.payer", "answer": "a.answer"}
    for at, some in enumerate(row_parts(store)):
        answers = select({"l.*": "l.*"}, f"{_ANSWER_OF_ROW} l", where=some)
        query = select(columns, f"{LINES} l JOIN ({answers}) a ON a.row = l.row", where=some)
        if at:
            store.run(f"INSERT INTO {ANSWERED} {query}")
        else:
            store.keep(ANSWERED, query)
    store.drop([_ANSWER_OF_ROW])


class _Basis(msgspec.Struct, frozen=True):
    """What the answer to a set of matches depends on, of a line and of the others that it sees."""

    attributes: frozenset[str]
    items: frozenset[Item]
    beside: frozenset[str]
    beside_items: frozenset[Item]
    needs: AnswerNeeds

    @property
    def asked_of_others(self) -> list[Formula]:
        """What is asked of other lines, on which the answer rests or by which it is given."""
        return [item.formula for item in self.items | self.beside_items if isinstance(item, OtherLine)]


class AnswerKeys:
    """The statements that give each line its key, and then the number of its answer."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a key is made of
        self,
        store: Store,
        lines: Lines,
        bound: Bound,
        matched: Matched,
        mentioned: Callable[[], Sequence[int]],
        counts: LineCounts,
    ) -> None:
        """Take what binds lines, and what matches; `mentioned` says of each code, by a number, who speaks of it."""
        self._store, self._bound, self._matched, self._mentioned = store, bound, matched, mentioned
        self._lines = lines
        self._counts = counts
        self._units = lines.number(UNITS) if UNITS in lines.values else number(0)
        self._limits = {name for name, function in bound.computed.items() if function.columns}
        self._width = width(matched.fields)
        self._closures: dict[str, tuple[frozenset[str], frozenset[Item]]] = {}
        self._items = -(-len(bound.plan.items) // WIDTH)
        same = " AND ".join(f"r.{name} = {held}" for name, held in matched.key.items())
        self._source = f"{MATCHED} t JOIN bases r ON {same}"
        self._keyed: dict[str, str] = {}
        self._told: set[str] = set()
        """The columns of the table of bases that say something of some base; the parts of a key that need others
        are left out."""

    def groups(
        self, rules: Mapping[str, Formula], needs: Callable[[Matches, frozenset[str]], AnswerNeeds]
    ) -> list[AnswerGroup]:
        """Give for each key one line; `needs` says what the answer to matches depends on.

        It also hears which rules can match a line of that code without its chart and its modifiers.
        """
        rows = self._store.rows(select(self._matched.key, f"{MATCHED} t", distinct=True))
        as_bare = self._matched.asked(self._bound.bare)
        found: dict[AnswerNeeds, Matches] = {}
        needed = []
        for row in rows:
            matches = self._matched.matches(row)
            needed.append(needs(matches, as_bare[self._matched.code_class(row)]))
            found.setdefault(needed[-1], matches)
        bases = [_Basis(*self._closure(rules, each.rules), *self._closure(rules, each.beside), each) for each in found]
        numbers = {each: at for at, each in enumerate(found)}
        self._keep_bases(rows, [numbers[each] for each in needed], bases)
        self._keyed = {"matches": "r.matches", **self._parts()}
        self._alone = ["r.alone"] if "alone" in self._told else []
        if self._bound.plan.counted:
            self._add_counts(bases)
        if "pays" in self._told:
            self._keyed["paid"] = f"CASE WHEN r.pays THEN t.{held_column(self._bound, UNITS)} ELSE 0 END"
        if self._alone:
            self._keyed["alone"] = f"CASE WHEN {' OR '.join(self._alone)} THEN t.row ELSE 0 END"
        if "mentioned" in self._told:
            written = self._mentioned()
            self._store.table(
                "mentioned", {"code": ("UINTEGER", range(len(written))), "written": ("UTINYINT", written)}
            )
            self._source += " JOIN mentioned ON mentioned.code = t.code"
            self._keyed["mentioned"] = "CASE WHEN r.mentioned THEN mentioned.written ELSE 0 END"
        if "limited" in self._told:
            self._source += self._billed()
            self._keyed["billed"] = "coalesce(billed.held, '')"
        if seen := self._seen():
            self._keyed["seen"] = "coalesce(seen.seen, '')"
            self._source += seen
        self._store.keep(_KEYED, select({"row": "t.row", **self._keyed}, self._source))
        self._store.drop([MATCHED, STATE])
        firsts = f"SELECT {', '.join(self._keyed)}, min(row) AS first FROM {_KEYED} GROUP BY ALL"
        self._store.keep("keys", f"SELECT *, row_number() OVER (ORDER BY first) - 1 AS n FROM ({firsts})")
        own = [each for each in self._keyed if each not in {"matches", "alone"}]
        alone = "k.alone" if "alone" in self._keyed else "0"
        columns = ", ".join(["k.matches", "l.claim", "l.number", alone, *(f"k.{each}" for each in own)])
        one = f"SELECT {columns} FROM {LINES} l JOIN keys k ON k.first = l.row ORDER BY k.n"
        listed = list(found.items())
        return [
            AnswerGroup(listed[m][1], e, number, None if row else (listed[m][0], *_said(own, key)))
            for m, e, number, row, *key in self._store.rows(one)
        ]

    def answer(self, numbers: Sequence[int]) -> None:
        """Note the answers of the lines of a share; `numbers` are those of the answers of the groups."""
        self._store.table("given", {"n": ("UINTEGER", range(len(numbers))), "answer": ("UINTEGER", numbers)})
        self._store.keep("keys", "SELECT * FROM keys JOIN given USING (n)")
        query = f"SELECT row, answer FROM {_KEYED} JOIN keys USING ({', '.join(self._keyed)})"
        if _ANSWER_OF_ROW in self._store.tables():
            self._store.run(f"INSERT INTO {_ANSWER_OF_ROW} {query}")
        else:
            self._store.keep(_ANSWER_OF_ROW, query)
        self._store.drop([_KEYED])

    def _closure(self, rules: Mapping[str, Formula], names: Iterable[str]) -> tuple[frozenset[str], frozenset[Item]]:
        attributes: set[str] = set()
        items: set[Item] = set()
        for name in names:
            if name not in self._closures:
                self._closures[name] = closure([rules[name]], self._bound.plan.formulas)
            attributes |= self._closures[name][0]
            items |= self._closures[name][1]
        return frozenset(attributes), frozenset(items)

    def _keep_bases(self, sets: Sequence[Sequence[int]], numbers: Sequence[int], listed: Sequence[_Basis]) -> None:
        """Make the table of what the answers to each set of matches rest on, by its number, as masks of words."""
        columns: Columns = {"matches": ("UINTEGER", range(len(listed)))}
        fields, presumed, formulas = self._matched.fields, self._matched.presumed, self._bound.plan.formulas
        for at in range(self._width):
            for name, held in (
                ("own_mask", [each.attributes for each in listed]),
                ("seen_mask", [closure(each.asked_of_others, formulas)[0] for each in listed]),
            ):
                masks = [mask(fields, {*presumed, *(names & fields.keys())}, at) for names in held]
                columns[f"{name}{at}"] = ("UBIGINT", masks)
        changing, counts = self._bound.changing, frozenset(self._bound.plan.counted)
        for at in range(self._items):
            own = [(1 << bit, item) for bit, item in enumerate(self._bound.plan.items[at * WIDTH : (at + 1) * WIDTH])]
            others = [(bit, item) for bit, item in own if isinstance(item, OtherLine)]
            of_lines = [(bit, item) for bit, item in own if isinstance(item, CountItem)]
            for name, bits, items in (
                ("item_mask", own, [each.items for each in listed]),
                ("other_mask", others, [each.items for each in listed]),
                ("changing_mask", others, [each.items & changing if each.needs.hides else () for each in listed]),
                ("named_mask", others, [each.beside_items for each in listed]),
                ("count_mask", of_lines, [each.items for each in listed]),
            ):
                columns[f"{name}{at}"] = ("UBIGINT", [sum(bit for bit, x in bits if x in each) for each in items])
        for at, name in enumerate(self._bound.computed):
            columns[f"needs_computed{at}"] = ("BOOLEAN", [name in each.attributes for each in listed])
            columns[f"names_computed{at}"] = ("BOOLEAN", [name in each.beside for each in listed])
        pairs = self._bound.pairs.keys()
        looked_up = {*pairs, *self._bound.computed}
        columns["paired"] = ("BOOLEAN", [not (each.attributes | each.beside).isdisjoint(pairs) for each in listed])
        columns["units"] = ("BOOLEAN", [each.needs.allows_units for each in listed])
        # What would be computed of less than is known is the line's own: then no other shares the answer.
        on_others = [
            not each.attributes.isdisjoint(self._bound.of_chart) or bool(each.items & changing & counts)
            for each in listed
        ]
        alone = [each.needs.hides and on for each, on in zip(listed, on_others, strict=True)]
        columns["alone"] = ("BOOLEAN", alone)
        columns["counted"] = ("BOOLEAN", [bool(each.beside_items & counts) for each in listed])
        columns["pays"] = ("BOOLEAN", [each.needs.pays for each in listed])
        columns["advises"] = ("BOOLEAN", [each.needs.advises for each in listed])
        columns["mentioned"] = ("BOOLEAN", [each.needs.is_mentioned for each in listed])
        columns["rows"] = ("BOOLEAN", [not each.beside.isdisjoint(looked_up) for each in listed])
        columns["limited"] = ("BOOLEAN", [not each.beside.isdisjoint(self._limits) for each in listed])
        self._told = {name for name, (_, held) in columns.items() if any(held)}
        self._store.table("bases_by_number", columns)
        of_matches = by_column(dict.fromkeys(self._matched.key, "UBIGINT"), sets)
        self._store.table("bases_of_matches", {"number": ("UINTEGER", numbers), **of_matches})
        joined = "SELECT * EXCLUDE (number) FROM bases_of_matches JOIN bases_by_number ON matches = number"
        self._store.keep("bases", joined)

    def _parts(self) -> dict[str, str]:
        """Write the parts of a key that are the line's own."""
        masks = {f"word{at}": f"own_mask{at}" for at in range(self._width)}
        masks |= {f"{name}{at}": f"item_mask{at}" for at in range(self._items) for name in (HOLDS, MAY_HOLD)}
        parts = {name: f"t.{name} & r.{held}" for name, held in masks.items() if held in self._told}
        if computed := range(len(self._bound.computed)):
            allowed = " || ',' || ".join(f"t.allowed{at}::VARCHAR" for at in computed)
            waits = " || ".join(self._computed("r"))
            parts["allowed"] = f"CASE WHEN r.units THEN {allowed} ELSE '' END"
            parts["own"] = f"CASE WHEN {waits} <> '' THEN t.number || '=' || {waits} ELSE '' END"
            written = [f"CASE WHEN r.names_computed{at} THEN t.beside{at} ELSE '' END" for at in computed]
            others = " || ';' || ".join(written)
            some = f"translate({others}, ';', '') <> ''"
            parts["others"] = f"CASE WHEN {some} THEN t.number || '=' || t.code || '=' || {others} ELSE '' END"
            parts["coded"] = "CASE WHEN r.rows THEN t.code ELSE 0 END"
        return parts

    def _add_counts(self, bases: Sequence[_Basis]) -> None:
        """Add to the key what counts of lines settle beside what matches.

        A line whose answer rests on a count that is not known has an answer of its own.
        """
        for at in range(self._items):
            if f"count_mask{at}" in self._told:
                self._alone.append(f"(t.{MAY_HOLD}{at} & ~t.{HOLDS}{at} & r.count_mask{at}) <> 0")
        if "counted" in self._told:
            named = select({"row": "t.row", "matches": "r.matches"}, self._source, where="r.counted")
            beside = self._counts.beside(named, [each.beside_items for each in bases], STATE)
            self._store.keep("counted_beside", beside)
            self._source += " LEFT JOIN counted_beside ON counted_beside.row = t.row"
            own = "CASE WHEN r.advises THEN t.number || ':' || t.code ELSE '' END"
            said = f"{own} || '>' || counted_beside.said"
            self._keyed["counted"] = f"CASE WHEN r.counted THEN coalesce({said}, '') ELSE '' END"
        if self._bound.plan.limits and "pays" in self._told:
            self._store.keep("counted_within", self._counts.limits())
            self._source += " LEFT JOIN counted_within ON counted_within.row = t.row"
            self._keyed["within"] = "CASE WHEN r.pays THEN coalesce(counted_within.said, '') ELSE '' END"
            self._alone.append("(r.pays AND coalesce(counted_within.is_open, false))")

    def _billed(self) -> str:
        """Say of lines that a limit on units speaks of who bills the same code on that day, and how many units."""
        counted = f"string_agg(o.number || ':' || {self._units}, ',' ORDER BY o.number)"
        same = f"JOIN {STATE} o USING (claim, day, code) JOIN {LINES} l ON l.row = o.row"
        asked = {name: f"t.{name}" for name in ("row", "claim", "day", "code", "number")}
        limited = select(asked, self._source, where="r.limited")
        held = f"any_value(t.number) || '>' || {counted} AS held"
        self._store.keep("billed", f"SELECT t.row, {held} FROM ({limited}) t {same} GROUP BY t.row")
        return " LEFT JOIN billed ON billed.row = t.row"

    def _computed(self, bases: str) -> list[str]:
        """Write what the computed attributes of a line wait for, each where it matters."""
        return [
            f"CASE WHEN {bases}.needs_computed{at} AND t.missing{at} <> '' THEN t.missing{at} || ';' ELSE '' END"
            for at in range(len(self._bound.computed))
        ]

    def _seen(self) -> str:
        """Say of the lines that wait for others what they see there: numbers, and the classes of what matters.

        Others whose code satisfies nothing that is asked of others are left out. Gives the join of that table, or
        nothing where no line waits so.
        """
        plan = self._bound.plan
        if not any(isinstance(item, OtherLine) for item in plan.items):
            return ""
        columns = {name: f"t.{name}" for name in ("row", "claim", "day", "number")}
        columns |= {name: f"r.{name}" for name in ("paired", "advises")}
        columns |= {f"seen_mask{at}": f"r.seen_mask{at}" for at in range(self._width)}
        items = range(self._items)
        names = " OR ".join(f"(t.{HOLDS}{at} & r.named_mask{at}) <> 0" for at in items)
        columns["named"] = f"CASE WHEN {names} THEN t.code ELSE 0 END"
        columns |= {f"needs_computed{at}": f"r.needs_computed{at}" for at in range(len(self._bound.computed))}
        presumed = [mask(self._matched.fields, self._matched.presumed, at) for at in range(self._width)]
        words = [f"(t.word{at} & s.seen_mask{at} & ~{number(presumed[at])})" for at in range(self._width)]
        written = ["t.number", *words]
        written += ["(t.day = s.day)::INTEGER", "CASE WHEN s.named <> 0 THEN t.code ELSE 0 END"]
        if self._bound.pairs:
            held = [relating_column(self._bound, name) for name in sorted(self._bound.pairs)]
            columns |= {each: f"t.{each}" for each in held}
            both = " || '/' || ".join(f"s.{each} || '/' || t.{each}" for each in held)
            written.append(f"CASE WHEN s.paired THEN {both} ELSE '' END")
        waits = self._computed("s")
        text = " || ':' || ".join([*written, *waits])
        asked = [
            f"(t.{MAY_HOLD}{at} & ~t.{HOLDS}{at} & r.other_mask{at} | r.changing_mask{at}"
            f" | CASE WHEN {names} THEN r.named_mask{at} ELSE 0 END)"
            for at in items
        ]
        columns |= {f"asked{at}": each for at, each in enumerate(asked)}
        self._keep_offering()
        self._store.keep("seers", select(columns, self._source, where=" OR ".join(f"{each} <> 0" for each in asked)))
        if not self._store.rows("SELECT 1 FROM seers LIMIT 1"):
            return ""
        # The line itself is named in advice, in rows of tables of pairs, and by what others wait for.
        named_by = ["any_value(s.advises OR s.paired)", *(f"bool_or({each} <> '')" for each in waits)]
        own = f"CASE WHEN {' OR '.join(named_by)} THEN any_value(s.number) || ':' || any_value(s.named) ELSE '' END"
        day = "" if plan.any_date else " AND s.day = t.day"
        matters = " OR ".join(f"(f.mask{at} & s.asked{at}) <> 0" for at in items)
        self._store.keep(
            "seen",
            f"SELECT s.row, {own} || '>' || string_agg({text}, ',' ORDER BY t.number, t.day) AS seen "
            f"FROM seers s JOIN {STATE} t ON s.claim = t.claim{day} AND s.row <> t.row "
            f"JOIN offering f ON f.code = t.code WHERE {matters} GROUP BY s.row",
        )
        return " LEFT JOIN seen ON seen.row = t.row"

    def _keep_offering(self) -> None:
        """Make the table of the conditions on other lines that a line may satisfy, by its code."""
        passed = passed_by_codes(self._lines, self._bound)
        offered = {each: offered_by(self._bound.plan, CODE, each) for each in dict.fromkeys(passed)}
        bits = {item: 1 << bit for bit, item in enumerate(self._bound.plan.items)}
        masks = {each: parts(sum(bits[item] for item in items), self._items) for each, items in offered.items()}
        columns: Columns = {"code": ("UINTEGER", range(len(passed)))}
        columns |= {f"mask{at}": ("UBIGINT", [masks[each][at] for each in passed]) for at in range(self._items)}
        self._store.table("offering", columns)
