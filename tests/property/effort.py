"""How long a property is searched."""

from hypothesis import settings

_USUAL = settings.get_profile("default").max_examples


def examples(number: int) -> settings:
    """Try so many examples, and as many times more, or fewer, as the profile (`soak`, `quick`) tries than usual."""
    chosen = settings.default or settings()
    return settings(max_examples=max(1, number * chosen.max_examples // _USUAL))
