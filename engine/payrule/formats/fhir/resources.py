"""The fields of FHIR R4 resources that are read; what else a resource has is let be.

Source: HL7 FHIR R4 (4.0.1), resources Claim, ExplanationOfBenefit, Patient, Practitioner, PractitionerRole,
Organization and Bundle.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

ClaimType = Literal["Claim", "ExplanationOfBenefit"]


class Coding(msgspec.Struct, frozen=True):
    """A code of a code system."""

    system: str | None = None
    code: str | None = None


class CodeableConcept(msgspec.Struct, frozen=True):
    """A concept, by its codes in one or several code systems."""

    coding: tuple[Coding, ...] = ()


class Identifier(msgspec.Struct, frozen=True):
    """A number that somebody gave, and whose numbers these are."""

    system: str | None = None
    value: str | None = None
    type: CodeableConcept | None = None


class Reference(msgspec.Struct, frozen=True):
    """Another resource: its address, or a number by which it is known, and its name as it is displayed."""

    reference: str | None = None
    identifier: Identifier | None = None
    display: str | None = None


class Period(msgspec.Struct, frozen=True):
    """Two days; either may be missing."""

    start: str | None = None
    end: str | None = None


class Money(msgspec.Struct, frozen=True):
    """An amount of a currency."""

    value: int | float | None = None
    currency: str | None = None


class Quantity(msgspec.Struct, frozen=True):
    """An amount of a unit, by its code in UCUM where `system` says so."""

    value: int | float | None = None
    unit: str | None = None
    code: str | None = None


class CareTeam(msgspec.Struct, frozen=True):
    """One who took part in the services."""

    sequence: int
    provider: Reference
    role: CodeableConcept | None = None
    qualification: CodeableConcept | None = None


class Diagnosis(msgspec.Struct, frozen=True):
    """A diagnosis of the claim, to which items point by its sequence."""

    sequence: int
    concept: CodeableConcept | None = msgspec.field(default=None, name="diagnosisCodeableConcept")


class Insurance(msgspec.Struct, frozen=True):
    """One of the plans of the patient; the claim is sent to the focal one."""

    focal: bool
    sequence: int | None = None
    pre_auth_ref: tuple[str, ...] = msgspec.field(default=(), name="preAuthRef")


class Related(msgspec.Struct, frozen=True):
    """An earlier claim."""

    claim: Reference | None = None
    relationship: CodeableConcept | None = None
    reference: Identifier | None = None


class Item(msgspec.Struct, frozen=True, rename="camel"):
    """One billed service."""

    sequence: int
    product_or_service: CodeableConcept | None = None
    modifier: tuple[CodeableConcept, ...] = ()
    care_team_sequence: tuple[int, ...] = ()
    diagnosis_sequence: tuple[int, ...] = ()
    serviced_date: str | None = None
    serviced_period: Period | None = None
    location_codeable_concept: CodeableConcept | None = None
    quantity: Quantity | None = None
    unit_price: Money | None = None
    net: Money | None = None
    detail: tuple[Any, ...] = ()


class Claim(msgspec.Struct, frozen=True, rename="camel"):
    """A `Claim` or an `ExplanationOfBenefit`, whose fields have the same names as far as they are read."""

    resource_type: ClaimType
    id: str | None = None
    identifier: tuple[Identifier, ...] = ()
    status: str | None = None
    type: CodeableConcept | None = None
    use: str | None = None
    patient: Reference | None = None
    insurer: Reference | None = None
    provider: Reference | None = None
    care_team: tuple[CareTeam, ...] = ()
    diagnosis: tuple[Diagnosis, ...] = ()
    insurance: tuple[Insurance, ...] = ()
    related: tuple[Related, ...] = ()
    billable_period: Period | None = None
    contained: tuple[dict[str, Any], ...] = ()
    item: tuple[Item, ...] = ()


class Address(msgspec.Struct, frozen=True):
    """Where somebody lives."""

    state: str | None = None


class Party(msgspec.Struct, frozen=True, rename="camel"):
    """A Patient, a Practitioner, a PractitionerRole or an Organization: what is read of any of them."""

    resource_type: str
    id: str | None = None
    identifier: tuple[Identifier, ...] = ()
    birth_date: str | None = None
    gender: str | None = None
    address: tuple[Address, ...] = ()
    specialty: tuple[CodeableConcept, ...] = ()
    practitioner: Reference | None = None


PARTIES = frozenset({"Organization", "Patient", "Practitioner", "PractitionerRole"})
"""Resources that claims refer to, and that are read."""


class Parties:
    """The parties of a Bundle and those within a claim, by the addresses under which claims refer to them."""

    def __init__(self, entries: Iterable[tuple[str | None, Mapping[str, Any]]]) -> None:
        """Take resources, each with its full address if it has one; what is no party, or has no shape, is let be."""
        self._found: dict[str, Party] = {}
        for address, resource in entries:
            if resource.get("resourceType") not in PARTIES:
                continue
            try:
                party = msgspec.convert(resource, Party)
            except msgspec.ValidationError:
                continue
            names = (address, party.id and f"{party.resource_type}/{party.id}", party.id and f"#{party.id}")
            self._found.update({name: party for name in names if name})

    def find(self, reference: Reference | None) -> Party | None:
        """Find what a reference refers to; None where it is not at hand."""
        return None if reference is None or reference.reference is None else self._found.get(reference.reference)
