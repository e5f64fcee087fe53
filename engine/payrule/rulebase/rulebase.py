"""A rulebase: load it, and decide, compare and match claims with it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from itertools import chain
from os import PathLike
from pathlib import Path
from typing import Any
from warnings import warn

import msgspec
from msgspec.structs import replace

from payrule.encounter.encounter import (
    CODE,
    DATE,
    EarlierLine,
    Encounter,
    Line,
    encounter_digest,
    in_days,
)
from payrule.encounter.validator import EncounterValidator
from payrule.execute.forward.network import require
from payrule.execute.sizes import SECONDS
from payrule.language.condition import Lines, Test, conditions, find
from payrule.language.derived import derived
from payrule.language.truth import Matches
from payrule.model.digests import document_digest, unsuppressed
from payrule.model.payer import Payer, unsigned
from payrule.model.policy import Policy, by_version
from payrule.model.values import frozen
from payrule.resolve.remittance import ended_codes
from payrule.results.determination import Comparison, Determination, compared
from payrule.rulebase.compile import ENGINES, CompiledRules, Engine
from payrule.rulebase.decision import decided
from payrule.rulebase.folder import rulebase_folder
from payrule.rulebase.load import Documents, read_documents, usable
from payrule.rulebase.request import CLEAN_RECORD, DecisionRequest, left_out, read_terms, select
from payrule.source.diagnostics import (
    DocumentError,
    EncounterError,
    RequestError,
    did_you_mean,
)
from payrule.source.memory import Uncollected
from payrule.source.observed import step

_PROGRAMS = 64
_DATES = 65536


def load(
    path: str | PathLike[str] | None = None, *, engine: Engine = "forward", seconds: float = SECONDS
) -> "Rulebase":
    """Read a rulebase from a folder; without a path the one that payrule ships.

    `engine` is the execution that decides, and is compared with the reference evaluator: forward chaining on
    durable_rules, or the plan, which gives the same answers sooner. A claim is refused that would take longer than
    `seconds`, as far as payrule can say before it decides.

    Raises DocumentError with every error, each with file, line, column and help, when a document cannot be used,
    RequestError for an engine that there is not, or a limit below 0, and EngineMissingError, before anything is read,
    where forward chaining is to decide and the C module of durable_rules cannot be loaded.

    >>> bool(load().payers)
    True
    """
    if engine not in ENGINES:
        raise RequestError.of("no-such-engine", f"there is no engine `{engine}`", did_you_mean(engine, ENGINES))
    if not seconds >= 0:
        raise RequestError.of("bad-limit", f"a claim cannot take {seconds:g} seconds", "give a number from 0 on")
    if engine == "forward":
        require()
    with Uncollected(), step("payrule.load", engine=engine) as counts:
        made = Rulebase(usable(read_documents(None if path is None else Path(path))), engine, seconds)
        counts |= {"policies": len(made.documents.policies), "payers": len(made.payers)}
    return made


class Rulebase:
    """Documents that decide claims; immutable, and safe to share between threads and after a fork.

    Each answer is computed twice, by forward chaining, or the plan, and by the reference evaluator, and compared.
    """

    __slots__ = (
        "__weakref__",
        "_dated",
        "_digests",
        "_documents",
        "_ended",
        "_engine",
        "_in_order",
        "_programs",
        "_seconds",
        "_validator",
        "_versions",
    )

    def __init__(self, documents: Documents, engine: Engine = "forward", seconds: float = SECONDS) -> None:
        """Take documents that have been read and checked, and say what decides; use `load` to read them."""
        self._engine, self._seconds = engine, seconds
        self._documents = documents = frozen(documents)
        self._validator = EncounterValidator(documents.vocabulary)
        self._ended: Mapping[Any, date] = ended_codes(documents.vocabulary)
        self._versions = by_version(documents.policies)
        self._programs: dict[tuple[Any, ...], CompiledRules] = {}
        self._dated: dict[tuple[Any, ...], CompiledRules] = {}
        self._digests: dict[tuple[str, str | None], str] = {}
        self._in_order: frozenset[str] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle a rulebase as its folder and the digest of all that it holds; where it is read again, both must do."""
        folder = self._documents.folder
        shipped = folder == rulebase_folder(None)
        return _again, (None if shipped else folder.absolute(), self._digest_of_all(), self._engine, self._seconds)

    def _digest_of_all(self) -> str:
        held = self._documents
        documents = [held.vocabulary, *held.payers.values(), *self._versions.values()]
        documents += [each.table for each in held.tables.values()]
        documents += [held.remittance_codes] if held.remittance_codes else []
        return document_digest(*sorted(map(msgspec.to_builtins, documents), key=repr))

    @property
    def engine(self) -> Engine:
        """The execution that decides, and is compared with the reference evaluator."""
        return self._engine

    @property
    def seconds(self) -> float:
        """Seconds that one decision may take, as far as payrule can say before it decides."""
        return self._seconds

    @property
    def policies(self) -> Mapping[str, tuple[Policy, ...]]:
        """The versions of each policy, by its id."""
        return self._documents.policies

    @property
    def payers(self) -> Mapping[str, Payer]:
        """The payers, by their id."""
        return self._documents.payers

    @property
    def documents(self) -> Documents:
        """Everything that was read."""
        return self._documents

    @property
    def validator(self) -> EncounterValidator:
        """The validator of claims, which gives warnings too."""
        return self._validator

    @property
    def door(self) -> EncounterValidator:
        """The validator under its old name, which is deprecated: use `validator`."""
        warn("`Rulebase.door` is deprecated: use `Rulebase.validator`", DeprecationWarning, stacklevel=2)
        return self._validator

    @property
    def clean_record(self) -> Mapping[str, Any]:
        """What payers assume that pay first and audit later; empty when the vocabulary has no such group."""
        return self._documents.vocabulary.presumptions.get(CLEAN_RECORD, {})

    def encounter(
        self,
        data: object,
        *,
        history: Iterable[EarlierLine | Mapping[str, Any]] = (),
        history_from: date | str | None = None,
    ) -> Encounter:
        """Validate a claim as `schemas/encounter.schema.json` describes it, and make it a value, if it is none yet.

        `history` are earlier lines of the patient, as the claim's own `history` holds them; they are added to it. From
        `history_from` on, that day included, there are no others.

        Raises EncounterError with a diagnostic for each thing to fix. Unknown keys are dropped, with a warning in the
        claim's `warnings` and in its answer.
        """
        taken = data if isinstance(data, Encounter) else self._validator.read(data)[0]
        earlier = tuple(history)
        if not earlier and history_from is None:
            return taken
        return self._validator.with_history(taken, earlier, history_from)

    def terms(
        self,
        *,
        known_on: date | str,
        payer: str | None,
        presume: Mapping[str, Any] | None = None,
        consider: str | None = None,
    ) -> DecisionRequest:
        """Read how to decide; arguments and errors as for `decide`."""
        return read_terms(self._documents, payer, known_on, presume, consider)

    def decide(  # noqa: PLR0913 - what a caller may choose, each by name
        self,
        encounter: Encounter | Mapping[str, Any],
        *,
        known_on: date | str,
        payer: str | None = None,
        presume: Mapping[str, Any] | None = None,
        consider: str | None = None,
        check: bool = True,
        history: Iterable[EarlierLine | Mapping[str, Any]] = (),
        history_from: date | str | None = None,
    ) -> Determination:
        """Decide a claim for a payer with the policy versions as published on a day.

        Without `payer` the claim names it. `presume` maps attributes to the value to assume when they are missing.
        `consider` uses a proposed policy instead of the one that it replaces. `check=False` skips the comparison of
        the two executions. `history` and `history_from` add earlier lines of the patient, as for `encounter`.

        Raises EncounterError for a claim that is not well formed, RequestError for a payer, policy or attribute
        that the rulebase does not have, LimitError for one that is too large for the engine or would take too long,
        DisagreementError for a defect of payrule.

        >>> rulebase = load()
        >>> line = {"number": 1, "code": "00001", "date": "2016-03-01"}
        >>> line["provider"] = {"type": "physician", "relationship": "self"}
        >>> answer = rulebase.decide({"id": "1", "lines": [line]}, payer=min(rulebase.payers), known_on="2026-11-23")
        >>> answer.line(1).disposition
        'undecided'
        """
        taken = self.encounter(encounter, history=history, history_from=history_from)
        named = payer if payer is not None else taken.decided_by
        terms = self.terms(known_on=known_on, payer=named, presume=presume, consider=consider)
        with step("payrule.decide", payer=terms.payer.id, lines=len(taken.lines)):
            return self.decide_under(terms, taken, check=check)

    def decide_under(self, terms: DecisionRequest, encounter: Encounter, *, check: bool = True) -> Determination:
        """Decide a claim with terms that have been read; errors as for `decide`.

        A claim that voids an earlier one is not decided. A line of several days is decided day by day, and a code that
        had ended is answered without any rule. So is a line that cannot be read; the others say less where it matters.
        """
        return decided(self, terms, encounter, check=check)

    def in_days(self, encounter: Encounter) -> Encounter:
        """Split lines of several days into their days, as each is decided."""
        return in_days(encounter, self._documents.vocabulary)

    @property
    def in_order(self) -> frozenset[str]:
        """Name the attributes that rest on the order of a list, as far as some condition or count reads them."""
        if self._in_order is None:
            attributes = self._documents.vocabulary.attributes
            made = {name: each.computation for name, each in attributes.items()}
            resting = frozenset(name for name, each in made.items() if each is not None and each.is_of_order)
            found = self._in_order = resting & self._read() if self._may_read(resting) else frozenset()
            return found
        return self._in_order

    def _may_read(self, names: frozenset[str]) -> bool:
        """Tell whether documents mention some attributes, or ones that are computed from them, wherever that is."""
        held = self._documents
        known, policies = derived(held.vocabulary), [*chain.from_iterable(held.policies.values())]
        mentioned = names.union(name for name in held.vocabulary.attributes if names & {*known.inputs(name)})
        whens = [rule.when for policy in policies for rule in policy.rules]
        others = [held.vocabulary.facts, *((each.facts, each.limits) for each in policies)]
        texts = msgspec.json.encode([whens, others])
        return bool(names) and any(msgspec.json.encode(name) in texts for name in mentioned)

    def _read(self) -> frozenset[str]:
        """Name the attributes that conditions, counts and quotas read, with those that they are computed from."""
        held = self._documents
        policies = [*chain.from_iterable(held.policies.values())]
        asked = [*conditions(held.vocabulary), *chain.from_iterable(map(conditions, policies))]
        read = {test.attribute for each in asked for test in find(each, Test)}
        for count in (count for each in asked for count in find(each, Lines)):
            read.update((*count.same, *([count.measure.of] if count.measure.of else [])))
        for quota in (quota for policy in policies for quota in policy.limits.values()):
            read.update((*quota.same, quota.of, *(name for key in quota.first for name in key.values())))
        known = derived(held.vocabulary)
        return frozenset(read.union(*map(known.inputs, read)))

    def encounter_digest(self, encounter: Encounter) -> str:
        """Give the digest of a claim as it was read; what rests on the order of a list is in it if a rule reads it."""
        return encounter_digest(encounter, self.in_order)

    def is_retired(self, line: Line) -> bool:
        """Say whether a line bills a code that had ended, so that it is answered without any rule."""
        last = self._ended.get(line.values.get(CODE))
        return last is not None and DATE in line.values and last < line.date

    def earlier(self, encounter: Encounter) -> dict[str, Any]:
        """Give what an answer says about the earlier claim that a claim voids or replaces; empty for an original.

        >>> from msgspec.structs import replace
        >>> from payrule.model.vocabulary import Frequency
        >>> documents = load().documents
        >>> kinds = Frequency(attribute="encounter.kind", reference="encounter.of", void=("V",), replacement=("R",))
        >>> rulebase = Rulebase(replace(documents, vocabulary=replace(documents.vocabulary, frequency=kinds)))
        >>> rulebase.earlier(Encounter("E-1", None, {"encounter.kind": "V", "encounter.of": "A-1"}, ()))
        {'answer': 'void', 'voids': 'A-1'}
        """
        frequency = self._documents.vocabulary.frequency
        if frequency is None:
            return {}
        kind, earlier = encounter.values.get(frequency.attribute), encounter.values.get(frequency.reference)
        if kind in frequency.void:
            return {"answer": "void", "voids": earlier}
        return {"replaces": earlier} if kind in frequency.replacement else {}

    def compare(
        self,
        encounter: Encounter | Mapping[str, Any],
        *,
        consider: str,
        history: Iterable[EarlierLine | Mapping[str, Any]] = (),
        history_from: date | str | None = None,
        **choices: Any,
    ) -> Comparison:
        """Say what would change if a proposed policy applied in place of its predecessor; choices as for `decide`."""
        taken = self.encounter(encounter, history=history, history_from=history_from)
        return self.compare_under(self.terms(**{"payer": taken.decided_by, **choices}, consider=consider), taken)

    def compare_under(self, terms: DecisionRequest, encounter: Encounter) -> Comparison:
        """Compare with terms that have been read and consider a policy; errors as for `decide`."""
        as_is = self.decide_under(replace(terms, consider=None), encounter)
        return compared(as_is, self.decide_under(terms, encounter), terms.consider or "")

    def decide_many(
        self, encounters: Iterable[Encounter | Mapping[str, Any]], **choices: Any
    ) -> Iterator[Determination]:
        """Decide claims one after the other, lazily, as `decide` does; the first that cannot be decided raises."""
        return (self.decide(encounter, **choices) for encounter in encounters)

    def matches(
        self,
        encounter: Encounter | Mapping[str, Any],
        *,
        history: Iterable[EarlierLine | Mapping[str, Any]] = (),
        history_from: date | str | None = None,
        **choices: Any,
    ) -> dict[int, Matches]:
        """Say which rules match each line, by line number, by the reference evaluator; for several days, on any.

        No rule matches a line whose code had ended. The choices are those of `decide`, without `check`. Raises
        EncounterError for a claim with a line whose date cannot be read, besides the errors of `decide`.
        """
        taken = self.encounter(encounter, history=history, history_from=history_from)
        if undated := sorted(taken.undated):
            message = f"the date of line {undated[0]} cannot be read, and rules are matched on the dates of a claim"
            raise EncounterError.of("bad-date", message, "write its date; `decide` answers the other lines without it")
        terms = self.terms(**{"payer": taken.decided_by, **choices})
        days = self.in_days(taken)
        found = {line.number: Matches(frozenset(), frozenset()) for line in taken.lines}
        for program, subjects in self.programs_for(terms, days):
            for index, matches in zip(subjects, program.referred(program.scene(days), subjects), strict=True):
                number = days.lines[index].number
                found[number] = found[number].or_else(matches)
        return found

    def digest(self, terms: DecisionRequest) -> str:
        """Give the digest of all documents on which answers with these terms depend."""
        key = (terms.payer.id, terms.consider)
        if key not in self._digests:
            with Uncollected():
                self._digests[key] = document_digest(*map(msgspec.to_builtins, self._documents_of(terms)))
        return self._digests[key]

    def _documents_of(self, terms: DecisionRequest) -> list[Any]:
        """List the documents on which answers with some terms depend."""
        names = terms.payer.policies | ({terms.consider} if terms.consider else frozenset())
        used: list[Any] = [self._documents.vocabulary, unsigned(terms.payer)]
        for name in sorted(names):
            used += map(unsuppressed, sorted(self.policies[name], key=lambda each: each.name))
        attributes = self._documents.vocabulary.attributes.values()
        looked_up = {each.table for each in attributes}
        looked_up |= {each.computation.lookup for each in attributes if each.computation}
        # A table says the digest of its rows, or they were made of the Parquet file whose digest it says.
        used += [each.table for name, each in sorted(self._documents.tables.items()) if name in looked_up]
        used += [self._documents.remittance_codes] if self._documents.remittance_codes else []
        return used

    def programs_for(self, terms: DecisionRequest, encounter: Encounter) -> list[tuple[CompiledRules, list[int]]]:
        """Find the compiled rules of each line, once split into days, by its date; none where its code had ended.

        A line that cannot be read has none either.
        """
        by_date: dict[date, list[int]] = {}
        for index, line in enumerate(encounter.lines):
            if not self.is_retired(line) and line.number not in encounter.unreadable:
                by_date.setdefault(line.date, []).append(index)
        groups: dict[CompiledRules, list[int]] = {}
        for service, lines in by_date.items():
            groups.setdefault(self.program_on(terms, service), []).extend(lines)
        return [(program, sorted(lines)) for program, lines in groups.items()]

    def program_on(self, terms: DecisionRequest, service: date) -> CompiledRules:
        """Give the compiled rules that decide lines of a date of service."""
        presumed = tuple(sorted(terms.presumed.items(), key=repr)) if terms.presumed else ()
        key = (terms.payer.id, terms.known_on, terms.consider, service, presumed)
        found = self._dated.get(key)
        if found is None:
            if len(self._dated) >= _DATES:
                self._dated.clear()
            found = self._dated[key] = self._program(terms, service, presumed).dated(service, terms.known_on)
        return found

    def _program(self, terms: DecisionRequest, service: date, presumed: tuple[Any, ...]) -> CompiledRules:
        """Make the program of a selection once; two threads may both make it, and either is as good."""
        documents = self._documents
        selection = select(documents, terms, service)
        others = left_out(documents, terms, selection)
        key = (terms.payer.id, selection, others, presumed)
        program = self._programs.get(key)
        if program is None:
            if len(self._programs) >= _PROGRAMS:
                self._programs.clear()
                self._dated.clear()
            tiers = tuple(tuple(self._versions[name] for name in tier) for tier in selection)
            absent = tuple(self._versions[name] for name in others)
            named = (terms.payer, tiers, documents.vocabulary, terms.presumed, documents.tables)
            with Uncollected():
                made = CompiledRules(*named, left_out=absent, listed=documents.remittance_codes, engine=self._engine)
            program = self._programs.setdefault(key, made)
        return program


@lru_cache(maxsize=4)
def _again(folder: Path | None, digest: str, engine: Engine = "forward", seconds: float = SECONDS) -> Rulebase:
    """Read a rulebase that was pickled, once in a process; raises DocumentError where its folder holds another now."""
    found = load(folder, engine=engine, seconds=seconds)
    if found._digest_of_all() != digest:  # noqa: SLF001 - its own
        message = f"the rulebase in `{found.documents.folder}` is not the one that was pickled: its documents differ"
        help_text = "keep the folder as it is while other processes use it, or give each of them the folder to `load`"
        raise DocumentError.of("rulebase-changed", message, help_text)
    return found
