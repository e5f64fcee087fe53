"""Check that a vocabulary can be used: its names mean something, and what the engine needs is there."""

from collections import Counter
from collections.abc import Iterator

from payrule.documents.findings import Finding
from payrule.documents.models import Attribute, Vocabulary
from payrule.documents.payer_names import region_findings, unknown_method
from payrule.documents.places import Path, Text
from payrule.documents.suggest import did_you_mean

NEEDED = {"line.code": "code", "line.date": "date"}
"""Attributes that every encounter has, with their types: what was billed, and when it was given."""

_EFFECTS = ("denied", "returned", "affirmative", "neutral")


def vocabulary_name_findings(
    vocabulary: Vocabulary, methods: frozenset[str], functions: frozenset[str], text: Text
) -> tuple[Finding, ...]:
    """List what is wrong in a vocabulary; `methods` are for units, `functions` derive attributes."""
    found = [*region_findings(vocabulary.regions.contiguous, vocabulary, text, ("regions", "contiguous"))]
    if vocabulary.timed.method not in methods:
        found.append(unknown_method(vocabulary.timed.method, methods, text, ("timed", "method")))
    found += _needed_findings(vocabulary, text)
    for name, attribute in vocabulary.attributes.items():
        found += _attribute_findings(attribute, ("attributes", name), text)
        found += _default_findings(attribute, vocabulary, ("attributes", name), text)
    found += _derived_findings(vocabulary, functions, text)
    found += _order_findings(vocabulary, text)
    return tuple(found)


def _needed_findings(vocabulary: Vocabulary, text: Text) -> Iterator[Finding]:
    for name, kind in NEEDED.items():
        attribute = vocabulary.attributes.get(name)
        if attribute is None or attribute.type != kind or attribute.many or not attribute.required:
            path: Path = ("attributes",) if attribute is None else ("attributes", name)
            message = f"every line needs the attribute `{name}`"
            cure = f'declare it as {{"type": "{kind}", "required": true, …}}'
            yield text.finding(path, "attribute-needed", message, cure)


def _attribute_findings(attribute: Attribute, path: Path, text: Text) -> Iterator[Finding]:
    name = path[-1]
    if attribute.type == "choice" and not attribute.values:
        message = f"`{name}` is a choice and has no values to choose from"
        yield text.finding(path, "no-values", message, "list them under `values`")
    elif attribute.pattern is not None and attribute.type not in {"code", "text"}:
        message = f"`{name}` is no code and no text, so it has no pattern"
        yield text.finding((*path, "pattern"), "unfit-pattern", message, "remove `pattern`")


def _default_findings(attribute: Attribute, vocabulary: Vocabulary, path: Path, text: Text) -> Iterator[Finding]:
    """List what is wrong with a default that is another attribute's value."""
    if attribute.default_from is None:
        return
    place = (*path, "default_from")
    source = vocabulary.attributes.get(attribute.default_from)
    if source is None or source is attribute:
        message = f"there is no other attribute `{attribute.default_from}` to take a default from"
        others = [name for name in vocabulary.attributes if name != path[-1]]
        yield text.finding(place, "unknown-attribute", message, did_you_mean(attribute.default_from, others))
    elif not _can_lend(attribute, source, str(path[-1]).startswith("line."), attribute.default_from):
        message = f"`{path[-1]}` cannot hold what `{attribute.default_from}` holds"
        cure = "name an attribute of the same type that holds one code, text or choice and has no such default itself"
        yield text.finding(place, "unfit-default", message, cure)


def _can_lend(attribute: Attribute, source: Attribute, is_of_line: bool, named: str) -> bool:  # noqa: FBT001 - said where it is called
    same = (source.type, source.many, source.pattern) == (attribute.type, False, attribute.pattern)
    held = set(source.values) <= set(attribute.values) and attribute.type in {"code", "text", "choice"}
    own = not (attribute.many or attribute.default or attribute.derived or source.derived or source.default_from)
    return same and held and own and (is_of_line or not named.startswith("line."))


def _derived_findings(vocabulary: Vocabulary, functions: frozenset[str], text: Text) -> Iterator[Finding]:
    used = Counter(attribute.derived for attribute in vocabulary.attributes.values())
    for name, attribute in vocabulary.attributes.items():
        if attribute.derived is None:
            continue
        path: Path = ("attributes", name, "derived")
        if attribute.derived not in functions:
            message = f"there is no function `{attribute.derived}` to derive `{name}` with"
            yield text.finding(path, "unknown-function", message, did_you_mean(attribute.derived, functions))
        elif used[attribute.derived] > 1:
            message = f"`{attribute.derived}` derives more than one attribute"
            yield text.finding(path, "derived-twice", message, "keep one of them")


def _order_findings(vocabulary: Vocabulary, text: Text) -> Iterator[Finding]:
    for index, concern in enumerate(vocabulary.concerns):
        blocking = [min(_EFFECTS.index(value.effect), 2) for value in concern.values]
        if blocking != sorted(blocking):
            yield text.finding(
                ("concerns", index, "values"),
                "values-not-strictest-first",
                f"the values of `{concern.id}` are not in the order of their effect",
                "list values that deny first, then those that return, then the others",
            )
