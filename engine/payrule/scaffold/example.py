"""An example to begin with: a claim for a rule, decided now, and who can try the version."""

import shlex
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec

from payrule.analysis.witness import put
from payrule.examples.run import answered, ways
from payrule.language.names import Names
from payrule.language.truth import Matches
from payrule.model.policy import Policy
from payrule.model.value_schema import example_of, single_example
from payrule.results.determination import LineDetermination
from payrule.rulebase.folder import EXAMPLES
from payrule.rulebase.load import Documents
from payrule.rulebase.rulebase import Rulebase
from payrule.scaffold.asked import CODE, DATE, Beside, asked, beside
from payrule.scaffold.scaffold import Scaffold, document, named, there
from payrule.source.diagnostics import RequestError


class Trial(msgspec.Struct, frozen=True):
    """Under which terms an example is decided; None for `known_on` is whenever it is run."""

    payer: str
    service: str
    consider: str | None = None
    known_on: str | None = None

    @property
    def terms(self) -> dict[str, str]:
        """The terms as an example writes them."""
        written = {"payer": self.payer, "consider": self.consider, "known_on": self.known_on}
        return {key: value for key, value in written.items() if value is not None}

    def choices(self, day: date) -> dict[str, Any]:
        """Give what `Rulebase.decide` takes, on a day where none is chosen."""
        return {"known_on": day.isoformat(), **self.terms}


def trial(documents: Documents, policy: Policy, day: date, *, payer: str | None, service: date | None) -> Trial:
    """Find a payer for which a version can be tried, rather one that adjudicates; raises RequestError without one."""
    if payer is not None:
        named("payer", payer, documents.payers)
    chosen = [each for each in documents.payers.values() if payer in (None, each.id)]
    for each in sorted(chosen, key=lambda one: (one.purpose, len(one.policies), one.id)):
        statuses = ("in-force", "proposed") if each.purpose == "what-if" else ("in-force",)
        binds = policy.id in each.policies and policy.status in statuses
        replaced = (policy.replaces or "").partition("@")[0]
        if binds or (policy.status == "proposed" and replaced in each.policies):  # it can be considered in its place
            known_on = policy.published if policy.published and policy.published > day.isoformat() else None
            at = service.isoformat() if service else _applies(policy, documents)
            return Trial(each.id, at, None if binds else policy.id, known_on)
    whom = f"`{payer}`" if payer else "any payer"
    message = f"`{policy.name}` does not apply for {whom}, not even as a proposal, so it cannot be tried"
    command = f"payrule new payer {policy.id}-trial --policy {policy.id} --what-if {there(documents)}"
    raise RequestError.of("no-trial", message, f"make a payer to try it: `{command}`")


def _applies(policy: Policy, documents: Documents) -> str:
    """Give a date of service that a version applies to: the vocabulary's example, or the first or last one."""
    usual: str = example_of(documents.vocabulary.attributes[DATE])
    first, last = policy.effective.first, policy.effective.last
    return max(usual, first or usual) if last is None or usual <= last else last


SPEAKING = ("decides", "applies")
"""How an example shows a rule that answers."""

_ROUNDS = 6
"""How often the missing information of an answer is filled in; what is filled in can make other values matter."""


def usual_code(rulebase: Rulebase) -> str:
    """Give the vocabulary's example of a code."""
    found: str = single_example(rulebase.documents.vocabulary.attributes[CODE])
    return found


class Setting(NamedTuple):
    """In which examples are decided: the documents, the terms, the day it is, and what is beside the line."""

    rulebase: Rulebase
    trial: Trial
    day: date
    beside: Beside = Beside()

    @property
    def choices(self) -> dict[str, Any]:
        """What `Rulebase.decide` takes, with what payers usually assume when it is missing."""
        return {**self.trial.choices(self.day), "presume": self.rulebase.clean_record}


def new_example(  # noqa: PLR0913 - what an analyst may say of it, each by name
    setting: Setting, policy: Policy, name: str, *, code: str | None, rule: str | None, summary: str
) -> Scaffold:
    """Make an example that expects what is answered now; of a rule, with the values that it tests and how it shows."""
    documents = setting.rulebase.documents
    values = {CODE: code or usual_code(setting.rulebase)}
    shown = None
    if rule is not None:
        rules = {each.id: each for each in policy.rules}
        shown = f"{policy.id}/{named('rule', rule, rules)}"
        names = Names(documents.vocabulary, policy)
        setting = setting._replace(beside=beside(rules[rule], names))
        asks = setting.beside.own | asked(rules[rule].when, names)
        values = _answered_by(setting, name, values | asks | ({CODE: code} if code else {}), shown)
    path = documents.folder / policy.id / EXAMPLES / f"{name}.json"
    value = example_value(setting, name, values, rule=shown, summary=summary)
    today = "it expects the answer of today; if the payer's text says otherwise, fix the rule and not the example"
    run = f"run it: `payrule test {shlex.quote(str(path))} {there(documents)}`"
    return Scaffold({path: document(documents.folder, path, value)}, then=(today, run))


def example_value(
    setting: Setting, name: str, values: dict[str, Any], *, rule: str | None, summary: str
) -> dict[str, Any]:
    """Decide a claim of one line with some values, and write it as an example.

    Missing information is filled in with the vocabulary's examples, what the answer does not need is left out, and what
    payers usually assume is assumed.
    """
    given = _given(setting, values)
    values, claim = _filled(setting, name, {**values, **given}, rule)
    needed = given.keys() | setting.beside.own.keys()
    for attribute in [each for each in reversed(values) if each not in needed]:
        fewer = {each: value for each, value in values.items() if each != attribute}
        without = _decided(setting, name, fewer, rule)
        if (without.answer, without.how) == (claim.answer, claim.how):
            values, claim = fewer, without
    shows = [{"rule": rule, "line": 1, "how": claim.how}] if claim.how else []
    presumed = {"presume": dict(setting.rulebase.clean_record)} if setting.rulebase.clean_record else {}
    terms = setting.trial.terms | presumed
    expected = ({"line": at, **each} for at, each in enumerate((claim.answer, *claim.others), start=1))
    return example_document(summary, shows, terms, claim.encounter, *expected)


def example_document(
    summary: str,
    shows: Sequence[Mapping[str, Any]],
    terms: Mapping[str, Any],
    encounter: Mapping[str, Any],
    *expected: Mapping[str, Any],
) -> dict[str, Any]:
    """Write an example that expects an answer of each line that `expected` has.

    >>> list(example_document("It is paid.", [], {"payer": "plan"}, {"id": "1", "lines": []}, {"line": 1}))
    ['kind', 'summary', 'payer', 'encounter', 'expect']
    """
    shown = {"shows": list(shows)} if shows else {}
    return {"kind": "example", "summary": summary, **shown, **terms, "encounter": encounter, "expect": list(expected)}


class Claim(NamedTuple):
    """A claim, the answer for its line, how that shows a rule, None for no rule or not, and for lines beside it."""

    encounter: dict[str, Any]
    answer: dict[str, Any]
    how: str | None
    others: tuple[dict[str, Any], ...] = ()


def _answered_by(setting: Setting, name: str, values: dict[str, Any], rule: str) -> dict[str, Any]:
    """Add values to a line, so that a rule answers it where another value of what is missing makes it do so."""
    given = {**values, **_given(setting, values)}
    filled, claim = _filled(setting, name, given, rule)
    if claim.how not in SPEAKING:
        for attribute in sorted(filled.keys() - given.keys()):
            described = setting.rulebase.documents.vocabulary.attributes[attribute]
            for value in described.values:
                changed = {**filled, attribute: [value] if described.many else value}
                other, claim = _filled(setting, name, changed, rule)
                if claim.how in SPEAKING:
                    return other
    return filled


def _given(setting: Setting, values: Mapping[str, Any]) -> dict[str, Any]:
    """Give what every line has, and its code and date."""
    attributes = setting.rulebase.documents.vocabulary.attributes
    required = {each: example_of(attribute) for each, attribute in attributes.items() if attribute.required}
    return required | {CODE: values[CODE], DATE: setting.trial.service}


def _filled(setting: Setting, name: str, values: dict[str, Any], rule: str | None) -> tuple[dict[str, Any], Claim]:
    """Fill in the missing information of an answer with the vocabulary's examples."""
    attributes = setting.rulebase.documents.vocabulary.attributes
    claim = _decided(setting, name, values, rule)
    for _ in range(_ROUNDS):
        missing = {each: example_of(attributes[each]) for each in claim.answer["open"] if each in attributes}
        if not missing:
            break
        values = {**values, **missing}
        claim = _decided(setting, name, values, rule)
    return values, claim


def _decided(setting: Setting, name: str, values: Mapping[str, Any], rule: str | None) -> Claim:
    encounter: dict[str, Any] = {"id": name, "lines": [{"number": 1}]}
    for attribute, value in values.items():
        put(encounter["lines"][0] if attribute.startswith("line.") else encounter, attribute, value)
    setting.beside.put(encounter, values, setting.rulebase.documents.vocabulary)
    line, *others = setting.rulebase.decide(encounter, **setting.choices).lines
    how = way_shown(rule, line, setting.rulebase.matches(encounter, **setting.choices)[1]) if rule else None
    return Claim(encounter, expected_answer(line), how, tuple(map(expected_answer, others)))


EXPECTED = ("disposition", "liability", "concern", "discretionary", "reasons", "open")
"""What an example expects of its line; what was overruled, remittance codes and payment in part where there are any."""


def expected_answer(line: LineDetermination) -> dict[str, Any]:
    """Give what an example expects of its line."""
    found = answered(line)
    kept = {*EXPECTED, *(key for key in ("overruled", "remittance", "pays", "adjustments") if found[key])}
    return {key: value for key, value in found.items() if key in kept}


def way_shown(rule: str, line: LineDetermination, matches: Matches) -> str | None:
    """Say how a line shows a rule; None where it matches and is no reason."""
    return next((way for way, holds in ways(rule, line, matches).items() if holds), None)
