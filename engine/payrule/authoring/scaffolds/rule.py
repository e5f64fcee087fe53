"""A rule to begin with: one code, one conclusion, one citation, and the examples of it."""

from datetime import date
from typing import Any

import msgspec

from payrule.adjudication.folder import policy_file, read_text
from payrule.adjudication.loading import Documents
from payrule.adjudication.rulebase import Rulebase
from payrule.authoring.scaffolds.example import CODE, Setting, usual_code
from payrule.authoring.scaffolds.policy import free_name
from payrule.authoring.scaffolds.rule_examples import rule_examples
from payrule.authoring.scaffolds.scaffold import Scaffold, document, documents_with, named, there
from payrule.authoring.scaffolds.trial import trial
from payrule.documents.choices import NOWHERE, UNWRITTEN
from payrule.documents.findings import RequestError
from payrule.documents.models import Concern, ConcernValue, Policy
from payrule.documents.suggest import did_you_mean
from payrule.documents.value_schema import single_example
from payrule.documents.versions import semantic
from payrule.review.operands import latest


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
        cure = f'use one of {known}, or add it there: `"{name}": {{"title": "...", "file": "{name}.txt"}}`'
        message = f"there is no `{name}` under `sources` of `{version.name}`"
        raise RequestError.of("unknown-source", message, did_you_mean(name, version.sources, otherwise=cure))
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
