"""A rule that somebody builds in a form, from the words of a source, and what it would decide."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from payrule.analysis.solver import never
from payrule.citations.copies import Copies
from payrule.compare.operands import latest
from payrule.formats.csv_cells import cell_reader, cure_of
from payrule.model.digests import source_words, words_digest
from payrule.model.policy import Policy, Quota, Rule
from payrule.model.value_schema import BY_KEY, operators_for
from payrule.model.vocabulary import Attribute, Vocabulary
from payrule.rulebase.folder import policy_file
from payrule.rulebase.load import Documents
from payrule.scaffold.built_limit import Wrong, limits
from payrule.scaffold.example import trial
from payrule.scaffold.rule import refuse_settled, with_rule
from payrule.scaffold.scaffold import NAME, Scaffold, document, documents_with, passing
from payrule.scaffold.solver_examples import RAN_OUT, Proposal, Unwritten, solved_examples
from payrule.scaffold.version import carried_again
from payrule.source.diagnostics import Diagnostic, did_you_mean

CONDITIONS = 6
"""Rows of conditions in the form."""


class BuiltRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as its document has it, None where something is wrong; `path` of a finding names its control.

    `quotas` are those of the policy that come with it.
    """

    value: dict[str, Any] | None
    quotas: dict[str, Any] = {}
    findings: tuple[Diagnostic, ...] = ()


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule would do: the rule, its quotas, and smallest claims; `lacking` says of which there is none.

    `ran_out` tells that there was no time to look for all of them.
    """

    rule: Rule
    quotas: dict[str, Quota] = {}
    shown: tuple[Proposal, ...] = ()
    lacking: tuple[str, ...] = ()
    ran_out: bool = False


def built_rule(documents: Documents, version: Policy, typed: Mapping[str, str], copies: Copies | None) -> BuiltRule:
    """Make a rule of what is typed into the form.

    Keys are `id`, `summary`, `source`, `locator`, `passage`, `together` (`all` or `any`), `when.N.attribute`,
    `when.N.test`, `when.N.value`, `result` (`concern:value`), `liability`, `modality`, `carc`, `rarc`, `overrides`,
    `advice`, `pay` and `pay.amount`, and those of `limits`.

    >>> from payrule import load
    >>> documents = load().documents
    >>> version = documents.policies[min(documents.policies)][0]
    >>> built_rule(documents, version, {}, None).findings[0].message
    'the rule has no name'
    """
    said = {name: each.strip() for name, each in typed.items()}
    findings: list[Diagnostic] = []

    def wrong(control: str, message: str, help_text: str | None) -> None:
        findings.append(Diagnostic(code="rule-form", message=message, help=help_text, path=control))

    given = {name: said.get(name, "") for name in _TEXTS}
    _check_texts(given, version, wrong)
    check_summary(given, version, wrong)
    cite = citation(given, version, copies, wrong)
    tests = condition_rows(said, documents.vocabulary, version, wrong)
    together = _together(tests, said.get("together", "all"))
    limited = list(limits(said, documents.vocabulary, together, given, wrong))
    if not tests and not limited:
        wrong("when.1.attribute", "the rule has no condition", "say at least which codes it is about")
    quotas = dict(each.quota for each in limited if each.quota is not None)
    for name in quotas.keys() & version.limits.keys():
        wrong("id", f"`{version.name}` has a quota `{name}`", "choose another name for the rule")
    conclude = conclusion(given, quotas, documents.vocabulary, wrong)
    if findings:
        return BuiltRule(value=None, findings=tuple(findings))
    remittance = {"carc": given["carc"], "rarc": given["rarc"].split()} if given["carc"] else None
    rule = {
        "id": given["id"],
        "summary": given["summary"],
        "cites": [cite],
        "when": _limited(together, [each.when for each in limited]),
        "conclude": conclude,
        "remittance": remittance,
        "overrides": given["overrides"].split() or None,
        "advice": given["advice"] or None,
    }
    return BuiltRule(value={key: each for key, each in rule.items() if each is not None}, quotas=quotas)


_TEXTS = (
    *("id", "summary", "source", "locator", "passage", "result", "liability", "modality"),
    *("carc", "rarc", "overrides", "advice", "pay", "pay.amount"),
)


def _check_texts(given: Mapping[str, str], version: Policy, wrong: Wrong) -> None:
    if not given["id"]:
        wrong("id", "the rule has no name", "give it one, such as `massage-of-one-region`")
    elif not re.fullmatch(NAME, given["id"]):
        wrong("id", f"`{given['id']}` is no name of a rule", "use small letters, digits and hyphens")
    elif any(each.id == given["id"] for each in version.rules):
        wrong("id", f"`{version.name}` has a rule `{given['id']}`", "choose another name")


def check_summary(given: Mapping[str, str], version: Policy, wrong: Wrong) -> None:
    """Say what is wrong with the `summary` of a rule, and with the rules that it is an exception to (`overrides`)."""
    if not given["summary"]:
        wrong("summary", "it is not said what the rule is about", "write a sentence")
    known = [each.id for each in version.rules if each.id != given["id"]]
    for name in given["overrides"].split():
        if name not in known:
            wrong(
                "overrides",
                f"`{version.name}` has no rule `{name}`",
                did_you_mean(name, known, otherwise="name a rule of this version"),
            )


def citation(given: Mapping[str, str], version: Policy, copies: Copies | None, wrong: Wrong) -> dict[str, Any]:
    """Cite the words that were selected, by their digest, where the copy of the source has them."""
    if given["source"] not in version.sources:
        wrong("source", f"`{version.name}` has no source `{given['source']}`", "choose one of its sources")
        return {}
    if not given["locator"]:
        wrong("locator", "it is not said where in the source this is", "write the section, page or paragraph")
    cite: dict[str, Any] = {"source": given["source"], "locator": given["locator"]}
    text = copies.of(version.sources[given["source"]]) if copies is not None else None
    if given["passage"] and text is not None:
        words = tuple(each.folded for each in source_words(given["passage"]))
        digest = words_digest(words)
        if text.find_words(len(words), digest):
            return cite | {"digest": digest, "words": len(words)}
        wrong("passage", "these words are not in the copy of the source", "copy them from there, word by word")
    return cite


def condition_rows(
    said: Mapping[str, str], vocabulary: Vocabulary, version: Policy, wrong: Wrong
) -> list[dict[str, Any]]:
    """Read the rows of conditions of a form, `when.N.attribute`, `test` and `value`."""
    tests = []
    for row in range(1, CONDITIONS + 1):
        name, key, text = (said.get(f"when.{row}.{part}", "") for part in ("attribute", "test", "value"))
        if not name:
            if text:
                wrong(f"when.{row}.attribute", "no attribute is chosen for this value", "choose one")
            continue
        attribute = vocabulary.attributes.get(name)
        if attribute is None:
            help_text = did_you_mean(name, vocabulary.attributes)
            wrong(f"when.{row}.attribute", f"there is no attribute `{name}`", help_text)
            continue
        operator = BY_KEY.get(key)
        if operator is None or not operator.fits(attribute):
            fitting = ", ".join(f"`{each.words}`" for each in operators_for(attribute))
            wrong(f"when.{row}.test", f"this test does not fit `{name}`", f"use {fitting}")
            continue
        operand = operand_of(operator.operand, attribute, text, version, vocabulary)
        if isinstance(operand, Diagnostic):
            wrong(f"when.{row}.value", operand.message, operand.help)
        else:
            tests.append({name: {key: operand}})
    return tests


def _together(tests: list[dict[str, Any]], how: str) -> dict[str, Any]:
    """Join tests, of which all hold or any; without one they always hold.

    >>> _together([{"line.units": {"is": 1}}, {"line.code": {"is": "00001"}}], "all")
    {'line.units': {'is': 1}, 'line.code': {'is': '00001'}}
    """
    if len(tests) == 1:
        return tests[0]
    if how == "any" and tests:
        return {"any": tests}
    together = {name: test for each in tests for name, test in each.items()}
    return together if len(together) == len(tests) else {"all": tests}


def _limited(together: dict[str, Any], over: list[dict[str, Any]]) -> dict[str, Any]:
    """Add to conditions that a line is over a limit, any of several.

    >>> _limited({"any": []}, [{"lines": 1}, {"lines": 2}])
    {'all': [{'any': []}, {'any': [{'lines': 1}, {'lines': 2}]}]}
    """
    limit = over[0] if len(over) == 1 else {"any": over} if over else {}
    return together | limit if together.keys().isdisjoint(limit) else {"all": [together, limit]}


def operand_of(kind: str, attribute: Attribute, text: str, version: Policy, vocabulary: Vocabulary) -> Any:
    """Read the value of a test: one value, several with blanks between them, or a code list as `@name`.

    What cannot be read gives a Diagnostic. Forms of codes are checked with the document.
    """
    if kind == "boolean":
        return text.lower() not in ("no", "false")
    if not text:
        return Diagnostic(code="rule-form", message="there is no value", help="write or choose one")
    known = [f"@{name}" for name in (*version.sets, *vocabulary.sets, *vocabulary.dated_sets)]
    if kind == "values" and (text.startswith("@") or f"@{text}" in known):
        return text if text in known else _no_list(text, known)
    single = msgspec.structs.replace(attribute, many=False)
    written = text.replace(",", " ").split() if kind == "values" else [text]
    values = [cell_reader(single)(each) for each in written]
    for value, each in zip(values, written, strict=True):
        if attribute.values and value not in attribute.values:
            near = did_you_mean(str(value), map(str, attribute.values))
            return Diagnostic(code="rule-form", message=f"`{value}` is no value of this attribute", help=near)
        if (cure := cure_of(each, single)) is not None:
            return Diagnostic(code="rule-form", message=f"`{each}` cannot be read", help=cure)
    return values if kind == "values" else values[0]


def _no_list(text: str, known: list[str]) -> Diagnostic:
    """Say what is wrong with the name of a code list: it lacks its `@`, or there is no such list."""
    if not text.startswith("@"):
        return Diagnostic(code="rule-form", message=f"`{text}` is a code list", help=f"write it as `@{text}`")
    return Diagnostic(code="rule-form", message=f"there is no code list `{text}`", help=did_you_mean(text, known))


def conclusion(
    given: Mapping[str, str], quotas: Mapping[str, Any], vocabulary: Vocabulary, wrong: Wrong
) -> dict[str, Any]:
    """Read the result of a rule, `concern:value`, with who is responsible, the wording, and what is paid of a line."""
    concern, _, value = given["result"].partition(":")
    known = {each.id: {one.value: one for one in each.values} for each in vocabulary.concerns}
    found = known.get(concern, {}).get(value)
    if found is None:
        wrong("result", "no result is chosen", "choose what the rule does to a line")
        return {}
    if found.effect in ("denied", "reduced") and not given["liability"]:
        wrong("liability", "it is not said who is responsible", "choose what the text says, or that it does not say")
    if given["rarc"] and not given["carc"]:
        wrong("carc", "there is a remark code without a reason code", "choose the CARC, or leave out the RARC")
    conclude: dict[str, Any] = {"concern": concern, "value": value, "modality": given["modality"] or "shall"}
    if found.effect in ("denied", "reduced"):
        conclude["liability"] = given["liability"]
    if found.effect == "reduced":
        conclude["pay"] = _pay(given, quotas, wrong)
    elif given["pay"]:
        wrong("pay", "this result pays no part of a line", "choose `the result decides`, or a result that pays a part")
    return conclude


PAYS = {
    "": "the result decides",
    "percent": "so many percent",
    "units": "so many units",
    "limit": "the units within the limit",
}
"""What a person reads for each way to pay a part of a line."""

_MOST_PERCENT = 100


def _pay(given: Mapping[str, str], quotas: Mapping[str, Any], wrong: Wrong) -> dict[str, Any]:
    """Read what is paid of a line."""
    how, written = given["pay"], given["pay.amount"]
    if how == "limit":
        if not quotas:
            wrong("pay", "there is no amount that lines share", "make a limit of that kind, or pay in another way")
        return {"units": {"quota": next(iter(quotas), "")}}
    try:
        amount = float(written)
    except ValueError:
        amount = 0.0
    whole = int(amount) if amount.is_integer() else None
    if how == "percent":
        if not 0 < amount <= _MOST_PERCENT:
            wrong("pay.amount", f"`{written}` is no percentage", "write a number over 0 and at most 100")
        return {"percent": whole or amount}
    if how == "units":
        if not whole or whole < 1:
            wrong("pay.amount", f"`{written}` is no number of units", "write a whole number, 1 or more")
        return {"units": whole}
    wrong("pay", "it is not said what is paid of a line", "choose how much of it is paid")
    return {}


def with_built(
    documents: Documents, version: Policy, rule: dict[str, Any], quotas: Mapping[str, Any] | None = None
) -> tuple[Path, str]:
    """Give the file of a version and its text with a rule, and the quotas that it names.

    Raises RequestError for a version that must not change.
    """
    refuse_settled(version)
    path = policy_file(documents.folder, version)
    value = with_rule(documents, version, rule)
    if quotas:
        value["quotas"] = {**value.get("quotas", {}), **quotas}
    return path, document(documents.folder, path, value)


def preview(  # noqa: PLR0913 - a rule, where it goes, and until when it is tried
    documents: Documents,
    version: Policy,
    rule: dict[str, Any],
    day: date,
    expired: Callable[[], bool],
    *,
    quotas: Mapping[str, Any] | None = None,
) -> Preview:
    """Show what a rule would decide; raises RequestError for a rule that no document may have, or that cannot be tried.

    `expired` says when there is no more time for claims.
    """
    path, text = with_built(documents, version, rule, quotas)
    made = documents_with({path: text}, documents.folder)
    newer = next(each for each in made.policies[version.id] if each.version == version.version)
    there, shared = newer.rule(rule["id"]), {name: newer.limits[name] for name in quotas or ()}
    if latest(made.policies[version.id]).version != version.version:
        return Preview(
            rule=there, quotas=shared, lacking=("a later version of the policy is there, so no claim is tried",)
        )
    shown, lacking, ran_out = [], [], False
    for each in _proposals(made, newer, rule["id"], day, expired):
        if each == RAN_OUT:
            ran_out = True
        elif isinstance(each, Unwritten):
            lacking.append(f"{each.what}: {each.why}")
        else:
            shown.append(each)
    return Preview(rule=there, quotas=shared, shown=tuple(shown), lacking=tuple(lacking), ran_out=ran_out)


def _proposals(
    documents: Documents, version: Policy, rule: str, day: date, expired: Callable[[], bool]
) -> Iterator[Proposal | Unwritten]:
    tried = trial(documents, version, day, payer=None, service=None)
    return solved_examples(documents, version, rule, tried, day, expired=expired)


def checked_scaffold(  # noqa: PLR0913 - a rule, where it goes, and what is kept with it
    documents: Documents,
    version: Policy,
    rule: dict[str, Any],
    kept: Iterable[Proposal],
    day: date,
    *,
    quotas: Mapping[str, Any] | None = None,
    expired: Callable[[], bool] = never,
) -> Scaffold:
    """Make the file with a rule, and those of the examples that are kept, in which no check finds an error.

    `expired` is that of `passing`. Raises RequestError with what is wrong otherwise.
    """
    path, text = with_built(documents, version, rule, quotas)
    made = Scaffold({path: text} | {each.path: each.text for each in kept}, frozenset([path]))
    if any(each.id == rule["id"] for each in version.rules):  # examples that were carried over may be answered anew
        made = carried_again(made, documents, version, day)
    return passing(made, documents.folder, day, expired)
