"""What a rule asks of a claim: values with which its condition holds, as far as it names them outright."""

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

import msgspec

from payrule.analysis.claims import put
from payrule.examples.run import answered, ways
from payrule.language.condition import All, Condition, Fact, Some, Test, parse
from payrule.language.names import Names
from payrule.model.policy import Policy
from payrule.model.value_schema import example_of, single_example
from payrule.model.values import is_range, split_range
from payrule.results.determination import LineDetermination
from payrule.rulebase.folder import EXAMPLES
from payrule.rulebase.rulebase import Rulebase
from payrule.scaffold.scaffold import Scaffold, document, named, there
from payrule.scaffold.trial import DATE, Trial
from payrule.scaffold.witness_examples import EXPECTED


def asked(when: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """Give a value of each attribute that a condition tests; of alternatives, what the first one asks.

    Negations, counts and other lines ask for nothing by name.

    >>> from payrule import load
    >>> names = Names(load().documents.vocabulary)
    >>> asked({"line.code": {"in": ["97110-97113"]}, "any": [{"line.units": {"at_least": 2}}]}, names)
    {'line.code': '97110', 'line.units': 2}
    """
    return dict(_asked(parse(when), names))


def _asked(condition: Condition, names: Names) -> Iterator[tuple[str, Any]]:
    if isinstance(condition, All):
        for part in condition.parts:
            yield from _asked(part, names)
    elif isinstance(condition, Some):
        yield from _asked(condition.parts[0], names)
    elif isinstance(condition, Fact):
        yield from _asked(parse(names.fact(condition.name).when), names.owner(condition.name))
    elif isinstance(condition, Test) and condition.test in _TAKEN:
        members = condition.operand if condition.set_name is None else names.sets[condition.set_name]
        yield condition.attribute, _TAKEN[condition.test](members)


def _first(members: Any) -> Any:
    """Give the first member; of a range of codes its beginning."""
    return split_range(members[0])[0] if is_range(members[0]) else members[0]


def _itself(value: Any) -> Any:
    return value


_TAKEN: dict[str, Callable[[Any], Any]] = dict.fromkeys(("is", "at_least", "at_most", "on_or_after"), _itself) | {
    "in": _first,
    "any_of": lambda members: [_first(members)],
    "all_of": list,
}
"""By test, what value passes it."""


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
            "it expects what is answered now: where the payer's text says otherwise, fix the rule and not the example",
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
