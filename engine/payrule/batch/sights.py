"""What lines see of others: each offers the clauses that it leaves, and gathers what the others of its date offer.

Where it does not matter which line offers what, lines are parted by the digits of their numbers: two lines of a date
differ in some digit, so that what the others offer is what those offer who differ from a line in one digit or another.
That is linear in lines, where pairs are quadratic.
"""

from itertools import product

from payrule.batch.bound import Bound, columns
from payrule.batch.lines import LINES, Lines
from payrule.batch.plan import SAME_DATE, Stage
from payrule.batch.relations import Relations, relating_column
from payrule.batch.statements import Expressions, create, either, number, select
from payrule.batch.store import Store
from payrule.batch.words import WIDTH, StageTables, parts

MOST_DIGITS = 12
"""Binary digits of the numbers of lines by which they are parted; with more, pairs are gone through."""


class Sights:
    """The statements by which lines see each other."""

    def __init__(self, store: Store, lines: Lines, bound: Bound) -> None:
        """Take the lines, and what binds them."""
        self._store, self._bound = store, bound
        self._relations = Relations(store, lines, bound)
        self._any_date = bound.plan.any_date
        # What other lines see in their turn matters, too, where a condition on other lines rests on another.
        self._seeing = "s.subject" if len(bound.plan.levels) == 1 else "true"

    def seen(self, stage: Stage, tables: StageTables, words: Expressions, joined: str, state: str) -> str:
        """Write the query of lines with the words of clauses that some other line leaves."""
        relating = [relating_column(self._bound, name) for name in self._bound.pairs]
        line = {column: f"s.{column}" for column in ("row", "e", "day", "number", "code", *relating)}
        some = " OR ".join(f"p{at} <> 0" for at in range(tables.width))
        offers = f"SELECT * FROM ({select({**line, **words}, f'{state} s {joined}')}) WHERE {some}"
        asked = [str(name) for name in stage.sources if name in self._bound.pairs]
        digits = self._digits()
        if asked or self._any_date or digits > MOST_DIGITS:
            self._store.run(create("offers", offers))
            return self._by_pairs(asked, tables, state)
        return self._by_digits(digits, offers, tables.width, state)

    def _digits(self) -> int:
        """Count the binary digits of the numbers of lines, counted from 0."""
        ((most,),) = self._store.rows(f"SELECT max(l.number) - 1 FROM {LINES} l WHERE {self._bound.share}")
        return int(most or 0).bit_length()

    def _by_digits(self, digits: int, offers: str, width: int, state: str) -> str:
        gathered, found = {"e": "e", "day": "day"}, {"s.*": "s.*"}
        for word in [*columns("d", width), *columns("p", width)]:
            terms = []
            for digit in range(digits):
                is_off = f"number - 1 & {1 << digit} = 0"
                gathered |= {
                    f"{word}_{digit}_off": f"bit_or({word}) FILTER ({is_off})",
                    f"{word}_{digit}_on": f"bit_or({word}) FILTER (NOT {is_off})",
                }
                others = f"CASE WHEN s.{is_off} THEN {word}_{digit}_on ELSE {word}_{digit}_off END"
                terms.append(f"coalesce({others}, {number(0)})")
            found[word] = either(terms)
        self._store.run(create("met", select(gathered, f"({offers})", group="e, day")))
        return select(found, f"{state} s LEFT JOIN met ON met.e = s.e AND met.day = s.day")

    def _by_pairs(self, asked: list[str], tables: StageTables, state: str) -> str:
        pairs = f"FROM {state} s JOIN offers o ON {self._others}"
        related, relation = self._relations.joined(asked, tables, pairs, self._seeing)
        dated = self._dated(tables)
        gathered = {"row": "s.row"}
        for letter, at in product("dp", range(tables.width)):
            word = f"{letter}{at}"
            gathered[word] = f"bit_or({' & '.join([f'o.{word}', *relation.get(word, ()), *dated[at]])})"
        source = f"{state} s JOIN offers o ON {self._others} {related}"
        self._store.run(create("met", select(gathered, source, where=self._seeing, group="s.row")))
        found = {word: f"coalesce({word}, {number(0)})" for word in gathered if word != "row"}
        return select({"s.*": "s.*", **found}, f"{state} s LEFT JOIN met USING (row)")

    @property
    def _others(self) -> str:
        """The condition that lines `s` and `o` are two, and may see each other."""
        day = "" if self._any_date else " AND s.day = o.day"
        return f"s.e = o.e{day} AND s.row <> o.row"

    def _dated(self, tables: StageTables) -> list[list[str]]:
        """Say for each word which clauses another date leaves, where some are about other dates, too."""
        if not self._any_date:
            return [[] for _ in range(tables.width)]
        left = parts(tables.bits[0].left(SAME_DATE, 0)[1], tables.width)
        every = number((1 << WIDTH) - 1)
        return [[f"CASE WHEN s.day = o.day THEN {every} ELSE {number(word)} END"] for word in left]
