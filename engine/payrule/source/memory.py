"""How memory is treated while much is made that stays: modules, documents, compiled rules."""

import gc


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
