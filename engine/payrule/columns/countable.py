"""What columns count, and which claims they leave: lines that conditions and quotas count, and those of histories.

What columns do not count is decided claim by claim (`is_by_claim`, `has_plain_history`).
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

import msgspec
from msgspec import UNSET

from payrule.encounter.encounter import UNITS, EarlierLine, Encounter, Line, by_days, counted_history
from payrule.execute.plan.stages import CountItem
from payrule.language import condition as tree
from payrule.language.condition import conditions, find, parse
from payrule.language.lower import Formula, OtherLine, Quota, attribute_leaves, counted, inlined, lower, lowered_facts
from payrule.language.lower import Lines as Counted
from payrule.language.names import Names
from payrule.language.names import shared as sharing_of
from payrule.model.vocabulary import BIRTH, Vocabulary
from payrule.rulebase.rulebase import Rulebase


def earlier_lines(encounter: Encounter, vocabulary: Vocabulary) -> list[EarlierLine]:
    """List the days of earlier lines that count, with what is in force on them."""
    return [
        msgspec.structs.replace(each, values=day.values)
        for _, each in counted_history(encounter, vocabulary.frequency)
        for day in by_days(Line(each.number or 0, each.values), vocabulary)
    ]


def has_plain_history(encounter: Encounter, vocabulary: Vocabulary) -> bool:
    """Tell whether columns count a claim's earlier lines: each is named, readable, certainly earlier, and of one day.

    >>> from datetime import date
    >>> from payrule.model.vocabulary import Regions, Timed
    >>> words = Vocabulary(kind="vocabulary", attributes={}, concerns=(), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method=""))
    >>> line = EarlierLine({"line.date": date(2024, 3, 5)}, "C-7", 1)
    >>> one, two = (Encounter("E", None, {}, (), history=(each,)) for each in (line, EarlierLine(line.values)))
    >>> has_plain_history(one, words), has_plain_history(two, words)
    (True, False)
    """
    if encounter.is_history_cut:
        return False
    if not encounter.history:
        return True
    listed = [each for _, each in counted_history(encounter, vocabulary.frequency)]
    are_known = all(each.claim is not None and each.number is not None for each in listed)
    if not are_known or any(each.perhaps or each.unreadable for each in listed):
        return False
    return len(earlier_lines(encounter, vocabulary)) == len(listed)


def is_by_claim(rulebase: Rulebase, *, shares_history: bool = False) -> bool:
    """Tell whether some count of a rulebase is none for columns, so that every claim is decided alone.

    Where claims of a patient share earlier lines (`shares_history`), these hold nothing of the claim and the patient.
    """
    if not counts_lines(rulebase):
        return False
    vocabulary = rulebase.documents.vocabulary
    facts, formulas, counts = _asked(rulebase)
    return not all(
        _is_plain(each, facts, vocabulary, shares_history=shares_history) for each in counts
    ) or _counts_elsewhere(formulas, facts)


def counts_lines(rulebase: Rulebase) -> bool:
    """Tell whether some condition counts lines, or asks for a quota, or some policy has one."""
    held = rulebase.documents
    versions = list(chain.from_iterable(held.policies.values()))
    asked = chain(conditions(held.vocabulary), *map(conditions, versions))
    return any(any(find(each, kind)) for each in asked for kind in (tree.Lines, tree.Quota)) or any(
        version.limits for version in versions
    )


def attributes_counted(rulebase: Rulebase) -> frozenset[str]:
    """Name the attributes of lines that counts and quotas compare or sum, or that are paid in part."""
    rules = chain.from_iterable(version.rules for version in chain.from_iterable(rulebase.policies.values()))
    of_parts = frozenset({UNITS} if any(rule.conclude.pay is not UNSET for rule in rules) else ())
    return compared_attributes(_asked(rulebase)[2]) | of_parts if counts_lines(rulebase) else of_parts


def _asked(rulebase: Rulebase) -> tuple[dict[str, Formula], list[Formula], list[CountItem]]:
    """Lower what the conditions of a rulebase ask: its facts, all formulas, and what these and its quotas count."""
    vocabulary, versions = rulebase.documents.vocabulary, [*chain.from_iterable(rulebase.policies.values())]
    facts = lowered_facts(vocabulary, versions)
    formulas, counts = [*facts.values()], []
    for names in (Names(vocabulary), *(Names(vocabulary, version) for version in versions)):
        formulas += [lower(each, names) for each in conditions(names.policy or vocabulary)]
        counts += [
            Quota(sharing_of(each, names), lower(parse(each.where), names), "within", ())
            for each in names.quotas.values()
        ]
    return facts, formulas, [*chain.from_iterable(map(counted, formulas)), *counts]


def _counts_elsewhere(formulas: Iterable[Formula], facts: Mapping[str, Formula]) -> bool:
    """Tell whether a condition on other lines counts lines as seen from those."""
    return any(
        True
        for formula in formulas
        for other in _others(inlined(formula, facts))
        for _ in _counted_within(other.formula)
    )


def _others(formula: Formula) -> Iterator[OtherLine]:
    if isinstance(formula, OtherLine):
        yield formula
    yield from chain.from_iterable(map(_others, _below(formula)))


def _counted_within(formula: Formula) -> Iterator[CountItem]:
    if isinstance(formula, (Counted, Quota)):
        yield formula
    yield from chain.from_iterable(map(_counted_within, _below(formula)))


def _below(formula: Formula) -> tuple[Formula, ...]:
    """List the formulas directly inside one."""
    parts = getattr(formula, "parts", ())
    below = (getattr(formula, "part", None), getattr(formula, "formula", None))
    return (*parts, *(each for each in below if each is not None))


def _is_plain(item: CountItem, facts: Mapping[str, Formula], vocabulary: Vocabulary, *, shares_history: bool) -> bool:
    """Tell whether columns count it: what is asked of a line does not rest on the subject, or is not computed."""
    part = inlined(item.formula, facts)
    read = {leaf.attribute for leaf in attribute_leaves(part)}
    attributes = vocabulary.attributes
    if any("." not in name for name in (*read, *item.compared)) or any(_counted_within(part)):
        return False
    if any(attributes[name].derived for name in item.compared):
        return False
    if item.counting.window.of_claim:
        return True
    if any(attributes[name].derived for name in read) or any(_others(part)):
        return False
    return not shares_history or all(name.startswith("line.") for name in (*read, *item.compared))


def compared_attributes(counts: Iterable[CountItem]) -> frozenset[str]:
    """Name the attributes of lines that counts compare or sum, or that say where a window begins."""
    found: set[str] = set()
    for item in counts:
        found.update(item.compared)
        if item.counting.window.unit == "ever":
            found.add(BIRTH)
    return frozenset(found)
