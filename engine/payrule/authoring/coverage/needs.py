"""Word what a claim would need that an example still lacks."""

from payrule.documents.operators import BY_KEY
from payrule.language.condition import Condition, Fact, OtherLine, Test
from payrule.language.truth import TRUE, UNKNOWN, Truth
from payrule.language.words import sentence, value_words


def leaf_words(leaf: Condition) -> str:
    """Name a leaf by what it asks.

    >>> leaf_words(Test((), "line.units", "at_most", 4)), leaf_words(Fact((), "alone"))
    ('`line.units is at most 4`', '`alone`')
    """
    if isinstance(leaf, Test):
        return f"`{leaf.attribute} {BY_KEY[leaf.test].words} {value_words(leaf.operand)}`"
    return sentence(leaf) if isinstance(leaf, Fact) else f"({sentence(leaf)})"


def need(leaf: Condition, truth: Truth, *, inside: bool = False) -> str:
    """Say what no example has: a leaf that is true, false or unknown; `inside` tells that it is asked of another line.

    >>> from payrule.language.condition import parse
    >>> from payrule.language.truth import FALSE
    >>> units = parse({"line.units": {"at_most": 4}})
    >>> need(units, TRUE)
    'no example in which `line.units` is at most 4'
    >>> need(units, FALSE)
    'no example in which `line.units` is above 4'
    >>> need(parse({"line.regions": {"is_empty": True}}), FALSE, inside=True)
    'no example in which `line.regions` of another line is not empty'
    >>> need(parse({"fact": "alone"}), UNKNOWN)
    'no example in which it is unknown whether `alone` holds'
    >>> need(parse({"other_line": {"line.code": {"is": "00001"}}}), FALSE)
    'no example in which no other line of that date has: code is 00001'
    """
    if isinstance(leaf, Test):
        words = _test(leaf, truth, inside=inside)
    else:
        words = _other_line(leaf, truth) if isinstance(leaf, OtherLine) else _fact(leaf, truth)
    return f"no example in which {words}"


def _test(leaf: Test, truth: Truth, *, inside: bool) -> str:
    of = " of another line" if inside and leaf.attribute.startswith("line.") else ""
    subject = f"`{leaf.attribute}`{of}"
    if truth is UNKNOWN:
        return f"{subject} is unknown"
    if leaf.test == "is_empty":
        return f"{subject} is {'' if leaf.operand == (truth is TRUE) else 'not '}empty"
    words = BY_KEY[leaf.test].words if truth is TRUE else BY_KEY[leaf.test].opposite
    return f"{subject} {words} {value_words(leaf.operand)}"


def _fact(leaf: Condition, truth: Truth) -> str:
    if truth is UNKNOWN:
        return f"it is unknown whether {sentence(leaf)} holds"
    return f"{sentence(leaf)} {'holds' if truth is TRUE else 'does not hold'}"


def _other_line(leaf: OtherLine, truth: Truth) -> str:
    there_is = sentence(leaf)
    if truth is TRUE:
        return there_is
    if truth is UNKNOWN:
        return f"it is unknown whether {there_is}"
    line = f"no other line of {'that' if leaf.same_date else 'any'} date"
    return f"there is {line}" if leaf.any_line else f"{line} has: {sentence(leaf.part)}"
