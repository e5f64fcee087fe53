"""How long a property is searched."""

from hypothesis import settings

_USUAL = settings.get_profile("default").max_examples


def examples(number: int) -> settings:
    """Try so many examples with each change, and as many times more as the profile (`soak`) tries more than usual."""
    chosen = settings.default or settings()
    return settings(max_examples=number * chosen.max_examples // _USUAL)
