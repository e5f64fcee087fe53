"""Find values of the vocabulary that rules could meet, and that no example tries."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from payrule.lint.attributes_asked import attributes_asked
from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found, expected_examples


def run(context: CheckContext) -> Iterator[Found]:
    """Find values of attributes that rules ask for, and that no line of any example has; none without examples.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    vocabulary = context.documents.vocabulary
    asked = {
        attribute
        for policy, _, rule in context.rules()
        if expected_examples(policy)
        for attribute in attributes_asked(rule.when, policy, vocabulary)
    }
    tried = _tried(context)
    for name in sorted(asked) if context.examples else ():
        for position, value in enumerate(vocabulary.attributes[name].values):
            if value not in tried[name]:
                message = f"rules ask for `{name}`, and no example has `{value}`"
                help_text = "write an example with it, so that what it leads to was seen once; or remove it"
                yield Found("vocabulary.json", ("attributes", name, "values", position), message, help_text)


def _tried(context: CheckContext) -> Mapping[str, set[Any]]:
    """Give the values that the encounters of examples have, by attribute."""
    found: dict[str, set[Any]] = defaultdict(set)
    for example in context.examples.values():
        waiting: list[tuple[str, Any]] = [("encounter", example.encounter)]
        while waiting:
            name, value = waiting.pop()
            if isinstance(value, dict):
                waiting += [(_NAMES.get(key, f"{name}.{key}"), each) for key, each in value.items()]
            elif isinstance(value, list):
                waiting += [(name, each) for each in value]
            else:
                found[name].add(value)
    return found


_NAMES = {"lines": "line", "patient": "patient"}


CHECK = Check(code="value-without-example", family="examples", needs="rulebase", run=run)
