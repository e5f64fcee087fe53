"""The one lint rule about suppressions; `lint.suppressions` runs it."""
