"""A policy version as frozen values, field for field as `schemas/` describes it, and which version applies when.

JSON Schema is the authority on their shape: nothing here is decoded that the schema has not accepted.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Literal

import msgspec

from payrule.model.choices import NOWHERE, UNWRITTEN, Liability, Modality
from payrule.model.values import read_date
from payrule.source.json_source import Path

Status = Literal["draft", "proposed", "in-force", "retired"]

Group = Literal["CO", "PR", "OA", "PI"]


class Document(msgspec.Struct, frozen=True, kw_only=True, rename={"schema": "$schema"}):
    """What every document says of itself: its kind, and where its schema is, for an editor to find."""

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
    """Say what a rule answers on its concern when it matches, who bears a denial, and how firmly the prose speaks.

    `pay` says what is paid of a line that the value reduces: `units` of a quota, or so many, or a `percent`.
    """

    concern: str
    value: str
    liability: Liability | None = None
    modality: Modality = "shall"
    pay: "Pay | msgspec.UnsetType" = msgspec.UNSET


class OfQuota(msgspec.Struct, frozen=True, kw_only=True):
    """What is within a quota of the policy."""

    quota: str


class Pay(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is paid of a line: units, those that are within a quota or so many, or a percentage over 0 up to 100."""

    units: OfQuota | int | None = None
    percent: int | float | None = None

    @property
    def quota(self) -> str | None:
        """The quota of which what is within is paid; None for any other."""
        return self.units.quota if isinstance(self.units, OfQuota) else None


class Suppression(msgspec.Struct, frozen=True, kw_only=True):
    """Keep a check quiet about a rule, and say why; where left out, it is no part of a digest: it changes no answer."""

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


class Quota(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A named limit on lines that share it: so many lines (`of` is `lines`), or so much of an attribute, in a window.

    Lines take from it in an order, of which `first` are keys that come before the number of a line. `same` are the
    attributes in which the lines that share a limit agree.
    """

    summary: str
    of: str
    at_most: int
    window: str | dict[str, int]
    same: tuple[str, ...] = ()
    where: dict[str, Any] = {}
    first: tuple[dict[str, str], ...] = ()
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


class Policy(Document, frozen=True, kw_only=True):
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
    quotas: dict[str, Quota] | msgspec.UnsetType = msgspec.UNSET
    rules: tuple[Rule, ...] = ()
    notes: tuple[Note, ...] = ()
    suppress: tuple[PolicySuppression, ...] | msgspec.UnsetType = msgspec.UNSET

    @property
    def name(self) -> str:
        """Name the version as the command line does: `policy@version`."""
        return f"{self.id}@{self.version}"

    @property
    def limits(self) -> dict[str, Quota]:
        """The quotas of this version; none where it has no such key, which is no part of its digest then."""
        return {} if self.quotas is msgspec.UNSET else self.quotas

    def rule(self, rule_id: str) -> Rule:
        """Find a rule by id; raises KeyError when there is none."""
        return {rule.id: rule for rule in self.rules}[rule_id]


class Lock(Document, frozen=True, kw_only=True):
    """The digests of policy versions in force, by `policy@version`, as they were when each was locked.

    `code_sets` are those of code lists that are documents of their own, by id; a rulebase without any has no such key.
    """

    versions: dict[str, str]
    code_sets: dict[str, str] | msgspec.UnsetType = msgspec.UNSET

    @property
    def lists(self) -> dict[str, str]:
        """The digests of code lists, by id."""
        return {} if self.code_sets is msgspec.UNSET else self.code_sets


def semantic(version: str) -> tuple[int, ...]:
    """Read a semantic version for comparison.

    >>> semantic("1.10.0") > semantic("1.9.3")
    True
    """
    return tuple(int(part) for part in version.split("."))


def by_version(policies: Mapping[str, tuple[Policy, ...]]) -> dict[str, Policy]:
    """Give every version of policies by its name, `policy@version`.

    >>> by_version({"p": ()})
    {}
    """
    return {version.name: version for versions in policies.values() for version in versions}


def version_on(
    versions: Iterable[Policy], service: date, known_on: date, statuses: frozenset[str] = frozenset({"in-force"})
) -> Policy | None:
    """Select the version that applies to a date of service, as known on a day; None when there is none.

    Of several the latest `effective.from` wins, then the highest version.

    >>> from payrule.model.policy import Period
    >>> def version(number, first):
    ...     return Policy(kind="policy", id="p", version=number, title="", issuer="", authority="lcd",
    ...                   status="in-force", effective=Period(first=first))
    >>> both = [version("1.0.0", None), version("2.0.0", "2024-07-01")]
    >>> [version_on(both, date(year, 7, 1), date(2026, 1, 1)).version for year in (2023, 2024)]
    ['1.0.0', '2.0.0']
    """
    known = (each for each in versions if each.status in statuses and is_known(each, known_on))
    qualified = [each for each in known if applies(each, service)]
    return max(qualified, key=lambda policy: (policy.effective.first or "", semantic(policy.version)), default=None)


def ever_bound(
    versions: Iterable[Policy], known_on: date, statuses: frozenset[str] = frozenset({"in-force"})
) -> tuple[Policy, ...]:
    """Give the versions that apply to some date of service, as known on a day; others always yield to one of them.

    >>> from payrule.model.policy import Period
    >>> def version(number, first):
    ...     return Policy(kind="policy", id="p", version=number, title="", issuer="", authority="lcd",
    ...                   status="in-force", effective=Period(first=first))
    >>> all_three = [version("1.0.0", None), version("2.0.0", "2024-07-01"), version("2.1.0", "2024-07-01")]
    >>> [each.version for each in ever_bound(all_three, date(2026, 1, 1))]
    ['1.0.0', '2.1.0']
    """
    listed = tuple(versions)
    firsts = {read_date(each.effective.first) if each.effective.first else date.min for each in listed}
    after = {read_date(each.effective.last) + timedelta(days=1) for each in listed if each.effective.last}
    bound = [version_on(listed, day, known_on, statuses) for day in (*firsts, *after)]
    return tuple(each for each in listed if each in bound)


def is_known(policy: Policy, known_on: date) -> bool:
    """Tell whether a version was published by a day; one without a day of publication always was."""
    return policy.published is None or read_date(policy.published) <= known_on


def applies(policy: Policy, service: date) -> bool:
    """Tell whether a version is in effect on a date of service, whatever its status.

    >>> from payrule.model.policy import Period
    >>> policy = Policy(kind="policy", id="p", version="1.0.0", title="", issuer="", authority="lcd",
    ...                 status="draft", effective=Period(first="2024-07-01"))
    >>> applies(policy, date(2024, 6, 30)), applies(policy, date(2024, 7, 1))
    (False, True)
    """
    first, last = policy.effective.first, policy.effective.last
    return (first is None or read_date(first) <= service) and (last is None or service <= read_date(last))


PROSE = frozenset(
    {"title", "issuer", "summary", "interpretation", "locator", "advice", "text", "reason", "file", "digest"}
)
"""The keys of a document that hold words for readers, or stand for a text."""

_BEGINS = re.compile(
    rf"\W*({UNWRITTEN}|{NOWHERE}|to be (determined|decided|confirmed|defined|added|done)\W*$"
    r"|to ?do\b|tbd\b|tba\b|fixme\b|placeholder\b|lorem ipsum|fill (this |it )?in\b|(change|replace) ?(this|me)\b)",
    re.IGNORECASE,
)
_HOLDS = re.compile(r"\b(TODO|TBD|FIXME|XXX+)\b")
_SAYS_NOTHING = re.compile(r"[\W_]*|x+", re.IGNORECASE)
_ONE_DIGIT = re.compile(r"sha256:(.)\1*")


def is_placeholder(text: str) -> bool:
    """Tell whether a text only holds a place: a scaffold's, a usual mark, no word at all, or a digest of one digit.

    >>> [is_placeholder(each) for each in ("To be written: what it shows.", "TODO", "...", "sha256:" + 64 * "0")]
    [True, True, True, True]
    >>> [is_placeholder(each) for each in ("The plan pays for it.", "Medical need is to be determined by the plan.")]
    [False, False]
    """
    return any((_BEGINS.match(text), _HOLDS.search(text), _SAYS_NOTHING.fullmatch(text), _ONE_DIGIT.fullmatch(text)))


def placeholders(document: msgspec.Struct) -> Iterator[tuple[Path, str]]:
    """List the placeholders of a document, each with the path to it.

    >>> from payrule.model.policy import Note
    >>> list(placeholders(Note(text="To be written", reason="The text says so.")))
    [(('text',), 'To be written')]
    """
    return _below((), msgspec.to_builtins(document))


def _below(path: Path, value: Any) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            if isinstance(each, str):
                if key in PROSE and is_placeholder(each):
                    yield (*path, key), each
            elif key not in ("when", "encounter", "expect"):
                yield from _below((*path, key), each)
    elif isinstance(value, list | tuple):
        for index, each in enumerate(value):
            yield from _below((*path, index), each)
