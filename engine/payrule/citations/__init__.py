"""Citations and the analyst's own copies of the sources: cited text found, new editions compared.

Imports `compare` and below.
"""
