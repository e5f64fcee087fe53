"""Say in words what a part of a document was and is; of lists and maps only what was lost and gained."""

from collections.abc import Callable, Mapping
from typing import Any

from payrule.documents.digests import ORDERED
from payrule.language.condition import parse
from payrule.language.words import sentence, value_words

_IN_FULL = ORDERED - {"cites"}
"""Keys of lists that are told from first to last, since a change of their order is one of what they say."""


def both_in_words(key: str, before: Any, after: Any) -> tuple[str | None, str | None]:
    """Say what a key held and holds; None for nothing.

    >>> both_in_words("members", ["00001", "00002"], ["00002", "00003"])
    ('00001', '00003')
    >>> both_in_words("tiers", [["a"], ["b", "c"]], [["b", "c"], ["a"]])
    ('a, then b with c', 'b with c, then a')
    >>> both_in_words("presumptions", {"line.units": 1, "line.code": "1"}, {"line.units": 2, "line.code": "1"})
    ('line.units: 1', 'line.units: 2')
    """
    if key not in _SAID or key == "cites":
        before, after = _differing(key, before, after), _differing(key, after, before)
    return _words(key, before), _words(key, after)


def whole_in_words(values: Mapping[str, Any]) -> str | None:
    """Say of a whole part what matters most: what a rule answers and when, the members of a set, or its own words.

    >>> whole_in_words({"when": {"line.code": {"is": "00001"}}, "summary": "One code."})
    'code is 00001'
    >>> whole_in_words({"text": "Nothing follows.", "reason": "It is a preference."})
    'Nothing follows.'
    """
    if values.get("conclude"):
        return f"{_words('conclude', values['conclude'])}, when {_words('when', values['when'])}"
    return next((_words(key, values[key]) for key in _TELLING if values.get(key) is not None), None)


_TELLING = ("when", "members", "text", "title", "summary", "wording")


def _differing(key: str, here: Any, there: Any) -> Any:
    """Leave of a list or a map what another one does not have; all of it where only the order differs."""
    if isinstance(here, dict) and isinstance(there, dict):
        return {name: _differing(name, each, there.get(name)) for name, each in here.items() if each != there.get(name)}
    if isinstance(here, list) and isinstance(there, list) and key not in _IN_FULL:
        own = [each for each in here if each not in there]
        return own if own or any(each not in here for each in there) else here
    return here


def _words(key: str, value: Any) -> str | None:
    if value is None or value in ([], {}):
        return None
    return _SAID.get(key, _plainly)(value)


def _plainly(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_words(name, each) or 'nothing'}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(" with ".join(each) if isinstance(each, list) else _plainly(each) for each in value)
    return value_words(value)


def _conclusion(value: Mapping[str, Any]) -> str:
    liability = f", liability {value['liability']}" if value.get("liability") else ""
    return f"{value['concern']} {value['modality']} be {value['value']}{liability}"


def _cite(cite: Mapping[str, Any]) -> str:
    digest = f" ({cite['digest'].removeprefix('sha256:')[:8]})" if cite.get("digest") else ""
    return f"{cite['source']}: {cite['locator']}{digest}"


def _accepted(conflict: Mapping[str, Any]) -> str:
    one, two = conflict["rules"]
    return f"{one} against {two}: {conflict['reason']}"


_SAID: dict[str, Callable[[Any], str]] = {
    "when": lambda value: sentence(parse(value)),
    "conclude": _conclusion,
    "effective": lambda value: f"from {value.get('from') or 'any date'} to {value.get('to') or 'any date'}",
    "cites": lambda value: "; ".join(map(_cite, value)),
    "accepted_conflicts": lambda value: "; ".join(map(_accepted, value)),
    "tiers": lambda value: ", then ".join(" with ".join(tier) for tier in value),
}
