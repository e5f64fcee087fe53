"""Numbers of things, as a sentence says them."""


def counted(number: int, noun: str) -> str:
    """Say how many of something there are.

    >>> counted(1, "line"), counted(1_200, "line")
    ('1 line', '1,200 lines')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
