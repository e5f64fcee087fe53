"""What a place in a document names, where that is defined, and how rules and quotas are renamed everywhere."""

from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Literal, NamedTuple

from payrule.lsp.documents import OpenDocument, Place, Spot, mapping, objects, spot_at, spot_of
from payrule.scaffold.rulebase import free_name
from payrule.source.diagnostics import RequestError
from payrule.source.json_source import JsonSource, Path

Kind = Literal["set", "fact", "quota", "rule", "source", "policy", "payer", "concern", "attribute", "carc", "rarc"]


class Reference(NamedTuple):
    """A name and what it names; a rule's is `policy/rule`, or `rule` within its own policy."""

    kind: Kind
    name: str


def reference_at(spot: Spot | None) -> Reference | None:
    """Say what a spot names, be it used or defined there; nowhere is nothing named.

    >>> reference_at(Spot(("rules", 0, "when", "line.code", "in"), False, "@stretches", 9, 20))
    Reference(kind='set', name='stretches')
    >>> reference_at(Spot(("rules", 0, "summary"), False, "plain", 9, 16)) is None
    True
    """
    if spot is None or not isinstance(spot.value, str):
        return None
    kind = _key(spot.path) if spot.is_key else _value(spot.path)
    if kind == "set" and not spot.is_key:
        return Reference("set", spot.value[1:]) if spot.value.startswith("@") else None
    return None if kind is None else Reference(kind, spot.value)


def _key(path: Path) -> Kind | None:
    if len(path) == _DEFINED and path[0] in _DEFINITIONS:
        return _DEFINITIONS[path[0]]
    if path[-2:-1] == ("quota",):
        return "quota"
    return "attribute" if "." in str(path[-1]) or _is_asked(path) else None


def _is_asked(path: Path) -> bool:
    """Tell whether a path is part of a condition."""
    return "when" in path or "where" in path


def _value(path: Path) -> Kind | None:
    names = ("$", *("*" if isinstance(each, int) else each for each in path))
    for ending, kind in _ENDINGS.items():
        if names[-len(ending) :] == ending:
            return kind
    if not _is_asked(path):
        return None
    return "fact" if "fact" in path[-2:] else "set"


_DEFINED = 2
_DEFINITIONS: dict[str | int, Kind] = {
    "sets": "set",
    "facts": "fact",
    "quotas": "quota",
    "sources": "source",
    "attributes": "attribute",
    "remittance": "rule",
}

_ENDINGS: dict[tuple[str, ...], Kind] = {
    ("rules", "*", "id"): "rule",
    ("overrides", "*"): "rule",
    ("shows", "*", "rule"): "rule",
    ("reasons", "*"): "rule",
    ("overruled", "*"): "rule",
    ("conflicts", "*", "*"): "rule",
    ("accepted_conflicts", "*", "rules", "*"): "rule",
    ("cites", "*", "source"): "source",
    ("conclude", "concern"): "concern",
    ("expect", "*", "concern"): "concern",
    ("tiers", "*", "*"): "policy",
    ("remittance", "carc"): "carc",
    ("rarc", "*"): "rarc",
    ("same", "*"): "attribute",
    ("of",): "attribute",
    ("highest",): "attribute",
    ("lowest",): "attribute",
    ("quota",): "quota",
    ("$", "payer"): "payer",
    ("$", "replaces"): "policy",
    ("$", "consider"): "policy",
}
"""What a value names, by the end of its path; `*` is any place in a list, `$` the document."""


def definitions(document: OpenDocument, offset: int) -> tuple[Place, ...]:
    """Say where the name at an offset is defined; nowhere when it is no name, or names nothing."""
    reference = reference_at(spot_at(document.text, offset))
    if reference is None:
        return ()
    spots = ((each.text, spot_of(each.text, each.spelled, key=each.by_key)) for each in defined(document, reference))
    return tuple(Place(FilePath(text.file or ""), spot.start, spot.end) for text, spot in spots if spot is not None)


class Definition(NamedTuple):
    """Where a name is defined: the text, the path of the object there, and whether its key or its `id` is the name."""

    text: JsonSource
    path: Path
    by_key: bool = False

    @property
    def spelled(self) -> Path:
        """The path of the name."""
        return self.path if self.by_key else (*self.path, "id")


def defined(document: OpenDocument, reference: Reference) -> Iterator[Definition]:
    """Find where a name is defined; a policy's own code list or definition comes before the vocabulary's.

    After both comes a code list that is a document of its own. A rule without its policy is one of this document.
    """
    kind, name = reference
    if kind == "rule":
        policy, _, rule = name.rpartition("/")
        for text in document.versions(policy) if policy else (document.text,):
            rules = objects(mapping(text.value).get("rules"))
            yield from (Definition(text, ("rules", n)) for n, each in rules if each.get("id") == rule)
    elif kind == "policy":
        policy, _, wanted = name.partition("@")
        versions = ((each, mapping(each.value).get("version")) for each in document.versions(policy))
        yield from (Definition(text, ()) for text, version in versions if wanted in ("", version))
    elif kind == "payer":
        yield from (Definition(text, ()) for text in document.payers if mapping(text.value).get("id") == name)
    elif kind == "concern":
        concerns = objects(document.words.get("concerns"))
        yield from (Definition(document.vocabulary, ("concerns", n)) for n, each in concerns if each.get("id") == name)
    else:
        key = kind if kind in ("carc", "rarc") else f"{kind}s"
        holders = {"attribute": (document.vocabulary,), "carc": (document.codes,), "rarc": (document.codes,)}
        for text in holders.get(kind, (document.text, document.vocabulary)):
            if name in mapping(mapping(text.value).get(key)):
                yield Definition(text, (key, name), by_key=True)
                return
        if kind == "set" and name in document.code_sets:
            yield Definition(document.code_sets[name], ())


SETTLED = frozenset({"in-force", "retired"})
"""Versions that are never changed."""


def renamable(document: OpenDocument, offset: int) -> Spot | None:
    """Give the spot of the name of a rule or a quota; None where there is none, for nothing else is renamed."""
    spot = spot_at(document.text, offset)
    reference = reference_at(spot)
    return spot if reference is not None and reference.kind in ("rule", "quota") else None


def renamed(document: OpenDocument, offset: int, name: str) -> dict[Place, str]:
    """Say what to write where so that a rule, or a quota in its version, has another name.

    Where a version that is never changed has the rule too, examples and payers mean that one, and keep its name.

    Raises RequestError when the name cannot be given, or the rule is only in versions that are never changed.
    """
    spot = renamable(document, offset)
    if spot is None:
        return {}
    if reference_at(spot) == Reference("quota", str(spot.value)):
        return _renamed_quota(document, str(spot.value), name)
    policy, _, old = str(spot.value).rpartition("/")
    policy = policy or str(document.value.get("id"))
    name = name.rpartition("/")[2]
    having = [each for each in document.versions(policy) if old in _rules(each)]
    open_to_change = [each for each in having if mapping(each.value).get("status") not in SETTLED]
    _refuse(policy, old, name, having, open_to_change)
    places = [place for text in open_to_change for place in _uses(text, old)]
    if len(open_to_change) == len(having):
        places += [place for text in (*document.examples, *document.payers) for place in _uses(text, f"{policy}/{old}")]
    return dict.fromkeys(places, name)


def _renamed_quota(document: OpenDocument, old: str, name: str) -> dict[Place, str]:
    free_name("quota", name, name in mapping(document.value.get("quotas")))
    if document.value.get("status") in SETTLED:
        message = f"the quota `{old}` is in a version that is in force or retired, which is never changed"
        help_text = f"make the next one first: `payrule new version {document.value.get('id')}`"
        raise RequestError.of("version-settled", message, help_text)
    return dict.fromkeys(_uses(document.text, old, "quota"), name)


def _refuse(policy: str, old: str, name: str, having: list[JsonSource], changing: list[JsonSource]) -> None:
    free_name("rule", name, any(name in _rules(each) for each in having))
    if not changing:
        message = f"`{policy}/{old}` is only in versions that are in force or retired, which are never changed"
        raise RequestError.of("version-settled", message, f"make the next one first: `payrule new version {policy}`")


def _rules(text: JsonSource) -> list[object]:
    return [each.get("id") for _, each in objects(mapping(text.value).get("rules"))]


def _uses(text: JsonSource, name: str, kind: Kind = "rule") -> Iterator[Place]:
    """List where a text has the name of a rule or a quota: its letters, without the policy before it."""
    for is_key, table in ((True, text.keys), (False, text.offsets)):
        for path in table:
            spot = spot_of(text, path, key=is_key)
            if spot is not None and spot.value == name and reference_at(spot) == Reference(kind, name):
                start, end = spot.inner
                yield Place(FilePath(text.file or ""), start + name.find("/") + 1, end)
