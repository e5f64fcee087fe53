"""Questions about every encounter at once, asked of one policy version that is bound alone."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache

import msgspec

from payrule.adjudication.loading import Documents
from payrule.analysis.clock import OutOfTimeError, never
from payrule.analysis.encoding import Encoding
from payrule.analysis.part import Part
from payrule.documents.models import Policy
from payrule.review.sides import alone, rulings

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
