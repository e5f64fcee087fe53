"""A claim that somebody tries: what is answered, what became of a rule, and the example that can be kept of it."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from payrule.examples.run import lines_of
from payrule.formats.claim_form import ClaimForm, TypedClaim
from payrule.model.payer import Example
from payrule.model.policy import Policy
from payrule.results.determination import Determination, LeftOut, RuleExplanation
from payrule.rulebase.explain import left_out
from payrule.rulebase.folder import EXAMPLES, read_text
from payrule.rulebase.load import Documents
from payrule.rulebase.rulebase import Rulebase
from payrule.scaffold.example import example_document, expected_answer, way_shown
from payrule.scaffold.scaffold import document, examples_of, named
from payrule.source.diagnostics import Diagnostic, LimitError, RequestError


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """How a claim is tried: for a payer, with the policies as published on a day, as `Rulebase.decide` takes it."""

    payer: str
    known_on: str
    presume: Mapping[str, Any] = {}
    consider: str | None = None
    rule: str = ""
    """The rule, as `policy/rule`, of which it is said what became of it on each line; none where it is empty."""

    @property
    def terms(self) -> dict[str, Any]:
        """Give what `Rulebase.terms` takes."""
        return {"known_on": self.known_on, "payer": self.payer, "presume": self.presume, "consider": self.consider}


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What is answered to a claim, or what is wrong with it; `path` of a finding names its control.

    By the number of the line, `deciding` has the rule that decides it, and `asked` what became of the rule that was
    picked: None where no version of it applies. `left_out` are the versions of policies that do not apply.
    """

    determination: Determination | None = None
    findings: tuple[Diagnostic, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    deciding: dict[int, RuleExplanation] = {}
    asked: dict[int, RuleExplanation | None] = {}


_CONTROLS = {"bad-date": "known_on", "unknown-payer": "payer", "no-payer": "payer"}
"""In which control terms are typed that cannot be used, by the code of what is wrong; all others in `consider`."""


def tried(rulebase: Rulebase, form: ClaimForm, typed: Mapping[str, str], choices: Choices) -> tuple[Tried, TypedClaim]:
    """Decide a claim as it was typed; raises RequestError for more lines than a form takes.

    >>> from payrule import load
    >>> rulebase = load()
    >>> form, choices = ClaimForm(rulebase.documents.vocabulary), Choices(payer=min(rulebase.payers), known_on="today")
    >>> [(each.path, each.message) for each in tried(rulebase, form, {"line.1.code": "00001"}, choices)[0].findings]
    [('known_on', '`today` is not a date'), ('line.1.date', '`date` is empty')]
    """
    claim = form.read(typed, rulebase.validator)
    findings = list(claim.read.findings)
    terms = None
    try:
        terms = rulebase.terms(**choices.terms)
    except RequestError as fault:
        told = [msgspec.structs.replace(each, path=_CONTROLS.get(each.code, "consider")) for each in fault.findings]
        findings = told + findings
    if terms is None or claim.read.encounter is None:
        return Tried(findings=tuple(findings)), claim
    try:
        determination = rulebase.decide_under(terms, claim.read.encounter)
    except LimitError as fault:
        return Tried(findings=(*findings, *fault.findings)), claim
    deciding: dict[int, RuleExplanation] = {}
    asked: dict[int, RuleExplanation | None] = {}
    for line in determination.lines:
        wanted = {choices.rule, *(reason.name for reason in line.reasons[:1])}
        explained = {rule.name: rule for rule in determination.explain(line.number, rules=wanted).rules}
        if line.reasons and line.disposition != "payable" and line.reasons[0].name in explained:
            deciding[line.number] = explained[line.reasons[0].name]
        if choices.rule:
            asked[line.number] = explained.get(choices.rule)
    days = dict.fromkeys(line.date for line in rulebase.in_days(claim.read.encounter).dated)
    out = dict.fromkeys(each for day in days for each in left_out(rulebase.documents, terms, day))
    return Tried(
        determination=determination, findings=tuple(findings), left_out=tuple(out), deciding=deciding, asked=asked
    ), claim


class Opened(msgspec.Struct, frozen=True):
    """An example that is tried: the version of its policy, its name, its file and what is in it."""

    version: Policy
    name: str
    path: Path
    value: dict[str, Any]

    @property
    def called(self) -> str:
        """Name it: `POLICY@VERSION/NAME`."""
        return f"{self.version.name}/{self.name}"


def opened_example(documents: Documents, called: str) -> Opened:
    """Find an example by `POLICY@VERSION/NAME`; raises RequestError where there is none, DocumentError if it is broken.

    >>> from payrule import load
    >>> opened_example(load().documents, "nowhere@1.0.0/../payers/none")
    Traceback (most recent call last):
    payrule.source.diagnostics.RequestError: there is no version `nowhere@1.0.0` ...
    """
    version_name, _, name = called.partition("/")
    version = version_called(documents, version_name)
    files = {path.stem: path for path in examples_of(documents, version.id)}
    path = files[named("example", name, files)]
    return Opened(version, name, path, read_text(path).value)


def version_called(documents: Documents, called: str) -> Policy:
    """Find a version of a policy by `POLICY@VERSION`; raises RequestError where there is none."""
    versions = {version.name: version for each in documents.policies.values() for version in each}
    return versions[named("version", called, versions)]


def tried_example(  # noqa: PLR0913 - what is written, each by name
    rulebase: Rulebase,
    claim: TypedClaim,
    answers: Determination,
    choices: Choices,
    *,
    version: Policy,
    name: str,
    summary: str,
    today: date,
    before: Mapping[str, Any] | None = None,
) -> tuple[Path, str]:
    """Write a claim that was tried as an example of a policy that expects its answers; give its file and its text.

    What the example `before` says besides is kept. Raises RequestError for a version that applies to none of its lines.
    """
    encounter = {**claim.data, "id": name}
    terms: dict[str, Any] = {"payer": choices.payer, "consider": choices.consider}
    terms |= {"known_on": choices.known_on if choices.known_on != today.isoformat() else None}
    terms |= {"presume": dict(choices.presume) or None}
    given = {key: value for key, value in terms.items() if value is not None}
    expected = [{"line": line.number, **expected_answer(line)} for line in answers.lines]
    value = example_document(summary, _shows(rulebase, claim, answers, choices, version), given, encounter, *expected)
    applied = lines_of(version, msgspec.convert(value, Example), rulebase.documents, today)
    if not applied:
        message = f"`{version.name}` applies to no line of this claim, so it would show nothing of it"
        raise RequestError.of("not-bound", message, "choose a version that decides one of the lines")
    kept = {key: each for key, each in (before or {}).items() if key not in _MADE}
    root = rulebase.documents.folder
    path = root / version.id / EXAMPLES / f"{name}.json"
    return path, document(root, path, kept | value)


_MADE = frozenset({"shows", "payer", "consider", "known_on", "presume", "encounter", "expect", "summary"})
"""Keys of an example that are made of the claim and its answers."""


def _shows(
    rulebase: Rulebase, claim: TypedClaim, answers: Determination, choices: Choices, version: Policy
) -> list[dict[str, Any]]:
    """Say which rules of a policy the claim shows: those that answer a line, and the one that was picked."""
    assert claim.read.encounter is not None  # noqa: S101 - it has been decided
    matches = rulebase.matches(claim.read.encounter, **choices.terms)
    found = []
    for line in answers.lines:
        rules = [each.name for each in line.reasons] + ([choices.rule] if choices.rule else [])
        for rule in dict.fromkeys(each for each in rules if each.partition("/")[0] == version.id):
            how = way_shown(rule, line, matches[line.number]) if line.number in matches else None
            if how is not None:
                found.append({"rule": rule, "line": line.number, "how": how})
    return found
