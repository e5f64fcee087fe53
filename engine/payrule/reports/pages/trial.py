"""A claim that somebody tries: the answer of each line, what would make it payable, and why not one rule."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from payrule.compare.parts import dates_words
from payrule.language.words import subject_of
from payrule.model.choices import DISPOSITION_WORDS, LIABILITY_WORDS
from payrule.reports.explanation import REPLACED_BY, STATES
from payrule.reports.pages.answers import side_by_side
from payrule.reports.pages.page import Block, Cell, Line, Listing, Paragraph, Section, Span, Table, cell, line
from payrule.reports.table import conclusion_words
from payrule.results.determination import Determination, LeftOut, LineDetermination, RuleExplanation, code_words
from payrule.source.diagnostics import counted

ControlOf = Callable[[str, int], str | None]
"""Gives the anchor of the control in which an attribute of a line is typed; None for one that is computed."""


class AskedRule(msgspec.Struct, frozen=True):
    """A rule that somebody picked, as `policy/rule`, and what became of it by line: None where none applies."""

    rule: str = ""
    told: Mapping[int, RuleExplanation | None] = {}


def answer_sections(
    determination: Determination, deciding: Mapping[int, RuleExplanation], asked: AskedRule, control_of: ControlOf
) -> Iterator[Section]:
    """Show the answer of each line; `deciding` has, by the number of the line, the rule that decides it."""
    for each in determination.lines:
        whole = msgspec.structs.replace(each, possible=(), needs=UNSET)  # which are said below
        blocks: list[Block] = [side_by_side("Answer", {f"line {each.number}": whole}), *_possible(each)]
        blocks += _would_pay(each, deciding.get(each.number), control_of)
        if each.number in asked.told:
            blocks += _rule_blocks(asked.rule, asked.told[each.number], each.number, control_of)
        yield Section(title=f"Line {each.number}, {code_words(each.code)}", blocks=tuple(blocks))


def _would_pay(answer: LineDetermination, deciding: RuleExplanation | None, control_of: ControlOf) -> Iterator[Block]:
    """Say what is missing, each with its control, what the policies advise, and what has to be otherwise."""
    if answer.disposition == "payable":
        return
    missing = answer.needs or ((answer.open,) if answer.open else ())
    lines: list[Line] = [line("Say ", *_named(group, answer.number, control_of), ".") for group in missing]
    lines += [line(each) for each in answer.advice]
    if deciding is not None:
        words = DISPOSITION_WORDS[answer.disposition]
        lines.append(line(f"It is {words} as long as this holds ({deciding.rule}): {deciding.condition}."))
    if lines:
        any_of = ", any of these" if len(answer.needs or ()) > 1 else ""
        settles = "What would settle it" if answer.disposition == "pending" else "What would make it payable"
        yield Paragraph(line(Span(f"{settles}{any_of}:", "strong")))
        yield Listing(tuple(lines))


def _possible(answer: LineDetermination) -> Iterator[Block]:
    """Name the rules that could still decide a line."""
    if answer.possible:
        yield Paragraph(line(f"{counted(len(answer.possible), 'rule')} could still decide this line:"))
        responsible: dict[str | None, str] = {
            None: "",
            **{key: f" ({words})" for key, words in LIABILITY_WORDS.items()},
        }
        lines = (
            line(Span(each.name, "name"), f": {each.value}{responsible[each.liability]}") for each in answer.possible
        )
        yield Listing(tuple(lines))


def _named(attributes: tuple[str, ...], number: int, control_of: ControlOf) -> Iterator[Span]:
    """Name attributes as a person would, each leading to the control in which it is typed."""
    for at, name in enumerate(attributes):
        if at:
            yield Span(", ")
        other, _, own = name.rpartition("].")
        words = f"{subject_of(own)} of line {other.partition('[')[2]}" if other else subject_of(name)
        yield Span(words, to=control_of(name, number))


def _rule_blocks(rule: str, told: RuleExplanation | None, number: int, control_of: ControlOf) -> Iterator[Block]:
    """Say what became of a rule on a line: condition by condition, with what is known."""
    if told is None:
        yield Paragraph(line(Span(rule, "name"), " is of a version that does not apply on the date of service."))
        return
    words, _ = STATES[told.state]
    responsible = f", {LIABILITY_WORDS[told.liability]}" if told.liability else ""
    rows: list[tuple[Cell, ...]] = [
        (cell("on this line"), cell(Span(words, "strong"))),
        (cell("would answer"), cell(f"{conclusion_words(told)}{responsible}")),
        (cell("condition"), cell(told.condition)),
    ]
    if told.by:
        other, _, how = told.by.partition(" by ")
        rows.append((cell("replaced by"), cell(f"{other}, {REPLACED_BY[how]}")))
    if told.because:
        label = "not met" if told.state == "does-not-match" else "not known" if told.state == "waits" else "because"
        rows.append((cell(label), cell(*told.because)))
    if told.waits_for:
        effect = "would change the answer" if told.matters else "would not change the answer"
        named = line(*_named(told.waits_for, number, control_of), Span(f" ({effect})", "quiet"))
        rows.append((cell("missing information"), (named,)))
    rows += [(cell("source"), _source(cite)) for cite in told.cites]
    yield Table(f"The rule {told.name}: {told.summary}", ("", f"line {number}"), tuple(rows))


def _source(cite: Any) -> Cell:
    place = f"{cite['source']}: {cite['locator']}"
    return cell(place, *([Span(f"“{cite['passage']}”", "passage")] if cite.get("passage") else []))


def left_out_section(left_out: tuple[LeftOut, ...]) -> Section:
    """List versions of policies that do not apply to any line on its date of service, or not to all lines."""
    rows = tuple(
        (cell(Span(each.version, "name")), cell(f"{each.status}, {dates_words(each.first, each.last)}"), cell(each.why))
        for each in left_out
    )
    head = ("version", "dates", "why")
    table = Table(f"{counted(len(left_out), 'version')} of the payer's policies", head, rows)
    return Section(title="Policies that do not apply", blocks=(table,))
