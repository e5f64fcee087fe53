"""Find values of the vocabulary that rules could meet, and that no example has."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from payrule.lint.rule import CheckContext, Results, attributes_needed, lint_rule, problem


def run(context: CheckContext) -> Results:
    """Find values of attributes that rules need, and that no line of any example has; none without examples.

    All values of one attribute are one problem: a single value is shown where it is, several where the list is.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    needed = {
        attribute
        for each in context.rules(active=True)
        for attribute in attributes_needed(each.rule.when, each.policy, context.documents)
    }
    values = _values(context)
    for name in sorted(needed) if context.examples else ():
        listed = context.documents.vocabulary.attributes[name].values
        missing = [position for position, value in enumerate(listed) if value not in values[name]]
        if not missing:
            continue
        message = f"rules test `{name}`, but no example has {_any_of([listed[at] for at in missing])}"
        if len(missing) == 1:
            help_text, place = "add an example with it, so that its answer is seen once; or remove the value", missing
        else:
            help_text, place = "add an example with each, so that its answer is seen once; or remove the values", []
        yield problem("vocabulary.json", ("attributes", name, "values", *place), message, help_text)


def _any_of(values: Sequence[Any]) -> str:
    """Write values as one of which there should be one, the first of many.

    >>> _any_of(["head"]), _any_of(["head", "neck", "back"])
    ('`head`', '`head`, `neck` or `back`')
    """
    quoted = [f"`{each}`" for each in values[:_MOST]]
    quoted += [f"{len(values) - _MOST:,} more"] if len(values) > _MOST else []
    return " or ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))


_MOST = 12


def _values(context: CheckContext) -> Mapping[str, set[Any]]:
    """Give the values of attributes in the claims of examples, earlier lines among them, and defaults."""
    attributes = context.documents.vocabulary.attributes
    found: dict[str, set[Any]] = defaultdict(
        set, {name: {each.default} for name, each in attributes.items() if not each.many}
    )
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


_NAMES = {"lines": "line", "history": "line", "patient": "patient"}

CHECK = lint_rule(run, needs="rulebase")
