"""An example to begin with: a claim of one line, and what is answered now, for an analyst to agree with or not."""

import shlex
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

import msgspec

from payrule.adjudication.folder import EXAMPLES
from payrule.adjudication.rulebase import Rulebase
from payrule.analysis.claims import put
from payrule.authoring.examples import answered, ways
from payrule.authoring.scaffolds.asking import asked
from payrule.authoring.scaffolds.scaffold import Scaffold, document, named, there
from payrule.authoring.scaffolds.trial import DATE, Trial
from payrule.authoring.witnesses import EXPECTED
from payrule.documents.determinations import LineDetermination
from payrule.documents.models import Policy
from payrule.documents.value_schema import example_of, single_example
from payrule.language.names import Names

CODE = "line.code"

SPEAKING = ("decides", "applies")
"""How an example shows a rule that speaks."""

_ROUNDS = 6
"""How often a claim is asked what it waits for; the facts of one answer can make others matter."""


def usual_code(rulebase: Rulebase) -> str:
    """Give the vocabulary's example of a code."""
    found: str = single_example(rulebase.documents.vocabulary.attributes[CODE])
    return found


class Setting(NamedTuple):
    """In which examples are decided: the documents, the terms, and the day it is."""

    rulebase: Rulebase
    trial: Trial
    day: date

    @property
    def choices(self) -> dict[str, Any]:
        """What `Rulebase.decide` takes; what payers presume is presumed."""
        return {**self.trial.choices(self.day), "presume": self.rulebase.clean_record}


def new_example(  # noqa: PLR0913 - what an analyst may say of it, each by name
    setting: Setting, policy: Policy, name: str, *, code: str | None, rule: str | None, summary: str
) -> Scaffold:
    """Make an example of a policy that expects what is answered now.

    Of a rule, the claim says what the rule asks for, and the example how it shows the rule.
    """
    documents = setting.rulebase.documents
    said = {CODE: code or usual_code(setting.rulebase)}
    shown = None
    if rule is not None:
        rules = {each.id: each for each in policy.rules}
        shown = f"{policy.id}/{named('rule', rule, rules)}"
        asks = asked(rules[rule].when, Names(documents.vocabulary, policy))
        said = _speaking(setting, name, said | asks | ({CODE: code} if code else {}), shown)
    path = documents.folder / policy.id / EXAMPLES / f"{name}.json"
    value = example_value(setting, name, said, rule=shown, summary=summary)
    return Scaffold(
        {path: document(documents.folder, path, value)},
        then=(
            "it expects what is answered now: where the payer's text says otherwise, mend the rule and not the example",
            f"run it: `payrule test {shlex.quote(str(path))} {there(documents)}`",
        ),
    )


def example_value(
    setting: Setting, name: str, said: dict[str, Any], *, rule: str | None, summary: str
) -> dict[str, Any]:
    """Decide a claim of what is said of its line, and write it as an example.

    Facts that the answer waits for are filled with the vocabulary's examples, those that it does not need are left out,
    and what payers presume is presumed.
    """
    claim = _claim(setting, name, said, rule)
    presumed = {"presume": dict(setting.rulebase.clean_record)} if setting.rulebase.clean_record else {}
    terms = {key: value for key, value in msgspec.to_builtins(setting.trial).items() if key != "service"}
    return {
        "kind": "example",
        "summary": summary,
        **({"shows": [{"rule": rule, "line": 1, "how": claim.how}]} if claim.how else {}),
        **{key: value for key, value in terms.items() if value is not None},
        **presumed,
        "encounter": claim.encounter,
        "expect": [{"line": 1, **claim.answer}],
    }


class Claim(NamedTuple):
    """A claim of one line, what is answered, and how it shows a rule; None for no rule, or where it does not."""

    encounter: dict[str, Any]
    answer: dict[str, Any]
    how: str | None


def _claim(setting: Setting, name: str, said: dict[str, Any], rule: str | None) -> Claim:
    """Say what the answer waits for, and leave out what makes no difference."""
    given = _given(setting, said)
    said, claim = _filled(setting, name, {**said, **given}, rule)
    for attribute in [each for each in reversed(said) if each not in given]:
        fewer = {each: value for each, value in said.items() if each != attribute}
        without = _decided(setting, name, fewer, rule)
        if (without.answer, without.how) == (claim.answer, claim.how):
            said, claim = fewer, without
    return claim


def _speaking(setting: Setting, name: str, said: dict[str, Any], rule: str) -> dict[str, Any]:
    """Say more of a line, so that a rule speaks where another value of what the answer waits for lets it."""
    asked = {**said, **_given(setting, said)}
    filled, claim = _filled(setting, name, asked, rule)
    if claim.how not in SPEAKING:
        for attribute, value in _others(setting, filled.keys() - asked.keys()):
            other, claim = _filled(setting, name, {**filled, attribute: value}, rule)
            if claim.how in SPEAKING:
                return other
    return filled


def _given(setting: Setting, said: Mapping[str, Any]) -> dict[str, Any]:
    """Give what every line says, and its code and date."""
    attributes = setting.rulebase.documents.vocabulary.attributes
    required = {each: example_of(attribute) for each, attribute in attributes.items() if attribute.required}
    return required | {CODE: said[CODE], DATE: setting.trial.service}


def _others(setting: Setting, names: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """List the values that attributes can have, one attribute after the other."""
    for name in sorted(names):
        attribute = setting.rulebase.documents.vocabulary.attributes[name]
        for value in attribute.values:
            yield name, [value] if attribute.many else value


def _filled(setting: Setting, name: str, said: dict[str, Any], rule: str | None) -> tuple[dict[str, Any], Claim]:
    """Say what the answer waits for, with the vocabulary's examples."""
    attributes = setting.rulebase.documents.vocabulary.attributes
    claim = _decided(setting, name, said, rule)
    for _ in range(_ROUNDS):
        waits = {each: example_of(attributes[each]) for each in claim.answer["open"] if each in attributes}
        if not waits:
            break
        said = {**said, **waits}
        claim = _decided(setting, name, said, rule)
    return said, claim


def _decided(setting: Setting, name: str, said: Mapping[str, Any], rule: str | None) -> Claim:
    encounter: dict[str, Any] = {"id": name, "lines": [{"number": 1}]}
    for attribute, value in said.items():
        put(encounter["lines"][0] if attribute.startswith("line.") else encounter, attribute, value)
    line = setting.rulebase.decide(encounter, **setting.choices).line(1)
    answer = {key: value for key, value in answered(line).items() if expected_of(key, value)}
    return Claim(encounter, answer, _shown_way(setting, encounter, line, rule) if rule else None)


def expected_of(key: str, value: object) -> bool:
    """Tell whether an example expects this of its line; what was overruled and remittance only where there are any.

    >>> expected_of("disposition", "denied"), expected_of("overruled", [])
    (True, False)
    """
    return key in EXPECTED or (key in ("overruled", "remittance") and bool(value))


def _shown_way(setting: Setting, encounter: dict[str, Any], line: LineDetermination, rule: str) -> str | None:
    """Say how a claim shows a rule; None where it matches and is no reason."""
    matches = setting.rulebase.matches(encounter, **setting.choices)[1]
    return next((way for way, holds in ways(rule, line, matches).items() if holds), None)
