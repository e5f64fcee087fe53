"""How messages are numbered, so that five digits of a match tell what it is about.

A line has three numbers in a row, one for each reading, and so has a sighting. A message's number is also its name
(`id`), but for news of derived items, which are numbered like their line and named one by one.
"""

FIRST_LINE = 10_000
FIRST_SIGHTING = 60_000
AFTER_LAST = 100_000

FIRST_DERIVED = 100_000
LAST_DERIVED = 790_000
"""The engine tells names apart by a 32-bit hash alone; up to here, no two hash the same."""

DEFINITE, POSSIBLE, BOTH = 0, 1, 2
"""The readings of a message; one whose readings are the same is told once, as both."""


def line_number(line: int) -> int:
    """Give a line of a run its first number, to which the reading is added.

    >>> line_number(1) + POSSIBLE
    10004
    """
    return FIRST_LINE + 3 * line


def sighting_number(place: int) -> int:
    """Give a sighting of a run its first number, to which the reading is added.

    >>> sighting_number(0) + BOTH
    60002
    """
    return FIRST_SIGHTING + 3 * place


def told_by(number: int) -> tuple[bool, int, tuple[int, ...]]:
    """Tell whether a message is about a sighting, which line or sighting, and where its readings are noted.

    What is so of a line in the definite reading is noted at twice its number, in the possible one beside it.

    >>> told_by(10004), told_by(60002)
    ((False, 1, (3,)), (True, 0, (0, 1)))
    """
    sighted = number >= FIRST_SIGHTING
    place, reading = divmod(number - (FIRST_SIGHTING if sighted else FIRST_LINE), 3)
    return sighted, place, (2 * place, 2 * place + 1) if reading == BOTH else (2 * place + reading,)
