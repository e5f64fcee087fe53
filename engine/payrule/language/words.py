"""A rule in words: its condition as a sentence, its conclusion as a result, to compare with the payer's text."""

from collections.abc import Callable
from typing import Any

from msgspec import UNSET

from payrule.language import condition as tree
from payrule.language.counting import Window
from payrule.model.choices import LIABILITY_WORDS, answer_in_words
from payrule.model.policy import Conclude, Pay, Quota
from payrule.model.value_schema import BY_KEY
from payrule.model.vocabulary import Computation, Vocabulary


def sentence(condition: tree.Condition) -> str:
    """Read a condition aloud; names of sets and facts stand as the document writes them.

    >>> when = {"line.code": {"is": "00001"}, "not": {"other_line": {"line.units": {"at_least": 2}}}}
    >>> sentence(tree.parse(when))
    'code is 00001 and not (another line of that date has: units is at least 2)'
    """
    return WORDS[type(condition)](condition)


def result_words(conclude: Conclude, vocabulary: Vocabulary | None) -> str:
    """Say what a rule does to a line that it matches; without a vocabulary in the words of its document.

    >>> result_words(Conclude(concern="benefit", value="excluded", liability="provider"), None)
    'excluded (benefit: excluded; wording: shall)'
    >>> from payrule.model.vocabulary import Concern, ConcernValue, Regions, Timed
    >>> missing = ConcernValue(value="missing", effect="returned", summary="A required modifier is missing.")
    >>> modifier = Concern(id="modifier", settled="cumulative", summary="", values=(missing,))
    >>> words = Vocabulary(kind="vocabulary", attributes={}, concerns=(modifier,), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method=""))
    >>> result_words(Conclude(concern="modifier", value="missing"), words)
    'return to provider; a required modifier is missing (modifier: missing; wording: shall)'
    >>> result_words(Conclude(concern="payment", value="reduced", liability="provider", pay=Pay(percent=85)), None)
    'reduced; pays 85 %, the rest is provider responsibility (CO) (payment: reduced; wording: shall)'
    """
    concerns = vocabulary.concerns if vocabulary else ()
    values = (value for each in concerns if each.id == conclude.concern for value in each.values)
    found = next((each for each in values if each.value == conclude.value), None)
    result = f"{found.summary[:1].lower()}{found.summary[1:].removesuffix('.')}" if found else conclude.value
    if found and found.effect in ("denied", "returned"):
        result = f"{answer_in_words(found.effect, conclude.liability)}; {result}"
    if conclude.pay is not UNSET:
        rest = f", the rest is {LIABILITY_WORDS[conclude.liability]}" if conclude.liability else ""
        result = f"{result}; pays {pay_words(conclude.pay)}{rest}"
    return f"{result} ({conclude.concern}: {conclude.value}; wording: {conclude.modality})"


def pay_words(pay: Pay) -> str:
    """Say what a rule pays of a line that it reduces.

    >>> from payrule.model.policy import OfQuota
    >>> pay_words(Pay(percent=85)), pay_words(Pay(units=OfQuota(quota="four-units"))), pay_words(Pay(units=1))
    ('85 %', 'the units within the quota `four-units`', 'at most 1 unit')
    """
    if pay.quota is not None:
        return f"the units within the quota `{pay.quota}`"
    if pay.units is not None:
        return f"at most {pay.units} {'unit' if pay.units == 1 else 'units'}"
    return f"{pay.percent} %"


def form_words(made: Computation) -> str:
    """Say what a form gives.

    >>> form_words(Computation(age_on="line.date", unit="years"))
    'age of the patient in completed years on the date'
    >>> form_words(Computation(minus=("line.charge_cents", "line.fee_cents")))
    'charge cents less fee cents'
    """
    named = [subject_of(each) for each in made.reads]
    keys = " and ".join(subject_of(each) for each in (made.by or {}).values())
    day = f" on the {subject_of(made.day)}" if made.day else ""
    return {
        "days_between": lambda: f"days from the {named[0]} to the {named[1]}",
        "age_on": lambda: f"age of the patient in completed {made.unit} on the {named[0]}",
        "pointed": lambda: f"those of the {named[0]} that the line points to",
        "minus": lambda: f"{named[0]} less {named[1]}",
        "lookup": lambda: f"`{made.value}` of the table `{made.lookup}` for the {keys}{day}",
        "first_of": lambda: f"first of the {named[0]}",
    }[made.form]()


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


def _test(node: tree.Test) -> str:
    if node.test == "is_empty":
        return f"{subject_of(node.attribute)} is {'' if node.operand else 'not '}empty"
    return f"{subject_of(node.attribute)} {BY_KEY[node.test].words} {value_words(node.operand)}"


def _all(node: tree.All) -> str:
    if node.named:
        return f"({' and '.join(map(_grouped, node.parts))})"
    return " and ".join(map(sentence, node.parts)) or "anything"


def _grouped(condition: tree.Condition) -> str:
    words = sentence(condition)
    return f"({words})" if " and " in words or " or " in words else words


def _other_line(node: tree.OtherLine) -> str:
    where = f"another line of {'that' if node.same_date else 'any'} date"
    return f"there is {where}" if node.any_line else f"{where} has: {sentence(node.part)}"


WINDOWS = {
    "date": "of that date",
    "encounter": "of the claim",
    "patient-date": "of the patient on that date",
    "days": "in the {} days up to that date",
    "months": "in the {} months up to that date",
    "full_months": "since the first day of the month {} months before",
    "year": "in the calendar year up to that date",
    "ever": "ever before or on that date",
}
"""How each window reads; braces stand for its number."""


def window_words(window: Window) -> str:
    """Say which lines a window has.

    >>> window_words(Window("days", 90)), window_words(Window("months", 1))
    ('in the 90 days up to that date', 'in the month up to that date')
    """
    words = WINDOWS[window.unit]
    if window.size != 1 or "{}" not in words:
        return words.format(window.size)
    return {"days": "of the patient on that date", "months": "in the month up to that date"}.get(
        window.unit, "since the first day of the month before"
    )


def _lines(node: tree.Lines) -> str:
    kind, of = node.measure.kind, node.measure.of
    which = window_words(node.window)
    if node.same:
        which += f" with the same {' and '.join(map(subject_of, node.same))}"
    if not (isinstance(node.part, tree.All) and not node.part.parts):
        which += f" that have: {sentence(node.part)}"
    tests = " and ".join(f"{_NUMBERS[test]} {operand}" for test, operand in node.measure.tests)
    counted = {
        "count": f"there are {tests} lines {which}",
        "sum": f"the {subject_of(of or '')} of lines {which} add up to {tests}",
        "dates": f"there are {tests} dates of service with lines {which}",
        "days_since": f"the latest line {which} is {tests} days before",
    }[kind]
    return f"({counted}; {'this line counts, too' if node.itself else 'this line does not count'})"


def _quota(node: tree.Quota) -> str:
    tests = " and ".join(f"{_NUMBERS[test]} {operand}" for test, operand in node.tests)
    return f"{tests} of this line are {node.kind} the quota `{node.name}`"


def quota_words(quota: Quota) -> str:
    """Say what a quota limits, in which lines, and which of them come first.

    >>> words = quota_words(Quota(summary="", of="line.units", at_most=4, window="date", same=("line.provider.npi",)))
    >>> words
    'at most 4 units of lines of that date with the same provider npi'
    """
    lines = "line" if quota.at_most == 1 else "lines"
    of = lines if quota.of == "lines" else f"{subject_of(quota.of)} of lines"
    which = window_words(Window.read(quota.window))
    if quota.same:
        which += f" with the same {' and '.join(map(subject_of, quota.same))}"
    if quota.where:
        which += f" that have: {sentence(tree.parse(quota.where))}"
    first = [f"{by} {subject_of(name)}" for each in quota.first for by, name in each.items()]
    order = f"; first those with the {', then the '.join(first)}" if first else ""
    return f"at most {quota.at_most} {of} {which}{order}"


_NUMBERS = {"is": "exactly", "at_least": "at least", "at_most": "at most"}

WORDS: dict[type[tree.Condition], Callable[[Any], str]] = {
    tree.All: _all,
    tree.Some: lambda node: f"({' or '.join(map(_grouped, node.parts))})",
    tree.Not: lambda node: f"not ({sentence(node.part)})",
    tree.Count: lambda node: f"at least {node.at_least} of ({'; '.join(map(sentence, node.parts))})",
    tree.Fact: lambda node: f"`{node.name}`",
    tree.OtherLine: _other_line,
    tree.Lines: _lines,
    tree.Quota: _quota,
    tree.Test: _test,
}
"""How each node reads."""
