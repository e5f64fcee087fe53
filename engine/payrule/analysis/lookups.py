"""How the providers of two lines are related, and what is looked up of a line in tables.

Of numbers and taxonomy codes only matters whether two lines have the same one. A few values are told apart, which is
enough for the subject and two other lines; of claims with more providers than that, two may be taken for one.

A table may hold millions of rows, and rules name but a few codes. So some codes are **known** to the solver: all of a
small table; of a large one those that rules name, and those of one row of each kind. What is looked up of known codes
is encoded as the table has it; of any other code it is taken that there is no row. That is taken under the guard: a
proof that needs it is bounded, and without it what is looked up may be anything.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import islice

import msgspec

from payrule.analysis.solver import ALWAYS, NEVER
from payrule.analysis.value_classes import Usage
from payrule.analysis.variables import SUBJECT, Variables
from payrule.encounter.encounter import CODE, DATE, UNITS
from payrule.language.derived import Setting
from payrule.language.derived.relations import DIFFERENT, NPI, OTHER, SAME, TAXONOMY, TYPE
from payrule.language.derived.table_lookups import (
    ADD_ON,
    ALL_LISTED,
    ANY_PRIMARY,
    BY_LINE,
    NO_ADD_ON,
    NO_EDIT,
    PAIR_EDIT,
    UNITS_EDIT,
    WITH_PRIMARY,
    WITHOUT_PRIMARY,
    AddOnRow,
    Limit,
    PairRow,
)
from payrule.language.lower import OneOf
from payrule.model.tables import LookedUp
from payrule.model.value_schema import single_example
from payrule.model.values import Value, ValueSet, day_after, read_date
from payrule.model.vocabulary import Vocabulary

Held = tuple[int, dict[Value, int]]
"""The literal that the value of an attribute of a line is known, and for each value the one that it is this."""


_NAMED = 3
"""Values that are told apart by name; one more stands for all others."""


def usage_of_providers(vocabulary: Vocabulary) -> dict[str, Usage]:
    """Say what relating providers asks of the attributes of a line, and of what an absent number is taken from."""
    declared = {name: vocabulary.attributes[name] for name in (NPI, TAXONOMY) if name in vocabulary.attributes}
    found = {
        name: Usage(tuple(ValueSet(frozenset({value})) for value in _alike(str(single_example(each)))))
        for name, each in declared.items()
    }
    for name, each in declared.items():
        if each.default_from is not None:
            found[each.default_from] = found[name]
    return found


def _alike(value: str) -> list[str]:
    """Give a value, and others that differ from it in their last digit.

    >>> _alike("12A9X")
    ['12A9X', '12A0X', '12A1X']
    """
    at = max((place for place, each in enumerate(value) if each.isdigit()), default=None)
    if at is None:
        return [value]
    return [f"{value[:at]}{(int(value[at]) + step) % 10}{value[at + 1 :]}" for step in range(_NAMED)]


class Providers:
    """Relate lines by their providers, as one payer has it."""

    def __init__(self, space: Variables, taken: Mapping[str, Value]) -> None:
        """Take the space; `taken` is the value of each attribute where a claim says nothing."""
        self.space, self.taken = space, taken
        self._pairs: dict[tuple[int, int], dict[str, int]] = {}

    def related(self, line: int, subject: int = SUBJECT) -> dict[str, int]:
        """Give the literals that two lines have one provider, that they have two, and that either is known."""
        key = (subject, line)
        if key not in self._pairs:
            graph = self.space.graph
            known, equal = self._compared(NPI, subject, line)
            silent = graph.all((-self._held(NPI, subject)[0], -self._held(NPI, line)[0]))
            typed, alike = self._compared(TYPE, subject, line)
            other = self._held(TYPE, subject)[1].get(OTHER, NEVER)
            both, one = self._compared(TAXONOMY, subject, line)
            same = graph.some((silent, equal, one, graph.all((-both, typed, alike, -other))))
            apart = graph.some((graph.all((both, -one)), graph.all((-both, typed, -alike))))
            different = graph.all((known, -equal, apart))
            self._pairs[key] = {"known": graph.some((same, different)), SAME: same, DIFFERENT: different}
        return self._pairs[key]

    def _compared(self, attribute: str, subject: int, line: int) -> tuple[int, int]:
        """Give the literals that both lines are known to have a value, and that it is one value."""
        graph = self.space.graph
        (mine_known, mine), (theirs_known, theirs) = self._held(attribute, subject), self._held(attribute, line)
        equal = graph.some(graph.all((literal, theirs[value])) for value, literal in mine.items() if value in theirs)
        return graph.all((mine_known, theirs_known)), equal

    def _held(self, attribute: str, line: int) -> Held:
        """Say which value a line has of an attribute, given by the claim or taken where it gives none."""
        declared = self.space.declared(attribute)
        if not declared:
            return NEVER, {}
        graph, slot = self.space.graph, self.space.slot(attribute, line)
        silent: Held = (NEVER, {})
        source = next((each.default_from for each in declared if each.default_from), None)
        if attribute in self.taken:
            silent = ALWAYS, {self.taken[attribute]: ALWAYS}
        elif source is not None and source in self.space.asked:
            silent = self._held(source, line)
        values: dict[Value, list[int]] = defaultdict(list)
        for value, literal in slot.choices:
            values[value].append(graph.all((slot.given, literal)))
        for value, literal in silent[1].items():
            values[value].append(graph.all((-slot.given, literal)))
        known = graph.choose(slot.given, ALWAYS, silent[0])
        return known, {value: graph.some(each) for value, each in values.items()}


LOOKED_UP = frozenset({PAIR_EDIT, UNITS_EDIT, ADD_ON})
"""The functions that look something up."""

TruthLiterals = tuple[int, int]
"""The literals that a condition is true, and that it is true or unknown; the first implies the second."""

_COVERED = "covered"
"""What is said of a date that a table covers; no indicator is called so."""

MOST_KNOWN = 64
"""Codes of a table that are known to the solver beside those that rules name singly."""

_LOOKED_AT = 4_096
"""Rows of a large table that are looked at for kinds of rows."""


class Known(msgspec.Struct, frozen=True):
    """What is known to the solver of the tables of one setting: rows of pairs, limits, and the codes in them."""

    pairs: tuple[PairRow, ...]
    limits: tuple[Limit, ...]
    add_ons: tuple[AddOnRow, ...] = ()

    @property
    def codes(self) -> frozenset[str]:
        """All codes in these rows."""
        paired = {code for row in self.pairs for code in row[:2]} | {limit.code for limit in self.limits}
        return frozenset(paired | {code for row in self.add_ons for code in row[:2] if code})

    def asked(self, tables: Mapping[str, LookedUp]) -> dict[str, Usage]:
        """Say what looking up asks of the attributes of a line."""
        days = {day for row in self.pairs for day in _ends(row)} | {day for row in self.add_ons for day in _ends(row)}
        for table in tables.values():
            after = day_after(table.last) if table.last else None
            days |= {day for day in (table.first, after) if day}
        singles = tuple(ValueSet(frozenset({code})) for code in sorted(self.codes))
        most = tuple(sorted({int(limit.units) + 1 for limit in self.limits}))
        return {CODE: Usage(singles), DATE: Usage((), tuple(sorted(days))), UNITS: Usage((), most)}


def known(setting: Setting, named: Iterable[str]) -> Known:
    """Choose the rows that the solver is told, of the tables of a setting; `named` are the codes that rules name."""
    codes = frozenset(named)
    pairs, limits = setting.tables.get(PAIR_EDIT), setting.tables.get(UNITS_EDIT)
    rows = tuple(_pairs(pairs, codes)) if pairs else ()
    held = tuple(_limits(limits, codes | {code for row in rows for code in row[:2]})) if limits else ()
    add_ons = setting.tables.get(ADD_ON)
    return Known(rows, held, tuple(_add_ons(add_ons, codes)) if add_ons else ())


class LookUps:
    """Encode what is looked up, as one payer has it."""

    def __init__(self, space: Variables, setting: Setting, taken: Mapping[str, Value], guard: int) -> None:
        """Take what a payer settles; `taken` is the value of each attribute where nothing is known of it."""
        self.space, self.setting, self.taken, self.guard = space, setting, taken, guard
        self.known = known(setting, space.named)
        self.providers = Providers(space, taken)

    def test(self, function: str, leaf: OneOf, line: int) -> TruthLiterals:
        """Encode a test on what is looked up: of a line and the subject, or of a line alone."""
        graph, table = self.space.graph, self.setting.tables.get(function)
        if function == ADD_ON:
            return self._add_on_test(leaf, line)
        exact = {} if table is None else self._pair(line) if function == PAIR_EDIT else self._units(line)
        exact[NO_EDIT] = graph.all(-literal for literal in exact.values())
        exact[_COVERED] = NEVER if table is None else self._within(table.first, table.last, line)
        found = {value: self._or_anything((leaf.attribute, line, value), each) for value, each in exact.items()}
        covered = found.pop(_COVERED)
        holds = graph.some(literal for value, literal in found.items() if value in leaf.values)
        true, possible = self._otherwise(leaf)
        return graph.choose(covered, holds, true), graph.choose(covered, holds, possible)

    def _otherwise(self, leaf: OneOf) -> TruthLiterals:
        """Say whether a test holds of what is taken where no table covers the date."""
        taken = self.taken.get(leaf.attribute)
        if taken is None:
            return NEVER, ALWAYS
        return (ALWAYS, ALWAYS) if taken in leaf.values else (NEVER, NEVER)

    def _add_on_test(self, leaf: OneOf, line: int) -> TruthLiterals:
        """Encode a test on whether a line is an add-on code beside its primary; bounded by the lines there are."""
        graph, table = self.space.graph, self.setting.tables.get(ADD_ON)
        covered = NEVER if table is None else self._within(table.first, table.last, line)
        rows = [(row, graph.all((self._is(line, row.add_on), self._held(row, line)))) for row in self.known.add_ons]
        open_ended = graph.some(holds for row, holds in rows if row.type != ALL_LISTED)
        listed = graph.all((graph.some(holds for row, holds in rows if row.type == ALL_LISTED), -open_ended))
        beside = [(holds, *self._primary(row, line)) for row, holds in rows]
        sure = graph.some(graph.all((holds, true)) for holds, true, _ in beside)
        perhaps = graph.some(graph.all((holds, possible)) for holds, _, possible in beside)
        free = {
            name: self._or_anything((leaf.attribute, line, name), literal)
            for name, literal in (("listed", listed), ("open", open_ended), ("sure", sure), ("perhaps", perhaps))
        }
        listed, perhaps = free["listed"], graph.some((free["sure"], free["perhaps"]))
        neither = graph.all((-listed, -free["open"]))
        known = {NO_ADD_ON: neither, ANY_PRIMARY: graph.all((-listed, free["open"]))}
        found = {name: (literal, literal) for name, literal in known.items()}
        found[WITH_PRIMARY] = (graph.all((listed, free["sure"])), graph.all((listed, perhaps)))
        found[WITHOUT_PRIMARY] = (graph.all((listed, -perhaps)), graph.all((listed, -free["sure"])))
        wanted = [truth for name, truth in found.items() if name in leaf.values]
        both = WITH_PRIMARY in leaf.values and WITHOUT_PRIMARY in leaf.values
        true = graph.some((*(each for each, _ in wanted), listed if both else NEVER))
        otherwise = self._otherwise(leaf)
        possible = graph.some(each for _, each in wanted)
        if leaf.attribute in self.taken:  # what waits for a provider is presumed, too
            waits = graph.all((listed, perhaps, -free["sure"]))
            true = possible = graph.choose(-waits, true, otherwise[0])
        return graph.choose(covered, true, otherwise[0]), graph.choose(covered, possible, otherwise[1])

    def _held(self, row: AddOnRow, line: int) -> int:
        return self._within(_day(row.effective), _day(row.deletion), line)

    def _primary(self, row: AddOnRow, line: int) -> TruthLiterals:
        """Say that another line has the primary code of a row, by the same provider, and that it may be so."""
        graph, sure, perhaps = self.space.graph, NEVER, NEVER
        for other in range(self.space.others + 1):
            if other != line and row.primary:
                there = graph.all(self._beside(other, line, row.primary))
                related = self.providers.related(other, line)
                sure = graph.some((sure, graph.all((there, related[SAME]))))
                perhaps = graph.some((perhaps, graph.all((there, -related[DIFFERENT]))))
        return sure, perhaps

    def _or_anything(self, key: tuple[str, int, str], literal: int) -> int:
        """Let a literal stand under the guard, and be free without it; what is free, two sides of one table share."""
        digests = tuple(each.table.data.digest for each in self.setting.tables.values())
        free = self.space.free.setdefault((*key, *digests), 0) or self.space.graph.variable()
        self.space.free[*key, *digests] = free
        return self.space.graph.choose(self.guard, literal, free)

    def _pair(self, line: int) -> dict[str, int]:
        """Say for each indicator that it is the lowest of the rows that hold for a line and the subject."""
        graph, rows = self.space.graph, dict[str, list[int]]()
        same = self.space.same_date(line)
        for row in self.known.pairs:
            begins, ends = _day(row.effective), _day(row.deletion)
            holds = (self._is(line, row.column_1), self._is(SUBJECT, row.column_2), self._within(begins, ends, SUBJECT))
            rows.setdefault(row.indicator, []).append(graph.all((same, *holds)))
        found, lower = dict[str, int](), NEVER
        for indicator in sorted(rows):
            some = graph.some(rows[indicator])
            found[indicator], lower = graph.all((some, -lower)), graph.some((some, lower))
        return found

    def _units(self, line: int) -> dict[str, int]:
        """Say for each indicator that a limit of this kind is exceeded, by a line alone or beside one of its code.

        Units of several lines are not added: two lines of a code are taken to have one unit each at least.
        """
        graph, found = self.space.graph, dict[str, list[int]]()
        for limit in self.known.limits:
            over = self._more_than(line, int(limit.units))
            if limit.indicator not in BY_LINE and int(limit.units) <= 1:
                others = (each for each in range(self.space.others + 1) if each != line)
                over = graph.some((over, *(graph.all(self._beside(each, line, limit.code)) for each in others)))
            found.setdefault(limit.indicator, []).append(graph.all((self._is(line, limit.code), over)))
        return {indicator: graph.some(literals) for indicator, literals in found.items()}

    def _beside(self, other: int, line: int, code: str) -> tuple[int, ...]:
        """List what says that a line of the date of another one has a code."""
        return self.space.present(other), self.space.same_date(other), self.space.same_date(line), self._is(other, code)

    def _is(self, line: int, code: str) -> int:
        choices: dict[str, int] = dict(self.space.slot(CODE, line).choices)
        return choices.get(code, NEVER)

    def _more_than(self, line: int, units: int) -> int:
        slot = self.space.slot(UNITS, line)
        usual = self.taken.get(UNITS)
        more = dict(slot.steps).get(units + 1, NEVER)
        return self.space.graph.choose(slot.given, more, ALWAYS if isinstance(usual, int) and usual > units else NEVER)

    def _within(self, first: date | None, last: date | None, line: int) -> int:
        """Say that the date of a line lies between two days, both inclusive; None is unbounded."""
        steps = dict(self.space.slot(DATE, line).steps)
        after = day_after(last) if last else None
        return self.space.graph.all(
            (steps.get(first, ALWAYS) if first else ALWAYS, -steps.get(after, NEVER) if after else ALWAYS)
        )


def _pairs(table: LookedUp, codes: frozenset[str]) -> Iterator[PairRow]:
    """Choose rows of code pairs that hold on some day that is covered."""
    rows = (PairRow(*row) for row in islice(table.rows, _LOOKED_AT))
    listed = [row for row in rows if _ever_holds(row, table)]
    if len(table.rows) <= _LOOKED_AT and len({code for row in listed for code in row[:2]}) <= MOST_KNOWN:
        yield from listed
        return
    kinds: dict[str, PairRow] = {}
    for row in listed:
        kinds.setdefault(row.indicator, row)
    known_codes = codes | {code for row in kinds.values() for code in row[:2]}
    for code in sorted(known_codes):
        for found in table.rows.find(code):
            row = PairRow(*found)
            if row.column_2 in known_codes and _ever_holds(row, table):
                yield row


def _limits(table: LookedUp, codes: frozenset[str]) -> Iterator[Limit]:
    """Choose limits: of the codes that are known, and one of each indicator."""
    kinds: dict[str, Limit] = {}
    for row in table.rows:
        limit = Limit(*row)
        if limit.code in codes or kinds.setdefault(limit.indicator, limit) is limit:
            yield limit


def _add_ons(table: LookedUp, codes: frozenset[str]) -> Iterator[AddOnRow]:
    """Choose rows of add-on codes: all of a small table, else those that rules name, and one of each type."""
    rows = [AddOnRow(*row) for row in islice(table.rows, _LOOKED_AT)]
    if len(table.rows) <= MOST_KNOWN:
        yield from rows
        return
    kinds = {row.type: row.add_on for row in reversed(rows)}
    for code in sorted(codes | set(kinds.values())):
        yield from (AddOnRow(*row) for row in islice(table.rows.find(code), _FEW_ROWS))


_FEW_ROWS = 8
"""Rows of one add-on code that are known; the others' primary codes are taken to be none of a claim's."""


def _ever_holds(row: PairRow, table: LookedUp) -> bool:
    begins, ends = _day(row.effective), _day(row.deletion)
    too_early = ends is not None and table.first is not None and ends < table.first
    too_late = begins is not None and table.last is not None and begins > table.last
    return not too_early and not too_late


def _ends(row: PairRow | AddOnRow) -> Iterator[date]:
    if begins := _day(row.effective):
        yield begins
    if (ends := _day(row.deletion)) and (after := day_after(ends)):
        yield after


def _day(written: str) -> date | None:
    return read_date(f"{written[:4]}-{written[4:6]}-{written[6:]}") if written else None
