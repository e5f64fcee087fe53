"""Find the claims among FHIR resources: one alone, those of a Bundle, or one a line; the others are looked up."""

import re
from collections.abc import Container, Iterator, Mapping
from typing import Any, get_args

import msgspec
from msgspec import UNSET

from payrule.encounter.encounter import PATIENT
from payrule.formats.claim_parts import fractional, words_kept
from payrule.formats.encounters import RawEncounter
from payrule.formats.fhir.claims import encounter_of, refused
from payrule.formats.fhir.resources import Claim, ClaimType, Parties
from payrule.model.choices import is_fhir
from payrule.model.vocabulary import Attribute
from payrule.source.diagnostics import Diagnostic, shown

Found = RawEncounter | Diagnostic | tuple[Diagnostic, ...]
"""A claim, what is wrong with a file, or why one claim of it cannot be decided."""

CLAIMS = frozenset(get_args(ClaimType))
_GIVE = "give a `Claim`, an `ExplanationOfBenefit`, or a `Bundle` with some"


def from_fhir(
    items: Iterator[Found],
    taxonomies: Mapping[str, str],
    attributes: Mapping[str, Attribute] | None = None,
    file: str | None = None,
) -> Iterator[Found]:
    """Make claims of the resources among the JSON values that a reader gives; other values pass as they are.

    `taxonomies` gives a provider type for the beginning of a taxonomy code. `attributes` are those of the vocabulary:
    what a claim says beyond them is left out. What is wrong with a claim is named by its FHIRPath.

    >>> claim = {"resourceType": "Claim", "id": "7", "item": [{"sequence": "one"}]}
    >>> (found,) = from_fhir(iter([RawEncounter(claim, "line 1")]), {}, file="a.json")
    >>> found.faults[0].path, found.faults[0].message
    ('line 1, Claim.item[0].sequence', 'a whole number is expected here, and there is a text')
    """
    for item in items:
        if not isinstance(item, RawEncounter) or not is_fhir(item.data):
            yield item
            continue
        for found in _claims(item, taxonomies, fractional(attributes or {})):
            faults = tuple(msgspec.structs.replace(each, file=file) for each in found.faults)
            named = msgspec.structs.replace(found, faults=faults)
            yield named if attributes is None else words_kept(named, attributes)


def _claims(item: RawEncounter, taxonomies: Mapping[str, str], fractions: Container[str]) -> Iterator[RawEncounter]:
    kind = item.data["resourceType"]
    if kind == "Bundle":
        entries = [*_entries(item.data, "Bundle")]
        parties = [(each.address, each.resource) for each in entries if each.resource is not None]
        claims = [each for each in entries if each.resource is None or each.resource["resourceType"] in CLAIMS]
        if not claims:
            yield _not_decided(item, "the Bundle holds no claim", "Bundle.entry")
        for each in claims:
            if each.resource is None:
                refused = _not_decided(item, each.wrong, each.path, "give each entry a `resource` of FHIR R4")
                yield msgspec.structs.replace(refused, doubted=frozenset({PATIENT}))
            else:
                yield _claim(each.resource, parties, (taxonomies, fractions), each.path, item.place)
    elif kind in CLAIMS:
        yield _claim(item.data, [], (taxonomies, fractions), str(kind), item.place)
    else:
        yield _not_decided(item, f"this is a FHIR {shown(kind)}, and no claim", "")


class _Entry(msgspec.Struct, frozen=True):
    """A resource of a Bundle with its FHIRPath and its full address; or None, and what is wrong where it should be."""

    path: str
    address: str | None = None
    resource: Mapping[str, Any] | None = None
    wrong: str = ""


def _entries(bundle: Mapping[str, Any], path: str) -> Iterator[_Entry]:
    """Give the resources of a Bundle, those of Bundles in it among them.

    >>> [each.path for each in _entries({"entry": [{"resource": {"resourceType": "Claim"}}, {}, 7]}, "Bundle")]
    ['Bundle.entry[0].resource', 'Bundle.entry[2]']
    """
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        yield _Entry(f"{path}.entry", wrong="a list is expected here")
        return
    for at, entry in enumerate(entries):
        where = f"{path}.entry[{at}]"
        if not isinstance(entry, dict):
            yield _Entry(where, wrong="an object is expected here")
            continue
        resource: Any = entry.get("resource")
        address = entry.get("fullUrl")
        where = f"{where}.resource"
        if is_fhir(resource) and resource["resourceType"] == "Bundle":
            yield from _entries(resource, where)
        elif is_fhir(resource):
            yield _Entry(where, address if isinstance(address, str) else None, resource)
        elif resource is not None:
            yield _Entry(where, wrong="a resource is expected here, with its `resourceType`")


def _not_decided(item: RawEncounter, message: str, path: str, help_text: str = _GIVE) -> RawEncounter:
    """Refuse a resource that holds no claim: so no patient has one in it."""
    where = f"{item.place}, {path}" if path else item.place
    fault = Diagnostic(code="fhir", message=message, help=help_text, path=where, claim=item.claim or UNSET)
    data: dict[str, object] = {"id": item.claim} if item.claim else {}
    return RawEncounter(data, item.place, faults=(fault,), placed=lambda _: None)


def _claim(
    resource: Mapping[str, Any],
    parties: list[tuple[str | None, Mapping[str, Any]]],
    words: tuple[Mapping[str, str], Container[str]],
    root: str,
    place: str,
) -> RawEncounter:
    contained = resource.get("contained")
    listed = [each for each in contained if isinstance(each, dict)] if isinstance(contained, list) else []
    known = Parties([*parties, *((None, each) for each in listed)])
    try:
        claim = msgspec.convert(resource, Claim)
    except msgspec.ValidationError as fault:
        message, _, path = f"{fault} - at `$`".partition(" - at `$")
        name, help_text = resource.get("id"), f"see the FHIR R4 page of `{resource['resourceType']}`"
        found = Diagnostic(
            code="fhir",
            message=_in_words(message),
            help=help_text,
            path=f"{place}, {root}{path.partition('`')[0]}",
            claim=name if isinstance(name, str) else UNSET,
        )
        return msgspec.structs.replace(refused(resource, known, found), place=place)
    taxonomies, fractions = words
    made = encounter_of(claim, known, taxonomies, root, fractions)
    return msgspec.structs.replace(made, place=place)


_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "`true` or `false`",
    "array": "a list",
    "object": "an object",
    "null": "nothing",
}
_expected = re.compile(r"Expected `([^`]*)`, got `([^`]*)`").match
_lacks = re.compile(r"Object missing required field `([^`]*)`").match


def _in_words(message: str) -> str:
    """Say what is wrong with the shape of a resource as a person would.

    >>> _in_words("Expected `int | null`, got `str`"), _in_words("Object missing required field `sequence`")
    ('a whole number is expected here, and there is a text', '`sequence` is missing')
    """
    if found := _expected(message):
        wanted = [_KINDS.get(each, each) for each in found.group(1).split(" | ") if each != "null"]
        got = _KINDS.get(found.group(2), found.group(2))
        return f"{' or '.join(dict.fromkeys(wanted))} is expected here, and there is {got}"
    if found := _lacks(message):
        return f"`{found.group(1)}` is missing"
    return message[:1].lower() + message[1:]
