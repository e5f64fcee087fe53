"""Which attributes a condition rests on, for the checks of what examples try."""

from collections.abc import Mapping
from typing import Any

from payrule.language.condition import Test, find, parse
from payrule.language.derived import INPUTS
from payrule.language.name_findings import resting_on
from payrule.language.names import Names
from payrule.model.policy import Policy
from payrule.model.vocabulary import Vocabulary


def attributes_asked(when: Mapping[str, Any], policy: Policy, vocabulary: Vocabulary) -> frozenset[str]:
    """Name the attributes of a claim that a condition asks for, in place of what is computed from them.

    >>> from payrule.lint.context import shipped_context
    >>> context = shipped_context()
    >>> when, policy = {"line.units_supported": {"is": False}}, context.policies[0]
    >>> sorted(attributes_asked(when, policy, context.documents.vocabulary))
    ['line.minutes', 'line.modifiers', 'line.provider.type', 'line.units']
    """
    computed = {name: vocabulary.attributes[name].derived for name in tested(when, policy, vocabulary)}
    asked = (given for name, derived in computed.items() for given in (INPUTS[derived] if derived else (name,)))
    return frozenset(name for name in asked if name in vocabulary.attributes)


def tested(when: Mapping[str, Any], policy: Policy, vocabulary: Vocabulary) -> frozenset[str]:
    """Name the attributes that a condition tests, by itself or through facts.

    >>> from payrule.lint.context import shipped_context
    >>> context = shipped_context()
    >>> policy = next(each for each in context.policies if each.facts)
    >>> name = min(policy.facts)
    >>> of_fact = tested(policy.facts[name].when, policy, context.documents.vocabulary)
    >>> both = {"fact": name, "line.units": {"at_least": 2}}
    >>> tested(both, policy, context.documents.vocabulary) == of_fact | {"line.units"}
    True
    """
    read = resting_on(parse(when), Names(vocabulary, policy))
    return frozenset(test.attribute for condition, _ in read for test in find(condition, Test))
