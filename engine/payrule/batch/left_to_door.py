"""Which rows of files only the door settles: written as conditions, for they are few among many."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from payrule.batch.lines import CODE, DATE
from payrule.batch.statements import literal
from payrule.documents.models import Frequency, Vocabulary


def settled_by_door(
    vocabulary: Vocabulary,
    columns: Mapping[str, str],
    is_list: Callable[[str], bool],
    codes: Callable[[], frozenset[str]],
    as_of: date | None = None,
) -> Iterator[str]:
    """Write the conditions on a row; `columns` are those of attributes, `codes` all that some row bills.

    A date later than the day `as_of` which is decided is doubted of its claim.

    >>> from payrule.documents.models import Regions, Spans, Timed
    >>> words = Vocabulary(kind="vocabulary", attributes={}, concerns=(), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method=""), spans=Spans(first="line.date", last="line.to"))
    >>> list(settled_by_door(words, {"line.date": "k1", "line.to": "k2"}, lambda _: False, frozenset))
    ['k2::VARCHAR <> k1::VARCHAR']
    """
    spans, retired = vocabulary.spans, vocabulary.retired
    if vocabulary.frequency is not None and vocabulary.frequency.attribute in columns:
        yield from _of_frequency(vocabulary.frequency, columns[vocabulary.frequency.attribute])
    if spans is not None and spans.last in columns:
        yield f"{columns[spans.last]}::VARCHAR <> {columns[spans.first]}::VARCHAR"
    day = f"{columns[DATE]}::VARCHAR"
    if retired is not None and retired.answer is not None:
        for code in sorted(codes() & retired.codes.keys()):
            yield f"({columns[CODE]} = {literal(code)} AND {day} > {literal(retired.codes[code])})"
    for name, told in columns.items() if as_of is not None else ():
        described = vocabulary.attributes.get(name)
        if described is not None and described.type == "date" and not described.many:
            yield f"{told}::VARCHAR > {literal(str(as_of))}"
    for name, firsts in vocabulary.begins.items():
        if (column := columns.get(name)) is not None:
            for value, first in sorted(firsts.items()):
                held = literal(value)
                holds = f"list_contains({column}, {held})" if is_list(name) else f"{column} = {held}"
                yield f"({holds} AND {day} < {literal(first)})"


def _of_frequency(frequency: Frequency, column: str) -> Iterator[str]:
    yield f"{column} IN ({', '.join(map(literal, (*frequency.void, *frequency.replacement)))})"
    if frequency.listed:
        yield f"{column} NOT IN ({', '.join(map(literal, frequency.listed))})"


def pointing(
    vocabulary: Vocabulary, columns: Mapping[str, str], is_list: Callable[[str], bool]
) -> Iterator[tuple[str, str]]:
    """Write the furthest position that a row points to, and how long the list is that it points into."""
    for name, to in vocabulary.pointers.items():
        if name in columns and to in columns and is_list(name) and is_list(to):
            yield f"list_max({columns[name]})", f"len({columns[to]})"
