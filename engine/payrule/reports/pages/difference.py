"""A difference as a page: changed answers first, then rules, text, claims of a file, and the version number."""

from collections.abc import Iterator

from payrule.compare.comparison_side import ALONE
from payrule.reports.pages.answers import (
    CERTAINTY_WORDS,
    absence,
    answer_cell,
    change_words,
    claim,
    enough,
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
from payrule.reports.text import counted, money
from payrule.results.difference import AnswerChange, ChangedInPlace, Difference, Edit, Impact, ImpactChange, VersionBump


def difference_page(difference: Difference) -> Page:
    """Say what differs, with passages where citations have them."""
    return Page(
        title=f"Difference: {difference.old} → {difference.new}",
        blocks=tuple(_lead(difference)),
        sections=(
            _answers(difference),
            _edits(difference, "rules", "What changes in rules", "No rule changes."),
            _edits(difference, "text", "What changes in text", "No text changes."),
            *((_impact(difference.impact),) if difference.impact else ()),
            *((_bumps(difference.bumps),) if difference.bumps else ()),
        ),
    )


def _lead(difference: Difference) -> Iterator[Block]:
    for_whom = f"For payer {difference.payer}, as" if difference.payer else "As"
    yield Paragraph(line(f"{for_whom} published on {difference.known_on}."))
    if difference.in_place:
        listed = (line(Span(each.version, "name"), f": {_in_place(each)}") for each in difference.in_place)
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


def _in_place(each: ChangedInPlace) -> str:
    return f"{_CHANGED[each.change]}; {_LOCK[each.lock]}"


_CHANGED = {
    "changed": "it, or what it uses of the vocabulary, was changed",
    "removed": "it was removed, or is no longer in force",
    "none": "it was not changed here",
}
_LOCK = {
    "none": "it is not in the lock",
    "kept": "its lock was not renewed",
    "renewed": "its lock was renewed in the same change, so `payrule check` does not report it",
    "changed": "its lock was changed and does not match it",
    "removed": "its lock was removed in the same change, so `payrule check` does not report it",
}


def _answers(difference: Difference) -> Section:
    answers = difference.answers
    other = "other " if answers.changes else ""
    absent = "no other answer changes" if other else "every answer stays the same"
    sure = absence(answers.certainty, absent, f"{other}answers may change", answers.notes)
    blocks: list[Block] = [Paragraph(sure)]
    if answers.certainty != "unknown":
        notes = filter(None, (enough(answers.other_lines), *(f"{note}." for note in answers.notes)))
        blocks += [Paragraph(line(each)) for each in notes]
    if len(answers.changes) > 1:
        blocks.append(_overview(answers.changes))
    return Section(
        title="What changes in answers",
        blocks=tuple(blocks),
        sections=tuple(_change(number, each) for number, each in enumerate(answers.changes, start=1)),
    )


def _overview(changes: tuple[AnswerChange, ...]) -> Table:
    """List what changes into what, and for each the rules that decide before and after."""
    kinds: dict[tuple[Cell, Cell], list[Line]] = {}
    for number, change in enumerate(changes, start=1):
        name = line(Span(f"{number}", to=_anchor(number)), " ", *_rules(change))
        kinds.setdefault((answer_cell(change.before), answer_cell(change.after)), []).append(name)
    return Table(
        caption="Kinds of changed answers",
        head=("before", "after", "numbers, by deciding rule"),
        rows=tuple((before, after, tuple(names)) for (before, after), names in kinds.items()),
    )


def _rules(change: AnswerChange | ImpactChange) -> Line:
    """Name the rules that decide before and after."""
    before, after = (
        Span(each.rule, "name") if each.rule else Span("no rule", "quiet") for each in (change.before, change.after)
    )
    return line(before, " → ", after) if before != after else line(before)


def _anchor(number: int) -> str:
    return f"kind-{number}"


def _change(number: int, change: AnswerChange) -> Section:
    witness = change.witness
    rules = "".join(span.text for span in _rules(change))
    payer = "" if witness.before.payer == ALONE else f" by {witness.before.payer}"
    caption = f"Line {witness.line} as answered{payer} before and after"
    answers = {name: each.line(witness.line) for name, each in (("before", witness.before), ("after", witness.after))}
    return Section(
        title=f"{number}. {change_words(change.before, change.after)}: {rules}",
        blocks=(*claim(witness.encounter, witness.line, witness.matters), side_by_side(caption, answers)),
        anchor=_anchor(number),
        folded=True,
    )


def _edits(difference: Difference, area: str, title: str, nothing: str) -> Section:
    edits = [edit for edit in difference.edits if edit.area == area]
    documents = dict.fromkeys(edit.document for edit in edits)
    tables = [_edit_table(name, [edit for edit in edits if edit.document == name]) for name in documents]
    return Section(title=title, blocks=tuple(tables) or (Paragraph(line(nothing)),))


def _edit_table(document: str, edits: list[Edit]) -> Table:
    return Table(
        caption=f"{counted(len(edits), 'change')} in {document}",
        head=("what", "before", "after"),
        rows=tuple(map(_edit_row, edits)),
    )


def _edit_row(edit: Edit) -> Row:
    """Say what was there and what is there now: of a part that has no more, its name."""
    kind, name = Span(_kind_words(edit), "quiet"), Span(edit.name, "name")
    if edit.before is None and edit.after is None:
        removed = edit.kind == "removed"
        return cell(edit.of, kind), cell(name if removed else _NOTHING), cell(_NOTHING if removed else name)
    return cell(line(f"{edit.of} ", name), kind), cell(edit.before or _NOTHING), cell(edit.after or _NOTHING)


_NOTHING = Span("—", "quiet")


def _kind_words(edit: Edit) -> str:
    return f"{edit.kind}: {edit.key}" if edit.key else edit.kind


def _impact(impact: Impact) -> Section:
    of = f" of {counted(impact.lines, 'line')} in {counted(impact.encounters, 'claim')} answered differently"
    charged = line("; their charges: ", Span(money(impact.changed_cents), "strong"), ", as far as the claims have them")
    changed = Span(f"{impact.changed_lines:,}", "strong"), Span(of)
    blocks: list[Block] = [Paragraph((*changed, *(charged if impact.changed_lines else ()), Span(".")))]
    blocks.extend(Paragraph(line(each)) for each in (*_dates(impact), *_void_once(impact)))
    warnings = ["Time ran out: the claims after these were not decided."] if impact.cut_off else []
    warnings += [f"{counted(impact.undecidable, 'claim')} could not be decided."] if impact.undecidable else []
    blocks.extend(Paragraph(line(Span(each, "warning"))) for each in warnings)
    if impact.changes:
        rows = tuple(_impact_row(each) for each in impact.changes)
        blocks.append(
            Table(
                caption="Lines of the file by kind of change",
                head=("change", "lines", "charges", "examples"),
                rows=rows,
            )
        )
    return Section(title="What changes in the claims of the file", blocks=tuple(blocks))


def _dates(impact: Impact) -> Iterator[str]:
    """Say by which dates the claims are decided, where the two versions have different ones."""
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


def _void_once(impact: Impact) -> Iterator[str]:
    """Say how many claims are not compared, since they void another claim in one version only."""
    if impact.void_once:
        voids = f"{counted(impact.void_once, 'claim')} {'is' if impact.void_once == 1 else 'are'} void"
        yield f"{voids} in one version only: a void claim is not decided, so its lines are not compared."


def _impact_row(change: ImpactChange) -> Row:
    without = f"{counted(change.lines_without_charge, 'line')} without a charge" if change.lines_without_charge else ""
    return (
        cell(change_words(change.before, change.after), _rules(change)),
        cell(f"{change.lines:,}"),
        cell(money(change.cents), *([Span(without, "quiet")] if without else [])),
        cell(*(f"{each.encounter} line {each.line}" for each in change.examples)),
    )


def _bumps(bumps: tuple[VersionBump, ...]) -> Section:
    blocks = [Paragraph(line(*_bump_words(bump), f", because {bump.because}.")) for bump in bumps]
    return Section(title="Which version number it needs", blocks=tuple(blocks))


def _bump_words(bump: VersionBump) -> tuple[Span, ...]:
    needs = "it may keep its number" if bump.bump == "none" else f"a {bump.bump} change needs {bump.demanded} or higher"
    if not bump.enough:
        verdict = Span("which is too low", "warning")
    elif bump.certainty == "unknown":
        verdict = Span("which may be too low", "unknown")
    else:
        verdict = Span("which is enough", "proved")
    sure = "" if bump.certainty == "proved" else f" ({CERTAINTY_WORDS[bump.certainty]})"
    return line(
        f"version number of {bump.policy} after {bump.older}: ",
        Span(needs, "strong"),
        f"{sure}; it has {bump.given}, ",
        verdict,
    )
