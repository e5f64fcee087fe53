"""FHIR R4 claims: `Claim` and `ExplanationOfBenefit`, alone, in Bundles, or one a line.

`resources` are the fields that are read, `systems` the code systems that are known, `claims` makes a claim of a
resource, `reader` finds the resources of a file.
"""

from payrule.formats.fhir.reader import from_fhir

__all__ = ["from_fhir"]
