"""Short names for the properties of messages, none of which the engine can mistake for another.

durable_rules compares property names by a 32-bit hash alone (FNV-1a) and never by their letters, so that two names of
one hash are one property to it. Names are therefore chosen here, not by the author of a policy, and checked.
"""

from collections.abc import Iterable, Iterator
from itertools import product
from string import ascii_letters, digits

RESERVED = ("id", "sid", "$s", "$i", "$m", "$forward", "n", "o")
"""Properties that the engine uses itself, and two that every network uses: `n` numbers a message, `o` names a line."""


def fnv1a(text: str) -> int:
    """Hash a name as the engine does (32-bit FNV-1a).

    >>> fnv1a("id"), fnv1a("sid")
    (926444256, 3593476751)
    """
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def short_names() -> Iterator[str]:
    """Propose names, the shortest first: a message repeats them, and the engine copies a message for each match."""
    for length in (1, 2, 3):
        for letters in product(ascii_letters + digits, repeat=length):
            yield "".join(letters)


def distinct_names(count: int, proposals: Iterable[str] | None = None) -> tuple[str, ...]:
    """Choose names of pairwise different hash, also different from every reserved name.

    Raises ValueError when the proposals do not suffice.

    >>> distinct_names(2)
    ('a', 'b')
    >>> distinct_names(2, ["sid", "liquid", "costarring", "x"])
    ('liquid', 'x')
    """
    taken = {fnv1a(name) for name in RESERVED}
    chosen: list[str] = []
    for name in short_names() if proposals is None else proposals:
        if len(chosen) == count:
            break
        hashed = fnv1a(name)
        if hashed not in taken:
            taken.add(hashed)
            chosen.append(name)
    if len(chosen) < count:
        raise ValueError(f"only {len(chosen)} of {count} names differ in their hash")
    return tuple(chosen)
