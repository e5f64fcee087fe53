"""Find lists of codes that hold some which were retired while the version holds."""

from collections.abc import Iterator, Mapping, Sequence

from payrule.language.condition import Test, conditions, find
from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found
from payrule.model.policy import Policy
from payrule.source.json_source import Path


def run(context: CheckContext) -> Iterator[Found]:
    """Find lists, of a set or of a test, with codes whose last day comes before the last day of the version.

    Ranges are left alone, for they are written to hold whatever is billed between their ends.

    >>> from payrule.lint.context import shipped_context
    >>> {found.path[0] for found in run(shipped_context())}
    {'sets'}
    """
    retired = context.documents.vocabulary.retired
    if retired is not None:
        for policy in context.versions():
            for path, codes in _lists(policy, context.documents.vocabulary.sets, _code_attributes(context)):
                if late := [code for code in codes if _before(retired.codes.get(str(code)), policy.effective.last)]:
                    others = f" and {len(late) - 1} more" if len(late) > 1 else ""
                    first = f"`{late[0]}`, last billed on {retired.codes[str(late[0])]}"
                    message = f"codes were retired while `{policy.version}` holds: {first}{others}"
                    help_text = (
                        "end the version, or write one without them from the day after; a list kept whole says why"
                    )
                    yield Found(policy.name, path, message, help_text, key=path[0] == "sets")


def _lists(
    policy: Policy, shared: Mapping[str, Sequence[str | int]], attributes: frozenset[str]
) -> Iterator[tuple[Path, Sequence[str | int]]]:
    """List the codes that conditions look for, each list once: a set of the policy, or what a test writes out."""
    named = dict[str, None]()
    for condition in conditions(policy):
        for each in find(condition, Test):
            if each.attribute in attributes and each.test not in {"not_in", "none_of"}:
                if each.set_name is None:
                    yield each.path, each.listed
                elif each.set_name in policy.sets:
                    named[each.set_name] = None
                else:
                    yield each.path, shared[each.set_name]
    for name in named:
        yield ("sets", name), policy.sets[name]


def _code_attributes(context: CheckContext) -> frozenset[str]:
    return frozenset(name for name, each in context.documents.vocabulary.attributes.items() if each.type == "code")


def _before(day: str | None, last: str | None) -> bool:
    return day is not None and (last is None or day < last)


CHECK = Check(code="retired-code", family="names", run=run)
