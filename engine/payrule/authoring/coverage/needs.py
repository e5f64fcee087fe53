"""Word what a claim would need that an example still lacks."""

from collections.abc import Callable
from typing import Any

from payrule.documents.operators import BY_KEY
from payrule.language.parts import Part
from payrule.language.truth import TRUE, UNKNOWN, Truth
from payrule.language.words import sentence, value_words


def leaf_words(leaf: Part) -> str:
    """Name a leaf by what it asks.

    >>> from payrule.language.reference import All
    >>> leaf_words(Part((), {"line.units": {"at_most": 4}}, All(()))), leaf_words(Part((), {"fact": "alone"}, All(())))
    ('`line.units is at most 4`', '`alone`')
    """
    return _NAMES.get(leaf.key, _named)(leaf)


def _named(leaf: Part) -> str:
    ((test, value),) = leaf.condition[leaf.key].items()
    return f"`{leaf.key} {BY_KEY[test].words} {value_words(value)}`"


_NAMES: dict[str, Callable[[Part], str]] = {
    "fact": lambda leaf: f"`{leaf.condition['fact']}`",
    "other_line": lambda leaf: f"({sentence(leaf.condition)})",
}


def need(leaf: Part, truth: Truth) -> str:
    """Say what no example has: a leaf that is true, false or unknown.

    >>> from payrule.language.reference import All
    >>> from payrule.language.truth import FALSE
    >>> def leaf(condition, *at):
    ...     return Part(at, condition, All(()))
    >>> units = leaf({"line.units": {"at_most": 4}}, "when")
    >>> need(units, TRUE)
    'no example in which `line.units` is at most 4'
    >>> need(units, FALSE)
    'no example in which `line.units` is above 4'
    >>> need(leaf({"line.regions": {"is_empty": True}}, "when", "other_line"), FALSE)
    'no example in which `line.regions` of another line is not empty'
    >>> need(leaf({"fact": "alone"}, "when"), UNKNOWN)
    'no example in which it is unknown whether `alone` holds'
    >>> need(leaf({"other_line": {"line.code": {"is": "00001"}}}, "when"), FALSE)
    'no example in which no other line of that date has: code is 00001'
    """
    words = _WORDS.get(leaf.key, _test)
    return f"no example in which {words(leaf, leaf.condition[leaf.key], truth)}"


def _test(leaf: Part, operand: Any, truth: Truth) -> str:
    ((test, value),) = operand.items()
    of = " of another line" if "other_line" in leaf.at and leaf.key.startswith("line.") else ""
    subject = f"`{leaf.key}`{of}"
    if truth is UNKNOWN:
        return f"{subject} is unknown"
    if test == "is_empty":
        return f"{subject} is {'' if value == (truth is TRUE) else 'not '}empty"
    words = BY_KEY[test].words if truth is TRUE else BY_KEY[test].opposite
    return f"{subject} {words} {value_words(value)}"


def _fact(_leaf: Part, name: Any, truth: Truth) -> str:
    if truth is UNKNOWN:
        return f"it is unknown whether `{name}` holds"
    return f"`{name}` {'holds' if truth is TRUE else 'does not hold'}"


def _other_line(leaf: Part, operand: Any, truth: Truth) -> str:
    there_is = sentence(leaf.condition)
    if truth is TRUE:
        return there_is
    if truth is UNKNOWN:
        return f"it is unknown whether {there_is}"
    date = "that" if operand.get("same_date", True) else "any"
    asked = {key: value for key, value in operand.items() if key != "same_date"}
    return f"no other line of {date} date has: {sentence(asked)}" if asked else f"there is no other line of {date} date"


_WORDS: dict[str, Callable[[Part, Any, Truth], str]] = {"fact": _fact, "other_line": _other_line}
