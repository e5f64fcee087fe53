"""Work that may take only so much processor time, after which it is ended where it is."""

import signal
import threading
from collections.abc import Callable
from typing import TypeVar

_Made = TypeVar("_Made")


class OverBudgetError(BaseException):
    """Work was ended because it took too much processor time; no handler of errors takes it for one of its own."""


class _Alarm:
    """Whether work is to be ended when the timer of the process comes; only the main thread is told."""

    is_set = False

    @classmethod
    def ring(cls, *_: object) -> None:
        if cls.is_set:
            cls.is_set = False
            raise OverBudgetError


def set_alarm() -> None:
    """Make `within` end work; to be called once in the main thread, in which the event loop then runs."""
    signal.signal(signal.SIGVTALRM, _Alarm.ring)


def within(seconds: float, work: Callable[[], _Made]) -> _Made:
    """Do some work, for at most so many seconds of processor time; raises OverBudgetError where it takes longer.

    Without `set_alarm`, or in another thread, it takes as long as it takes. The driver of the rules engine and all of
    payrule stand an interrupt at any step, as they stand Ctrl-C.

    >>> within(1.0, lambda: 2)
    2
    """
    if signal.getsignal(signal.SIGVTALRM) != _Alarm.ring or threading.current_thread() is not threading.main_thread():
        return work()
    try:
        _Alarm.is_set = True
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        return work()
    finally:
        _Alarm.is_set = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
