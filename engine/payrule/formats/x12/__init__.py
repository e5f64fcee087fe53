"""X12 837 professional claims, versions 4010 and 5010, read one claim at a time.

`pieces` cuts the text into parts, `segments` splits them with x12sdk, `walk` finds the claims and what stands above
them (`loops`), `claims` makes encounters. Imports `documents` only; x12sdk is imported when a file is read.
"""

from payrule.formats.x12.reader import read_x12

__all__ = ["read_x12"]
