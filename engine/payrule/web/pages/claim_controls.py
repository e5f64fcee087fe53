"""The controls into which a claim is typed: for the claim, for each line, and for each earlier line of the patient."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from payrule.formats.claim_form import SINCE, ClaimForm, Control, Part
from payrule.formats.csv_columns import written
from payrule.model.vocabulary import Attribute
from payrule.reports.pages.html import Html, element, prose, text
from payrule.results.determination import LineDetermination
from payrule.source.diagnostics import Diagnostic
from payrule.web.frame import entry, labelled, picker

LINES = 6
"""Lines that are visible to begin with, as many as the form CMS-1500 has."""

_UNKNOWN = "not known"


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the controls: their texts, what is wrong with them, and how many rows there are."""

    form: ClaimForm
    texts: Mapping[str, str]
    findings: tuple[Diagnostic, ...] = ()
    lines: int = LINES
    earlier: int = 0
    asked: frozenset[str] = frozenset()
    """Controls of missing information, which are shown without being opened."""

    def error(self, name: str) -> str:
        """Say what is wrong with a control."""
        return "; ".join(said(each) for each in self.findings if each.path == name)


def mistake(finding: Diagnostic) -> Html:
    """Say what is wrong with a field, so that the script can say it at that field, too.

    >>> mistake(Diagnostic(code="x", message="`soon` is no date", path="line.1.date"))
    '<span data-said="line.1.date"><code>soon</code> is no date</span>'
    """
    return element("span", prose(said(finding)), data_said=finding.path or "")


def said(finding: Diagnostic) -> str:
    """Say what is wrong, and what to do.

    >>> said(Diagnostic(code="x", message="`1` is no date", help="write year-month-day"))
    '`1` is no date; write year-month-day'
    """
    return "; ".join(filter(None, (finding.message, finding.help)))


def conflict_words(line: LineDetermination) -> Iterator[str]:
    """Say which rules contradict each other on a line, and what can be done.

    >>> from payrule import load
    >>> claim = {"id": "1", "payer": "blue-cross", "lines": [{"number": 1, "code": "97140", "date": "2026-01-05"}]}
    >>> [*conflict_words(load().decide(claim, known_on="2026-11-23").lines[0])]
    []
    """
    for each in line.conflicts:
        one, two = each.rules
        yield (
            f"{one} and {two} contradict each other here ({each.concern}: {each.values[0]}, {each.values[1]}). "
            "If one is an exception to the other, say so in its rule, under Exception to."
        )


def claim_controls(typed: Typed) -> Iterator[Html]:
    """Write the controls of a claim: of the claim, of its lines, and of earlier lines."""
    yield element(
        "fieldset", element("legend", text("Claim")), *_grid(typed, typed.form.claim, None, "the claim"), class_="claim"
    )
    for row in range(1, typed.lines + 1):
        yield _row(typed, "line", row, f"Line {row}", typed.form.line)
    yield _more("line", "Add lines")
    since = labelled("complete from", SINCE, _entry(typed, SINCE, None), hint=_SINCE, error=typed.error(SINCE))
    rows = [
        _row(typed, "earlier", row, f"Earlier line {row}", typed.form.earlier) for row in range(1, typed.earlier + 1)
    ]
    inside = (element("div", since, class_="grid"), *rows, _more("earlier", "Add earlier lines"))
    is_open = typed.earlier > 0 or bool(typed.texts.get(SINCE) or typed.error(SINCE))
    yield element(
        "details",
        element("summary", text("Earlier lines of the patient")),
        *inside,
        open="open" if is_open else None,
        id="earlier",
    )


_SINCE = "the first day from which on no other earlier lines are missing"


def _more(part: str, label: str) -> Html:
    """Write a button that asks for the same page with more rows."""
    to = f"/try#add-{part}"
    return element("p", element("button", text(label), name="add", value=part, formaction=to, id=f"add-{part}"))


def _row(typed: Typed, part: Part, row: int, title: str, controls: Iterable[Control]) -> Html:
    wrong = typed.error(f"{part}.{row}")
    error = [element("p", text(wrong), class_="warning", id=f"{part}.{row}")] if wrong else []
    grid = _grid(typed, controls, row, title[0].lower() + title[1:])
    return element("fieldset", element("legend", text(title)), *error, *grid, class_="row")


def _grid(typed: Typed, controls: Iterable[Control], row: int | None, of: str) -> Iterator[Html]:
    """Put the usual controls first; the others are opened, or open where something stands in one or is missing."""
    listed = tuple(controls)
    first = [each for each in listed if each.is_usual]
    others = [each for each in listed if not each.is_usual]
    shown = {name for each in others if typed.texts.get(name := each.name(row)) or typed.error(name)}
    shown |= {each.name(row) for each in others} & typed.asked
    yield element("div", *(_control(typed, each, row) for each in first), class_="grid")
    if others:
        yield element(
            "details",
            element("summary", text(f"More about {of} ({len(others)})")),
            element("div", *(_control(typed, each, row, is_told=True) for each in others), class_="grid wide"),
            open="open" if shown else None,
        )


def _control(typed: Typed, control: Control, row: int | None, *, is_told: bool = False) -> Html:
    """Write one control with its label; what it is about is told where it is not one of the usual ones."""
    name, attribute = control.name(row), control.column.attribute
    hint = _hint(control) if is_told else ""
    field = _entry(typed, name, attribute, hint)
    unit = " ($)" if control.column.in_dollars else ""
    return labelled(f"{control.label}{unit}", name, field, hint=hint, error=typed.error(name))


def _hint(control: Control) -> str:
    attribute = control.column.attribute
    if attribute.many and attribute.values:
        return f"{attribute.summary} Any of: {', '.join(attribute.values)}."
    if attribute.values or attribute.type == "boolean":
        return attribute.summary
    example = "45.00" if control.column.in_dollars else written(attribute)
    return f"{attribute.summary.removesuffix('.')}, such as {example}."


def _entry(typed: Typed, name: str, attribute: Attribute | None, hint: str = _SINCE) -> Html:
    """Write what is typed or picked: a picker where the vocabulary lists the values, else a text."""
    value, error = typed.texts.get(name, ""), typed.error(name)
    told = " ".join(f"{name}-{each}" for each, given in (("hint", hint), ("error", error)) if given)
    invalid = "true" if error else None
    options = _options(attribute) if attribute is not None else ()
    if options:
        taken = options if value in dict(options) else (*options, (value, value))
        return picker(name, taken, value, aria_describedby=told or None, aria_invalid=invalid)
    is_required = attribute is not None and attribute.required
    needed = "true" if is_required and name.startswith(("line.1.", "earlier.1.")) else None
    return entry(name, value, hint=hint, error=error, autocomplete="off", spellcheck="false", aria_required=needed)


def _options(attribute: Attribute) -> tuple[tuple[str, str], ...]:
    if attribute.many:
        return ()
    usual = f"not given: {attribute.default}" if attribute.default is not None else _UNKNOWN
    if attribute.type == "boolean":
        return ("", usual), ("yes", "yes"), ("no", "no")
    if attribute.type == "choice":
        return ("", usual), *((each, each.replace("-", " ")) for each in attribute.values)
    return ()
