"""The examples of a new rule: a claim that it matches, and one that it nearly matches."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from payrule.compare.operands import latest
from payrule.model.choices import NOWHERE, UNWRITTEN
from payrule.model.policy import Policy, Rule, semantic
from payrule.model.value_schema import single_example
from payrule.model.vocabulary import Concern, ConcernValue, Vocabulary
from payrule.rulebase.folder import EXAMPLES, policy_file, read_text
from payrule.rulebase.load import Documents
from payrule.rulebase.rulebase import Rulebase
from payrule.scaffold.example import CODE, SPEAKING, Setting, example_value, usual_code
from payrule.scaffold.policy import free_name
from payrule.scaffold.scaffold import Scaffold, document, documents_with, named, there
from payrule.scaffold.trial import trial
from payrule.source.diagnostics import RequestError, did_you_mean


def rule_examples(setting: Setting, policy: Policy, rule: Rule, code: str) -> dict[Path, str]:
    """Make both examples of the rule of a code.

    Raises RequestError when the rule is overruled where it is meant to speak.
    """
    documents = setting.rulebase.documents
    name, other = f"{policy.id}/{rule.id}", next(_other_codes(policy, documents.vocabulary, code))
    said = {
        f"{rule.id}-matches": (code, f"A line of code {code} is answered by `{rule.id}`."),
        f"{rule.id}-near-miss": (other, f"A line of code {other} is not answered by `{rule.id}`."),
    }
    values = [
        example_value(setting, example, {CODE: billed}, rule=name, summary=summary)
        for example, (billed, summary) in said.items()
    ]
    if _speaks(rule, documents.vocabulary):
        _refuse_overruled(values[0], policy, rule, code)
    paths = [documents.folder / policy.id / EXAMPLES / f"{example}.json" for example in said]
    return {path: document(documents.folder, path, value) for path, value in zip(paths, values, strict=True)}


def _speaks(rule: Rule, vocabulary: Vocabulary) -> bool:
    """Tell whether a rule answers by itself; a neutral one only stands in the way of others."""
    return vocabulary.concern(rule.conclude.concern).effect(rule.conclude.value) != "neutral"


def _refuse_overruled(example: dict[str, Any], policy: Policy, rule: Rule, code: str) -> None:
    """Refuse a rule that does not speak where it is meant to; say what does."""
    if any(each["how"] in SPEAKING for each in example.get("shows", ())):
        return
    (expected,) = example["expect"]
    reasons = ", ".join(f"`{each}`" for each in expected["reasons"])
    instead = f"{reasons} does" if reasons else f"the line is {expected['disposition']}"
    concerned = {f"{policy.id}/{each.id}": each for each in policy.rules}
    own = [
        concerned[each].id
        for each in expected["reasons"]
        if each in concerned and concerned[each].conclude.concern == rule.conclude.concern
    ]
    help_text = f"override it with `--overrides {own[0]}`, or give another `--code`" if own else "give another `--code`"
    message = f"`{policy.id}/{rule.id}` would not decide a line of code `{code}`: {instead}"
    raise RequestError.of("rule-does-not-decide", message, help_text)


def _other_codes(policy: Policy, vocabulary: Vocabulary, code: str) -> Iterator[str]:
    """List codes that are not this one: those that the sets of policy and vocabulary name, then any of its form."""
    for members in (*policy.sets.values(), *vocabulary.sets.values(), vocabulary.timed.codes):
        for member in members:
            first = str(member).partition("-")[0]
            if first != code and len(first) == len(code):
                yield first
    yield from (f"{code[:-1]}{digit}" for digit in "0123456789" if not code.endswith(digit))


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What an analyst may say of a rule; None is left to the scaffold."""

    summary: str
    locator: str
    code: str | None = None
    concern: str | None = None
    value: str | None = None
    liability: str | None = None
    modality: str = "shall"
    source: str | None = None
    carc: str | None = None
    rarc: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    payer: str | None = None
    service: date | None = None


def new_rule(documents: Documents, policy: str, name: str, wanted: Wanted, day: date) -> Scaffold:
    """Add a rule to the latest version of a policy, with two examples that pass.

    A draft becomes a proposal, since nobody can try a draft. Raises RequestError where there is no version to add it
    to, nobody to try it, or no line that it decides.
    """
    version = latest(documents.policies[named("policy", policy, documents.policies)])
    _refuse_settled(version)
    free_name("rule", name, any(rule.id == name for rule in version.rules))
    path = policy_file(documents.folder, version)
    value = _with_rule(documents, version, _rule(documents, version, name, wanted))
    texts = {path: document(documents.folder, path, value)}
    rulebase = Rulebase(documents_with(texts, documents.folder))
    newer = latest(rulebase.policies[policy])
    setting = Setting(rulebase, trial(documents, newer, day, payer=wanted.payer, service=wanted.service), day)
    examples = rule_examples(setting, newer, newer.rules[-1], wanted.code or usual_code(rulebase))
    proposed = (f"`{version.name}` is now proposed, so that it can be tried",) if version.status == "draft" else ()
    return Scaffold(
        texts | examples,
        frozenset([path]),
        then=(
            *proposed,
            f"write {unwritten(wanted)}, in `{path}`",
            f"read it back: `payrule show {policy}/{name} {there(documents)}`",
        ),
    )


def unwritten(wanted: Wanted) -> str:
    """Name what an analyst has still to write of a new rule, whose condition is always made up.

    >>> unwritten(Wanted(summary=f"{UNWRITTEN}: what the payer does.", locator=NOWHERE))
    'its summary, its condition, its conclusion and where the text says so'
    >>> unwritten(Wanted(summary="The payer denies it.", locator="2.1", value="denied"))
    'its condition'
    """
    lacking = {
        "its summary": UNWRITTEN in wanted.summary,
        "its condition": True,
        "its conclusion": wanted.concern is None and wanted.value is None,
        "where the text says so": wanted.locator == NOWHERE,
    }
    *others, last = [name for name, lacks in lacking.items() if lacks]
    return " and ".join(filter(None, (", ".join(others), last)))


def _refuse_settled(version: Policy) -> None:
    if version.status in ("in-force", "retired"):
        words = {"in-force": "in force", "retired": "retired"}[version.status]
        message = f"`{version.name}` is {words}, and such a version is never changed"
        raise RequestError.of(
            "version-settled", message, f"make the next one first: `payrule new version {version.id}`"
        )


def _with_rule(documents: Documents, version: Policy, rule: dict[str, Any]) -> dict[str, Any]:
    value: dict[str, Any] = dict(read_text(policy_file(documents.folder, version)).value)
    value["rules"] = [*value.get("rules", ()), rule]
    if version.status == "draft":
        value["status"] = "proposed"
        in_force = [each for each in documents.policies[version.id] if each.status == "in-force"]
        if in_force:
            value["replaces"] = max(in_force, key=lambda each: semantic(each.version)).name
    return value


def _rule(documents: Documents, version: Policy, name: str, wanted: Wanted) -> dict[str, Any]:
    concern = _concern(documents, wanted)
    value = _value(concern, wanted)
    if not version.sources:
        message = f"`{version.name}` names no source that a rule could cite"
        raise RequestError.of("no-source", message, "describe one under `sources`")
    source = _source(version, wanted.source or next(iter(version.sources)))
    bears = wanted.liability or ("unspecified" if value.effect == "denied" else None)
    code = wanted.code or single_example(documents.vocabulary.attributes[CODE])
    return {
        "id": name,
        "summary": wanted.summary,
        "cites": [{"source": source, "locator": wanted.locator}],
        "when": {CODE: {"is": code}},
        "conclude": {
            "concern": concern.id,
            "value": value.value,
            **({"liability": bears} if bears else {}),
            "modality": wanted.modality,
        },
        **({"remittance": {"carc": wanted.carc, "rarc": list(wanted.rarc)}} if wanted.carc else {}),
        **({"overrides": list(wanted.overrides)} if wanted.overrides else {}),
        **_made_up(wanted),
    }


def _made_up(wanted: Wanted) -> dict[str, str]:
    """Mark what nobody gave: a code and a conclusion that are examples must not go into force unseen."""
    made_up = ["its condition"] * (wanted.code is None)
    made_up += ["its conclusion"] * (wanted.concern is None and wanted.value is None)
    return {"interpretation": f"{UNWRITTEN}: {' and '.join(made_up)}, made up so far."} if made_up else {}


def _source(version: Policy, name: str) -> str:
    """Give a source of the policy; raises RequestError for another one, saying how a text becomes one."""
    if name not in version.sources:
        known = ", ".join(f"`{each}`" for each in version.sources)
        help_text = f'use one of {known}, or add it there: `"{name}": {{"title": "...", "file": "{name}.txt"}}`'
        message = f"there is no `{name}` under `sources` of `{version.name}`"
        raise RequestError.of("unknown-source", message, did_you_mean(name, version.sources, otherwise=help_text))
    return name


def _concern(documents: Documents, wanted: Wanted) -> Concern:
    """Give the concern that is wanted, or the first that can be answered in the affirmative."""
    concerns = {each.id: each for each in documents.vocabulary.concerns}
    if wanted.concern is not None:
        return concerns[named("concern", wanted.concern, concerns)]
    having = (each for each in concerns.values() if wanted.value in {value.value for value in each.values})
    affirmative = (each for each in concerns.values() if any(value.effect == "affirmative" for value in each.values))
    return next(having, None) or next(affirmative, next(iter(concerns.values())))


def _value(concern: Concern, wanted: Wanted) -> ConcernValue:
    """Give the value that is wanted, or the concern's mildest."""
    values = {each.value: each for each in concern.values}
    return values[named(f"value of {concern.id}", wanted.value, values)] if wanted.value else concern.values[-1]
