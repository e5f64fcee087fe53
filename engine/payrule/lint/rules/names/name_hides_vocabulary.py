"""Find sets and facts whose name is taken from the vocabulary, and means something else here."""

from collections.abc import Iterator, Mapping
from typing import Any

from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found


def run(context: CheckContext) -> Iterator[Found]:
    """Find sets and facts of a policy that hide those of the vocabulary.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    words = context.documents.vocabulary
    for policy in context.versions():
        kinds: tuple[tuple[str, str, Mapping[str, Any], Mapping[str, Any]], ...] = (
            ("sets", "set `@", policy.sets, words.sets),
            ("facts", "fact `", policy.facts, words.facts),
        )
        for key, what, own, shared in kinds:
            for name in own:
                if name in shared:
                    message = f"the {what}{name}` hides the one of the vocabulary, which readers will take it for"
                    yield Found(policy.name, (key, name), message, "give it a name of its own", key=True)


CHECK = Check(code="name-hides-vocabulary", family="names", run=run)
