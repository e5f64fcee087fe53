"""The identifiers of claims and lines as columns of narrow decisions: they join answers to what was sent.

A format has the same columns in every file, also those that no claim fills, so that files can be put together.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from payrule.columns.single_claims import ClaimNotes
from payrule.columns.writer import IDENTIFIED, add_claims, at_number, join_lines, keep_list
from payrule.formats.answer_cells import IDENTIFIERS, guarded, merged
from payrule.source.database import Columns, Store, by_column

_OF_LINES = "identifiers_of_line"
"""The table of the identifiers of single lines, by the note of the claim and the number of the line."""


def add_identifiers(
    store: Store, names: frozenset[str], notes: Sequence[ClaimNotes], *, is_csv: bool
) -> dict[str, str]:
    """Add to each line its identifiers and those of its claim; give the columns by their titles, none for plain rows.

    `names` are those that claims have, and tell their formats. `notes` are in the order of their numbers. In CSV no
    identifier is a formula.
    """
    named = merged(each for each in IDENTIFIERS.values() if not names.isdisjoint({*each.of_claim} - {"file"}))
    if not named.of_claim:
        return {}
    sent = [each.sent for each in notes]
    write: Callable[[str], str] = guarded if is_csv else str

    def texts(held: Iterable[Mapping[str, str]], names: Sequence[str]) -> Columns:
        return {
            f"part{at}": ("VARCHAR", [write(each[name]) if name in each else None for each in held])
            for at, name in enumerate(names)
        }

    keep_list(store, IDENTIFIED, texts([each.claim for each in sent], named.of_claim))
    add_claims(store)
    lines = [(note, number, held) for note, each in enumerate(sent) for number, held in each.lines.items()]
    parts = texts([held for *_, held in lines], named.of_line)
    if parts:
        numbers = by_column({"note": "UINTEGER", "number": "BIGINT"}, [each[:2] for each in lines])
        store.table(_OF_LINES, numbers | parts)
        join_lines(store, _OF_LINES, parts)
    columns = {f"line.identifiers.{name}": f"l.part{at}" for at, name in enumerate(named.of_line)}
    found = {
        f"identifiers.{name}": at_number(IDENTIFIED, "note", f"part{at}") for at, name in enumerate(named.of_claim)
    }
    return columns | found
