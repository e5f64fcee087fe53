"""The examples of a new rule: a claim that it matches, and one that it nearly matches."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from payrule.adjudication.folder import EXAMPLES
from payrule.authoring.scaffolds.example import CODE, SPEAKING, Setting, example_value
from payrule.authoring.scaffolds.scaffold import document
from payrule.documents.findings import RequestError
from payrule.documents.models import Policy, Rule, Vocabulary


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
    cure = f"override it with `--overrides {own[0]}`, or give another `--code`" if own else "give another `--code`"
    message = f"`{policy.id}/{rule.id}` would not decide a line of code `{code}`: {instead}"
    raise RequestError.of("rule-does-not-decide", message, cure)


def _other_codes(policy: Policy, vocabulary: Vocabulary, code: str) -> Iterator[str]:
    """List codes that are not this one: those that the sets of policy and vocabulary name, then any of its form."""
    for members in (*policy.sets.values(), *vocabulary.sets.values(), vocabulary.timed.codes):
        for member in members:
            first = str(member).partition("-")[0]
            if first != code and len(first) == len(code):
                yield first
    yield from (f"{code[:-1]}{digit}" for digit in "0123456789" if not code.endswith(digit))
