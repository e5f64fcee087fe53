"""Find codes in conditions that no code list contains: most are typing errors."""

import re
from collections.abc import Mapping

from payrule.language.condition import Test, conditions, find
from payrule.lint.rule import CheckContext, Results, lint_rule, problem
from payrule.model.policy import Policy
from payrule.model.values import ValueSet, is_range, split_range
from payrule.model.vocabulary import Vocabulary


def run(context: CheckContext) -> Results:
    """Find codes that conditions write out, and that no code list of the vocabulary or of the policy contains.

    Only attributes whose codes the vocabulary lists in ranges are checked; of others it knows too little.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for policy in context.versions():
        known = known_codes(context.documents.vocabulary, policy)
        tests = (test for condition in conditions(policy) for test in find(condition, Test) if test.attribute in known)
        for each in tests:
            for index, code in enumerate(each.listed):
                if not str(code).startswith("@") and not all(end in known[each.attribute] for end in _ends(code)):
                    place = (*each.path, index) if isinstance(each.operand, tuple) else each.path
                    message = f"the code `{code}` is in no code list of the vocabulary or of this policy"
                    help_text = "correct it; if it is right, put it in a code list, or suppress this with a reason"
                    yield problem(policy.name, place, message, help_text)


def known_codes(vocabulary: Vocabulary, policy: Policy) -> Mapping[str, ValueSet]:
    """Give the codes that are known of each attribute whose codes the vocabulary lists in ranges."""
    found = {}
    for name, attribute in vocabulary.attributes.items():
        if attribute.type == "code" and attribute.pattern:
            form = re.compile(attribute.pattern)
            shared, own = (
                [each for each in sets.values() if _is_of(each, form)] for sets in (vocabulary.sets, policy.sets)
            )
            if any(is_range(code) for each in shared for code in each):
                found[name] = ValueSet.of((code for each in shared + own for code in each), ranges=True)
    return found


def _is_of(members: tuple[str | int, ...], form: re.Pattern[str]) -> bool:
    """Tell whether the members of a code list are codes of a form."""
    return all(form.fullmatch(end) for code in members for end in _ends(code))


def _ends(code: object) -> tuple[str, ...]:
    return split_range(str(code)) if is_range(code) else (str(code),)


CHECK = lint_rule(run)
