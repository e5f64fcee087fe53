"""The code systems and identifier systems of FHIR claims, by their addresses; a code of any other is not read.

Sources: HL7 Terminology (THO), CARIN Blue Button 2.1, Da Vinci PAS 2.1. Some have an OID in addition to their address.
"""

from payrule.formats.fhir.resources import CodeableConcept, Identifier

SERVICES = frozenset(
    (
        "http://www.ama-assn.org/go/cpt",
        "urn:oid:2.16.840.1.113883.6.12",
        "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
        "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
        "urn:oid:2.16.840.1.113883.6.285",
        "http://www.ada.org/cdt",
        "urn:oid:2.16.840.1.113883.6.13",
    )
)
"""Service codes and modifiers: CPT, HCPCS and CDT."""

DIAGNOSES = {
    "http://hl7.org/fhir/sid/icd-10-cm": 10,
    "urn:oid:2.16.840.1.113883.6.90": 10,
    "http://hl7.org/fhir/sid/icd-9-cm": 9,
    "urn:oid:2.16.840.1.113883.6.103": 9,
}
"""Diagnosis codes, and the version of ICD."""

PLACES = frozenset(("https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set",))
"""Places of service of CMS."""

TAXONOMIES = frozenset(("http://nucc.org/provider-taxonomy", "urn:oid:2.16.840.1.113883.6.101"))
"""Taxonomy codes of providers (NUCC)."""

NPI = frozenset(("http://hl7.org/fhir/sid/us-npi", "urn:oid:2.16.840.1.113883.4.6"))
TIN = frozenset(("urn:oid:2.16.840.1.113883.4.4",))
"""Numbers of providers, and of taxpayers."""

CLAIM_TYPES = {"professional": "professional", "institutional": "institutional", "oral": "dental"}
"""Codes of `http://terminology.hl7.org/CodeSystem/claim-type`, and the type of claim that each is here."""

RENDERING = frozenset(("rendering", "performing", "primary"))
ROLES = {"referring": "referring_provider", "referrer": "referring_provider", "prescribing": "ordering_provider"}
"""Roles in a care team (CARIN, HL7): who renders a service, and what else is read."""


def codes(concept: CodeableConcept | None, systems: frozenset[str] | dict[str, int]) -> list[tuple[str, str]]:
    """Give the codes of a concept that are of the systems, each with its system, in their order.

    >>> from payrule.formats.fhir.resources import Coding
    >>> codes(CodeableConcept((Coding("http://www.ada.org/cdt", "D0001"), Coding(None, "9"))), SERVICES)
    [('http://www.ada.org/cdt', 'D0001')]
    """
    codings = () if concept is None else concept.coding
    return [(each.system, each.code) for each in codings if each.system and each.system in systems and each.code]


def number(identifiers: tuple[Identifier, ...], systems: frozenset[str]) -> str:
    """Give the first number of the systems; empty where there is none.

    >>> number((Identifier("http://hl7.org/fhir/sid/us-npi", "9000000001"),), NPI)
    '9000000001'
    """
    return next((each.value for each in identifiers if each.system in systems and each.value), "")
