"""Check the names inside a condition: sets, facts, and values that a set brings along."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from payrule.documents.encounter_values import value_reader
from payrule.documents.findings import Finding
from payrule.documents.models import Attribute, Condition
from payrule.documents.places import Path, Text
from payrule.documents.suggest import did_you_mean
from payrule.documents.values import is_range, split_range
from payrule.documents.wording import repaired
from payrule.language.fact_names import is_local
from payrule.language.names import Names


class Place(msgspec.Struct, frozen=True):
    """Where in a document a condition stands, with what names it is read, and whether inside `other_line`."""

    text: Text
    names: Names
    path: Path
    within: bool = False

    def at(self, *steps: str | int) -> "Place":
        """Go further down."""
        return msgspec.structs.replace(self, path=(*self.path, *steps))

    def inside_other_line(self) -> "Place":
        """Enter an `other_line`."""
        return msgspec.structs.replace(self, within=True)

    def finding(self, code: str, message: str, cure: str | None) -> Finding:
        """Make a finding here."""
        return self.text.finding(self.path, code, message, cure)


def condition_findings(condition: Condition, place: Place) -> Iterator[Finding]:
    """List what is wrong with the names in a condition whose shape has been accepted."""
    for key, operand in condition.items():
        here = place.at(key)
        if key in _CONNECTIVES:
            yield from _CONNECTIVES[key](operand, here)
        elif key != "same_date":
            for test, value in operand.items():
                yield from _operand_findings(key, value, here.at(test))


def _parts(operand: list[Condition], place: Place) -> Iterator[Finding]:
    for index, part in enumerate(operand):
        yield from condition_findings(part, place.at(index))


def _count(operand: Any, place: Place) -> Iterator[Finding]:
    yield from _parts(operand["of"], place.at("of"))
    number = len(operand["of"])
    if operand["at_least"] > number:
        yield place.at("at_least").finding(
            "count-too-high",
            f"at least {operand['at_least']} of {number} conditions can never hold",
            f"use a number from 1 to {number}",
        )


def _other_line(operand: Any, place: Place) -> Iterator[Finding]:
    inside = place.inside_other_line()
    yield from _parts(operand, inside) if isinstance(operand, list) else condition_findings(operand, inside)


def _fact(operand: str | list[str], place: Place) -> Iterator[Finding]:
    if isinstance(operand, list):
        for index, name in enumerate(operand):
            yield from _fact(name, place.at(index))
    elif operand not in place.names.facts:
        cure = did_you_mean(operand, place.names.facts, otherwise="define it under `facts`")
        yield place.finding("unknown-fact", f"there is no fact `{operand}`", cure or "define it under `facts`")
    elif place.within and not is_local(operand, place.names):
        yield place.finding(
            "fact-not-local",
            f"the fact `{operand}` looks at other lines, so it cannot stand inside `other_line`",
            "use a fact about a single line, or write the condition out outside of `other_line`",
        )


_CONNECTIVES: dict[str, Callable[[Any, Place], Iterator[Finding]]] = {
    "all": _parts,
    "any": _parts,
    "not": condition_findings,
    "count": _count,
    "fact": _fact,
    "other_line": _other_line,
}


def _operand_findings(attribute: str, operand: Any, place: Place) -> Iterator[Finding]:
    declared = place.names.attribute(attribute)
    spans = place.names.vocabulary.spans
    if spans is not None and attribute == spans.last:
        message = f"no rule can ask for `{attribute}`: each day of a line is decided by itself"
        yield place.finding("unreadable-attribute", message, f"ask for `{spans.first}`, which is that day")
    if isinstance(operand, str) and operand.startswith("@"):
        yield from _set_findings(operand[1:], attribute, declared, place)
    elif isinstance(operand, list) and declared.type == "code":
        yield from range_findings(operand, place)


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


def range_findings(members: list[Any] | tuple[Any, ...], place: Place) -> Iterator[Finding]:
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
