"""Choose among a few things, quickly.

A rulebase takes some hundred choices. Hypothesis spends most of its time on making and checking strategies, so those
here are made once; every choice is the number of an option, and the first option is the one that examples shrink to.
"""

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import strategies as st

Option = TypeVar("Option")

_NUMBERS = [st.integers(0, most) for most in range(48)]


def number(draw: st.DrawFn, least: int, most: int) -> int:
    """Choose a number, both ends included."""
    return least + draw(_NUMBERS[most - least])


def rarely(draw: st.DrawFn, one_in: int) -> bool:
    """Tell, once in so many times, to do what is not usual."""
    return draw(_NUMBERS[one_in - 1]) == one_in - 1


def pick(draw: st.DrawFn, options: Sequence[Option]) -> Option:
    """Choose one option."""
    return options[draw(_NUMBERS[len(options) - 1])]


def picks(draw: st.DrawFn, options: Sequence[Option], least: int, most: int) -> list[Option]:
    """Choose some options, the same one perhaps several times."""
    return [pick(draw, options) for _ in range(number(draw, least, most))]


def some(draw: st.DrawFn, options: Sequence[Option], least: int, most: int) -> list[Option]:
    """Choose some options, each at most once, in any order."""
    left = list(options)
    return [left.pop(draw(_NUMBERS[len(left) - 1])) for _ in range(number(draw, least, min(most, len(left))))]


def shuffle(draw: st.DrawFn, options: Sequence[Option]) -> list[Option]:
    """Choose an order."""
    return some(draw, options, len(options), len(options))
