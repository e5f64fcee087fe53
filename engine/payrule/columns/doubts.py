"""What makes a row one that the validator has to judge, or that is not decided as it stands: conditions in SQL."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from payrule.encounter.encounter import CODE, DATE
from payrule.model.value_schema import LARGEST, LONGEST, PLAIN
from payrule.model.vocabulary import Attribute, Frequency, Vocabulary
from payrule.source.database import literal


def set_aside_conditions(
    vocabulary: Vocabulary,
    columns: Mapping[str, str],
    is_list: Callable[[str], bool],
    codes: Callable[[], frozenset[str]],
    as_of: date | None = None,
) -> Iterator[dict[str, str]]:
    """Write the conditions on a row, each as what it asks of attributes, all of which has to hold.

    `columns` are those of attributes, `codes` all that some row bills. A date later than the day `as_of` which is
    decided is doubted of its claim.
    """
    spans, retired = vocabulary.spans, vocabulary.retired
    if vocabulary.frequency is not None:
        yield from _frequency_conditions(vocabulary.frequency, columns)
    if spans is not None and spans.last in columns:
        yield {_BOTH: f"{columns[spans.last]}::VARCHAR <> {columns[spans.first]}::VARCHAR"}
    day = f"{columns[DATE]}::VARCHAR"
    if retired is not None and retired.answer is not None:
        for code in sorted(codes() & retired.codes.keys()):
            yield {CODE: f"{columns[CODE]} = {literal(code)}", DATE: f"{day} > {literal(retired.codes[code])}"}
    for name, dated in columns.items() if as_of is not None else ():
        described = vocabulary.attributes.get(name)
        if described is not None and described.type == "date" and not described.many:
            yield {name: f"{dated}::VARCHAR > {literal(str(as_of))}"}
    for name, firsts in vocabulary.begins.items():
        if (column := columns.get(name)) is not None:
            for value, first in sorted(firsts.items()):
                held = literal(value)
                holds = f"list_contains({column}, {held})" if is_list(name) else f"{column} = {held}"
                yield {name: holds, DATE: f"{day} < {literal(first)}"}


_BOTH = "two attributes"
"""Stands for what is asked of two attributes together."""


def _frequency_conditions(frequency: Frequency, columns: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Doubt every claim that is not plainly an original one, and each that names an earlier claim."""
    name, reference = frequency.attribute, frequency.reference
    if (column := columns.get(name)) is not None:
        yield {name: f"{column} IN ({', '.join(map(literal, (*frequency.void, *frequency.replacement)))})"}
        if frequency.listed:
            yield {name: f"{column} NOT IN ({', '.join(map(literal, frequency.listed))})"}
    if (column := columns.get(reference)) is not None:
        yield {reference: f"{column} IS NOT NULL"}


def pointing(
    vocabulary: Vocabulary, columns: Mapping[str, str], is_list: Callable[[str], bool]
) -> Iterator[tuple[str, str]]:
    """Write the furthest position that a row points to, and how long the list is that it points into."""
    for name, to in vocabulary.pointers.items():
        if name in columns and to in columns and is_list(name) and is_list(to):
            yield f"list_max({columns[name]})", f"len({columns[to]})"


def escaped(pattern: str) -> str:
    r"""Write the characters of a pattern that SQL cannot hold, or a reader not see, by their numbers.

    >>> escaped("[^\u2028]")
    '[^\\x{2028}]'
    """
    return "".join(each if " " <= each <= "~" else f"\\x{{{ord(each):x}}}" for each in pattern)


def doubts_of(column: str, attribute: Attribute, *, is_whole: bool) -> list[str]:
    """Write what makes a value of a column, which no rule reads, one that the validator may refuse."""
    if attribute.type == "text":
        return [doubt_of_text(column)]
    if attribute.type == "integer":
        low = max(-LARGEST, -LARGEST if attribute.minimum is None else attribute.minimum)
        high = min(LARGEST, LARGEST if attribute.maximum is None else attribute.maximum)
        return out_of_bounds(column, low, high, is_whole=is_whole)
    return []


def doubt_of_text(column: str) -> str:
    """Write what makes a text one that the validator refuses.

    >>> doubt_of_text("t").partition(" OR ")[0]
    'length(t) > 1000'
    """
    return f"length({column}) > {LONGEST} OR NOT regexp_full_match({column}, {literal(escaped(PLAIN))})"


def out_of_bounds(column: str, low: int, high: int, *, is_whole: bool) -> list[str]:
    """Write that a number is no whole one, which need not be asked of a column of whole numbers, or out of bounds."""
    bounds = f"{column} < {low} OR {column} > {high}"
    return [bounds] if is_whole else [f"{column} <> round({column}) OR {bounds}"]
