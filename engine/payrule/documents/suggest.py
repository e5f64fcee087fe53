"""Say "did you mean" when a name is close to one that exists."""

from collections.abc import Iterable
from difflib import get_close_matches


def closest(name: str, known: Iterable[str]) -> str | None:
    """Find the known name nearest to a misspelt one, or None when none is near.

    Case and the difference of `-`, `_` and blank do not count; a name that differs in its prefix only (`code` for
    `line.code`) is near too.

    >>> closest("line.cdoe", ["line.code", "line.date"])
    'line.code'
    >>> closest("code", ["line.code", "line.date"])
    'line.code'
    >>> closest("zebra", ["line.code"]) is None
    True
    """
    folded = {_fold(candidate): candidate for candidate in sorted(known, reverse=True)}
    wanted = _fold(name)
    if wanted in folded:
        return folded[wanted]
    tails = sorted(candidate for candidate in folded if candidate.rsplit(".", 1)[-1] == wanted.rsplit(".", 1)[-1])
    near = get_close_matches(wanted, sorted(folded), n=1, cutoff=0.6)
    if tails and (not near or "." not in wanted):
        return folded[tails[0]]
    return folded[near[0]] if near else None


def did_you_mean(name: str, known: Iterable[str], *, otherwise: str | None = None) -> str | None:
    """Word the suggestion as a help text; without a near name list the choices when they are few.

    >>> did_you_mean("benfit", ["benefit", "coding"])
    'did you mean `benefit`?'
    >>> did_you_mean("zzz", ["benefit", "coding"])
    'use one of `benefit`, `coding`'
    """
    names = sorted(known)
    near = closest(name, names)
    if near is not None:
        return f"did you mean `{near}`?"
    if otherwise is None and 0 < len(names) <= _FEW:
        return "use one of " + ", ".join(f"`{each}`" for each in names)
    return otherwise


_FEW = 12


def _fold(name: str) -> str:
    return name.lower().replace("_", "-").replace(" ", "-")
