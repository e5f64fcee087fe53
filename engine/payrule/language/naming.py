"""Check that every name in a policy means something: sets, facts, overrides, concerns, sources.

The schema, bound to the vocabulary, has already accepted attributes, tests and values. What is left are names that a
document defines itself. Findings stand at the name at fault.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from payrule.documents.findings import Finding, LimitError
from payrule.documents.models import Attribute, Concern, Fact, Policy, Vocabulary
from payrule.documents.places import Path, Text
from payrule.documents.suggest import did_you_mean
from payrule.documents.values import is_range, split_range
from payrule.language.lower import CONNECTIVES, lower
from payrule.language.names import Names
from payrule.language.normal import clauses


def policy_findings(policy: Policy, vocabulary: Vocabulary, text: Text) -> tuple[Finding, ...]:
    """List what is wrong with the names of one policy version; none when all mean something."""
    names = Names(vocabulary, policy)
    found = [*_set_findings(policy, text)]
    found += _fact_findings(policy.facts, names, text)
    for index, rule in enumerate(policy.rules):
        found += _condition_findings(rule.when, names, text, ("rules", index, "when"), within=False)
        found += _conclusion_findings(policy, index, vocabulary, text)
    found += _rule_id_findings(policy, text)
    found += _override_findings(policy, text)
    found += _cite_findings(policy, text)
    return tuple(found) or _size_findings(policy, names, text)


def vocabulary_findings(vocabulary: Vocabulary, text: Text) -> tuple[Finding, ...]:
    """List what is wrong with the names in the vocabulary's own facts."""
    return tuple(_fact_findings(vocabulary.facts, Names(vocabulary), text))


def _set_findings(policy: Policy, text: Text) -> Iterator[Finding]:
    for name, members in policy.sets.items():
        for index, member in enumerate(members):
            if is_range(member) and not _is_ascending(str(member)):
                yield text.finding(
                    ("sets", name, index),
                    "bad-range",
                    f"`{member}` is not a range of codes",
                    "write the lower code first and both of one length, as in `00010-00019`",
                )


def _is_ascending(member: str) -> bool:
    low, high = split_range(member)
    return len(low) == len(high) and low <= high


def _fact_findings(facts: Mapping[str, Fact], names: Names, text: Text) -> Iterator[Finding]:
    for name, fact in facts.items():
        yield from _condition_findings(fact.when, names, text, ("facts", name, "when"), within=False)
    for name in facts:
        cycle = _cycle(name, lambda each: _facts_of(facts[each].when) if each in facts else ())
        if cycle and name == min(cycle):
            yield text.finding(
                ("facts", name),
                "fact-cycle",
                f"the fact `{name}` is defined by itself: {' → '.join((*cycle, cycle[0]))}",
                "take one of the uses out",
                key=True,
            )


def _facts_of(condition: Any) -> tuple[str, ...]:
    """List the facts that a condition names, anywhere in it."""
    if isinstance(condition, list):
        return tuple(name for part in condition for name in _facts_of(part))
    if not isinstance(condition, dict):
        return ()
    own = condition.get("fact", ())
    named = (own,) if isinstance(own, str) else tuple(own)
    inner = (value for key, value in condition.items() if key in CONNECTIVES and key != "fact")
    return named + tuple(name for part in inner for name in _facts_of(part)) + _facts_of(condition.get("of"))


def _has_other_line(condition: Any) -> bool:
    if isinstance(condition, list):
        return any(_has_other_line(part) for part in condition)
    if not isinstance(condition, dict):
        return False
    return "other_line" in condition or any(
        _has_other_line(condition.get(key)) for key in ("all", "any", "not", "count", "of")
    )


def _is_local(fact: str, names: Names, seen: frozenset[str] = frozenset()) -> bool:
    if fact in seen or fact not in names.facts:
        return True
    condition = names.fact(fact).when
    inner = names.owner(fact)
    return not _has_other_line(condition) and all(
        _is_local(each, inner, seen | {fact}) for each in _facts_of(condition)
    )


def _condition_findings(
    condition: Mapping[str, Any], names: Names, text: Text, path: Path, *, within: bool
) -> Iterator[Finding]:
    for key, operand in condition.items():
        here = (*path, key)
        if key in ("all", "any"):
            for index, part in enumerate(operand):
                yield from _condition_findings(part, names, text, (*here, index), within=within)
        elif key == "not":
            yield from _condition_findings(operand, names, text, here, within=within)
        elif key == "count":
            yield from _count_findings(operand, names, text, here, within=within)
        elif key == "fact":
            yield from _fact_name_findings(operand, names, text, here, within=within)
        elif key == "other_line":
            for index, part in enumerate(operand if isinstance(operand, list) else [operand]):
                inner = (*here, index) if isinstance(operand, list) else here
                yield from _condition_findings(part, names, text, inner, within=True)
        elif key != "same_date":
            for test, value in operand.items():
                yield from _operand_findings(key, value, names, text, (*here, test))


def _count_findings(operand: Any, names: Names, text: Text, path: Path, *, within: bool) -> Iterator[Finding]:
    for index, part in enumerate(operand["of"]):
        yield from _condition_findings(part, names, text, (*path, "of", index), within=within)
    if operand["at_least"] > len(operand["of"]):
        yield text.finding(
            (*path, "at_least"),
            "count-too-high",
            f"at least {operand['at_least']} of {len(operand['of'])} conditions can never hold",
            f"use a number from 1 to {len(operand['of'])}",
        )


def _fact_name_findings(operand: Any, names: Names, text: Text, path: Path, *, within: bool) -> Iterator[Finding]:
    for index, name in enumerate([operand] if isinstance(operand, str) else operand):
        here = path if isinstance(operand, str) else (*path, index)
        if name not in names.facts:
            cure = did_you_mean(name, names.facts, otherwise="define it under `facts`") or "define it under `facts`"
            yield text.finding(here, "unknown-fact", f"there is no fact `{name}`", cure)
        elif within and not _is_local(name, names):
            yield text.finding(
                here,
                "fact-not-local",
                f"the fact `{name}` looks at other lines, so it cannot stand inside `other_line`",
                "use a fact about a single line, or write the condition out outside of `other_line`",
            )


def _operand_findings(attribute: str, operand: Any, names: Names, text: Text, path: Path) -> Iterator[Finding]:
    declared = names.attribute(attribute)
    if isinstance(operand, str) and operand.startswith("@"):
        name = operand[1:]
        if name not in names.sets:
            near = did_you_mean(name, names.sets, otherwise="define it under `sets`") or "define it under `sets`"
            yield text.finding(path, "unknown-set", f"there is no set `@{name}`", near.replace("`" + name, "`@" + name))
            return
        misfits = [member for member in names.sets[name] if not _fits(declared, member)]
        if misfits:
            yield text.finding(
                path,
                "set-does-not-fit",
                f"the set `@{name}` holds `{misfits[0]}`, which is no value of `{attribute}`",
                did_you_mean(str(misfits[0]), declared.values) or "name a set of the attribute's own values",
            )
    elif isinstance(operand, list):
        for index, member in enumerate(operand):
            if declared.type == "code" and is_range(member) and not _is_ascending(member):
                yield text.finding(
                    (*path, index),
                    "bad-range",
                    f"`{member}` is not a range of codes",
                    "write the lower code first and both of one length, as in `00010-00019`",
                )


def _fits(attribute: Attribute, member: str | int) -> bool:
    if attribute.type == "integer":
        return isinstance(member, int)
    return isinstance(member, str) and (attribute.type != "choice" or member in attribute.values)


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
        cycle = _cycle(rule.id, lambda each: by_id[each].overrides if each in by_id else ())
        if cycle and rule.id == min(cycle):
            yield text.finding(
                ("rules", index, "overrides"),
                "override-cycle",
                f"these rules override each other in a circle: {' → '.join((*cycle, cycle[0]))}",
                "an exception to an exception states its own conclusion; take one override out",
            )


def _cycle(start: str, follow: Any) -> tuple[str, ...]:
    """Find a way from a name back to itself, the shortest one; empty when there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    for way in ways:
        for following in sorted(follow(way[-1])):
            if following == start:
                return way
            if following not in seen:
                seen.add(following)
                ways.append((*way, following))
    return ()


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
    groups: list[tuple[Path, str, Names, Any]] = [
        (("rules", index, "when"), f"the condition of `{rule.id}`", names, rule.when)
        for index, rule in enumerate(policy.rules)
    ]
    groups += [
        (("facts", name, "when"), f"the fact `{name}`", names, fact.when) for name, fact in policy.facts.items()
    ]
    for path, what, scope, condition in groups:
        try:
            clauses(lower(condition, scope), what)
        except LimitError as fault:
            found += [text.finding(path, each.code, each.message, each.help) for each in fault.findings]
    return tuple(found)
