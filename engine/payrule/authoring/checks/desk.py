"""What lies before the checks: documents that can be used, and what else is at hand."""

from collections.abc import Iterator, Mapping
from functools import cache

import msgspec

from payrule.adjudication.loading import Documents, read_documents
from payrule.authoring.checks.questions import Questions
from payrule.authoring.copies import Copies
from payrule.documents.models import Example, Lock, Policy, Rule


class Desk(msgspec.Struct, frozen=True):
    """The policy versions that are checked, among the documents that they are read with.

    `examples` are those of the rulebase, by their files below its folder. `copies` are the analyst's own copies of the
    sources, and `lock` keeps the digests of versions in force, where there are any. `questions` are asked of every
    encounter at once.
    """

    documents: Documents
    policies: tuple[Policy, ...]
    questions: Questions
    examples: Mapping[str, Example] = {}
    copies: Copies | None = None
    lock: Lock | None = None

    def versions(self) -> Iterator[Policy]:
        """List the versions that are checked; raises OutOfTimeError when time has run out."""
        for policy in self.policies:
            self.questions.look()
            yield policy

    def rules(self) -> Iterator[tuple[Policy, int, Rule]]:
        """List the rules of every version that is checked, each with its position; errors as for `versions`."""
        for policy in self.policies:
            for index, rule in enumerate(policy.rules):
                self.questions.look()
                yield policy, index, rule


def desk_of(documents: Documents) -> Desk:
    """Lay all policies of documents on a desk, and nothing else."""
    policies = tuple(version for _, versions in sorted(documents.policies.items()) for version in versions)
    return Desk(documents, policies, Questions(documents))


@cache
def shipped_desk() -> Desk:
    """Lay the policies that payrule ships on a desk.

    >>> len(shipped_desk().policies) > 1
    True
    """
    return desk_of(read_documents())
