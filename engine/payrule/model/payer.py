"""A payer, and examples of what it answers; whether every name in a payer document means something."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from payrule.model.policy import Document, Policy, Remittance
from payrule.model.vocabulary import Regions, Vocabulary, region_findings, unknown_method
from payrule.source.diagnostics import Diagnostic, did_you_mean
from payrule.source.json_source import JsonSource, Path


class AcceptedConflict(msgspec.Struct, frozen=True, kw_only=True):
    """A conflict that a payer knows and accepts: two rules as `policy/rule`, and the reason."""

    rules: tuple[str, str]
    reason: str


class Payer(Document, frozen=True, kw_only=True):
    """Who adjudicates: the policies that bind, highest authority first, several in one tier when none yields.

    `otherwise` says what becomes of a line that no rule denies, returns or holds. `signatures` is how many persons sign
    a version before it goes into force, one without it; it changes no answer and is no part of a digest. `payer_ids`
    and `filing_indicators` are those that claims for it have, where the document says which.
    """

    id: str
    title: str
    tiers: tuple[tuple[str, ...], ...]
    signatures: Literal[1, 2] | msgspec.UnsetType = msgspec.UNSET
    otherwise: Literal["payable"] | msgspec.UnsetType = msgspec.UNSET
    payer_ids: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    filing_indicators: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    purpose: Literal["adjudication", "what-if"] = "adjudication"
    accepted_conflicts: tuple[AcceptedConflict, ...] = ()
    presumptions: dict[str, Any] = msgspec.field(default_factory=dict)
    remittance: dict[str, Remittance] = msgspec.field(default_factory=dict)
    units_method: str | None = None
    regions: Regions | None = None
    interpretation: str | None = None

    @property
    def policies(self) -> frozenset[str]:
        """The policies that bind, of whatever tier."""
        return frozenset(policy for tier in self.tiers for policy in tier)


def unsigned(payer: Payer) -> Payer:
    """Leave out of a payer how many sign: that reaches no answer, so it is no part of a digest."""
    return msgspec.structs.replace(payer, signatures=msgspec.UNSET)


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
    pays: Any = msgspec.UNSET
    adjustments: tuple[dict[str, Any], ...] | None = None


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


class Example(Document, frozen=True, kw_only=True):
    """An encounter, and what a payer must answer."""

    summary: str
    payer: str
    encounter: dict[str, Any]
    expect: tuple[Expectation, ...]
    statements: tuple[str, ...] = ()
    shows: tuple[Shows, ...] = ()
    known_on: str | None = None
    consider: str | None = None
    presume: dict[str, Any] = msgspec.field(default_factory=dict)
    carried: Carried | None = None


def payer_findings(  # noqa: PLR0913, PLR0917 - the documents that a payer speaks of
    payer: Payer,
    policies: Mapping[str, tuple[Policy, ...]],
    vocabulary: Vocabulary,
    methods: frozenset[str],
    text: JsonSource,
    unread: frozenset[str] = frozenset(),
) -> tuple[Diagnostic, ...]:
    """List what is wrong with the names of a payer; `methods` are the names of the methods for units.

    `unread` are policies with a version that cannot be read, of which nothing is said here: its own findings say it.
    """
    rules = {f"{policy.id}/{rule.id}" for versions in policies.values() for policy in versions for rule in policy.rules}
    found = [*_tier_findings(payer, policies, unread, text)]
    named = [
        (name, ("accepted_conflicts", index, "rules", position), False)
        for index, accepted in enumerate(payer.accepted_conflicts)
        for position, name in enumerate(accepted.rules)
    ]
    for name, path, is_key in (*named, *((name, ("remittance", name), True) for name in payer.remittance)):
        if name.partition("/")[0] not in unread and name not in rules:
            help_text = did_you_mean(name, rules, otherwise="write it as `policy/rule`")
            found.append(text.diagnostic(path, "unknown-rule", f"there is no rule `{name}`", help_text, key=is_key))
    found += _accepted_twice(payer, text)
    unknown = (name for name in payer.presumptions if name != HISTORY and not presumed_attributes(name, vocabulary))
    for name in unknown:
        message = f"there is no attribute `{name}` to assume a value for"
        near = did_you_mean(name, vocabulary.attributes)
        found.append(text.diagnostic(("presumptions", name), "unknown-attribute", message, near, key=True))
    if payer.units_method is not None and payer.units_method not in methods:
        found.append(unknown_method(payer.units_method, methods, text, ("units_method",)))
    if payer.regions is not None:
        found += region_findings(payer.regions.contiguous, vocabulary, text, ("regions", "contiguous"))
    return tuple(found)


def _accepted_twice(payer: Payer, text: JsonSource) -> Iterator[Diagnostic]:
    seen: set[frozenset[str]] = set()
    for index, accepted in enumerate(payer.accepted_conflicts):
        one, two = accepted.rules
        if frozenset(accepted.rules) in seen:
            yield text.diagnostic(
                ("accepted_conflicts", index, "rules"),
                "conflict-accepted-twice",
                f"the conflict of `{one}` and `{two}` is accepted already",
                "keep one of the two, with its reason",
            )
        seen.add(frozenset(accepted.rules))


def _tier_findings(
    payer: Payer, policies: Mapping[str, tuple[Policy, ...]], unread: frozenset[str], text: JsonSource
) -> Iterator[Diagnostic]:
    first: dict[str, int] = {}
    for tier, names in enumerate(payer.tiers):
        for position, name in enumerate(names):
            path: Path = ("tiers", tier, position)
            if name in unread:
                continue
            if name not in policies:
                help_text = did_you_mean(name, policies)
                yield text.diagnostic(path, "unknown-policy", f"there is no policy `{name}`", help_text)
            elif first.setdefault(name, tier) != tier or names.index(name) != position:
                message = f"the policy `{name}` is in level {first[name] + 1} of the order of precedence already"
                yield text.diagnostic(path, "policy-bound-twice", message, "bind it once")
            elif payer.purpose == "adjudication" and not any(each.status == "in-force" for each in policies[name]):
                message = f"no version of `{name}` is in force, so it cannot bind"
                help_text = 'set `"purpose": "what-if"` to bind proposed versions'
                yield text.diagnostic(path, "policy-not-in-force", message, help_text)


HISTORY = "history"
"""What is presumed, beside attributes: that the patient has no earlier lines but those that a claim gives."""


def presumed_attributes(name: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """List the attributes that a presumption speaks of: the one of this name, or all below it."""
    return tuple(each for each in vocabulary.attributes if each == name or each.startswith(f"{name}."))
