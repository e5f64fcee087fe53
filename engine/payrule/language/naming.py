"""Check that every name in a policy means something: sets, facts, overrides, concerns, sources.

The schema, bound to the vocabulary, has already accepted attributes, tests and values. What is left are names that a
document defines itself. Findings stand at the name at fault.
"""

from collections.abc import Iterator
from typing import Any

from payrule.documents.findings import Finding, LimitError
from payrule.documents.models import Concern, Policy, Vocabulary
from payrule.documents.places import Path, Text
from payrule.documents.suggest import did_you_mean
from payrule.documents.values import read_date
from payrule.language.condition import conditions, parse
from payrule.language.condition_names import Place, condition_findings, range_findings
from payrule.language.fact_names import fact_findings, shortest_cycle
from payrule.language.leaves import OtherLine
from payrule.language.lower import lower
from payrule.language.names import Names
from payrule.language.normal import clauses
from payrule.language.strata import dependencies


def policy_findings(policy: Policy, vocabulary: Vocabulary, text: Text) -> tuple[Finding, ...]:
    """List what is wrong with the names of one policy version; none when all mean something."""
    names = Names(vocabulary, policy)
    found = _definition_findings(policy, names, text)
    for index in range(len(policy.rules)):
        found += _conclusion_findings(policy, index, vocabulary, text)
    found += _rule_id_findings(policy, text)
    found += _override_findings(policy, text)
    found += _cite_findings(policy, text)
    found += _period_findings(policy, text)
    return tuple(found) or _size_findings(policy, names, text)


def vocabulary_findings(vocabulary: Vocabulary, text: Text) -> tuple[Finding, ...]:
    """List what is wrong with the names in the vocabulary's own sets and facts."""
    return tuple(_definition_findings(vocabulary, Names(vocabulary), text))


def _definition_findings(document: Policy | Vocabulary, names: Names, text: Text) -> list[Finding]:
    found: list[Finding] = []
    for name, members in document.sets.items():
        found += range_findings(members, Place(text, names, ("sets", name)))
    for condition in conditions(document):
        found += condition_findings(condition, text, names)
    return [*found, *fact_findings(document.facts, text)]


def _conclusion_findings(policy: Policy, index: int, vocabulary: Vocabulary, text: Text) -> Iterator[Finding]:
    conclude = policy.rules[index].conclude
    path: Path = ("rules", index, "conclude")
    by_id: dict[str, Concern] = {concern.id: concern for concern in vocabulary.concerns}
    if conclude.concern not in by_id:
        cure = did_you_mean(conclude.concern, by_id)
        yield text.finding((*path, "concern"), "unknown-concern", f"there is no concern `{conclude.concern}`", cure)
        return
    values = {each.value: each for each in by_id[conclude.concern].values}
    if conclude.value not in values:
        yield text.finding(
            (*path, "value"),
            "unknown-value",
            f"`{conclude.value}` is no value of the concern `{conclude.concern}`",
            did_you_mean(conclude.value, values),
        )
    elif conclude.liability is not None and values[conclude.value].effect != "denied":
        yield text.finding(
            (*path, "liability"),
            "liability-without-denial",
            f"`{conclude.value}` denies nothing, so nobody bears it",
            "remove `liability`",
        )


def _period_findings(policy: Policy, text: Text) -> Iterator[Finding]:
    first, last = policy.effective.first, policy.effective.last
    if first is not None and last is not None and read_date(last) < read_date(first):
        message = f"the version ends on {last}, before it begins on {first}, so it never applies"
        yield text.finding(("effective", "to"), "never-applies", message, f"write `{first}` or later, or `null`")


def _rule_id_findings(policy: Policy, text: Text) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for index, rule in enumerate(policy.rules):
        if first.setdefault(rule.id, index) != index:
            yield text.finding(
                ("rules", index, "id"),
                "duplicate-rule",
                f"two rules are called `{rule.id}`",
                f"the other one is rule {first[rule.id] + 1} of this policy; rename one",
            )


def _override_findings(policy: Policy, text: Text) -> Iterator[Finding]:
    by_id = {rule.id: rule for rule in policy.rules}
    for index, rule in enumerate(policy.rules):
        for position, name in enumerate(rule.overrides):
            path: Path = ("rules", index, "overrides", position)
            if name not in by_id:
                cure = did_you_mean(name, by_id, otherwise="name a rule of this policy")
                yield text.finding(path, "unknown-rule", f"there is no rule `{name}` in this policy", cure)
            elif by_id[name].conclude.concern != rule.conclude.concern:
                yield text.finding(
                    path,
                    "override-across-concerns",
                    f"`{rule.id}` is about {rule.conclude.concern} and cannot override `{name}`, "
                    f"which is about {by_id[name].conclude.concern}",
                    "override rules of the same concern only",
                )
        cycle = shortest_cycle(rule.id, lambda each: by_id[each].overrides if each in by_id else ())
        if cycle and rule.id == min(cycle):
            yield text.finding(
                ("rules", index, "overrides"),
                "override-cycle",
                f"these rules override each other in a circle: {' → '.join((*cycle, cycle[0]))}",
                "an exception to an exception states its own conclusion; take one override out",
            )


def _cite_findings(policy: Policy, text: Text) -> Iterator[Finding]:
    groups: list[tuple[Path, Any]] = [(("rules", index), rule) for index, rule in enumerate(policy.rules)]
    groups += [(("facts", name), fact) for name, fact in policy.facts.items()]
    groups += [(("notes", index), note) for index, note in enumerate(policy.notes)]
    for path, cited in groups:
        for index, cite in enumerate(cited.cites):
            if cite.source not in policy.sources:
                yield text.finding(
                    (*path, "cites", index, "source"),
                    "unknown-source",
                    f"there is no source `{cite.source}`",
                    did_you_mean(cite.source, policy.sources, otherwise="describe it under `sources`"),
                )


def _size_findings(policy: Policy, names: Names, text: Text) -> tuple[Finding, ...]:
    """Lower every condition once, so that one too large to run is found here, at its place."""
    found = []
    groups: list[tuple[Path, str, Any]] = [
        (("rules", index, "when"), f"the condition of `{rule.id}`", rule.when)
        for index, rule in enumerate(policy.rules)
    ]
    groups += [(("facts", name, "when"), f"the fact `{name}`", fact.when) for name, fact in policy.facts.items()]
    for path, what, when in groups:
        try:
            formula = lower(parse(when), names)
            clauses(formula, what)
            for item, _ in dependencies(formula):
                if isinstance(item, OtherLine):
                    clauses(item.formula, what)
        except LimitError as fault:
            found += [text.finding(path, each.code, each.message, each.help) for each in fault.findings]
    return tuple(found)
