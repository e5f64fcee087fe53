"""The vocabulary: the attributes, edit categories, regions and code lists that documents and claims may use."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from payrule.model.code_sets import CodeSet
from payrule.model.policy import Document, Fact, Remittance
from payrule.model.values import NO_VALUE, Value
from payrule.source.diagnostics import Diagnostic, did_you_mean
from payrule.source.json_source import JsonSource, Path

Effect = Literal["denied", "returned", "reduced", "affirmative", "neutral"]
"""What a value does to a line; a reduced one is paid in part."""


class Regions(msgspec.Struct, frozen=True, kw_only=True):
    """Which body regions touch: pairs of neighbours; no other pair is contiguous."""

    contiguous: tuple[tuple[str, str], ...]
    interpretation: str | None = None


BIRTH = "patient.birth_date"
"""The attribute that an age is computed from. What it holds is never written in an answer, a message or a log."""


class Computation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"unit": "in", "day": "on"}):
    """How an attribute is computed from others: one of the keys that name a form, with what belongs to it.

    `days_between` gives the days from the first date to the second, `age_on` the age in `unit` on a date, `pointed` the
    members of a list that the pointers of a line name, `minus` the first number less the second, `first_of` the first
    member of a list. `lookup` gives the `value` of the row of a table, found `by` its key columns, that holds on `day`.
    """

    days_between: tuple[str, str] | None = None
    age_on: str | None = None
    unit: Literal["years", "months", "days"] | None = None
    pointed: str | None = None
    minus: tuple[str, str] | None = None
    lookup: str | None = None
    by: dict[str, str] | None = None
    day: str | None = None
    value: str | None = None
    first_of: str | None = None

    @property
    def form(self) -> str:
        """Name the form.

        >>> Computation(first_of="line.modifiers").form
        'first_of'
        """
        return next(each for each in FORMS if getattr(self, each) is not None)

    @property
    def reads(self) -> tuple[str, ...]:
        """Name the attributes that it is computed from; of `pointed` without the pointers.

        >>> Computation(age_on="line.date", unit="years").reads
        ('line.date', 'patient.birth_date')
        """
        listed = (
            self.age_on,
            BIRTH if self.age_on else None,
            self.pointed,
            *(self.by or {}).values(),
            self.day,
            self.first_of,
        )
        return (*(self.days_between or ()), *(self.minus or ()), *(each for each in listed if each is not None))

    @property
    def is_of_order(self) -> bool:
        """Tell whether it rests on the order of a list, which is known where a claim is read and nowhere else.

        >>> Computation(first_of="line.modifiers").is_of_order, Computation(minus=("line.a", "line.b")).is_of_order
        (True, False)
        """
        return self.pointed is not None or self.first_of is not None


FORMS = ("days_between", "age_on", "pointed", "minus", "lookup", "first_of")
"""The keys that name a form of a computed attribute."""


class Attribute(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"source": "from"}):
    """What the vocabulary says of an attribute: its type, its values, and what absence means.

    `many` marks a set of values. An absent attribute holds `default`, or what the attribute `default_from` holds, and
    is unknown without either. `derived` says how it is computed: by a function, named, from the claim and the rows of
    `table`, and then it is no key of a claim; or by a form, and then a claim may give it too. `source` says whether a
    claim can hold it, or only the patient's chart.
    `also_called` are other names that people use; `measure` says what a number counts that people write otherwise.
    `system` is a system of codes: how they are read, and what their ranges and categories hold. With `fractions` a
    claim may give a decimal number too, which is compared exactly with the whole numbers of conditions.
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
    fractions: bool = False
    default: Any = None
    default_from: str | None = None
    derived: str | Computation | None = None
    table: str | None = None
    required: bool = False
    source: Literal["claim", "chart"] = "claim"
    example: Any = None
    system: Literal["icd-10-cm"] | None = None

    @property
    def function(self) -> str | None:
        """Name the function that computes it; None where it is given, or computed by a form.

        >>> Attribute(type="boolean", summary="supported", derived="units-supported").function
        'units-supported'
        """
        return self.derived if isinstance(self.derived, str) else None

    @property
    def expression(self) -> str | None:
        """Give what a value looks like, as a regular expression: the pattern, and `none` where that can be computed.

        >>> Attribute(type="code", summary="", pattern="^[0-9]$", derived=Computation(first_of="line.a")).expression
        '^(?:[0-9]|none)$'
        """
        if self.pattern is None or self.computation is None or self.computation.first_of is None:
            return self.pattern
        return f"^(?:{self.pattern.removeprefix('^').removesuffix('$')}|{NO_VALUE})$"

    @property
    def computation(self) -> Computation | None:
        """Give the form by which it is computed from other attributes, if it is."""
        return self.derived if isinstance(self.derived, Computation) else None


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


class Vocabulary(Document, frozen=True, kw_only=True):
    """The words that documents and encounters may use.

    `pointers` says which attribute holds positions in another. `begins` gives the first day of values of an attribute
    that are younger than claims may be. `code_sets` are code lists that are documents of their own: no key of this one,
    they are put here when a rulebase is read.
    """

    attributes: dict[str, Attribute]
    concerns: tuple[Concern, ...]
    regions: Regions
    timed: Timed
    sets: dict[str, tuple[str | int, ...]] = msgspec.field(default_factory=dict)
    facts: dict[str, Fact] = msgspec.field(default_factory=dict)
    presumptions: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    taxonomies: dict[str, str] = msgspec.field(default_factory=dict)
    retired: Retired | None = None
    frequency: Frequency | None = None
    spans: Spans | None = None
    pointers: dict[str, str] = msgspec.field(default_factory=dict)
    begins: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)
    code_sets: dict[str, CodeSet] | msgspec.UnsetType = msgspec.UNSET

    @property
    def dated_sets(self) -> dict[str, CodeSet]:
        """The code lists that are documents of their own, by their id."""
        return {} if self.code_sets is msgspec.UNSET else self.code_sets

    def last_day(self, code: str) -> str | None:
        """Give the last day of a code that is billed no more, as `YYYY-MM-DD`; None for any other."""
        return self.retired.codes.get(code) if self.retired else None

    def concern(self, concern_id: str) -> Concern:
        """Find a concern by id; raises KeyError when there is none."""
        return {concern.id: concern for concern in self.concerns}[concern_id]


def of_other_line(number: int, attribute: str) -> str:
    """Name an attribute of a line by its number, for a reader who stands at another: as answers name a fact.

    >>> of_other_line(3, "line.provider.type")
    'lines[3].provider.type'
    """
    return f"lines[{number}].{attribute.removeprefix('line.')}"


def line_of(fact: str) -> int | None:
    """Give the number of the other line that a fact is of, as answers name it; None where it is of none.

    >>> line_of("lines[3].provider.type"), line_of("line.units"), line_of("history[C-7/2].units")
    (3, None, None)
    """
    number = fact.removeprefix("lines[").partition("].")[0]
    return int(number) if fact != number and fact.startswith("lines[") and number.isdecimal() else None


def attribute_of(fact: str) -> str:
    """Give the attribute of a fact as answers name it; a fact may be one of another line.

    >>> attribute_of("lines[3].provider.type"), attribute_of("line.units")
    ('line.provider.type', 'line.units')
    """
    return f"line.{fact.partition('].')[2]}" if fact.startswith("lines[") else fact


def region_findings(
    pairs: tuple[tuple[str, str], ...], vocabulary: Vocabulary, text: JsonSource, path: Path
) -> Iterator[Diagnostic]:
    """List regions that the vocabulary does not have."""
    declared = vocabulary.attributes.get("line.regions")
    for index, pair in enumerate(pairs):
        for position, region in enumerate(pair):
            if declared is not None and region not in declared.values:
                message, at = f"there is no region `{region}`", (*path, index, position)
                yield text.diagnostic(at, "unknown-value", message, did_you_mean(region, declared.values))


def unknown_method(name: str, methods: frozenset[str], text: JsonSource, path: Path) -> Diagnostic:
    """Say that there is no method of this name for units."""
    message = f"there is no method `{name}` for units"
    return text.diagnostic(path, "unknown-method", message, did_you_mean(name, methods))
