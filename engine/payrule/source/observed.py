"""What a program that uses payrule can observe of its work: log records and spans, with counts and never with claims.

Records go to the logger `payrule`, which has no handler of its own. Spans are those of OpenTelemetry, where the
program has imported its API; payrule neither needs nor imports it.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logging import Logger


@cache
def log() -> "Logger":
    """Give the logger, which nobody reads who has not imported `logging`.

    >>> log().name
    'payrule'
    """
    import logging  # noqa: PLC0415 - a command that writes no records starts without it

    found = logging.getLogger("payrule")
    found.addHandler(logging.NullHandler())
    return found


Counts = dict[str, int | str]
"""What a step says of itself: numbers, and names of the rulebase such as a payer; nothing of a claim."""


@contextmanager
def step(name: str, **says: int | str) -> Iterator[Counts]:
    """Observe a step of the work as a span and, at its end, as a log record; what is put into the value is added.

    >>> with step("payrule.read", files=2) as counts:
    ...     counts["claims"] = 7
    """
    counts: Counts = dict(says)
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None:
        yield counts
    else:
        with trace.get_tracer("payrule").start_as_current_span(name) as span:
            yield counts
            span.set_attributes({f"payrule.{key}": value for key, value in counts.items()})
    if (logging := sys.modules.get("logging")) is not None and log().isEnabledFor(logging.DEBUG):
        log().debug("%s: %s", name, ", ".join(f"{key} {value}" for key, value in counts.items()))
