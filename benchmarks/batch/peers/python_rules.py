"""Python that is made of the rules: a function for each code, with the tests of the rules for it and nothing else.

It is the bound of what an interpreter in Python can reach: it finds what holds for certain, and cannot say why, what
might hold, or what information is missing.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial

from benchmarks.batch.peers.rules import Json
from payrule.language.lower import All, Contains, Formula, OneOf, Range, Some

CODE = "line.code"


def translated(formula: Formula) -> str:
    """Write a formula as an expression of Python, of `get`, which gives a value of the line or None.

    >>> translated(Range("line.units", 2, None))
    "(get('line.units') or 0) >= 2"
    """
    if isinstance(formula, OneOf):
        return f"get({formula.attribute!r}) in {{{', '.join(map(repr, sorted(formula.values.values)))}}}"
    if isinstance(formula, Range):
        return f"(get({formula.attribute!r}) or 0) >= {formula.low}"
    if isinstance(formula, Contains) and formula.values:
        return f"not {set(formula.values.values)!r}.isdisjoint(get({formula.attribute!r}) or ())"
    if isinstance(formula, (All, Some)):
        word = " and " if isinstance(formula, All) else " or "
        return f"({word.join(map(translated, formula.parts))})"
    raise TypeError(formula)


def finder(rules: Mapping[str, Formula]) -> Callable[[Json], list[str]]:
    """Give what finds the rules that hold of a line."""
    everywhere = {name: formula for name, formula in rules.items() if _codes(formula) is None}
    by_code: dict[str, dict[str, Formula]] = defaultdict(lambda: dict(everywhere))
    for name, formula in rules.items():
        for code in _codes(formula) or ():
            by_code[code][name] = formula
    functions = {code: _compiled(asked) for code, asked in by_code.items()}
    return partial(_found, functions, _compiled(everywhere))


def _found(
    functions: Mapping[str, Callable[[Json], list[str]]], other: Callable[[Json], list[str]], line: Json
) -> list[str]:
    return functions.get(line[CODE], other)(line)


def _codes(formula: Formula) -> frozenset[str] | None:
    """Give the codes that a rule names; None where it names none."""
    parts = formula.parts if isinstance(formula, All) else (formula,)
    return next((each.values.values for each in parts if isinstance(each, OneOf) and each.attribute == CODE), None)


def _compiled(rules: Mapping[str, Formula]) -> Callable[[Json], list[str]]:
    tests = "".join(f"    if {translated(formula)}: found.append({name!r})\n" for name, formula in rules.items())
    made: dict[str, Callable[[Json], list[str]]] = {}
    exec(f"def find(line):\n    get = line.get\n    found = []\n{tests}    return found\n", made)  # noqa: S102 - of our own rules
    return made["find"]
