"""An example to begin with: a claim for a rule, decided now, and who can try the version."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import msgspec

from payrule.analysis.computed_values import latest_birth
from payrule.analysis.witness import put
from payrule.encounter.encounter import CODE, DATE
from payrule.examples.run import answered, ways
from payrule.language.names import Names
from payrule.language.truth import Matches
from payrule.model.policy import Policy, Rule
from payrule.model.value_schema import example_of, single_example
from payrule.model.vocabulary import BIRTH, Computation, attribute_of, line_of
from payrule.results.determination import LineDetermination
from payrule.rulebase.folder import EXAMPLES
from payrule.rulebase.load import Documents
from payrule.rulebase.rulebase import Rulebase
from payrule.scaffold.asked import Beside, asked, beside, ways_to_miss
from payrule.scaffold.scaffold import Scaffold, document, named, there
from payrule.source.diagnostics import InputError, RequestError


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
    command = f"payrule new payer {policy.id}-trial --policy {policy.id} --what-if{there(documents)}"
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
    setting: Setting,
    policy: Policy,
    name: str,
    *,
    code: str | None,
    rule: str | None,
    summary: str,
    movable: bool = True,
) -> Scaffold:
    """Make an example that expects what is answered now; of a rule, with the values that it tests and how it shows.

    Where a rule counts days of a year, a claim that is `movable` is so late in its year that they come before it.
    """
    documents = setting.rulebase.documents
    values = {CODE: code or usual_code(setting.rulebase)}
    shown = None
    if rule is not None:
        shown = f"{policy.id}/{named('rule', rule, [each.id for each in policy.rules])}"
        setting, values = shown_by(setting, policy, rule, name, values=values, code=code, movable=movable)
    path = documents.folder / policy.id / EXAMPLES / f"{name}.json"
    value = example_value(setting, name, values, rule=shown, summary=summary)
    today = "it expects the answer of today; if the payer's text says otherwise, fix the rule and not the example"
    run = f"run it: `payrule test {shlex.quote(str(path))}{there(documents)}`"
    return Scaffold({path: document(documents.folder, path, value)}, then=(today, run))


def shown_by(  # noqa: PLR0913 - what an analyst may say of it, each by name
    setting: Setting,
    policy: Policy,
    rule: str,
    name: str,
    *,
    values: dict[str, Any],
    code: str | None,
    movable: bool = True,
) -> tuple[Setting, dict[str, Any]]:
    """Find what shows a rule of a version: the lines that it counts, and the values of a line that it answers."""
    rules = {each.id: each for each in policy.rules}
    names = Names(setting.rulebase.documents.vocabulary, policy)
    setting = setting._replace(beside=beside(rules[rule], names))
    if movable:
        setting = setting._replace(trial=later(setting.trial, setting.beside.days, policy))
    asks = setting.beside.own | asked(rules[rule].when, names) | ({CODE: code} if code else {})
    shown = f"{policy.id}/{rule}"
    setting, values = _answered_by(setting, name, values | asks, shown)
    others = {f"{policy.id}/{each}": one for each, one in rules.items() if each != rule}
    return _freed(setting, name, Told(values, asks, shown, others, names))


def later(tried: Trial, days: int, policy: Policy) -> Trial:
    """Move a date of service so that so many days of its year come before it, where the version applies then, too."""
    service = date.fromisoformat(tried.service)
    later = date(service.year, 1, 1) + timedelta(days=days)
    last = policy.effective.last
    if later <= service or (last is not None and later.isoformat() > last):
        return tried
    return msgspec.structs.replace(tried, service=later.isoformat())


def example_value(
    setting: Setting, name: str, values: dict[str, Any], *, rule: str | None, summary: str
) -> dict[str, Any]:
    """Decide a claim of one line with some values, and write it as an example.

    Missing information is filled in with the vocabulary's examples, what the answer does not need is left out, and what
    payers usually assume is assumed.
    """
    given = _given(setting, values)
    setting, values, claim = _filled(setting, name, {**values, **given}, rule)
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


def _answered_by(setting: Setting, name: str, values: dict[str, Any], rule: str) -> tuple[Setting, dict[str, Any]]:
    """Add values to a line, so that a rule answers it where another value of what is missing makes it do so."""
    given = {**values, **_given(setting, values)}
    setting, filled, claim = _filled(setting, name, given, rule)
    if claim.how in SPEAKING:
        return setting, filled
    for attribute in sorted(filled.keys() - given.keys()):
        described = setting.rulebase.documents.vocabulary.attributes[attribute]
        for value in described.values:
            changed = {**filled, attribute: [value] if described.many else value}
            other, line, claim = _filled(setting, name, changed, rule)
            if claim.how in SPEAKING:
                return other, line
    return setting, filled


class Told(NamedTuple):
    """What is tried of a rule: a line, what of it the rule asks, the rule, the others of its policy, and its names."""

    values: dict[str, Any]
    asks: dict[str, Any]
    rule: str
    others: Mapping[str, Rule]
    names: Names


def _freed(setting: Setting, name: str, told: Told) -> tuple[Setting, dict[str, Any]]:
    """Change a claim until a rule answers its line: so that rules which answer it otherwise match no longer.

    The claim that leaves the fewest of them is changed next. Where none is found, the claim is as it was.
    """
    claim = _decided(setting, name, told.values, told.rule)
    found = [(_rank(claim, told.rule), 0, setting, told.values, claim)]
    seen = [claim.encounter]
    for number in range(1, _CLAIMS):
        best = max(found, key=lambda each: each[:2], default=None)
        if best is None or best[4].how in SPEAKING:
            return (best[2], best[3]) if best else (setting, told.values)
        found.remove(best)
        for changed in _changed_claims(best[2], best[3], best[4], told):
            try:
                other, line, tried = _filled(changed[0], name, changed[1], told.rule)
            except InputError:  # a value that no claim may have
                continue
            if tried.encounter not in seen:
                seen.append(tried.encounter)
                found.append((_rank(tried, told.rule), -number, other, line, tried))
    return setting, told.values


_CLAIMS = 12
"""How many claims are changed, one after the other."""

_HISTORY = "history["
"""What a missing part of the history is called by."""

_EVER = "ever"
"""What is missing of a history that may begin before the date from which it is given: it ends with the birth date."""


def _rank(claim: Claim, rule: str) -> tuple[bool, bool, int]:
    """Rank a claim: a rule answers its line, matches it, is one among few that do, with nothing missing."""
    others = [each for each in claim.answer["reasons"] if each != rule]
    return claim.how in SPEAKING, claim.how is None, -len(others) - bool(claim.answer["open"])


def _changed_claims(
    setting: Setting, values: dict[str, Any], claim: Claim, told: Told
) -> Iterator[tuple[Setting, dict[str, Any]]]:
    """List what may keep other rules from answering a line; where earlier lines are missing, that there are none."""
    missing = [each for each in claim.answer["open"] if each.startswith(_HISTORY)]
    if missing and not setting.beside.has_history:
        yield setting._replace(beside=setting.beside + Beside(has_history=True)), values
    attributes = setting.rulebase.documents.vocabulary.attributes
    if any(_EVER in each for each in missing) and BIRTH in attributes:
        yield setting, values | {BIRTH: example_of(attributes[BIRTH])}
    for reason in claim.answer["reasons"]:
        if reason in told.others:
            for change in ways_to_miss(told.others[reason], told.names):
                for own in (told.asks, values):
                    line = _with(setting, values, change.values, own, told.asks)
                    if line is not None and (line != values or change.beside.lines):
                        yield setting._replace(beside=setting.beside + change.beside), line


def _with(
    setting: Setting,
    values: Mapping[str, Any],
    change: Mapping[str, Any],
    own: Mapping[str, Any],
    asks: Mapping[str, Any],
) -> dict[str, Any] | None:
    """Change values; those of a list are added to its own; None where one takes a value which the rule asks for."""
    attributes = setting.rulebase.documents.vocabulary.attributes
    line = dict(values)
    for attribute, value in change.items():
        described = attributes[attribute]
        if attribute in asks and not described.many:
            return None
        age = described.derived if isinstance(described.derived, Computation) else None
        if age is not None and age.age_on is not None and age.unit is not None:
            line[BIRTH] = str(latest_birth(date.fromisoformat(values[DATE]), value, age.unit))
        else:
            line[attribute] = [*dict.fromkeys([*own.get(attribute, ()), *value])] if described.many else value
    return line


def _given(setting: Setting, values: Mapping[str, Any]) -> dict[str, Any]:
    """Give what every line has, and its code and date."""
    attributes = setting.rulebase.documents.vocabulary.attributes
    required = {each: example_of(attribute) for each, attribute in attributes.items() if attribute.required}
    return required | {CODE: values[CODE], DATE: setting.trial.service}


def _filled(
    setting: Setting, name: str, values: dict[str, Any], rule: str | None
) -> tuple[Setting, dict[str, Any], Claim]:
    """Fill in the missing information of an answer with the vocabulary's examples; other lines say the same as it."""
    attributes = setting.rulebase.documents.vocabulary.attributes
    claim = _decided(setting, name, values, rule)
    for _ in range(_ROUNDS):
        missing = {each: example_of(attributes[each]) for each in claim.answer["open"] if each in attributes}
        lines = setting.beside.lines
        for each in claim.answer["open"]:
            if (other := line_of(each)) is not None and (attribute := attribute_of(each)) in attributes:
                at = other - 2  # the line itself is the first of the claim
                said = lines[at].values | {attribute: values.get(attribute, example_of(attributes[attribute]))}
                lines = (*lines[:at], msgspec.structs.replace(lines[at], values=said), *lines[at + 1 :])
        if not missing and lines == setting.beside.lines:
            break
        setting = setting._replace(beside=msgspec.structs.replace(setting.beside, lines=lines))
        values = {**values, **missing}
        claim = _decided(setting, name, values, rule)
    return setting, values, claim


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
