"""A difference as a page: changed answers first, then rules, text, claims of a file, and the version number."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from msgspec import UNSET

from payrule.compare.comparison_side import ALONE
from payrule.reports.pages.answers import (
    CERTAINTY_WORDS,
    absence,
    change_words,
    claim,
    limits,
    side_by_side,
)
from payrule.reports.pages.page import (
    Block,
    Cell,
    Line,
    Listing,
    Page,
    Paragraph,
    Row,
    Section,
    Span,
    Table,
    cell,
    line,
)
from payrule.reports.table import answer_spans
from payrule.reports.text import money
from payrule.results.difference import AnswerChange, Difference, Edit, Impact, ImpactChange, ReviewedKind, VersionBump
from payrule.source.diagnostics import counted


def difference_page(difference: Difference) -> Page:
    """Say what differs, with passages where citations have them."""
    bumps = [Paragraph(line(*_bump_words(each), f", because {each.because}.")) for each in difference.bumps]
    return Page(
        title=f"Difference: {difference.old} → {difference.new}",
        blocks=tuple(_lead(difference)),
        sections=(
            answers_section(difference),
            _edits(difference, "rules", "What changes in rules", "No rule changes."),
            _edits(difference, "text", "What changes in text", "No text changes."),
            *((impact_section(difference.impact),) if difference.impact else ()),
            *((Section(title="Which version number it needs", blocks=tuple(bumps)),) if bumps else ()),
        ),
    )


def _lead(difference: Difference) -> Iterator[Block]:
    for_whom = f"For payer {difference.payer}, as" if difference.payer else "As"
    yield Paragraph(line(f"{for_whom} published on {difference.known_on}."))
    if difference.in_place:
        listed = (
            line(Span(each.version, "name"), f": {_CHANGED[each.change]}; {_LOCK[each.lock]}")
            for each in difference.in_place
        )
        yield Paragraph(line(Span("Versions in force were changed without a new version number:", "warning")))
        yield Listing(tuple(listed))
    settled = difference.answers.certainty != "unknown"
    if settled and not difference.differs:
        yield Paragraph(line(Span("Nothing differs.", "strong")))
        return
    kinds = counted(len(difference.answers.changes), "kind")
    rules, text = (sum(edit.area == area for edit in difference.edits) for area in ("rules", "text"))
    summary = [
        line(Span(kinds, "strong"), f" of changed answers{'' if settled else ' so far'}"),
        line(Span(counted(rules, "change"), "strong"), " in rules, ", Span(f"{text:,}", "strong"), " in text"),
    ]
    if difference.impact:
        changed = Span(f"{difference.impact.changed_lines:,}", "strong")
        lines = counted(difference.impact.lines, "line")
        summary.append(line(changed, f" of {lines} in the claims answered differently"))
    summary += [_bump_words(bump) for bump in difference.bumps]
    yield Listing(tuple(summary))


_CHANGED = {
    "changed": "it was changed, or something that it uses in the vocabulary was",
    "removed": "it was removed, or is no longer in force",
    "none": "it was not changed here",
}
_LOCK = {
    "none": "it has no entry in the lock",
    "kept": "its entry in the lock was not renewed",
    "renewed": "its entry in the lock was renewed in the same change, so `payrule check` does not report it",
    "changed": "its entry in the lock was changed and does not match it",
    "removed": "its entry in the lock was removed in the same change, so `payrule check` does not report it",
}


def answers_section(difference: Difference) -> Section:
    """Show every kind of changed answers, and how certain it is that there is no other."""
    answers = difference.answers
    other = "other " if answers.changes else ""
    absent = "no other answer changes" if other else "every answer stays the same"
    sure = absence(answers.certainty, absent, f"{other}answers may change", answers.notes)
    blocks: list[Block] = [Paragraph(sure)]
    if answers.certainty != "unknown":
        blocks += limits(answers.other_lines, answers.notes)
    if difference.review:
        approved = len(answers.changes) - difference.waiting
        blocks.append(Paragraph(line(f"{counted(approved, 'kind')} approved, {difference.waiting:,} to review.")))
    if len(answers.changes) > 1:
        blocks.append(_overview(difference))
    return Section(
        title="What changes in answers",
        blocks=tuple(blocks),
        sections=tuple(kind_section(number, each, review) for number, each, review in kinds_to_show(difference)),
    )


def kinds_to_show(difference: Difference) -> Iterator[tuple[int, AnswerChange, ReviewedKind | None]]:
    """Give the kinds of changed answers that no review has approved, each with its number and what the review says."""
    changes = difference.answers.changes
    reviews = difference.review or (None,) * len(changes)
    for number, (change, review) in enumerate(zip(changes, reviews, strict=True), start=1):
        if review is None or review.status != "approved":
            yield number, change, review


def review_words(review: ReviewedKind) -> str:
    """Say what a review says of a kind of change.

    >>> review_words(ReviewedKind(id="", status="questioned", by="A. Reviewer", on="2026-11-28", comment="why?"))
    'questioned by A. Reviewer on 2026-11-28: why?'
    """
    said = _REVIEWED[review.status]
    by = f" by {review.by} on {review.on}" if review.by else ""
    after = ", before one of its rules was changed" if review.status == "changed" else ""
    return f"{said}{by}{after}{f': {review.comment}' if review.comment else ''}"


_REVIEWED = {"new": "not reviewed", "approved": "approved", "questioned": "questioned", "changed": "reviewed"}


def _overview(difference: Difference) -> Table:
    """List what changes into what, and for each the rules that decide before and after."""
    shown = {number for number, *_ in kinds_to_show(difference)}
    kinds: dict[tuple[Cell, Cell], list[Line]] = {}
    for number, change in enumerate(difference.answers.changes, start=1):
        marked = (Span(f"{number}", to=f"kind-{number}"),) if number in shown else (Span(f"{number} (approved)"),)
        name = line(*marked, " ", *_rules(change))
        kinds.setdefault((cell(*answer_spans(change.before)), cell(*answer_spans(change.after))), []).append(name)
    rows = tuple((before, after, tuple(names)) for (before, after), names in kinds.items())
    return Table("Kinds of changed answers", ("before", "after", "numbers, by deciding rule"), rows)


def _rules(change: AnswerChange | ImpactChange) -> Line:
    """Name the rules that decide before and after; where another amount is paid, those that reduce it."""
    if change.paid_otherwise:
        reducing = (", ".join(each) for each in (change.paid_otherwise.before, change.paid_otherwise.after))
        one, two = (Span(each, "name") if each else Span("not reduced", "quiet") for each in reducing)
        return line("reduced by ", one) if one == two else line(one, " → ", two)
    before, after = (
        Span(each.rule, "name") if each.rule else Span("no rule", "quiet") for each in (change.before, change.after)
    )
    return line(before, " → ", after) if before != after else line(before)


def kind_section(number: int, change: AnswerChange, review: ReviewedKind | None = None) -> Section:
    """Show a kind of changed answers: the smallest claim, the answers before and after, and what a review says."""
    witness = change.witness
    rules = "".join(span.text for span in _rules(change))
    payer = "" if witness.before.payer == ALONE else f" by {witness.before.payer}"
    caption = f"Line {witness.line} as answered{payer} before and after"
    answers = {name: each.line(witness.line) for name, each in (("before", witness.before), ("after", witness.after))}
    return Section(
        title=f"{number}. {change_words(change.before, change.after, change.paid_otherwise)}: {rules}",
        blocks=(
            *([Paragraph(line("Review: ", Span(review_words(review), "strong"), "."))] if review else []),
            *claim(witness.encounter, witness.line, witness.matters),
            side_by_side(caption, answers),
        ),
        anchor=f"kind-{number}",
        folded=True,
    )


def _edits(difference: Difference, area: str, title: str, nothing: str) -> Section:
    edits = [edit for edit in difference.edits if edit.area == area]
    tables: list[Block] = []
    for document in dict.fromkeys(edit.document for edit in edits):
        rows = tuple(_edit_row(edit) for edit in edits if edit.document == document)
        tables.append(Table(f"{counted(len(rows), 'change')} in {document}", ("what", "before", "after"), rows))
    return Section(title=title, blocks=tuple(tables) or (Paragraph(line(nothing)),))


def part_words(edit: Edit) -> str:
    """Say what was edited: what happened, to which kind of part, and to which key of it.

    >>> part_words(Edit(kind="changed", area="rules", document="p@2.0.0", of="set", name="timed", key="members"))
    'changed: codes of the code list'
    """
    part = _PARTS.get(edit.of, edit.of)
    key = f"{_KEYS.get(edit.key, edit.key.replace('_', ' '))} of the " if edit.key else ""
    return f"{edit.kind}: {key}{part}"


def redline(before: str | None, after: str | None) -> Line:
    """Write a text over another, word by word: what is gone, what is new, and between them what stayed.

    >>> [(each.text, each.tone) for each in redline("paid once a day", "paid twice a day")]
    [('paid ', 'plain'), ('once', 'gone'), ('twice', 'new'), (' a day', 'plain')]
    """
    old, new = (re.split(r"(\s+)", each or "") for each in (before, after))
    spans: list[Span] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            spans.append(Span("".join(old[a:b])))
        else:
            spans += [Span("".join(old[a:b]), "gone")] if a < b else []
            spans += [Span("".join(new[c:d]), "new")] if c < d else []
    return tuple(each for each in spans if each.text) or line(_NOTHING)


def _edit_row(edit: Edit) -> Row:
    """Say what was there and what is there now: of a part that has no more, its name."""
    key = f": {_KEYS.get(edit.key, edit.key.replace('_', ' '))}" if edit.key else ""
    kind, name = Span(f"{edit.kind}{key}", "quiet"), Span(edit.name, "name")
    if edit.before is None and edit.after is None:
        removed = edit.kind == "removed"
        return (
            cell(_PARTS.get(edit.of, edit.of), kind),
            cell(name if removed else _NOTHING),
            cell(_NOTHING if removed else name),
        )
    part = line(f"{_PARTS.get(edit.of, edit.of)} ", name)
    return cell(part, kind), cell(edit.before or _NOTHING), cell(edit.after or _NOTHING)


_NOTHING = Span("—", "quiet")

_PARTS: dict[str, str] = {
    "set": "code list",
    "fact": "definition",
    "concern": "edit category",
    "remittance-code": "remittance code",
    "code-set": "code list",
}
"""What a person reads for a part of a document, where it is not the part's own name."""

_KEYS = {
    "members": "codes",
    "when": "condition",
    "conclude": "result",
    "overrides": "exceptions",
    "cites": "citations",
}
"""What a person reads for a key of a part, where it is not the key itself."""


def impact_section(impact: Impact) -> Section:
    """Show how many lines of a claims file are answered otherwise, and what was charged for them."""
    of = f" of {counted(impact.lines, 'line')} in {counted(impact.encounters, 'claim')} answered differently"
    charged = line(
        "; charges of these lines: ", Span(money(impact.changed_cents), "strong"), " (only lines with a charge)"
    )
    changed = Span(f"{impact.changed_lines:,}", "strong"), Span(of)
    blocks: list[Block] = [Paragraph((*changed, *(charged if impact.changed_lines else ()), Span(".")))]
    blocks.extend(Paragraph(line(each)) for each in _not_compared(impact))
    warnings = ["Time ran out: the claims after these were not decided."] if impact.cut_off else []
    warnings += [f"{counted(impact.undecidable, 'claim')} could not be decided."] if impact.undecidable else []
    blocks.extend(Paragraph(line(Span(each, "warning"))) for each in warnings)
    if impact.changes:
        rows = tuple(_impact_row(each) for each in impact.changes)
        head = ("change", "lines", "charges", "examples")
        blocks.append(Table("Lines of the file by kind of change", head, rows))
    return Section(title="What changes in the claims of the file", blocks=tuple(blocks))


def _not_compared(impact: Impact) -> Iterator[str]:
    """Say by which dates the claims are decided, and what is not compared: dates and voids of one version only."""
    if impact.dates == "as-if-in-effect":
        yield "The claims are decided as if both versions were in effect on every date of service."
    elif impact.dates == "in-effect":
        yield "The claims are decided by the dates on which each version is in effect."
        if impact.lines_outside:
            left_out = f"{counted(impact.lines_outside, 'line')} {'is' if impact.lines_outside == 1 else 'are'}"
            yield (
                f"{left_out} not compared: not both versions are in effect on the date of service. "
                "To compare all lines, add `--as-if-in-effect`."
            )
    if impact.void_once:
        voids = f"{counted(impact.void_once, 'claim')} {'is' if impact.void_once == 1 else 'are'} void"
        yield f"{voids} in one version only: a void claim is not decided, so its lines are not compared."


def _impact_row(change: ImpactChange) -> Row:
    without = f"{counted(change.lines_without_charge, 'line')} without a charge" if change.lines_without_charge else ""
    return (
        cell(change_words(change.before, change.after, change.paid_otherwise), _rules(change)),
        cell(f"{change.lines:,}", *_concerned(change)),
        cell(money(change.cents), *([Span(without, "quiet")] if without else []), *_paid(change)),
        cell(*(f"{each.encounter} line {each.line}" for each in change.examples)),
    )


def _concerned(change: ImpactChange) -> Iterator[Span]:
    """Say of how many members and providers the lines are, where the claims name them."""
    for number, noun in ((change.members, "member"), (change.providers, "provider")):
        if number is not UNSET:
            yield Span(counted(number, noun), "quiet")


def _paid(change: ImpactChange) -> Iterator[Line]:
    """Say how much of the charges is paid before and after, where it is a part of some of them."""
    if change.paid_cents:
        before, after = (money(each) for each in (change.paid_cents.before, change.paid_cents.after))
        unknown = f" ({counted(change.paid_cents.unknown, 'line')} not known)" if change.paid_cents.unknown else ""
        yield line(Span(f"of which paid: {before} → {after}{unknown}", "quiet"))


def _bump_words(bump: VersionBump) -> Line:
    needs = "it may keep its number" if bump.bump == "none" else f"a {bump.bump} change needs {bump.demanded} or higher"
    if not bump.enough:
        verdict = Span("which is too low", "warning")
    elif bump.certainty == "unknown":
        verdict = Span("which may be too low", "unknown")
    else:
        verdict = Span("which is enough", "proved")
    sure = "" if bump.certainty == "proved" else f" ({CERTAINTY_WORDS[bump.certainty]})"
    which = f"version number of {bump.policy} after {bump.older}: "
    return line(which, Span(needs, "strong"), f"{sure}; it has {bump.given}, ", verdict)
