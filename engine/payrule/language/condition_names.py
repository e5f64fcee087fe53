"""Check the names inside a condition: sets, facts, and values that a set brings along."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from payrule.documents.encounter_values import value_reader
from payrule.documents.findings import Finding
from payrule.documents.models import Attribute
from payrule.documents.places import Path, Text
from payrule.documents.suggest import did_you_mean
from payrule.documents.values import is_range, split_range
from payrule.documents.wording import repaired
from payrule.language.condition import Condition, Count, Fact, Test, walk
from payrule.language.fact_names import is_local
from payrule.language.names import Names


class Place(msgspec.Struct, frozen=True):
    """Where in a document a name stands, and with what names it is read."""

    text: Text
    names: Names
    path: Path

    def at(self, *steps: str | int) -> "Place":
        """Go further down."""
        return msgspec.structs.replace(self, path=(*self.path, *steps))

    def finding(self, code: str, message: str, cure: str | None) -> Finding:
        """Make a finding here."""
        return self.text.finding(self.path, code, message, cure)


def condition_findings(condition: Condition, text: Text, names: Names) -> Iterator[Finding]:
    """List what is wrong with the names in a condition whose shape has been accepted."""
    for node, inside in walk(condition):
        place = Place(text, names, node.path)
        if isinstance(node, Count):
            yield from _count(node, place)
        elif isinstance(node, Fact):
            yield from _fact(node.name, place, inside=inside)
        elif isinstance(node, Test):
            yield from _test(node, place)


def _count(node: Count, place: Place) -> Iterator[Finding]:
    number = len(node.parts)
    if node.at_least > number:
        yield place.at("at_least").finding(
            "count-too-high",
            f"at least {node.at_least} of {number} conditions can never hold",
            f"use a number from 1 to {number}",
        )


def _fact(name: str, place: Place, *, inside: bool) -> Iterator[Finding]:
    if name not in place.names.facts:
        cure = did_you_mean(name, place.names.facts, otherwise="define it under `facts`")
        yield place.finding("unknown-fact", f"there is no fact `{name}`", cure or "define it under `facts`")
    elif inside and not is_local(name, place.names):
        yield place.finding(
            "fact-not-local",
            f"the fact `{name}` looks at other lines, so it cannot stand inside `other_line`",
            "use a fact about a single line, or write the condition out outside of `other_line`",
        )


def _test(node: Test, place: Place) -> Iterator[Finding]:
    declared = place.names.attribute(node.attribute)
    spans = place.names.vocabulary.spans
    if spans is not None and node.attribute == spans.last:
        message = f"no rule can ask for `{node.attribute}`: each day of a line is decided by itself"
        yield place.finding("unreadable-attribute", message, f"ask for `{spans.first}`, which is that day")
    if node.set_name is not None:
        yield from _set_findings(node.set_name, node.attribute, declared, place)
    elif isinstance(node.operand, tuple) and declared.type == "code":
        yield from range_findings(node.operand, place)


def _set_findings(name: str, attribute: str, declared: Attribute, place: Place) -> Iterator[Finding]:
    sets = place.names.sets
    if name not in sets:
        near = did_you_mean(name, sets, otherwise="define it under `sets`") or "define it under `sets`"
        yield place.finding("unknown-set", f"there is no set `@{name}`", near.replace("mean `", "mean `@"))
        return
    misfits = [member for member in sets[name] if not _fits(declared, member)]
    if misfits:
        yield place.finding(
            "set-does-not-fit",
            f"the set `@{name}` holds `{misfits[0]}`, which is no value of `{attribute}`",
            _meant(str(misfits[0]), declared) or "name a set of the attribute's own values",
        )


def _meant(member: str, attribute: Attribute) -> str | None:
    near = repaired(member, attribute.pattern) if attribute.pattern is not None else None
    return f"write `{near}`" if near else did_you_mean(member, attribute.values)


def _fits(attribute: Attribute, member: str | int) -> bool:
    """Tell whether a member of a set is a value of the attribute, or a range of its codes."""
    read = value_reader(msgspec.structs.replace(attribute, many=False))
    ends = split_range(str(member)) if attribute.type == "code" and is_range(member) else (member,)
    try:
        return all(read(each) is not None for each in ends)
    except (KeyError, TypeError, ValueError):
        return False


def range_findings(members: Sequence[Any], place: Place) -> Iterator[Finding]:
    """List ranges of codes whose ends are of different length, or in the wrong order."""
    for index, member in enumerate(members):
        if is_range(member):
            low, high = split_range(member)
            if len(low) != len(high) or low > high:
                yield place.at(index).finding(
                    "bad-range",
                    f"`{member}` is not a range of codes",
                    "write the lower code first and both of one length, as in `00010-00019`",
                )
