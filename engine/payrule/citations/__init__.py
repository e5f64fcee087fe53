"""Citations and the analyst's own copies of the sources: passages found, new editions read again.

Imports `compare` and below.
"""
