"""A verification as a page: conflicts, gaps, useless rules, and what each payer answers on the claims found."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from payrule.model.policy import Period
from payrule.reports.pages.answers import absence, enough, side_by_side
from payrule.reports.pages.claim import claim, claim_words
from payrule.reports.pages.page import (
    Block,
    Listing,
    Page,
    Paragraph,
    Row,
    Said,
    Section,
    Span,
    Table,
    Verbatim,
    cell,
    listed,
    plain,
    said,
)
from payrule.reports.text import counted
from payrule.results.verification import (
    QUESTIONS,
    Gap,
    Question,
    ReachableConflict,
    RuleFault,
    RuleFinding,
    Scope,
    Verification,
)


class _Fault(NamedTuple):
    """What a rule with a fault is called, several of them, and what it means."""

    one: str
    several: str
    meaning: str


FAULTS: dict[RuleFault, _Fault] = {
    "dead": _Fault("dead rule", "dead rules", "no claim matches it"),
    "shadowed": _Fault("shadowed rule", "shadowed rules", "claims match it, but it never is a reason for an answer"),
    "redundant": _Fault("redundant rule", "redundant rules", "without it every answer would be the same"),
    "unexampled": _Fault("rule without an example", "rules without an example", "no example has a claim it matches"),
}

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
            *(section for fault in FAULTS for section in _faulty(verification, fault)),
            *_payers(verification),
        ),
    )


def _lead(verification: Verification) -> Iterator[Block]:
    rules = counted(verification.rules, "rule")
    yield Paragraph(plain(f"{rules} that bind {verification.payer}, as known on {verification.known_on}."))
    accepted = sum(each.accepted is not None for each in verification.conflicts)
    conflicts = counted(len(verification.conflicts) - accepted, "conflict")
    found = [
        said(Span(conflicts, "strong"), f" to settle{f', {accepted:,} accepted' if accepted else ''}"),
        said(Span(counted(len(verification.gaps), "group"), "strong"), " of codes with claims that no policy decides"),
    ]
    for fault, words in FAULTS.items():
        number = sum(each.fault == fault for each in verification.findings)
        if number:
            found.append(said(Span(f"{number:,}", "strong"), f" {words.one if number == 1 else words.several}"))
    yield Listing(tuple(found))
    told = filter(None, (enough(verification.other_lines), *(f"{note}." for note in verification.notes)))
    yield from (Paragraph(plain(each)) for each in told)


def _absence(verification: Verification, question: Question, what: str, *, found: bool) -> Paragraph:
    """Say how sure it is that there is nothing, or nothing else, of what a question asks for."""
    absent = f"there is no {'other ' if found else ''}{what}"
    present = "there may be others" if found else f"there may be a {what}"
    return Paragraph(absence(verification.certainty.get(question, "unknown"), absent, present))


def _conflicts(verification: Verification) -> Section:
    found = verification.conflicts
    return Section(
        title="Conflicts",
        blocks=(_absence(verification, "conflicts", "conflict of two rules", found=bool(found)),),
        sections=tuple(_conflict(number, each) for number, each in enumerate(found, start=1)),
    )


def _conflict(number: int, conflict: ReachableConflict) -> Section:
    shown = conflict.shown
    answered = {f"line {shown.line}": shown.determination.line(shown.line)}
    state = " (accepted)" if conflict.accepted else ""
    return Section(
        title=f"{number}. {conflict.concern}: {' and '.join(conflict.rules)}{state}",
        blocks=(
            Listing(tuple(_says(conflict))),
            *claim(shown.encounter, shown.line, shown.matters),
            side_by_side("How it is answered", answered),
            *_help_text(conflict),
        ),
        folded=True,
    )


def _says(conflict: ReachableConflict) -> Iterator[Said]:
    """Say what each rule says, and whom it lets bear it, for two may differ in that alone."""
    bearers = {
        rule: liability
        for each in conflict.shown.determination.line(conflict.shown.line).conflicts
        if set(each.rules) == set(conflict.rules)
        for rule, liability in zip(each.rules, each.liabilities, strict=True)
    }
    for rule, value in zip(conflict.rules, conflict.values, strict=True):
        bearer = bearers.get(rule)
        yield said(Span(rule, "name"), f" says {value}{f', borne by: {bearer}' if bearer else ''}")


def _help_text(conflict: ReachableConflict) -> Iterator[Block]:
    if conflict.accepted:
        yield Paragraph(said(Span("accepted", "proved"), f": {conflict.accepted}"))
    elif conflict.accept:
        ways = "Let one rule override the other, or accept the conflict by this entry of the payer's "
        yield Paragraph(said(ways, Span("accepted_conflicts", "name"), ":"))
        yield Verbatim(msgspec.json.format(conflict.accept, indent=2))


def _gaps(verification: Verification) -> Section:
    found = verification.gaps
    blocks: list[Block] = [_absence(verification, "gaps", "code in scope with undecided claims", found=bool(found))]
    blocks += [Paragraph(plain(each)) for each in _scope(verification)]
    if found:
        rows = tuple(_gap(number, each) for number, each in enumerate(found, start=1))
        head = ("gap", "codes", "undecided", "a smallest such claim")
        blocks.append(Table("Codes with claims that no binding policy decides", head, rows))
    return Section(title="Gaps", blocks=tuple(blocks))


def _scope(verification: Verification) -> Iterator[str]:
    """Say of which codes and dates it was asked."""
    scope = verification.scope
    if isinstance(scope, Scope):
        if scope.codes:
            yield f"In scope are the codes that rules name for a line itself: {codes_words(scope.codes)}."
        else:
            yield "No code is in scope: no rule names one for a line itself."
        if scope.codes and scope.dates != (Period(),):
            dates = listed(tuple(map(_dates, scope.dates)))
            yield f"In scope are dates of service {dates}, when a version that names such codes is in effect."


def _dates(period: Period) -> str:
    """Say from when to when.

    >>> _dates(Period(first="2024-07-01")), _dates(Period(last="2024-06-30"))
    ('from 2024-07-01 on', 'until 2024-06-30')
    """
    if period.first and period.last:
        return f"from {period.first} to {period.last}"
    return f"from {period.first} on" if period.first else f"until {period.last}"


def _gap(number: int, gap: Gap) -> Row:
    how = (Span("always"), Span(gap.certainty, gap.certainty)) if gap.always else (Span("on some claims"),)
    return cell(f"{number}"), cell(codes_words(gap.codes)), cell(*how), claim_words(gap.shown.encounter)


def codes_words(codes: tuple[str, ...]) -> str:
    """List codes that are treated alike; of many the first ones.

    >>> codes_words(("00001", "00002")), codes_words(tuple(map(str, range(20))))
    ('00001 and 00002', '0, 1, 2, 3 and 16 more')
    """
    if len(codes) <= _MANY_CODES:
        return listed(codes)
    return f"{', '.join(codes[:_FEW_CODES])} and {len(codes) - _FEW_CODES} more"


def _faulty(verification: Verification, fault: RuleFault) -> Iterator[Section]:
    """Say which rules have a fault, and of those that were asked for, that there are no others."""
    found = [each for each in verification.findings if each.fault == fault]
    words = FAULTS[fault]
    blocks: list[Block] = []
    if fault in QUESTIONS:
        blocks.append(_absence(verification, fault, f"{words.one} ({words.meaning})", found=bool(found)))
    if found:
        rows = tuple(_finding(each) for each in found)
        caption = f"{words.several.capitalize()}: {words.meaning}"
        blocks.append(Table(caption, ("rule", "sure", "because"), rows))
    if blocks:
        yield Section(title=words.several.capitalize(), blocks=tuple(blocks))


def _finding(diagnostic: RuleFinding) -> Row:
    return (
        cell(Span(diagnostic.rule, "name")),
        cell(Span(diagnostic.certainty, diagnostic.certainty)),
        cell(diagnostic.because),
    )


def _payers(verification: Verification) -> Iterator[Section]:
    """Set what each payer answers beside each other, on the claims of conflicts and gaps, where there are others."""
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
        rows.append((of, *(cell(each.answers.get(name, Span("—", "quiet"))) for name in names)))
    caption = "What each payer answers on the claims above"
    yield Section(title="Other payers", blocks=(Table(caption, ("claim", *names), tuple(rows)),))
