"""A verification as a page: conflicts, gaps, useless rules, and what each payer answers on the claims found."""

from collections.abc import Iterator
from typing import Any

import msgspec

from payrule.model.choices import LIABILITY_WORDS, answer_in_words
from payrule.model.policy import Period
from payrule.reports.pages.answers import absence, certainty, claim, claim_words, limits, side_by_side
from payrule.reports.pages.page import (
    Block,
    Line,
    Listing,
    Page,
    Paragraph,
    Row,
    Section,
    Span,
    Table,
    Verbatim,
    cell,
    line,
    listed,
)
from payrule.reports.table import paid_words
from payrule.results.verification import (
    QUESTIONS,
    Question,
    ReachableConflict,
    RuleFault,
    Scope,
    Verification,
)
from payrule.source.diagnostics import counted

FAULTS: dict[RuleFault, tuple[str, str, str]] = {
    "dead": ("dead rule", "dead rules", "no claim matches it"),
    "shadowed": ("shadowed rule", "shadowed rules", "claims match it, but no answer depends on it"),
    "redundant": ("redundant rule", "redundant rules", "without it every answer would be the same"),
    "unexampled": ("rule without an example", "rules without an example", "no example has a claim that it matches"),
}
"""What a rule with a fault is called, several of them, and what it means."""

_MANY_CODES = 12
_FEW_CODES = 4


def verification_page(verification: Verification) -> Page:
    """Say what was found out, with passages where citations have them."""
    return Page(
        title=f"Verification of {verification.payer}",
        blocks=tuple(_lead(verification)),
        sections=(
            _conflicts(verification),
            _gaps(verification),
            *_multiplied(verification),
            *(section for fault in FAULTS for section in _faulty(verification, fault)),
            *_payers(verification),
        ),
    )


def _lead(verification: Verification) -> Iterator[Block]:
    rules = counted(verification.rules, "rule")
    yield Paragraph(line(f"{rules} of {verification.payer}, as published on {verification.known_on}."))
    accepted = sum(each.accepted is not None for each in verification.conflicts)
    conflicts = counted(len(verification.conflicts) - accepted, "conflict")
    found = [
        line(Span(conflicts, "strong"), f" to resolve{f', {accepted:,} accepted' if accepted else ''}"),
        line(
            Span(counted(len(verification.gaps), "group"), "strong"), " of codes with claims to which no policy applies"
        ),
    ]
    for fault, (one, several, _) in FAULTS.items():
        if number := sum(each.fault == fault for each in verification.findings):
            found.append(line(Span(f"{number:,}", "strong"), f" {one if number == 1 else several}"))
    yield Listing(tuple(found))
    yield from limits(verification.other_lines, verification.notes)


def _absence(verification: Verification, question: Question, what: str, *, found: bool) -> Paragraph:
    """Say how certain it is that there is nothing, or nothing else, of what a question asks for."""
    absent = f"there is no {'other ' if found else ''}{what}"
    present = "there may be others" if found else f"there may be a {what}"
    return Paragraph(absence(verification.certainty.get(question, "unknown"), absent, present))


def _conflicts(verification: Verification) -> Section:
    found = verification.conflicts
    return Section(
        title="Conflicts",
        blocks=(_absence(verification, "conflicts", "conflict between two rules", found=bool(found)),),
        sections=tuple(_conflict(number, each) for number, each in enumerate(found, start=1)),
    )


def _conflict(number: int, conflict: ReachableConflict) -> Section:
    shown = conflict.shown
    answer = {f"line {shown.line}": shown.determination.line(shown.line)}
    state = " (accepted)" if conflict.accepted else ""
    return Section(
        title=f"{number}. Edit category {conflict.concern}: {' and '.join(conflict.rules)}{state}",
        blocks=(
            Listing(tuple(_says(conflict))),
            *claim(shown.encounter, shown.line, shown.matters),
            side_by_side("How the line is answered", answer),
            *_help(conflict),
        ),
        folded=True,
    )


def _says(conflict: ReachableConflict) -> Iterator[Line]:
    """Say what each rule says, and whose responsibility a denial is, for two may differ in that alone."""
    responsible = {
        rule: liability
        for each in conflict.shown.determination.line(conflict.shown.line).conflicts
        if set(each.rules) == set(conflict.rules)
        for rule, liability in zip(each.rules, each.liabilities, strict=True)
    }
    for rule, value in zip(conflict.rules, conflict.values, strict=True):
        whose = responsible.get(rule)
        yield line(Span(rule, "name"), f" says: {value}{f', {LIABILITY_WORDS[whose]}' if whose else ''}")


def _help(conflict: ReachableConflict) -> Iterator[Block]:
    if conflict.accepted:
        yield Paragraph(line(Span("accepted", "proved"), f": {conflict.accepted}"))
    elif conflict.accept:
        exception = "Make one rule an exception to the other with ", Span("overrides", "name")
        accept = ", or accept the conflict with this entry in the payer's ", Span("accepted_conflicts", "name"), ":"
        yield Paragraph(line(*exception, *accept))
        yield Verbatim(msgspec.json.format(conflict.accept, indent=2))


def _multiplied(verification: Verification) -> Iterator[Section]:
    """List rules of two policies that each pay a percentage of one line."""
    found = verification.multiplied or ()
    if found:
        rows = []
        for each in found:
            said = zip(each.rules, each.percents, strict=True)
            rules = cell(*(line(Span(name, "name"), f" pays {percent} %") for name, percent in said))
            pays = each.shown.determination.line(each.shown.line).pays
            rows.append((rules, cell(paid_words(pays) if pays else ""), claim_words(each.shown.encounter)))
        caption = "Rules of two policies that each pay a percentage of one line"
        table = Table(caption, ("rules", "together", "smallest such claim"), tuple(rows))
        yield Section(title="Percentages that multiply", blocks=(table,))


def _gaps(verification: Verification) -> Section:
    found = verification.gaps
    blocks: list[Block] = [
        _absence(verification, "gaps", "code in scope with claims to which no policy applies", found=bool(found))
    ]
    blocks += [Paragraph(line(each)) for each in _scope(verification)]
    if found:
        rows: list[Row] = []
        for number, gap in enumerate(found, start=1):
            how = cell("always", certainty(gap.certainty)) if gap.always else cell("on some claims")
            rows.append((cell(f"{number}"), cell(codes_words(gap.codes)), how, claim_words(gap.shown.encounter)))
        head = ("gap", "codes", "no policy applies", "smallest such claim")
        blocks.append(Table("Codes with claims to which no policy applies", head, tuple(rows)))
    return Section(title="Gaps", blocks=tuple(blocks))


def _scope(verification: Verification) -> Iterator[str]:
    """Say which codes and dates were checked."""
    scope = verification.scope
    if isinstance(scope, Scope):
        if scope.codes:
            yield f"Checked are the codes that rules name for the line that they decide: {codes_words(scope.codes)}."
        else:
            yield "No code is in scope: no rule names one for the line that it decides."
        if scope.codes and scope.dates != (Period(),):
            dates = listed(tuple(map(_dates, scope.dates)))
            yield f"Checked are dates of service {dates}, when a version that names such codes is in effect."


def _dates(period: Period) -> str:
    """Say from when to when.

    >>> _dates(Period(first="2024-07-01")), _dates(Period(last="2024-06-30"))
    ('from 2024-07-01 on', 'until 2024-06-30')
    """
    if period.first and period.last:
        return f"from {period.first} to {period.last}"
    return f"from {period.first} on" if period.first else f"until {period.last}"


def codes_words(codes: tuple[str, ...]) -> str:
    """List codes that are treated the same; of many the first ones.

    >>> codes_words(("00001", "00002")), codes_words(tuple(map(str, range(20))))
    ('00001 and 00002', '0, 1, 2, 3 and 16 more')
    """
    if len(codes) <= _MANY_CODES:
        return listed(codes)
    return f"{', '.join(codes[:_FEW_CODES])} and {len(codes) - _FEW_CODES} more"


def _faulty(verification: Verification, fault: RuleFault) -> Iterator[Section]:
    """Say which rules have a fault, and of those that were asked for, that there are no others."""
    found = [each for each in verification.findings if each.fault == fault]
    one, several, meaning = FAULTS[fault]
    blocks: list[Block] = []
    if fault in QUESTIONS:
        blocks.append(_absence(verification, fault, f"{one} ({meaning})", found=bool(found)))
    if found:
        rows = tuple(
            (cell(Span(each.rule, "name")), cell(certainty(each.certainty)), cell(each.because)) for each in found
        )
        caption = f"{len(found):,} {one if len(found) == 1 else several}"
        blocks.append(Table(caption, ("rule", "certainty", "because"), rows))
    if blocks:
        yield Section(title=several.capitalize(), blocks=tuple(blocks))


def _payers(verification: Verification) -> Iterator[Section]:
    """Compare what each payer answers on the claims of conflicts and gaps, where there are other payers."""
    names = tuple(dict.fromkeys(name for each in verification.payers for name in each.answers))
    if len(names) <= 1:
        return
    shown: list[tuple[str, dict[str, Any]]] = [
        *((f"conflict {number}", each.shown.encounter) for number, each in enumerate(verification.conflicts, start=1)),
        *((f"gap {number}", each.shown.encounter) for number, each in enumerate(verification.gaps, start=1)),
    ]
    rows = []
    for each in verification.payers:
        where = [name for name, encounter in shown if encounter == each.encounter]
        of = cell(f"{' and '.join(where)}, line {each.line}") if where else claim_words(each.encounter)
        answers = (_answer(each.answers[name]) if name in each.answers else Span("—", "quiet") for name in names)
        rows.append((of, *map(cell, answers)))
    caption = "What each payer answers on the claims above"
    yield Section(title="Other payers", blocks=(Table(caption, ("claim", *names), tuple(rows)),))


def _answer(text: str) -> str:
    """Write an answer of a verification, such as `denied (provider): policy/rule`, as a person reads it.

    >>> _answer("denied (provider): plan/rule"), _answer("undecided")
    ('denied, provider responsibility (CO): plan/rule', 'no policy applies')
    """
    answer, colon, rule = text.partition(": ")
    disposition, _, liability = answer.removesuffix(")").partition(" (")
    return f"{answer_in_words(disposition, liability)}{colon}{rule}"
