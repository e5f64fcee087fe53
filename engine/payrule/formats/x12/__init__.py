"""X12 837 professional claims, versions 4010 and 5010, read one claim at a time.

`segments` cuts the text and splits it with x12sdk, `envelopes` and `structure` find what cannot be relied on, `loops`
what stands above a claim, `claims` and `lines` make the claim. x12sdk is imported when a file is read.
"""

from payrule.formats.x12.reader import read_x12

__all__ = ["read_x12"]
