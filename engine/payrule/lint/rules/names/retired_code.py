"""Find code lists with codes that are retired before the version ends."""

from collections.abc import Iterable, Iterator, Sequence

from payrule.language.condition import Test, conditions, find
from payrule.lint.rule import CheckContext, Results, lint_rule, problem
from payrule.model.code_sets import CodeEntry
from payrule.model.policy import Policy
from payrule.model.vocabulary import Vocabulary
from payrule.source.json_source import Path


def run(context: CheckContext) -> Results:
    """Find code lists, and lists in a test, with codes whose last day comes before the last day of the version.

    Ranges are left alone, because they are written for whatever is billed between their ends.

    >>> from payrule.lint.rule import shipped_context
    >>> all(each.path.startswith("$.sets.") for each in run(shipped_context()))
    True
    """
    retired = context.documents.vocabulary.retired
    if retired is not None:
        for policy in context.versions():
            for path, codes in _lists(policy, context.documents.vocabulary):
                if late := [code for code in codes if _before(retired.codes.get(str(code)), policy.effective.last)]:
                    others = f" and {len(late) - 1} more" if len(late) > 1 else ""
                    first = f"`{late[0]}` on {retired.codes[str(late[0])]}"
                    message = f"codes are retired before `{policy.version}` ends: {first}{others}"
                    help_text = (
                        "end the version then, and write a new one without them; if the list must stay whole, suppress "
                        "this with the reason"
                    )
                    yield problem(policy.name, path, message, help_text, key=path[0] == "sets")


def _lists(policy: Policy, vocabulary: Vocabulary) -> Iterator[tuple[Path, Sequence[str | int]]]:
    """List the codes that conditions look for, each list once: a code list of the policy, or what a test writes out."""
    coded = {name for name, each in vocabulary.attributes.items() if each.type == "code"}
    named = dict[str, None]()
    for condition in conditions(policy):
        for each in find(condition, Test):
            if each.attribute in coded and each.test not in {"not_in", "none_of"}:
                if each.set_name is None:
                    yield each.path, each.listed
                elif each.set_name in policy.sets:
                    named[each.set_name] = None
                elif each.set_name in vocabulary.sets:
                    yield each.path, vocabulary.sets[each.set_name]
                else:
                    yield each.path, _open(vocabulary.dated_sets[each.set_name].entries, vocabulary)
    for name in named:
        yield ("sets", name), policy.sets[name]


def _open(entries: Iterable[CodeEntry], vocabulary: Vocabulary) -> list[str]:
    """List the codes of a list that is a document of its own which are in it after their last day."""
    last = {each.code: vocabulary.last_day(each.code) for each in entries}
    return [each.code for each in entries if _before(last[each.code], each.last)]


def _before(day: str | None, last: str | None) -> bool:
    return day is not None and (last is None or day < last)


CHECK = lint_rule(run)
