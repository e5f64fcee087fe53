"""Checks: one file each, with its page beside it; `registry` lists them, `running` runs them over documents.

Imported by `authoring.checking` and by reports; a check is a pure function from a desk to what it found.
"""
