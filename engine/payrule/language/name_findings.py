"""Check that every name in a policy means something: sets, facts, overrides, concerns, sources.

The schema, bound to the vocabulary, has already accepted attributes, tests and values. What is left are names that a
document defines itself. Findings stand at the name at fault.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from payrule.encounter.decoder import value_reader
from payrule.encounter.encounter import UNITS
from payrule.language.condition import (
    OF_OTHERS,
    All,
    Condition,
    Count,
    Fact,
    Lines,
    OtherLine,
    Quota,
    Test,
    conditions,
    find,
    parse,
    parts_of,
    walk,
)
from payrule.language.counting import Window
from payrule.language.lower import OtherLine as OtherLineLeaf
from payrule.language.lower import clauses, dependencies, lower
from payrule.language.names import Names
from payrule.model.policy import Fact as DefinedFact
from payrule.model.policy import Policy
from payrule.model.schema_messages import repaired
from payrule.model.values import code_span, is_range, read_code, read_date, split_range
from payrule.model.vocabulary import Attribute, Concern, Vocabulary
from payrule.source.diagnostics import Diagnostic, LimitError, did_you_mean
from payrule.source.json_source import JsonSource, Path


def policy_findings(policy: Policy, vocabulary: Vocabulary, text: JsonSource) -> tuple[Diagnostic, ...]:
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


def vocabulary_findings(vocabulary: Vocabulary, text: JsonSource) -> tuple[Diagnostic, ...]:
    """List what is wrong with the names in the vocabulary's own sets and facts."""
    return tuple(_definition_findings(vocabulary, Names(vocabulary), text))


def _definition_findings(document: Policy | Vocabulary, names: Names, text: JsonSource) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    for name, members in document.sets.items():
        found += range_findings(members, Place(text, names, ("sets", name)))
    for condition in conditions(document):
        found += condition_findings(condition, text, names)
    if isinstance(document, Policy):
        found += _quota_findings(document, names, text)
    return [*found, *fact_findings(document.facts, text)]


def _quota_findings(policy: Policy, names: Names, text: JsonSource) -> Iterator[Diagnostic]:
    """Find quotas whose lines are those that some quota leaves, and those over time whose lines look at others."""
    for name, quota in policy.limits.items():
        where = parse(quota.where, ("quotas", name, "where"))
        rests_on = [each for each, _ in resting_on(where, names)]
        if any(any(find(each, Quota)) for each in rests_on):
            message = f"what takes from the quota `{name}` depends on a quota"
            yield text.diagnostic(
                where.path, "quota-cycle", message, "say which lines take from it by other conditions"
            )
        elif not Window.read(quota.window).of_claim and not is_local(where, names):
            message = f"the quota `{name}` is over time, and what takes from it looks at other lines of a claim"
            help_text = "ask about a single line, or use the window `date` or `encounter`"
            yield text.diagnostic(where.path, "fact-not-local", message, help_text)


def _conclusion_findings(policy: Policy, index: int, vocabulary: Vocabulary, text: JsonSource) -> Iterator[Diagnostic]:
    conclude = policy.rules[index].conclude
    path: Path = ("rules", index, "conclude")
    by_id: dict[str, Concern] = {concern.id: concern for concern in vocabulary.concerns}
    if conclude.concern not in by_id:
        message, help_text = f"there is no edit category `{conclude.concern}`", did_you_mean(conclude.concern, by_id)
        yield text.diagnostic((*path, "concern"), "unknown-concern", message, help_text)
        return
    values = {each.value: each for each in by_id[conclude.concern].values}
    if conclude.value not in values:
        message = f"`{conclude.value}` is not a value of the edit category `{conclude.concern}`"
        yield text.diagnostic((*path, "value"), "unknown-value", message, did_you_mean(conclude.value, values))
        return
    yield from _payment_findings(policy, index, values[conclude.value].effect, vocabulary, text)
    if conclude.liability is not None and values[conclude.value].effect not in ("denied", "reduced"):
        message = f"`{conclude.value}` does not deny the line, so nobody is responsible"
        yield text.diagnostic((*path, "liability"), "liability-without-denial", message, "remove `liability`")


def _payment_findings(
    policy: Policy, index: int, effect: str, vocabulary: Vocabulary, text: JsonSource
) -> Iterator[Diagnostic]:
    """Find a value that reduces and does not say what is paid, another that does, and quotas of something else."""
    conclude, path = policy.rules[index].conclude, ("rules", index, "conclude")
    if conclude.pay is UNSET:
        if effect == "reduced":
            message = f"`{conclude.value}` pays a line in part, and the rule does not say how much"
            help_text = 'add `pay`, as in `"pay": {"percent": 85}`'
            yield text.diagnostic((*path, "value"), "pay-missing", message, help_text)
        return
    if effect != "reduced":
        message = f"`{conclude.value}` does not pay a line in part, so `pay` says nothing"
        reducing = [v.value for each in vocabulary.concerns for v in each.values if v.effect == "reduced"]
        help_text = f"remove `pay`, or conclude one of {', '.join(f'`{each}`' for each in reducing)}"
        yield text.diagnostic((*path, "pay"), "pay-without-reduction", message, help_text)
    quota = conclude.pay.quota
    if quota is not None:
        named = policy.limits.get(quota)
        if named is None:
            message = f"there is no quota `{quota}` in this policy"
            near = did_you_mean(quota, policy.limits, otherwise="define it under `quotas`")
            yield text.diagnostic((*path, "pay", "units", "quota"), "unknown-quota", message, near)
        elif named.of != UNITS:
            message = f"the quota `{quota}` is of `{named.of}`, and units are paid"
            help_text = f"name a quota of `{UNITS}`"
            yield text.diagnostic((*path, "pay", "units", "quota"), "quota-does-not-fit", message, help_text)


def _period_findings(policy: Policy, text: JsonSource) -> Iterator[Diagnostic]:
    first, last = policy.effective.first, policy.effective.last
    if first is not None and last is not None and read_date(last) < read_date(first):
        message = f"the version ends on {last}, before it begins on {first}, so it never applies"
        yield text.diagnostic(("effective", "to"), "never-applies", message, f"write `{first}` or later, or `null`")


def _rule_id_findings(policy: Policy, text: JsonSource) -> Iterator[Diagnostic]:
    first: dict[str, int] = {}
    for index, rule in enumerate(policy.rules):
        if first.setdefault(rule.id, index) != index:
            help_text = f"the other one is rule {first[rule.id] + 1} of this policy; rename one"
            message = f"two rules are called `{rule.id}`"
            yield text.diagnostic(("rules", index, "id"), "duplicate-rule", message, help_text)


def _override_findings(policy: Policy, text: JsonSource) -> Iterator[Diagnostic]:
    by_id = {rule.id: rule for rule in policy.rules}
    for index, rule in enumerate(policy.rules):
        for position, name in enumerate(rule.overrides):
            path: Path = ("rules", index, "overrides", position)
            if name not in by_id:
                help_text = did_you_mean(name, by_id, otherwise="name a rule of this policy")
                yield text.diagnostic(path, "unknown-rule", f"there is no rule `{name}` in this policy", help_text)
            elif by_id[name].conclude.concern != rule.conclude.concern:
                message = (
                    f"`{rule.id}` is in the edit category {rule.conclude.concern} and cannot be an exception to "
                    f"`{name}`, which is in {by_id[name].conclude.concern}"
                )
                help_text = "list only rules of the same edit category under `overrides`"
                yield text.diagnostic(path, "override-across-concerns", message, help_text)
        cycle = shortest_cycle(rule.id, lambda each: by_id[each].overrides if each in by_id else ())
        if cycle and rule.id == min(cycle):
            message = f"these rules are exceptions to each other in a circle: {' → '.join((*cycle, cycle[0]))}"
            help_text = "remove one of them from `overrides`; an exception to an exception states its own result"
            yield text.diagnostic(("rules", index, "overrides"), "override-cycle", message, help_text)


def _cite_findings(policy: Policy, text: JsonSource) -> Iterator[Diagnostic]:
    groups: list[tuple[Path, Any]] = [(("rules", index), rule) for index, rule in enumerate(policy.rules)]
    groups += [(("facts", name), fact) for name, fact in policy.facts.items()]
    groups += [(("notes", index), note) for index, note in enumerate(policy.notes)]
    for path, cited in groups:
        for index, cite in enumerate(cited.cites):
            if cite.source not in policy.sources:
                help_text = did_you_mean(cite.source, policy.sources, otherwise="describe it under `sources`")
                message = f"there is no source `{cite.source}`"
                yield text.diagnostic((*path, "cites", index, "source"), "unknown-source", message, help_text)


def _size_findings(policy: Policy, names: Names, text: JsonSource) -> tuple[Diagnostic, ...]:
    """Lower every condition once, so that one too large to run is found here, at its place."""
    found = []
    groups: list[tuple[Path, str, Any]] = [
        (("rules", index, "when"), f"the condition of `{rule.id}`", rule.when)
        for index, rule in enumerate(policy.rules)
    ]
    groups += [(("facts", name, "when"), f"the definition `{name}`", fact.when) for name, fact in policy.facts.items()]
    for path, what, when in groups:
        condition = parse(when)
        if _is_one_clause(condition, names):
            continue
        try:
            formula = lower(condition, names)
            clauses(formula, what)
            for item, _ in dependencies(formula):
                if isinstance(item, OtherLineLeaf):
                    clauses(item.formula, what)
        except LimitError as fault:
            found += [text.diagnostic(path, each.code, each.message, each.help) for each in fault.findings]
    return tuple(found)


def _is_one_clause(condition: Condition, names: Names) -> bool:
    """Tell whether nothing in a condition offers a choice, so that it is lowered to one clause, however long."""
    if isinstance(condition, Test):
        return condition.test not in ("in", "not_in") or names.attribute(condition.attribute).type != "integer"
    if isinstance(condition, (All, OtherLine)):
        return all(_is_one_clause(part, names) for part in parts_of(condition))
    return isinstance(condition, Fact)


DEEPEST = 32
"""Facts that may rest on each other in a chain."""


def fact_findings(facts: Mapping[str, DefinedFact], text: JsonSource) -> Iterator[Diagnostic]:
    """List facts that are defined by themselves; where there is none, those whose chain of facts is too long."""
    uses = {name: facts_of(parse(fact.when)) for name, fact in facts.items()}
    cyclic = False
    for name in uses:
        way = shortest_cycle(name, lambda each: uses.get(each, ()))
        if way and name == min(way):
            cyclic = True
            message = f"the definition `{name}` uses itself: {' → '.join((*way, way[0]))}"
            yield text.diagnostic(("facts", name), "fact-cycle", message, "remove one of the uses", key=True)
    if not cyclic:
        yield from _depth_findings(uses, text)


def _depth_findings(uses: Mapping[str, tuple[str, ...]], text: JsonSource) -> Iterator[Diagnostic]:
    depths: dict[str, int] = {}
    waiting = list(uses)
    while waiting:
        name = waiting[-1]
        missing = [each for each in uses.get(name, ()) if each in uses and each not in depths]
        if name in depths or not missing:
            depths[name] = 1 + max((depths[each] for each in uses.get(name, ()) if each in depths), default=0)
            waiting.pop()
        else:
            waiting += missing
    for name, depth in depths.items():
        if depth == DEEPEST + 1:
            message = f"the definition `{name}` depends on a chain of more than {DEEPEST} definitions"
            yield text.diagnostic(
                ("facts", name), "facts-too-deep", message, "write some of them out where they are used", key=True
            )


def facts_of(condition: Condition) -> tuple[str, ...]:
    """List the facts that a condition names, anywhere in it, as often as it does.

    >>> facts_of(parse({"any": [{"fact": "a"}, {"not": {"fact": ["b", "c"]}}]}))
    ('a', 'b', 'c')
    """
    return tuple(node.name for node in find(condition, Fact))


def resting_on(condition: Condition, names: Names) -> Iterator[tuple[Condition, Names]]:
    """List a condition and those of the facts that it rests on, each once, with the names that each is read with.

    Facts that nothing defines are left out.
    """
    waiting, seen = [(condition, names)], set[str]()
    while waiting:
        now, scope = waiting.pop()
        yield now, scope
        for name in facts_of(now):
            if name in scope.facts and scope.qualified(name) not in seen:
                seen.add(scope.qualified(name))
                waiting.append((parse(scope.fact(name).when), scope.owner(name)))


def is_local(fact: Condition, names: Names) -> bool:
    """Tell whether neither a condition nor any fact that it rests on looks at other lines."""
    return not any(any(find(each, kind)) for each, _ in resting_on(fact, names) for kind in OF_OTHERS)


def shortest_cycle(start: str, follow: Callable[[str], Iterable[str]]) -> tuple[str, ...]:
    """Find the shortest way from a name back to itself; empty when there is none.

    >>> shortest_cycle("a", {"a": ["b"], "b": ["c", "a"], "c": []}.__getitem__)
    ('a', 'b')
    """
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


class Place(msgspec.Struct, frozen=True):
    """Where in a document a name stands, and with what names it is read."""

    text: JsonSource
    names: Names
    path: Path

    def at(self, *steps: str | int) -> "Place":
        """Go further down."""
        return msgspec.structs.replace(self, path=(*self.path, *steps))

    def diagnostic(self, code: str, message: str, help_text: str | None) -> Diagnostic:
        """Make a finding here."""
        return self.text.diagnostic(self.path, code, message, help_text)


def condition_findings(condition: Condition, text: JsonSource, names: Names) -> Iterator[Diagnostic]:
    """List what is wrong with the names in a condition whose shape has been accepted."""
    for node, inside in walk(condition):
        place = Place(text, names, node.path)
        if isinstance(node, Count):
            yield from _count(node, place)
        elif isinstance(node, Fact):
            yield from _fact(node, place, inside=inside)
        elif isinstance(node, Lines):
            yield from _lines(node, place)
        elif isinstance(node, Quota) and node.name not in names.quotas:
            help_text = did_you_mean(node.name, names.quotas, otherwise="define it under `quotas`")
            yield place.diagnostic("unknown-quota", f"there is no quota `{node.name}` in this policy", help_text)
        elif isinstance(node, Test):
            yield from _test(node, place)


def _lines(node: Lines, place: Place) -> Iterator[Diagnostic]:
    """Find what relates a line to itself, and tests of a measure that nothing can pass."""
    for each in find(node.part, Test) if node.itself else ():
        if "." not in each.attribute:
            message = f"`{each.attribute}` relates another line to this one, and with `itself` this one counts, too"
            help_text = "take `itself` away, or ask something else of the lines that are counted"
            yield Place(place.text, place.names, each.path[:-1]).diagnostic("unreadable-attribute", message, help_text)
    least = 0
    most: int | None = None
    for test, operand in node.measure.tests:
        least = max(least, operand) if test != "at_most" else least
        most = operand if test != "at_least" and (most is None or operand < most) else most
    if most is not None and least > most:
        message = f"nothing is at least {least} and at most {most}"
        yield place.at(node.measure.kind).diagnostic(
            "count-too-high", message, "write the lower number under `at_least`"
        )


def _count(node: Count, place: Place) -> Iterator[Diagnostic]:
    number = len(node.parts)
    if node.at_least > number:
        message = f"at least {node.at_least} of {number} conditions can never hold"
        yield place.at("at_least").diagnostic("count-too-high", message, f"use a number from 1 to {number}")


def _fact(node: Fact, place: Place, *, inside: bool) -> Iterator[Diagnostic]:
    name = node.name
    if name not in place.names.facts:
        help_text = did_you_mean(name, place.names.facts, otherwise="define it under `facts`")
        yield place.diagnostic(
            "unknown-fact", f"there is no definition `{name}`", help_text or "define it under `facts`"
        )
    elif inside and not is_local(node, place.names):
        message = f"the definition `{name}` looks at other lines, so it cannot be used inside `other_line` or `lines`"
        help_text = "use a definition about a single line, or write the condition outside"
        yield place.diagnostic("fact-not-local", message, help_text)


def _test(node: Test, place: Place) -> Iterator[Diagnostic]:
    declared = place.names.attribute(node.attribute)
    spans = place.names.vocabulary.spans
    if spans is not None and node.attribute == spans.last:
        message = f"no rule can read `{node.attribute}`: each day of a line is decided separately"
        yield place.diagnostic("unreadable-attribute", message, f"read `{spans.first}`, the date of that day")
    if node.set_name is not None:
        yield from _set_findings(node.set_name, node.attribute, declared, place)
    elif isinstance(node.operand, tuple) and (declared.type == "code" or declared.system is not None):
        yield from range_findings(node.operand, place, declared.system)


def _set_findings(name: str, attribute: str, declared: Attribute, place: Place) -> Iterator[Diagnostic]:
    sets = place.names.sets
    if name not in sets:
        near = did_you_mean(name, sets, otherwise="define it under `sets`") or "define it under `sets`"
        yield place.diagnostic("unknown-set", f"there is no code list `@{name}`", near.replace("mean `", "mean `@"))
        return
    misfits = [member for member in sets[name] if not _fits(declared, member)]
    if misfits:
        message = f"the code list `@{name}` holds `{misfits[0]}`, which is not a value of `{attribute}`"
        help_text = _meant(str(misfits[0]), declared) or "name a code list with values of that attribute"
        yield place.diagnostic("set-does-not-fit", message, help_text)
        return
    is_coded = declared.type == "code" or declared.system is not None
    for member in sets[name] if is_coded and place.names.code_set(f"@{name}") else ():
        if _unordered(member, declared.system):
            message = f"the code list `@{name}` holds `{member}`, which is not a range of codes of `{attribute}`"
            yield place.diagnostic("set-does-not-fit", message, _RANGES)


def _meant(member: str, attribute: Attribute) -> str | None:
    near = repaired(member, attribute.pattern) if attribute.pattern is not None else None
    return f"write `{near}`" if near else did_you_mean(member, attribute.values)


def _fits(attribute: Attribute, member: str | int) -> bool:
    """Tell whether a member of a set is a value of the attribute, or a range of its codes."""
    read = value_reader(msgspec.structs.replace(attribute, many=False))
    if attribute.system is not None:
        member = read_code(member, attribute.system)
        ends: tuple[Any, ...] = code_span(member) or (member,)
    else:
        ends = split_range(str(member)) if attribute.type == "code" and is_range(member) else (member,)
    try:
        return all(read(each) is not None for each in ends)
    except (KeyError, TypeError, ValueError):
        return False


def range_findings(members: Sequence[Any], place: Place, system: str | None = None) -> Iterator[Diagnostic]:
    """List ranges of codes whose ends are in the wrong order, or, outside of a system of codes, of different length."""
    for index, member in enumerate(members):
        if _unordered(member, system):
            help_text = _RANGES if system is None else "write the lower code first, as in `M54.2-M54.5`"
            yield place.at(index).diagnostic("bad-range", f"`{member}` is not a range of codes", help_text)


_RANGES = "write the lower code first and both of one length, as in `00010-00019`"


def _unordered(member: Any, system: str | None) -> bool:
    """Tell whether a member is written as a range, and is none.

    >>> _unordered("00019-00010", None), _unordered("M54.5-M54", "icd-10-cm"), _unordered("M55-M54.1", "icd-10-cm")
    (True, False, True)
    """
    read = read_code(member, system)
    if not is_range(read):
        return False
    low, high = split_range(read)
    return low > high and not low.startswith(high) if system is not None else len(low) != len(high) or low > high
