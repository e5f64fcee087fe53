"""Time limits: what tells that time has run out, and looks at the clock while formulas are built and solved.

Time that has run out stays so: what was cut off may be left half done, for nothing is asked of it any more.
"""

from collections.abc import Callable

from payrule.documents.findings import PayruleError

_BETWEEN = 256
"""Steps between two looks at the clock; each takes some microseconds."""


class OutOfTimeError(PayruleError):
    """A question was cut off by the time limit; its answer is not known."""


def never() -> bool:
    """Set no time limit.

    >>> never()
    False
    """
    return False


class Clock:
    """Count steps, and look at the clock now and then.

    >>> clock = Clock(lambda: True)
    >>> [clock.tick() for _ in range(1_000)]
    Traceback (most recent call last):
    payrule.analysis.clock.OutOfTimeError
    """

    def __init__(self, expired: Callable[[], bool] = never) -> None:
        """Take what tells that time has run out."""
        self._expired = expired
        self._steps = 0

    def tick(self) -> None:
        """Count a step; raises OutOfTimeError when time has run out."""
        self._steps += 1
        if self._steps >= _BETWEEN:
            self._steps = 0
            self.look()

    def look(self) -> None:
        """Look at the clock now; raises OutOfTimeError when time has run out."""
        if self._expired():
            raise OutOfTimeError
