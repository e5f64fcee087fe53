"""The short lists of words that documents and commands choose from; nothing is imported here, so that help is quick."""

from typing import Literal

Liability = Literal["provider", "unspecified", "subscriber"]
Modality = Literal["shall", "should", "may"]

LIABILITIES: tuple[Liability, ...] = ("provider", "unspecified", "subscriber")
MODALITIES: tuple[Modality, ...] = ("shall", "should", "may")
"""Both from the strictest to the mildest."""

Measure = Literal["statements", "rules", "near-misses", "leaves", "decisive", "unknown", "overrides"]
"""What is counted of examples.

Statements and rules that some answer rests on; rules that one leaf alone keeps from matching; leaves of conditions seen
both true and false; leaves that alone let their rule or fact hold on one line, and alone keep it from that on another;
leaves seen unknown, of those that can be; overrides seen to take effect.
"""

MEASURES: tuple[Measure, ...] = ("statements", "rules", "near-misses", "leaves", "decisive", "unknown", "overrides")

Part = Literal["major", "minor", "patch"]
"""A part of a version's number."""

PARTS: tuple[Part, ...] = ("major", "minor", "patch")

UNWRITTEN = "To be written"
"""How every placeholder of a scaffold begins, but that of a locator."""

NOWHERE = "to be found in the text"
"""Where a scaffold says that the text says so."""
