"""The terms under which an encounter is decided: payer, known-on date, presumptions, a policy to consider."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from payrule.encounter.decoder import plain, value_reader
from payrule.model.bound_schema import presumption_schema
from payrule.model.payer import HISTORY, Payer, presumed_attributes
from payrule.model.policy import Policy, is_known, version_on
from payrule.model.schema_validator import SchemaValidator
from payrule.model.value_schema import bounded
from payrule.model.values import FrozenDict, Value, read_date
from payrule.rulebase.load import Documents
from payrule.source.diagnostics import Diagnostic, EncounterError, InputError, RequestError, did_you_mean, shown
from payrule.source.json_source import scan

Selection = tuple[tuple[str, ...], ...]
"""The policy versions that bind, as `policy@version`, by tier."""

CLEAN_RECORD = "clean-record"
"""The presumptions, in the vocabulary, of payers that pay first and audit later."""

OTHER_PAYER = "other-payer"
"""The code of the warning that a claim is plainly for another payer than the one that decides it."""

_IN_FORCE = frozenset({"in-force"})
_WHAT_IF = frozenset({"in-force", "proposed"})


class DecisionRequest(msgspec.Struct, frozen=True):
    """Under which terms to decide; `presumed` maps attributes to the value taken when they are unknown."""

    payer: Payer
    known_on: date
    presumed: Mapping[str, Value] = FrozenDict()
    consider: str | None = None

    @property
    def presumptions(self) -> dict[str, Any]:
        """Give what is presumed as JSON says it: sets are sorted lists, dates are texts."""
        written: dict[str, Any] = msgspec.to_builtins(self.presumed, order="deterministic")
        return written


def read_terms(
    documents: Documents,
    payer: str | None,
    known_on: date | str,
    presume: Mapping[str, Any] | None = None,
    consider: str | None = None,
) -> DecisionRequest:
    """Read what a caller asks for; raises RequestError for a name that no document has, or a bad date."""
    adjudicator = find_payer(documents, payer)
    if consider is not None:
        _check_considered(documents, consider, adjudicator)
    if presume:
        try:
            presume = plain(presume)
        except EncounterError as unfit:
            raise RequestError(map(_of_presumption, unfit.findings)) from None
        check_presumptions(documents, presume)
    presumptions = {**adjudicator.presumptions, **(presume or {})}
    presumed = spread_presumptions(documents, presumptions) if presumptions else {}
    return DecisionRequest(adjudicator, read_day(known_on), FrozenDict(presumed), consider)


def presumption_of(written: str) -> tuple[str, Any]:
    """Read `ATTRIBUTE`, for true, or `ATTRIBUTE=VALUE` with JSON, what is assumed for it; raises RequestError.

    >>> presumption_of("line.direct_contact"), presumption_of("line.units=2")
    (('line.direct_contact', True), ('line.units', 2))
    """
    name, equals, text = written.partition("=")
    try:
        return name, scan(text).value if equals else True
    except InputError:
        help_text = f"write texts in quotation marks, as in {name}='\"{text}\"'"
        raise RequestError.of("not-json", f"`{text}` is not JSON", help_text) from None


def find_payer(documents: Documents, payer: str | None) -> Payer:
    """Find a payer; raises RequestError when none is named, or there is none of this name."""
    if payer is None:
        help_text = (
            "name it in the claim, or name one for all claims: `--payer` on the command line, `payer=` in a call"
        )
        raise RequestError.of("no-payer", "no payer is named", help_text)
    if payer not in documents.payers:
        raise RequestError.of("unknown-payer", f"there is no payer `{payer}`", did_you_mean(payer, documents.payers))
    return documents.payers[payer]


def check_presumptions(documents: Documents, presumptions: Mapping[str, Any]) -> None:
    """Hold presumptions to the vocabulary; raises RequestError for a name that it does not have, or another value."""
    faults = SchemaValidator(bounded(presumption_schema(documents.vocabulary))).diagnostics(presumptions)
    if faults:
        raise RequestError(map(_of_presumption, faults))


def _of_presumption(fault: Diagnostic) -> Diagnostic:
    return Diagnostic(code=fault.code, message=f"assumed when missing: {fault.message}", help=fault.help)


def spread_presumptions(documents: Documents, presumptions: Mapping[str, Any]) -> dict[str, Value]:
    """Spread presumptions over the attributes that they speak of; the longer name wins, and lists become sets."""
    found: dict[str, Value] = {}
    for name in sorted(presumptions, key=len):
        for attribute in presumed_attributes(name, documents.vocabulary):
            found[attribute] = value_reader(documents.vocabulary.attributes[attribute])(presumptions[name])
    if presumptions.get(HISTORY):
        found[HISTORY] = True
    return found


def select(documents: Documents, terms: DecisionRequest, service: date) -> Selection:
    """Select the policy versions that bind a date of service, by tier; a policy without one is left out."""
    return tuple(
        tuple(version.name for name in tier if (version := _version(documents, terms, name, service)) is not None)
        for tier in terms.payer.tiers
    )


def left_out(documents: Documents, terms: DecisionRequest, selection: Selection) -> tuple[str, ...]:
    """Name the versions of a payer's policies that could bind, and that a date of service leaves out."""
    bound = {name for tier in selection for name in tier}
    return tuple(
        version.name
        for name in sorted(terms.payer.policies)
        for version in documents.policies[name]
        if version.name not in bound and can_bind(version, terms)
    )


def can_bind(version: Policy, terms: DecisionRequest) -> bool:
    """Tell whether a version can bind under some terms, on dates of its own."""
    return version.status in statuses_of(terms) and is_known(version, terms.known_on)


def statuses_of(terms: DecisionRequest) -> frozenset[str]:
    """Give the statuses of versions that can bind under some terms."""
    return _WHAT_IF if terms.payer.purpose == "what-if" else _IN_FORCE


def _version(documents: Documents, terms: DecisionRequest, name: str, service: date) -> Policy | None:
    bound = version_on(documents.policies[name], service, terms.known_on, statuses_of(terms))
    considered = documents.policies[terms.consider] if terms.consider is not None else ()
    replaced = {name} if bound is None else {name, bound.name}
    if any(policy.replaces in replaced for policy in considered):
        return version_on(considered, service, terms.known_on, _WHAT_IF)
    return bound


def _check_considered(documents: Documents, name: str, payer: Payer) -> None:
    if name not in documents.policies:
        raise RequestError.of("unknown-policy", f"there is no policy `{name}`", did_you_mean(name, documents.policies))
    replaced = {policy.replaces for policy in documents.policies[name] if policy.replaces}
    if not replaced:
        message = f"the policy `{name}` replaces no other, so it cannot be considered in its place"
        raise RequestError.of("replaces-nothing", message, "name its predecessor in `replaces`")
    policies = {each.partition("@")[0] for each in replaced}
    if policies.isdisjoint(payer.policies):
        listed = ", ".join(f"`{each}`" for each in sorted(replaced))
        message = f"`{name}` replaces {listed}, which does not apply to `{payer.id}`, so it would change nothing"
        binding = [each.id for each in documents.payers.values() if policies & each.policies]
        raise RequestError.of(
            "not-bound", message, f"name a payer that it applies to: {', '.join(sorted(binding)) or 'there is none'}"
        )


def read_day(day: date | str) -> date:
    """Read a day that a caller names; raises RequestError for what is none.

    >>> read_day("2026-01-31")
    datetime.date(2026, 1, 31)
    """
    try:
        return day if type(day) is date else read_date(day if type(day) is str else plain(day))
    except (TypeError, ValueError):
        raise RequestError.of("bad-date", f"{shown(day)} is not a date", "write it as year-month-day") from None
    except EncounterError as unfit:
        raise RequestError.of("bad-date", f"{shown(str(day))} is not a date", unfit.findings[0].help) from None
