"""Find codes in conditions that no set holds: most are misprints."""

import re
from collections.abc import Iterator, Mapping

from payrule.language.condition import Test, conditions, find
from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found
from payrule.model.policy import Policy
from payrule.model.values import ValueSet, is_range, split_range
from payrule.model.vocabulary import Vocabulary


def run(context: CheckContext) -> Iterator[Found]:
    """Find codes that conditions write out, and that no set of the vocabulary or of the policy holds.

    Looked at are attributes whose codes the vocabulary knows in ranges; of others it knows too little.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for policy in context.versions():
        known = known_codes(context.documents.vocabulary, policy)
        for condition in conditions(policy):
            for each in find(condition, Test):
                if each.attribute not in known:
                    continue
                for index, code in enumerate(each.listed):
                    if not str(code).startswith("@") and not all(end in known[each.attribute] for end in _ends(code)):
                        place = (*each.path, index) if isinstance(each.operand, tuple) else each.path
                        message = f"the code `{code}` stands in no set of the vocabulary or of this policy"
                        help_text = (
                            "fix it if it is a misprint; if not, name it in a set, or suppress this with the reason"
                        )
                        yield Found(policy.name, place, message, help_text)


def known_codes(vocabulary: Vocabulary, policy: Policy) -> Mapping[str, ValueSet]:
    """Give the codes that are known of each attribute whose codes the vocabulary holds in ranges."""
    found = {}
    for name, attribute in vocabulary.attributes.items():
        if attribute.type == "code" and attribute.pattern:
            form = re.compile(attribute.pattern)
            shared = [each for each in vocabulary.sets.values() if _is_of(each, form)]
            own = [each for each in policy.sets.values() if _is_of(each, form)]
            if any(is_range(code) for each in shared for code in each):
                found[name] = ValueSet.of((code for each in shared + own for code in each), ranges=True)
    return found


def _is_of(members: tuple[str | int, ...], form: re.Pattern[str]) -> bool:
    """Tell whether the members of a set are codes of a form."""
    return all(form.fullmatch(end) for code in members for end in _ends(code))


def _ends(code: object) -> tuple[str, ...]:
    return split_range(str(code)) if is_range(code) else (str(code),)


CHECK = Check(code="code-outside-known-ranges", family="names", run=run)
