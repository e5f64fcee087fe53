"""X12: 837 professional claims, versions 4010 and 5010, read one claim at a time; segments are written, too.

`segments` cuts the text and splits it, `envelopes` and `structure` find what cannot be relied on, `loops` what stands
above a claim, `claims` and `lines` make the claim. `writing` writes segments, for the 835.
"""

from payrule.formats.x12.reader import read_x12

__all__ = ["read_x12"]
