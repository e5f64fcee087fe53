"""How long a property is searched."""

from hypothesis import settings

_USUAL = settings.get_profile("default").max_examples


def examples(number: int) -> settings:
    """Try so many examples, and as many times more, or fewer, as the profile (`soak`, `quick`) tries than usual."""
    return settings(max_examples=scaled(number))


def scaled(number: int) -> int:
    """Give as much more, or less, of a number as the profile tries than usual."""
    chosen = settings.default or settings()
    return max(1, number * chosen.max_examples // _USUAL)
