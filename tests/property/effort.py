"""How long a property is searched, and which cases of a table wait for `make test`."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

_USUAL = settings.get_profile("default").max_examples
_FEWEST = 3
"""Examples of a property, however few the profile tries."""


def examples(number: int) -> settings:
    """Try so many examples, and as many times more, or fewer, as the profile (`soak`, `quick`) tries than usual."""
    return settings(max_examples=max(min(number, _FEWEST), scaled(number)))


def soaked(number: int) -> settings:
    """Draw so many examples, and neither keep nor shrink one."""
    return settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def scaled(number: int) -> int:
    """Give as much more, or less, of a number as the profile tries than usual."""
    chosen = settings.default or settings()
    return max(1, number * chosen.max_examples // _USUAL)


def mostly_slow(cases: Iterable[Any], quick: int = 1) -> list[Any]:
    """Mark all cases of a table as slow but the first few, for tests of some seconds each."""
    rows = [case if isinstance(case, tuple) else (case,) for case in cases]
    return [pytest.param(*row, marks=[pytest.mark.slow] * (at >= quick)) for at, row in enumerate(rows)]
