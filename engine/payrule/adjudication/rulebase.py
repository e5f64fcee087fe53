"""A rulebase: documents that decide encounters. This is what engineers embed."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from os import PathLike
from pathlib import Path
from typing import Any

import msgspec

from payrule.adjudication.disagreement import DisagreementError
from payrule.adjudication.loading import Documents, read_documents
from payrule.adjudication.program import Program, presumed_values
from payrule.chaining.network import ENGINE
from payrule.documents.determinations import Determination, LineDetermination
from payrule.documents.digests import document_digest
from payrule.documents.encounter_door import Door
from payrule.documents.encounters import Encounter
from payrule.documents.findings import DocumentError, Finding, RequestError
from payrule.documents.models import Payer, Policy
from payrule.documents.suggest import did_you_mean
from payrule.documents.values import Value, read_date
from payrule.documents.versions import version_on
from payrule.language.matches import Matches

Selection = tuple[tuple[str, ...], ...]
"""The policy versions that bind, as `policy@version`, by tier."""

_IN_FORCE = frozenset({"in-force"})
_WHAT_IF = frozenset({"in-force", "proposed"})
_PROGRAMS = 64
_SELECTIONS = 65536


def load(path: str | PathLike[str] | None = None) -> "Rulebase":
    """Read a rulebase from a folder; without a path the one that payrule ships.

    Raises DocumentError with every finding, each with file, line, column and cure, when a document cannot be used.

    >>> rulebase = load()
    >>> sorted(rulebase.payers)
    ['blue-cross']
    """
    documents = read_documents(None if path is None else Path(path))
    errors = [finding for finding in documents.findings if finding.severity == "error"]
    if errors:
        raise DocumentError(errors)
    return Rulebase(documents)


class Rulebase:
    """Documents that decide encounters; immutable, and safe to share between threads and after a fork.

    Each answer is computed twice, by forward chaining and by the reference evaluator, and compared.
    """

    def __init__(self, documents: Documents) -> None:
        """Take documents that have been read and checked; use `load` to read them."""
        self._documents = documents
        self._door = Door(documents.vocabulary)
        self._versions = {version.name: version for versions in documents.policies.values() for version in versions}
        self._programs: dict[tuple[Any, ...], Program] = {}
        self._selections: dict[tuple[Any, ...], Selection] = {}
        self._digests: dict[str, str] = {}

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
    def door(self) -> Door:
        """What checks encounters before they are decided."""
        return self._door

    def encounter(self, data: object) -> Encounter:
        """Check an encounter as `schemas/encounter.schema.json` describes it, and make it a value.

        Raises EncounterError with a finding for each thing to mend. Unknown keys are dropped; `read_encounter`
        reports them.
        """
        return self.read_encounter(data)[0]

    def read_encounter(self, data: object) -> tuple[Encounter, tuple[Finding, ...]]:
        """Check an encounter as `encounter` does, and give the warnings too."""
        return self._door.read(data)

    def decide(  # noqa: PLR0913 - what a caller may choose, each by name
        self,
        encounter: Encounter | Mapping[str, Any],
        *,
        known_on: date | str,
        payer: str | None = None,
        presume: Mapping[str, Any] | None = None,
        consider: str | None = None,
        check: bool = True,
    ) -> Determination:
        """Decide an encounter for a payer with the policy versions that were known on a day.

        Without `payer` the encounter names it. `presume` maps attributes to the value taken when they are unknown.
        `consider` binds a proposed policy in place of the one that it replaces. `check=False` leaves out the
        comparison of the two executions.

        Raises EncounterError for an encounter that is not well formed, RequestError for a payer, policy or attribute
        that the rulebase does not have, LimitError for one too large for the engine, DisagreementError for a defect
        of payrule.

        >>> line = {"number": 1, "code": "97110", "date": "2016-03-01", "minutes": 15, "direct_contact": True}
        >>> line |= {"provider": {"type": "physical-therapist", "relationship": "self"}}
        >>> record = ["clinical_rationale", "anatomical_site", "service_description", "time"]
        >>> line["documentation"] = dict.fromkeys(record, True)
        >>> answer = load().decide({"id": "1", "lines": [line]}, payer="blue-cross", known_on="2026-11-23")
        >>> answer.line(1).disposition
        'payable'
        """
        taken, adjudicator, known, groups = self._asked(encounter, known_on, payer, presume, consider)
        lines: dict[int, LineDetermination] = {}
        for program, subjects in groups:
            lines.update(zip(subjects, _decided(program, taken, subjects, check=check), strict=True))
        return Determination(
            encounter=taken.id,
            payer=adjudicator.id,
            rulebase=self.digest(adjudicator),
            engine=ENGINE,
            known_on=known.isoformat(),
            lines=tuple(lines[index] for index in range(len(taken.lines))),
        )

    def matches(
        self,
        encounter: Encounter | Mapping[str, Any],
        *,
        known_on: date | str,
        payer: str | None = None,
        presume: Mapping[str, Any] | None = None,
        consider: str | None = None,
    ) -> dict[int, Matches]:
        """Say which rules match each line, by line number, as the reference evaluator sees it."""
        taken, _, _, groups = self._asked(encounter, known_on, payer, presume, consider)
        found: dict[int, Matches] = {}
        for program, subjects in groups:
            numbers = (taken.lines[index].number for index in subjects)
            found.update(zip(numbers, program.referred(program.scene(taken), subjects), strict=True))
        return found

    def decide_many(
        self, encounters: Iterable[Encounter | Mapping[str, Any]], **choices: Any
    ) -> Iterator[Determination]:
        """Decide encounters one after the other, lazily; the choices are those of `decide`.

        The first encounter that cannot be decided raises as `decide` does; decide one at a time to go on after it.
        """
        return (self.decide(encounter, **choices) for encounter in encounters)

    def payer(self, payer_id: str | None) -> Payer:
        """Find a payer; raises RequestError when none is named, or there is none of this name."""
        if payer_id is None:
            finding = Finding(
                code="no-payer", message="no payer is named", help="give one with `payer`, or name it in the encounter"
            )
            raise RequestError([finding])
        if payer_id not in self.payers:
            cure = did_you_mean(payer_id, self.payers)
            raise RequestError([Finding(code="unknown-payer", message=f"there is no payer `{payer_id}`", help=cure)])
        return self.payers[payer_id]

    def presumptions(self, presumptions: Mapping[str, Any]) -> dict[str, Value]:
        """Spread presumptions over attributes; raises RequestError for a name that the vocabulary does not have."""
        attributes = self._documents.vocabulary.attributes
        for name in presumptions:
            if not any(each == name or each.startswith(f"{name}.") for each in attributes):
                cure = did_you_mean(name, attributes)
                message = f"there is no attribute `{name}` to presume"
                raise RequestError([Finding(code="unknown-attribute", message=message, help=cure)])
        return presumed_values(presumptions, self._documents.vocabulary)

    def clean_record(self) -> Mapping[str, Any]:
        """Give what payers presume that pay first and audit later; empty when the vocabulary names no such set."""
        return self._documents.vocabulary.presumptions.get("clean-record", {})

    def considered(self, policy_id: str | None) -> None:
        """Check that a policy can be considered; raises RequestError when there is none, or it replaces no other."""
        if policy_id is None:
            return
        if policy_id not in self.policies:
            cure = did_you_mean(policy_id, self.policies)
            raise RequestError([Finding(code="unknown-policy", message=f"there is no policy `{policy_id}`", help=cure)])
        if not any(policy.replaces for policy in self.policies[policy_id]):
            message = f"the policy `{policy_id}` replaces no other, so it cannot be considered in its place"
            raise RequestError(
                [Finding(code="replaces-nothing", message=message, help="name its predecessor in `replaces`")]
            )

    def selection(self, payer: Payer, service: date, known_on: date, consider: str | None = None) -> Selection:
        """Select the policy versions that bind a date of service, by tier; a policy without one is left out."""
        key = (payer.id, service, known_on, consider)
        found = self._selections.get(key)
        if found is None:
            found = tuple(
                tuple(
                    version.name
                    for name in tier
                    if (version := self._version(payer, name, service, known_on, consider)) is not None
                )
                for tier in payer.tiers
            )
            if len(self._selections) >= _SELECTIONS:
                self._selections.clear()
            self._selections[key] = found
        return found

    def digest(self, payer: Payer) -> str:
        """Give the digest of all documents that the answers of a payer rest on."""
        if payer.id not in self._digests:
            names = sorted({name for tier in payer.tiers for name in tier})
            used: list[Any] = [self._documents.vocabulary, payer]
            used += [
                version for name in names for version in sorted(self.policies[name], key=lambda each: each.version)
            ]
            self._digests[payer.id] = document_digest(*(msgspec.to_builtins(document) for document in used))
        return self._digests[payer.id]

    def _asked(
        self,
        encounter: Encounter | Mapping[str, Any],
        known_on: date | str,
        payer: str | None,
        presume: Mapping[str, Any] | None,
        consider: str | None,
    ) -> tuple[Encounter, Payer, date, list[tuple[Program, list[int]]]]:
        """Read what is asked, and find the program for each line by its date."""
        known = read_date(known_on) if isinstance(known_on, str) else known_on
        self.considered(consider)
        taken = encounter if isinstance(encounter, Encounter) else self.encounter(encounter)
        adjudicator = self.payer(payer if payer is not None else taken.payer)
        presumed = self.presumptions({**adjudicator.presumptions, **(presume or {})})
        groups: dict[Selection, list[int]] = {}
        for index, line in enumerate(taken.lines):
            groups.setdefault(self.selection(adjudicator, line.date, known, consider), []).append(index)
        programs = [(self._program(adjudicator, selection, presumed), each) for selection, each in groups.items()]
        return taken, adjudicator, known, programs

    def _version(self, payer: Payer, name: str, service: date, known_on: date, consider: str | None) -> Policy | None:
        if consider is not None:
            for policy in self.policies.get(consider, ()):
                if policy.replaces == name:
                    return version_on(self.policies[consider], service, known_on, _WHAT_IF)
        statuses = _WHAT_IF if payer.purpose == "what-if" else _IN_FORCE
        return version_on(self.policies[name], service, known_on, statuses)

    def _program(self, payer: Payer, selection: Selection, presumed: Mapping[str, Value]) -> Program:
        """Make the program of a selection once; two threads may both make it, and either is as good."""
        key = (payer.id, selection, tuple(sorted(presumed.items(), key=repr)))
        program = self._programs.get(key)
        if program is None:
            if len(self._programs) >= _PROGRAMS:
                self._programs.clear()
            tiers = tuple(tuple(self._versions[name] for name in tier) for tier in selection)
            made = Program(payer, tiers, self._documents.vocabulary, presumed)
            program = self._programs.setdefault(key, made)
        return program


def _decided(program: Program, encounter: Encounter, subjects: list[int], *, check: bool) -> list[LineDetermination]:
    scene = program.scene(encounter)
    chained = program.chained(scene, subjects)
    if check:
        for index, one, two in zip(subjects, chained, program.referred(scene, subjects), strict=True):
            if one != two:
                number = scene.lines[index].line.number
                answers = [(matches, program.answer(scene, index, matches)) for matches in (one, two)]
                raise DisagreementError(encounter.id, number, answers[0], answers[1])
    return [program.answer(scene, index, matches) for index, matches in zip(subjects, chained, strict=True)]
