"""An example to begin with: a claim of one line, and what is answered now, for an analyst to agree with or not."""

import shlex
from datetime import date
from typing import Any, NamedTuple

import msgspec

from payrule.adjudication.folder import EXAMPLES
from payrule.adjudication.rulebase import Rulebase
from payrule.analysis.claims import put
from payrule.authoring.examples import answered, ways
from payrule.authoring.scaffolds.scaffold import Scaffold, document, named, there
from payrule.authoring.scaffolds.trial import DATE, Trial
from payrule.authoring.witnesses import EXPECTED
from payrule.documents.determinations import LineDetermination
from payrule.documents.models import Policy
from payrule.documents.value_schema import example_of, single_example

CODE = "line.code"

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
    setting: Setting, policy: Policy, name: str, *, code: str, rule: str | None, summary: str
) -> Scaffold:
    """Make an example of a policy that expects what is answered now; of a rule it says how the claim shows it."""
    if rule is not None:
        named("rule", rule, [each.id for each in policy.rules])
    documents = setting.rulebase.documents
    path = documents.folder / policy.id / EXAMPLES / f"{name}.json"
    value = example_value(setting, name, code=code, rule=rule and f"{policy.id}/{rule}", summary=summary)
    return Scaffold(
        {path: document(documents.folder, path, value)},
        then=(
            "it expects what is answered now: where the payer's text says otherwise, mend the rule and not the example",
            f"run it: `payrule test {shlex.quote(str(path))} {there(documents)}`",
        ),
    )


def example_value(setting: Setting, name: str, *, code: str, rule: str | None, summary: str) -> dict[str, Any]:
    """Decide a claim, and write it as an example.

    Facts that the answer waits for are filled with the vocabulary's examples, and what payers presume is presumed.
    """
    encounter, line = _decided(setting, name, code)
    how = rule and _shown_way(setting, encounter, line, rule)
    presumed = {"presume": dict(setting.rulebase.clean_record)} if setting.rulebase.clean_record else {}
    terms = {key: value for key, value in msgspec.to_builtins(setting.trial).items() if key != "service"}
    return {
        "kind": "example",
        "summary": summary,
        **({"shows": [{"rule": rule, "line": 1, "how": how}]} if how else {}),
        **{key: value for key, value in terms.items() if value is not None},
        **presumed,
        "encounter": encounter,
        "expect": [{"line": 1, **{key: value for key, value in answered(line).items() if _expected(key, value)}}],
    }


def _expected(key: str, value: object) -> bool:
    """Tell whether an example expects this of its line; what was overruled and remittance only where there are any."""
    return key in EXPECTED or (key in ("overruled", "remittance") and bool(value))


def _shown_way(setting: Setting, encounter: dict[str, Any], line: LineDetermination, rule: str) -> str | None:
    """Say how a claim shows a rule; None where it matches and is no reason."""
    matches = setting.rulebase.matches(encounter, **setting.choices)[1]
    return next((way for way, holds in ways(rule, line, matches).items() if holds), None)


def _decided(setting: Setting, name: str, code: str) -> tuple[dict[str, Any], LineDetermination]:
    attributes = setting.rulebase.documents.vocabulary.attributes
    encounter: dict[str, Any] = {"id": name, "lines": [{"number": 1}]}
    said = {each: example_of(attribute) for each, attribute in attributes.items() if attribute.required}
    said |= {CODE: code, DATE: setting.trial.service}
    for _ in range(_ROUNDS):
        for attribute, value in said.items():
            put(encounter["lines"][0] if attribute.startswith("line.") else encounter, attribute, value)
        line = setting.rulebase.decide(encounter, **setting.choices).line(1)
        said = {each: example_of(attributes[each]) for each in line.open if each in attributes}
        if not said:
            break
    return encounter, line
