"""Decide files of claims by columns: Parquet row by row, every other format through its own reader.

Three files are written, whole or not at all: the decisions, one row a line; each explanation once; what was rejected,
with its place and help. Every claim that comes in is decided, rejected or void, which is asserted.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import ExitStack
from datetime import date
from functools import partial
from itertools import chain, product
from os import PathLike
from pathlib import Path
from typing import Any

import msgspec

from payrule.columns.answer_key import AnswerKeys, keep_answered
from payrule.columns.clause_bitsets import Bound
from payrule.columns.countable import compared_attributes
from payrule.columns.counts import LineCounts
from payrule.columns.earlier import EarlierFiles, in_parquet
from payrule.columns.identifiers import add_identifiers
from payrule.columns.lines import LINES, Lines, count_encounters, take_out
from payrule.columns.match import match
from payrule.columns.resolver import Resolver
from payrule.columns.sheet import keep_cells, write_sheet
from payrule.columns.single_claims import SingleClaims
from payrule.columns.sources import Ingested, ingest_parquet, ingest_reads
from payrule.columns.writer import (
    EXPLAINING,
    Decider,
    Outputs,
    count_answered,
    dispositions,
    keep_answers,
    refuse_unfit,
    writable,
    write_decisions,
)
from payrule.encounter.encounter import CODE, DATE, UNITS
from payrule.execute.plan.stages import Item, Plan, Source, closure, plan
from payrule.formats.answer_cells import shared
from payrule.formats.claim_files import items_of, note_map
from payrule.formats.column_maps import column_map_called
from payrule.formats.encounters import Read, checked, rejected_at, rejects_form, with_own_ids, written_rejects
from payrule.formats.history import Histories, Joined, history_rows
from payrule.formats.mapped_parquet import are_by_map
from payrule.formats.payer_map import payer_choice, refuse_map_for
from payrule.language.derived.units import MODIFIERS
from payrule.language.domains import UNKNOWN_VALUE
from payrule.language.lower import OtherLine
from payrule.results.determination import LineDetermination
from payrule.rulebase.compile import CompiledRules
from payrule.rulebase.request import DecisionRequest
from payrule.rulebase.rulebase import Rulebase
from payrule.source.database import PARQUET, Store
from payrule.source.diagnostics import Diagnostic, RequestError
from payrule.source.files import about, folder_beside, payrule_version, whole_files
from payrule.source.observed import step


def bind(program: CompiledRules, where: str) -> Bound:
    """Plan a program for the lines of a condition."""
    made = program.enrichment
    planned = plan(program.compiled.rules, program.compiled.facts, program.compiled.limits)
    pays = any(rule.pays is not None for rule in program.rules)
    return Bound(
        plan=planned,
        setting=program.setting,
        where=where,
        pairs=made.pairs,
        computed=made.lines,
        of_chart=program.of_chart.intersection({CODE}).union(
            name for name, each in made.lines.items() if not each.alone or not program.of_chart.isdisjoint(each.reads)
        ),
        read=tuple(sorted(made.reported or ())),
        changing=_changing(planned, program.of_chart | {MODIFIERS, *made.lines, *made.pairs}),
        bare=_bare(program, planned),
        compared=tuple(sorted(compared_attributes(planned.counted) | ({UNITS} if pays else set()))),
        systems=made.systems,
    )


def _changing(planned: Plan, hidden: AbstractSet[str]) -> frozenset[Item]:
    """List the counts, and the conditions on other lines, that may be otherwise where these attributes are unknown."""
    rests_on: dict[Item, frozenset[str]]
    rests_on = {item: closure([item.formula], planned.formulas)[0].union(item.compared) for item in planned.counted}
    others = (item for item in planned.items if isinstance(item, OtherLine))
    rests_on |= {item: closure([item.formula], planned.formulas)[0] for item in others}
    return frozenset(item for item, attributes in rests_on.items() if not hidden.isdisjoint(attributes))


def _bare(program: CompiledRules, planned: Plan) -> dict[Source, int]:
    """Give what a line holds that has no modifiers, and of which nothing is known that only the chart says."""
    found: dict[Source, int] = {}
    for name in program.of_chart - program.setting.presumptions.keys():
        attribute = program.vocabulary.attributes[name]
        if attribute.derived is None and attribute.default is None and attribute.default_from is None:
            found[name] = UNKNOWN_VALUE
    if MODIFIERS in planned.domains:
        found[MODIFIERS] = planned.domains[MODIFIERS].passed(frozenset())
    return found


def adjudicate(  # noqa: PLR0913 - what a caller may choose, each by name
    store: Store,
    rulebase: Rulebase,
    lines: Lines,
    terms: Callable[[str | None], DecisionRequest],
    *,
    explained: bool = True,
    progress: Callable[[float], None] = lambda _: None,
) -> list[LineDetermination]:
    """Decide the lines of a store, and give each distinct answer; `terms` are those of a payer that is named, or none.

    The store then holds for each line the position of its answer. An answer that is not `explained` does not say which
    information is missing, so that more lines share one. `progress` is called with the share of the work that is done.
    Raises RequestError for a payer that has no terms.
    """
    distinct: dict[bytes, tuple[int, LineDetermination]] = {}
    programs = [
        (program, bind(program, where), Resolver(program, explained=explained))
        for program, where in _programs(store, rulebase, lines, terms)
    ]
    steps = len(lines.shares) * len(programs)
    for at, (share, (program, whole, resolving)) in enumerate(product(lines.shares, programs)):
        made = msgspec.structs.replace(whole, share=share)
        counts = LineCounts(store, lines, made)
        matched = match(store, lines, made, counts)
        keys = AnswerKeys(store, lines, made, matched, partial(resolving.mentioned, lines.values[CODE]), counts)
        groups = keys.groups(program.compiled.rules, resolving.needs)
        progress((at + 0.6) / steps)
        found = resolving.answers(store, lines, groups, matched.meaning)
        keys.answer([distinct.setdefault(shared(each), (len(distinct), each))[0] for each in found])
        progress((at + 1) / steps)
    keep_answered(store, lines)
    return [each for _, each in distinct.values()]


def _programs(
    store: Store, rulebase: Rulebase, lines: Lines, terms: Callable[[str | None], DecisionRequest]
) -> list[tuple[CompiledRules, str]]:
    """Find the program of each payer and date of service, with the condition on the lines that it decides."""
    found: dict[int, tuple[CompiledRules, list[tuple[int, int]]]] = {}
    selecting = f"l.payer, {lines.number(DATE)}"
    for payer, day in store.rows(f"SELECT DISTINCT {selecting} FROM {LINES} l ORDER BY ALL"):
        program = rulebase.program_on(terms(lines.payers[payer]), lines.day(day))
        found.setdefault(id(program), (program, []))[1].append((payer, day))
    if len(found) == 1:
        return [(program, "true") for program, _ in found.values()]
    return [
        (program, f"({selecting}) IN ({', '.join(f'({payer}, {day})' for payer, day in chosen)})")
        for program, chosen in found.values()
    ]


Progress = Callable[[float, int], None]
"""What hears how far a run has come: which share of the work is done, of how many lines."""

_TAKEN, _SETTLED = 0.25, 0.75
"""The share of the work that is done when lines are taken in, and when they are answered."""


class Tally(msgspec.Struct, frozen=True):
    """How much was decided; what was rejected, a list for each claim or row; warnings.

    Of the `claims` that came in, `refused` were rejected; the others are the `encounters`, of which `voids` are not
    decided, because they void others. `rejected` also holds what is wrong with a file. Of the lines, `unreadable` need
    information because they cannot be read; what is wrong with them is rejected too, an entry for each of the `partly`
    decided claims.
    """

    encounters: int
    dispositions: Counter[str]
    rejected: tuple[tuple[Diagnostic, ...], ...]
    warnings: tuple[Diagnostic, ...]
    voids: int = 0
    claims: int = 0
    refused: int = 0
    joined: Joined | None = None
    unreadable: int = 0
    partly: int = 0

    @property
    def decided(self) -> int:
        """How many claims were decided."""
        return self.encounters - self.voids

    @property
    def elsewhere(self) -> int:
        """How many of the rejected entries are about a file and not about a claim."""
        return len(self.rejected) - self.refused - self.partly


def decide_files(  # noqa: PLR0913 - what a caller may choose, each by name
    rulebase: Rulebase,
    files: Sequence[Path],
    outputs: Outputs,
    terms: Callable[[str | None], DecisionRequest],
    *,
    reads: Callable[[], Iterable[Read]],
    history: EarlierFiles | None = None,
    memory_limit: str | None = None,
    threads: int | None = None,
    progress: Progress = lambda *_: None,
    written: Callable[[], object] | None = None,
    by_map: bool = False,
    called: Sequence[str] | None = None,
) -> Tally:
    """Decide all claims of some files; `reads` reads the encounters of those that are not Parquet, or are `by_map`.

    `terms` gives the terms of a payer that an encounter names, or of none. `history` are files of earlier lines, which
    are joined to claims in Parquet. What memory cannot hold is kept in a folder beside the decisions
    meanwhile. `progress` hears which share of the work is done, and how many lines there are. `written` is called when
    all files have their names, before anything can interrupt. Parquet files are `called` so in what is said of them.

    Raises InputError for files that cannot be used at all, and RequestError where DuckDB is not installed, or a file
    cannot be written.
    """
    refuse_unfit(outputs, files)
    with ExitStack() as opened:
        with writable():
            spill = opened.enter_context(folder_beside(outputs.decisions))
        store = opened.enter_context(Store(threads=threads, memory_limit=memory_limit, spill=spill))
        is_parquet = not by_map and any(file.suffix.lower() == PARQUET for file in files)
        single = SingleClaims(store, rulebase, terms)
        if is_parquet:
            told: tuple[Diagnostic, ...] = ()
            if history is not None:
                history, told = in_parquet(store, history, spill, rulebase.documents.vocabulary, rulebase.validator)
            taken = ingest_parquet(store, rulebase, files, single, history, called)
            taken = msgspec.structs.replace(taken, warnings=(*told, *taken.warnings))
        else:
            taken = ingest_reads(store, rulebase, reads(), single)
        progress(_TAKEN, taken.count)

        def settled(share: float) -> None:
            progress(_TAKEN + share * (_SETTLED - _TAKEN), taken.count)

        known, refused = _refused(store, taken, terms)
        answers = adjudicate(
            store, rulebase, taken.lines, known.__getitem__, explained=bool(outputs.explanations), progress=settled
        )
        _check_account(store, taken)
        answers = single.into(taken.lines, answers)
        known |= single.known
        numbered = [(p, known[name]) for p, name in enumerate(taken.lines.payers) if name in known]
        deciders = {p: _decider(each, rulebase, store) for p, each in numbered}
        explanations = keep_answers(store, taken.lines, answers, deciders)
        if outputs.is_sheet:
            unsaid = () if outputs.explanations else EXPLAINING
            keep_cells(store, taken.lines, answers, deciders, single.notes, unsaid)
        rejected = (*taken.rejected, *refused, *single.rejected)
        decided = count_encounters(store) + single.encounters
        counts = single.voids, taken.claims, taken.refused + len(refused) + len(single.rejected)
        tally = Tally(
            decided,
            dispositions(store),
            rejected,
            taken.warnings,
            *counts,
            taken.joined,
            single.unreadable,
            taken.partly,
        )
        _check_claims(tally)
        named: Mapping[str, str] = {}
        if outputs.is_narrow:
            named = add_identifiers(store, taken.identified_by, single.notes, is_csv=outputs.form == "csv")
        _write(store, outputs, explanations, rejected, named, written)
        progress(1, taken.count)
        return tally


def _decider(terms: DecisionRequest, rulebase: Rulebase, store: Store) -> Decider:
    """Say under which terms lines are decided."""
    presumed = msgspec.json.encode(terms.presumptions).decode() if terms.presumptions else None
    digest = rulebase.digest(terms)
    return Decider(terms.payer.id, terms.known_on.isoformat(), digest, store.engine, payrule_version(), presumed)


def _refused(
    store: Store, taken: Ingested, terms: Callable[[str | None], DecisionRequest]
) -> tuple[dict[str | None, DecisionRequest], tuple[tuple[Diagnostic, ...], ...]]:
    """Give the terms of each payer that is named; take out the encounters of those that have none, and say why."""
    known: dict[str | None, DecisionRequest] = {}
    found: list[tuple[Diagnostic, ...]] = []
    for (p,) in store.rows(f"SELECT DISTINCT payer FROM {LINES} ORDER BY payer"):
        name = taken.lines.payers[p]
        try:
            known[name] = terms(name)
        except RequestError as fault:
            for e, encounter in take_out(store, p):
                file, row = taken.place(e)
                found.append(rejected_at(fault.findings, encounter, file, row))
    return known, tuple(found)


def _check_claims(tally: Tally) -> None:
    """Raise AssertionError unless every claim that came in was decided, rejected, or voids another."""
    if tally.claims != tally.decided + tally.refused + tally.voids:
        decided = f"{tally.decided} were decided, {tally.refused} rejected, and {tally.voids} are void"
        raise AssertionError(f"of {tally.claims} claims {decided}")


def _check_account(store: Store, taken: Ingested) -> None:
    """Raise AssertionError unless every line that was taken in has an answer or was refused.

    None has two: each has the key of one set of matches, and keys are distinct.
    """
    lines, answered = count_answered(store)
    if not lines == answered <= taken.count:
        raise AssertionError(f"of {taken.count} lines {lines} are to be decided, and {answered} answers were given")


def _write(  # noqa: PLR0913, PLR0917 - what is written
    store: Store,
    outputs: Outputs,
    explanations: Mapping[str, bytes],
    rejected: Iterable[Iterable[Diagnostic]],
    identifiers: Mapping[str, str],
    written: Callable[[], object] | None,
) -> None:
    """Write the three files; each takes its name when all are written, the decisions last."""
    with writable(), whole_files(*outputs.files, written=written) as (decisions, rejects, *others):
        with about(outputs.decisions):
            if outputs.is_sheet:
                write_sheet(store, decisions)
            else:
                write_decisions(store, decisions, outputs, identifiers)
        for path, place in zip(others, outputs.files[2:], strict=True):
            with about(place), path.open("wb") as stream:
                for key, shared in explanations.items():
                    stream.write(b'{"explanation":"' + key.encode() + b'",' + shared[1:] + b"\n")
        with about(outputs.rejects), rejects.open("wb") as stream:
            rows = chain.from_iterable(rejected)
            stream.writelines(written_rejects(rows, rejects_form(outputs.rejects)))


AnyPath = str | PathLike[str]


def adjudicate_files(  # noqa: PLR0913 - what a caller may choose, each by name
    rulebase: Rulebase,
    files: AnyPath | Iterable[AnyPath],
    out: AnyPath,
    *,
    known_on: date | str,
    payer: str | PathLike[str] | None = None,
    presume: Mapping[str, Any] | None = None,
    columns: str = "full",
    explained: bool = True,
    rejects: AnyPath | None = None,
    history: AnyPath | Iterable[AnyPath] = (),
    history_from: date | None = None,
    link: bool = False,
    column_map: str | None = None,
    memory_limit: str | None = None,
    threads: int | None = None,
) -> Tally:
    """Decide all claims of files in columns, on DuckDB, and count them; the answers are those of `decide`.

    Parquet files are decided row by row, all others are read as the command line reads them. The ending of `out` says
    how decisions are written: `.parquet`, `.csv` or `.jsonl`, one row a line. Explanations and what was rejected go to
    files next to it, or what was rejected to `rejects`, as CSV or JSON Lines by its ending; all appear whole or not at
    all. `payer` decides all claims, or is the file of a payer map (`.json`), not for Parquet; without it each claim
    names its payer. With `columns="narrow"` a row says the claim, the line, its code, the disposition, the key of the
    explanation, which says the rest once, and the identifiers of claims in X12 and FHIR. With `explained=False`,
    answers have neither missing information nor reasons, and there is no file of explanations. `history` are files of
    earlier lines, which are joined to claims by `patient.id`. From `history_from` on they are complete. With `link`,
    claims that were received earlier are history of later ones. A table, Parquet too, is read by the `column_map` of
    the rulebase that is named, else by the one that its headings fit. `memory_limit`, such as `4GB`, and `threads`
    limit DuckDB; memory for Python is additional.

    Raises InputError for files that cannot be used at all; among those errors RequestError for a payer or attribute
    that the rulebase does not have, for other `columns`, where DuckDB is not installed or may not use enough memory,
    and where a file cannot be written or would replace one that is read, a folder, a device or a pipe. A claim that
    cannot be decided is rejected, and the others are decided.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from payrule import load
    >>> rulebase = load()
    >>> encounter = '{"id": "E-1", "lines": [{"number": 1, "code": "00001", "date": "2016-03-01"}]}'
    >>> with TemporaryDirectory() as folder:
    ...     claims, out = Path(folder, "claims.json"), Path(folder, "decided.csv")
    ...     size = claims.write_text(encounter)
    ...     tally = adjudicate_files(rulebase, claims, out, payer=min(rulebase.payers), known_on="2026-11-23")
    >>> tally.encounters, tally.dispositions.total(), tally.rejected
    (1, 1, ())
    """
    paths, earlier = _paths(files), EarlierFiles(tuple(_paths(history)), history_from, link)
    vocabulary = rulebase.documents.vocabulary
    histories = Histories(vocabulary, history_from)

    choice = payer_choice(payer, rulebase.payers)
    chosen = None if column_map is None else column_map_called(rulebase.documents.folder, column_map)
    by_map = are_by_map(paths, rulebase.documents, chosen)
    if any(path.suffix.lower() == PARQUET for path in paths) and not by_map:
        refuse_map_for(choice, "Parquet")

    def terms(named: str | None) -> DecisionRequest:
        return rulebase.terms(payer=named if choice.payer is None else choice.payer, known_on=known_on, presume=presume)

    def claims() -> Iterator[Read]:
        of_files = (
            checked(items_of(path, rulebase.documents, chosen, note_map), rulebase.validator, str(path))
            for path in paths
        )
        return with_own_ids(chain.from_iterable(of_files))

    def reads() -> Iterator[Read]:
        for path in earlier.files:
            histories.add_rows(history_rows(path, vocabulary, rulebase.validator))
        if link:
            histories.add_claims(claims())
        for each in choice.chosen_for(claims()):
            joined = each.encounter and histories.join(each.encounter)
            yield msgspec.structs.replace(each, encounter=joined) if earlier.is_any else each

    if choice.payer is not None:
        terms(choice.payer)
    if rejects is not None:
        rejects_form(Path(rejects))
    elsewhere = None if rejects is None else Path(rejects)
    outputs = Outputs.beside(Path(out), columns=columns, explained=explained, rejects=elsewhere)
    with step("payrule.adjudicate_files", files=len(paths)) as counts:
        tally = decide_files(
            rulebase,
            paths,
            outputs,
            terms,
            reads=reads,
            history=earlier if earlier.is_any and not by_map else None,
            memory_limit=memory_limit,
            threads=threads,
            by_map=by_map,
        )
        counts |= {"claims": tally.claims, "lines": tally.dispositions.total(), "rejected": tally.refused}
    return tally


def _paths(files: AnyPath | Iterable[AnyPath]) -> list[Path]:
    return [Path(each) for each in ([files] if isinstance(files, (str, PathLike)) else files)]
