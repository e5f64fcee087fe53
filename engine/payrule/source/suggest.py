"""Say "did you mean" when a name is close to one that exists."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

_NONE: Mapping[str, str] = {}


def closest(name: str, known: Iterable[str], also_called: Mapping[str, str] = _NONE) -> str | None:
    """Find the known name nearest to a misspelt one, or None when none is near.

    Case and the difference of `-`, `_` and blank do not count; a name that differs in its prefix only (`code` for
    `line.code`) is near too. `also_called` gives known names by other names that people use for them.

    >>> closest("line.cdoe", ["line.code", "line.date"])
    'line.code'
    >>> closest("code", ["line.code", "line.date"])
    'line.code'
    >>> closest("zebra", ["line.code"]) is None
    True
    >>> closest("Svc Date", ["date", "received"], {"svc date": "date"}), closest("pos", ["purpose"])
    ('date', None)
    """
    folded = {fold(candidate): candidate for candidate in sorted(known, reverse=True)}
    wanted = fold(name)
    meant = folded.get(wanted) or {fold(other): right for other, right in also_called.items()}.get(wanted)
    if meant is not None:
        return meant
    tails = sorted(candidate for candidate in folded if candidate.rsplit(".", 1)[-1] == wanted.rsplit(".", 1)[-1])
    alike = get_close_matches(wanted, sorted(folded), n=3, cutoff=_ALIKE)
    near = [each for each in alike if _share_words(wanted, each) or get_close_matches(wanted, [each], cutoff=_NEAR)]
    if tails and (not near or "." not in wanted):
        return folded[tails[0]]
    return folded[near[0]] if near else None


def did_you_mean(
    name: str, known: Iterable[str], *, otherwise: str | None = None, also_called: Mapping[str, str] = _NONE
) -> str | None:
    """Word the suggestion as a help text; without a near name list the choices when they are few.

    >>> did_you_mean("benfit", ["benefit", "coding"])
    'did you mean `benefit`?'
    >>> did_you_mean("zzz", ["benefit", "coding"])
    'use one of `benefit`, `coding`'
    """
    names = sorted(known)
    near = closest(name, names, also_called)
    if near is not None:
        return f"did you mean `{near}`?"
    if otherwise is None and 0 < len(names) <= _FEW:
        return "use one of " + ", ".join(f"`{each}`" for each in names)
    return otherwise


_FEW = 12
_NEAR, _ALIKE = 0.75, 0.6
"""How much of two names must be the same: a letter more, less, or swapped is near, half of the letters is not. Less is
enough where one has all words of the other."""

_words = re.compile(r"[^-.:]+").findall


def _share_words(one: str, two: str) -> bool:
    """Tell whether one name has all words of the other, as `plain` and `plain-plan`."""
    first, second = set(_words(one)), set(_words(two))
    return first <= second or second <= first


def fold(name: str) -> str:
    """Give a name as those see it who write it in capitals, or with other signs between its words.

    >>> fold("Place_of Service")
    'place-of-service'
    """
    return name.lower().replace("_", "-").replace(" ", "-")
