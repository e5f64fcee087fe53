"""Answers by columns, read back line by line, for tests to compare with those of one encounter."""

from collections.abc import Iterable
from datetime import date

import msgspec

from payrule.columns.answer_key import ANSWERED
from payrule.columns.countable import earlier_lines
from payrule.columns.decide_files import adjudicate
from payrule.columns.lines import LINES, load
from payrule.columns.single_claims import SingleClaims
from payrule.columns.sources import attributes_to_load
from payrule.encounter.encounter import CODE, Encounter
from payrule.results.determination import LineDetermination
from payrule.rulebase.rulebase import Rulebase
from payrule.source.database import Store

Answered = tuple[int, LineDetermination]
"""The position of an encounter, and the answer for one of its lines."""


def plain(rulebase: Rulebase, encounters: Iterable[Encounter]) -> list[Encounter]:
    """Leave out the encounters that are decided one by one."""
    with Store(threads=1) as store:
        single = SingleClaims(store, rulebase, lambda _: rulebase.terms(payer=None, known_on="2026-01-01"))
        return [each for each in encounters if not single.is_single(each)]


def by_columns(rulebase: Rulebase, encounters: Iterable[Encounter], payer: str, known_on: date) -> list[Answered]:
    """Decide by columns the encounters that are."""
    with Store(threads=1) as store:
        vocabulary = rulebase.documents.vocabulary
        lines = load(
            store,
            plain(rulebase, encounters),
            attributes_to_load(rulebase),
            earlier=lambda encounter: earlier_lines(encounter, vocabulary),
        )
        answers = adjudicate(store, rulebase, lines, lambda _: rulebase.terms(payer=payer, known_on=known_on))
        codes = lines.values[CODE]
        return [
            (e, msgspec.structs.replace(answers[answer], number=number, code=str(codes[code])))
            for e, number, code, answer in store.rows(
                f"SELECT l.claim, a.number, a.code, a.answer FROM {LINES} l JOIN {ANSWERED} a USING (row) ORDER BY row"  # noqa: S608 - names of ours
            )
        ]


def one_by_one(rulebase: Rulebase, encounters: Iterable[Encounter], payer: str, known_on: date) -> list[Answered]:
    """Decide the same encounters one at a time, by the reference evaluator."""
    terms = rulebase.terms(payer=payer, known_on=known_on)
    found = []
    for e, encounter in enumerate(plain(rulebase, encounters)):
        answers: dict[int, LineDetermination] = {}
        for program, subjects in rulebase.programs_for(terms, encounter):
            scene = program.scene(encounter)
            for index, matches in zip(subjects, program.referred(scene, subjects), strict=True):
                answers[index] = program.answer(scene, index, matches)
        found += [(e, answers[index]) for index in range(len(encounter.lines))]
    return found
