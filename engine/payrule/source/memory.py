"""How memory is treated: while much is made that stays, such as compiled rules, and what is made of keys and kept."""

import gc
from collections.abc import Callable
from typing import TypeVar

Key = TypeVar("Key")
Made = TypeVar("Made")

_LONGEST_REMEMBERED = 64
"""Characters of a text that is kept as a key."""


class Uncollected:
    """Look for no garbage in a context: little of what is made there is any, and looking takes a third of the time.

    Of contexts at the same time in several threads, the first that ends lets garbage be collected again.

    >>> with Uncollected():
    ...     gc.isenabled()
    False
    """

    def __enter__(self) -> None:
        """Collect nothing."""
        self._collected = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        """Collect what is made from here on, if it was so before."""
        if self._collected:
            gc.enable()


class Remembered(dict[Key, Made]):
    """What a function makes of keys, made once; emptied when it holds `most`. A long text is not kept.

    Callers that have many keys to look up index this directly.

    >>> lengths = Remembered(len)
    >>> lengths["abc"], len(lengths)
    (3, 1)
    """

    def __init__(self, make: Callable[[Key], Made], most: int = 4096) -> None:
        """Begin with nothing."""
        super().__init__()
        self._make, self._most = make, most

    def __missing__(self, key: Key) -> Made:
        """Make what was not asked for before."""
        found = self._make(key)
        if not isinstance(key, str) or len(key) <= _LONGEST_REMEMBERED:
            if len(self) >= self._most:
                self.clear()
            self[key] = found
        return found
