"""What an answer depends on beside the rules that match: the key by which lines share one answer.

A line whose matches settle everything needs no more. Where rules wait, the answer names the unknown attributes, of the
line and of others by their numbers; the key then holds the class of every attribute, and the truth of every item, that
those rules rest on. It is exact, or finer than it need be, and never coarser.
"""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from payrule.batch.matching import MATCHED, STATE, Bound, Matched
from payrule.batch.plan import Item, closure
from payrule.batch.statements import create, either, select
from payrule.batch.store import Store
from payrule.batch.words import WIDTH
from payrule.language.leaves import Formula, OtherLine
from payrule.language.matches import Matches

KEYED = "keyed"
"""The table of lines with the number of their key."""


ANSWERED = "answered"
"""The table of lines with the number of their answer."""


class Needs(msgspec.Struct, frozen=True):
    """What an answer names that matches do not settle: what these rules wait for, and how many units are allowed."""

    rules: tuple[str, ...]
    allows_units: bool


class Group(msgspec.Struct, frozen=True):
    """Lines that share an answer: the number of their key, which rules match, and where one of them stands."""

    key: int
    matches: Matches
    e: int
    number: int


def keep(store: Store, first: int) -> None:
    """Keep the number of the answer of each line that was keyed, counted from `first`, beside those kept before."""
    query = f"SELECT row, key - 1 + {first} AS answer FROM {KEYED}"
    store.run(f"INSERT INTO {ANSWERED} {query}" if ANSWERED in store.tables() else create(ANSWERED, query))


class Field(msgspec.Struct, frozen=True):
    """Some bits of a word of a line: the attribute whose class they are, or what was presumed when there is none."""

    attribute: str | None
    word: int
    shift: int
    bits: int
    expression: str

    @property
    def mask(self) -> int:
        """The bits, at their place."""
        return ((1 << self.bits) - 1) << self.shift


def group(
    store: Store, bound: Bound, matched: Matched, rules: dict[str, Formula], needs: Callable[[Matches], Needs]
) -> list[Group]:
    """Make the table of keys, and give for each key one line; `needs` says what the answer to matches rests on."""
    store.run(
        create(
            "sets",
            "SELECT *, row_number() OVER () AS m FROM "
            f"({select({name: name for name in matched.key}, MATCHED, distinct=True)})",
        )
    )
    found = {row[0]: matched.matches(row[1:]) for row in store.rows(f"SELECT m, {', '.join(matched.key)} FROM sets")}
    fields = _fields(matched)
    width = 1 + max((field.word for field in fields), default=0)
    wanted = {m: _Wanted.of(needs(matches), bound, rules) for m, matches in found.items()}
    columns: dict[str, tuple[str, list[int]]] = {"m": ("BIGINT", list(wanted))}
    for at in range(width):
        columns[f"x{at}"] = ("UBIGINT", [_mask(fields, each.attributes, at) for each in wanted.values()])
    items = -(-len(bound.plan.items) // WIDTH)
    for at in range(items):
        own = bound.plan.items[at * WIDTH : (at + 1) * WIDTH]
        columns[f"y{at}"] = ("UBIGINT", [_bits(own, each.items) for each in wanted.values()])
        columns[f"o{at}"] = ("UBIGINT", [_bits(own, each.others) for each in wanted.values()])
    columns["computed"] = ("BOOLEAN", [each.waits_for_computed for each in wanted.values()])
    columns["paired"] = ("BOOLEAN", [each.relates for each in wanted.values()])
    columns["units"] = ("BOOLEAN", [each.needs.allows_units for each in wanted.values()])
    store.table("rests", columns)
    words = {at: either(each.expression for each in fields if each.word == at) for at in range(width)}
    joined = " AND ".join(f"k.{name} = t.{name}" for name in matched.key)
    asked = {"row": "t.row", "e": "t.e", "number": "t.number", "m": "k.m"}
    parts = {f"w{at}": f"({words[at]}) & x{at}" for at in range(width)}
    parts |= {f"v{at}": f"t.i{at} & y{at}" for at in range(items)} | {
        f"u{at}": f"t.j{at} & y{at}" for at in range(items)
    }
    parts["allowed"] = "CASE WHEN r.units THEN t.allowed ELSE -1 END" if "allowed" in matched.extra else "-1"
    source = f"{MATCHED} t JOIN sets k ON {joined} JOIN rests r ON r.m = k.m"
    waits = "CASE WHEN r.computed AND t.waits <> '' THEN t.number || '=' || t.waits ELSE '' END"
    parts["own"] = waits if "waits" in matched.extra else "''"
    seen = _seen(store, bound, matched, fields, width, items, source)
    if seen:
        source += " LEFT JOIN seen USING (row)"
    parts["seen"] = "coalesce(seen.seen, '')" if seen else "''"
    store.run(create("asked", select(asked | parts, source)))
    key = ["m", *parts]
    store.run(
        create(
            "keys",
            f"SELECT *, row_number() OVER (ORDER BY first) AS key FROM "
            f"(SELECT {', '.join(key)}, min(row) AS first FROM asked GROUP BY ALL)",
        )
    )
    store.run(create(KEYED, f"SELECT a.row, k.key FROM asked a JOIN keys k USING ({', '.join(key)})"))
    return [
        Group(number_, found[m], e, line)
        for number_, m, e, line in store.rows(
            "SELECT k.key, k.m, a.e, a.number FROM keys k JOIN asked a ON a.row = k.first ORDER BY k.key"
        )
    ]


class _Wanted(msgspec.Struct, frozen=True):
    """What the answer to a set of matches rests on, of a line and of the others that it sees."""

    needs: Needs
    attributes: frozenset[str]
    items: frozenset[Item]
    waits_for_computed: bool
    relates: bool

    @property
    def others(self) -> frozenset[Item]:
        return frozenset(item for item in self.items if isinstance(item, OtherLine))

    @classmethod
    def of(cls, needs: Needs, bound: Bound, rules: dict[str, Formula]) -> "_Wanted":
        attributes, items = closure((rules[name] for name in needs.rules), bound.plan.formulas)
        return cls(
            needs,
            attributes,
            items,
            waits_for_computed=bound.computed in attributes,
            relates=not attributes.isdisjoint(bound.pairs),
        )


def _fields(matched: Matched) -> list[Field]:
    """Lay out the classes of attributes, and what was presumed, as the bits of words."""
    found: list[Field] = []
    word = shift = 0
    listed: list[tuple[str | None, int, str]] = [
        (name, max(1, (len(matched.classes[name]) - 1).bit_length()), f"t.{column}")
        for name, column in matched.columns.items()
    ]
    listed += [(None, 1, expression) for expression in matched.presumed]
    for name, bits, expression in listed:
        if shift + bits > WIDTH - 1:
            word, shift = word + 1, 0
        found.append(Field(name, word, shift, bits, f"({expression}::UBIGINT << {shift})"))
        shift += bits
    return found


def _mask(fields: Iterable[Field], attributes: frozenset[str], word: int) -> int:
    return sum(
        field.mask
        for field in fields
        if field.word == word and (field.attribute is None or field.attribute in attributes)
    )


def _bits(items: Sequence[Item], wanted: frozenset[Item]) -> int:
    return sum(1 << bit for bit, item in enumerate(items) if item in wanted)


def _seen(  # noqa: PLR0913, PLR0917
    store: Store, bound: Bound, matched: Matched, fields: list[Field], width: int, items: int, source: str
) -> bool:
    """Say of the lines that wait for others what they see there: numbers, and the classes of what matters."""
    if not any(isinstance(item, OtherLine) for item in bound.plan.items):
        return False
    waiting = " OR ".join(f"(t.j{at} & ~t.i{at} & r.o{at}) <> 0" for at in range(items))
    columns = {"row": "t.row", "e": "t.e", "day": "t.day", "number": "t.number", "computed": "r.computed"}
    columns |= {f"x{at}": f"r.x{at}" for at in range(width)}
    if bound.pairs:
        columns["r"] = "CASE WHEN r.paired THEN t.r END"
    store.run(create("seers", select(columns, source, where=waiting)))
    own = [each for each in fields if each.attribute is not None]
    words = [either(each.expression for each in own if each.word == at) for at in range(width)]
    said = ["t.number", *(f"(({words[at]}) & s.x{at})" for at in range(width))]
    said.append("(t.day = s.day)::INTEGER")
    if bound.pairs:
        said.append("CASE WHEN s.r IS NULL THEN '' ELSE s.r || '/' || t.r END")
    if "waits" in matched.extra:
        said.append("CASE WHEN s.computed THEN t.waits ELSE '' END")
    day = "" if bound.plan.any_date else " AND s.day = t.day"
    text = " || ':' || ".join(said)
    store.run(
        create(
            "seen",
            f"SELECT s.row, any_value(s.number) || '>' || string_agg({text}, ',' ORDER BY t.number) AS seen "
            f"FROM seers s JOIN {STATE} t ON s.e = t.e{day} AND s.row <> t.row GROUP BY s.row",
        )
    )
    return True
