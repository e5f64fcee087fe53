"""Who rendered the services of an X12 claim, as far as the claim says it."""

from collections.abc import Iterable, Mapping

import msgspec

from payrule.formats.x12.loops import Billing, npi_of
from payrule.formats.x12.segments import Segment
from payrule.formats.x12.values import is_taxonomy, provider_type


class Rendering(msgspec.Struct, frozen=True):
    """Hold a rendering provider (loops 2310B and 2420A): NPI and taxonomy, empty where the claim has none."""

    npi: str = ""
    taxonomy: str = ""


def rendering_provider(segments: Iterable[Segment]) -> Rendering | None:
    """Find the rendering provider among the segments of a claim or of one line; None when it is not named.

    A claim's providers of another payer (loop 2330D) do not count: they stand below `SBR`.

    >>> name, specialty = ("82", "1", *[""] * 5, "XX", "9000000001"), ("PE", "PXC", "12AB")
    >>> rendering_provider([Segment(9, "NM1", name), Segment(10, "PRV", specialty)])
    Rendering(npi='9000000001', taxonomy='12AB')
    """
    found: Rendering | None = None
    for segment in segments:
        if segment.name == "SBR":
            break
        if segment.name == "NM1" and segment.element(1) == "82":
            found = Rendering(npi=npi_of(segment))
        elif segment.name == "PRV" and segment.element(1) == "PE" and found:
            found = Rendering(npi=found.npi, taxonomy=segment.element(3))
    return found


def provider_of(rendering: Rendering | None, billing: Billing, taxonomies: Mapping[str, str]) -> dict[str, object]:
    """Give a line's provider as the contract has it, without what the claim leaves open.

    A claim that names no rendering provider says that the billing provider rendered the service: its taxonomy is the
    line's. The relationship is `self` when the billing provider is a person and the claim names no other, or both have
    the same NPI; an organization leaves it open. A claim does not say who is employed or supervised.

    >>> provider_of(None, Billing(npi="9", taxonomy="12AB00000X", person=True), {"12AB": "some-type"})
    {'type': 'some-type', 'relationship': 'self', 'taxonomy': '12AB00000X'}
    >>> provider_of(None, Billing(npi="9", taxonomy="34CD00000X"), {"12AB": "some-type"})
    {'type': 'other', 'taxonomy': '34CD00000X'}
    >>> provider_of(Rendering(npi="8"), Billing(npi="9", taxonomy="12AB", person=True), {"12AB": "some-type"})
    {'npi': '8'}
    """
    if rendering is None:
        own, taxonomy = billing.person, billing.taxonomy
    else:
        own = bool(rendering.npi) and rendering.npi == billing.npi
        taxonomy = rendering.taxonomy or (billing.taxonomy if own else "")
    result = {
        "type": provider_type(taxonomy, taxonomies),
        "relationship": "self" if own else "",
        "npi": rendering.npi if rendering else "",
        "taxonomy": taxonomy if is_taxonomy(taxonomy) else "",
    }
    return {key: value for key, value in result.items() if value}


def billing_provider(billing: Billing, taxonomies: Mapping[str, str]) -> dict[str, object]:
    """Give the billing provider as the contract has it, without what the claim leaves open.

    >>> billing_provider(Billing(npi="9", taxonomy="34CD00000X"), {"12AB": "some-type"})
    {'type': 'other', 'npi': '9', 'taxonomy': '34CD00000X'}
    """
    kind = provider_type(billing.taxonomy, taxonomies)
    result = {"type": kind, "npi": billing.npi, "taxonomy": billing.taxonomy if is_taxonomy(billing.taxonomy) else ""}
    return {key: value for key, value in result.items() if value}
