"""The documents as frozen values, one class a kind, field for field as `schemas/` describes them.

JSON Schema is the authority on their shape: nothing here is decoded that the schema has not accepted.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from payrule.model.choices import Liability, Modality
from payrule.model.values import Value

Status = Literal["draft", "proposed", "in-force", "retired"]
Effect = Literal["denied", "returned", "affirmative", "neutral"]

Group = Literal["CO", "PR", "OA", "PI"]

Disposition = Literal["payable", "denied", "returned", "pending", "undecided"]

UNDECIDED: Disposition = "undecided"
"""What becomes of a line to which no policy applies, unless the payer says otherwise."""


class _Document(msgspec.Struct, frozen=True, kw_only=True, rename={"schema": "$schema"}):
    kind: str
    schema: str = ""


class Cite(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Point to a passage: the source, where in it, the digest of its folded words, and how many words it has.

    With the number of words a passage is found in any copy, however its lines are wrapped. `statement` is the number
    that the project's list of statements gives it.
    """

    source: str
    locator: str
    digest: str | None = None
    words: int | None = None
    statement: str | None = None


class Remittance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The X12 835 codes of an answer: CARC says why, RARC adds detail; the group follows from liability.

    `instead` lists, in order, what stands in on a day on which one of these codes is not in use.
    """

    carc: str
    rarc: tuple[str, ...] = ()
    group: Group | None = None
    instead: tuple["Remittance", ...] = ()


class Conclude(msgspec.Struct, frozen=True, kw_only=True):
    """Say what a rule answers on its concern when it matches, who bears a denial, and how firmly the prose speaks."""

    concern: str
    value: str
    liability: Liability | None = None
    modality: Modality = "shall"


class Suppression(msgspec.Struct, frozen=True, kw_only=True):
    """Keep a check quiet about a rule, and say why.

    Where nothing is suppressed the key is no part of a document's digest, as little as what it would hold: it never
    reaches an answer.
    """

    code: str
    reason: str


class PolicySuppression(Suppression, frozen=True, kw_only=True):
    """Keep a check quiet about a policy, or about one of its sets, facts or sources, and say why."""

    of: str | None = None


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One statement of a policy as condition and conclusion.

    `remittance_candidates` lists the codes that the text allows where it leaves open who bears a denial. An `incurable`
    denial cannot be fixed by anything on the claim. What is left out of these two is no part of a digest.
    """

    id: str
    summary: str
    when: dict[str, Any]
    conclude: Conclude
    cites: tuple[Cite, ...] = ()
    remittance: Remittance | None = None
    advice: str | None = None
    overrides: tuple[str, ...] = ()
    interpretation: str | None = None
    remittance_candidates: tuple[Remittance, ...] | msgspec.UnsetType = msgspec.UNSET
    incurable: bool | msgspec.UnsetType = msgspec.UNSET
    suppress: tuple[Suppression, ...] | msgspec.UnsetType = msgspec.UNSET


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """A named condition about a line, for rules to use by name."""

    summary: str
    when: dict[str, Any]
    cites: tuple[Cite, ...] = ()
    interpretation: str | None = None


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A statement of the source that is no rule, with the reason why."""

    text: str
    reason: str
    cites: tuple[Cite, ...] = ()


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A text that a policy cites: its title, and the file name of the analyst's own copy."""

    title: str
    file: str | None = None


class Period(msgspec.Struct, frozen=True, rename={"first": "from", "last": "to"}):
    """The dates of service that a version applies to, both inclusive, as `YYYY-MM-DD`; None is unbounded."""

    first: str | None = None
    last: str | None = None


class Policy(_Document, frozen=True, kw_only=True):
    """One version of one issuer's document."""

    id: str
    version: str
    title: str
    issuer: str
    authority: str
    status: Status
    effective: Period = Period()
    published: str | None = None
    replaces: str | None = None
    interpretation: str | None = None
    sources: dict[str, Source] = {}
    sets: dict[str, tuple[str | int, ...]] = {}
    facts: dict[str, Fact] = {}
    rules: tuple[Rule, ...] = ()
    notes: tuple[Note, ...] = ()
    suppress: tuple[PolicySuppression, ...] | msgspec.UnsetType = msgspec.UNSET

    @property
    def name(self) -> str:
        """Name the version as the command line does: `policy@version`."""
        return f"{self.id}@{self.version}"

    def rule(self, rule_id: str) -> Rule:
        """Find a rule by id; raises KeyError when there is none."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)


class AcceptedConflict(msgspec.Struct, frozen=True, kw_only=True):
    """A conflict that a payer knows and accepts: two rules as `policy/rule`, and the reason."""

    rules: tuple[str, str]
    reason: str


class Regions(msgspec.Struct, frozen=True, kw_only=True):
    """Which body regions touch: pairs of neighbours; no other pair is contiguous."""

    contiguous: tuple[tuple[str, str], ...]
    interpretation: str | None = None


class Payer(_Document, frozen=True, kw_only=True):
    """Who adjudicates: the policies that bind, highest authority first, several in one tier when none yields.

    `otherwise` says what becomes of a line that no rule denies, returns or holds.
    """

    id: str
    title: str
    tiers: tuple[tuple[str, ...], ...]
    otherwise: Literal["payable"] | msgspec.UnsetType = msgspec.UNSET
    purpose: Literal["adjudication", "what-if"] = "adjudication"
    accepted_conflicts: tuple[AcceptedConflict, ...] = ()
    presumptions: dict[str, Any] = {}
    remittance: dict[str, Remittance] = {}
    units_method: str | None = None
    regions: Regions | None = None
    interpretation: str | None = None

    @property
    def policies(self) -> frozenset[str]:
        """The policies that bind, of whatever tier."""
        return frozenset(policy for tier in self.tiers for policy in tier)


class Attribute(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"source": "from"}):
    """What the vocabulary says of an attribute: its type, its values, and what absence means.

    `many` marks a set of values. `default` is what an absent attribute holds; `default_from` names another attribute,
    whose value it holds then where that one is known. Without either it is unknown. `derived`
    names the function that computes it, from the claim itself, and from the rows of `table` where it looks any up; such
    an attribute is no key of an encounter. `source` says whether a claim can hold it, or only the patient's chart.
    `also_called` are names that people give it, to be told of the right one;
    `measure` says what a number counts that people write otherwise.
    """

    type: Literal["choice", "code", "text", "integer", "date", "boolean"]
    summary: str
    also_called: tuple[str, ...] = ()
    measure: Literal["cents", "minutes"] | None = None
    many: bool = False
    values: tuple[str, ...] = ()
    pattern: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    default: Any = None
    default_from: str | None = None
    derived: str | None = None
    table: str | None = None
    required: bool = False
    source: Literal["claim", "chart"] = "claim"
    example: Any = None


class ConcernValue(msgspec.Struct, frozen=True, kw_only=True):
    """One value that a concern can take, its effect on the line, and the remittance codes when no rule names any."""

    value: str
    effect: Effect
    summary: str
    remittance: Remittance | None = None


class Concern(msgspec.Struct, frozen=True, kw_only=True):
    """The question a rule answers: how tiers settle it, and its values, strictest first."""

    id: str
    settled: Literal["ranked", "cumulative"]
    summary: str
    values: tuple[ConcernValue, ...]

    def effect(self, value: str) -> Effect:
        """Say what a value does to a line."""
        return next(each.effect for each in self.values if each.value == value)


class Discipline(msgspec.Struct, frozen=True, kw_only=True):
    """A discipline of therapy: the modifier that names it, and the types of provider whose lines are its own."""

    modifier: str
    provider_types: tuple[str, ...] = ()


class Timed(msgspec.Struct, frozen=True, kw_only=True):
    """Which codes have a time component, and the method that turns minutes into units.

    Minutes are totalled for each of `disciplines`; without any, for all lines of a date together.
    """

    codes: tuple[str, ...]
    method: str
    disciplines: tuple[Discipline, ...] = ()
    interpretation: str | None = None


class RetiredAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How a line is answered whose code had ended: a value of a concern, and the remittance codes that say so."""

    concern: str
    value: str
    summary: str
    remittance: Remittance


class Retired(msgspec.Struct, frozen=True, kw_only=True):
    """The last day of codes that are billed no more, as `YYYY-MM-DD`, and the answer to a line that bills one later.

    Without an answer authors are warned of such codes, and answers ignore it.
    """

    codes: dict[str, str]
    answer: RetiredAnswer | None = None
    interpretation: str | None = None


class Spans(msgspec.Struct, frozen=True, kw_only=True):
    """Which attributes say the first and the last day of a line, and which hold an amount of all its days together.

    What is spread is divided evenly among the days; where it does not divide, that of each day is unknown.
    """

    first: str
    last: str
    spread: tuple[str, ...] = ()
    interpretation: str | None = None


class Frequency(msgspec.Struct, frozen=True, kw_only=True):
    """Which values of an attribute say that a claim voids an earlier one, or replaces it; `reference` names that one.

    `original` are those of a claim of its own; where they are listed, a claim of any other value is decided as an
    original one, with a warning. A claim frequency code is the third digit of the type of bill (X12 837P, CLM05-3).
    """

    attribute: str
    reference: str
    void: tuple[str, ...] = ()
    replacement: tuple[str, ...] = ()
    original: tuple[str, ...] = ()

    @property
    def listed(self) -> tuple[str, ...]:
        """Give every value of which the document says what it means; nothing where it lists no originals."""
        return (*self.original, *self.replacement, *self.void) if self.original else ()

    def is_void(self, values: Mapping[str, Value]) -> bool:
        """Tell whether a claim of these values voids an earlier one.

        >>> kinds = Frequency(attribute="encounter.kind", reference="encounter.of", void=("8",))
        >>> kinds.is_void({"encounter.kind": "8"})
        True
        """
        return values.get(self.attribute) in self.void


class Vocabulary(_Document, frozen=True, kw_only=True):
    """The words that documents and encounters may use.

    `pointers` says which attribute holds positions in another. `begins` gives the first day of values of an attribute
    that are younger than claims may be.
    """

    attributes: dict[str, Attribute]
    concerns: tuple[Concern, ...]
    regions: Regions
    timed: Timed
    sets: dict[str, tuple[str | int, ...]] = {}
    facts: dict[str, Fact] = {}
    presumptions: dict[str, dict[str, Any]] = {}
    taxonomies: dict[str, str] = {}
    retired: Retired | None = None
    frequency: Frequency | None = None
    spans: Spans | None = None
    pointers: dict[str, str] = {}
    begins: dict[str, dict[str, str]] = {}

    def last_day(self, code: str) -> str | None:
        """Give the last day of a code that is billed no more, as `YYYY-MM-DD`; None for any other."""
        return self.retired.codes.get(code) if self.retired else None

    def concern(self, concern_id: str) -> Concern:
        """Find a concern by id; raises KeyError when there is none."""
        for concern in self.concerns:
            if concern.id == concern_id:
                return concern
        raise KeyError(concern_id)


class ListedCode(msgspec.Struct, frozen=True, kw_only=True):
    """The first and last day of a remittance code, as `YYYY-MM-DD`, None is unbounded; what it says, in own words."""

    wording: str | None = None
    start: str | None = None
    end: str | None = None


class RemittanceCodeList(_Document, frozen=True, kw_only=True):
    """The remittance codes that documents may name; `needs_rarc` lists each CARC that must not stand alone."""

    as_of: str
    groups: dict[str, ListedCode]
    carc: dict[str, ListedCode]
    rarc: dict[str, ListedCode]
    needs_rarc: tuple[str, ...] = ()


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """What one column of a table holds."""

    name: str
    type: Literal["code", "integer", "date", "text"]
    summary: str


class TableData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The Parquet file that holds the rows of a table: its name beside the document, its digest, how many rows.

    `rows_digest` is that of the row file, by which rows are looked up; without one, rows are made anew and compared.
    """

    file: str
    digest: str
    rows: int
    rows_digest: str | None = None


class TableSource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a table was made from: a publication, and the digest of its file where it was read by a machine."""

    title: str
    digest: str | None = None


class Table(_Document, frozen=True, kw_only=True):
    """A large relation, such as pairs of codes: what its columns hold, which dates of service it covers, its data.

    `key` names the columns by which rows are looked up; several rows may share a key.
    """

    id: str
    title: str
    issuer: str
    covers: Period
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    data: TableData
    sources: tuple[TableSource, ...] = ()
    interpretation: str | None = None


class Lock(_Document, frozen=True, kw_only=True):
    """The digests of policy versions in force, by `policy@version`, as they were when each was locked."""

    versions: dict[str, str]


class Expectation(msgspec.Struct, frozen=True, kw_only=True):
    """What an example expects of one line; a field that is left out is not looked at."""

    line: int
    disposition: str | None = None
    liability: Any = msgspec.UNSET
    concern: Any = msgspec.UNSET
    discretionary: bool | None = None
    allowed_units: Any = msgspec.UNSET
    reasons: tuple[str, ...] | None = None
    overruled: tuple[str, ...] | None = None
    conflicts: tuple[tuple[str, str], ...] | None = None
    open: tuple[str, ...] | None = None
    remittance: dict[str, Any] | None = None


class Shows(msgspec.Struct, frozen=True, kw_only=True):
    """Which rule an example shows, on which line, and how.

    It decides; it applies, as one reason among others; it nearly matches; or it waits for a fact.
    """

    rule: str
    line: int
    how: Literal["decides", "applies", "near-miss", "waits"]


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """From which example one was carried over, for which version, as `policy@version`.

    `was` is what the other one expects of lines that this version answers otherwise, and `settled` says why that is
    right.
    """

    example: str
    version: str
    was: tuple[Expectation, ...] = ()
    settled: str | None = None


class Example(_Document, frozen=True, kw_only=True):
    """An encounter, and what a payer must answer."""

    summary: str
    payer: str
    encounter: dict[str, Any]
    expect: tuple[Expectation, ...]
    statements: tuple[str, ...] = ()
    shows: tuple[Shows, ...] = ()
    known_on: str | None = None
    consider: str | None = None
    presume: dict[str, Any] = {}
    carried: Carried | None = None
