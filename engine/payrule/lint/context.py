"""Questions about every encounter at once, asked of one policy version that is bound alone."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache, lru_cache

import msgspec

from payrule.analysis.encoding import Encoding
from payrule.analysis.graph import OutOfTimeError, never
from payrule.analysis.period import Part
from payrule.citations.copies import Copies
from payrule.compare.comparison_side import alone, rulings
from payrule.model.payer import Example
from payrule.model.policy import Lock, Policy, Rule
from payrule.rulebase.load import Documents, read_documents

_WHENEVER = date.max
"""A version is asked about whenever it was published."""


class Questions:
    """Encode each version once, for all checks that ask about it."""

    def __init__(self, documents: Documents, expired: Callable[[], bool] = never) -> None:
        """Take the documents that versions are read with, and what tells that time has run out."""
        self.expired = expired
        self._documents = documents
        self._parts = lru_cache(maxsize=None)(self._encoded)
        self._versions: dict[str, Policy] = {}

    def look(self) -> None:
        """Look at the clock; raises OutOfTimeError when time has run out."""
        if self.expired():
            raise OutOfTimeError

    def about(self, policy: Policy) -> Part:
        """Give what can be asked about a version.

        Raises RequestError when python-sat is not installed, OutOfTimeError when time has run out.
        """
        self._versions[policy.name] = policy
        return self._parts(policy.name)

    def never(self, policy: Policy, literal: int) -> bool:
        """Tell whether it is proved that no claim makes a literal of a version true; errors as for `about`."""
        part = self.about(policy)
        return not part.can(literal) and part.proof() == "proved"

    def _encoded(self, name: str) -> Part:
        self.look()
        side = alone(self._documents, self._versions[name], _WHENEVER, any_date=True)
        newest = rulings(side)[-1]  # dates differ in remittance codes alone, which no check asks about
        ruling = msgspec.structs.replace(newest, spans=((None, None),))
        encoding = Encoding([ruling.rules], (), self.expired)
        return Part(encoding, encoding.encoders[0], ruling, side.decide)


class CheckContext(msgspec.Struct, frozen=True):
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


def desk_of(documents: Documents) -> CheckContext:
    """Put all policies of documents in a context, and nothing else."""
    policies = tuple(version for _, versions in sorted(documents.policies.items()) for version in versions)
    return CheckContext(documents, policies, Questions(documents))


@cache
def shipped_context() -> CheckContext:
    """Put the policies that payrule ships in a context.

    >>> len(shipped_context().policies) > 1
    True
    """
    return desk_of(read_documents())
