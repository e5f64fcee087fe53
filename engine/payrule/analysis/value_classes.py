"""What rules ask of each attribute: the sets that it is looked up in, and the thresholds it is compared with.

Values that are members of the same sets, and on the same side of every threshold, are the same to every rule.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice, product
from typing import Any

import msgspec

from payrule.encounter.decoder import value_reader
from payrule.language.lower import AttributeLeaf, Formula, OneOf, Range, attribute_leaves
from payrule.language.names import typed
from payrule.model.values import ValueSet, code_after, day_after, in_span
from payrule.model.vocabulary import Attribute


class Usage(msgspec.Struct, frozen=True):
    """What is asked of one attribute, in a canonical order."""

    sets: tuple[ValueSet, ...] = ()
    thresholds: tuple[Any, ...] = ()

    def and_also(self, more: "Usage") -> "Usage":
        """Add what else is asked of it.

        >>> Usage((), (2,)).and_also(Usage((), (1, 2))).thresholds
        (1, 2)
        """
        return Usage(
            tuple(dict.fromkeys((*self.sets, *more.sets))), tuple(sorted({*self.thresholds, *more.thresholds}))
        )


def usage_of(conditions: Iterable[Formula]) -> dict[str, Usage]:
    """Collect what conditions ask, by attribute.

    >>> usage_of([Range("line.units", 2, 5), OneOf("line.code", ValueSet.of(["00001"]))])["line.units"].thresholds
    (2, 5)
    """
    leaves: dict[str, set[AttributeLeaf]] = {}
    for leaf in {leaf for condition in conditions for leaf in attribute_leaves(condition)}:
        for plain in plainly(leaf):
            leaves.setdefault(plain.attribute, set()).add(plain)
    return {name: _asked(found) for name, found in sorted(leaves.items())}


def plainly(leaf: AttributeLeaf) -> tuple[AttributeLeaf, ...]:
    """Write membership in a set of dates as ranges of one day each, any of which may hold.

    >>> plainly(OneOf("line.date", ValueSet(frozenset({date(2016, 3, 1)}))))[0].below
    datetime.date(2016, 3, 2)
    """
    if isinstance(leaf, OneOf) and any(isinstance(value, date) for value in leaf.values.values):
        return tuple(Range(leaf.attribute, day, day_after(day)) for day in sorted(leaf.values.values))
    return (leaf,)


def _asked(leaves: Iterable[AttributeLeaf]) -> Usage:
    listed = list(leaves)
    ranges = [leaf for leaf in listed if isinstance(leaf, Range)]
    sets = {leaf.values for leaf in listed if not isinstance(leaf, Range) and leaf.values is not None}
    return Usage(
        sets=tuple(sorted(sets, key=lambda each: (sorted(map(repr, each.values)), each.ranges, each.spans))),
        thresholds=tuple(sorted({end for leaf in ranges for end in (leaf.low, leaf.below) if end is not None})),
    )


UNWRITTEN = None
"""What stands for a class of which no value is known."""

_TRIES = 4_096
"""Values tried in search of one that no set holds."""

_DIGITS, _LETTERS = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_LONGEST_FORM = 12
"""Characters of the forms that are tried where nothing says what a code looks like."""

_SOME_DAY = date(2000, 1, 1)


def value_classes(declared: Sequence[Attribute], sets: Sequence[ValueSet]) -> tuple[Any, ...]:
    """Give a value for each class of those that every declaration of an attribute allows.

    Two values are of one class when they are members of the same sets. The attribute's example stands first, for it is
    the most ordinary value. UNWRITTEN stands last where values of a pattern may be in no set and none was found.

    >>> code = Attribute(type="code", summary="code", pattern="^[0-9]{5}$", example="00042")
    >>> value_classes((code,), (ValueSet.of(["00001-00003", "00002"], ranges=True),))
    ('00042', '00002')
    """
    holding, allowed = _holding(sets), _allowed(declared)
    found: dict[frozenset[int], Any] = {}
    for value in _candidates(declared, sets):
        signature = holding(value)
        if signature not in found and allowed(value):
            found[signature] = value
    if frozenset() not in found:
        outside = (each for each in _outside(declared, sets) if not holding(each) and allowed(each))
        found.update((frozenset(), each) for each in islice(outside, 1))
    if any(each.pattern is not None for each in declared):
        found.setdefault(frozenset(), UNWRITTEN)
    return tuple(found.values())


def alike(value: Any, declared: Sequence[Attribute], sets: Sequence[ValueSet]) -> tuple[Any, ...]:
    """List some values of the class of a value: all that sets name, and of each range that holds others one at least.

    >>> code = Attribute(type="code", summary="code")
    >>> alike("00002", (code,), (ValueSet.of(["00001-00003", "00009", "00001"], ranges=True),))
    ('00001', '00009', '00003', '00002')
    """
    return all_alike(declared, sets)(value)


def all_alike(declared: Sequence[Attribute], sets: Sequence[ValueSet]) -> Callable[[Any], tuple[Any, ...]]:
    """Give what lists some values of the class of a value, as `alike` does: for many values of one attribute."""
    holding, allowed = _holding(sets), _allowed(declared)
    found: dict[frozenset[int], dict[Any, None]] = {}
    for each in filter(allowed, dict.fromkeys(_candidates(declared, sets))):
        found.setdefault(holding(each), {})[each] = None
    return lambda value: tuple(found.get(holding(value), ()))


def told_apart(declared: Sequence[Attribute], sets: Sequence[ValueSet], number: int) -> tuple[ValueSet, ...]:
    """Make sets of one value each, so that two lines may have the same value or not: some of each set, some of none.

    >>> code = Attribute(type="code", summary="code", pattern="^A[0-9]$")
    >>> [sorted(each.values) for each in told_apart((code,), (ValueSet.of(["A5", "A7", "A9"]),), 2)]
    [['A5'], ['A7'], ['A0'], ['A1']]
    """
    allowed, holding = _allowed(declared), _holding(sets)
    found: dict[Any, None] = {}
    for members in sets:
        ends = (each for span in (*members.ranges, *members.spans) for end in span for each in (end, *_neighbours(end)))
        of_it = (each for each in (*sorted(members.values, key=str), *ends) if each in members and allowed(each))
        found.update(dict.fromkeys(islice(dict.fromkeys(of_it), number)))
    if declared[0].type in ("boolean", "choice"):
        found.update(dict.fromkeys(filter(allowed, _candidates(declared, ()))))
    others = (each for each in _outside(declared, sets) if allowed(each) and not holding(each))
    found.update(dict.fromkeys(islice(others, number)))
    return tuple(ValueSet(frozenset({each})) for each in found)


def _allowed(declared: Sequence[Attribute]) -> Callable[[Any], bool]:
    """Give what tells whether each declaration of an attribute allows a value."""
    readers = [value_reader(msgspec.structs.replace(each, many=False)) for each in declared]

    def allowed(value: Any) -> bool:
        try:
            for reader in readers:
                reader(value.isoformat() if isinstance(value, date) else value)
        except (KeyError, TypeError, ValueError):
            return False
        return True

    return allowed


def _holding(sets: Sequence[ValueSet]) -> Callable[[Any], frozenset[int]]:
    """Give what looks up which sets hold a value."""
    single: dict[Any, list[int]] = {}
    for position, members in enumerate(sets):
        for value in members.values:
            single.setdefault(value, []).append(position)
    ranges = [(low, high, position) for position, members in enumerate(sets) for low, high in members.ranges]
    spans = [(low, high, position) for position, members in enumerate(sets) for low, high in members.spans]

    def holding(value: Any) -> frozenset[int]:
        found = frozenset(single.get(value, ()))
        if not isinstance(value, str):
            return found
        within = (at for low, high, at in ranges if low <= value <= high and len(low) == len(value))
        return found.union(within, (at for low, high, at in spans if in_span(value, low, high)))

    return holding


def _candidates(declared: Sequence[Attribute], sets: Sequence[ValueSet]) -> Iterator[Any]:
    """List values of which one at least is in each class, the ordinary ones first."""
    first = declared[0]
    yield from _examples(first)
    if first.type == "boolean":
        yield from (True, False)
    elif first.type == "choice":
        yield from first.values
    else:
        singles = sorted({value for members in sets for value in members.values}, key=lambda each: (str(each), each))
        ends = sorted({end for members in sets for span in (*members.ranges, *members.spans) for end in span})
        yield from singles
        yield from ends
        for each in (*singles, *ends):
            yield from _neighbours(each)
        yield from _of_spans(sets, (*singles, *ends))


def _of_spans(sets: Sequence[ValueSet], named: Sequence[Any]) -> Iterator[str]:
    """List codes where spans begin and after they end, and after each code that is named: one for each class.

    Spans cut the codes, in their order, where they begin and before the first code after what they hold. What a code
    begins follows it at once, so between two cuts there is the first, or what it begins.
    """
    spans = [span for members in sets for span in members.spans]
    if not spans:
        return
    after = sorted({end for _, high in spans if (end := code_after(high)) is not None})
    yield from after
    taken = {*named, *after}
    for code in sorted(each for each in taken if isinstance(each, str)):
        longer = f"{code}0"
        while longer in taken:
            longer += "0"
        yield longer


def _outside(declared: Sequence[Attribute], sets: Sequence[ValueSet]) -> Iterator[Any]:
    """List values in search of one that no set holds; of a choice none but its values can be."""
    first = declared[0]
    singles = sorted({str(value) for members in sets for value in members.values})
    if first.type == "integer":
        yield from range(first.minimum or 0, (first.minimum or 0) + len(singles) + 1)
    elif first.type == "date":
        yield from (_SOME_DAY + timedelta(days=step) for step in range(len(singles) + 1))
    elif first.type in ("code", "text"):
        ends = sorted({end for members in sets for span in (*members.ranges, *members.spans) for end in span})
        yield from islice(_variants([*_examples(first), *singles, *ends, "other"]), _TRIES)
        yield from _forms()


def _examples(declared: Attribute) -> list[Any]:
    example = declared.example if isinstance(declared.example, list) else [declared.example]
    return [typed(declared, each) for each in example if each is not None]


def _forms() -> Iterator[str]:
    """List texts of digits, or of letters, and of one after the other, for codes of which no example is known."""
    for first, then in product(range(_LONGEST_FORM + 1), repeat=2):
        if first:
            yield from (one * first + two * then for one, two in ("0A", "A0", "0a", "a0"))


def _neighbours(value: Any) -> Iterator[Any]:
    """List the values next to one: ranges of codes are cut between a value and its neighbour."""
    if isinstance(value, str):
        alike = [_DIGITS if each in _DIGITS else _LETTERS for each in value]
        for alphabets in (alike, [_DIGITS + _LETTERS] * len(value)):
            for step in (1, -1):
                near = _stepped(value, alphabets, step)
                if near is not None:
                    yield near


def _stepped(value: str, alphabets: Sequence[str], step: int) -> str | None:
    """Count a code one up or down, each place in its alphabet; None where that is no code of its length.

    >>> _stepped("A0199", [_LETTERS, *[_DIGITS] * 4], 1), _stepped("A9", [_DIGITS, _DIGITS], 1)
    ('A0200', None)
    """
    if any(each not in alphabet for each, alphabet in zip(value, alphabets, strict=True)):
        return None
    stepped = ""
    for each, alphabet in zip(reversed(value), reversed(alphabets), strict=True):
        step, place = divmod(alphabet.index(each) + step, len(alphabet))
        stepped = alphabet[place] + stepped
    return stepped if step == 0 else None


def _variants(texts: Iterable[str]) -> Iterator[str]:
    """Vary the digits of texts, in search of one of the same form that no set holds."""
    for text in dict.fromkeys(texts):
        yield text
        tails = map(str, range(1000))
        yield from (text[: len(text) - len(tail)] + tail for tail in tails if len(tail) <= len(text))
