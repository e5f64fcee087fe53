"""Decide many encounters by columns: the programs of a rulebase run on DuckDB, each distinct answer resolved once."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain, product

import msgspec

from payrule.columns.answer_key import Keying, Needs, answer_nothing, decode
from payrule.columns.bound import Bound
from payrule.columns.lines import CODE, DATE, Lines, selected, services
from payrule.columns.match import match
from payrule.columns.plan_sql import plan
from payrule.columns.writer import shared
from payrule.encounter.decoder import borrowed
from payrule.encounter.encounter import Encounter
from payrule.execute.reference import EvalContext
from payrule.language.condition import Test, conditions, find
from payrule.language.derived import INPUTS, LINE_FUNCTIONS, PAIR_FUNCTIONS
from payrule.language.truth import Matches
from payrule.model.encounter_schema import is_key
from payrule.model.policy import UNDECIDED
from payrule.resolve.answer import BriefDetails, Parts, Verdict, allows_units, answer, verdict
from payrule.results.determination import LineDetermination
from payrule.rulebase.compile import CompiledRules, LineDetails
from payrule.rulebase.request import DecisionRequest
from payrule.rulebase.rulebase import Rulebase
from payrule.source.database import Store


def bound(program: CompiledRules, where: str) -> Bound:
    """Plan a program for the lines of a condition."""
    attributes = program.vocabulary.attributes
    derived = {name: attributes[name].derived or "" for name in sorted(program.wanted) if attributes[name].derived}
    read = program.wanted.union(*(INPUTS[function] for function in derived.values()))
    return Bound(
        plan=plan(program.compiled.rules, program.compiled.facts),
        setting=program.setting,
        where=where,
        pairs={name: function for name, function in derived.items() if function in PAIR_FUNCTIONS},
        computed={name: function for name, function in derived.items() if function in LINE_FUNCTIONS},
        read=tuple(sorted(read)),
    )


class _Resolving:
    """Resolve what matches by a program, each set of matches once, however many there are.

    What is not `explained` does not rest on what rules wait for.
    """

    def __init__(self, program: CompiledRules, *, explained: bool) -> None:
        self._program, self._explained = program, explained
        self._verdicts: dict[Matches, Verdict] = {}
        self._parts: Parts = {}

    def needs(self, matches: Matches) -> Needs:
        """Say what the answer to matches rests on beside them."""
        found = self._verdicts.get(matches)
        if found is None:
            found = self._verdicts[matches] = verdict(self._program.binding, matches, self._parts)
        if not self._explained:
            return Needs((), allows_units(found))
        is_pending = found.disposition == "pending"
        rules = matches.possible | self._program.on_modifiers if is_pending else frozenset(found.open_rules)
        beside = tuple(reason.name for reason in found.reasons)
        is_mentioned = found.disposition == UNDECIDED
        return Needs(tuple(sorted(rules)), allows_units(found), beside, hides=is_pending, is_mentioned=is_mentioned)

    def mentioned(self, codes: Sequence[object]) -> list[int]:
        """Say of each code, by a number, why no policy applies to it where none does."""
        said = [None if code is None else self._program.because(str(code)) for code in codes]
        numbers = {each: at for at, each in enumerate(dict.fromkeys(said))}
        return [numbers[each] for each in said]

    def answer(self, encounter: Encounter, index: int, matches: Matches) -> LineDetermination:
        """Answer for a line of which it is known what matches."""
        scene = self._program.scene(encounter)
        here = EvalContext(scene, scene.lines[index])
        details = LineDetails(self._program, here, matches) if self._explained else BriefDetails()
        return answer(here.line, self._verdicts[matches], details)


def attributes_to_load(rulebase: Rulebase) -> tuple[str, ...]:
    """Name the attributes that encounters hold and rules may read."""
    return tuple(name for name, each in rulebase.documents.vocabulary.attributes.items() if is_key(name, each))


def attributes_to_read(rulebase: Rulebase) -> tuple[str, ...]:
    """Name those that some rule, fact or derived attribute of any policy reads, beside code and date."""
    vocabulary = rulebase.documents.vocabulary
    policies = [version for versions in rulebase.policies.values() for version in versions]
    asked = chain(conditions(vocabulary), *map(conditions, policies))
    inputs = {name for each in vocabulary.attributes.values() if each.derived for name in INPUTS[each.derived]}
    read = {CODE, DATE, *inputs, *(test.attribute for each in asked for test in find(each, Test))}
    read |= {source for name, source in borrowed(vocabulary.attributes).items() if name in read}
    return tuple(name for name in attributes_to_load(rulebase) if name in read)


def adjudicate(  # noqa: PLR0913 - what a caller may choose, each by name
    store: Store,
    rulebase: Rulebase,
    lines: Lines,
    terms: Callable[[str | None], DecisionRequest],
    *,
    explained: bool = True,
    told: Callable[[float], None] = lambda _: None,
) -> list[LineDetermination]:
    """Decide the lines of a store, and give each distinct answer; `terms` are those of a payer that is named, or none.

    The store then holds for each line the position of its answer. An answer that is not `explained` does not say what
    it waits for, so that more lines share one. `told` hears which share of the work is done. Raises RequestError for a
    payer that has no terms.
    """
    distinct: dict[bytes, tuple[int, LineDetermination]] = {}
    programs = [
        (program, bound(program, where), _Resolving(program, explained=explained))
        for program, where in _programs(store, rulebase, lines, terms)
    ]
    steps = len(lines.shares) * len(programs)
    for at, (share, (program, whole, resolving)) in enumerate(product(lines.shares, programs)):
        made = msgspec.structs.replace(whole, share=share)
        matched = match(store, lines, made)
        keying = Keying(store, lines, made, matched, partial(resolving.mentioned, lines.values[CODE]))
        groups = keying.groups(program.compiled.rules, resolving.needs)
        told((at + 0.6) / steps)
        found = decode(store, lines, groups, resolving.answer)
        keying.answer([distinct.setdefault(shared(each), (len(distinct), each))[0] for each in found])
        told((at + 1) / steps)
    if not distinct:
        answer_nothing(store)
    return [each for _, each in distinct.values()]


def _programs(
    store: Store, rulebase: Rulebase, lines: Lines, terms: Callable[[str | None], DecisionRequest]
) -> list[tuple[CompiledRules, str]]:
    """Find the program of each payer and date of service, with the condition on the lines that it decides."""
    found: dict[int, tuple[CompiledRules, list[tuple[int, int]]]] = {}
    for payer, day in services(store, lines):
        program = rulebase.program_on(terms(lines.payers[payer]), lines.day(day))
        found.setdefault(id(program), (program, []))[1].append((payer, day))
    if len(found) == 1:
        return [(program, "true") for program, _ in found.values()]
    return [(program, selected(lines, chosen)) for program, chosen in found.values()]
