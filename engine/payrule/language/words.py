"""Read a condition as a sentence, for people who check a rule beside the payer's text."""

from collections.abc import Callable
from typing import Any

from payrule.documents.models import Condition
from payrule.documents.operators import BY_KEY


def sentence(condition: Condition) -> str:
    """Read a condition aloud; names of sets and facts stand as the document writes them.

    >>> sentence({"line.code": {"is": "00001"}, "not": {"other_line": {"line.units": {"at_least": 2}}}})
    'code is 00001 and not (another line of that date has: units is at least 2)'
    """
    if not condition:
        return "anything"
    return " and ".join(_entry(key, operand) for key, operand in condition.items())


def subject_of(attribute: str) -> str:
    """Name an attribute as a person would.

    >>> subject_of("line.provider.supervised_by"), subject_of("encounter.payer_role")
    ('provider supervised by', 'payer role')
    """
    return attribute.removeprefix("line.").removeprefix("encounter.").replace(".", " ").replace("_", " ")


def value_words(value: Any) -> str:
    """Write a value, or a list of them, as a person would.

    >>> value_words(["00001", True]), value_words(frozenset({"b", "a"})), value_words(frozenset())
    ('00001, true', 'a, b', 'nothing')
    """
    if isinstance(value, frozenset | set):
        return ", ".join(sorted(value_words(each) for each in value)) or "nothing"
    if isinstance(value, list | tuple):
        return ", ".join(value_words(each) for each in value) or "nothing"
    return str(value).lower() if isinstance(value, bool) else str(value)


def words_of_test(attribute: str, test: str, operand: Any) -> str:
    """Read one test on an attribute.

    >>> words_of_test("line.modifiers", "is_empty", False)
    'modifiers is not empty'
    """
    if test == "is_empty":
        return f"{subject_of(attribute)} is {'' if operand else 'not '}empty"
    return f"{subject_of(attribute)} {BY_KEY[test].words} {value_words(operand)}"


def _entry(key: str, operand: Any) -> str:
    connective = _CONNECTIVES.get(key)
    if connective is not None:
        return connective(operand)
    return " and ".join(words_of_test(key, test, value) for test, value in operand.items())


def _grouped(condition: Condition) -> str:
    words = sentence(condition)
    return f"({words})" if " and " in words or " or " in words else words


def _other_line(operand: Any) -> str:
    return " and ".join(_one_other(each) for each in (operand if isinstance(operand, list) else [operand]))


def _one_other(inner: Condition) -> str:
    where = "another line of that date" if inner.get("same_date", True) else "another line of any date"
    asked = {key: value for key, value in inner.items() if key != "same_date"}
    return f"{where} has: {sentence(asked)}" if asked else f"there is {where}"


def _fact(operand: Any) -> str:
    return " and ".join(f"`{name}`" for name in (operand if isinstance(operand, list) else [operand]))


_CONNECTIVES: dict[str, Callable[[Any], str]] = {
    "all": lambda operand: "(" + " and ".join(_grouped(part) for part in operand) + ")",
    "any": lambda operand: "(" + " or ".join(_grouped(part) for part in operand) + ")",
    "not": lambda operand: f"not ({sentence(operand)})",
    "count": lambda operand: (
        f"at least {operand['at_least']} of ({'; '.join(sentence(part) for part in operand['of'])})"
    ),
    "fact": _fact,
    "other_line": _other_line,
}
