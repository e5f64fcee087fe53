"""Compare the named parts of two documents: which were added, removed, renamed, and which keys of them changed."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from payrule.language.condition import parse
from payrule.language.counting import Window
from payrule.language.words import pay_words, sentence, subject_of, value_words, window_words
from payrule.model.choices import LIABILITY_WORDS
from payrule.model.digests import ORDERED, canonical
from payrule.model.policy import Pay, Policy
from payrule.model.vocabulary import Vocabulary
from payrule.results.difference import Edit, EditOf

Area = Literal["rules", "text"]


def _keys(*named: tuple[Area, tuple[str, ...]]) -> dict[str, Area]:
    """Give each key its area; how something was interpreted is text, wherever it is told."""
    return {key: "text" if key.endswith("interpretation") else area for area, keys in named for key in keys}


KEYS: dict[EditOf, dict[str, Area]] = {
    "rule": _keys(
        ("rules", ("when", "conclude", "overrides", "remittance", "remittance_candidates")),
        ("text", ("incurable", "summary", "cites", "advice", "interpretation")),
    ),
    "fact": _keys(("rules", ("when",)), ("text", ("summary", "cites", "interpretation"))),
    "quota": _keys(
        ("rules", ("of", "at_most", "window", "same", "where", "first")),
        ("text", ("summary", "cites", "interpretation")),
    ),
    "note": _keys(("text", ("text", "reason", "cites"))),
    "source": _keys(("text", ("title", "file"))),
    "set": _keys(("rules", ("members",))),
    "concern": _keys(("rules", ("settled", "values", "effect", "remittance")), ("text", ("summary",))),
    "code-set": _keys(("rules", ("entries",)), ("text", ("title", "source", "citation", "interpretation"))),
    "remittance-code": {"wording": "text", "start": "rules", "end": "rules", "needs_rarc": "text"},
    "attribute": _keys(
        ("rules", ("type", "many", "values", "pattern", "minimum", "maximum", "default", "derived", "required")),
        ("rules", ("system",)),
        ("text", ("summary", "example")),
    ),
    "policy": _keys(
        ("text", ("title", "issuer", "authority", "interpretation", "version")),
        ("rules", ("status", "effective", "published", "replaces")),
    ),
    "payer": _keys(
        ("text", ("title", "interpretation", "accepted_conflicts", "regions.interpretation")),
        ("rules", ("purpose", "tiers", "presumptions", "remittance", "units_method", "regions")),
    ),
    "vocabulary": _keys(
        ("rules", ("regions", "regions.interpretation", "timed", "presumptions", "taxonomies")),
        ("rules", ("retired", "retired.interpretation", "frequency", "spans", "spans.interpretation")),
        ("rules", ("pointers", "begins")),
    ),
}
"""The keys of each kind of part, in the order they are told in, and whether they can reach an answer."""


class Part(msgspec.Struct, frozen=True):
    """A named part of a document, and its values by key, in canonical form."""

    of: EditOf
    name: str
    values: dict[str, Any]


Parts = Mapping[str, Part]


def parts(of: EditOf, named: Mapping[str, Any]) -> Parts:
    """Take parts of one kind, by name, as canonical JSON values; a list is the members of a set.

    >>> parts("set", {"adjuncts": ["00001"]})["adjuncts"].values
    {'members': ['00001']}
    """
    found = {name: {"members": each} if isinstance(each, list) else each for name, each in named.items()}
    return {name: Part(of, name, {key: each.get(key) for key in KEYS[of]}) for name, each in found.items()}


Document = dict[EditOf, Parts]
"""The parts of a document, kind by kind."""


def policy_parts(policy: Policy) -> Document:
    """Take the sources, sets, facts, quotas and rules of a policy apart."""
    return parts_of_policy(as_data(policy))


def parts_of_policy(data: dict[str, Any]) -> Document:
    """Take the sources, sets, facts, quotas and rules of a policy apart that is given as canonical JSON."""
    return _parts(data, ("source", "set", "fact", "quota", "rule"))


def vocabulary_parts(vocabulary: Vocabulary) -> Document:
    """Take a vocabulary apart; what has no name of its own is one part."""
    data = as_data(msgspec.structs.replace(vocabulary, code_sets=msgspec.UNSET))
    return {
        "vocabulary": parts("vocabulary", {"vocabulary": data}),
        **_parts(data, ("attribute", "concern", "set", "fact")),
    }


def code_set_parts(vocabulary: Vocabulary) -> Parts:
    """Take the code lists that are documents of their own, each code with the dates on which it is in the list.

    >>> from payrule.model.code_sets import CodeEntry, CodeSet
    >>> hips = CodeSet(kind="code-set", id="hips", title="Hips", entries=(CodeEntry("00001", last="2024-09-30"),))
    >>> from payrule.model.vocabulary import Regions, Timed
    >>> words = Vocabulary(kind="vocabulary", attributes={}, concerns=(), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method=""), code_sets={"hips": hips})
    >>> code_set_parts(words)["hips"].values["entries"]
    {'00001': 'to 2024-09-30'}
    """
    found = {}
    for name, each in vocabulary.dated_sets.items():
        dates: dict[str, list[str]] = {}
        for entry in sorted(each.entries, key=lambda one: one.days):
            dates.setdefault(entry.code, []).append(dates_words(entry.first, entry.last))
        entries = {code: " and ".join(listed) for code, listed in sorted(dates.items())}
        found[name] = msgspec.to_builtins(each) | {"entries": entries}
    return parts("code-set", found)


def dates_words(first: str | None, last: str | None) -> str:
    """Say from when to when, by the first and the last day.

    >>> dates_words(None, "2024-06-30"), dates_words(None, None)
    ('to 2024-06-30', 'any date')
    """
    return " ".join([*([f"from {first}"] if first else []), *([f"to {last}"] if last else [])]) or "any date"


def as_data(document: Any) -> dict[str, Any]:
    """Give a document as canonical JSON; what only says how regions were read stands by itself."""
    data: dict[str, Any] = canonical(msgspec.to_builtins(document))
    regions = data.get("regions")
    if regions is None:
        return data
    return data | {"regions": regions["contiguous"], "regions.interpretation": regions["interpretation"]}


def _parts(data: dict[str, Any], kinds: tuple[EditOf, ...]) -> Document:
    return {of: parts(of, _named(of, data.get(f"{of}s", {}))) for of in kinds}


def _named(of: EditOf, listed: Any) -> dict[str, Any]:
    """Give the parts of one kind by name; a value of a concern is a part of its own."""
    if of == "rule":
        return {each["id"]: each for each in listed}
    if of == "concern":
        found = {each["id"]: each | {"values": [value["value"] for value in each["values"]]} for each in listed}
        return found | {f"{each['id']} {value['value']}": value for each in listed for value in each["values"]}
    return dict(listed)


def part_edits(document: str, old: Parts, new: Parts, *, renamed: Mapping[str, str] | None = None) -> Iterator[Edit]:
    """List the edits between the parts of two documents; the older ones stand under the names of the newer.

    `renamed` gives the names that parts have now by those that they had.

    >>> old, new = (parts("set", {name: ["00001", *more]}) for name, *more in (["a"], ["a", "00002"]))
    >>> [(each.kind, each.name, each.before, each.after) for each in part_edits("p@1.0.0", old, new)]
    [('changed', 'a', None, '00002')]
    """
    former = {now: before for before, now in (renamed or {}).items()}
    for name in sorted({*old, *new}):
        if name not in new:
            yield _whole("removed", document, old[name])
        elif name not in old:
            yield _whole("added", document, new[name])
        else:
            if name in former:
                yield renaming(document, new[name].of, former[name], name)
            yield from _changed(document, old[name], new[name])


def renaming(document: str, of: EditOf, before: str, after: str) -> Edit:
    """Tell that a part, or a whole document, stands under another name."""
    return Edit(kind="renamed", area="text", document=document, of=of, name=after, before=before, after=after)


def _changed(document: str, old: Part, new: Part) -> Iterator[Edit]:
    for key, area in KEYS[new.of].items():
        values = (old.values[key], new.values[key])
        if values[0] != values[1]:
            before, after = both_in_words(key, *values)
            changed = Edit(kind="changed", area=area, document=document, of=new.of, name=new.name, key=key)
            yield replace(changed, before=before, after=after)


def _whole(kind: Literal["added", "removed"], document: str, part: Part) -> Edit:
    area: Area = "rules" if "rules" in KEYS[part.of].values() else "text"
    said = {"after" if kind == "added" else "before": whole_in_words(part.values)}
    return Edit(kind=kind, area=area, document=document, of=part.of, name=part.name, **said)


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
    if values.get("at_most") is not None:
        return f"at most {values['at_most']} {_words('of', values['of'])} {_words('window', values['window'])}"
    return next((_words(key, values[key]) for key in _TELLING if values.get(key) is not None), None)


_TELLING = ("when", "members", "entries", "text", "title", "summary", "wording")


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
    liability = f"; {LIABILITY_WORDS[value['liability']]}" if value.get("liability") else ""
    paid = f"; pays {pay_words(msgspec.convert(value['pay'], Pay))}" if value.get("pay") else ""
    return f"{value['concern']}: {value['value']}{paid}; wording: {value['modality']}{liability}"


def _cite(cite: Mapping[str, Any]) -> str:
    digest = f" ({cite['digest'].removeprefix('sha256:')[:8]})" if cite.get("digest") else ""
    return f"{cite['source']}: {cite['locator']}{digest}"


def _accepted(conflict: Mapping[str, Any]) -> str:
    one, two = conflict["rules"]
    return f"{one} against {two}: {conflict['reason']}"


_SAID: dict[str, Callable[[Any], str]] = {
    "when": lambda value: sentence(parse(value)),
    "where": lambda value: sentence(parse(value)),
    "window": lambda value: window_words(Window.read(value)),
    "of": subject_of,
    "same": lambda value: " and ".join(map(subject_of, value)),
    "first": lambda value: ", then ".join(f"{how} {subject_of(name)}" for key in value for how, name in key.items()),
    "conclude": _conclusion,
    "effective": lambda value: f"from {value.get('from') or 'any date'} to {value.get('to') or 'any date'}",
    "cites": lambda value: "; ".join(map(_cite, value)),
    "accepted_conflicts": lambda value: "; ".join(map(_accepted, value)),
    "tiers": lambda value: ", then ".join(" with ".join(tier) for tier in value),
}
